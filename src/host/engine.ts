/**
 * The engine's side of all runners: the memory that they share, starting them, and waiting for their requests.
 *
 *   const engine = new Engine({ pcOffset, syscallNumberOffset })      // slot offsets of the guest's pc (u64) and system call number (u32)
 *   engine.code.write(codeStart, machineCode)                         // the runtime area; codeStart = engine.runtime.end: free for thunks and the like
 *   const thread = engine.spawn({ area })                             // area = engine.areas.take(): its translated code
 *   engine.standFor(thread)                                           // signals to us are for this guest
 *   thread.syscall(SYS.mmap, 0x10000, 4096, 3, 0x32, -1, 0)           // orders; the first one waits for the runner's hello
 *   thread.resume(codeStart)                                          // runs until the next request
 *   const death = await engine.serve(thread, (stopped) => {
 *     switch (stopped.request) {
 *       case 'exit': stopped.resume(target(stopped.exitId)); break
 *       case 'syscall': … stopped.resumeSyscall(); break
 *       case 'lookup-miss': … engine.code.write(…) … stopped.resume(translated); break
 *       case 'fault': … stopped.resumeFault() or stopped.die(stopped.fault.signal); break
 *     }
 *   })
 *   engine.close()
 *   endLike(death)                                                    // exit code or signal of the guest
 *
 * `serve` is a loop around `wait`, which a caller may run instead. An order to a process that has ended throws RunnerGone, which `serve` expects;
 * the Death comes from the next `wait`. Nothing here trusts what stands in a slot.
 */
import { setImmediate } from 'node:timers/promises'
import { FUTEX_WAKE, MEMBARRIER_CMD_GLOBAL, SIGNAL, SYS } from '../runtime/host-kernel.ts'
import { bootArgument } from '../runtime/image.ts'
import {
  CODE_OFFSET,
  DEATH_SIGNAL,
  IN_KERNEL,
  INITIAL_STACK,
  MAIL,
  MAIL_POSTED,
  PENDING_STOP,
  PENDING_WORDS,
  POLL_FLAG,
  POLL_STOP,
  SIGNAL_PENDING,
  SLOT_COUNT,
} from '../runtime/layout.ts'
import { buildRuntime, type Runtime, type RuntimeOptions } from '../runtime/runtime.ts'
import { milliseconds } from '../util/clock.ts'
import { type HostCpu, parseHostCpu } from '../x64/cpu.ts'
import { type CallerState, callerState } from './caller.ts'
import { type CodeArea, CodeAreas } from './code-area.ts'
import { hostCpuFeatures } from './cpuid.ts'
import { Doorbell, lowestBit, type Wakeup } from './doorbell.ts'
import type { Estate, EstateFds } from './estate.ts'
import type { Admission, Joining } from './listener.ts'
import { closeFd, HostError, must, pipe } from './memory.ts'
import { hostSyscall } from './native.ts'
import { createProcess, Death, type Process } from './process.ts'
import { ProcessTable } from './process-table.ts'
import { EngineSignals, ignoreSignals, whileIgnored } from './signals.ts'
import { forgetJumps, prepareSlot, setName, setU64 } from './slot-setup.ts'
import { type Slot, Slots } from './slots.ts'
import { hiddenFdsBase, openRunnerImage, setOpenFiles, spawnRunner } from './spawn.ts'
import { spinLimits } from './spin.ts'
import { RunnerGone, Thread, type ThreadHost } from './thread.ts'
import { WatchList } from './watch-list.ts'

export { CALLER_VARIABLE, type CallerState, callerState } from './caller.ts'
export { endLike } from './end-like.ts'
export { HostError } from './memory.ts'
export { Death } from './process.ts'
export { RunnerGone } from './thread.ts'

export interface EngineOptions extends RuntimeOptions {
  /** As `parseHostCpu` takes it. */
  readonly hostCpu?: string
  readonly caller?: CallerState
  /** Takes the place of an engine that ends; see estate.ts. */
  readonly inherited?: { readonly fds: EstateFds; readonly estate: Estate }
}

export interface SpawnOptions {
  /** The name that ps shows, at most 15 bytes. */
  readonly name?: string
  /** What it executes at CODE_AREA_BASE; absent: an area that nothing is in. */
  readonly area?: CodeArea
}

