/** A64 Advanced SIMD integer: three registers of the same kind, vector and scalar (manual C4.1.95: three same, three same extra). */
import { OP } from '../../ir/ops.ts'
import { type Dot, matrixProduct, sdot, udot, usdot } from '../arm-common/simd-dots.ts'
import { neighbours, sumsOfNeighbours } from '../arm-common/simd-lane-operations.ts'
import {
  accumulating,
  bitsOf,
  hasSize,
  isReserved,
  type Operation,
  plain,
  SIZES_ALL,
  SIZES_B,
  SIZES_BHS,
  SIZES_D,
  SIZES_HS,
  saturating,
  simd,
  widthOf,
} from '../arm-common/simd-lanes.ts'
import { sqdmulh, sqrdmlah, sqrdmlsh, sqrdmulh, sqrshl, sqshl, uqrshl, uqshl } from '../arm-common/simd-operations.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import type { A64Context } from './context.ts'
import { builtInsn } from './simd-fp-lanes.ts'

interface Three {
  readonly q: number
  readonly size: number
  readonly rm: number
  readonly rn: number
  readonly rd: number
}

/** Name, U, opcode, sizes of the vector and of the scalar form (0: none). */
type ThreeRow = readonly [name: string, u: string, opcode: string, sizes: number, scalar: number, operation: Operation]

const notEqualZero = plain('vtst')
const difference = { s: plain('vabds'), u: plain('vabdu') }
const product = plain('vmul')

const THREE_SAME: readonly ThreeRow[] = [
  ['shadd', '0', '00000', SIZES_BHS, 0, plain('vhadds')],
  ['uhadd', '1', '00000', SIZES_BHS, 0, plain('vhaddu')],
  ['sqadd', '0', '00001', SIZES_ALL, SIZES_ALL, saturating('vqadds', 'vadd')],
  ['uqadd', '1', '00001', SIZES_ALL, SIZES_ALL, saturating('vqaddu', 'vadd')],
  ['srhadd', '0', '00010', SIZES_BHS, 0, plain('vrhadds')],
  ['urhadd', '1', '00010', SIZES_BHS, 0, plain('vrhaddu')],
  ['shsub', '0', '00100', SIZES_BHS, 0, plain('vhsubs')],
  ['uhsub', '1', '00100', SIZES_BHS, 0, plain('vhsubu')],
  ['sqsub', '0', '00101', SIZES_ALL, SIZES_ALL, saturating('vqsubs', 'vsub')],
  ['uqsub', '1', '00101', SIZES_ALL, SIZES_ALL, saturating('vqsubu', 'vsub')],
  ['cmgt', '0', '00110', SIZES_ALL, SIZES_D, plain('vcmpgts')],
  ['cmhi', '1', '00110', SIZES_ALL, SIZES_D, plain('vcmpgtu')],
  ['cmge', '0', '00111', SIZES_ALL, SIZES_D, plain('vcmpges')],
  ['cmhs', '1', '00111', SIZES_ALL, SIZES_D, plain('vcmpgeu')],
  ['sshl', '0', '01000', SIZES_ALL, SIZES_D, plain('vshls')],
  ['ushl', '1', '01000', SIZES_ALL, SIZES_D, plain('vshlu')],
  ['sqshl', '0', '01001', SIZES_ALL, SIZES_ALL, sqshl],
  ['uqshl', '1', '01001', SIZES_ALL, SIZES_ALL, uqshl],
  ['srshl', '0', '01010', SIZES_ALL, SIZES_D, plain('vrshls')],
  ['urshl', '1', '01010', SIZES_ALL, SIZES_D, plain('vrshlu')],
  ['sqrshl', '0', '01011', SIZES_ALL, SIZES_ALL, sqrshl],
  ['uqrshl', '1', '01011', SIZES_ALL, SIZES_ALL, uqrshl],
  ['smax', '0', '01100', SIZES_BHS, 0, plain('vmaxs')],
  ['umax', '1', '01100', SIZES_BHS, 0, plain('vmaxu')],
  ['smin', '0', '01101', SIZES_BHS, 0, plain('vmins')],
  ['umin', '1', '01101', SIZES_BHS, 0, plain('vminu')],
  ['sabd', '0', '01110', SIZES_BHS, 0, difference.s],
  ['uabd', '1', '01110', SIZES_BHS, 0, difference.u],
  ['saba', '0', '01111', SIZES_BHS, 0, accumulating('vadd', difference.s)],
  ['uaba', '1', '01111', SIZES_BHS, 0, accumulating('vadd', difference.u)],
  ['add', '0', '10000', SIZES_ALL, SIZES_D, plain('vadd')],
  ['sub', '1', '10000', SIZES_ALL, SIZES_D, plain('vsub')],
  ['cmtst', '0', '10001', SIZES_ALL, SIZES_D, notEqualZero],
  ['cmeq', '1', '10001', SIZES_ALL, SIZES_D, plain('vcmpeq')],
  ['mla', '0', '10010', SIZES_BHS, 0, accumulating('vadd', product)],
  ['mls', '1', '10010', SIZES_BHS, 0, accumulating('vsub', product)],
  ['mul', '0', '10011', SIZES_BHS, 0, product],
  ['pmul', '1', '10011', SIZES_B, 0, (s, _size, n, m) => s.op(OP.vclmul8, n, m)],
  ['smaxp', '0', '10100', SIZES_BHS, 0, neighbours('vmaxs')],
  ['umaxp', '1', '10100', SIZES_BHS, 0, neighbours('vmaxu')],
  ['sminp', '0', '10101', SIZES_BHS, 0, neighbours('vmins')],
  ['uminp', '1', '10101', SIZES_BHS, 0, neighbours('vminu')],
  ['sqdmulh', '0', '10110', SIZES_HS, SIZES_HS, sqdmulh],
  ['sqrdmulh', '1', '10110', SIZES_HS, SIZES_HS, sqrdmulh],
  ['addp', '0', '10111', SIZES_ALL, 0, sumsOfNeighbours],
]

