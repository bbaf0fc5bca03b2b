/**
 * Scalar conversions and rounding to integral values.
 *
 * Float to integer: the host gives MIN (or all ones, unsigned) for what does not fit; that value goes out of line to be saturated the guest's
 * way. The guest raises inexact only when the result fits, so a rounding other than truncation first rounds with
 * inexact suppressed, converts (exact, or invalid), and raises inexact last, by rounding once more; unless all that does not fit is an integer
 * anyhow, so that the first rounding may raise it. The rounding that MXCSR does not know, ties
 * away from zero, is trunc(a) + trunc(2 * (a - trunc(a))): every step is exact, so nothing stray is raised.
 *
 * Unless the space `checksNaN`, a NaN is what the host makes of it. ROUNDSD and CVTTSD2SI do not say that an operand is denormal; the comparison of the operand
 * with itself before them does (float-traps.ts), where that matters: FPCR.FZ makes the space check.
 */
import { F64, I64 } from '../ir/op-row.ts'
import { FBITS_SHIFT } from '../ir/ops-float.ts'
import { ROUND_AWAY, ROUND_CURRENT, ROUND_DOWN, ROUND_NEAREST, ROUND_UP, ROUND_ZERO } from '../ir/softfloat.ts'
import { ALU, CC, HOST, type Insn, insn, RBP, SETCC, SHIFT } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { fromRbp, SCRATCH_OFFSET } from './layout.ts'
import { callScalar, slowIfUnordered, UCOMI, type Width } from './lower-float-slow.ts'
import { lower } from './lowering.ts'

const XORPS = insn('XORPS xmm1, xmm2/m128')
const VXORPS = insn('VXORPS xmm1, xmm2, xmm3/m128')
const ANDPS = insn('ANDPS xmm1, xmm2/m128')
const VANDPS = insn('VANDPS xmm1, xmm2, xmm3/m128')
const ORPS = insn('ORPS xmm1, xmm2/m128')
const VORPS = insn('VORPS xmm1, xmm2, xmm3/m128')
const PCMPEQD = insn('PCMPEQD xmm1, xmm2/m128')
const VPCMPEQD = insn('VPCMPEQD xmm1, xmm2, xmm3/m128')

type Rows = Record<Width, { readonly sse: Insn; readonly vex: Insn }>
const ADD: Rows = {
  32: { sse: insn('ADDSS xmm1, xmm2/m32'), vex: insn('VADDSS xmm1, xmm2, xmm3/m32') },
  64: { sse: insn('ADDSD xmm1, xmm2/m64'), vex: insn('VADDSD xmm1, xmm2, xmm3/m64') },
}
const SUB: Rows = {
  32: { sse: insn('SUBSS xmm1, xmm2/m32'), vex: insn('VSUBSS xmm1, xmm2, xmm3/m32') },
  64: { sse: insn('SUBSD xmm1, xmm2/m64'), vex: insn('VSUBSD xmm1, xmm2, xmm3/m64') },
}
const MUL: Rows = {
  32: { sse: insn('MULSS xmm1, xmm2/m32'), vex: insn('VMULSS xmm1, xmm2, xmm3/m32') },
  64: { sse: insn('MULSD xmm1, xmm2/m64'), vex: insn('VMULSD xmm1, xmm2, xmm3/m64') },
}
const MIN: Rows = {
  32: { sse: insn('MINSS xmm1, xmm2/m32'), vex: insn('VMINSS xmm1, xmm2, xmm3/m32') },
  64: { sse: insn('MINSD xmm1, xmm2/m64'), vex: insn('VMINSD xmm1, xmm2, xmm3/m64') },
}
const MAX: Rows = {
  32: { sse: insn('MAXSS xmm1, xmm2/m32'), vex: insn('VMAXSS xmm1, xmm2, xmm3/m32') },
  64: { sse: insn('MAXSD xmm1, xmm2/m64'), vex: insn('VMAXSD xmm1, xmm2, xmm3/m64') },
}
const ROUND: Rows = {
  32: { sse: insn('ROUNDSS xmm1, xmm2/m32, imm8'), vex: insn('VROUNDSS xmm1, xmm2, xmm3/m32, imm8') },
  64: { sse: insn('ROUNDSD xmm1, xmm2/m64, imm8'), vex: insn('VROUNDSD xmm1, xmm2, xmm3/m64, imm8') },
}
/** ROUNDSD's immediate by ROUND_*. */
export const ROUND_IMM: number[] = []
ROUND_IMM[ROUND_NEAREST] = 0
ROUND_IMM[ROUND_DOWN] = 1
ROUND_IMM[ROUND_UP] = 2
ROUND_IMM[ROUND_ZERO] = 3
ROUND_IMM[ROUND_CURRENT] = 4
/** Its bit that suppresses inexact. */
export const ROUND_QUIETLY = 8

