/** Advanced SIMD integer: two registers (manual F4.1.19 "Advanced SIMD two registers misc"). */
import { OP } from '../../ir/ops.ts'
import { cls, compareZero, less, reverse } from '../arm-common/simd-lane-operations.ts'
import { family, hasSize, type Operation, SIZES_B, SIZES_BH, SIZES_BHS, simd } from '../arm-common/simd-lanes.ts'
import { type Narrowing, narrowLow, sqabs, sqneg, sqxtn, sqxtun, uqxtn, ZEXT } from '../arm-common/simd-operations.ts'
import { NEXT, type Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { FULL, finish, m, oddTwo, old, type Sized, simdOf, simdRow, type Two } from './neon-rows.ts'
import {
  type Destination,
  destinationD,
  getD,
  getQ,
  getVector,
  isOdd,
  type Second,
  secondD,
  setD,
  setQ,
  setVector,
} from './vfp-registers.ts'

const ADD = family('vadd')
const SUB = family('vsub')
const SHL = family('vshl')
const ABS = family('vabs')
const CLZ = family('vclz')
const CMPEQ = family('vcmpeq')
const CMPGTS = family('vcmpgts')
const CMPGES = family('vcmpges')
const PADDLS = family('vpaddls')
const PADDLU = family('vpaddlu')

/** Neighbours added into lanes of double width; `accumulate`: onto the destination. */
function pairwiseLong(ops: readonly number[], accumulate: boolean): Operation {
  return (s, size, a, _b, d) => {
    const sums = s.op(ops[size]!, a)
    return accumulate ? s.op(ADD[size + 1]!, d, sums) : sums
  }
}

const pattern = (size: string, opc1: string, opc2: string) => `1 d:1 11 ${size} ${opc1} vd:4 0 ${opc2} q:1 m:1 0 vm:4`

/** Name, opc1, opc2, type, sizes, operation, text behind the operands. */
type TwoRow = readonly [name: string, opc1: string, opc2: string, type: string, sizes: number, operation: Operation, tail?: string]
const TWO: readonly TwoRow[] = [
  ['vrev64', '00', '0000', '', SIZES_BHS, reverse(8)],
  ['vrev32', '00', '0001', '', SIZES_BH, reverse(4)],
  ['vrev16', '00', '0010', '', SIZES_B, reverse(2)],
  ['vpaddl.s', '00', '0100', 's', SIZES_BHS, pairwiseLong(PADDLS, false)],
  ['vpaddl.u', '00', '0101', 'u', SIZES_BHS, pairwiseLong(PADDLU, false)],
  ['vcls', '00', '1000', 's', SIZES_BHS, cls],
  ['vclz', '00', '1001', 'i', SIZES_BHS, (s, size, a) => s.op(CLZ[size]!, a)],
  ['vcnt', '00', '1010', '', SIZES_B, (s, _size, a) => s.op(OP.vpopcnt8, a)],
  ['vpadal.s', '00', '1100', 's', SIZES_BHS, pairwiseLong(PADDLS, true)],
  ['vpadal.u', '00', '1101', 'u', SIZES_BHS, pairwiseLong(PADDLU, true)],
  ['vqabs', '00', '1110', 's', SIZES_BHS, sqabs],
  ['vqneg', '00', '1111', 's', SIZES_BHS, sqneg],
  ['vcgt.zero', '01', '0000', 's', SIZES_BHS, compareZero(CMPGTS, false), ', #0'],
  ['vcge.zero', '01', '0001', 's', SIZES_BHS, compareZero(CMPGES, false), ', #0'],
  ['vceq.zero', '01', '0010', 'i', SIZES_BHS, compareZero(CMPEQ, false), ', #0'],
  ['vcle.zero', '01', '0011', 's', SIZES_BHS, compareZero(CMPGES, true), ', #0'],
  ['vclt.zero', '01', '0100', 's', SIZES_BHS, less, ', #0'],
  ['vabs', '01', '0110', 's', SIZES_BHS, (s, size, a) => s.op(ABS[size]!, a)],
  ['vneg', '01', '0111', 's', SIZES_BHS, (s, size, a) => s.op(SUB[size]!, s.zero(), a)],
]
const mnemonicOf = (name: string) => name.split('.')[0]!
function two([name, opc1, opc2, type, sizes, operation, tail = '']: TwoRow): Row<ArmContext> {
  return simdRow<Two & Sized>(
    name,
    '1',
    pattern('size:2', opc1, opc2),
    `${mnemonicOf(name)}{c}.${type}{bits} {vd}, {vm}${tail}`,
    (t, f) => {
      if (!hasSize(sizes, f.size) || oddTwo(f)) return t.undefinedInsn()
      return finish(t, f, operation(simdOf(t, f.q), f.size, m(t, f), 0, old(t, f)))
    },
  )
}

const mvn = simdRow<Two>('vmvn', '1', pattern('00', '00', '1011'), 'vmvn{c} {vd}, {vm}', (t, f) => {
  if (oddTwo(f)) return t.undefinedInsn()
  return finish(t, f, t.ir.emit(OP.vnot, m(t, f)))
})

const swap = simdRow<Two>('vswp', '1', pattern('00', '10', '0000'), 'vswp{c} {vd}, {vm}', (t, f) => {
  if (oddTwo(f)) return t.undefinedInsn()
  const [a, b] = [old(t, f), m(t, f)]
  finish(t, f, b)
  setVector(t, f.q, secondD(f), a)
  return NEXT
})

// Permutations: both registers change.

const ZIPLO = family('vziplo')
const ZIPHI = family('vziphi')
const UZPLO = family('vuzplo')
const UZPHI = family('vuzphi')
const TRNLO = family('vtrnlo')
const TRNHI = family('vtrnhi')

/** The results for d and m. Of doublewords both lie side by side first. */
type Permutation = (t: ArmContext, q: number, size: number, d: number, m: number) => readonly [number, number]
const transposed: Permutation = (t, _q, size, d, b) => [t.ir.emit(TRNLO[size]!, d, b), t.ir.emit(TRNHI[size]!, d, b)]
const unzipped: Permutation = (t, q, size, d, b) => {
  if (q) return [t.ir.emit(UZPLO[size]!, d, b), t.ir.emit(UZPHI[size]!, d, b)]
  const both = t.ir.emit(OP.vziplo64, d, b)
  return [t.ir.emit(UZPLO[size]!, both, both), t.ir.emit(UZPHI[size]!, both, both)]
}
const zipped: Permutation = (t, q, size, d, b) => {
  const low = t.ir.emit(ZIPLO[size]!, d, b)
  return [low, q ? t.ir.emit(ZIPHI[size]!, d, b) : t.ir.emit(OP.vziphi64, low, low)]
}
/** Lanes of 32 bits in doublewords are VTRN alone. */
const PERMUTATIONS: readonly (readonly [name: string, opc2: string, halfSizes: number, permutation: Permutation])[] = [
  ['vtrn', '0001', SIZES_BHS, transposed],
  ['vuzp', '0010', SIZES_BH, unzipped],
  ['vzip', '0011', SIZES_BH, zipped],
]
function permute([name, opc2, halfSizes, permutation]: (typeof PERMUTATIONS)[number]): Row<ArmContext> {
  return simdRow<Two & Sized>(name, '1', pattern('size:2', '10', opc2), `${name}{c}.{bits} {vd}, {vm}`, (t, f) => {
    if (!hasSize(f.q ? SIZES_BHS : halfSizes, f.size) || oddTwo(f)) return t.undefinedInsn()
    const [first, second] = permutation(t, f.q, f.size, old(t, f), getVector(t, f.q, secondD(f)))
    finish(t, f, first)
    setVector(t, f.q, secondD(f), second)
    return NEXT
  })
}

// Between quadwords and doublewords

interface Resize extends Destination, Second, Sized {}
const NARROW: readonly (readonly [name: string, opc2: string, q: string, type: string, operation: Narrowing])[] = [
  ['vmovn', '0100', '0', 'i', narrowLow],
  ['vqmovun', '0100', '1', 's', sqxtun],
  ['vqmovn.s', '0101', '0', 's', sqxtn],
  ['vqmovn.u', '0101', '1', 'u', uqxtn],
]
function narrow([name, opc2, q, type, operation]: (typeof NARROW)[number]): Row<ArmContext> {
  return simdRow<Resize>(
    name,
    '1',
    `1 d:1 11 size:2 10 vd:4 0 ${opc2} ${q} m:1 0 vm:4`,
    `${mnemonicOf(name)}{c}.${type}{bits2} {dd}, {qm}`,
    (t, f) => {
      if (!hasSize(SIZES_BHS, f.size) || isOdd(1, secondD(f))) return t.undefinedInsn()
      setD(t, destinationD(f), operation(simd(t, FULL), f.size, getQ(t, secondD(f) >> 1)))
      return NEXT
    },
  )
}

/** VSHLL by the width of a lane. */
const shll = simdRow<Resize>(
  'vshll.max',
  '1',
  '1 d:1 11 size:2 10 vd:4 0 0110 0 m:1 0 vm:4',
  'vshll{c}.i{bits} {qd}, {dm}, #{bits}',
  (t, f) => {
    const d = destinationD(f)
    if (!hasSize(SIZES_BHS, f.size) || isOdd(1, d)) return t.undefinedInsn()
    const s = simd(t, FULL)
    setQ(t, d >> 1, s.imm(SHL[f.size + 1]!, s.op(ZEXT[0]![f.size]!, getD(t, secondD(f))), 8 << f.size))
    return NEXT
  },
)

export const neonTwoRows: readonly Row<ArmContext>[] = [
  ...TWO.map(two),
  mvn,
  swap,
  ...PERMUTATIONS.map(permute),
  ...NARROW.map(narrow),
  shll,
]
