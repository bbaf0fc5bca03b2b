/**
 * Exact floating-point arithmetic on bit patterns, as the Arm manual's shared pseudo-code defines it (FPAdd, FPMulAdd, FPRound, FPToFixed …).
 * It is the meaning of the IR's float ops: short, slow, obvious. Values are bigints holding the bits; an operation
 * takes its format (F16, BF16, FLOAT32, FLOAT64) and an environment with the modes, into whose `flags` it ors what it raises.
 *
 * A finite value is mant * 2^exp with exact bigint `mant`; every operation computes exactly (division and square root to enough bits plus a
 * sticky one) and rounds once.
 */
export interface Format {
  readonly size: number
  readonly expBits: number
  readonly fracBits: number
}
export const F16: Format = { size: 16, expBits: 5, fracBits: 10 }
export const BF16: Format = { size: 16, expBits: 8, fracBits: 7 }
export const FLOAT32: Format = { size: 32, expBits: 8, fracBits: 23 }
export const FLOAT64: Format = { size: 64, expBits: 11, fracBits: 52 }

/** Rounding modes: 0..3 as in FPCR.RMode. CURRENT is for ops' immediates only: the environment's mode. */
export const ROUND_NEAREST = 0
export const ROUND_UP = 1
export const ROUND_DOWN = 2
export const ROUND_ZERO = 3
export const ROUND_AWAY = 4
export const ROUND_CURRENT = 5
export const ROUND_ODD = 6

/** Exception bits, as in FPSR. */
export const IOC = 1
export const DZC = 2
export const OFC = 4
export const UFC = 8
export const IXC = 16
export const IDC = 128

export interface FloatEnv {
  rounding: number
  /** Denormal operands and results of f32, f64 (FZ) and f16 (FZ16) become zero. */
  fz: boolean
  fz16: boolean
  /** Every NaN result is the default NaN. */
  dn: boolean
  /** Half precision has no infinities and NaNs in conversions. */
  ahp: boolean
  flags: number
}

/** An environment from the bits of FPCR. */
export function envOfFpcr(fpcr: number): FloatEnv {
  return {
    rounding: (fpcr >> 22) & 3,
    fz: (fpcr & (1 << 24)) !== 0,
    fz16: (fpcr & (1 << 19)) !== 0,
    dn: (fpcr & (1 << 25)) !== 0,
    ahp: (fpcr & (1 << 26)) !== 0,
    flags: 0,
  }
}

// --- values

export type Kind = 'zero' | 'finite' | 'inf' | 'qnan' | 'snan'
export interface Unpacked {
  kind: Kind
  sign: boolean
  mant: bigint
  exp: number
}

export const maskOf = (bits: number) => (1n << BigInt(bits)) - 1n
export const bias = (f: Format) => (1 << (f.expBits - 1)) - 1
export const signBit = (f: Format) => 1n << BigInt(f.size - 1)
export const expField = (f: Format, bits: bigint) => Number((bits >> BigInt(f.fracBits)) & maskOf(f.expBits))
const fracField = (f: Format, bits: bigint) => bits & maskOf(f.fracBits)
const quietBit = (f: Format) => 1n << BigInt(f.fracBits - 1)
export const bitLength = (n: bigint) => (n === 0n ? 0 : n.toString(2).length)

export const infinity = (f: Format, sign: boolean): bigint => (sign ? signBit(f) : 0n) | (maskOf(f.expBits) << BigInt(f.fracBits))
export const zero = (f: Format, sign: boolean): bigint => (sign ? signBit(f) : 0n)
export const defaultNaN = (f: Format): bigint => infinity(f, false) | quietBit(f)
export const maxNormal = (f: Format, sign: boolean): bigint => infinity(f, sign) - 1n
/** 1.5 * 2^n or 2^n as a constant. */
const power = (f: Format, sign: boolean, n: number, half = false): bigint =>
  (sign ? signBit(f) : 0n) | (BigInt(bias(f) + n) << BigInt(f.fracBits)) | (half ? quietBit(f) : 0n)

export function isNanBits(f: Format, bits: bigint): boolean {
  return expField(f, bits) === Number(maskOf(f.expBits)) && fracField(f, bits) !== 0n
}
function isSignalling(f: Format, bits: bigint): boolean {
  return isNanBits(f, bits) && (bits & quietBit(f)) === 0n
}

