/**
 * One guest thread as the engine sees it: its slot, and synchronous orders. The engine's half of the mailbox (src/runtime/mailbox.ts).
 *
 * Whatever is read from the slot may have been written by the guest: numbers are only used after a range check, and nonsense ends the runner.
 */
import { ERRNO, SIGNAL, SYS } from '../runtime/host-kernel.ts'
import {
  ARGS,
  EXIT_ID,
  IN_KERNEL,
  MAIL,
  MAIL_ORDERED,
  MAIL_POSTED,
  MXCSR,
  NOT_MADE,
  ORDER,
  ORDER_BATCH,
  ORDER_CALL,
  ORDER_CLONE,
  ORDER_COPY,
  ORDER_END,
  ORDER_JUMP,
  ORDER_RESUME,
  ORDER_RETURN,
  ORDER_SIGRETURN,
  ORDER_STRING,
  ORDER_SYSCALL,
  PENDING_STOP,
  REQUEST,
  REQUEST_DONE,
  REQUEST_EXIT,
  REQUEST_FAULT,
  REQUEST_HELLO,
  REQUEST_LOOKUP_MISS,
  REQUEST_SIGNAL_AFTER,
  REQUEST_SIGNAL_BEFORE,
  REQUEST_SYSCALL,
  RESULT,
  RUNNER_SLEEPS,
  RUNNER_SPIN,
  SIGNAL_PENDING,
  SLOT_SIZE,
  STACK_OFFSET,
  STACK_SIZE,
  START,
  STATE_BIAS,
  THREAD_ID,
  TRANSFER_OFFSET,
  TRANSFER_SIZE,
} from '../runtime/layout.ts'
import { milliseconds } from '../util/clock.ts'
import { Batch } from './batch.ts'
import type { ThreadEstate } from './estate.ts'
import { SlotFault } from './fault.ts'
import { peek, peekStat, peekStatfs, poke, STAT_SIZE, STATFS_SIZE } from './peek.ts'
import type { Process } from './process.ts'
import type { RequestKind, RunnerThread } from './runner-api.ts'
import { setU64 } from './slot-setup.ts'
import type { Slot } from './slots.ts'
import { SpinPredictor } from './spin.ts'

const TWO_32 = 0x1_0000_0000
const SIG_DFL_SIZE = 32
const SIGSET_SIZE = 8
const SIG_UNBLOCK = 1
const PR_SET_DUMPABLE = 4
const DEFAULT_STRING_LIMIT = 4096
const PAGE = 4096
const MAIL_WORD = MAIL >> 2
const ARGS_WORD = ARGS >> 2
const RESULT_WORD = RESULT >> 2

const REQUEST_NAMES: (RequestKind | undefined)[] = []
REQUEST_NAMES[REQUEST_DONE] = 'done'
REQUEST_NAMES[REQUEST_HELLO] = 'hello'
REQUEST_NAMES[REQUEST_EXIT] = 'exit'
REQUEST_NAMES[REQUEST_SYSCALL] = 'syscall'
REQUEST_NAMES[REQUEST_LOOKUP_MISS] = 'lookup-miss'
REQUEST_NAMES[REQUEST_FAULT] = 'fault'
REQUEST_NAMES[REQUEST_SIGNAL_BEFORE] = 'signal-before'
REQUEST_NAMES[REQUEST_SIGNAL_AFTER] = 'signal-after'

/** The process ended while an order waited for its answer; `engine.wait()` will report the death. */
export class RunnerGone extends Error {
  override name = 'RunnerGone'
  readonly pid: number
  constructor(pid: number) {
    super(`runner ${pid} has ended`)
    this.pid = pid
  }
}

/** What a thread needs of its engine. */
export interface ThreadHost {
  /** Returns when the slot's MAIL says POSTED. Throws RunnerGone. */
  awaitPost(thread: Thread): void
  wake(thread: Thread): void
  readonly runnerSpin: number
}

/** 'ordered': a request of kind 'done' will come. */
export type ThreadState = 'starting' | 'running' | 'ordered' | 'stopped' | 'gone'

