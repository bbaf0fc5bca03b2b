/**
 * One code area: what a code space's runners execute at CODE_AREA_BASE and the engine writes through its own mapping. Views are made
 * window by window as they are needed, because V8 counts them as memory.
 */
import { CODE_AREA_BASE, CODE_AREA_SIZE } from '../runtime/layout.ts'
import { closeFd, mapShared, sharedMemory, unmap } from './memory.ts'
import { viewOf } from './native.ts'

const WINDOW_SHIFT = 22
const WINDOW_SIZE = 1 << WINDOW_SHIFT

export class CodeArea {
  readonly fd: number
  private readonly mapped: number
  private readonly bytes: (Uint8Array | undefined)[] = []
  private readonly words: (Int32Array | undefined)[] = []

  constructor() {
    this.fd = sharedMemory('demotic-code', CODE_AREA_SIZE)
    this.mapped = mapShared(this.fd, CODE_AREA_SIZE)
  }

  /** Copies `bytes` to where runners see `address`. */
  write(address: number, bytes: Uint8Array): void {
    let offset = this.offsetOf(address, bytes.length)
    let from = 0
    while (from < bytes.length) {
      const inWindow = offset & (WINDOW_SIZE - 1)
      const length = Math.min(bytes.length - from, WINDOW_SIZE - inWindow)
      const part = length === bytes.length ? bytes : bytes.subarray(from, from + length)
      this.window(offset >> WINDOW_SHIFT).set(part, inWindow)
      from += length
      offset += length
    }
  }

  /** Stores an aligned 32-bit word in one piece, so that code that runs meanwhile sees the old or the new one. */
  patch32(address: number, value: number): void {
    const offset = this.offsetOf(address, 4)
    if ((offset & 3) !== 0) throw new Error(`patch32: ${address.toString(16)} is not aligned`)
    Atomics.store(this.wordWindow(offset >> WINDOW_SHIFT), (offset & (WINDOW_SIZE - 1)) >> 2, value)
  }

  /** A copy of the bytes at `address`. */
  read(address: number, length: number): Uint8Array {
    let offset = this.offsetOf(address, length)
    const copy = new Uint8Array(length)
    for (let to = 0; to < length; ) {
      const inWindow = offset & (WINDOW_SIZE - 1)
      const part = Math.min(length - to, WINDOW_SIZE - inWindow)
      copy.set(this.window(offset >> WINDOW_SHIFT).subarray(inWindow, inWindow + part), to)
      to += part
      offset += part
    }
    return copy
  }

  /** A view of a range, for tables. Make it once: every call makes a new one, which lives as long as the area. */
  view(address: number, length: number): ArrayBuffer {
    return viewOf(this.mapped + this.offsetOf(address, length), length)
  }

  /** Unmaps it. No view may be used any more. */
  close(): void {
    unmap(this.mapped, CODE_AREA_SIZE)
    closeFd(this.fd)
  }

  private offsetOf(address: number, length: number): number {
    const offset = address - CODE_AREA_BASE
    if (offset < 0 || offset + length > CODE_AREA_SIZE) throw new RangeError(`${address.toString(16)} is outside the code area`)
    return offset
  }

  private window(n: number): Uint8Array {
    let window = this.bytes[n]
    if (window === undefined) {
      window = new Uint8Array(viewOf(this.mapped + n * WINDOW_SIZE, WINDOW_SIZE))
      this.bytes[n] = window
    }
    return window
  }

  private wordWindow(n: number): Int32Array {
    let window = this.words[n]
    if (window === undefined) {
      window = new Int32Array(this.window(n).buffer)
      this.words[n] = window
    }
    return window
  }
}
