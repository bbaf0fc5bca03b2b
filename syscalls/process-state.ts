/** What the engine keeps of a guest process for its system calls, because the kernel must not be told. */
import type { RunnerThread } from '../src/host/runner-api.ts'

export interface Limit {
  /** RLIM_INFINITY is Infinity. */
  current: number
  maximum: number
}

export interface SignalStack {
  address: number
  flags: number
  size: number
}

export interface ThreadState {
  signalStack: SignalStack
  /** Bits of the low word of the signal mask that the guest has blocked and the runner must not. */
  blockedSynchronous: number
}

export interface ProcessState {
  personality: number
  /** Guest `struct sigaction` bytes by signal number, for the signals that rt_sigaction has set. */
  readonly actions: Map<number, Uint8Array>
  /** Limits that the kernel is not told, by resource. */
  readonly limits: Map<number, Limit>
  readonly threads: WeakMap<RunnerThread, ThreadState>
}

const SS_DISABLE = 2

export function createProcessState(): ProcessState {
  return { personality: 0, actions: new Map(), limits: new Map(), threads: new WeakMap() }
}

export function threadState(process: ProcessState, thread: RunnerThread): ThreadState {
  let state = process.threads.get(thread)
  if (state === undefined) {
    state = { signalStack: { address: 0, flags: SS_DISABLE, size: 0 }, blockedSynchronous: 0 }
    process.threads.set(thread, state)
  }
  return state
}
