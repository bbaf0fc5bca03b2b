/**
 * The thunk of rt_sigaction, which the rows do not describe. The runner has a table of the guest's actions (GUEST_ACTIONS in the slot), in the guest's own form; it tells the kernel
 * what handlers/signals.ts would, changes the table, and sets the signal's bit in ACTION_LOG, by which the engine learns of it before it answers anything
 * (linux-user/signal-actions.ts). Left to the engine are
 *  - all of them while ACTIONS_ALONE is 0: somebody else has the same actions, or signals are caught for other reasons than a handler;
 *  - signals of which the table has no action, so the first call for each; SIGKILL and SIGSTOP; those that translated code raises;
 *  - what is wrong with the arguments.
 *
 * The old action is written before anything changes, so that memory that cannot be written leaves all as it was.
 *
 * What thunks have to observe stands in thunk.ts.
 */
import {
  ACTION_KNOWN,
  ACTION_LOG,
  ACTION_SIZE,
  ACTIONS_ALONE,
  ACTIONS_OFFSET,
  fromRbp,
  GUEST_ACTIONS_OFFSET,
  IN_KERNEL,
  SIGNAL_PENDING,
} from '../src/runtime/layout.ts'
import { ASYNC_SIGNALS } from '../src/runtime/signals.ts'
import { ALU, CC, insn, R8, R9, R10, R12, R13, R14, RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP, SHIFT } from '../src/x64/asm/index.ts' // biome-ignore format: a list
import { sigactionFlags } from './abi/flags/signals.ts'
import { fieldOf, layout } from './abi/shape.ts'
import { sigaction } from './abi/shapes-process.ts'
import { NSIG, SIGSET_SIZE, SYNCHRONOUS_MASK } from './abi/signals.ts'
import type { HostSignalHandlers } from './call.ts'
import { CHILD_FLAGS, KNOWN_FLAGS, SIG_IGN, UNBLOCKABLE } from './handlers/signals.ts'
import type { ThunkPlace } from './signal-thunks.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')
const STORE32_IMM = insn('MOV r/m32, imm32')
const OR_MEM = insn('OR r/m64, r64')
const AND = insn('AND r64, r/m64')
const XOR32 = insn('XOR r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const BIT_TEST = insn('BT r/m64, r64')
const SHL = insn('SHL r/m64, CL')
const LEA = insn('LEA r64, m')
const SYSCALL = insn('SYSCALL')
const RET = insn('RET')

const { SA_SIGINFO, SA_RESTORER, SA_ONSTACK, SA_RESTART } = sigactionFlags.values

export function rtSigaction({ asm, fixups, guest, host, entries }: ThunkPlace, ours: HostSignalHandlers): void {
  const leave = asm.label()
  const hasNoNew = asm.label()
  const hasNoOld = asm.label()
  const isHandled = asm.label()
  const call = asm.label()
  const done = asm.label()
  const argument = (n: number) => fromRbp(guest.argumentsAt[n]!)
  const of = layout(guest, sigaction)
  const [handler, flags, restorer, mask] = ['sa_handler', 'sa_flags', 'sa_restorer', 'sa_mask'].map((name) => fieldOf(of, name).offset) as [
    number,
    number,
    number,
    number,
  ]
  const to = layout(host, sigaction)
  const hostField = (name: string): number => fieldOf(to, name).offset
  const guarded = (): void => {
    fixups.push({ at: asm.address, target: leave })
  }

  asm.aluMI(ALU.CMP, 32, RBP, fromRbp(ACTIONS_ALONE), 0)
  asm.jcc(CC.E, leave)
  asm.rm(MOV, R10, RBP, argument(3))
  asm.aluRI(ALU.CMP, 64, R10, SIGSET_SIZE)
  asm.jcc(CC.NE, leave)
  asm.rm(MOV, R13, RBP, argument(1))
  asm.rm(MOV, R14, RBP, argument(2))
  asm.rm(MOV32, RDI, RBP, argument(0))
  asm.rr(MOV32, RCX, RDI)
  asm.aluRI(ALU.SUB, 32, RCX, 1)
  asm.aluRI(ALU.CMP, 32, RCX, NSIG)
  asm.jcc(CC.AE, leave)
  asm.imm64(RAX, SYNCHRONOUS_MASK | UNBLOCKABLE, 0)
  asm.rr(BIT_TEST, RAX, RCX)
  asm.jcc(CC.B, leave)
  asm.rr(MOV32, RBX, RCX)
  asm.shiftRI(SHIFT.SHL, 32, RBX, Math.log2(ACTION_SIZE))
  asm.rm(LEA, RBX, RBP, fromRbp(GUEST_ACTIONS_OFFSET), RBX, 0)
  asm.aluMI(ALU.CMP, 32, RBX, flags + 4, ACTION_KNOWN)
  asm.jcc(CC.NE, leave)

  asm.rr(TEST, R13, R13)
  asm.jcc(CC.E, hasNoNew)
  guarded()
  asm.rm(MOV, R8, R13, handler)
  guarded()
  asm.rm(MOV32, R9, R13, flags)
  guarded()
  asm.rm(MOV, R10, R13, restorer)
  guarded()
  asm.rm(MOV, R12, R13, mask)
  asm.bind(hasNoNew)

  asm.rr(TEST, R14, R14)
  asm.jcc(CC.E, hasNoOld)
  for (const at of [handler, flags, restorer, mask]) {
    // Without ACTION_KNOWN: the flags have 32 bits.
    asm.rm(at === flags ? MOV32 : MOV, RAX, RBX, at)
    guarded()
    asm.mr(STORE, R14, at, RAX)
  }
  asm.bind(hasNoOld)

  asm.rr(XOR32, RAX, RAX)
  asm.rr(TEST, R13, R13)
  asm.jcc(CC.E, done)
  asm.aluRI(ALU.AND, 32, R9, KNOWN_FLAGS)
  asm.imm64(RAX, ~UNBLOCKABLE, -1)
  asm.rr(AND, R12, RAX)
  asm.rr(MOV, R13, R10)

  // The host's structure on the stack. The engine resumes with a fresh one, so it may stay when the thunk is left.
  asm.aluRI(ALU.SUB, 64, RSP, to.size)
  asm.rr(MOV32, RDX, R9)
  asm.aluRI(ALU.CMP, 64, R8, SIG_IGN)
  asm.jcc(CC.A, isHandled)
  asm.aluRI(ALU.AND, 32, RDX, CHILD_FLAGS)
  asm.rr(XOR32, RAX, RAX)
  asm.mr(STORE, RSP, hostField('sa_handler'), R8)
  asm.mr(STORE, RSP, hostField('sa_restorer'), RAX)
  asm.jmp(call)
  asm.bind(isHandled)
  asm.aluRI(ALU.AND, 32, RDX, CHILD_FLAGS | SA_RESTART)
  asm.aluRI(ALU.OR, 32, RDX, SA_SIGINFO | SA_RESTORER | SA_ONSTACK)
  asm.movAddress(RAX, ours.signalHandler)
  asm.mr(STORE, RSP, hostField('sa_handler'), RAX)
  asm.movAddress(RAX, ours.signalRestorer)
  asm.mr(STORE, RSP, hostField('sa_restorer'), RAX)
  asm.imm64(RAX, ASYNC_SIGNALS, -1)
  asm.bind(call)
  asm.mr(STORE, RSP, hostField('sa_flags'), RDX)
  asm.mr(STORE, RSP, hostField('sa_mask'), RAX)

  asm.rr(MOV, RSI, RSP)
  asm.rr(XOR32, RDX, RDX)
  asm.imm64(R10, SIGSET_SIZE, 0)
  asm.imm64(RAX, host.numbers['rt_sigaction']!, 0)
  asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 1)
  asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
  asm.jccTo(CC.NE, entries.signalBefore)
  asm.none(SYSCALL)
  asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 0)
  asm.aluRI(ALU.ADD, 64, RSP, to.size)
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.S, done)

  asm.mr(STORE, RBX, handler, R8)
  asm.mr(STORE32, RBX, flags, R9)
  asm.mr(STORE, RBX, restorer, R13)
  asm.mr(STORE, RBX, mask, R12)
  // What the runner knew of the handler is no longer right.
  asm.mr(STORE, RBX, ACTIONS_OFFSET - GUEST_ACTIONS_OFFSET, RAX)
  asm.rm(LEA, RCX, RDI, -1)
  asm.imm64(RDX, 1, 0)
  asm.r(SHL, RDX)
  asm.lock()
  asm.mr(OR_MEM, RBP, fromRbp(ACTION_LOG), RDX)
  asm.bind(done)
  asm.mr(STORE, RBP, fromRbp(guest.resultAt), RAX)
  asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
  asm.jccTo(CC.NE, entries.signalAfter)
  asm.none(RET)
  asm.bind(leave)
  asm.jmpTo(entries.syscallToEngine)
}
