/**
 * Half precision by F16C. The routines (src/runtime/routines/float-half.ts) know everything; they do the work where there is no F16C and out of
 * line where the host's instruction is not what the guest wants:
 * - widening an operand: NaNs (a signalling one stays one), FPCR.FZ16; widening by FCVT: NaNs (default NaN), FPCR.AHP
 * - narrowing: NaNs by FCVT, FPCR.AHP or FZ16, and results of the smallest normal magnitude, where the host may miss an underflow
 *
 * f64 is narrowed by way of f32 rounded to odd: cut to 24 bits, the last of them set when anything was lost.
 */
import { F64 } from '../ir/op-row.ts'
import { HALF_OPERAND } from '../ir/ops-float.ts'
import { CC, insn, RBP } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { fromRbp, STATE_OFFSET } from './layout.ts'
import { callDescribed, callScalar, slowIfAnyUnordered } from './lower-float-slow.ts'
import { lower } from './lowering.ts'
import { LOW } from './vector-rows.ts'

const VCVTPH2PS = insn('VCVTPH2PS xmm1, xmm2/m64')
const VCVTPS2PH = insn('VCVTPS2PH xmm1/m64, xmm2, imm8')
const VCVTPS2PD = insn('VCVTPS2PD xmm1, xmm2/m64')
const VCVTPD2PS = insn('VCVTPD2PS xmm1, xmm2/m128')
const VPMOVZXWQ = insn('VPMOVZXWQ xmm1, xmm2/m32')
const VINSERTPS = insn('VINSERTPS xmm1, xmm2, xmm3/m32, imm8')
const VMOVQ = insn('VMOVQ xmm1, xmm2/m64')
const VDIVPS = insn('VDIVPS xmm1, xmm2, xmm3/m128')
const VPTEST = insn('VPTEST xmm1, xmm2/m128')
const TEST_MEM = insn('TEST r/m32, imm32')
const PAND = { sse: insn('PAND xmm1, xmm2/m128'), vex: insn('VPAND xmm1, xmm2, xmm3/m128') }
const VPANDN = insn('VPANDN xmm1, xmm2, xmm3/m128')
const POR = { sse: insn('POR xmm1, xmm2/m128'), vex: insn('VPOR xmm1, xmm2, xmm3/m128') }
const PCMPEQW = { sse: insn('PCMPEQW xmm1, xmm2/m128'), vex: insn('VPCMPEQW xmm1, xmm2, xmm3/m128') }
const VPCMPEQQ = insn('VPCMPEQQ xmm1, xmm2, xmm3/m128')
const VPXOR = insn('VPXOR xmm1, xmm2, xmm3/m128')

const FPCR_FZ16 = 1 << 19
const FPCR_AHP = 1 << 26
/** VCVTPS2PH rounds by MXCSR. */
const BY_MXCSR = 4
/** VINSERTPS: lanes 1 to 3 become zero. */
const LANE_0_ALONE = 0b1110
const MAGNITUDES = 0x7fff_7fff
const SMALLEST_NORMALS = 0x0400_0400
/** Bits of an f64 that an f32 has no room for, and the lowest one that it has. */
const LOST_BITS = 0x1fff_ffff
const LAST_BIT = 0x2000_0000

/** Displacement from rbp of the guest's FPCR; -1 where there is none. */
function fpcrDisplacement(e: Emitter): number {
  const slot = e.region.state.find((s) => s.name === 'fpcr')
  return slot === undefined ? -1 : fromRbp(STATE_OFFSET + slot.offset)
}
function slowIfFpcr(e: Emitter, bit: number): void {
  const at = fpcrDisplacement(e)
  if (at === -1) return
  e.asm.mi(TEST_MEM, RBP, at, bit)
  e.asm.jcc(CC.NE, e.slowPath())
}

const isOperand = (e: Emitter, row: number) => e.region.imm[row] === HALF_OPERAND

/** d = the low halves of a as f32, or two as f64; out of line for what the host does otherwise. */
function widen(e: Emitter, d: number, a: number, row: number, wide: boolean): void {
  slowIfFpcr(e, isOperand(e, row) ? FPCR_FZ16 : FPCR_AHP)
  e.asm.rr(VCVTPH2PS, d, a)
  slowIfAnyUnordered(e, 32, d, d)
  if (wide) e.asm.rr(VCVTPS2PD, d, d)
}

/** d = f32 lanes a as halves. */
function narrow(e: Emitter, d: number, a: number, row: number): void {
  slowIfFpcr(e, isOperand(e, row) ? FPCR_FZ16 : FPCR_AHP)
  if (!isOperand(e, row)) slowIfAnyUnordered(e, 32, a, a)
  e.asm.rri(VCVTPS2PH, d, a, BY_MXCSR)
  slowIfSmallest(e, d)
}
function slowIfSmallest(e: Emitter, d: number): void {
  e.vex3c(PAND.sse, PAND.vex, e.x0, d, MAGNITUDES, MAGNITUDES, MAGNITUDES, MAGNITUDES)
  e.vex3c(PCMPEQW.sse, PCMPEQW.vex, e.x0, e.x0, SMALLEST_NORMALS, SMALLEST_NORMALS, SMALLEST_NORMALS, SMALLEST_NORMALS)
  e.asm.rr(VPTEST, e.x0, e.x0)
  e.asm.jcc(CC.NE, e.slowPath())
}

