/** A64 Advanced SIMD: shifts by an immediate, vector and scalar (manual C4.1.95). */
import {
  bitsOf,
  FULL,
  family,
  hasSize,
  isReserved,
  type Operation,
  SIZES_ALL,
  SIZES_BHS,
  SIZES_D,
  simd,
  widthOf,
} from '../arm-common/simd-lanes.ts'
import { SEXT, sqshlImm, sqshluImm, sqxtn, sqxtun, uqshlImm, uqxtn, ZEXT } from '../arm-common/simd-operations.ts'
import { accumulated, byImmediate, type NarrowShift, narrowed, rshrn, shrn, sli, sri } from '../arm-common/simd-shift-operations.ts'
import type { Row } from '../insn.ts'
import type { A64Context } from './context.ts'
import { sizeOfImmh } from './simd-format.ts'
import { builtInsn } from './simd-fp-lanes.ts'
import { finishNarrow } from './simd-long.ts'

/** immh = 0 is another group of instructions: the rows of simd-immediate.ts are more specific, what is left is unallocated. */
interface Shift {
  readonly q: number
  readonly immh: number
  readonly immb: number
  readonly rn: number
  readonly rd: number
}
function rightAmount(f: Shift, size: number): number {
  return 2 * widthOf(size) - ((f.immh << 3) | f.immb)
}
function leftAmount(f: Shift, size: number): number {
  return ((f.immh << 3) | f.immb) - widthOf(size)
}

const SHL = family('vshl')
const SHR = family('vshr')
const SAR = family('vsar')
const RSHRS = family('vrshrs')
const RSHRU = family('vrshru')

type ShiftRow = readonly [name: string, u: string, opcode: string, left: boolean, scalar: number, operation: Operation]
const SHIFTS: readonly ShiftRow[] = [
  ['sshr', '0', '00000', false, SIZES_D, byImmediate(SAR)],
  ['ushr', '1', '00000', false, SIZES_D, byImmediate(SHR)],
  ['ssra', '0', '00010', false, SIZES_D, accumulated(SAR)],
  ['usra', '1', '00010', false, SIZES_D, accumulated(SHR)],
  ['srshr', '0', '00100', false, SIZES_D, byImmediate(RSHRS)],
  ['urshr', '1', '00100', false, SIZES_D, byImmediate(RSHRU)],
  ['srsra', '0', '00110', false, SIZES_D, accumulated(RSHRS)],
  ['ursra', '1', '00110', false, SIZES_D, accumulated(RSHRU)],
  ['sri', '1', '01000', false, SIZES_D, sri],
  ['shl', '0', '01010', true, SIZES_D, byImmediate(SHL)],
  ['sli', '1', '01010', true, SIZES_D, sli],
  ['sqshlu', '1', '01100', true, SIZES_ALL, sqshluImm],
  ['sqshl', '0', '01110', true, SIZES_ALL, sqshlImm],
  ['uqshl', '1', '01110', true, SIZES_ALL, uqshlImm],
]
function shift([name, u, opcode, left, scalar, operation]: ShiftRow): Row<A64Context>[] {
  const amount = left ? leftAmount : rightAmount
  const operand = left ? '{shl:immb}' : '{shr:immb}'
  return [
    builtInsn<Shift>(
      `${name}.imm.v`,
      `0 q:1 ${u} 011110 immh:4 immb:3 ${opcode} 1 rn:5 rd:5`,
      `${name} {vt:rd}, {vt:rn}, ${operand}`,
      (t, f) => {
        const size = sizeOfImmh(f.immh)
        if (f.immh === 0 || isReserved(SIZES_ALL, size, f.q)) return t.undefinedInsn()
        const s = simd(t, bitsOf(f.q))
        return s.finish(f.rd, operation(s, size, t.v(f.rn), amount(f, size), t.v(f.rd)))
      },
    ),
    builtInsn<Shift>(
      `${name}.imm.s`,
      `01 ${u} 111110 immh:4 immb:3 ${opcode} 1 rn:5 rd:5`,
      `${name} {st:rd}, {st:rn}, ${operand}`,
      (t, f) => {
        const size = sizeOfImmh(f.immh)
        if (f.immh === 0 || !hasSize(scalar, size)) return t.undefinedInsn()
        const s = simd(t, widthOf(size))
        return s.finish(f.rd, operation(s, size, t.v(f.rn), amount(f, size), t.v(f.rd)))
      },
    ),
  ]
}

