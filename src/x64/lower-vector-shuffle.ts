/** Vector rows that move lanes about. */
import { HOST } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { has512, INSERTPS, P, PI, PSHUFD, S, Single, shuffleBytes, v2i, v3, v3c, v3i, v3s, vs, wordsOfBytes } from './vector-insns.ts'
import { binary, inPlace, lowSequence, sequence } from './vector-rows.ts'

binary('vshuf', P.PSHUFB)
/** Added with saturation, makes indices above 15 such that PSHUFB gives 0. */
const OUT_OF_TABLE = 0x70
sequence('vtbl1', 1, (e, d, a, b) => {
  v3s(e, P.PADDUSB, e.x0, b, 8, OUT_OF_TABLE)
  v3(e, P.PSHUFB, d, a, e.x0)
})

const VPERMI2B = new Single('VPERMI2B xmm1, xmm2, xmm3/m128')
const VPCMPUB = new Single('VPCMPUB k1, xmm2, xmm3/m128, imm8')
const K1 = 1
const COMPARE_LT = 1
sequence('vtbl2', 2, (e, d, a, b, c) => {
  if (has512(e) && e.cpu.avx512vbmi) {
    const limit = 0x2020_2020
    e.asm.rrmi(VPCMPUB.insn, K1, c, HOST, e.env.constant16(limit, limit, limit, limit), COMPARE_LT)
    e.movX(d, c)
    e.asm.mask(K1, true)
    e.asm.rrr(VPERMI2B.insn, d, a, b)
    return
  }
  v3s(e, P.PADDUSB, e.x0, c, 8, OUT_OF_TABLE)
  v3(e, P.PSHUFB, d, a, e.x0)
  v3s(e, P.PSUBB, e.x0, c, 8, 16)
  v3s(e, P.PADDUSB, e.x0, e.x0, 8, OUT_OF_TABLE)
  v3(e, P.PSHUFB, e.x1, b, e.x0)
  v3(e, P.POR, d, d, e.x1)
})

sequence('vext', 0, (e, d, a, b, _c, row) => {
  const imm = e.region.imm[row]!
  if (imm === 0) e.movX(d, a)
  else if (imm === 8) v3i(e, PI.SHUFPD, d, a, b, 1)
  else v3i(e, PI.PALIGNR, d, b, a, imm)
})
inPlace('vshuf32', 0, (e, d, a, _b, _c, row) => v2i(e, PSHUFD, d, a, e.region.imm[row]!))
inPlace('vshufx32', 0, (e, d, a, b, _c, row) => v3i(e, PI.SHUFPS, d, a, b, e.region.imm[row]!))

const BROADCAST = { 8: new Single('VPBROADCASTB xmm1, xmm2/m8'), 16: new Single('VPBROADCASTW xmm1, xmm2/m16') }
for (const width of [8, 16] as const) {
  inPlace(`vdup${width}`, 0, (e, d, a, _b, _c, row) => {
    const imm = e.region.imm[row]!
    const bytes = width / 8
    if (imm === 0 && e.cpu.avx2) e.asm.rr(BROADCAST[width].insn, d, a)
    else
      shuffleBytes(
        e,
        d,
        a,
        Array.from({ length: 16 }, (_, i) => imm * bytes + (i % bytes)),
      )
  })
}
inPlace('vdup32', 0, (e, d, a, _b, _c, row) => v2i(e, PSHUFD, d, a, e.region.imm[row]! * 0x55))
inPlace('vdup64', 0, (e, d, a, _b, _c, row) => v2i(e, PSHUFD, d, a, e.region.imm[row] === 0 ? 0x44 : 0xee))

// One lane of b into a.

