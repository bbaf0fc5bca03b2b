/**
 * Vector rows: shifts by lanes, n = the low byte of b's lane: to the left where n >= 0, to the right by -n where n < 0.
 *
 * 8 bits    the lane is widened to 16 bits and multiplied by 2^(8+n); the high byte of the product is the result for every n
 *           from -8 to 7, of shifts to the left as to the right, and adding 2^7 rounds it
 * 16 bits   with AVX-512 by its shifts; else products with 2^n (PMULLW) for the left and 2^(16+n) (PMULHUW) for the right
 * 32, 64    AVX2's shifts by lanes, which give 0 for counts that are too large: one of both directions is always 0.
 *           Without AVX2 the counts are taken one lane after the other
 *
 * Signed lanes go to the right by their magnitude: with s the sign as a mask, a >> m = ((a ^ s) >>> m) ^ s, and rounded
 * -floor(((a ^ s) + half) >>> m) for the negative ones.
 */
import type { Emitter } from './emitter.ts'
import { ADD, SUB, signMask } from './lower-vector-arith.ts'
import { addHalf, shiftArithmetic } from './lower-vector-shift.ts'
import { H, has512, INSERTPS, P, PI, PSHUFD, S, Single, v2, v2i, v3, v3c, v3i, v3s, vs, wordsOfBytes, zero } from './vector-insns.ts'
import { opName, sequence } from './vector-rows.ts'

type Kind = { readonly signed: boolean; readonly rounding: boolean }
const KINDS: readonly (readonly [string, Kind])[] = [
  ['vshls', { signed: true, rounding: false }],
  ['vshlu', { signed: false, rounding: false }],
  ['vrshls', { signed: true, rounding: true }],
  ['vrshlu', { signed: false, rounding: true }],
]

/** Added with saturation, makes byte indices above 15 and negative ones such that PSHUFB gives 0. */
const OUT_OF_TABLE = 0x70
/** 2^0 .. 2^7, then 0: byte i is the low byte of 2^i. */
const POWERS = wordsOfBytes([1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0])
/** 0 eight times, then 2^0 .. 2^7: byte i is the high byte of 2^i. */
const HIGH_POWERS = wordsOfBytes([0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128])

function shift8(e: Emitter, d: number, a: number, b: number, { signed, rounding }: Kind): void {
  const [low, high, t] = [e.x0, e.x1, e.x2]
  // Index n + 8 of the tables; a signed lane goes to the right by 8 at most.
  if (signed) {
    v3s(e, P.PMAXSB, t, b, 8, -8)
    v3s(e, P.PADDB, t, t, 8, 8)
  } else v3s(e, P.PADDB, t, b, 8, 8)
  v3s(e, P.PADDUSB, t, t, 8, OUT_OF_TABLE)
  e.loadConst(low, ...POWERS)
  v3(e, P.PSHUFB, low, low, t)
  e.loadConst(high, ...HIGH_POWERS)
  v3(e, P.PSHUFB, high, high, t)
  // Multipliers of the high and of the low eight lanes.
  v3(e, P.PUNPCKHBW, t, low, high)
  v3(e, P.PUNPCKLBW, low, low, high)
  if (signed) {
    v3(e, P.PUNPCKHBW, d, a, a)
    vs(e, S.PSRAW, d, d, 8)
    v2(e, H.PMOVSXBW, high, a)
  } else {
    v3c(e, P.PUNPCKHBW, d, a, 0)
    v2(e, H.PMOVZXBW, high, a)
  }
  v3(e, P.PMULLW, d, d, t)
  v3(e, P.PMULLW, low, low, high)
  if (rounding) {
    v3s(e, P.PADDW, d, d, 16, 0x80)
    v3s(e, P.PADDW, low, low, 16, 0x80)
  }
  vs(e, S.PSRLW, d, d, 8)
  vs(e, S.PSRLW, low, low, 8)
  v3(e, P.PACKUSWB, low, low, d)
  e.movX(d, low)
}

