/** A64 scalar floating point: data processing, compare, select, immediates (manual C4.1.96, "Data Processing -- Scalar Floating-Point"). */
import { F32, F64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { HALF_CONVERSION, HALF_OPERAND } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import { ROUND_AWAY, ROUND_CURRENT } from '../../ir/softfloat.ts'
import { expandImm16, expandImm32, expandImm64High, ROUNDING_FIELD } from '../arm-common/fp-fields.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { packNzcv } from './flags.ts'
import { absHalf, DOUBLE, fpOperand, HALF, HALF_BITS, halfBits, NO_FTYPE, negHalf, SINGLE, setFp } from './fp-values.ts'

// Two sources

interface Binary {
  readonly ftype: number
  readonly rm: number
  readonly rn: number
  readonly rd: number
}
function binary(t: A64Context, f: Binary, op: number): Outcome {
  if (f.ftype === NO_FTYPE) return t.undefinedInsn()
  setFp(t, f.rd, f.ftype, t.ir.emit(op, fpOperand(t, f.rn, f.ftype), fpOperand(t, f.rm, f.ftype)))
  return NEXT
}
const BINARY = '{fp:rd}, {fp:rn}, {fp:rm}'

const binaryRows = [
  insn('fmul', '0 0 0 11110 ftype:2 1 rm:5 0000 10 rn:5 rd:5', `fmul ${BINARY}`, (t, f) => binary(t, f, OP.fmul)),
  insn('fdiv', '0 0 0 11110 ftype:2 1 rm:5 0001 10 rn:5 rd:5', `fdiv ${BINARY}`, (t, f) => {
    if (f.ftype !== HALF) return binary(t, f, OP.fdiv)
    // Copies in all lanes raise nothing new.
    const operand = (n: number) => t.ir.emit(OP.vdup16, t.v(n), NONE, NONE, 0)
    t.setV(f.rd, t.ir.emit(OP.vlow, t.ir.emit(OP['vf.divhalf'], operand(f.rn), operand(f.rm)), NONE, NONE, HALF_BITS))
    return NEXT
  }),
  insn('fadd', '0 0 0 11110 ftype:2 1 rm:5 0010 10 rn:5 rd:5', `fadd ${BINARY}`, (t, f) => binary(t, f, OP.fadd)),
  insn('fsub', '0 0 0 11110 ftype:2 1 rm:5 0011 10 rn:5 rd:5', `fsub ${BINARY}`, (t, f) => binary(t, f, OP.fsub)),
  insn('fmax', '0 0 0 11110 ftype:2 1 rm:5 0100 10 rn:5 rd:5', `fmax ${BINARY}`, (t, f) => binary(t, f, OP.fmax)),
  insn('fmin', '0 0 0 11110 ftype:2 1 rm:5 0101 10 rn:5 rd:5', `fmin ${BINARY}`, (t, f) => binary(t, f, OP.fmin)),
  insn('fmaxnm', '0 0 0 11110 ftype:2 1 rm:5 0110 10 rn:5 rd:5', `fmaxnm ${BINARY}`, (t, f) => binary(t, f, OP.fmaxnum)),
  insn('fminnm', '0 0 0 11110 ftype:2 1 rm:5 0111 10 rn:5 rd:5', `fminnm ${BINARY}`, (t, f) => binary(t, f, OP.fminnum)),
  insn('fnmul', '0 0 0 11110 ftype:2 1 rm:5 1000 10 rn:5 rd:5', `fnmul ${BINARY}`, (t, f) => {
    if (f.ftype === NO_FTYPE) return t.undefinedInsn()
    const product = t.ir.emit(OP.fmul, fpOperand(t, f.rn, f.ftype), fpOperand(t, f.rm, f.ftype))
    // The sign changes after rounding.
    if (f.ftype === HALF) {
      setFp(t, f.rd, HALF, product)
      t.setV(f.rd, negHalf(t, t.v(f.rd)))
    } else t.setF(f.rd, t.ir.emit(OP.fneg, product))
    return NEXT
  }),
]

// Three sources

interface Fused extends Binary {
  readonly ra: number
}
/** `negate`: bit 0 the product, bit 1 the addend. */
function fused(t: A64Context, f: Fused, negate: number): Outcome {
  if (f.ftype === NO_FTYPE) return t.undefinedInsn()
  const operand = (n: number) => fpOperand(t, n, f.ftype, F64)
  const a = operand(f.rn)
  setFp(t, f.rd, f.ftype, t.ir.emit(OP.fma, a, operand(f.rm), operand(f.ra), negate))
  return NEXT
}
const FUSED = '{fp:rd}, {fp:rn}, {fp:rm}, {fp:ra}'

const fusedRows = [
  insn('fmadd', '0 0 0 11111 ftype:2 0 rm:5 0 ra:5 rn:5 rd:5', `fmadd ${FUSED}`, (t, f) => fused(t, f, 0)),
  insn('fmsub', '0 0 0 11111 ftype:2 0 rm:5 1 ra:5 rn:5 rd:5', `fmsub ${FUSED}`, (t, f) => fused(t, f, 1)),
  insn('fnmadd', '0 0 0 11111 ftype:2 1 rm:5 0 ra:5 rn:5 rd:5', `fnmadd ${FUSED}`, (t, f) => fused(t, f, 3)),
  insn('fnmsub', '0 0 0 11111 ftype:2 1 rm:5 1 ra:5 rn:5 rd:5', `fnmsub ${FUSED}`, (t, f) => fused(t, f, 2)),
]

// One source

interface Unary {
  readonly ftype: number
  readonly rn: number
  readonly rd: number
}
function round(t: A64Context, f: Unary, mode: number, exact: boolean): Outcome {
  if (f.ftype === NO_FTYPE) return t.undefinedInsn()
  setFp(t, f.rd, f.ftype, t.ir.emit(OP.fround, fpOperand(t, f.rn, f.ftype), NONE, NONE, mode, exact ? 1 : 0))
  return NEXT
}
/** Bit operations: no widening, no exceptions. */
function moved(t: A64Context, f: Unary, op: number, half: (value: number) => number): Outcome {
  if (f.ftype === NO_FTYPE) return t.undefinedInsn()
  if (f.ftype === HALF) t.setV(f.rd, half(halfBits(t, f.rn)))
  else {
    const value = fpOperand(t, f.rn, f.ftype)
    t.setF(f.rd, op === NONE ? value : t.ir.emit(op, value))
  }
  return NEXT
}
const UNARY = '{fp:rd}, {fp:rn}'
/** Conversion from ftype to `to`. */
function convert(t: A64Context, f: Unary, to: number): Outcome {
  const { ir } = t
  if (f.ftype === NO_FTYPE || f.ftype === to) return t.undefinedInsn()
  const wide = to === DOUBLE || f.ftype === DOUBLE ? F64 : F32
  if (f.ftype === HALF) t.setF(f.rd, ir.emitTyped(OP['f.fromhalf'], wide, t.v(f.rn), NONE, NONE, HALF_CONVERSION))
  else {
    const value = fpOperand(t, f.rn, f.ftype)
    if (to === HALF) t.setV(f.rd, ir.emit(OP['f.tohalf'], value, NONE, NONE, HALF_CONVERSION))
    else if (to === DOUBLE) t.setF(f.rd, ir.emit(OP.fwiden, value))
    else t.setF(f.rd, ir.emit(OP.fnarrow, value, NONE, NONE, ROUND_CURRENT))
  }
  return NEXT
}

const unaryRows = [
  insn('fmov', '0 0 0 11110 ftype:2 1 000000 10000 rn:5 rd:5', `fmov ${UNARY}`, (t, f) => moved(t, f, NONE, (x) => x)),
  insn('fabs', '0 0 0 11110 ftype:2 1 000001 10000 rn:5 rd:5', `fabs ${UNARY}`, (t, f) => moved(t, f, OP.fabs, (x) => absHalf(t, x))),
  insn('fneg', '0 0 0 11110 ftype:2 1 000010 10000 rn:5 rd:5', `fneg ${UNARY}`, (t, f) => moved(t, f, OP.fneg, (x) => negHalf(t, x))),
  insn('fsqrt', '0 0 0 11110 ftype:2 1 000011 10000 rn:5 rd:5', `fsqrt ${UNARY}`, (t, f) => {
    if (f.ftype === NO_FTYPE) return t.undefinedInsn()
    setFp(t, f.rd, f.ftype, t.ir.emit(OP.fsqrt, fpOperand(t, f.rn, f.ftype)))
    return NEXT
  }),
  insn('fcvt.s', '0 0 0 11110 ftype:2 1 000100 10000 rn:5 rd:5', 'fcvt {s:rd}, {fp:rn}', (t, f) => convert(t, f, SINGLE)),
  insn('fcvt.d', '0 0 0 11110 ftype:2 1 000101 10000 rn:5 rd:5', 'fcvt {d:rd}, {fp:rn}', (t, f) => convert(t, f, DOUBLE)),
  insn('fcvt.h', '0 0 0 11110 ftype:2 1 000111 10000 rn:5 rd:5', 'fcvt {h:rd}, {fp:rn}', (t, f) => convert(t, f, HALF)),
  insn('frintn', '0 0 0 11110 ftype:2 1 001000 10000 rn:5 rd:5', `frintn ${UNARY}`, (t, f) => round(t, f, ROUNDING_FIELD[0], false)),
  insn('frintp', '0 0 0 11110 ftype:2 1 001001 10000 rn:5 rd:5', `frintp ${UNARY}`, (t, f) => round(t, f, ROUNDING_FIELD[1], false)),
  insn('frintm', '0 0 0 11110 ftype:2 1 001010 10000 rn:5 rd:5', `frintm ${UNARY}`, (t, f) => round(t, f, ROUNDING_FIELD[2], false)),
  insn('frintz', '0 0 0 11110 ftype:2 1 001011 10000 rn:5 rd:5', `frintz ${UNARY}`, (t, f) => round(t, f, ROUNDING_FIELD[3], false)),
  insn('frinta', '0 0 0 11110 ftype:2 1 001100 10000 rn:5 rd:5', `frinta ${UNARY}`, (t, f) => round(t, f, ROUND_AWAY, false)),
  insn('frintx', '0 0 0 11110 ftype:2 1 001110 10000 rn:5 rd:5', `frintx ${UNARY}`, (t, f) => round(t, f, ROUND_CURRENT, true)),
  insn('frinti', '0 0 0 11110 ftype:2 1 001111 10000 rn:5 rd:5', `frinti ${UNARY}`, (t, f) => round(t, f, ROUND_CURRENT, false)),
]

// Compare

function compare(t: A64Context, a: number, b: number, signalling: number): void {
  t.setFlags(t.ir.emit(OP['flags.fcmp'], a, b, NONE, signalling))
}
function fcmp(t: A64Context, f: { ftype: number; rm: number; rn: number }, signalling: number): Outcome {
  if (f.ftype === NO_FTYPE) return t.undefinedInsn()
  compare(t, fpOperand(t, f.rn, f.ftype), fpOperand(t, f.rm, f.ftype), signalling)
  return NEXT
}
function fcmpZero(t: A64Context, f: { ftype: number; rn: number }, signalling: number): Outcome {
  if (f.ftype === NO_FTYPE) return t.undefinedInsn()
  compare(t, fpOperand(t, f.rn, f.ftype), t.ir.constF(f.ftype === DOUBLE ? F64 : F32, 0), signalling)
  return NEXT
}

interface Conditional {
  readonly ftype: number
  readonly rm: number
  readonly cond: number
  readonly rn: number
  readonly nzcv: number
}
/** Nothing is compared, and nothing raised, when the condition fails: then the operands are zeros. */
function fccmp(t: A64Context, f: Conditional, signalling: number): Outcome {
  if (f.ftype === NO_FTYPE) return t.undefinedInsn()
  const { ir } = t
  const cond = t.cond(f.cond)
  const operand = (n: number) => {
    if (f.ftype !== HALF) return ir.emit(OP['select.f'], cond, fpOperand(t, n, f.ftype), ir.constF(f.ftype === DOUBLE ? F64 : F32, 0))
    const chosen = ir.emit(OP['select.v'], cond, t.v(n), ir.emit(OP.vzero))
    return ir.emitTyped(OP['f.fromhalf'], F32, chosen, NONE, NONE, HALF_OPERAND)
  }
  const a = operand(f.rn)
  const b = operand(f.rm)
  const flags = ir.emit(OP['flags.fcmp'], a, b, NONE, signalling)
  t.setFlags(ir.emit(OP['flags.or'], flags, cond, NONE, packNzcv(f.nzcv)))
  return NEXT
}

const compareRows = [
  insn('fcmp', '0 0 0 11110 ftype:2 1 rm:5 00 1000 rn:5 00000', 'fcmp {fp:rn}, {fp:rm}', (t, f) => fcmp(t, f, 0)),
  insn('fcmp.zero', '0 0 0 11110 ftype:2 1 xxxxx 00 1000 rn:5 01000', 'fcmp {fp:rn}, #0.0', (t, f) => fcmpZero(t, f, 0)),
  insn('fcmpe', '0 0 0 11110 ftype:2 1 rm:5 00 1000 rn:5 10000', 'fcmpe {fp:rn}, {fp:rm}', (t, f) => fcmp(t, f, 1)),
  insn('fcmpe.zero', '0 0 0 11110 ftype:2 1 xxxxx 00 1000 rn:5 11000', 'fcmpe {fp:rn}, #0.0', (t, f) => fcmpZero(t, f, 1)),
  insn('fccmp', '0 0 0 11110 ftype:2 1 rm:5 cond:4 01 rn:5 0 nzcv:4', 'fccmp {fp:rn}, {fp:rm}, {imm:nzcv}, {cc:cond}', (t, f) =>
    fccmp(t, f, 0),
  ),
  insn('fccmpe', '0 0 0 11110 ftype:2 1 rm:5 cond:4 01 rn:5 1 nzcv:4', 'fccmpe {fp:rn}, {fp:rm}, {imm:nzcv}, {cc:cond}', (t, f) =>
    fccmp(t, f, 1),
  ),
  insn('fcsel', '0 0 0 11110 ftype:2 1 rm:5 cond:4 11 rn:5 rd:5', 'fcsel {fp:rd}, {fp:rn}, {fp:rm}, {cc:cond}', (t, f) => {
    if (f.ftype === NO_FTYPE) return t.undefinedInsn()
    const { ir } = t
    if (f.ftype === HALF) {
      t.setV(f.rd, ir.emit(OP['select.v'], t.cond(f.cond), halfBits(t, f.rn), halfBits(t, f.rm)))
      return NEXT
    }
    const a = fpOperand(t, f.rn, f.ftype)
    t.setF(f.rd, ir.emit(OP['select.f'], t.cond(f.cond), a, fpOperand(t, f.rm, f.ftype)))
    return NEXT
  }),
  insn('fmov.imm', '0 0 0 11110 ftype:2 1 imm8:8 100 00000 rd:5', 'fmov {fp:rd}, {fimm:imm8}', (t, f) => {
    if (f.ftype === NO_FTYPE) return t.undefinedInsn()
    const { ir } = t
    if (f.ftype === HALF) t.setV(f.rd, ir.constV(expandImm16(f.imm8), 0, 0, 0))
    else if (f.ftype === DOUBLE) t.setV(f.rd, ir.constV(0, expandImm64High(f.imm8), 0, 0))
    else t.setV(f.rd, ir.constV(expandImm32(f.imm8), 0, 0, 0))
    return NEXT
  }),
]

export const fpRows: readonly Row<A64Context>[] = [...binaryRows, ...fusedRows, ...unaryRows, ...compareRows]
