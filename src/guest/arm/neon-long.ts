/** Advanced SIMD integer: three registers of different lengths, and products by a scalar (manual F4.1.20 and F4.1.21). */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { accumulating, family, hasSize, type Operation, plain, SIZES_BHS, SIZES_HS, simd } from '../arm-common/simd-lanes.ts'
import {
  accumulateLong, type LongOperation, SEXT, smull, sqdmlal, sqdmlsl, sqdmulh, sqdmull, sqrdmlah, sqrdmlsh, sqrdmulh, umull, ZEXT,
} from '../arm-common/simd-operations.ts' // biome-ignore format: a list
import { differenceLong, highHalf, widened, widenedSecond } from '../arm-common/simd-wide-operations.ts'
import { NEXT, type Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { FULL, finish, n, old, type Sized, simdOf, simdRow, type Vector } from './neon-rows.ts'
import { type Destination, destinationD, type First, firstD, getD, getQ, isOdd, type Second, secondD, setD, setQ } from './vfp-registers.ts'

interface Three extends Destination, First, Second, Sized {}
const LOW = 0
const PATTERN = (opcode: string) => `1 d:1 size:2 vn:4 vd:4 ${opcode} n:1 0 m:1 0 vm:4`
const ADD = family('vadd')
const SUB = family('vsub')

/** Name, U, opcode, type, sizes, operation; the result is a quadword. */
type LongRow = readonly [name: string, u: string, opcode: string, type: string, sizes: number, operation: LongOperation]
const LONG: readonly LongRow[] = [
  ['vaddl', '0', '0000', 's', SIZES_BHS, widened(ADD, SEXT)],
  ['vaddl', '1', '0000', 'u', SIZES_BHS, widened(ADD, ZEXT)],
  ['vsubl', '0', '0010', 's', SIZES_BHS, widened(SUB, SEXT)],
  ['vsubl', '1', '0010', 'u', SIZES_BHS, widened(SUB, ZEXT)],
  ['vabal', '0', '0101', 's', SIZES_BHS, accumulateLong('vadd', differenceLong('vabds'))],
  ['vabal', '1', '0101', 'u', SIZES_BHS, accumulateLong('vadd', differenceLong('vabdu'))],
  ['vabdl', '0', '0111', 's', SIZES_BHS, differenceLong('vabds')],
  ['vabdl', '1', '0111', 'u', SIZES_BHS, differenceLong('vabdu')],
  ['vmlal', '0', '1000', 's', SIZES_BHS, accumulateLong('vadd', smull)],
  ['vmlal', '1', '1000', 'u', SIZES_BHS, accumulateLong('vadd', umull)],
  ['vmlsl', '0', '1010', 's', SIZES_BHS, accumulateLong('vsub', smull)],
  ['vmlsl', '1', '1010', 'u', SIZES_BHS, accumulateLong('vsub', umull)],
  ['vmull', '0', '1100', 's', SIZES_BHS, smull],
  ['vmull', '1', '1100', 'u', SIZES_BHS, umull],
  ['vqdmlal', '0', '1001', 's', SIZES_HS, sqdmlal],
  ['vqdmlsl', '0', '1011', 's', SIZES_HS, sqdmlsl],
  ['vqdmull', '0', '1101', 's', SIZES_HS, sqdmull],
]
function long([name, u, opcode, type, sizes, operation]: LongRow): Row<ArmContext> {
  return simdRow<Three>(`${name}.${type}`, u, PATTERN(opcode), `${name}{c}.${type}{bits} {qd}, {dn}, {dm}`, (t, f) => {
    const d = destinationD(f)
    if (isOdd(1, d) || !hasSize(sizes, f.size)) return t.undefinedInsn()
    const s = simd(t, FULL)
    setQ(t, d >> 1, operation(s, f.size, getD(t, firstD(f)), getD(t, secondD(f)), getQ(t, d >> 1), LOW))
    return NEXT
  })
}

/** The first operand is a quadword, too. */
const WIDE: readonly LongRow[] = [
  ['vaddw', '0', '0001', 's', SIZES_BHS, widenedSecond(ADD, SEXT)],
  ['vaddw', '1', '0001', 'u', SIZES_BHS, widenedSecond(ADD, ZEXT)],
  ['vsubw', '0', '0011', 's', SIZES_BHS, widenedSecond(SUB, SEXT)],
  ['vsubw', '1', '0011', 'u', SIZES_BHS, widenedSecond(SUB, ZEXT)],
]
function wide([name, u, opcode, type, sizes, operation]: LongRow): Row<ArmContext> {
  return simdRow<Three>(`${name}.${type}`, u, PATTERN(opcode), `${name}{c}.${type}{bits} {qd}, {qn}, {dm}`, (t, f) => {
    const d = destinationD(f)
    if (isOdd(1, d, firstD(f)) || !hasSize(sizes, f.size)) return t.undefinedInsn()
    setQ(t, d >> 1, operation(simd(t, FULL), f.size, getQ(t, firstD(f) >> 1), getD(t, secondD(f)), NONE, LOW))
    return NEXT
  })
}

/** The high halves of sums and differences of quadwords. */
const NARROW: readonly (readonly [name: string, u: string, opcode: string, operation: Operation])[] = [
  ['vaddhn', '0', '0100', highHalf(ADD, false)],
  ['vraddhn', '1', '0100', highHalf(ADD, true)],
  ['vsubhn', '0', '0110', highHalf(SUB, false)],
  ['vrsubhn', '1', '0110', highHalf(SUB, true)],
]
function narrow([name, u, opcode, operation]: (typeof NARROW)[number]): Row<ArmContext> {
  return simdRow<Three>(name, u, PATTERN(opcode), `${name}{c}.i{bits2} {dd}, {qn}, {qm}`, (t, f) => {
    if (isOdd(1, firstD(f), secondD(f)) || !hasSize(SIZES_BHS, f.size)) return t.undefinedInsn()
    setD(t, destinationD(f), operation(simd(t, FULL), f.size, getQ(t, firstD(f) >> 1), getQ(t, secondD(f) >> 1), NONE))
    return NEXT
  })
}

// Polynomials: bytes to halfwords, doublewords to 128 bits.

const polynomialRow = simdRow<Three>('vmull.p', '0', PATTERN('1110'), 'vmull{c}.p{polybits} {qd}, {dn}, {dm}', (t, f) => {
  const d = destinationD(f)
  if (isOdd(1, d) || (f.size & 1) !== 0) return t.undefinedInsn()
  const [a, b] = [getD(t, firstD(f)), getD(t, secondD(f))]
  setQ(t, d >> 1, f.size === 0 ? t.ir.emit(OP.vclmullo8, a, b) : t.ir.emit(OP.vclmul64, a, b, NONE, 0))
  return NEXT
})

// By a scalar of 16 or 32 bits: D0..D7 or D0..D15

const DUP = family('vdup')
interface ByScalar extends Destination, First, Second, Sized, Vector {}
/** The scalar in every lane. */
export function scalarLanes(t: ArmContext, f: Second & Sized): number {
  const register = f.size === 1 ? f.vm & 7 : f.vm
  const index = f.size === 1 ? 2 * f.m + (f.vm >> 3) : f.m
  return t.ir.emit(DUP[f.size]!, getQ(t, register >> 1), NONE, NONE, (register & 1 ? 8 >> f.size : 0) + index)
}

const SAME_BY_SCALAR: readonly (readonly [name: string, opcode: string, type: string, operation: Operation])[] = [
  ['vmla', '0000', 'i', accumulating('vadd', plain('vmul'))],
  ['vmls', '0100', 'i', accumulating('vsub', plain('vmul'))],
  ['vmul', '1000', 'i', plain('vmul')],
  ['vqdmulh', '1100', 's', sqdmulh],
  ['vqrdmulh', '1101', 's', sqrdmulh],
  ['vqrdmlah', '1110', 's', sqrdmlah],
  ['vqrdmlsh', '1111', 's', sqrdmlsh],
]
function sameByScalar([name, opcode, type, operation]: (typeof SAME_BY_SCALAR)[number]): Row<ArmContext> {
  return simdRow<ByScalar>(
    `${name}.${type}.scalar`,
    'q:1',
    `1 d:1 size:2 vn:4 vd:4 ${opcode} n:1 1 m:1 0 vm:4`,
    `${name}{c}.${type}{bits} {vd}, {vn}, {elem}`,
    (t, f) => {
      if (!hasSize(SIZES_HS, f.size) || isOdd(f.q, destinationD(f), firstD(f))) return t.undefinedInsn()
      return finish(t, f, operation(simdOf(t, f.q), f.size, n(t, f), scalarLanes(t, f), old(t, f)))
    },
  )
}

const LONG_BY_SCALAR: readonly (readonly [name: string, u: string, opcode: string, type: string, operation: LongOperation])[] = [
  ['vmlal', '0', '0010', 's', accumulateLong('vadd', smull)],
  ['vmlal', '1', '0010', 'u', accumulateLong('vadd', umull)],
  ['vmlsl', '0', '0110', 's', accumulateLong('vsub', smull)],
  ['vmlsl', '1', '0110', 'u', accumulateLong('vsub', umull)],
  ['vmull', '0', '1010', 's', smull],
  ['vmull', '1', '1010', 'u', umull],
  ['vqdmlal', '0', '0011', 's', sqdmlal],
  ['vqdmlsl', '0', '0111', 's', sqdmlsl],
  ['vqdmull', '0', '1011', 's', sqdmull],
]
function longByScalar([name, u, opcode, type, operation]: (typeof LONG_BY_SCALAR)[number]): Row<ArmContext> {
  return simdRow<Three>(
    `${name}.${type}.scalar`,
    u,
    `1 d:1 size:2 vn:4 vd:4 ${opcode} n:1 1 m:1 0 vm:4`,
    `${name}{c}.${type}{bits} {qd}, {dn}, {elem}`,
    (t, f) => {
      const d = destinationD(f)
      if (!hasSize(SIZES_HS, f.size) || isOdd(1, d)) return t.undefinedInsn()
      setQ(t, d >> 1, operation(simd(t, FULL), f.size, getD(t, firstD(f)), scalarLanes(t, f), getQ(t, d >> 1), LOW))
      return NEXT
    },
  )
}

export const neonLongRows: readonly Row<ArmContext>[] = [
  ...LONG.map(long),
  ...WIDE.map(wide),
  ...NARROW.map(narrow),
  polynomialRow,
  ...SAME_BY_SCALAR.map(sameByScalar),
  ...LONG_BY_SCALAR.map(longByScalar),
]
