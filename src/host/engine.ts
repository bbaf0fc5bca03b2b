/**
 * The engine's side of all runners: the memory that they share, starting them, and waiting for their requests.
 *
 *   const engine = new Engine({ pcOffset, syscallNumberOffset })      // slot offsets of the guest's pc (u64) and system call number (u32)
 *   engine.code.write(codeStart, machineCode)                         // codeStart = engine.runtime.end: free for code, thunks and tables
 *   const thread = engine.spawn()
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
import { POLLIN, SYS } from '../runtime/host-kernel.ts'
import {
  CODE_AREA_SIZE,
  CODE_SIZE,
  COMM,
  CONTROL_AREA_BASE,
  DOORBELL_VALUE,
  ENGINE_POLLFD,
  HIDDEN_ENGINE,
  HIDDEN_FDS,
  JUMP_NO_PC,
  JUMPS_OFFSET,
  MAIL,
  MAIL_POSTED,
  PENDING,
  PENDING_BIT,
  PENDING_WORD,
  SELF,
  SLEEP_LIMIT,
  SLOT_COUNT,
  STATE_BIAS,
} from '../runtime/layout.ts'
import { buildRuntime, type Runtime, type RuntimeOptions } from '../runtime/runtime.ts'
import { milliseconds } from '../util/clock.ts'
import { type HostCpu, parseHostCpu } from '../x64/cpu.ts'
import { type CallerState, callerState } from './caller.ts'
import { CodeArea } from './code-area.ts'
import { hostCpuFeatures } from './cpuid.ts'
import { Doorbell, lowestBit, type Wakeup } from './doorbell.ts'
import { closeFd, HostError, must, scratch } from './memory.ts'
import { hostSyscall } from './native.ts'
import { createProcess, Death, type Process } from './process.ts'
import { EngineSignals, ignoreSignals, killSelf, whileIgnored } from './signals.ts'
import { type Slot, Slots } from './slots.ts'
import { hiddenFdsBase, openRunnerImage, setOpenFiles, spawnRunner } from './spawn.ts'
import { spinLimits } from './spin.ts'
import { RunnerGone, Thread, type ThreadHost } from './thread.ts'

export { CALLER_VARIABLE, type CallerState, callerState } from './caller.ts'
export { HostError } from './memory.ts'
export { Death } from './process.ts'
export { RunnerGone } from './thread.ts'

export interface EngineOptions extends RuntimeOptions {
  /** As `parseHostCpu` takes it. */
  readonly hostCpu?: string
  readonly caller?: CallerState
}

export interface SpawnOptions {
  /** The name that ps shows, at most 15 bytes. */
  readonly name?: string
}

const SIGNAL_EXIT_BASE = 128
const FUTEX_WAKE = 1
const WNOHANG = 1
const SLEEP_SECONDS = 2
const COMM_SIZE = 16
const TWO_32 = 0x1_0000_0000

export class Engine implements ThreadHost {
  readonly runtime: Runtime
  readonly code: CodeArea
  readonly hostCpu: HostCpu
  readonly runnerSpin: number
  private readonly engineSpin: number
  private expected: Thread | undefined
  private signals: EngineSignals | undefined
  private readonly slots: Slots
  private readonly doorbell: Doorbell
  private readonly threads: (Thread | undefined)[] = []
  private readonly processes = new Map<number, Process>()
  private readonly deaths: Death[] = []
  private readonly image: number
  private readonly pidfd: number
  private readonly caller: CallerState
  private readonly hiddenBase: number
  private readonly onReadable = (fd: number) => this.reap(fd)

  constructor(options: EngineOptions) {
    // First: what is opened afterwards would look inherited.
    this.caller = options.caller ?? callerState()
    this.slots = new Slots()
    this.doorbell = new Doorbell(this.slots.header, SLOT_COUNT)
    this.hostCpu = parseHostCpu(options.hostCpu ?? 'native', hostCpuFeatures())
    const limits = spinLimits()
    this.engineSpin = limits.engine
    this.runnerSpin = limits.runner
    this.runtime = buildRuntime(options)
    this.code = new CodeArea()
    this.code.write(this.runtime.entryPoints.start, this.runtime.bytes)
    this.image = openRunnerImage()
    this.pidfd = must('pidfd_open', hostSyscall(SYS.pidfd_open, process.pid, 0))
    this.hiddenBase = hiddenFdsBase(this.caller.openFiles, this.caller.fds)
    ignoreSignals(this.caller.ignored)
  }