export class Thread implements RunnerThread {
  readonly slot: Slot
  /** Of the system; 0 until it has said hello. */
  tid = 0
  /** Its slot is still mapped, or about to be, by the thread that clones it: it is not to be used again even if the thread ends. */
  pinned = false
  /** While an order to it takes long, requests of threads with another group are served. */
  group: unknown = null
  /** Those of its own group are so, too, while an order does nothing but read or write guest memory: it may wait for one of them. */
  sharesCopies = false
  /** It has been cloned by `beginAt` and has made no request yet. */
  private beginsAlone = false
  /** Pages of its memory may have to come from the guest: the engine would wait for ever if it touched them itself. */
  hasMissingPages = false
  private isCopying = false
  readonly process: Process
  readonly u8: Uint8Array
  readonly i32: Int32Array
  readonly f64: Float64Array
  readonly fault: SlotFault
  state: ThreadState = 'starting'
  request: RequestKind = 'hello'
  exitId = 0
  /** The frame of a fault lies on the signal stack: the next resume must go through sigreturn. */
  private faulted = false
  /** It was sent off by `launch`, out of a fault or not. */
  private launched: 'plain' | 'fault' | null = null
  /** The request 'done' says that something of what was launched has failed. */
  launchFailed = false
  /** When the engine saw the last post: the runner waits since then. */
  private postedAt = 0
  private readonly engineIsQuick = new SpinPredictor()
  /** Says whether the engine should spin for this thread. */
  readonly runnerIsQuick = new SpinPredictor()
  /** When it was last sent off. */
  orderedAt = 0
  private ownBatch: Batch | undefined
  /** Of what is in the batch to be carried out later, and of what has been launched with it. */
  private putOff: ((result: number) => void) | null = null
  private launchedLater: ((result: number) => void) | null = null
  private readonly host: ThreadHost

  constructor(host: ThreadHost, process: Process, slot: Slot) {
    this.host = host
    this.process = process
    this.slot = slot
    this.u8 = slot.u8
    this.i32 = slot.i32
    this.f64 = slot.f64
    this.i32[RUNNER_SPIN >> 2] = host.runnerSpin
    this.fault = new SlotFault(slot, () => this.violation('a fault outside its signal stack'))
  }

  get pid(): number {
    return this.process.pid
  }

  /** What a successor of the engine is told of it. */
  get estate(): ThreadEstate {
    const { slot, tid, state, request, exitId, faulted } = this
    return { slot: slot.index, tid, state, request, exitId, faulted }
  }

  /** The other way round. */
  restore({ tid, state, request, exitId, faulted }: ThreadEstate): void {
    this.tid = tid
    this.state = state
    this.request = request
    this.exitId = exitId
    this.faulted = faulted
    if (faulted) this.fault.capture()
  }

  /** Takes the posted request, when there is one that the engine waits for. */
  takeRequest(): boolean {
    if (this.state === 'stopped' || this.state === 'gone') return false
    if (Atomics.load(this.i32, MAIL_WORD) !== MAIL_POSTED) return false
    const kind = REQUEST_NAMES[this.i32[REQUEST >> 2]!]
    if (kind === undefined) return this.violation('an unknown request')
    this.request = kind
    this.exitId = this.i32[EXIT_ID >> 2]!
    this.state = 'stopped'
    this.i32[IN_KERNEL >> 2] = 0
    if (kind === 'hello' || this.beginsAlone) {
      this.tid = this.i32[kind === 'hello' ? RESULT_WORD : THREAD_ID >> 2]!
      this.process.ownPid ||= this.tid
      this.beginsAlone = false
    }
    if ((Atomics.load(this.i32, SIGNAL_PENDING >> 2) & PENDING_STOP) !== 0) Atomics.and(this.i32, SIGNAL_PENDING >> 2, ~PENDING_STOP)
    this.postedAt = milliseconds()
    this.launchFailed = this.launched !== null && kind === 'done'
    if (this.launchFailed) this.faulted = this.launched === 'fault'
    this.launched = null
    if (!this.launchFailed) this.launchedLater = null
    if (kind === 'fault') {
      this.faulted = true
      return this.fault.capture()
    }
    return true
  }

  // Orders

  syscall(nr: number, a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0): number {
    this.ready()
    this.setSyscall(nr, a0, a1, a2, a3, a4, a5)
    this.obey(ORDER_SYSCALL)
    return this.result()
  }

  syscall64(nr: number, args: Int32Array): number {
    this.ready()
    this.setSyscall64(nr, args)
    this.obey(ORDER_SYSCALL)
    args[0] = this.i32[RESULT_WORD]!
    args[1] = this.i32[RESULT_WORD + 1]!
    return this.result()
  }

  call(nr: number, a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0): number {
    this.ready()
    this.setSyscall(nr, a0, a1, a2, a3, a4, a5)
    this.obey(ORDER_CALL)
    return this.result()
  }

