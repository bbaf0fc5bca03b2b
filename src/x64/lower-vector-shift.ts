/** Vector rows: shifts and rotates by a constant. */
import type { Emitter } from './emitter.ts'
import { ADD, type Width } from './lower-vector-arith.ts'
import {
  AFFINE,
  has512,
  P,
  type Pair,
  PI,
  PSHUFD,
  S,
  Single,
  shuffleBytes,
  v2i,
  v3,
  v3c,
  v3i,
  v3ic,
  v3s,
  vs,
  zero,
} from './vector-insns.ts'
import { inPlace, lowSequence, sequence } from './vector-rows.ts'

const SHL: Readonly<Record<Width, Pair>> = { 8: S.PSLLW, 16: S.PSLLW, 32: S.PSLLD, 64: S.PSLLQ }
const SHR: Readonly<Record<Width, Pair>> = { 8: S.PSRLW, 16: S.PSRLW, 32: S.PSRLD, 64: S.PSRLQ }
const VPSRAQ = new Single('VPSRAQ xmm1, xmm2/m128, imm8')

/** The two words of a GF2P8AFFINEQB matrix by which bit i of a byte becomes bit source(i) of the argument; out of 0..7: zero. */
function bitMatrix(source: (bit: number) => number): readonly [number, number] {
  const rows = Array.from({ length: 8 }, (_, k) => {
    const from = source(7 - k)
    return from >= 0 && from < 8 ? 1 << from : 0
  })
  const word = (k: number) => rows[k]! | (rows[k + 1]! << 8) | (rows[k + 2]! << 16) | (rows[k + 3]! << 24)
  return [word(0), word(4)]
}
function byteBits(e: Emitter, d: number, a: number, source: (bit: number) => number): void {
  const [lo, hi] = bitMatrix(source)
  v3ic(e, AFFINE, d, a, 0, lo, hi)
}

/** d = a << n */
export function shiftLeft(e: Emitter, width: Width, d: number, a: number, n: number): void {
  if (n === 0) e.movX(d, a)
  else if (n >= width) zero(e, d)
  else if (n === 1) v3(e, ADD[width], d, a, a)
  else if (width !== 8) vs(e, SHL[width], d, a, n)
  else if (e.cpu.gfni) byteBits(e, d, a, (bit) => bit - n)
  else {
    vs(e, S.PSLLW, d, a, n)
    v3s(e, P.PAND, d, d, 8, 0xff << n)
  }
}

/** d = a >>> n */
export function shiftRight(e: Emitter, width: Width, d: number, a: number, n: number): void {
  if (n === 0) e.movX(d, a)
  else if (n >= width) zero(e, d)
  else if (width !== 8) vs(e, SHR[width], d, a, n)
  else if (e.cpu.gfni) byteBits(e, d, a, (bit) => bit + n)
  else {
    vs(e, S.PSRLW, d, a, n)
    v3s(e, P.PAND, d, d, 8, 0xff >> n)
  }
}

/** d = a >> n, arithmetic; d must not be `a` for 8 or 64 bits; `t` is a temporary for 64 bits. */
export function shiftArithmetic(e: Emitter, width: Width, d: number, a: number, n: number, t: number): void {
  if (n > width - 1) n = width - 1
  if (n === 0) e.movX(d, a)
  else if (width === 16) vs(e, S.PSRAW, d, a, n)
  else if (width === 32) vs(e, S.PSRAD, d, a, n)
  else if (width === 8) arithmetic8(e, d, a, n)
  else arithmetic64(e, d, a, n, t)
}

function arithmetic8(e: Emitter, d: number, a: number, n: number): void {
  if (e.cpu.gfni) {
    byteBits(e, d, a, (bit) => Math.min(bit + n, 7))
    return
  }
  if (n === 7) {
    zero(e, d)
    v3(e, P.PCMPGTB, d, d, a)
    return
  }
  // A logical shift, then sign extension from bit 7 - n: (x ^ s) - s.
  vs(e, S.PSRLW, d, a, n)
  v3s(e, P.PAND, d, d, 8, 0xff >> n)
  v3s(e, P.PXOR, d, d, 8, 0x80 >> n)
  v3s(e, P.PSUBB, d, d, 8, 0x80 >> n)
}

