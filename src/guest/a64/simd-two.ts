/** A64 Advanced SIMD integer: two registers, across lanes, pairwise scalar (manual C4.1.95). */
import { OP } from '../../ir/ops.ts'
import { cls, compareZero, less, reverse } from '../arm-common/simd-lane-operations.ts'
import {
  bitsOf,
  FULL,
  family,
  hasSize,
  isReserved,
  type Operation,
  SIZES_ALL,
  SIZES_B,
  SIZES_BH,
  SIZES_BHS,
  SIZES_D,
  type Simd,
  simd,
  widthOf,
} from '../arm-common/simd-lanes.ts'
import { type Narrowing, narrowLow, sqabs, sqneg, sqxtn, sqxtun, suqadd, uqxtn, usqadd, ZEXT } from '../arm-common/simd-operations.ts'
import type { Row } from '../insn.ts'
import type { A64Context } from './context.ts'
import { builtInsn } from './simd-fp-lanes.ts'
import { finishNarrow } from './simd-long.ts'

interface Two {
  readonly q: number
  readonly size: number
  readonly rn: number
  readonly rd: number
}

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
const VADDV = family('vaddv')

type TwoRow = readonly [name: string, u: string, opcode: string, sizes: number, scalar: number, operation: Operation, tail?: string]
const TWO: readonly TwoRow[] = [
  ['rev64', '0', '00000', SIZES_BHS, 0, reverse(8)],
  ['rev32', '1', '00000', SIZES_BH, 0, reverse(4)],
  ['rev16', '0', '00001', SIZES_B, 0, reverse(2)],
  ['suqadd', '0', '00011', SIZES_ALL, SIZES_ALL, suqadd],
  ['usqadd', '1', '00011', SIZES_ALL, SIZES_ALL, usqadd],
  ['cls', '0', '00100', SIZES_BHS, 0, cls],
  ['clz', '1', '00100', SIZES_BHS, 0, (s, size, n) => s.op(CLZ[size]!, n)],
  ['cnt', '0', '00101', SIZES_B, 0, (s, _size, n) => s.op(OP.vpopcnt8, n)],
  ['sqabs', '0', '00111', SIZES_ALL, SIZES_ALL, sqabs],
  ['sqneg', '1', '00111', SIZES_ALL, SIZES_ALL, sqneg],
  ['cmgt', '0', '01000', SIZES_ALL, SIZES_D, compareZero(CMPGTS, false), ', #0'],
  ['cmge', '1', '01000', SIZES_ALL, SIZES_D, compareZero(CMPGES, false), ', #0'],
  ['cmeq', '0', '01001', SIZES_ALL, SIZES_D, compareZero(CMPEQ, false), ', #0'],
  ['cmle', '1', '01001', SIZES_ALL, SIZES_D, compareZero(CMPGES, true), ', #0'],
  ['cmlt', '0', '01010', SIZES_ALL, SIZES_D, less, ', #0'],
  ['abs', '0', '01011', SIZES_ALL, SIZES_D, (s, size, n) => s.op(ABS[size]!, n)],
  ['neg', '1', '01011', SIZES_ALL, SIZES_D, (s, size, n) => s.op(SUB[size]!, s.zero(), n)],
]

/** Rows with a #0 operand share their mnemonic with rows of three registers. */
const rowName = (name: string, form: string, tail: string) => (tail === '' ? `${name}.${form}` : `${name}.zero.${form}`)

function two([name, u, opcode, sizes, scalar, operation, tail = '']: TwoRow): Row<A64Context>[] {
  const vector = builtInsn<Two>(
    rowName(name, 'v', tail),
    `0 q:1 ${u} 01110 size:2 10000 ${opcode} 10 rn:5 rd:5`,
    `${name} {vt:rd}, {vt:rn}${tail}`,
    (t, f) => {
      if (isReserved(sizes, f.size, f.q)) return t.undefinedInsn()
      const s = simd(t, bitsOf(f.q))
      return s.finish(f.rd, operation(s, f.size, t.v(f.rn), 0, t.v(f.rd)))
    },
  )
  if (scalar === 0) return [vector]
  const scalarRow = builtInsn<Two>(
    rowName(name, 's', tail),
    `01 ${u} 11110 size:2 10000 ${opcode} 10 rn:5 rd:5`,
    `${name} {st:rd}, {st:rn}${tail}`,
    (t, f) => {
      if (!hasSize(scalar, f.size)) return t.undefinedInsn()
      const s = simd(t, widthOf(f.size))
      return s.finish(f.rd, operation(s, f.size, t.v(f.rn), 0, t.v(f.rd)))
    },
  )
  return [vector, scalarRow]
}

/** Bytes whatever the size field says, which is part of the opcode. */
function bytewise(name: string, size: string, op: number): Row<A64Context> {
  return builtInsn<Two>(`${name}.v`, `0 q:1 1 01110 ${size} 10000 00101 10 rn:5 rd:5`, `${name} {vt.0:rd}, {vt.0:rn}`, (t, f) => {
    const s = simd(t, bitsOf(f.q))
    return s.finish(f.rd, s.op(op, t.v(f.rn)))
  })
}

/** Neighbours added into lanes of double width; `accumulate`: onto the destination. */
function pairwiseLong(name: string, u: string, opcode: string, ops: readonly number[], accumulate: boolean): Row<A64Context> {
  return builtInsn<Two>(`${name}.v`, `0 q:1 ${u} 01110 size:2 10000 ${opcode} 10 rn:5 rd:5`, `${name} {vp:rd}, {vt:rn}`, (t, f) => {
    if (!hasSize(SIZES_BHS, f.size)) return t.undefinedInsn()
    const s = simd(t, bitsOf(f.q))
    const sums = s.op(ops[f.size]!, t.v(f.rn))
    return s.finish(f.rd, accumulate ? s.op(ADD[f.size + 1]!, t.v(f.rd), sums) : sums)
  })
}

