/** Vector rows: sums and extrema of neighbours and of all lanes; bit counts. */
import type { Emitter } from './emitter.ts'
import { MAXS, MAXU, MINS, MINU } from './lower-vector-arith.ts'
import { reverseBits } from './lower-vector-shift.ts'
import { H, has512, INSERTPS, P, type Pair, PSHUFD, S, Single, U, v2, v2i, v3, v3c, v3i, v3s, vs, wordsOfBytes } from './vector-insns.ts'
import { binary, inPlace, lowInPlace, lowSequence, opName, sequence } from './vector-rows.ts'

binary('vpadd16', P.PHADDW)
binary('vpadd32', P.PHADDD)
sequence('vpadd8', 1, (e, d, a, b) => {
  v3s(e, P.PMADDUBSW, e.x0, b, 8, 1)
  v3s(e, P.PMADDUBSW, d, a, 8, 1)
  v3s(e, P.PAND, e.x0, e.x0, 16, 0xff)
  v3s(e, P.PAND, d, d, 16, 0xff)
  v3(e, P.PACKUSWB, d, d, e.x0)
})
sequence('vpadd64', 1, (e, d, a, b) => {
  v3(e, P.PUNPCKHQDQ, e.x0, a, b)
  v3(e, P.PUNPCKLQDQ, d, a, b)
  v3(e, P.PADDQ, d, d, e.x0)
})

inPlace('vpaddlu8', 0, (e, d, a) => v3s(e, P.PMADDUBSW, d, a, 8, 1))
sequence('vpaddls8', 0, (e, d, a) => {
  // PMADDUBSW reads its first operand as unsigned.
  e.loadConst(d, 0x0101_0101, 0x0101_0101, 0x0101_0101, 0x0101_0101)
  v3(e, P.PMADDUBSW, d, d, a)
})
inPlace('vpaddls16', 0, (e, d, a) => v3s(e, P.PMADDWD, d, a, 16, 1))
inPlace('vpaddlu16', 1, (e, d, a) => {
  vs(e, S.PSRLD, e.x0, a, 16)
  v3s(e, P.PAND, d, a, 32, 0xffff)
  v3(e, P.PADDD, d, d, e.x0)
})
for (const signed of [false, true]) {
  inPlace(signed ? 'vpaddls32' : 'vpaddlu32', 1, (e, d, a) => {
    vs(e, S.PSRLQ, e.x0, a, 32)
    // Times 1: the low words extended.
    if (signed) {
      v3s(e, P.PMULDQ, e.x0, e.x0, 32, 1)
      v3s(e, P.PMULDQ, d, a, 32, 1)
    } else v3c(e, P.PAND, d, a, -1, 0)
    v3(e, P.PADDQ, d, d, e.x0)
  })
}

// All lanes.

const SWAP_HALVES = 0x4e
const SWAP_WORDS = 0xb1
/** Lane 0 of d = all four lanes folded with `p`; the rest 0. */
function fold32(e: Emitter, d: number, a: number, p: Pair): void {
  v2i(e, PSHUFD, e.x0, a, SWAP_HALVES)
  v3(e, p, d, a, e.x0)
  v2i(e, PSHUFD, e.x0, d, SWAP_WORDS)
  v3(e, p, d, d, e.x0)
}
function low32(e: Emitter, d: number): void {
  v3i(e, INSERTPS, d, d, d, 0b1110)
}
/** Sum of the bytes of a as a 64-bit lane 0. */
function sumBytes(e: Emitter, d: number, a: number): void {
  v3c(e, P.PSADBW, d, a, 0)
  v2i(e, PSHUFD, e.x0, d, SWAP_HALVES)
  v3(e, P.PADDD, d, d, e.x0)
}
inPlace('vaddv8', 1, (e, d, a) => {
  sumBytes(e, d, a)
  v3c(e, P.PAND, d, d, 0xff, 0, 0, 0)
})
inPlace('vaddv16', 1, (e, d, a) => {
  v3s(e, P.PMADDWD, d, a, 16, 1)
  fold32(e, d, d, P.PADDD)
  v3c(e, P.PAND, d, d, 0xffff, 0, 0, 0)
})
inPlace('vaddv32', 1, (e, d, a) => {
  fold32(e, d, a, P.PADDD)
  low32(e, d)
})
inPlace('vaddlvu8', 1, (e, d, a) => {
  sumBytes(e, d, a)
  v2(e, H.MOVQ, d, d)
})
inPlace('vaddlvs8', 1, (e, d, a) => {
  // Of lanes biased by 128.
  v3s(e, P.PXOR, d, a, 8, 0x80)
  sumBytes(e, d, d)
  v2(e, H.MOVQ, d, d)
  v3c(e, P.PSUBW, d, d, 16 * 128, 0, 0, 0)
})

