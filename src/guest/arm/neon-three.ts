/** Advanced SIMD integer: three registers of the same length (manual F4.1.18). */
import { OP } from '../../ir/ops.ts'
import { neighbours, sumsOfNeighbours } from '../arm-common/simd-lane-operations.ts'
import {
  accumulating,
  exchanged,
  hasSize,
  type Operation,
  plain,
  SIZES_ALL,
  SIZES_B,
  SIZES_BHS,
  SIZES_HS,
  saturating,
} from '../arm-common/simd-lanes.ts'
import { sqdmulh, sqrdmlah, sqrdmlsh, sqrdmulh, sqrshl, sqshl, uqrshl, uqshl } from '../arm-common/simd-operations.ts'
import type { Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { finish, lanewise, m, oddThree, type Sized, simdOf, simdRow, type Three } from './neon-rows.ts'

/** Name, U, opcode, bit 4, type in the text, sizes, operation. */
type ThreeRow = readonly [name: string, u: string, opcode: string, o1: string, type: string, sizes: number, operation: Operation]

const product = plain('vmul')
const SAME: readonly ThreeRow[] = [
  ['vhadd', '0', '0000', '0', 's', SIZES_BHS, plain('vhadds')],
  ['vhadd', '1', '0000', '0', 'u', SIZES_BHS, plain('vhaddu')],
  ['vqadd', '0', '0000', '1', 's', SIZES_ALL, saturating('vqadds', 'vadd')],
  ['vqadd', '1', '0000', '1', 'u', SIZES_ALL, saturating('vqaddu', 'vadd')],
  ['vrhadd', '0', '0001', '0', 's', SIZES_BHS, plain('vrhadds')],
  ['vrhadd', '1', '0001', '0', 'u', SIZES_BHS, plain('vrhaddu')],
  ['vhsub', '0', '0010', '0', 's', SIZES_BHS, plain('vhsubs')],
  ['vhsub', '1', '0010', '0', 'u', SIZES_BHS, plain('vhsubu')],
  ['vqsub', '0', '0010', '1', 's', SIZES_ALL, saturating('vqsubs', 'vsub')],
  ['vqsub', '1', '0010', '1', 'u', SIZES_ALL, saturating('vqsubu', 'vsub')],
  ['vcgt', '0', '0011', '0', 's', SIZES_BHS, plain('vcmpgts')],
  ['vcgt', '1', '0011', '0', 'u', SIZES_BHS, plain('vcmpgtu')],
  ['vcge', '0', '0011', '1', 's', SIZES_BHS, plain('vcmpges')],
  ['vcge', '1', '0011', '1', 'u', SIZES_BHS, plain('vcmpgeu')],
  ['vmax', '0', '0110', '0', 's', SIZES_BHS, plain('vmaxs')],
  ['vmax', '1', '0110', '0', 'u', SIZES_BHS, plain('vmaxu')],
  ['vmin', '0', '0110', '1', 's', SIZES_BHS, plain('vmins')],
  ['vmin', '1', '0110', '1', 'u', SIZES_BHS, plain('vminu')],
  ['vabd', '0', '0111', '0', 's', SIZES_BHS, plain('vabds')],
  ['vabd', '1', '0111', '0', 'u', SIZES_BHS, plain('vabdu')],
  ['vaba', '0', '0111', '1', 's', SIZES_BHS, accumulating('vadd', plain('vabds'))],
  ['vaba', '1', '0111', '1', 'u', SIZES_BHS, accumulating('vadd', plain('vabdu'))],
  ['vadd', '0', '1000', '0', 'i', SIZES_ALL, plain('vadd')],
  ['vsub', '1', '1000', '0', 'i', SIZES_ALL, plain('vsub')],
  ['vtst', '0', '1000', '1', '', SIZES_BHS, plain('vtst')],
  ['vceq', '1', '1000', '1', 'i', SIZES_BHS, plain('vcmpeq')],
  ['vmla', '0', '1001', '0', 'i', SIZES_BHS, accumulating('vadd', product)],
  ['vmls', '1', '1001', '0', 'i', SIZES_BHS, accumulating('vsub', product)],
  ['vmul', '0', '1001', '1', 'i', SIZES_BHS, product],
  ['vmul', '1', '1001', '1', 'p', SIZES_B, (s, _size, a, b) => s.op(OP.vclmul8, a, b)],
  ['vqdmulh', '0', '1011', '0', 's', SIZES_HS, sqdmulh],
  ['vqrdmulh', '1', '1011', '0', 's', SIZES_HS, sqrdmulh],
  ['vqrdmlah', '1', '1011', '1', 's', SIZES_HS, sqrdmlah],
  ['vqrdmlsh', '1', '1100', '1', 's', SIZES_HS, sqrdmlsh],
]
function same([name, u, opcode, o1, type, sizes, operation]: ThreeRow): Row<ArmContext> {
  return simdRow<Three & Sized>(
    `${name}${type === '' ? '' : `.${type}`}`,
    u,
    `0 d:1 size:2 vn:4 vd:4 ${opcode} n:1 q:1 m:1 ${o1} vm:4`,
    `${name}{c}.${type}{bits} {vd}, {vn}, {vm}`,
    (t, f) => (oddThree(f) || !hasSize(sizes, f.size) ? t.undefinedInsn() : lanewise(t, f, f.size, operation)),
  )
}

/** Shifts by register: the operand is m, n says how far. */
const SHIFTS: readonly (readonly [name: string, u: string, opcode: string, o1: string, type: string, operation: Operation])[] = [
  ['vshl', '0', '0100', '0', 's', plain('vshls')],
  ['vshl', '1', '0100', '0', 'u', plain('vshlu')],
  ['vqshl', '0', '0100', '1', 's', sqshl],
  ['vqshl', '1', '0100', '1', 'u', uqshl],
  ['vrshl', '0', '0101', '0', 's', plain('vrshls')],
  ['vrshl', '1', '0101', '0', 'u', plain('vrshlu')],
  ['vqrshl', '0', '0101', '1', 's', sqrshl],
  ['vqrshl', '1', '0101', '1', 'u', uqrshl],
]
function shift([name, u, opcode, o1, type, operation]: (typeof SHIFTS)[number]): Row<ArmContext> {
  return simdRow<Three & Sized>(
    `${name}.reg.${type}`,
    u,
    `0 d:1 size:2 vn:4 vd:4 ${opcode} n:1 q:1 m:1 ${o1} vm:4`,
    `${name}{c}.${type}{bits} {vd}, {vm}, {vn}`,
    (t, f) => (oddThree(f) ? t.undefinedInsn() : lanewise(t, f, f.size, exchanged(operation))),
  )
}

/** Neighbours of n and m: doublewords only. */
const PAIRWISE: readonly ThreeRow[] = [
  ['vpmax', '0', '1010', '0', 's', SIZES_BHS, neighbours('vmaxs')],
  ['vpmax', '1', '1010', '0', 'u', SIZES_BHS, neighbours('vmaxu')],
  ['vpmin', '0', '1010', '1', 's', SIZES_BHS, neighbours('vmins')],
  ['vpmin', '1', '1010', '1', 'u', SIZES_BHS, neighbours('vminu')],
  ['vpadd', '0', '1011', '1', 'i', SIZES_BHS, sumsOfNeighbours],
]
function pairwise([name, u, opcode, o1, type, sizes, operation]: ThreeRow): Row<ArmContext> {
  return simdRow<Three & Sized>(
    `${name}.${type}`,
    u,
    `0 d:1 size:2 vn:4 vd:4 ${opcode} n:1 q:1 m:1 ${o1} vm:4`,
    `${name}{c}.${type}{bits} {vd}, {vn}, {vm}`,
    (t, f) => (f.q || !hasSize(sizes, f.size) ? t.undefinedInsn() : lanewise(t, f, f.size, operation)),
  )
}

// Whole registers: logic. VBSL, VBIT and VBIF select by different registers.

const LOGIC: readonly (readonly [name: string, u: string, size: string, operation: Operation])[] = [
  ['vand', '0', '00', (s, _, a, b) => s.op(OP.vand, a, b)],
  ['vbic', '0', '01', (s, _, a, b) => s.op(OP.vandn, a, b)],
  ['vorr', '0', '10', (s, _, a, b) => s.op(OP.vor, a, b)],
  ['vorn', '0', '11', (s, _, a, b) => s.op(OP.vorn, a, b)],
  ['veor', '1', '00', (s, _, a, b) => s.op(OP.vxor, a, b)],
  ['vbsl', '1', '01', (s, _, a, b, d) => s.op(OP.vbsel, d, a, b)],
  ['vbit', '1', '10', (s, _, a, b, d) => s.op(OP.vbsel, b, a, d)],
  ['vbif', '1', '11', (s, _, a, b, d) => s.op(OP.vbsel, b, d, a)],
]
function logic([name, u, size, operation]: (typeof LOGIC)[number]): Row<ArmContext> {
  return simdRow<Three>(name, u, `0 d:1 ${size} vn:4 vd:4 0001 n:1 q:1 m:1 1 vm:4`, `${name}{c} {vd}, {vn}, {vm}`, (t, f) => {
    if (oddThree(f)) return t.undefinedInsn()
    // VMOV is VORR of a register with itself, VEOR of one with itself clears.
    const isSame = f.vn === f.vm && f.n === f.m
    if (isSame && name === 'vorr') return finish(t, f, m(t, f))
    if (isSame && name === 'veor') return finish(t, f, simdOf(t, f.q).zero())
    return lanewise(t, f, 0, operation)
  })
}

export const neonThreeRows: readonly Row<ArmContext>[] = [
  ...SAME.map(same),
  ...SHIFTS.map(shift),
  ...PAIRWISE.map(pairwise),
  ...LOGIC.map(logic),
]
