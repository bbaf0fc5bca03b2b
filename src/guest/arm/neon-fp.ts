/** Advanced SIMD floating point, in standard mode (vfp-environment.ts): single precision, and conversions between it and half precision (manual F4.1.18, F4.1.19). */
import { OP } from '../../ir/ops.ts'
import { FBITS_SHIFT, HALF_CONVERSION } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import { ROUND_DOWN, ROUND_NEAREST, ROUND_UP, ROUND_ZERO } from '../../ir/softfloat.ts'
import { absCompare, absDifference, fusedOperator, type Operator, plainFp, rounding } from '../arm-common/simd-fp-operators.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { scalarLanes } from './neon-long.ts'
import { finish, oddThree, oddTwo, simdFloatRow, simdRow, type Three, type Two, type Vector } from './neon-rows.ts'
import { DIRECTED } from './vfp.ts'
import { inStandardMode } from './vfp-environment.ts'
import {
  type Destination,
  destinationD,
  type First,
  firstD,
  getQ,
  getTwice,
  isOdd,
  type Second,
  secondD,
  setD,
  setQ,
} from './vfp-registers.ts'

/** A register; of a doubleword two copies, so that its upper half raises nothing new. */
export const filled = (t: ArmContext, q: number, number: number) => (q ? getQ(t, number >> 1) : getTwice(t, number))

function compute(t: ArmContext, f: Vector & Destination, values: readonly number[], operator: Operator): Outcome {
  return finish(
    t,
    f,
    inStandardMode(t, () => operator(t, 32, values)),
  )
}

// Three of the same length

const LAST: Operator = (t, _wide, [a, b, d]) => t.ir.emit(OP.vfadd32, d!, t.ir.emit(OP.vfmul32, a!, b!))
const LESS: Operator = (t, _wide, [a, b, d]) => t.ir.emit(OP.vfsub32, d!, t.ir.emit(OP.vfmul32, a!, b!))

const ABS = 0x7fff_ffff
const INFINITY = 0x7f80_0000
const TWO = 0x4000_0000
const THREE = 0x4040_0000
const HALF_ONE = 0x3f00_0000

/**
 * The product of a step: infinity times zero is zero and raises nothing. Denormals are zeros here.
 */
export function stepProduct(t: Parameters<Operator>[0], a: number, b: number): number {
  const { ir } = t
  const every = (word: number) => ir.constV(word, word, word, word)
  const isInfinite = (x: number) => ir.emit(OP.vcmpeq32, ir.emit(OP.vand, x, every(ABS)), every(INFINITY))
  const isZero = (x: number) => ir.emit(OP.vcmpeq32, ir.emit(OP.vand, x, every(INFINITY)), ir.emit(OP.vzero))
  const first = ir.emit(OP.vand, isInfinite(a), isZero(b))
  const second = ir.emit(OP.vand, isInfinite(b), isZero(a))
  return ir.emit(OP.vfmul32, ir.emit(OP.vandn, a, first), ir.emit(OP.vandn, b, second))
}
/** 2 - a * b, rounded twice. */
const recipStep: Operator = (t, _wide, [a, b]) => t.ir.emit(OP.vfsub32, t.ir.constV(TWO, TWO, TWO, TWO), stepProduct(t, a!, b!))
/** (3 - a * b) / 2, rounded twice. */
const rsqrtStep: Operator = (t, _wide, [a, b]) => {
  const difference = t.ir.emit(OP.vfsub32, t.ir.constV(THREE, THREE, THREE, THREE), stepProduct(t, a!, b!))
  return t.ir.emit(OP.vfmul32, difference, t.ir.constV(HALF_ONE, HALF_ONE, HALF_ONE, HALF_ONE))
}

