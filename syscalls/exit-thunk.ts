/**
 * The thunk of exit_group: the process ends without the engine, which hears of it by the pidfd. The wait status is left in the slot for those that are no
 * children of the engine. Signals that were taken and not delivered end with the process, as in the kernel.
 *
 * While the kernel takes the process down the thread counts as one that is in a system call: nobody waits for it to leave translated code.
 */
import { END_STATUS, fromRbp, IN_KERNEL } from '../src/runtime/layout.ts'
import { ALU, insn, RAX, RBP, RDI, SHIFT } from '../src/x64/asm/index.ts'
import type { ThunkPlace } from './signal-thunks.ts'

const MOV32 = insn('MOV r32, r/m32')
const MOVZX8 = insn('MOVZX r32, r/m8')
const STORE32 = insn('MOV r/m32, r32')
const STORE32_IMM = insn('MOV r/m32, imm32')
const SYSCALL = insn('SYSCALL')

/** END_STATUS: it has been written. Behind the 16 bits of a wait status. */
const IS_SAID = 0x1_0000
const CODE_SHIFT = 8

export function exitGroup({ asm, guest, host }: ThunkPlace): void {
  const code = fromRbp(guest.argumentsAt[0]!)
  asm.rm(MOVZX8, RAX, RBP, code)
  asm.shiftRI(SHIFT.SHL, 32, RAX, CODE_SHIFT)
  asm.aluRI(ALU.OR, 32, RAX, IS_SAID)
  asm.mr(STORE32, RBP, fromRbp(END_STATUS), RAX)
  asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 1)
  asm.rm(MOV32, RDI, RBP, code)
  asm.imm64(RAX, host.numbers['exit_group']!, 0)
  asm.none(SYSCALL)
}
