/**
 * Described routines: the out-of-line part of floating-point ops. The caller's call is followed by `test eax, imm32`, whose immediate names
 * xmm registers: d | r0 << 8 | r1 << 16 | r2 << 24 (low five bits of each byte; the upper three are the routine's own).
 * The routine returns to that harmless instruction. Everything but d and the host's arithmetic flags is preserved.
 *
 * Bit 5 of d's byte, DESCRIBED_SCALAR: only lane 0 counts; the others may hold anything and must raise nothing.
 *
 *   rsp -> 128 bytes of locals | image of xmm0..xmm15 or, where translated code has them, xmm31 | saved general registers | return address
 *
 * A body finds in rdx, rsi, rdi, rbx the addresses of the images of d, r0, r1, r2 and in eax the descriptor. It may change
 * rax, rcx, rdx, rbx, rsi, rdi, r8..r11 and all xmm registers; its result is what it leaves in d's image.
 */
import {
  ALU,
  type Assembler,
  CC,
  type Insn,
  insn,
  type Label,
  R8,
  R9,
  R10,
  R11,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RDX,
  RSI,
  RSP,
  SHIFT,
} from '../../x64/asm/index.ts'
import { vectorRegisters } from '../../x64/cpu.ts'
import { fromRbp, STATE_OFFSET } from '../../x64/layout.ts'
import { type RoutineEnv, routine } from '../routines.ts'

export const D = RDX
export const R0 = RSI
export const R1 = RDI
export const R2 = RBX
/** Byte offset of the lane in `eachLane`. */
export const LANE = R8

const SAVED = [RAX, RCX, RDX, RBX, RSI, RDI, R8, R9, R10, R11]
const LOCALS = 128
const IMAGE = 16
/** Local: byte offset at which `eachLane` stops. */
const LOCAL_LIMIT = 120
export const DESCRIBED_SCALAR = 1 << 5
const WORD = 8

const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const RET = insn('RET')
const LEA = insn('LEA r64, m')
const MOV_64 = insn('MOV r64, r/m64')
const MOV_32 = insn('MOV r32, r/m32')
const MOV_STORE_32 = insn('MOV r/m32, r32')
const ADD_64 = insn('ADD r64, r/m64')
const MOVUPS_LOAD = insn('MOVUPS xmm1, xmm2/m128')
const MOVUPS_STORE = insn('MOVUPS xmm2/m128, xmm1')
const VMOVUPS_LOAD = insn('VMOVUPS xmm1, xmm2/m128')
const VMOVUPS_STORE = insn('VMOVUPS xmm2/m128, xmm1')
const TEST_MEM_32 = insn('TEST r/m32, imm32')
const XOR_32 = insn('XOR r32, r/m32')
const MOV_MEM_64 = insn('MOV r/m64, imm32')
const CMP_64 = insn('CMP r64, r/m64')
const TEST_EAX = insn('TEST EAX, imm32')
const STMXCSR = insn('STMXCSR m32')
const LDMXCSR = insn('LDMXCSR m32')

export type Size = 32 | 64

function rows(ss: readonly [Insn, Insn]): Record<Size, Insn> {
  return { 32: ss[0], 64: ss[1] }
}
/** Scalar instructions by size of the lane. */
export const LOAD = rows([insn('MOVSS xmm1, m32'), insn('MOVSD xmm1, m64')])
export const STORE = rows([insn('MOVSS xmm2/m32, xmm1'), insn('MOVSD xmm2/m64, xmm1')])
export const UCOMI = rows([insn('UCOMISS xmm1, xmm2/m32'), insn('UCOMISD xmm1, xmm2/m64')])
export const SUB = rows([insn('SUBSS xmm1, xmm2/m32'), insn('SUBSD xmm1, xmm2/m64')])
export const ADD = rows([insn('ADDSS xmm1, xmm2/m32'), insn('ADDSD xmm1, xmm2/m64')])
export const MUL = rows([insn('MULSS xmm1, xmm2/m32'), insn('MULSD xmm1, xmm2/m64')])
export const MOVE = { 32: insn('MOVAPS xmm1, xmm2/m128'), 64: insn('MOVAPS xmm1, xmm2/m128') } as const
export const ORPS = insn('ORPS xmm1, xmm2/m128')
export const ANDPS = insn('ANDPS xmm1, xmm2/m128')
export const XORPS = insn('XORPS xmm1, xmm2/m128')
const TEST_BYTE = insn('TEST r/m8, imm8')

/** Address of 16 bytes with `bits` (a number for 32, [lo, hi] for 64) in every lane. */
export function constant(env: RoutineEnv, size: Size, lo: number, hi = 0): number {
  return size === 32 ? env.constant16(lo, lo, lo, lo) : env.constant16(lo, hi, lo, hi)
}
export function defaultNaN(env: RoutineEnv, size: Size): number {
  return size === 32 ? constant(env, 32, 0x7fc0_0000) : constant(env, 64, 0, 0x7ff8_0000)
}
export function quietBit(env: RoutineEnv, size: Size): number {
  return size === 32 ? constant(env, 32, 0x0040_0000) : constant(env, 64, 0, 0x0008_0000)
}
export function signBit(env: RoutineEnv, size: Size): number {
  return size === 32 ? constant(env, 32, 0x8000_0000 | 0) : constant(env, 64, 0, 0x8000_0000 | 0)
}
export function absMask(env: RoutineEnv, size: Size): number {
  return size === 32 ? constant(env, 32, 0x7fff_ffff) : constant(env, 64, -1, 0x7fff_ffff)
}
/** 2^n (times 1.5 with `half`) in every lane. */
export function power(env: RoutineEnv, size: Size, n: number, half = false): number {
  return size === 32
    ? constant(env, 32, ((n + 127) << 23) | (half ? 0x40_0000 : 0))
    : constant(env, 64, 0, ((n + 1023) << 20) | (half ? 0x8_0000 : 0))
}

