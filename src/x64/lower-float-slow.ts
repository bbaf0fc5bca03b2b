/**
 * What the floating-point lowerings share: the check that a result is NaN, and the call of a *described routine* out of line.
 *
 * A described routine (src/runtime/routines/float-frame.ts) works on registers that the instruction behind the call names: `test eax, imm32`
 * with d | r0 << 8 | r1 << 16 | r2 << 24, each byte a register number in its low five bits, bits 5-7 free for the routine.
 * It preserves everything but d and the host flags.
 */
import { OP } from '../ir/ops.ts'
import { CC, HOST, insn } from './asm/index.ts'
import type { Emitter } from './emitter.ts'

const TEST_EAX = insn('TEST EAX, imm32')
export const UCOMI = {
  32: { sse: insn('UCOMISS xmm1, xmm2/m32'), vex: insn('VUCOMISS xmm1, xmm2/m32') },
  64: { sse: insn('UCOMISD xmm1, xmm2/m64'), vex: insn('VUCOMISD xmm1, xmm2/m64') },
} as const
const CMP = {
  32: {
    sse: insn('CMPPS xmm1, xmm2/m128, imm8'),
    vex: insn('VCMPPS xmm1, xmm2, xmm3/m128, imm8'),
    mask: insn('VCMPPS k1, xmm2, xmm3/m128, imm8'),
  },
  64: {
    sse: insn('CMPPD xmm1, xmm2/m128, imm8'),
    vex: insn('VCMPPD xmm1, xmm2, xmm3/m128, imm8'),
    mask: insn('VCMPPD k1, xmm2, xmm3/m128, imm8'),
  },
} as const
const PTEST = insn('PTEST xmm1, xmm2/m128')
const VPTEST = insn('VPTEST xmm1, xmm2/m128')
const KORTESTB = insn('KORTESTB k1, k2')

export type Width = 32 | 64
/** Comparison predicates of CMPPS. */
export const CMP_EQ = 0
export const CMP_LT = 1
export const CMP_LE = 2
export const CMP_UNORDERED = 3
/** The mask register that lowerings use; nothing else does. */
export const K1 = 1

/** Calls described routine `name`; `flags` are or-ed into the descriptor. */
export function callDescribed(e: Emitter, name: string, d: number, r0: number, r1: number = r0, r2: number = r1, flags = 0): void {
  e.callRoutine(name)
  e.asm.imm(TEST_EAX, d | (r0 << 8) | (r1 << 16) | (r2 << 24) | flags)
}

/** Bit of the descriptor: only lane 0 counts. */
const DESCRIBED_SCALAR = 1 << 5

/** As `callDescribed`, for scalars: whatever lies above lane 0 is left alone. */
export function callScalar(e: Emitter, name: string, d: number, r0: number, r1: number = r0, r2: number = r1): void {
  callDescribed(e, name, d, r0, r1, r2, DESCRIBED_SCALAR)
}

/** Out of line if scalars a and b are unordered. */
export function slowIfUnordered(e: Emitter, width: Width, a: number, b: number): void {
  e.vex2(UCOMI[width].sse, UCOMI[width].vex, a, b)
  e.asm.jcc(CC.P, e.slowPath())
}

/** Out of line if a lane of vectors a and b is unordered; x0 is a temporary. */
export function slowIfAnyUnordered(e: Emitter, width: Width, a: number, b: number): void {
  const row = CMP[width]
  if (e.cpu.avx512dq && e.cpu.avx512vl) {
    e.asm.rrri(row.mask, K1, a, b, CMP_UNORDERED)
    e.asm.rr(KORTESTB, K1, K1)
  } else {
    e.vex3i(row.sse, row.vex, e.x0, a, b, CMP_UNORDERED)
    e.vex2(PTEST, VPTEST, e.x0, e.x0)
  }
  e.asm.jcc(CC.NE, e.slowPath())
}

const FPCLASS = {
  32: { vector: insn('VFPCLASSPS k1, xmm2/m128, imm8'), scalar: insn('VFPCLASSSS k1, xmm2/m32, imm8') },
  64: { vector: insn('VFPCLASSPD k1, xmm2/m128, imm8'), scalar: insn('VFPCLASSSD k1, xmm2/m64, imm8') },
} as const
/** VFPCLASS: quiet and signalling NaNs, zeros of both signs, denormals (which may become zeros). */
const NAN_OR_ZERO = 0xa7
const XORPS = insn('XORPS xmm1, xmm2/m128')
const VXORPS = insn('VXORPS xmm1, xmm2, xmm3/m128')
const VORPS = insn('VORPS xmm1, xmm2, xmm3/m128')
/** CMPPS predicates of AVX: equal or unordered; not greater or equal, or unordered; both quiet. */
const CMP_EQ_UQ = 8
const CMP_NGE_UQ = 0x19
const K2 = 2

