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
 * - A tracee that listens (PTRACE_LISTEN) waits in the kernel for SIGCONT or a kick: while it is held nobody would hear of what comes. Its request is kept
 *   for when it comes back. Signals that come meanwhile are kept, too; they are shown behind the stop that ends the listening.
 * - A vfork parent is in the kernel until its child lets it go. Its stop for the event is one in name only; it is held when it comes back too early.
 */
import type { RequestKind } from '../../src/host/runner-api.ts'
import type { Thread } from '../../src/host/thread.ts'
import { SIGNAL_INFO_SIZE } from '../../src/runtime/layout.ts'
import { errno } from '../../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../../syscalls/abi/numbers-x64.ts'
import { hasSignal, putSet, SIGSET_SIZE, setOf } from '../../syscalls/abi/signals.ts'
import { readResult, writeResultPair } from '../../syscalls/call.ts'
import { catchAll, catchDefaults, releaseAll, releaseDefaults } from '../caught-signals.ts'
import type { ThreadDebugger } from '../debugger.ts'
import { callPc, getPc, setPc } from '../fault-state.ts'
import type { HeldSignal } from '../signals.ts'
import { Stepper } from '../stepper.ts'
import type { GuestThread } from '../thread.ts'
import { stopNatively } from './job-control.ts'
import { callStop, EVENT, eventStop, groupStop, isTrap, OPTION, SIGCONT, SIGSTOP, SIGTRAP, STOP_SIGNALS, type Stop, sentStop, signalInfo, signalStop, stepStop, trapStop } from './stop.ts' // biome-ignore format: a list
import type { Tracer } from './tracer.ts'
import type { Tracing } from './tracing.ts'

export type Mode = 'continue' | 'syscall' | 'step'

/** The kernel's ERESTARTSYS, which only tracers see. */
const ERESTARTSYS = 512
const NO_CALL = -1
const EXIT_CODE = 0xff

