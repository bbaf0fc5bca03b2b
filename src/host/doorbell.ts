/**
 * How the engine waits: the header that it shares with all runners, the doorbell, and the pidfds of all processes in one poll.
 * See src/runtime/mailbox.ts for the other side and the order of stores that makes a lost wake-up impossible.
 */
import { ERRNO, POLLIN, SYS } from '../runtime/host-kernel.ts'
import { DOORBELL_ONE, ENDED, ENGINE_SLEEPS, PENDING, PIDS } from '../runtime/layout.ts'
import { closeFd, must, Scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

const EFD_CLOEXEC = 0o2000000
const EFD_NONBLOCK = 0o4000
const POLLFD_SIZE = 8
const DOORBELL_READ_SIZE = 16
const BITS = 32
/** A runner whose guest has overwritten its mailbox may not ring: look without being called, now and then. */
const LOOK_AGAIN_MS = 2000

/** What may end a sleep. */
export type Wakeup = 'rang' | 'interrupted'

export class Doorbell {
  readonly fd: number
  private readonly header: Int32Array
  /** read buffer, then one pollfd for the doorbell and one for each watched descriptor */
  private readonly memory: Scratch
  private readonly watched: number[] = []

  /** A new bell, or that of a predecessor. */
  constructor(header: Int32Array, capacity: number, inherited?: number) {
    this.header = header
    this.fd = inherited ?? must('eventfd2', hostSyscall(SYS.eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK))
    this.memory = new Scratch(DOORBELL_READ_SIZE + POLLFD_SIZE * (capacity + 1))
    this.setPollfd(0, this.fd)
    header[DOORBELL_ONE >> 2] = 1
  }

  watch(fd: number): void {
    this.watched.push(fd)
    this.setPollfd(this.watched.length, fd)
  }

  unwatch(fd: number): void {
    const at = this.watched.indexOf(fd)
    if (at < 0) return
    const last = this.watched.pop()!
    if (last === fd) return
    this.watched[at] = last
    this.setPollfd(at + 1, last)
  }

  /** Whose thread has a slot: for those who notice that the engine has been killed. */
  setPid(slot: number, pid: number): void {
    this.header[(PIDS >> 2) + slot] = pid
  }

  /** Slots 32 * word + n whose bits n are set have posted; takes the bits. */
  takePending(word: number): number {
    const at = (PENDING >> 2) + word
    return Atomics.load(this.header, at) === 0 ? 0 : Atomics.exchange(this.header, at, 0)
  }

  /** The same of slots whose threads have ended. */
  takeEnded(word: number): number {
    const at = (ENDED >> 2) + word
    return Atomics.load(this.header, at) === 0 ? 0 : Atomics.exchange(this.header, at, 0)
  }

  /** From now on whoever posts rings. Look at what you wait for once more, then `sleep` or `stayAwake`. */
  prepareToSleep(): void {
    Atomics.store(this.header, ENGINE_SLEEPS >> 2, 1)
  }

  stayAwake(): void {
    Atomics.store(this.header, ENGINE_SLEEPS >> 2, 0)
  }

  /** Sleeps until the bell rings or a watched descriptor is readable, or a while has passed; calls `readable` for each of those. */
  sleep(readable: (fd: number) => void, timeoutMs = LOOK_AGAIN_MS): Wakeup {
    const { memory } = this
    const result = hostSyscall(SYS.poll, memory.address + DOORBELL_READ_SIZE, this.watched.length + 1, timeoutMs)
    this.stayAwake()
    if (result === -ERRNO.EINTR) return 'interrupted'
    must('poll', result)
    if (this.revents(0) !== 0) hostSyscall(SYS.read, this.fd, memory.address, 8)
    // `readable` may unwatch: collect first.
    let found: number[] | undefined
    for (let n = 1; n <= this.watched.length; n++) {
      if (this.revents(n) === 0) continue
      found ??= []
      found.push(this.watched[n - 1]!)
    }
    if (found !== undefined) for (const fd of found) readable(fd)
    return 'rang'
  }

  close(): void {
    this.memory.close()
    closeFd(this.fd)
  }

  private setPollfd(n: number, fd: number): void {
    const at = (DOORBELL_READ_SIZE + n * POLLFD_SIZE) >> 2
    this.memory.i32[at] = fd
    this.memory.i32[at + 1] = POLLIN
  }

  private revents(n: number): number {
    return this.memory.i32[(DOORBELL_READ_SIZE + n * POLLFD_SIZE + 4) >> 2]! >>> 16
  }
}

/** Bit numbers of a bitmap word come from this: index of the lowest set bit. */
export function lowestBit(word: number): number {
  return BITS - 1 - Math.clz32(word & -word)
}
