/**
 * Reciprocal and reciprocal square root estimates, exactly as the manual's tables give them (8 bits), lane by lane.
 *
 *   float.frecpe32/64   FPRecipEstimate        float.urecpe    UnsignedRecipEstimate
 *   float.frsqrte32/64  FPRSqrtEstimate        float.ursqrte   UnsignedRSqrtEstimate
 *
 * The tables lie in the code, one byte an entry: estimates are 256..511, the byte is what is above 256.
 */
import { recipTable, rsqrtTable } from '../../ir/softfloat-estimates.ts'
import { ALU, type Assembler, CC, insn, type Label, R9, R10, R11, RAX, RCX, RDI, RSP, SHIFT } from '../../x64/asm/index.ts'
import type { RoutineEnv } from '../routines.ts'
import {
  D, described, eachLane, LANE, loadLane, MXCSR_FTZ, MXCSR_IE, MXCSR_OE, MXCSR_PE, MXCSR_RC, MXCSR_UE, MXCSR_ZE, R0, raise, type Size, saveMxcsr, UCOMI, XORPS,
} from './float-frame.ts' // biome-ignore format: a list
import { selectNaN, storeDefault } from './float-nan.ts'

const MOV_32 = insn('MOV r32, r/m32')
const MOV_64 = insn('MOV r64, r/m64')
const MOV_STORE = { 32: insn('MOV r/m32, r32'), 64: insn('MOV r/m64, r64') } as const
const MOVZX_8 = insn('MOVZX r32, r/m8')
const OR_64 = insn('OR r64, r/m64')
const CMP_64 = insn('CMP r64, r/m64')
const BT_64 = insn('BT r/m64, imm8')
const BTS_64 = insn('BTS r/m64, imm8')
const NEG_32 = insn('NEG r/m32')
const TEST_32 = insn('TEST r/m32, imm32')
const TEST_RR = insn('TEST r/m32, r32')
const XOR_32 = insn('XOR r32, r/m32')

const SIZES: readonly Size[] = [32, 64]
const recip = () => Array.from({ length: 256 }, (_, n) => recipTable(256 + n) - 256)
const rsqrt = () => Array.from({ length: 384 }, (_, n) => rsqrtTable(128 + n) - 256)
/** Where the table of square roots begins: at 128. */
const RSQRT_FIRST = 128
const LOCAL_MXCSR = 64
const FRACTION = 52

/** Puts a table into the code and its address into rdi (r1). */
function table(asm: Assembler, bytes: readonly number[]): void {
  const over = asm.label()
  const at = asm.label()
  asm.jmp(over)
  asm.bind(at)
  for (const byte of bytes) asm.byte(byte)
  asm.bind(over)
  asm.leaLabel(RDI, at)
}

const fractionBits = (size: Size) => (size === 32 ? 23 : 52)
const bias = (size: Size) => (size === 32 ? 127 : 1023)

/** eax/rax = `bits` << `by` of the format's top word. */
function immediate(asm: Assembler, size: Size, reg: number, top: number): void {
  if (size === 32) asm.imm64(reg, top, 0)
  else asm.imm64(reg, 0, top)
}
/** Infinity's bits, of the top 32. */
const infinityTop = (size: Size) => (size === 32 ? 0x7f80_0000 : 0x7ff0_0000)

/** Splits the lane: rax = magnitude, r11 = sign in place, ecx = exponent field, r9 = the fraction in 52 bits. */
function split(asm: Assembler, size: Size): void {
  asm.rm(size === 32 ? MOV_32 : MOV_64, RAX, R0, 0, LANE)
  asm.rr(MOV_64, R11, RAX)
  asm.shiftRI(SHIFT.SHR, 64, R11, size - 1)
  asm.shiftRI(SHIFT.SHL, 64, R11, size - 1)
  asm.shiftRI(SHIFT.SHL, size, RAX, 1)
  asm.shiftRI(SHIFT.SHR, size, RAX, 1)
  asm.rr(MOV_64, RCX, RAX)
  asm.shiftRI(SHIFT.SHR, 64, RCX, fractionBits(size))
  asm.rr(MOV_64, R9, RAX)
  asm.shiftRI(SHIFT.SHL, 64, R9, 64 - fractionBits(size))
  asm.shiftRI(SHIFT.SHR, 64, R9, 64 - FRACTION)
}

/** Stores rax with the sign in r11. */
function store(asm: Assembler, size: Size, next: Label): void {
  asm.rr(OR_64, RAX, R11)
  asm.mr(MOV_STORE[size], D, 0, RAX, LANE)
  asm.jmp(next)
}