/** Descriptors in the poll that are no process's. */
const OTHER_DESCRIPTORS = 256
/** An order that takes longer lets the engine serve other threads. */
const LONG_ORDER_MS = 50
const STOP_SPIN = 200
const STOP_LOOK_MS = 1

export class Engine implements ThreadHost {
  readonly runtime: Runtime
  readonly areas: CodeAreas
  readonly code: CodeArea
  readonly hostCpu: HostCpu
  readonly runnerSpin: number
  private readonly engineSpin: number
  private expected: Thread | undefined
  private signals: EngineSignals | undefined
  private readonly slots: Slots
  private readonly doorbell: Doorbell
  private readonly threads: (Thread | undefined)[] = []
  private readonly processes: ProcessTable
  private readonly deaths: Death[] = []
  /** Slots that have posted and have not been looked at, as the header has them. */
  private readonly pending = new Int32Array(PENDING_WORDS)
  /** Threads whose requests were taken before their turn. */
  private settled: Thread[] = []
  private readonly image: number
  /** A pipe to which nobody writes: runners have the end that is read, and poll it; it hangs up when there is no engine any more. */
  private readonly lifeRead: number
  private readonly lifeWrite: number
  private readonly caller: CallerState
  private readonly hiddenBase: number
  private anyArea: CodeArea | undefined
  private watchdog: Thread | undefined
  /** Somebody has killed it: the next `wait` starts another one. */
  private lostWatchdog = false
  /** Whoever loops around `wait` says here who answers requests while an order takes long. */
  handle: ((thread: Thread) => void | Promise<void>) | undefined
  private readonly onReadable = (fd: number) => this.reap(fd)
  private readonly watches: WatchList

  constructor(options: EngineOptions) {
    // First: what is opened afterwards would look inherited.
    this.caller = options.caller ?? callerState()
    const { fds, estate } = options.inherited ?? {}
    const used = estate?.processes.flatMap(({ threads }) => threads.map(({ slot }) => slot)) ?? []
    this.slots = new Slots(fds && { fd: fds.control, used, top: estate?.slotsTop ?? 1 })
    this.doorbell = new Doorbell(this.slots.header, SLOT_COUNT + OTHER_DESCRIPTORS, fds?.doorbell)
    this.watches = new WatchList(this.doorbell)
    this.processes = new ProcessTable(this.doorbell, (process, status) => this.processEnded(process, status))
    this.hostCpu = parseHostCpu(options.hostCpu ?? 'native', hostCpuFeatures())
    const limits = spinLimits()
    this.engineSpin = limits.engine
    this.runnerSpin = limits.runner
    this.runtime = buildRuntime(options)
    this.areas = new CodeAreas(fds && { fd: fds.code, top: estate?.areasTop ?? 0 })
    this.code = this.areas.runtime
    if (fds === undefined) this.code.write(this.runtime.entryPoints.start, this.runtime.bytes)
    this.image = fds?.image ?? openRunnerImage()
    ;[this.lifeRead, this.lifeWrite] = fds === undefined ? pipe() : [fds.lifeRead, fds.lifeWrite]
    this.hiddenBase = estate?.hiddenBase ?? hiddenFdsBase(this.caller.openFiles, this.caller.fds)
    ignoreSignals(this.caller.ignored)
    if (estate !== undefined) this.restore(estate)
  }

  private restore(estate: Estate): void {
    for (const { pid, hiddenBase, threads, isBelow, hasChildrenBelow, ownPid } of estate.processes) {
      const process = createProcess(hiddenBase)
      for (const from of threads) {
        const thread = this.createThread(process, this.slots.at(from.slot))
        thread.restore(from)
        if (from.slot === estate.watchdogSlot) this.watchdog = thread
      }
      this.processes.identify(process, pid)
      Object.assign(process, { isBelow, hasChildrenBelow, ownPid })
    }
  }

  /** What a successor is told. No thread is pinned, and none is in translated code. */
  estate(): Estate {
    const processes = new Set(this.threads.flatMap((thread) => (thread === undefined ? [] : [thread.process])))
    return {
      processes: [...processes].map(({ pid, hiddenBase, isBelow, hasChildrenBelow, ownPid, threads }) => ({
        pid,
        hiddenBase,
        isBelow,
        hasChildrenBelow,
        ownPid,
        threads: [...threads].map((thread) => thread.estate),
      })),
      watchdogSlot: this.watchdog?.slot.index ?? 0,
      hiddenBase: this.hiddenBase,
      slotsTop: this.slots.top,
      areasTop: this.areas.top,
    }
  }

