/** Vector rows: widening and saturating narrowing. */
import type { Emitter } from './emitter.ts'
import { H, has512, P, PSHUFD, S, Single, v2, v2i, v3, v3c, v3s, vs, zero } from './vector-insns.ts'
import { inPlace, opName, sequence } from './vector-rows.ts'
import { widen } from './vector-widen.ts'

for (const width of [8, 16, 32] as const) {
  for (const signed of [false, true]) {
    for (const high of [false, true]) {
      const name = `v${signed ? 's' : 'z'}ext${high ? 'hi' : 'lo'}${width}`
      inPlace(opName(name), 0, (e, d, a) => widen(e, width, signed, high, d, a))
    }
  }
}

// The packs read signed lanes; packing with zero clears the high half.
inPlace('vqnarrowss16', 0, (e, d, a) => v3c(e, P.PACKSSWB, d, a, 0))
inPlace('vqnarrowss32', 0, (e, d, a) => v3c(e, P.PACKSSDW, d, a, 0))
inPlace('vqnarrowsu16', 0, (e, d, a) => v3c(e, P.PACKUSWB, d, a, 0))
inPlace('vqnarrowsu32', 0, (e, d, a) => v3c(e, P.PACKUSDW, d, a, 0))
inPlace('vqnarrowuu16', 0, (e, d, a) => {
  v3s(e, P.PMINUW, d, a, 16, 0xff)
  v3c(e, P.PACKUSWB, d, d, 0)
})
inPlace('vqnarrowuu32', 0, (e, d, a) => {
  v3s(e, P.PMINUD, d, a, 32, 0xffff)
  v3c(e, P.PACKUSDW, d, d, 0)
})

const VPMOVSQD = new Single('VPMOVSQD xmm1/m64, xmm2')
const VPMOVUSQD = new Single('VPMOVUSQD xmm1/m64, xmm2')
const VPMAXSQ = new Single('VPMAXSQ xmm1, xmm2, xmm3/m128')

/** low = the low words of both lanes, high = their high words; in the low halves of the registers. */
function splitWords(e: Emitter, low: number, high: number, a: number): void {
  v2i(e, PSHUFD, low, a, 0x08)
  v2i(e, PSHUFD, high, a, 0x0d)
}
sequence('vqnarrowss64', 2, (e, d, a) => {
  if (has512(e)) {
    e.asm.rr(VPMOVSQD.insn, d, a)
    return
  }
  splitWords(e, e.x0, e.x1, a)
  // Fits where the high word is the low one's sign; else MAX with the sign of the high word.
  vs(e, S.PSRAD, d, e.x0, 31)
  v3(e, P.PCMPEQD, d, d, e.x1)
  vs(e, S.PSRAD, e.x1, e.x1, 31)
  v3s(e, P.PXOR, e.x1, e.x1, 32, 0x7fff_ffff)
  v3(e, P.PXOR, e.x0, e.x0, e.x1)
  v3(e, P.PAND, d, d, e.x0)
  v3(e, P.PXOR, d, d, e.x1)
  v2(e, H.MOVQ, d, d)
})
for (const signed of [false, true]) {
  sequence(signed ? 'vqnarrowsu64' : 'vqnarrowuu64', 2, (e, d, a) => {
    if (has512(e)) {
      if (signed) {
        zero(e, d)
        e.asm.rrr(VPMAXSQ.insn, d, d, a)
      }
      e.asm.rr(VPMOVUSQD.insn, d, signed ? d : a)
      return
    }
    splitWords(e, e.x0, e.x1, a)
    // All ones where the high word is not 0, and 0 where it is negative.
    zero(e, d)
    v3(e, P.PCMPEQD, d, d, e.x1)
    v3c(e, P.PXOR, d, d, -1)
    v3(e, P.POR, d, d, e.x0)
    if (signed) {
      vs(e, S.PSRAD, e.x1, e.x1, 31)
      v3(e, P.PANDN, e.x1, e.x1, d)
      e.movX(d, e.x1)
    }
    v2(e, H.MOVQ, d, d)
  })
}
