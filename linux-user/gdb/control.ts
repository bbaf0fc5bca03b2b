/**
 * The debugger's grip on the processes of a tree: all-stop, as gdb's default. When one thread stops for something, all threads of all debugged
 * processes are stopped; when each of them is held, gdb is told; gdb says how each goes on.
 *
 * A thread that runs is stopped by a kick (kicks.ts).
 *
 * Nothing here waits: threads come by way of the engine's loop, and so do gdb's packets (session.ts). Processes that are not debugged run on.
 */
import { Alarm } from '../../src/host/alarm.ts'
import type { Death } from '../../src/host/process.ts'
import type { RunnerThread } from '../../src/host/runner-api.ts'
import type { Thread } from '../../src/host/thread.ts'
import { SIGNAL_INFO_SIZE } from '../../src/runtime/layout.ts'
import { catchDefaults } from '../caught-signals.ts'
import type { Debugger, SignalAnswer, StopAnswer } from '../debugger.ts'
import type { Breakpoints, GuestMemory } from '../guest-memory.ts'
import { Kicks } from '../kicks.ts'
import { PAGE_SIZE, pageDown } from '../mman.ts'
import type { GuestProcess } from '../process.ts'
import type { HeldSignal } from '../signals.ts'
import { Steps } from '../stepper.ts'
import type { GuestThread } from '../thread.ts'
import type { Tree } from '../tree.ts'
import type { GdbTarget } from './target.ts'
import { type Action, ThreadControl } from './thread-control.ts'
import { Watches, type WatchKind } from './watch.ts'

export type StopEvent =
  | { readonly kind: 'signal'; readonly thread: ThreadControl; readonly held: HeldSignal }
  | { readonly kind: 'breakpoint' | 'step' | 'interrupt' | 'vforkdone'; readonly thread: ThreadControl }
  | { readonly kind: 'watch'; readonly thread: ThreadControl; readonly watch: WatchKind; readonly address: number }
  | { readonly kind: 'fork' | 'vfork'; readonly thread: ThreadControl; readonly child: ThreadControl }
  | { readonly kind: 'exec'; readonly thread: ThreadControl; readonly path: Uint8Array }
  | { readonly kind: 'exit'; readonly thread: null; readonly pid: number; readonly death: Death }

/** What whoever speaks with gdb must offer. */
export interface Client {
  /** gdb follows children, and programs that are executed. */
  readonly follows: { readonly fork: boolean; readonly vfork: boolean; readonly exec: boolean }
  /** Signals that gdb need not be told of. */
  readonly passed: ReadonlySet<number>
  /** Everything has stopped. */
  stopped(event: StopEvent): void
  /** Looks whether something has come. */
  poll(): void
}

/** Signals of gdb's that are set off by an event of the thread itself: kept until gdb is told. The others happen again by themselves. */
const KEPT = ['signal', 'fork', 'vfork', 'vforkdone', 'exec']

/** What happens to a thread without its being served. */
const ELSEWHERE = ['fork', 'vfork', 'interrupt']

/** Threads that have not come after so long count as stopped. */
const PATIENCE_MS = 1000

export class Control implements Debugger {
  readonly ownsCode = true
  readonly tree: Tree
  readonly target: GdbTarget
  readonly watches: Watches
  /** null: nobody is connected, and everything runs. */
  client: Client | null = null
  readonly threads = new Map<GuestThread, ThreadControl>()
  /** Debugged processes, in the order in which gdb has got them. */
  readonly inferiors = new Set<GuestProcess>()
  private state: 'running' | 'stopping' | 'stopped' = 'running'
  private readonly alarm: Alarm
  /** Events in their order. */
  private readonly events: StopEvent[] = []
  /** What gdb wants, which takes effect when threads go on. */
  private readonly breakpoints = new Map<GuestMemory, Map<number, Uint8Array>>()
  readonly steps: Steps
  private readonly kicks: Kicks

  constructor(tree: Tree, target: GdbTarget) {
    this.tree = tree
    this.target = target
    this.watches = new Watches(tree, target)
    this.steps = new Steps(tree)
    this.kicks = new Kicks(tree.abi)
    this.alarm = new Alarm(tree.engine, () => this.late())
  }

