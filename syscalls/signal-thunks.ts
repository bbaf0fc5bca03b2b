/**
 * The thunk of rt_sigprocmask, which the rows do not describe: what translated code raises itself is kept in the slot (BLOCKED_SYNCHRONOUS), the rest is the kernel's mask. What is wrong
 * with the arguments, and a fault signal that was sent and may become deliverable, are left to the engine.
 *
 * What thunks have to observe stands in thunk.ts.
 */
import { BLOCKED_SYNCHRONOUS, fromRbp, IN_KERNEL, KEEPS_SENT, MASKS, SIGNAL_PENDING } from '../src/runtime/layout.ts'
import { ALU, type Assembler, CC, insn, R10, R12, R13, R14, RAX, RBP, RBX, RCX, RDI, RDX, RSI } from '../src/x64/asm/index.ts'
import type { Abi, GuestAbi } from './abi/abi.ts'
import { errno } from './abi/errno.ts'
import { signalMaskHow } from './abi/flags/signals.ts'
import { SIGSET_SIZE, SYNCHRONOUS_MASK } from './abi/signals.ts'
import { emitArgument, emitResult } from './emit-arguments.ts'
import { argumentSources } from './sources.ts'
import { rowsByName } from './table.ts'
import type { Fixup, ThunkEntries } from './thunk.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')
const STORE32_IMM = insn('MOV r/m32, imm32')
const OR = insn('OR r64, r/m64')
const OR32 = insn('OR r32, r/m32')
const AND32 = insn('AND r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const LEA = insn('LEA r64, m')
const SYSCALL = insn('SYSCALL')
const RET = insn('RET')

const { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK } = signalMaskHow.values

/** Where a thunk goes and what it may name. */
export interface ThunkPlace {
  readonly asm: Assembler
  readonly fixups: Fixup[]
  readonly guest: GuestAbi
  readonly host: Abi
  readonly entries: ThunkEntries
}

/** Thunks by the call's name. */
export const SIGNAL_THUNKS: ReadonlyMap<string, (place: ThunkPlace) => void> = new Map([['rt_sigprocmask', rtSigprocmask]])

function rtSigprocmask({ asm, fixups, guest, host, entries }: ThunkPlace): void {
  const leave = asm.label()
  const hasNoSet = asm.label()
  const unchanged = asm.label()
  const update = asm.label()
  const unblock = asm.label()
  const fault = asm.label()
  const done = asm.label()
  const sources = argumentSources(guest, rowsByName.get('rt_sigprocmask')!)
  for (const [n, register] of [RDI, R13, R14, R10].entries()) emitArgument(asm, register, sources[n]!)
  asm.aluRI(ALU.CMP, 64, R10, SIGSET_SIZE)
  asm.jcc(CC.NE, leave)

  asm.rr(MOV, RSI, R13)
  asm.rr(TEST, R13, R13)
  asm.jcc(CC.E, hasNoSet)
  asm.aluRI(ALU.CMP, 32, RDI, SIG_SETMASK)
  asm.jcc(CC.A, leave)
  asm.aluMI(ALU.CMP, 32, RBP, fromRbp(KEEPS_SENT), 0)
  asm.jcc(CC.NE, leave)
  fixups.push({ at: asm.address, target: leave })
  asm.rm(MOV, RBX, R13, 0)
  asm.rr(MOV, RCX, RBX)
  asm.aluRI(ALU.AND, 64, RCX, ~SYNCHRONOUS_MASK)
  asm.mr(STORE, RBP, fromRbp(MASKS), RCX)
  asm.rm(LEA, RSI, RBP, fromRbp(MASKS))
  asm.bind(hasNoSet)

  asm.rm(LEA, RDX, RBP, fromRbp(MASKS + SIGSET_SIZE))
  asm.imm64(RAX, host.numbers['rt_sigprocmask']!, 0)
  asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 1)
  asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
  asm.jccTo(CC.NE, entries.signalBefore)
  asm.none(SYSCALL)
  asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 0)
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.S, done)

  asm.rm(MOV32, R12, RBP, fromRbp(BLOCKED_SYNCHRONOUS))
  asm.rr(TEST, R13, R13)
  asm.jcc(CC.E, unchanged)
  asm.aluRI(ALU.AND, 32, RBX, SYNCHRONOUS_MASK)
  asm.aluRI(ALU.CMP, 32, RDI, SIG_UNBLOCK)
  asm.jcc(CC.E, unblock)
  asm.aluRI(ALU.CMP, 32, RDI, SIG_BLOCK)
  asm.jcc(CC.NE, update)
  asm.rr(OR32, RBX, R12)
  asm.jmp(update)
  asm.bind(unblock)
  asm.aluRI(ALU.XOR, 32, RBX, -1)
  asm.rr(AND32, RBX, R12)
  asm.bind(update)
  asm.mr(STORE32, RBP, fromRbp(BLOCKED_SYNCHRONOUS), RBX)
  asm.bind(unchanged)
  asm.rr(TEST, R14, R14)
  asm.jcc(CC.E, done)
  asm.rm(MOV, RCX, RBP, fromRbp(MASKS + SIGSET_SIZE))
  asm.rr(OR, RCX, R12)
  fixups.push({ at: asm.address, target: fault })
  asm.mr(STORE, R14, 0, RCX)

  asm.bind(done)
  emitResult(asm, guest, RAX)
  asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
  asm.jccTo(CC.NE, entries.signalAfter)
  asm.none(RET)
  asm.bind(fault)
  asm.imm64(RAX, -errno.EFAULT, -1)
  asm.jmp(done)
  asm.bind(leave)
  asm.jmpTo(entries.syscallToEngine)
}