/** FPUnpack; `convert` (FPUnpackCV): half-precision denormals stay, alternative half precision counts. */
export function unpack(f: Format, bits: bigint, env: FloatEnv, convert = false): Unpacked {
  const sign = (bits & signBit(f)) !== 0n
  const e = expField(f, bits)
  const frac = fracField(f, bits)
  const none = { sign, mant: 0n, exp: 0 }
  if (e === 0) {
    if (frac === 0n) return { kind: 'zero', ...none }
    if (f === F16 ? env.fz16 && !convert : env.fz) {
      if (f !== F16) env.flags |= IDC
      return { kind: 'zero', ...none }
    }
    return { kind: 'finite', sign, mant: frac, exp: 1 - bias(f) - f.fracBits }
  }
  if (e === Number(maskOf(f.expBits)) && !(f === F16 && convert && env.ahp)) {
    if (frac === 0n) return { kind: 'inf', ...none }
    return { kind: (bits & quietBit(f)) === 0n ? 'snan' : 'qnan', ...none }
  }
  return { kind: 'finite', sign, mant: frac | (1n << BigInt(f.fracBits)), exp: e - bias(f) - f.fracBits }
}

export const nanKind = (u: Unpacked) => u.kind === 'snan' || u.kind === 'qnan'

/** FPProcessNaN: quiets, raises IOC for a signalling one. */
export function processNaN(f: Format, bits: bigint, env: FloatEnv): bigint {
  if (isSignalling(f, bits)) env.flags |= IOC
  return env.dn ? defaultNaN(f) : bits | quietBit(f)
}

/** FPProcessNaNs: the first signalling NaN, else the first quiet one; undefined if there is none. */
function processNaNs(f: Format, env: FloatEnv, operands: readonly bigint[]): bigint | undefined {
  const chosen = operands.find((x) => isSignalling(f, x)) ?? operands.find((x) => isNanBits(f, x))
  return chosen === undefined ? undefined : processNaN(f, chosen, env)
}

export function invalid(f: Format, env: FloatEnv): bigint {
  env.flags |= IOC
  return defaultNaN(f)
}

// --- rounding

/** n shifted right by `by`, with a sticky lowest bit, after making room for it. */
function withSticky(mant: bigint, exp: number, sticky: boolean): { mant: bigint; exp: number } {
  return sticky ? { mant: (mant << 1n) | 1n, exp: exp - 1 } : { mant, exp }
}

interface Divided {
  quotient: bigint
  /** Remainder against one half: -1 below (not zero), 0 half, 1 above; -2 exact. */
  rest: number
}

/** mant * 2^exp in units of 2^unit. */
function divide(mant: bigint, exp: number, unit: number): Divided {
  const shift = unit - exp
  if (shift <= 0) return { quotient: mant << BigInt(-shift), rest: -2 }
  const quotient = mant >> BigInt(shift)
  const rest = mant - (quotient << BigInt(shift))
  if (rest === 0n) return { quotient, rest: -2 }
  const half = 1n << BigInt(shift - 1)
  return { quotient, rest: rest === half ? 0 : rest > half ? 1 : -1 }
}

function roundsUp(d: Divided, sign: boolean, rounding: number): boolean {
  if (d.rest === -2) return false
  switch (rounding) {
    case ROUND_NEAREST:
      return d.rest === 1 || (d.rest === 0 && (d.quotient & 1n) === 1n)
    case ROUND_AWAY:
      return d.rest >= 0
    case ROUND_UP:
      return !sign
    case ROUND_DOWN:
      return sign
    default:
      return false
  }
}

