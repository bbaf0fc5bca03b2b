/**
 * Dead stores to guest state: a `put` that the same block overwrites before anything can see the slot is removed. If a
 * guest memory access lies in between, which may fault, it becomes a `note`: no code, but side tables recover the slot. A note behind which no access comes
 * in its block, or none before the slot is written or noted again, tells nobody anything, and the value that it names may be nobody's: it is removed.
 *
 * Observers of all slots are terminators and system calls.
 */
import { EFFECT_END, EFFECT_OBSERVE, EFFECT_PURE, EFFECT_READ, EFFECT_WRITE, OP, OP_EFFECT } from '../ir/ops.ts'
import type { Region } from '../ir/region.ts'
import { drop } from './forward.ts'
import { isPromotable } from './slot-sets.ts'

/**
 * By slot, valid while its stamp is the current epoch: DEAD (overwritten before anyone looks), DEAD_FAULT (the same, with a fault in
 * between). With an older stamp: LIVE, someone may look. A new epoch makes all slots live at once.
 */
const DEAD = 1
const DEAD_FAULT = 2
let fate = new Uint8Array(256)
let stamp = new Int32Array(256)
/** By slot: how many faults had been counted where it is written or noted next; not more than at the block's end: nowhere in the block. */
let told = new Int32Array(256)
let faults = 0
/** Slots whose fate is DEAD, to be changed at a faulting row. */
const dead = new Int32Array(512)
let epoch = 0

export function removeDeadStores(region: Region): void {
  const { op, imm } = region
  if (region.state.length > fate.length) {
    fate = new Uint8Array(region.state.length)
    stamp = new Int32Array(region.state.length)
    told = new Int32Array(region.state.length)
  }
  if (epoch > 0x7000_0000) {
    epoch = 0
    stamp.fill(0)
  }
  if (faults > 0x7000_0000) {
    faults = 0
    told.fill(0)
  }
  for (let block = 0; block < region.blockCount; block++) {
    epoch++
    let deadCount = 0
    const faultsBehind = faults
    for (let row = region.blockEnd[block]! - 1; row >= region.blockStart[block]!; row--) {
      const o = op[row]!
      const effect = OP_EFFECT[o]!
      if (effect === EFFECT_PURE) continue
      if (o === OP.put) {
        const slot = imm[row]!
        if (!isPromotable(region, slot)) continue
        if (stamp[slot] === epoch && fate[slot] === DEAD) {
          drop(region, row)
          continue
        }
        told[slot] = faults
        if (stamp[slot] === epoch && recoverable(region, region.a[row]!)) op[row] = OP.note
        stamp[slot] = epoch
        fate[slot] = DEAD
        if (deadCount < dead.length) dead[deadCount++] = slot
        else stamp[slot] = 0
      } else if (o === OP.note) {
        const slot = imm[row]!
        if (Math.max(told[slot]!, faultsBehind) === faults) drop(region, row)
        else told[slot] = faults
      } else if (o === OP.get) stamp[imm[row]!] = 0
      else if (effect === EFFECT_READ || effect === EFFECT_WRITE) {
        faults++
        for (let k = 0; k < deadCount; k++) fate[dead[k]!] = DEAD_FAULT
        deadCount = 0
      } else if (effect === EFFECT_OBSERVE || effect === EFFECT_END) {
        epoch++
        deadCount = 0
      }
    }
  }
}

/** Side tables hold registers, memory and integer constants; a vector constant, or a part of one, is stored as before. */
export function recoverable(region: Region, v: number): boolean {
  let of = v
  while (
    region.op[of] === OP['v.tof32'] ||
    region.op[of] === OP['v.tof64'] ||
    region.op[of] === OP['v.holdf'] ||
    region.op[of] === OP['v.fromf']
  )
    of = region.a[of]!
  const o = region.op[of]
  return o !== OP.constv && o !== OP.constf && o !== OP.vzero
}
