/** The system call layer of a run: thunks in the code area, and the engine's handlers over the process. */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { aarch64, x64 } from '../syscalls/abi/abi.ts'
import type { Handler, SyscallContext } from '../syscalls/call.ts'
import { finishSyscall, handleSyscall } from '../syscalls/dispatch.ts'
import { createProcessState } from '../syscalls/process-state.ts'
import { compileThunks } from '../syscalls/thunk.ts'
import type { AddressSpace } from './address-space.ts'
import { type Aarch64Cpu, aarch64CpuInfo } from './arch/aarch64.ts'
import type { LoadedProgram } from './loader.ts'
import type { Log } from './log.ts'
import { memoryCalls } from './memory-calls.ts'
import type { RunOptions } from './options.ts'
import { guestPaths, procCalls } from './proc-calls.ts'
import type { SyscallService } from './process.ts'
import type { ProcView } from './procfs.ts'
import type { Sysroot } from './sysroot.ts'

export interface SyscallParts {
  readonly options: RunOptions
  readonly sysroot: Sysroot | null
  readonly pid: number
  readonly cpu: Aarch64Cpu
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
  const { log, memory, sysroot } = parts
  const proc: ProcView = { space: memory, program: parts.loaded, sysroot, cpuInfo: (processors) => aarch64CpuInfo(parts.cpu, processors) }
  const thunks = compileThunks(aarch64, { origin: parts.origin, syscallToEngine: parts.entry })
  const tableOffset = Math.ceil(thunks.code.length / ALIGNMENT) * ALIGNMENT
  const code = new Uint8Array(tableOffset + thunks.table.length)
  code.set(thunks.code)
  const traced = parts.options.strace || log.has('strace')
  // Traced calls all go to the engine: the table stays empty.
  if (!traced) code.set(thunks.table, tableOffset)
  const context: SyscallContext = {
    abi: aarch64,
    host: x64,
    process: createProcessState(),
    handlers: new Map(Object.entries<Handler>({ ...memoryCalls(memory), ...procCalls(proc), ...endings })),
    mapPath: guestPaths(proc, parts.pid),
    trace: traced ? (line) => log.line(line) : null,
    unimplemented: log.unimp ? (line) => log.line(`unimp: ${line}`) : null,
    openPages: (thread, address, length) => memory.prepareWrite(thread, address, length),
    startCalls: true,
  }
  return {
    thunkCode: code,
    tableAddress: parts.origin + tableOffset,
    tableCount: thunks.count,
    faultFixup: (rip) => thunks.faultFixup(rip),
    handle: (thread: RunnerThread) => handleSyscall(context, thread),
    finish: (thread: RunnerThread) => finishSyscall(thread),
  }
}

/** The ends of a process. */
const endings: Record<string, Handler> = {
  exit: (call) => {
    call.thread.exit(call.int(0))
    return 'gone'
  },
  exit_group: (call) => {
    call.thread.exit(call.int(0))
    return 'gone'
  },
}