/** The unsigned minimum by PHMINPOSUW, other extrema on lanes xored with k. */
function extreme(kind: string, k8: number, k16: number, by32: Pair): void {
  lowInPlace(opName(`${kind}8`), 1, (e, d, a) => {
    let x = a
    if (k8 !== 0) v3s(e, P.PXOR, (x = d), a, 8, k8)
    vs(e, S.PSRLW, e.x0, x, 8)
    v3(e, P.PMINUB, d, x, e.x0)
    v2(e, U.PHMINPOSUW, d, d)
    v3c(e, P.PAND, d, d, 0xff, 0, 0, 0)
    if (k8 !== 0) v3c(e, P.PXOR, d, d, k8, 0, 0, 0)
  })
  lowInPlace(opName(`${kind}16`), 0, (e, d, a) => {
    let x = a
    if (k16 !== 0) v3s(e, P.PXOR, (x = d), a, 16, k16)
    v2(e, U.PHMINPOSUW, d, x)
    v3c(e, P.PAND, d, d, 0xffff, 0, 0, 0)
    if (k16 !== 0) v3c(e, P.PXOR, d, d, k16, 0, 0, 0)
  })
  inPlace(opName(`${kind}32`), 1, (e, d, a) => {
    fold32(e, d, a, by32)
    low32(e, d)
  })
}
extreme('vminvu', 0, 0, MINU[32])
extreme('vmaxvu', 0xff, 0xffff, MAXU[32])
extreme('vminvs', 0x80, 0x8000, MINS[32])
extreme('vmaxvs', 0x7f, 0x7fff, MAXS[32])

// Bits, by tables of nibbles.

const NIBBLES = Array.from({ length: 16 }, (_, n) => n)
const onesIn = (n: number) => (n & 1) + ((n >> 1) & 1) + ((n >> 2) & 1) + (n >> 3)
const reversed4 = (n: number) => ((n & 1) << 3) | ((n & 2) << 1) | ((n & 4) >> 1) | (n >> 3)
const zerosBefore = (n: number) => (n === 0 ? 4 : Math.clz32(n) - 28)

/** d = p(low[nibble], high[nibble]) of each byte. */
function byNibbles(e: Emitter, d: number, a: number, low: readonly number[], high: readonly number[], p: Pair): void {
  const [x, y] = [e.x0, e.x1]
  vs(e, S.PSRLW, y, a, 4)
  v3s(e, P.PAND, y, y, 8, 0xf)
  v3s(e, P.PAND, x, a, 8, 0xf)
  e.loadConst(d, ...wordsOfBytes(low))
  v3(e, P.PSHUFB, d, d, x)
  e.loadConst(x, ...wordsOfBytes(high))
  v3(e, P.PSHUFB, x, x, y)
  v3(e, p, d, d, x)
}

const VPOPCNTB = new Single('VPOPCNTB xmm1, xmm2/m128')
sequence('vpopcnt8', 2, (e, d, a) => {
  if (has512(e) && e.cpu.avx512bitalg) e.asm.rr(VPOPCNTB.insn, d, a)
  else byNibbles(e, d, a, NIBBLES.map(onesIn), NIBBLES.map(onesIn), P.PADDB)
})
sequence('vrbit8', 2, (e, d, a) => {
  if (e.cpu.gfni) reverseBits(e, d, a)
  else {
    byNibbles(
      e,
      d,
      a,
      NIBBLES.map((n) => reversed4(n) << 4),
      NIBBLES.map(reversed4),
      P.POR,
    )
  }
})
/** The minimum of both: 4 + zeros in the low nibble; zeros in the high one, or 8 if it is 0. */
function zeros8(e: Emitter, d: number, a: number): void {
  byNibbles(
    e,
    d,
    a,
    NIBBLES.map((n) => 4 + zerosBefore(n)),
    NIBBLES.map((n) => (n === 0 ? 8 : zerosBefore(n))),
    P.PMINUB,
  )
}
/** d = zeros in lanes of double width, from those in its halves: the high half's, and the low one's too if that is all of it. */
function joinZeros(e: Emitter, d: number, width: 16 | 32): void {
  const half = width / 2
  const right = width === 16 ? S.PSRLW : S.PSRLD
  const [x, mask] = [e.x0, e.x1]
  vs(e, right, x, d, half)
  v3s(e, width === 16 ? P.PCMPEQW : P.PCMPEQD, mask, x, width, half)
  vs(e, right, mask, mask, half)
  v3(e, P.PAND, d, d, mask)
  v3(e, width === 16 ? P.PADDW : P.PADDD, d, d, x)
}
const VPLZCNTD = new Single('VPLZCNTD xmm1, xmm2/m128')
sequence('vclz8', 2, zeros8)
lowSequence('vclz16', 2, (e, d, a) => {
  zeros8(e, d, a)
  joinZeros(e, d, 16)
})
sequence('vclz32', 2, (e, d, a) => {
  if (has512(e)) {
    e.asm.rr(VPLZCNTD.insn, d, a)
    return
  }
  zeros8(e, d, a)
  joinZeros(e, d, 16)
  joinZeros(e, d, 32)
})
