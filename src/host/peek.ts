/**
 * The memory of a runner as the engine may read it without an order, which would wake both sides. The host does not always let it: a process that is no
 * descendant (Yama), that has changed its credentials, or a sandbox. What cannot be read this way is asked of the runner, which knows better.
 */
import { SYS } from '../runtime/host-kernel.ts'
import { Scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

const PAGE = 4096
/** struct iovec, two of them. */
const IOVEC_SIZE = 16
const BYTES = 2 * IOVEC_SIZE

let memory: Scratch | undefined

/** A copy of `length` bytes, at most a page; null: ask the runner. */
export function peek(pid: number, address: number, length: number): Uint8Array | null {
  memory ??= new Scratch(BYTES + PAGE)
  memory.setU64(0, memory.address + BYTES)
  memory.setU64(8, length)
  memory.setU64(IOVEC_SIZE, address)
  memory.setU64(IOVEC_SIZE + 8, length)
  const read = hostSyscall(SYS.process_vm_readv, pid, memory.address, 1, memory.address + IOVEC_SIZE, 1, 0)
  return read === length ? memory.u8.slice(BYTES, BYTES + length) : null
}
