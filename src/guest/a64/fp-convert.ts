/** A64 conversions between floating point and the general registers (manual C4.1.96). */
import { F32, F64, I32, I64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { FBITS_SHIFT, HALF_OPERAND } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import { ROUND_AWAY, ROUND_ZERO } from '../../ir/softfloat.ts'
import { ROUNDING_FIELD } from '../arm-common/fp-fields.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { packNzcv } from './flags.ts'
import { emulateFp } from './fp-emulate.ts'
import { DOUBLE, fpOperand, HALF, NO_FTYPE } from './fp-values.ts'

interface Conversion {
  readonly sf: number
  readonly ftype: number
  readonly rn: number
  readonly rd: number
}

function toInteger(t: A64Context, f: Conversion, op: number, mode: number, fbits = 0): Outcome {
  if (f.ftype === NO_FTYPE) return t.undefinedInsn()
  const value = fpOperand(t, f.rn, f.ftype)
  t.setX(f.rd, f.sf, t.ir.emitTyped(op, f.sf ? I64 : I32, value, NONE, NONE, mode | (fbits << FBITS_SHIFT)))
  return NEXT
}

function fromInteger(t: A64Context, f: Conversion, op: number, fbits = 0): Outcome {
  const { ir } = t
  if (f.ftype === NO_FTYPE) return t.undefinedInsn()
  if (f.ftype !== HALF) {
    t.setF(f.rd, ir.emitTyped(op, f.ftype === DOUBLE ? F64 : F32, t.x(f.rn, f.sf), NONE, NONE, fbits))
    return NEXT
  }
  // 64 bits scaled down would be rounded twice.
  if (f.sf && fbits > 0) return emulateFp(t, op === OP.sitof ? 'scvtf.fixed.h' : 'ucvtf.fixed.h', { rd: f.rd, rn: f.rn, ra: fbits - 1 })
  const wide = ir.emitTyped(op, F64, t.x(f.rn, f.sf), NONE, NONE, fbits)
  t.setV(f.rd, ir.emit(OP['f.tohalf'], wide, NONE, NONE, HALF_OPERAND))
  return NEXT
}

const TO = '{sf:rd}, {fp:rn}'
const FROM = '{fp:rd}, {sf:rn}'
const [N, P, M, Z] = ROUNDING_FIELD

const integerRows = [
  insn('fcvtns', 'sf:1 0 0 11110 ftype:2 1 00 000 000000 rn:5 rd:5', `fcvtns ${TO}`, (t, f) => toInteger(t, f, OP.ftosi, N)),
  insn('fcvtnu', 'sf:1 0 0 11110 ftype:2 1 00 001 000000 rn:5 rd:5', `fcvtnu ${TO}`, (t, f) => toInteger(t, f, OP.ftoui, N)),
  insn('scvtf', 'sf:1 0 0 11110 ftype:2 1 00 010 000000 rn:5 rd:5', `scvtf ${FROM}`, (t, f) => fromInteger(t, f, OP.sitof)),
  insn('ucvtf', 'sf:1 0 0 11110 ftype:2 1 00 011 000000 rn:5 rd:5', `ucvtf ${FROM}`, (t, f) => fromInteger(t, f, OP.uitof)),
  insn('fcvtas', 'sf:1 0 0 11110 ftype:2 1 00 100 000000 rn:5 rd:5', `fcvtas ${TO}`, (t, f) => toInteger(t, f, OP.ftosi, ROUND_AWAY)),
  insn('fcvtau', 'sf:1 0 0 11110 ftype:2 1 00 101 000000 rn:5 rd:5', `fcvtau ${TO}`, (t, f) => toInteger(t, f, OP.ftoui, ROUND_AWAY)),
  insn('fcvtps', 'sf:1 0 0 11110 ftype:2 1 01 000 000000 rn:5 rd:5', `fcvtps ${TO}`, (t, f) => toInteger(t, f, OP.ftosi, P)),
  insn('fcvtpu', 'sf:1 0 0 11110 ftype:2 1 01 001 000000 rn:5 rd:5', `fcvtpu ${TO}`, (t, f) => toInteger(t, f, OP.ftoui, P)),
  insn('fcvtms', 'sf:1 0 0 11110 ftype:2 1 10 000 000000 rn:5 rd:5', `fcvtms ${TO}`, (t, f) => toInteger(t, f, OP.ftosi, M)),
  insn('fcvtmu', 'sf:1 0 0 11110 ftype:2 1 10 001 000000 rn:5 rd:5', `fcvtmu ${TO}`, (t, f) => toInteger(t, f, OP.ftoui, M)),
  insn('fcvtzs', 'sf:1 0 0 11110 ftype:2 1 11 000 000000 rn:5 rd:5', `fcvtzs ${TO}`, (t, f) => toInteger(t, f, OP.ftosi, Z)),
  insn('fcvtzu', 'sf:1 0 0 11110 ftype:2 1 11 001 000000 rn:5 rd:5', `fcvtzu ${TO}`, (t, f) => toInteger(t, f, OP.ftoui, Z)),
  insn('fjcvtzs', '0 0 0 11110 01 1 11 110 000000 rn:5 rd:5', 'fjcvtzs {w:rd}, {d:rn}', (t, f) => {
    const { ir } = t
    const both = ir.emit(OP['ftosi.js'], t.f(f.rn, F64))
    t.setX(f.rd, 0, ir.emit(OP.trunc, both))
    // Z alone says whether anything was lost.
    const exact = ir.emit(OP.trunc, ir.emit(OP.shr, both, ir.constInt(I64, 32)))
    t.setFlags(ir.emit(OP.unpack, ir.emit(OP.shl, exact, ir.const32(Math.log2(packNzcv(Z_FLAG))))))
    return NEXT
  }),
]
/** Z in an nzcv field. */
const Z_FLAG = 4

// FMOV: bits as they are

const moveRows = [
  insn('fmov.w.s', '0 0 0 11110 00 1 00 110 000000 rn:5 rd:5', 'fmov {w:rd}, {s:rn}', (t, f) => {
    t.setX(f.rd, 0, t.ir.emit(OP['v.toi32'], t.v(f.rn)))
    return NEXT
  }),
  insn('fmov.s.w', '0 0 0 11110 00 1 00 111 000000 rn:5 rd:5', 'fmov {s:rd}, {w:rn}', (t, f) => {
    t.setV(f.rd, t.ir.emit(OP['v.fromi'], t.x(f.rn, 0)))
    return NEXT
  }),
  insn('fmov.x.d', '1 0 0 11110 01 1 00 110 000000 rn:5 rd:5', 'fmov {x:rd}, {d:rn}', (t, f) => {
    t.setX(f.rd, 1, t.ir.emit(OP['v.toi64'], t.v(f.rn)))
    return NEXT
  }),
  insn('fmov.d.x', '1 0 0 11110 01 1 00 111 000000 rn:5 rd:5', 'fmov {d:rd}, {x:rn}', (t, f) => {
    t.setV(f.rd, t.ir.emit(OP['v.fromi'], t.x(f.rn, 1)))
    return NEXT
  }),
  insn('fmov.x.top', '1 0 0 11110 10 1 01 110 000000 rn:5 rd:5', 'fmov {x:rd}, v{num:rn}.d[1]', (t, f) => {
    t.setX(f.rd, 1, t.ir.emit(OP.vget64, t.v(f.rn), NONE, NONE, 1))
    return NEXT
  }),
  insn('fmov.top.x', '1 0 0 11110 10 1 01 111 000000 rn:5 rd:5', 'fmov v{num:rd}.d[1], {x:rn}', (t, f) => {
    t.setV(f.rd, t.ir.emit(OP.vins64, t.v(f.rd), t.x(f.rn, 1), NONE, 1))
    return NEXT
  }),
  insn('fmov.gen.h', 'sf:1 0 0 11110 11 1 00 110 000000 rn:5 rd:5', 'fmov {sf:rd}, {h:rn}', (t, f) => {
    const { ir } = t
    t.setX(f.rd, 0, ir.emit(OP.vget16, t.v(f.rn), NONE, NONE, 0))
    return NEXT
  }),
  insn('fmov.h.gen', 'sf:1 0 0 11110 11 1 00 111 000000 rn:5 rd:5', 'fmov {h:rd}, {sf:rn}', (t, f) => {
    const { ir } = t
    t.setV(f.rd, ir.emit(OP['v.fromi'], ir.emit(OP.zext16, t.x(f.rn, 0))))
    return NEXT
  }),
]

// Fixed point: 64 - scale fraction bits, at most 32 for a W register

const WIDTH_32 = 32
const WIDTH_64 = 64
function fixed(t: A64Context, f: Conversion & { readonly scale: number }, convert: (fbits: number) => Outcome): Outcome {
  if (!f.sf && f.scale < WIDTH_32) return t.undefinedInsn()
  return convert(WIDTH_64 - f.scale)
}

const fixedRows = [
  insn('scvtf.fixed', 'sf:1 0 0 11110 ftype:2 0 00 010 scale:6 rn:5 rd:5', `scvtf ${FROM}, {scale:scale}`, (t, f) =>
    fixed(t, f, (fbits) => fromInteger(t, f, OP.sitof, fbits)),
  ),
  insn('ucvtf.fixed', 'sf:1 0 0 11110 ftype:2 0 00 011 scale:6 rn:5 rd:5', `ucvtf ${FROM}, {scale:scale}`, (t, f) =>
    fixed(t, f, (fbits) => fromInteger(t, f, OP.uitof, fbits)),
  ),
  insn('fcvtzs.fixed', 'sf:1 0 0 11110 ftype:2 0 11 000 scale:6 rn:5 rd:5', `fcvtzs ${TO}, {scale:scale}`, (t, f) =>
    fixed(t, f, (fbits) => toInteger(t, f, OP.ftosi, ROUND_ZERO, fbits)),
  ),
  insn('fcvtzu.fixed', 'sf:1 0 0 11110 ftype:2 0 11 001 scale:6 rn:5 rd:5', `fcvtzu ${TO}, {scale:scale}`, (t, f) =>
    fixed(t, f, (fbits) => toInteger(t, f, OP.ftoui, ROUND_ZERO, fbits)),
  ),
]

export const fpConvertRows: readonly Row<A64Context>[] = [...integerRows, ...moveRows, ...fixedRows]
