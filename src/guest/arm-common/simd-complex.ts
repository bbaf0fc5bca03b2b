/** Complex numbers in vectors: lanes in pairs (real, imaginary). */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import type { IrHolder } from './simd-fp-operators.ts'

export type ComplexWidth = 16 | 32 | 64

/** Sign masks of `width` for the real (even) and the imaginary (odd) lanes. */
function signs(t: IrHolder, width: ComplexWidth, even: boolean, odd: boolean): number {
  const sign = 0x8000_0000 | 0
  const e = even ? sign : 0
  const o = odd ? sign : 0
  if (width === 64) return t.ir.constV(0, e, 0, o)
  if (width === 32) return t.ir.constV(e, o, e, o)
  const both = o | (e >>> 16)
  return t.ir.constV(both, both, both, both)
}
function negated(t: IrHolder, width: ComplexWidth, value: number, even: boolean, odd: boolean): number {
  return even || odd ? t.ir.emit(OP.vxor, value, signs(t, width, even, odd)) : value
}
/** Neighbours exchanged. */
function swapped(t: IrHolder, width: ComplexWidth, value: number): number {
  const { ir } = t
  if (width === 64) return ir.emit(OP.vext, value, value, NONE, 8)
  if (width === 32) return ir.emit(OP.vshuf32, value, NONE, NONE, 0b10_11_00_01)
  return ir.emit(OP.vor, ir.emit(OP.vshl32, value, NONE, NONE, 16), ir.emit(OP.vshr32, value, NONE, NONE, 16))
}
/** Every even (or odd) lane twice. */
function doubled(t: IrHolder, width: ComplexWidth, value: number, odd: boolean): number {
  if (width === 64) return t.ir.emit(odd ? OP.vziphi64 : OP.vziplo64, value, value)
  return t.ir.emit(OP[`${odd ? 'vtrnhi' : 'vtrnlo'}${width}`], value, value)
}

/** What FCADD adds: m turned by 90 degrees, or by 270 if `rot` is 1. */
export function turned(t: IrHolder, width: ComplexWidth, m: number, rot: number): number {
  return negated(t, width, swapped(t, width, m), rot === 0, rot === 1)
}
/** The factors of FCMLA, which adds half of the product of n and m turned by `rot` * 90 degrees. */
export function complexFactors(t: IrHolder, width: ComplexWidth, n: number, m: number, rot: number): readonly [number, number] {
  const odd = (rot & 1) === 1
  // 0: (re, im)  90: (-im, re)  180: (-re, -im)  270: (im, -re)
  const factor = negated(t, width, odd ? swapped(t, width, m) : m, rot === 1 || rot === 2, rot === 2 || rot === 3)
  return [doubled(t, width, n, odd), factor]
}
