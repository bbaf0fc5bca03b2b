/** VFP: data processing, compare, select, immediates (ARM DDI 0487, F3.1 "Floating-point data-processing"). */
import { F32, F64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { COND_EQ, COND_GE, COND_GT, COND_VS } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { ROUND_AWAY, ROUND_CURRENT, ROUND_DOWN, ROUND_NEAREST, ROUND_UP, ROUND_ZERO } from '../../ir/softfloat.ts'
import { expandImm32, expandImm64High } from '../arm-common/fp-fields.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { builtRow, floatRow } from './fp-rows.ts'
import { insn } from './notation.ts'
import { SLOT_FPNZCV } from './state.ts'
import {
  type Destination,
  destination,
  type First,
  first,
  type ScalarFields,
  type Second,
  second,
  setDestination,
  typeOf,
} from './vfp-registers.ts'
import { elementsOf } from './vfp-vectors.ts'

interface Three extends Destination, First, Second, ScalarFields {}
interface Two extends Destination, Second, ScalarFields {}

/** Result from the old destination and the operands. */
type Operation = (t: ArmContext, f: Three) => number

const emit = (t: ArmContext, op: number, a: number, b: number = NONE, c: number = NONE, imm = 0) => t.ir.emit(op, a, b, c, imm)
const negated = (t: ArmContext, value: number) => emit(t, OP.fneg, value)
const product = (t: ArmContext, f: Three) => emit(t, OP.fmul, first(t, f), second(t, f))
const binary =
  (op: number): Operation =>
  (t, f) =>
    emit(t, op, first(t, f), second(t, f))

/** Rounded twice: the product, then the sum. */
function unfused(negateProduct: boolean, negateAddend: boolean): Operation {
  return (t, f) => {
    const p = product(t, f)
    const d = destination(t, f)
    return emit(t, OP.fadd, negateAddend ? negated(t, d) : d, negateProduct ? negated(t, p) : p)
  }
}
/** `negate`: bit 0 the product, bit 1 the addend. */
const fused =
  (negate: number): Operation =>
  (t, f) =>
    emit(t, OP.fma, first(t, f), second(t, f), destination(t, f), negate)

/** Name, bits 23, 21:20 and 6, meaning. */
const THREE: readonly (readonly [name: string, o1: string, o2: string, op: string, operation: Operation])[] = [
  ['vmla', '0', '00', '0', unfused(false, false)],
  ['vmls', '0', '00', '1', unfused(true, false)],
  ['vnmls', '0', '01', '0', unfused(false, true)],
  ['vnmla', '0', '01', '1', unfused(true, true)],
  ['vmul', '0', '10', '0', product],
  ['vnmul', '0', '10', '1', (t, f) => negated(t, product(t, f))],
  ['vadd', '0', '11', '0', binary(OP.fadd)],
  ['vsub', '0', '11', '1', binary(OP.fsub)],
  ['vdiv', '1', '00', '0', binary(OP.fdiv)],
  ['vfnms', '1', '01', '0', fused(2)],
  ['vfnma', '1', '01', '1', fused(3)],
  ['vfma', '1', '10', '0', fused(0)],
  ['vfms', '1', '10', '1', fused(1)],
]
function three([name, o1, o2, op, operation]: (typeof THREE)[number]): Row<ArmContext> {
  return floatRow<Three>(
    `${name}.vfp`,
    `cond:4 1110 ${o1} d:1 ${o2} vn:4 vd:4 101 sz:1 n:1 ${op} m:1 0 vm:4`,
    `${name}{c}.{fw} {fd}, {fn}, {fm}`,
    (t, f) => {
      if (t.lengthStride === 0) setDestination(t, f, operation(t, f))
      else for (const element of elementsOf(t, f)) setDestination(t, element, operation(t, element))
      return NEXT
    },
  )
}

export const EXTREMES = [
  ['vmaxnm', '0', OP.fmaxnum],
  ['vminnm', '1', OP.fminnum],
] as const
/** VSEL's conditions, bits 21:20. */
export const SELECTIONS = [
  ['eq', '00', COND_EQ],
  ['vs', '01', COND_VS],
  ['ge', '10', COND_GE],
  ['gt', '11', COND_GT],
] as const
const unconditionalRows = [
  ...EXTREMES.map(([name, op, code]) =>
    floatRow<Three>(
      `${name}.vfp`,
      `1111 1110 1 d:1 00 vn:4 vd:4 101 sz:1 n:1 ${op} m:1 0 vm:4`,
      `${name}.{fw} {fd}, {fn}, {fm}`,
      (t, f) => {
        setDestination(t, f, binary(code)(t, f))
        return NEXT
      },
    ),
  ),
  ...SELECTIONS.map(([name, cc, cond]) =>
    builtRow<Three>(
      `vsel${name}`,
      `1111 1110 0 d:1 ${cc} vn:4 vd:4 101 sz:1 n:1 0 m:1 0 vm:4`,
      `vsel${name}.{fw} {fd}, {fn}, {fm}`,
      (t, f) => {
        const a = first(t, f)
        setDestination(t, f, emit(t, OP['select.f'], t.cond(cond), a, second(t, f)))
        return NEXT
      },
    ),
  ),
]

// One source

type Unary = (t: ArmContext, value: number) => number
function unary(name: string, opc2: string, opc3: string, operation: Unary, makeRow: typeof builtRow<Two>): Row<ArmContext> {
  return makeRow(`${name}.vfp`, `cond:4 1110 1 d:1 11 ${opc2} vd:4 101 sz:1 ${opc3} m:1 0 vm:4`, `${name}{c}.{fw} {fd}, {fm}`, (t, f) => {
    if (t.lengthStride === 0) setDestination(t, f, operation(t, second(t, f)))
    else for (const element of elementsOf(t, f)) setDestination(t, element, operation(t, second(t, element)))
    return NEXT
  })
}
const rounded =
  (mode: number, exact: boolean): Unary =>
  (t, value) =>
    t.ir.emit(OP.fround, value, NONE, NONE, mode, exact ? 1 : 0)

const unaryRows = [
  unary('vmov', '0000', '01', (_, value) => value, builtRow),
  unary('vabs', '0000', '11', (t, value) => emit(t, OP.fabs, value), builtRow),
  unary('vneg', '0001', '01', negated, builtRow),
  unary('vsqrt', '0001', '11', (t, value) => emit(t, OP.fsqrt, value), floatRow),
  unary('vrintr', '0110', '01', rounded(ROUND_CURRENT, false), floatRow),
  unary('vrintz', '0110', '11', rounded(ROUND_ZERO, false), floatRow),
  unary('vrintx', '0111', '01', rounded(ROUND_CURRENT, true), floatRow),
]

/** RM of the rounding instructions without a condition. */
export const DIRECTED = [
  ['a', '00', ROUND_AWAY],
  ['n', '01', ROUND_NEAREST],
  ['p', '10', ROUND_UP],
  ['m', '11', ROUND_DOWN],
] as const
const directedRows = DIRECTED.map(([letter, rm, mode]) =>
  floatRow<Two>(
    `vrint${letter}.vfp`,
    `1111 1110 1 d:1 11 10 ${rm} vd:4 101 sz:1 01 m:1 0 vm:4`,
    `vrint${letter}.{fw} {fd}, {fm}`,
    (t, f) => {
      setDestination(t, f, rounded(mode, false)(t, second(t, f)))
      return NEXT
    },
  ),
)

// Compare: NZCV of FPSCR

function compare(t: ArmContext, a: number, b: number, signalling: number): Outcome {
  t.put(SLOT_FPNZCV, emit(t, OP.pack, emit(t, OP['flags.fcmp'], a, b, NONE, signalling)))
  return NEXT
}
const compareRows = (['vcmp', 'vcmpe'] as const).flatMap((name, signalling) => [
  floatRow<Two>(name, `cond:4 1110 1 d:1 11 0100 vd:4 101 sz:1 ${signalling} 1 m:1 0 vm:4`, `${name}{c}.{fw} {fd}, {fm}`, (t, f) =>
    compare(t, destination(t, f), second(t, f), signalling),
  ),
  floatRow<Destination & ScalarFields>(
    `${name}.zero`,
    `cond:4 1110 1 d:1 11 0101 vd:4 101 sz:1 ${signalling} 1 0 0 0000`,
    `${name}{c}.{fw} {fd}, #0.0`,
    (t, f) => compare(t, destination(t, f), t.ir.constF(typeOf(f.sz), 0), signalling),
  ),
])

const immediateRow = insn(
  'vmov.imm.vfp',
  'cond:4 1110 1 d:1 11 imm4h:4 vd:4 101 sz:1 0 0 0 0 imm4l:4',
  'vmov{c}.{fw} {fd}, {fimm}',
  (t, f) => {
    const imm8 = (f.imm4h << 4) | f.imm4l
    const value = f.sz ? t.ir.constF(F64, 0, expandImm64High(imm8)) : t.ir.constF(F32, expandImm32(imm8))
    for (const element of t.lengthStride === 0 ? [f] : elementsOf(t, f)) setDestination(t, element, value)
    return NEXT
  },
)

export const vfpRows: readonly Row<ArmContext>[] = [
  ...THREE.map(three),
  ...unconditionalRows,
  ...unaryRows,
  ...directedRows,
  ...compareRows,
  immediateRow,
]
