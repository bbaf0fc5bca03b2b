/** A64 Advanced SIMD floating point, vectors: three same, two-register miscellaneous, across lanes (manual C4.1.95). */
import { F32 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { HALF_OPERAND } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import { ROUND_AWAY, ROUND_CURRENT } from '../../ir/softfloat.ts'
import { ROUNDING_FIELD } from '../arm-common/fp-fields.ts'
import { absCompare, absDifference, fusedOperator, type Operator, plainFp, rounding, type Style } from '../arm-common/simd-fp-operators.ts'
import { NEXT, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { builtInsn, halfLanes, isReserved, wideLanes, wideOf } from './simd-fp-lanes.ts'

// Three same

interface Three {
  readonly q: number
  readonly sz: number
  readonly rm: number
  readonly rn: number
  readonly rd: number
}
/** Operand values of an instruction: n, m; or n, m, d for the accumulating ones. */
type Gather = (t: A64Context, f: Three) => number[]
const both: Gather = (t, f) => [t.v(f.rn), t.v(f.rm)]
const accumulate: Gather = (t, f) => [t.v(f.rn), t.v(f.rm), t.v(f.rd)]

/** Name, U, a, opcode of the f32/f64 form (the half form has its low three bits). */
type ThreeRow = readonly [name: string, u: string, a: string, opcode: string, operator: Operator, style?: Style, gather?: Gather]
const MASK: Style = { mask: true }
const COPIES: Style = { copies: true }
const ABSOLUTE: Style = { absoluteOf: plainFp('vfsub') }
const QUOTIENT: Style = { copies: true, quotient: true }
const FUSED: Style = { fused: true }

const THREE_SAME: readonly ThreeRow[] = [
  ['fmaxnm', '0', '0', '11000', plainFp('vfmaxnum')],
  ['fmla', '0', '0', '11001', fusedOperator(0), FUSED, accumulate],
  ['fadd', '0', '0', '11010', plainFp('vfadd')],
  ['fmulx', '0', '0', '11011', plainFp('vfmulx')],
  ['fcmeq', '0', '0', '11100', plainFp('vfcmpeq'), MASK],
  ['fmax', '0', '0', '11110', plainFp('vfmax')],
  ['frecps', '0', '0', '11111', plainFp('vfrecps'), { copies: true, fused: true }],
  ['fminnm', '0', '1', '11000', plainFp('vfminnum')],
  ['fmls', '0', '1', '11001', fusedOperator(1), FUSED, accumulate],
  ['fsub', '0', '1', '11010', plainFp('vfsub')],
  ['fmin', '0', '1', '11110', plainFp('vfmin')],
  ['frsqrts', '0', '1', '11111', plainFp('vfrsqrts'), { copies: true, fused: true }],
  ['fmul', '1', '0', '11011', plainFp('vfmul')],
  ['fcmge', '1', '0', '11100', plainFp('vfcmpge'), MASK],
  ['facge', '1', '0', '11101', absCompare('vfcmpge'), MASK],
  ['fdiv', '1', '0', '11111', plainFp('vfdiv'), QUOTIENT],
  ['fabd', '1', '1', '11010', absDifference, ABSOLUTE],
  ['fcmgt', '1', '1', '11100', plainFp('vfcmpgt'), MASK],
  ['facgt', '1', '1', '11101', absCompare('vfcmpgt'), MASK],
]

function threeSame([name, u, a, opcode, operator, style, gather = both]: ThreeRow): Row<A64Context>[] {
  return [
    builtInsn<Three>(
      `${name}.v`,
      `0 q:1 ${u} 01110 ${a} sz:1 1 rm:5 ${opcode} 1 rn:5 rd:5`,
      `${name} {vsz:rd}, {vsz:rn}, {vsz:rm}`,
      (t, f) => {
        if (isReserved(f)) return t.undefinedInsn()
        return wideLanes(t, f, wideOf(f.sz), gather(t, f), operator, style)
      },
    ),
    builtInsn<Three>(
      `${name}.vh`,
      `0 q:1 ${u} 01110 ${a} 10 rm:5 00 ${opcode.slice(2)} 1 rn:5 rd:5`,
      `${name} {vh:rd}, {vh:rn}, {vh:rm}`,
      (t, f) => halfLanes(t, f, gather(t, f), operator, style),
    ),
  ]
}

// Pairwise: even and odd lanes of the concatenation m:n

type PairRow = readonly [name: string, u: string, a: string, opcode: string, operator: Operator]
const PAIRWISE: readonly PairRow[] = [
  ['fmaxnmp', '1', '0', '11000', plainFp('vfmaxnum')],
  ['faddp', '1', '0', '11010', plainFp('vfadd')],
  ['fmaxp', '1', '0', '11110', plainFp('vfmax')],
  ['fminnmp', '1', '1', '11000', plainFp('vfminnum')],
  ['fminp', '1', '1', '11110', plainFp('vfmin')],
]

/** Even and odd lanes of m:n (of their lower halves if q is 0, each then twice). */
function evenOdd(t: A64Context, f: Three, wide: 16 | 32 | 64): readonly [number, number] {
  const { ir } = t
  let n = t.v(f.rn)
  let m = t.v(f.rm)
  if (wide === 64) return [ir.emit(OP.vziplo64, n, m), ir.emit(OP.vziphi64, n, m)]
  if (!f.q) n = m = ir.emit(OP.vziplo64, n, m)
  return [ir.emit(OP[`vuzplo${wide}`], n, m), ir.emit(OP[`vuzphi${wide}`], n, m)]
}

function pairwise([name, u, a, opcode, operator]: PairRow): Row<A64Context>[] {
  return [
    builtInsn<Three>(
      `${name}.v`,
      `0 q:1 ${u} 01110 ${a} sz:1 1 rm:5 ${opcode} 1 rn:5 rd:5`,
      `${name} {vsz:rd}, {vsz:rn}, {vsz:rm}`,
      (t, f) => {
        if (isReserved(f)) return t.undefinedInsn()
        return wideLanes(t, f, wideOf(f.sz), evenOdd(t, f, wideOf(f.sz)), operator)
      },
    ),
    builtInsn<Three>(
      `${name}.vh`,
      `0 q:1 ${u} 01110 ${a} 10 rm:5 00 ${opcode.slice(2)} 1 rn:5 rd:5`,
      `${name} {vh:rd}, {vh:rn}, {vh:rm}`,
      (t, f) => halfLanes(t, f, evenOdd(t, f, 16), operator),
    ),
  ]
}

// Two-register miscellaneous

interface Two {
  readonly q: number
  readonly sz: number
  readonly rn: number
  readonly rd: number
}
type TwoRow = readonly [name: string, u: string, a: string, opcode: string, operator: Operator, style?: Style]
const [N, P, M, Z] = ROUNDING_FIELD

const TWO: readonly TwoRow[] = [
  ['frintn', '0', '0', '11000', rounding(N, false)],
  ['frintm', '0', '0', '11001', rounding(M, false)],
  ['frintp', '0', '1', '11000', rounding(P, false)],
  ['frintz', '0', '1', '11001', rounding(Z, false)],
  ['frinta', '1', '0', '11000', rounding(ROUND_AWAY, false)],
  ['frintx', '1', '0', '11001', rounding(ROUND_CURRENT, true)],
  ['frinti', '1', '1', '11001', rounding(ROUND_CURRENT, false)],
  ['frecpe', '0', '1', '11101', plainFp('vfrecpe'), COPIES],
  ['frsqrte', '1', '1', '11101', plainFp('vfrsqrte'), COPIES],
  ['fsqrt', '1', '1', '11111', plainFp('vfsqrt')],
]

function two([name, u, a, opcode, operator, style]: TwoRow): Row<A64Context>[] {
  return [
    builtInsn<Two>(`${name}.v`, `0 q:1 ${u} 01110 ${a} sz:1 10000 ${opcode} 10 rn:5 rd:5`, `${name} {vsz:rd}, {vsz:rn}`, (t, f) => {
      if (isReserved(f)) return t.undefinedInsn()
      return wideLanes(t, f, wideOf(f.sz), [t.v(f.rn)], operator, style)
    }),
    builtInsn<Two>(`${name}.vh`, `0 q:1 ${u} 01110 ${a} 111100 ${opcode} 10 rn:5 rd:5`, `${name} {vh:rd}, {vh:rn}`, (t, f) =>
      halfLanes(t, f, [t.v(f.rn)], operator, style),
    ),
  ]
}

/** FABS and FNEG: bits. */
function bits(name: string, u: string, wideOp: 'vfabs' | 'vfneg', halfOp: number, mask: number): Row<A64Context>[] {
  return [
    builtInsn<Two>(`${name}.v`, `0 q:1 ${u} 01110 1 sz:1 10000 01111 10 rn:5 rd:5`, `${name} {vsz:rd}, {vsz:rn}`, (t, f) => {
      if (isReserved(f)) return t.undefinedInsn()
      return wideLanes(t, f, wideOf(f.sz), [t.v(f.rn)], (c, wide, [a]) => c.ir.emit(OP[`${wideOp}${wide}`], a!))
    }),
    builtInsn<Two>(`${name}.vh`, `0 q:1 ${u} 01110 1 111100 01111 10 rn:5 rd:5`, `${name} {vh:rd}, {vh:rn}`, (t, f) =>
      wideLanes(t, f, 32, [t.v(f.rn)], (c, _wide, [a]) => c.ir.emit(halfOp, a!, c.ir.constV(mask, mask, mask, mask))),
    ),
  ]
}
const SIGNS_16 = 0x8000_8000 | 0

/** Comparisons with zero. */
type ZeroRow = readonly [name: string, u: string, opcode: string, op: 'vfcmpeq' | 'vfcmpge' | 'vfcmpgt', exchanged: boolean]
const ZERO: readonly ZeroRow[] = [
  ['fcmgt', '0', '01100', 'vfcmpgt', false],
  ['fcmeq', '0', '01101', 'vfcmpeq', false],
  ['fcmlt', '0', '01110', 'vfcmpgt', true],
  ['fcmge', '1', '01100', 'vfcmpge', false],
  ['fcmle', '1', '01101', 'vfcmpge', true],
]
export function compareZero(op: ZeroRow[3], exchanged: boolean): Operator {
  return (t, wide, [a]) => {
    const zero = t.ir.emit(OP.vzero)
    return t.ir.emit(OP[`${op}${wide}`], exchanged ? zero : a!, exchanged ? a! : zero)
  }
}
function zeroRows([name, u, opcode, op, exchanged]: ZeroRow): Row<A64Context>[] {
  const operator = compareZero(op, exchanged)
  return [
    builtInsn<Two>(`${name}.zero.v`, `0 q:1 ${u} 01110 1 sz:1 10000 ${opcode} 10 rn:5 rd:5`, `${name} {vsz:rd}, {vsz:rn}, #0.0`, (t, f) => {
      if (isReserved(f)) return t.undefinedInsn()
      return wideLanes(t, f, wideOf(f.sz), [t.v(f.rn)], operator)
    }),
    builtInsn<Two>(`${name}.zero.vh`, `0 q:1 ${u} 01110 1 111100 ${opcode} 10 rn:5 rd:5`, `${name} {vh:rd}, {vh:rn}, #0.0`, (t, f) =>
      halfLanes(t, f, [t.v(f.rn)], operator, MASK),
    ),
  ]
}

const estimateRows = [
  insn('urecpe', '0 q:1 0 01110 1 0 10000 11100 10 rn:5 rd:5', 'urecpe {v32:rd}, {v32:rn}', (t, f) =>
    wideLanes(t, f, 32, [t.v(f.rn)], (c, _wide, [a]) => c.ir.emit(OP.vurecpe32, a!)),
  ),
  insn('ursqrte', '0 q:1 1 01110 1 0 10000 11100 10 rn:5 rd:5', 'ursqrte {v32:rd}, {v32:rn}', (t, f) =>
    wideLanes(t, f, 32, [t.v(f.rn)], (c, _wide, [a]) => c.ir.emit(OP.vursqrte32, a!)),
  ),
]

// Across lanes: neighbours first, then the pairs

type AcrossRow = readonly [name: string, a: string, opcode: string, vector: 'vfmax' | 'vfmin' | 'vfmaxnum' | 'vfminnum']
const ACROSS: readonly AcrossRow[] = [
  ['fmaxnmv', '0', '01100', 'vfmaxnum'],
  ['fminnmv', '1', '01100', 'vfminnum'],
  ['fmaxv', '0', '01111', 'vfmax'],
  ['fminv', '1', '01111', 'vfmin'],
]
const SWAP_LANES_0_1 = 0b11_10_00_01

/** Lane 0 of four f32 lanes reduced. */
function reduceFour(t: A64Context, op: AcrossRow[3], four: number): number {
  const { ir } = t
  const pairs = ir.emit(OP[`${op}32`], ir.emit(OP.vuzplo32, four, four), ir.emit(OP.vuzphi32, four, four))
  return ir.emit(OP[`${op}32`], pairs, ir.emit(OP.vshuf32, pairs, NONE, NONE, SWAP_LANES_0_1))
}

function across([name, a, opcode, op]: AcrossRow): Row<A64Context>[] {
  const operator: Operator = (t, wide, [x, y]) => t.ir.emit(OP[`${op}${wide}`], x!, y!)
  return [
    builtInsn<Two>(`${name}.v`, `0 1 1 01110 ${a} 0 11000 ${opcode} 10 rn:5 rd:5`, `${name} {s:rd}, {v.4s:rn}`, (t, f) => {
      t.setF(f.rd, t.ir.emitTyped(OP['v.tof32'], F32, reduceFour(t, op, t.v(f.rn))))
      return NEXT
    }),
    builtInsn<Two>(`${name}.vh`, `0 q:1 0 01110 ${a} 0 11000 ${opcode} 10 rn:5 rd:5`, `${name} {h:rd}, {vh:rn}`, (t, f) => {
      const { ir } = t
      const value = t.v(f.rn)
      const widen = (x: number) => ir.emit(OP['vf.fromhalf'], x, NONE, NONE, HALF_OPERAND)
      const four = f.q
        ? operator(t, 32, [widen(ir.emit(OP.vuzplo16, value, value)), widen(ir.emit(OP.vuzphi16, value, value))])
        : widen(value)
      const reduced = ir.emitTyped(OP['v.tof32'], F32, reduceFour(t, op, four))
      t.setV(f.rd, ir.emit(OP['f.tohalf'], reduced, NONE, NONE, HALF_OPERAND))
      return NEXT
    }),
  ]
}

export const simdFpRows: readonly Row<A64Context>[] = [
  ...THREE_SAME.flatMap(threeSame),
  ...PAIRWISE.flatMap(pairwise),
  ...TWO.flatMap(two),
  ...bits('fabs', '0', 'vfabs', OP.vand, ~SIGNS_16),
  ...bits('fneg', '1', 'vfneg', OP.vxor, SIGNS_16),
  ...ZERO.flatMap(zeroRows),
  ...estimateRows,
  ...ACROSS.flatMap(across),
]