/** SHLL: each lane shifted to the left by its width. */
const shll = builtInsn<Two>(
  'shll.v',
  '0 q:1 1 01110 size:2 10000 10011 10 rn:5 rd:5',
  'shll{q2:q} {vd:rd}, {vt:rn}, {lanebits:size}',
  (t, f) => {
    if (!hasSize(SIZES_BHS, f.size)) return t.undefinedInsn()
    const s = simd(t, FULL)
    return s.finish(f.rd, s.imm(SHL[f.size + 1]!, s.op(ZEXT[f.q]![f.size]!, t.v(f.rn)), widthOf(f.size)))
  },
)

type NarrowRow = readonly [name: string, u: string, opcode: string, operation: Narrowing, scalar: boolean]
const NARROW: readonly NarrowRow[] = [
  ['xtn', '0', '10010', narrowLow, false],
  ['sqxtun', '1', '10010', sqxtun, true],
  ['sqxtn', '0', '10100', sqxtn, true],
  ['uqxtn', '1', '10100', uqxtn, true],
]
function narrow([name, u, opcode, operation, scalar]: NarrowRow): Row<A64Context>[] {
  const vector = builtInsn<Two>(
    `${name}.v`,
    `0 q:1 ${u} 01110 size:2 10000 ${opcode} 10 rn:5 rd:5`,
    `${name}{q2:q} {vt:rd}, {vd:rn}`,
    (t, f) => {
      if (!hasSize(SIZES_BHS, f.size)) return t.undefinedInsn()
      const s = simd(t, FULL)
      return finishNarrow(s, f.rd, operation(s, f.size, t.v(f.rn)), f.q)
    },
  )
  if (!scalar) return [vector]
  const scalarRow = builtInsn<Two>(`${name}.s`, `01 ${u} 11110 size:2 10000 ${opcode} 10 rn:5 rd:5`, `${name} {st:rd}, {sd:rn}`, (t, f) => {
    if (!hasSize(SIZES_BHS, f.size)) return t.undefinedInsn()
    const s = simd(t, widthOf(f.size))
    return s.finish(f.rd, operation(s, f.size, t.v(f.rn)))
  })
  return [vector, scalarRow]
}

// Across lanes

/** Result is a lane of double width for the long sums. */
type Across = (s: Simd, size: number, n: number, q: number) => number
function sumLong(signed: boolean): Across {
  const pairs = signed ? PADDLS : PADDLU
  return (s, size, n, q) => {
    // What is above a half register counts as 0.
    const value = s.low(n, bitsOf(q))
    if (size === 0) return s.op(signed ? OP.vaddlvs8 : OP.vaddlvu8, value)
    const sums = s.op(pairs[size]!, value)
    return size === 1 ? s.op(OP.vaddv32, sums) : s.op(OP.vpadd64, sums, sums)
  }
}
const sum: Across = (s, size, n, q) => s.op(VADDV[size]!, s.low(n, bitsOf(q)))
function extreme(name: 'vmaxvs' | 'vmaxvu' | 'vminvs' | 'vminvu'): Across {
  const ops = family(name)
  return (s, size, n, q) => s.op(ops[size]!, q ? n : s.op(OP.vziplo64, n, n))
}

const ACROSS: readonly (readonly [name: string, u: string, opcode: string, operation: Across, long: boolean])[] = [
  ['saddlv', '0', '00011', sumLong(true), true],
  ['uaddlv', '1', '00011', sumLong(false), true],
  ['smaxv', '0', '01010', extreme('vmaxvs'), false],
  ['umaxv', '1', '01010', extreme('vmaxvu'), false],
  ['sminv', '0', '11010', extreme('vminvs'), false],
  ['uminv', '1', '11010', extreme('vminvu'), false],
  ['addv', '0', '11011', sum, false],
]
function across([name, u, opcode, operation, long]: (typeof ACROSS)[number]): Row<A64Context> {
  return builtInsn<Two>(
    name,
    `0 q:1 ${u} 01110 size:2 11000 ${opcode} 10 rn:5 rd:5`,
    `${name} {${long ? 'sd' : 'st'}:rd}, {vt:rn}`,
    (t, f) => {
      if (f.size === 3 || (f.size === 2 && !f.q)) return t.undefinedInsn()
      const s = simd(t, widthOf(f.size + (long ? 1 : 0)))
      const result = operation(s, f.size, t.v(f.rn), f.q)
      // The ops clear what is above their lane; the sum of doublewords does not.
      return s.finish(f.rd, result, long && f.size === 2 ? s.bits : FULL)
    },
  )
}

const addpScalar = builtInsn<Two>('addp.s', '01 0 11110 11 11000 11011 10 rn:5 rd:5', 'addp {d:rd}, {v.2d:rn}', (t, f) => {
  const s = simd(t, 64)
  const n = t.v(f.rn)
  return s.finish(f.rd, s.op(OP.vpadd64, n, n))
})

export const simdTwoRows: readonly Row<A64Context>[] = [
  ...TWO.flatMap(two),
  bytewise('not', '00', OP.vnot),
  bytewise('rbit', '01', OP.vrbit8),
  pairwiseLong('saddlp', '0', '00010', PADDLS, false),
  pairwiseLong('uaddlp', '1', '00010', PADDLU, false),
  pairwiseLong('sadalp', '0', '00110', PADDLS, true),
  pairwiseLong('uadalp', '1', '00110', PADDLU, true),
  shll,
  ...NARROW.flatMap(narrow),
  ...ACROSS.map(across),
  addpScalar,
]
