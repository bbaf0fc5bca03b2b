/**
 * Delivery of signals to the guest: what the host's handler took (src/runtime/signals.ts) and the guest's own faults become frames on
 * the guest's stack, and rt_sigreturn undoes them.
 *
 * A thread is here only while it is stopped with an exact state, its pc at the next instruction. What has to hold:
 * - One asynchronous signal at most is taken; while it waits (PENDING_ASYNC) the kernel has all of them blocked and the thread's real mask
 *   is SIGNAL_MASK. `mask` and `setMask` know that. Setting the mask lets the next signal in: its frame comes on top, as in the kernel.
 * - During a fault the mask is in the fault's frame (thread.fault) and nothing asynchronous is taken.
 * - The frame is written before the mask is set: a stack that cannot be written gives SIGSEGV with the old mask.
 * - Entering a handler and coming back from one is prepared in the slot, and done by one batch that ends with the thread going on (`launch`). Until then
 *   it is `open`: the frame is not written, the mask is not set. What fails in the batch, which is rare, comes back to `recover`.
 * - A signal that was taken is delivered before the faulting instruction or system call at which the thread stopped: that is made again
 *   behind the handler.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { FRAME_READ, PENDING_ASYNC, POLL_FLAG, POLL_SIGNAL, SIGNAL_INFO, SIGNAL_INFO_SIZE, SIGNAL_PENDING, TRANSFER_OFFSET } from '../src/runtime/layout.ts' // biome-ignore format: a list
import { type GuestAbi, readRegister } from '../syscalls/abi/abi.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { sigactionFlags, sigaltstackFlags, signalMaskHow } from '../syscalls/abi/flags/signals.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { layout, writeField } from '../syscalls/abi/shape.ts'
import { sigaction } from '../syscalls/abi/shapes-process.ts'
import { hasSignal, putSet, readSet, SIGKILL, SIGSEGV, SIGSET_SIZE, SIGSTOP, type SignalSet, SYNCHRONOUS_MASK, SYNCHRONOUS_SIGNALS, setOf, signalName, union } from '../syscalls/abi/signals.ts' // biome-ignore format: a list
import { Call, type Outcome, type SyscallContext } from '../syscalls/call.ts'
import { isOnStack, SIG_DFL, SIG_IGN, setDisposition, setSignalStack } from '../syscalls/handlers/signals.ts'
import { complete, prepare } from '../syscalls/perform.ts'
import { type ProcessState, type SignalStack, type ThreadState, threadState } from '../syscalls/process-state.ts'
import { guestInfo } from '../syscalls/siginfo-form.ts'
import { siginfoText } from '../syscalls/strace/siginfo.ts'
import { rowOf } from '../syscalls/table.ts'
import type { AddressSpace } from './address-space.ts'
import type { GuestArch } from './arch/arch.ts'
import type { ReturnedFrame, SignalFrame, SignalFrames } from './arch/frame.ts'
import { IGNORED, STOPPING } from './caught-signals.ts'
import type { SignalAnswer, StopAnswer } from './debugger.ts'
import { stepBack } from './fault-state.ts'
import { type Action, forgetAction, keepAction, readAction } from './signal-actions.ts'
import { returnAddress } from './signal-parts.ts'
import { asyncPending, markSent, maskOf, nextSent, SIGNALS_IN_ORDER, setFaultMask, setMask, takeSent } from './signal-slot.ts'

const TWO_32 = 0x1_0000_0000
const { SIG_SETMASK } = signalMaskHow.values
const { SA_SIGINFO, SA_RESTORER, SA_ONSTACK, SA_NODEFER, SA_RESETHAND } = sigactionFlags.values
const { SS_DISABLE, SS_AUTODISARM } = sigaltstackFlags.values
const UNBLOCKABLE = (1 << (SIGKILL - 1)) | (1 << (SIGSTOP - 1))
const SI_KERNEL = 0x80
const SEGV_MAPERR = 1
const SEGV_ACCERR = 2
const INFO_CODE = 8
const INFO_ADDRESS = 16
/** Orders of a batch that write a frame. */
const FRAME_WRITES = 2

