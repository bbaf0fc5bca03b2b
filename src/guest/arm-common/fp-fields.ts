/** Fields of floating-point instructions that both instruction sets have: immediates and rounding modes. */
import { ROUND_DOWN, ROUND_NEAREST, ROUND_UP, ROUND_ZERO } from '../../ir/softfloat.ts'

/** rmode of FCVT and opcode<1:0> of FRINT: N, P, M, Z. */
export const ROUNDING_FIELD = [ROUND_NEAREST, ROUND_UP, ROUND_DOWN, ROUND_ZERO] as const

/** VFPExpandImm as the bits of f32, f64 (low word 0) and f16. */
export function expandImm32(imm8: number): number {
  const exponent = imm8 & 0x40 ? 0x1f : 0x20
  return ((imm8 & 0x80) << 24) | (exponent << 25) | ((imm8 & 0x3f) << 19)
}
export function expandImm64High(imm8: number): number {
  const exponent = imm8 & 0x40 ? 0xff : 0x100
  return ((imm8 & 0x80) << 24) | (exponent << 22) | ((imm8 & 0x3f) << 16)
}
export function expandImm16(imm8: number): number {
  const exponent = imm8 & 0x40 ? 3 : 4
  return ((imm8 & 0x80) << 8) | (exponent << 12) | ((imm8 & 0x3f) << 6)
}
/** The same as a number, for the disassembly. */
export function expandNumber(imm8: number): number {
  const exponent = ((imm8 >> 4) & 7) ^ 4
  const value = ((16 + (imm8 & 15)) / 16) * 2 ** (exponent - 3)
  return imm8 & 0x80 ? -value : value
}
