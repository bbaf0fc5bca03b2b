/** Instructions that copy scalars between structures. */
import { type Insn, insn } from '../src/x64/asm/index.ts'
import type { FieldCopy } from './abi/shape.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const MOVZX8 = insn('MOVZX r32, r/m8')
const MOVZX16 = insn('MOVZX r32, r/m16')
const MOVSX8 = insn('MOVSX r64, r/m8')
const MOVSX16 = insn('MOVSX r64, r/m16')
const MOVSXD = insn('MOVSXD r64, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')
const STORE16 = insn('MOV r/m16, r16')
const STORE8 = insn('MOV r/m8, r8')

/** By the size's logarithm. */
export const STORES: readonly Insn[] = [STORE8, STORE16, STORE32, STORE]

/** Sign-extends where a signed field grows; a load of 32 bits clears the upper half. */
export function loadOf({ fromSize, toSize, signed }: FieldCopy): Insn {
  const extend = signed && toSize > fromSize
  switch (fromSize) {
    case 1:
      return extend ? MOVSX8 : MOVZX8
    case 2:
      return extend ? MOVSX16 : MOVZX16
    case 4:
      return extend ? MOVSXD : MOV32
    default:
      return MOV
  }
}
