/** A64 Advanced SIMD scalar floating point: three same, two-register miscellaneous, pairwise (manual C4.1.95). */
import { F32, F64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { HALF_OPERAND } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import { absCompare, halfResult, type Operator, plainFp } from '../arm-common/simd-fp-operators.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { emulateFp } from './fp-emulate.ts'
import { absHalf, fpOperand, HALF, HALF_BITS, halfBits, setFp } from './fp-values.ts'
import { compareZero } from './simd-fp.ts'
import { builtInsn } from './simd-fp-lanes.ts'

interface Three {
  readonly sz: number
  readonly rm: number
  readonly rn: number
  readonly rd: number
}

// Arithmetic: scalar ops

/** Name, U, a, opcode, op; whether a half is computed with in f64. */
type ScalarRow = readonly [name: string, u: string, a: string, opcode: string, op: number, fused: boolean]
const ARITHMETIC: readonly ScalarRow[] = [
  ['fmulx', '0', '0', '11011', OP.fmulx, false],
  ['frecps', '0', '0', '11111', OP.frecps, true],
  ['frsqrts', '0', '1', '11111', OP.frsqrts, true],
]
function arithmetic([name, u, a, opcode, op, fused]: ScalarRow): Row<A64Context>[] {
  const compute = (t: A64Context, f: Three, ftype: number): Outcome => {
    const operand = (n: number) => fpOperand(t, n, ftype, fused ? F64 : F32)
    setFp(t, f.rd, ftype, t.ir.emit(op, operand(f.rn), operand(f.rm)))
    return NEXT
  }
  return [
    builtInsn<Three>(`${name}.sd`, `01 ${u} 11110 ${a} sz:1 1 rm:5 ${opcode} 1 rn:5 rd:5`, `${name} {fsz:rd}, {fsz:rn}, {fsz:rm}`, (t, f) =>
      compute(t, f, f.sz),
    ),
    builtInsn<Three>(
      `${name}.h`,
      `01 ${u} 11110 ${a} 10 rm:5 00 ${opcode.slice(2)} 1 rn:5 rd:5`,
      `${name} {h:rd}, {h:rn}, {h:rm}`,
      (t, f) => compute(t, f, HALF),
    ),
  ]
}
const differenceRows = [
  insn('fabd.sd', '01 1 11110 1 sz:1 1 rm:5 11010 1 rn:5 rd:5', 'fabd {fsz:rd}, {fsz:rn}, {fsz:rm}', (t, f) => {
    const difference = t.ir.emit(OP.fsub, fpOperand(t, f.rn, f.sz), fpOperand(t, f.rm, f.sz))
    t.setF(f.rd, t.ir.emit(OP.fabs, difference))
    return NEXT
  }),
  insn('fabd.h', '01 1 11110 1 10 rm:5 00 010 1 rn:5 rd:5', 'fabd {h:rd}, {h:rn}, {h:rm}', (t, f) => {
    const difference = t.ir.emit(OP.fsub, fpOperand(t, f.rn, HALF), fpOperand(t, f.rm, HALF))
    t.setV(f.rd, absHalf(t, t.ir.emit(OP['f.tohalf'], difference, NONE, NONE, HALF_OPERAND)))
    return NEXT
  }),
]

// Comparisons: vector ops on lane 0, the others zero

function compare(t: A64Context, rd: number, size: 16 | 32 | 64, registers: readonly number[], operator: Operator): Outcome {
  const { ir } = t
  const clean = (x: number) => ir.emit(OP.vlow, x, NONE, NONE, size)
  const values = registers.map((n) => (size === HALF_BITS ? halfBits(t, n) : clean(t.v(n))))
  const result = size === 16 ? halfResult(t, 4, values, operator, { mask: true }) : operator(t, size, values)
  t.setV(rd, clean(result))
  return NEXT
}
type CompareRow = readonly [name: string, u: string, a: string, opcode: string, operator: Operator]
const COMPARE: readonly CompareRow[] = [
  ['fcmeq', '0', '0', '11100', plainFp('vfcmpeq')],
  ['fcmge', '1', '0', '11100', plainFp('vfcmpge')],
  ['facge', '1', '0', '11101', absCompare('vfcmpge')],
  ['fcmgt', '1', '1', '11100', plainFp('vfcmpgt')],
  ['facgt', '1', '1', '11101', absCompare('vfcmpgt')],
]
function comparison([name, u, a, opcode, operator]: CompareRow): Row<A64Context>[] {
  return [
    builtInsn<Three>(`${name}.sd`, `01 ${u} 11110 ${a} sz:1 1 rm:5 ${opcode} 1 rn:5 rd:5`, `${name} {fsz:rd}, {fsz:rn}, {fsz:rm}`, (t, f) =>
      compare(t, f.rd, f.sz ? 64 : 32, [f.rn, f.rm], operator),
    ),
    builtInsn<Three>(
      `${name}.h`,
      `01 ${u} 11110 ${a} 10 rm:5 00 ${opcode.slice(2)} 1 rn:5 rd:5`,
      `${name} {h:rd}, {h:rn}, {h:rm}`,
      (t, f) => compare(t, f.rd, 16, [f.rn, f.rm], operator),
    ),
  ]
}
const ZERO = [
  ['fcmgt', '0', '01100', compareZero('vfcmpgt', false)],
  ['fcmeq', '0', '01101', compareZero('vfcmpeq', false)],
  ['fcmlt', '0', '01110', compareZero('vfcmpgt', true)],
  ['fcmge', '1', '01100', compareZero('vfcmpge', false)],
  ['fcmle', '1', '01101', compareZero('vfcmpge', true)],
] as const
const zeroRows = ZERO.flatMap(([name, u, opcode, operator]) => [
  builtInsn<Three>(`${name}.zero.sd`, `01 ${u} 11110 1 sz:1 10000 ${opcode} 10 rn:5 rd:5`, `${name} {fsz:rd}, {fsz:rn}, #0.0`, (t, f) =>
    compare(t, f.rd, f.sz ? 64 : 32, [f.rn], operator),
  ),
  builtInsn<Three>(`${name}.zero.h`, `01 ${u} 11110 1 111100 ${opcode} 10 rn:5 rd:5`, `${name} {h:rd}, {h:rn}, #0.0`, (t, f) =>
    compare(t, f.rd, 16, [f.rn], operator),
  ),
])

// Estimates

const ESTIMATES = [
  ['frecpe', '0', '11101', OP.frecpe],
  ['frsqrte', '1', '11101', OP.frsqrte],
] as const
const estimateRows = ESTIMATES.flatMap(([name, u, opcode, op]) => {
  const compute = (t: A64Context, f: Three, ftype: number): Outcome => {
    setFp(t, f.rd, ftype, t.ir.emit(op, fpOperand(t, f.rn, ftype)))
    return NEXT
  }
  return [
    builtInsn<Three>(`${name}.sd`, `01 ${u} 11110 1 sz:1 10000 ${opcode} 10 rn:5 rd:5`, `${name} {fsz:rd}, {fsz:rn}`, (t, f) =>
      compute(t, f, f.sz),
    ),
    builtInsn<Three>(`${name}.h`, `01 ${u} 11110 1 111100 ${opcode} 10 rn:5 rd:5`, `${name} {h:rd}, {h:rn}`, (t, f) => compute(t, f, HALF)),
  ]
})
const exponentRows = [
  insn('frecpx.sd', '01 0 11110 1 sz:1 10000 11111 10 rn:5 rd:5', 'frecpx {fsz:rd}, {fsz:rn}', (t, f) =>
    emulateFp(t, f.sz ? 'frecpx.d' : 'frecpx.s', { rd: f.rd, rn: f.rn }),
  ),
  insn('frecpx.h', '01 0 11110 1 111100 11111 10 rn:5 rd:5', 'frecpx {h:rd}, {h:rn}', (t, f) =>
    emulateFp(t, 'frecpx.h', { rd: f.rd, rn: f.rn }),
  ),
]

// Pairwise: the two lowest lanes

const PAIRWISE = [
  ['fmaxnmp', '0', '01100', OP.fmaxnum],
  ['fminnmp', '1', '01100', OP.fminnum],
  ['faddp', '0', '01101', OP.fadd],
  ['fmaxp', '0', '01111', OP.fmax],
  ['fminp', '1', '01111', OP.fmin],
] as const
const pairRows = PAIRWISE.flatMap(([name, a, opcode, op]) => [
  builtInsn<Three>(`${name}.sd`, `01 1 11110 ${a} sz:1 11000 ${opcode} 10 rn:5 rd:5`, `${name} {fsz:rd}, {fpair:rn}`, (t, f) => {
    const { ir } = t
    const value = t.v(f.rn)
    const [type, convert, dup] = f.sz ? ([F64, OP['v.tof64'], OP.vdup64] as const) : ([F32, OP['v.tof32'], OP.vdup32] as const)
    const second = ir.emitTyped(convert, type, ir.emit(dup, value, NONE, NONE, 1))
    t.setF(f.rd, ir.emit(op, ir.emitTyped(convert, type, value), second))
    return NEXT
  }),
  builtInsn<Three>(`${name}.h`, `01 0 11110 ${a} 0 11000 ${opcode} 10 rn:5 rd:5`, `${name} {h:rd}, {v.2h:rn}`, (t, f) => {
    const { ir } = t
    const second = ir.emitTyped(OP['f.fromhalf'], F32, ir.emit(OP.vdup16, t.v(f.rn), NONE, NONE, 1), NONE, NONE, HALF_OPERAND)
    setFp(t, f.rd, HALF, ir.emit(op, fpOperand(t, f.rn, HALF), second))
    return NEXT
  }),
])

// FRINT32/64: scalar and vector

interface RoundN {
  readonly q: number
  readonly sz: number
  readonly rn: number
  readonly rd: number
}
const ROUND_N = [
  ['frint32z', '00', '0', '11110'],
  ['frint32x', '01', '1', '11110'],
  ['frint64z', '10', '0', '11111'],
  ['frint64x', '11', '1', '11111'],
] as const
const roundRows = ROUND_N.flatMap(([name, low, u, opcode]) => [
  builtInsn<RoundN>(`${name}`, `0 0 0 11110 0 sz:1 1 0100${low} 10000 rn:5 rd:5`, `${name} {fsz:rd}, {fsz:rn}`, (t, f) =>
    emulateFp(t, f.sz ? `${name}.d` : `${name}.s`, { rd: f.rd, rn: f.rn }),
  ),
  builtInsn<RoundN>(`${name}.v`, `0 q:1 ${u} 01110 0 sz:1 10000 ${opcode} 10 rn:5 rd:5`, `${name} {vsz:rd}, {vsz:rn}`, (t, f) => {
    if (f.sz && !f.q) return t.undefinedInsn()
    return emulateFp(t, f.sz ? `${name}.vd` : `${name}.vs`, f)
  }),
])

export const simdFpScalarRows: readonly Row<A64Context>[] = [
  ...ARITHMETIC.flatMap(arithmetic),
  ...differenceRows,
  ...COMPARE.flatMap(comparison),
  ...zeroRows,
  ...estimateRows,
  ...exponentRows,
  ...pairRows,
  ...roundRows,
]
