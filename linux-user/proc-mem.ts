/**
 * Writes through /proc/PID/mem. The kernel would write behind the protection of pages from which code has been translated, so they are made as a debugger
 * writes (forced-memory.ts). A process that opens such a file for writing has its writes come to the engine from then on. Another process's memory is
 * written only while a debugger holds it, as ptrace does; else EIO.
 */
import type { Thread } from '../src/host/thread.ts'
import { TRANSFER_SIZE } from '../src/runtime/layout.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { Call, Handler, Outcome } from '../syscalls/call.ts'
import { readVector } from '../syscalls/perform.ts'
import { writeMemory } from './forced-memory.ts'
import { linkTarget } from './proc-calls.ts'
import type { GuestProcess } from './process.ts'

const SEEK_SET = 0
const SEEK_CUR = 1
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
  const runner = memory === process.memory ? (call.thread as Thread) : tree.debug?.obedient(memory)
  const from = isVector ? firstPart(call) : { base: call.arg(1), length: call.arg(2) }
  const bytes = from === null ? null : call.read(from.base, Math.min(from.length, TRANSFER_SIZE))
  if (bytes === null) return -errno.EFAULT
  const offset = offsetAt === null ? call.thread.syscall(nr.lseek, fd, 0, SEEK_CUR) : call.arg(offsetAt)
  if (runner === undefined || !writeMemory(runner, memory, offset, bytes)) return -errno.EIO
  if (offsetAt === null) call.thread.syscall(nr.lseek, fd, offset + bytes.length, SEEK_SET)
  return bytes.length
}

/** A write may be short: that of a vector ends with its first part that is not empty. */
function firstPart(call: Call): { readonly base: number; readonly length: number } | null {
  const count = call.int(2)
  const parts = count > 0 ? readVector(call, call.arg(1), count) : []
  if (count > 0 && parts.length === 0) return null
  return parts.find(({ length }) => length > 0) ?? { base: 0, length: 0 }
}
