/** What the engine keeps of a guest process for its system calls, because the kernel must not be told. */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { BLOCKED_SYNCHRONOUS, KEEPS_SENT, LAST_FAULT, LAST_SYNDROME, SIGNAL_STACK, SIGNAL_STACK_FLAGS, SIGNAL_STACK_SIZE } from '../src/runtime/layout.ts' // biome-ignore format: a list
import type { SignalSet } from './abi/signals.ts'
import type { Filter } from './seccomp-filter.ts'

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
  /** 0, or SECCOMP_MODE_STRICT or _FILTER with the filter that was set last. */
  seccomp: { readonly mode: number; readonly filter: Filter | null }
  signalStack: SignalStack
  /** Bits of the low word of the signal mask that the guest has blocked and the runner must not. Kept in the slot, for the thunk of rt_sigprocmask. */
  blockedSynchronous: number
  /** siginfo_t of the fault signals that somebody sent and that wait to be delivered, by number. `setSent` and `dropSent` change it. */
  readonly sent: ReadonlyMap<number, Uint8Array>
  setSent(signal: number, info: Uint8Array): void
  dropSent(signal: number): void
  /** The mask of the last rt_sigsuspend. */
  suspendMask: SignalSet | null
  /** The mask of the call that a signal has ended: the handler's mask is made from it. */
  temporaryMask: SignalSet | null
  /** The mask was set after an asynchronous signal had been taken, which may be blocked now. */
  maskChanged: boolean
  /** What the guest's kernel keeps of the thread's last fault: the address and the syndrome that signal frames show. */
  faultAddress: number
  faultSyndrome: number
}

export interface ProcessState {
  personality: number
  /** Guest `struct sigaction` bytes by signal number, for the signals that rt_sigaction has set. */
  readonly actions: Map<number, Uint8Array>
  /** Limits that the kernel is not told, by resource. */
  readonly limits: Map<number, Limit>
  readonly threads: WeakMap<RunnerThread, ThreadState>
  /** It has opened, or may have inherited, a directory of descriptors. */
  listsDescriptors: boolean
  /** Its root is not the one that it was started in: names lead to what is there, without a sysroot. */
  hasOwnRoot: boolean
  /** Guest address of the code that signal handlers return to when they name none; 0: not mapped yet. */
  trampoline: number
}

const SS_DISABLE = 2
const TWO_32 = 0x1_0000_0000

export function createProcessState(): ProcessState {
  return {
    personality: 0,
    actions: new Map(),
    limits: new Map(),
    threads: new WeakMap(),
    listsDescriptors: false,
    hasOwnRoot: false,
    trampoline: 0,
  }
}

/** The state of a forked child; `sharesActions`: they are the same object, as for CLONE_SIGHAND. */
export function forkProcessState(parent: ProcessState, sharesActions: boolean): ProcessState {
  return {
    personality: parent.personality,
    actions: sharesActions ? parent.actions : new Map(parent.actions),
    limits: new Map([...parent.limits].map(([resource, limit]) => [resource, { ...limit }])),
    threads: new WeakMap(),
    listsDescriptors: parent.listsDescriptors,
    hasOwnRoot: parent.hasOwnRoot,
    trampoline: parent.trampoline,
  }
}

/** The state of a process that has executed another program: `kept` makes of an action what stays of it, or null. */
export function executedProcessState(old: ProcessState, kept: (action: Uint8Array) => Uint8Array | null): ProcessState {
  const state = forkProcessState(old, false)
  for (const [signal, action] of old.actions) {
    const rest = kept(action)
    if (rest === null) state.actions.delete(signal)
    else state.actions.set(signal, rest)
  }
  state.trampoline = 0
  return state
}

/** A new thread begins with its creator's mask and seccomp filters, and with its signal stack unless both run in one memory. */
export function forkThreadState(thread: RunnerThread, from: ThreadState, keepsStack: boolean): ThreadState {
  const state = createThreadState(thread)
  state.blockedSynchronous = from.blockedSynchronous
  state.seccomp = from.seccomp
  if (keepsStack) state.signalStack = from.signalStack
  return state
}

const NO_STACK: SignalStack = { address: 0, flags: SS_DISABLE, size: 0 }

/** What the code that enters handlers in the runner has to know is kept in the slot as well. */
function createThreadState({ i32 }: RunnerThread): ThreadState {
  const sent = new Map<number, Uint8Array>()
  const tell = (): void => {
    i32[KEEPS_SENT >> 2] = sent.size
  }
  const setWord = (at: number, value: number): void => {
    i32[at >> 2] = value | 0
    i32[(at >> 2) + 1] = Math.floor(value / TWO_32)
  }
  tell()
  const mirrors = { signalStack: NO_STACK, faultAddress: 0, faultSyndrome: 0 }
  const state: ThreadState = {
    seccomp: { mode: 0, filter: null },
    get signalStack() {
      return mirrors.signalStack
    },
    set signalStack(stack: SignalStack) {
      mirrors.signalStack = stack
      setWord(SIGNAL_STACK, stack.address)
      setWord(SIGNAL_STACK_SIZE, stack.size)
      i32[SIGNAL_STACK_FLAGS >> 2] = stack.flags
    },
    get faultAddress() {
      return mirrors.faultAddress
    },
    set faultAddress(address: number) {
      mirrors.faultAddress = address
      setWord(LAST_FAULT, address)
    },
    get faultSyndrome() {
      return mirrors.faultSyndrome
    },
    set faultSyndrome(syndrome: number) {
      mirrors.faultSyndrome = syndrome
      setWord(LAST_SYNDROME, syndrome)
    },
    get blockedSynchronous() {
      return i32[BLOCKED_SYNCHRONOUS >> 2]!
    },
    set blockedSynchronous(bits: number) {
      i32[BLOCKED_SYNCHRONOUS >> 2] = bits
    },
    sent,
    setSent(signal, info) {
      sent.set(signal, info)
      tell()
    },
    dropSent(signal) {
      sent.delete(signal)
      tell()
    },
    suspendMask: null,
    temporaryMask: null,
    maskChanged: false,
  }
  state.signalStack = NO_STACK
  state.faultAddress = 0
  state.faultSyndrome = 0
  return state
}

/** A thread's state as data, for a successor of the engine; what stands in the slot stays there. */
export type ThreadStateEstate = Omit<ThreadState, 'blockedSynchronous' | 'setSent' | 'dropSent'>

export function threadStateEstate(state: ThreadState): ThreadStateEstate {
  const { seccomp, signalStack, sent, suspendMask, temporaryMask, maskChanged, faultAddress, faultSyndrome } = state
  return { seccomp, signalStack, sent, suspendMask, temporaryMask, maskChanged, faultAddress, faultSyndrome }
}

export function restoreThreadState(process: ProcessState, thread: RunnerThread, { sent, ...rest }: ThreadStateEstate): void {
  const state = threadState(process, thread)
  Object.assign(state, rest)
  for (const [signal, info] of sent) state.setSent(signal, info)
}

export function threadState(process: ProcessState, thread: RunnerThread): ThreadState {
  let state = process.threads.get(thread)
  if (state === undefined) {
    state = createThreadState(thread)
    process.threads.set(thread, state)
  }
  return state
}
