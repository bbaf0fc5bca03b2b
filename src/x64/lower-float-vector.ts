/**
 * Vector floating-point ops, lane by lane: as lower-float.ts, with one check for all lanes. A lane that needs the guest's NaN rules sends
 * all lanes through the described routine, which leaves the others as they are (or makes them again).
 */
import type { OpName } from '../ir/ops.ts'
import { FBITS_SHIFT } from '../ir/ops-float.ts'
import { ROUND_AWAY, ROUND_CURRENT, ROUND_ZERO } from '../ir/softfloat.ts'
import { type Insn, insn } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { ROUND_IMM, ROUND_QUIETLY } from './lower-float-convert.ts'
import {
  CMP_EQ,
  CMP_LE,
  CMP_LT,
  CMP_UNORDERED,
  callDescribed,
  callFma,
  K1,
  mayBeDenormal,
  slowIfAnyBit,
  slowIfAnyUnordered,
  type Width,
} from './lower-float-slow.ts'
import { lower } from './lowering.ts'
import { LOW } from './vector-rows.ts'

interface Pair {
  readonly sse: Insn
  readonly vex: Insn
}
const WIDTHS = [32, 64] as const
const SIGN = 0x8000_0000 | 0
const ABS = 0x7fff_ffff

function binaryRows(mnemonic: 'ADD' | 'SUB' | 'MUL' | 'DIV' | 'MIN' | 'MAX'): Record<Width, Pair> {
  return {
    32: { sse: insn(`${mnemonic}PS xmm1, xmm2/m128`), vex: insn(`V${mnemonic}PS xmm1, xmm2, xmm3/m128`) },
    64: { sse: insn(`${mnemonic}PD xmm1, xmm2/m128`), vex: insn(`V${mnemonic}PD xmm1, xmm2, xmm3/m128`) },
  }
}
const ADD = binaryRows('ADD')
const SUB = binaryRows('SUB')
const MUL = binaryRows('MUL')
const XORPS = insn('XORPS xmm1, xmm2/m128')
const VXORPS = insn('VXORPS xmm1, xmm2, xmm3/m128')
const ANDPS = insn('ANDPS xmm1, xmm2/m128')
const VANDPS = insn('VANDPS xmm1, xmm2, xmm3/m128')
const ORPS = insn('ORPS xmm1, xmm2/m128')
const VORPS = insn('VORPS xmm1, xmm2, xmm3/m128')

function arithmetic(name: 'vfadd' | 'vfsub' | 'vfmul' | 'vfdiv', rows: Record<Width, Pair>): void {
  for (const width of WIDTHS)
    lower(`${name}${width}`, {
      keepChecked: true,
      xmmTemps: 1,
      emit: (e, d, a, b, _c, row) => {
        if (!e.testsVectors) {
          e.vex3(rows[width].sse, rows[width].vex, d, a, b)
          return
        }
        if (name === 'vfdiv' && mayBeDenormal(e, e.region.a[row]!)) tellDenormals(e, width, a)
        e.vex3(rows[width].sse, rows[width].vex, d, a, b)
        slowIfAnyUnordered(e, width, d, d)
      },
      slow: (e, d, a, b) => {
        callDescribed(e, `float.nan${width}`, d, a, b)
        e.slowReturn()
      },
    })
}
arithmetic('vfadd', ADD)
arithmetic('vfsub', SUB)
arithmetic('vfmul', MUL)
arithmetic('vfdiv', binaryRows('DIV'))

const SQRT: Record<Width, Pair> = {
  32: { sse: insn('SQRTPS xmm1, xmm2/m128'), vex: insn('VSQRTPS xmm1, xmm2/m128') },
  64: { sse: insn('SQRTPD xmm1, xmm2/m128'), vex: insn('VSQRTPD xmm1, xmm2/m128') },
}
for (const width of WIDTHS)
  lower(`vfsqrt${width}`, {
    keepChecked: true,
    xmmTemps: 1,
    emit: (e, d, a) => {
      if (e.testsVectors) tellDenormals(e, width, a)
      e.vex2(SQRT[width].sse, SQRT[width].vex, d, a)
      if (e.testsVectors) slowIfAnyUnordered(e, width, d, d)
    },
    slow: (e, d, a) => {
      callDescribed(e, `float.nan${width}`, d, a)
      e.slowReturn()
    },
  })

