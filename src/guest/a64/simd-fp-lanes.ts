/**
 * Vector floating point: operands, and operators applied lane by lane.
 *
 * The IR's vector ops work on whole registers. A 64-bit form fills the upper half of its operands with zeros, or with a copy of the lower half
 * where zeros would raise something (division, estimates), and clears it in the result. Half-precision lanes are widened in
 * chunks (4 to f32, 2 to f64 for fused operations), computed with, narrowed and put together again.
 */
import { OP } from '../../ir/ops.ts'
import { HALF_OPERAND } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import type { Outcome, Row, Template } from '../insn.ts'
import type { AnyFields } from '../pattern.ts'
import { type A64Context, insn } from './context.ts'

/** Lane width of the IR ops. */
export type Wide = 32 | 64
/** An op on vectors of `wide` lanes. */
export type Operator = (t: A64Context, wide: Wide, values: readonly number[]) => number

export interface Lanes {
  readonly q: number
  readonly rd: number
}
export interface Style {
  /** Fill the upper half by copying instead of zeros. */
  readonly copies?: boolean
  /** Half-precision lanes are computed with in f64: more than one step is rounded once. */
  readonly fused?: boolean
  /** The result is a mask, not a number. */
  readonly mask?: boolean
  /** Half-precision lanes: this operator instead, and the sign of the narrowed result cleared (it was rounded with it). */
  readonly absoluteOf?: Operator
  /** Half-precision lanes have an op of their own: a quotient that is flushed must not have raised inexact. */
  readonly quotient?: boolean
}

/** All bits of f16 lanes but the signs. */
const MAGNITUDES_16 = 0x7fff_7fff

/** d = n / m of 4 or 8 half-precision lanes. */
function halfQuotient(t: A64Context, count: number, values: readonly number[]): number {
  const { ir } = t
  const low = ir.emit(OP['vf.divhalf'], values[0]!, values[1]!)
  return count === 4 ? low : ir.emit(OP.vziplo64, low, ir.emit(OP['vf.divhalf'], high64(t, values[0]!), high64(t, values[1]!)))
}

const HALF_WIDTH = 64
const VECTOR_BYTES = 16

/** A whole register with its upper half filled if only the lower counts. */
function filled(t: A64Context, value: number, q: number, copies: boolean): number {
  if (q) return value
  return copies ? t.ir.emit(OP.vdup64, value, NONE, NONE, 0) : low64(t, value)
}
export function low64(t: A64Context, value: number): number {
  return t.ir.emit(OP.vlow, value, NONE, NONE, HALF_WIDTH)
}
/** The upper half moved down; what comes above it means nothing. */
export function high64(t: A64Context, value: number): number {
  return from(t, value, VECTOR_BYTES / 2)
}
function from(t: A64Context, value: number, bytes: number): number {
  return bytes === 0 ? value : t.ir.emit(OP.vext, value, value, NONE, bytes)
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

/** `count` (4 or 8) half-precision lanes of the result, the rest zero. */
export function halfResult(t: A64Context, count: number, values: readonly number[], operator: Operator, style: Style = {}): number {
  const { ir } = t
  const wide: Wide = style.fused ? 64 : 32
  const chunk = 128 / wide
  const parts: number[] = []
  for (let lane = 0; lane < count; lane += chunk) {
    const widened = values.map((value) =>
      ir.emit(style.fused ? OP['vf.fromhalf64'] : OP['vf.fromhalf'], from(t, value, 2 * lane), NONE, NONE, HALF_OPERAND),
    )
    const result = operator(t, wide, widened)
    parts.push(style.mask ? result : ir.emit(style.fused ? OP['vf.tohalf64'] : OP['vf.tohalf'], result, NONE, NONE, HALF_OPERAND))
  }
  if (style.mask) return ir.emit(OP.vuzplo16, parts[0]!, parts[1] ?? ir.emit(OP.vzero))
  if (style.fused) {
    const low = ir.emit(OP.vziplo32, parts[0]!, parts[1]!)
    return count === 4 ? low : ir.emit(OP.vziplo64, low, ir.emit(OP.vziplo32, parts[2]!, parts[3]!))
  }
  return count === 4 ? parts[0]! : ir.emit(OP.vziplo64, parts[0]!, parts[1]!)
}

/** Operators from op pairs, by name without the lane width. */
type VectorName =
  | 'vfadd'
  | 'vfsub'
  | 'vfmul'
  | 'vfdiv'
  | 'vfmulx'
  | 'vfmin'
  | 'vfmax'
  | 'vfminnum'
  | 'vfmaxnum'
  | 'vfrecps'
  | 'vfrsqrts'
  | 'vfcmpeq'
  | 'vfcmpge'
  | 'vfcmpgt'
  | 'vfsqrt'
  | 'vfrecpe'
  | 'vfrsqrte'
export function plain(name: VectorName): Operator {
  return (t, wide, [a, b]) => t.ir.emit(OP[`${name}${wide}`], a!, b ?? NONE)
}
/** values: factor, factor, addend; `negate` as in `fma`. */
export function fusedOperator(negate: number): Operator {
  return (t, wide, [a, b, c]) => t.ir.emit(OP[`vfma${wide}`], a!, b!, c!, negate)
}
export const absDifference: Operator = (t, wide, [a, b]) => t.ir.emit(OP[`vfabs${wide}`], t.ir.emit(OP[`vfsub${wide}`], a!, b!))
export function absCompare(name: 'vfcmpge' | 'vfcmpgt'): Operator {
  return (t, wide, [a, b]) => t.ir.emit(OP[`${name}${wide}`], t.ir.emit(OP[`vfabs${wide}`], a!), t.ir.emit(OP[`vfabs${wide}`], b!))
}
export function rounding(mode: number, exact: boolean): Operator {
  return (t, wide, [a]) => t.ir.emit(OP[`vfround${wide}`], a!, NONE, NONE, mode, exact ? 1 : 0)
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
