/** Operations of Advanced SIMD that are more than one IR op: saturating shifts, products and narrowing, shared by vector, scalar and by-element rows. */
import { OP } from '../../ir/ops.ts'
import { family, type Operation, type Simd, widthOf } from './simd-lanes.ts'

const ADD = family('vadd')
const SUB = family('vsub')
const CMPEQ = family('vcmpeq')
const SHL = family('vshl')
const SHR = family('vshr')
const SAR = family('vsar')
const QADDS = family('vqadds')
const QSUBS = family('vqsubs')
const QADDU = family('vqaddu')
const QSUBU = family('vqsubu')
const ABS = family('vabs')
const SHLS = family('vshls')
const SHLU = family('vshlu')

/** All ones where a lane is negative. */
function signs(s: Simd, size: number, a: number): number {
  return s.imm(SAR[size]!, a, widthOf(size) - 1)
}

/** A result that is MIN only where it overflowed becomes MAX there. */
function maxForMin(s: Simd, size: number, value: number, bits: number): number {
  const overflowed = s.op(CMPEQ[size]!, value, s.min(size))
  s.saturated(overflowed, bits)
  return s.op(OP.vxor, value, overflowed)
}

// Shifts by register: a lane fits if shifting it back gives the operand, or if it went to the right.

function saturatingShift(signed: boolean, rounding: boolean): Operation {
  const shift = family(rounding ? (signed ? 'vrshls' : 'vrshlu') : signed ? 'vshls' : 'vshlu')
  const back = signed ? SHLS : SHLU
  return (s, size, n, m) => {
    const shifted = s.op(shift[size]!, n, m)
    const returned = s.op(back[size]!, shifted, s.op(OP.vsub8, s.zero(), m))
    const toRight = signs(s, size, size === 0 ? m : s.imm(SHL[size]!, m, widthOf(size) - 8))
    const fits = s.op(OP.vor, s.op(CMPEQ[size]!, returned, n), toRight)
    s.saturated(s.not(fits))
    if (!signed) return s.op(OP.vorn, shifted, fits)
    return s.op(OP.vbsel, fits, shifted, s.op(OP.vxor, signs(s, size, n), s.max(size)))
  }
}
export const sqshl = saturatingShift(true, false)
export const uqshl = saturatingShift(false, false)
export const sqrshl = saturatingShift(true, true)
export const uqrshl = saturatingShift(false, true)

// Shifts to the left by an immediate `m`.

export const sqshlImm: Operation = (s, size, n, m) => {
  const shifted = s.imm(SHL[size]!, n, m)
  const fits = s.op(CMPEQ[size]!, s.imm(SAR[size]!, shifted, m), n)
  s.saturated(s.not(fits))
  return s.op(OP.vbsel, fits, shifted, s.op(OP.vxor, signs(s, size, n), s.max(size)))
}
export const uqshlImm: Operation = (s, size, n, m) => {
  const shifted = s.imm(SHL[size]!, n, m)
  const fits = s.op(CMPEQ[size]!, s.imm(SHR[size]!, shifted, m), n)
  s.saturated(s.not(fits))
  return s.op(OP.vorn, shifted, fits)
}
/** Signed operand, unsigned result: a negative one gives 0. */
export const sqshluImm: Operation = (s, size, n, m) => {
  const shifted = s.imm(SHL[size]!, n, m)
  const fits = s.op(CMPEQ[size]!, s.imm(SHR[size]!, shifted, m), n)
  const negative = signs(s, size, n)
  s.saturated(s.op(OP.vorn, negative, fits))
  return s.op(OP.vandn, s.op(OP.vorn, shifted, fits), negative)
}

// Sums of signed and unsigned lanes.

/** d signed, n unsigned: the unsigned sum of lanes biased by the sign bit. */
export const suqadd: Operation = (s, size, n, _m, d) => {
  const bias = s.min(size)
  const result = s.op(OP.vxor, s.op(QADDU[size]!, s.op(OP.vxor, d, bias), n), bias)
  s.saturated(s.op(OP.vxor, result, s.op(ADD[size]!, d, n)))
  return result
}
/** d unsigned, n signed: adds what is positive, subtracts the magnitude of what is negative. */
export const usqadd: Operation = (s, size, n, _m, d) => {
  const negative = signs(s, size, n)
  const up = s.op(OP.vandn, n, negative)
  const down = s.op(OP.vand, s.op(SUB[size]!, s.zero(), n), negative)
  const result = s.op(QSUBU[size]!, s.op(QADDU[size]!, d, up), down)
  s.saturated(s.op(OP.vxor, result, s.op(ADD[size]!, d, n)))
  return result
}
export const sqabs: Operation = (s, size, n) => maxForMin(s, size, s.op(ABS[size]!, n), s.bits)
export const sqneg: Operation = (s, size, n) => {
  const result = s.op(QSUBS[size]!, s.zero(), n)
  s.saturated(s.op(OP.vxor, result, s.op(SUB[size]!, s.zero(), n)))
  return result
}

// Fractional products: only MIN * MIN overflows.

