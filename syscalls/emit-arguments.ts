/** Code of thunks that loads a call's arguments from the guest's registers and stores its result. */
import { fromRbp } from '../src/runtime/layout.ts'
import { ALU, type Assembler, CC, insn, RBP, SHIFT } from '../src/x64/asm/index.ts'
import type { GuestAbi } from './abi/abi.ts'
import type { ArgumentSource } from './sources.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const MOVSXD = insn('MOVSXD r64, r/m32')
const MOVZX16 = insn('MOVZX r32, r/m16')
const STORE = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')

const NO_IDENTITY = 0xffff

export function emitArgument(asm: Assembler, register: number, source: ArgumentSource): void {
  switch (source.kind) {
    case 'wide':
      asm.rm(MOV, register, RBP, fromRbp(source.at))
      return
    case 'narrow':
      if (source.extension === 'identity') {
        emitIdentity(asm, register, source.at)
        return
      }
      asm.rm(source.extension === 'sign' ? MOVSXD : MOV32, register, RBP, fromRbp(source.at))
      if (source.drops !== 0) asm.aluRI(ALU.AND, 32, register, ~source.drops)
      if (source.shift !== 0) asm.shiftRI(SHIFT.SHL, 64, register, source.shift)
      return
    case 'constant':
      asm.imm64(register, source.value | 0, source.value < 0 ? -1 : 0)
  }
}

/** Sixteen bits, of which the largest value is -1. */
function emitIdentity(asm: Assembler, register: number, at: number): void {
  const done = asm.label()
  asm.rm(MOVZX16, register, RBP, fromRbp(at))
  asm.aluRI(ALU.CMP, 32, register, NO_IDENTITY)
  asm.jcc(CC.NE, done)
  asm.imm64(register, -1, -1)
  asm.bind(done)
}

export function emitResult(asm: Assembler, { resultAt, registerSize }: GuestAbi, register: number): void {
  asm.mr(registerSize === 4 ? STORE32 : STORE, RBP, fromRbp(resultAt), register)
}
