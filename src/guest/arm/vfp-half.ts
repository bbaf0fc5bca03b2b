/**
 * VFP in half precision (FEAT_FP16): coprocessor number 9, in the low halves of single registers; the high half of a result is zero. Operands are widened, computed with
 * in single precision (double where it is rounded once after more than one step), and narrowed (manual F3.1).
 */
import { F32, F64, I32 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { HALF_OPERAND } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import { ROUND_CURRENT, ROUND_ZERO } from '../../ir/softfloat.ts'
import { expandImm16 } from '../arm-common/fp-fields.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { builtRow, floatRow } from './fp-rows.ts'
import { insn } from './notation.ts'
import { SLOT_FPNZCV } from './state.ts'
import { DIRECTED, EXTREMES, SELECTIONS } from './vfp.ts'
import { SIGNS } from './vfp-convert.ts'
import { emulateFixedHalf } from './vfp-emulate.ts'
import { type Destination, destinationS, type First, firstS, getBits, type Second, secondS, setBits } from './vfp-registers.ts'

interface Two extends Destination, Second {}
interface Three extends Two, First {}

const SIGN = 0x8000
const HALF_BITS = 0xffff

/** The low half of i32 `bits` as f32 or, `wide`, f64. */
function widened(t: ArmContext, bits: number, wide = F32): number {
  return t.ir.emitTyped(OP['f.fromhalf'], wide, t.ir.emit(OP['v.fromi'], bits), NONE, NONE, HALF_OPERAND)
}
/** i32: the bits of f32 or f64 `value` as a half. */
function narrowed(t: ArmContext, value: number): number {
  return t.ir.emit(OP['v.toi32'], t.ir.emit(OP['f.tohalf'], value, NONE, NONE, HALF_OPERAND))
}
const negated = (t: ArmContext, bits: number) => t.xorImm(bits, SIGN)
const get = (t: ArmContext, n: number) => getBits(t, 0, n)
const set = (t: ArmContext, f: Destination, bits: number) => setBits(t, 0, destinationS(f), bits)

/** Bits of the result. */
type Operation = (t: ArmContext, f: Three) => number

const binary =
  (op: number): Operation =>
  (t, f) => {
    const n = widened(t, get(t, firstS(f)))
    return narrowed(t, t.ir.emit(op, n, widened(t, get(t, secondS(f)))))
  }
const product = binary(OP.fmul)
/** Copies in all lanes raise nothing new. */
const quotient: Operation = (t, f) => {
  const lanes = (n: number) => t.ir.emit(OP.vsplat16, get(t, n))
  const n = lanes(firstS(f))
  return t.andImm(t.ir.emit(OP['v.toi32'], t.ir.emit(OP['vf.divhalf'], n, lanes(secondS(f)))), HALF_BITS)
}
/** Rounded twice: the product, then the sum. */
function unfused(negateProduct: boolean, negateAddend: boolean): Operation {
  return (t, f) => {
    const p = product(t, f)
    const d = get(t, destinationS(f))
    const addend = widened(t, negateAddend ? negated(t, d) : d)
    return narrowed(t, t.ir.emit(OP.fadd, addend, widened(t, negateProduct ? negated(t, p) : p)))
  }
}
/** `negate`: bit 0 the product, bit 1 the addend. */
const fused =
  (negate: number): Operation =>
  (t, f) => {
    const operand = (n: number) => widened(t, get(t, n), F64)
    const n = operand(firstS(f))
    return narrowed(t, t.ir.emit(OP.fma, n, operand(secondS(f)), operand(destinationS(f)), negate))
  }

/** Name, bits 23, 21:20 and 6, meaning: as in single precision. */
const THREE: readonly (readonly [name: string, o1: string, o2: string, op: string, operation: Operation])[] = [
  ['vmla', '0', '00', '0', unfused(false, false)],
  ['vmls', '0', '00', '1', unfused(true, false)],
  ['vnmls', '0', '01', '0', unfused(false, true)],
  ['vnmla', '0', '01', '1', unfused(true, true)],
  ['vmul', '0', '10', '0', product],
  ['vnmul', '0', '10', '1', (t, f) => negated(t, product(t, f))],
  ['vadd', '0', '11', '0', binary(OP.fadd)],
  ['vsub', '0', '11', '1', binary(OP.fsub)],
  ['vdiv', '1', '00', '0', quotient],
  ['vfnms', '1', '01', '0', fused(2)],
  ['vfnma', '1', '01', '1', fused(3)],
  ['vfma', '1', '10', '0', fused(0)],
  ['vfms', '1', '10', '1', fused(1)],
]
const threeRows = THREE.map(([name, o1, o2, op, operation]) =>
  floatRow<Three>(
    `${name}.f16.vfp`,
    `cond:4 1110 ${o1} d:1 ${o2} vn:4 vd:4 1001 n:1 ${op} m:1 0 vm:4`,
    `${name}{c}.f16 {sd}, {sn}, {sm}`,
    (t, f) => {
      set(t, f, operation(t, f))
      return NEXT
    },
  ),
)

const unconditionalRows = [
  ...EXTREMES.map(([name, op, code]) =>
    floatRow<Three>(`${name}.f16.vfp`, `1111 1110 1 d:1 00 vn:4 vd:4 1001 n:1 ${op} m:1 0 vm:4`, `${name}.f16 {sd}, {sn}, {sm}`, (t, f) => {
      set(t, f, binary(code)(t, f))
      return NEXT
    }),
  ),
  ...SELECTIONS.map(([name, cc, cond]) =>
    builtRow<Three>(
      `vsel${name}.f16`,
      `1111 1110 0 d:1 ${cc} vn:4 vd:4 1001 n:1 0 m:1 0 vm:4`,
      `vsel${name}.f16 {sd}, {sn}, {sm}`,
      (t, f) => {
        const n = get(t, firstS(f))
        set(t, f, t.andImm(t.ir.emit(OP.select, t.cond(cond), n, get(t, secondS(f))), HALF_BITS))
        return NEXT
      },
    ),
  ),
]

// One source

type Unary = (t: ArmContext, bits: number) => number
function unary(name: string, opc2: string, opc3: string, operation: Unary, makeRow: typeof builtRow<Two>): Row<ArmContext> {
  return makeRow(`${name}.f16.vfp`, `cond:4 1110 1 d:1 11 ${opc2} vd:4 1001 ${opc3} m:1 0 vm:4`, `${name}{c}.f16 {sd}, {sm}`, (t, f) => {
    set(t, f, operation(t, get(t, secondS(f))))
    return NEXT
  })
}
const rounded =
  (mode: number, exact: boolean): Unary =>
  (t, bits) =>
    narrowed(t, t.ir.emit(OP.fround, widened(t, bits), NONE, NONE, mode, exact ? 1 : 0))
const unaryRows = [
  unary('vabs', '0000', '11', (t, bits) => t.andImm(bits, SIGN - 1), builtRow),
  unary('vneg', '0001', '01', (t, bits) => negated(t, t.andImm(bits, HALF_BITS)), builtRow),
  unary('vsqrt', '0001', '11', (t, bits) => narrowed(t, t.ir.emit(OP.fsqrt, widened(t, bits))), floatRow),
  unary('vrintr', '0110', '01', rounded(ROUND_CURRENT, false), floatRow),
  unary('vrintz', '0110', '11', rounded(ROUND_ZERO, false), floatRow),
  unary('vrintx', '0111', '01', rounded(ROUND_CURRENT, true), floatRow),
  ...DIRECTED.map(([letter, rm, mode]) =>
    floatRow<Two>(
      `vrint${letter}.f16.vfp`,
      `1111 1110 1 d:1 11 10 ${rm} vd:4 1001 01 m:1 0 vm:4`,
      `vrint${letter}.f16 {sd}, {sm}`,
      (t, f) => {
        set(t, f, rounded(mode, false)(t, get(t, secondS(f))))
        return NEXT
      },
    ),
  ),
]

// Compare: NZCV of FPSCR

function compare(t: ArmContext, f: Destination, b: number, signalling: number): Outcome {
  const flags = t.ir.emit(OP['flags.fcmp'], widened(t, get(t, destinationS(f))), b, NONE, signalling)
  t.put(SLOT_FPNZCV, t.ir.emit(OP.pack, flags))
  return NEXT
}
const compareRows = (['vcmp', 'vcmpe'] as const).flatMap((name, signalling) => [
  floatRow<Two>(`${name}.f16`, `cond:4 1110 1 d:1 11 0100 vd:4 1001 ${signalling} 1 m:1 0 vm:4`, `${name}{c}.f16 {sd}, {sm}`, (t, f) =>
    compare(t, f, widened(t, get(t, secondS(f))), signalling),
  ),
  floatRow<Destination>(
    `${name}.zero.f16`,
    `cond:4 1110 1 d:1 11 0101 vd:4 1001 ${signalling} 1 0 0 0000`,
    `${name}{c}.f16 {sd}, #0.0`,
    (t, f) => compare(t, f, t.ir.constF(F32, 0), signalling),
  ),
])

// Integers, in the other single register; fixed point, in the same one

function toInteger(t: ArmContext, f: Two, isSigned: boolean, mode: number): Outcome {
  const value = widened(t, get(t, secondS(f)))
  setBits(t, 0, destinationS(f), t.ir.emitTyped(isSigned ? OP.ftosi : OP.ftoui, I32, value, NONE, NONE, mode))
  return NEXT
}
const integerRows = SIGNS.flatMap(([sign, isSigned]) => [
  ...(
    [
      ['vcvtr', '0', ROUND_CURRENT],
      ['vcvt', '1', ROUND_ZERO],
    ] as const
  ).map(([name, op, mode]) =>
    floatRow<Two>(
      `${name}.${sign}32.f16.vfp`,
      `cond:4 1110 1 d:1 11 110 ${isSigned ? 1 : 0} vd:4 1001 ${op} 1 m:1 0 vm:4`,
      `${name}{c}.${sign}32.f16 {sd}, {sm}`,
      (t, f) => toInteger(t, f, isSigned, mode),
    ),
  ),
  ...DIRECTED.map(([letter, rm, mode]) =>
    floatRow<Two>(
      `vcvt${letter}.${sign}32.f16.vfp`,
      `1111 1110 1 d:1 11 11 ${rm} vd:4 1001 ${isSigned ? 1 : 0} 1 m:1 0 vm:4`,
      `vcvt${letter}.${sign}32.f16 {sd}, {sm}`,
      (t, f) => toInteger(t, f, isSigned, mode),
    ),
  ),
  floatRow<Two>(
    `vcvt.f16.${sign}32.vfp`,
    `cond:4 1110 1 d:1 11 1000 vd:4 1001 ${isSigned ? 1 : 0} 1 m:1 0 vm:4`,
    `vcvt{c}.f16.${sign}32 {sd}, {sm}`,
    (t, f) => {
      const value = t.ir.emitTyped(isSigned ? OP.sitof : OP.uitof, F64, get(t, secondS(f)), NONE, NONE, 0)
      set(t, f, narrowed(t, value))
      return NEXT
    },
  ),
])

interface Fixed extends Destination {
  readonly imm4: number
  readonly i: number
}
const fixedRows = SIGNS.flatMap(([sign, isSigned]) =>
  ([16, 32] as const).flatMap((size) =>
    (
      [
        ['from', '0', `f16.${sign}${size}`],
        ['to', '1', `${sign}${size}.f16`],
      ] as const
    ).map(([direction, op, types]) =>
      floatRow<Fixed>(
        `vcvt.${direction}.${sign}${size}.f16.fixed`,
        `cond:4 1110 1 d:1 11 1 ${op} 1 ${isSigned ? 0 : 1} vd:4 1001 ${size === 32 ? 1 : 0} 1 i:1 0 imm4:4`,
        `vcvt{c}.${types} {sd}, {sd}, {fixed.${size}}`,
        (t, f) => {
          const fbits = size - ((f.imm4 << 1) | f.i)
          if (fbits < 0) return t.undefinedInsn()
          return emulateFixedHalf(t, { register: destinationS(f), isSigned, isTo: direction === 'to', size, fbits })
        },
      ),
    ),
  ),
)

// Moves

const immediateRow = insn(
  'vmov.imm.f16.vfp',
  'cond:4 1110 1 d:1 11 imm4h:4 vd:4 1001 0 0 0 0 imm4l:4',
  'vmov{c}.f16 {sd}, {fimm}',
  (t, f) => {
    set(t, f, t.imm(expandImm16((f.imm4h << 4) | f.imm4l)))
    return NEXT
  },
)
const HALF_WORD = 16
const moveRows = [
  insn('vmov.f16.r', 'cond:4 1110 000 0 vn:4 rt:4 1001 n:1 00 1 0000', 'vmov{c}.f16 {sn}, {r:rt}', (t, f) => {
    if (f.rt === PC) return t.undefinedInsn()
    setBits(t, 0, firstS(f), t.andImm(t.r(f.rt), HALF_BITS))
    return NEXT
  }),
  insn('vmov.r.f16', 'cond:4 1110 000 1 vn:4 rt:4 1001 n:1 00 1 0000', 'vmov{c}.f16 {r:rt}, {sn}', (t, f) => {
    if (f.rt === PC) return t.undefinedInsn()
    t.setR(f.rt, t.andImm(get(t, firstS(f)), HALF_BITS))
    return NEXT
  }),
  insn('vins.f16', '1111 1110 1 d:1 11 0000 vd:4 1010 11 m:1 0 vm:4', 'vins.f16 {sd}, {sm}', (t, f) => {
    const low = t.andImm(get(t, destinationS(f)), HALF_BITS)
    set(t, f, t.ir.emit(OP.or, low, t.shlImm(get(t, secondS(f)), HALF_WORD)))
    return NEXT
  }),
  insn('vmovx.f16', '1111 1110 1 d:1 11 0000 vd:4 1010 01 m:1 0 vm:4', 'vmovx.f16 {sd}, {sm}', (t, f) => {
    set(t, f, t.shrImm(get(t, secondS(f)), HALF_WORD))
    return NEXT
  }),
]

interface Access extends Destination {
  readonly U: number
  readonly rn: number
  readonly imm8: number
}
/** The base of literals is aligned. */
function addressOf(t: ArmContext, f: Access): number {
  return t.addImm(f.rn === PC ? t.imm(t.alignedPc) : t.r(f.rn), f.U ? 2 * f.imm8 : -2 * f.imm8)
}
const accessRows = [
  insn('vldr.f16', 'cond:4 1101 U:1 d:1 0 1 rn:4 vd:4 1001 imm8:8', 'vldr{c}.16 {sd}, {vaddr8.2}', (t, f) => {
    t.effects()
    set(t, f, t.load(addressOf(t, f), 2))
    return NEXT
  }),
  insn('vstr.f16', 'cond:4 1101 U:1 d:1 0 0 rn:4 vd:4 1001 imm8:8', 'vstr{c}.16 {sd}, {vaddr8.2}', (t, f) => {
    t.effects()
    t.store(addressOf(t, f), get(t, destinationS(f)), 2)
    return NEXT
  }),
]

export const vfpHalfRows: readonly Row<ArmContext>[] = [
  ...threeRows,
  ...unconditionalRows,
  ...unaryRows,
  ...compareRows,
  ...integerRows,
  ...fixedRows,
  immediateRow,
  ...moveRows,
  ...accessRows,
]