const FMA_NAMES = ['VFMADD231', 'VFNMADD231', 'VFMSUB231', 'VFNMSUB231'] as const
const FMA: Record<Width, readonly Insn[]> = {
  32: FMA_NAMES.map((name) => insn(`${name}PS xmm1, xmm2, xmm3/m128`)),
  64: FMA_NAMES.map((name) => insn(`${name}PD xmm1, xmm2, xmm3/m128`)),
}
for (const width of WIDTHS)
  lower(`vfma${width}`, {
    keep: true,
    xmmTemps: 1,
    emit: (e, d, a, b, c, row) => {
      const imm = e.region.imm[row]!
      if (!e.cpu.fma) {
        callFma(e, `float.fma${width}`, d, a, b, c, imm, false)
        return
      }
      e.movX(d, c)
      e.asm.rrr(FMA[width][imm]!, d, a, b)
      slowIfAnyUnordered(e, width, d, d)
    },
    slow: (e, d, a, b, c, row) => {
      callFma(e, `float.fmanan${width}`, d, a, b, c, e.region.imm[row]!, false)
      e.slowReturn()
    },
  })

for (const width of WIDTHS) {
  const low = width === 32 ? SIGN : 0
  lower(`vfneg${width}`, { flagsKept: true, emit: (e, d, a) => e.vex3c(XORPS, VXORPS, d, a, low, SIGN, low, SIGN) })
  const mask = width === 32 ? ABS : -1
  lower(`vfabs${width}`, { flagsKept: true, emit: (e, d, a) => e.vex3c(ANDPS, VANDPS, d, a, mask, ABS, mask, ABS) })
}

// As the scalar ones.
function extreme(name: 'fmin' | 'fmax', rows: Record<Width, Pair>, join: Pair): void {
  for (const width of WIDTHS)
    for (const op of [name, `${name}num`] as const)
      lower(`v${op}${width}`, {
        keep: true,
        xmmTemps: 1,
        emit: (e, d, a, b) => {
          slowIfAnyUnordered(e, width, a, b)
          e.vex3(rows[width].sse, rows[width].vex, d, a, b)
          e.vex3(rows[width].sse, rows[width].vex, e.x0, b, a)
          e.vex3(join.sse, join.vex, d, d, e.x0)
        },
        slow: (e, d, a, b) => {
          callDescribed(e, `float.${op}${width}`, d, a, b)
          e.slowReturn()
        },
      })
}
extreme('fmax', binaryRows('MAX'), { sse: ANDPS, vex: VANDPS })
extreme('fmin', binaryRows('MIN'), { sse: ORPS, vex: VORPS })

function byRoutine(name: OpName, routine: string, binary: boolean): void {
  lower(name, {
    keep: true,
    emit: (e, d, a, b) => {
      if (binary) callDescribed(e, routine, d, a, b)
      else callDescribed(e, routine, d, a)
    },
  })
}
for (const width of WIDTHS) {
  byRoutine(`vfrecpe${width}`, `float.frecpe${width}`, false)
  byRoutine(`vfrsqrte${width}`, `float.frsqrte${width}`, false)
}

// --- comparisons: the host raises what the guest does; a > b is b < a

const CMP: Record<Width, Pair> = {
  32: { sse: insn('CMPPS xmm1, xmm2/m128, imm8'), vex: insn('VCMPPS xmm1, xmm2, xmm3/m128, imm8') },
  64: { sse: insn('CMPPD xmm1, xmm2/m128, imm8'), vex: insn('VCMPPD xmm1, xmm2, xmm3/m128, imm8') },
}
const CMP_MASK: Record<Width, Insn> = { 32: insn('VCMPPS k1, xmm2, xmm3/m128, imm8'), 64: insn('VCMPPD k1, xmm2, xmm3/m128, imm8') }
const has512 = (e: Emitter) => e.cpu.avx512dq && e.cpu.avx512vl

/** A comparison that does nothing but tell of denormals, for what does not (NaN in another lane's partner, conversions, roots): x0 may change. */
function tellDenormals(e: Emitter, width: Width, a: number): void {
  if (has512(e)) e.asm.rrri(CMP_MASK[width], K1, a, a, CMP_UNORDERED)
  else e.vex3i(CMP[width].sse, CMP[width].vex, e.x0, a, a, CMP_UNORDERED)
}
function comparison(name: 'vfcmpeq' | 'vfcmpge' | 'vfcmpgt', predicate: number, exchanged: boolean): void {
  for (const width of WIDTHS)
    lower(`${name}${width}`, {
      keep: true,
      xmmTemps: 1,
      flagsKept: true,
      low: LOW,
      emit: (e, d, a, b, _c, row) => {
        if (mayBeDenormal(e, e.region.a[row]!)) tellDenormals(e, width, a)
        if (mayBeDenormal(e, e.region.b[row]!)) tellDenormals(e, width, b)
        e.vex3i(CMP[width].sse, CMP[width].vex, d, exchanged ? b : a, exchanged ? a : b, predicate)
      },
    })
}
comparison('vfcmpeq', CMP_EQ, false)
comparison('vfcmpge', CMP_LE, true)
comparison('vfcmpgt', CMP_LT, true)

