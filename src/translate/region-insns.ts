/** The guest instructions of all regions of a code space: columns, one region's after the other's. Their addresses are relative to the region's own pc. */
import type { TranslatedRegion } from './code-space.ts'
import { PAGE_SIZE, wordAt } from './former.ts'

const INSN_SIZE = 4

type Insns = Pick<TranslatedRegion, 'pc' | 'insnFrom' | 'insnCount' | 'from' | 'to'>

export class RegionInsns {
  length = 0
  private offsets: Int32Array = new Int32Array(1 << 14)
  /** What was there when it was translated; not known of what has been restored. */
  private words = new Int32Array(1 << 14)

  /** Appends those of the region at `pc`; the range [from, to) that they lie in. */
  add(pc: number, pcs: Float64Array, words: Int32Array, count: number): { from: number; to: number } {
    this.reserve(count)
    const first = this.length
    let low = 0
    let high = 0
    for (let i = 0; i < count; i++) {
      const offset = pcs[i]! - pc
      this.offsets[first + i] = offset
      this.words[first + i] = words[i]!
      if (offset < low) low = offset
      else if (offset > high) high = offset
    }
    this.length += count
    return { from: pc + low, to: pc + high + INSN_SIZE }
  }

  private reserve(count: number): void {
    if (this.length + count <= this.offsets.length) return
    const length = this.offsets.length * 2 + count
    const { offsets, words } = this
    this.offsets = new Int32Array(length)
    this.words = new Int32Array(length)
    this.offsets.set(offsets)
    this.words.set(words)
  }

  /** Guest pc of instruction `index` of a region. */
  pc(region: Insns, index: number): number {
    return region.pc + this.offsets[region.insnFrom + index]!
  }

  /** Is the instruction at `pc` one of the region's? */
  has({ pc: base, from, to, insnFrom, insnCount }: Insns, pc: number): boolean {
    return pc >= from && pc < to && this.offsets.subarray(insnFrom, insnFrom + insnCount).includes(pc - base)
  }

  /** Numbers of the guest pages that a region's instructions are in, that of its pc first. */
  pagesOf(region: Insns): Iterable<number> {
    const first = Math.floor(region.pc / PAGE_SIZE)
    if (region.from >= first * PAGE_SIZE && region.to <= (first + 1) * PAGE_SIZE) return [first]
    const pages = new Set([first])
    for (let n = 0; n < region.insnCount; n++) pages.add(Math.floor(this.pc(region, n) / PAGE_SIZE))
    return pages
  }

  /** Are all instructions of a region what they were? `pageOf` gives the bytes of a guest page, null if it may not be executed. */
  isUnchanged(region: Insns, pageOf: (address: number) => Uint8Array | null): boolean {
    let base = -1
    let page: Uint8Array | null = null
    for (let n = 0; n < region.insnCount; n++) {
      const pc = this.pc(region, n)
      const offset = pc % PAGE_SIZE
      if (pc - offset !== base) {
        base = pc - offset
        page = pageOf(base)
      }
      if (page === null || (wordAt(page, offset) | 0) !== this.words[region.insnFrom + n]) return false
    }
    return true
  }

  /** The addresses, for `restore`. */
  get image(): Int32Array {
    return this.offsets.subarray(0, this.length)
  }

  /** `offsets` is theirs from now on. */
  restore(offsets: Int32Array): void {
    this.offsets = offsets
    this.words = new Int32Array(offsets.length)
    this.length = offsets.length
  }
}
