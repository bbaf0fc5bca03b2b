/** Advanced SIMD integer: three registers of different lengths, and products by a scalar (manual F4.1.20 and F4.1.21). */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { accumulating, family, type Operation, plain, simd } from '../arm-common/simd-lanes.ts'
import {
  accumulateLong, type LongOperation, SEXT, smull, sqdmlal, sqdmlsl, sqdmulh, sqdmull, sqrdmlah, sqrdmlsh, sqrdmulh, umull, ZEXT,
} from '../arm-common/simd-operations.ts' // biome-ignore format: a list
import { differenceLong, highHalf, widened, widenedSecond } from '../arm-common/simd-wide-operations.ts'
import { NEXT, type Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { FULL, finish, n, old, simdOf, simdRow, type Vector } from './neon-rows.ts'
import { type Destination, destinationD, type First, firstD, getD, getQ, isOdd, type Second, secondD, setD, setQ } from './vfp-registers.ts'

interface Three extends Destination, First, Second {}
const LOW = 0
/** Lanes of the operands; size 3 is another group of instructions. */
const SIZES = [0, 1, 2] as const
const SCALAR_SIZES = [1, 2] as const
type Size = (typeof SIZES)[number]
const SIZE_BITS = ['00', '01', '10'] as const
const pattern = (size: Size, opcode: string) => `1 d:1 ${SIZE_BITS[size]} vn:4 vd:4 ${opcode} n:1 0 m:1 0 vm:4`
const ADD = family('vadd')
const SUB = family('vsub')

/** Name, U, opcode, type, sizes, operation; the result is a quadword. */
type LongRow = readonly [name: string, u: string, opcode: string, type: string, sizes: readonly Size[], operation: LongOperation]
const LONG: readonly LongRow[] = [
  ['vaddl', '0', '0000', 's', SIZES, widened(ADD, SEXT)],
  ['vaddl', '1', '0000', 'u', SIZES, widened(ADD, ZEXT)],
  ['vsubl', '0', '0010', 's', SIZES, widened(SUB, SEXT)],
  ['vsubl', '1', '0010', 'u', SIZES, widened(SUB, ZEXT)],
  ['vabal', '0', '0101', 's', SIZES, accumulateLong('vadd', differenceLong('vabds'))],
  ['vabal', '1', '0101', 'u', SIZES, accumulateLong('vadd', differenceLong('vabdu'))],
  ['vabdl', '0', '0111', 's', SIZES, differenceLong('vabds')],
  ['vabdl', '1', '0111', 'u', SIZES, differenceLong('vabdu')],
  ['vmlal', '0', '1000', 's', SIZES, accumulateLong('vadd', smull)],
  ['vmlal', '1', '1000', 'u', SIZES, accumulateLong('vadd', umull)],
  ['vmlsl', '0', '1010', 's', SIZES, accumulateLong('vsub', smull)],
  ['vmlsl', '1', '1010', 'u', SIZES, accumulateLong('vsub', umull)],
  ['vmull', '0', '1100', 's', SIZES, smull],
  ['vmull', '1', '1100', 'u', SIZES, umull],
  ['vqdmlal', '0', '1001', 's', SCALAR_SIZES, sqdmlal],
  ['vqdmlsl', '0', '1011', 's', SCALAR_SIZES, sqdmlsl],
  ['vqdmull', '0', '1101', 's', SCALAR_SIZES, sqdmull],
]
function long([name, u, opcode, type, sizes, operation]: LongRow): Row<ArmContext>[] {
  return sizes.map((size) =>
    simdRow<Three>(`${name}.${type}${8 << size}`, u, pattern(size, opcode), `${name}{c}.${type}${8 << size} {qd}, {dn}, {dm}`, (t, f) => {
      const d = destinationD(f)
      if (isOdd(1, d)) return t.undefinedInsn()
      setQ(t, d >> 1, operation(simd(t, FULL), size, getD(t, firstD(f)), getD(t, secondD(f)), getQ(t, d >> 1), LOW))
      return NEXT
    }),
  )
}

/** The first operand is a quadword, too. */
const WIDE: readonly LongRow[] = [
  ['vaddw', '0', '0001', 's', SIZES, widenedSecond(ADD, SEXT)],
  ['vaddw', '1', '0001', 'u', SIZES, widenedSecond(ADD, ZEXT)],
  ['vsubw', '0', '0011', 's', SIZES, widenedSecond(SUB, SEXT)],
  ['vsubw', '1', '0011', 'u', SIZES, widenedSecond(SUB, ZEXT)],
]
function wide([name, u, opcode, type, sizes, operation]: LongRow): Row<ArmContext>[] {
  return sizes.map((size) =>
    simdRow<Three>(`${name}.${type}${8 << size}`, u, pattern(size, opcode), `${name}{c}.${type}${8 << size} {qd}, {qn}, {dm}`, (t, f) => {
      const d = destinationD(f)
      if (isOdd(1, d, firstD(f))) return t.undefinedInsn()
      setQ(t, d >> 1, operation(simd(t, FULL), size, getQ(t, firstD(f) >> 1), getD(t, secondD(f)), NONE, LOW))
      return NEXT
    }),
  )
}

/** The high halves of sums and differences of quadwords. */
const NARROW: readonly (readonly [name: string, u: string, opcode: string, operation: Operation])[] = [
  ['vaddhn', '0', '0100', highHalf(ADD, false)],
  ['vraddhn', '1', '0100', highHalf(ADD, true)],
  ['vsubhn', '0', '0110', highHalf(SUB, false)],
  ['vrsubhn', '1', '0110', highHalf(SUB, true)],
]
function narrow([name, u, opcode, operation]: (typeof NARROW)[number]): Row<ArmContext>[] {
  return SIZES.map((size) =>
    simdRow<Three>(`${name}.i${16 << size}`, u, pattern(size, opcode), `${name}{c}.i${16 << size} {dd}, {qn}, {qm}`, (t, f) => {
      if (isOdd(1, firstD(f), secondD(f))) return t.undefinedInsn()
      setD(t, destinationD(f), operation(simd(t, FULL), size, getQ(t, firstD(f) >> 1), getQ(t, secondD(f) >> 1), NONE))
      return NEXT
    }),
  )
}

// Polynomials: bytes to halfwords, doublewords to 128 bits.

function polynomial(name: string, size: Size, operation: (t: ArmContext, a: number, b: number) => number): Row<ArmContext> {
  return simdRow<Three>(`vmull.${name}`, '0', pattern(size, '1110'), `vmull{c}.${name} {qd}, {dn}, {dm}`, (t, f) => {
    const d = destinationD(f)
    if (isOdd(1, d)) return t.undefinedInsn()
    setQ(t, d >> 1, operation(t, getD(t, firstD(f)), getD(t, secondD(f))))
    return NEXT
  })
}
const polynomialRows = [
  polynomial('p8', 0, (t, a, b) => t.ir.emit(OP.vclmullo8, a, b)),
  polynomial('p64', 2, (t, a, b) => t.ir.emit(OP.vclmul64, a, b, NONE, 0)),
]

// By a scalar of 16 or 32 bits: D0..D7 or D0..D15

const DUP = family('vdup')
const scalarPattern = (size: Size, opcode: string) => `1 d:1 ${SIZE_BITS[size]} vn:4 vd:4 ${opcode} n:1 1 m:1 0 vm:4`
interface ByScalar extends Three, Vector {}
/** The scalar in every lane. */
export function scalarLanes(t: ArmContext, f: Second, size: number): number {
  const register = size === 1 ? f.vm & 7 : f.vm
  const index = size === 1 ? 2 * f.m + (f.vm >> 3) : f.m
  return t.ir.emit(DUP[size]!, getQ(t, register >> 1), NONE, NONE, (register & 1 ? 8 >> size : 0) + index)
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
function sameByScalar([name, opcode, type, operation]: (typeof SAME_BY_SCALAR)[number]): Row<ArmContext>[] {
  return SCALAR_SIZES.map((size) =>
    simdRow<ByScalar>(
      `${name}.${type}${8 << size}.scalar`,
      'q:1',
      scalarPattern(size, opcode),
      `${name}{c}.${type}${8 << size} {vd}, {vn}, {elem.${size}}`,
      (t, f) => {
        if (isOdd(f.q, destinationD(f), firstD(f))) return t.undefinedInsn()
        return finish(t, f, operation(simdOf(t, f.q), size, n(t, f), scalarLanes(t, f, size), old(t, f)))
      },
    ),
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
function longByScalar([name, u, opcode, type, operation]: (typeof LONG_BY_SCALAR)[number]): Row<ArmContext>[] {
  return SCALAR_SIZES.map((size) =>
    simdRow<Three>(
      `${name}.${type}${8 << size}.scalar`,
      u,
      scalarPattern(size, opcode),
      `${name}{c}.${type}${8 << size} {qd}, {dn}, {elem.${size}}`,
      (t, f) => {
        const d = destinationD(f)
        if (isOdd(1, d)) return t.undefinedInsn()
        setQ(t, d >> 1, operation(simd(t, FULL), size, getD(t, firstD(f)), scalarLanes(t, f, size), getQ(t, d >> 1), LOW))
        return NEXT
      },
    ),
  )
}

export const neonLongRows: readonly Row<ArmContext>[] = [
  ...LONG.flatMap(long),
  ...WIDE.flatMap(wide),
  ...NARROW.flatMap(narrow),
  ...polynomialRows,
  ...SAME_BY_SCALAR.flatMap(sameByScalar),
  ...LONG_BY_SCALAR.flatMap(longByScalar),
]
