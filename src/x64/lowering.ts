/**
 * How an IR op becomes host instructions: one row an op.
 *
 *   lower('vadd16', { emit: (e, d, a, b) => e.vex3(PADDW, VPADDW, d, a, b) })
 *
 * The allocator puts arguments and result into registers before `emit` is called. Guarantees:
 * - `d` may be the same register as `a` (if `a` dies here), never the same as `b` or `c`, unless `b`/`c` is the same value as `a`.
 *   With `keep`, `d` differs from every argument.
 * - temporaries differ from everything and hold nothing.
 * - arguments must not be changed, except `a` through `d` when they are the same register.
 * - host arithmetic flags may be clobbered (rows that leave them alone say `flagsKept`).
 * Values of type i32/i64 are in general registers (upper half of an i32 is undefined), f32/f64/v128 in xmm registers
 * (lanes above a scalar are undefined).
 */
import type { OpName } from '../ir/ops.ts'
import { OP, OP_NAMES } from '../ir/ops.ts'
import type { Emitter } from './emitter.ts'

export type EmitFunction = (e: Emitter, d: number, a: number, b: number, c: number, row: number) => void

export interface Lowering {
  /** Number of general / xmm temporaries: e.g0, e.g1, e.g2 / e.x0, e.x1, e.x2. */
  readonly gprTemps?: number
  readonly xmmTemps?: number
  /** `d` must differ from all arguments (e.g. they are needed again out of line). */
  readonly keep?: boolean
  /** The same while results are tested for NaN (`Emitter.testsVectors`). */
  readonly keepChecked?: boolean
  /** Host flags are unchanged by `emit`. */
  readonly flagsKept?: boolean
  /** Whether an instruction that `emit` or `slow` uses then has no EVEX form: all xmm registers are below 16. Without it they may be any. */
  readonly low?: (e: Emitter, row: number) => boolean
  /** Does its own register work through the emitter's primitives (`gpr`, `define`, `takeFixed`, `lowOnly` …); the rest of the row is not used. */
  readonly custom?: (e: Emitter, row: number) => void
  readonly emit?: EmitFunction
  /** Out-of-line part: `emit` jumps to `e.slowPath()`; placed behind the region with the same registers, ends with `e.slowReturn()`. */
  readonly slow?: EmitFunction
}

/** By op number; null where no row is given (the emitter's own ops, or not lowered yet). */
export const LOWERINGS: (Lowering | null)[] = OP_NAMES.map(() => null)

export function lower(name: OpName, row: Lowering): void {
  const op = OP[name]
  if (LOWERINGS[op]) throw new Error(`x64: two lowerings for IR op '${name}'`)
  LOWERINGS[op] = row
}