function lanewise(t: A64Context, f: Three, size: number, bits: number, operation: Operation): Outcome {
  const s = simd(t, bits)
  return s.finish(f.rd, operation(s, size, t.v(f.rn), t.v(f.rm), t.v(f.rd)))
}

function threeSame([name, u, opcode, sizes, scalar, operation]: ThreeRow): Row<A64Context>[] {
  const vector = builtInsn<Three>(
    `${name}.v`,
    `0 q:1 ${u} 01110 size:2 1 rm:5 ${opcode} 1 rn:5 rd:5`,
    `${name} {vt:rd}, {vt:rn}, {vt:rm}`,
    (t, f) => {
      if (isReserved(sizes, f.size, f.q)) return t.undefinedInsn()
      return lanewise(t, f, f.size, bitsOf(f.q), operation)
    },
  )
  if (scalar === 0) return [vector]
  return [
    vector,
    builtInsn<Three>(`${name}.s`, `01 ${u} 11110 size:2 1 rm:5 ${opcode} 1 rn:5 rd:5`, `${name} {st:rd}, {st:rn}, {st:rm}`, (t, f) => {
      if (!hasSize(scalar, f.size)) return t.undefinedInsn()
      return lanewise(t, f, f.size, widthOf(f.size), operation)
    }),
  ]
}

/** Rounding doubling multiply and accumulate (FEAT_RDM). */
function roundingAccumulate(name: string, opcode: string, operation: Operation): Row<A64Context>[] {
  return [
    builtInsn<Three>(`${name}.v`, `0 q:1 1 01110 size:2 0 rm:5 1 ${opcode} 1 rn:5 rd:5`, `${name} {vt:rd}, {vt:rn}, {vt:rm}`, (t, f) => {
      if (!hasSize(SIZES_HS, f.size)) return t.undefinedInsn()
      return lanewise(t, f, f.size, bitsOf(f.q), operation)
    }),
    builtInsn<Three>(`${name}.s`, `01 1 11110 size:2 0 rm:5 1 ${opcode} 1 rn:5 rd:5`, `${name} {st:rd}, {st:rn}, {st:rm}`, (t, f) => {
      if (!hasSize(SIZES_HS, f.size)) return t.undefinedInsn()
      return lanewise(t, f, f.size, widthOf(f.size), operation)
    }),
  ]
}