/** Name, U, high bit of size, opcode, bit 4, operator; `d`: the destination is an operand. */
type ThreeRow = readonly [name: string, u: string, op: string, opcode: string, o1: string, operator: Operator, d?: 'd']
const SAME: readonly ThreeRow[] = [
  ['vfma', '0', '0', '1100', '1', fusedOperator(0), 'd'],
  ['vfms', '0', '1', '1100', '1', fusedOperator(1), 'd'],
  ['vadd', '0', '0', '1101', '0', plainFp('vfadd')],
  ['vsub', '0', '1', '1101', '0', plainFp('vfsub')],
  ['vabd', '1', '1', '1101', '0', absDifference],
  ['vmla', '0', '0', '1101', '1', LAST, 'd'],
  ['vmls', '0', '1', '1101', '1', LESS, 'd'],
  ['vmul', '1', '0', '1101', '1', plainFp('vfmul')],
  ['vceq', '0', '0', '1110', '0', plainFp('vfcmpeq')],
  ['vcge', '1', '0', '1110', '0', plainFp('vfcmpge')],
  ['vcgt', '1', '1', '1110', '0', plainFp('vfcmpgt')],
  ['vacge', '1', '0', '1110', '1', absCompare('vfcmpge')],
  ['vacgt', '1', '1', '1110', '1', absCompare('vfcmpgt')],
  ['vmax', '0', '0', '1111', '0', plainFp('vfmax')],
  ['vmin', '0', '1', '1111', '0', plainFp('vfmin')],
  ['vrecps', '0', '0', '1111', '1', recipStep],
  ['vrsqrts', '0', '1', '1111', '1', rsqrtStep],
  ['vmaxnm', '1', '0', '1111', '1', plainFp('vfmaxnum')],
  ['vminnm', '1', '1', '1111', '1', plainFp('vfminnum')],
]
function same([name, u, op, opcode, o1, operator, d]: ThreeRow): Row<ArmContext> {
  return simdFloatRow<Three>(
    `${name}.f32`,
    u,
    `0 d:1 ${op} 0 vn:4 vd:4 ${opcode} n:1 q:1 m:1 ${o1} vm:4`,
    `${name}{c}.f32 {vd}, {vn}, {vm}`,
    (t, f) => {
      if (oddThree(f)) return t.undefinedInsn()
      const values = [filled(t, f.q, firstD(f)), filled(t, f.q, secondD(f))]
      if (d !== undefined) values.push(filled(t, f.q, destinationD(f)))
      return compute(t, f, values, operator)
    },
  )
}

/** Neighbours: doublewords only. */
const PAIRWISE: readonly ThreeRow[] = [
  ['vpadd', '1', '0', '1101', '0', plainFp('vfadd')],
  ['vpmax', '1', '0', '1111', '0', plainFp('vfmax')],
  ['vpmin', '1', '1', '1111', '0', plainFp('vfmin')],
]
function pairwise([name, u, op, opcode, o1, operator]: ThreeRow): Row<ArmContext> {
  return simdFloatRow<Three>(
    `${name}.f32`,
    u,
    `0 d:1 ${op} 0 vn:4 vd:4 ${opcode} n:1 q:1 m:1 ${o1} vm:4`,
    `${name}{c}.f32 {vd}, {vn}, {vm}`,
    (t, f) => {
      if (f.q) return t.undefinedInsn()
      const both = t.ir.emit(OP.vziplo64, getTwice(t, firstD(f)), getTwice(t, secondD(f)))
      return compute(t, f, [t.ir.emit(OP.vuzplo32, both, both), t.ir.emit(OP.vuzphi32, both, both)], operator)
    },
  )
}

// By a scalar

interface ByScalar extends Destination, First, Second, Vector {}
const BY_SCALAR: readonly (readonly [name: string, opcode: string, operator: Operator, d?: 'd'])[] = [
  ['vmla', '0001', LAST, 'd'],
  ['vmls', '0101', LESS, 'd'],
  ['vmul', '1001', plainFp('vfmul')],
]
const WORDS = 2
function byScalar([name, opcode, operator, d]: (typeof BY_SCALAR)[number]): Row<ArmContext> {
  return simdFloatRow<ByScalar>(
    `${name}.f32.scalar`,
    'q:1',
    `1 d:1 10 vn:4 vd:4 ${opcode} n:1 1 m:1 0 vm:4`,
    `${name}{c}.f32 {vd}, {vn}, {elem.2}`,
    (t, f) => {
      if (isOdd(f.q, destinationD(f), firstD(f))) return t.undefinedInsn()
      const values = [filled(t, f.q, firstD(f)), scalarLanes(t, f, WORDS)]
      if (d !== undefined) values.push(filled(t, f.q, destinationD(f)))
      return compute(t, f, values, operator)
    },
  )
}

