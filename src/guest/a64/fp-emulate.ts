/**
 * Floating-point instructions that are too rare to have an IR op: the engine carries them out with softfloat on the canonical state. One row of
 * EMULATED an operation; `emulateFp` ends the block with it.
 *
 * Argument of the helper: rd bits 0-4, rn 5-9, rm 10-14, ra 15-20, q 21, operation from bit 22.
 */

import * as soft from '../../ir/softfloat.ts'
import { envOfFpcr, F16, FLOAT32, FLOAT64, type FloatEnv, type Format } from '../../ir/softfloat.ts'
import * as estimates from '../../ir/softfloat-estimates.ts'
import type { EmulatedCpu } from '../emulate.ts'
import { emulateHelper } from '../emulate.ts'
import type { Outcome } from '../insn.ts'
import type { A64Context } from './context.ts'
import { A64_STATE, SLOT_FPCR, SLOT_FPSR, SLOT_V0, SLOT_X0 } from './state.ts'

interface Operands {
  readonly rd: number
  readonly rn: number
  readonly rm: number
  /** A third register, an index or a count. */
  readonly ra: number
  readonly q: number
}

/** The registers as an operation sees them. */
class Registers {
  readonly state: DataView
  readonly env: FloatEnv
  constructor(state: DataView) {
    this.state = state
    this.env = envOfFpcr(state.getInt32(A64_STATE[SLOT_FPCR]!.offset, true))
  }
  x(n: number): bigint {
    return n === 31 ? 0n : this.state.getBigUint64(A64_STATE[SLOT_X0 + n]!.offset, true)
  }
  lane(n: number, size: number, k: number): bigint {
    const at = A64_STATE[SLOT_V0 + n]!.offset + (k * size) / 8
    return size === 16
      ? BigInt(this.state.getUint16(at, true))
      : size === 32
        ? BigInt(this.state.getUint32(at, true))
        : this.state.getBigUint64(at, true)
  }
  lanes(n: number, size: number, count: number): bigint[] {
    return Array.from({ length: count }, (_, k) => this.lane(n, size, k))
  }
  /** Writes the lanes; the rest of the register becomes zero. */
  setLanes(n: number, size: number, values: readonly bigint[]): void {
    const at = A64_STATE[SLOT_V0 + n]!.offset
    this.state.setBigUint64(at, 0n, true)
    this.state.setBigUint64(at + 8, 0n, true)
    values.forEach((value, k) => {
      if (size === 16) this.state.setUint16(at + 2 * k, Number(value), true)
      else if (size === 32) this.state.setUint32(at + 4 * k, Number(value), true)
      else this.state.setBigUint64(at + 8 * k, value, true)
    })
  }
}

type Operation = (r: Registers, f: Operands) => void
const countOf = (size: number, q: number) => (q ? 128 : 64) / size

/** One result lane from one operand lane: of a scalar, or of all lanes. */
function unary(format: Format, scalar: boolean, f: (a: bigint, env: FloatEnv, operands: Operands) => bigint): Operation {
  return (r, o) => {
    const count = scalar ? 1 : countOf(format.size, o.q)
    r.setLanes(
      o.rd,
      format.size,
      r.lanes(o.rn, format.size, count).map((a) => f(a, r.env, o)),
    )
  }
}
const toFixed16 = (signed: boolean, rounding: number) => (a: bigint, env: FloatEnv, o: Operands) =>
  soft.toFixed(F16, a, 16, signed, o.ra, rounding, env)
const roundIntN = (format: Format, rounding: number, bits: number) => (a: bigint, env: FloatEnv) =>
  soft.roundIntN(format, a, rounding, bits, env)

const ROUNDINGS = { n: soft.ROUND_NEAREST, p: soft.ROUND_UP, m: soft.ROUND_DOWN, z: soft.ROUND_ZERO, a: soft.ROUND_AWAY } as const
type RoundingLetter = keyof typeof ROUNDINGS

