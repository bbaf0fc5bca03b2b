/**
 * Advanced SIMD and VFP of ARMv8.2 and later beside half precision: sums of four products (FEAT_DotProd, FEAT_I8MM), complex numbers (FEAT_FCMA), products of halves
 * into singles (FEAT_FHM), JavaScript's conversion. BFloat16 (FEAT_BF16) is known and missing.
 */
import { I64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { HALF_OPERAND } from '../../ir/ops-float.ts'
import { PACKED_Z } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { complexFactors, turned } from '../arm-common/simd-complex.ts'
import { type Dot, matrixProduct, sdot, sudot, udot, usdot } from '../arm-common/simd-dots.ts'
import { fusedOperator, halfResult, type Operator, plainFp, type Style } from '../arm-common/simd-fp-operators.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { builtRow, floatRow } from './fp-rows.ts'
import { filled } from './neon-fp.ts'
import { finish, m, n, oddThree, old, simdOf, type Three, type Vector } from './neon-rows.ts'
import { todo } from './notation.ts'
import { SLOT_FPNZCV } from './state.ts'
import { inStandardMode } from './vfp-environment.ts'
import {
  type Destination, destinationD, destinationS, type First, firstD, firstS, getBits, getQ, getScalar, getVector, isOdd, type Second, secondD, secondS, setBits,
} from './vfp-registers.ts' // biome-ignore format: a list

// Sums of products of bytes

/** Name, type, bit 23, U, meaning. */
const DOTS: readonly (readonly [name: string, type: string, b: string, u: string, dot: Dot])[] = [
  ['vsdot', 's8', '0', '0', sdot],
  ['vudot', 'u8', '0', '1', udot],
  ['vusdot', 's8', '1', '0', usdot],
]
const dotRows = DOTS.map(([name, type, b, u, dot]) =>
  builtRow<Three>(name, `1111 1100 ${b} d:1 10 vn:4 vd:4 1101 n:1 q:1 m:1 ${u} vm:4`, `${name}.${type} {vd}, {vn}, {vm}`, (t, f) =>
    oddThree(f) ? t.undefinedInsn() : finish(t, f, dot(simdOf(t, f.q), n(t, f), m(t, f), old(t, f))),
  ),
)
/** Four bytes of m, chosen by the index, with every four bytes of n. */
const DOTS_BY_SCALAR: readonly (readonly [name: string, type: string, b: string, size: string, u: string, dot: Dot])[] = [
  ['vsdot', 's8', '0', '10', '0', sdot],
  ['vudot', 'u8', '0', '10', '1', udot],
  ['vusdot', 's8', '1', '00', '0', usdot],
  ['vsudot', 'u8', '1', '00', '1', sudot],
]
const dotScalarRows = DOTS_BY_SCALAR.map(([name, type, b, size, u, dot]) =>
  builtRow<Three>(
    `${name}.scalar`,
    `1111 1110 ${b} d:1 ${size} vn:4 vd:4 1101 n:1 q:1 m:1 ${u} vm:4`,
    `${name}.${type} {vd}, {vn}, {elem.2}`,
    (t, f) => {
      if (isOdd(f.q, destinationD(f), firstD(f))) return t.undefinedInsn()
      const element = t.ir.emit(OP.vdup32, getQ(t, f.vm >> 1), NONE, NONE, 2 * (f.vm & 1) + f.m)
      return finish(t, f, dot(simdOf(t, f.q), n(t, f), element, old(t, f)))
    },
  ),
)
const MATRICES: readonly (readonly [name: string, type: string, b: string, u: string, dot: Dot])[] = [
  ['vsmmla', 's8', '0', '0', sdot],
  ['vummla', 'u8', '0', '1', udot],
  ['vusmmla', 's8', '1', '0', usdot],
]
const matrixRows = MATRICES.map(([name, type, b, u, dot]) =>
  builtRow<Three>(name, `1111 1100 ${b} d:1 10 vn:4 vd:4 1100 n:1 1 m:1 ${u} vm:4`, `${name}.${type} {qd}, {qn}, {qm}`, (t, f) => {
    if (isOdd(1, destinationD(f), firstD(f), secondD(f))) return t.undefinedInsn()
    const whole = { ...registers(f), q: 1 }
    return finish(t, whole, matrixProduct(simdOf(t, 1), dot, n(t, whole), m(t, whole), old(t, whole)))
  }),
)
function registers({ d, vd, n, vn, m, vm }: Three): Destination & First & Second {
  return { d, vd, n, vn, m, vm }
}

// Complex numbers: lanes in pairs

interface Complex extends Three {
  readonly rot: number
}
const FUSED: Style = { fused: true }
type Width = 16 | 32
function complexLanes(
  t: ArmContext,
  f: Vector & Destination,
  width: Width,
  values: readonly number[],
  operator: Operator,
  style: Style,
): Outcome {
  const lanes = () => (width === 16 ? halfResult(t, f.q ? 8 : 4, values, operator, style) : operator(t, 32, values))
  return finish(t, f, inStandardMode(t, lanes, width === 16))
}
function vcmla(t: ArmContext, f: Complex, width: Width, second: number): Outcome {
  const factors = complexFactors(t, width, filled(t, f.q, firstD(f)), second, f.rot)
  return complexLanes(t, f, width, [...factors, filled(t, f.q, destinationD(f))], fusedOperator(0), FUSED)
}
const WIDTHS = [
  ['f16', '0', 16],
  ['f32', '1', 32],
] as const
const complexRows = WIDTHS.flatMap(([type, s, width]) => [
  floatRow<Complex>(
    `vcadd.${type}`,
    `1111 110 rot:1 1 d:1 0 ${s} vn:4 vd:4 1000 n:1 q:1 m:1 0 vm:4`,
    `vcadd.${type} {vd}, {vn}, {vm}, {rot1:rot}`,
    (t, f) => {
      if (oddThree(f)) return t.undefinedInsn()
      const second = turned(t, width, filled(t, f.q, secondD(f)), f.rot)
      return complexLanes(t, f, width, [filled(t, f.q, firstD(f)), second], plainFp('vfadd'), {})
    },
  ),
  floatRow<Complex>(
    `vcmla.${type}`,
    `1111 110 rot:2 d:1 1 ${s} vn:4 vd:4 1000 n:1 q:1 m:1 0 vm:4`,
    `vcmla.${type} {vd}, {vn}, {vm}, {rot2:rot}`,
    (t, f) => (oddThree(f) ? t.undefinedInsn() : vcmla(t, f, width, filled(t, f.q, secondD(f)))),
  ),
  // One number of m: of halves, M says which of two; of singles it is a whole register.
  floatRow<Complex>(
    `vcmla.${type}.scalar`,
    `1111 1110 ${s} d:1 rot:2 vn:4 vd:4 1000 n:1 q:1 m:1 0 vm:4`,
    `vcmla.${type} {vd}, {vn}, ${width === 16 ? '{elem.2}' : '{dm}[0]'}, {rot2:rot}`,
    (t, f) => {
      if (isOdd(f.q, destinationD(f), firstD(f))) return t.undefinedInsn()
      const { ir } = t
      const number =
        width === 16
          ? ir.emit(OP.vdup32, getQ(t, f.vm >> 1), NONE, NONE, 2 * (f.vm & 1) + f.m)
          : ir.emit(OP.vdup64, getQ(t, secondD(f) >> 1), NONE, NONE, f.vm & 1)
      return vcmla(t, f, width, number)
    },
  ),
])

// Products of halves into singles: doublewords of halves, or (q 0) single registers

function longProduct(t: ArmContext, f: Three, first: number, second: number, negate: number): Outcome {
  const { ir } = t
  const sum = () => {
    const widen = (x: number) => ir.emit(OP['vf.fromhalf'], x, NONE, NONE, HALF_OPERAND)
    const a = widen(first)
    return fusedOperator(negate)(t, 32, [a, widen(second), filled(t, f.q, destinationD(f))])
  }
  return finish(t, f, inStandardMode(t, sum, true))
}
/** Four halves; of a single register each half twice, so that the others raise nothing new. */
function halves(t: ArmContext, q: number, double: number, single: number): number {
  return q ? getVector(t, 0, double) : t.ir.emit(OP.vsplat32, getBits(t, 0, single))
}
const LONG = [
  ['vfmal', '0', 0],
  ['vfmsl', '1', 1],
] as const
const longRows = LONG.flatMap(([name, s, negate]) => [
  floatRow<Three>(
    name,
    `1111 1100 ${s} d:1 10 vn:4 vd:4 1000 n:1 q:1 m:1 1 vm:4`,
    (f) => `${name}.f16 ${longOperands(f, f['q'] ? `d${secondD(f as unknown as Second)}` : `s${secondS(f as unknown as Second)}`)}`,
    (t, f) => {
      if (isOdd(f.q, destinationD(f))) return t.undefinedInsn()
      return longProduct(t, f, halves(t, f.q, firstD(f), firstS(f)), halves(t, f.q, secondD(f), secondS(f)), negate)
    },
  ),
  floatRow<Three>(
    `${name}.scalar`,
    `1111 1110 0 d:1 0 ${s} vn:4 vd:4 1000 n:1 q:1 m:1 1 vm:4`,
    (f) => {
      const { register, index } = halfOf(f as unknown as Three)
      return `${name}.f16 ${longOperands(f, `${f['q'] ? 'd' : 's'}${register}[${index}]`)}`
    },
    (t, f) => {
      if (isOdd(f.q, destinationD(f))) return t.undefinedInsn()
      const { ir } = t
      const { register, index } = halfOf(f)
      const place = f.q ? 4 * (register & 1) + index : 2 * (register & 3) + index
      const second = ir.emit(OP.vdup16, getQ(t, f.q ? register >> 1 : register >> 2), NONE, NONE, place)
      return longProduct(t, f, halves(t, f.q, firstD(f), firstS(f)), second, negate)
    },
  ),
])
/** The half of m that is meant. */
function halfOf({ q, m: m1, vm }: Three): { register: number; index: number } {
  return q ? { register: vm & 7, index: 2 * m1 + (vm >> 3) } : { register: 2 * (vm & 7) + m1, index: vm >> 3 }
}
function longOperands(fields: Readonly<Record<string, number>>, second: string): string {
  const f = fields as unknown as Three
  return f.q ? `q${destinationD(f) >> 1}, d${firstD(f)}, ${second}` : `d${destinationD(f)}, s${firstS(f)}, ${second}`
}

/** VJCVT: Z of FPSCR alone says whether nothing was lost. */
const javaScriptRow = floatRow<Destination & Second>(
  'vjcvt',
  'cond:4 1110 1 d:1 11 1001 vd:4 1011 11 m:1 0 vm:4',
  'vjcvt{c}.s32.f64 {sd}, {dm}',
  (t, f) => {
    const { ir } = t
    const both = ir.emit(OP['ftosi.js'], getScalar(t, 1, secondD(f)))
    setBits(t, 0, destinationS(f), ir.emit(OP.trunc, both))
    const exact = ir.emit(OP.trunc, ir.emit(OP.shr, both, ir.constInt(I64, 32)))
    t.put(SLOT_FPNZCV, t.shlImm(exact, Math.log2(PACKED_Z)))
    return NEXT
  },
)

const missingRows = [
  todo('vdot.bf16', '1111 1100 0 d:1 00 vn:4 vd:4 1101 n:1 q:1 m:1 0 vm:4', 'vdot.bf16'),
  todo('vdot.bf16.scalar', '1111 1110 0 d:1 00 vn:4 vd:4 1101 n:1 q:1 m:1 0 vm:4', 'vdot.bf16'),
  todo('vmmla.bf16', '1111 1100 0 d:1 00 vn:4 vd:4 1100 n:1 1 m:1 0 vm:4', 'vmmla.bf16'),
  todo('vfma.bf16', '1111 1100 0 d:1 11 vn:4 vd:4 1000 n:1 q:1 m:1 1 vm:4', 'vfma.bf16'),
  todo('vfma.bf16.scalar', '1111 1110 0 d:1 11 vn:4 vd:4 1000 n:1 q:1 m:1 1 vm:4', 'vfma.bf16'),
  todo('vcvt.bf16', '1111 001 1 1 d:1 11 01 10 vd:4 0110 0 1 m:1 0 vm:4', 'vcvt.bf16'),
  todo('vcvtb.bf16', 'cond:4 1110 1 d:1 11 0011 vd:4 1001 t:1 1 m:1 0 vm:4', 'vcvtb.bf16'),
]

export const neonExtensionRows: readonly Row<ArmContext>[] = [
  ...dotRows,
  ...dotScalarRows,
  ...matrixRows,
  ...complexRows,
  ...longRows,
  javaScriptRow,
  ...missingRows,
]
