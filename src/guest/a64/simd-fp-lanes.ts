/**
 * Vector floating point: operands, and operators applied lane by lane.
 *
 * The IR's vector ops work on whole registers. A 64-bit form fills the upper half of its operands with zeros, or with a copy of the lower half
 * where zeros would raise something (division, estimates), and clears it in the result. Half-precision lanes are widened in
 * chunks (4 to f32, 2 to f64 for fused operations), computed with, narrowed and put together again.
 */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { halfQuotient, halfResult, low64, MAGNITUDES_16, type Operator, type Style, type Wide } from '../arm-common/simd-fp-operators.ts'
import type { Outcome, Row, Template } from '../insn.ts'
import type { AnyFields } from '../pattern.ts'
import { type A64Context, insn } from './context.ts'

export interface Lanes {
  readonly q: number
  readonly rd: number
}
/** A whole register with its upper half filled if only the lower counts. */
function filled(t: A64Context, value: number, q: number, copies: boolean): number {
  if (q) return value
  return copies ? t.ir.emit(OP.vdup64, value, NONE, NONE, 0) : low64(t, value)
}
/** Lanes of f32 or f64. */
export function wideLanes(t: A64Context, f: Lanes, wide: Wide, values: readonly number[], operator: Operator, style: Style = {}): Outcome {
  const operands = values.map((value) => filled(t, value, f.q, style.copies === true))
  const result = operator(t, wide, operands)
  t.setV(f.rd, f.q ? result : low64(t, result))
  return 0
}

/** Lanes of f16. */
export function halfLanes(t: A64Context, f: Lanes, values: readonly number[], operator: Operator, style: Style = {}): Outcome {
  const count = f.q ? 8 : 4
  if (style.quotient) t.setV(f.rd, halfQuotient(t, count, values))
  else {
    const result = halfResult(t, count, values, style.absoluteOf ?? operator, style)
    const mask = MAGNITUDES_16
    t.setV(f.rd, style.absoluteOf ? t.ir.emit(OP.vand, result, t.ir.constV(mask, mask, mask, mask)) : result)
  }
  return 0
}

/**
 * A row whose pattern is put together from parts, so that its fields are not known to the compiler: `F` says what they are.
 * The decoder's tests check that every field named exists.
 */
export function builtInsn<F>(
  name: string,
  pattern: string,
  template: Template,
  translate: (t: A64Context, f: F) => Outcome,
): Row<A64Context> {
  return insn(name, pattern, template, (t, f: AnyFields) => translate(t, f as unknown as F)) as Row<A64Context>
}

/** sz and q of a vector of f32 or f64: one f64 lane alone is reserved. */
export function isReserved(f: { readonly q: number; readonly sz: number }): boolean {
  return f.sz === 1 && f.q === 0
}
export const wideOf = (sz: number): Wide => (sz ? 64 : 32)
