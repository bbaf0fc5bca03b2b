/** Vector rows: integer arithmetic, extrema, halving, comparisons, saturation. */
import type { Emitter } from './emitter.ts'
import { blendInto, has512, P, type Pair, PSHUFD, S, Single, ternlog, U, v2i, v3, v3c, v3s, vs, zero } from './vector-insns.ts'
import { binary, commutative, inPlace, lowInPlace, lowSequence, opName, sequence, unary } from './vector-rows.ts'

export type Width = 8 | 16 | 32 | 64
type ByWidth = Readonly<Record<Width, Pair>>
export const ADD: ByWidth = { 8: P.PADDB, 16: P.PADDW, 32: P.PADDD, 64: P.PADDQ }
export const SUB: ByWidth = { 8: P.PSUBB, 16: P.PSUBW, 32: P.PSUBD, 64: P.PSUBQ }
export const CMPEQ: ByWidth = { 8: P.PCMPEQB, 16: P.PCMPEQW, 32: P.PCMPEQD, 64: P.PCMPEQQ }
export const CMPGT: ByWidth = { 8: P.PCMPGTB, 16: P.PCMPGTW, 32: P.PCMPGTD, 64: P.PCMPGTQ }
type Narrow = 8 | 16 | 32
type ByNarrow = Readonly<Record<Narrow, Pair>>
export const MINS: ByNarrow = { 8: P.PMINSB, 16: P.PMINSW, 32: P.PMINSD }
export const MAXS: ByNarrow = { 8: P.PMAXSB, 16: P.PMAXSW, 32: P.PMAXSD }
export const MINU: ByNarrow = { 8: P.PMINUB, 16: P.PMINUW, 32: P.PMINUD }
export const MAXU: ByNarrow = { 8: P.PMAXUB, 16: P.PMAXUW, 32: P.PMAXUD }

for (const width of [8, 16, 32, 64] as const) {
  commutative(`vadd${width}`, ADD[width])
  binary(`vsub${width}`, SUB[width])
  commutative(`vcmpeq${width}`, CMPEQ[width])
  binary(`vcmpgts${width}`, CMPGT[width])
}
for (const width of [8, 16, 32] as const) {
  commutative(`vmins${width}`, MINS[width])
  commutative(`vmaxs${width}`, MAXS[width])
  commutative(`vminu${width}`, MINU[width])
  commutative(`vmaxu${width}`, MAXU[width])
  absoluteDifference(`vabds${width}`, MINS[width], MAXS[width], SUB[width])
  absoluteDifference(`vabdu${width}`, MINU[width], MAXU[width], SUB[width])
}

function absoluteDifference(name: string, least: Pair, most: Pair, subtract: Pair): void {
  inPlace(opName(name), 1, (e, d, a, b) => {
    v3(e, least, e.x0, a, b)
    v3(e, most, d, a, b)
    v3(e, subtract, d, d, e.x0)
  })
}

unary('vabs8', U.PABSB)
unary('vabs16', U.PABSW)
unary('vabs32', U.PABSD)
const VPABSQ = new Single('VPABSQ xmm1, xmm2/m128')
inPlace('vabs64', 1, (e, d, a) => {
  if (has512(e)) {
    e.asm.rr(VPABSQ.insn, d, a)
    return
  }
  zero(e, e.x0)
  v3(e, P.PCMPGTQ, e.x0, e.x0, a)
  v3(e, P.PXOR, d, a, e.x0)
  v3(e, P.PSUBQ, d, d, e.x0)
})

// Halving: all by the unsigned rounding average of x = a ^ k1 and y = b ^ k2, whose result is xored with k3.
//
//   floor((a + b + 1) / 2)          avg(a, b); signed: lanes biased by the sign bit
//   floor((a + b) / 2)              ~avg(~a, ~b)
//   floor((a - b) / 2)              avg(a, ~b) - 2^(width-1)

function average(name: string, width: 8 | 16, k1: number, k2: number, k3: number): void {
  inPlace(opName(`${name}${width}`), 1, (e, d, a, b) => {
    let y = b
    if (k2 !== 0) v3s(e, P.PXOR, (y = e.x0), b, width, k2)
    let x = a
    if (k1 !== 0) v3s(e, P.PXOR, (x = d), a, width, k1)
    v3(e, width === 8 ? P.PAVGB : P.PAVGW, d, x, y)
    if (k3 !== 0) v3s(e, P.PXOR, d, d, width, k3)
  })
}
for (const width of [8, 16] as const) {
  const sign = 1 << (width - 1)
  average('vhaddu', width, -1, -1, -1)
  average('vhadds', width, ~sign, ~sign, ~sign)
  average('vrhadds', width, sign, sign, sign)
  average('vhsubu', width, 0, -1, sign)
  average('vhsubs', width, sign, ~sign, sign)
}
commutative('vrhaddu8', P.PAVGB)
commutative('vrhaddu16', P.PAVGW)