/** Where calls have a mask that holds while they wait: the argument, a pointer to it or to a pointer to it. rt_sigsuspend's is kept by its handler. */
const MASK_ARGUMENT = new Map<string, { argument: number; isIndirect: boolean }>([
  ['ppoll', { argument: 3, isIndirect: false }],
  ['pselect6', { argument: 5, isIndirect: true }],
  ['epoll_pwait', { argument: 4, isIndirect: false }],
  ['epoll_pwait2', { argument: 4, isIndirect: false }],
  ['io_pgetevents', { argument: 5, isIndirect: true }],
])

/** A signal that the guest raised itself. */
export interface RaisedSignal {
  readonly signal: number
  readonly code: number
  /** si_addr */
  readonly address: number
  /** As the guest's ESR_EL1 would say it; undefined: the last fault's stays. */
  readonly syndrome?: number
  /** Of the last fault; undefined: stays. */
  readonly faultAddress?: number
}

/** A signal that somebody keeps back for a while. */
export interface HeldSignal {
  readonly signal: number
  readonly info: Uint8Array
  /** An instruction of the thread's has raised it: it cannot be blocked or ignored. */
  readonly isForced: boolean
  /** What the handler's mask is made from; null: the thread's mask. */
  readonly base: SignalSet | null
}

/** A handler that is entered or left: the thread's state is as it will be, but the frame and the mask are not. */
interface Opening {
  /** null: a handler is left. */
  readonly frame: SignalFrame | null
  readonly signal: number
  /** The mask to be set, and the one before. */
  readonly mask: SignalSet
  readonly before: SignalSet
  /** What stood in the frame's part of the state before, and what belongs to it. */
  readonly registers: Uint8Array
  readonly mxcsr: number
  readonly stack: SignalStack
  readonly blockedSynchronous: number
}

export class Signals {
  private readonly context: SyscallContext
  private readonly process: ProcessState
  private readonly abi: GuestAbi
  private readonly memory: AddressSpace
  private readonly frames: SignalFrames
  private readonly pcOffset: number
  private readonly trace: ((line: string) => void) | null
  /** A debugger's: asked before a signal is acted upon. */
  ask: ((thread: RunnerThread, signal: HeldSignal) => SignalAnswer) | null = null
  /** Called before a signal ends the process by its default action. True: a core was dumped. */
  onFatal: ((thread: RunnerThread, signal: number, info: Uint8Array) => boolean) | null = null
  /** Asked before a signal that is caught for its default action stops the process. */
  onStop: ((thread: RunnerThread, signal: number) => StopAnswer) | null = null
  /** Address of what may enter handlers in the runner; null: every signal is ours. */
  runnerDelivery: (() => number) | null = null
  /** Made when they are needed: most processes get no signal, and the garbage collector does not like such maps. */
  private ownOpenings: WeakMap<RunnerThread, Opening> | undefined
  private ownLaunched: WeakMap<RunnerThread, Opening> | undefined

  constructor(context: SyscallContext, memory: AddressSpace, { frames, pcOffset }: Pick<GuestArch, 'frames' | 'pcOffset'>) {
    this.frames = frames
    this.pcOffset = pcOffset
    this.context = context
    this.process = context.process
    this.abi = context.abi
    this.memory = memory
    this.trace = context.trace
  }

  private get openings(): WeakMap<RunnerThread, Opening> {
    return (this.ownOpenings ??= new WeakMap())
  }

  /** Those that have been launched last; they matter only when something failed. */
  private get launched(): WeakMap<RunnerThread, Opening> {
    return (this.ownLaunched ??= new WeakMap())
  }

  /** Something may have to be delivered before the thread goes on. */
  isPending(thread: RunnerThread): boolean {
    if (Atomics.load(thread.i32, SIGNAL_PENDING >> 2) !== 0) return true
    const state = this.process.threads.get(thread)
    return state !== undefined && state.sent.size > 0 && nextSent(state) !== 0
  }

