/**
 * Branches whose way is known: comparisons of a state slot with a constant, where the slot holds a constant on all ways that lead there. They become jumps.
 *
 * Made for returns: a call puts a constant into the link register, and the return of the function that was called compares with it. If nothing between
 * has changed the register, which is so in leaf functions, nothing of the return is left.
 *
 * Each slot is followed by itself, over the ways that may be taken as far as they are known: UNSEEN, then a constant (its row), then VARIES.
 * For regions before promotion: edges have no arguments.
 */
import { EFFECT_OBSERVE, OP, OP_EFFECT } from '../ir/ops.ts'
import { CMP_EQ } from '../ir/ops-int.ts'
import { NONE, type Region } from '../ir/region.ts'

const UNSEEN = -2
const VARIES = NONE

export function resolveBranches(region: Region): void {
  const slots = new Set<number>()
  for (let block = 0; block < region.blockCount; block++) {
    const read = comparedRow(region, block)
    if (read !== NONE && region.op[read] === OP.get) slots.add(region.imm[read]!)
  }
  for (const slot of slots) if (!region.state[slot]!.volatile) resolve(region, slot)
}

/** What a block's branch compares with a constant: a row, NONE. */
function comparedRow(region: Region, block: number): number {
  const { op, a, b, imm } = region
  const end = region.blockEnd[block]! - 1
  if (op[end] !== OP.br) return NONE
  const test = a[end]!
  return op[test] === OP.icmp && imm[test] === CMP_EQ && op[b[test]!] === OP.const ? a[test]! : NONE
}

function resolve(region: Region, slot: number): void {
  const { op, succ } = region
  const before = new Int32Array(region.blockCount).fill(UNSEEN)
  /** By row of a `get` of the slot: what it reads. */
  const reads = new Map<number, number>()
  const open = [0]
  before[0] = VARIES
  for (let block = open.pop(); block !== undefined; block = open.pop()) {
    let value = before[block]!
    for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++) {
      if (op[row] === OP.get && region.imm[row] === slot) {
        if (reads.get(row) === value) continue
        reads.set(row, value)
        for (let b = 0; b < region.blockCount; b++) if (before[b] !== UNSEEN && comparedRow(region, b) === row) open.push(b)
      } else if (op[row] === OP.put && region.imm[row] === slot) value = op[region.a[row]!] === OP.const ? region.a[row]! : VARIES
      else if (OP_EFFECT[op[row]!] === EFFECT_OBSERVE) value = VARIES
    }
    const way = knownWay(region, block, reads)
    for (let e = 0; e < 2; e++) {
      const to = succ[2 * block + e]!
      if (to === NONE || (way !== NONE && way !== e)) continue
      const now = before[to] === UNSEEN || same(region, before[to]!, value) ? value : VARIES
      if (before[to] === now) continue
      if (before[to] !== UNSEEN && same(region, before[to]!, now)) continue
      before[to] = now
      open.push(to)
    }
  }
  for (let block = 0; block < region.blockCount; block++) {
    const way = before[block] === UNSEEN ? NONE : knownWay(region, block, reads)
    if (way === NONE) continue
    const end = region.blockEnd[block]! - 1
    op[end] = OP.jump
    region.a[end] = NONE
    succ[2 * block] = succ[2 * block + way]!
    succ[2 * block + 1] = NONE
  }
}

/** 0 or 1: the only successor that the block has with what is known of the slot; NONE. */
function knownWay(region: Region, block: number, reads: Map<number, number>): number {
  const row = comparedRow(region, block)
  if (row === NONE) return NONE
  const value = region.op[row] === OP.const ? row : (reads.get(row) ?? VARIES)
  if (value === VARIES) return NONE
  return same(region, value, region.b[region.a[region.blockEnd[block]! - 1]!]!) ? 0 : 1
}

/** Are two rows, or VARIES, the same constant? */
function same(region: Region, x: number, y: number): boolean {
  return x === y || (x !== VARIES && y !== VARIES && region.imm[x] === region.imm[y] && region.imm2[x] === region.imm2[y])
}