/** FPRound of a non-zero value; `convert` as in unpack. */
function round(f: Format, sign: boolean, mant: bigint, exp: number, env: FloatEnv, rounding = env.rounding, convert = false): bigint {
  const minimum = 1 - bias(f)
  const exponent = exp + bitLength(mant) - 1
  if ((f === F16 ? env.fz16 && !convert : env.fz) && exponent < minimum) {
    env.flags |= UFC
    return zero(f, sign)
  }
  let biased = Math.max(exponent - minimum + 1, 0)
  const divided = divide(mant, exp, Math.max(exponent, minimum) - f.fracBits)
  let quotient = divided.quotient
  let inexact = divided.rest !== -2
  if (biased === 0 && inexact) env.flags |= UFC
  if (roundsUp(divided, sign, rounding)) {
    quotient++
    if (quotient === 1n << BigInt(f.fracBits)) biased = 1
    if (quotient === 1n << BigInt(f.fracBits + 1)) {
      biased++
      quotient >>= 1n
    }
  }
  if (inexact && rounding === ROUND_ODD) quotient |= 1n
  const s = sign ? signBit(f) : 0n
  const alternative = f === F16 && convert && env.ahp
  if (!alternative) {
    if (biased >= Number(maskOf(f.expBits))) {
      const toInfinity =
        rounding === ROUND_NEAREST || rounding === ROUND_AWAY || (rounding === ROUND_UP && !sign) || (rounding === ROUND_DOWN && sign)
      env.flags |= OFC | IXC
      return toInfinity ? infinity(f, sign) : maxNormal(f, sign)
    }
  } else if (biased > Number(maskOf(f.expBits))) {
    env.flags |= IOC
    inexact = false
    return s | maskOf(f.size - 1)
  }
  if (inexact) env.flags |= IXC
  return s | (BigInt(biased) << BigInt(f.fracBits)) | (quotient & maskOf(f.fracBits))
}

// --- arithmetic

export function neg(f: Format, a: bigint): bigint {
  return a ^ signBit(f)
}
export function abs(f: Format, a: bigint): bigint {
  return a & ~signBit(f)
}

function sum(f: Format, x: Unpacked, y: Unpacked, env: FloatEnv, rounding = env.rounding): bigint {
  const exp = Math.min(x.kind === 'zero' ? y.exp : x.exp, y.kind === 'zero' ? x.exp : y.exp)
  const scaled = (u: Unpacked) => (u.kind === 'zero' ? 0n : (u.sign ? -u.mant : u.mant) << BigInt(u.exp - exp))
  const total = scaled(x) + scaled(y)
  if (total === 0n) {
    if (x.kind === 'zero' && y.kind === 'zero' && x.sign === y.sign) return zero(f, x.sign)
    return zero(f, rounding === ROUND_DOWN)
  }
  return round(f, total < 0n, total < 0n ? -total : total, exp, env, rounding)
}

export function add(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  return addSigned(f, a, b, false, env)
}
export function sub(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  return addSigned(f, a, b, true, env)
}
function addSigned(f: Format, a: bigint, b: bigint, subtract: boolean, env: FloatEnv): bigint {
  const x = unpack(f, a, env)
  const y = unpack(f, b, env)
  const nan = processNaNs(f, env, [a, b])
  if (nan !== undefined) return nan
  if (subtract) y.sign = !y.sign
  if (x.kind === 'inf' && y.kind === 'inf' && x.sign !== y.sign) return invalid(f, env)
  if (x.kind === 'inf') return infinity(f, x.sign)
  if (y.kind === 'inf') return infinity(f, y.sign)
  return sum(f, x, y, env)
}

function product(f: Format, a: bigint, b: bigint, env: FloatEnv, extended: boolean): bigint {
  const x = unpack(f, a, env)
  const y = unpack(f, b, env)
  const nan = processNaNs(f, env, [a, b])
  if (nan !== undefined) return nan
  const sign = x.sign !== y.sign
  if ((x.kind === 'inf' && y.kind === 'zero') || (x.kind === 'zero' && y.kind === 'inf'))
    return extended ? power(f, sign, 1) : invalid(f, env)
  if (x.kind === 'inf' || y.kind === 'inf') return infinity(f, sign)
  if (x.kind === 'zero' || y.kind === 'zero') return zero(f, sign)
  return round(f, sign, x.mant * y.mant, x.exp + y.exp, env)
}
export function mul(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  return product(f, a, b, env, false)
}
/** FPMulX: infinity times zero is 2. */
export function mulx(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  return product(f, a, b, env, true)
}

export function div(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  const x = unpack(f, a, env)
  const y = unpack(f, b, env)
  const nan = processNaNs(f, env, [a, b])
  if (nan !== undefined) return nan
  const sign = x.sign !== y.sign
  if ((x.kind === 'inf' && y.kind === 'inf') || (x.kind === 'zero' && y.kind === 'zero')) return invalid(f, env)
  if (x.kind === 'inf' || y.kind === 'zero') {
    if (x.kind !== 'inf') env.flags |= DZC
    return infinity(f, sign)
  }
  if (x.kind === 'zero' || y.kind === 'inf') return zero(f, sign)
  const extra = 2 * f.fracBits + 4
  const numerator = x.mant << BigInt(extra)
  const q = withSticky(numerator / y.mant, x.exp - y.exp - extra, numerator % y.mant !== 0n)
  return round(f, sign, q.mant, q.exp, env)
}

