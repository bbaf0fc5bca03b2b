/** Vector rows: products of lanes, of double width, fractional, summed, and of polynomials. */
import { ALU, CC, insn } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { lower } from './lowering.ts'
import { has512, P, PI, PSHUFD, S, Single, v2i, v3, v3i, v3s, vs, zero } from './vector-insns.ts'
import { commutative, lowSequence, opName, sequence } from './vector-rows.ts'
import { widen } from './vector-widen.ts'

commutative('vmul16', P.PMULLW)
commutative('vmul32', P.PMULLD)
sequence('vmul8', 1, (e, d, a, b) => {
  // The odd bytes by (a >> 8) * (b & ff00), whose low byte is 0; the even ones by a * b.
  vs(e, S.PSRLW, e.x0, a, 8)
  v3s(e, P.PAND, d, b, 16, 0xff00)
  v3(e, P.PMULLW, e.x0, e.x0, d)
  v3(e, P.PMULLW, d, a, b)
  v3s(e, P.PAND, d, d, 16, 0xff)
  v3(e, P.POR, d, d, e.x0)
})

// Double width.

for (const high of [false, true]) {
  const half = high ? 'hi' : 'lo'
  for (const signed of [false, true]) {
    const name = (width: number) => opName(`vmull${signed ? 's' : 'u'}${half}${width}`)
    sequence(name(8), 1, (e, d, a, b) => {
      widen(e, 8, signed, high, e.x0, b)
      widen(e, 8, signed, high, d, a)
      v3(e, P.PMULLW, d, d, e.x0)
    })
    sequence(name(16), 1, (e, d, a, b) => {
      v3(e, signed ? P.PMULHW : P.PMULHUW, e.x0, a, b)
      v3(e, P.PMULLW, d, a, b)
      v3(e, high ? P.PUNPCKHWD : P.PUNPCKLWD, d, d, e.x0)
    })
    sequence(name(32), 1, (e, d, a, b) => {
      const order = high ? 0xfa : 0x50
      v2i(e, PSHUFD, e.x0, b, order)
      v2i(e, PSHUFD, d, a, order)
      v3(e, signed ? P.PMULDQ : P.PMULUDQ, d, d, e.x0)
    })
  }
}

// Fractional products.

sequence('vdmulh16', 1, (e, d, a, b) => {
  v3(e, P.PMULLW, e.x0, a, b)
  v3(e, P.PMULHW, d, a, b)
  vs(e, S.PSRLW, e.x0, e.x0, 15)
  v3(e, P.PADDW, d, d, d)
  v3(e, P.POR, d, d, e.x0)
})
commutative('vrdmulh16', P.PMULHRSW)

/** Odd dwords from x, even ones from d. */
function takeOddWords(e: Emitter, d: number, x: number): void {
  v3i(e, PI.PBLENDW, d, d, x, 0xcc)
}
for (const rounding of [false, true]) {
  lowSequence(rounding ? 'vrdmulh32' : 'vdmulh32', 2, (e, d, a, b) => {
    vs(e, S.PSRLQ, e.x0, a, 32)
    vs(e, S.PSRLQ, e.x1, b, 32)
    v3(e, P.PMULDQ, e.x0, e.x0, e.x1)
    v3(e, P.PMULDQ, d, a, b)
    if (rounding) {
      v3s(e, P.PADDQ, e.x0, e.x0, 64, 1 << 30)
      v3s(e, P.PADDQ, d, d, 64, 1 << 30)
    }
    v3(e, P.PADDQ, e.x0, e.x0, e.x0)
    vs(e, S.PSRLQ, d, d, 31)
    takeOddWords(e, d, e.x0)
  })
}

// floor((a * 2^w +- 2bc + 2^(w-1)) / 2^w) = (a * 2^(w-1) +- bc + 2^(w-2)) >> (w-1): without the doubling nothing overflows.

function accumulate16(e: Emitter, d: number, a: number, b: number, c: number, minus: boolean, saturating: boolean): void {
  const [low, high, t] = [e.x0, e.x1, e.x2]
  v3(e, P.PMULLW, t, b, c)
  v3(e, P.PMULHW, d, b, c)
  v3(e, P.PUNPCKHWD, high, t, d)
  v3(e, P.PUNPCKLWD, low, t, d)
  for (const [x, unpack] of [
    [low, P.PUNPCKLWD],
    [high, P.PUNPCKHWD],
  ] as const) {
    zero(e, t)
    v3(e, unpack, t, t, a)
    vs(e, S.PSRAD, t, t, 1)
    v3s(e, P.PADDD, t, t, 32, 1 << 14)
    v3(e, minus ? P.PSUBD : P.PADDD, t, t, x)
    if (saturating) vs(e, S.PSRAD, x, t, 15)
    else {
      vs(e, S.PSLLD, x, t, 1)
      vs(e, S.PSRAD, x, x, 16)
    }
  }
  v3(e, P.PACKSSDW, low, low, high)
  e.movX(d, low)
}

