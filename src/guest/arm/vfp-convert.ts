/** VFP: conversions between floating point, integers in single registers, fixed point and half precision (manual F3.1). */
import { I32 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { FBITS_SHIFT, HALF_CONVERSION } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import { ROUND_CURRENT, ROUND_ZERO } from '../../ir/softfloat.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { floatRow } from './fp-rows.ts'
import { DIRECTED } from './vfp.ts'
import { emulateFixed } from './vfp-emulate.ts'
import { toNearest } from './vfp-environment.ts'
import {
  type Destination, destination, destinationD, destinationS, getBits, getScalar, type ScalarFields, type Second, second, secondD, secondS, setBits, setDestination, setScalar, typeOf,
} from './vfp-registers.ts' // biome-ignore format: a list

interface Two extends Destination, Second, ScalarFields {}

// Between the two formats: sz is that of the source

const widthRow = floatRow<Two>(
  'vcvt.width',
  'cond:4 1110 1 d:1 11 0111 vd:4 101 sz:1 11 m:1 0 vm:4',
  'vcvt{c}.{fto}.{fw} {fdto}, {fm}',
  (t, f) => {
    const value = second(t, f)
    if (f.sz) setScalar(t, 0, destinationS(f), t.ir.emit(OP.fnarrow, value, NONE, NONE, ROUND_CURRENT))
    else setScalar(t, 1, destinationD(f), t.ir.emit(OP.fwiden, value))
    return NEXT
  },
)

// Integers: always in a single register

/** Name, opc2, bit 7, unsigned, rounding. */
function toInteger(t: ArmContext, f: Two, isSigned: boolean, mode: number): Outcome {
  const value = t.ir.emitTyped(isSigned ? OP.ftosi : OP.ftoui, I32, second(t, f), NONE, NONE, mode)
  setBits(t, 0, destinationS(f), value)
  return NEXT
}
export const SIGNS = [
  ['s', true],
  ['u', false],
] as const
const integerRows = SIGNS.flatMap(([sign, isSigned]) => [
  ...(
    [
      ['vcvtr', '0', ROUND_CURRENT],
      ['vcvt', '1', ROUND_ZERO],
    ] as const
  ).map(([name, op, mode]) =>
    floatRow<Two>(
      `${name}.${sign}32.vfp`,
      `cond:4 1110 1 d:1 11 110 ${isSigned ? 1 : 0} vd:4 101 sz:1 ${op} 1 m:1 0 vm:4`,
      `${name}{c}.${sign}32.{fw} {sd}, {fm}`,
      (t, f) => toInteger(t, f, isSigned, mode),
    ),
  ),
  ...DIRECTED.map(([letter, rm, mode]) =>
    floatRow<Two>(
      `vcvt${letter}.${sign}32.vfp`,
      `1111 1110 1 d:1 11 11 ${rm} vd:4 101 sz:1 ${isSigned ? 1 : 0} 1 m:1 0 vm:4`,
      `vcvt${letter}.${sign}32.{fw} {sd}, {fm}`,
      (t, f) => toInteger(t, f, isSigned, mode),
    ),
  ),
  floatRow<Two>(
    `vcvt.from.${sign}32.vfp`,
    `cond:4 1110 1 d:1 11 1000 vd:4 101 sz:1 ${isSigned ? 1 : 0} 1 m:1 0 vm:4`,
    `vcvt{c}.{fw}.${sign}32 {fd}, {sm}`,
    (t, f) => {
      setDestination(t, f, t.ir.emitTyped(isSigned ? OP.sitof : OP.uitof, typeOf(f.sz), getBits(t, 0, secondS(f)), NONE, NONE, 0))
      return NEXT
    },
  ),
])

// Fixed point: in the destination's own register, 16 or 32 bits of it

interface Fixed extends Destination, ScalarFields {
  readonly imm4: number
  readonly i: number
}
/** Of `size` bits; undefined below 0. */
const fractionBits = (f: Fixed, size: number) => size - ((f.imm4 << 1) | f.i)

/** Rounded to nearest, whatever FPSCR says. */
function fromFixed(t: ArmContext, f: Fixed, isSigned: boolean, size: number, fbits: number): Outcome {
  const { ir } = t
  const bits = f.sz ? ir.emit(OP.trunc, getBits(t, 1, destinationD(f))) : getBits(t, 0, destinationS(f))
  const value = size === 32 ? bits : ir.emit(isSigned ? OP.sext16 : OP.zext16, bits)
  const convert = () => ir.emitTyped(isSigned ? OP.sitof : OP.uitof, typeOf(f.sz), value, NONE, NONE, fbits)
  // Nothing else has to be rounded.
  setDestination(t, f, size === 32 && !f.sz ? toNearest(t, convert) : convert())
  return NEXT
}
function toFixed(t: ArmContext, f: Fixed, isSigned: boolean, size: number, fbits: number): Outcome {
  if (size === 16) return emulateFixed(t, { sz: f.sz, register: f.sz ? destinationD(f) : destinationS(f), isSigned, fbits })
  const { ir } = t
  const value = ir.emitTyped(isSigned ? OP.ftosi : OP.ftoui, I32, destination(t, f), NONE, NONE, ROUND_ZERO | (fbits << FBITS_SHIFT))
  if (f.sz) setBits(t, 1, destinationD(f), ir.emit(isSigned ? OP.sext32 : OP.zext32, value))
  else setBits(t, 0, destinationS(f), value)
  return NEXT
}
const fixedRows = SIGNS.flatMap(([sign, isSigned]) =>
  ([16, 32] as const).flatMap((size) =>
    (
      [
        ['from', '0', `{fw}.${sign}${size}`, fromFixed],
        ['to', '1', `${sign}${size}.{fw}`, toFixed],
      ] as const
    ).map(([direction, op, types, convert]) =>
      floatRow<Fixed>(
        `vcvt.${direction}.${sign}${size}.fixed`,
        `cond:4 1110 1 d:1 11 1 ${op} 1 ${isSigned ? 0 : 1} vd:4 101 sz:1 ${size === 32 ? 1 : 0} 1 i:1 0 imm4:4`,
        `vcvt{c}.${types} {fd}, {fd}, {fixed.${size}}`,
        (t, f) => {
          const fbits = fractionBits(f, size)
          return fbits < 0 ? t.undefinedInsn() : convert(t, f, isSigned, size, fbits)
        },
      ),
    ),
  ),
)

// Half precision: in the bottom or the top half of a single register

const HALF_WORD = 16
const halfRows = (
  [
    ['b', '0', 0],
    ['t', '1', HALF_WORD],
  ] as const
).flatMap(([letter, bit, shift]) => [
  floatRow<Two>(
    `vcvt${letter}.from16`,
    `cond:4 1110 1 d:1 11 0010 vd:4 101 sz:1 ${bit} 1 m:1 0 vm:4`,
    `vcvt${letter}{c}.{fw}.f16 {fd}, {sm}`,
    (t, f) => {
      const { ir } = t
      const half = ir.emit(OP['v.fromi'], t.shrImm(getBits(t, 0, secondS(f)), shift))
      setDestination(t, f, ir.emitTyped(OP['f.fromhalf'], typeOf(f.sz), half, NONE, NONE, HALF_CONVERSION))
      return NEXT
    },
  ),
  floatRow<Two>(
    `vcvt${letter}.to16`,
    `cond:4 1110 1 d:1 11 0011 vd:4 101 sz:1 ${bit} 1 m:1 0 vm:4`,
    `vcvt${letter}{c}.f16.{fw} {sd}, {fm}`,
    (t, f) => {
      const { ir } = t
      const narrow = ir.emit(OP['f.tohalf'], getScalar(t, f.sz, f.sz ? secondD(f) : secondS(f)), NONE, NONE, HALF_CONVERSION)
      const half = t.shlImm(ir.emit(OP['v.toi32'], narrow), shift)
      const others = t.andImm(getBits(t, 0, destinationS(f)), shift === 0 ? ~0xffff : 0xffff)
      setBits(t, 0, destinationS(f), ir.emit(OP.or, others, half))
      return NEXT
    },
  ),
])

export const vfpConvertRows: readonly Row<ArmContext>[] = [widthRow, ...integerRows, ...fixedRows, ...halfRows]