const DMULH = [0, OP.vdmulh16, OP.vdmulh32]
const RDMULH = [0, OP.vrdmulh16, OP.vrdmulh32]
export const sqdmulh: Operation = (s, size, n, m) => maxForMin(s, size, s.op(DMULH[size]!, n, m), s.bits)
export const sqrdmulh: Operation = (s, size, n, m) => maxForMin(s, size, s.op(RDMULH[size]!, n, m), s.bits)

function accumulatedFraction(saturating: readonly number[], wrapping: readonly number[]): Operation {
  return (s, size, n, m, d) => {
    const result = s.op(saturating[size]!, d, n, m)
    s.saturated(s.op(OP.vxor, result, s.op(wrapping[size]!, d, n, m)))
    return result
  }
}
export const sqrdmlah = accumulatedFraction([0, OP.vqrdmlah16, OP.vqrdmlah32], [0, OP.vrdmlah16, OP.vrdmlah32])
export const sqrdmlsh = accumulatedFraction([0, OP.vqrdmlsh16, OP.vqrdmlsh32], [0, OP.vrdmlsh16, OP.vrdmlsh32])

// Operations on the lanes of one half, whose results have double width: `high` chooses the half.

/** An operation of that kind: `size` is that of n and m. */
export type LongOperation = (s: Simd, size: number, n: number, m: number, d: number, high: number) => number

type HalfName = 'vmulls' | 'vmullu' | 'vsext' | 'vzext'
/** Ops by [high][size]. */
function halves(name: HalfName): readonly (readonly number[])[] {
  return [family(`${name}lo`), family(`${name}hi`)]
}
export const MULLS = halves('vmulls')
export const MULLU = halves('vmullu')
export const SEXT = halves('vsext')
export const ZEXT = halves('vzext')

export const smull: LongOperation = (s, size, n, m, _d, high) => s.op(MULLS[high]![size]!, n, m)
export const umull: LongOperation = (s, size, n, m, _d, high) => s.op(MULLU[high]![size]!, n, m)
export function accumulateLong(name: 'vadd' | 'vsub', product: LongOperation): LongOperation {
  const ops = family(name)
  return (s, size, n, m, d, high) => s.op(ops[size + 1]!, d, product(s, size, n, m, d, high))
}
export const sqdmull: LongOperation = (s, size, n, m, d, high) => {
  const product = smull(s, size, n, m, d, high)
  return maxForMin(s, size + 1, s.op(ADD[size + 1]!, product, product), s.bits)
}
function accumulateSaturating(saturating: readonly number[], wrapping: readonly number[]): LongOperation {
  return (s, size, n, m, d, high) => {
    const product = sqdmull(s, size, n, m, d, high)
    const result = s.op(saturating[size + 1]!, d, product)
    s.saturated(s.op(OP.vxor, result, s.op(wrapping[size + 1]!, d, product)))
    return result
  }
}
export const sqdmlal = accumulateSaturating(QADDS, ADD)
export const sqdmlsl = accumulateSaturating(QSUBS, SUB)

// Narrowing from lanes of size + 1; the result in the low half, the high half 0.

/** Result of lanes of `size` from n's lanes of double width. */
export type Narrowing = (s: Simd, size: number, n: number) => number

const ABSENT = 0x80
/** VSHUF controls that take the low or the high half of each lane of double width. */
function halfLanes(s: Simd, size: number, upper: boolean): number {
  const bytes = 1 << size
  const words: number[] = [0, 0, 0, 0]
  for (let i = 0; i < 16; i++) {
    const from = 2 * bytes * Math.floor(i / bytes) + (i % bytes) + (upper ? bytes : 0)
    words[i >> 2]! |= (i < 8 ? from : ABSENT) << (8 * (i & 3))
  }
  return s.ir.constV(words[0]!, words[1]!, words[2]!, words[3]!)
}
export const narrowLow: Narrowing = (s, size, n) => s.op(OP.vshuf, n, halfLanes(s, size, false))
export const narrowHigh: Narrowing = (s, size, n) => s.op(OP.vshuf, n, halfLanes(s, size, true))

/** Saturated lanes differ from the operand when widened again. */
function saturatingNarrow(name: 'vqnarrowss' | 'vqnarrowsu' | 'vqnarrowuu', signedResult: boolean): Narrowing {
  const ops = family(name)
  const widen = (signedResult ? SEXT : ZEXT)[0]!
  return (s, size, n) => {
    const result = s.op(ops[size + 1]!, n)
    // A scalar result has a source of one lane, a vector result always a whole register.
    const sourceBits = s.bits < 64 ? 2 * s.bits : 128
    s.saturated(s.op(OP.vxor, s.op(widen[size]!, result), n), sourceBits)
    return result
  }
}
export const sqxtn = saturatingNarrow('vqnarrowss', true)
export const sqxtun = saturatingNarrow('vqnarrowsu', false)
export const uqxtn = saturatingNarrow('vqnarrowuu', false)

/** n and m side by side: their low halves. */
export function joined(s: Simd, n: number, m: number): number {
  return s.op(OP.vziplo64, n, m)
}
