/** Code of thunks that loads a call's arguments from the guest's registers and stores its result. */
import { fromRbp } from '../src/runtime/layout.ts'
import { type Assembler, insn, RBP, SHIFT } from '../src/x64/asm/index.ts'
import type { GuestAbi } from './abi/abi.ts'
import type { ArgumentSource } from './sources.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const MOVSXD = insn('MOVSXD r64, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')

export function emitArgument(asm: Assembler, register: number, source: ArgumentSource): void {
  switch (source.kind) {
    case 'wide':
      asm.rm(MOV, register, RBP, fromRbp(source.at))
      return
    case 'narrow':
      asm.rm(source.extension === 'sign' ? MOVSXD : MOV32, register, RBP, fromRbp(source.at))
      if (source.shift !== 0) asm.shiftRI(SHIFT.SHL, 64, register, source.shift)
      return
    case 'constant':
      asm.imm64(register, source.value | 0, source.value < 0 ? -1 : 0)
  }
}

export function emitResult(asm: Assembler, { resultAt, registerSize }: GuestAbi, register: number): void {
  asm.mr(registerSize === 4 ? STORE32 : STORE, RBP, fromRbp(resultAt), register)
}
