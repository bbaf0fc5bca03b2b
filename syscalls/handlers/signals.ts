/**
 * Signal actions, masks and stacks:
 *  - default and ignore are set in the kernel for real, except for the signals that translated code raises itself;
 *  - for a signal that the guest handles the host's handler is ours (src/runtime/signals.ts), with the guest's SA_RESTART;
 *  - the mask is the kernel's, but the signals that translated code raises are never blocked for real: their bits are kept beside it.
 */
import type { RunnerThread } from '../../src/host/runner-api.ts'
import { NOT_MADE } from '../../src/runtime/layout.ts'
import { ASYNC_SIGNALS } from '../../src/runtime/signals.ts'
import { readRegister } from '../abi/abi.ts'
import { errno } from '../abi/errno.ts'
import { sigactionFlags, sigaltstackFlags, signalMaskHow } from '../abi/flags/signals.ts'
import { fieldOf, layout, readField, writeField } from '../abi/shape.ts'
import { sigaction, stack } from '../abi/shapes-process.ts'
import {
  NSIG,
  putSet,
  readSet,
  SIGKILL,
  SIGSET_SIZE,
  SIGSTOP,
  type SignalSet,
  SYNCHRONOUS_MASK,
  SYNCHRONOUS_SIGNALS,
} from '../abi/signals.ts'
import type { Call, Handler, Outcome, SyscallContext } from '../call.ts'
import { type SignalStack, threadState } from '../process-state.ts'

export const SIG_DFL = 0
export const SIG_IGN = 1
const { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK } = signalMaskHow.values
const { SA_NOCLDSTOP, SA_NOCLDWAIT, SA_SIGINFO, SA_RESTORER, SA_ONSTACK, SA_RESTART, SA_NODEFER } = sigactionFlags.values
/** Flags that change what the kernel does without a handler. */
export const CHILD_FLAGS = SA_NOCLDSTOP | SA_NOCLDWAIT
/** What a kernel of today keeps; the bit without a name is SA_EXPOSE_TAGBITS. */
export const KNOWN_FLAGS = Object.values(sigactionFlags.values).reduce((all, bit) => all | bit, 0x800)
export const UNBLOCKABLE = (1 << (SIGKILL - 1)) | (1 << (SIGSTOP - 1))
const { SS_ONSTACK, SS_DISABLE, SS_AUTODISARM } = sigaltstackFlags.values
const EVERY_SIGNAL = -1

function rtSigaction(call: Call): Outcome {
  const newAt = call.arg(1)
  const oldAt = call.arg(2)
  if (call.arg(3) !== SIGSET_SIZE) return -errno.EINVAL
  const wanted = newAt === 0 ? null : call.readStruct(newAt, sigaction)
  if (newAt !== 0 && wanted === null) return -errno.EFAULT
  return changeAction(call, wanted, (old) => (oldAt === 0 ? 0 : call.write(oldAt, old)))
}