export function sqrt(f: Format, a: bigint, env: FloatEnv): bigint {
  const x = unpack(f, a, env)
  if (nanKind(x)) return processNaN(f, a, env)
  if (x.kind === 'zero') return zero(f, x.sign)
  if (x.sign) return invalid(f, env)
  if (x.kind === 'inf') return infinity(f, false)
  let exp = x.exp - 2 * f.fracBits - 4
  if (exp & 1) exp--
  const n = x.mant << BigInt(x.exp - exp)
  const root = integerRoot(n)
  const q = withSticky(root, exp / 2, root * root !== n)
  return round(f, false, q.mant, q.exp, env)
}

function integerRoot(n: bigint): bigint {
  let r = 1n << BigInt((bitLength(n) + 1) >> 1)
  for (;;) {
    const next = (r + n / r) >> 1n
    if (next >= r) return r
    r = next
  }
}

/** FPMulAdd: c + a * b, rounded once. */
export function fma(f: Format, a: bigint, b: bigint, c: bigint, env: FloatEnv): bigint {
  const z = unpack(f, c, env)
  const x = unpack(f, a, env)
  const y = unpack(f, b, env)
  const nan = processNaNs(f, env, [c, a, b])
  const invalidProduct = (x.kind === 'inf' && y.kind === 'zero') || (x.kind === 'zero' && y.kind === 'inf')
  if (z.kind === 'qnan' && invalidProduct) return invalid(f, env)
  if (nan !== undefined) return nan
  const sign = x.sign !== y.sign
  const infiniteProduct = x.kind === 'inf' || y.kind === 'inf'
  if (invalidProduct || (z.kind === 'inf' && infiniteProduct && z.sign !== sign)) return invalid(f, env)
  if (z.kind === 'inf') return infinity(f, z.sign)
  if (infiniteProduct) return infinity(f, sign)
  const zeroProduct = x.kind === 'zero' || y.kind === 'zero'
  return sum(f, z, { kind: zeroProduct ? 'zero' : 'finite', sign, mant: x.mant * y.mant, exp: x.exp + y.exp }, env)
}

/** FPRecipStepFused: 2 - a * b, and FPRSqrtStepFused: (3 - a * b) / 2. */
export function recipStep(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  return step(f, a, b, env, 2n, 0)
}
export function rsqrtStep(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  return step(f, a, b, env, 3n, 1)
}
function step(f: Format, a0: bigint, b: bigint, env: FloatEnv, start: bigint, halve: number): bigint {
  const a = neg(f, a0)
  const x = unpack(f, a, env)
  const y = unpack(f, b, env)
  const nan = processNaNs(f, env, [a, b])
  if (nan !== undefined) return nan
  const sign = x.sign !== y.sign
  if ((x.kind === 'inf' && y.kind === 'zero') || (x.kind === 'zero' && y.kind === 'inf'))
    return halve ? power(f, false, 0, true) : power(f, false, 1)
  if (x.kind === 'inf' || y.kind === 'inf') return infinity(f, sign)
  const zeroProduct = x.kind === 'zero' || y.kind === 'zero'
  const p: Unpacked = { kind: zeroProduct ? 'zero' : 'finite', sign, mant: x.mant * y.mant, exp: x.exp + y.exp - halve }
  return sum(f, { kind: 'finite', sign: false, mant: start, exp: -halve }, p, env)
}

// --- minimum and maximum