/** 32 bits: a + b = 2 (a & b) + (a ^ b) = 2 (a | b) - (a ^ b), a - b = (a ^ b) - 2 (~a & b). */
function halving32(name: string, shift: Pair, combine: Pair, fold: 'add' | 'sub' | 'from'): void {
  inPlace(opName(`${name}32`), 1, (e, d, a, b) => {
    v3(e, P.PXOR, e.x0, a, b)
    vs(e, shift, e.x0, e.x0, 1)
    v3(e, combine, d, a, b)
    if (fold === 'add') v3(e, P.PADDD, d, d, e.x0)
    else if (fold === 'sub') v3(e, P.PSUBD, d, d, e.x0)
    else {
      v3(e, P.PSUBD, e.x0, e.x0, d)
      e.movX(d, e.x0)
    }
  })
}
halving32('vhaddu', S.PSRLD, P.PAND, 'add')
halving32('vhadds', S.PSRAD, P.PAND, 'add')
halving32('vrhaddu', S.PSRLD, P.POR, 'sub')
halving32('vrhadds', S.PSRAD, P.POR, 'sub')
halving32('vhsubu', S.PSRLD, P.PANDN, 'from')
halving32('vhsubs', S.PSRAD, P.PANDN, 'from')

// Comparisons.

/** AVX-512: into mask register 1, and out of it as all ones or zero. */
const COMPARE_UNSIGNED = {
  8: new Single('VPCMPUB k1, xmm2, xmm3/m128, imm8'),
  16: new Single('VPCMPUW k1, xmm2, xmm3/m128, imm8'),
  32: new Single('VPCMPUD k1, xmm2, xmm3/m128, imm8'),
  64: new Single('VPCMPUQ k1, xmm2, xmm3/m128, imm8'),
}
const TEST_MASK = {
  8: new Single('VPTESTMB k1, xmm2, xmm3/m128'),
  16: new Single('VPTESTMW k1, xmm2, xmm3/m128'),
  32: new Single('VPTESTMD k1, xmm2, xmm3/m128'),
  64: new Single('VPTESTMQ k1, xmm2, xmm3/m128'),
}
const FROM_MASK = {
  8: new Single('VPMOVM2B xmm1, k1'),
  16: new Single('VPMOVM2W xmm1, k1'),
  32: new Single('VPMOVM2D xmm1, k1'),
  64: new Single('VPMOVM2Q xmm1, k1'),
}
const K1 = 1
const COMPARE_NLT = 5
const COMPARE_NLE = 6

for (const width of [8, 16, 32, 64] as const) {
  const unsigned = (imm: number) => (e: Emitter, d: number, a: number, b: number) => {
    e.asm.rrri(COMPARE_UNSIGNED[width].insn, K1, a, b, imm)
    e.asm.rr(FROM_MASK[width].insn, d, K1)
  }
  const greater512 = unsigned(COMPARE_NLE)
  const notLess512 = unsigned(COMPARE_NLT)
  if (width === 64) {
    lowSequence('vcmpges64', 0, (e, d, a, b) => {
      v3(e, P.PCMPGTQ, d, b, a)
      v3c(e, P.PXOR, d, d, -1)
    })
    sequence('vcmpgtu64', 1, (e, d, a, b) => {
      if (has512(e)) greater512(e, d, a, b)
      else greaterUnsigned64(e, d, a, b, e.x0)
    })
    sequence('vcmpgeu64', 1, (e, d, a, b) => {
      if (has512(e)) {
        notLess512(e, d, a, b)
        return
      }
      greaterUnsigned64(e, d, b, a, e.x0)
      v3c(e, P.PXOR, d, d, -1)
    })
  } else {
    lowInPlace(`vcmpges${width}`, 0, (e, d, a, b) => {
      v3(e, MINS[width], d, a, b)
      v3(e, CMPEQ[width], d, d, b)
    })
    lowInPlace(`vcmpgeu${width}`, 0, (e, d, a, b) => {
      v3(e, MINU[width], d, a, b)
      v3(e, CMPEQ[width], d, d, b)
    })
    sequence(`vcmpgtu${width}`, 0, (e, d, a, b) => {
      if (has512(e)) {
        greater512(e, d, a, b)
        return
      }
      v3(e, MINU[width], d, a, b)
      v3(e, CMPEQ[width], d, d, a)
      v3c(e, P.PXOR, d, d, -1)
    })
  }
  sequence(`vtst${width}`, 0, (e, d, a, b) => {
    if (has512(e)) {
      e.asm.rrr(TEST_MASK[width].insn, K1, a, b)
      e.asm.rr(FROM_MASK[width].insn, d, K1)
      return
    }
    v3(e, P.PAND, d, a, b)
    v3c(e, CMPEQ[width], d, d, 0)
    v3c(e, P.PXOR, d, d, -1)
  })
}