/** d = a * 2^31 +- b * c + 2^30 for the even dwords; t is a temporary. */
function accumulate64(e: Emitter, d: number, a: number, b: number, c: number, minus: boolean, t: number): void {
  // The factor is -2^31: the product is subtracted.
  v3s(e, P.PMULDQ, t, a, 32, -0x8000_0000)
  v3(e, P.PMULDQ, d, b, c)
  if (minus) {
    v3(e, P.PADDQ, t, t, d)
    e.loadConst(d, 1 << 30, 0, 1 << 30, 0)
    v3(e, P.PSUBQ, d, d, t)
  } else {
    v3(e, P.PSUBQ, d, d, t)
    v3s(e, P.PADDQ, d, d, 64, 1 << 30)
  }
}

function accumulate32(e: Emitter, d: number, a: number, b: number, c: number, minus: boolean, saturating: boolean): void {
  const [odd, t, x] = [e.x0, e.x1, e.x2]
  vs(e, S.PSRLQ, t, a, 32)
  vs(e, S.PSRLQ, x, b, 32)
  const y = e.tempXmm()
  vs(e, S.PSRLQ, y, c, 32)
  // Odd dwords, then even ones.
  accumulate64(e, odd, t, x, y, minus, d)
  accumulate64(e, d, a, b, c, minus, t)
  // y = the sum's high words: its sign.
  vs(e, S.PSRLQ, y, d, 32)
  takeOddWords(e, y, odd)
  vs(e, S.PSRLQ, d, d, 31)
  v3(e, P.PADDQ, odd, odd, odd)
  takeOddWords(e, d, odd)
  if (!saturating) return
  // Overflow where the result's sign differs from the sum's.
  v3(e, P.PXOR, t, y, d)
  vs(e, S.PSRAD, t, t, 31)
  vs(e, S.PSRAD, y, y, 31)
  v3s(e, P.PXOR, y, y, 32, 0x7fff_ffff)
  v3(e, P.PXOR, y, y, d)
  v3(e, P.PAND, y, y, t)
  v3(e, P.PXOR, d, d, y)
}
for (const minus of [false, true]) {
  for (const saturating of [false, true]) {
    const name = `v${saturating ? 'q' : ''}rdml${minus ? 's' : 'a'}h`
    sequence(opName(`${name}16`), 3, (e, d, a, b, c) => accumulate16(e, d, a, b, c, minus, saturating))
    lowSequence(opName(`${name}32`), 3, (e, d, a, b, c) => accumulate32(e, d, a, b, c, minus, saturating))
  }
}

// Sums of four products of bytes.

const VPDPBUSD = new Single('VPDPBUSD xmm1, xmm2, xmm3/m128')
const hasVnni = (e: Emitter) => has512(e) && e.cpu.avx512vnni

sequence('vdotus8', 3, (e, d, a, b, c) => {
  if (hasVnni(e)) {
    e.movX(d, a)
    e.asm.rrr(VPDPBUSD.insn, d, b, c)
  } else dotByWords(e, d, a, b, c, false, true)
})
sequence('vdots8', 3, (e, d, a, b, c) => {
  if (!hasVnni(e)) {
    dotByWords(e, d, a, b, c, true, true)
    return
  }
  // b + 128 is unsigned; 128 times the sum of c goes off again.
  v3s(e, P.PXOR, e.x0, b, 8, 0x80)
  e.movX(d, a)
  e.asm.rrr(VPDPBUSD.insn, d, e.x0, c)
  loadBytes(e, e.x1, 0x80)
  zero(e, e.x0)
  e.asm.rrr(VPDPBUSD.insn, e.x0, e.x1, c)
  v3(e, P.PSUBD, d, d, e.x0)
})
sequence('vdotu8', 3, (e, d, a, b, c) => {
  if (!hasVnni(e)) {
    dotByWords(e, d, a, b, c, false, false)
    return
  }
  // c - 128 is signed; 128 times the sum of b comes on top, as twice 64.
  v3s(e, P.PXOR, e.x0, c, 8, 0x80)
  e.movX(d, a)
  e.asm.rrr(VPDPBUSD.insn, d, b, e.x0)
  loadBytes(e, e.x1, 0x40)
  e.asm.rrr(VPDPBUSD.insn, d, b, e.x1)
  e.asm.rrr(VPDPBUSD.insn, d, b, e.x1)
})
function loadBytes(e: Emitter, d: number, byte: number): void {
  const word = Math.imul(byte, 0x0101_0101)
  e.loadConst(d, word, word, word, word)
}

