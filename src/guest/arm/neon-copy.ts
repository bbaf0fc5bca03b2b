/** Advanced SIMD: VEXT, VTBL, VTBX, VDUP of a scalar, modified immediates (manual F4.1.17, F4.1.23). */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { expandImm32 } from '../arm-common/fp-fields.ts'
import { bytesOfBits, type Expand, ones32, shifted16, shifted32, twice } from '../arm-common/modified-immediate.ts'
import { family } from '../arm-common/simd-lanes.ts'
import { joined } from '../arm-common/simd-operations.ts'
import { NEXT, type Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { finish, m, n, oddThree, old, simdOf, simdRow, type Three, type Two, type Vector } from './neon-rows.ts'
import { type Destination, destinationD, type First, firstD, getD, getQ, isOdd, type Second, secondD, setD } from './vfp-registers.ts'

const ext = simdRow<Three & { readonly imm4: number }>(
  'vext',
  '0',
  '1 d:1 11 vn:4 vd:4 imm4:4 n:1 q:1 m:1 0 vm:4',
  'vext{c}.8 {vd}, {vn}, {vm}, #{num:imm4}',
  (t, f) => {
    if (oddThree(f) || (!f.q && f.imm4 >= 8)) return t.undefinedInsn()
    let [a, b] = [n(t, f), m(t, f)]
    if (!f.q) a = b = joined(simdOf(t, f.q), a, b)
    return finish(t, f, t.ir.emit(OP.vext, a, b, NONE, f.imm4))
  },
)

// Table look-up: len + 1 doublewords.

interface Table extends Destination, First, Second {
  readonly len: number
}
const TABLE_BYTES = 8
/** Sixteen bytes of the table from D register `first` on; `count` registers are left. */
function tablePart(t: ArmContext, first: number, count: number): number {
  if (count === 1) return t.ir.emit(OP.vlow, getD(t, first), NONE, NONE, 64)
  return (first & 1) === 0 ? getQ(t, first >> 1) : t.ir.emit(OP.vziplo64, getD(t, first), getD(t, first + 1))
}
/** Bytes of the table, 0 where the index is out of range. */
function lookUp(t: ArmContext, f: Table, indices: number): number {
  const { ir } = t
  const first = tablePart(t, firstD(f), f.len + 1)
  if (f.len < 2) return ir.emit(OP.vtbl1, first, indices)
  const second = tablePart(t, firstD(f) + 2, f.len - 1)
  return ir.emit(OP.vtbl2, first, second, indices)
}
const tableRows = (['vtbl', 'vtbx'] as const).map((name, op) =>
  simdRow<Table>(name, '1', `1 d:1 11 vn:4 vd:4 10 len:2 n:1 ${op} m:1 0 vm:4`, `${name}{c}.8 {dd}, {table}, {dm}`, (t, f) => {
    if (firstD(f) + f.len > 31) return t.undefinedInsn()
    const s = simdOf(t, 0)
    const indices = getD(t, secondD(f))
    let result = lookUp(t, f, indices)
    // An index of the table's size or more leaves the byte.
    if (op === 1)
      result = s.op(OP.vbsel, s.op(OP.vcmpgtu8, s.splat(0, TABLE_BYTES * (f.len + 1)), indices), result, getD(t, destinationD(f)))
    setD(t, destinationD(f), result)
    return NEXT
  }),
)

const DUP = family('vdup')
const dupRow = simdRow<Two & { readonly imm4: number }>(
  'vdup.scalar',
  '1',
  '1 d:1 11 imm4:4 vd:4 11000 q:1 m:1 0 vm:4',
  'vdup{c}.{dupscalar}',
  (t, f) => {
    const size = 31 - Math.clz32(f.imm4 & -f.imm4)
    if (f.imm4 === 0 || size === 3 || isOdd(f.q, destinationD(f))) return t.undefinedInsn()
    const register = secondD(f)
    const index = (f.imm4 >> (size + 1)) + (register & 1 ? 8 >> size : 0)
    return finish(t, f, t.ir.emit(DUP[size]!, getQ(t, register >> 1), NONE, NONE, index))
  },
)

// Modified immediates: i:imm3:imm4. Every row fixes cmode, so that it is more specific than the shifts, whose imm6 is 000xxx here.

interface Immediate extends Vector, Destination {
  readonly imm3: number
  readonly imm4: number
}
const imm8Of = (i: number, f: Immediate) => (i << 7) | (f.imm3 << 4) | f.imm4

type Kind = 'vmov' | 'vmvn' | 'vorr' | 'vbic'
/** One row for each value of i, which is U of the shifts. */
function immediate(kind: Kind, suffix: string, op: string, cmode: string, template: string, expand: Expand): Row<ArmContext>[] {
  return [0, 1].map((i) => ofSign(i, kind, suffix, op, cmode, template, expand))
}
function ofSign(i: number, kind: Kind, suffix: string, op: string, cmode: string, template: string, expand: Expand): Row<ArmContext> {
  return simdRow<Immediate>(
    `${kind}.imm.${suffix}.${i}`,
    `${i}`,
    `1 d:1 000 imm3:3 vd:4 ${cmode} 0 q:1 ${op} 1 imm4:4`,
    `${kind}{c}.${template.replace('#', `${i}`)}`,
    (t, f) => {
      if (isOdd(f.q, destinationD(f))) return t.undefinedInsn()
      const { ir } = t
      let [lo, hi] = expand(imm8Of(i, f))
      if (kind === 'vmvn') [lo, hi] = [~lo, ~hi]
      const constant = (lo | hi) === 0 ? ir.emit(OP.vzero) : ir.constV(lo, hi, lo, hi)
      if (kind === 'vorr') return finish(t, f, ir.emit(OP.vor, old(t, f), constant))
      if (kind === 'vbic') return finish(t, f, ir.emit(OP.vandn, old(t, f), constant))
      return finish(t, f, constant)
    },
  )
}
/** op and the last bit of cmode choose among the four. */
const KINDS: readonly (readonly [kind: Kind, op: string, last: string])[] = [
  ['vmov', '0', '0'],
  ['vorr', '0', '1'],
  ['vmvn', '1', '0'],
  ['vbic', '1', '1'],
]
const wordRows = [0, 8, 16, 24].flatMap((shift) =>
  KINDS.flatMap(([kind, op, last]) =>
    immediate(
      kind,
      `32.${shift}`,
      op,
      `0${(shift / 8).toString(2).padStart(2, '0')}${last}`,
      `i32 {vd}, {immshl.#.${shift}}`,
      shifted32(shift),
    ),
  ),
)
const halfwordRows = [0, 8].flatMap((shift) =>
  KINDS.flatMap(([kind, op, last]) =>
    immediate(kind, `16.${shift}`, op, `10${shift / 8}${last}`, `i16 {vd}, {immshl.#.${shift}}`, shifted16(shift)),
  ),
)
const onesRows = [8, 16].flatMap((shift) =>
  (['vmov', 'vmvn'] as const).flatMap((kind, op) =>
    immediate(kind, `ones.${shift}`, `${op}`, `110${shift / 8 - 1}`, `i32 {vd}, {immones.#.${shift}}`, ones32(shift)),
  ),
)
const immediateRows = [
  ...wordRows,
  ...halfwordRows,
  ...onesRows,
  ...immediate('vmov', '8', '0', '1110', 'i8 {vd}, {immshl.#.0}', (imm8) => twice(Math.imul(imm8, 0x0101_0101))),
  ...immediate('vmov', '64', '1', '1110', 'i64 {vd}, {immbytes.#}', bytesOfBits),
  ...immediate('vmov', 'f32', '0', '1111', 'f32 {vd}, {immf32.#}', (imm8) => twice(expandImm32(imm8))),
]

export const neonCopyRows: readonly Row<ArmContext>[] = [ext, ...tableRows, dupRow, ...immediateRows]