  /** Descriptors for a successor, in the order of ESTATE_FDS. */
  get estateFds(): number[] {
    return [this.slots.fd, this.areas.fd, this.doorbell.fd, this.image, this.lifeRead, this.lifeWrite]
  }

  /** The thread in a slot. */
  threadIn(slot: number): Thread | undefined {
    return this.threads[slot]
  }

  /** All threads that have a guest. */
  get guestThreads(): Thread[] {
    return this.threads.filter((thread) => thread !== undefined && thread !== this.watchdog) as Thread[]
  }

  /** Starts a runner. It says hello at the first order, or to `wait` when no order comes before. */
  spawn(options: SpawnOptions = {}): Thread {
    const slot = this.slots.take()
    if (slot === null) throw new HostError(`there are already ${SLOT_COUNT - 1} guest threads`)
    prepareSlot(slot, options.name ?? 'demotic', options.area ?? (this.anyArea ??= this.areas.take()), this.hiddenBase)
    slot.i32[DEATH_SIGNAL >> 2] = SIGNAL.SIGKILL
    const pid = must('to start a runner', this.start(slot, false))
    if (this.caller.openFiles !== null) setOpenFiles(pid, this.caller.openFiles)
    const runner = createProcess(this.hiddenBase)
    this.processes.identify(runner, pid)
    return this.createThread(runner, slot)
  }

  /** Takes a process that somebody else has started: it maps its slot by the descriptors and says hello to `wait`. Null: there is no room. */
  admit({ pid, pidfd, hiddenBase }: Joining): Admission | null {
    this.takeEnded()
    if (!this.processes.hasRoom(pidfd)) return null
    const slot = this.ensureWatchdog() ? this.slots.take() : null
    if (slot === null) {
      closeFd(pidfd)
      return null
    }
    prepareSlot(slot, 'demotic', (this.anyArea ??= this.areas.take()), hiddenBase)
    // It may have been one of ours, which has executed the host's program.
    const former = this.processes.find(pid)
    if (former !== undefined) this.processes.forget(former, 0)
    const process = createProcess(hiddenBase)
    this.processes.know(process, pid, pidfd)
    this.createThread(process, slot)
    return { slot: slot.index, hidden: this.hidden() }
  }

  /** Descriptors of ours, in the order of the HIDDEN_ numbers. */
  private hidden(): number[] {
    return [this.slots.fd, this.areas.fd, this.doorbell.fd, this.lifeRead, this.image]
  }

  /** Calls `readable` in a `wait` after the descriptor has become readable. */
  watch(fd: number, readable: () => void): void {
    this.watches.add(fd, readable)
  }

  unwatch(fd: number): void {
    this.watches.remove(fd)
  }

  /**
   * A thread that a runner will make by `startClone`, by the thread `parent`: of the same process, or of a new one. Its slot's STATE is the caller's to fill;
   * what the runner needs stands in it. null: there is no room. It is pinned: `unpin` it when the clone is done, or `discard` it when that has failed.
   */
  addThread(parent: Thread, isSameProcess: boolean, area: CodeArea): Thread | null {
    this.takeEnded()
    const process = isSameProcess ? parent.process : this.ensureWatchdog() ? this.processes.reserve(parent.process) : null
    if (process === null) return null
    const slot = this.slots.take()
    if (slot === null) {
      if (!isSameProcess) this.processes.discard(process)
      return null
    }
    prepareSlot(slot, '', area, process.hiddenBase)
    const thread = this.createThread(process, slot)
    thread.pinned = true
    return thread
  }

  /** The clone that made it is done. `pid`: what the clone has returned, for a process that may not have come to say hello. */
  unpin(thread: Thread, pid: number): void {
    thread.pinned = false
    if (thread.state === 'gone') this.slots.release(thread.slot)
    else if (thread.process.pid === 0) this.processes.identify(thread.process, pid)
  }

  /** The clone has failed. */
  discard(thread: Thread): void {
    if (thread.process.pid === 0) this.processes.discard(thread.process)
    thread.process.threads.delete(thread)
    thread.pinned = false
    this.dropThread(thread)
  }