const SIGN = 0x8000_0000 | 0
const F32_BIAS = 127
const F64_BIAS = 1023

function widthOf(e: Emitter, v: number): Width {
  return e.region.type[v] === F64 ? 64 : 32
}

function emitRound(e: Emitter, width: Width, d: number, a: number, imm: number): void {
  if (e.cpu.avx) e.asm.rrri(ROUND[width].vex, d, a, a, imm)
  else e.asm.rri(ROUND[width].sse, d, a, imm)
}

/** Address of the scalar 2^n as a constant. */
export function powerOfTwo(e: Emitter, width: Width, n: number): number {
  return width === 32 ? e.env.constant16((n + F32_BIAS) << 23, 0, 0, 0) : e.env.constant16(0, (n + F64_BIAS) << 20, 0, 0)
}

/** d = a OP [address], a scalar. */
function withConstant(e: Emitter, rows: Rows, width: Width, d: number, a: number, address: number): void {
  if (e.cpu.avx) e.asm.rrm(rows[width].vex, d, a, HOST, address)
  else {
    e.movX(d, a)
    e.asm.rm(rows[width].sse, d, HOST, address)
  }
}

// --- float to float

const WIDEN = { sse: insn('CVTSS2SD xmm1, xmm2/m32'), vex: insn('VCVTSS2SD xmm1, xmm2, xmm3/m32') }
const NARROW = { sse: insn('CVTSD2SS xmm1, xmm2/m64'), vex: insn('VCVTSD2SS xmm1, xmm2, xmm3/m64') }

function convert(e: Emitter, i: { sse: Insn; vex: Insn }, d: number, a: number): void {
  if (e.cpu.avx) e.asm.rrr(i.vex, d, a, a)
  else e.asm.rr(i.sse, d, a)
}

// The host keeps sign and payload like the guest; only default-NaN mode is left for the routine.
lower('fwiden', {
  emit: (e, d, a) => {
    convert(e, WIDEN, d, a)
    if (e.env.checksNaN) slowIfUnordered(e, 64, d, d)
  },
  slow: (e, d) => {
    callScalar(e, 'float.nan64', d, d)
    e.slowReturn()
  },
})
lower('fnarrow', {
  keep: true,
  emit: (e, d, a, _b, _c, row) => {
    if (e.region.imm[row] !== ROUND_CURRENT) {
      callScalar(e, 'float.narrowodd', d, a)
      return
    }
    convert(e, NARROW, d, a)
    if (e.env.checksNaN) slowIfUnordered(e, 32, d, d)
  },
  slow: (e, d) => {
    callScalar(e, 'float.nan32', d, d)
    e.slowReturn()
  },
})
// --- rounding to integral values

