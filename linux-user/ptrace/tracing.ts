/**
 * ptrace among the processes of a tree: who traces whom. The kernel knows nothing of it, for what it would stop are runners. It is the tree's debugger (see
 * debugger.ts) from the first ptrace call on; with -g there is another one, and ptrace is EPERM.
 *
 * What a tracer is told comes by wait4 and waitid (waits.ts), whose calls come to the engine from then on. A thread that waits is kicked when there is
 * something, and its process gets SIGCHLD. Ends of children are the kernel's to report; those of other tracees are ours.
 *
 * Stops of whole processes are job-control.ts's. Differences to a real kernel: a tracer is a process, not one thread of it. A tracee that executes a program of the host's is one no more.
 */
import { Alarm } from '../../src/host/alarm.ts'
import { scratch } from '../../src/host/memory.ts'
import { hostSyscall } from '../../src/host/native.ts'
import { type Death, type Process, signalProcess } from '../../src/host/process.ts'
import type { RunnerThread } from '../../src/host/runner-api.ts'
import type { Thread } from '../../src/host/thread.ts'
import { SIGNAL_INFO_SIZE } from '../../src/runtime/layout.ts'
import { sigactionFlags } from '../../syscalls/abi/flags/signals.ts'
import { SIG_IGN } from '../../syscalls/handlers/signals.ts'
import { releaseAll } from '../caught-signals.ts'
import type { Debugger, SignalAnswer, StopAnswer } from '../debugger.ts'
import type { GuestMemory } from '../guest-memory.ts'
import { Kicks } from '../kicks.ts'
import type { GuestProcess } from '../process.ts'
import { forgetAction, readAction } from '../signal-actions.ts'
import type { HeldSignal } from '../signals.ts'
import { Steps } from '../stepper.ts'
import type { GuestThread } from '../thread.ts'
import type { Tree } from '../tree.ts'
import { JobControl } from './job-control.ts'
import { OPTION, SIGCONT, signalInfo } from './stop.ts'
import { Tracee } from './tracee.ts'
import { Tracer } from './tracer.ts'

const SYS_PIDFD_SEND_SIGNAL = 424
const SIGCHLD = 17
const SIGKILL = 9
/** The kernel lets nobody say CLD_TRAPPED but itself. */
const SI_QUEUE = -1
const INFO_STATUS = 24
/** How long what comes from outside may stop a tracee before its tracer hears of it. */
const LOOK_MS = 50
const { SA_NOCLDSTOP } = sigactionFlags.values

export class Tracing implements Debugger {
  readonly ownsCode = false
  readonly tree: Tree
  readonly steps: Steps
  readonly kicks: Kicks
  private readonly tracees = new Map<GuestThread, Tracee>()
  /** By the runner's process, which an exec does not change. */
  private readonly tracers = new Map<Process, Tracer>()
  /** Tracees of processes that have just ended. */
  private readonly lost: Tracee[] = []
  /** vfork parents by their children. */
  private readonly makers = new Map<Tracee, Tracee>()
  /** Children that are not traced, and have not begun: their tracer's signals are not caught in them. */
  private readonly untraced = new WeakSet<GuestThread>()
  readonly jobs = new JobControl((process) => [...process.threads].flatMap((thread) => this.tracees.get(thread) ?? []))
  /** Threads that wait for a tracee of theirs to come. */
  readonly attaching = new WeakMap<Thread, Tracee>()
  private readonly clock: Alarm

  constructor(tree: Tree) {
    this.tree = tree
    this.steps = new Steps(tree)
    this.kicks = new Kicks(tree.abi)
    this.clock = new Alarm(tree.engine, () => this.look())
  }

  /** The tree's; null: somebody else debugs it. */
  static of(tree: Tree): Tracing | null {
    tree.debug ??= new Tracing(tree)
    return tree.debug instanceof Tracing ? tree.debug : null
  }

  tracee(thread: GuestThread): Tracee | undefined {
    return this.tracees.get(thread)
  }

  tracer(process: GuestProcess): Tracer | undefined {
    return this.tracers.get(process.host)
  }