  startSyscall(nr: number, a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0): void {
    this.ready()
    this.setSyscall(nr, a0, a1, a2, a3, a4, a5)
    this.state = 'ordered'
    this.order(ORDER_CALL)
  }

  startSyscall64(nr: number, args: Int32Array): void {
    this.ready()
    this.setSyscall64(nr, args)
    this.state = 'ordered'
    this.order(ORDER_CALL)
  }

  startBatch(): void {
    this.ready()
    this.anyBatch.start()
    this.state = 'ordered'
    this.order(ORDER_BATCH)
  }

  private setSyscall64(nr: number, args: Int32Array): void {
    this.setArg(0, nr)
    for (let n = 0; n < 12; n++) this.i32[ARGS_WORD + 2 + n] = args[n]!
  }

  /** Before the clone that makes it: it begins at a host address, without saying hello. */
  beginAt(hostAddress: number): void {
    setU64(this.slot, START, hostAddress)
    this.beginsAlone = true
    this.state = 'running'
  }

  /**
   * clone(2) with the host's flags. The new thread starts in `child`'s slot, which must hold its state, and says hello. The tid words are guest
   * addresses. The child's tid, -errno, or NOT_MADE. `isOverdue`: not because of an asynchronous signal.
   */
  clone(flags: number, child: Thread, parentTid: number, childTid: number, isOverdue = false): number {
    this.prepareClone(flags, child, parentTid, childTid, isOverdue)
    this.obey(ORDER_CLONE)
    return this.result()
  }

  /** The same, begun like `startSyscall`, for a clone that waits for its child. */
  startClone(flags: number, child: Thread, parentTid: number, childTid: number, isOverdue = false): void {
    this.prepareClone(flags, child, parentTid, childTid, isOverdue)
    this.state = 'ordered'
    this.order(ORDER_CLONE)
  }

  private prepareClone(flags: number, { slot }: Thread, parentTid: number, childTid: number, isOverdue: boolean): void {
    this.ready()
    this.setArg(0, flags)
    this.setArg(1, slot.address + STATE_BIAS)
    this.setArg(2, parentTid)
    this.setArg(3, childTid)
    this.setArg(4, slot.index * SLOT_SIZE)
    this.setArg(5, isOverdue ? 1 : 0)
  }

  /** The call of `startSyscall` has returned, and is to be taken for one that was not made. */
  unmakeCall(): void {
    this.i32[RESULT_WORD] = NOT_MADE
    this.i32[RESULT_WORD + 1] = -1
  }

  get syscallResult(): number {
    return this.result()
  }

  get batch(): Batch {
    this.settle()
    this.putOff = null
    return this.anyBatch
  }

  private get anyBatch(): Batch {
    return (this.ownBatch ??= new Batch(this, {
      ready: () => this.stopped(),
      carryOut: () => this.obey(ORDER_BATCH),
      result: () => this.result(),
    }))
  }

  later(failed: (result: number) => void): Batch {
    const { batch } = this
    this.putOff = failed
    return batch
  }

  /** Carries out what was put off: before anything else is ordered, and before the engine looks at the guest's memory. */
  settle(): void {
    const { putOff } = this
    if (putOff === null || this.ownBatch?.isEmpty !== false) return
    this.putOff = null
    const { hasFailed, result } = this.ownBatch.run()
    if (hasFailed) putOff(result)
  }

  recoverLater(): boolean {
    const { launchedLater } = this
    this.launchedLater = null
    if (launchedLater === null) return false
    launchedLater(this.anyBatch.outcome().result)
    return true
  }

  read(address: number, length: number): Uint8Array | null {
    this.settle()
    const seen = this.hasMissingPages || length > PAGE ? null : peek(this.pid, address, length)
    if (seen !== null) return seen
    const bytes = this.readPartial(address, length)
    return bytes.length === length ? bytes : null
  }

  readPartial(address: number, length: number): Uint8Array {
    if (length > TRANSFER_SIZE) throw new RangeError(`a read of ${length} bytes does not fit the transfer area`)
    const copied = this.copy(this.slot.address + TRANSFER_OFFSET, address, length)
    return this.u8.subarray(TRANSFER_OFFSET, TRANSFER_OFFSET + copied)
  }

  readPage(address: number): Uint8Array {
    this.settle()
    const length = PAGE - (address % PAGE)
    return (this.hasMissingPages ? null : peek(this.pid, address, length)) ?? this.readPartial(address, length)
  }

  writeShort(address: number, bytes: Uint8Array): boolean {
    this.settle()
    return (!this.hasMissingPages && bytes.length <= PAGE && poke(this.pid, address, bytes)) || this.write(address, bytes)
  }