/** Zero operands (denormals too, where they are flushed): infinity, division by zero. */
function zeroOperand(asm: Assembler, size: Size, next: Label): void {
  const other = asm.label()
  loadLane(asm, size, 0, R0)
  asm.rr(XORPS, 1, 1)
  asm.rr(UCOMI[size], 0, 1)
  asm.jcc(CC.NE, other)
  split(asm, size)
  raise(asm, MXCSR_ZE, LOCAL_MXCSR)
  immediate(asm, size, RAX, infinityTop(size))
  store(asm, size, next)
  asm.bind(other)
}

/** r9 = fraction shifted up once and cut to 52 bits. */
function shiftFraction(asm: Assembler): void {
  asm.shiftRI(SHIFT.SHL, 64, R9, 64 - FRACTION + 1)
  asm.shiftRI(SHIFT.SHR, 64, R9, 64 - FRACTION)
}

function recipLane(asm: Assembler, env: RoutineEnv, size: Size, next: Label): void {
  selectNaN(asm, env, size, [R0], next)
  zeroOperand(asm, size, next)
  split(asm, size)
  const finite = asm.label()
  immediate(asm, size, R10, infinityTop(size))
  asm.rr(CMP_64, RAX, R10)
  asm.jcc(CC.NE, finite)
  asm.rr(XOR_32, RAX, RAX)
  store(asm, size, next)
  asm.bind(finite)
  overflowing(asm, size, next)
  flushing(asm, size, next)
  // Denormals: the leading one shifted out, exponent 0 or -1.
  const normal = asm.label()
  const once = asm.label()
  asm.rr(TEST_RR, RCX, RCX)
  asm.jcc(CC.NE, normal)
  asm.ri(BT_64, R9, FRACTION - 1)
  asm.jcc(CC.B, once)
  asm.aluRI(ALU.SUB, 32, RCX, 1)
  shiftFraction(asm)
  asm.bind(once)
  shiftFraction(asm)
  asm.bind(normal)
  asm.shiftRI(SHIFT.SHR, 64, R9, 44)
  asm.rm(MOVZX_8, R9, RDI, 0, R9)
  asm.shiftRI(SHIFT.SHL, 64, R9, 44)
  // ecx = exponent of the result; denormal ones take the leading one in
  asm.r(NEG_32, RCX)
  asm.aluRI(ALU.ADD, 32, RCX, 2 * bias(size) - 1)
  const positive = asm.label()
  const zero = asm.label()
  asm.jcc(CC.G, positive)
  asm.jcc(CC.E, zero)
  asm.ri(BTS_64, R9, FRACTION)
  asm.shiftRI(SHIFT.SHR, 64, R9, 1)
  asm.rr(XOR_32, RCX, RCX)
  asm.shiftRI(SHIFT.SHR, 64, R9, 1)
  asm.jmp(positive)
  asm.bind(zero)
  asm.ri(BTS_64, R9, FRACTION)
  asm.shiftRI(SHIFT.SHR, 64, R9, 1)
  asm.bind(positive)
  asm.rr(MOV_32, RAX, RCX)
  asm.shiftRI(SHIFT.SHL, 64, RAX, fractionBits(size))
  asm.shiftRI(SHIFT.SHR, 64, R9, FRACTION - fractionBits(size))
  asm.rr(OR_64, RAX, R9)
  store(asm, size, next)
}

/** Magnitudes below 2^-(bias+1): infinity or the largest number, by the rounding mode. */
function overflowing(asm: Assembler, size: Size, next: Label): void {
  const fits = asm.label()
  const largest = asm.label()
  const infinite = asm.label()
  const down = asm.label()
  immediate(asm, size, R10, size === 32 ? 0x0020_0000 : 0x0004_0000)
  asm.rr(CMP_64, RAX, R10)
  asm.jcc(CC.AE, fits)
  raise(asm, MXCSR_OE | MXCSR_PE, LOCAL_MXCSR)
  immediate(asm, size, RAX, infinityTop(size))
  asm.rm(MOV_32, R10, RSP, LOCAL_MXCSR)
  asm.aluRI(ALU.AND, 32, R10, MXCSR_RC)
  asm.jcc(CC.E, infinite)
  asm.aluRI(ALU.CMP, 32, R10, 2 << 13)
  asm.jcc(CC.A, largest)
  asm.jcc(CC.B, down)
  asm.rr(TEST_RR_64, R11, R11)
  asm.jcc(CC.E, infinite)
  asm.jmp(largest)
  asm.bind(down)
  asm.rr(TEST_RR_64, R11, R11)
  asm.jcc(CC.NE, infinite)
  asm.bind(largest)
  asm.aluRI(ALU.SUB, 64, RAX, 1)
  asm.bind(infinite)
  store(asm, size, next)
  asm.bind(fits)
}
const TEST_RR_64 = insn('TEST r/m64, r64')

