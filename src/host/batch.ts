/**
 * Several orders to a runner at the price of one: they are written down, then carried out one after the other until one fails. For sequences whose results
 * are known beforehand or not needed until all is done (loading a program, building a signal frame).
 *
 *   batch.syscall(SYS.mmap, …)
 *   batch.write(guestAddress, bytes)
 *   const { done, result } = batch.run()       // done = 2, or the number of the one that failed and its result
 *
 *   const fd = batch.syscall(SYS.openat, …)
 *   batch.pass(fd, 0)                          // the next order's first argument is what openat will have returned
 *   batch.syscall(SYS.fstat, 0, batch.space(144).address)
 *
 * A batch may also end with the thread going on (`Thread.launch`); then there is an answer only when something has failed.
 *
 * The bytes of `write` and `data` lie in the transfer area until then: nothing else that uses it may come between. When the next one does not fit, what there is
 * is carried out at once; a failure is kept and told by `run`, and nothing behind it is done.
 */
import { BATCH, BATCH_ENTRY_SIZE, BATCH_LEFT, BATCH_NEXT, BATCH_SIZE, ORDER_CALL, ORDER_COPY, ORDER_SYSCALL, TRANSFER_OFFSET, TRANSFER_SIZE } from '../runtime/layout.ts' // biome-ignore format: a list
import type { Slot } from './slots.ts'

const TWO_32 = 0x1_0000_0000
const ALIGNMENT = 16
const ARGUMENTS = 7
const WORD = 8

export interface BatchOutcome {
  /** How many succeeded. */
  readonly done: number
  /** Of the last one that was carried out: of a write, the bytes that were copied. */
  readonly result: number
  /** Of each that succeeded. */
  readonly results: readonly number[]
  readonly hasFailed: boolean
}

export interface BatchRunner {
  /** The thread takes orders. */
  ready(): void
  /** Gives the order and waits for the answer. */
  carryOut(): void
  result(): number
}

export class Batch {
  private readonly slot: Slot
  private readonly runner: BatchRunner
  private count = 0
  /** Entries of what was launched last. */
  private launched = 0
  /** Bytes of the transfer area that are taken. */
  private used = 0
  private results: number[] = []
  /** The result of the one that failed. */
  private failed: number | null = null
  /** Length of each entry's copy, 0 for a system call. */
  private readonly lengths: number[] = new Array(BATCH_SIZE).fill(0)

  constructor({ slot }: { readonly slot: Slot }, runner: BatchRunner) {
    this.slot = slot
    this.runner = runner
  }

  get isEmpty(): boolean {
    return this.count === 0
  }

  /** The number of the order, under which its result is among the results. */
  syscall(nr: number, ...args: readonly number[]): number {
    return this.add(ORDER_SYSCALL, 0, nr, ...args)
  }

  /** As RunnerThread.call: it fails with NOT_MADE. */
  call(nr: number, ...args: readonly number[]): number {
    return this.add(ORDER_CALL, 0, nr, ...args)
  }

  /** So many orders go together: what is written down already is carried out first when there is no room. */
  together(orders: number): void {
    if (this.count + orders > BATCH_SIZE) this.flush()
  }

  /** The next order, which must be a system call, takes the result of an earlier one as its argument `n`. Both go together with this one. */
  pass(from: number, n: number): void {
    const first = this.results.length
    const to = this.count + 1
    if (from < first || to >= BATCH_SIZE) throw new Error('a result is passed from one batch to another')
    const at = this.slot.address + BATCH
    this.add(ORDER_COPY, WORD, at + to * BATCH_ENTRY_SIZE + (2 + n) * WORD, at + (from - first + 1) * BATCH_ENTRY_SIZE - WORD, WORD)
  }

  /** Where the runner finds these few bytes while it carries out the batch. */
  data(bytes: Uint8Array): number {
    if (this.count === 0) this.runner.ready()
    const from = this.place(bytes)
    return this.slot.address + from
  }