/** d = 2^(n + bias) in each 16-bit lane, 0 where that is no power below 2^16; t is b's low byte in both bytes of the lane. */
function power16(e: Emitter, d: number, t: number, bias: number): void {
  // The high byte looks 2^(n + bias - 8) up.
  const index = ((bias & 0xff) | (((bias - 8) & 0xff) << 8)) & 0xffff
  e.loadConst(d, ...POWERS)
  v3s(e, P.PADDB, t, t, 16, index)
  v3s(e, P.PADDUSB, e.x2, t, 8, OUT_OF_TABLE)
  v3(e, P.PSHUFB, d, d, e.x2)
}

const DOUBLE_LOW_BYTE = wordsOfBytes([0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14])
function shift16(e: Emitter, d: number, a: number, b: number, { signed, rounding }: Kind): void {
  const [t, x] = [e.x0, e.x1]
  v3c(e, P.PSHUFB, t, b, ...DOUBLE_LOW_BYTE)
  power16(e, d, t, 0)
  v3(e, P.PMULLW, d, d, a)
  // t is n, n - 8 now; 2^(16 + n) wants n + 16 and n + 8.
  v3s(e, P.PADDB, t, t, 8, 16)
  v3s(e, P.PADDUSB, t, t, 8, OUT_OF_TABLE)
  e.loadConst(x, ...POWERS)
  v3(e, P.PSHUFB, x, x, t)
  if (!signed) {
    if (rounding) {
      v3(e, P.PMULLW, t, a, x)
      vs(e, S.PSRLW, t, t, 15)
      v3(e, P.PADDW, d, d, t)
    }
    v3(e, P.PMULHUW, x, x, a)
    v3(e, P.PADDW, d, d, x)
    return
  }
  const magnitude = e.x2
  vs(e, S.PSRAW, magnitude, a, 15)
  v3(e, P.PXOR, magnitude, magnitude, a)
  if (rounding) {
    v3(e, P.PMULLW, t, magnitude, x)
    v3(e, P.PMULHUW, x, x, magnitude)
    vs(e, S.PSRLW, t, t, 15)
    v3(e, P.PADDW, x, x, t)
    vs(e, S.PSRAW, t, a, 15)
    v3(e, P.PXOR, x, x, t)
    v3(e, P.PSUBW, x, x, t)
  } else {
    v3(e, P.PMULHUW, x, x, magnitude)
    // The sign, where n < 0.
    vs(e, S.PSLLW, t, b, 8)
    v3(e, P.PAND, t, t, a)
    vs(e, S.PSRAW, t, t, 15)
    v3(e, P.PXOR, x, x, t)
  }
  v3(e, P.POR, d, d, x)
}

const LEFT = {
  16: new Single('VPSLLVW xmm1, xmm2, xmm3/m128'),
  32: new Single('VPSLLVD xmm1, xmm2, xmm3/m128'),
  64: new Single('VPSLLVQ xmm1, xmm2, xmm3/m128'),
}
const RIGHT = {
  16: new Single('VPSRLVW xmm1, xmm2, xmm3/m128'),
  32: new Single('VPSRLVD xmm1, xmm2, xmm3/m128'),
  64: new Single('VPSRLVQ xmm1, xmm2, xmm3/m128'),
}
const ARITHMETIC = {
  16: new Single('VPSRAVW xmm1, xmm2, xmm3/m128'),
  32: new Single('VPSRAVD xmm1, xmm2, xmm3/m128'),
  64: new Single('VPSRAVQ xmm1, xmm2, xmm3/m128'),
}
const TO_MASK = { 16: new Single('VPMOVW2M k1, xmm1'), 32: new Single('VPMOVD2M k1, xmm1'), 64: new Single('VPMOVQ2M k1, xmm1') }
const K1 = 1
type Wide = 16 | 32 | 64

/** d = a shifted by the lanes of `counts`, 0 for counts of the width and above; d differs from both without AVX2. */
function byLanes(e: Emitter, width: Wide, toLeft: boolean, d: number, a: number, counts: number): void {
  if (width === 16 || e.cpu.avx2) {
    e.asm.rrr((toLeft ? LEFT : RIGHT)[width].insn, d, a, counts)
    return
  }
  const p = toLeft ? (width === 32 ? P.PSLLD : P.PSLLQ) : width === 32 ? P.PSRLD : P.PSRLQ
  const count = e.tempXmm()
  const shifted = e.tempXmm()
  if (width === 64) {
    v3(e, p, d, a, counts)
    v2i(e, PSHUFD, count, counts, 0xee)
    v3(e, p, shifted, a, count)
    v3i(e, PI.PBLENDW, d, d, shifted, 0xf0)
    return
  }
  for (let lane = 0; lane < 4; lane++) {
    // Lane 0 = the count, the rest 0.
    v3i(e, INSERTPS, count, counts, counts, (lane << 6) | 0b1110)
    const to = lane === 0 ? d : shifted
    v3(e, p, to, a, count)
    if (lane > 0) v3i(e, PI.PBLENDW, d, d, to, 3 << (2 * lane))
  }
}