const HIGH_WORDS = 0xf5
function arithmetic64(e: Emitter, d: number, a: number, n: number, t: number): void {
  if (has512(e)) e.asm.rri(VPSRAQ.insn, d, a, n)
  else if (n === 63) {
    v2i(e, PSHUFD, d, a, HIGH_WORDS)
    vs(e, S.PSRAD, d, d, 31)
  } else if (n >= 32) {
    v2i(e, PSHUFD, t, a, HIGH_WORDS)
    vs(e, S.PSRAD, d, t, 31)
    if (n > 32) vs(e, S.PSRAD, t, t, n - 32)
    v3i(e, PI.PBLENDW, d, d, t, 0x33)
  } else {
    vs(e, S.PSRAD, t, a, n)
    vs(e, S.PSRLQ, d, a, n)
    v3i(e, PI.PBLENDW, d, d, t, 0xcc)
  }
}

for (const width of [8, 16, 32, 64] as const) {
  inPlace(`vshl${width}`, 0, (e, d, a, _b, _c, row) => shiftLeft(e, width, d, a, e.region.imm[row]!))
  inPlace(`vshr${width}`, 0, (e, d, a, _b, _c, row) => shiftRight(e, width, d, a, e.region.imm[row]!))
  const emitArithmetic = (e: Emitter, d: number, a: number, _b: number, _c: number, row: number) =>
    shiftArithmetic(e, width, d, a, e.region.imm[row]!, e.x0)
  if (width === 8) lowSequence('vsar8', 0, emitArithmetic)
  else if (width === 64) sequence('vsar64', 1, emitArithmetic)
  else inPlace(`vsar${width}`, 0, emitArithmetic)
}

// Rounding: floor((a + 2^(n-1)) / 2^n) = (x >> 1) + (x & 1) with x = a >> (n - 1).

for (const width of [8, 16] as const) {
  sequence(`vrshru${width}`, 0, (e, d, a, _b, _c, row) => {
    shiftRight(e, width, d, a, e.region.imm[row]! - 1)
    v3c(e, width === 8 ? P.PAVGB : P.PAVGW, d, d, 0)
  })
}
for (const width of [32, 64] as const) {
  sequence(`vrshru${width}`, 1, (e, d, a, _b, _c, row) => {
    shiftRight(e, width, e.x0, a, e.region.imm[row]! - 1)
    addHalf(e, width, d, e.x0)
  })
}

/** d = (x >>> 1) + (x & 1); changes x. */
export function addHalf(e: Emitter, width: Width, d: number, x: number): void {
  shiftRight(e, width, d, x, 1)
  v3s(e, P.PAND, x, x, width, 1)
  v3(e, ADD[width], d, d, x)
}

sequence('vrshrs16', 0, (e, d, a, _b, _c, row) => {
  // PMULHRSW gives (a * m + 2^14) >> 15.
  const n = e.region.imm[row]!
  if (n === 16) zero(e, d)
  else v3s(e, P.PMULHRSW, d, a, 16, 1 << (15 - n))
})
lowSequence('vrshrs8', 0, (e, d, a, _b, _c, row) => {
  const n = e.region.imm[row]!
  if (n === 8) {
    zero(e, d)
    return
  }
  // The rounding average with zero, on lanes biased by the sign bit.
  shiftArithmetic(e, 8, d, a, n - 1, d)
  v3s(e, P.PXOR, d, d, 8, 0x80)
  v3s(e, P.PAVGB, d, d, 8, 0x80)
  v3s(e, P.PXOR, d, d, 8, 0x80)
})
for (const width of [32, 64] as const) {
  sequence(`vrshrs${width}`, 2, (e, d, a, _b, _c, row) => {
    const n = e.region.imm[row]!
    if (n === width) {
      zero(e, d)
      return
    }
    shiftRight(e, width, e.x0, a, n - 1)
    v3s(e, P.PAND, e.x0, e.x0, width, 1)
    shiftArithmetic(e, width, d, a, n, e.x1)
    v3(e, ADD[width], d, d, e.x0)
  })
}

// Rotates.

const ROTATE = { 32: new Single('VPRORD xmm1, xmm2/m128, imm8'), 64: new Single('VPRORQ xmm1, xmm2/m128, imm8') }
for (const width of [32, 64] as const) {
  sequence(`vror${width}`, 1, (e, d, a, _b, _c, row) => {
    const n = e.region.imm[row]!
    if (has512(e)) e.asm.rri(ROTATE[width].insn, d, a, n)
    else if (n % 8 === 0) {
      const bytes = width / 8
      shuffleBytes(
        e,
        d,
        a,
        Array.from({ length: 16 }, (_, i) => i - (i % bytes) + ((i + n / 8) % bytes)),
      )
    } else {
      vs(e, SHR[width], e.x0, a, n)
      vs(e, SHL[width], d, a, width - n)
      v3(e, P.POR, d, d, e.x0)
    }
  })
}

/** d = the bits of each byte reversed; needs GFNI. */
export function reverseBits(e: Emitter, d: number, a: number): void {
  byteBits(e, d, a, (bit) => 7 - bit)
}
