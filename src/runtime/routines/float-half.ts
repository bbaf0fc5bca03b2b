/**
 * Half precision: conversions in whole numbers, so that they need no F16C, know Arm's alternative format and FZ16, and raise underflow as the
 * guest does (tininess before rounding).
 *
 *   float.fromhalf32/64   low f16 lanes to f32, f64 lanes (FPConvert); `.operand`: FPUnpack, a signalling NaN stays one
 *   float.tohalf32/64     f32, f64 lanes to the low f16 lanes, the rest of d zero (FPConvert); `.operand`: FPRound
 *   float.divhalf         FPDiv of the four low f16 lanes
 */
import { ALU, type Assembler, CC, HOST, insn, type Label, R9, R10, R11, RAX, RBX, RCX, RSP, SHIFT } from '../../x64/asm/index.ts'
import type { RoutineEnv } from '../routines.ts'
import {
  beginProbe, D, defaultNaN, described, eachLane, FPCR_AHP, FPCR_DN, FPCR_FZ16, LANE, LOAD, loadLane, MUL, MXCSR_IE, MXCSR_OE, MXCSR_PE, MXCSR_RC, MXCSR_UE, ORPS, power, R0, R1,
  restoreMxcsr, type Size, saveMxcsr, storeLane, testFpcr, UCOMI,
} from './float-frame.ts' // biome-ignore format: a list
import { selectNaN, storeDefault } from './float-nan.ts'

const MOV_32 = insn('MOV r32, r/m32')
const MOV_64 = insn('MOV r64, r/m64')
const MOV_STORE_32 = insn('MOV r/m32, r32')
const MOV_STORE_64 = insn('MOV r/m64, r64')
const MOV_STORE_16 = insn('MOV r/m16, r16')
const MOVZX_16 = insn('MOVZX r32, r/m16')
const MOV_IMM = insn('MOV r32, imm32')
const OR_32 = insn('OR r32, r/m32')
const OR_64 = insn('OR r64, r/m64')
const XOR_32 = insn('XOR r32, r/m32')
const ADD_32 = insn('ADD r32, r/m32')
const SUB_64 = insn('SUB r64, r/m64')
const CMP_64 = insn('CMP r64, r/m64')
const TEST_32 = insn('TEST r/m32, imm32')
const TEST_RR = insn('TEST r/m32, r32')
const TEST_RR_64 = insn('TEST r/m64, r64')
const BTS_64 = insn('BTS r/m64, imm8')
const SHL_CL = insn('SHL r/m64, CL')
const SHR_CL = insn('SHR r/m64, CL')
const LEA = insn('LEA r64, m')
const MOVD_TO = insn('MOVD xmm1, r/m32')
const MOVQ_TO = insn('MOVQ xmm1, r/m64')
const MOVQ_FROM = insn('MOVQ r/m64, xmm1')
const CVTSI2SS = insn('CVTSI2SS xmm1, r/m32')
const CVTSS2SD = insn('CVTSS2SD xmm1, xmm2/m32')
const DIVSS = insn('DIVSS xmm1, xmm2/m32')

const SIZES: readonly Size[] = [32, 64]
const LOCAL_MXCSR = 64
const F16_FRACTION = 10
const F16_MAX_EXPONENT = 31
/** What is between the biases of f16 and f32. */
const REBIAS_32 = 127 - 15
const MIN_EXPONENT = -14
const F64_BIAS = 1023
/** Fraction bits of f64 beyond those of f16. */
const EXTRA_BITS = 42
const INFINITY_16 = 0x7c00
const QUIET_16 = 0x200

