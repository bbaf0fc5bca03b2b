/**
 * A traced thread: where it stops, what it does when its tracer sends it on.
 *
 * A stop is a request that is not answered, with an exact state. So that nothing passes it by, all its system calls come to the engine, and so do all
 * signals: those with a default action are caught, too.
 *
 * - At a call, its pc is behind the call, and so it is shown; the request stays a 'syscall', and is answered when the tracer sends it on. A flush of the
 *   translations meanwhile makes it one that goes on at the call: it comes here once more, and `call` says that it has stopped already.
 * - Behind a call that a signal has put off, the tracer sees ERESTARTSYS, as it does on a real kernel; the state is that of a call to be made again.
 * - A call that a signal has ended with EINTR is made again when no handler is entered in the end: the tracer has dropped the signal, or it is one that is
 *   ignored by default. (The kernel decides on that behind the tracer's stop, too.)
 * - A vfork parent is in the kernel until its child lets it go. Its stop for the event is one in name only; it is held when it comes back too early.
 */
import type { Thread } from '../../src/host/thread.ts'
import { errno } from '../../syscalls/abi/errno.ts'
import { catchDefaults, ENDING, IGNORED, releaseDefaults } from '../caught-signals.ts'
import type { ThreadDebugger } from '../debugger.ts'
import { getPc, setPc } from '../fault-state.ts'
import type { HeldSignal } from '../signals.ts'
import { Stepper } from '../stepper.ts'
import type { GuestThread } from '../thread.ts'
import { callStop, EVENT, eventStop, OPTION, SIGSTOP, SIGTRAP, type Stop, sentStop, signalInfo, signalStop, stepStop } from './stop.ts'
import type { Tracer } from './tracer.ts'
import type { Tracing } from './tracing.ts'

export type Mode = 'continue' | 'syscall' | 'step'

/** The kernel's ERESTARTSYS, which only tracers see. */
const ERESTARTSYS = 512
const CALL_SIZE = 4
const EXIT_CODE = 0xff

interface TracedCall {
  /** Behind it. */
  readonly pc: number
  readonly number: number
  /** The register of the first argument, lo and hi. */
  readonly argument: readonly [number, number]
  /** The stops that have been made before it: its entry, and the event of an exit. */
  readonly shown: Set<'entry' | 'exit'>
}

export class Tracee implements ThreadDebugger {
  readonly thread: GuestThread
  readonly tracer: Tracer
  readonly isSeized: boolean
  options: number
  /** null: it runs, as far as its tracer knows. */
  stop: Stop | null = null
  /** The tracer has waited for the stop. */
  isReported = false
  /** Its request is not answered: it obeys orders, and its state is exact. */
  isHeld = false
  /** It has been made by a tracee, and has not begun. */
  isNewborn = false
  /** The status that it ends with, as wait4 gives it. */
  endStatus = 0
  /** Its number as another system call than that of its register; null: as it is. */
  callNumber: number | null = null
  private readonly tracing: Tracing
  private readonly stepper: Stepper
  private mode: Mode = 'continue'
  /** What it gets before it goes on. */
  private given: HeldSignal | null = null
  /** Stops that follow upon one another; what they are is decided when it comes to them. */
  private readonly owed: (() => Stop | null)[] = []
  /** It is to stop where it is: by a signal that somebody has sent, or PTRACE_INTERRUPT. */
  private wanted: Stop | null = null
  /** The call that it is in. */
  private call: TracedCall | null = null
  /** A call that ended with EINTR, and whether its tracer has been shown a signal since. */
  private interrupted: { readonly call: TracedCall; isSignalShown: boolean } | null = null
  /** What it is about to make. */
  private making: number | null = null
  private vforkIsDone = false
  /** It is untraced from when it comes next. */
  private isLeaving = false
  /** Signals with default actions are caught in its process. */
  private isPrepared = false

  constructor(tracing: Tracing, thread: GuestThread, tracer: Tracer, isSeized: boolean, options: number) {
    this.tracing = tracing
    this.thread = thread
    this.tracer = tracer
    this.isSeized = isSeized
    this.options = options
    this.stepper = new Stepper(thread, tracing.steps)
  }

  get runner(): Thread {
    return this.thread.runner
  }

  get tid(): number {
    return this.runner.tid
  }

  private get pc(): number {
    return getPc(this.runner, this.tracing.tree.pcOffset)
  }

  private set pc(value: number) {
    setPc(this.runner, this.tracing.tree.pcOffset, value)
  }

  /** The number of the call that it is in, or null. */
  get inCall(): number | null {
    return this.call?.number ?? null
  }

  /** The register of a call's result and first argument. */
  private get result(): readonly [number, number] {
    const at = this.tracing.tree.abi.resultAt >> 2
    return [this.runner.i32[at]!, this.runner.i32[at + 1]!]
  }

