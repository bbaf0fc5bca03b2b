/**
 * Where things lie in a guest, the same at every run. The proportions are the kernel's: a
 * position-independent program at two thirds of the address space with the heap behind it, libraries and
 * mappings in an area of their own, the stack on top. Mappings grow upwards from a fixed base, so what one
 * run mapped at an address the next run maps there too.
 *
 *   0x0000_0040_0000  programs linked to fixed addresses, their heap behind them
 *   0x1000_0000_0000  (free: hints of the guest; AddressSanitizer's shadow ends at 0x1010_0000_0000)
 *   0x4000_0000_0000  position-independent and static-PIE programs, heap behind them, 16 TiB of room
 *   0x5000_0000_0000  the program interpreter, then whatever mmap places, growing upwards
 *   0x5f00_0000_0000  end of what mmap places; room in which the stack grows
 *   0x5fff_ffff_0000  top of the stack
 *   0x6000_0000_0000  GUEST_LIMIT: the runner
 *
 * The stack itself is a host MAP_GROWSDOWN mapping: the host kernel lets it grow exactly as far as
 * RLIMIT_STACK says, also when the guest raises the limit later.
 */
import { GUEST_LIMIT } from '../src/runtime/layout.ts'

/** Where things lie in a guest's address space. All addresses are below `limit`, which is what the guest holds for the end, or less. */
export interface MemoryLayout {
  readonly pieBase: number
  readonly mmapBase: number
  readonly mmapEnd: number
  /** When mmapBase..mmapEnd is full, mmap searches upwards here. */
  readonly mmapSecondBase: number
  readonly mmapSecondEnd: number
  readonly stackTop: number
  /** Nothing of the guest's own lies here or above. */
  readonly limit: number
  /** What a guest holds for the end of its address space. */
  readonly taskSize: number
}

export const LAYOUT_64: MemoryLayout = {
  pieBase: 0x4000_0000_0000,
  mmapBase: 0x5000_0000_0000,
  mmapEnd: 0x5f00_0000_0000,
  mmapSecondBase: 0x1010_0000_0000,
  mmapSecondEnd: 0x4000_0000_0000,
  stackTop: GUEST_LIMIT - 0x1_0000,
  limit: GUEST_LIMIT,
  taskSize: 2 ** 48,
}

/**
 * A 32-bit guest of a kernel that keeps the last GiB (and 16 MiB for modules) for itself, as most of 32-bit ARM do:
 *
 *   0x0001_0000  programs linked to fixed addresses, their heap behind them
 *   0x0040_0000  position-independent ones
 *   0x4000_0000  the program interpreter, then whatever mmap places, growing upwards
 *   0xb700_0000  end of what mmap places; room in which the stack grows
 *   0xbf00_0000  top of the stack and limit
 *   0xffff_0000  a page of the kernel's that programs may execute, of those guests that have one
 */
export const LAYOUT_32: MemoryLayout = {
  pieBase: 0x0040_0000,
  mmapBase: 0x4000_0000,
  mmapEnd: 0xb700_0000,
  mmapSecondBase: 0x1000_0000,
  mmapSecondEnd: 0x4000_0000,
  stackTop: 0xbf00_0000,
  limit: 0xbf00_0000,
  taskSize: 0xbf00_0000,
}

/** Mapped at start besides what the arguments need; the rest grows on demand. */
export const STACK_INITIAL = 0x2_0000
/** Hints below this are moved up to it. */
export const MMAP_MIN_ADDRESS = 0x1_0000
/** Free space the kernel keeps between a growing stack and what lies below it (256 pages). */
export const STACK_GUARD_GAP = 0x10_0000

export { GUEST_LIMIT }
