/** The system call layer of a run: thunks in the code area, and the engine's handlers over the process. */
import type { RunnerThread } from '../src/host/runner-api.ts'
import type { EntryPoints } from '../src/runtime/runtime.ts'
import { aarch64, x64 } from '../syscalls/abi/abi.ts'
import { errno } from '../syscalls/abi/errno.ts'
import type { Call, Handler, Outcome, SyscallContext } from '../syscalls/call.ts'
import { finishSyscall, handleSyscall } from '../syscalls/dispatch.ts'
import { LazyThunks, type ThunkMemory } from '../syscalls/lazy-thunks.ts'
import { createProcessState } from '../syscalls/process-state.ts'
import type { AddressSpace } from './address-space.ts'
import { type Aarch64Cpu, aarch64CpuInfo } from './arch/aarch64.ts'
import type { LoadedProgram } from './loader.ts'
import type { Log } from './log.ts'
import { memoryCalls } from './memory-calls.ts'
import type { RunOptions } from './options.ts'
import { guestPaths, procCalls } from './proc-calls.ts'
import type { SyscallService } from './process.ts'
import type { ProcView } from './procfs.ts'
import { Signals } from './signals.ts'
import type { Sysroot } from './sysroot.ts'

export interface SyscallParts {
  readonly options: RunOptions
  readonly sysroot: Sysroot | null
  readonly pid: number
  readonly cpu: Aarch64Cpu
  readonly loaded: LoadedProgram
  readonly memory: AddressSpace
  /** The code area, and host addresses in it for thunks and their table. */
  readonly code: ThunkMemory
  readonly thunksStart: number
  readonly thunksEnd: number
  readonly entries: EntryPoints
  readonly log: Log
}

export interface Syscalls extends SyscallService {
  readonly signals: Signals
  readonly tableAddress: number
  readonly tableCount: number
}

export function createSyscalls(parts: SyscallParts): Syscalls {
  const { log, memory, sysroot } = parts
  const proc: ProcView = { space: memory, program: parts.loaded, sysroot, cpuInfo: (processors) => aarch64CpuInfo(parts.cpu, processors) }
  const thunks = new LazyThunks(aarch64, {
    memory: parts.code,
    start: parts.thunksStart,
    end: parts.thunksEnd,
    entries: parts.entries,
  })
  const traced = parts.options.strace || log.has('strace')
  // Traced calls all go to the engine, and so do all in lockstep: the table stays empty.
  const usesThunks = !traced && !parts.options.lockstep
  const handlers = new Map(Object.entries<Handler>({ ...memoryCalls(memory), ...procCalls(proc), ...endings }))
  const context: SyscallContext = {
    abi: aarch64,
    host: x64,
    process: createProcessState(),
    handlers,
    mapPath: guestPaths(proc, parts.pid),
    trace: traced ? (line) => log.line(line) : null,
    unimplemented: log.unimp ? (line) => log.line(`unimp: ${line}`) : null,
    openPages: (thread, address, length) => memory.prepareWrite(thread, address, length),
    signals: parts.entries,
    startCalls: true,
  }
  const signals = new Signals(context, memory)
  handlers.set('rt_sigreturn', (call) => signals.sigreturn(call))
  return {
    signals,
    tableAddress: thunks.tableAddress,
    tableCount: thunks.count,
    faultFixup: (rip) => thunks.faultFixup(rip),
    isThunk: (rip) => rip >= parts.thunksStart && rip < parts.thunksEnd,
    handle: (thread: RunnerThread) => {
      const thunk = usesThunks ? thunks.enter(thread.i32[aarch64.numberAt >> 2]!) : 0
      if (thunk === 0) return handleSyscall(context, thread)
      thread.enterThunk(thunk)
      return 'entered'
    },
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
  execve: refuseProgram,
}

/** No program is started yet; a name that cannot be read is refused first, as Linux does. */
function refuseProgram(call: Call): Outcome {
  const path = call.path(0)
  return typeof path === 'number' ? path : -errno.ENOSYS
}