/** FPCR.DN and FPCR.AHP. */
export const FPCR_FZ16 = 1 << 19
export const FPCR_DN = 1 << 25
export const FPCR_AHP = 1 << 26

/** ZF = 0 if the FPCR bits `mask` are set; a guest without an `fpcr` slot has none. r11 may change. */
export function testFpcr(asm: Assembler, env: RoutineEnv, mask: number): void {
  const offset = env.stateOffset('fpcr')
  if (offset >= 0) asm.mi(TEST_MEM_32, RBP, fromRbp(STATE_OFFSET + offset), mask)
  else asm.rr(XOR_32, R11, R11)
}

export type Body = (asm: Assembler, env: RoutineEnv) => void

/** Declares described routine `name`. */
export function described(name: string, body: Body): void {
  routine(name, (asm, env) => {
    const count = vectorRegisters(env.cpu)
    const frame = LOCALS + IMAGE * count
    for (const reg of SAVED) asm.r(PUSH, reg)
    asm.aluRI(ALU.SUB, 64, RSP, frame)
    for (let n = 0; n < count; n++) asm.mr(env.cpu.avx ? VMOVUPS_STORE : MOVUPS_STORE, RSP, LOCALS + IMAGE * n, n)
    asm.rm(MOV_64, RAX, RSP, frame + WORD * SAVED.length)
    asm.rm(MOV_32, RAX, RAX, 1)
    asm.rm(LEA, RCX, RSP, LOCALS)
    for (const [n, reg] of [D, R0, R1, R2].entries()) {
      asm.rr(MOV_32, reg, RAX)
      if (n > 0) asm.shiftRI(SHIFT.SHR, 32, reg, 8 * n)
      asm.aluRI(ALU.AND, 32, reg, 31)
      asm.shiftRI(SHIFT.SHL, 32, reg, 4)
      asm.rr(ADD_64, reg, RCX)
    }
    const vector = asm.label()
    asm.mi(MOV_MEM_64, RSP, LOCAL_LIMIT, IMAGE)
    asm.imm(TEST_EAX, DESCRIBED_SCALAR)
    asm.jcc(CC.E, vector)
    asm.mi(MOV_MEM_64, RSP, LOCAL_LIMIT, 1)
    asm.bind(vector)
    body(asm, env)
    for (let n = 0; n < count; n++) asm.rm(env.cpu.avx ? VMOVUPS_LOAD : MOVUPS_LOAD, n, RSP, LOCALS + IMAGE * n)
    asm.aluRI(ALU.ADD, 64, RSP, frame)
    for (const reg of [...SAVED].reverse()) asm.r(POP, reg)
    asm.none(RET)
  })
}

/** Emits a loop over the lanes of `size` bits; `body` may jump to `next`. LANE (r8) is the lane's byte offset. */
export function eachLane(asm: Assembler, size: number, body: (next: Label) => void): void {
  asm.rr(XOR_32, LANE, LANE)
  const top = asm.here()
  const next = asm.label()
  body(next)
  asm.bind(next)
  asm.aluRI(ALU.ADD, 64, LANE, size / 8)
  asm.rm(CMP_64, LANE, RSP, LOCAL_LIMIT)
  asm.jcc(CC.B, top)
}

/** xmm `x` = the lane of the image at `base`. */
export function loadLane(asm: Assembler, size: Size, x: number, base: number): void {
  asm.rm(LOAD[size], x, base, 0, LANE)
}
export function storeLane(asm: Assembler, size: Size, base: number, x: number): void {
  asm.mr(STORE[size], base, 0, x, LANE)
}

/** ZF = 1 if the NaN in the lane of the image at `base` is a signalling one. */
export function testQuiet(asm: Assembler, size: Size, base: number): void {
  asm.mi(TEST_BYTE, base, size === 32 ? 2 : 6, size === 32 ? 0x40 : 0x08, LANE)
}

/** Stores MXCSR to, or loads it from, the local at `offset`. */
export function saveMxcsr(asm: Assembler, offset: number): void {
  asm.m(STMXCSR, RSP, offset)
}
/** Ors sticky bits into MXCSR; the local at `offset` is overwritten. */
export function raise(asm: Assembler, bits: number, offset: number): void {
  asm.m(STMXCSR, RSP, offset)
  asm.aluMI(ALU.OR, 32, RSP, offset, bits)
  asm.m(LDMXCSR, RSP, offset)
}
export const MXCSR_IE = 1
export const MXCSR_ZE = 4
export const MXCSR_OE = 8
export const MXCSR_UE = 16
export const MXCSR_PE = 32
export const MXCSR_FTZ = 1 << 15
export const MXCSR_RC = 3 << 13

/** All exceptions masked. */
export const MXCSR_MASKS = 0x1f80
/** Saves MXCSR at `offset` and masks all exceptions: what is computed until `restoreMxcsr` leaves no trace. Changes rcx. */
export function beginProbe(asm: Assembler, offset: number): void {
  asm.m(STMXCSR, RSP, offset)
  asm.rm(MOV_32, RCX, RSP, offset)
  asm.aluRI(ALU.OR, 32, RCX, MXCSR_MASKS)
  asm.mr(MOV_STORE_32, RSP, offset + 4, RCX)
  asm.m(LDMXCSR, RSP, offset + 4)
}

export function restoreMxcsr(asm: Assembler, offset: number): void {
  asm.m(LDMXCSR, RSP, offset)
}