  close(): void {
    this.alarm.close()
  }

  /** All are to be held. */
  get isStopping(): boolean {
    return this.state !== 'running'
  }

  get isStopped(): boolean {
    return this.state === 'stopped'
  }

  /** The tree's first thread is about to begin its program. `isHeld`: it waits for gdb. */
  attachFirst(thread: GuestThread, isHeld: boolean): void {
    this.inferiors.add(thread.process)
    catchDefaults(thread.process, thread.runner)
    this.follow(thread).isHeld = isHeld
    if (isHeld) this.state = 'stopped'
  }

  /** gdb has let everything go, and comes back: to the tree's first process that is left. False: there is none. */
  attachAgain(): boolean {
    const [process] = this.tree.processes.values()
    if (process === undefined || this.inferiors.size > 0) return this.inferiors.size > 0
    this.inferiors.add(process)
    for (const thread of process.threads) {
      const control = this.threads.get(thread) ?? this.follow(thread)
      control.isFree = false
    }
    return true
  }

  /** Nobody is connected any more: everything goes on. */
  letGo(): void {
    this.client = null
    this.events.length = 0
    for (const process of [...this.inferiors]) this.detach(process)
    for (const control of this.threads.values()) if (!control.isFree) control.free()
    this.state = 'running'
  }

  /** Threads of a process that gdb debugs. */
  threadsOf(process: GuestProcess): ThreadControl[] {
    return [...process.threads].flatMap((thread) => this.threads.get(thread) ?? [])
  }

  /** All that are debugged. */
  all(): ThreadControl[] {
    // One that has executed a program of the host's is out of our hands.
    const ours = [...this.inferiors].filter(({ executing, execution }) => executing === null || execution !== null)
    return ours.flatMap((process) => this.threadsOf(process))
  }

  filtered(): 'none' {
    return 'none'
  }

  /** Stops are the kernel's. */
  stops(): StopAnswer {
    return 'kernel'
  }

  /** A runner that obeys orders in this memory. */
  obedient(memory: GuestMemory): Thread | undefined {
    for (const { isHeld, thread } of this.threads.values()) if (isHeld && thread.process.memory === memory) return thread.runner
    return undefined
  }

  private follow(thread: GuestThread): ThreadControl {
    const control = new ThreadControl(this, thread)
    thread.debug = control
    this.threads.set(thread, control)
    return control
  }

  // Debugger

  tracerOf(): number {
    return 0
  }

  wantsCalls(): boolean {
    return false
  }

  takes(thread: GuestThread): boolean {
    const control = this.threads.get(thread)
    if (control === undefined) return false
    this.client?.poll()
    this.kicks.take(thread.runner)
    if (control.madeBy !== null && thread.runner.request === 'hello') return this.born(control)
    if (control.isFree) return false
    if (control.isAbsent) return this.vforkDone(control)
    control.isStuck = false
    control.stepper.noteRequest()
    if (!control.takeSignal()) return true
    if (this.state === 'running') return false
    return this.halt(control)
  }

  private halt(control: ThreadControl): boolean {
    const outcome = control.thread.halt()
    if (outcome === 'held') control.hold()
    else {
      // It does something first, and is to come again.
      if (outcome === 'serve') control.thread.serve()
      if (!control.isHeld) this.kick(control)
    }
    return true
  }

  cloned(parent: GuestThread, child: GuestThread, kind: 'thread' | 'fork' | 'vfork'): void {
    const by = this.threads.get(parent)
    if (by === undefined) return
    const control = this.follow(child)
    if (kind === 'thread') {
      control.isFree = by.isFree
      return
    }
    const { client } = this
    control.madeBy = by
    control.isFree = by.isFree || client === null || !client.follows[kind]
    if (control.isFree) return
    if (kind === 'vfork') by.isAbsent = true
    else by.child = control
    this.inferiors.add(child.process)
  }

  /** A child says hello. */
  private born(control: ThreadControl): boolean {
    const { thread } = control
    const by = control.madeBy!
    control.madeBy = null
    by.child = null
    const { memory } = thread.process
    const isVfork = memory === by.thread.process.memory
    if (!isVfork) {
      memory.serve(thread.runner).separate()
      if (control.isFree) return this.release(control)
      this.breakpoints.set(memory, new Map(by.thread.process.memory.breakpoints))
    } else if (control.isFree) return false
    control.hold()
    this.raise({ kind: isVfork ? 'vfork' : 'fork', thread: by, child: control })
    return true
  }