  /** Delivers all that is pending; the state's pc is that of the next instruction. False: the thread does not go on. */
  deliver(thread: RunnerThread): boolean {
    const state = threadState(this.process, thread)
    if (this.openings.get(thread)?.frame === null) this.undo(thread, state)
    for (;;) {
      takeSent(thread, state)
      const sent = nextSent(state)
      if (sent !== 0) {
        if (!this.commit(thread)) return false
        const info = state.sent.get(sent)!
        state.dropSent(sent)
        if (!this.take(thread, state, sent, info, maskOf(thread, state), null)) return false
      } else if (asyncPending(thread)) {
        if (!this.commit(thread)) return false
        const info = thread.u8.slice(SIGNAL_INFO, SIGNAL_INFO + SIGNAL_INFO_SIZE)
        const mask = maskOf(thread, state)
        const base = state.temporaryMask
        const isBlocked = state.maskChanged && hasSignal(mask, word(info, 0))
        state.temporaryMask = null
        state.maskChanged = false
        Atomics.and(thread.i32, POLL_FLAG >> 2, ~POLL_SIGNAL)
        Atomics.and(thread.i32, SIGNAL_PENDING >> 2, ~PENDING_ASYNC)
        if (Atomics.load(thread.i32, SIGNAL_PENDING >> 2) !== 0) Atomics.or(thread.i32, POLL_FLAG >> 2, POLL_SIGNAL)
        if (isBlocked) this.putBack(thread, state, word(info, 0), info, mask)
        else if (!this.take(thread, state, word(info, 0), info, mask, base)) return false
      } else return true
    }
  }

  /** A signal that the instruction at the state's pc raised. False: the thread does not go on. */
  raise(thread: RunnerThread, raised: RaisedSignal): boolean {
    if (!this.commit(thread)) return false
    if (this.isPending(thread)) return this.deliver(thread)
    const state = threadState(this.process, thread)
    const { signal } = raised
    const mask = maskOf(thread, state)
    if (this.isPending(thread)) return this.deliver(thread)
    if (raised.faultAddress !== undefined) state.faultAddress = raised.faultAddress
    if (raised.syndrome !== undefined) state.faultSyndrome = raised.syndrome
    const info = new Uint8Array(SIGNAL_INFO_SIZE)
    const view = new DataView(info.buffer)
    view.setInt32(0, signal, true)
    view.setInt32(INFO_CODE, raised.code, true)
    view.setInt32(INFO_ADDRESS, raised.address | 0, true)
    view.setInt32(INFO_ADDRESS + 4, Math.floor(raised.address / TWO_32), true)
    if (this.ask?.(thread, { signal, info, isForced: true, base: null }) === 'hold') return false
    return this.force(thread, state, signal, info, mask)
  }

  /** Acts upon a signal that was held, with the number that it has now. False: the thread does not go on. */
  act(thread: RunnerThread, { signal, info, isForced, base }: HeldSignal): boolean {
    const state = threadState(this.process, thread)
    const mask = maskOf(thread, state)
    return isForced ? this.force(thread, state, signal, info, mask) : this.handle(thread, state, signal, info, mask, base ?? mask)
  }

  private take(
    thread: RunnerThread,
    state: ThreadState,
    signal: number,
    info: Uint8Array,
    mask: SignalSet,
    base: SignalSet | null,
  ): boolean {
    const answer = this.ask?.(thread, { signal, info, isForced: false, base }) ?? 'act'
    if (answer === 'act') return this.handle(thread, state, signal, info, mask, base ?? mask)
    setMask(thread, state, mask)
    return answer === 'drop'
  }

  /** The same with a siginfo_t, for a system call that shall not be made; the state's pc is behind it. */
  raiseInfo(thread: RunnerThread, signal: number, info: Uint8Array): Outcome {
    if (this.isPending(thread)) return 'restart'
    const state = threadState(this.process, thread)
    const mask = maskOf(thread, state)
    if (this.isPending(thread)) return 'restart'
    if (this.ask?.(thread, { signal, info, isForced: true, base: null }) === 'hold') return 'gone'
    return this.force(thread, state, signal, info, mask) ? 'done' : 'gone'
  }

