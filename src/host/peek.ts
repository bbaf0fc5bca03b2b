/**
 * The memory of a runner, and its open files, as the engine may read and write them without an order, which would wake both sides. The host does not always let it: a process
 * that is no descendant (Yama), that has changed its credentials, or a sandbox. What cannot be done this way is asked of the runner, which knows better.
 * Protections of pages count here as they do there.
 */
import { SYS } from '../runtime/host-kernel.ts'
import { Scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

const PAGE = 4096
/** struct iovec, two of them. */
const IOVEC_SIZE = 16
const BYTES = 2 * IOVEC_SIZE

let memory: Scratch | undefined

function copy(call: number, { address: own }: Scratch, pid: number, length: number): boolean {
  return pid !== 0 && hostSyscall(call, pid, own, 1, own + IOVEC_SIZE, 1, 0) === length
}

function describe(address: number, length: number): Scratch {
  memory ??= new Scratch(BYTES + PAGE)
  memory.setU64(0, memory.address + BYTES)
  memory.setU64(8, length)
  memory.setU64(IOVEC_SIZE, address)
  memory.setU64(IOVEC_SIZE + 8, length)
  return memory
}

/** `length` bytes, at most a page, valid until the next call; null: ask the runner. */
export function peek(pid: number, address: number, length: number): Uint8Array | null {
  const place = describe(address, length)
  return copy(SYS.process_vm_readv, place, pid, length) ? place.u8.subarray(BYTES, BYTES + length) : null
}

/** Writes at most a page. False: ask the runner; a part may have been written. */
export function poke(pid: number, address: number, bytes: Uint8Array): boolean {
  const { length } = bytes
  const place = describe(address, length)
  place.u8.set(bytes, BYTES)
  return copy(SYS.process_vm_writev, place, pid, length)
}

/** struct stat and struct statfs of x86-64. */
export const STAT_SIZE = 144
export const STATFS_SIZE = 120
const LINK_SIZE = 64

let ofFiles: Scratch | undefined

/** The file behind a descriptor, by its link in /proc; null: ask the runner. */
function askOf(call: number, pid: number, fd: number, size: number): Uint8Array | null {
  ofFiles ??= new Scratch(STAT_SIZE + LINK_SIZE)
  const { address, u8 } = ofFiles
  if (pid === 0 || fd < 0) return null
  const link = `/proc/${pid}/fd/${fd}\0`
  for (let n = 0; n < link.length; n++) u8[STAT_SIZE + n] = link.charCodeAt(n)
  return hostSyscall(call, address + STAT_SIZE, address) === 0 ? u8.subarray(0, size) : null
}

/** struct stat of a descriptor of a process, valid until the next call of these two. */
export function peekStat(pid: number, fd: number): Uint8Array | null {
  return askOf(SYS.stat, pid, fd, STAT_SIZE)
}

/** struct statfs, the same way. */
export function peekStatfs(pid: number, fd: number): Uint8Array | null {
  return askOf(SYS.statfs, pid, fd, STATFS_SIZE)
}
