/** A64 Advanced SIMD integer: three registers of different kinds, and products by one element, vector and scalar (manual C4.1.95). */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { type Dot, sdot, sudot, udot, usdot } from '../arm-common/simd-dots.ts'
import {
  accumulating,
  bitsOf,
  family,
  hasSize,
  type Operation,
  plain,
  SIZES_BHS,
  SIZES_HS,
  type Simd,
  simd,
  widthOf,
} from '../arm-common/simd-lanes.ts'
import {
  accumulateLong,
  type LongOperation,
  SEXT,
  smull,
  sqdmlal,
  sqdmlsl,
  sqdmulh,
  sqdmull,
  sqrdmlah,
  sqrdmlsh,
  sqrdmulh,
  umull,
  ZEXT,
} from '../arm-common/simd-operations.ts'
import { differenceLong, highHalf, widened, widenedSecond } from '../arm-common/simd-wide-operations.ts'
import type { Outcome, Row } from '../insn.ts'
import type { A64Context } from './context.ts'
import { elementOf } from './simd-format.ts'
import { builtInsn } from './simd-fp-lanes.ts'

interface Three {
  readonly q: number
  readonly size: number
  readonly rm: number
  readonly rn: number
  readonly rd: number
}

const ADD = family('vadd')
const SUB = family('vsub')
/** Name, U, opcode, what vd/vt the operands are: L long (wide result), W wide (wide result and first operand), N narrow. */
type LongRow = readonly [name: string, u: string, opcode: string, operation: LongOperation]
const LONG: readonly LongRow[] = [
  ['saddl', '0', '0000', widened(ADD, SEXT)],
  ['uaddl', '1', '0000', widened(ADD, ZEXT)],
  ['ssubl', '0', '0010', widened(SUB, SEXT)],
  ['usubl', '1', '0010', widened(SUB, ZEXT)],
  ['sabal', '0', '0101', accumulateLong('vadd', differenceLong('vabds'))],
  ['uabal', '1', '0101', accumulateLong('vadd', differenceLong('vabdu'))],
  ['sabdl', '0', '0111', differenceLong('vabds')],
  ['uabdl', '1', '0111', differenceLong('vabdu')],
  ['smlal', '0', '1000', accumulateLong('vadd', smull)],
  ['umlal', '1', '1000', accumulateLong('vadd', umull)],
  ['smlsl', '0', '1010', accumulateLong('vsub', smull)],
  ['umlsl', '1', '1010', accumulateLong('vsub', umull)],
  ['smull', '0', '1100', smull],
  ['umull', '1', '1100', umull],
]
const WIDE: readonly LongRow[] = [
  ['saddw', '0', '0001', widenedSecond(ADD, SEXT)],
  ['uaddw', '1', '0001', widenedSecond(ADD, ZEXT)],
  ['ssubw', '0', '0011', widenedSecond(SUB, SEXT)],
  ['usubw', '1', '0011', widenedSecond(SUB, ZEXT)],
]
const NARROW: readonly (readonly [name: string, u: string, opcode: string, operation: Operation])[] = [
  ['addhn', '0', '0100', highHalf(ADD, false)],
  ['raddhn', '1', '0100', highHalf(ADD, true)],
  ['subhn', '0', '0110', highHalf(SUB, false)],
  ['rsubhn', '1', '0110', highHalf(SUB, true)],
]
/** Doubling ones: halfwords and words, also scalar. */
const DOUBLING: readonly (readonly [name: string, opcode: string, operation: LongOperation])[] = [
  ['sqdmlal', '1001', sqdmlal],
  ['sqdmlsl', '1011', sqdmlsl],
  ['sqdmull', '1101', sqdmull],
]

function longInsn(name: string, u: string, opcode: string, sizes: number, template: string, operation: LongOperation): Row<A64Context> {
  return builtInsn<Three>(`${name}.v`, `0 q:1 ${u} 01110 size:2 1 rm:5 ${opcode} 00 rn:5 rd:5`, template, (t, f) => {
    if (!hasSize(sizes, f.size)) return t.undefinedInsn()
    const s = simd(t, 128)
    return s.finish(f.rd, operation(s, f.size, t.v(f.rn), t.v(f.rm), t.v(f.rd), f.q))
  })
}
function doubling([name, opcode, operation]: (typeof DOUBLING)[number]): Row<A64Context>[] {
  return [
    longInsn(name, '0', opcode, SIZES_HS, `${name}{q2:q} {vd:rd}, {vt:rn}, {vt:rm}`, operation),
    builtInsn<Three>(`${name}.s`, `01 0 11110 size:2 1 rm:5 ${opcode} 00 rn:5 rd:5`, `${name} {sd:rd}, {st:rn}, {st:rm}`, (t, f) => {
      if (!hasSize(SIZES_HS, f.size)) return t.undefinedInsn()
      const s = simd(t, 2 * widthOf(f.size))
      return s.finish(f.rd, operation(s, f.size, t.v(f.rn), t.v(f.rm), t.v(f.rd), 0))
    }),
  ]
}