  /** Where orders of the batch may leave so many bytes, which stand in `bytes` behind `run` until the next order. */
  space(length: number): { readonly address: number; readonly bytes: Uint8Array } {
    if (this.count === 0) this.runner.ready()
    const from = TRANSFER_OFFSET + this.used
    this.used += Math.ceil(length / ALIGNMENT) * ALIGNMENT
    if (this.used > TRANSFER_SIZE) throw new RangeError('the transfer area is used up')
    return { address: this.slot.address + from, bytes: this.slot.u8.subarray(from, from + length) }
  }

  /** Bytes to guest memory. */
  write(address: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.used === TRANSFER_SIZE) this.flush()
      const length = Math.min(bytes.length - at, TRANSFER_SIZE - this.used)
      if (this.count === 0) this.runner.ready()
      const from = this.place(bytes.subarray(at, at + length))
      this.add(ORDER_COPY, length, address + at, this.slot.address + from, length)
      at += length
    }
  }

  /** Carries out what has been written down. */
  run(): BatchOutcome {
    this.flush()
    const { results, failed } = this
    this.results = []
    this.failed = null
    return { done: results.length, result: failed ?? results.at(-1) ?? 0, results, hasFailed: failed !== null }
  }

  /** Writes down the last order, behind which there is no answer; the caller gives the order to begin. */
  launch(order: number, ...args: readonly number[]): void {
    this.put(order, 0, args)
    this.launched = this.count
    this.begin()
  }

  /** The same for a batch that ends with its last order's answer, for which nobody waits. */
  start(): void {
    if (this.failed !== null) throw new Error('what a batch needs to start has failed')
    this.launched = this.count
    this.begin()
  }

  /** Of what was launched something has failed: as `run`. */
  outcome(): BatchOutcome {
    this.collect(this.launched)
    return this.run()
  }

  /** Puts bytes into the transfer area, which has room for them; returns their slot offset. */
  private place(bytes: Uint8Array): number {
    const from = TRANSFER_OFFSET + this.used
    this.slot.u8.set(bytes, from)
    this.used = Math.min(TRANSFER_SIZE, Math.ceil((this.used + bytes.length) / ALIGNMENT) * ALIGNMENT)
    return from
  }

  private add(order: number, length: number, ...args: readonly number[]): number {
    const number = this.results.length + this.count
    if (this.failed !== null) return number
    if (this.count === 0) this.runner.ready()
    this.put(order, length, args)
    if (this.count === BATCH_SIZE) this.flush()
    return number
  }

  private put(order: number, length: number, args: readonly number[]): void {
    const { i32 } = this.slot
    const at = (BATCH + this.count * BATCH_ENTRY_SIZE) >> 2
    i32[at] = order
    for (let n = 0; n < ARGUMENTS; n++) {
      const value = args[n] ?? 0
      i32[at + 2 + 2 * n] = value | 0
      i32[at + 3 + 2 * n] = Math.floor(value / TWO_32)
    }
    this.lengths[this.count++] = length
  }

  private flush(): void {
    const { count } = this
    if (count === 0 || this.failed !== null) {
      this.count = 0
      this.used = 0
      return
    }
    this.begin()
    this.runner.carryOut()
    this.collect(count)
  }

  /** The runner finds what has been written down, and the next batch begins. */
  private begin(): void {
    const { i32, address } = this.slot
    i32[BATCH_LEFT >> 2] = this.count
    i32[BATCH_NEXT >> 2] = (address + BATCH) | 0
    i32[(BATCH_NEXT >> 2) + 1] = Math.floor((address + BATCH) / TWO_32)
    this.count = 0
    this.used = 0
  }

  private collect(count: number): void {
    const { i32 } = this.slot
    const left = i32[BATCH_LEFT >> 2]!
    i32[BATCH_LEFT >> 2] = 0
    const result = this.runner.result()
    // Of the last entry nothing but its result tells whether it succeeded.
    const last = count - 1 - Math.min(Math.max(left, 0), count - 1)
    const length = this.lengths[last]!
    const isDone = left === 0 && (length === 0 ? result >= 0 : result === length)
    for (let n = 0; n < last; n++) {
      const at = (BATCH + (n + 1) * BATCH_ENTRY_SIZE - 8) >> 2
      this.results.push(i32[at + 1]! * TWO_32 + (i32[at]! >>> 0))
    }
    if (isDone) this.results.push(result)
    else this.failed = result
  }
}