lower('fround', {
  keep: true,
  xmmTemps: 2,
  emit: (e, d, a, _b, _c, row) => {
    const { region } = e
    const width = widthOf(e, row)
    const mode = region.imm[row]!
    if (mode !== ROUND_AWAY) {
      if (e.env.checksNaN) slowIfUnordered(e, width, a, a)
      emitRound(e, width, d, a, ROUND_IMM[mode]! | (region.imm2[row] ? 0 : ROUND_QUIETLY))
      return
    }
    // Only below 2^fraction bits is there anything to do; the rest, infinities and NaNs go out of line.
    const abs = width === 32 ? [0x7fff_ffff, 0, 0, 0] : [-1, 0x7fff_ffff, 0, 0]
    const sign = width === 32 ? [SIGN, 0, 0, 0] : [0, SIGN, 0, 0]
    const { x0, x1 } = e
    e.vex3c(ANDPS, VANDPS, x0, a, abs[0]!, abs[1]!, 0, 0)
    withConstantLoad(e, width, x1, powerOfTwo(e, width, width === 32 ? 23 : 52))
    e.vex2(UCOMI[width].sse, UCOMI[width].vex, x1, x0)
    e.asm.jcc(CC.BE, e.slowPath())
    roundAway(e, width, d, x0, a)
    e.vex3c(ANDPS, VANDPS, d, d, abs[0]!, abs[1]!, 0, 0)
    e.vex3c(ANDPS, VANDPS, x0, a, sign[0]!, sign[1]!, 0, 0)
    e.vex3(ORPS, VORPS, d, d, x0)
  },
  slow: (e, d, a, _b, _c, row) => {
    const width = widthOf(e, row)
    if (e.region.imm[row] === ROUND_AWAY) {
      emitRound(e, width, d, a, ROUND_IMM[ROUND_ZERO]! | ROUND_QUIETLY)
      e.vex2(UCOMI[width].sse, UCOMI[width].vex, d, d)
      const nan = e.asm.label()
      e.asm.jcc(CC.P, nan)
      e.slowReturn()
      e.asm.bind(nan)
    }
    callScalar(e, `float.nan${width}`, d, a)
    e.slowReturn()
  },
})

const MOVSS_LOAD = { sse: insn('MOVSS xmm1, m32'), vex: insn('VMOVSS xmm1, m32') }
const MOVSD_LOAD = { sse: insn('MOVSD xmm1, m64'), vex: insn('VMOVSD xmm1, m64') }
function withConstantLoad(e: Emitter, width: Width, d: number, address: number): void {
  const row = width === 32 ? MOVSS_LOAD : MOVSD_LOAD
  e.asm.rm(e.cpu.avx ? row.vex : row.sse, d, HOST, address)
}

/** d = a rounded, ties away from zero (sign of a zero result undefined); t is a temporary; both differ from a. */
function roundAway(e: Emitter, width: Width, d: number, t: number, a: number): void {
  const truncate = ROUND_IMM[ROUND_ZERO]! | ROUND_QUIETLY
  emitRound(e, width, d, a, truncate)
  e.vex3(SUB[width].sse, SUB[width].vex, t, a, d)
  e.vex3(ADD[width].sse, ADD[width].vex, t, t, t)
  emitRound(e, width, t, t, truncate)
  e.vex3(ADD[width].sse, ADD[width].vex, d, d, t)
}

// --- float to integer

const TRUNCATE = {
  32: {
    32: { sse: insn('CVTTSS2SI r32, xmm2/m32'), vex: insn('VCVTTSS2SI r32, xmm2/m32') },
    64: { sse: insn('CVTTSS2SI r64, xmm2/m32'), vex: insn('VCVTTSS2SI r64, xmm2/m32') },
  },
  64: {
    32: { sse: insn('CVTTSD2SI r32, xmm2/m64'), vex: insn('VCVTTSD2SI r32, xmm2/m64') },
    64: { sse: insn('CVTTSD2SI r64, xmm2/m64'), vex: insn('VCVTTSD2SI r64, xmm2/m64') },
  },
} as const
const TRUNCATE_UNSIGNED = {
  32: { 32: insn('VCVTTSS2USI r32, xmm2/m32'), 64: insn('VCVTTSS2USI r64, xmm2/m32') },
  64: { 32: insn('VCVTTSD2USI r32, xmm2/m64'), 64: insn('VCVTTSD2USI r64, xmm2/m64') },
} as const
const MOV = { 32: insn('MOV r32, r/m32'), 64: insn('MOV r64, r/m64') } as const
const NOT = { 32: insn('NOT r/m32'), 64: insn('NOT r/m64') } as const
const XOR_32 = insn('XOR r32, r/m32')
const CMP_64 = insn('CMP r64, r/m64')
const TEST_64 = insn('TEST r/m64, r64')
const OR_64 = insn('OR r64, r/m64')
const BTS_64 = insn('BTS r/m64, imm8')

interface ToInteger {
  /** Width of the float that is converted: of x1, or of a when there is no rounding before. */
  width: Width
  target: Width
  mode: number
  /** Register that holds the scaled value, and the one that holds it rounded. */
  source: number
  rounded: number
  /** The rounding has raised inexact. */
  isRaised: boolean
}

