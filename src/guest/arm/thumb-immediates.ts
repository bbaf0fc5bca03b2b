/** Immediates of T32, whose bits lie in pieces: modified constants (manual F1.7.3), shift amounts, branch distances. */
import { NONE } from '../../ir/region.ts'
import { type ArmContext, signed } from './context.ts'
import { rotated } from './shifter.ts'

export interface Imm12 {
  readonly i: number
  readonly imm3: number
  readonly imm8: number
}

/** i:imm3:imm8 */
export function imm12Of(f: Imm12): number {
  return (f.i << 11) | (f.imm3 << 8) | f.imm8
}

/** The first amount of a rotation: smaller ones are patterns of bytes. */
const FIRST_ROTATION = 8

/** ThumbExpandImm() of the twelve bits: an int32. */
export function thumbConstant(imm12: number): number {
  const byte = imm12 & 0xff
  switch (imm12 >> 8) {
    case 0:
      return byte
    case 1:
      return byte * 0x00010001
    case 2:
      return (byte * 0x01000100) | 0
    case 3:
      return (byte * 0x01010101) | 0
  }
  return rotated((imm12 & 0x7f) | 0x80, imm12 >> 7)
}

/** ThumbExpandImm_C(): a value, its carry in `t.shifterCarry`. */
export function expandThumbImm(t: ArmContext, f: Imm12, wantsCarry: boolean): number {
  const imm12 = imm12Of(f)
  const value = thumbConstant(imm12)
  t.shifterCarry = wantsCarry && imm12 >> 7 >= FIRST_ROTATION ? t.imm(value >>> 31) : NONE
  return t.imm(value)
}

/** imm3:imm2 of a shift. */
export function imm5Of(f: { readonly imm3: number; readonly imm2: number }): number {
  return (f.imm3 << 2) | f.imm2
}

/** Distance of B<c>.W, bytes: S:J2:J1:imm6:imm11:0. */
export function conditionalDistance(f: { S: number; J1: number; J2: number; imm6: number; imm11: number }): number {
  return signed((f.S << 20) | (f.J2 << 19) | (f.J1 << 18) | (f.imm6 << 12) | (f.imm11 << 1), 21)
}

/** Distance of B.W, BL and BLX, bytes: S:I1:I2:imm10:imm11:0, where I1 is NOT(J1 XOR S). */
export function branchDistance(f: { S: number; J1: number; J2: number; imm10: number; imm11: number }): number {
  const i1 = f.J1 ^ f.S ^ 1
  const i2 = f.J2 ^ f.S ^ 1
  return signed((f.S << 24) | (i1 << 23) | (i2 << 22) | (f.imm10 << 12) | (f.imm11 << 1), 25)
}
