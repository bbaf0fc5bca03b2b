/**
 * What the IR interpreter's rows are written with: `interpret(op, meaning)` registers the meaning of an op, and
 * `Values` holds every SSA value of the region being interpreted, 16 bytes each, seen as lanes of any width. Value
 * x has its lane 0 at element `x * 16 / size` (`x * 4` in u32). The bytes above a value's type are not defined.
 */
import { OP, type OpName } from './ops.ts'
import type { Region } from './region.ts'

/** MXCSR's reset value: all exceptions masked, round to nearest. */
export const MXCSR_DEFAULT = 0x1f80

export class Values {
  readonly region: Region
  readonly u8: Uint8Array
  readonly u16: Uint16Array
  readonly u32: Uint32Array
  readonly u64: BigUint64Array
  readonly i8: Int8Array
  readonly i16: Int16Array
  readonly i32: Int32Array
  readonly i64: BigInt64Array
  readonly f32: Float32Array
  readonly f64: Float64Array
  /** The host FP environment in MXCSR's format: rounding bits 13-14, FTZ 15, DAZ 6, sticky IE DE ZE OE UE PE bits 0-5. */
  mxcsr = MXCSR_DEFAULT
  /** FP modes that MXCSR does not have (default NaN, half-precision forms), as in Arm's FPCR; 0 where the guest has none. */
  fpcr = 0
  /** Cumulative FP exceptions that MXCSR does not have, as in Arm's FPSR (input denormal). */
  fpsr = 0

  constructor(region: Region) {
    this.region = region
    const buffer = new ArrayBuffer(region.rowCount * 16)
    this.u8 = new Uint8Array(buffer)
    this.u16 = new Uint16Array(buffer)
    this.u32 = new Uint32Array(buffer)
    this.u64 = new BigUint64Array(buffer)
    this.i8 = new Int8Array(buffer)
    this.i16 = new Int16Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.i64 = new BigInt64Array(buffer)
    this.f32 = new Float32Array(buffer)
    this.f64 = new Float64Array(buffer)
  }

  /** Type of value `x` (I32, F64 … of op-row.ts); `d` of a meaning is a value like any other. */
  type(x: number): number {
    return this.region.type[x]!
  }
}

/** Writes value `d` from values `a`, `b`, `c` (-1 where absent) and the row's immediates. */
export type Meaning = (v: Values, d: number, a: number, b: number, c: number, imm: number, imm2: number) => void

/** Meanings by op number; a hole is an op that the interpreter itself treats, or one that is missing. */
export const MEANINGS: (Meaning | undefined)[] = []

export function interpret(name: OpName, meaning: Meaning): void {
  const op = OP[name]
  if (MEANINGS[op] !== undefined) throw new Error(`IR interpreter: '${name}' has two meanings`)
  MEANINGS[op] = meaning
}