  /** A tracee of this process that stands for it: its first thread, if that is one. */
  traceeOf(process: GuestProcess): Tracee | undefined {
    for (const thread of process.threads) {
      const tracee = this.tracees.get(thread)
      if (tracee !== undefined) return tracee
    }
    return undefined
  }

  // Beginning and ending

  /** `process` traces `thread` from now on. */
  attach(thread: GuestThread, process: GuestProcess, isSeized: boolean, options: number): Tracee {
    return this.add(thread, this.makeTracer(process), isSeized, options)
  }

  private makeTracer(process: GuestProcess): Tracer {
    const known = this.tracers.get(process.host)
    if (known !== undefined) return known
    const tracer = new Tracer(process.host)
    this.tracers.set(process.host, tracer)
    this.ask(process)
    for (const thread of process.threads) {
      this.tree.routeCalls(thread)
      // It may wait for what the kernel knows nothing of.
      this.kicks.kick(thread.runner)
    }
    return tracer
  }

  private add(thread: GuestThread, tracer: Tracer, isSeized: boolean, options: number): Tracee {
    const tracee = new Tracee(this, thread, tracer, isSeized, options)
    this.tracees.set(thread, tracee)
    tracer.tracees.add(tracee)
    thread.debug = tracee
    if (this.tracees.size === 1) this.clock.set(LOOK_MS)
    this.kickWaiting(tracer)
    this.adopt(thread)
    return tracee
  }

  /** All its signals and calls come to the engine. */
  private adopt(thread: GuestThread): void {
    const { process } = thread
    this.ask(process)
    this.tree.routeCalls(thread)
  }

  /** Also of a tracer: signals that are kicks shall not reach it. */
  private ask({ signals, threads }: GuestProcess): void {
    signals.ask = (runner, signal) => this.signal(runner, signal)
    signals.runnerDelivery = null
    for (const { runner } of threads) forgetAction(runner)
  }

  /** It is no tracee any more. */
  forget(tracee: Tracee): void {
    const { thread, tracer } = tracee
    if (this.tracees.get(thread) === tracee) this.tracees.delete(thread)
    tracer.tracees.delete(tracee)
    // Who waits for it alone waits for nothing now.
    this.kickWaiting(tracer)
    thread.debug = null
    this.makers.delete(tracee)
    if (thread.process.threads.has(thread)) this.tree.routeCalls(thread)
  }

  private look(): void {
    if (this.tracees.size > 0) this.clock.set(LOOK_MS)
    for (const process of new Set([...this.tracees.keys()].map((thread) => thread.process))) this.jobs.look(process)
  }

  private release(tracer: Tracer): void {
    this.tracers.delete(tracer.host)
    for (const tracee of [...tracer.tracees]) {
      if (tracee.options & OPTION.EXITKILL) tracee.thread.process.host.kill('its tracer has ended')
      tracee.detach(0)
    }
  }

  // Debugger

  obedient(memory: GuestMemory): Thread | undefined {
    for (const { isHeld, thread, runner } of this.tracees.values()) if (isHeld && thread.process.memory === memory) return runner
    return undefined
  }

  tracerOf(tid: number): number {
    const thread = this.tree.byTid(tid)
    return (thread && this.tracees.get(thread)?.tracer.host.ownPid) ?? 0
  }

  wantsCalls(thread: GuestThread): boolean {
    return this.tracees.has(thread) || this.tracers.has(thread.process.host)
  }

  takes(thread: GuestThread): boolean {
    this.kicks.take(thread.runner)
    this.tracers.get(thread.process.host)?.waiting.delete(thread.runner)
    const tracee = this.tracees.get(thread)
    if (tracee !== undefined) return tracee.takes()
    if (this.untraced.delete(thread)) releaseAll(thread.process, thread.runner)
    return false
  }

  cloned(parent: GuestThread, child: GuestThread, kind: 'thread' | 'fork' | 'vfork'): void {
    const by = this.tracees.get(parent)
    if (by?.makes(kind) === true) {
      const tracee = this.add(child, by.tracer, by.isSeized, by.options)
      tracee.isNewborn = true
      if (kind === 'vfork') this.makers.set(tracee, by)
      return
    }
    this.tree.routeCalls(child)
    if (kind === 'fork' && parent.process.seesIgnored) this.untraced.add(child)
  }

