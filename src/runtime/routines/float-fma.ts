/**
 * Fused multiply-add for hosts without FMA3, and the steps of Newton iterations that are built on it, lane by lane.
 *
 *   float.fma32/64       FPMulAdd: r0 the addend, r1, r2 the factors, negations as `float.fmanan`
 *   float.frecps32/64    FPRecipStepFused: 2 - r0 * r1      float.frsqrts32/64  FPRSqrtStepFused: (3 - r0 * r1) / 2
 *
 * f32: the product is exact in f64; the sum is rounded to odd in f64 (to zero, with the lowest bit set when something was lost) and
 * then once to f32. f64: the sum of the 106-bit product and the addend in 128-bit integers, rounded once by hand.
 */
import {
  ALU,
  type Assembler,
  CC,
  HOST,
  insn,
  type Label,
  R8,
  R9,
  R10,
  R11,
  RAX,
  RBX,
  RCX,
  RDI,
  RDX,
  RSI,
  RSP,
  SHIFT,
} from '../../x64/asm/index.ts'
import type { RoutineEnv } from '../routines.ts'
import {ANDPS, 
  absMask, beginProbe, D, described, eachLane, LOAD, loadLane, MOVE, MUL, MXCSR_MASKS, MXCSR_OE, MXCSR_PE, MXCSR_RC, MXCSR_UE, power, R0, R1, R2, restoreMxcsr, type Size,saveMxcsr, signBit, 
  storeLane, UCOMI, XORPS,
} from './float-frame.ts' // biome-ignore format: a list
import { applyNegations, DESCRIBED_NEG_ADDEND, invalidProduct, selectNaN, storeDefault } from './float-nan.ts'

const MOV_32 = insn('MOV r32, r/m32')
const MOV_64 = insn('MOV r64, r/m64')
const MOV_STORE_32 = insn('MOV r/m32, r32')
const MOVQ_FROM = insn('MOVQ r/m64, xmm1')
const MOVQ_TO = insn('MOVQ xmm1, r/m64')
const CVTSS2SD = insn('CVTSS2SD xmm1, xmm2/m32')
const CVTSD2SS = insn('CVTSD2SS xmm1, xmm2/m64')
const MULSD = insn('MULSD xmm1, xmm2/m64')
const ADDSD = insn('ADDSD xmm1, xmm2/m64')
const OR_64 = insn('OR r64, r/m64')
const XOR_64 = insn('XOR r64, r/m64')
const XOR_32 = insn('XOR r32, r/m32')
const ADD_64 = insn('ADD r64, r/m64')
const ADC_64 = insn('ADC r64, r/m64')
const SUB_64 = insn('SUB r64, r/m64')
const SBB_64 = insn('SBB r64, r/m64')
const SUB_32 = insn('SUB r32, r/m32')
const ADD_32 = insn('ADD r32, r/m32')
const CMP_64 = insn('CMP r64, r/m64')
const TEST_64 = insn('TEST r/m64, r64')
const TEST_32 = insn('TEST r/m32, imm32')
const TEST_MEM_32 = insn('TEST r/m32, imm32')
const NOT_64 = insn('NOT r/m64')
const MUL_64 = insn('MUL r/m64')
const BSR_64 = insn('BSR r64, r/m64')
const BTS_64 = insn('BTS r/m64, imm8')
const SHL_CL = insn('SHL r/m64, CL')
const SHR_CL = insn('SHR r/m64, CL')
const SHLD_CL = insn('SHLD r/m64, r64, CL')
const SHRD_CL = insn('SHRD r/m64, r64, CL')
const XCHG_64 = insn('XCHG r/m64, r64')
const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const RET = insn('RET')
const VFMADD = { 32: insn('VFMADD231SS xmm1, xmm2, xmm3/m32'), 64: insn('VFMADD231SD xmm1, xmm2, xmm3/m64') } as const

const SIZES: readonly Size[] = [32, 64]
const LOCAL_MXCSR = 32
const F64_BIAS = 1023
const FRACTION = 52
const EXPONENT_MASK = 0x7ff

