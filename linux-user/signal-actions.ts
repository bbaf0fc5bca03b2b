/** What the guest has asked for each signal: read from its `struct sigaction`, kept for the runner (arch/aarch64-delivery.ts), cleared for a child. */

import { lowestBit } from '../src/host/doorbell.ts'
import type { RunnerThread } from '../src/host/runner-api.ts'
import { ACTION_KNOWN, ACTION_LOG, ACTION_SIZE, ACTIONS_ALONE, ACTIONS_OFFSET, DELIVER, GUEST_ACTIONS_OFFSET, GUEST_ACTIONS_SIZE } from '../src/runtime/layout.ts' // biome-ignore format: a list
import type { GuestAbi } from '../syscalls/abi/abi.ts'
import { sigactionFlags } from '../syscalls/abi/flags/signals.ts'
import { fieldOf, layout, readField } from '../syscalls/abi/shape.ts'
import { sigaction } from '../syscalls/abi/shapes-process.ts'
import { NSIG, readSet, type SignalSet, setOf, union } from '../syscalls/abi/signals.ts'
import type { SyscallContext } from '../syscalls/call.ts'
import { SIG_IGN, setDisposition } from '../syscalls/handlers/signals.ts'

const TWO_32 = 0x1_0000_0000
const { SA_NODEFER, SA_RESETHAND } = sigactionFlags.values

export interface Action {
  readonly handler: number
  readonly flags: number
  readonly restorer: number
  readonly mask: SignalSet
}

/** The action in the bytes of a guest's structure; null where there is none. */
export function readAction(abi: GuestAbi, bytes: Uint8Array | undefined): Action | null {
  if (bytes === undefined) return null
  const of = layout(abi, sigaction)
  return {
    handler: readField(of, 'sa_handler', bytes),
    flags: readField(of, 'sa_flags', bytes),
    restorer: readField(of, 'sa_restorer', bytes),
    mask: readSet(bytes, fieldOf(of, 'sa_mask').offset),
  }
}

/** From now on the runner acts upon the signal itself, as far as it can (arch/aarch64-delivery.ts); SA_RESETHAND is ours. */
export function keepAction(
  { i32 }: RunnerThread,
  signal: number,
  { handler, flags, mask }: Action,
  restorer: number,
  deliver: number,
): void {
  const at = (ACTIONS_OFFSET + ACTION_SIZE * (signal - 1)) >> 2
  if (flags & SA_RESETHAND || restorer === 0 || i32[at] !== 0 || i32[at + 1] !== 0) return
  const { lo, hi } = flags & SA_NODEFER ? mask : union(mask, setOf(signal))
  const words = [handler, Math.floor(handler / TWO_32), restorer, Math.floor(restorer / TWO_32), lo, hi, flags]
  for (const [n, word] of words.entries()) i32[at + n] = word | 0
  i32[DELIVER >> 2] = deliver | 0
  i32[(DELIVER >> 2) + 1] = Math.floor(deliver / TWO_32)
}

/** The runner leaves the signal, or all, to the engine again. */
export function forgetAction({ u8 }: RunnerThread, signal?: number): void {
  for (const table of [ACTIONS_OFFSET, GUEST_ACTIONS_OFFSET]) {
    if (signal === undefined) u8.fill(0, table, table + NSIG * ACTION_SIZE)
    else u8.fill(0, table + ACTION_SIZE * (signal - 1), table + ACTION_SIZE * signal)
  }
}

/** Where ACTION_KNOWN stands in an entry of GUEST_ACTIONS: the upper half of sa_flags. */
function knownAt(abi: GuestAbi, signal: number): number {
  return GUEST_ACTIONS_OFFSET + ACTION_SIZE * (signal - 1) + fieldOf(layout(abi, sigaction), 'sa_flags').offset + 4
}

/** The runner may answer rt_sigaction for the signal from now on (syscalls/action-thunk.ts), if it may for any. */
export function tellAction(abi: GuestAbi, { u8, i32 }: RunnerThread, signal: number, action: Uint8Array): void {
  if (i32[ACTIONS_ALONE >> 2] === 0) return
  u8.set(action, GUEST_ACTIONS_OFFSET + ACTION_SIZE * (signal - 1))
  i32[knownAt(abi, signal) >> 2] = ACTION_KNOWN
}

/** What the runner has done by itself. To be called before a process's actions are looked at. */
export function learnActions(abi: GuestAbi, actions: Map<number, Uint8Array>, { u8, i32 }: RunnerThread): void {
  for (let word = 0; word < 2; word++) {
    const at = (ACTION_LOG >> 2) + word
    if (i32[at] === 0) continue
    for (let bits = Atomics.exchange(i32, at, 0); bits !== 0; bits &= bits - 1) {
      const signal = 32 * word + lowestBit(bits) + 1
      const from = GUEST_ACTIONS_OFFSET + ACTION_SIZE * (signal - 1)
      const action = u8.slice(from, from + ACTION_SIZE)
      action.fill(0, knownAt(abi, signal) - from, knownAt(abi, signal) - from + 4)
      actions.set(signal, action)
    }
  }
}

/** A child begins with the actions of its creator. */
export function inheritActions(from: RunnerThread, to: RunnerThread): void {
  to.u8.set(from.u8.subarray(GUEST_ACTIONS_OFFSET, GUEST_ACTIONS_OFFSET + GUEST_ACTIONS_SIZE), GUEST_ACTIONS_OFFSET)
}

/** CLONE_CLEAR_SIGHAND, for a child: signals that its parent handles have their default action. */
export function clearHandlers(context: SyscallContext, thread: RunnerThread): void {
  const of = layout(context.abi, sigaction)
  forgetAction(thread)
  for (const [signal, bytes] of context.process.actions) {
    if (readField(of, 'sa_handler', bytes) === SIG_IGN) continue
    const cleared = new Uint8Array(of.size)
    context.process.actions.set(signal, cleared)
    setDisposition(context, thread, signal, cleared)
  }
}