/** xmm0 = the half in ecx as f32 or f64. Uses r9, r10, r11, xmm1. */
function widen(asm: Assembler, env: RoutineEnv, size: Size, operand: boolean): void {
  const done = asm.label()
  const finite = asm.label()
  const normal = asm.label()
  const narrow = asm.label()
  // r9 = exponent, r10 = fraction, ecx = sign in bit 31
  asm.rr(MOV_32, R9, RCX)
  asm.shiftRI(SHIFT.SHR, 32, R9, F16_FRACTION)
  asm.aluRI(ALU.AND, 32, R9, F16_MAX_EXPONENT)
  asm.rr(MOV_32, R10, RCX)
  asm.aluRI(ALU.AND, 32, R10, 0x3ff)
  asm.aluRI(ALU.AND, 32, RCX, 0x8000)
  asm.shiftRI(SHIFT.SHL, 32, RCX, 16)
  asm.aluRI(ALU.CMP, 32, R9, F16_MAX_EXPONENT)
  asm.jcc(CC.NE, finite)
  if (!operand) {
    testFpcr(asm, env, FPCR_AHP)
    asm.jcc(CC.NE, finite)
  }
  // Infinity or NaN: the payload goes to the top.
  const infinite = asm.label()
  asm.rr(TEST_RR, R10, R10)
  asm.jcc(CC.E, infinite)
  if (!operand) {
    const quiet = asm.label()
    asm.ri(TEST_32, R10, QUIET_16)
    asm.jcc(CC.NE, quiet)
    raiseBits(asm, MXCSR_IE)
    asm.bind(quiet)
    asm.aluRI(ALU.OR, 32, R10, QUIET_16)
    testFpcr(asm, env, FPCR_DN)
    asm.jcc(CC.E, infinite)
    asm.rm(LOAD[size], 0, HOST, defaultNaN(env, size))
    asm.jmp(done)
  }
  asm.bind(infinite)
  if (size === 32) {
    asm.shiftRI(SHIFT.SHL, 32, R10, 13)
    asm.rr(OR_32, RCX, R10)
    asm.aluRI(ALU.OR, 32, RCX, 0x7f80_0000)
    asm.rr(MOVD_TO, 0, RCX)
  } else {
    asm.shiftRI(SHIFT.SHL, 64, R10, EXTRA_BITS)
    asm.shiftRI(SHIFT.SHL, 64, RCX, 32)
    asm.rr(OR_64, R10, RCX)
    asm.imm64(RCX, 0, 0x7ff0_0000)
    asm.rr(OR_64, R10, RCX)
    asm.rr(MOVQ_TO, 0, R10)
  }
  asm.jmp(done)
  asm.bind(finite)
  asm.rr(TEST_RR, R9, R9)
  asm.jcc(CC.NE, normal)
  if (operand) {
    const kept = asm.label()
    testFpcr(asm, env, FPCR_FZ16)
    asm.jcc(CC.E, kept)
    asm.rr(XOR_32, R10, R10)
    asm.bind(kept)
  }
  // fraction * 2^-24, exact
  asm.rr(CVTSI2SS, 0, R10)
  asm.rm(MUL[32], 0, HOST, power(env, 32, -24))
  asm.rr(MOVD_TO, 1, RCX)
  asm.rr(ORPS, 0, 1)
  asm.jmp(narrow)
  asm.bind(normal)
  asm.aluRI(ALU.ADD, 32, R9, REBIAS_32)
  asm.shiftRI(SHIFT.SHL, 32, R9, 23)
  asm.shiftRI(SHIFT.SHL, 32, R10, 13)
  asm.rr(OR_32, RCX, R9)
  asm.rr(OR_32, RCX, R10)
  asm.rr(MOVD_TO, 0, RCX)
  asm.bind(narrow)
  if (size === 64) asm.rr(CVTSS2SD, 0, 0)
  asm.bind(done)
}

/** Ors sticky bits into MXCSR. */
function raiseBits(asm: Assembler, bits: number): void {
  saveMxcsr(asm, LOCAL_MXCSR)
  asm.aluMI(ALU.OR, 32, RSP, LOCAL_MXCSR, bits)
  restoreMxcsr(asm, LOCAL_MXCSR)
}

/**
 * ecx = the f64 (f32 for size 32) in xmm0 as a half. Uses rax, rbx, r9, r10, r11. `flushed` is emitted where FZ16 makes the result zero, for
 * whoever has to take back what an earlier step raised.
 */