  write(address: number, bytes: Uint8Array): boolean {
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(bytes.length - done, TRANSFER_SIZE)
      this.ready()
      this.u8.set(length === bytes.length ? bytes : bytes.subarray(done, done + length), TRANSFER_OFFSET)
      if (this.copy(address + done, this.slot.address + TRANSFER_OFFSET, length) < length) return false
      done += length
    }
    return true
  }

  readString(address: number, limit = DEFAULT_STRING_LIMIT): Uint8Array | number {
    const most = Math.min(limit, TRANSFER_SIZE)
    this.ready()
    this.setArg(0, this.slot.address + TRANSFER_OFFSET)
    this.setArg(1, address)
    this.setArg(2, most)
    this.obeyCopy(ORDER_STRING)
    const copied = this.lengthResult(most)
    if (copied > 0 && this.u8[TRANSFER_OFFSET + copied - 1] === 0) return this.u8.subarray(TRANSFER_OFFSET, TRANSFER_OFFSET + copied - 1)
    return copied < most ? -ERRNO.EFAULT : -ERRNO.ENAMETOOLONG
  }

  readStat(fd: number): Uint8Array | number {
    return peekStat(this.filesPid, fd) ?? this.askOf(SYS.fstat, fd, STAT_SIZE)
  }

  readStatfs(fd: number): Uint8Array | number {
    return peekStatfs(this.filesPid, fd) ?? this.askOf(SYS.fstatfs, fd, STATFS_SIZE)
  }

  /** The process whose open files are certainly the thread's; 0: none. */
  private get filesPid(): number {
    return this.process.threads.size === 1 ? this.pid : 0
  }

  private askOf(call: number, fd: number, size: number): Uint8Array | number {
    const { address, bytes } = this.scratch(size)
    const result = this.syscall(call, fd, address)
    return result < 0 ? result : bytes
  }

  scratch(length: number): { readonly address: number; readonly bytes: Uint8Array } {
    if (length > TRANSFER_SIZE) throw new RangeError(`${length} bytes do not fit the transfer area`)
    this.settle()
    return { address: this.slot.address + TRANSFER_OFFSET, bytes: this.u8.subarray(TRANSFER_OFFSET, TRANSFER_OFFSET + length) }
  }

  resume(hostAddress: number): void {
    const { putOff } = this
    this.putOff = null
    if (putOff !== null && !this.anyBatch.isEmpty) {
      this.launch(hostAddress)
      this.launchedLater = putOff
      return
    }
    this.ready()
    if (this.faulted) {
      this.fault.redirect(hostAddress, this.slot.address + STATE_BIAS, this.slot.address + STACK_OFFSET + STACK_SIZE)
      this.resumeFault()
      return
    }
    this.setArg(0, hostAddress)
    this.state = 'running'
    this.order(ORDER_RESUME)
  }

  /** Carries out what is in the batch, then goes on as `resume` does. The next request is 'done' with `launchFailed` when something fails before. */
  launch(hostAddress: number): void {
    this.ready()
    this.launched = this.faulted ? 'fault' : 'plain'
    if (this.faulted) {
      this.fault.redirect(hostAddress, this.slot.address + STATE_BIAS, this.slot.address + STACK_OFFSET + STACK_SIZE)
      this.anyBatch.launch(ORDER_SIGRETURN)
    } else this.anyBatch.launch(ORDER_RESUME, hostAddress)
    this.faulted = false
    this.state = 'running'
    this.order(ORDER_BATCH)
  }

  resumeSyscall(): void {
    if (this.request !== 'syscall') throw new Error('resumeSyscall: the thread did not stop at a system call')
    this.ready()
    this.state = 'running'
    this.order(ORDER_RETURN)
  }

  enterThunk(hostAddress: number): void {
    if (this.request !== 'syscall') throw new Error('enterThunk: the thread did not stop at a system call')
    this.ready()
    this.setArg(0, hostAddress)
    this.state = 'running'
    this.order(ORDER_JUMP)
  }

  resumeFault(): void {
    if (!this.faulted) throw new Error('resumeFault: the thread did not stop at a fault')
    this.settle()
    this.faulted = false
    this.state = 'running'
    this.order(ORDER_SIGRETURN)
  }

  get inFault(): boolean {
    return this.faulted
  }

  get mxcsr(): number {
    return this.faulted ? this.fault.mxcsr : this.i32[MXCSR >> 2]!
  }

  set mxcsr(value: number) {
    if (this.faulted) this.fault.mxcsr = value
    else this.i32[MXCSR >> 2] = value
  }

  exit(code: number): void {
    this.ready()
    this.process.endStatus = (code & 0xff) << 8
    this.setSyscall(SYS.exit_group, code, 0, 0, 0, 0, 0)
    this.state = 'ordered'
    this.order(ORDER_SYSCALL)
  }

  end(code: number): void {
    this.ready()
    this.setArg(0, code)
    this.state = 'ordered'
    this.order(ORDER_END)
  }

  die(signal: number, mayDump = false): void {
    this.process.endStatus = signal
    // A core dump would be of the runner, not of the guest.
    if (!mayDump) this.syscall(SYS.prctl, PR_SET_DUMPABLE, 0)
    const { address, bytes } = this.scratch(SIG_DFL_SIZE + SIGSET_SIZE)
    bytes.fill(0)
    if (signal !== SIGNAL.SIGKILL && signal !== SIGNAL.SIGSTOP) this.syscall(SYS.rt_sigaction, signal, address, 0, SIGSET_SIZE)
    bytes[SIG_DFL_SIZE + ((signal - 1) >> 3)] = 1 << ((signal - 1) & 7)
    this.syscall(SYS.rt_sigprocmask, SIG_UNBLOCK, address + SIG_DFL_SIZE, 0, SIGSET_SIZE)
    const pid = this.syscall(SYS.getpid)
    // To this thread: one that may go to any thread can let this one return before the process ends.
    this.setSyscall(SYS.tgkill, pid, this.tid, signal, 0, 0, 0)
    this.state = 'ordered'
    this.order(ORDER_SYSCALL)
  }

  // The mailbox

  /** The thread takes orders, and has nothing to do before. */
  private ready(): void {
    this.settle()
    this.stopped()
  }

  /** A thread that was just spawned says hello first. */
  private stopped(): void {
    if (this.state === 'stopped') return
    if (this.state === 'gone') throw new RunnerGone(this.pid)
    if (this.state !== 'starting') throw new Error(`an order to a thread that is ${this.state}`)
    this.host.awaitPost(this)
    if (!this.takeRequest()) throw new RunnerGone(this.pid)
  }

  private order(order: number): void {
    this.orderedAt = milliseconds()
    this.engineIsQuick.record(this.orderedAt - this.postedAt, false)
    this.i32[RUNNER_SPIN >> 2] = this.engineIsQuick.spins ? this.host.runnerSpin : 0
    this.i32[ORDER >> 2] = order
    Atomics.store(this.i32, MAIL_WORD, MAIL_ORDERED)
    if (Atomics.load(this.i32, RUNNER_SLEEPS >> 2) !== 0) this.host.wake(this)
  }

  private obey(order: number): void {
    this.order(order)
    this.host.awaitPost(this)
    this.postedAt = milliseconds()
  }

  private obeyCopy(order: number): void {
    this.isCopying = true
    this.obey(order)
    this.isCopying = false
  }

  /** Threads of this group are not served while its order takes long; undefined: all are. */
  get waitingGroup(): unknown {
    return this.isCopying && this.sharesCopies ? undefined : this.group
  }

  private copy(to: number, from: number, length: number): number {
    this.ready()
    this.setArg(0, to)
    this.setArg(1, from)
    this.setArg(2, length)
    this.obeyCopy(ORDER_COPY)
    return this.lengthResult(length)
  }

  private setSyscall(nr: number, a0: number, a1: number, a2: number, a3: number, a4: number, a5: number): void {
    this.setArg(0, nr)
    this.setArg(1, a0)
    this.setArg(2, a1)
    this.setArg(3, a2)
    this.setArg(4, a3)
    this.setArg(5, a4)
    this.setArg(6, a5)
  }

  private setArg(n: number, value: number): void {
    const word = ARGS_WORD + 2 * n
    const lo = value | 0
    this.i32[word] = lo
    this.i32[word + 1] = lo === value ? lo >> 31 : Math.floor(value / TWO_32)
  }

  private result(): number {
    return this.i32[RESULT_WORD + 1]! * TWO_32 + (this.i32[RESULT_WORD]! >>> 0)
  }

  private lengthResult(most: number): number {
    const length = this.result()
    if (!(length >= 0 && length <= most)) {
      this.violation('a copy longer than asked for')
      return 0
    }
    return length
  }

  /** The slot holds what no runner of ours writes: the guest has overwritten it. The process is ended. */
  private violation(what: string): false {
    this.process.kill(what)
    return false
  }
}
