/**
 * One thread as the debugger controls it: held or sent off, and how it runs.
 *
 * It runs translated code as ever, or it steps: one instruction at a time, each translated by itself, whose every exit leads to the engine. So that no
 * instruction leads to another past us, the thread has an empty look-up table and an empty jump cache meanwhile. It steps when gdb
 * wants it to, and while there are watchpoints.
 */
import { forgetJumps, setU64 } from '../../src/host/slot-setup.ts'
import type { Thread } from '../../src/host/thread.ts'
import { FIRST_ARGUMENT, JUMP_ENTRY_SIZE, JUMPS_OFFSET, LOOKUP_MASK, LOOKUP_TABLE } from '../../src/runtime/layout.ts'
import { EXIT_EMULATE, EXIT_POLL } from '../../src/x64/env.ts'
import { errno } from '../../syscalls/abi/errno.ts'
import type { ThreadDebugger } from '../debugger.ts'
import { getPc, setPc } from '../fault-state.ts'
import { setTable } from '../guest-memory.ts'
import type { HeldSignal } from '../signals.ts'
import type { GuestThread } from '../thread.ts'
import type { Control, StopEvent } from './control.ts'
import { isSupervisorCall } from './watch.ts'

/** What gdb wants of a thread when it goes on. */
export interface Action {
  readonly kind: 'continue' | 'step'
  /** Linux's number of a signal that it gets; 0: none. */
  readonly signal: number
  /** A step goes on while the pc is in [start, end). */
  readonly start: number
  readonly end: number
}

export class ThreadControl implements ThreadDebugger {
  readonly thread: GuestThread
  private readonly control: Control
  /** Nobody debugs it: it stops nowhere. It may share its memory with one that is debugged. */
  isFree = false
  /** It waits for its request to be answered, with an exact state. */
  isHeld = false
  /** It waits in the kernel for its vfork child. */
  isAbsent = false
  /** It did not come in time, and counts as stopped: its state is not exact. */
  isStuck = false
  /** A child that has not said hello: it was made by this one. */
  madeBy: ThreadControl | null = null
  /** It has made a child that has not said hello. */
  child: ThreadControl | null = null
  /** What it has stopped for and gdb has not been told. */
  event: StopEvent | null = null
  /** The signal that gdb was told of last. */
  signal: HeldSignal | null = null
  /** What it gets before it goes on. */
  private given: HeldSignal | null = null
  isKicked = false
  private action: Action = { kind: 'continue', signal: 0, start: 0, end: 0 }
  /** Where the step began, and whether its instruction has been sent off. */
  private stepPc = -1
  private hasRun = false
  private isHidden = false

  constructor(control: Control, thread: GuestThread) {
    this.control = control
    this.thread = thread
  }

  get runner(): Thread {
    return this.thread.runner
  }

  get pc(): number {
    return getPc(this.runner, this.control.tree.pcOffset)
  }

  /** Sends it off. */
  begin(action: Action, given: HeldSignal | null): void {
    this.action = action
    this.given = given ?? this.given
    this.signal = null
    this.event = null
    this.hasRun = false
    this.stepPc = this.pc
    this.showCode()
    if (!this.isHeld) return
    this.isHeld = false
    this.control.tree.engine.again([this.runner])
  }

  /** It will get this signal, but something else is told first. */
  defer(given: HeldSignal | null): void {
    if (given !== null) this.given = given
  }

  /** Nobody debugs it from now on. */
  free(): void {
    this.isFree = true
    this.begin({ kind: 'continue', signal: 0, start: 0, end: 0 }, this.event?.kind === 'signal' ? this.event.held : this.signal)
  }

  /** The signal that it was sent off with. False: the thread does not go on. */
  takeSignal(): boolean {
    const { given } = this
    if (given === null) return true
    this.given = null
    return this.thread.process.signals.act(this.runner, given)
  }

  hold(): void {
    this.isHeld = true
    if (this.runner.request !== 'hello') this.runner.request = 'lookup-miss'
    this.control.held()
  }