function narrow(asm: Assembler, env: RoutineEnv, size: Size, operand: boolean, flushed?: () => void): void {
  const done = asm.label()
  const number = asm.label()
  const finite = asm.label()
  // NaN: sign, quiet bit, top of the payload
  asm.rr(UCOMI[size], 0, 0)
  asm.jcc(CC.NP, number)
  if (size === 32) asm.rr(CVTSS2SD, 0, 0)
  asm.rr(MOVQ_FROM, R9, 0)
  signOf(asm)
  asm.shiftRI(SHIFT.SHR, 64, R9, EXTRA_BITS)
  asm.aluRI(ALU.AND, 32, R9, 0x3ff)
  if (!operand) {
    const standard = asm.label()
    testFpcr(asm, env, FPCR_AHP)
    asm.jcc(CC.E, standard)
    raiseBits(asm, MXCSR_IE)
    asm.jmp(done)
    asm.bind(standard)
    const payload = asm.label()
    testFpcr(asm, env, FPCR_DN)
    asm.jcc(CC.E, payload)
    asm.ri(MOV_IMM, RCX, INFINITY_16 | QUIET_16)
    asm.jmp(done)
    asm.bind(payload)
  }
  asm.rr(OR_32, RCX, R9)
  asm.aluRI(ALU.OR, 32, RCX, INFINITY_16 | QUIET_16)
  asm.jmp(done)

  asm.bind(number)
  if (size === 32) asm.rr(CVTSS2SD, 0, 0)
  asm.rr(MOVQ_FROM, R9, 0)
  signOf(asm)
  // r9 = magnitude
  asm.shiftRI(SHIFT.SHL, 64, R9, 1)
  asm.jcc(CC.E, done)
  asm.shiftRI(SHIFT.SHR, 64, R9, 1)
  asm.rr(MOV_64, R10, R9)
  asm.shiftRI(SHIFT.SHR, 64, R10, 52)
  asm.aluRI(ALU.CMP, 32, R10, 0x7ff)
  asm.jcc(CC.NE, finite)
  const infinity = asm.label()
  if (!operand) {
    testFpcr(asm, env, FPCR_AHP)
    asm.jcc(CC.E, infinity)
    asm.aluRI(ALU.OR, 32, RCX, 0x7fff)
    raiseBits(asm, MXCSR_IE)
    asm.jmp(done)
    asm.bind(infinity)
  }
  asm.aluRI(ALU.OR, 32, RCX, INFINITY_16)
  asm.jmp(done)

  // r10 = exponent, r9 = mantissa of 53 bits (an f64 denormal is so small that only its being there counts)
  asm.bind(finite)
  asm.shiftRI(SHIFT.SHL, 64, R9, 12)
  asm.shiftRI(SHIFT.SHR, 64, R9, 12)
  const small = asm.label()
  if (!operand) {
    // Flushed by DAZ: the widening did it for f32.
    const kept = asm.label()
    asm.rr(TEST_RR, R10, R10)
    asm.jcc(CC.NE, kept)
    if (size === 64) {
      saveMxcsr(asm, LOCAL_MXCSR)
      asm.mi(insnTestMem, RSP, LOCAL_MXCSR, 1 << 6)
      asm.jcc(CC.NE, done)
    }
    asm.jmp(small)
    asm.bind(kept)
  }
  asm.ri(BTS_64, R9, 52)
  asm.bind(small)
  asm.aluRI(ALU.SUB, 32, R10, F64_BIAS)
  round(asm, env, operand, done, flushed)
  asm.bind(done)
}
const insnTestMem = insn('TEST r/m32, imm32')

/** ecx = sign of r9 in bit 15. */
function signOf(asm: Assembler): void {
  asm.rr(MOV_64, RCX, R9)
  asm.shiftRI(SHIFT.SHR, 64, RCX, 63)
  asm.shiftRI(SHIFT.SHL, 32, RCX, 15)
}