/** A subroutine of this routine: xmm2 = xmm2 + xmm0 * xmm1 rounded once, none of them NaN. Needs the locals 72..119 above its return address. */
function emitFused(asm: Assembler, env: RoutineEnv, size: Size): Label {
  const over = asm.label()
  const entry = asm.label()
  asm.jmp(over)
  asm.bind(entry)
  if (env.cpu.fma) asm.rrr(VFMADD[size], 2, 0, 1)
  else if (size === 32) fusedSingle(asm)
  else fusedDouble(asm, env)
  asm.none(RET)
  asm.bind(over)
  return entry
}

/** Offsets from rsp inside the subroutine, behind its return address. */
const SUB_MXCSR = 8 + 72
const SUB_MXCSR_2 = 8 + 76

function fusedSingle(asm: Assembler): void {
  const exact = asm.label()
  for (const x of [0, 1, 2]) asm.rr(CVTSS2SD, x, x)
  asm.rr(MULSD, 0, 1)
  // In round to zero, with a clean inexact bit.
  saveMxcsr(asm, SUB_MXCSR)
  asm.rm(MOV_32, RCX, RSP, SUB_MXCSR)
  asm.aluRI(ALU.OR, 32, RCX, MXCSR_RC | MXCSR_MASKS)
  asm.aluRI(ALU.AND, 32, RCX, ~MXCSR_PE)
  asm.mr(MOV_STORE_32, RSP, SUB_MXCSR_2, RCX)
  restoreMxcsr(asm, SUB_MXCSR_2)
  asm.rr(MOVE[64], 3, 2)
  asm.rr(ADDSD, 3, 0)
  saveMxcsr(asm, SUB_MXCSR_2)
  restoreMxcsr(asm, SUB_MXCSR)
  asm.mi(TEST_MEM_32, RSP, SUB_MXCSR_2, MXCSR_PE)
  const narrow = asm.label()
  asm.jcc(CC.E, exact)
  asm.rr(MOVQ_FROM, RCX, 3)
  asm.aluRI(ALU.OR, 64, RCX, 1)
  asm.rr(MOVQ_TO, 2, RCX)
  asm.jmp(narrow)
  // Exact: done again for the sign of a zero, and for infinities and what they raise.
  asm.bind(exact)
  asm.rr(ADDSD, 2, 0)
  asm.bind(narrow)
  asm.rr(CVTSD2SS, 2, 2)
}

/** Splits the f64 bits in `reg` into mantissa (same register) and ecx = exponent of its lowest bit; the number is not zero. */
function splitDouble(asm: Assembler, reg: number): void {
  const normal = asm.label()
  const done = asm.label()
  asm.rr(MOV_64, RCX, reg)
  asm.shiftRI(SHIFT.SHR, 64, RCX, FRACTION)
  asm.aluRI(ALU.AND, 32, RCX, EXPONENT_MASK)
  asm.shiftRI(SHIFT.SHL, 64, reg, 12)
  asm.shiftRI(SHIFT.SHR, 64, reg, 12)
  asm.aluRI(ALU.CMP, 32, RCX, 0)
  asm.jcc(CC.NE, normal)
  asm.ri(MOV_IMM, RCX, 1)
  asm.jmp(done)
  asm.bind(normal)
  asm.ri(BTS_64, reg, FRACTION)
  asm.bind(done)
  asm.aluRI(ALU.SUB, 32, RCX, F64_BIAS + FRACTION)
}
const MOV_IMM = insn('MOV r32, imm32')

/**
 * Special operands go by multiplication and addition; else
 *   rdx:rax = product, its lowest bit 2^r9, sign in r10; rdi:rsi = addend, its lowest bit 2^r11, sign in rbx
 */
