/**
 * Forwarding: one walk that replaces reads by what they read and folds what is known.
 *
 * - `get` of a slot whose value is known (from an earlier `get` or `put` in the block, or in the chain of blocks that
 *   fall through from a single predecessor) becomes that value.
 * - `put` of the value the slot holds already is dropped.
 * - integer operations on constants, identities, and pairs of inverse conversions are folded (fold-int.ts).
 *
 * Replaced rows stay in place without uses; the back-end emits nothing for them.
 */
import { EFFECT_OBSERVE, OP, OP_ARG_COUNT, OP_EFFECT } from '../ir/ops.ts'
import { NONE, type Region } from '../ir/region.ts'
import { foldRow } from './fold-int.ts'

let replacement = new Int32Array(1024)
let slotValue = new Int32Array(256)
let predCount = new Int32Array(64)

export function forward(region: Region): void {
  prepare(region)
  const { op, a, b, c, imm } = region
  const slots = region.state.length
  for (let block = 0; block < region.blockCount; block++) {
    if (!continues(region, block)) slotValue.fill(NONE, 0, slots)
    for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++) {
      const o = op[row]!
      const n = OP_ARG_COUNT[o]!
      if (n > 0) {
        a[row] = replacement[a[row]!]!
        if (n > 1) {
          b[row] = replacement[b[row]!]!
          if (n > 2) c[row] = replacement[c[row]!]!
        }
      }
      replacement[row] = row
      if ((o === OP.get || o === OP.put) && region.state[imm[row]!]!.volatile) continue
      if (o === OP.get) {
        const known = slotValue[imm[row]!]!
        if (known !== NONE) {
          replacement[row] = known
          drop(region, row)
        } else slotValue[imm[row]!] = row
      } else if (o === OP.put) {
        if (slotValue[imm[row]!] === a[row]) drop(region, row)
        else slotValue[imm[row]!] = a[row]!
      } else if (o === OP.note)
        slotValue[imm[row]!] = NONE // the memory is stale: a `put` must not go
      else if (OP_EFFECT[o] === EFFECT_OBSERVE) slotValue.fill(NONE, 0, slots)
      else {
        const folded = foldRow(region, row)
        if (folded !== NONE) replacement[row] = replacement[folded]!
      }
    }
    for (let e = 2 * block; e < 2 * block + 2; e++)
      for (let i = 0; i < region.edgeCount[e]!; i++) {
        const k = region.edgeStart[e]! + i
        region.edgePool[k] = replacement[region.edgePool[k]!]!
      }
  }
}

/** A row without effect, value or use: an unused zero. */
export function drop(region: Region, row: number): void {
  region.op[row] = OP.const
  region.type[row] = 1
  region.a[row] = NONE
  region.imm[row] = region.imm2[row] = 0
}

function prepare(region: Region): void {
  if (region.op.length > replacement.length) replacement = new Int32Array(region.op.length)
  if (region.state.length > slotValue.length) slotValue = new Int32Array(region.state.length)
  if (region.blockCount > predCount.length) predCount = new Int32Array(region.blockCount * 2)
  predCount.fill(0, 0, region.blockCount)
  for (let e = 0; e < 2 * region.blockCount; e++) if (region.succ[e]! >= 0) predCount[region.succ[e]!]!++
}

/** The block is reached only from the one before it in layout order: what was known there still holds. */
function continues(region: Region, block: number): boolean {
  if (block === 0 || predCount[block] !== 1) return false
  const before = 2 * (block - 1)
  return region.succ[before] === block || region.succ[before + 1] === block
}
