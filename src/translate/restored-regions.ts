/**
 * The regions of an image that a code space has been restored from. There may be a hundred thousand, of which a run needs few, so an object is made of one only
 * when it is asked for (`make`); until then it is a row, found by its code, its guest pages and who is chained to it.
 */
import { NONE } from '../ir/region.ts'
import { POLL_OPERAND } from '../x64/emitter.ts'
import type { TranslatedRegion } from './code-space.ts'
import { ENTRY_POLL, FIELD, REGION_FIELDS, type SpaceImage } from './space-image.ts'

export class RestoredRegions {
  readonly count: number
  /** What they cost to translate. */
  readonly cost: number
  private readonly rows: Float64Array
  private readonly image: SpaceImage
  /** Exits that were chained to each region when it was restored, region by region: those of `id` are exits[starts[id] .. starts[id + 1]). null: not known yet. */
  private chained: { readonly starts: Int32Array; readonly exits: Int32Array } | null = null

  constructor(image: SpaceImage, costOf: (insnCount: number, isHot: boolean) => number) {
    this.image = image
    this.rows = image.regions
    this.count = image.regions.length / REGION_FIELDS
    let cost = 0
    for (let at = 0; at < image.regions.length; at += REGION_FIELDS)
      cost += costOf(image.regions[at + FIELD.insnCount]!, image.regions[at + FIELD.isHot] === 1)
    this.cost = cost
  }

  pc(id: number): number {
    return this.rows[id * REGION_FIELDS + FIELD.pc]!
  }

  host(id: number): number {
    return this.rows[id * REGION_FIELDS + FIELD.host]!
  }

  /** The object of region `id`, live, chained to by nobody but who is in `chainedTo`. */
  make(id: number): TranslatedRegion {
    const { rows: f } = this
    const at = id * REGION_FIELDS
    const pollFrom = f[at + FIELD.pollFrom]!
    const polls = this.image.polls.subarray(pollFrom, pollFrom + f[at + FIELD.pollCount]!)
    return {
      id,
      pc: f[at + FIELD.pc]!,
      host: f[at + FIELD.host]!,
      size: f[at + FIELD.size]!,
      sideFrom: f[at + FIELD.sideFrom]!,
      sideTo: f[at + FIELD.sideTo]!,
      insnFrom: f[at + FIELD.insnFrom]!,
      insnCount: f[at + FIELD.insnCount]!,
      from: f[at + FIELD.from]!,
      to: f[at + FIELD.to]!,
      exitFrom: f[at + FIELD.exitFrom]!,
      exitTo: f[at + FIELD.exitTo]!,
      polls: polls.length === 1 && polls[0] === POLL_OPERAND ? ENTRY_POLL : [...polls],
      isHot: f[at + FIELD.isHot] === 1,
      incoming: null,
      live: true,
    }
  }

  /** The region whose code contains host address `rip`, or NONE. */
  at(rip: number): number {
    const { rows } = this
    let low = 0
    let high = this.count - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const at = middle * REGION_FIELDS
      const host = rows[at + FIELD.host]!
      if (rip < host) high = middle - 1
      else if (rip >= host + rows[at + FIELD.size]!) low = middle + 1
      else return middle
    }
    return NONE
  }

  /** Regions that have code of a guest page, by its number. */
  ofPage(page: number): Int32Array {
    const { pages, pageStarts, pageRegions } = this.image
    let low = 0
    let high = pages.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (pages[middle]! < page) low = middle + 1
      else high = middle
    }
    return pages[low] === page ? pageRegions.subarray(pageStarts[low]!, pageStarts[low + 1]!) : pageRegions.subarray(0, 0)
  }

  /** Exits that were chained to region `id` when it was restored. Some may lead elsewhere meanwhile. */
  chainedTo(id: number): Int32Array {
    const { starts, exits } = (this.chained ??= this.findChained())
    return exits.subarray(starts[id]!, starts[id + 1]!)
  }

  private findChained(): { starts: Int32Array; exits: Int32Array } {
    const { exits, exitRuns } = this.image
    const { linked } = exits
    const starts = new Int32Array(this.count + 1)
    for (const to of linked) if (to !== NONE) starts[to + 1]!++
    for (let id = 0; id < this.count; id++) starts[id + 1]! += starts[id]!
    const found = new Int32Array(starts[this.count]!)
    const next = starts.slice()
    for (let n = 0, at = 0; n < exitRuns.length; n += 2)
      for (let exit = exitRuns[n]!; exit < exitRuns[n + 1]!; exit++, at++) if (linked[at] !== NONE) found[next[linked[at]!]!++] = exit
    return { starts, exits: found }
  }
}