/** Rounds r9 * 2^(r10 - 52) into ecx, which holds the sign. rbx = MXCSR, eax = the result so far, r11 = what was cut off. */
function round(asm: Assembler, env: RoutineEnv, operand: boolean, done: Label, flushed?: () => void): void {
  const normal = asm.label()
  const shift = asm.label()
  saveMxcsr(asm, LOCAL_MXCSR)
  asm.rm(MOV_32, RBX, RSP, LOCAL_MXCSR)
  if (operand) {
    const kept = asm.label()
    asm.aluRI(ALU.CMP, 32, R10, MIN_EXPONENT)
    asm.jcc(CC.GE, kept)
    testFpcr(asm, env, FPCR_FZ16)
    asm.jcc(CC.E, kept)
    flushed?.()
    raiseBits(asm, MXCSR_UE)
    asm.jmp(done)
    asm.bind(kept)
  }
  asm.r(PUSH, RCX)
  asm.ri(MOV_IMM, RCX, EXTRA_BITS)
  asm.rr(XOR_32, RAX, RAX)
  asm.aluRI(ALU.CMP, 32, R10, MIN_EXPONENT)
  asm.jcc(CC.GE, normal)
  // Denormal: cut off more, 63 at most.
  asm.ri(MOV_IMM, RCX, EXTRA_BITS + MIN_EXPONENT)
  asm.rr(SUB_32, RCX, R10)
  asm.aluRI(ALU.CMP, 32, RCX, 63)
  asm.jcc(CC.LE, shift)
  asm.ri(MOV_IMM, RCX, 63)
  asm.jmp(shift)
  asm.bind(normal)
  // eax = exponent field less the leading one, which the mantissa adds
  asm.rm(LEA, RAX, R10, -MIN_EXPONENT)
  asm.shiftRI(SHIFT.SHL, 32, RAX, F16_FRACTION)
  asm.bind(shift)
  // r11 = r9 below the cut; r9 = above
  asm.rr(MOV_64, R11, R9)
  asm.r(SHR_CL, R9)
  asm.rr(ADD_32, RAX, R9)
  asm.r(SHL_CL, R9)
  asm.rr(SUB_64, R11, R9)
  // r9 = one half of the unit that is cut
  asm.ri(MOV_IMM, R9, 1)
  asm.aluRI(ALU.SUB, 32, RCX, 1)
  asm.r(SHL_CL, R9)
  asm.r(POP, RCX)
  const exact = asm.label()
  const up = asm.label()
  const nearest = asm.label()
  const rounded = asm.label()
  const toSign = asm.label()
  asm.rr(TEST_RR_64, R11, R11)
  asm.jcc(CC.E, exact)
  asm.aluRI(ALU.OR, 32, RBX, MXCSR_PE)
  const notTiny = asm.label()
  asm.aluRI(ALU.CMP, 32, R10, MIN_EXPONENT)
  asm.jcc(CC.GE, notTiny)
  asm.aluRI(ALU.OR, 32, RBX, MXCSR_UE)
  asm.bind(notTiny)
  // r10 = RC: 0 nearest, 1 down, 2 up, 3 to zero
  asm.rr(MOV_32, R10, RBX)
  asm.shiftRI(SHIFT.SHR, 32, R10, 13)
  asm.aluRI(ALU.AND, 32, R10, 3)
  asm.jcc(CC.E, nearest)
  asm.aluRI(ALU.CMP, 32, R10, 2)
  asm.jcc(CC.A, rounded)
  asm.jcc(CC.B, toSign)
  asm.rr(TEST_RR, RCX, RCX)
  asm.jcc(CC.NE, rounded)
  asm.jmp(up)
  asm.bind(toSign)
  asm.rr(TEST_RR, RCX, RCX)
  asm.jcc(CC.E, rounded)
  asm.jmp(up)
  asm.bind(nearest)
  asm.rr(CMP_64, R11, R9)
  asm.jcc(CC.B, rounded)
  asm.jcc(CC.A, up)
  asm.ri(TEST_32, RAX, 1)
  asm.jcc(CC.E, rounded)
  asm.bind(up)
  asm.aluRI(ALU.ADD, 32, RAX, 1)
  asm.bind(rounded)
  asm.bind(exact)
  overflow(asm, env, operand)
  asm.rr(OR_32, RCX, RAX)
  asm.mr(MOV_STORE_32, RSP, LOCAL_MXCSR, RBX)
  restoreMxcsr(asm, LOCAL_MXCSR)
}
const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const SUB_32 = insn('SUB r32, r/m32')

/** eax = what a magnitude too large becomes: infinity or the largest number by the rounding mode; all ones in the alternative format. */
function overflow(asm: Assembler, env: RoutineEnv, operand: boolean): void {
  const fits = asm.label()
  const infinite = asm.label()
  if (!operand) {
    const standard = asm.label()
    testFpcr(asm, env, FPCR_AHP)
    asm.jcc(CC.E, standard)
    asm.aluRI(ALU.CMP, 32, RAX, 0x8000)
    asm.jcc(CC.B, fits)
    asm.ri(MOV_IMM, RAX, 0x7fff)
    // Invalid instead of inexact; the inexact of before stays.
    asm.rm(MOV_32, R10, RSP, LOCAL_MXCSR)
    asm.rr(MOV_32, RBX, R10)
    asm.aluRI(ALU.OR, 32, RBX, MXCSR_IE)
    asm.jmp(fits)
    asm.bind(standard)
  }
  asm.aluRI(ALU.CMP, 32, RAX, INFINITY_16)
  asm.jcc(CC.B, fits)
  asm.aluRI(ALU.OR, 32, RBX, MXCSR_OE | MXCSR_PE)
  asm.ri(MOV_IMM, RAX, INFINITY_16)
  asm.rr(MOV_32, R10, RBX)
  asm.aluRI(ALU.AND, 32, R10, MXCSR_RC)
  asm.jcc(CC.E, infinite)
  // Away from zero: up and positive, or down and negative.
  const down = asm.label()
  const largest = asm.label()
  asm.aluRI(ALU.CMP, 32, R10, 2 << 13)
  asm.jcc(CC.A, largest)
  asm.jcc(CC.B, down)
  asm.rr(TEST_RR, RCX, RCX)
  asm.jcc(CC.E, infinite)
  asm.jmp(largest)
  asm.bind(down)
  asm.rr(TEST_RR, RCX, RCX)
  asm.jcc(CC.NE, infinite)
  asm.bind(largest)
  asm.aluRI(ALU.SUB, 32, RAX, 1)
  asm.bind(infinite)
  asm.bind(fits)
}

