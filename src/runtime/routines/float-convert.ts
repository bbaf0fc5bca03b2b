/**
 * Conversions that are too long or too rare to inline, lane by lane.
 *
 *   float.toint32/64      FPToFixed of lanes to lanes of the same width. Descriptor: rounding (ROUND_*) in bits 5-7 of r0's byte, unsigned in
 *                         bit 5 of r1's, fraction bits in r2's byte
 *   float.roundaway32/64  FPRoundInt, ties away from zero
 *   float.narrowodd       two f64 to f32, rounded to odd
 *   float.tointjs         (not described) scratch: the bits of an f64 that does not fit an int32, or is -2^31; becomes the result of ftosi.js
 */
import { ALU, type Assembler, CC, HOST, insn, R9, R10, R11, RAX, RBP, RCX, RDX, RSP, SHIFT } from '../../x64/asm/index.ts'
import { fromRbp, SCRATCH_OFFSET } from '../../x64/layout.ts'
import { type RoutineEnv, routine } from '../routines.ts'
import {ADD, ANDPS, 
  absMask, D, described, eachLane, FPCR_DN, LANE, LOAD, loadLane, MOVE, MXCSR_FTZ, MXCSR_MASKS, MXCSR_RC, MXCSR_UE, ORPS, power, R0, raise, restoreMxcsr, type Size, 
  SUB, saveMxcsr, signBit, storeLane,testFpcr, UCOMI, XORPS,
} from './float-frame.ts' // biome-ignore format: a list
import { raiseInvalid, selectNaN } from './float-nan.ts'

const ROUND: Record<Size, ReturnType<typeof insn>> = { 32: insn('ROUNDSS xmm1, xmm2/m32, imm8'), 64: insn('ROUNDSD xmm1, xmm2/m64, imm8') }
const CVTSS2SD = insn('CVTSS2SD xmm1, xmm2/m32')
const CVTSD2SS = insn('CVTSD2SS xmm1, xmm2/m64')
const MAXSD = insn('MAXSD xmm1, xmm2/m64')
const MINSD = insn('MINSD xmm1, xmm2/m64')
const MULSD = insn('MULSD xmm1, xmm2/m64')
const CVTTSD2SI = insn('CVTTSD2SI r64, xmm2/m64')
const MOV_STORE = { 32: insn('MOV r/m32, r32'), 64: insn('MOV r/m64, r64') } as const
const MOV_64 = insn('MOV r64, r/m64')
const MOV_32 = insn('MOV r32, r/m32')
const MOVQ_X = insn('MOVQ xmm1, r/m64')
const MOVD_FROM = insn('MOVD r/m32, xmm1')
const TEST_EAX = insn('TEST EAX, imm32')
const XOR_32 = insn('XOR r32, r/m32')
const NEG_64 = insn('NEG r/m64')
const BTC = insn('BTC r/m64, imm8')
const CMP_64 = insn('CMP r64, r/m64')
const SHL_CL = insn('SHL r/m64, CL')
const SHR_CL = insn('SHR r/m64, CL')
const TEST_64 = insn('TEST r/m64, r64')
const NEG_32 = insn('NEG r/m32')
const MOV_IMM = insn('MOV r32, imm32')
const OR_32 = insn('OR r32, r/m32')
const TEST_32 = insn('TEST r/m32, imm32')
const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const RET = insn('RET')

const QUIETLY = 8
const TRUNCATE = 3 | QUIETLY
const SIZES: readonly Size[] = [32, 64]
/** ROUND_* of the descriptor (nearest, up, down, zero) as ROUNDSD's immediates. */
const MODE_IMM = [0, 2, 1, 3]
const MODE_SHIFT = 13
const DESCRIBED_UNSIGNED = 1 << 21
const FBITS_SHIFT = 24
/** Far outside every integer, and 2^64 times it is still a number. */
const CLAMP = 100
const F64_BIAS = 1023

const LOCAL_MXCSR = 32
const LOCAL_MXCSR_2 = 36
const LOCAL_ORIGINAL = 40