/** Scales by 2^fbits and rounds; `always` also truncates, so that the conversion behind it is exact. `isSigned`: to such an integer. */
function prepare(e: Emitter, a: number, row: number, always: boolean, isSigned: boolean): ToInteger {
  const { region, x0, x1 } = e
  const mode = region.imm[row]! & ((1 << FBITS_SHIFT) - 1)
  const fbits = region.imm[row]! >> FBITS_SHIFT
  let width = widthOf(e, region.a[row]!)
  const target = region.type[row] === I64 ? 64 : 32
  let source = a
  if (e.env.checksNaN) e.vex2(UCOMI[width].sse, UCOMI[width].vex, a, a)
  if (fbits > 0) {
    // f32 in f64 cannot overflow; f64 is clamped to what is out of range anyhow. MIN and MAX keep a NaN in their second operand.
    if (width === 32) convert(e, WIDEN, x0, a)
    else {
      const huge = target + 8
      const limit = e.env.constant16(0, (huge + F64_BIAS) << 20, 0, 0)
      const lower = e.env.constant16(0, ((huge + F64_BIAS) << 20) | SIGN, 0, 0)
      withConstantLoad(e, 64, x0, lower)
      e.vex3(MAX[64].sse, MAX[64].vex, x0, x0, a)
      withConstantLoad(e, 64, x1, limit)
      e.vex3(MIN[64].sse, MIN[64].vex, x1, x1, x0)
      e.movX(x0, x1)
    }
    width = 64
    withConstant(e, MUL, 64, x0, x0, powerOfTwo(e, 64, fbits))
    source = x0
  }
  let rounded = source
  let isRaised = false
  if (mode === ROUND_AWAY) {
    rounded = x1
    roundAway(e, width, x1, e.x2, source)
  } else if (mode !== ROUND_ZERO || always) {
    rounded = x1
    // What is beyond a signed integer of this size has no fraction.
    isRaised = isSigned && fbits === 0 && (width === 32 || target === 64)
    emitRound(e, width, x1, source, ROUND_IMM[mode]! | (isRaised ? 0 : ROUND_QUIETLY))
  }
  return { width, target, mode, source, rounded, isRaised }
}

/** Raises inexact if the rounding before changed the value. */
function raiseInexact(e: Emitter, p: ToInteger): void {
  if (p.rounded !== p.source && !p.isRaised)
    emitRound(e, p.width, p.rounded, p.source, ROUND_IMM[p.mode === ROUND_AWAY ? ROUND_ZERO : p.mode]!)
}

/** Raises invalid; x is overwritten. */
function raiseInvalid(e: Emitter, x: number, g: number): void {
  e.vex3(PCMPEQD, VPCMPEQD, x, x, x)
  e.vex2(TRUNCATE[32][32].sse, TRUNCATE[32][32].vex, g, x)
}

/** Flags of 0 against a: unordered P, negative A, positive B. x0 becomes 0. */
function compareZero(e: Emitter, a: number, row: number): void {
  const width = widthOf(e, e.region.a[row]!)
  e.vex3(XORPS, VXORPS, e.x0, e.x0, e.x0)
  e.vex2(UCOMI[width].sse, UCOMI[width].vex, e.x0, a)
}

lower('ftosi', {
  keep: true,
  xmmTemps: 3,
  emit: (e, d, a, _b, _c, row) => {
    const p = prepare(e, a, row, false, true)
    const i = TRUNCATE[p.width][p.target]
    e.vex2(i.sse, i.vex, d, p.rounded)
    e.asm.aluRI(ALU.CMP, p.target, d, 1)
    e.asm.jcc(CC.O, e.slowPath())
    raiseInexact(e, p)
  },
  // d is MIN: right for negative values, to be inverted for positive ones, 0 for NaN.
  slow: (e, d, a, _b, _c, row) => {
    const { asm } = e
    const nan = asm.label()
    const done = asm.label()
    compareZero(e, a, row)
    asm.jcc(CC.P, nan)
    asm.jcc(CC.AE, done)
    asm.r(NOT[e.region.type[row] === I64 ? 64 : 32], d)
    asm.bind(done)
    e.slowReturn()
    asm.bind(nan)
    asm.rr(XOR_32, d, d)
    e.slowReturn()
  },
})

