/** Operations of Advanced SIMD that shift by an immediate. */
import { OP } from '../../ir/ops.ts'
import { family, type Operation, type Simd, widthOf } from './simd-lanes.ts'
import { type Narrowing, narrowHigh, narrowLow } from './simd-operations.ts'

const ADD = family('vadd')
const SHL = family('vshl')
const SHR = family('vshr')

/** The amount is m. */
export const byImmediate =
  (ops: readonly number[]): Operation =>
  (s, size, n, m) =>
    s.imm(ops[size]!, n, m)
export const accumulated =
  (ops: readonly number[]): Operation =>
  (s, size, n, m, d) =>
    s.op(ADD[size]!, d, s.imm(ops[size]!, n, m))

/** A constant with the low or the high `count` bits of every lane set. */
function lowBits(s: Simd, size: number, count: number): number {
  if (size === 3) {
    const lo = count >= 32 ? -1 : 2 ** count - 1
    const hi = count >= 32 ? 2 ** (count - 32) - 1 : 0
    return s.ir.constV(lo | 0, hi | 0, lo | 0, hi | 0)
  }
  return s.splat(size, (2 ** count - 1) | 0)
}
/** Shifted bits go in, the others of d stay. */
export const sri: Operation = (s, size, n, m, d) => {
  const width = widthOf(size)
  return m === width ? d : s.op(OP.vbsel, lowBits(s, size, width - m), s.imm(SHR[size]!, n, m), d)
}
export const sli: Operation = (s, size, n, m, d) => (m === 0 ? n : s.op(OP.vbsel, lowBits(s, size, m), d, s.imm(SHL[size]!, n, m)))

// Narrowing: a shift to the right of lanes of double width, then the lower half.

export type NarrowShift = (s: Simd, size: number, n: number, amount: number) => number
export function narrowed(ops: readonly number[], narrow: Narrowing): NarrowShift {
  return (s, size, n, amount) => narrow(s, size, s.imm(ops[size + 1]!, n, amount))
}
export const shrn: NarrowShift = (s, size, n, amount) =>
  amount === widthOf(size) ? narrowHigh(s, size, n) : narrowLow(s, size, s.imm(SHR[size + 1]!, n, amount))
/** What rounding carries out of the lane is cut off. */
export const rshrn: NarrowShift = (s, size, n, amount) => {
  const half = amount === 32 ? s.ir.constV(-0x8000_0000, 0, -0x8000_0000, 0) : s.splat(size + 1, 1 << (amount - 1))
  return shrn(s, size, s.op(ADD[size + 1]!, n, half), amount)
}