for (const size of SIZES)
  described(`float.toint${size}`, (asm, env) => {
    // xmm5 = 2^fbits, xmm6, xmm7 = bounds: the first integer too large, the smallest one that fits.
    const bound = asm.label()
    asm.rr(MOV_32, RCX, RAX)
    asm.shiftRI(SHIFT.SHR, 32, RCX, FBITS_SHIFT)
    asm.aluRI(ALU.ADD, 32, RCX, F64_BIAS)
    asm.shiftRI(SHIFT.SHL, 64, RCX, 52)
    asm.rr(MOVQ_X, 5, RCX)
    asm.rm(LOAD[64], 6, HOST, power(env, 64, size))
    asm.rr(XORPS, 7, 7)
    asm.imm(TEST_EAX, DESCRIBED_UNSIGNED)
    asm.jcc(CC.NE, bound)
    asm.rm(LOAD[64], 6, HOST, power(env, 64, size - 1))
    asm.rr(MOVE[64], 7, 6)
    asm.rm(XORPS, 7, HOST, signBit(env, 64))
    asm.bind(bound)
    eachLane(asm, size, (next) => {
      const store = asm.label()
      const outside = asm.label()
      const notNaN = asm.label()
      loadLane(asm, size, 0, R0)
      if (size === 32) asm.rr(CVTSS2SD, 0, 0)
      asm.rr(UCOMI[64], 0, 0)
      asm.jcc(CC.NP, notNaN)
      raiseInvalid(asm, env)
      asm.rr(XOR_32, RCX, RCX)
      asm.jmp(store)
      asm.bind(notNaN)
      asm.rm(MINSD, 0, HOST, power(env, 64, CLAMP))
      asm.rm(LOAD[64], 1, HOST, power(env, 64, CLAMP))
      asm.rm(XORPS, 1, HOST, signBit(env, 64))
      asm.rr(MAXSD, 0, 1)
      asm.rr(MULSD, 0, 5)
      // xmm1 = rounded
      const rounded = asm.label()
      asm.rr(MOV_32, RCX, RAX)
      asm.shiftRI(SHIFT.SHR, 32, RCX, MODE_SHIFT)
      asm.aluRI(ALU.AND, 32, RCX, 7)
      MODE_IMM.forEach((imm, mode) => {
        const other = asm.label()
        asm.aluRI(ALU.CMP, 32, RCX, mode)
        asm.jcc(CC.NE, other)
        asm.rri(ROUND[64], 1, 0, imm | QUIETLY)
        asm.jmp(rounded)
        asm.bind(other)
      })
      asm.rri(ROUND[64], 1, 0, TRUNCATE)
      asm.rr(MOVE[64], 2, 0)
      asm.rr(SUB[64], 2, 1)
      asm.rr(ADD[64], 2, 2)
      asm.rri(ROUND[64], 2, 2, TRUNCATE)
      asm.rr(ADD[64], 1, 2)
      asm.bind(rounded)
      const large = asm.label()
      const inside = asm.label()
      asm.rr(UCOMI[64], 1, 6)
      asm.jcc(CC.AE, outside)
      asm.rr(UCOMI[64], 1, 7)
      asm.jcc(CC.B, outside)
      asm.rm(UCOMI[64], 1, HOST, power(env, 64, 63))
      asm.jcc(CC.AE, large)
      asm.rr(CVTTSD2SI, RCX, 1)
      asm.jmp(inside)
      asm.bind(large)
      asm.rm(SUB[64], 1, HOST, power(env, 64, 63))
      asm.rr(CVTTSD2SI, RCX, 1)
      asm.ri(BTC, RCX, 63)
      asm.bind(inside)
      // Raises inexact if anything was lost.
      asm.rri(ROUND[64], 0, 0, 3)
      asm.jmp(store)
      // The bound that was passed: all ones above, or 0, unsigned; MAX and MIN signed.
      asm.bind(outside)
      raiseInvalidKeeping(asm, env)
      const signed = asm.label()
      const low = asm.label()
      asm.rr(XOR_32, RCX, RCX)
      asm.rr(XORPS, 2, 2)
      asm.imm(TEST_EAX, DESCRIBED_UNSIGNED)
      asm.jcc(CC.E, signed)
      asm.rr(UCOMI[64], 1, 2)
      asm.jcc(CC.B, store)
      asm.imm64(RCX, -1, -1)
      asm.jmp(store)
      asm.bind(signed)
      asm.imm64(RCX, size === 32 ? 0x8000_0000 | 0 : 0, size === 32 ? 0 : 0x8000_0000 | 0)
      asm.rr(UCOMI[64], 1, 2)
      asm.jcc(CC.B, low)
      asm.aluRI(ALU.SUB, 64, RCX, 1)
      asm.bind(low)
      asm.bind(store)
      asm.mr(MOV_STORE[size], D, 0, RCX, LANE)
      asm.jmp(next)
    })
  })

