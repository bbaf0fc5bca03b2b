/**
 * Advanced SIMD in half precision (FEAT_FP16), in standard mode: the size field that is 00 in single precision is 01 (manual F4.1.18, F4.1.19). Lanes are widened,
 * computed with and narrowed (arm-common/simd-fp-operators.ts).
 */
import { OP } from '../../ir/ops.ts'
import { ROUND_ZERO } from '../../ir/softfloat.ts'
import { absCompare, fusedOperator, halfFromInteger, halfResult, MAGNITUDES_16, type Operator, plainFp, rounding, type Style } from '../arm-common/simd-fp-operators.ts' // biome-ignore format: a list
import type { Outcome, Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { filled, ROUNDINGS, SIGNS, stepProduct, ZERO } from './neon-fp.ts'
import { scalarLanes } from './neon-long.ts'
import { finish, oddThree, oddTwo, simdFloatRow, simdRow, type Three, type Two, type Vector } from './neon-rows.ts'
import { DIRECTED } from './vfp.ts'
import { emulateLanes } from './vfp-emulate.ts'
import { inStandardMode } from './vfp-environment.ts'
import { type Destination, destinationD, type First, firstD, getTwice, isOdd, type Second, secondD } from './vfp-registers.ts'

/** Lanes of the result from whole vectors. */
type Halves = (t: ArmContext, count: number, values: readonly number[]) => number

function compute(t: ArmContext, f: Vector & Destination, values: readonly number[], halves: Halves): Outcome {
  const count = f.q ? 8 : 4
  return finish(
    t,
    f,
    inStandardMode(t, () => halves(t, count, values), true),
  )
}
const plain =
  (operator: Operator, style: Style = {}): Halves =>
  (t, count, values) =>
    halfResult(t, count, values, operator, style)
const MASK: Style = { mask: true }
const FUSED: Style = { fused: true }

const every = (t: Parameters<Operator>[0], half: number) => {
  const word = half | (half << 16)
  return t.ir.constV(word, word, word, word)
}
/** Rounded with its sign. */
const difference: Halves = (t, count, values) =>
  t.ir.emit(OP.vand, plain(plainFp('vfsub'))(t, count, values), every(t, MAGNITUDES_16 & 0xffff))

/** d + n * m, or d - n * m, rounded twice. */
const accumulate =
  (sum: Operator): Halves =>
  (t, count, [a, b, d]) =>
    halfResult(t, count, [d!, halfResult(t, count, [a!, b!], plainFp('vfmul'))], sum)

const TWO = 0x4000
const THREE = 0x4200
const HALF_ONE = 0x3fe0_0000
const product: Operator = (t, _wide, [a, b]) => stepProduct(t, a!, b!)
/** 2 - a * b, rounded twice. */
const recipStep: Halves = (t, count, values) =>
  halfResult(t, count, [every(t, TWO), halfResult(t, count, values, product)], plainFp('vfsub'))
/** (3 - a * b) / 2: the product is rounded, then the whole. */
const rsqrtStep: Halves = (t, count, values) =>
  halfResult(
    t,
    count,
    [every(t, THREE), halfResult(t, count, values, product)],
    (c, wide, [a, b]) => c.ir.emit(OP[`vfmul${wide}`], c.ir.emit(OP[`vfsub${wide}`], a!, b!), c.ir.constV(0, HALF_ONE, 0, HALF_ONE)),
    FUSED,
  )

/** Name, U, high bit of size, opcode, bit 4, meaning; `d`: the destination is an operand. */
type ThreeRow = readonly [name: string, u: string, op: string, opcode: string, o1: string, halves: Halves, d?: 'd']
const SAME: readonly ThreeRow[] = [
  ['vfma', '0', '0', '1100', '1', plain(fusedOperator(0), FUSED), 'd'],
  ['vfms', '0', '1', '1100', '1', plain(fusedOperator(1), FUSED), 'd'],
  ['vadd', '0', '0', '1101', '0', plain(plainFp('vfadd'))],
  ['vsub', '0', '1', '1101', '0', plain(plainFp('vfsub'))],
  ['vabd', '1', '1', '1101', '0', difference],
  ['vmla', '0', '0', '1101', '1', accumulate(plainFp('vfadd')), 'd'],
  ['vmls', '0', '1', '1101', '1', accumulate(plainFp('vfsub')), 'd'],
  ['vmul', '1', '0', '1101', '1', plain(plainFp('vfmul'))],
  ['vceq', '0', '0', '1110', '0', plain(plainFp('vfcmpeq'), MASK)],
  ['vcge', '1', '0', '1110', '0', plain(plainFp('vfcmpge'), MASK)],
  ['vcgt', '1', '1', '1110', '0', plain(plainFp('vfcmpgt'), MASK)],
  ['vacge', '1', '0', '1110', '1', plain(absCompare('vfcmpge'), MASK)],
  ['vacgt', '1', '1', '1110', '1', plain(absCompare('vfcmpgt'), MASK)],
  ['vmax', '0', '0', '1111', '0', plain(plainFp('vfmax'))],
  ['vmin', '0', '1', '1111', '0', plain(plainFp('vfmin'))],
  ['vrecps', '0', '0', '1111', '1', recipStep],
  ['vrsqrts', '0', '1', '1111', '1', rsqrtStep],
  ['vmaxnm', '1', '0', '1111', '1', plain(plainFp('vfmaxnum'))],
  ['vminnm', '1', '1', '1111', '1', plain(plainFp('vfminnum'))],
]
const sameRows = SAME.map(([name, u, op, opcode, o1, halves, d]) =>
  simdFloatRow<Three>(
    `${name}.f16`,
    u,
    `0 d:1 ${op} 1 vn:4 vd:4 ${opcode} n:1 q:1 m:1 ${o1} vm:4`,
    `${name}{c}.f16 {vd}, {vn}, {vm}`,
    (t, f) => {
      if (oddThree(f)) return t.undefinedInsn()
      const values = [filled(t, f.q, firstD(f)), filled(t, f.q, secondD(f))]
      if (d !== undefined) values.push(filled(t, f.q, destinationD(f)))
      return compute(t, f, values, halves)
    },
  ),
)

/** Neighbours: doublewords only. */
const PAIRWISE: readonly ThreeRow[] = [
  ['vpadd', '1', '0', '1101', '0', plain(plainFp('vfadd'))],
  ['vpmax', '1', '0', '1111', '0', plain(plainFp('vfmax'))],
  ['vpmin', '1', '1', '1111', '0', plain(plainFp('vfmin'))],
]
const pairwiseRows = PAIRWISE.map(([name, u, op, opcode, o1, halves]) =>
  simdFloatRow<Three>(
    `${name}.f16`,
    u,
    `0 d:1 ${op} 1 vn:4 vd:4 ${opcode} n:1 q:1 m:1 ${o1} vm:4`,
    `${name}{c}.f16 {vd}, {vn}, {vm}`,
    (t, f) => {
      if (f.q) return t.undefinedInsn()
      const both = t.ir.emit(OP.vziplo64, getTwice(t, firstD(f)), getTwice(t, secondD(f)))
      return compute(t, f, [t.ir.emit(OP.vuzplo16, both, both), t.ir.emit(OP.vuzphi16, both, both)], halves)
    },
  ),
)

// By a scalar

interface ByScalar extends Destination, First, Second, Vector {}
const BY_SCALAR: readonly (readonly [name: string, opcode: string, halves: Halves, d?: 'd'])[] = [
  ['vmla', '0001', accumulate(plainFp('vfadd')), 'd'],
  ['vmls', '0101', accumulate(plainFp('vfsub')), 'd'],
  ['vmul', '1001', plain(plainFp('vfmul'))],
]
const HALFWORDS = 1
const scalarRows = BY_SCALAR.map(([name, opcode, halves, d]) =>
  simdFloatRow<ByScalar>(
    `${name}.f16.scalar`,
    'q:1',
    `1 d:1 01 vn:4 vd:4 ${opcode} n:1 1 m:1 0 vm:4`,
    `${name}{c}.f16 {vd}, {vn}, {elem.1}`,
    (t, f) => {
      if (isOdd(f.q, destinationD(f), firstD(f))) return t.undefinedInsn()
      const values = [filled(t, f.q, firstD(f)), scalarLanes(t, f, HALFWORDS)]
      if (d !== undefined) values.push(filled(t, f.q, destinationD(f)))
      return compute(t, f, values, halves)
    },
  ),
)

// Two registers

const pattern = (opc1: string, opc2: string) => `1 d:1 11 01 ${opc1} vd:4 0 ${opc2} q:1 m:1 0 vm:4`
function two(name: string, opc1: string, opc2: string, template: string, halves: Halves): Row<ArmContext> {
  return simdFloatRow<Two>(name, '1', pattern(opc1, opc2), template, (t, f) => {
    if (oddTwo(f)) return t.undefinedInsn()
    return compute(t, f, [filled(t, f.q, secondD(f))], halves)
  })
}
/** Each lane becomes an integer, or fixed point. */
function toInteger(t: ArmContext, f: Two, isSigned: boolean, rounding: number, fbits: number): Outcome {
  if (oddTwo(f)) return t.undefinedInsn()
  return emulateLanes(t, { q: f.q, destination: destinationD(f), source: secondD(f), isSigned, rounding, fbits })
}
const fromInteger =
  (isSigned: boolean, fbits: number): Halves =>
  (t, count, [a]) =>
    halfFromInteger(t, a!, isSigned, fbits, count)
const twoRows = [
  ...ZERO.map(([name, opc2, operator]) => two(`${name}.zero.f16`, '01', opc2, `${name}{c}.f16 {vd}, {vm}, #0`, plain(operator, MASK))),
  ...ROUNDINGS.map(([letter, opc2, mode, exact]) =>
    two(`vrint${letter}.f16`, '10', opc2, `vrint${letter}{c}.f16 {vd}, {vm}`, plain(rounding(mode, exact))),
  ),
  two('vrecpe.f16', '11', '1010', 'vrecpe{c}.f16 {vd}, {vm}', plain(plainFp('vfrecpe'))),
  two('vrsqrte.f16', '11', '1011', 'vrsqrte{c}.f16 {vd}, {vm}', plain(plainFp('vfrsqrte'))),
  ...SIGNS.flatMap(([sign, u]) => {
    const isSigned = sign === 's'
    return [
      ...DIRECTED.map(([letter, rm, mode]) =>
        simdFloatRow<Two>(
          `vcvt${letter}.${sign}16.f16`,
          '1',
          pattern('11', `0${rm}${u}`),
          `vcvt${letter}{c}.${sign}16.f16 {vd}, {vm}`,
          (t, f) => toInteger(t, f, isSigned, mode, 0),
        ),
      ),
      two(`vcvt.f16.${sign}16`, '11', `110${u}`, `vcvt{c}.f16.${sign}16 {vd}, {vm}`, fromInteger(isSigned, 0)),
      simdFloatRow<Two>(`vcvt.${sign}16.f16`, '1', pattern('11', `111${u}`), `vcvt{c}.${sign}16.f16 {vd}, {vm}`, (t, f) =>
        toInteger(t, f, isSigned, ROUND_ZERO, 0),
      ),
    ]
  }),
]

/** Bits: no exceptions. */
function bits(name: string, opc2: string, op: number, mask: number): Row<ArmContext> {
  return simdRow<Two>(`${name}.f16`, '1', pattern('01', opc2), `${name}{c}.f16 {vd}, {vm}`, (t, f) =>
    oddTwo(f) ? t.undefinedInsn() : finish(t, f, t.ir.emit(op, filled(t, f.q, secondD(f)), every(t, mask))),
  )
}
const SIGN = 0x8000
const bitRows = [bits('vabs', '1110', OP.vand, SIGN - 1), bits('vneg', '1111', OP.vxor, SIGN)]

// Fixed point: imm6 = 64 - fraction bits, of 16

interface Fixed extends Two {
  readonly imm4: number
}
const LANE_BITS = 16
const fixedRows = SIGNS.flatMap(([sign, u]) => {
  const isSigned = sign === 's'
  const rest = (opcode: string) => `1 d:1 11 imm4:4 vd:4 ${opcode} 0 q:1 m:1 1 vm:4`
  return [
    simdFloatRow<Fixed>(`vcvt.f16.${sign}16.fixed`, u, rest('1100'), `vcvt{c}.f16.${sign}16 {vd}, {vm}, {fbits.16:imm4}`, (t, f) =>
      oddTwo(f) ? t.undefinedInsn() : compute(t, f, [filled(t, f.q, secondD(f))], fromInteger(isSigned, LANE_BITS - f.imm4)),
    ),
    simdFloatRow<Fixed>(`vcvt.${sign}16.f16.fixed`, u, rest('1101'), `vcvt{c}.${sign}16.f16 {vd}, {vm}, {fbits.16:imm4}`, (t, f) =>
      toInteger(t, f, isSigned, ROUND_ZERO, LANE_BITS - f.imm4),
    ),
  ]
})

export const neonHalfRows: readonly Row<ArmContext>[] = [...sameRows, ...pairwiseRows, ...scalarRows, ...twoRows, ...bitRows, ...fixedRows]
