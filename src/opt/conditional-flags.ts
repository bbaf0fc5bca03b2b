/**
 * Conditions read from what a conditional compare (CCMP, FCCMP) has set: `test(flags.or(f, c, constant))` is `c & test(f)`, or `!c | test(f)` where the
 * constant fulfils the condition. So the flags themselves need not be packed and chosen for the branch behind it.
 */
import { conditionHolds } from '../ir/interpret-int.ts'
import { OP } from '../ir/ops.ts'
import { NONE, type Region } from '../ir/region.ts'

/** Is `row` of `region` such a condition? */
export function readsConditional(region: Region, row: number, flags: number): boolean {
  return region.op[row] === OP.test && region.op[flags] === OP['flags.or']
}

/** Emits to `to` the condition number `cond` of the flags: `flags` if `chosen`, an i32 of 0 or 1, else what the packed flags `otherwise` say. */
export function emitConditional(to: Region, cond: number, flags: number, chosen: number, otherwise: number): number {
  const holds = to.emit(OP.test, flags, NONE, NONE, cond)
  if (!conditionHolds(cond, otherwise)) return to.emit(OP.and, chosen, holds)
  return to.emit(OP.or, to.emit(OP.xor, chosen, to.const32(1)), holds)
}