lower('ftoui', {
  keep: true,
  xmmTemps: 3,
  gprTemps: 1,
  emit: (e, d, a, _b, _c, row) => {
    const { asm } = e
    if (e.cpu.avx512f) {
      const p = prepare(e, a, row, false, false)
      asm.rr(TRUNCATE_UNSIGNED[p.width][p.target], d, p.rounded)
      asm.aluRI(ALU.CMP, p.target, d, -1)
      asm.jcc(CC.E, e.slowPath())
      raiseInexact(e, p)
      return
    }
    const p = prepare(e, a, row, true, false)
    const i = TRUNCATE[p.width][64]
    if (p.target === 32) {
      e.vex2(i.sse, i.vex, d, p.rounded)
      asm.rr(MOV[32], e.g0, d)
      asm.rr(CMP_64, e.g0, d)
      asm.jcc(CC.NE, e.slowPath())
    } else {
      const limit = powerOfTwo(e, p.width, 63)
      asm.rm(e.cpu.avx ? UCOMI[p.width].vex : UCOMI[p.width].sse, p.rounded, HOST, limit)
      asm.jcc(CC.AE, e.slowPath())
      e.vex2(i.sse, i.vex, d, p.rounded)
      asm.rr(TEST_64, d, d)
      asm.jcc(CC.S, e.slowPath())
    }
    raiseInexact(e, p)
  },
  slow: (e, d, a, _b, _c, row) => {
    const { asm } = e
    const target = e.region.type[row] === I64 ? 64 : 32
    const zero = asm.label()
    if (e.cpu.avx512f) {
      // d is all ones: the right value, or the host's answer to what does not fit, with invalid raised.
      compareZero(e, a, row)
      asm.jcc(CC.P, zero)
      asm.jcc(CC.AE, zero)
      e.slowReturn()
      asm.bind(zero)
      asm.rr(XOR_32, d, d)
      e.slowReturn()
      return
    }
    const fbits = e.region.imm[row]! >> FBITS_SHIFT
    const width = fbits > 0 ? 64 : widthOf(e, e.region.a[row]!)
    const top = asm.label()
    compareZero(e, a, row)
    asm.jcc(CC.P, zero)
    asm.jcc(CC.AE, zero)
    if (target === 64) {
      // At least 2^63: an integer already.
      const ucomi = e.cpu.avx ? UCOMI[width].vex : UCOMI[width].sse
      asm.rm(ucomi, e.x1, HOST, powerOfTwo(e, width, 64))
      // Ties-away rounding makes a NaN of infinity.
      asm.jcc(CC.P, top)
      asm.jcc(CC.AE, top)
      withConstant(e, SUB, width, e.x0, e.x1, powerOfTwo(e, width, 63))
      e.vex2(TRUNCATE[width][64].sse, TRUNCATE[width][64].vex, d, e.x0)
      asm.ri(BTS_64, d, 63)
      e.slowReturn()
    }
    asm.bind(top)
    raiseInvalid(e, e.x0, e.g0)
    asm.imm64(d, -1, target === 64 ? -1 : 0)
    e.slowReturn()
    asm.bind(zero)
    raiseInvalid(e, e.x0, e.g0)
    asm.rr(XOR_32, d, d)
    e.slowReturn()
  },
})

// --- integer to float

const FROM_INT = {
  32: {
    32: { sse: insn('CVTSI2SS xmm1, r/m32'), vex: insn('VCVTSI2SS xmm1, xmm2, r/m32') },
    64: { sse: insn('CVTSI2SS xmm1, r/m64'), vex: insn('VCVTSI2SS xmm1, xmm2, r/m64') },
  },
  64: {
    32: { sse: insn('CVTSI2SD xmm1, r/m32'), vex: insn('VCVTSI2SD xmm1, xmm2, r/m32') },
    64: { sse: insn('CVTSI2SD xmm1, r/m64'), vex: insn('VCVTSI2SD xmm1, xmm2, r/m64') },
  },
} as const
const FROM_UNSIGNED = {
  32: { 32: insn('VCVTUSI2SS xmm1, xmm2, r/m32'), 64: insn('VCVTUSI2SS xmm1, xmm2, r/m64') },
  64: { 32: insn('VCVTUSI2SD xmm1, xmm2, r/m32'), 64: insn('VCVTUSI2SD xmm1, xmm2, r/m64') },
} as const

