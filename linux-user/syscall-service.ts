/** The system call layer of a run: thunks in the code area, and the engine's handlers. */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { aarch64 } from '../syscalls/abi/abi.ts'
import { compileThunks } from '../syscalls/thunk.ts'
import type { AddressSpace } from './address-space.ts'
import type { LoadedProgram } from './loader.ts'
import type { Log } from './log.ts'
import type { RunOptions } from './options.ts'
import type { GuestProcess, SyscallService } from './process.ts'
import type { Sysroot } from './sysroot.ts'
import { brk } from './brk.ts'

export interface SyscallParts {
  readonly options: RunOptions
  readonly sysroot: Sysroot | null
  readonly loaded: LoadedProgram
  readonly memory: AddressSpace
  /** Host address for thunks and their table. */
  readonly origin: number
  /** `runtime.entryPoints.syscallToEngine` */
  readonly entry: number
  readonly log: Log
}

export interface Syscalls extends SyscallService {
  /** To be written at `origin`. */
  readonly thunkCode: Uint8Array
  readonly tableAddress: number
  readonly tableCount: number
}

const ALIGNMENT = 16

export function createSyscalls(parts: SyscallParts): Syscalls {
  const thunks = compileThunks(aarch64, { origin: parts.origin, syscallToEngine: parts.entry })
  const tableOffset = Math.ceil(thunks.code.length / ALIGNMENT) * ALIGNMENT
  const code = new Uint8Array(tableOffset + thunks.table.length)
  code.set(thunks.code)
  code.set(thunks.table, tableOffset)
  return {
    thunkCode: code,
    tableAddress: parts.origin + tableOffset,
    tableCount: thunks.count,
    faultFixup: (rip) => thunks.faultFixup(rip),
    handle: (process, thread) => handle(process, thread),
  }
}

function arg(thread: RunnerThread, n: number): number {
  const at = aarch64.argumentsAt[n]! >> 2
  return thread.i32[at + 1]! * 0x1_0000_0000 + (thread.i32[at]! >>> 0)
}

function handle(process: GuestProcess, thread: RunnerThread): 'continue' | 'ended' {
  const nr = thread.i32[aarch64.numberAt >> 2]!
  let result = -38
  const a = [0, 1, 2, 3, 4, 5].map((n) => arg(thread, n))
  switch (nr) {
    case 93:
    case 94:
      thread.exit(a[0]!)
      return 'ended'
    case 214:
      result = brk(thread, process.memory, a[0]!)
      break
    case 222:
      result = process.memory.mmap(thread, a[0]!, a[1]!, a[2]!, a[3]!, a[4]! | 0, a[5]!)
      break
    case 215:
      result = process.memory.munmap(thread, a[0]!, a[1]!)
      break
    case 226:
      result = process.memory.mprotect(thread, a[0]!, a[1]!, a[2]!)
      break
    case 96:
      result = thread.pid
      break
    case 134:
      result = 0
      break
    default:
      process.log.line(`unimp: system call ${nr}`)
  }
  const at = aarch64.resultAt >> 2
  thread.i32[at] = result | 0
  thread.i32[at + 1] = Math.floor(result / 0x1_0000_0000)
  return 'continue'
}