const rintRows = Object.fromEntries(
  ([32, 64] as const).flatMap((bits) =>
    (['z', 'x'] as const).flatMap((mode) =>
      (['s', 'd'] as const).flatMap((size) =>
        ([true, false] as const).map((scalar) => {
          const format = size === 's' ? FLOAT32 : FLOAT64
          return [
            `frint${bits}${mode}.${scalar ? '' : 'v'}${size}`,
            unary(format, scalar, roundIntN(format, mode === 'z' ? soft.ROUND_ZERO : soft.ROUND_CURRENT, bits)),
          ]
        }),
      ),
    ),
  ),
) as Record<`frint${32 | 64}${'z' | 'x'}.${'' | 'v'}${'s' | 'd'}`, Operation>

const toFixedRows = Object.fromEntries(
  (Object.keys(ROUNDINGS) as RoundingLetter[]).flatMap((mode) =>
    (['s', 'u'] as const).flatMap((sign) =>
      ([true, false] as const).map((scalar) => [
        `fcvt${mode}${sign}.${scalar ? '' : 'v'}h`,
        unary(F16, scalar, toFixed16(sign === 's', ROUNDINGS[mode])),
      ]),
    ),
  ),
) as Record<`fcvt${RoundingLetter}${'s' | 'u'}.${'' | 'v'}h`, Operation>

const EMULATED = {
  'scvtf.fixed.h': (r, o) => r.setLanes(o.rd, 16, [soft.fromFixed(F16, BigInt.asIntN(64, r.x(o.rn)), o.ra + 1, r.env)]),
  'ucvtf.fixed.h': (r, o) => r.setLanes(o.rd, 16, [soft.fromFixed(F16, r.x(o.rn), o.ra + 1, r.env)]),
  'frecpx.h': unary(F16, true, (a, env) => estimates.recpX(F16, a, env)),
  'frecpx.s': unary(FLOAT32, true, (a, env) => estimates.recpX(FLOAT32, a, env)),
  'frecpx.d': unary(FLOAT64, true, (a, env) => estimates.recpX(FLOAT64, a, env)),
  ...rintRows,
  ...toFixedRows,
} satisfies Record<string, Operation>

export type EmulatedName = keyof typeof EMULATED
const NAMES = Object.keys(EMULATED) as EmulatedName[]
const NUMBER = new Map(NAMES.map((name, n) => [name, n]))
const OPERATIONS: readonly Operation[] = Object.values(EMULATED)

const RN_SHIFT = 5
const RM_SHIFT = 10
const RA_SHIFT = 15
const Q_SHIFT = 21
const OPERATION_SHIFT = 22

function run(cpu: EmulatedCpu, argument: number): void {
  const registers = new Registers(cpu.state)
  OPERATIONS[argument >>> OPERATION_SHIFT]!(registers, {
    rd: argument & 31,
    rn: (argument >> RN_SHIFT) & 31,
    rm: (argument >> RM_SHIFT) & 31,
    ra: (argument >> RA_SHIFT) & 63,
    q: (argument >> Q_SHIFT) & 1,
  })
  const at = A64_STATE[SLOT_FPSR]!.offset
  cpu.state.setInt32(at, cpu.state.getInt32(at, true) | registers.env.flags, true)
}

const HELPER = emulateHelper('floating point', run)

/** Ends the block: the engine does operation `name`. */
export function emulateFp(t: A64Context, name: EmulatedName, f: Partial<Operands>): Outcome {
  const operands = (f.rd ?? 0) | ((f.rn ?? 0) << RN_SHIFT) | ((f.rm ?? 0) << RM_SHIFT) | ((f.ra ?? 0) << RA_SHIFT) | ((f.q ?? 0) << Q_SHIFT)
  return t.emulate(HELPER, operands | (NUMBER.get(name)! << OPERATION_SHIFT))
}
