/**
 * What a debugger (gdb/control.ts, ptrace/tracing.ts) is told of, and where it may hold a thread. Types alone: a run without a debugger loads none of it.
 *
 * A thread is held by not answering its request. It is held only with an exact state, and goes on by its request being given out once more.
 */
import type { Death } from '../src/host/process.ts'
import type { RunnerThread } from '../src/host/runner-api.ts'
import type { Thread } from '../src/host/thread.ts'
import type { GuestMemory } from './guest-memory.ts'
import type { GuestProcess } from './process.ts'
import type { HeldSignal } from './signals.ts'
import type { GuestThread } from './thread.ts'

/** act: as if there were no debugger; hold: the signal is the debugger's, the thread waits; drop: there was no signal. */
export type SignalAnswer = 'act' | 'hold' | 'drop'

/** hold: the thread waits; drop: the signal does nothing; kernel: the kernel is to stop the process. */
export type StopAnswer = 'hold' | 'drop' | 'kernel'

export interface Debugger {
  /** It puts breakpoints of its own into translations: no program shares them with another one. */
  readonly ownsCode: boolean
  /** A runner that obeys orders in this memory: it is held. */
  obedient(memory: GuestMemory): Thread | undefined
  /** The guest process that traces a thread, pid; 0: none. */
  tracerOf(tid: number): number
  /** The thread's system calls are all to come to the engine. */
  wantsCalls(thread: GuestThread): boolean
  /** Is asked before a request is answered. True: the thread is held, or has gone on. */
  takes(thread: GuestThread): boolean
  /** A clone is about to be made; `child` waits for its hello. */
  cloned(parent: GuestThread, child: GuestThread, kind: 'thread' | 'fork' | 'vfork'): void
  /** The thread has executed another program and is at its first instruction. True: it is held. */
  executed(thread: GuestThread): boolean
  /** A thread has ended, or was not made. */
  removed(thread: GuestThread): void
  /** A process has ended, and its threads. */
  ended(process: GuestProcess, death: Death): void
  /** A signal is about to stop the thread's process by its default action. */
  stops(thread: GuestThread, signal: number): StopAnswer
  /** A seccomp filter leaves the call that the thread has stopped for to its tracer. pass: it has been asked; none: there is none. */
  filtered(thread: GuestThread, data: number): 'hold' | 'pass' | 'none'
  /** A signal is about to be acted upon. */
  signal(runner: RunnerThread, signal: HeldSignal): SignalAnswer
}

/** The same of one thread. */
export interface ThreadDebugger {
  /** The thread is about to run at `pc`, its state canonical but for the pc. True: it does not, or it has been sent off otherwise. */
  enters(pc: number): boolean
  /** Translated code has stopped at `pc`, as for a BRK. True: it is the debugger's doing. */
  breakpoint(pc: number): boolean
  /** A system call has come to the engine; `pc` is behind it, and so is the state's. True: it is not made now. */
  calls(pc: number): boolean
  /** It has been made, or is to be made again: the state's pc is where the thread is to go on. True: it does not. */
  called(what: 'resume' | 'restart'): boolean
}
