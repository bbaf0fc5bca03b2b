/** What gdb is told of an architecture: registers, as its target description names them, and breakpoints. One for each guest, in linux-user/arch. */
import type { StoppedThread } from '../arch/frame.ts'

export interface GdbRegister {
  readonly name: string
  readonly number: number
  /** Bytes. */
  readonly size: number
  get(thread: StoppedThread): Uint8Array
  set(thread: StoppedThread, bytes: Uint8Array): void
}

export interface GdbTarget {
  /** In the order of their numbers. */
  readonly registers: readonly GdbRegister[]
  /** Numbers of those that come with a stop: frame pointer, stack pointer, pc. */
  readonly expedited: readonly number[]
  /** The target description. */
  readonly xml: string
  /** What stands there instead, so that a thread stops: for a breakpoint of gdb's kind (its length, as a rule); null: there cannot be one. */
  breakpoint(address: number, kind: number): Uint8Array | null
  /** May the instruction access memory? */
  mayAccess(word: number): boolean
}

const WORD = 4

/** Bytes of the slot. */
export function bytesRegister(name: string, number: number, at: number, size: number): GdbRegister {
  return {
    name,
    number,
    size,
    get: (thread) => thread.u8.slice(at, at + size),
    set: (thread, bytes) => thread.u8.set(bytes.subarray(0, size), at),
  }
}

export function wordRegister(
  name: string,
  number: number,
  get: (thread: StoppedThread) => number,
  set: (thread: StoppedThread, value: number) => void,
): GdbRegister {
  return {
    name,
    number,
    size: WORD,
    get: (thread) => new Uint8Array(Int32Array.of(get(thread)).buffer),
    set: (thread, bytes) => set(thread, new DataView(bytes.buffer, bytes.byteOffset, WORD).getInt32(0, true)),
  }
}