  /** The signal ends the process, whatever its action is. */
  kill(thread: RunnerThread, signal: number, info: Uint8Array): void {
    this.trace?.(`--- ${signalName(signal)} ${siginfoText(info, this.abi)} ---`)
    this.die(thread, signal, info)
  }

  /** The thread's call has returned because of a signal; its argument registers are as they were, but for the result's. */
  interrupted(thread: RunnerThread): void {
    const { abi } = this
    const state = threadState(this.process, thread)
    const result = thread.i32[abi.resultAt >> 2]!
    state.temporaryMask = null
    if (result !== -errno.EINTR) return
    const number = thread.i32[abi.numberAt >> 2]!
    const row = rowOf(abi, number)
    if (row === undefined) return
    if (row.call === 'rt_sigsuspend') state.temporaryMask = state.suspendMask
    const place = MASK_ARGUMENT.get(row.call)
    if (place === undefined) return
    let at = new Call(this.context, thread, number, row).arg(place.argument)
    const { pointer: size } = abi.model
    if (place.isIndirect && at !== 0) {
      const pointer = thread.read(at, size)
      at = pointer === null ? 0 : (size === 8 ? word(pointer, 4) >>> 0 : 0) * TWO_32 + (word(pointer, 0) >>> 0)
    }
    const set = at === 0 ? null : thread.read(at, SIGSET_SIZE)
    state.temporaryMask = set === null ? null : readSet(set)
  }

  /** rt_sigreturn, and sigreturn where frames without siginfo_t are others; the state's pc is behind the call. */
  sigreturn(call: Call): Outcome {
    const { thread } = call
    const state = threadState(this.process, thread)
    const pointer = this.stackPointer(thread)
    const frame = this.readFrame(thread, pointer, call.row.name === 'sigreturn')
    if (frame === null) {
      const code = this.memory.vmas.above(pointer) === undefined ? SEGV_MAPERR : SEGV_ACCERR
      return this.raise(thread, { signal: SIGSEGV, code, address: pointer }) ? 'done' : 'gone'
    }
    const mask = { lo: frame.mask.lo & ~UNBLOCKABLE, hi: frame.mask.hi }
    // All of it is undone when a signal turns out to have been taken meanwhile: its frame comes first.
    this.openings.set(thread, this.opening(thread, state, null, 0, mask, mask))
    state.blockedSynchronous = mask.lo & SYNCHRONOUS_MASK
    frame.restore(thread)
    if (frame.stack === null) return 'done'
    const stack = setSignalStack(state.signalStack, frame.stack, this.stackPointer(thread), this.abi.minimumSignalStack)
    if (typeof stack !== 'number') state.signalStack = stack
    return 'done'
  }

  /** rt_sigpending: the kernel's, and the fault signals that were sent and are blocked. */
  pending(call: Call): Outcome {
    const { thread } = call
    const size = call.arg(1)
    if (size > SIGSET_SIZE) return -errno.EINVAL
    const state = threadState(this.process, thread)
    takeSent(thread, state)
    const { address, bytes } = thread.scratch(SIGSET_SIZE)
    const result = thread.syscall(nr.rt_sigpending, address, SIGSET_SIZE)
    if (result < 0) return result
    const set = bytes.slice()
    const kernels = readSet(set)
    let { lo } = kernels
    for (const signal of state.sent.keys()) lo |= 1 << (signal - 1)
    putSet(set, 0, { lo, hi: kernels.hi })
    return call.write(call.arg(0), set.subarray(0, size))
  }

  /** rt_sigtimedwait: a fault signal that was sent comes from here, also when it ends the kernel's wait. */
  timedWait(call: Call): Outcome {
    const { thread } = call
    const set = call.arg(3) === SIGSET_SIZE ? call.read(call.arg(0), SIGSET_SIZE) : null
    const wanted = set === null ? 0 : readSet(set).lo & SYNCHRONOUS_MASK
    if (wanted === 0) return 'pass'
    const taken = this.takeWanted(call, wanted)
    if (taken !== 0) return taken
    const prepared = prepare(call)
    if (typeof prepared === 'number') return prepared
    thread.startSyscall64(prepared.number, prepared.args)
    return {
      finish: (result) =>
        (result === -errno.EINTR && this.takeWanted(call, wanted)) || complete(call, prepared, result | 0, Math.floor(result / TWO_32)).lo,
      // The signal that has come may be one of those: then it is taken when the call is made again.
      cancel: () => undefined,
    }
  }

