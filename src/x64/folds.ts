/**
 * Folding: some rows emit nothing of their own and are computed where they are used (uses.ts says which).
 * - ALIAS: the value is another one's register (`trunc`, `zext32` of a row that zeroes its upper half, scalar lane 0, `v.fromf` of a scalar whose register is clear above it, `unpack`)
 * - CONST: an integer constant; an immediate, or materialised at a use
 * - ADDRESS: an `add` all of whose uses are addresses of loads and stores
 * - COND: a `test`/`icmp` all of whose uses read it as a condition
 * - FLAGS: a lazy flags value; its operands stay alive for its readers (a comparison of floating-point values is made where it stands, too)
 * - RECIPE: packed flags, and what they are made of, that only notes use: never computed, but by who reads the side table (side-entry.ts)
 * - GET: a state slot that is read where it is needed
 */
import type { Region } from '../ir/region.ts'

export const FOLD_NO = 0
export const FOLD_ALIAS = 1
export const FOLD_CONST = 2
export const FOLD_ADDRESS = 3
export const FOLD_COND = 4
export const FOLD_FLAGS = 5
/** Neither used nor having an effect. */
export const FOLD_DEAD = 6
/** `and` with a constant whose readers only want to know whether it is zero, or its flags: TEST or BT (conditions.ts). */
export const FOLD_TEST = 7
/** Packed flags, and what they are made of, that only notes use: nobody computes them, the side table has the expression. */
export const FOLD_RECIPE = 8

/** Is a row with this fold computed where it is used, of its arguments? */
export function isInner(fold: number): boolean {
  return fold === FOLD_ADDRESS || fold === FOLD_COND || fold === FOLD_FLAGS || fold === FOLD_TEST || fold === FOLD_RECIPE
}

/** Is the i64 constant one that TEST r64, imm32 takes? */
export function testImmediate(region: Region, constant: number): boolean {
  return region.imm2[constant] === region.imm[constant]! >> 31
}

/** The number of the only bit that is set, -1 if there are others or none. */
export function bitOf(lo: number, hi: number): number {
  const word = hi === 0 ? lo : hi
  if ((lo !== 0 && hi !== 0) || word === 0 || (word & (word - 1)) !== 0) return -1
  return 31 - Math.clz32(word) + (hi === 0 ? 0 : 32)
}
