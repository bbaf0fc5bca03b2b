/**
 * The memory of code: one sparse memfd that all runners of an engine have under HIDDEN_CODE.
 *
 *   [ runtime area | code area 0 | code area 1 | … ]
 *
 * Every runner maps the runtime area at RUNTIME_AREA_BASE and one code area at CODE_AREA_BASE, and executes them; the engine writes through its
 * own mappings. These are made window by window as they are needed, because V8 counts views as memory, and a limit of addresses (ulimit -v) is soon reached
 * where each program takes half a gigabyte.
 */
import { CODE_AREA_BASE, CODE_AREA_COUNT, CODE_AREA_SIZE, RUNTIME_AREA_BASE, RUNTIME_AREA_SIZE } from '../runtime/layout.ts'
import { closeFd, HostError, mapShared, punchHole, sharedMemory, unmap } from './memory.ts'
import { viewOf } from './native.ts'

const PAGE = 4096
const WINDOW_SHIFT = 22
const WINDOW_SIZE = 1 << WINDOW_SHIFT

export class CodeArea {
  /** Where it is in the memfd. */
  readonly offset: number
  readonly base: number
  readonly size: number
  private readonly fd: number
  /** Addresses and lengths of mappings. */
  private readonly mappings: (readonly [address: number, length: number])[] = []
  private readonly bytes: (Uint8Array | undefined)[] = []
  private readonly words: (Int32Array | undefined)[] = []

  constructor(fd: number, offset: number, base: number, size: number) {
    this.offset = offset
    this.base = base
    this.size = size
    this.fd = fd
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

  /** Stores one byte, likewise. */
  patch8(address: number, value: number): void {
    const offset = this.offsetOf(address, 1)
    this.window(offset >> WINDOW_SHIFT)[offset & (WINDOW_SIZE - 1)] = value
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
    const offset = this.offsetOf(address, length)
    const start = offset & -PAGE
    return viewOf(this.map(start, ((offset + length + PAGE - 1) & -PAGE) - start) + offset - start, length)
  }

  /** Unmaps it. No view may be used any more. */
  close(): void {
    for (const [address, length] of this.mappings) unmap(address, length)
  }

  private offsetOf(address: number, length: number): number {
    const offset = address - this.base
    if (offset < 0 || offset + length > this.size) throw new RangeError(`${address.toString(16)} is outside the code area`)
    return offset
  }

  private map(start: number, length: number): number {
    const address = mapShared(this.fd, length, undefined, this.offset + start)
    this.mappings.push([address, length])
    return address
  }

  private window(n: number): Uint8Array {
    let window = this.bytes[n]
    if (window === undefined) {
      const start = n * WINDOW_SIZE
      const length = Math.min(WINDOW_SIZE, this.size - start)
      window = new Uint8Array(viewOf(this.map(start, length), length))
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

export class CodeAreas {
  readonly fd: number
  readonly runtime: CodeArea
  private readonly free: number[] = []
  private readonly open = new Set<CodeArea>()
  private given: number

  /** New memory; or that of a predecessor, who has given out so many areas. */
  constructor(inherited?: { readonly fd: number; readonly top: number }) {
    this.given = inherited?.top ?? 0
    this.fd = inherited?.fd ?? sharedMemory('demotic-code', RUNTIME_AREA_SIZE + CODE_AREA_COUNT * CODE_AREA_SIZE)
    this.runtime = new CodeArea(this.fd, 0, RUNTIME_AREA_BASE, RUNTIME_AREA_SIZE)
  }

  get top(): number {
    return this.given
  }

  /** A zeroed code area. */
  take(): CodeArea {
    const offset = this.free.pop() ?? RUNTIME_AREA_SIZE + this.given++ * CODE_AREA_SIZE
    if (this.given > CODE_AREA_COUNT) throw new HostError(`there are already ${CODE_AREA_COUNT} code areas`)
    const area = new CodeArea(this.fd, offset, CODE_AREA_BASE, CODE_AREA_SIZE)
    this.open.add(area)
    return area
  }

  /** Gives its memory back to the host: no runner has it mapped, and no view is used any more. */
  release(area: CodeArea): void {
    this.open.delete(area)
    area.close()
    if (punchHole(this.fd, area.offset, CODE_AREA_SIZE)) this.free.push(area.offset)
  }

  close(): void {
    for (const area of this.open) area.close()
    this.runtime.close()
    closeFd(this.fd)
  }
}
