/** Advanced SIMD: shifts by an immediate (manual F4.1.22). */
import { family, type Operation, simd } from '../arm-common/simd-lanes.ts'
import { SEXT, sqshlImm, sqshluImm, sqxtn, sqxtun, uqshlImm, uqxtn, ZEXT } from '../arm-common/simd-operations.ts'
import { accumulated, byImmediate, type NarrowShift, narrowed, rshrn, shrn, sli, sri } from '../arm-common/simd-shift-operations.ts'
import { NEXT, type Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { FULL, finish, m, oddTwo, old, simdOf, simdRow, type Two } from './neon-rows.ts'
import { type Destination, destinationD, getD, getQ, isOdd, type Second, secondD, setD, setQ } from './vfp-registers.ts'

/** imm6 = 000xxx without L is another group of instructions: modified immediates, whose rows are more specific. */
interface Amount {
  readonly imm6: number
  readonly l: number
}
interface Shift extends Two, Amount {}
const isOther = (imm6: number, l = 0) => l === 0 && imm6 < 8
/** Size of the lanes, by the highest one of L:imm6. */
const sizeOf = (imm6: number, l = 0) => (l ? 3 : 31 - Math.clz32(imm6 >> 3))
const rightAmount = (imm6: number, l = 0) => (l ? 64 : 16 << sizeOf(imm6)) - imm6
const leftAmount = (imm6: number, l = 0) => imm6 - (l ? 0 : 8 << sizeOf(imm6))

const SHR = family('vshr')
const SAR = family('vsar')
const SHL = family('vshl')
const RSHRS = family('vrshrs')
const RSHRU = family('vrshru')

/** Name, U, opcode, type, to the left, operation. */
const SHIFTS: readonly (readonly [name: string, u: string, opcode: string, type: string, left: boolean, operation: Operation])[] = [
  ['vshr', '0', '0000', 's', false, byImmediate(SAR)],
  ['vshr', '1', '0000', 'u', false, byImmediate(SHR)],
  ['vsra', '0', '0001', 's', false, accumulated(SAR)],
  ['vsra', '1', '0001', 'u', false, accumulated(SHR)],
  ['vrshr', '0', '0010', 's', false, byImmediate(RSHRS)],
  ['vrshr', '1', '0010', 'u', false, byImmediate(RSHRU)],
  ['vrsra', '0', '0011', 's', false, accumulated(RSHRS)],
  ['vrsra', '1', '0011', 'u', false, accumulated(RSHRU)],
  ['vsri', '1', '0100', '', false, sri],
  ['vshl', '0', '0101', 's', true, byImmediate(SHL)],
  ['vsli', '1', '0101', '', true, sli],
  ['vqshlu', '1', '0110', 's', true, sqshluImm],
  ['vqshl', '0', '0111', 's', true, sqshlImm],
  ['vqshl', '1', '0111', 'u', true, uqshlImm],
]
function shift([name, u, opcode, type, left, operation]: (typeof SHIFTS)[number]): Row<ArmContext> {
  return simdRow<Shift>(
    `${name}.imm${type === '' ? '' : `.${type}`}`,
    u,
    `1 d:1 imm6:6 vd:4 ${opcode} l:1 q:1 m:1 1 vm:4`,
    `${name}{c}.${type}{bits} {vd}, {vm}, ${left ? '{shl}' : '{shr}'}`,
    (t, f) => {
      if (isOther(f.imm6, f.l) || oddTwo(f)) return t.undefinedInsn()
      return finish(
        t,
        f,
        operation(simdOf(t, f.q), sizeOf(f.imm6, f.l), m(t, f), (left ? leftAmount : rightAmount)(f.imm6, f.l), old(t, f)),
      )
    },
  )
}

// Narrowing: a shift to the right of the lanes of a quadword, then the lower half.

interface Resize extends Destination, Second {
  /** imm6 below its highest one. */
  readonly imm: number
}
/** imm6 by size of the narrow lanes: one row each, because imm6 = 000xxx is another group. */
const FORMS = ['001 imm:3', '01 imm:4', '1 imm:5'] as const

const NARROW: readonly (readonly [name: string, u: string, opcode: string, q: string, type: string, operation: NarrowShift])[] = [
  ['vshrn', '0', '1000', '0', 'i', shrn],
  ['vrshrn', '0', '1000', '1', 'i', rshrn],
  ['vqshrun', '1', '1000', '0', 's', narrowed(SAR, sqxtun)],
  ['vqrshrun', '1', '1000', '1', 's', narrowed(RSHRS, sqxtun)],
  ['vqshrn', '0', '1001', '0', 's', narrowed(SAR, sqxtn)],
  ['vqshrn', '1', '1001', '0', 'u', narrowed(SHR, uqxtn)],
  ['vqrshrn', '0', '1001', '1', 's', narrowed(RSHRS, sqxtn)],
  ['vqrshrn', '1', '1001', '1', 'u', narrowed(RSHRU, uqxtn)],
]
function narrow([name, u, opcode, q, type, operation]: (typeof NARROW)[number]): Row<ArmContext>[] {
  return FORMS.map((form, size) => {
    const width = 8 << size
    return simdRow<Resize>(
      `${name}.${type}${2 * width}`,
      u,
      `1 d:1 ${form} vd:4 ${opcode} 0 ${q} m:1 1 vm:4`,
      `${name}{c}.${type}${2 * width} {dd}, {qm}, {fbits.${width}:imm}`,
      (t, f) => {
        if (isOdd(1, secondD(f))) return t.undefinedInsn()
        setD(t, destinationD(f), operation(simd(t, FULL), size, getQ(t, secondD(f) >> 1), width - f.imm))
        return NEXT
      },
    )
  })
}

/** VSHLL: widened, then shifted to the left; VMOVL is a shift by 0. */
function widening(u: string, type: string, extend: readonly (readonly number[])[]): Row<ArmContext>[] {
  return FORMS.map((form, size) =>
    simdRow<Resize>(`vshll.${type}${8 << size}`, u, `1 d:1 ${form} vd:4 1010 0 0 m:1 1 vm:4`, `{vshll.${type}${8 << size}:imm}`, (t, f) => {
      const d = destinationD(f)
      if (isOdd(1, d)) return t.undefinedInsn()
      const s = simd(t, FULL)
      const wide = s.op(extend[0]![size]!, getD(t, secondD(f)))
      setQ(t, d >> 1, f.imm === 0 ? wide : s.imm(SHL[size + 1]!, wide, f.imm))
      return NEXT
    }),
  )
}

export const neonShiftRows: readonly Row<ArmContext>[] = [
  ...SHIFTS.map(shift),
  ...NARROW.flatMap(narrow),
  ...widening('0', 's', SEXT),
  ...widening('1', 'u', ZEXT),
]