  /** The lowest of these signals that was sent, as sigtimedwait gives it, or 0. */
  private takeWanted(call: Call, wanted: number): number {
    const { thread } = call
    const state = threadState(this.process, thread)
    takeSent(thread, state)
    for (const signal of SIGNALS_IN_ORDER) {
      const info = state.sent.get(signal)
      if (info === undefined || ((wanted >>> (signal - 1)) & 1) === 0) continue
      state.dropSent(signal)
      const at = call.arg(1)
      return at === 0 || call.write(at, guestInfo(this.abi, info)) === 0 ? signal : -errno.EFAULT
    }
    return 0
  }

  private readFrame(thread: RunnerThread, pointer: number, isPlain: boolean): ReturnedFrame | null {
    const { frames } = this
    const { limit } = this.memory.layout
    if (thread.i32[FRAME_READ >> 2] !== 0) {
      thread.i32[FRAME_READ >> 2] = 0
      const frame = frames.parse(pointer, thread.u8.slice(TRANSFER_OFFSET, TRANSFER_OFFSET + this.abi.signalFrameHead), isPlain)
      if (frame !== null && pointer < limit) return frame
    }
    if (pointer >= limit) return null
    return frames.parse(pointer, thread.readPartial(pointer, frames.size).slice(), isPlain)
  }

  // What is open

  /** Is a handler being entered or left? Then the thread is not resumed but launched. */
  isOpen(thread: RunnerThread): boolean {
    return this.ownOpenings?.has(thread) === true
  }

  /** The thread goes on at a host address, in the handler that is open, or behind it. */
  launch(thread: RunnerThread, hostAddress: number): void {
    const opening = this.openings.get(thread)!
    this.openings.delete(thread)
    this.launched.set(thread, opening)
    const { frame, mask } = opening
    const { batch } = thread
    if (frame !== null) {
      batch.write(frame.recordAt, frame.record)
      batch.write(frame.address, frame.bytes)
    }
    if (thread.inFault) setFaultMask(thread, mask)
    else {
      const set = new Uint8Array(SIGSET_SIZE)
      putSet(set, 0, { lo: mask.lo & ~SYNCHRONOUS_MASK, hi: mask.hi })
      batch.call(nr.rt_sigprocmask, SIG_SETMASK, batch.data(set), 0, SIGSET_SIZE)
    }
    thread.launch(hostAddress)
  }

  /** Of what was launched last something has failed. False: the thread does not go on. */
  recover(thread: RunnerThread): boolean {
    const opening = this.launched.get(thread)
    if (opening === undefined) throw new Error('nothing was launched')
    const { done } = thread.batch.outcome()
    this.openings.set(thread, opening)
    // That the mask was not set means that a signal is pending. Nothing but that is left to do for a frame that has been written.
    if (opening.frame === null || done < FRAME_WRITES) return opening.frame === null ? this.returnAgain(thread) : this.commit(thread)
    this.openings.delete(thread)
    setMask(thread, threadState(this.process, thread), opening.mask)
    return true
  }

  /** Leaving a handler is undone; the call is made again behind what is pending. */
  private returnAgain(thread: RunnerThread): boolean {
    this.undo(thread, threadState(this.process, thread))
    return true
  }

  /** What is open is done now, by orders. False: the thread does not go on. */
  commit(thread: RunnerThread): boolean {
    const opening = this.openings.get(thread)
    if (opening === undefined) return true
    const state = threadState(this.process, thread)
    this.openings.delete(thread)
    const { frame, signal, mask, before } = opening
    if (frame !== null && (!this.write(thread, frame.recordAt, frame.record) || !this.write(thread, frame.address, frame.bytes))) {
      this.restore(thread, state, opening)
      if (thread.inFault) setFaultMask(thread, before)
      return this.overflow(thread, state, signal, before)
    }
    setMask(thread, state, mask)
    return true
  }