  /** A tracee that another one has made begins. */
  born(tracee: Tracee): void {
    this.makers.get(tracee)?.vforked(tracee.tid)
    this.makers.delete(tracee)
  }

  executed(thread: GuestThread): boolean {
    if (this.tracers.has(thread.process.host)) this.adopt(thread)
    const tracee = this.tracees.get(thread)
    if (tracee === undefined) return false
    this.adopt(thread)
    return tracee.executed(thread.runner.tid)
  }

  removed(thread: GuestThread): void {
    const tracee = this.tracees.get(thread)
    if (tracee === undefined) return
    this.forget(tracee)
    if (thread.process.host.ended) this.lost.push(tracee)
    else if (!tracee.isNewborn) this.report(tracee, tracee.endStatus)
  }

  ended(process: GuestProcess, death: Death): void {
    this.jobs.forget(process)
    for (const tracee of this.lost.splice(0)) {
      const isLeader = tracee.tid === process.host.pid || tracee.tid === process.host.ownPid
      if (!isLeader || process.host.parent !== tracee.tracer.host) this.report(tracee, death.status)
      else if (tracee.tracer.putsOff) {
        tracee.tracer.putsOff = false
        this.wake(tracee.tracer, tracee.tid, death.status >> 8)
      }
    }
    const tracer = this.tracers.get(process.host)
    if (tracer !== undefined) this.release(tracer)
  }

  /** The end of a tracee that the kernel does not tell its tracer. */
  private report({ tid, tracer, thread }: Tracee, status: number): void {
    if (tracer.host.ended) return
    tracer.ends.push({ tid, pid: thread.process.pid, status })
    this.wake(tracer, tid, status >> 8)
  }

  stops(thread: GuestThread, signal: number): StopAnswer {
    const tracee = this.tracees.get(thread)
    if (tracee === undefined) return 'kernel'
    return tracee.stops(signal) ? 'hold' : 'drop'
  }

  filtered(thread: GuestThread, data: number): 'hold' | 'pass' | 'none' {
    return this.tracees.get(thread)?.filtered(data) ?? 'none'
  }

  signal(runner: RunnerThread, held: HeldSignal): SignalAnswer {
    if (this.kicks.isKick(runner as Thread, held.info)) return 'drop'
    if (held.signal === SIGCONT && this.jobs.isOurs(held.info)) return 'drop'
    const thread = this.tree.threadOf(runner as Thread)
    if (held.signal === SIGCONT) this.jobs.continued(thread.process)
    const tracee = this.tracees.get(thread)
    if (tracee === undefined) return 'act'
    tracee.signal(held)
    return 'hold'
  }

  // Telling

  stopped({ tracer, tid, stop }: Tracee): void {
    if (stop !== null) this.wake(tracer, tid, stop.code)
  }

  private wake(tracer: Tracer, tid: number, status: number): void {
    this.kickWaiting(tracer)
    const process = this.tree.processes.get(tracer.host)
    process?.learnActions()
    const action = process === undefined ? null : readAction(this.tree.abi, process.state.actions.get(SIGCHLD))
    if (action !== null && (action.handler === SIG_IGN || action.flags & SA_NOCLDSTOP)) return
    const s = scratch()
    const at = s.take(SIGNAL_INFO_SIZE)
    const info = signalInfo(SIGCHLD, SI_QUEUE, tid)
    new DataView(info.buffer).setInt32(INFO_STATUS, status, true)
    for (const [n, word] of new Int32Array(info.buffer).entries()) s.i32[(at >> 2) + n] = word
    hostSyscall(SYS_PIDFD_SEND_SIGNAL, tracer.host.pidfd, SIGCHLD, s.address + at, 0)
  }

  /** Those of its threads that wait for tracees look again. */
  kickWaiting({ waiting }: Tracer): void {
    for (const runner of waiting) this.kicks.kick(runner)
  }

  kill({ thread }: Tracee): void {
    signalProcess(thread.process.host, SIGKILL)
  }
}
