/**
 * What a thread's slot and the kernel have of its signals: those that were taken and not delivered, and its mask. The fault signals' part of the mask is
 * the engine's (`blockedSynchronous`): the kernel never blocks them.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { NOT_MADE, PENDING_ASYNC, SIGNAL_CLAIMED, SIGNAL_INFO, SIGNAL_INFO_SIZE, SIGNAL_MASK, SIGNAL_PENDING } from '../src/runtime/layout.ts' // biome-ignore format: a list
import { FAULT_SIGNALS } from '../src/runtime/signals.ts'
import { signalMaskHow } from '../syscalls/abi/flags/signals.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { putSet, readSet, SIGSET_SIZE, type SignalSet, SYNCHRONOUS_MASK, SYNCHRONOUS_SIGNALS } from '../syscalls/abi/signals.ts'
import type { ThreadState } from '../syscalls/process-state.ts'

const { SIG_BLOCK, SIG_SETMASK } = signalMaskHow.values
export const SIGNALS_IN_ORDER = [...SYNCHRONOUS_SIGNALS].sort((a, b) => a - b)

export function asyncPending(thread: RunnerThread): boolean {
  return (Atomics.load(thread.i32, SIGNAL_PENDING >> 2) & PENDING_ASYNC) !== 0
}

/** Fault signals that somebody sent: from the slot to the thread's state. */
export function takeSent(thread: RunnerThread, state: ThreadState): void {
  const pending = Atomics.load(thread.i32, SIGNAL_PENDING >> 2)
  if ((pending & ~PENDING_ASYNC) === 0) return
  for (const [n, signal] of FAULT_SIGNALS.entries()) {
    const bit = PENDING_ASYNC << (n + 1)
    if ((pending & bit) === 0) continue
    const at = SIGNAL_INFO + SIGNAL_INFO_SIZE * (n + 1)
    if (!state.sent.has(signal)) state.setSent(signal, thread.u8.slice(at, at + SIGNAL_INFO_SIZE))
    Atomics.and(thread.i32, SIGNAL_PENDING >> 2, ~bit)
    Atomics.store(thread.i32, (SIGNAL_CLAIMED >> 2) + n, 0)
  }
}

export function markSent(thread: RunnerThread, signal: number, info: Uint8Array): void {
  const n = FAULT_SIGNALS.indexOf(signal as (typeof FAULT_SIGNALS)[number])
  if (n < 0) return
  thread.u8.set(info, SIGNAL_INFO + SIGNAL_INFO_SIZE * (n + 1))
  Atomics.store(thread.i32, (SIGNAL_CLAIMED >> 2) + n, 1)
  Atomics.or(thread.i32, SIGNAL_PENDING >> 2, PENDING_ASYNC << (n + 1))
}

/** The lowest fault signal that was sent and is not blocked, or 0. */
export function nextSent(state: ThreadState): number {
  if (state.sent.size === 0) return 0
  for (const signal of SIGNALS_IN_ORDER) {
    if (state.sent.has(signal) && ((state.blockedSynchronous >>> (signal - 1)) & 1) === 0) return signal
  }
  return 0
}

/** The guest's mask. An asynchronous signal may be pending afterwards. */
export function maskOf(thread: RunnerThread, state: ThreadState): SignalSet {
  const ours = state.blockedSynchronous
  for (;;) {
    if (asyncPending(thread)) return withBits(readSet(thread.u8, SIGNAL_MASK), ours)
    if (thread.inFault) return withBits({ lo: thread.fault.maskLo, hi: thread.fault.maskHi }, ours)
    const scratch = thread.scratch(SIGSET_SIZE)
    const result = thread.call(nr.rt_sigprocmask, SIG_BLOCK, 0, scratch.address, SIGSET_SIZE)
    if (result !== NOT_MADE) return withBits(readSet(scratch.bytes), ours)
    takeSent(thread, state)
  }
}

export function setMask(thread: RunnerThread, state: ThreadState, mask: SignalSet): void {
  state.blockedSynchronous = mask.lo & SYNCHRONOUS_MASK
  for (;;) {
    if (asyncPending(thread)) {
      putSet(thread.u8, SIGNAL_MASK, mask)
      state.maskChanged = true
      return
    }
    if (thread.inFault) {
      setFaultMask(thread, mask)
      return
    }
    if (callMask(thread, mask) !== NOT_MADE) return
    takeSent(thread, state)
  }
}

export function setFaultMask(thread: RunnerThread, mask: SignalSet): void {
  thread.fault.maskLo = mask.lo & ~SYNCHRONOUS_MASK
  thread.fault.maskHi = mask.hi
}

function callMask(thread: RunnerThread, mask: SignalSet): number {
  const scratch = thread.scratch(SIGSET_SIZE)
  putSet(scratch.bytes, 0, { lo: mask.lo & ~SYNCHRONOUS_MASK, hi: mask.hi })
  return thread.call(nr.rt_sigprocmask, SIG_SETMASK, scratch.address, 0, SIGSET_SIZE)
}

function withBits(mask: SignalSet, lo: number): SignalSet {
  return { lo: (mask.lo & ~SYNCHRONOUS_MASK) | lo, hi: mask.hi }
}