const ABSENT = 0x80
/** x = lane `from` of b at lane `to`, zeros elsewhere. */
function isolate(e: Emitter, x: number, b: number, bytes: number, to: number, from: number): void {
  shuffleBytes(
    e,
    x,
    b,
    Array.from({ length: 16 }, (_, i) => (Math.floor(i / bytes) === to ? from * bytes + (i % bytes) : ABSENT)),
  )
}
sequence('vmove8', 1, (e, d, a, b, _c, row) => {
  const [to, from] = [e.region.imm[row]!, e.region.imm2[row]!]
  isolate(e, e.x0, b, 1, to, from)
  const kept = Array.from({ length: 16 }, (_, i) => (i === to ? 0 : 0xff))
  v3c(e, P.PAND, d, a, ...wordsOfBytes(kept))
  v3(e, P.POR, d, d, e.x0)
})
lowSequence('vmove16', 1, (e, d, a, b, _c, row) => {
  const [to, from] = [e.region.imm[row]!, e.region.imm2[row]!]
  let source = b
  if (to !== from) isolate(e, (source = e.x0), b, 2, to, from)
  v3i(e, PI.PBLENDW, d, a, source, 1 << to)
})
inPlace('vmove32', 0, (e, d, a, b, _c, row) => v3i(e, INSERTPS, d, a, b, (e.region.imm2[row]! << 6) | (e.region.imm[row]! << 4)))
sequence('vmove64', 0, (e, d, a, b, _c, row) => {
  const [to, from] = [e.region.imm[row]!, e.region.imm2[row]!]
  if (to === from) v3i(e, PI.SHUFPD, d, to === 0 ? b : a, to === 0 ? a : b, 0b10)
  else if (to === 1) v3(e, P.PUNPCKLQDQ, d, a, b)
  else v3(e, P.PUNPCKHQDQ, d, b, a)
})

// Interleaving and its inverse.

binary('vziplo8', P.PUNPCKLBW)
binary('vziplo16', P.PUNPCKLWD)
binary('vziplo32', P.PUNPCKLDQ)
binary('vziplo64', P.PUNPCKLQDQ)
binary('vziphi8', P.PUNPCKHBW)
binary('vziphi16', P.PUNPCKHWD)
binary('vziphi32', P.PUNPCKHDQ)
binary('vziphi64', P.PUNPCKHQDQ)

// The packs saturate signed lanes to unsigned ones: lanes with a zero upper half pass unchanged.
sequence('vuzplo8', 1, (e, d, a, b) => {
  v3s(e, P.PAND, e.x0, b, 16, 0xff)
  v3s(e, P.PAND, d, a, 16, 0xff)
  v3(e, P.PACKUSWB, d, d, e.x0)
})
sequence('vuzphi8', 1, (e, d, a, b) => {
  vs(e, S.PSRLW, e.x0, b, 8)
  vs(e, S.PSRLW, d, a, 8)
  v3(e, P.PACKUSWB, d, d, e.x0)
})
sequence('vuzplo16', 1, (e, d, a, b) => {
  v3s(e, P.PAND, e.x0, b, 32, 0xffff)
  v3s(e, P.PAND, d, a, 32, 0xffff)
  v3(e, P.PACKUSDW, d, d, e.x0)
})
sequence('vuzphi16', 1, (e, d, a, b) => {
  vs(e, S.PSRLD, e.x0, b, 16)
  vs(e, S.PSRLD, d, a, 16)
  v3(e, P.PACKUSDW, d, d, e.x0)
})
inPlace('vuzplo32', 0, (e, d, a, b) => v3i(e, PI.SHUFPS, d, a, b, 0x88))
inPlace('vuzphi32', 0, (e, d, a, b) => v3i(e, PI.SHUFPS, d, a, b, 0xdd))

sequence('vtrnlo8', 1, (e, d, a, b) => {
  vs(e, S.PSLLW, e.x0, b, 8)
  v3s(e, P.PAND, d, a, 16, 0xff)
  v3(e, P.POR, d, d, e.x0)
})
sequence('vtrnhi8', 1, (e, d, a, b) => {
  vs(e, S.PSRLW, e.x0, a, 8)
  v3s(e, P.PAND, d, b, 16, 0xff00)
  v3(e, P.POR, d, d, e.x0)
})
lowSequence('vtrnlo16', 1, (e, d, a, b) => {
  vs(e, S.PSLLD, e.x0, b, 16)
  v3i(e, PI.PBLENDW, d, a, e.x0, 0xaa)
})
lowSequence('vtrnhi16', 0, (e, d, a, b) => {
  vs(e, S.PSRLD, d, a, 16)
  v3i(e, PI.PBLENDW, d, d, b, 0xaa)
})
lowSequence('vtrnlo32', 1, (e, d, a, b) => {
  v2i(e, PSHUFD, e.x0, b, 0xa0)
  v3i(e, PI.PBLENDW, d, a, e.x0, 0xcc)
})
lowSequence('vtrnhi32', 0, (e, d, a, b) => {
  v2i(e, PSHUFD, d, a, 0xf5)
  v3i(e, PI.PBLENDW, d, d, b, 0xcc)
})