/** Raises invalid, xmm0 unchanged. */
function raiseInvalidKeeping(asm: Assembler, env: RoutineEnv): void {
  asm.rr(MOVE[64], 3, 0)
  raiseInvalid(asm, env)
  asm.rr(MOVE[64], 0, 3)
}
for (const size of SIZES)
  described(`float.roundaway${size}`, (asm, env) => {
    eachLane(asm, size, (next) => {
      const round = asm.label()
      selectNaN(asm, env, size, [R0], next)
      loadLane(asm, size, 0, R0)
      asm.rr(MOVE[size], 1, 0)
      asm.rm(ANDPS, 1, HOST, absMask(env, size))
      asm.rm(UCOMI[size], 1, HOST, power(env, size, size === 32 ? 23 : 52))
      asm.jcc(CC.B, round)
      storeLane(asm, size, D, 0)
      asm.jmp(next)
      asm.bind(round)
      asm.rri(ROUND[size], 1, 0, TRUNCATE)
      asm.rr(MOVE[size], 2, 0)
      asm.rr(SUB[size], 2, 1)
      asm.rr(ADD[size], 2, 2)
      asm.rri(ROUND[size], 2, 2, TRUNCATE)
      asm.rr(ADD[size], 1, 2)
      asm.rm(ANDPS, 1, HOST, absMask(env, size))
      asm.rm(ANDPS, 0, HOST, signBit(env, size))
      asm.rr(ORPS, 0, 1)
      storeLane(asm, size, D, 0)
    })
  })

described('float.narrowodd', (asm, env) => {
  // Rounded to zero; the lowest bit becomes one when something was lost.
  eachLane(asm, 64, (next) => {
    const number = asm.label()
    const store = asm.label()
    loadLane(asm, 64, 0, R0)
    asm.rr(UCOMI[64], 0, 0)
    asm.jcc(CC.NP, number)
    asm.rr(CVTSD2SS, 0, 0)
    asm.rr(MOVD_FROM, RCX, 0)
    testFpcr(asm, env, FPCR_DN)
    asm.jcc(CC.E, store)
    asm.ri(MOV_IMM, RCX, 0x7fc0_0000)
    asm.jmp(store)
    asm.bind(number)
    saveMxcsr(asm, LOCAL_MXCSR)
    asm.rm(MOV_32, R9, RSP, LOCAL_MXCSR)
    asm.mr(MOV_STORE[32], RSP, LOCAL_ORIGINAL, R9)
    asm.rr(MOV_32, R10, R9)
    asm.aluRI(ALU.OR, 32, R10, MXCSR_RC | MXCSR_MASKS)
    asm.mr(MOV_STORE[32], RSP, LOCAL_MXCSR_2, R10)
    restoreMxcsr(asm, LOCAL_MXCSR_2)
    asm.rr(CVTSD2SS, 1, 0)
    asm.rr(MOVD_FROM, RCX, 1)
    asm.rr(CVTSS2SD, 2, 1)
    saveMxcsr(asm, LOCAL_MXCSR_2)
    // Back to the rounding mode, with the new sticky bits.
    asm.rm(MOV_32, R11, RSP, LOCAL_MXCSR_2)
    asm.aluRI(ALU.AND, 32, R11, 0x3f)
    asm.rr(OR_32, R9, R11)
    asm.mr(MOV_STORE[32], RSP, LOCAL_MXCSR, R9)
    restoreMxcsr(asm, LOCAL_MXCSR)
    asm.rr(UCOMI[64], 2, 0)
    asm.jcc(CC.E, store)
    // A result that was flushed stays zero.
    const odd = asm.label()
    asm.rr(MOV_32, R11, RCX)
    asm.shiftRI(SHIFT.SHL, 32, R11, 1)
    asm.jcc(CC.NE, odd)
    asm.ri(TEST_32, R9, MXCSR_FTZ)
    asm.jcc(CC.E, odd)
    // It raises underflow alone.
    restoreMxcsr(asm, LOCAL_ORIGINAL)
    raise(asm, MXCSR_UE, LOCAL_ORIGINAL)
    asm.jmp(store)
    asm.bind(odd)
    asm.aluRI(ALU.OR, 32, RCX, 1)
    asm.bind(store)
    // Lane k of 64 bits becomes lane k of 32.
    asm.rr(MOV_64, R9, LANE)
    asm.shiftRI(SHIFT.SHR, 64, R9, 1)
    asm.mr(MOV_STORE[32], D, 0, RCX, R9)
    asm.jmp(next)
  })
  asm.rr(XOR_32, RCX, RCX)
  asm.mr(MOV_STORE[64], D, 8, RCX)
})