/** Writes a narrow result: to the low half, clearing the high one, or with `q` to the high half. */
export function finishNarrow(s: Simd, rd: number, value: number, q: number): Outcome {
  return s.finish(rd, q ? s.op(OP.vziplo64, s.t.v(rd), value) : value, 128)
}
function narrowing([name, u, opcode, operation]: (typeof NARROW)[number]): Row<A64Context> {
  return builtInsn<Three>(
    `${name}.v`,
    `0 q:1 ${u} 01110 size:2 1 rm:5 ${opcode} 00 rn:5 rd:5`,
    `${name}{q2:q} {vt:rd}, {vd:rn}, {vd:rm}`,
    (t, f) => {
      if (!hasSize(SIZES_BHS, f.size)) return t.undefinedInsn()
      const s = simd(t, 128)
      return finishNarrow(s, f.rd, operation(s, f.size, t.v(f.rn), t.v(f.rm), 0), f.q)
    },
  )
}

// Polynomials: bytes to halfwords; doublewords to 128 bits (FEAT_PMULL).

const BOTH_HIGH = 0x11
const polynomialRows = [
  builtInsn<Three>('pmull.8h', '0 q:1 0 01110 00 1 rm:5 1110 00 rn:5 rd:5', 'pmull{q2:q} {v.8h:rd}, {vt.0:rn}, {vt.0:rm}', (t, f) => {
    const s = simd(t, 128)
    return s.finish(f.rd, s.op(f.q ? OP.vclmulhi8 : OP.vclmullo8, t.v(f.rn), t.v(f.rm)))
  }),
  builtInsn<Three>('pmull.1q', '0 q:1 0 01110 11 1 rm:5 1110 00 rn:5 rd:5', 'pmull{q2:q} {v.1q:rd}, {vt.3:rn}, {vt.3:rm}', (t, f) => {
    const s = simd(t, 128)
    return s.finish(f.rd, t.ir.emit(OP.vclmul64, t.v(f.rn), t.v(f.rm), NONE, f.q ? BOTH_HIGH : 0))
  }),
]

// By element

interface ByElement {
  readonly q: number
  readonly size: number
  readonly l: number
  readonly m: number
  readonly rm: number
  readonly h: number
  readonly rn: number
  readonly rd: number
}
const DUP = family('vdup')

/** The element in every lane. */
function element(s: Simd, f: ByElement, size: number): number {
  const [register, index] = elementOf(f as unknown as Record<string, number>, size)
  return s.imm(DUP[size]!, s.t.v(register), index)
}

type SameRow = readonly [name: string, u: string, opcode: string, operation: Operation, scalar: boolean]
const SAME_BY_ELEMENT: readonly SameRow[] = [
  ['mla', '1', '0000', accumulating('vadd', plain('vmul')), false],
  ['mls', '1', '0100', accumulating('vsub', plain('vmul')), false],
  ['mul', '0', '1000', plain('vmul'), false],
  ['sqdmulh', '0', '1100', sqdmulh, true],
  ['sqrdmulh', '0', '1101', sqrdmulh, true],
  ['sqrdmlah', '1', '1101', sqrdmlah, true],
  ['sqrdmlsh', '1', '1111', sqrdmlsh, true],
]
function sameByElement([name, u, opcode, operation, scalar]: SameRow): Row<A64Context>[] {
  const rows = [
    builtInsn<ByElement>(
      `${name}.e`,
      `0 q:1 ${u} 01111 size:2 l:1 m:1 rm:4 ${opcode} h:1 0 rn:5 rd:5`,
      `${name} {vt:rd}, {vt:rn}, {elem:rm}`,
      (t, f) => {
        if (!hasSize(SIZES_HS, f.size)) return t.undefinedInsn()
        const s = simd(t, bitsOf(f.q))
        return s.finish(f.rd, operation(s, f.size, t.v(f.rn), element(s, f, f.size), t.v(f.rd)))
      },
    ),
  ]
  if (!scalar) return rows
  const scalarRow = builtInsn<ByElement>(
    `${name}.es`,
    `01 ${u} 11111 size:2 l:1 m:1 rm:4 ${opcode} h:1 0 rn:5 rd:5`,
    `${name} {st:rd}, {st:rn}, {elem:rm}`,
    (t, f) => {
      if (!hasSize(SIZES_HS, f.size)) return t.undefinedInsn()
      const s = simd(t, widthOf(f.size))
      return s.finish(f.rd, operation(s, f.size, t.v(f.rn), element(s, f, f.size), t.v(f.rd)))
    },
  )
  return [...rows, scalarRow]
}

