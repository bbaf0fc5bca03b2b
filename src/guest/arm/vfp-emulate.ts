/** VFP instructions that are too rare to have an IR op: to fixed point of 16 bits. The engine carries them out with softfloat on the canonical state. */
import { envOfFpcr, FLOAT32, FLOAT64, ROUND_ZERO, toFixed } from '../../ir/softfloat.ts'
import { type EmulatedCpu, emulateHelper } from '../emulate.ts'
import type { Outcome } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { ARM_STATE, SLOT_FPCR, SLOT_FPSR, SLOT_Q0 } from './state.ts'

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

function run({ state }: EmulatedCpu, argument: number): void {
  const isDouble = (argument & SZ) !== 0
  const isSigned = (argument & SIGNED) !== 0
  const env = envOfFpcr(state.getInt32(ARM_STATE[SLOT_FPCR]!.offset, true))
  const at = ARM_STATE[SLOT_Q0]!.offset + (argument & 31) * (isDouble ? 8 : 4)
  const value = isDouble ? state.getBigUint64(at, true) : BigInt(state.getUint32(at, true))
  const bits = toFixed(isDouble ? FLOAT64 : FLOAT32, value, HALF_WORD, isSigned, argument >> FBITS_SHIFT, ROUND_ZERO, env)
  const result = isSigned ? BigInt.asIntN(HALF_WORD, bits) : BigInt.asUintN(HALF_WORD, bits)
  if (isDouble) state.setBigInt64(at, result, true)
  else state.setInt32(at, Number(result), true)
  const flags = ARM_STATE[SLOT_FPSR]!.offset
  state.setInt32(flags, state.getInt32(flags, true) | env.flags, true)
}
const HELPER = emulateHelper('VFP fixed point', run)

/** Ends the block: the register becomes its value as fixed point of 16 bits. */
export function emulateFixed(t: ArmContext, f: FixedOperands): Outcome {
  return t.emulate(HELPER, f.register | (f.sz ? SZ : 0) | (f.isSigned ? SIGNED : 0) | (f.fbits << FBITS_SHIFT))
}