/** r9 = byte offset of the half that belongs to the lane. */
function halfOffset(asm: Assembler, size: Size): void {
  asm.rr(MOV_64, R9, LANE)
  asm.shiftRI(SHIFT.SHR, 64, R9, size === 32 ? 1 : 2)
}
function clear(asm: Assembler, base: number): void {
  asm.rr(XOR_32, RCX, RCX)
  asm.mr(MOV_STORE_64, base, 0, RCX)
  asm.mr(MOV_STORE_64, base, 8, RCX)
}

for (const size of SIZES)
  for (const operand of [false, true]) {
    described(`float.fromhalf${size}${operand ? '.operand' : ''}`, (asm, env) => {
      eachLane(asm, size, () => {
        halfOffset(asm, size)
        asm.rm(MOVZX_16, RCX, R0, 0, R9)
        widen(asm, env, size, operand)
        storeLane(asm, size, D, 0)
      })
    })
    described(`float.tohalf${size}${operand ? '.operand' : ''}`, (asm, env) => {
      clear(asm, D)
      eachLane(asm, size, () => {
        loadLane(asm, size, 0, R0)
        narrow(asm, env, size, operand)
        halfOffset(asm, size)
        asm.mr(MOV_STORE_16, D, 0, RCX, R9)
      })
    })
  }

/** Locals: widened operands and quotient, where the result goes, MXCSR before the division. */
const LOCAL_A = 0
const LOCAL_B = 16
const LOCAL_QUOTIENT = 32
const LOCAL_D = 48
const LOCAL_BEFORE = 68
const MXCSR_STICKY = 0x3f
const OR_MEM_32 = insn('OR r/m32, r32')
const LOCAL_OPERANDS = 80

described('float.divhalf', (asm, env) => {
  asm.mr(MOV_STORE_64, RSP, LOCAL_D, D)
  asm.mr(MOV_STORE_64, RSP, LOCAL_OPERANDS, R0)
  asm.mr(MOV_STORE_64, RSP, LOCAL_OPERANDS + 8, R1)
  clear(asm, D)
  eachLane(asm, 32, () => {
    for (const [n, local] of [LOCAL_A, LOCAL_B].entries()) {
      asm.rm(MOV_64, R11, RSP, LOCAL_OPERANDS + 8 * n)
      halfOffset(asm, 32)
      asm.rm(MOVZX_16, RCX, R11, 0, R9)
      widen(asm, env, 32, true)
      asm.rm(LEA, n === 0 ? R0 : R1, RSP, local)
      storeLane(asm, 32, n === 0 ? R0 : R1, 0)
    }
    asm.rm(LEA, D, RSP, LOCAL_QUOTIENT)
    // All masked until the quotient is narrowed: only then is it known what it raises.
    beginProbe(asm, LOCAL_BEFORE)
    const divided = asm.label()
    const number = asm.label()
    selectNaN(asm, env, 32, [R0, R1], divided)
    loadLane(asm, 32, 0, R0)
    asm.rm(DIVSS, 0, R1, 0, LANE)
    asm.rr(UCOMI[32], 0, 0)
    asm.jcc(CC.NP, number)
    storeDefault(asm, env, 32)
    asm.bind(number)
    storeLane(asm, 32, D, 0)
    asm.bind(divided)
    loadLane(asm, 32, 0, D)
    // A flushed quotient has raised underflow alone.
    narrow(asm, env, 32, true, () => restoreMxcsr(asm, LOCAL_BEFORE))
    saveMxcsr(asm, LOCAL_MXCSR)
    asm.rm(MOV_32, R9, RSP, LOCAL_MXCSR)
    asm.aluRI(ALU.AND, 32, R9, MXCSR_STICKY)
    asm.mr(OR_MEM_32, RSP, LOCAL_BEFORE, R9)
    restoreMxcsr(asm, LOCAL_BEFORE)
    halfOffset(asm, 32)
    asm.rm(MOV_64, R11, RSP, LOCAL_D)
    asm.mr(MOV_STORE_16, R11, 0, RCX, R9)
  })
})
