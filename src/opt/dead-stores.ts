/**
 * Dead stores to guest state: a `put` that the same block overwrites before anything can see the slot is removed. If a
 * guest memory access lies in between, which may fault, it becomes a `note`: no code, but side tables recover the slot.
 *
 * Observers of all slots are terminators and system calls.
 */
import { EFFECT_END, EFFECT_OBSERVE, EFFECT_READ, EFFECT_WRITE, OP, OP_EFFECT } from '../ir/ops.ts'
import type { Region } from '../ir/region.ts'
import { drop } from './forward.ts'

/** By slot: LIVE (someone may look), DEAD (overwritten before anyone looks), DEAD_FAULT (the same, with a fault in between). */
const LIVE = 0
const DEAD = 1
const DEAD_FAULT = 2
let fate = new Uint8Array(256)
/** Slots whose fate is DEAD, to be changed at a faulting row. */
const dead: number[] = []

export function removeDeadStores(region: Region): void {
  const { op, imm } = region
  if (region.state.length > fate.length) fate = new Uint8Array(region.state.length)
  for (let block = 0; block < region.blockCount; block++) {
    fate.fill(LIVE)
    dead.length = 0
    for (let row = region.blockEnd[block]! - 1; row >= region.blockStart[block]!; row--) {
      const o = op[row]!
      const effect = OP_EFFECT[o]!
      if (o === OP.put) {
        const slot = imm[row]!
        if (fate[slot] === DEAD) drop(region, row)
        else {
          if (fate[slot] === DEAD_FAULT) op[row] = recoverable(region, region.a[row]!) ? OP.note : OP.put
          fate[slot] = DEAD
          dead.push(slot)
        }
      } else if (o === OP.get) fate[imm[row]!] = LIVE
      else if (effect === EFFECT_READ || effect === EFFECT_WRITE) {
        for (const slot of dead) if (fate[slot] === DEAD) fate[slot] = DEAD_FAULT
        dead.length = 0
      } else if (effect === EFFECT_OBSERVE || effect === EFFECT_END) {
        fate.fill(LIVE)
        dead.length = 0
      }
    }
  }
}

/** Side tables hold registers, memory and integer constants; a vector constant is stored as before. */
function recoverable(region: Region, v: number): boolean {
  const o = region.op[v]
  return o !== OP.constv && o !== OP.constf && o !== OP.vzero
}