  /**
   * A kick has ended its system call, which a guest shall not notice: `EINTR` becomes a call that has not been made. Where a thread was when it was kicked
   * says nothing: the kick may reach it in a later call.
   */
  undoInterrupt(): void {
    const { runner } = this
    const at = this.control.tree.abi.resultAt >> 2
    if (runner.request === 'signal-after' && runner.i32[at] === -errno.EINTR) {
      runner.request = 'signal-before'
      runner.i32[at] = runner.i32[FIRST_ARGUMENT >> 2]!
      runner.i32[at + 1] = runner.i32[(FIRST_ARGUMENT >> 2) + 1]!
    } else if (runner.request === 'done' && runner.syscallResult === -errno.EINTR) runner.unmakeCall()
  }

  // Steps

  /** The step's instruction has perhaps not been executed: the request says so. Before it is answered. */
  noteRequest(): void {
    if (!this.hasRun) return
    const { request, exitId } = this.runner
    const { process } = this.thread
    const kind = request === 'exit' ? process.memory.space.exits.kind[exitId] : -1
    const isBefore = kind === EXIT_EMULATE || request === 'syscall'
    if (kind === EXIT_POLL || request === 'signal-before' || (isBefore && process.signals.isPending(this.runner))) this.hasRun = false
  }

  enters(pc: number): boolean {
    const { control, thread } = this
    setPc(this.runner, control.tree.pcOffset, pc)
    if (this.isFree) return false
    if (control.isStopping || this.child !== null) {
      this.hold()
      return true
    }
    const isStepping = this.action.kind === 'step'
    const isWatched = control.watches.has(thread.process.memory)
    if (!isStepping && !isWatched) return false
    // A system call that is made again.
    if (this.hasRun && pc === this.stepPc && isSupervisorCall(thread.wordAt(pc))) this.hasRun = false
    if (this.hasRun || pc !== this.stepPc) {
      const event = this.afterStep(pc, isStepping)
      if (event !== null) {
        control.raise(event)
        return true
      }
    }
    if (isWatched) {
      const step = control.step(thread, pc)
      const hit = step === null ? null : control.watches.before(thread, pc, step.word)
      if (hit !== null) {
        control.raise({ kind: 'watch', thread: this, ...hit })
        return true
      }
    }
    return this.step(pc)
  }

  private afterStep(pc: number, isStepping: boolean): StopEvent | null {
    const { control, thread, action } = this
    const { memory } = thread.process
    if (this.hasRun && control.watches.has(memory)) {
      const hit = control.watches.after(thread)
      if (hit !== null) return { kind: 'watch', thread: this, ...hit }
    }
    if (memory.breakpoints?.has(pc)) return { kind: 'breakpoint', thread: this }
    return isStepping && !(pc >= action.start && pc < action.end) ? { kind: 'step', thread: this } : null
  }

  /** Executes the instruction at `pc`. False: there is none. */
  private step(pc: number): boolean {
    const step = this.control.step(this.thread, pc)
    if (step === null) return false
    this.hideCode()
    this.stepPc = pc
    this.hasRun = true
    this.thread.run(step.region)
    return true
  }

  breakpoint(pc: number): boolean {
    const { control, thread } = this
    const { breakpoints } = thread.process.memory
    const isOwn = this.hasRun && this.stepPc === pc
    if (isOwn || !breakpoints?.has(pc)) return false
    if (control.isStopping && !this.isFree) this.hold()
    else if (this.isFree) {
      const step = control.step(thread, pc)
      if (step === null) return false
      thread.run(step.region)
    } else control.raise({ kind: 'breakpoint', thread: this })
    return true
  }

  private hideCode(): void {
    const { runner } = this
    if (!this.isHidden) forgetJumps(runner)
    this.isHidden = true
    // An empty entry of the jump cache is an empty table of one entry.
    setU64(runner, LOOKUP_TABLE, runner.slot.address + JUMPS_OFFSET + JUMP_ENTRY_SIZE)
    setU64(runner, LOOKUP_MASK, 0)
  }

  private showCode(): void {
    if (!this.isHidden) return
    this.isHidden = false
    setTable(this.runner, this.thread.process.memory.space.table)
  }
}
