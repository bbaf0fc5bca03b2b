/** The passes of tier 1, in order. */
import type { Region } from '../ir/region.ts'
import { removeDeadStores } from './dead-stores.ts'
import { forward } from './forward.ts'

export interface Pass {
  readonly name: string
  readonly run: (region: Region) => void
}

export const TIER1: readonly Pass[] = [
  { name: 'forward', run: forward },
  { name: 'dead-stores', run: removeDeadStores },
]

/** Runs the passes; `after` is called behind each (dumps, the verifier). */
export function optimise(region: Region, passes: readonly Pass[] = TIER1, after?: (pass: Pass) => void): void {
  for (const pass of passes) {
    pass.run(region)
    after?.(pass)
  }
}