const SHIFT_UP = { 16: S.PSLLW, 32: S.PSLLD, 64: S.PSLLQ }
/** d = the low byte of each lane of b, sign-extended; t and e.x2 are temporaries. */
function counts(e: Emitter, width: Wide, d: number, b: number, t: number): void {
  vs(e, SHIFT_UP[width], t, b, width - 8)
  shiftArithmetic(e, width, d, t, width - 8, e.x2)
}

function shiftWide(e: Emitter, width: Wide, d: number, a: number, b: number, { signed, rounding }: Kind): void {
  const [n, x] = [e.x0, e.x1]
  counts(e, width, n, b, x)
  byLanes(e, width, true, d, a, n)
  if (rounding) roundedRight(e, width, d, a, signed)
  else if (signed) signedRight(e, width, d, a)
  else {
    zero(e, x)
    v3(e, SUB[width], x, x, n)
    byLanes(e, width, false, e.x2, a, x)
    v3(e, P.POR, d, d, e.x2)
  }
}

/** d = a >> -n in the lanes where n (x0) is negative; d is 0 or a there, as it is shifted to the left. */
function signedRight(e: Emitter, width: Wide, d: number, a: number): void {
  const [n, x, t] = [e.x0, e.x1, e.x2]
  if (has512(e)) {
    e.asm.rr(TO_MASK[width].insn, K1, n)
    zero(e, x)
    v3(e, SUB[width], x, x, n)
    e.asm.mask(K1)
    e.asm.rrr(ARITHMETIC[width].insn, d, a, x)
    return
  }
  // x = the sign where n < 0.
  v3(e, P.PAND, x, n, a)
  signMask(e, x, x, width)
  v3(e, P.PXOR, t, a, x)
  v3c(e, P.PXOR, n, n, -1)
  v3s(e, ADD[width], n, n, width, 1)
  const magnitude = e.cpu.avx2 ? t : e.tempXmm()
  byLanes(e, width, false, magnitude, t, n)
  v3(e, P.PXOR, magnitude, magnitude, x)
  v3(e, P.POR, d, d, magnitude)
}

/** d |= a shifted right by -n, rounded, in the lanes where n (x0) is negative: by ~n places, then by one more. */
function roundedRight(e: Emitter, width: Wide, d: number, a: number, signed: boolean): void {
  const [n, x, sign] = [e.x0, e.x1, e.x2]
  v3c(e, P.PXOR, n, n, -1)
  if (!signed) {
    byLanes(e, width, false, x, a, n)
    addHalf(e, width, n, x)
  } else {
    signMask(e, sign, a, width)
    v3(e, P.PXOR, x, a, sign)
    const magnitude = e.cpu.avx2 ? x : e.tempXmm()
    byLanes(e, width, false, magnitude, x, n)
    addHalf(e, width, n, magnitude)
    v3(e, P.PXOR, n, n, sign)
    v3(e, SUB[width], n, n, sign)
  }
  v3(e, P.POR, d, d, n)
}

for (const [family, kind] of KINDS) {
  sequence(opName(`${family}8`), 3, (e, d, a, b) => shift8(e, d, a, b, kind))
  sequence(opName(`${family}16`), 3, (e, d, a, b) => {
    if (has512(e)) shiftWide(e, 16, d, a, b, kind)
    else shift16(e, d, a, b, kind)
  })
  sequence(opName(`${family}32`), 3, (e, d, a, b) => shiftWide(e, 32, d, a, b, kind))
  sequence(opName(`${family}64`), 3, (e, d, a, b) => shiftWide(e, 64, d, a, b, kind))
}
