/**
 * Memory-management constants of asm-generic/mman.h, as the engine uses them inside: guests whose numbers
 * differ are converted before. x86-64 has the same values, so they go to the host unchanged.
 */
export const PAGE_SIZE = 4096

export const PROT_NONE = 0
export const PROT_READ = 1
export const PROT_WRITE = 2
export const PROT_EXEC = 4
export const PROT_SEM = 8
/** AArch64: branches into the page must land on BTI. */
export const PROT_BTI = 0x10
export const PROT_GROWSDOWN = 0x0100_0000
export const PROT_GROWSUP = 0x0200_0000

export const MAP_SHARED = 1
export const MAP_PRIVATE = 2
export const MAP_SHARED_VALIDATE = 3
export const MAP_TYPE = 0xf
export const MAP_FIXED = 0x10
export const MAP_ANONYMOUS = 0x20
export const MAP_GROWSDOWN = 0x100
export const MAP_DENYWRITE = 0x800
export const MAP_EXECUTABLE = 0x1000
export const MAP_LOCKED = 0x2000
export const MAP_NORESERVE = 0x4000
export const MAP_POPULATE = 0x8000
export const MAP_NONBLOCK = 0x1_0000
export const MAP_STACK = 0x2_0000
export const MAP_HUGETLB = 0x4_0000
export const MAP_SYNC = 0x8_0000
export const MAP_FIXED_NOREPLACE = 0x10_0000
export const MAP_HUGE_SHIFT = 26
export const MAP_HUGE_MASK = 0x3f

export const MREMAP_MAYMOVE = 1
export const MREMAP_FIXED = 2
export const MREMAP_DONTUNMAP = 4

export const MADV_DONTNEED = 4
export const MADV_FREE = 8
export const MADV_REMOVE = 9
export const MADV_DONTFORK = 10
export const MADV_DOFORK = 11
export const MADV_WIPEONFORK = 18
export const MADV_KEEPONFORK = 19
export const MADV_POPULATE_WRITE = 23
export const MADV_DONTNEED_LOCKED = 24
export const MADV_GUARD_INSTALL = 102

export const MS_ASYNC = 1

export const MCL_CURRENT = 1
export const MCL_FUTURE = 2
export const MCL_ONFAULT = 4

export const SHM_RDONLY = 0o10000
export const SHM_RND = 0o20000
export const SHM_REMAP = 0o40000
export const SHM_EXEC = 0o100000

/** Bytes up to a whole page. Exact for every number below 2^53. */
export function pageUp(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE
}

export function pageDown(bytes: number): number {
  return Math.floor(bytes / PAGE_SIZE) * PAGE_SIZE
}

export function isPageAligned(bytes: number): boolean {
  return bytes % PAGE_SIZE === 0
}

/** A 64-bit register as an unsigned number, given as either; exact below 2^53. */
export function unsigned(value: number): number {
  return value < 0 ? value + 2 ** 64 : value
}

/** Protection bits that a guest mapping keeps. */
export const GUEST_PROT = PROT_READ | PROT_WRITE | PROT_EXEC | PROT_BTI

/** Flags that go to the host; the others are obsolete, or mean something else on x86-64. */
export const HOST_FLAGS =
  MAP_TYPE |
  MAP_ANONYMOUS |
  MAP_GROWSDOWN |
  MAP_LOCKED |
  MAP_NORESERVE |
  MAP_POPULATE |
  MAP_NONBLOCK |
  MAP_STACK |
  MAP_HUGETLB |
  MAP_SYNC |
  (MAP_HUGE_MASK << MAP_HUGE_SHIFT)

/** Guest protection as the host gets it: never executable; what is executable or writable is readable. */
export function hostProt(prot: number): number {
  const readable = prot & (PROT_READ | PROT_EXEC) ? PROT_READ : 0
  return readable | (prot & PROT_WRITE)
}

/** `0x1000-0x2000` */
export function range(start: number, end: number): string {
  return `0x${start.toString(16)}-0x${end.toString(16)}`
}

/** `r-x` */
export function rights(prot: number): string {
  return `${prot & PROT_READ ? 'r' : '-'}${prot & PROT_WRITE ? 'w' : '-'}${prot & PROT_EXEC ? 'x' : '-'}`
}

/** What counts against RLIMIT_DATA: private and writable. */
export function isData(prot: number, flags: number): boolean {
  return (prot & PROT_WRITE) !== 0 && (flags & MAP_TYPE) === MAP_PRIVATE
}

/** Where a mapping with these flags may begin. */
export function hugeAlignment(flags: number): number {
  if (!(flags & MAP_HUGETLB)) return PAGE_SIZE
  const log2 = (flags >>> MAP_HUGE_SHIFT) & MAP_HUGE_MASK
  return 2 ** (log2 || 21)
}
