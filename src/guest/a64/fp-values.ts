/**
 * What floating-point rows share: scalar operands by `ftype` (0 single, 1 double, 3 half), operators on scalars, rounding fields, and the
 * formatters of their disassembly. Half-precision operands are widened, results narrowed (see ops-float.ts).
 */
import { F32, F64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { HALF_OPERAND } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import { expandNumber } from '../arm-common/fp-fields.ts'
import type { Formatters } from '../disasm.ts'
import type { A64Context } from './context.ts'

export const SINGLE = 0
export const DOUBLE = 1
export const NO_FTYPE = 2
export const HALF = 3
export const HALF_BITS = 16
const HALF_SIGN = 0x8000

/** Scalar register n: f32 or f64; a half is widened to `wide` (F32, or F64 for what rounds once after more than one step). */
export function fpOperand(t: A64Context, n: number, ftype: number, wide: number = F32): number {
  if (ftype !== HALF) return t.f(n, ftype === DOUBLE ? F64 : F32)
  return t.ir.emitTyped(OP['f.fromhalf'], wide, t.v(n), NONE, NONE, HALF_OPERAND)
}

/** Writes a scalar result, narrowed for a half; the rest of the register becomes zero. */
export function setFp(t: A64Context, n: number, ftype: number, value: number): void {
  if (ftype !== HALF) t.setF(n, value)
  else t.setV(n, t.ir.emit(OP['f.tohalf'], value, NONE, NONE, HALF_OPERAND))
}

/** The low half-precision lane of register n, the rest zero. */
export function halfBits(t: A64Context, n: number): number {
  return t.ir.emit(OP.vlow, t.v(n), NONE, NONE, HALF_BITS)
}

/** FPNeg and FPAbs of a half, given as v128 whose other lanes are zero. */
export function negHalf(t: A64Context, value: number): number {
  return t.ir.emit(OP.vxor, value, t.ir.constV(HALF_SIGN, 0, 0, 0))
}
export function absHalf(t: A64Context, value: number): number {
  return t.ir.emit(OP.vand, value, t.ir.constV(HALF_SIGN - 1, 0, 0, 0))
}

const FTYPE_LETTER = ['s', 'd', '?', 'h']
const SIZE_SUFFIX = ['2s', '4s', '1d', '2d']

function field(f: Readonly<Record<string, number>>, name: string): number {
  const value = f[name]
  if (value === undefined) throw new Error(`template: no field '${name}'`)
  return value
}
/** `1.500000000000000000e+00`, as objdump prints FP immediates. */
function printed(value: number): string {
  const [mantissa, exponent] = value.toExponential(18).split('e')
  const digits = exponent!.replace(/^([+-])(\d)$/, '$10$2')
  return `#${mantissa}e${digits}`
}

export const FP_FORMATTERS: Formatters = {
  // scalar by ftype; {fp:rd}
  fp: (n, f) => `${FTYPE_LETTER[field(f, 'ftype')]}${n}`,
  // scalar by sz; {fsz:rd}
  fsz: (n, f) => `${field(f, 'sz') ? 'd' : 's'}${n}`,
  // vector by sz and q; {vsz:rd}
  vsz: (n, f) => `v${n}.${SIZE_SUFFIX[2 * field(f, 'sz') + field(f, 'q')]}`,
  // half vector by q
  vh: (n, f) => `v${n}.${field(f, 'q') ? '8h' : '4h'}`,
  // vector of 32-bit or 64-bit lanes by q
  v32: (n, f) => `v${n}.${field(f, 'q') ? '4s' : '2s'}`,
  v64: (n, f) => `v${n}.${field(f, 'q') ? '2d' : '1d'}`,
  // the two sides of fcvtl and fcvtn
  wide: (n, f) => `v${n}.${field(f, 'sz') ? '2d' : '4s'}`,
  narrow: (n, f) => `v${n}.${['4h', '8h', '2s', '4s'][2 * field(f, 'sz') + field(f, 'q')]}`,
  fbits: (imm, _f, arg) => `#${Number(arg) - imm}`,
  // one lane of m by h:l (by sz), h:l:m, and of complex pairs
  fe: (n, f) => (field(f, 'sz') ? `v${n}.d[${field(f, 'h')}]` : `v${n}.s[${2 * field(f, 'h') + field(f, 'l')}]`),
  he: (n, f) => `v${n}.h[${4 * field(f, 'h') + 2 * field(f, 'l') + field(f, 'm')}]`,
  ce: (n, f) => `v${n}.h[${2 * field(f, 'h') + field(f, 'l')}]`,
  cse: (n, f) => `v${n}.s[${field(f, 'h')}]`,
  h2: (n, f) => `v${n}.${field(f, 'q') ? '4h' : '2h'}`,
  fpair: (n, f) => `v${n}.${field(f, 'sz') ? '2d' : '2s'}`,
  rot1: (rot) => `#${90 + 180 * rot}`,
  rot2: (rot) => `#${90 * rot}`,
  bde: (n, f) => `v${n}.2h[${2 * field(f, 'h') + field(f, 'l')}]`,
  bt: (t) => (t ? 't' : 'b'),
  // '2' of the instructions that use the upper half
  two: (q) => (q ? '2' : ''),
  fimm: (imm8) => printed(expandNumber(imm8)),
  scale: (scale) => `#${64 - scale}`,
}
