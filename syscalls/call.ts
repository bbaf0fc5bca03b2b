/**
 * One system call that came to the engine, and what its handlers see.
 *
 * The guest's argument registers are lo/hi int32 pairs; handlers take them as numbers (addresses and sizes exact to 2^53). Whatever is
 * read from guest memory is copied: a view would not survive the next order.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { type Abi, type GuestAbi, writeRegister } from './abi/abi.ts'
import { errno } from './abi/errno.ts'
import { type Layout, layout, type Shape } from './abi/shape.ts'
import type { ProcessState } from './process-state.ts'
import { madeRow, type Row } from './row.ts'
import { type ArgumentSource, argumentSources, narrowValue, ownSources } from './sources.ts'

/**
 * - a number: the result, -errno on failure, exact to 2^53
 * - `pass`: not this handler's case: the next one, in the end the row itself, answers
 * - `done`: the result (or a wholly new state) stands in the guest's registers
 * - `gone`: the thread does not go on; whoever says so has seen to it
 * - `restart`: a signal was taken before the call had an effect: it is delivered with the pc of the call, which is made again behind it
 * - an Underway: an order was begun that may take long; its result goes to `finish`
 */
export type Outcome = number | 'pass' | 'done' | 'gone' | 'restart' | Underway

export interface Underway {
  /** `result`: as the order gives it, never NOT_MADE, which is a `restart` after `cancel`. */
  finish(result: number): Exclude<Outcome, Underway | 'pass'>
  cancel(): void
}

export type Handler = (call: Call) => Outcome

/** Those of `runtime.entryPoints` that rt_sigaction tells the host. */
export interface HostSignalHandlers {
  readonly signalHandler: number
  readonly faultHandler: number
  readonly signalRestorer: number
}

/** What system calls need of the world around them; one per guest process. */
export interface SyscallContext {
  readonly abi: GuestAbi
  readonly host: Abi
  readonly process: ProcessState
  /** linux-user's handlers by name; asked before ours. */
  readonly handlers: Pick<ReadonlyMap<string, Handler>, 'get'>
  /** What file really stands behind a name (sysroot), its last component's symbolic link followed or not. Absent when no sysroot is in force. */
  readonly mapPath: ((path: Uint8Array, follow: boolean) => Uint8Array) | null
  /** Lines of -strace. */
  readonly trace: ((line: string) => void) | null
  /** Lines of -d unimp. */
  readonly unimplemented: ((line: string) => void) | null
  /**
   * Makes guest pages writable again that are write-protected because code was translated from them, in [address, address + length).
   * True when there were any: a call that failed with EFAULT is then made again.
   */
  readonly openPages: ((thread: RunnerThread, address: number, length: number) => boolean) | null
  /** The host's handlers of the guest's signals; null: handlers of the guest are kept, but never called. */
  readonly signals: HostSignalHandlers | null
  /** Signals whose default action is the engine's to take, though they are no faults: they are caught in the kernel. */
  readonly catchesDefault?: (signal: number) => boolean
  /** The same for signals that the guest ignores. */
  readonly catchesIgnored?: (signal: number) => boolean
  /** Whether the thread may make the call of this number ('pass'), and what it gets instead: seccomp. */
  readonly judge?: (thread: RunnerThread, number: number) => Outcome
  /** What becomes of a call that there is none of; 'pass': ENOSYS. */
  readonly unknownCall?: (thread: RunnerThread, number: number) => Outcome
  /** The action of a signal is another one from now on: what the runner keeps of it is no longer right. */
  readonly actionChanged?: (signal: number) => void
  /** What the guest's action for a signal is: the runner may keep it (action-thunk.ts). */
  readonly actionKnown?: (thread: RunnerThread, signal: number, action: Uint8Array) => void
  /** Calls are begun with `startSyscall`, so that the engine serves other threads while one blocks: see `finishSyscall`. */
  readonly startCalls: boolean
}

const TWO_32 = 0x1_0000_0000
/** Argument registers of a system call. */
export const ARGUMENT_COUNT = 6
const PATH_MAX = 4096

export class Call {
  readonly ctx: SyscallContext
  readonly thread: RunnerThread
  readonly number: number
  /** What is made: the guest's call, or the one that it is an older form of. */
  readonly row: Row
  /** The arguments of that as lo/hi pairs. */
  readonly args: Int32Array
  private readonly asked: Row

  constructor(ctx: SyscallContext, thread: RunnerThread, number: number, row: Row) {
    this.ctx = ctx
    this.thread = thread
    this.number = number
    this.asked = row
    this.row = madeRow(row)
    this.args = readSources(argumentSources(ctx.abi, row), thread)
  }

