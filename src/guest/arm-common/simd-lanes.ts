/**
 * What Advanced SIMD integer rows share. The IR's vector ops work on whole registers; `Simd` says how many low bits of the result count
 * (128, 64, or one lane of a scalar instruction) and clears the rest, of the result and of what saturated.
 *
 * An `Operation` makes the result from operand values; sizes are as in the manual's `size` field: 0..3 for lanes of 8..64 bits.
 */
import { OP, type OpName } from '../../ir/ops.ts'
import { NONE, type Region } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'

export const FULL = 128
export const HALF_REGISTER = 64

/** Bits of a vector by Q. */
export function bitsOf(q: number): number {
  return q ? FULL : HALF_REGISTER
}
/** Bits of a lane. */
export function widthOf(size: number): number {
  return 8 << size
}

/** Ops of one family by size; NONE where there is none. */
export type Family = readonly number[]
type FamilyName = OpName extends infer N ? (N extends `${infer F}${8 | 16 | 32 | 64}` ? F : never) : never
export function family(name: FamilyName): Family {
  return [8, 16, 32, 64].map((width) => OP[`${name}${width}` as OpName] ?? NONE)
}

const LOW = OP.vlow
const ZERO = OP.vzero

/** What operations need of a guest's context. */
export interface SimdContext {
  readonly ir: Region
  /** FPSR.QC (or FPSCR.QC) is set if any bit of v128 `mask` is. */
  saturate(mask: number): void
  /** Vector register n, whole. */
  v(n: number): number
  setV(n: number, value: number): void
}

/** One per context: made fresh for every instruction by `use`. */
export class Simd {
  t!: SimdContext
  ir!: Region
  /** Bits of the result that count. */
  bits = FULL

  use(t: SimdContext, bits: number): this {
    this.t = t
    this.ir = t.ir
    this.bits = bits
    return this
  }

  op(op: number, a: number, b: number = NONE, c: number = NONE): number {
    return this.ir.emit(op, a, b, c)
  }
  /** `op` with immediates. */
  imm(op: number, a: number, imm: number, imm2 = 0): number {
    return this.ir.emit(op, a, NONE, NONE, imm, imm2)
  }
  zero(): number {
    return this.ir.emit(ZERO)
  }
  /** `value` (sign-extended) in every lane. */
  splat(size: number, value: number): number {
    if (size === 3) return this.ir.constV(value, value >> 31, value, value >> 31)
    const word = size === 0 ? Math.imul(value & 0xff, 0x0101_0101) : size === 1 ? Math.imul(value & 0xffff, 0x1_0001) : value
    return this.ir.constV(word, word, word, word)
  }
  /** The least and the greatest signed value in every lane. */
  min(size: number): number {
    return size === 3 ? this.ir.constV(0, -0x8000_0000, 0, -0x8000_0000) : this.splat(size, -(2 ** (widthOf(size) - 1)))
  }
  max(size: number): number {
    return size === 3 ? this.ir.constV(-1, 0x7fff_ffff, -1, 0x7fff_ffff) : this.splat(size, 2 ** (widthOf(size) - 1) - 1)
  }
  not(a: number): number {
    return this.ir.emit(OP.vnot, a)
  }
  low(a: number, bits: number): number {
    return bits === FULL ? a : this.ir.emit(LOW, a, NONE, NONE, bits)
  }
  /** QC is set if any bit of `mask` is, among the bits that count (`bits`). */
  saturated(mask: number, bits: number = this.bits): void {
    this.t.saturate(this.low(mask, bits))
  }
  /** Writes register rd; zeros above `bits`. */
  finish(rd: number, value: number, bits: number = this.bits): Outcome {
    this.t.setV(rd, this.low(value, bits))
    return NEXT
  }
}

/** Instructions are lifted one after the other, so one will do. */
const shared = new Simd()
export function simd(t: SimdContext, bits: number): Simd {
  return shared.use(t, bits)
}

/** Result of lanes of `size`, from n, m (or an immediate where the row has one) and the old destination d. */
export type Operation = (s: Simd, size: number, n: number, m: number, d: number) => number

export function plain(name: FamilyName): Operation {
  const ops = family(name)
  return (s, size, n, m) => s.op(ops[size]!, n, m)
}
/** The operation with n and m exchanged. */
export function exchanged(operation: Operation): Operation {
  return (s, size, n, m, d) => operation(s, size, m, n, d)
}
/** d OP operation. */
export function accumulating(name: 'vadd' | 'vsub', operation: Operation): Operation {
  const ops = family(name)
  return (s, size, n, m, d) => s.op(ops[size]!, d, operation(s, size, n, m, d))
}
/** The same for an operation whose result has lanes of double width. */
export function accumulatingLong(name: 'vadd' | 'vsub', operation: Operation): Operation {
  const ops = family(name)
  return (s, size, n, m, d) => s.op(ops[size + 1]!, d, operation(s, size, n, m, d))
}

/** Saturating op and its wrapping counterpart: they differ exactly in the lanes that saturate. */
export function saturating(name: FamilyName, wrapping: FamilyName): Operation {
  const ops = family(name)
  const wraps = family(wrapping)
  return (s, size, n, m) => {
    const result = s.op(ops[size]!, n, m)
    s.saturated(s.op(OP.vxor, result, s.op(wraps[size]!, n, m)))
    return result
  }
}

/** Sizes that an instruction has, as bits: 1 << size. */
export const SIZES_ALL = 0b1111
export const SIZES_BHS = 0b0111
export const SIZES_HS = 0b0110
export const SIZES_BH = 0b0011
export const SIZES_B = 0b0001
export const SIZES_D = 0b1000
export function hasSize(sizes: number, size: number): boolean {
  return ((sizes >> size) & 1) !== 0
}
/** A vector of one 64-bit lane is reserved. */
export function isReserved(sizes: number, size: number, q: number): boolean {
  return !hasSize(sizes, size) || (size === 3 && q === 0)
}