// --- rounding and conversions

const ROUND: Record<Width, Pair> = {
  32: { sse: insn('ROUNDPS xmm1, xmm2/m128, imm8'), vex: insn('VROUNDPS xmm1, xmm2/m128, imm8') },
  64: { sse: insn('ROUNDPD xmm1, xmm2/m128, imm8'), vex: insn('VROUNDPD xmm1, xmm2/m128, imm8') },
}
function roundLanes(e: Emitter, width: Width, d: number, a: number, row: number): void {
  e.vex2i(ROUND[width].sse, ROUND[width].vex, d, a, ROUND_IMM[e.region.imm[row]!]! | (e.region.imm2[row] ? 0 : ROUND_QUIETLY))
}
for (const width of WIDTHS)
  lower(`vfround${width}`, {
    keep: true,
    xmmTemps: 1,
    emit: (e, d, a, _b, _c, row) => {
      const mode = e.region.imm[row]!
      if (mode === ROUND_AWAY) {
        callDescribed(e, `float.roundaway${width}`, d, a)
        return
      }
      if (e.testsVectors) slowIfAnyUnordered(e, width, a, a)
      roundLanes(e, width, d, a, row)
    },
    slow: (e, d, a, _b, _c, row) => {
      roundLanes(e, width, d, a, row)
      callDescribed(e, `float.nan${width}`, d, a)
      e.slowReturn()
    },
  })

const CVTPS2PD = { sse: insn('CVTPS2PD xmm1, xmm2/m64'), vex: insn('VCVTPS2PD xmm1, xmm2/m64') }
const CVTPD2PS = { sse: insn('CVTPD2PS xmm1, xmm2/m128'), vex: insn('VCVTPD2PS xmm1, xmm2/m128') }
lower('vfwiden', {
  xmmTemps: 1,
  emit: (e, d, a) => {
    e.vex2(CVTPS2PD.sse, CVTPS2PD.vex, d, a)
    if (e.testsVectors) slowIfAnyUnordered(e, 64, d, d)
  },
  slow: (e, d) => {
    callDescribed(e, 'float.nan64', d, d)
    e.slowReturn()
  },
})
lower('vfnarrow', {
  keep: true,
  xmmTemps: 1,
  emit: (e, d, a, _b, _c, row) => {
    if (e.region.imm[row] !== ROUND_CURRENT) {
      callDescribed(e, 'float.narrowodd', d, a)
      return
    }
    e.vex2(CVTPD2PS.sse, CVTPD2PS.vex, d, a)
    if (e.testsVectors) slowIfAnyUnordered(e, 32, d, d)
  },
  slow: (e, d) => {
    callDescribed(e, 'float.nan32', d, d)
    e.slowReturn()
  },
})
/**
 * Descriptor of `float.toint…`: rounding mode in bits 5-7 of r0's byte, unsigned in bit 5 of r1's, fraction bits in r2's byte.
 */
function callToInt(e: Emitter, width: Width, d: number, a: number, row: number, unsigned: boolean): void {
  const imm = e.region.imm[row]!
  const mode = imm & ((1 << FBITS_SHIFT) - 1)
  callDescribed(e, `float.toint${width}`, d, a, a, 0, (mode << 13) | (unsigned ? 1 << 21 : 0) | ((imm >> FBITS_SHIFT) << 24))
}