  /** Neither the process nor its memory has anything to do with us. */
  private release(control: ThreadControl): boolean {
    this.threads.delete(control.thread)
    control.thread.debug = null
    return false
  }

  /** A vfork parent comes back. */
  private vforkDone(control: ThreadControl): boolean {
    control.isAbsent = false
    const outcome = control.thread.halt()
    if (outcome !== 'held') return outcome === 'served'
    if (this.client?.follows.vfork === true) this.raise({ kind: 'vforkdone', thread: control })
    else if (this.state !== 'running') control.hold()
    else return false
    return true
  }

  executed(thread: GuestThread): boolean {
    const control = this.threads.get(thread)
    if (control === undefined) return false
    for (const process of this.inferiors) if (process.host === thread.process.host) this.lose(process)
    if (control.isFree) return this.release(control)
    const { process, runner } = thread
    this.inferiors.add(process)
    catchDefaults(process, runner)
    if (this.client?.follows.exec === true) this.raise({ kind: 'exec', thread: control, path: process.program.path })
    else if (this.state !== 'running') control.hold()
    else return false
    return true
  }

  removed(thread: GuestThread): void {
    const control = this.threads.get(thread)
    if (control === undefined) return
    this.threads.delete(thread)
    const by = control.madeBy
    if (by?.child === control) {
      by.child = null
      if (by.isHeld && this.state === 'running') by.begin({ kind: 'continue', signal: 0, start: 0, end: 0 }, null)
    } else if (by !== null) by.isAbsent = false
    if (control.event !== null) this.forgetEvent(control.event)
    this.held()
  }

  ended(process: GuestProcess, death: Death): void {
    if (!this.lose(process) || this.client === null) return
    this.events.push({ kind: 'exit', thread: null, pid: death.pid, death })
    // While everything is stopped gdb is told when it wants to go on.
    this.stopAll()
    this.held()
  }

  /** It is no longer debugged, or has left its memory. */
  private lose(process: GuestProcess): boolean {
    const wasOurs = this.inferiors.delete(process)
    const { memory } = process
    if ([...this.inferiors].some((other) => other.memory === memory)) return wasOurs
    this.breakpoints.delete(memory)
    this.watches.clear(memory)
    return wasOurs
  }

  signal(runner: RunnerThread, held: HeldSignal): SignalAnswer {
    if (this.kicks.isKick(runner as Thread, held.info)) return 'drop'
    const control = this.threads.get(this.tree.threadOf(runner as Thread))
    const { client } = this
    if (control === undefined || control.isFree || client === null || client.passed.has(held.signal)) return 'act'
    this.raise({ kind: 'signal', thread: control, held })
    return 'hold'
  }

  // Stopping

  /** Something has happened that gdb is to be told of. */
  raise(event: StopEvent): void {
    const { thread } = event
    this.events.push(event)
    if (thread !== null) {
      thread.event = event
      // The others are not those of the request that is being answered: they come by themselves.
      if (!ELSEWHERE.includes(event.kind)) thread.hold()
    }
    this.stopAll()
  }

  /** gdb wants all to stop. */
  interrupt(): void {
    if (this.state !== 'running') return
    const [first] = this.all()
    if (first !== undefined) this.raise({ kind: 'interrupt', thread: first })
  }

  private stopAll(): void {
    if (this.state !== 'running') return
    this.state = 'stopping'
    for (const control of this.all()) this.kick(control)
    this.held()
    if (this.state === 'stopping') this.alarm.set(PATIENCE_MS)
  }

  /** Some threads do not come: job control has stopped their process, or they wait for something that no signal interrupts. */
  private late(): void {
    if (this.state !== 'stopping') return
    for (const control of this.all()) if (!control.isHeld) control.isStuck = true
    this.held()
  }

  private kick(control: ThreadControl): void {
    const { runner, isHeld, isAbsent, isFree, thread } = control
    if (thread.process.executing !== null) return
    if (isHeld || isAbsent || isFree) return
    this.kicks.kick(runner)
  }

