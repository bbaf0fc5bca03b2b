/**
 * Which translations are hot: by samples, so that translated code does not count anything.
 *
 * A timer of the engine's asks all threads that are in translated code to leave at their next poll. Where they do is a sample: time spent in code shows as
 * often as it is spent. A guest pc that two samples name is compiled at tier 2, in the place of its region; threads come to it by their next jump there, loops
 * by the poll, which leaves for good.
 *
 * Samples cost some 30 us of CPU time each. So the timer slows down while they tell nothing new, and with it what they cost: twice as long after every
 * FRUITLESS ticks, up to SLOWEST. When something is translated (`wake`) it is fast again, and not so slow when a program begins anew (`begin`): short commands, one
 * after the other, are not worth a sample each. Where no thread runs in translated code nobody is asked. Compiling takes a
 * tenth of the time at most, beyond what a program may have at its begin.
 *
 * A thread that is asked for a sample and leaves for another reason (a signal, a stop) is none: POLL_FLAG says who has asked.
 */
import { Alarm } from '../src/host/alarm.ts'
import { IN_KERNEL, POLL_FLAG, POLL_SAMPLE } from '../src/runtime/layout.ts'
import type { CodeSpace } from '../src/translate/code-space.ts'
import { milliseconds } from '../src/util/clock.ts'
import type { GuestThread } from './thread.ts'
import type { Tree } from './tree.ts'

/** Milliseconds between samples. */
const FASTEST = 1
const SLOWEST = 256
const KNOWN_PROGRAM = 16
const FRUITLESS = 8
/** Samples of a pc before it is compiled. */
const HOT = 2
/** No form of tier 2 is known for the pc, or it is a part of another's. */
const NEVER = -1
/** Milliseconds of compiling that a program may have at once, and the part of the time afterwards. */
const ALLOWANCE = 30
const SHARE = 0.1

export class Heat {
  private readonly tree: Tree
  private readonly alarm: Alarm
  private interval = 0
  private ticks = 0
  /** By code space: how often a pc was sampled, or NEVER. A space that has been flushed begins anew. */
  private readonly samples = new WeakMap<CodeSpace, { generation: number; count: Map<number, number> }>()
  private readonly begun = milliseconds()
  private compiling = 0

  constructor(tree: Tree) {
    this.tree = tree
    this.alarm = new Alarm(tree.engine, () => this.tick())
  }

  /** There are new translations, of this engine or of another: there may be more to learn. */
  wake(): void {
    this.ticks = 0
    this.hasten(FASTEST)
  }

  /** A program begins that has been run before. */
  begin(): void {
    this.hasten(KNOWN_PROGRAM)
  }

  private hasten(interval: number): void {
    if (this.interval !== 0 && this.interval <= interval) return
    this.ticks = 0
    this.interval = interval
    this.alarm.set(interval)
  }

  private tick(): void {
    if (++this.ticks % FRUITLESS === 0 && this.interval < SLOWEST) this.interval *= 2
    for (const { i32, state } of this.tree.engine.guestThreads)
      if (state === 'running' && Atomics.load(i32, IN_KERNEL >> 2) === 0) Atomics.or(i32, POLL_FLAG >> 2, POLL_SAMPLE)
    if (this.tree.processes.size === 0) this.interval = 0
    this.alarm.set(this.interval)
  }

  /** A thread has left at the poll of the region at `pc`, because of `tick`; its state is canonical. */
  sampled(thread: GuestThread, pc: number): void {
    const { memory } = thread.process
    const { space } = memory
    if (space.find(pc)?.isHot === true) return
    let known = this.samples.get(space)
    if (known?.generation !== space.generation) {
      known = { generation: space.generation, count: new Map() }
      this.samples.set(space, known)
    }
    const count = known.count.get(pc) ?? 0
    if (count === NEVER) return
    this.ticks = 0
    known.count.set(pc, count + 1)
    const now = milliseconds()
    if (count + 1 < HOT || this.compiling > ALLOWANCE + SHARE * (now - this.begun)) return
    // Once: what was removed because its code has changed must be found hot again.
    known.count.delete(pc)
    if (this.tree.translator.hotRegionFor(memory.serve(thread.runner), pc)?.pc !== pc) known.count.set(pc, NEVER)
    this.compiling += milliseconds() - now
  }
}