const SIGN_64 = 0x8000_0000
/** d = a > b, unsigned doublewords; d differs from both. */
function greaterUnsigned64(e: Emitter, d: number, a: number, b: number, t: number): void {
  v3c(e, P.PXOR, t, b, 0, SIGN_64)
  v3c(e, P.PXOR, d, a, 0, SIGN_64)
  v3(e, P.PCMPGTQ, d, d, t)
}

// Saturation.

commutative('vqadds8', P.PADDSB)
commutative('vqadds16', P.PADDSW)
commutative('vqaddu8', P.PADDUSB)
commutative('vqaddu16', P.PADDUSW)
binary('vqsubs8', P.PSUBSB)
binary('vqsubs16', P.PSUBSW)
binary('vqsubu8', P.PSUBUSB)
binary('vqsubu16', P.PSUBUSW)

/** d = the sign of each lane of 32 or 64 bits as a mask. */
export function signMask(e: Emitter, d: number, a: number, width: number): void {
  if (width === 16) vs(e, S.PSRAW, d, a, 15)
  else if (width === 32) vs(e, S.PSRAD, d, a, 31)
  else {
    v2i(e, PSHUFD, d, a, 0xf5)
    vs(e, S.PSRAD, d, d, 31)
  }
}

const OVERFLOW_ADD = 0b0001_1000 // d = r; (a ^ r) & (b ^ r): a = b != r
const OVERFLOW_SUB = 0b0010_0100 // d = r; (a ^ b) & (a ^ r): b = r != a
/** MAX with the sign of a: (a >> width-1) ^ 0x7f..ff. */
function saturated(e: Emitter, d: number, a: number, width: 32 | 64): void {
  signMask(e, d, a, width)
  if (width === 32) v3c(e, P.PXOR, d, d, 0x7fff_ffff)
  else v3c(e, P.PXOR, d, d, -1, 0x7fff_ffff)
}

for (const width of [32, 64] as const) {
  sequence(`vqadds${width}`, 2, (e, d, a, b) => {
    v3(e, ADD[width], d, a, b)
    overflowMask(e, e.x0, d, a, b, width, OVERFLOW_ADD)
    saturated(e, e.x1, a, width)
    blendInto(e, d, e.x0, e.x1, d)
  })
  sequence(`vqsubs${width}`, 2, (e, d, a, b) => {
    v3(e, SUB[width], d, a, b)
    overflowMask(e, e.x0, d, a, b, width, OVERFLOW_SUB)
    saturated(e, e.x1, a, width)
    blendInto(e, d, e.x0, e.x1, d)
  })
}

/** d = lanes where r = a + b or a - b overflowed, as a mask. */
function overflowMask(e: Emitter, d: number, r: number, a: number, b: number, width: number, truth: number): void {
  if (has512(e)) {
    e.movX(d, r)
    ternlog(e, d, a, b, truth)
  } else {
    const t = e.x1
    v3(e, P.PXOR, d, a, r)
    v3(e, P.PXOR, t, truth === OVERFLOW_ADD ? b : a, truth === OVERFLOW_ADD ? r : b)
    v3(e, P.PAND, d, d, t)
  }
  signMask(e, d, d, width)
}

sequence('vqaddu32', 1, (e, d, a, b) => {
  // a + min(b, ~a)
  v3c(e, P.PXOR, e.x0, a, -1)
  v3(e, P.PMINUD, e.x0, e.x0, b)
  v3(e, P.PADDD, d, a, e.x0)
})
inPlace('vqsubu32', 0, (e, d, a, b) => {
  v3(e, P.PMAXUD, d, a, b)
  v3(e, P.PSUBD, d, d, b)
})
const VPMINUQ = new Single('VPMINUQ xmm1, xmm2, xmm3/m128')
const VPMAXUQ = new Single('VPMAXUQ xmm1, xmm2, xmm3/m128')
sequence('vqaddu64', 2, (e, d, a, b) => {
  if (has512(e)) {
    v3c(e, P.PXOR, e.x0, a, -1)
    e.asm.rrr(VPMINUQ.insn, e.x0, e.x0, b)
    v3(e, P.PADDQ, d, a, e.x0)
    return
  }
  // The sum is below a exactly if it wrapped.
  v3(e, P.PADDQ, d, a, b)
  greaterUnsigned64(e, e.x0, a, d, e.x1)
  v3(e, P.POR, d, d, e.x0)
})
sequence('vqsubu64', 2, (e, d, a, b) => {
  if (has512(e)) {
    e.asm.rrr(VPMAXUQ.insn, d, a, b)
    v3(e, P.PSUBQ, d, d, b)
    return
  }
  greaterUnsigned64(e, e.x0, b, a, e.x1)
  v3(e, P.PSUBQ, d, a, b)
  v3(e, P.PANDN, e.x0, e.x0, d)
  e.movX(d, e.x0)
})