  /** Argument `n` is what an older form of the call stands for. */
  isImplied(n: number): boolean {
    return argumentSources(this.ctx.abi, this.asked)[n]!.kind === 'constant'
  }

  /** Argument `n` as an address, a size or another unsigned 64-bit value. */
  arg(n: number): number {
    return (this.args[2 * n + 1]! >>> 0) * TWO_32 + (this.args[2 * n]! >>> 0)
  }

  /** Argument `n` as a signed 64-bit value. */
  long(n: number): number {
    return this.args[2 * n + 1]! * TWO_32 + (this.args[2 * n]! >>> 0)
  }

  /** Argument `n` as a C int. */
  int(n: number): number {
    return this.args[2 * n]!
  }

  /** Argument `n` as an unsigned int. */
  uint(n: number): number {
    return this.args[2 * n]! >>> 0
  }

  setArg(n: number, value: number): void {
    setPair(this.args, n, value)
  }

  hostNumber(name: string): number {
    const number = this.ctx.host.numbers[name]
    if (number === undefined) throw new Error(`the host has no system call ${name}`)
    return number
  }

  guestLayout(shape: Shape): Layout {
    return layout(this.ctx.abi, shape)
  }

  hostLayout(shape: Shape): Layout {
    return layout(this.ctx.host, shape)
  }

  /** A copy of guest memory, or null: EFAULT. */
  read(address: number, length: number): Uint8Array | null {
    return this.thread.read(address, length)?.slice() ?? null
  }

  /** The guest's structure at `address`, as its bytes. */
  readStruct(address: number, shape: Shape): Uint8Array | null {
    return this.read(address, this.guestLayout(shape).size)
  }

  /** 0 or -EFAULT. */
  write(address: number, bytes: Uint8Array): number {
    if (this.thread.writeShort(address, bytes)) return 0
    if (!this.ctx.openPages?.(this.thread, address, bytes.length)) return -errno.EFAULT
    return this.thread.write(address, bytes) ? 0 : -errno.EFAULT
  }

  /** The name in argument `n` without its NUL, or -errno. */
  path(n: number): Uint8Array | number {
    const page = this.thread.readPage(this.arg(n))
    const end = page.indexOf(0)
    if (end >= 0) return Buffer.from(page.subarray(0, end))
    const bytes = this.thread.readString(this.arg(n), PATH_MAX)
    return typeof bytes === 'number' ? bytes : bytes.slice()
  }
}

/** The argument registers as they are, as lo/hi pairs. */
export function readArguments({ argumentsAt, registerSize }: GuestAbi, thread: RunnerThread): Int32Array {
  const args = new Int32Array(2 * ARGUMENT_COUNT)
  for (let n = 0; n < ARGUMENT_COUNT; n++) {
    const at = argumentsAt[n]! >> 2
    args[2 * n] = thread.i32[at]!
    args[2 * n + 1] = registerSize === 8 ? thread.i32[at + 1]! : 0
  }
  return args
}

/** Arguments of a call as its row has them: for text. */
export function shownArguments(abi: GuestAbi, thread: RunnerThread, row: Row): Int32Array {
  return readSources(ownSources(abi, row), thread)
}

function readSources(sources: readonly ArgumentSource[], { i32 }: RunnerThread): Int32Array {
  const args = new Int32Array(2 * ARGUMENT_COUNT)
  for (const [n, source] of sources.entries()) {
    if (source.kind === 'constant') setPair(args, n, source.value)
    else if (source.kind === 'wide') {
      args[2 * n] = i32[source.at >> 2]!
      args[2 * n + 1] = i32[(source.at >> 2) + 1]!
    } else setPair(args, n, narrowValue(source, i32[source.at >> 2]!))
  }
  return args
}

function setPair(args: Int32Array, n: number, value: number): void {
  args[2 * n] = value | 0
  args[2 * n + 1] = Math.floor(value / TWO_32)
}

/** The result of a call, where the guest expects it. */
export function writeResult(abi: GuestAbi, thread: RunnerThread, value: number): void {
  writeRegister(abi, thread.i32, abi.resultAt, value)
}

/** The same in halves. */
export function writeResultPair({ resultAt, registerSize }: GuestAbi, { i32 }: RunnerThread, lo: number, hi: number): void {
  i32[resultAt >> 2] = lo
  if (registerSize === 8) i32[(resultAt >> 2) + 1] = hi
}

/** What stands there, signed: lo and hi. */
export function readResult({ resultAt, registerSize }: GuestAbi, { i32 }: RunnerThread): readonly [number, number] {
  const lo = i32[resultAt >> 2]!
  return [lo, registerSize === 8 ? i32[(resultAt >> 2) + 1]! : lo >> 31]
}
