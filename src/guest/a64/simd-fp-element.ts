/** A64 Advanced SIMD floating point by element, complex numbers, and f16 products into f32 (manual C4.1.95). */
import { F32, F64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { HALF_OPERAND } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import { type ComplexWidth, complexFactors, turned } from '../arm-common/simd-complex.ts'
import { fusedOperator, type Operator, plainFp, type Style } from '../arm-common/simd-fp-operators.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { fpOperand, HALF, setFp } from './fp-values.ts'
import { builtInsn, halfLanes, isReserved, wideLanes, wideOf } from './simd-fp-lanes.ts'

// By element: n and one lane of m

interface Element {
  readonly q: number
  readonly sz: number
  readonly l: number
  /** m:Rm, or Rm of four bits for halves. */
  readonly rm: number
  readonly m: number
  readonly h: number
  readonly rn: number
  readonly rd: number
}
/** Name, U, opcode, operator on (n, m[index]) or (n, m[index], d), scalar op and its negation. */
type ElementRow = readonly [name: string, u: string, opcode: string, operator: Operator, style: Style, scalar: number, negate: number]
const ELEMENT: readonly ElementRow[] = [
  ['fmla', '0', '0001', fusedOperator(0), { fused: true }, OP.fma, 0],
  ['fmls', '0', '0101', fusedOperator(1), { fused: true }, OP.fma, 1],
  ['fmul', '0', '1001', plainFp('vfmul'), {}, OP.fmul, 0],
  ['fmulx', '1', '1001', plainFp('vfmulx'), {}, OP.fmulx, 0],
]
const wideIndex = (f: Element) => (f.sz ? f.h : 2 * f.h + f.l)
const halfIndex = (f: Element) => 4 * f.h + 2 * f.l + f.m

function lane(t: A64Context, value: number, width: 16 | 32 | 64, index: number): number {
  return t.ir.emit(OP[`vdup${width}`], value, NONE, NONE, index)
}

/** Scalar form: d = n OP element, or d + n * element. */
function scalarElement(t: A64Context, f: Element, ftype: number, element: number, op: number, negate: number): Outcome {
  const wide = op === OP.fma ? F64 : F32
  const n = fpOperand(t, f.rn, ftype, wide)
  const m =
    ftype === HALF
      ? t.ir.emitTyped(OP['f.fromhalf'], wide, element, NONE, NONE, HALF_OPERAND)
      : t.ir.emitTyped(f.sz ? OP['v.tof64'] : OP['v.tof32'], f.sz ? F64 : F32, element)
  const result = op === OP.fma ? t.ir.emit(op, n, m, fpOperand(t, f.rd, ftype, wide), negate) : t.ir.emit(op, n, m)
  setFp(t, f.rd, ftype, result)
  return NEXT
}

function byElement([name, u, opcode, operator, style, scalar, negate]: ElementRow): Row<A64Context>[] {
  const values = (t: A64Context, f: Element, element: number) =>
    scalar === OP.fma ? [t.v(f.rn), element, t.v(f.rd)] : [t.v(f.rn), element]
  const undefinedForm = (f: Element) => f.sz === 1 && f.l === 1
  return [
    builtInsn<Element>(
      `${name}.elem.v`,
      `0 q:1 ${u} 01111 1 sz:1 l:1 rm:5 ${opcode} h:1 0 rn:5 rd:5`,
      `${name} {vsz:rd}, {vsz:rn}, {fe:rm}`,
      (t, f) => {
        if (isReserved(f) || undefinedForm(f)) return t.undefinedInsn()
        const element = lane(t, t.v(f.rm), wideOf(f.sz), wideIndex(f))
        return wideLanes(t, f, wideOf(f.sz), values(t, f, element), operator, style)
      },
    ),
    builtInsn<Element>(
      `${name}.elem.vh`,
      `0 q:1 ${u} 01111 00 l:1 m:1 rm:4 ${opcode} h:1 0 rn:5 rd:5`,
      `${name} {vh:rd}, {vh:rn}, {he:rm}`,
      (t, f) => halfLanes(t, f, values(t, f, lane(t, t.v(f.rm), 16, halfIndex(f))), operator, style),
    ),
    builtInsn<Element>(
      `${name}.elem.sd`,
      `01 ${u} 11111 1 sz:1 l:1 rm:5 ${opcode} h:1 0 rn:5 rd:5`,
      `${name} {fsz:rd}, {fsz:rn}, {fe:rm}`,
      (t, f) => {
        if (undefinedForm(f)) return t.undefinedInsn()
        return scalarElement(t, f, f.sz, lane(t, t.v(f.rm), wideOf(f.sz), wideIndex(f)), scalar, negate)
      },
    ),
    builtInsn<Element>(
      `${name}.elem.h`,
      `01 ${u} 11111 00 l:1 m:1 rm:4 ${opcode} h:1 0 rn:5 rd:5`,
      `${name} {h:rd}, {h:rn}, {he:rm}`,
      (t, f) => scalarElement(t, f, HALF, lane(t, t.v(f.rm), 16, halfIndex(f)), scalar, negate),
    ),
  ]
}

// FMLAL, FMLSL: lanes of the lower (or, the second forms, upper) half of n and m

interface Long {
  readonly q: number
  readonly l: number
  readonly m: number
  readonly h: number
  readonly rm: number
  readonly rn: number
  readonly rd: number
}
function long(t: A64Context, f: { q: number; rn: number; rd: number }, upper: boolean, negate: number, m: number): Outcome {
  const { ir } = t
  const widen = (x: number) => ir.emit(OP['vf.fromhalf'], x, NONE, NONE, HALF_OPERAND)
  const bytes = upper ? (f.q ? 8 : 4) : 0
  const part = (x: number) => (bytes === 0 ? x : ir.emit(OP.vext, x, x, NONE, bytes))
  // Lanes above are cleared before they are widened: they may raise nothing.
  const half = (x: number) => (f.q ? x : ir.emit(OP.vlow, x, NONE, NONE, 32))
  const n = widen(half(part(t.v(f.rn))))
  return wideLanes(t, f, 32, [n, widen(half(part(m))), t.v(f.rd)], fusedOperator(negate))
}

const LONG = [
  ['fmlal', '0', '0', '11101', '0', '0000', false, 0],
  ['fmlsl', '0', '1', '11101', '0', '0100', false, 1],
  ['fmlal2', '1', '0', '11001', '1', '1000', true, 0],
  ['fmlsl2', '1', '1', '11001', '1', '1100', true, 1],
] as const
const longRows = LONG.flatMap(([name, u, a, opcode, ue, element, upper, negate]) => [
  builtInsn<Long>(`${name}.v`, `0 q:1 ${u} 01110 ${a} 0 1 rm:5 ${opcode} 1 rn:5 rd:5`, `${name} {v32:rd}, {h2:rn}, {h2:rm}`, (t, f) => {
    return long(t, f, upper, negate, t.v(f.rm))
  }),
  builtInsn<Long>(
    `${name}.elem`,
    `0 q:1 ${ue} 01111 10 l:1 m:1 rm:4 ${element} h:1 0 rn:5 rd:5`,
    `${name} {v32:rd}, {h2:rn}, {he:rm}`,
    (t, f) => long(t, f, upper, negate, lane(t, t.v(f.rm), 16, 4 * f.h + 2 * f.l + f.m)),
  ),
])

// Complex numbers: lanes in pairs (real, imaginary)

interface Complex {
  readonly q: number
  readonly rot: number
  readonly rm: number
  readonly rn: number
  readonly rd: number
}
function complexLanes(
  t: A64Context,
  f: Complex,
  width: ComplexWidth,
  values: readonly number[],
  operator: Operator,
  style: Style,
): Outcome {
  return width === 16 ? halfLanes(t, f, values, operator, style) : wideLanes(t, f, width, values, operator, style)
}

/** d + n * m turned by rot * 90 degrees, half of the product at a time. */
function fcmla(t: A64Context, f: Complex, width: ComplexWidth, m: number): Outcome {
  return complexLanes(t, f, width, [...complexFactors(t, width, t.v(f.rn), m, f.rot), t.v(f.rd)], fusedOperator(0), { fused: true })
}

const COMPLEX_WIDTHS = [
  ['vh', '01', 16, 'vh'],
  ['vs', '10', 32, 'v32'],
  ['vd', '11', 64, 'v64'],
] as const
const complexRows = COMPLEX_WIDTHS.flatMap(([suffix, size, width, format]) => [
  builtInsn<Complex>(
    `fcadd.${suffix}`,
    `0 q:1 1 01110 ${size} 0 rm:5 111 rot:1 01 rn:5 rd:5`,
    `fcadd {${format}:rd}, {${format}:rn}, {${format}:rm}, {rot1:rot}`,
    (t, f) => {
      if (width === 64 && !f.q) return t.undefinedInsn()
      return complexLanes(t, f, width, [t.v(f.rn), turned(t, width, t.v(f.rm), f.rot)], plainFp('vfadd'), {})
    },
  ),
  builtInsn<Complex>(
    `fcmla.${suffix}`,
    `0 q:1 1 01110 ${size} 0 rm:5 110 rot:2 1 rn:5 rd:5`,
    `fcmla {${format}:rd}, {${format}:rn}, {${format}:rm}, {rot2:rot}`,
    (t, f) => (width === 64 && !f.q ? t.undefinedInsn() : fcmla(t, f, width, t.v(f.rm))),
  ),
])
const complexElementRows = [
  insn('fcmla.elem.vh', '0 q:1 1 01111 01 l:1 rm:5 0 rot:2 1 h:1 0 rn:5 rd:5', 'fcmla {vh:rd}, {vh:rn}, {ce:rm}, {rot2:rot}', (t, f) => {
    if (f.h && !f.q) return t.undefinedInsn()
    return fcmla(t, f, 16, lane(t, t.v(f.rm), 32, 2 * f.h + f.l))
  }),
  insn('fcmla.elem.vs', '0 q:1 1 01111 10 l:1 rm:5 0 rot:2 1 h:1 0 rn:5 rd:5', 'fcmla {v32:rd}, {v32:rn}, {cse:rm}, {rot2:rot}', (t, f) => {
    if (f.l || !f.q) return t.undefinedInsn()
    return fcmla(t, f, 32, lane(t, t.v(f.rm), 64, f.h))
  }),
]

export const simdFpElementRows: readonly Row<A64Context>[] = [
  ...ELEMENT.flatMap(byElement),
  ...longRows,
  ...complexRows,
  ...complexElementRows,
]
