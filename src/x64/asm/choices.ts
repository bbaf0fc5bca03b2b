/** Rows that are chosen by an operation's number, an operand's width or a condition code rather than by name. */
import { CC_NAMES } from './cc.ts'
import { type Insn, insn } from './encodings.ts'

/** 8, 16, 32, 64 -> 0, 1, 2, 3 */
export function widthIndex(width: number): number {
  return width === 64 ? 3 : width >> 4
}

const ALU_NAMES = ['ADD', 'OR', 'ADC', 'SBB', 'AND', 'SUB', 'XOR', 'CMP'] as const
const SHIFT_NAMES = ['ROL', 'ROR', 'RCL', 'RCR', 'SHL', 'SHR', 'SHL', 'SAR'] as const
/** By operation and width: the form with a sign-extended imm8. */
export const ALU_SHORT = ALU_NAMES.map((op) => [
  insn(`${op} r/m8, imm8`),
  insn(`${op} r/m16, imm8`),
  insn(`${op} r/m32, imm8`),
  insn(`${op} r/m64, imm8`),
])
/** By operation and width: the form with an immediate as wide as the operand, up to 32 bits. */
export const ALU_LONG = ALU_NAMES.map((op) => [
  insn(`${op} r/m8, imm8`),
  insn(`${op} r/m16, imm16`),
  insn(`${op} r/m32, imm32`),
  insn(`${op} r/m64, imm32`),
])
export const SHIFT_IMM = SHIFT_NAMES.map((op) => [
  insn(`${op} r/m8, imm8`),
  insn(`${op} r/m16, imm8`),
  insn(`${op} r/m32, imm8`),
  insn(`${op} r/m64, imm8`),
])
export const SHIFT_ONE = SHIFT_NAMES.map((op) => [
  insn(`${op} r/m8, 1`),
  insn(`${op} r/m16, 1`),
  insn(`${op} r/m32, 1`),
  insn(`${op} r/m64, 1`),
])

/** SETcc r/m8 and CMOVcc by width, indexed by condition code. */
export const SETCC: readonly Insn[] = CC_NAMES.map((cc) => insn(`SET${cc} r/m8`))
export const CMOVCC_32: readonly Insn[] = CC_NAMES.map((cc) => insn(`CMOV${cc} r32, r/m32`))
export const CMOVCC_64: readonly Insn[] = CC_NAMES.map((cc) => insn(`CMOV${cc} r64, r/m64`))