function fusedDouble(asm: Assembler, env: RoutineEnv): void {
  const special = asm.label()
  const done = asm.label()
  specialOperands(asm, env, special)
  const saved = [RAX, RBX, RDX, RSI, RDI, R8]
  for (const reg of saved) asm.r(PUSH, reg)
  asm.rr(MOVQ_FROM, RAX, 0)
  asm.rr(MOVQ_FROM, RDX, 1)
  asm.rr(MOV_64, R10, RAX)
  asm.rr(XOR_64, R10, RDX)
  splitDouble(asm, RAX)
  asm.rr(MOV_32, R9, RCX)
  splitDouble(asm, RDX)
  asm.rr(ADD_32, R9, RCX)
  asm.r(MUL_64, RDX)
  asm.rr(MOVQ_FROM, RSI, 2)
  asm.rr(MOV_64, RBX, RSI)
  splitDouble(asm, RSI)
  asm.rr(MOV_32, R11, RCX)
  asm.rr(XOR_32, RDI, RDI)
  // Both with their leading one at bit 125: a sum has room above, and 20 bits below the product.
  normalise(asm, RDX, RAX, R9)
  normalise(asm, RDI, RSI, R11)
  // The one with the larger exponent (then magnitude) first.
  const ordered = asm.label()
  const exchange = asm.label()
  asm.rr(CMP_32, R9, R11)
  asm.jcc(CC.G, ordered)
  asm.jcc(CC.L, exchange)
  asm.rr(CMP_64, RDX, RDI)
  asm.jcc(CC.A, ordered)
  asm.jcc(CC.B, exchange)
  asm.rr(CMP_64, RAX, RSI)
  asm.jcc(CC.AE, ordered)
  asm.bind(exchange)
  for (const [p, q] of [
    [RAX, RSI],
    [RDX, RDI],
    [R9, R11],
    [R10, RBX],
  ] as const)
    asm.rr(XCHG_64, p, q)
  asm.bind(ordered)
  // The smaller one shifted right by the difference, what falls out kept sticky in its lowest bit.
  asm.rr(MOV_32, RCX, R9)
  asm.rr(SUB_32, RCX, R11)
  stickyShift(asm, RDI, RSI)
  const subtract = asm.label()
  const combined = asm.label()
  asm.rr(XOR_64, RBX, R10)
  asm.jcc(CC.S, subtract)
  asm.rr(ADD_64, RAX, RSI)
  asm.rr(ADC_64, RDX, RDI)
  asm.jmp(combined)
  asm.bind(subtract)
  asm.rr(SUB_64, RAX, RSI)
  asm.rr(SBB_64, RDX, RDI)
  asm.bind(combined)
  const nonzero = asm.label()
  asm.rr(MOV_64, RCX, RAX)
  asm.rr(OR_64, RCX, RDX)
  asm.jcc(CC.NE, nonzero)
  // Exact zero: negative only when rounding down.
  for (const reg of [...saved].reverse()) asm.r(POP, reg)
  asm.rr(XORPS, 2, 2)
  const positive = asm.label()
  saveMxcsr(asm, SUB_MXCSR)
  asm.rm(MOV_32, RCX, RSP, SUB_MXCSR)
  asm.aluRI(ALU.AND, 32, RCX, MXCSR_RC)
  asm.aluRI(ALU.CMP, 32, RCX, 1 << 13)
  asm.jcc(CC.NE, positive)
  asm.rm(XORPS, 2, HOST, signBit(env, 64))
  asm.bind(positive)
  asm.none(RET)
  asm.bind(nonzero)
  normalise(asm, RDX, RAX, R9)
  // A 62-bit mantissa with a sticky bit: leading one at bit 61 of rdx.
  const tail = asm.label()
  asm.rr(TEST_64, RAX, RAX)
  asm.jcc(CC.E, tail)
  asm.aluRI(ALU.OR, 64, RDX, 1)
  asm.bind(tail)
  asm.aluRI(ALU.ADD, 32, R9, 64)
  roundDouble(asm)
  for (const reg of [...saved].reverse()) asm.r(POP, reg)
  asm.rr(MOVQ_TO, 2, R9)
  asm.jmp(done)
  asm.bind(special)
  asm.rr(MULSD, 0, 1)
  asm.rr(ADDSD, 2, 0)
  asm.bind(done)
}
const CMP_32 = insn('CMP r32, r/m32')

/**
 * Goes to `special` when a plain product and sum are right: an infinite or zero factor, a zero addend with a product that is not zero (the
 * sum is then exact). An infinite addend is itself the result.
 */