/** x1 = f64 lanes a as f32 rounded to odd; exact as far as it goes. */
function narrowOdd(e: Emitter, a: number): void {
  const { x0, x1, asm } = e
  e.vex3c(PAND.sse, PAND.vex, x0, a, LOST_BITS, 0, LOST_BITS, 0)
  asm.rrr(VPXOR, x1, x1, x1)
  asm.rrr(VPCMPEQQ, x0, x0, x1)
  e.vex2c(MOVDQA_LOAD.sse, MOVDQA_LOAD.vex, x1, LAST_BIT, 0, LAST_BIT, 0)
  asm.rrr(VPANDN, x0, x0, x1)
  e.vex3c(PAND.sse, PAND.vex, x1, a, ~LOST_BITS, -1, ~LOST_BITS, -1)
  e.vex3(POR.sse, POR.vex, x1, x1, x0)
  asm.rr(VCVTPD2PS, x1, x1)
}
const MOVDQA_LOAD = { sse: insn('MOVDQA xmm1, xmm2/m128'), vex: insn('VMOVDQA xmm1, xmm2/m128') }

type Call = (e: Emitter, name: string, d: number, r0: number) => void
function fromRoutine(e: Emitter, call: Call, width: 32 | 64, d: number, a: number, row: number): void {
  call(e, `float.fromhalf${width}${isOperand(e, row) ? '.operand' : ''}`, d, a)
}
function toRoutine(e: Emitter, call: Call, width: 32 | 64, d: number, a: number, row: number): void {
  call(e, `float.tohalf${width}${isOperand(e, row) ? '.operand' : ''}`, d, a)
}

// --- scalars

lower('f.fromhalf', {
  keep: true,
  xmmTemps: 2,
  emit: (e, d, a, _b, _c, row) => {
    const wide = e.region.type[row] === F64
    if (!e.cpu.f16c) return fromRoutine(e, callScalar, wide ? 64 : 32, d, a, row)
    e.asm.rr(VPMOVZXWQ, e.x1, a)
    widen(e, d, e.x1, row, wide)
  },
  slow: (e, d, a, _b, _c, row) => {
    fromRoutine(e, callScalar, e.region.type[row] === F64 ? 64 : 32, d, a, row)
    e.slowReturn()
  },
})

lower('f.tohalf', {
  keep: true,
  xmmTemps: 2,
  low: LOW,
  emit: (e, d, a, _b, _c, row) => {
    const { asm } = e
    const width = e.region.type[e.region.a[row]!] === F64 ? 64 : 32
    if (!e.cpu.f16c || (width === 64 && !isOperand(e, row))) return toRoutine(e, callScalar, width, d, a, row)
    if (width === 64) {
      asm.rr(VMOVQ, d, a)
      narrowOdd(e, d)
    } else asm.rrri(VINSERTPS, e.x1, a, a, LANE_0_ALONE)
    narrow(e, d, e.x1, row)
  },
  slow: (e, d, a, _b, _c, row) => {
    toRoutine(e, callScalar, e.region.type[e.region.a[row]!] === F64 ? 64 : 32, d, a, row)
    e.slowReturn()
  },
})

// --- vectors

for (const [name, width] of [
  ['half', 32],
  ['half64', 64],
] as const) {
  lower(`vf.from${name}`, {
    keep: true,
    xmmTemps: 2,
    emit: (e, d, a, _b, _c, row) => {
      if (!e.cpu.f16c) return fromRoutine(e, callDescribed, width, d, a, row)
      if (width === 64) {
        // Two lanes only: those above may raise nothing.
        e.vex3c(PAND.sse, PAND.vex, e.x1, a, -1, 0, 0, 0)
        widen(e, d, e.x1, row, true)
      } else widen(e, d, a, row, false)
    },
    slow: (e, d, a, _b, _c, row) => {
      fromRoutine(e, callDescribed, width, d, a, row)
      e.slowReturn()
    },
  })
  lower(`vf.to${name}`, {
    keep: true,
    xmmTemps: 2,
    low: LOW,
    emit: (e, d, a, _b, _c, row) => {
      if (!e.cpu.f16c || (width === 64 && !isOperand(e, row))) return toRoutine(e, callDescribed, width, d, a, row)
      if (width === 64) narrowOdd(e, a)
      narrow(e, d, width === 64 ? e.x1 : a, row)
    },
    slow: (e, d, a, _b, _c, row) => {
      toRoutine(e, callDescribed, width, d, a, row)
      e.slowReturn()
    },
  })
}

lower('vf.divhalf', {
  keep: true,
  xmmTemps: 2,
  low: LOW,
  emit: (e, d, a, b) => {
    const { asm, x1 } = e
    if (!e.cpu.f16c) return callDescribed(e, 'float.divhalf', d, a, b)
    slowIfFpcr(e, FPCR_FZ16)
    asm.rr(VCVTPH2PS, d, a)
    asm.rr(VCVTPH2PS, x1, b)
    asm.rrr(VDIVPS, d, d, x1)
    slowIfAnyUnordered(e, 32, d, d)
    asm.rri(VCVTPS2PH, d, d, BY_MXCSR)
    slowIfSmallest(e, d)
  },
  slow: (e, d, a, b) => {
    callDescribed(e, 'float.divhalf', d, a, b)
    e.slowReturn()
  },
})
