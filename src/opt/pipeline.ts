/** The passes of tier 1 and tier 2, in order. */
import type { Region } from '../ir/region.ts'
import { removeDeadStores } from './dead-stores.ts'
import { joinExclusiveLoops } from './exclusive-loops.ts'
import { placeModes } from './float-modes.ts'
import { forward } from './forward.ts'
import { resolveBranches } from './known-branches.ts'
import { PROMOTED, Promoter } from './promote.ts'
import { unifyViews } from './views.ts'

export interface Pass {
  readonly name: string
  readonly run: (region: Region) => void
}

export const TIER1: readonly Pass[] = [
  { name: 'views', run: unifyViews },
  { name: 'forward', run: forward },
  { name: 'exclusive-loops', run: joinExclusiveLoops },
  { name: 'dead-stores', run: removeDeadStores },
  { name: 'float-modes', run: placeModes },
]

/** Runs the passes; `after` is called behind each (dumps, the verifier). */
export function optimise(region: Region, passes: readonly Pass[] = TIER1, after?: (pass: Pass) => void): void {
  for (const pass of passes) {
    pass.run(region)
    after?.(pass)
  }
}

const promoters = new Map<number, Promoter>()

/** The passes of tier 2: what is left of `raw` when its state is promoted, for a host with so many vector registers, comes to `region`. The result is `Promoter.run`'s. */
export function optimiseHot(raw: Region, region: Region, vectorRegisters: number, after?: (region: Region, pass: string) => void): number {
  unifyViews(raw)
  after?.(raw, 'views')
  forward(raw)
  after?.(raw, 'forward')
  joinExclusiveLoops(raw)
  after?.(raw, 'exclusive-loops')
  resolveBranches(raw)
  after?.(raw, 'known-branches')
  let promoter = promoters.get(vectorRegisters)
  if (promoter === undefined) promoters.set(vectorRegisters, (promoter = new Promoter(vectorRegisters)))
  const result = promoter.run(raw, region)
  if (result !== PROMOTED) return result
  after?.(region, 'promote')
  forward(region)
  after?.(region, 'forward')
  removeDeadStores(region)
  after?.(region, 'dead-stores')
  placeModes(region)
  after?.(region, 'float-modes')
  return PROMOTED
}
