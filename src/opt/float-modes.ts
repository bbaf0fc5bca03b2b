/**
 * Changes between the two modes of floating point (fenv.enter, fenv.leave: ir/ops-float.ts) cost some 15 ns each pair: a leave and an enter behind it in the
 * block go where nothing in between computes in, or looks at, the modes that lie between them. Accesses that may fault do not: whoever recovers the
 * state leaves the modes, too.
 */
import { EFFECT_END, EFFECT_OBSERVE, EFFECT_STATE, OP, OP_EFFECT } from '../ir/ops.ts'
import { NONE, type Region, type StateSlot } from '../ir/region.ts'
import { drop } from './forward.ts'

/** By state: has the guest two modes. */
const twoModes = new Map<readonly StateSlot[], boolean>()
function hasTwoModes(state: readonly StateSlot[]): boolean {
  let found = twoModes.get(state)
  if (found === undefined) twoModes.set(state, (found = state.some((slot) => slot.name === 'mxcsr_standard')))
  return found
}

export function joinModes(region: Region): void {
  const { op } = region
  if (!hasTwoModes(region.state)) return
  for (let block = 0; block < region.blockCount; block++) {
    let modes = NONE
    let left = NONE
    for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++) {
      const o = op[row]!
      if (o === OP['fenv.enter']) {
        const next = region.a[row]!
        if (left !== NONE && isSame(region, modes, next)) {
          drop(region, left)
          drop(region, row)
        }
        modes = next
        left = NONE
      } else if (o === OP['fenv.leave']) left = row
      else if (left !== NONE && sees(region, row)) left = NONE
    }
  }
}

function isSame(region: Region, a: number, b: number): boolean {
  return a === b || (region.op[a] === OP.const && region.op[b] === OP.const && region.imm[a] === region.imm[b])
}

/** Does the row depend on the modes? */
function sees(region: Region, row: number): boolean {
  const o = region.op[row]!
  const effect = OP_EFFECT[o]!
  if (effect === EFFECT_END || effect === EFFECT_OBSERVE) return true
  if (effect !== EFFECT_STATE || o === OP.note || o === OP.prefetch) return false
  if (o !== OP.get && o !== OP.put) return true
  const { volatile, routinesRead } = region.state[region.imm[row]!]!
  return volatile === true || routinesRead === true
}