// Two registers

const pattern = (opc1: string, opc2: string) => `1 d:1 11 10 ${opc1} vd:4 0 ${opc2} q:1 m:1 0 vm:4`
function two(name: string, opc1: string, opc2: string, template: string, operator: Operator): Row<ArmContext> {
  return simdFloatRow<Two>(name, '1', pattern(opc1, opc2), template, (t, f) => {
    if (oddTwo(f)) return t.undefinedInsn()
    return compute(t, f, [filled(t, f.q, secondD(f))], operator)
  })
}
function compareZero(name: 'vfcmpeq' | 'vfcmpge' | 'vfcmpgt', exchanged: boolean): Operator {
  return (t, wide, [a]) => {
    const zero = t.ir.emit(OP.vzero)
    return t.ir.emit(OP[`${name}${wide}`], exchanged ? zero : a!, exchanged ? a! : zero)
  }
}
export const ZERO = [
  ['vcgt', '1000', compareZero('vfcmpgt', false)],
  ['vcge', '1001', compareZero('vfcmpge', false)],
  ['vceq', '1010', compareZero('vfcmpeq', false)],
  ['vcle', '1011', compareZero('vfcmpge', true)],
  ['vclt', '1100', compareZero('vfcmpgt', true)],
] as const
/** Of VRINT. */
export const ROUNDINGS = [
  ['n', '1000', ROUND_NEAREST, false],
  ['x', '1001', ROUND_NEAREST, true],
  ['z', '1011', ROUND_ZERO, false],
  ['a', '1010', DIRECTED[0][2], false],
  ['m', '1101', ROUND_DOWN, false],
  ['p', '1111', ROUND_UP, false],
] as const
export const SIGNS = [
  ['s', '0', 'vftosi', 'vsitof'],
  ['u', '1', 'vftoui', 'vuitof'],
] as const
const toInteger =
  (name: 'vftosi' | 'vftoui', imm: number): Operator =>
  (t, wide, [a]) =>
    t.ir.emit(OP[`${name}${wide}`], a!, NONE, NONE, imm)
const fromInteger =
  (name: 'vsitof' | 'vuitof', fbits: number): Operator =>
  (t, wide, [a]) =>
    t.ir.emit(OP[`${name}${wide}`], a!, NONE, NONE, fbits)

const twoRows = [
  ...ZERO.map(([name, opc2, operator]) => two(`${name}.zero.f32`, '01', opc2, `${name}{c}.f32 {vd}, {vm}, #0`, operator)),
  ...ROUNDINGS.map(([letter, opc2, mode, exact]) =>
    two(`vrint${letter}.f32`, '10', opc2, `vrint${letter}{c}.f32 {vd}, {vm}`, rounding(mode, exact)),
  ),
  two('vrecpe.f32', '11', '1010', 'vrecpe{c}.f32 {vd}, {vm}', plainFp('vfrecpe')),
  two('vrsqrte.f32', '11', '1011', 'vrsqrte{c}.f32 {vd}, {vm}', plainFp('vfrsqrte')),
  ...SIGNS.flatMap(([sign, u, to, from]) => [
    ...DIRECTED.map(([letter, rm, mode]) =>
      two(`vcvt${letter}.${sign}32`, '11', `0${rm}${u}`, `vcvt${letter}{c}.${sign}32.f32 {vd}, {vm}`, toInteger(to, mode)),
    ),
    two(`vcvt.f32.${sign}32`, '11', `110${u}`, `vcvt{c}.f32.${sign}32 {vd}, {vm}`, fromInteger(from, 0)),
    two(`vcvt.${sign}32.f32`, '11', `111${u}`, `vcvt{c}.${sign}32.f32 {vd}, {vm}`, toInteger(to, ROUND_ZERO)),
  ]),
]

