/**
 * All live translations of a code space as data, without those that have been removed: code that was written at run time leaves many, and nothing of it
 * is of use to a later run. Code stays at its address and exits keep their ids, because the code names both: between them are holes, so both are lists of runs.
 */
import { NONE } from '../ir/region.ts'
import { POLL_OPERAND } from '../x64/emitter.ts'
import type { SideTable } from '../x64/side-table.ts'
import type { TranslatedRegion } from './code-space.ts'
import type { ExitColumns } from './exits.ts'

/** It is right only at the same addresses: of the code area, of the runtime's entry points and of the routines. */
export interface SpaceImage {
  /** Exits of all regions, one region's behind the other's, and which ids they have: [from, to) pairs. */
  readonly exits: ExitColumns
  readonly exitRuns: Int32Array
  readonly sides: Int32Array
  /** Pcs of all regions' instructions relative to the region's own: low words, and high ones if any is not zero. */
  readonly insnOffsets: Int32Array
  readonly insnHighs: Int16Array
  /** A row of REGION_FIELDS for each region; ids are row numbers. */
  readonly regions: Float64Array
  /** `polls` of all regions, one behind the other. */
  readonly polls: Int32Array
  /** Numbers of the guest pages that there is code of, ascending; the regions of page n of these are pageRegions[pageStarts[n] .. pageStarts[n + 1]). */
  readonly pages: Float64Array
  readonly pageStarts: Int32Array
  readonly pageRegions: Int32Array
  /** Four words each. */
  readonly constants: Int32Array
  /** Code of the regions, and where it lies: [from, to) pairs, from where regions begin. */
  readonly code: Uint8Array
  readonly codeRuns: Int32Array
}

/** Columns of a region's row. */
export const FIELD = {
  pc: 0,
  host: 1,
  size: 2,
  sideFrom: 3,
  sideTo: 4,
  insnFrom: 5,
  insnCount: 6,
  from: 7,
  to: 8,
  exitFrom: 9,
  exitTo: 10,
  isHot: 11,
  pollFrom: 12,
  pollCount: 13,
} as const
export const REGION_FIELDS = 14

/** `polls` of a region without a loop of its own. */
export const ENTRY_POLL: readonly number[] = [POLL_OPERAND]

/** What a code space has. */
export interface SpaceParts {
  /** In order of their code. */
  readonly regions: readonly TranslatedRegion[]
  readonly exits: ExitColumns
  readonly sides: SideTable
  readonly insnOffsets: Int32Array
  readonly insnHighs: Int16Array
  readonly pagesOf: (region: TranslatedRegion) => Iterable<number>
  readonly constants: Int32Array
  readonly codeStart: number
  readonly readCode: (address: number, length: number) => Uint8Array
}

export function imageOf(parts: SpaceParts): SpaceImage {
  const { regions, exits, sides, insnOffsets, insnHighs, pagesOf, constants, codeStart, readCode } = parts
  const rows = new Float64Array(regions.length * REGION_FIELDS)
  const [exitRuns, sideRuns, insnRuns, codeRuns] = [new Runs(), new Runs(), new Runs(), new Runs()]
  const polls: number[] = []
  const idOf = new Map<number, number>()
  const ofPage = new Map<number, number[]>()
  for (const [n, r] of regions.entries()) {
    const [sideFrom, insnFrom] = [sideRuns.length, insnRuns.length]
    idOf.set(r.id, n)
    exitRuns.add(r.exitFrom, r.exitTo)
    sideRuns.add(r.sideFrom, r.sideTo)
    insnRuns.add(r.insnFrom, r.insnFrom + r.insnCount)
    codeRuns.add(r.host - codeStart, r.host - codeStart + r.size)
    const place = [sideFrom, sideRuns.length, insnFrom, r.insnCount, r.from, r.to, r.exitFrom, r.exitTo]
    rows.set([r.pc, r.host, r.size, ...place, r.isHot ? 1 : 0, polls.length, r.polls.length], n * REGION_FIELDS)
    polls.push(...r.polls)
    for (const page of pagesOf(r)) {
      const list = ofPage.get(page)
      if (list === undefined) ofPage.set(page, [n])
      else list.push(n)
    }
  }
  const pages = Float64Array.from([...ofPage.keys()].sort((a, b) => a - b))
  const pageLists = Array.from(pages, (page) => ofPage.get(page)!)
  let sum = 0
  const kept = {
    kind: exitRuns.gather(exits.kind, Uint8Array),
    pc: exitRuns.gather(exits.pc, Float64Array),
    arg: exitRuns.gather(exits.arg, Int32Array),
    arg2: exitRuns.gather(exits.arg2, Int32Array),
    site: exitRuns.gather(exits.site, Float64Array),
    region: exitRuns.gather(exits.region, Int32Array).map((id) => idOf.get(id)!),
    linked: exitRuns.gather(exits.linked, Int32Array).map((id) => (id === NONE ? NONE : idOf.get(id)!)),
  }
  const code = new Uint8Array(codeRuns.length)
  codeRuns.each((from, to, at) => code.set(readCode(codeStart + from, to - from), at))
  return {
    exits: kept,
    exitRuns: Int32Array.from(exitRuns.bounds),
    sides: sideRuns.gather(sides.words, Int32Array),
    insnOffsets: insnRuns.gather(insnOffsets, Int32Array),
    insnHighs: insnHighs.length === 0 ? insnHighs : insnRuns.gather(insnHighs, Int16Array),
    regions: rows,
    polls: Int32Array.from(polls),
    pages,
    pageStarts: Int32Array.from([0, ...pageLists.map((list) => (sum += list.length))]),
    pageRegions: Int32Array.from(pageLists.flat()),
    constants,
    code,
    codeRuns: Int32Array.from(codeRuns.bounds),
  }
}

/** Calls `f` with each run of an image's pairs and where what it has begins among what all have. */
export function eachRun(bounds: ArrayLike<number>, f: (from: number, to: number, at: number) => void): void {
  let at = 0
  for (let n = 0; n < bounds.length; n += 2) {
    f(bounds[n]!, bounds[n + 1]!, at)
    at += bounds[n + 1]! - bounds[n]!
  }
}

export type Column = Uint8Array | Int16Array | Int32Array | Float64Array

/** Ascending half-open ranges; neighbours become one. */
class Runs {
  /** from, to, from, to, … */
  readonly bounds: number[] = []
  /** Sum of all. */
  length = 0

  add(from: number, to: number): void {
    const { bounds } = this
    this.length += to - from
    if (bounds.length > 0 && bounds.at(-1) === from) bounds[bounds.length - 1] = to
    else if (to > from) bounds.push(from, to)
  }

  each(f: (from: number, to: number, at: number) => void): void {
    eachRun(this.bounds, f)
  }

  /** What a column has in all runs. */
  gather<A extends Column>(column: A, make: new (length: number) => A): A {
    const gathered = new make(this.length)
    this.each((from, to, at) => gathered.set(column.subarray(from, to), at))
    return gathered
  }
}