function specialOperands(asm: Assembler, env: RoutineEnv, special: Label): void {
  const infinity = env.constant16(0, 0x7ff0_0000, 0, 0x7ff0_0000)
  const finite = asm.label()
  asm.rr(XORPS, 4, 4)
  for (const x of [0, 1]) {
    asm.rr(UCOMI[64], x, 4)
    asm.jcc(CC.E, special)
    asm.rr(MOVE[64], 3, x)
    asm.rm(ANDPS, 3, HOST, absMask(env, 64))
    asm.rm(UCOMI[64], 3, HOST, infinity)
    asm.jcc(CC.E, special)
  }
  asm.rr(MOVE[64], 3, 2)
  asm.rm(ANDPS, 3, HOST, absMask(env, 64))
  asm.rm(UCOMI[64], 3, HOST, infinity)
  asm.jcc(CC.NE, finite)
  asm.none(RET)
  asm.bind(finite)
  const both = asm.label()
  asm.rr(UCOMI[64], 2, 4)
  asm.jcc(CC.NE, both)
  // The product alone; a zero that it underflows to keeps its sign.
  asm.rr(MULSD, 0, 1)
  asm.rr(MOVE[64], 2, 0)
  asm.none(RET)
  asm.bind(both)
}

/** Shifts high:low left until its leading one is at bit 125, `exponent` (of its lowest bit) following; r8, rcx change. */
function normalise(asm: Assembler, high: number, low: number, exponent: number): void {
  const wide = asm.label()
  const right = asm.label()
  const done = asm.label()
  asm.rr(TEST_64, high, high)
  asm.jcc(CC.NE, wide)
  asm.rr(MOV_64, high, low)
  asm.rr(XOR_32, low, low)
  asm.aluRI(ALU.SUB, 32, exponent, 64)
  asm.bind(wide)
  asm.rr(BSR_64, R8, high)
  asm.ri(MOV_IMM, RCX, 61)
  asm.rr(SUB_32, RCX, R8)
  asm.jcc(CC.S, right)
  asm.rr(SHLD_CL, high, low)
  asm.r(SHL_CL, low)
  asm.rr(SUB_32, exponent, RCX)
  asm.jmp(done)
  // One too far up after a carry: what falls out stays sticky.
  asm.bind(right)
  asm.r(NEG_32, RCX)
  asm.rr(ADD_32, exponent, RCX)
  stickyShift(asm, high, low)
  asm.bind(done)
}
const NEG_32 = insn('NEG r/m32')

/** high:low shifted right by ecx >= 0; bits that fall out are or-ed into the lowest one. r8 and rcx change. */
function stickyShift(asm: Assembler, high: number, low: number): void {
  const near = asm.label()
  const far = asm.label()
  const done = asm.label()
  const clean = asm.label()
  asm.aluRI(ALU.CMP, 32, RCX, 64)
  asm.jcc(CC.B, near)
  asm.aluRI(ALU.CMP, 32, RCX, 128)
  asm.jcc(CC.AE, far)
  asm.rr(MOV_64, R8, low)
  asm.rr(MOV_64, low, high)
  asm.rr(XOR_32, high, high)
  asm.rr(TEST_64, R8, R8)
  asm.jcc(CC.E, near)
  asm.aluRI(ALU.OR, 64, low, 1)
  asm.bind(near)
  asm.aluRI(ALU.AND, 32, RCX, 63)
  // r8 = what falls out of low
  asm.ri(MOV_RM64_IMM, R8, -1)
  asm.r(SHL_CL, R8)
  asm.r(NOT_64, R8)
  asm.rr(AND_64, R8, low)
  asm.rr(SHRD_CL, low, high)
  asm.r(SHR_CL, high)
  asm.rr(TEST_64, R8, R8)
  asm.jcc(CC.E, clean)
  asm.aluRI(ALU.OR, 64, low, 1)
  asm.bind(clean)
  asm.jmp(done)
  asm.bind(far)
  asm.rr(XOR_32, high, high)
  asm.ri(MOV_IMM, low, 1)
  asm.bind(done)
}
const MOV_RM64_IMM = insn('MOV r/m64, imm32')
const AND_64 = insn('AND r64, r/m64')

/** Pushed registers between rsp and the return address of the subroutine. */
const PUSHED = 6 * 8