function extreme(f: Format, a: bigint, b: bigint, env: FloatEnv, greatest: boolean): bigint {
  const x = unpack(f, a, env)
  const y = unpack(f, b, env)
  const nan = processNaNs(f, env, [a, b])
  if (nan !== undefined) return nan
  if (x.kind === 'zero' && y.kind === 'zero') return zero(f, greatest ? x.sign && y.sign : x.sign || y.sign)
  const first = order(x, y) > 0 === greatest
  const u = first ? x : y
  return u.kind === 'zero' ? zero(f, u.sign) : first ? a : b
}
export function max(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  return extreme(f, a, b, env, true)
}
export function min(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  return extreme(f, a, b, env, false)
}
/** FPMaxNum, FPMinNum: a number wins against a quiet NaN. */
export function maxNum(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  return extremeNum(f, a, b, env, true)
}
export function minNum(f: Format, a: bigint, b: bigint, env: FloatEnv): bigint {
  return extremeNum(f, a, b, env, false)
}
function extremeNum(f: Format, a: bigint, b: bigint, env: FloatEnv, greatest: boolean): bigint {
  const quietA = isNanBits(f, a) && !isSignalling(f, a)
  const quietB = isNanBits(f, b) && !isSignalling(f, b)
  const loser = infinity(f, greatest)
  return extreme(f, quietA && !quietB ? loser : a, quietB && !quietA ? loser : b, env, greatest)
}

/** Sign of x - y for values that are no NaN. */
function order(x: Unpacked, y: Unpacked): number {
  const rank = (u: Unpacked): bigint | undefined => (u.kind === 'zero' ? 0n : u.kind === 'inf' ? undefined : u.sign ? -u.mant : u.mant)
  if (x.kind === 'inf' || y.kind === 'inf') {
    const side = (u: Unpacked) => (u.kind === 'inf' ? (u.sign ? -1 : 1) : 0)
    return Math.sign(side(x) - side(y))
  }
  const exp = Math.min(x.exp, y.exp)
  const d = (rank(x)! << BigInt(x.exp - exp)) - (rank(y)! << BigInt(y.exp - exp))
  return d > 0n ? 1 : d < 0n ? -1 : 0
}

/** -1 less, 0 equal, 1 greater, 2 unordered; IOC for signalling NaNs, with `signalling` for all. */
export function compare(f: Format, a: bigint, b: bigint, signalling: boolean, env: FloatEnv): number {
  const x = unpack(f, a, env)
  const y = unpack(f, b, env)
  if (nanKind(x) || nanKind(y)) {
    if (signalling || x.kind === 'snan' || y.kind === 'snan') env.flags |= IOC
    return 2
  }
  return order(x, y)
}

// --- conversions

/** FPConvert between formats; half-precision operands keep their denormals. BF16 has no NaN payload rules of its own. */
export function convert(from: Format, to: Format, a: bigint, env: FloatEnv, rounding = env.rounding): bigint {
  const x = unpack(from, a, env, true)
  const alternative = to === F16 && env.ahp
  if (nanKind(x)) {
    if (x.kind === 'snan' || alternative) env.flags |= IOC
    if (alternative) return zero(to, x.sign)
    if (env.dn) return defaultNaN(to)
    const shift = from.fracBits - to.fracBits
    const payload = fracField(from, a)
    return infinity(to, x.sign) | quietBit(to) | (shift >= 0 ? payload >> BigInt(shift) : payload << BigInt(-shift))
  }
  if (x.kind === 'inf') {
    if (!alternative) return infinity(to, x.sign)
    env.flags |= IOC
    return (x.sign ? signBit(to) : 0n) | maskOf(to.size - 1)
  }
  if (x.kind === 'zero') return zero(to, x.sign)
  return round(to, x.sign, x.mant, x.exp, env, rounding, true)
}

/** Rounds mant * 2^exp (with sign) to an integer. */
function toInteger(u: Unpacked, exp: number, rounding: number): { value: bigint; inexact: boolean } {
  if (u.kind === 'zero') return { value: 0n, inexact: false }
  const d = divide(u.mant, exp, 0)
  const value = d.quotient + (roundsUp(d, u.sign, rounding) ? 1n : 0n)
  return { value: u.sign ? -value : value, inexact: d.rest !== -2 }
}

/** An operand in a wider format, by FPUnpack: exact, a signalling NaN stays one and raises nothing. */
export function widenOperand(from: Format, to: Format, a: bigint, env: FloatEnv): bigint {
  const x = unpack(from, a, env)
  if (nanKind(x)) return infinity(to, x.sign) | (fracField(from, a) << BigInt(to.fracBits - from.fracBits))
  if (x.kind === 'inf') return infinity(to, x.sign)
  if (x.kind === 'zero') return zero(to, x.sign)
  return round(to, x.sign, x.mant, x.exp, { ...env, fz: false, flags: 0 })
}