/** Bits, and estimates of integers: no exceptions, nothing flushed. */
function bits(name: string, opc1: string, opc2: string, template: string, op: number): Row<ArmContext> {
  return simdRow<Two>(name, '1', pattern(opc1, opc2), template, (t, f) =>
    oddTwo(f) ? t.undefinedInsn() : finish(t, f, t.ir.emit(op, filled(t, f.q, secondD(f)))),
  )
}
const bitRows = [
  bits('vabs.f32', '01', '1110', 'vabs{c}.f32 {vd}, {vm}', OP.vfabs32),
  bits('vneg.f32', '01', '1111', 'vneg{c}.f32 {vd}, {vm}', OP.vfneg32),
]
const estimateRows = [
  bits('vrecpe.u32', '11', '1000', 'vrecpe{c}.u32 {vd}, {vm}', OP.vurecpe32),
  bits('vrsqrte.u32', '11', '1001', 'vrsqrte{c}.u32 {vd}, {vm}', OP.vursqrte32),
]

// Fixed point: imm6 = 64 - fraction bits, of 32

interface Fixed extends Two {
  readonly imm5: number
}
const WORD_BITS = 32
const fixedRows = SIGNS.flatMap(([sign, u, to, from]) =>
  (
    [
      [`vcvt.f32.${sign}32.fixed`, '1110', `vcvt{c}.f32.${sign}32`, (fbits: number) => fromInteger(from, fbits)],
      [`vcvt.${sign}32.f32.fixed`, '1111', `vcvt{c}.${sign}32.f32`, (fbits: number) => toInteger(to, ROUND_ZERO | (fbits << FBITS_SHIFT))],
    ] as const
  ).map(([name, opcode, mnemonic, operator]) =>
    simdFloatRow<Fixed>(name, u, `1 d:1 1 imm5:5 vd:4 ${opcode} 0 q:1 m:1 1 vm:4`, `${mnemonic} {vd}, {vm}, {fbits.32:imm5}`, (t, f) => {
      if (oddTwo(f)) return t.undefinedInsn()
      return compute(t, f, [filled(t, f.q, secondD(f))], operator(WORD_BITS - f.imm5))
    }),
  ),
)

// Half precision

interface Resize extends Destination, Second {}
const halfRows = [
  simdFloatRow<Resize>('vcvt.f16.f32', '1', '1 d:1 11 01 10 vd:4 0 1100 0 m:1 0 vm:4', 'vcvt{c}.f16.f32 {dd}, {qm}', (t, f) => {
    if (isOdd(1, secondD(f))) return t.undefinedInsn()
    const value = getQ(t, secondD(f) >> 1)
    const narrow = inStandardMode(t, () => t.ir.emit(OP['vf.tohalf'], value, NONE, NONE, HALF_CONVERSION), true)
    setD(t, destinationD(f), narrow)
    return NEXT
  }),
  simdFloatRow<Resize>('vcvt.f32.f16', '1', '1 d:1 11 01 10 vd:4 0 1110 0 m:1 0 vm:4', 'vcvt{c}.f32.f16 {qd}, {dm}', (t, f) => {
    const d = destinationD(f)
    if (isOdd(1, d)) return t.undefinedInsn()
    const value = getTwice(t, secondD(f))
    setQ(
      t,
      d >> 1,
      inStandardMode(t, () => t.ir.emit(OP['vf.fromhalf'], value, NONE, NONE, HALF_CONVERSION), true),
    )
    return NEXT
  }),
]

export const neonFpRows: readonly Row<ArmContext>[] = [
  ...SAME.map(same),
  ...PAIRWISE.map(pairwise),
  ...BY_SCALAR.map(byScalar),
  ...twoRows,
  ...bitRows,
  ...estimateRows,
  ...fixedRows,
  ...halfRows,
]
