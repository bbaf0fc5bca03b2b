/**
 * Signal actions, masks and stacks, as far as no handler is called yet:
 *  - default and ignore are set in the kernel for real, except for the signals that translated code raises itself;
 *  - handlers are kept; until handlers are delivered a signal with one takes its default action;
 *  - the mask is the kernel's, but the same signals are never blocked for real: their bits are kept beside it.
 */
import { errno } from '../abi/errno.ts'
import { sigactionFlags, sigaltstackFlags, signalMaskHow } from '../abi/flags/signals.ts'
import { readField, writeField } from '../abi/shape.ts'
import { sigaction, stack } from '../abi/shapes-process.ts'
import { NSIG, SIGKILL, SIGSTOP, SYNCHRONOUS_SIGNALS } from '../abi/signals.ts'
import type { Call, Handler, Outcome } from '../call.ts'
import { threadState } from '../process-state.ts'

const SIG_IGN = 1
const SIGSET_SIZE = 8
const SYNCHRONOUS_MASK = SYNCHRONOUS_SIGNALS.reduce((mask, signal) => mask | (1 << (signal - 1)), 0)
const { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK } = signalMaskHow.values
/** Flags that change what the kernel does without a handler. */
const CHILD_FLAGS = sigactionFlags.values.SA_NOCLDSTOP | sigactionFlags.values.SA_NOCLDWAIT
const { SS_ONSTACK, SS_DISABLE, SS_AUTODISARM } = sigaltstackFlags.values

function rtSigaction(call: Call): Outcome {
  const signal = call.int(0)
  const newAt = call.arg(1)
  const oldAt = call.arg(2)
  if (call.arg(3) !== SIGSET_SIZE) return -errno.EINVAL
  if (signal < 1 || signal > NSIG || (newAt !== 0 && (signal === SIGKILL || signal === SIGSTOP))) return -errno.EINVAL
  const wanted = newAt === 0 ? null : call.readStruct(newAt, sigaction)
  if (newAt !== 0 && wanted === null) return -errno.EFAULT
  const old = call.ctx.process.actions.get(signal) ?? inheritedAction(call, signal)

  if (wanted !== null) {
    const failed = setDisposition(call, signal, wanted)
    if (failed < 0) return failed
    call.ctx.process.actions.set(signal, wanted)
  }
  return oldAt === 0 ? 0 : call.write(oldAt, old)
}

/** What the kernel does with a signal that the guest has not touched: default, or ignored by whoever started us. */
function inheritedAction(call: Call, signal: number): Uint8Array {
  const guest = call.guestLayout(sigaction)
  const bytes = new Uint8Array(guest.size)
  if (SYNCHRONOUS_SIGNALS.includes(signal)) return bytes
  const host = call.hostLayout(sigaction)
  const scratch = call.thread.scratch(host.size)
  if (call.thread.syscall(call.hostNumber('rt_sigaction'), signal, 0, scratch.address, SIGSET_SIZE) < 0) return bytes
  if (readField(host, 'sa_handler', scratch.bytes) === SIG_IGN) writeField(guest, 'sa_handler', bytes, SIG_IGN)
  return bytes
}

function setDisposition(call: Call, signal: number, wanted: Uint8Array): number {
  if (SYNCHRONOUS_SIGNALS.includes(signal) || signal === SIGKILL || signal === SIGSTOP) return 0
  const guest = call.guestLayout(sigaction)
  const host = call.hostLayout(sigaction)
  const scratch = call.thread.scratch(host.size)
  scratch.bytes.fill(0)
  const handler = readField(guest, 'sa_handler', wanted)
  writeField(host, 'sa_handler', scratch.bytes, handler === SIG_IGN ? SIG_IGN : 0)
  writeField(host, 'sa_flags', scratch.bytes, readField(guest, 'sa_flags', wanted) & CHILD_FLAGS)
  return call.thread.syscall(call.hostNumber('rt_sigaction'), signal, scratch.address, 0, SIGSET_SIZE)
}

function rtSigprocmask(call: Call): Outcome {
  const how = call.int(0)
  const setAt = call.arg(1)
  const oldAt = call.arg(2)
  if (call.arg(3) !== SIGSET_SIZE) return -errno.EINVAL
  const set = setAt === 0 ? null : call.read(setAt, SIGSET_SIZE)
  if (setAt !== 0 && set === null) return -errno.EFAULT
  if (set !== null && how !== SIG_BLOCK && how !== SIG_UNBLOCK && how !== SIG_SETMASK) return -errno.EINVAL

  const state = threadState(call.ctx.process, call.thread)
  const scratch = call.thread.scratch(2 * SIGSET_SIZE)
  const before = state.blockedSynchronous
  if (set !== null) {
    const bits = lowWord(set) & SYNCHRONOUS_MASK
    if (how === SIG_BLOCK) state.blockedSynchronous |= bits
    else if (how === SIG_UNBLOCK) state.blockedSynchronous &= ~bits
    else state.blockedSynchronous = bits
    scratch.bytes.set(set)
    putLowWord(scratch.bytes, 0, lowWord(set) & ~SYNCHRONOUS_MASK)
  }
  const failed = call.thread.syscall(
    call.hostNumber('rt_sigprocmask'),
    how,
    set === null ? 0 : scratch.address,
    scratch.address + SIGSET_SIZE,
    SIGSET_SIZE,
  )
  if (failed < 0 || oldAt === 0) return failed
  const old = scratch.bytes.slice(SIGSET_SIZE)
  putLowWord(old, 0, lowWord(old) | before)
  return call.write(oldAt, old)
}

function lowWord(bytes: Uint8Array): number {
  return bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)
}

function putLowWord(bytes: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = value >>> (8 * i)
}

function sigaltstack(call: Call): Outcome {
  const state = threadState(call.ctx.process, call.thread)
  const of = call.guestLayout(stack)
  const newAt = call.arg(0)
  const oldAt = call.arg(1)
  const before = { ...state.signalStack }
  if (newAt !== 0) {
    const bytes = call.readStruct(newAt, stack)
    if (bytes === null) return -errno.EFAULT
    const flags = readField(of, 'ss_flags', bytes)
    const mode = flags & ~SS_AUTODISARM
    if (mode !== 0 && mode !== SS_DISABLE && mode !== SS_ONSTACK) return -errno.EINVAL
    const size = readField(of, 'ss_size', bytes)
    if (mode === SS_DISABLE) state.signalStack = { address: 0, flags, size: 0 }
    else if (size < call.ctx.abi.minimumSignalStack) return -errno.ENOMEM
    else state.signalStack = { address: readField(of, 'ss_sp', bytes), flags: flags & SS_AUTODISARM, size }
  }
  if (oldAt === 0) return 0
  const bytes = new Uint8Array(of.size)
  writeField(of, 'ss_sp', bytes, before.address)
  writeField(of, 'ss_flags', bytes, before.flags)
  writeField(of, 'ss_size', bytes, before.size)
  return call.write(oldAt, bytes)
}

export const signalHandlers: { readonly [name: string]: Handler } = {
  rt_sigaction: rtSigaction,
  rt_sigprocmask: rtSigprocmask,
  sigaltstack,
}