type LongElementRow = readonly [name: string, u: string, opcode: string, operation: LongOperation, scalar: boolean]
const LONG_BY_ELEMENT: readonly LongElementRow[] = [
  ['smlal', '0', '0010', accumulateLong('vadd', smull), false],
  ['umlal', '1', '0010', accumulateLong('vadd', umull), false],
  ['smlsl', '0', '0110', accumulateLong('vsub', smull), false],
  ['umlsl', '1', '0110', accumulateLong('vsub', umull), false],
  ['smull', '0', '1010', smull, false],
  ['umull', '1', '1010', umull, false],
  ['sqdmlal', '0', '0011', sqdmlal, true],
  ['sqdmlsl', '0', '0111', sqdmlsl, true],
  ['sqdmull', '0', '1011', sqdmull, true],
]
function longByElement([name, u, opcode, operation, scalar]: LongElementRow): Row<A64Context>[] {
  const rows = [
    builtInsn<ByElement>(
      `${name}.e`,
      `0 q:1 ${u} 01111 size:2 l:1 m:1 rm:4 ${opcode} h:1 0 rn:5 rd:5`,
      `${name}{q2:q} {vd:rd}, {vt:rn}, {elem:rm}`,
      (t, f) => {
        if (!hasSize(SIZES_HS, f.size)) return t.undefinedInsn()
        const s = simd(t, 128)
        return s.finish(f.rd, operation(s, f.size, t.v(f.rn), element(s, f, f.size), t.v(f.rd), f.q))
      },
    ),
  ]
  if (!scalar) return rows
  const scalarRow = builtInsn<ByElement>(
    `${name}.es`,
    `01 ${u} 11111 size:2 l:1 m:1 rm:4 ${opcode} h:1 0 rn:5 rd:5`,
    `${name} {sd:rd}, {st:rn}, {elem:rm}`,
    (t, f) => {
      if (!hasSize(SIZES_HS, f.size)) return t.undefinedInsn()
      const s = simd(t, 2 * widthOf(f.size))
      return s.finish(f.rd, operation(s, f.size, t.v(f.rn), element(s, f, f.size), t.v(f.rd), 0))
    },
  )
  return [...rows, scalarRow]
}

/** Four bytes of m, chosen by the index, with every four bytes of n. */
function dotByElement(name: string, u: string, size: string, opcode: string, dot: Dot): Row<A64Context> {
  return builtInsn<ByElement>(
    `${name}.e`,
    `0 q:1 ${u} 01111 ${size} l:1 m:1 rm:4 ${opcode} h:1 0 rn:5 rd:5`,
    `${name} {vt.2:rd}, {vt.0:rn}, {elem4b:rm}`,
    (t, f) => {
      const s = simd(t, bitsOf(f.q))
      return s.finish(f.rd, dot(s, t.v(f.rn), element(s, f, 2), t.v(f.rd)))
    },
  )
}

export const simdLongRows: readonly Row<A64Context>[] = [
  ...LONG.map(([name, u, opcode, operation]) => longInsn(name, u, opcode, SIZES_BHS, `${name}{q2:q} {vd:rd}, {vt:rn}, {vt:rm}`, operation)),
  ...WIDE.map(([name, u, opcode, operation]) => longInsn(name, u, opcode, SIZES_BHS, `${name}{q2:q} {vd:rd}, {vd:rn}, {vt:rm}`, operation)),
  ...NARROW.map(narrowing),
  ...DOUBLING.flatMap(doubling),
  ...polynomialRows,
  ...SAME_BY_ELEMENT.flatMap(sameByElement),
  ...LONG_BY_ELEMENT.flatMap(longByElement),
  dotByElement('sdot', '0', '10', '1110', sdot),
  dotByElement('udot', '1', '10', '1110', udot),
  dotByElement('usdot', '0', '10', '1111', usdot),
  dotByElement('sudot', '0', '00', '1111', sudot),
]