  /** A handler that was to be left is not: the state's pc is at the call again. */
  private undo(thread: RunnerThread, state: ThreadState): void {
    this.restore(thread, state, this.openings.get(thread)!)
    this.openings.delete(thread)
    stepBack(thread, this.pcOffset)
  }

  private opening(
    thread: RunnerThread,
    state: ThreadState,
    frame: SignalFrame | null,
    signal: number,
    mask: SignalSet,
    before: SignalSet,
  ): Opening {
    return {
      frame,
      signal,
      mask,
      before,
      registers: thread.u8.slice(this.frames.state.start, this.frames.state.end),
      mxcsr: thread.mxcsr,
      stack: state.signalStack,
      blockedSynchronous: state.blockedSynchronous,
    }
  }

  private restore(thread: RunnerThread, state: ThreadState, opening: Opening): void {
    thread.u8.set(opening.registers, this.frames.state.start)
    thread.mxcsr = opening.mxcsr
    state.signalStack = opening.stack
    state.blockedSynchronous = opening.blockedSynchronous
  }

  /** A fault that no instruction of the guest made: somebody sent it with a code of the kernel's. It waits as if it had been taken. */
  takeFault(thread: RunnerThread): void {
    const info = thread.fault.info()
    threadState(this.process, thread).setSent(thread.fault.signal, info)
    Atomics.or(thread.i32, POLL_FLAG >> 2, POLL_SIGNAL)
    markSent(thread, thread.fault.signal, info)
  }

  // Masks

  /** For a debugger, of a thread that is held: the mask as the guest has it. */
  maskOf(thread: RunnerThread): SignalSet {
    return maskOf(thread, threadState(this.process, thread))
  }

  setMaskOf(thread: RunnerThread, mask: SignalSet): void {
    setMask(thread, threadState(this.process, thread), { lo: mask.lo & ~UNBLOCKABLE, hi: mask.hi })
  }

  // Actions

  private action(signal: number): Action | null {
    return readAction(this.abi, this.process.actions.get(signal))
  }

  /**
   * One signal that was taken. `mask` is the thread's, `base` the one that the handler's is made from: they differ when the signal ended a
   * call with a mask of its own. False: the thread does not go on.
   */
  private handle(thread: RunnerThread, state: ThreadState, signal: number, info: Uint8Array, mask: SignalSet, base = mask): boolean {
    const action = this.action(signal)
    if (action === null || action.handler === SIG_DFL) {
      if (IGNORED.includes(signal) && this.context.catchesDefault?.(signal)) {
        setMask(thread, state, mask)
        return true
      }
      if (STOPPING.includes(signal) && this.context.catchesDefault?.(signal)) {
        setMask(thread, state, mask)
        const answer = this.onStop?.(thread, signal) ?? 'kernel'
        if (answer === 'kernel') this.putBack(thread, state, signal, info, mask)
        return answer !== 'hold'
      }
      if (SYNCHRONOUS_SIGNALS.includes(signal) || this.context.catchesDefault?.(signal)) {
        this.die(thread, signal, info)
        return false
      }
      // Made default meanwhile: the kernel does what is to be done.
      this.putBack(thread, state, signal, info, mask)
      return true
    }
    if (action.handler === SIG_IGN) {
      setMask(thread, state, mask)
      return true
    }
    return this.enter(thread, state, signal, info, mask, base, action)
  }

  /** A signal that cannot be put off. */
  private force(thread: RunnerThread, state: ThreadState, signal: number, info: Uint8Array, mask: SignalSet): boolean {
    const action = this.action(signal)
    if (action === null || action.handler === SIG_DFL || action.handler === SIG_IGN || hasSignal(mask, signal)) {
      this.trace?.(`--- ${signalName(signal)} ${siginfoText(info, this.abi)} ---`)
      this.die(thread, signal, info)
      return false
    }
    return this.enter(thread, state, signal, info, mask, mask, action)
  }