interface TracedCall {
  /** Behind it; and where it is. */
  readonly pc: number
  readonly at: number
  readonly number: number
  /** The register of the first argument, lo and hi. */
  readonly argument: readonly [number, number]
  /** The stops that have been made before it: its entry, what a seccomp filter wants, and the event of an exit. */
  readonly shown: Set<'entry' | 'seccomp' | 'exit'>
  /** It is not made: its tracer does it (PTRACE_SYSEMU). */
  isEmulated: boolean
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
  /** Its number as another system call than that of its register; -1: it is not made; null: as it is. */
  callNumber: number | null = null
  /** Low word of the first argument of its last call. */
  firstArgument = -1
  private readonly tracing: Tracing
  private readonly stepper: Stepper
  private mode: Mode = 'continue'
  /** Its calls are its tracer's to make. */
  private emulates = false
  /** What it gets before it goes on. */
  private given: HeldSignal | null = null
  /** Stops that follow upon one another; what they are is decided when it comes to them. */
  private readonly owed: (() => Stop | null)[] = []
  /** It is to stop where it is: by SIGSTOP, which only we see coming. */
  private wantedSignal: Stop | null = null
  /** The same because of PTRACE_INTERRUPT, of SIGCONT, or because its process is stopped. It comes before any signal. */
  private wantsItsTrap = false
  /** The trap is to end a PTRACE_LISTEN, too. */
  private endsListening = false
  /** Signals that have come while it listened, the lowest first, as the kernel gives them out. */
  private kept: readonly HeldSignal[] = []
  /** Its tracer has sent it on by PTRACE_LISTEN. */
  isListening = false
  /** The kernel is about to stop its process, or has. */
  isStoppedNatively = false
  /** SIGCONT has come since it stopped. */
  isContinued = false
  /** The request that it has been held with while it is in the kernel, to listen; null: it is not. */
  private listensWith: RequestKind | null = null
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
  isPrepared = false

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
    return readResult(this.tracing.tree.abi, this.runner)
  }

  private set result([lo, hi]: readonly [number, number]) {
    writeResultPair(this.tracing.tree.abi, this.runner, lo, hi)
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
    this.isContinued = false
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
    this.wantedSignal ??= sentStop(signal, code, from)
    this.kick()
  }

  /** It is to stop, and to say so. */
  wantTrap(): void {
    this.wantsItsTrap = true
    this.endsListening ||= this.isListening
    this.kick()
  }

  private kick(): void {
    if (!this.isHeld) this.tracing.kicks.kick(this.runner)
  }

  /** SIGCONT has come: stop signals from before are forgotten. */
  continued(): void {
    this.isContinued = true
    this.wantedSignal = null
    this.kept = this.kept.filter(({ signal }) => !STOP_SIGNALS.includes(signal))
    if (!this.isSeized) return
    this.endsListening = true
    this.wantTrap()
  }

  private get isWanted(): boolean {
    return this.wantsItsTrap || this.wantedSignal !== null
  }

  /** What it is to stop by, which is done with that. null: nothing, after all. */
  private takeWanted(): Stop | null {
    const trap = this.takeTrap()
    if (trap !== null) return trap
    const stop = this.wantedSignal
    this.wantedSignal = null
    return stop
  }

  private takeTrap(): Stop | null {
    if (!this.wantsItsTrap) return null
    this.wantsItsTrap = false
    this.endsListening = false
    const by = this.tracing.jobs.stopSignal(this.thread.process)
    if (this.isSeized) return trapStop(by, this.tid)
    return by === 0 ? null : groupStop(by)
  }

  /** Is asked before its request is answered. True: it is held, or has gone on. */
  takes(): boolean {
    const { runner } = this
    if (this.listensWith !== null && !this.comesBack(this.listensWith)) return true
    if (this.isLeaving) return !this.leave()
    if (this.isNewborn) {
      this.isNewborn = false
      this.isPrepared = true
      this.tracing.born(this)
      return this.stopAt(this.isSeized ? eventStop(EVENT.STOP, 0, this.tid) : sentStop(SIGSTOP))
    }
    if (!this.isPrepared && runner.request !== 'hello') this.prepare()
    // A vfork parent that comes back before it has been sent on.
    if (this.stop !== null) return this.halt('has stopped')
    this.stepper.noteRequest()
    if (!this.takeSignal()) return true
    if (this.stopAtNext()) return true
    if (this.isWanted) return this.halt('stops')
    const [kept] = this.kept
    if (kept !== undefined) {
      this.kept = this.kept.slice(1)
      this.signal(kept)
      return true
    }
    this.remakeCall()
    return false
  }

  /** The thread's own orders: signals without a handler are caught. */
  prepare(): void {
    this.isPrepared = true
    catchAll(this.thread.process, this.runner)
    this.tracing.kickWaiting(this.tracer)
  }

  /** Nobody traces it any more, but it still gets its signal. False: it does not go on. */
  private leave(): boolean {
    const { runner, given } = this
    const { process } = this.thread
    const { jobs } = this.tracing
    const by = jobs.stopSignal(process)
    this.tracing.forget(this)
    if (this.tracing.traceeOf(process) === undefined) {
      releaseAll(process, runner)
      jobs.forget(process)
      // Job control is the kernel's again.
      if (given?.signal === SIGSTOP || by !== 0) stopNatively(process, given?.signal === SIGSTOP ? SIGSTOP : by)
    }
    if (given?.signal === SIGSTOP) this.given = null
    if (!this.takeSignal()) return false
    for (const { signal, info } of this.kept) process.signals.send(runner, signal, info)
    this.remakeCall()
    return true
  }

  /** Stops it where it is, or holds it there when it has stopped in name already. */
  private halt(how: 'stops' | 'has stopped'): boolean {
    const wasCall = this.runner.request === 'done' && this.call !== null
    const outcome = this.thread.halt()
    if (outcome === 'held') {
      if (wasCall && this.call?.pc === this.pc) this.oweCall(this.call)
      this.hold()
      const stop = how === 'stops' ? this.takeWanted() : null
      if (stop !== null) this.begin(stop)
      else if (how === 'stops') this.goOn()
      return true
    }
    // It does something first, and is to come again.
    if (outcome === 'serve') this.thread.serve()
    if (this.isWanted) this.kick()
    return true
  }

  /** The signal that it was sent off with. False: the thread does not go on. */
  private takeSignal(): boolean {
    const { given, thread } = this
    if (given === null) return true
    this.given = null
    if (given.signal === SIGSTOP) return !this.stops(SIGSTOP)
    return thread.process.signals.act(this.runner, given)
  }

  /** A stop signal is acted upon. True: it is held. */
  stops(signal: number): boolean {
    if (!this.tracing.jobs.stop(this, signal)) return false
    this.hold()
    this.begin(this.takeWanted()!)
    return true
  }

  // Listening

  /** PTRACE_LISTEN. False: it has not stopped by a trap. */
  listen(): boolean {
    if (!this.isSeized || this.stop === null || !isTrap(this.stop)) return false
    this.stop = null
    this.isListening = true
    if (this.endsListening) this.endListening()
    else this.beginListening()
    return true
  }

  private beginListening(): void {
    const { runner } = this
    const { process } = this.thread
    this.isHeld = false
    this.listensWith = runner.request
    const { address, bytes } = runner.scratch(SIGSET_SIZE)
    putSet(bytes, 0, setOf(SIGCONT))
    if (!this.tracing.jobs.stopsNatively(this)) {
      runner.startSyscall(nr.rt_sigtimedwait, address, address + SIGSET_SIZE, 0, SIGSET_SIZE)
      return
    }
    const by = this.tracing.jobs.stopSignal(process)
    this.isStoppedNatively = true
    releaseDefaults(process, runner, [by])
    runner.startSyscall(nr.kill, process.host.ownPid, by)
  }

  /** It has come back from the kernel, and is held as it was. False: it stays there. */
  private comesBack(request: RequestKind): boolean {
    const { runner } = this
    const { signals } = this.thread.process
    const wasStopped = this.isStoppedNatively
    const info = runner.syscallResult === SIGCONT ? runner.scratch(SIGSET_SIZE + SIGNAL_INFO_SIZE).bytes.slice(SIGSET_SIZE) : null
    this.listensWith = null
    this.isHeld = true
    this.isStoppedNatively = false
    runner.request = request
    if (wasStopped) catchDefaults(this.thread.process, runner, STOP_SIGNALS.slice(1))
    if (info !== null && !this.tracing.jobs.isOurs(info)) {
      this.tracing.jobs.continued(this.thread.process)
      if (hasSignal(signals.maskOf(runner), SIGCONT)) signals.send(runner, SIGCONT, info)
      else this.keep({ signal: SIGCONT, info, isForced: false, base: null })
    }
    // What the runner's handler has taken comes to `signal`, and is kept.
    while (!signals.deliver(runner));
    if (this.isLeaving || !this.isListening) return true
    if (this.endsListening) this.endListening()
    else this.beginListening()
    return false
  }

  private keep(held: HeldSignal): void {
    this.kept = [...this.kept, held].sort((a, b) => a.signal - b.signal)
  }

  private endListening(): void {
    this.isListening = false
    this.begin(this.takeWanted()!)
  }

  /** A call that has ended with EINTR for nothing is made again. */
  private remakeCall(): void {
    const { interrupted } = this
    if (interrupted === null || !interrupted.isSignalShown) return
    this.interrupted = null
    const { call } = interrupted
    if (this.pc !== call.pc || this.result[0] !== -errno.EINTR) return
    this.result = call.argument
    this.pc = call.at
  }

  // ThreadDebugger

  enters(pc: number): boolean {
    this.pc = pc
    const wanted = this.isWanted ? this.takeWanted() : null
    if (wanted !== null) return this.stopAt(wanted)
    if (this.mode !== 'step') return false
    return this.stepper.isOver(pc) ? this.stopAt(stepStop(this.tid)) : this.stepper.run(pc)
  }

  breakpoint(): boolean {
    return false
  }

  calls(pc: number): boolean {
    const { abi } = this.tracing.tree
    const number = this.runner.i32[abi.numberAt >> 2]!
    if (this.call?.pc !== pc)
      this.call = { pc, at: callPc(this.runner), number, argument: this.result, shown: new Set(), isEmulated: false }
    const { shown } = this.call
    this.firstArgument = this.call.argument[0]
    this.interrupted = null
    if ((this.mode === 'syscall' || this.emulates) && !shown.has('entry')) {
      shown.add('entry')
      this.call.isEmulated = this.emulates
      return this.stopAt(callStop('entry', this.options, this.tid))
    }
    if (this.call.isEmulated || this.callNumber === NO_CALL) return this.skip(this.call)
    if (this.callNumber !== null) this.runner.i32[abi.numberAt >> 2] = this.callNumber
    const { exit, exit_group } = abi.numbers
    const made = this.callNumber ?? number
    if (made !== exit && made !== exit_group) return false
    this.endStatus = (this.result[0] & EXIT_CODE) << 8
    if ((this.options & OPTION.TRACEEXIT) === 0 || shown.has('exit')) return false
    shown.add('exit')
    return this.stopAt(eventStop(EVENT.EXIT, this.endStatus, this.tid))
  }

  /** The call is not made; its result is what its tracer has put into the register. */
  private skip(call: TracedCall): true {
    this.runner.request = 'lookup-miss'
    this.oweCall(call)
    if (!this.stopAtNext()) this.goOn()
    return true
  }

  /** A seccomp filter leaves the call to its tracer; it is judged once more behind the stop, for it may be another one. */
  filtered(data: number): 'hold' | 'pass' | 'none' {
    if ((this.options & OPTION.TRACESECCOMP) === 0 || this.call === null) return 'none'
    const { shown } = this.call
    if (shown.has('seccomp')) return 'pass'
    shown.add('seccomp')
    // The entry's stop would have come before.
    shown.add('entry')
    this.stopAt(eventStop(EVENT.SECCOMP, data, this.tid))
    return 'hold'
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
    const trap = this.isListening ? null : this.takeTrap()
    if (this.isListening || trap !== null) this.keep(held)
    if (!this.isListening) this.stopAt(trap ?? signalStop(held))
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
    this.isLeaving = this.isHeld || this.listensWith !== null
    this.isListening = false
    if (this.listensWith !== null) this.kick()
    else this.resume('continue', signal)
    if (!this.isLeaving) this.tracing.forget(this)
  }

  resume(mode: Mode, signal: number, emulates = false): void {
    const { stop } = this
    if (stop === null) return
    this.stop = null
    this.mode = mode
    this.emulates = emulates
    if (signal !== 0 && stop.kind !== 'event' && stop.kind !== 'group') {
      const isSame = stop.held?.signal === signal
      const info = isSame && stop.info !== null ? stop.info : signalInfo(signal, 0, this.tracer.host.pid)
      this.given = { signal, info, isForced: stop.held?.isForced === true, base: stop.held?.base ?? null }
    }
    if (!this.isHeld) return
    this.stepper.begin(this.pc)
    this.goOn()
  }

  /** Its request is given out once more. */
  private goOn(): void {
    this.isHeld = false
    this.tracing.tree.engine.again([this.runner])
  }
}
