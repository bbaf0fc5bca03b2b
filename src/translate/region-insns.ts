/**
 * The guest instructions of all regions of a code space: columns, one region's after the other's. Their pcs are relative to the region's own: the low words, and,
 * where the guest has translation states above them, the high words.
 */
import type { InsnLayout } from '../guest/targets.ts'
import type { TranslatedRegion } from './code-space.ts'
import { PAGE_SIZE, type PageSource, pageOf, wordIn } from './guest-code.ts'

type Insns = Pick<TranslatedRegion, 'pc' | 'insnFrom' | 'insnCount' | 'from' | 'to'>

const TWO_32 = 0x1_0000_0000

export class RegionInsns {
  length = 0
  private readonly layout: InsnLayout
  private offsets: Int32Array = new Int32Array(1 << 14)
  /** High words; none as long as all are zero. */
  private highs: Int16Array = new Int16Array(0)
  /** What was there when it was translated; not known of what has been restored. */
  private words = new Int32Array(1 << 14)

  constructor(layout: InsnLayout) {
    this.layout = layout
  }

  /** Appends those of the region at `pc`; the range [from, to) of addresses that they lie in. */
  add(pc: number, pcs: Float64Array, words: Int32Array, count: number): { from: number; to: number } {
    this.reserve(count)
    const { layout } = this
    const first = this.length
    let from = layout.codeAddress(pc)
    let to = from
    for (let i = 0; i < count; i++) {
      const at = pcs[i]!
      const word = words[i]!
      const offset = at - pc
      const low = offset | 0
      this.offsets[first + i] = low
      if (offset !== low && this.highs.length === 0) this.highs = new Int16Array(this.offsets.length)
      if (this.highs.length !== 0) this.highs[first + i] = (offset - low) / TWO_32
      this.words[first + i] = word
      const address = layout.codeAddress(at)
      if (address < from) from = address
      const end = address + layout.insnSize(at, word)
      if (end > to) to = end
    }
    this.length += count
    return { from, to }
  }

  private reserve(count: number): void {
    if (this.length + count <= this.offsets.length) return
    const length = this.offsets.length * 2 + count
    const { offsets, words, highs } = this
    this.offsets = new Int32Array(length)
    this.words = new Int32Array(length)
    this.offsets.set(offsets)
    this.words.set(words)
    if (highs.length === 0) return
    this.highs = new Int16Array(length)
    this.highs.set(highs)
  }

  /** Guest pc of instruction `index` of a region. */
  pc(region: Insns, index: number): number {
    const at = region.insnFrom + index
    const low = region.pc + this.offsets[at]!
    return this.highs.length === 0 ? low : low + this.highs[at]! * TWO_32
  }

  /** Is the instruction at `pc` one of the region's? */
  has(region: Insns, pc: number): boolean {
    const address = this.layout.codeAddress(pc)
    if (address < region.from || address >= region.to) return false
    if (this.highs.length === 0) return this.offsets.subarray(region.insnFrom, region.insnFrom + region.insnCount).includes(pc - region.pc)
    for (let n = 0; n < region.insnCount; n++) if (this.pc(region, n) === pc) return true
    return false
  }

  /** Numbers of the guest pages that a region's instructions are in, that of its pc first. */
  pagesOf(region: Insns): Iterable<number> {
    const { layout } = this
    const first = Math.floor(layout.codeAddress(region.pc) / PAGE_SIZE)
    if (region.from >= first * PAGE_SIZE && region.to <= (first + 1) * PAGE_SIZE) return [first]
    const pages = new Set([first])
    for (let n = 0; n < region.insnCount; n++) {
      const address = layout.codeAddress(this.pc(region, n))
      pages.add(Math.floor(address / PAGE_SIZE))
      // One that may be long; which it was is not known of what has been restored.
      if (layout.shortestInsn !== layout.longestInsn) pages.add(Math.floor((address + layout.longestInsn - 1) / PAGE_SIZE))
    }
    return pages
  }

  /** Are all instructions of a region what they were? */
  isUnchanged(region: Insns, pages: PageSource): boolean {
    const { layout } = this
    let base = -1
    let page: Uint8Array | null = null
    const known: PageSource = (address) => {
      if (address !== base) page = pages((base = address))
      return page
    }
    for (let n = 0; n < region.insnCount; n++) {
      const pc = this.pc(region, n)
      const bytes = pageOf(layout, pc, known)
      if (bytes === null || (wordIn(layout, pc, bytes) | 0) !== this.words[region.insnFrom + n]) return false
    }
    return true
  }

  /** The pcs, for `restore`. */
  get image(): { readonly offsets: Int32Array; readonly highs: Int16Array } {
    return { offsets: this.offsets.subarray(0, this.length), highs: this.highs.subarray(0, this.length) }
  }

  /** The columns are theirs from now on. */
  restore(offsets: Int32Array, highs: Int16Array): void {
    this.offsets = offsets
    this.highs = highs
    this.words = new Int32Array(offsets.length)
    this.length = offsets.length
  }
}
