/**
 * Reciprocal and square root estimates, and the exponent complement, as the Arm manual's pseudo-code and tables define them, on the bits of softfloat.ts.
 */
import {
  bias,
  bitLength,
  DZC,
  expField,
  F16,
  type FloatEnv,
  type Format,
  IXC,
  infinity,
  invalid,
  maskOf,
  maxNormal,
  nanKind,
  OFC,
  processNaN,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
  signBit,
  UFC,
  type Unpacked,
  unpack,
  zero,
} from './softfloat.ts'

/** FPRecipEstimate: 8 bits of 1 / a. */
export function recipEstimate(f: Format, a: bigint, env: FloatEnv): bigint {
  const x = unpack(f, a, env)
  if (nanKind(x)) return processNaN(f, a, env)
  if (x.kind === 'inf') return zero(f, x.sign)
  if (x.kind === 'zero') {
    env.flags |= DZC
    return infinity(f, x.sign)
  }
  const magnitude = x.exp + bitLength(x.mant) - 1
  if (magnitude < -bias(f) - 1) {
    env.flags |= OFC | IXC
    const mode = env.rounding
    return mode === ROUND_NEAREST || (mode === ROUND_UP && !x.sign) || (mode === ROUND_DOWN && x.sign)
      ? infinity(f, x.sign)
      : maxNormal(f, x.sign)
  }
  if ((f === F16 ? env.fz16 : env.fz) && magnitude >= bias(f) - 1) {
    env.flags |= UFC
    return zero(f, x.sign)
  }
  const { exp, fraction } = normalised(f, x)
  let result = 2 * bias(f) - 1 - exp
  let estimate = BigInt(recipTable(256 + Number(fraction >> 44n)) - 256) << 44n
  if (result === 0) estimate = (1n << 51n) | (estimate >> 1n)
  else if (result === -1) {
    estimate = (1n << 50n) | (estimate >> 2n)
    result = 0
  }
  return (x.sign ? signBit(f) : 0n) | (BigInt(result) << BigInt(f.fracBits)) | (estimate >> BigInt(52 - f.fracBits))
}

/** Biased exponent (0 and below for denormals) and the 52 bits behind the leading one. */
function normalised(f: Format, x: Unpacked): { exp: number; fraction: bigint } {
  const length = bitLength(x.mant)
  const fraction = (x.mant << BigInt(53 - length)) & maskOf(52)
  return { exp: x.exp + length - 1 + bias(f), fraction }
}

/** 256 <= a <= 511, in units of 1/512: 256..511. */
export function recipTable(a: number): number {
  return (Math.floor((1 << 19) / (a * 2 + 1)) + 1) >> 1
}

/** FPRSqrtEstimate. */
export function rsqrtEstimate(f: Format, a: bigint, env: FloatEnv): bigint {
  const x = unpack(f, a, env)
  if (nanKind(x)) return processNaN(f, a, env)
  if (x.kind === 'zero') {
    env.flags |= DZC
    return infinity(f, x.sign)
  }
  if (x.sign) return invalid(f, env)
  if (x.kind === 'inf') return zero(f, false)
  const { exp, fraction } = normalised(f, x)
  const scaled = exp & 1 ? 128 + Number(fraction >> 45n) : 256 + Number(fraction >> 44n)
  const result = Math.floor((3 * bias(f) - 1 - exp) / 2)
  return (BigInt(result) << BigInt(f.fracBits)) | (BigInt(rsqrtTable(scaled) - 256) << BigInt(f.fracBits - 8))
}

/** 128 <= a <= 511: 256..511. */
export function rsqrtTable(a: number): number {
  const n = a < 256 ? a * 2 + 1 : (a | 1) * 2
  let b = 512
  while (n * (b + 1) * (b + 1) < 1 << 28) b++
  return (b + 1) >> 1
}

/** FPRecpX: an exponent that scales towards 1. */
export function recpX(f: Format, a: bigint, env: FloatEnv): bigint {
  const x = unpack(f, a, env)
  if (nanKind(x)) return processNaN(f, a, env)
  const e = BigInt(expField(f, a))
  const top = maskOf(f.expBits)
  return (a & signBit(f)) | ((e === 0n ? top - 1n : ~e & top) << BigInt(f.fracBits))
}

/** UnsignedRecipEstimate and UnsignedRSqrtEstimate on 32 bits. */
export function unsignedRecipEstimate(a: number): number {
  return a >>> 31 === 0 ? 0xffff_ffff : (recipTable(a >>> 23) << 23) >>> 0
}
export function unsignedRsqrtEstimate(a: number): number {
  return a >>> 30 === 0 ? 0xffff_ffff : (rsqrtTable(a >>> 23) << 23) >>> 0
}