// Whole registers: logic. BSL, BIT and BIF select by different registers.

const LOGIC: readonly (readonly [name: string, u: string, size: string, operation: Operation])[] = [
  ['and', '0', '00', (s, _, n, m) => s.op(OP.vand, n, m)],
  ['bic', '0', '01', (s, _, n, m) => s.op(OP.vandn, n, m)],
  ['orr', '0', '10', (s, _, n, m) => s.op(OP.vor, n, m)],
  ['orn', '0', '11', (s, _, n, m) => s.op(OP.vorn, n, m)],
  ['eor', '1', '00', (s, _, n, m) => s.op(OP.vxor, n, m)],
  ['bsl', '1', '01', (s, _, n, m, d) => s.op(OP.vbsel, d, n, m)],
  ['bit', '1', '10', (s, _, n, m, d) => s.op(OP.vbsel, m, n, d)],
  ['bif', '1', '11', (s, _, n, m, d) => s.op(OP.vbsel, m, d, n)],
]
function logic([name, u, size, operation]: (typeof LOGIC)[number]): Row<A64Context> {
  return builtInsn<Three>(
    `${name}.v`,
    `0 q:1 ${u} 01110 ${size} 1 rm:5 00011 1 rn:5 rd:5`,
    `${name} {vt.0:rd}, {vt.0:rn}, {vt.0:rm}`,
    (t, f) => {
      // MOV is ORR of a register with itself, EOR of one with itself clears.
      const s = simd(t, bitsOf(f.q))
      if (name === 'orr' && f.rn === f.rm) return s.finish(f.rd, t.v(f.rn))
      if (name === 'eor' && f.rn === f.rm) {
        t.setV(f.rd, s.zero())
        return NEXT
      }
      return lanewise(t, f, 0, bitsOf(f.q), operation)
    },
  )
}

function dotProduct(name: string, u: string, opcode: string, dot: Dot): Row<A64Context> {
  return builtInsn<Three>(
    `${name}.v`,
    `0 q:1 ${u} 01110 10 0 rm:5 1 ${opcode} 1 rn:5 rd:5`,
    `${name} {vt.2:rd}, {vt.0:rn}, {vt.0:rm}`,
    (t, f) => {
      const s = simd(t, bitsOf(f.q))
      return s.finish(f.rd, dot(s, t.v(f.rn), t.v(f.rm), t.v(f.rd)))
    },
  )
}

function matrixRow(name: string, u: string, opcode: string, dot: Dot): Row<A64Context> {
  return builtInsn<Three>(name, `0 1 ${u} 01110 10 0 rm:5 1 ${opcode} 1 rn:5 rd:5`, `${name} {v.4s:rd}, {v.16b:rn}, {v.16b:rm}`, (t, f) => {
    const s = simd(t, 128)
    return s.finish(f.rd, matrixProduct(s, dot, t.v(f.rn), t.v(f.rm), t.v(f.rd)))
  })
}

export const simdThreeRows: readonly Row<A64Context>[] = [
  ...THREE_SAME.flatMap(threeSame),
  ...LOGIC.map(logic),
  ...roundingAccumulate('sqrdmlah', '0000', sqrdmlah),
  ...roundingAccumulate('sqrdmlsh', '0001', sqrdmlsh),
  dotProduct('sdot', '0', '0010', sdot),
  dotProduct('udot', '1', '0010', udot),
  dotProduct('usdot', '0', '0011', usdot),
  matrixRow('smmla', '0', '0100', sdot),
  matrixRow('ummla', '1', '0100', udot),
  matrixRow('usmmla', '0', '0101', usdot),
]