  /**
   * Before `thread` executes the runner anew: what that one finds in the slot. Returns its argv[1]; the descriptor to execute is HIDDEN_IMAGE.
   * It says hello when it has begun; if the call fails, nothing but these fields is different.
   */
  prepareExec(thread: Thread, name: string, area: CodeArea): string {
    this.setArea(thread, area)
    setName(thread.slot, name)
    thread.i32[DEATH_SIGNAL >> 2] = 0
    setU64(thread.slot, INITIAL_STACK, 0)
    return bootArgument(thread.slot.index, thread.process.hiddenBase)
  }

  /** What the thread's process finds at CODE_AREA_BASE when it maps it next. */
  setArea(thread: Thread, area: CodeArea): void {
    setU64(thread.slot, CODE_OFFSET, area.offset)
  }

  /** Gives out requests once more that were not answered when `wait` gave them. */
  again(threads: readonly Thread[]): void {
    this.settled.push(...threads)
  }

  /** A thread has executed the runner anew: the other threads of its process have ended. */
  executed(thread: Thread): void {
    for (const other of thread.process.threads) {
      if (other === thread) continue
      thread.process.threads.delete(other)
      this.dropThread(other)
    }
    forgetJumps(thread)
  }

  /** The next thread that has stopped with a request, or a process that has ended. null: a signal handler of JavaScript wants to run, or `isOver`. */
  wait(isOver: () => boolean = () => false): Thread | Death | null {
    if (this.signals?.pending === true) this.signals.handle()
    if (this.watches.areReadable) this.watches.serve()
    if (this.lostWatchdog) this.lostWatchdog = !this.ensureWatchdog()
    const death = this.deaths.shift()
    if (death !== undefined) return death
    const settled = this.settled.shift()
    if (settled !== undefined && settled.state === 'stopped') return settled
    for (let n = this.expected?.runnerIsQuick.spins === false ? 0 : this.engineSpin; n > 0; n--) {
      const posted = this.takePending()
      if (posted !== undefined) return this.spun(posted)
    }
    for (;;) {
      this.doorbell.prepareToSleep()
      const posted = this.takePending()
      if (posted !== undefined) {
        this.doorbell.stayAwake()
        return this.spun(posted)
      }
      this.takeEnded()
      const wakeup = this.sleep()
      const woken = this.takePending()
      if (woken !== undefined) return this.slept(woken)
      const late = this.deaths.shift()
      if (late !== undefined) return late
      if (wakeup === 'interrupted' || this.watches.areReadable || isOver()) return null
    }
  }

  /**
   * Hands every request to `handle`, and every process's end to `ended`, until `root`'s process has ended. The event loop turns only when a signal
   * interrupts the wait or `handle` returns a promise.
   */
  async serve(root: Thread, handle: (thread: Thread) => void | Promise<void>, ended: (death: Death) => void = () => {}): Promise<Death> {
    this.handle = handle
    for (;;) {
      const event = this.wait()
      if (event === null) await setImmediate()
      else if (event instanceof Thread) {
        try {
          const later = handle(event)
          if (later !== undefined) await later
        } catch (error) {
          if (!(error instanceof RunnerGone)) throw error
        }
      } else {
        ended(event)
        if (event.pid === root.pid) return event
      }
    }
  }

  /**
   * Makes this thread's process the one that the engine stands for: signals sent to the engine go to it, and the engine stops when it stops.
   * See signals.ts.
   */
  standFor(thread: Thread): void {
    this.signals?.close()
    this.signals = new EngineSignals(this.doorbell.fd, thread.process, (pid) => this.processes.find(pid) !== undefined)
  }

  /** Number of processes with a guest. */
  get processCount(): number {
    return this.processes.size - (this.watchdog === undefined ? 0 : 1)
  }

  /** Ends all runners and gives back all memory and descriptors. No view of a slot or of code may be used any more. */
  close(): void {
    this.signals?.close()
    this.signals = undefined
    for (const runner of this.processes.all()) runner.kill('the engine closes')
    while (this.processes.size > 0) {
      this.doorbell.prepareToSleep()
      this.doorbell.sleep(this.onReadable)
    }
    this.doorbell.close()
    this.slots.close()
    this.areas.close()
    closeFd(this.image)
    closeFd(this.lifeRead)
    closeFd(this.lifeWrite)
  }

