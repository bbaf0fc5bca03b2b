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
  readonly insnOffsets: Int32Array
  /** A row of REGION_FIELDS for each region; ids are row numbers. */
  readonly regions: Float64Array
  /** `polls` of all regions, one behind the other. */
  readonly polls: Int32Array
  /** Four words each. */
  readonly constants: Int32Array
  /** Code of the regions, and where it lies: [from, to) pairs, from where regions begin. */
  readonly code: Uint8Array
  readonly codeRuns: Int32Array
}

/** pc, host, size, side table from, to, instructions from, count, guest from, to, exits from, to, is it hot, number of polls. */
const REGION_FIELDS = 13

/** `polls` of a region without a loop of its own. */
export const ENTRY_POLL: readonly number[] = [POLL_OPERAND]

/** What a code space has. */
export interface SpaceParts {
  /** In order of their code. */
  readonly regions: readonly TranslatedRegion[]
  readonly exits: ExitColumns
  readonly sides: SideTable
  readonly insnOffsets: Int32Array
  readonly constants: Int32Array
  readonly codeStart: number
  readonly readCode: (address: number, length: number) => Uint8Array
}

export function imageOf({ regions, exits, sides, insnOffsets, constants, codeStart, readCode }: SpaceParts): SpaceImage {
  const rows = new Float64Array(regions.length * REGION_FIELDS)
  const [exitRuns, sideRuns, insnRuns, codeRuns] = [new Runs(), new Runs(), new Runs(), new Runs()]
  const polls: number[] = []
  const idOf = new Map<number, number>()
  for (const [n, r] of regions.entries()) {
    const [sideFrom, insnFrom] = [sideRuns.length, insnRuns.length]
    idOf.set(r.id, n)
    exitRuns.add(r.exitFrom, r.exitTo)
    sideRuns.add(r.sideFrom, r.sideTo)
    insnRuns.add(r.insnFrom, r.insnFrom + r.insnCount)
    codeRuns.add(r.host - codeStart, r.host - codeStart + r.size)
    const place = [sideFrom, sideRuns.length, insnFrom, r.insnCount, r.from, r.to, r.exitFrom, r.exitTo]
    rows.set([r.pc, r.host, r.size, ...place, r.isHot ? 1 : 0, r.polls.length], n * REGION_FIELDS)
    polls.push(...r.polls)
  }
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
    regions: rows,
    polls: Int32Array.from(polls),
    constants,
    code,
    codeRuns: Int32Array.from(codeRuns.bounds),
  }
}

/** The regions of an image, all live, with nobody chained to them yet. */
export function regionsOf(image: SpaceImage): TranslatedRegion[] {
  const regions: TranslatedRegion[] = []
  let poll = 0
  for (let at = 0, f = image.regions; at < f.length; at += REGION_FIELDS) {
    const pollCount = f[at + 12]!
    const polls = image.polls.subarray(poll, (poll += pollCount))
    regions.push({
      id: regions.length,
      pc: f[at]!,
      host: f[at + 1]!,
      size: f[at + 2]!,
      sideFrom: f[at + 3]!,
      sideTo: f[at + 4]!,
      insnFrom: f[at + 5]!,
      insnCount: f[at + 6]!,
      from: f[at + 7]!,
      to: f[at + 8]!,
      exitFrom: f[at + 9]!,
      exitTo: f[at + 10]!,
      polls: pollCount === 1 && polls[0] === POLL_OPERAND ? ENTRY_POLL : [...polls],
      isHot: f[at + 11] === 1,
      incoming: null,
      live: true,
    })
  }
  return regions
}

/** Calls `f` with each run of an image's pairs and where what it has begins among what all have. */
export function eachRun(bounds: ArrayLike<number>, f: (from: number, to: number, at: number) => void): void {
  let at = 0
  for (let n = 0; n < bounds.length; n += 2) {
    f(bounds[n]!, bounds[n + 1]!, at)
    at += bounds[n + 1]! - bounds[n]!
  }
}

export type Column = Uint8Array | Int32Array | Float64Array

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