/** r9 = f64 bits of rdx * 2^r9, leading one of rdx at bit 61 and a sticky bit at 0, sign in bit 63 of r10. */
function roundDouble(asm: Assembler): void {
  const mxcsr = SUB_MXCSR + PUSHED
  const normal = asm.label()
  const cut = asm.label()
  saveMxcsr(asm, mxcsr)
  asm.rm(MOV_32, RBX, RSP, mxcsr)
  asm.shiftRI(SHIFT.SHR, 64, R10, 63)
  // r9 = biased exponent of the leading one
  asm.aluRI(ALU.ADD, 32, R9, 61 + F64_BIAS)
  asm.ri(MOV_IMM, RCX, 61 - FRACTION)
  asm.rr(XOR_32, R11, R11)
  asm.aluRI(ALU.CMP, 32, R9, 0)
  asm.jcc(CC.G, normal)
  const flush = asm.label()
  asm.ri(TEST_32, RBX, 1 << 15)
  asm.jcc(CC.E, flush)
  // Flushed to zero.
  asm.aluRI(ALU.OR, 32, RBX, MXCSR_UE)
  asm.rr(XOR_32, RDX, RDX)
  asm.ri(MOV_IMM, RCX, 1)
  asm.jmp(cut)
  asm.bind(flush)
  asm.ri(MOV_IMM, RCX, 61 - FRACTION + 1)
  asm.rr(SUB_32, RCX, R9)
  asm.aluRI(ALU.CMP, 32, RCX, 63)
  asm.jcc(CC.LE, cut)
  asm.ri(MOV_IMM, RCX, 63)
  asm.jmp(cut)
  asm.bind(normal)
  // Exponent field less the leading one.
  asm.rr(MOV_32, R11, R9)
  asm.aluRI(ALU.SUB, 32, R11, 1)
  asm.shiftRI(SHIFT.SHL, 64, R11, FRACTION)
  asm.bind(cut)
  // r11 = result so far, rdx = what was cut off, r8 = one half of the unit
  asm.rr(MOV_64, RAX, RDX)
  asm.r(SHR_CL, RAX)
  asm.rr(ADD_64, R11, RAX)
  asm.r(SHL_CL, RAX)
  asm.rr(SUB_64, RDX, RAX)
  asm.ri(MOV_IMM, R8, 1)
  asm.aluRI(ALU.SUB, 32, RCX, 1)
  asm.r(SHL_CL, R8)
  const exact = asm.label()
  const up = asm.label()
  const rounded = asm.label()
  const nearest = asm.label()
  const down = asm.label()
  asm.rr(TEST_64, RDX, RDX)
  asm.jcc(CC.E, exact)
  asm.aluRI(ALU.OR, 32, RBX, MXCSR_PE)
  const notTiny = asm.label()
  asm.aluRI(ALU.CMP, 32, R9, 0)
  asm.jcc(CC.G, notTiny)
  asm.aluRI(ALU.OR, 32, RBX, MXCSR_UE)
  asm.bind(notTiny)
  roundingMode(asm, nearest, down, rounded)
  // up
  asm.rr(TEST_64, R10, R10)
  asm.jcc(CC.NE, rounded)
  asm.jmp(up)
  asm.bind(down)
  asm.rr(TEST_64, R10, R10)
  asm.jcc(CC.E, rounded)
  asm.jmp(up)
  asm.bind(nearest)
  asm.rr(CMP_64, RDX, R8)
  asm.jcc(CC.B, rounded)
  asm.jcc(CC.A, up)
  asm.ri(TEST_32, R11, 1)
  asm.jcc(CC.E, rounded)
  asm.bind(up)
  asm.aluRI(ALU.ADD, 64, R11, 1)
  asm.bind(rounded)
  asm.bind(exact)
  // Too large: infinity or the largest number.
  const fits = asm.label()
  const largest = asm.label()
  const nearest2 = asm.label()
  const down2 = asm.label()
  asm.imm64(RAX, 0, 0x7ff0_0000)
  asm.rr(CMP_64, R11, RAX)
  asm.jcc(CC.B, fits)
  asm.aluRI(ALU.OR, 32, RBX, MXCSR_OE | MXCSR_PE)
  asm.rr(MOV_64, R11, RAX)
  roundingMode(asm, nearest2, down2, largest)
  asm.rr(TEST_64, R10, R10)
  asm.jcc(CC.E, fits)
  asm.jmp(largest)
  asm.bind(down2)
  asm.rr(TEST_64, R10, R10)
  asm.jcc(CC.NE, fits)
  asm.bind(largest)
  asm.aluRI(ALU.SUB, 64, R11, 1)
  asm.bind(nearest2)
  asm.bind(fits)
  asm.shiftRI(SHIFT.SHL, 64, R10, 63)
  asm.rr(OR_64, R11, R10)
  asm.rr(MOV_64, R9, R11)
  asm.mr(MOV_STORE_32, RSP, mxcsr, RBX)
  restoreMxcsr(asm, mxcsr)
}

