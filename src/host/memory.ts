/** Memory that the engine shares with runners, and the engine's own place for the arguments of native calls. */
import { MAP_ANONYMOUS, MAP_NORESERVE, MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE, SYS } from '../runtime/host-kernel.ts'
import { hostSyscall, libcFunction, viewOf } from './native.ts'

const O_CLOEXEC = 0o2000000
const MFD_CLOEXEC = 1
const MFD_ALLOW_SEALING = 2
const MFD_NOEXEC_SEAL = 8
const MFD_EXEC = 0x10
const F_ADD_SEALS = 1033
const F_SEAL_SEAL = 1
const F_SEAL_SHRINK = 2
const F_SEAL_GROW = 4
const RLIMIT_FSIZE = 1
const FALLOC_FL_KEEP_SIZE = 1
const FALLOC_FL_PUNCH_HOLE = 2
const EFBIG = 27
const TWO_32 = 0x1_0000_0000

/** A host call of the engine failed that cannot fail on a working machine; the message says which and why. */
export class HostError extends Error {
  override name = 'HostError'
}

/** `result`, or a HostError that names the call. */
export function must(what: string, result: number): number {
  if (result >= 0) return result
  throw new HostError(`the host refused ${what} (errno ${-result})`)
}

function check(what: string, result: number): void {
  must(what, result)
}

/** A bump allocator over one private mapping, for strings and structs whose addresses go into native calls. */
export class Scratch {
  readonly address: number
  readonly u8: Uint8Array
  readonly i32: Int32Array
  private top = 0

  constructor(size: number) {
    this.address = must('mmap', hostSyscall(SYS.mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    const buffer = viewOf(this.address, size)
    this.u8 = new Uint8Array(buffer)
    this.i32 = new Int32Array(buffer)
  }

  /** Forgets all allocations. */
  reset(): void {
    this.top = 0
  }

  /** Offset of `size` zeroed bytes, 16-byte aligned. */
  take(size: number): number {
    const offset = this.top
    this.top = (offset + size + 15) & ~15
    if (this.top > this.u8.length) throw new HostError('scratch memory is used up')
    this.u8.fill(0, offset, offset + size)
    return offset
  }

  /** Address of `text` as a C string. */
  string(text: string): number {
    const bytes = new TextEncoder().encode(text)
    const offset = this.take(bytes.length + 1)
    this.u8.set(bytes, offset)
    return this.address + offset
  }

  /** Unmaps it; its views must not be used any more. */
  close(): void {
    unmap(this.address, this.u8.length)
  }

  setU64(offset: number, value: number): void {
    this.i32[offset >> 2] = value >>> 0
    this.i32[(offset >> 2) + 1] = Math.floor(value / TWO_32)
  }

  i64(offset: number): number {
    return this.i32[(offset >> 2) + 1]! * TWO_32 + (this.i32[offset >> 2]! >>> 0)
  }
}

const POLLFD_SIZE = 8
let shared: Scratch | undefined
/** The engine's scratch memory, reset: what an earlier caller took is gone. */
export function scratch(): Scratch {
  shared ??= new Scratch(0x10000)
  shared.reset()
  return shared
}

/** poll(2) of one descriptor, for `ms` milliseconds at most, -1: for ever. Has one of `events` come, or an error? */
export function pollOne(fd: number, events: number, ms: number): boolean {
  const s = scratch()
  const at = s.take(POLLFD_SIZE)
  s.i32[at >> 2] = fd
  s.i32[(at >> 2) + 1] = events
  return hostSyscall(SYS.poll, s.address + at, 1, ms) > 0
}

function memfd(name: string, flags: number): number {
  const path = scratch().string(name)
  const fd = hostSyscall(SYS.memfd_create, path, MFD_CLOEXEC | MFD_ALLOW_SEALING | flags)
  // Kernels before 6.3 do not know the exec flags; there every memfd may be executed.
  return fd >= 0 ? fd : hostSyscall(SYS.memfd_create, path, MFD_CLOEXEC | MFD_ALLOW_SEALING)
}

/** A sparse memfd of this size that nobody can resize (a runner that shrank it would fault the engine) and nobody can execute as a program. */
export function sharedMemory(name: string, size: number): number {
  const fd = must('memfd_create', memfd(name, MFD_NOEXEC_SEAL))
  resize(fd, size)
  check('sealing of a memfd', hostSyscall(SYS.fcntl, fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW))
  return fd
}

/** An empty memfd, or -errno. */
export function memoryFile(name: string): number {
  return memfd(name, MFD_NOEXEC_SEAL)
}

/** An empty memfd that can be executed, or -errno. */
export function executableMemory(name: string): number {
  return memfd(name, MFD_EXEC)
}

/** ftruncate, in spite of a soft file size limit, which is the guest's and not ours. */
function resize(fd: number, size: number): void {
  const ftruncate = libcFunction('int ftruncate(int fd, long size)')
  if (ftruncate(fd, size) === 0) return
  const s = scratch()
  const old = s.take(16)
  const raised = s.take(16)
  check('prlimit64', hostSyscall(SYS.prlimit64, 0, RLIMIT_FSIZE, 0, s.address + old))
  s.u8.copyWithin(raised, old + 8, old + 16)
  s.u8.copyWithin(raised + 8, old + 8, old + 16)
  hostSyscall(SYS.prlimit64, 0, RLIMIT_FSIZE, s.address + raised, 0)
  const result = ftruncate(fd, size)
  hostSyscall(SYS.prlimit64, 0, RLIMIT_FSIZE, s.address + old, 0)
  check('ftruncate of shared memory', result === 0 ? 0 : -EFBIG)
}

/** Maps a memfd shared; returns the address. */
export function mapShared(fd: number, size: number, protection = PROT_READ | PROT_WRITE, offset = 0): number {
  return must('mmap of shared memory', hostSyscall(SYS.mmap, 0, size, protection, MAP_SHARED | MAP_NORESERVE, fd, offset))
}

/** Gives a range of a memfd back to the host; it reads as zeros. False when the host cannot. */
export function punchHole(fd: number, offset: number, size: number): boolean {
  return hostSyscall(SYS.fallocate, fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, offset, size) >= 0
}

export function unmap(address: number, size: number): void {
  check('munmap', hostSyscall(SYS.munmap, address, size))
}

/** A pipe's ends, closed by an exec. */
export function pipe(): [read: number, write: number] {
  const s = scratch()
  const at = s.take(8)
  must('pipe2', hostSyscall(SYS.pipe2, s.address + at, O_CLOEXEC))
  return [s.i32[at >> 2]!, s.i32[(at >> 2) + 1]!]
}

export function closeFd(fd: number): void {
  hostSyscall(SYS.close, fd)
}
