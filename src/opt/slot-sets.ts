/** Sets of state slots, a bit each, and how much a loop uses each slot. */
import { OP } from '../ir/ops.ts'
import { NONE, type Region } from '../ir/region.ts'
import type { Loops } from './loops.ts'

/** The set that begins at word `at` gets `slot`. */
export function add(set: Int32Array, at: number, slot: number): void {
  set[at + (slot >>> 5)]! |= 1 << (slot & 31)
}

/** The set that begins at word `at` loses `slot`. */
export function remove(set: Int32Array, at: number, slot: number): void {
  set[at + (slot >>> 5)]! &= ~(1 << (slot & 31))
}

export function has(set: Int32Array, at: number, slot: number): boolean {
  return (set[at + (slot >>> 5)]! & (1 << (slot & 31))) !== 0
}

/** How often each slot is read or put in a loop, ten times as often in a loop within it. */
export function countUses(region: Region, loops: Loops, loop: number): Float64Array {
  const count = new Float64Array(region.state.length)
  for (let block = 0; block < region.blockCount; block++) {
    if (!loops.body[loop]![block]) continue
    let weight = 1
    for (let l = loops.loopOf[block]!; l !== loop && l !== NONE; l = loops.parent[l]!) weight *= 10
    for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++)
      if (region.op[row] === OP.get || region.op[row] === OP.put) count[region.imm[row]!]! += weight
  }
  return count
}

/** May a value stand for the slot: does nobody read or change its memory behind the region's back? */
export function isPromotable(region: Region, slot: number): boolean {
  const { volatile, routinesRead } = region.state[slot]!
  return !volatile && !routinesRead
}