// Narrowing: a shift to the right of lanes of double width, then the lower half.

const NARROW: readonly (readonly [name: string, u: string, opcode: string, operation: NarrowShift, scalar: boolean])[] = [
  ['shrn', '0', '10000', shrn, false],
  ['sqshrun', '1', '10000', narrowed(SAR, sqxtun), true],
  ['rshrn', '0', '10001', rshrn, false],
  ['sqrshrun', '1', '10001', narrowed(RSHRS, sqxtun), true],
  ['sqshrn', '0', '10010', narrowed(SAR, sqxtn), true],
  ['uqshrn', '1', '10010', narrowed(SHR, uqxtn), true],
  ['sqrshrn', '0', '10011', narrowed(RSHRS, sqxtn), true],
  ['uqrshrn', '1', '10011', narrowed(RSHRU, uqxtn), true],
]
function narrow([name, u, opcode, operation, scalar]: (typeof NARROW)[number]): Row<A64Context>[] {
  const vector = builtInsn<Shift>(
    `${name}.v`,
    `0 q:1 ${u} 011110 immh:4 immb:3 ${opcode} 1 rn:5 rd:5`,
    `${name}{q2:q} {vt:rd}, {vd:rn}, {shr:immb}`,
    (t, f) => {
      const size = sizeOfImmh(f.immh)
      if (f.immh === 0 || !hasSize(SIZES_BHS, size)) return t.undefinedInsn()
      const s = simd(t, FULL)
      return finishNarrow(s, f.rd, operation(s, size, t.v(f.rn), rightAmount(f, size)), f.q)
    },
  )
  if (!scalar) return [vector]
  const scalarRow = builtInsn<Shift>(
    `${name}.s`,
    `01 ${u} 111110 immh:4 immb:3 ${opcode} 1 rn:5 rd:5`,
    `${name} {st:rd}, {sd:rn}, {shr:immb}`,
    (t, f) => {
      const size = sizeOfImmh(f.immh)
      if (f.immh === 0 || !hasSize(SIZES_BHS, size)) return t.undefinedInsn()
      const s = simd(t, widthOf(size))
      return s.finish(f.rd, operation(s, size, t.v(f.rn), rightAmount(f, size)))
    },
  )
  return [vector, scalarRow]
}

/** SSHLL, USHLL: widened, then shifted to the left. */
function widening(name: string, u: string, extend: readonly (readonly number[])[]): Row<A64Context> {
  return builtInsn<Shift>(
    `${name}.v`,
    `0 q:1 ${u} 011110 immh:4 immb:3 10100 1 rn:5 rd:5`,
    `${name}{q2:q} {vd:rd}, {vt:rn}, {shl:immb}`,
    (t, f) => {
      const size = sizeOfImmh(f.immh)
      if (f.immh === 0 || !hasSize(SIZES_BHS, size)) return t.undefinedInsn()
      const s = simd(t, FULL)
      const wide = s.op(extend[f.q]![size]!, t.v(f.rn))
      const amount = leftAmount(f, size)
      return s.finish(f.rd, amount === 0 ? wide : s.imm(SHL[size + 1]!, wide, amount))
    },
  )
}

export const simdShiftRows: readonly Row<A64Context>[] = [
  ...SHIFTS.flatMap(shift),
  ...NARROW.flatMap(narrow),
  widening('sshll', '0', SEXT),
  widening('ushll', '1', ZEXT),
]