/** Out of line if a lane (or the scalar) of a or b is zero or NaN. Needs AVX; x0 and x1 are temporaries. */
export function slowIfZeroOrNaN(e: Emitter, width: Width, a: number, b: number, isScalar: boolean): void {
  const { asm, x0, x1 } = e
  if (e.cpu.avx512dq && e.cpu.avx512vl) {
    const i = isScalar ? FPCLASS[width].scalar : FPCLASS[width].vector
    asm.rri(i, K1, a, NAN_OR_ZERO)
    asm.rri(i, K2, b, NAN_OR_ZERO)
    asm.rr(KORTESTB, K1, K2)
    asm.jcc(CC.NE, e.slowPath())
    return
  }
  e.vex3(XORPS, VXORPS, x0, x0, x0)
  if (isScalar) {
    asm.rr(UCOMI[width].vex, a, x0)
    asm.jcc(CC.E, e.slowPath())
    asm.rr(UCOMI[width].vex, b, x0)
    asm.jcc(CC.E, e.slowPath())
    return
  }
  asm.rrri(CMP[width].vex, x1, a, x0, CMP_EQ_UQ)
  asm.rrri(CMP[width].vex, x0, b, x0, CMP_EQ_UQ)
  asm.rrr(VORPS, x0, x0, x1)
  slowIfAnyBit(e, x0)
}

/** Out of line if a lane of (or the scalar) `magnitudes` is below the constant at `limit`, or NaN. Needs AVX; x0 is a temporary. */
export function slowIfBelow(e: Emitter, width: Width, magnitudes: number, limit: number, isScalar: boolean): void {
  if (isScalar) {
    e.asm.rm(UCOMI[width].vex, magnitudes, HOST, limit)
    e.asm.jcc(CC.B, e.slowPath())
    return
  }
  e.asm.rrmi(CMP[width].vex, e.x0, magnitudes, HOST, limit, CMP_NGE_UQ)
  slowIfAnyBit(e, e.x0)
}

/** Out of line if x0, a mask of whole lanes, is not zero. */
export function slowIfAnyBit(e: Emitter, x: number): void {
  e.vex2(PTEST, VPTEST, x, x)
  e.asm.jcc(CC.NE, e.slowPath())
}

/** Descriptor bits of the fma routines: what is negated. */
const DESCRIBED_NEG_C = 0x80 << 8
const DESCRIBED_NEG_A = 0x80 << 16

/** Calls `float.fmanan…` or, without FMA3, `float.fma…`: operands c, a, b. */
export function callFma(e: Emitter, name: string, d: number, a: number, b: number, c: number, imm: number, scalar: boolean): void {
  callDescribed(e, name, d, c, a, b, (scalar ? DESCRIBED_SCALAR : 0) | (imm & 1 ? DESCRIBED_NEG_A : 0) | (imm & 2 ? DESCRIBED_NEG_C : 0))
}

/** Ops whose results are no denormals while the guest flushes them. */
const FLUSHED = new Set<number>()
for (const name of [
  'constf',
  'fadd',
  'fsub',
  'fmul',
  'fdiv',
  'fsqrt',
  'fma',
  'fmin',
  'fmax',
  'fminnum',
  'fmaxnum',
  'fround',
  'fwiden',
  'fnarrow',
  'sitof',
  'uitof',
] as const)
  FLUSHED.add(OP[name])
for (const name of [
  'constv',
  'vzero',
  'vfadd32',
  'vfadd64',
  'vfsub32',
  'vfsub64',
  'vfmul32',
  'vfmul64',
  'vfdiv32',
  'vfdiv64',
  'vfma32',
  'vfma64',
  'vfsqrt32',
  'vfsqrt64',
] as const)
  FLUSHED.add(OP[name])

/** Whether value `v` may be (or have a lane that is) denormal when the guest flushes to zero. */
export function mayBeDenormal(e: Emitter, v: number): boolean {
  return !FLUSHED.has(e.region.op[e.root(v)]!)
}