  private die(thread: RunnerThread, signal: number, info: Uint8Array): void {
    thread.die(signal, this.onFatal?.(thread, signal, info) === true)
  }

  /** Gives a signal that was taken back to the kernel; all are blocked. */
  private putBack(thread: RunnerThread, state: ThreadState, signal: number, info: Uint8Array, mask: SignalSet): void {
    this.send(thread, signal, info)
    setMask(thread, state, mask)
  }

  /** Sends the thread a signal that was taken, to be acted upon later. */
  send(thread: RunnerThread, signal: number, info: Uint8Array): void {
    const pid = thread.syscall(nr.getpid)
    const tid = thread.syscall(nr.gettid)
    const scratch = thread.scratch(SIGNAL_INFO_SIZE)
    scratch.bytes.set(info)
    thread.syscall(nr.rt_tgsigqueueinfo, pid, tid, signal, scratch.address)
  }

  /** Makes the handler's first instruction the next. The frame is not written yet. */
  private enter(
    thread: RunnerThread,
    state: ThreadState,
    signal: number,
    info: Uint8Array,
    mask: SignalSet,
    base: SignalSet,
    action: Action,
  ): boolean {
    this.trace?.(`--- ${signalName(signal)} ${siginfoText(info, this.abi)} ---`)
    if (action.flags & SA_RESETHAND) this.reset(thread, signal)
    const withInfo = (action.flags & SA_SIGINFO) !== 0
    const { handler } = action
    const restorer =
      action.flags & SA_RESTORER ? action.restorer : returnAddress(this.frames, this.memory, this.process, thread, { handler, withInfo })
    if (this.runnerDelivery !== null) keepAction(thread, signal, action, restorer, this.runnerDelivery())
    const { signalStack } = state
    const pointer = this.stackPointer(thread)
    const switches = (action.flags & SA_ONSTACK) !== 0 && signalStack.size > 0 && !isOnStack(signalStack, pointer)
    const frame = this.frames.build(thread, switches ? signalStack.address + signalStack.size : pointer, {
      info,
      withInfo,
      handler,
      mask,
      stack: signalStack,
      faultAddress: state.faultAddress,
      faultSyndrome: state.faultSyndrome,
    })
    const blocked = union(base, action.mask)
    const inside = action.flags & SA_NODEFER ? blocked : union(blocked, setOf(signal))
    this.openings.set(thread, this.opening(thread, state, frame, signal, inside, mask))
    this.frames.enter(thread, frame, { handler, signal, restorer, withInfo })
    if (signalStack.flags & SS_AUTODISARM) state.signalStack = { address: 0, flags: SS_DISABLE, size: 0 }
    state.blockedSynchronous = inside.lo & SYNCHRONOUS_MASK
    return true
  }

  /** There is no room for the frame: SIGSEGV, which ends the process when it is the one that has no room. */
  private overflow(thread: RunnerThread, state: ThreadState, signal: number, mask: SignalSet): boolean {
    const info = new Uint8Array(SIGNAL_INFO_SIZE)
    info[0] = SIGSEGV
    info[INFO_CODE] = SI_KERNEL
    if (signal === SIGSEGV) {
      this.die(thread, SIGSEGV, info)
      return false
    }
    return this.force(thread, state, SIGSEGV, info, mask)
  }

  private reset(thread: RunnerThread, signal: number): void {
    const of = layout(this.abi, sigaction)
    const bytes = this.process.actions.get(signal)!.slice()
    writeField(of, 'sa_handler', bytes, SIG_DFL)
    this.process.actions.set(signal, bytes)
    forgetAction(thread, signal)
    setDisposition(this.context, thread, signal, bytes)
  }

  private write(thread: RunnerThread, address: number, bytes: Uint8Array): boolean {
    if (address < 0 || address + bytes.length > this.memory.layout.limit) return false
    if (thread.write(address, bytes)) return true
    return this.memory.prepareWrite(thread, address, bytes.length) && thread.write(address, bytes)
  }

  private stackPointer(thread: RunnerThread): number {
    return readRegister(this.abi, thread.i32, this.abi.stackPointerAt)
  }
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