  /**
   * Makes threads leave translated code. Afterwards none of them is in it or comes back to it but by way of the engine: each has made a request, obeys
   * an order, or is in a system call, behind which it looks at SIGNAL_PENDING. `settle` is given each that has made a request: it sees to it that the
   * request means the same without the code, or resumes the thread and returns false. The requests come from `wait` in their turn. `park` is given each
   * that is in a system call, which has been made by the code that EXIT_ID tells of.
   *
   * IN_KERNEL and SIGNAL_PENDING are written by one side and read by the other without fences; the barrier on all CPUs between our writes and our
   * reads makes up for it. A thread that shows IN_KERNEL = 1 behind the barrier has not looked yet.
   */
  stop(threads: Iterable<Thread>, settle: (thread: Thread) => boolean, park: (thread: Thread) => void): void {
    const running = [...threads].filter((thread) => thread.state === 'running')
    if (running.length === 0) return
    for (const { i32 } of running) {
      Atomics.or(i32, SIGNAL_PENDING >> 2, PENDING_STOP)
      Atomics.or(i32, POLL_FLAG >> 2, POLL_STOP)
    }
    hostSyscall(SYS.membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0)
    const isIn = (thread: Thread) => {
      if (thread.state !== 'running') return false
      if (!thread.takeRequest()) return thread.state === 'running' && Atomics.load(thread.i32, IN_KERNEL >> 2) === 0
      if (!settle(thread)) return true
      this.settled.push(thread)
      return false
    }
    const begun = milliseconds()
    for (let n = 0; running.filter(isIn).length > 0; n++) {
      if (n < STOP_SPIN) continue
      // A thread that goes into the kernel does not ring.
      this.sleep(STOP_LOOK_MS)
      if (milliseconds() - begun > LONG_ORDER_MS) this.serveOther(running[0]!)
    }
    for (const thread of running) if (thread.state === 'running') park(thread)
  }

  // ThreadHost

  awaitPost(thread: Thread): void {
    const { i32 } = thread
    for (let n = 0; n < this.engineSpin; n++) if (Atomics.load(i32, MAIL >> 2) === MAIL_POSTED) return
    while (Atomics.load(i32, MAIL >> 2) !== MAIL_POSTED) {
      if (thread.state === 'gone') throw new RunnerGone(thread.pid)
      this.doorbell.prepareToSleep()
      if (Atomics.load(i32, MAIL >> 2) === MAIL_POSTED) break
      const isLong = milliseconds() - thread.orderedAt > LONG_ORDER_MS
      // Requests that came while the order was not yet long do not ring again.
      if (isLong && this.serveOther(thread)) continue
      this.sleep(isLong ? undefined : LONG_ORDER_MS + 1)
    }
    this.doorbell.stayAwake()
    if (thread.state === 'gone') throw new RunnerGone(thread.pid)
  }

  /** After `startClone`: returns when the child has begun, or the clone has failed. */
  awaitChild(parent: Thread, child: Thread): void {
    const hasPosted = ({ i32 }: Thread) => Atomics.load(i32, MAIL >> 2) === MAIL_POSTED
    while (!hasPosted(parent) && !hasPosted(child)) {
      if (parent.process.ended) throw new RunnerGone(parent.pid)
      this.doorbell.prepareToSleep()
      if (!hasPosted(parent) && !hasPosted(child)) this.sleep()
    }
    this.doorbell.stayAwake()
  }

  wake(thread: Thread): void {
    hostSyscall(SYS.futex, thread.slot.engineAddress + MAIL, FUTEX_WAKE, 1)
  }

  // Private

  /**
   * Starts the watchdog unless there is one. A runner without a guest, which has nothing to do but to look after the engine: when that has been killed, it ends
   * all runners. The first runner, a child of the engine's, gets a signal from the kernel then; the others may be in a system call or in a loop, and notice
   * nothing. False: the host has no room for it.
   */
  private ensureWatchdog(): boolean {
    if (this.watchdog !== undefined) return true
    const slot = this.slots.take()
    if (slot === null) return false
    prepareSlot(slot, 'demotic', this.anyArea ?? (this.anyArea = this.areas.take()), this.hiddenBase)
    const pid = this.start(slot, true)
    if (pid < 0) return false
    const process = createProcess(this.hiddenBase)
    this.processes.identify(process, pid)
    this.watchdog = this.createThread(process, slot)
    return true
  }

