/**
 * Vector floating point: operators on values, lane by lane. Half-precision lanes are widened in chunks (4 to f32, 2 to f64 for fused operations),
 * computed with, narrowed and put together again.
 */
import { OP } from '../../ir/ops.ts'
import { HALF_OPERAND } from '../../ir/ops-float.ts'
import { NONE, type Region } from '../../ir/region.ts'

/** A guest's context, as far as operators see it. */
export interface IrHolder {
  readonly ir: Region
}

/** Lane width of the IR ops. */
export type Wide = 32 | 64
/** An op on vectors of `wide` lanes. */
export type Operator = (t: IrHolder, wide: Wide, values: readonly number[]) => number

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
export const MAGNITUDES_16 = 0x7fff_7fff

/** d = n / m of 4 or 8 half-precision lanes. */
export function halfQuotient(t: IrHolder, count: number, values: readonly number[]): number {
  const { ir } = t
  const low = ir.emit(OP['vf.divhalf'], values[0]!, values[1]!)
  return count === 4 ? low : ir.emit(OP.vziplo64, low, ir.emit(OP['vf.divhalf'], high64(t, values[0]!), high64(t, values[1]!)))
}

const HALF_WIDTH = 64
const VECTOR_BYTES = 16

export function low64(t: IrHolder, value: number): number {
  return t.ir.emit(OP.vlow, value, NONE, NONE, HALF_WIDTH)
}
/** The upper half moved down; what comes above it means nothing. */
export function high64(t: IrHolder, value: number): number {
  return from(t, value, VECTOR_BYTES / 2)
}
function from(t: IrHolder, value: number, bytes: number): number {
  return bytes === 0 ? value : t.ir.emit(OP.vext, value, value, NONE, bytes)
}

/** `count` (4 or 8) half-precision lanes of the result, the rest zero. */
export function halfResult(t: IrHolder, count: number, values: readonly number[], operator: Operator, style: Style = {}): number {
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

/** 16-bit lanes as f16, `fbits` of them a fraction; `count` lanes. */
export function halfFromInteger(t: IrHolder, value: number, signed: boolean, fbits: number, count: number): number {
  const { ir } = t
  const op = signed ? OP.vsitof32 : OP.vuitof32
  const narrow = (x: number) => ir.emit(OP['vf.tohalf'], ir.emit(op, x, NONE, NONE, fbits), NONE, NONE, HALF_OPERAND)
  const low = narrow(ir.emit(signed ? OP.vsextlo16 : OP.vzextlo16, value))
  return count === 4 ? low : ir.emit(OP.vziplo64, low, narrow(ir.emit(signed ? OP.vsexthi16 : OP.vzexthi16, value)))
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
export function plainFp(name: VectorName): Operator {
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