  /** One thread more is held, or gone: perhaps that was the last. */
  held(): void {
    if (this.state !== 'stopping') return
    const threads = this.all()
    for (const { isHeld, isAbsent, isStuck } of threads) if (!isHeld && !isAbsent && !isStuck) return
    // What all are stopped for may have gone with its thread: one that is left stands for it, and where none is left an exit follows.
    if (this.events.length === 0) {
      const [first] = threads
      if (first === undefined) return
      this.events.push({ kind: 'interrupt', thread: first })
    }
    this.state = 'stopped'
    this.tell()
  }

  /** Tells gdb of the first event. */
  private tell(): void {
    const event = this.events.shift()
    if (event === undefined) return
    for (const other of [...this.events]) if (!KEPT.includes(other.kind) && other.kind !== 'exit') this.forgetEvent(other)
    if (event.thread !== null) {
      event.thread.event = null
      event.thread.signal = event.kind === 'signal' ? event.held : null
    }
    this.client?.stopped(event)
  }

  private forgetEvent(event: StopEvent): void {
    const at = this.events.indexOf(event)
    if (at >= 0) this.events.splice(at, 1)
    if (event.thread?.event === event) event.thread.event = null
  }

  // Going on

  /** Lets threads go on; those without an action stay. */
  resume(actionOf: (control: ThreadControl) => Action | null): void {
    const wanted = this.all().flatMap((control) => {
      const action = actionOf(control)
      return action === null ? [] : [{ control, action }]
    })
    this.applyBreakpoints()
    if (this.events.length > 0) {
      for (const { control, action } of wanted) control.defer(signalOf(control, action.signal))
      this.tell()
      return
    }
    this.state = 'running'
    for (const { control, action } of wanted) control.begin(action, signalOf(control, action.signal))
  }

  /** gdb lets a process go. */
  detach(process: GuestProcess): void {
    if (!this.lose(process)) return
    const { memory } = process
    if (!this.breakpoints.has(memory) && ![...this.inferiors].some((other) => other.memory === memory)) this.applyTo(memory, null)
    for (const control of this.threadsOf(process)) {
      if (control.event !== null && control.event.kind !== 'signal') this.forgetEvent(control.event)
      const event = control.event
      control.free()
      if (event !== null) this.forgetEvent(event)
    }
    if (this.inferiors.size === 0) this.state = 'running'
  }

  kill(process: GuestProcess): void {
    this.lose(process)
    process.host.kill('gdb')
  }

  // Breakpoints

  /** `insn`: what stands at the address instead; null: nothing any more. */
  setBreakpoint(memory: GuestMemory, address: number, insn: Uint8Array | null): void {
    const wanted = this.breakpoints.get(memory) ?? new Map<number, Uint8Array>()
    if (insn !== null) wanted.set(address, insn)
    else wanted.delete(address)
    this.breakpoints.set(memory, wanted)
  }

  private applyBreakpoints(): void {
    for (const [memory, wanted] of this.breakpoints) this.applyTo(memory, wanted.size === 0 ? null : new Map(wanted))
  }

  private applyTo(memory: GuestMemory, wanted: Breakpoints | null): void {
    const before: Breakpoints = memory.breakpoints ?? new Map()
    const after: Breakpoints = wanted ?? new Map()
    const differs = (address: number): boolean => !sameBytes(before.get(address), after.get(address))
    const changed = [...before.keys(), ...after.keys()].filter(differs)
    memory.breakpoints = wanted
    for (const page of new Set(changed.map(pageDown))) memory.shared.invalidate(page, page + PAGE_SIZE)
  }
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && Buffer.from(a).equals(b))
}

/** The signal that a thread gets: the one that it has stopped for, or one out of nothing. */
function signalOf(control: ThreadControl, signal: number): HeldSignal | null {
  if (signal === 0) return null
  if (control.signal?.signal === signal) return control.signal
  const info = new Uint8Array(SIGNAL_INFO_SIZE)
  const view = new DataView(info.buffer)
  view.setInt32(0, signal, true)
  view.setInt32(16, control.runner.pid, true)
  return { signal, info, isForced: false, base: control.signal?.base ?? null }
}
