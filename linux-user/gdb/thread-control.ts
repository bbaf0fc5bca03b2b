/**
 * One thread as the debugger controls it: held or sent off, and how it runs.
 *
 * It runs translated code as ever, or it steps (stepper.ts): when gdb wants it to, and while there are watchpoints.
 */
import type { Thread } from '../../src/host/thread.ts'
import type { ThreadDebugger } from '../debugger.ts'
import { getPc, setPc } from '../fault-state.ts'
import type { HeldSignal } from '../signals.ts'
import { Stepper } from '../stepper.ts'
import type { GuestThread } from '../thread.ts'
import type { Control, StopEvent } from './control.ts'

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
  private action: Action = { kind: 'continue', signal: 0, start: 0, end: 0 }
  readonly stepper: Stepper

  constructor(control: Control, thread: GuestThread) {
    this.control = control
    this.thread = thread
    this.stepper = new Stepper(thread, control.steps)
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
    this.stepper.begin(this.pc)
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

  // Steps

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
    if (this.stepper.isOver(pc)) {
      const event = this.afterStep(pc, isStepping)
      if (event !== null) {
        control.raise(event)
        return true
      }
    }
    if (isWatched) {
      const step = control.steps.at(thread, pc)
      const hit = step === null ? null : control.watches.before(thread, pc, step.word)
      if (hit !== null) {
        control.raise({ kind: 'watch', thread: this, ...hit })
        return true
      }
    }
    return this.stepper.run(pc)
  }

  private afterStep(pc: number, isStepping: boolean): StopEvent | null {
    const { control, thread, action } = this
    const { memory } = thread.process
    if (this.stepper.hasExecuted && control.watches.has(memory)) {
      const hit = control.watches.after(thread)
      if (hit !== null) return { kind: 'watch', thread: this, ...hit }
    }
    const address = control.tree.guest.codeAddress(pc)
    if (memory.breakpoints?.has(address)) return { kind: 'breakpoint', thread: this }
    return isStepping && !(address >= action.start && address < action.end) ? { kind: 'step', thread: this } : null
  }

  calls(): boolean {
    return false
  }

  called(): boolean {
    return false
  }

  breakpoint(pc: number): boolean {
    const { control, thread } = this
    const { breakpoints } = thread.process.memory
    if (this.stepper.isAt(pc) || !breakpoints?.has(control.tree.guest.codeAddress(pc))) return false
    if (control.isStopping && !this.isFree) this.hold()
    else if (this.isFree) {
      const step = control.steps.at(thread, pc)
      if (step === null) return false
      thread.run(step.region)
    } else control.raise({ kind: 'breakpoint', thread: this })
    return true
  }
}
