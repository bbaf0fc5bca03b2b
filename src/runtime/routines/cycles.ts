/**
 * `cycles`: CLOCK_MONOTONIC in nanoseconds into rax: the counter of a guest that is told 1 GHz. By the kernel, because its vDSO is
 * not mapped in a runner. All other registers are kept; flags are not.
 */
import { insn, R11, RAX, RBP, RCX, RDI, RSI } from '../../x64/asm/index.ts'
import { SYS } from '../host-kernel.ts'
import { fromRbp, SCRATCH_OFFSET } from '../layout.ts'
import { routine } from '../routines.ts'

const MOV32_IMM = insn('MOV r32, imm32')
const MOV64 = insn('MOV r64, r/m64')
const LEA = insn('LEA r64, m')
const IMUL = insn('IMUL r64, r/m64, imm32')
const ADD = insn('ADD r64, r/m64')
const SYSCALL = insn('SYSCALL')
const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const RET = insn('RET')
const CLOCK_MONOTONIC = 1
const NS_PER_SECOND = 1_000_000_000
/** struct timespec */
const TIMESPEC = fromRbp(SCRATCH_OFFSET)
const NANOSECONDS = 8
/** The kernel takes rcx and r11; rdi and rsi carry the arguments. */
const USED = [RCX, RDI, RSI, R11]

routine('cycles', (asm) => {
  for (const reg of USED) asm.r(PUSH, reg)
  asm.ri(MOV32_IMM, RDI, CLOCK_MONOTONIC)
  asm.rm(LEA, RSI, RBP, TIMESPEC)
  asm.ri(MOV32_IMM, RAX, SYS.clock_gettime)
  asm.none(SYSCALL)
  asm.rm(MOV64, RAX, RBP, TIMESPEC)
  asm.rri(IMUL, RAX, RAX, NS_PER_SECOND)
  asm.rm(ADD, RAX, RBP, TIMESPEC + NANOSECONDS)
  for (const reg of USED.toReversed()) asm.r(POP, reg)
  asm.none(RET)
})