/** Gives the signal of argument 0 the action `wanted`; null: leaves it. `tell` gets the one before, and gives what the call does. */
export function changeAction(call: Call, wanted: Uint8Array | null, tell: (old: Uint8Array) => number): number {
  const signal = call.int(0)
  if (signal < 1 || signal > NSIG || (wanted !== null && (signal === SIGKILL || signal === SIGSTOP))) return -errno.EINVAL
  const old = call.ctx.process.actions.get(signal) ?? inheritedAction(call, signal)

  if (wanted !== null) {
    const of = call.guestLayout(sigaction)
    writeField(of, 'sa_flags', wanted, (readField(of, 'sa_flags', wanted) & KNOWN_FLAGS) >>> 0)
    const maskAt = fieldOf(of, 'sa_mask').offset
    const mask = readSet(wanted, maskAt)
    putSet(wanted, maskAt, { lo: mask.lo & ~UNBLOCKABLE, hi: mask.hi })
    call.ctx.process.actions.set(signal, wanted)
    call.ctx.actionChanged?.(signal)
  }
  call.ctx.actionKnown?.(call.thread, signal, wanted ?? old)
  const result = tell(old)
  // Last: what is put off would be carried out before memory is written.
  if (wanted !== null) tellDisposition(call.ctx, call.thread, signal, wanted)
  return result
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

/** Tells the host what a guest action means for it. 0 or -errno. */
export function setDisposition(ctx: SyscallContext, thread: RunnerThread, signal: number, wanted: Uint8Array): number {
  const action = hostAction(ctx, signal, wanted)
  if (action === null) return 0
  const scratch = thread.scratch(action.length)
  scratch.bytes.set(action)
  return thread.syscall(ctx.host.numbers['rt_sigaction']!, signal, scratch.address, 0, SIGSET_SIZE)
}

/** The same before the thread goes on. It does not fail for a signal that there is. */
function tellDisposition(ctx: SyscallContext, thread: RunnerThread, signal: number, wanted: Uint8Array): void {
  const action = hostAction(ctx, signal, wanted)
  if (action === null) return
  const batch = thread.later((result) => {
    throw new Error(`rt_sigaction of signal ${signal} gave ${result}`)
  })
  batch.syscall(ctx.host.numbers['rt_sigaction']!, signal, batch.data(action), 0, SIGSET_SIZE)
}

/** The host's structure for a guest action; null: the host is not told. */
function hostAction(ctx: SyscallContext, signal: number, wanted: Uint8Array): Uint8Array | null {
  const ours = ctx.signals
  const isFault = SYNCHRONOUS_SIGNALS.includes(signal)
  if (signal === SIGKILL || signal === SIGSTOP || (isFault && ours === null)) return null
  const guest = layout(ctx.abi, sigaction)
  const host = layout(ctx.host, sigaction)
  const bytes = new Uint8Array(host.size)
  const handler = readField(guest, 'sa_handler', wanted)
  const flags = readField(guest, 'sa_flags', wanted)
  const isHandled = handler !== SIG_DFL && handler !== SIG_IGN
  const catches = handler === SIG_DFL ? ctx.catchesDefault : ctx.catchesIgnored
  const isCaught = isHandled || catches?.(signal) === true
  if (ours !== null && (isFault || isCaught)) {
    // A fault signal that nobody handles but somebody sends must not end a call that restarts.
    const restart = isHandled ? flags & SA_RESTART : SA_RESTART
    writeField(host, 'sa_handler', bytes, isFault ? ours.faultHandler : ours.signalHandler)
    writeField(host, 'sa_restorer', bytes, ours.signalRestorer)
    writeField(host, 'sa_flags', bytes, SA_SIGINFO | SA_RESTORER | SA_ONSTACK | restart | (isFault ? SA_NODEFER : flags & CHILD_FLAGS))
    putSet(bytes, fieldOf(host, 'sa_mask').offset, { lo: ASYNC_SIGNALS, hi: EVERY_SIGNAL })
  } else {
    writeField(host, 'sa_handler', bytes, handler === SIG_IGN ? SIG_IGN : SIG_DFL)
    writeField(host, 'sa_flags', bytes, flags & CHILD_FLAGS)
  }
  return bytes
}

function rtSigprocmask(call: Call): Outcome {
  const setAt = call.arg(1)
  const oldAt = call.arg(2)
  if (call.arg(3) !== SIGSET_SIZE) return -errno.EINVAL
  const set = setAt === 0 ? null : call.read(setAt, SIGSET_SIZE)
  if (setAt !== 0 && set === null) return -errno.EFAULT
  const old = changeMask(call, call.int(0), set === null ? null : readSet(set))
  if (typeof old !== 'object') return old
  if (oldAt === 0) return 0
  const bytes = new Uint8Array(SIGSET_SIZE)
  putSet(bytes, 0, old)
  return call.write(oldAt, bytes)
}

/** Changes the thread's mask; null: leaves it. The one before, or why not. */
export function changeMask(call: Call, how: number, wanted: SignalSet | null): SignalSet | number | 'restart' {
  if (wanted !== null && how !== SIG_BLOCK && how !== SIG_UNBLOCK && how !== SIG_SETMASK) return -errno.EINVAL
  const state = threadState(call.ctx.process, call.thread)
  const scratch = call.thread.scratch(2 * SIGSET_SIZE)
  if (wanted !== null) putSet(scratch.bytes, 0, { lo: wanted.lo & ~SYNCHRONOUS_MASK, hi: wanted.hi })
  // Not behind a signal that was taken before: its handler must find the mask as it was.
  const result = call.thread.call(
    call.hostNumber('rt_sigprocmask'),
    how,
    wanted === null ? 0 : scratch.address,
    scratch.address + SIGSET_SIZE,
    SIGSET_SIZE,
  )
  if (result === NOT_MADE) return 'restart'
  if (result < 0) return result
  const before = state.blockedSynchronous
  if (wanted !== null) {
    const bits = wanted.lo & SYNCHRONOUS_MASK
    if (how === SIG_BLOCK) state.blockedSynchronous |= bits
    else if (how === SIG_UNBLOCK) state.blockedSynchronous &= ~bits
    else state.blockedSynchronous = bits
  }
  const kernels = readSet(scratch.bytes.subarray(SIGSET_SIZE))
  return { lo: kernels.lo | before, hi: kernels.hi }
}

/** The call is the kernel's; its mask is read now, because the result takes its register. */
function rtSigsuspend(call: Call): Outcome {
  const set = call.arg(1) === SIGSET_SIZE ? call.read(call.arg(0), SIGSET_SIZE) : null
  threadState(call.ctx.process, call.thread).suspendMask = set === null ? null : readSet(set)
  return 'pass'
}

/** Is the stack pointer on this signal stack? One that disarms itself is never in use. */
export function isOnStack({ address, flags, size }: SignalStack, pointer: number): boolean {
  return size > 0 && (flags & SS_AUTODISARM) === 0 && pointer > address && pointer - address <= size
}

/** SS_DISABLE, SS_ONSTACK or 0. */
function stackUse(stack: SignalStack, pointer: number): number {
  return stack.size === 0 ? SS_DISABLE : isOnStack(stack, pointer) ? SS_ONSTACK : 0
}

/** 0 or -errno. `pointer`: the guest's stack pointer. */
export function setSignalStack(current: SignalStack, wanted: SignalStack, pointer: number, minimum: number): SignalStack | number {
  if (isOnStack(current, pointer)) return -errno.EPERM
  const mode = wanted.flags & ~SS_AUTODISARM
  if (mode !== 0 && mode !== SS_DISABLE && mode !== SS_ONSTACK) return -errno.EINVAL
  if (mode === SS_DISABLE) return { address: 0, flags: wanted.flags, size: 0 }
  return wanted.size < minimum ? -errno.ENOMEM : wanted
}

function sigaltstack(call: Call): Outcome {
  const { abi } = call.ctx
  const state = threadState(call.ctx.process, call.thread)
  const of = call.guestLayout(stack)
  const newAt = call.arg(0)
  const oldAt = call.arg(1)
  const pointer = readRegister(abi, call.thread.i32, abi.stackPointerAt)
  const before = state.signalStack
  if (newAt !== 0) {
    const bytes = call.readStruct(newAt, stack)
    if (bytes === null) return -errno.EFAULT
    const wanted = {
      address: readField(of, 'ss_sp', bytes),
      flags: readField(of, 'ss_flags', bytes),
      size: readField(of, 'ss_size', bytes),
    }
    const result = setSignalStack(before, wanted, pointer, abi.minimumSignalStack)
    if (typeof result === 'number') return result
    state.signalStack = result
  }
  if (oldAt === 0) return 0
  const bytes = new Uint8Array(of.size)
  writeField(of, 'ss_sp', bytes, before.address)
  writeField(of, 'ss_flags', bytes, stackUse(before, pointer) | (before.flags & SS_AUTODISARM))
  writeField(of, 'ss_size', bytes, before.size)
  return call.write(oldAt, bytes)
}

export const signalHandlers: { readonly [name: string]: Handler } = {
  rt_sigaction: rtSigaction,
  rt_sigprocmask: rtSigprocmask,
  rt_sigsuspend: rtSigsuspend,
  sigaltstack,
}