  private set result([lo, hi]: readonly [number, number]) {
    const at = this.tracing.tree.abi.resultAt >> 2
    this.runner.i32[at] = lo
    this.runner.i32[at + 1] = hi
  }

  // Stopping

  private hold(): void {
    this.isHeld = true
    const { request } = this.runner
    if (request !== 'hello' && !(request === 'syscall' && this.call !== null)) this.runner.request = 'lookup-miss'
  }

  /** It has stopped for its tracer. */
  private begin(stop: Stop): void {
    this.stop = stop
    this.isReported = false
    this.tracing.stopped(this)
  }

  private stopAt(stop: Stop): true {
    this.hold()
    this.begin(stop)
    return true
  }

  /** The next of the stops that it owes. False: none. */
  private stopAtNext(): boolean {
    for (let next = this.owed.shift(); next !== undefined; next = this.owed.shift()) {
      const stop = next()
      if (stop !== null) return this.stopAt(stop)
    }
    return false
  }

  /** A signal that only a tracer can see coming: SIGSTOP, for the kernel would stop the runner. */
  wantSignal(signal: number, code: number, from: number): void {
    this.want(sentStop(signal, code, from))
  }

  /** PTRACE_INTERRUPT */
  wantInterrupt(): void {
    if (this.wanted === null) this.want(eventStop(EVENT.STOP, 0, this.tid))
  }

  private want(stop: Stop): void {
    this.wanted = stop
    if (!this.isHeld) this.tracing.kicks.kick(this.runner)
  }

  /** Is asked before its request is answered. True: it is held, or has gone on. */
  takes(): boolean {
    const { runner } = this
    if (this.isLeaving) return !this.leave()
    if (this.isNewborn) {
      this.isNewborn = false
      this.isPrepared = true
      this.tracing.born(this)
      return this.stopAt(this.isSeized ? eventStop(EVENT.STOP, 0, this.tid) : sentStop(SIGSTOP))
    }
    if (!this.isPrepared && runner.request !== 'hello') this.prepare()
    // A vfork parent that comes back before it has been sent on.
    if (this.stop !== null) return this.halt(null)
    this.stepper.noteRequest()
    if (!this.takeSignal()) return true
    if (this.stopAtNext()) return true
    if (this.wanted !== null) return this.halt(this.wanted)
    this.remakeCall()
    return false
  }

  /** The thread's own orders: signals whose action is the default one are caught. */
  prepare(): void {
    this.isPrepared = true
    catchDefaults(this.thread.process, this.runner, [...ENDING, ...IGNORED])
  }

  /** Nobody traces it any more, but it still gets its signal. False: it does not go on. */
  private leave(): boolean {
    const { process } = this.thread
    this.tracing.forget(this)
    if (this.tracing.traceeOf(process) === undefined) releaseDefaults(process, this.runner, IGNORED)
    if (!this.takeSignal()) return false
    this.remakeCall()
    return true
  }

  /** Stops it where it is; `stop` null: it has stopped in name already. */
  private halt(stop: Stop | null): boolean {
    const wasCall = this.runner.request === 'done' && this.call !== null
    const outcome = this.thread.halt()
    if (outcome === 'held') {
      this.wanted = stop === null ? this.wanted : null
      if (wasCall && this.call?.pc === this.pc) this.oweCall(this.call)
      this.hold()
      if (stop !== null) this.begin(stop)
      return true
    }
    // It does something first, and is to come again.
    if (outcome === 'serve') this.thread.serve()
    if (!this.isHeld && this.wanted !== null) this.tracing.kicks.kick(this.runner)
    return true
  }

  /** The signal that it was sent off with. False: the thread does not go on. */
  private takeSignal(): boolean {
    const { given, thread } = this
    if (given === null) return true
    this.given = null
    if (given.signal === SIGSTOP) {
      // Job control is the kernel's.
      this.tracing.stopNatively(this)
      return true
    }
    return thread.process.signals.act(this.runner, given)
  }

  /** A call that has ended with EINTR for nothing is made again. */
  private remakeCall(): void {
    const { interrupted } = this
    if (interrupted === null || !interrupted.isSignalShown) return
    this.interrupted = null
    const { call } = interrupted
    if (this.pc !== call.pc || this.result[0] !== -errno.EINTR) return
    this.result = call.argument
    this.pc = call.pc - CALL_SIZE
  }

  // ThreadDebugger

  enters(pc: number): boolean {
    this.pc = pc
    if (this.wanted !== null) {
      const stop = this.wanted
      this.wanted = null
      return this.stopAt(stop)
    }
    if (this.mode !== 'step') return false
    return this.stepper.isOver(pc) ? this.stopAt(stepStop(this.tid)) : this.stepper.run(pc)
  }

  breakpoint(): boolean {
    return false
  }