/** A result computed in a wider format, by FPRound; a NaN is already the right one. */
export function narrowResult(from: Format, to: Format, a: bigint, env: FloatEnv): bigint {
  const x = unpack(from, a, { ...env, fz: false, flags: 0 })
  if (nanKind(x)) return infinity(to, x.sign) | (fracField(from, a) >> BigInt(from.fracBits - to.fracBits))
  if (x.kind === 'inf') return infinity(to, x.sign)
  if (x.kind === 'zero') return zero(to, x.sign)
  return round(to, x.sign, x.mant, x.exp, env)
}

/** FPToFixed: a * 2^fbits as an integer of `width` bits, saturated; the bits, zero-extended. */
export function toFixed(f: Format, a: bigint, width: number, isSigned: boolean, fbits: number, rounding: number, env: FloatEnv): bigint {
  const x = unpack(f, a, env)
  if (nanKind(x)) {
    env.flags |= IOC
    return 0n
  }
  const top = isSigned ? maskOf(width - 1) : maskOf(width)
  const bottom = isSigned ? -top - 1n : 0n
  let value: bigint
  if (x.kind === 'inf') value = x.sign ? bottom - 1n : top + 1n
  else {
    const rounded = toInteger(x, x.exp + fbits, rounding === ROUND_CURRENT ? env.rounding : rounding)
    value = rounded.value
    if (value <= top && value >= bottom && rounded.inexact) env.flags |= IXC
  }
  if (value > top || value < bottom) {
    env.flags |= IOC
    value = value > top ? top : bottom
  }
  return BigInt.asUintN(width, value)
}

/** FixedToFP: the integer `value` / 2^fbits. */
export function fromFixed(f: Format, value: bigint, fbits: number, env: FloatEnv): bigint {
  if (value === 0n) return 0n
  return round(f, value < 0n, value < 0n ? -value : value, -fbits, env)
}

/** FPRoundInt; `exact` raises IXC when the value changes. */
export function roundInt(f: Format, a: bigint, rounding: number, exact: boolean, env: FloatEnv): bigint {
  const x = unpack(f, a, env)
  if (nanKind(x)) return processNaN(f, a, env)
  if (x.kind === 'inf') return infinity(f, x.sign)
  if (x.kind === 'zero') return zero(f, x.sign)
  const r = toInteger(x, x.exp, rounding === ROUND_CURRENT ? env.rounding : rounding)
  if (exact && r.inexact) env.flags |= IXC
  if (r.value === 0n) return zero(f, x.sign)
  return round(f, x.sign, r.value < 0n ? -r.value : r.value, 0, { ...env, flags: 0 }, ROUND_ZERO)
}

/** FPRoundIntN: to an integer of `bits` bits, -2^(bits-1) where it does not fit. */
export function roundIntN(f: Format, a: bigint, rounding: number, bits: number, env: FloatEnv): bigint {
  const x = unpack(f, a, env)
  const outside = () => {
    env.flags |= IOC
    return power(f, true, bits - 1)
  }
  if (nanKind(x) || x.kind === 'inf') return outside()
  if (x.kind === 'zero') return zero(f, x.sign)
  const r = toInteger(x, x.exp, rounding === ROUND_CURRENT ? env.rounding : rounding)
  if (r.value > maskOf(bits - 1) || r.value < -maskOf(bits - 1) - 1n) return outside()
  if (r.inexact) env.flags |= IXC
  if (r.value === 0n) return zero(f, x.sign)
  return round(f, x.sign, r.value < 0n ? -r.value : r.value, 0, { ...env, flags: 0 }, ROUND_ZERO)
}

/** FPToFixedJS: f64 to int32 modulo 2^32; `exact` (PSTATE.Z) says that nothing was lost. */
export function toFixedJs(a: bigint, env: FloatEnv): { value: number; exact: boolean } {
  const x = unpack(FLOAT64, a, env)
  if (nanKind(x)) {
    env.flags |= IOC
    return { value: 0, exact: false }
  }
  if (x.kind === 'inf') {
    env.flags |= IOC
    return { value: 0, exact: false }
  }
  if (x.kind === 'zero') return { value: 0, exact: a === 0n }
  const r = toInteger(x, x.exp, ROUND_ZERO)
  const value = Number(BigInt.asIntN(32, r.value))
  if (BigInt(value) !== r.value) {
    env.flags |= IOC
    return { value, exact: false }
  }
  if (r.inexact) env.flags |= IXC
  return { value, exact: !r.inexact }
}
