/**
 * Instructions that are too rare to have an IR op: to fixed point of 16 bits, fixed point in half precision, half-precision lanes to integers. The engine carries them out
 * with softfloat on the canonical state.
 */
import { envOfFpcr, F16, FLOAT32, FLOAT64, type FloatEnv, fromFixed, ROUND_NEAREST, ROUND_ZERO, toFixed } from '../../ir/softfloat.ts'
import { type EmulatedCpu, emulateHelper } from '../emulate.ts'
import type { Outcome } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { ARM_STATE, SLOT_FPCR, SLOT_FPSR, SLOT_Q0 } from './state.ts'
import { halfModes } from './vfp-environment.ts'

interface FixedOperands {
  readonly sz: number
  readonly register: number
  readonly isSigned: boolean
  readonly fbits: number
}

const SZ = 1 << 5
const SIGNED = 1 << 6
const FBITS_SHIFT = 8
const HALF_WORD = 16

const envOf = (state: DataView): FloatEnv => envOfFpcr(state.getInt32(ARM_STATE[SLOT_FPCR]!.offset, true))

function run({ state }: EmulatedCpu, argument: number): void {
  const isDouble = (argument & SZ) !== 0
  const isSigned = (argument & SIGNED) !== 0
  const env = envOf(state)
  const at = ARM_STATE[SLOT_Q0]!.offset + (argument & 31) * (isDouble ? 8 : 4)
  const value = isDouble ? state.getBigUint64(at, true) : BigInt(state.getUint32(at, true))
  const bits = toFixed(isDouble ? FLOAT64 : FLOAT32, value, HALF_WORD, isSigned, argument >> FBITS_SHIFT, ROUND_ZERO, env)
  const result = isSigned ? BigInt.asIntN(HALF_WORD, bits) : BigInt.asUintN(HALF_WORD, bits)
  if (isDouble) state.setBigInt64(at, result, true)
  else state.setInt32(at, Number(result), true)
  raise(state, env)
}
function raise(state: DataView, env: FloatEnv): void {
  const at = ARM_STATE[SLOT_FPSR]!.offset
  state.setInt32(at, state.getInt32(at, true) | env.flags, true)
}
const HELPER = emulateHelper('VFP fixed point', run)

/** Ends the block: the register becomes its value as fixed point of 16 bits. */
export function emulateFixed(t: ArmContext, f: FixedOperands): Outcome {
  return t.emulate(HELPER, f.register | (f.sz ? SZ : 0) | (f.isSigned ? SIGNED : 0) | (f.fbits << FBITS_SHIFT))
}

// Half precision: fixed point of 16 or 32 bits in a single register

interface HalfOperands {
  readonly register: number
  readonly isSigned: boolean
  readonly isTo: boolean
  readonly size: 16 | 32
  readonly fbits: number
}
const TO = 1 << 5
const WORD = 1 << 7
const SINGLE_BITS = 32

function runHalf({ state }: EmulatedCpu, argument: number): void {
  const isSigned = (argument & SIGNED) !== 0
  const size = argument & WORD ? SINGLE_BITS : HALF_WORD
  const fbits = argument >> FBITS_SHIFT
  const env = envOf(state)
  const at = ARM_STATE[SLOT_Q0]!.offset + (argument & 31) * 4
  const bits = BigInt(state.getUint32(at, true))
  const extended = (value: bigint) => (isSigned ? BigInt.asIntN(size, value) : BigInt.asUintN(size, value))
  const result =
    argument & TO
      ? extended(toFixed(F16, BigInt.asUintN(HALF_WORD, bits), size, isSigned, fbits, ROUND_ZERO, env))
      : fromFixed(F16, extended(bits), fbits, Object.assign(env, { rounding: ROUND_NEAREST }))
  state.setUint32(at, Number(BigInt.asUintN(SINGLE_BITS, result)), true)
  raise(state, env)
}
const HALF_HELPER = emulateHelper('VFP fixed point of halves', runHalf)

/** Ends the block: the register becomes its value as fixed point, or (rounded to nearest) as a half. */
export function emulateFixedHalf(t: ArmContext, { register, isSigned, isTo, size, fbits }: HalfOperands): Outcome {
  const what = (isTo ? TO : 0) | (isSigned ? SIGNED : 0) | (size === SINGLE_BITS ? WORD : 0)
  return t.emulate(HALF_HELPER, register | what | (fbits << FBITS_SHIFT))
}

// Half-precision lanes to integers of 16 bits, in standard mode

interface LaneOperands {
  readonly q: number
  /** Numbers of D registers. */
  readonly destination: number
  readonly source: number
  readonly isSigned: boolean
  readonly rounding: number
  readonly fbits: number
}
const LANES_Q = 1 << 5
const SOURCE_SHIFT = 8
const ROUNDING_SHIFT = 13
const FRACTION_SHIFT = 16
const DOUBLE_BYTES = 8
const HALF_BYTES = 2

function runLanes({ state }: EmulatedCpu, argument: number): void {
  const isSigned = (argument & SIGNED) !== 0
  const env = envOfFpcr(halfModes(state.getInt32(ARM_STATE[SLOT_FPCR]!.offset, true)))
  const base = ARM_STATE[SLOT_Q0]!.offset
  const from = base + ((argument >> SOURCE_SHIFT) & 31) * DOUBLE_BYTES
  const to = base + (argument & 31) * DOUBLE_BYTES
  for (let at = 0; at < (argument & LANES_Q ? 2 : 1) * DOUBLE_BYTES; at += HALF_BYTES) {
    const value = BigInt(state.getUint16(from + at, true))
    const bits = toFixed(F16, value, HALF_WORD, isSigned, argument >> FRACTION_SHIFT, (argument >> ROUNDING_SHIFT) & 7, env)
    state.setUint16(to + at, Number(BigInt.asUintN(HALF_WORD, bits)), true)
  }
  raise(state, env)
}
const LANES_HELPER = emulateHelper('half-precision lanes', runLanes)

/** Ends the block: each lane becomes its value as fixed point of 16 bits. */
export function emulateLanes(t: ArmContext, f: LaneOperands): Outcome {
  const what = (f.q ? LANES_Q : 0) | (f.isSigned ? SIGNED : 0)
  return t.emulate(
    LANES_HELPER,
    f.destination | what | (f.source << SOURCE_SHIFT) | (f.rounding << ROUNDING_SHIFT) | (f.fbits << FRACTION_SHIFT),
  )
}