  calls(pc: number): boolean {
    const { abi } = this.tracing.tree
    const number = this.runner.i32[abi.numberAt >> 2]!
    if (this.call?.pc !== pc) this.call = { pc, number, argument: this.result, shown: new Set() }
    const { shown } = this.call
    this.interrupted = null
    if (this.mode === 'syscall' && !shown.has('entry')) {
      shown.add('entry')
      return this.stopAt(callStop('entry', this.options, this.tid))
    }
    if (this.callNumber !== null) this.runner.i32[abi.numberAt >> 2] = this.callNumber
    const { exit, exit_group } = abi.numbers
    const made = this.callNumber ?? number
    if (made !== exit && made !== exit_group) return false
    this.endStatus = (this.result[0] & EXIT_CODE) << 8
    if ((this.options & OPTION.TRACEEXIT) === 0 || shown.has('exit')) return false
    shown.add('exit')
    return this.stopAt(eventStop(EVENT.EXIT, this.endStatus, this.tid))
  }

  called(what: 'resume' | 'restart'): boolean {
    const { call } = this
    if (call === null) return false
    // The mask of a handler that has been left is set before anybody looks.
    this.thread.process.signals.commit(this.runner)
    if (this.callNumber !== null) this.runner.i32[this.tracing.tree.abi.numberAt >> 2] = call.number
    if (what === 'restart') {
      // Not for a signal that the guest could see: it is the same call still.
      if (!this.thread.process.signals.isPending(this.runner)) return false
      this.call = null
      this.callNumber = null
      if (this.mode !== 'syscall') return false
      const { argument } = call
      this.result = [-ERESTARTSYS, -1]
      this.owed.push(() => callStop('exit', this.options, this.tid))
      this.owed.push(() => {
        // Unless the tracer has said otherwise, the call is made again.
        if (this.result[0] === -ERESTARTSYS) this.result = argument
        return null
      })
      return this.stopAtNext()
    }
    this.oweCall(call)
    return this.stopAtNext()
  }

  /** The stops behind a call that has returned. */
  private oweCall(call: TracedCall): void {
    this.call = null
    this.callNumber = null
    const [result] = this.result
    if (result === -errno.EINTR) this.interrupted = { call, isSignalShown: false }
    const { making } = this
    this.making = null
    if (making !== null && result > 0) this.owed.push(() => eventStop(making, result, this.tid))
    if (this.vforkIsDone) this.owed.push(() => eventStop(EVENT.VFORK_DONE, result, this.tid))
    this.vforkIsDone = false
    this.oweExit()
  }

  private oweExit(): void {
    this.owed.push(() => (this.mode === 'syscall' ? callStop('exit', this.options, this.tid) : null))
  }

  // What happens to it

  /** A signal is about to be acted upon: it is the tracer's. */
  signal(held: HeldSignal): void {
    if (this.interrupted !== null) this.interrupted.isSignalShown = true
    this.stopAt(signalStop(held))
  }

  /** It is about to make `child`: what its tracer is told. True: the child is traced, too. */
  makes(kind: 'thread' | 'fork' | 'vfork'): boolean {
    const event = kind === 'fork' ? EVENT.FORK : kind === 'vfork' ? EVENT.VFORK : EVENT.CLONE
    this.vforkIsDone = kind === 'vfork' && (this.options & OPTION.TRACEVFORKDONE) !== 0
    const isTraced = (this.options & (1 << event)) !== 0
    this.making = isTraced ? event : null
    return isTraced
  }

  /** The child of its vfork has begun; it waits for it in the kernel. */
  vforked(child: number): void {
    this.making = null
    this.begin(eventStop(EVENT.VFORK, child, this.tid))
  }

  /** It has executed another program, and is at its first instruction; `former`: the number that it had before. */
  executed(former: number): boolean {
    this.prepare()
    this.call = null
    this.stepper.begin(this.pc)
    this.owed.length = 0
    this.oweExit()
    if (this.options & OPTION.TRACEEXEC) return this.stopAt(eventStop(EVENT.EXEC, former, this.tid))
    if (!this.isSeized) return this.stopAt(sentStop(SIGTRAP))
    return this.stopAtNext()
  }

  // Going on

  /** It goes on untraced. */
  detach(signal: number): void {
    this.isLeaving = this.isHeld
    this.resume('continue', signal)
    if (!this.isLeaving) this.tracing.forget(this)
  }

  resume(mode: Mode, signal: number): void {
    const { stop } = this
    if (stop === null) return
    this.stop = null
    this.mode = mode
    if (signal !== 0 && stop.kind !== 'event') {
      const isSame = stop.held?.signal === signal
      const info = isSame ? stop.info : signalInfo(signal, 0, this.tracer.host.pid)
      this.given = { signal, info, isForced: stop.held?.isForced === true, base: stop.held?.base ?? null }
    }
    if (!this.isHeld) return
    this.stepper.begin(this.pc)
    this.isHeld = false
    this.tracing.tree.engine.again([this.runner])
  }
}
