/**
 * Operand values: mostly the ones where instructions go wrong (zeros, extremes, powers of two and their
 * neighbours, infinities, NaNs with payloads, denormals, half-way cases), the rest random.
 */
import type { Random } from './random.ts'

/** What the lanes of a vector register hold. */
export type LaneKind = 'i8' | 'i16' | 'i32' | 'i64' | 'f16' | 'f32' | 'f64'
export const LANE_KINDS: readonly LaneKind[] = ['i8', 'i16', 'i32', 'i64', 'f16', 'f32', 'f64']

interface FloatFormat {
  readonly exponentBits: number
  readonly fractionBits: number
}
const FORMATS = {
  f16: { exponentBits: 5, fractionBits: 10 },
  f32: { exponentBits: 8, fractionBits: 23 },
  f64: { exponentBits: 11, fractionBits: 52 },
} as const satisfies Record<string, FloatFormat>

/** A 64-bit value under construction, as two halves. What fills it returns it. */
const pair = new Uint32Array(2)

function set(lo: number, hi: number): Uint32Array {
  pair[0] = lo
  pair[1] = hi
  return pair
}

function setPowerOfTwo(bit: number): Uint32Array {
  return set(bit < 32 ? 1 << bit : 0, bit < 32 ? 0 : 1 << (bit - 32))
}

function addSmall(delta: number): Uint32Array {
  const lo = pair[0]! + delta
  pair[0] = lo
  if (lo < 0) pair[1] = pair[1]! - 1
  else if (lo > 0xffffffff) pair[1] = pair[1]! + 1
  return pair
}

/** A special integer of `bits` bits into `pair`; higher bits are junk. */
function integer(r: Random, bits: number): Uint32Array {
  switch (r.below(8)) {
    case 0:
      return set(0, 0)
    case 1:
      return set(r.below(9), 0)
    case 2:
      return set(-1 - r.below(9), -1)
    case 3: // smallest and largest signed, and their neighbours
      setPowerOfTwo(bits - 1)
      return addSmall(r.pick([0, 0, 0, -1, -1, 1, -2, 2]))
    case 4:
      setPowerOfTwo(r.below(bits))
      return addSmall(r.below(3) - 1)
    case 5: // a run of ones
      setPowerOfTwo(r.below(bits))
      addSmall(-1)
      if (r.oneIn(2)) set(~pair[0]!, ~pair[1]!)
      return pair
    default:
      return set(r.u32(), r.u32())
  }
}

/** sign, biased exponent and a fraction whose top bits are `top` (of 32), as a number of `format`, into `pair`. */
function compose(format: FloatFormat, sign: number, exponent: number, top: number, bottom: number): Uint32Array {
  const f = format.fractionBits
  const head = (sign << format.exponentBits) | exponent
  if (f === 52) return set(bottom, (head << 20) | (top >>> 12))
  return set(f === 23 ? (head << 23) | (top >>> 9) : (head << 10) | (top >>> 22), 0)
}

/** A special floating-point number into `pair`. */
function float(r: Random, format: FloatFormat): Uint32Array {
  const e = format.exponentBits
  const f = format.fractionBits
  const maxExponent = (1 << e) - 1
  const bias = maxExponent >> 1
  const sign = r.below(2)
  switch (r.below(16)) {
    case 0:
      return compose(format, sign, 0, 0, 0)
    case 1:
      return compose(format, sign, maxExponent, 0, 0)
    case 2: // quiet NaN with a payload
      return compose(format, sign, maxExponent, (0x80000000 | (r.u32() >>> 1)) >>> 0, r.u32())
    case 3: // signalling NaN
      return compose(format, sign, maxExponent, (r.u32() >>> 1) | 0x00800000, r.u32())
    case 4: // denormals: smallest, largest, any
      if (r.oneIn(3)) return compose(format, sign, 0, f === 52 ? 0 : 1 << (32 - f), 1)
      if (r.oneIn(2)) return compose(format, sign, 0, 0xffffffff, 0xffffffff)
      return compose(format, sign, 0, r.u32(), r.u32())
    case 5: // smallest normals
      return compose(format, sign, 1 + r.below(3), r.oneIn(2) ? 0 : r.u32(), 0)
    case 6: // largest normals
      return compose(format, sign, maxExponent - 1 - r.below(2), 0xffffffff, r.oneIn(2) ? 0xffffffff : r.u32())
    case 7: // n + 0.5 and its neighbours
    case 8: {
      const k = r.below(Math.min(f - 1, 30))
      const whole = k === 0 ? 0 : (r.u32() >>> (32 - k)) << (32 - k)
      return compose(format, sign, bias + k, (whole | (0x80000000 >>> k)) >>> 0, r.oneIn(3) ? r.below(2) : 0)
    }
    case 9: // about the bounds of integer types
      return compose(
        format,
        sign,
        Math.min(bias + r.pick([7, 8, 15, 16, 31, 32, 63, 64]) - r.below(2), maxExponent - 1),
        r.pick([0, 0, 0xffffffff, r.u32()]),
        r.pick([0, 0xffffffff]),
      )
    case 10: // small whole numbers and powers of two
      return compose(format, sign, bias + r.below(4), (r.below(8) << 29) >>> 0, 0)
    case 11: // close to the exponents where products and quotients over- or underflow
      return compose(
        format,
        sign,
        r.pick([bias >> 1, bias + (bias >> 1), (bias >> 1) - 1, bias + (bias >> 1) + 1, Math.max(1, bias - f)]),
        r.u32(),
        r.u32(),
      )
    case 12:
    case 13: // ordinary numbers near 1
      return compose(format, sign, bias - 3 + r.below(7), r.u32(), r.u32())
    default:
      return compose(format, sign, r.below(maxExponent), r.u32(), r.u32())
  }
}

function lane(r: Random, kind: LaneKind): Uint32Array {
  switch (kind) {
    case 'i8':
      return integer(r, 8)
    case 'i16':
      return integer(r, 16)
    case 'i32':
      return integer(r, 32)
    case 'i64':
      return integer(r, 64)
    default:
      return float(r, FORMATS[kind])
  }
}

const LANE_BYTES: Record<LaneKind, number> = { i8: 1, i16: 2, i32: 4, i64: 8, f16: 2, f32: 4, f64: 8 }

/** Writes a 16-byte vector of `kind` lanes; the upper half of a scalar may be anything. */
export function writeVector(r: Random, view: DataView, offset: number, kind: LaneKind): void {
  const size = LANE_BYTES[kind]
  for (let at = 0; at < 16; at += size) {
    lane(r, kind)
    if (size === 8) view.setUint32(offset + at + 4, pair[1]!, true)
    if (size >= 4) view.setUint32(offset + at, pair[0]!, true)
    else if (size === 2) view.setUint16(offset + at, pair[0]! & 0xffff, true)
    else view.setUint8(offset + at, pair[0]! & 0xff)
  }
}

/** Writes a 64-bit general register: 64- and 32-bit specials, sometimes shift amounts and narrow values. */
export function writeGeneral(r: Random, view: DataView, offset: number): void {
  const bits = r.pick([64, 64, 64, 32, 32, 16, 8])
  integer(r, bits)
  if (bits < 64 && r.oneIn(2)) pair[1] = r.oneIn(2) ? 0 : r.u32()
  view.setUint32(offset, pair[0]!, true)
  view.setUint32(offset + 4, pair[1]!, true)
}