const JS_SAVED = [RAX, RCX, RDX]
const EXPONENT_MASK = 0x7ff
const FRACTION_BITS = 52
/** f64 bits of -2^31, high word. */
const MIN_INT_HIGH = 0xc1e0_0000 | 0

routine('float.tointjs', (asm) => {
  const scratch = fromRbp(SCRATCH_OFFSET)
  const done = asm.label()
  const zero = asm.label()
  const right = asm.label()
  const sign = asm.label()
  for (const reg of JS_SAVED) asm.r(PUSH, reg)
  asm.rm(MOV_64, RAX, RBP, scratch)
  // -2^31 itself: exact
  asm.imm64(RDX, 0, MIN_INT_HIGH)
  asm.rr(CMP_64, RAX, RDX)
  const other = asm.label()
  asm.jcc(CC.NE, other)
  asm.imm64(RDX, 0x8000_0000 | 0, 1)
  asm.jmp(done)
  asm.bind(other)
  asm.rr(MOV_64, RCX, RAX)
  asm.shiftRI(SHIFT.SHR, 64, RCX, FRACTION_BITS)
  asm.aluRI(ALU.AND, 32, RCX, EXPONENT_MASK)
  asm.aluRI(ALU.CMP, 32, RCX, EXPONENT_MASK)
  asm.jcc(CC.E, zero)
  asm.aluRI(ALU.SUB, 32, RCX, F64_BIAS + FRACTION_BITS)
  // rdx = mantissa
  asm.rr(MOV_64, RDX, RAX)
  asm.shiftRI(SHIFT.SHL, 64, RDX, 12)
  asm.shiftRI(SHIFT.SHR, 64, RDX, 12)
  asm.ri(BTC, RDX, FRACTION_BITS)
  asm.aluRI(ALU.CMP, 32, RCX, 32)
  asm.jcc(CC.GE, zero)
  asm.aluRI(ALU.CMP, 32, RCX, 0)
  asm.jcc(CC.L, right)
  asm.r(SHL_CL, RDX)
  asm.jmp(sign)
  asm.bind(right)
  asm.r(NEG_32, RCX)
  asm.r(SHR_CL, RDX)
  asm.bind(sign)
  const positive = asm.label()
  asm.rr(TEST_64, RAX, RAX)
  asm.jcc(CC.NS, positive)
  asm.r(NEG_64, RDX)
  asm.bind(positive)
  asm.rr(MOV_32, RDX, RDX)
  asm.jmp(done)
  asm.bind(zero)
  asm.rr(XOR_32, RDX, RDX)
  asm.bind(done)
  asm.mr(MOV_STORE[64], RBP, scratch, RDX)
  for (const reg of [...JS_SAVED].reverse()) asm.r(POP, reg)
  asm.none(RET)
})