/** With flush to zero, magnitudes from 2^(bias-1) on give zero and underflow. */
function flushing(asm: Assembler, size: Size, next: Label): void {
  const fits = asm.label()
  saveMxcsr(asm, LOCAL_MXCSR)
  asm.mi(TEST_32, RSP, LOCAL_MXCSR, MXCSR_FTZ)
  asm.jcc(CC.E, fits)
  immediate(asm, size, R10, size === 32 ? 0x7e80_0000 : 0x7fd0_0000)
  asm.rr(CMP_64, RAX, R10)
  asm.jcc(CC.B, fits)
  raise(asm, MXCSR_UE, LOCAL_MXCSR)
  asm.rr(XOR_32, RAX, RAX)
  store(asm, size, next)
  asm.bind(fits)
}

function rsqrtLane(asm: Assembler, env: RoutineEnv, size: Size, next: Label): void {
  selectNaN(asm, env, size, [R0], next)
  zeroOperand(asm, size, next)
  split(asm, size)
  const positive = asm.label()
  asm.rr(TEST_RR_64, R11, R11)
  asm.jcc(CC.E, positive)
  raise(asm, MXCSR_IE, LOCAL_MXCSR)
  storeDefault(asm, env, size)
  asm.jmp(next)
  asm.bind(positive)
  const finite = asm.label()
  immediate(asm, size, R10, infinityTop(size))
  asm.rr(CMP_64, RAX, R10)
  asm.jcc(CC.NE, finite)
  asm.rr(XOR_32, RAX, RAX)
  store(asm, size, next)
  asm.bind(finite)
  const normal = asm.label()
  asm.rr(TEST_RR, RCX, RCX)
  asm.jcc(CC.NE, normal)
  const top = asm.here()
  const ready = asm.label()
  asm.ri(BT_64, R9, FRACTION - 1)
  asm.jcc(CC.B, ready)
  asm.aluRI(ALU.SUB, 32, RCX, 1)
  asm.shiftRI(SHIFT.SHL, 64, R9, 1)
  asm.jmp(top)
  asm.bind(ready)
  shiftFraction(asm)
  asm.bind(normal)
  // Index: 256 and 8 bits for even exponents, 128 and 7 bits for odd ones.
  const odd = asm.label()
  const found = asm.label()
  asm.ri(TEST_32, RCX, 1)
  asm.jcc(CC.NE, odd)
  asm.shiftRI(SHIFT.SHR, 64, R9, 44)
  asm.aluRI(ALU.ADD, 32, R9, 256 - RSQRT_FIRST)
  asm.jmp(found)
  asm.bind(odd)
  asm.shiftRI(SHIFT.SHR, 64, R9, 45)
  asm.bind(found)
  asm.rm(MOVZX_8, R9, RDI, 0, R9)
  asm.r(NEG_32, RCX)
  asm.aluRI(ALU.ADD, 32, RCX, 3 * bias(size) - 1)
  asm.shiftRI(SHIFT.SAR, 32, RCX, 1)
  asm.rr(MOV_32, RAX, RCX)
  asm.shiftRI(SHIFT.SHL, 64, RAX, fractionBits(size))
  asm.shiftRI(SHIFT.SHL, 64, R9, fractionBits(size) - 8)
  asm.rr(OR_64, RAX, R9)
  store(asm, size, next)
}

for (const size of SIZES) {
  described(`float.frecpe${size}`, (asm, env) => {
    table(asm, recip())
    eachLane(asm, size, (next) => recipLane(asm, env, size, next))
  })
  described(`float.frsqrte${size}`, (asm, env) => {
    table(asm, rsqrt())
    eachLane(asm, size, (next) => rsqrtLane(asm, env, size, next))
  })
}

/** All ones where the operand has none of the bits `high`; else the table's entry for its top nine bits. */
function unsignedEstimate(name: string, bytes: () => readonly number[], first: number, high: number): void {
  described(name, (asm) => {
    table(asm, bytes())
    eachLane(asm, 32, (next) => {
      const inside = asm.label()
      asm.rm(MOV_32, RCX, R0, 0, LANE)
      asm.imm64(RAX, -1, 0)
      asm.ri(TEST_32, RCX, high)
      asm.jcc(CC.NE, inside)
      asm.mr(MOV_STORE[32], D, 0, RAX, LANE)
      asm.jmp(next)
      asm.bind(inside)
      asm.shiftRI(SHIFT.SHR, 32, RCX, 23)
      asm.rm(MOVZX_8, RAX, RDI, -first, RCX)
      asm.aluRI(ALU.ADD, 32, RAX, 256)
      asm.shiftRI(SHIFT.SHL, 32, RAX, 23)
      asm.mr(MOV_STORE[32], D, 0, RAX, LANE)
    })
  })
}
unsignedEstimate('float.urecpe', recip, 256, 0x8000_0000 | 0)
unsignedEstimate('float.ursqrte', rsqrt, RSQRT_FIRST, 0xc000_0000 | 0)