const CVTTPS2DQ = { sse: insn('CVTTPS2DQ xmm1, xmm2/m128'), vex: insn('VCVTTPS2DQ xmm1, xmm2/m128') }
const VCVTTPD2QQ = insn('VCVTTPD2QQ xmm1, xmm2/m128')
const VCVTTPS2UDQ = insn('VCVTTPS2UDQ xmm1, xmm2/m128')
const VCVTTPD2UQQ = insn('VCVTTPD2UQQ xmm1, xmm2/m128')
const PCMPEQ = {
  32: { sse: insn('PCMPEQD xmm1, xmm2/m128'), vex: insn('VPCMPEQD xmm1, xmm2, xmm3/m128') },
  64: { sse: insn('PCMPEQQ xmm1, xmm2/m128'), vex: insn('VPCMPEQQ xmm1, xmm2, xmm3/m128') },
} as const
/** The host's instruction for the lanes, undefined if it has none. */
function truncation(e: Emitter, width: Width, unsigned: boolean): Insn | undefined {
  if (unsigned) return has512(e) ? (width === 32 ? VCVTTPS2UDQ : VCVTTPD2UQQ) : undefined
  if (width === 64) return has512(e) ? VCVTTPD2QQ : undefined
  return e.cpu.avx ? CVTTPS2DQ.vex : CVTTPS2DQ.sse
}

for (const [name, unsigned] of [
  ['vftosi', false],
  ['vftoui', true],
] as const)
  for (const width of WIDTHS)
    lower(`${name}${width}`, {
      keep: true,
      xmmTemps: 2,
      low: LOW,
      emit: (e, d, a, _b, _c, row) => {
        const imm = e.region.imm[row]!
        const i = truncation(e, width, unsigned)
        // Scaled and ties-away conversions are rare; the routine does them whole.
        if (i === undefined || (imm !== ROUND_ZERO && ROUND_IMM[imm] === undefined)) {
          callToInt(e, width, d, a, row, unsigned)
          return
        }
        let from = a
        tellDenormals(e, width, a)
        if (imm !== ROUND_ZERO) {
          from = e.x1
          e.vex2i(ROUND[width].sse, ROUND[width].vex, from, a, ROUND_IMM[imm]! | ROUND_QUIETLY)
        }
        e.asm.rr(i, d, from)
        const row2 = PCMPEQ[width]
        if (unsigned) {
          e.vex3(PCMPEQ[32].sse, PCMPEQ[32].vex, e.x0, e.x0, e.x0)
          e.vex3(row2.sse, row2.vex, e.x0, e.x0, d)
        } else {
          const low = width === 32 ? SIGN : 0
          e.vex3c(row2.sse, row2.vex, e.x0, d, low, SIGN, low, SIGN)
        }
        slowIfAnyBit(e, e.x0)
        if (from !== a) e.vex2i(ROUND[width].sse, ROUND[width].vex, from, a, ROUND_IMM[imm]!)
      },
      slow: (e, d, a, _b, _c, row) => {
        callToInt(e, width, d, a, row, unsigned)
        e.slowReturn()
      },
    })

const CVTDQ2PS = { sse: insn('CVTDQ2PS xmm1, xmm2/m128'), vex: insn('VCVTDQ2PS xmm1, xmm2/m128') }
const VCVTUDQ2PS = insn('VCVTUDQ2PS xmm1, xmm2/m128')
const VCVTQQ2PD = insn('VCVTQQ2PD xmm1, xmm2/m128')
const VCVTUQQ2PD = insn('VCVTUQQ2PD xmm1, xmm2/m128')
const SHIFT_RIGHT = {
  32: { sse: insn('PSRLD xmm1, imm8'), vex: insn('VPSRLD xmm1, xmm2, imm8') },
  64: { sse: insn('PSRLQ xmm1, imm8'), vex: insn('VPSRLQ xmm1, xmm2, imm8') },
}
const CVTSI2SD = { sse: insn('CVTSI2SD xmm1, r/m64'), vex: insn('VCVTSI2SD xmm1, xmm2, r/m64') }
const MOVQ_FROM = { sse: insn('MOVQ r/m64, xmm1'), vex: insn('VMOVQ r/m64, xmm1') }
const PEXTRQ = { sse: insn('PEXTRQ r/m64, xmm2, imm8'), vex: insn('VPEXTRQ r/m64, xmm2, imm8') }
const UNPCKLPD = { sse: insn('UNPCKLPD xmm1, xmm2/m128'), vex: insn('VUNPCKLPD xmm1, xmm2, xmm3/m128') }

function shiftRight(e: Emitter, width: Width, d: number, a: number, count: number): void {
  if (e.cpu.avx) e.asm.rri(SHIFT_RIGHT[width].vex, d, a, count)
  else {
    e.movX(d, a)
    e.asm.ri(SHIFT_RIGHT[width].sse, d, count)
  }
}