/** Goes by RC in ebx to nearest, down or zero; falls through for up. ecx changes. */
function roundingMode(asm: Assembler, nearest: Label, down: Label, zero: Label): void {
  asm.rr(MOV_32, RCX, RBX)
  asm.shiftRI(SHIFT.SHR, 32, RCX, 13)
  asm.aluRI(ALU.AND, 32, RCX, 3)
  asm.jcc(CC.E, nearest)
  asm.aluRI(ALU.CMP, 32, RCX, 2)
  asm.jcc(CC.B, down)
  asm.jcc(CC.A, zero)
}

for (const size of SIZES)
  described(`float.fma${size}`, (asm, env) => {
    const fused = emitFused(asm, env, size)
    applyNegations(asm, env, size)
    eachLane(asm, size, (next) => {
      invalidProduct(asm, env, size, next)
      selectNaN(asm, env, size, [R0, R1, R2], next)
      loadLane(asm, size, 2, R0)
      loadLane(asm, size, 0, R1)
      loadLane(asm, size, 1, R2)
      asm.call(fused)
      const number = asm.label()
      asm.rr(UCOMI[size], 2, 2)
      asm.jcc(CC.NP, number)
      storeDefault(asm, env, size)
      asm.jmp(next)
      asm.bind(number)
      storeLane(asm, size, D, 2)
    })
  })

/** Exponent from which a product is too large to be halved after the sum. */
const HUGE = { 32: 100, 64: 1000 } as const

for (const size of SIZES)
  for (const [name, halve] of [
    ['frecps', false],
    ['frsqrts', true],
  ] as const)
    described(`float.${name}${size}`, (asm, env) => {
      const fused = emitFused(asm, env, size)
      // The first factor is negated, NaNs too.
      asm.ri(MOV_IMM, RAX, DESCRIBED_NEG_ADDEND)
      applyNegations(asm, env, size)
      eachLane(asm, size, (next) => {
        const number = asm.label()
        const large = asm.label()
        selectNaN(asm, env, size, [R0, R1], next)
        loadLane(asm, size, 0, R0)
        loadLane(asm, size, 1, R1)
        // Without exceptions: what is the product like?
        asm.rr(MOVE[size], 3, 0)
        beginProbe(asm, LOCAL_MXCSR)
        asm.rr(MUL[size], 3, 1)
        asm.rr(UCOMI[size], 3, 3)
        restoreMxcsr(asm, LOCAL_MXCSR)
        asm.jcc(CC.NP, number)
        asm.rm(LOAD[size], 2, HOST, halve ? power(env, size, 0, true) : power(env, size, 1))
        storeLane(asm, size, D, 2)
        asm.jmp(next)
        asm.bind(number)
        if (halve) {
          asm.rm(ANDPS, 3, HOST, absMask(env, size))
          asm.rm(UCOMI[size], 3, HOST, power(env, size, HUGE[size]))
          asm.jcc(CC.AE, large)
          asm.rm(LOAD[size], 2, HOST, power(env, size, 1, true))
        } else asm.rm(LOAD[size], 2, HOST, power(env, size, 1))
        asm.call(fused)
        if (halve) {
          asm.rm(MUL[size], 2, HOST, power(env, size, -1))
          storeLane(asm, size, D, 2)
          asm.jmp(next)
          // The larger factor halved, exactly, before.
          const second = asm.label()
          const go = asm.label()
          asm.bind(large)
          asm.rr(MOVE[size], 3, 0)
          asm.rm(ANDPS, 3, HOST, absMask(env, size))
          asm.rr(MOVE[size], 4, 1)
          asm.rm(ANDPS, 4, HOST, absMask(env, size))
          asm.rr(UCOMI[size], 3, 4)
          asm.jcc(CC.B, second)
          asm.rm(MUL[size], 0, HOST, power(env, size, -1))
          asm.jmp(go)
          asm.bind(second)
          asm.rm(MUL[size], 1, HOST, power(env, size, -1))
          asm.bind(go)
          asm.rm(LOAD[size], 2, HOST, power(env, size, 0, true))
          asm.call(fused)
        }
        storeLane(asm, size, D, 2)
      })
    })