/** d = float of signed general register g of `size` bits. */
function fromInt(e: Emitter, width: Width, size: Width, d: number, g: number): void {
  e.vex3(XORPS, VXORPS, d, d, d)
  const i = FROM_INT[width][size]
  if (e.cpu.avx) e.asm.rrr(i.vex, d, d, g)
  else e.asm.rr(i.sse, d, g)
}

/** Times 2^-fbits: exact. */
function scaleDown(e: Emitter, d: number, row: number): void {
  const fbits = e.region.imm[row]!
  const width = widthOf(e, row)
  if (fbits > 0) withConstant(e, MUL, width, d, d, powerOfTwo(e, width, -fbits))
}

lower('sitof', {
  emit: (e, d, a, _b, _c, row) => {
    fromInt(e, widthOf(e, row), e.region.type[e.region.a[row]!] === I64 ? 64 : 32, d, a)
    scaleDown(e, d, row)
  },
})

lower('uitof', {
  gprTemps: 1,
  emit: (e, d, a, _b, _c, row) => {
    const { asm } = e
    const width = widthOf(e, row)
    const size = e.region.type[e.region.a[row]!] === I64 ? 64 : 32
    if (e.cpu.avx512f) {
      e.vex3(XORPS, VXORPS, d, d, d)
      asm.rrr(FROM_UNSIGNED[width][size], d, d, a)
    } else if (size === 32) {
      asm.rr(MOV[32], e.g0, a)
      fromInt(e, width, 64, d, e.g0)
    } else {
      const done = asm.label()
      const large = asm.label()
      asm.rr(TEST_64, a, a)
      asm.jcc(CC.S, large)
      fromInt(e, width, 64, d, a)
      asm.jmp(done)
      // Halved with the lost bit kept sticky: rounds like the whole, then doubled exactly.
      asm.bind(large)
      asm.rr(MOV[64], e.g0, a)
      asm.shiftRI(SHIFT.SHR, 64, e.g0, 1)
      const even = asm.label()
      asm.jcc(CC.AE, even)
      asm.aluRI(ALU.OR, 64, e.g0, 1)
      asm.bind(even)
      fromInt(e, width, 64, d, e.g0)
      e.vex3(ADD[width].sse, ADD[width].vex, d, d, d)
      asm.bind(done)
    }
    scaleDown(e, d, row)
  },
})

const MOVQ_FROM = { sse: insn('MOVQ r/m64, xmm1'), vex: insn('VMOVQ r/m64, xmm1') }
const MOVQ_STORE = { sse: insn('MOVQ xmm2/m64, xmm1'), vex: insn('VMOVQ xmm2/m64, xmm1') }
const MOVZX_8 = insn('MOVZX r32, r/m8')

lower('ftosi.js', {
  keep: true,
  gprTemps: 2,
  xmmTemps: 1,
  emit: (e, d, a) => {
    const { asm, g0, g1, x0 } = e
    const i = TRUNCATE[64][32]
    if (e.env.checksNaN) e.vex2(UCOMI[64].sse, UCOMI[64].vex, a, a)
    e.vex2(i.sse, i.vex, d, a)
    asm.aluRI(ALU.CMP, 32, d, 1)
    asm.jcc(CC.O, e.slowPath())
    // Nothing was lost if the way back gives the same bits.
    fromInt(e, 64, 32, x0, d)
    e.vex2(MOVQ_FROM.sse, MOVQ_FROM.vex, g0, x0)
    e.vex2(MOVQ_FROM.sse, MOVQ_FROM.vex, g1, a)
    asm.rr(CMP_64, g0, g1)
    asm.r(SETCC[CC.E]!, g0)
    asm.rr(MOVZX_8, g0, g0)
    asm.shiftRI(SHIFT.SHL, 64, g0, 32)
    asm.rr(OR_64, d, g0)
  },
  // Modulo 2^32 by the routine: the bits of a in scratch, the result in its place.
  slow: (e, d, a) => {
    const scratch = fromRbp(SCRATCH_OFFSET)
    e.asm.mr(e.cpu.avx ? MOVQ_STORE.vex : MOVQ_STORE.sse, RBP, scratch, a)
    e.callRoutine('float.tointjs')
    e.asm.rm(MOV[64], d, RBP, scratch)
    e.slowReturn()
  },
})