/** Times 2^-fbits, exact. */
function scaleDown(e: Emitter, width: Width, d: number, fbits: number): void {
  if (fbits === 0) return
  const bits = width === 32 ? (127 - fbits) << 23 : (1023 - fbits) << 20
  e.vex3c(MUL[width].sse, MUL[width].vex, d, d, width === 32 ? bits : 0, bits, width === 32 ? bits : 0, bits)
}

lower('vsitof32', {
  flagsKept: true,
  emit: (e, d, a, _b, _c, row) => {
    e.vex2(CVTDQ2PS.sse, CVTDQ2PS.vex, d, a)
    scaleDown(e, 32, d, e.region.imm[row]!)
  },
})
/** 2^16 as f32. */
const F32_65536 = (127 + 16) << 23
lower('vuitof32', {
  flagsKept: true,
  keep: true,
  xmmTemps: 1,
  emit: (e, d, a, _b, _c, row) => {
    if (has512(e)) e.asm.rr(VCVTUDQ2PS, d, a)
    else {
      // Halves are exact; only the last sum rounds.
      shiftRight(e, 32, e.x0, a, 16)
      e.vex2(CVTDQ2PS.sse, CVTDQ2PS.vex, e.x0, e.x0)
      e.vex3c(MUL[32].sse, MUL[32].vex, e.x0, e.x0, F32_65536, F32_65536, F32_65536, F32_65536)
      e.vex3c(ANDPS, VANDPS, d, a, 0xffff, 0xffff, 0xffff, 0xffff)
      e.vex2(CVTDQ2PS.sse, CVTDQ2PS.vex, d, d)
      e.vex3(ADD[32].sse, ADD[32].vex, d, d, e.x0)
    }
    scaleDown(e, 32, d, e.region.imm[row]!)
  },
})
lower('vsitof64', {
  flagsKept: true,
  keep: true,
  xmmTemps: 1,
  gprTemps: 1,
  emit: (e, d, a, _b, _c, row) => {
    if (has512(e)) e.asm.rr(VCVTQQ2PD, d, a)
    else {
      e.vex2(MOVQ_FROM.sse, MOVQ_FROM.vex, e.g0, a)
      e.vex3(XORPS, VXORPS, d, d, d)
      e.vex3(XORPS, VXORPS, e.x0, e.x0, e.x0)
      e.vex3(CVTSI2SD.sse, CVTSI2SD.vex, d, d, e.g0)
      e.vex2i(PEXTRQ.sse, PEXTRQ.vex, e.g0, a, 1)
      e.vex3(CVTSI2SD.sse, CVTSI2SD.vex, e.x0, e.x0, e.g0)
      e.vex3(UNPCKLPD.sse, UNPCKLPD.vex, d, d, e.x0)
    }
    scaleDown(e, 64, d, e.region.imm[row]!)
  },
})
/** High words of 2^84, 2^52 and 2^84 + 2^52 as f64. */
const F64_2_84 = 0x4530_0000
const F64_2_52 = 0x4330_0000
const F64_2_84_2_52 = 0x4530_0000
const LOW_OF_SUM = 0x0010_0000
lower('vuitof64', {
  flagsKept: true,
  keep: true,
  xmmTemps: 1,
  emit: (e, d, a, _b, _c, row) => {
    if (has512(e)) e.asm.rr(VCVTUQQ2PD, d, a)
    else {
      // (2^84 + high * 2^32) - (2^84 + 2^52) is exact; adding 2^52 + low rounds once. The mask keeps 0 positive when rounding down.
      shiftRight(e, 64, e.x0, a, 32)
      e.vex3c(ORPS, VORPS, e.x0, e.x0, 0, F64_2_84, 0, F64_2_84)
      e.vex3c(SUB[64].sse, SUB[64].vex, e.x0, e.x0, LOW_OF_SUM, F64_2_84_2_52, LOW_OF_SUM, F64_2_84_2_52)
      e.vex3c(ANDPS, VANDPS, d, a, -1, 0, -1, 0)
      e.vex3c(ORPS, VORPS, d, d, 0, F64_2_52, 0, F64_2_52)
      e.vex3(ADD[64].sse, ADD[64].vex, d, d, e.x0)
      e.vex3c(ANDPS, VANDPS, d, d, -1, ABS, -1, ABS)
    }
    scaleDown(e, 64, d, e.region.imm[row]!)
  },
})

byRoutine('vurecpe32', 'float.urecpe', false)
byRoutine('vursqrte32', 'float.ursqrte', false)