/** Even and odd bytes as words, PMADDWD for each. */
function dotByWords(e: Emitter, d: number, a: number, b: number, c: number, bSigned: boolean, cSigned: boolean): void {
  const even = (to: number, from: number, signed: boolean) => {
    if (signed) {
      vs(e, S.PSLLW, to, from, 8)
      vs(e, S.PSRAW, to, to, 8)
    } else v3s(e, P.PAND, to, from, 16, 0xff)
  }
  even(e.x0, b, bSigned)
  even(e.x1, c, cSigned)
  v3(e, P.PMADDWD, e.x0, e.x0, e.x1)
  vs(e, bSigned ? S.PSRAW : S.PSRLW, e.x1, b, 8)
  vs(e, cSigned ? S.PSRAW : S.PSRLW, e.x2, c, 8)
  v3(e, P.PMADDWD, e.x1, e.x1, e.x2)
  v3(e, P.PADDD, d, a, e.x0)
  v3(e, P.PADDD, d, d, e.x1)
}

// Polynomials over GF(2), by Horner's rule: from the top bit of b, d = 2d ^ (bit ? a : 0).

lowSequence('vclmul8', 2, (e, d, a, b) => {
  const [rest, mask] = [e.x0, e.x1]
  e.movX(rest, b)
  zero(e, d)
  for (let bit = 7; bit >= 0; bit--) {
    zero(e, mask)
    v3(e, P.PCMPGTB, mask, mask, rest)
    v3(e, P.PAND, mask, mask, a)
    if (bit < 7) v3(e, P.PADDB, d, d, d)
    v3(e, P.PXOR, d, d, mask)
    if (bit > 0) v3(e, P.PADDB, rest, rest, rest)
  }
})
for (const high of [false, true]) {
  sequence(high ? 'vclmulhi8' : 'vclmullo8', 3, (e, d, a, b) => {
    const [rest, mask, x] = [e.x0, e.x1, e.x2]
    widen(e, 8, false, high, x, a)
    widen(e, 8, false, high, rest, b)
    vs(e, S.PSLLW, rest, rest, 8)
    zero(e, d)
    for (let bit = 7; bit >= 0; bit--) {
      vs(e, S.PSRAW, mask, rest, 15)
      v3(e, P.PAND, mask, mask, x)
      if (bit < 7) v3(e, P.PADDW, d, d, d)
      v3(e, P.PXOR, d, d, mask)
      if (bit > 0) v3(e, P.PADDW, rest, rest, rest)
    }
  })
}

const MOV_IMM = insn('MOV r32, imm32')
lower('vclmul64', {
  xmmTemps: 3,
  gprTemps: 1,
  keep: true,
  low: (e) => e.cpu.pclmul && !e.cpu.vpclmul,
  emit: (e, d, a, b, _c, row) => {
    const imm = e.region.imm[row]!
    if (e.cpu.pclmul) v3i(e, PI.PCLMULQDQ, d, a, b, imm)
    else clmulByLoop(e, d, a, b, imm)
  },
})

function clmulByLoop(e: Emitter, d: number, a: number, b: number, imm: number): void {
  const { asm } = e
  const [x, rest, mask] = [e.x0, e.x1, e.x2]
  // x = the factor in the low half; rest = the other in both halves.
  if ((imm & 1) === 0) {
    e.movX(x, a)
    vs(e, S.PSLLDQ, x, x, 8)
    vs(e, S.PSRLDQ, x, x, 8)
  } else vs(e, S.PSRLDQ, x, a, 8)
  v2i(e, PSHUFD, rest, b, (imm & 0x10) === 0 ? 0x44 : 0xee)
  zero(e, d)
  asm.ri(MOV_IMM, e.g0, 64)
  const loop = asm.here()
  // d = 2d over 128 bits
  vs(e, S.PSRLQ, mask, d, 63)
  vs(e, S.PSLLDQ, mask, mask, 8)
  v3(e, P.PADDQ, d, d, d)
  v3(e, P.POR, d, d, mask)
  // the top bit of `rest` everywhere
  v2i(e, PSHUFD, mask, rest, 0xff)
  vs(e, S.PSRAD, mask, mask, 31)
  v3(e, P.PAND, mask, mask, x)
  v3(e, P.PXOR, d, d, mask)
  v3(e, P.PADDQ, rest, rest, rest)
  asm.aluRI(ALU.SUB, 32, e.g0, 1)
  asm.jcc(CC.NE, loop)
}