  /** Starts a runner. It says hello at the first order, or to `wait` when no order comes before. */
  spawn(options: SpawnOptions = {}): Thread {
    const slot = this.slots.take()
    if (slot === null) throw new HostError(`there are already ${SLOT_COUNT - 1} guest threads`)
    this.prepareSlot(slot, options.name ?? 'demotic')
    const pid = this.start(slot)
    if (this.caller.openFiles !== null) setOpenFiles(pid, this.caller.openFiles)
    const runner = createProcess(pid, must('pidfd_open', hostSyscall(SYS.pidfd_open, pid, 0)))
    const thread = new Thread(this, runner, slot)
    runner.threads.add(thread)
    this.threads[slot.index] = thread
    this.processes.set(runner.pidfd, runner)
    this.doorbell.watch(runner.pidfd)
    return thread
  }

  /** The next thread that has stopped with a request, or a process that has ended. null: a signal handler of JavaScript wants to run. */
  wait(): Thread | Death | null {
    if (this.signals?.pending === true) this.signals.handle()
    const death = this.deaths.shift()
    if (death !== undefined) return death
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
      const wakeup = this.sleep()
      const woken = this.takePending()
      if (woken !== undefined) return this.slept(woken)
      const late = this.deaths.shift()
      if (late !== undefined) return late
      if (wakeup === 'interrupted') return null
    }
  }

  /**
   * Hands every request to `handle` until `root`'s process has ended. The event loop turns only when a signal interrupts the wait or `handle` returns a promise.
   */
  async serve(root: Thread, handle: (thread: Thread) => void | Promise<void>): Promise<Death> {
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
      } else if (event.pid === root.pid) return event
    }
  }

  /**
   * Makes this thread's process the one that the engine stands for: signals sent to the engine go to it, and the engine stops when it stops.
   * See signals.ts.
   */
  standFor(thread: Thread): void {
    this.signals?.close()
    this.signals = new EngineSignals(this.doorbell.fd, thread.process, (pid) => this.isRunner(pid))
  }

  /** Number of runner processes. */
  get processCount(): number {
    return this.processes.size
  }

  /** Ends all runners and gives back all memory and descriptors. No view of a slot or of code may be used any more. */
  close(): void {
    this.signals?.close()
    this.signals = undefined
    for (const runner of this.processes.values()) runner.kill('the engine closes')
    while (this.processes.size > 0) {
      this.doorbell.prepareToSleep()
      this.doorbell.sleep(this.onReadable)
    }
    this.doorbell.close()
    this.slots.close()
    this.code.close()
    closeFd(this.image)
    closeFd(this.pidfd)
  }

  // ThreadHost

  awaitPost(thread: Thread): void {
    const { i32 } = thread
    for (let n = 0; n < this.engineSpin; n++) if (Atomics.load(i32, MAIL >> 2) === MAIL_POSTED) return
    while (Atomics.load(i32, MAIL >> 2) !== MAIL_POSTED) {
      if (thread.state === 'gone') throw new RunnerGone(thread.pid)
      this.doorbell.prepareToSleep()
      if (Atomics.load(i32, MAIL >> 2) === MAIL_POSTED) break
      this.sleep()
    }
    this.doorbell.stayAwake()
    if (thread.state === 'gone') throw new RunnerGone(thread.pid)
  }

  wake(thread: Thread): void {
    hostSyscall(SYS.futex, thread.slot.engineAddress + MAIL, FUTEX_WAKE, 1)
  }

  // Private

  private start(slot: Slot): number {
    try {
      return whileIgnored(this.caller.ignored, () =>
        spawnRunner({
          slot: slot.index,
          image: this.image,
          hidden: [this.slots.fd, this.code.fd, this.doorbell.fd, this.pidfd, this.image],
          hiddenBase: this.hiddenBase,
          caller: this.caller,
        }),
      )
    } catch (error) {
      this.slots.release(slot)
      throw error
    }
  }

  private sleep(): Wakeup {
    const wakeup = this.doorbell.sleep(this.onReadable)
    if (this.signals?.pending === true) this.signals.handle()
    return wakeup
  }

  private isRunner(pid: number): boolean {
    for (const runner of this.processes.values()) if (runner.pid === pid) return true
    return false
  }

  private takePending(): Thread | undefined {
    const { words } = this.slots
    for (let word = 0; word < words; word++) {
      let bits = this.doorbell.takePending(word)
      while (bits !== 0) {
        const bit = lowestBit(bits)
        bits &= bits - 1
        const thread = this.threads[32 * word + bit]
        // A bit without a request is left over from an order's answer, which was seen by its MAIL.
        if (thread === undefined || !thread.takeRequest()) continue
        if (bits !== 0) this.doorbell.putBack(word, bits)
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

  private prepareSlot(slot: Slot, name: string): void {
    const { i32, u8 } = slot
    const u64 = (offset: number, value: number) => {
      i32[offset >> 2] = value >>> 0
      i32[(offset >> 2) + 1] = Math.floor(value / TWO_32)
    }
    u64(SELF, slot.address + STATE_BIAS)
    u64(PENDING_WORD, CONTROL_AREA_BASE + PENDING + 4 * (slot.index >> 5))
    i32[PENDING_BIT >> 2] = 1 << (slot.index & 31)
    i32[HIDDEN_FDS >> 2] = this.hiddenBase
    i32[ENGINE_POLLFD >> 2] = this.hiddenBase + HIDDEN_ENGINE
    i32[(ENGINE_POLLFD >> 2) + 1] = POLLIN
    u64(SLEEP_LIMIT, SLEEP_SECONDS)
    u64(DOORBELL_VALUE, 1)
    u64(CODE_SIZE, CODE_AREA_SIZE)
    u8.set(new TextEncoder().encode(name).subarray(0, COMM_SIZE - 1), COMM)
    i32[JUMPS_OFFSET >> 2] = JUMP_NO_PC
    i32[(JUMPS_OFFSET >> 2) + 1] = JUMP_NO_PC
  }

  /** A pidfd is readable: its process has ended. */
  private reap(pidfd: number): void {
    const runner = this.processes.get(pidfd)
    if (runner === undefined) return
    const s = scratch()
    const at = s.take(4)
    const pid = hostSyscall(SYS.wait4, runner.pid, s.address + at, WNOHANG, 0)
    if (pid === 0) return
    runner.ended = true
    this.processes.delete(pidfd)
    this.doorbell.unwatch(pidfd)
    closeFd(pidfd)
    for (const thread of runner.threads) {
      if (this.expected === thread) this.expected = undefined
      thread.state = 'gone'
      this.threads[thread.slot.index] = undefined
      this.slots.release(thread.slot)
    }
    this.deaths.push(new Death(runner.pid, pid === runner.pid ? s.i32[at >> 2]! : 0, runner.killed))
  }
}

/**
 * Ends the engine's process as the guest's ended: with its exit code, or by the same signal. Never returns.
 *
 * At once, without Node's own end: that takes 7 ms, waits until stdout and stderr are on disk, and gives the terminal back the modes that it had at
 * our start, which undoes what a guest (stty) wanted. A Node that was started with options or for coverage may have something to write.
 */
export function endLike(death: Death): never {
  if (death.exitCode === null) killSelf(death.signal)
  const code = death.exitCode ?? SIGNAL_EXIT_BASE + death.signal
  const { NODE_OPTIONS: options, NODE_V8_COVERAGE: coverage } = process.env
  if (process.execArgv.length === 0 && !options && !coverage) hostSyscall(SYS.exit_group, code)
  process.exit(code)
}
