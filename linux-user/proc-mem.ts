/**
 * Writes through /proc/PID/mem. The kernel would write behind the protection of pages from which code has been translated, so they are made as a debugger
 * writes (forced-memory.ts). A process that opens such a file for writing has its writes come to the engine from then on. Another process's memory is
 * written only while that one is held, as ptrace holds it; else EIO.
 */
import type { Thread } from '../src/host/thread.ts'
import { TRANSFER_SIZE } from '../src/runtime/layout.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { Call, Handler, Outcome } from '../syscalls/call.ts'
import { writeMemory } from './forced-memory.ts'
import { linkTarget } from './proc-calls.ts'
import type { GuestProcess } from './process.ts'
import { Tracing } from './ptrace/tracing.ts'

const SEEK_SET = 0
const SEEK_CUR = 1
const IOVEC_SIZE = 16
const TWO_32 = 0x1_0000_0000
const MEMORY_FILE = /^\/proc\/(\d+)(?:\/task\/\d+)?\/mem$/

export function procMemCalls(process: GuestProcess): { readonly [name: string]: Handler } {
  const at =
    (offsetAt: number | null, isVector: boolean): Handler =>
    (call) =>
      process.writesMemory ? write(process, call, offsetAt, isVector) : 'pass'
  return { write: at(null, false), pwrite64: at(3, false), writev: at(null, true), pwritev: at(3, true) }
}

function write(process: GuestProcess, call: Call, offsetAt: number | null, isVector: boolean): Outcome {
  const { tree } = process
  const fd = call.int(0)
  const pid = MEMORY_FILE.exec(linkTarget(call, `/proc/self/fd/${fd}`) ?? '')?.[1]
  const target = pid === undefined ? undefined : tree.knownBy(process, Number(pid))
  if (target === undefined) return 'pass'
  const { memory } = target
  const tracee = tree.debug instanceof Tracing ? tree.debug.traceeOf(target) : undefined
  const held = tracee !== undefined && tree.debug instanceof Tracing ? tree.debug.obedient(tracee) : null
  const runner = memory === process.memory ? (call.thread as Thread) : held
  const from = isVector ? firstPart(call) : { address: call.arg(1), length: call.arg(2) }
  const bytes = from === null ? null : call.read(from.address, Math.min(from.length, TRANSFER_SIZE))
  if (bytes === null) return -errno.EFAULT
  const offset = offsetAt === null ? call.thread.syscall(nr.lseek, fd, 0, SEEK_CUR) : call.arg(offsetAt)
  if (runner === null || !writeMemory(runner, memory, offset, bytes)) return -errno.EIO
  if (offsetAt === null) call.thread.syscall(nr.lseek, fd, offset + bytes.length, SEEK_SET)
  return bytes.length
}

/** A write may be short: that of a vector ends with its first part that is not empty. */
function firstPart(call: Call): { readonly address: number; readonly length: number } | null {
  for (let n = 0; n < call.int(2); n++) {
    const bytes = call.read(call.arg(1) + n * IOVEC_SIZE, IOVEC_SIZE)
    if (bytes === null) return null
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const word = (at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_32
    if (word(8) > 0) return { address: word(0), length: word(8) }
  }
  return { address: 0, length: 0 }
}
