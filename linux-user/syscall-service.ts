/** The system call layer of a process: the thunks of its tree, and the engine's handlers over the process. */
import type { RunnerThread } from '../src/host/runner-api.ts'
import type { Thread } from '../src/host/thread.ts'
import { CALL_FAULTED, HIDDEN_FDS, HIDDEN_FDS_BASE } from '../src/runtime/layout.ts'
import { x64 } from '../syscalls/abi/abi.ts'
import type { SyscallContext } from '../syscalls/call.ts'
import { type Disposition, finishSyscall, handleFaulted, handleSyscall } from '../syscalls/dispatch.ts'
import { threadState } from '../syscalls/process-state.ts'
import { catchesIgnored, releaseDefaults, STOPPING } from './caught-signals.ts'
import { dumpCore } from './core-dump.ts'
import { stepBack } from './fault-state.ts'
import { guestPaths } from './proc-calls.ts'
import { procSignals } from './proc-status.ts'
import type { GuestProcess } from './process.ts'
import { ProcessCalls } from './process-calls.ts'
import type { ProcView } from './procfs.ts'
import { seen } from './runner-maps.ts'
import { judgeCall, seccompOf } from './seccomp.ts'
import { forgetAction, tellAction } from './signal-actions.ts'
import { Signals } from './signals.ts'

/** For calls that have no thunk or were left to the engine. */
export interface SyscallService {
  readonly context: SyscallContext
  /** entered: the thread is on its way through a thunk. The others as handleSyscall says. */
  handle(thread: RunnerThread): Disposition | 'entered'
  finish(thread: RunnerThread): Disposition
  /** Where a fault of a thunk at `rip` goes on; 0: not in a thunk. */
  faultFixup(rip: number): number
  /** Is there a thunk at this host address? */
  isThunk(rip: number): boolean
}

export function createSyscalls(process: GuestProcess): { readonly service: SyscallService; readonly signals: Signals } {
  const { tree, memory } = process
  const { log, options, abi, code } = tree
  const { addresses } = memory
  const { entryPoints } = tree.engine.runtime
  const proc = procView(process)
  const traced = options.strace || log.has('strace')
  // Traced calls all go to the engine, and so do all in lockstep: the table stays empty.
  const usesThunks = !traced && !options.lockstep
  const context: SyscallContext = {
    abi,
    host: x64,
    process: process.state,
    get handlers() {
      return handlers
    },
    mapPath: guestPaths(proc),
    trace: traced ? (line) => log.line(tree.processes.size > 1 ? `[pid ${process.pid}] ${line}` : line) : null,
    unimplemented: log.unimp ? (line) => log.line(`unimp: ${line}`) : null,
    openPages: (thread, address, length) => addresses.prepareWrite(thread, address, length),
    signals: entryPoints,
    judge: (thread, number) => judgeCall(tree, thread, number),
    startCalls: true,
    unknownCall: (thread, number) => tree.arch.unknownCall(tree, thread, number),
    actionChanged: (signal) => {
      for (const other of tree.processes.values())
        if (other.state.actions === process.state.actions) for (const { runner } of other.threads) forgetAction(runner, signal)
    },
    ...(tree.arch.runnerSignals === null
      ? {}
      : { actionKnown: (thread: RunnerThread, signal: number, action: Uint8Array) => tellAction(abi, thread, signal, action) }),
    catchesDefault: (signal) => process.caught.has(signal),
    catchesIgnored: (signal) => process.caught.has(signal) && catchesIgnored(process, signal),
  }
  const signals = new Signals(context, addresses, tree.arch)
  const handlers = new ProcessCalls({ process, proc, signals })
  signals.onStop = (thread, signal) => {
    const answer = tree.debug?.stops(tree.threadOf(thread as Thread), signal) ?? 'kernel'
    if (answer === 'kernel') releaseDefaults(process, thread, STOPPING)
    return answer
  }
  signals.onFatal = (thread, signal, info) => dumpCore(tree.threadOf(thread as Thread), signal, info)
  const { debug } = tree
  if (usesThunks && debug === null && !log.exec && tree.arch.runnerSignals !== null) signals.runnerDelivery = code.deliver
  if (debug !== null) signals.ask = (thread, signal) => debug.signal(thread, signal)
  const service: SyscallService = {
    context,
    faultFixup: (rip) => code.thunks.faultFixup(rip),
    isThunk: code.isThunk,
    handle: (thread) => {
      const isJudged = process.state.threads.get(thread)?.seccomp.mode
      const thunk =
        usesThunks && !isJudged && !tree.threadOf(thread as Thread).callsToEngine ? code.thunks.enter(thread.i32[abi.numberAt >> 2]!) : 0
      if (thunk === 0) {
        const isFaulted = thread.i32[CALL_FAULTED >> 2] !== 0
        thread.i32[CALL_FAULTED >> 2] = 0
        return isFaulted ? handleFaulted(context, thread) : handleSyscall(context, thread)
      }
      // The state's pc is that of the call while the runner makes it.
      stepBack(thread, tree.pcOffset)
      thread.enterThunk(thunk)
      return 'entered'
    },
    finish: (thread) => finishSyscall(thread),
  }
  return { service, signals }
}

/** What /proc shows of the process, and of the others of its tree. */
function procView(process: GuestProcess): ProcView {
  const { tree } = process
  return {
    get pid() {
      return process.host.isBelow ? process.host.ownPid : process.pid
    },
    signals: (tid) => procSignals(process, tree.abi, tid),
    seccomp: (tid) => {
      const thread = [...process.threads].find(({ runner }) => runner.tid === tid)
      return thread === undefined ? { mode: 0, filters: 0 } : seccompOf(threadState(process.state, thread.runner))
    },
    tracer: (tid) => tree.debug?.tracerOf(tid) ?? 0,
    writesMemory: () => process.beginWritingMemory(),
    listsToEngine: () => process.listsToEngine(),
    hiddenFds: firstHidden(process),
    get space() {
      const [thread] = process.memory.threads
      return seen(process.memory.addresses, thread)
    },
    program: process.program,
    get sysroot() {
      return process.state.hasOwnRoot ? null : tree.sysroot
    },
    cpuInfo: (processors) => tree.arch.cpuInfo(processors),
    other: (pid) => {
      const other = tree.knownBy(process, pid)
      return other === undefined ? undefined : procView(other)
    },
  }
}

function firstHidden({ threads }: GuestProcess): number {
  const [thread] = threads
  return thread?.runner.i32[HIDDEN_FDS >> 2] ?? HIDDEN_FDS_BASE
}