  /** The new runner's pid, or -errno. */
  private start(slot: Slot, isAlone: boolean): number {
    const { caller, hiddenBase, image } = this
    const request = { slot: slot.index, image, hidden: this.hidden(), hiddenBase, caller, isAlone }
    const pid = whileIgnored(caller.ignored, () => spawnRunner(request))
    if (pid < 0) this.slots.release(slot)
    return pid
  }

  private sleep(timeoutMs?: number): Wakeup {
    const wakeup = this.doorbell.sleep(this.onReadable, timeoutMs)
    if (this.signals?.pending === true) this.signals.handle()
    return wakeup
  }

  /**
   * An order takes long: its process is stopped (by job control, or a debugger), or its file system is slow. Meanwhile the others are served, because
   * the one that is to continue it may be among them. Not threads of its own address space, of which something may be half done
   * (but see `Thread.sharesCopies`).
   */
  private serveOther(busy: Thread): boolean {
    const other = this.takePending(busy.waitingGroup)
    if (other === undefined) return false
    try {
      const later = this.handle?.(this.spun(other))
      if (later !== undefined) throw new Error('a request cannot wait for a promise inside of another')
    } catch (error) {
      if (!(error instanceof RunnerGone) || error.pid !== other.pid) throw error
    }
    return true
  }

  /** Threads that have ended by themselves. */
  private takeEnded(): void {
    for (let word = 0; word < this.slots.words; word++) {
      for (let bits = this.doorbell.takeEnded(word); bits !== 0; bits &= bits - 1) {
        const thread = this.threads[32 * word + lowestBit(bits)]
        if (thread === undefined) continue
        thread.process.threads.delete(thread)
        this.dropThread(thread)
      }
    }
  }

  private createThread(process: Process, slot: Slot): Thread {
    const thread = new Thread(this, process, slot)
    process.threads.add(thread)
    this.threads[slot.index] = thread
    this.doorbell.setPid(slot.index, process.pid)
    return thread
  }

  /** The thread has ended. */
  private dropThread(thread: Thread): void {
    if (this.expected === thread) this.expected = undefined
    thread.state = 'gone'
    this.threads[thread.slot.index] = undefined
    this.doorbell.setPid(thread.slot.index, 0)
    if (!thread.pinned) this.slots.release(thread.slot)
  }

  /**
   * The next thread that has posted a request. All that had posted when the header was last looked at come before it is looked at again, so that none waits
   * for others again and again. `not`: threads of this group wait.
   */
  private takePending(not: unknown = undefined): Thread | undefined {
    const found = this.nextPending(not)
    if (found !== undefined) return found
    let isAny = false
    for (let word = 0; word < this.slots.words; word++) {
      const bits = this.doorbell.takePending(word)
      if (bits === 0) continue
      this.pending[word] = this.pending[word]! | bits
      isAny = true
    }
    return isAny ? this.nextPending(not) : undefined
  }

  private nextPending(not: unknown): Thread | undefined {
    const { pending } = this
    for (let word = 0; word < this.slots.words; word++) {
      for (let bits = pending[word]!; bits !== 0; bits &= bits - 1) {
        const bit = lowestBit(bits)
        const thread = this.threads[32 * word + bit]
        if (not !== undefined && thread?.group === not) continue
        pending[word] = pending[word]! & ~(1 << bit)
        // A bit without a request is left over from an order's answer, which was seen by its MAIL.
        if (thread === undefined || thread === this.watchdog || !thread.takeRequest()) continue
        if (thread.process.pid === 0) this.processes.identify(thread.process, thread.tid)
        if (thread.process.ended) continue
        return thread
      }
    }
    return undefined
  }

  /** The thread that came last is the one that is likely to come next. */
  private spun(thread: Thread): Thread {
    this.expected = thread
    thread.runnerIsQuick.record(0, false)
    return thread
  }

  private slept(thread: Thread): Thread {
    this.expected = thread
    thread.runnerIsQuick.record(milliseconds() - thread.orderedAt, true)
    return thread
  }

  /** A descriptor in the poll is readable: a pidfd, whose process has ended, or another's, perhaps in the middle of an order. */
  private reap(fd: number): void {
    if (!this.processes.reap(fd)) this.watches.note(fd)
  }

  private processEnded(process: Process, status: number): void {
    process.ended = true
    if (this.watchdog?.process === process) {
      this.watchdog = undefined
      this.lostWatchdog = true
    }
    for (const thread of process.threads) this.dropThread(thread)
    this.deaths.push(new Death(process.pid, status, process.killed))
  }
}
