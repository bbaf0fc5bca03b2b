/**
 * The code of a case as it is put together: instructions one after the other in the slot, in one instruction set. Beside the one under test there are markers,
 * additions to r8, which show what was executed.
 */
import { CASE_CODE, CODE_BYTES, DATA_BYTES, SLOT_DATA } from './layout.ts'

export const MARKED = 8

/** `add r8, r8, #1 << n` */
const A32_MARKER = 0xe2888000
const THUMB_MARKER = 0xf1080800
const A32_NOP = 0xe320f000
const THUMB_NOP = 0xbf00
const FIRST_WIDE = 0xe800
/** Data that is code: it leaves the slot, in the other instruction set. */
const A32_LEAVE = 0xe51ff00c // ldr pc, [pc, #-12]
const THUMB_LEAVE = 0xf008f85f // ldr.w pc, [pc, #-8]

export class Code {
  readonly isThumb: boolean
  /** Where the next instruction goes. */
  at = 0
  private readonly view: DataView
  private readonly base: number
  private markers = 0

  constructor(isThumb: boolean, view: DataView, base: number) {
    this.isThumb = isThumb
    this.view = view
    this.base = base
    for (let at = 0; at < CODE_BYTES; at += isThumb ? 2 : 4)
      if (isThumb) view.setUint16(base + CASE_CODE + at, THUMB_NOP, true)
      else view.setUint32(base + CASE_CODE + at, A32_NOP, true)
  }

  /** Appends an instruction: a word as rows have it. */
  add(word: number): void {
    const at = this.base + CASE_CODE + this.at
    if (!this.isThumb) this.view.setUint32(at, word, true)
    else this.view.setUint16(at, word >>> 16, true)
    this.at += sizeOf(this.isThumb, word)
    if (this.isThumb && this.at - 2 !== at - this.base - CASE_CODE) this.view.setUint16(at + 2, word & 0xffff, true)
    if (this.at > CODE_BYTES) throw new Error('a case has more code than its slot')
  }

  addMarker(): void {
    this.add((this.isThumb ? THUMB_MARKER : A32_MARKER) | (1 << this.markers++))
  }

  get hasRoom(): boolean {
    return this.at + 4 <= CODE_BYTES
  }

  /** Fills `data` so that it leaves the slot when it is jumped to in instruction set `toThumb`; the distance from the slot. */
  leaveBehind(toThumb: boolean, data: number): number {
    this.view.setUint32(data, toThumb ? THUMB_LEAVE : A32_LEAVE, true)
    return SLOT_DATA
  }

  /** Distance of the `n`th word of the data from what PC reads as at `at`, aligned. */
  literalDistance(n: number): number {
    if (4 * n >= DATA_BYTES) throw new Error('no such literal')
    return SLOT_DATA + 4 * n - (this.pc & ~3)
  }

  /** What PC reads as here, from the slot's begin. */
  get pc(): number {
    return this.at + (this.isThumb ? 4 : 8)
  }
}

/** Bytes of an instruction: a word as rows have it. */
export function sizeOf(isThumb: boolean, word: number): number {
  return isThumb && word >>> 16 < FIRST_WIDE ? 2 : 4
}
