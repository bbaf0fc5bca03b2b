/**
 * Entering and leaving signal handlers in the runner, without the engine: what happens thousands of times a second in programs that preempt themselves.
 * Host code for the frame of aarch64-frame.ts; it does what linux-user/signals.ts does, for the usual case, and leaves all else to it, with nothing changed:
 *
 * - enter: exactly one asynchronous signal is pending, its action is in ACTIONS (the engine puts it there when it has acted upon it once), the call that it
 *   ended has not failed with EINTR (some have masks of their own), the signal stack does not disarm itself, the stack can be written.
 * - leave: the frame holds what we write: an fpsimd record, at most an esr record behind it; signal stack and FPCR are as they are.
 *
 * As everywhere, the frame is written before the mask is set, and the next signal can come from that moment on: its handler comes on top, because POLL_FLAG
 * is cleared before. PENDING_STOP counts as pending, and IN_KERNEL is 0 in all of it: Engine.stop waits until the thread has made a request.
 */
import { FPCR_FZ, FPCR_FZ16, FPSR_MASK, FPSR_QC } from '../../src/guest/a64/fp-environment.ts'
import { NO_RESERVATION } from '../../src/guest/a64/state.ts'
import {
  ACTION_SIZE,
  ACTIONS_OFFSET,
  BLOCKED_SYNCHRONOUS,
  DELIVER,
  FRAME_READ,
  fromRbp,
  KEEPS_SENT,
  LAST_FAULT,
  LAST_SYNDROME,
  MASKS,
  MXCSR,
  PENDING_ASYNC,
  POLL_FLAG,
  POLL_SIGNAL,
  REQUEST_LOOKUP_MISS,
  REQUEST_SIGNAL_AFTER,
  SIGNAL_INFO,
  SIGNAL_INFO_SIZE,
  SIGNAL_MASK,
  SIGNAL_PENDING,
  SIGNAL_STACK,
  SIGNAL_STACK_FLAGS,
  SIGNAL_STACK_SIZE,
  STACK_OFFSET,
  STACK_SIZE,
  TRANSFER_OFFSET,
} from '../../src/runtime/layout.ts'
import type { EntryPoints } from '../../src/runtime/runtime.ts'
import {
  ALU, type Assembler, CC, insn, invert, type Label, R8, R9, R10, R12, R13, R14, R15, RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP, SHIFT,
} from '../../src/x64/asm/index.ts' // biome-ignore format: a list
import type { GuestAbi } from '../../syscalls/abi/abi.ts'
import { errno } from '../../syscalls/abi/errno.ts'
import { sigactionFlags, sigaltstackFlags, signalMaskHow } from '../../syscalls/abi/flags/signals.ts'
import { x64Numbers } from '../../syscalls/abi/numbers-x64.ts'
import { NSIG, SIGKILL, SIGSET_SIZE, SIGSTOP, SYNCHRONOUS_MASK } from '../../syscalls/abi/signals.ts'
import type { Fixup } from '../../syscalls/thunk.ts'
import { GUEST_LIMIT } from '../layout.ts'
import { FRAME as F, STATE_AT as S } from './aarch64-frame.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE_IMM = insn('MOV r/m64, imm32')
const STORE32 = insn('MOV r/m32, r32')
const STORE32_IMM = insn('MOV r/m32, imm32')
const LEA = insn('LEA r64, m')
const OR = insn('OR r64, r/m64')
const OR32 = insn('OR r32, r/m32')
const OR32_MEM = insn('OR r/m32, r32')
const AND32_MEM = insn('AND r/m32, r32')
const XOR32 = insn('XOR r32, r/m32')
const SUB = insn('SUB r64, r/m64')
const ADD = insn('ADD r64, r/m64')
const CMP = insn('CMP r64, r/m64')
const CMP32 = insn('CMP r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const TEST32_IMM = insn('TEST r/m32, imm32')
const REP_MOVSQ = insn('REP MOVSQ')
const REP_STOSQ = insn('REP STOSQ')
const STMXCSR = insn('STMXCSR m32')
const LDMXCSR = insn('LDMXCSR m32')
const SYSCALL = insn('SYSCALL')

const { SIG_SETMASK } = signalMaskHow.values
const { SA_SIGINFO, SA_ONSTACK } = sigactionFlags.values
const { SS_AUTODISARM } = sigaltstackFlags.values
const UNBLOCKABLE = (1 << (SIGKILL - 1)) | (1 << (SIGSTOP - 1))
const WORD = 8
/** MXCSR's sticky bits. */
const STICKY = 0x3f
/** Of an entry of ACTIONS. */
const HANDLER = 0
const RESTORER = 8
const MASK = 16
const FLAGS = 24

interface Place {
  readonly asm: Assembler
  readonly fixups: Fixup[]
  readonly entries: EntryPoints
}

/** `mov rcx, words ; rep movsq` */
function emitCopy(asm: Assembler, bytes: number): void {
  asm.imm64(RCX, bytes / WORD, 0)
  asm.none(REP_MOVSQ)
}

/** What DELIVER points to. r15 is the kind of request if it comes to nothing. */
export function emitDeliver({ asm, fixups, entries }: Place): void {
  const field = fromRbp
  const at = (offset: number) => fromRbp(TRANSFER_OFFSET + offset)
  const engine = asm.label()
  asm.aluMI(ALU.CMP, 32, RBP, field(SIGNAL_PENDING), PENDING_ASYNC)
  asm.jcc(CC.NE, engine)
  const isOther = asm.label()
  asm.aluRI(ALU.CMP, 32, R15, REQUEST_SIGNAL_AFTER)
  asm.jcc(CC.NE, isOther)
  asm.aluMI(ALU.CMP, 64, RBP, field(S.x), -errno.EINTR)
  asm.jcc(CC.E, engine)
  asm.bind(isOther)

  // rbx: the action, r12: its handler, r14: its flags
  asm.rm(MOV32, RAX, RBP, field(SIGNAL_INFO))
  asm.aluRI(ALU.SUB, 32, RAX, 1)
  asm.aluRI(ALU.CMP, 32, RAX, NSIG)
  asm.jcc(CC.AE, engine)
  asm.shiftRI(SHIFT.SHL, 32, RAX, Math.log2(ACTION_SIZE))
  asm.rm(LEA, RBX, RBP, field(ACTIONS_OFFSET), RAX, 0)
  asm.rm(MOV, R12, RBX, HANDLER)
  asm.rr(TEST, R12, R12)
  asm.jcc(CC.E, engine)
  asm.rm(MOV32, R14, RBX, FLAGS)

  // r13: the mask
  asm.rm(MOV, R13, RBP, field(SIGNAL_MASK))
  asm.aluRI(ALU.AND, 64, R13, ~SYNCHRONOUS_MASK)
  asm.rm(MOV32, RAX, RBP, field(BLOCKED_SYNCHRONOUS))
  asm.rr(OR, R13, RAX)
  emitStack(asm, engine)
  emitFrame(asm)

  asm.rm(LEA, RSI, RBP, at(0))
  asm.rr(MOV, RDI, R9)
  asm.imm64(RCX, F.written / WORD, 0)
  fixups.push({ at: asm.address, target: engine })
  asm.none(REP_MOVSQ)
  for (const n of [0, 1]) {
    asm.rm(MOV, RAX, RBP, field(S.x + WORD * (29 + n)))
    fixups.push({ at: asm.address, target: engine })
    asm.mr(STORE, R8, WORD * n, RAX)
  }

  // It is taken. What comes meanwhile asks anew.
  for (const [flag, bit] of [
    [POLL_FLAG, POLL_SIGNAL],
    [SIGNAL_PENDING, PENDING_ASYNC],
  ] as const) {
    asm.imm64(RAX, ~bit, -1)
    asm.lock()
    asm.mr(AND32_MEM, RBP, field(flag), RAX)
  }
  const nothing = asm.label()
  asm.aluMI(ALU.CMP, 32, RBP, field(SIGNAL_PENDING), 0)
  asm.jcc(CC.E, nothing)
  asm.imm64(RAX, POLL_SIGNAL, 0)
  asm.lock()
  asm.mr(OR32_MEM, RBP, field(POLL_FLAG), RAX)
  asm.bind(nothing)

  asm.rm(MOV32, RAX, RBP, field(SIGNAL_INFO))
  asm.mr(STORE, RBP, field(S.x), RAX)
  const noInfo = asm.label()
  asm.ri(TEST32_IMM, R14, SA_SIGINFO)
  asm.jcc(CC.E, noInfo)
  asm.mr(STORE, RBP, field(S.x + WORD), R9)
  asm.rm(LEA, RAX, R9, F.ucontext)
  asm.mr(STORE, RBP, field(S.x + 2 * WORD), RAX)
  asm.bind(noInfo)
  asm.mr(STORE, RBP, field(S.x + 29 * WORD), R8)
  asm.rm(MOV, RAX, RBX, RESTORER)
  asm.mr(STORE, RBP, field(S.x + 30 * WORD), RAX)
  asm.mr(STORE, RBP, field(S.sp), R9)
  asm.mr(STORE, RBP, field(S.pc), R12)
  asm.mi(STORE_IMM, RBP, field(S.exclusive), NO_RESERVATION)

  asm.rm(OR, R13, RBX, MASK)
  emitBlocked(asm, R13)
  asm.aluRI(ALU.AND, 64, R13, ~SYNCHRONOUS_MASK)
  asm.mr(STORE, RBP, field(MASKS), R13)
  asm.rm(LEA, RSP, RBP, field(STACK_OFFSET + STACK_SIZE))
  asm.callTo(entries.setMask)
  asm.jmpTo(entries.dispatch)
  asm.bind(engine)
  asm.jmpTo(entries.withoutDelivery)
}

/** r8: where the frame record goes; r9: the frame. */
function emitStack(asm: Assembler, engine: Label): void {
  const field = fromRbp
  const stays = asm.label()
  const switches = asm.label()
  asm.rm(MOV, R8, RBP, field(S.sp))
  asm.rm(MOV32, RAX, RBP, field(SIGNAL_STACK_FLAGS))
  asm.ri(TEST32_IMM, RAX, SS_AUTODISARM | 0)
  asm.jcc(CC.NE, engine)
  asm.ri(TEST32_IMM, R14, SA_ONSTACK)
  asm.jcc(CC.E, stays)
  asm.rm(MOV, RAX, RBP, field(SIGNAL_STACK_SIZE))
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.E, stays)
  asm.rm(MOV, RDX, RBP, field(SIGNAL_STACK))
  asm.rr(MOV, RCX, R8)
  asm.rr(SUB, RCX, RDX)
  asm.jcc(CC.BE, switches)
  asm.rr(CMP, RCX, RAX)
  asm.jcc(CC.BE, stays)
  asm.bind(switches)
  asm.rr(MOV, R8, RDX)
  asm.rr(ADD, R8, RAX)
  asm.bind(stays)
  asm.aluRI(ALU.SUB, 64, R8, F.recordSize)
  asm.aluRI(ALU.AND, 64, R8, -F.alignment)
  asm.rm(LEA, R9, R8, -F.size)
  asm.movAddress(RAX, GUEST_LIMIT)
  asm.rr(CMP, R8, RAX)
  asm.jcc(CC.AE, engine)
}

/** The frame's bytes, in TRANSFER. r13: the mask, r14: the action's flags. */
function emitFrame(asm: Assembler): void {
  const field = fromRbp
  const at = (offset: number) => fromRbp(TRANSFER_OFFSET + offset)
  const noInfo = asm.label()
  const hasInfo = asm.label()
  const noSyndrome = asm.label()
  asm.rr(XOR32, RAX, RAX)
  asm.rm(LEA, RDI, RBP, at(0))
  asm.ri(TEST32_IMM, R14, SA_SIGINFO)
  asm.jcc(CC.E, noInfo)
  asm.rm(LEA, RSI, RBP, field(SIGNAL_INFO))
  emitCopy(asm, SIGNAL_INFO_SIZE)
  asm.jmp(hasInfo)
  asm.bind(noInfo)
  asm.imm64(RCX, SIGNAL_INFO_SIZE / WORD, 0)
  asm.none(REP_STOSQ)
  asm.bind(hasInfo)
  // flags and link, then behind the mask what is unused
  asm.mr(STORE, RDI, 0, RAX)
  asm.mr(STORE, RDI, WORD, RAX)
  asm.rm(LEA, RDI, RBP, at(F.mask + SIGSET_SIZE))
  asm.imm64(RCX, (F.faultAddress - F.mask - SIGSET_SIZE) / WORD, 0)
  asm.none(REP_STOSQ)
  asm.mr(STORE, RBP, at(F.pstate + WORD), RAX)
  for (const [from, to] of [
    [SIGNAL_STACK, F.stack],
    [SIGNAL_STACK_SIZE, F.stack + 2 * WORD],
    [LAST_FAULT, F.faultAddress],
    [S.pc, F.pc],
  ] as const) {
    asm.rm(MOV, RAX, RBP, field(from))
    asm.mr(STORE, RBP, at(to), RAX)
  }
  asm.rm(MOV32, RAX, RBP, field(SIGNAL_STACK_FLAGS))
  asm.mr(STORE, RBP, at(F.stack + WORD), RAX)
  asm.mr(STORE, RBP, at(F.mask), R13)
  asm.rm(LEA, RSI, RBP, field(S.x))
  asm.rm(LEA, RDI, RBP, at(F.regs))
  emitCopy(asm, F.pc - F.regs)

  // NZCV: bits 15, 14, 8, 0 -> 31..28
  asm.rm(MOV32, RAX, RBP, field(S.nzcv))
  asm.rr(XOR32, RDX, RDX)
  for (const { packed, shift } of F.nzcv) {
    asm.rr(MOV32, RCX, RAX)
    asm.aluRI(ALU.AND, 32, RCX, packed)
    asm.shiftRI(SHIFT.SHL, 32, RCX, shift)
    asm.rr(OR32, RDX, RCX)
  }
  asm.mr(STORE, RBP, at(F.pstate), RDX)

  // fpsimd: FPSR with what is still in MXCSR (IE, then ZE OE UE PE one to the right), and QC
  asm.mi(STORE32_IMM, RBP, at(F.records), F.fpsimdMagic)
  asm.mi(STORE32_IMM, RBP, at(F.records + 4), F.fpsimdSize)
  asm.m(STMXCSR, RBP, field(MXCSR))
  asm.rm(MOV32, RAX, RBP, field(MXCSR))
  asm.rr(MOV32, RCX, RAX)
  asm.aluRI(ALU.AND, 32, RAX, 1)
  asm.shiftRI(SHIFT.SHR, 32, RCX, 1)
  asm.aluRI(ALU.AND, 32, RCX, 0x1e)
  asm.rr(OR32, RAX, RCX)
  asm.rm(OR32, RAX, RBP, field(S.fpsr))
  const unsaturated = asm.label()
  asm.rm(MOV, RCX, RBP, field(S.qc))
  asm.rm(OR, RCX, RBP, field(S.qc + WORD))
  asm.jcc(CC.E, unsaturated)
  asm.aluRI(ALU.OR, 32, RAX, FPSR_QC)
  asm.bind(unsaturated)
  asm.mr(STORE32, RBP, at(F.records + 8), RAX)
  asm.rm(MOV32, RAX, RBP, field(S.fpcr))
  asm.mr(STORE32, RBP, at(F.records + 12), RAX)
  asm.rm(LEA, RSI, RBP, field(S.v))
  asm.rm(LEA, RDI, RBP, at(F.records + 16))
  emitCopy(asm, F.fpsimdSize - 16)

  // rdi is behind it
  asm.rr(XOR32, RCX, RCX)
  asm.rm(MOV, RAX, RBP, field(LAST_SYNDROME))
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.E, noSyndrome)
  asm.imm64(RCX, F.esrMagic, F.esrSize)
  asm.bind(noSyndrome)
  asm.mr(STORE, RDI, 0, RCX)
  asm.mr(STORE, RDI, WORD, RAX)
  asm.mi(STORE_IMM, RDI, 2 * WORD, 0)
}

/** BLOCKED_SYNCHRONOUS of a mask; clobbers rax. */
function emitBlocked(asm: Assembler, mask: number): void {
  asm.rr(MOV32, RAX, mask)
  asm.aluRI(ALU.AND, 32, RAX, SYNCHRONOUS_MASK)
  asm.mr(STORE32, RBP, fromRbp(BLOCKED_SYNCHRONOUS), RAX)
}

/** The thunk of rt_sigreturn. When it leaves, it has brought the frame (FRAME_READ). */
export function emitSigreturn({ asm, fixups, entries, guest }: Place & { readonly guest: GuestAbi }): void {
  const field = fromRbp
  const at = (offset: number) => fromRbp(TRANSFER_OFFSET + offset)
  const leave = asm.label()
  const ends = asm.label()
  asm.mi(STORE32_IMM, RBP, field(FRAME_READ), 0)
  asm.rm(MOV, RSI, RBP, field(S.sp))
  asm.rm(LEA, RDI, RBP, at(0))
  asm.imm64(RCX, guest.signalFrameHead / WORD, 0)
  fixups.push({ at: asm.address, target: leave })
  asm.none(REP_MOVSQ)
  asm.mi(STORE32_IMM, RBP, field(FRAME_READ), 1)
  const unless = (condition: CC) => asm.jcc(invert(condition), leave)
  const equal = (offset: number, of: number) => {
    asm.rm(MOV, RAX, RBP, at(offset))
    asm.rm(CMP, RAX, RBP, field(of))
    unless(CC.E)
  }

  asm.aluMI(ALU.CMP, 64, RBP, field(DELIVER), 0)
  unless(CC.NE)
  asm.aluMI(ALU.CMP, 32, RBP, field(KEEPS_SENT), 0)
  unless(CC.E)
  asm.rm(MOV32, RAX, RBP, field(S.sp))
  asm.ri(TEST32_IMM, RAX, F.alignment - 1)
  unless(CC.E)
  asm.movAddress(RCX, GUEST_LIMIT)
  asm.rm(CMP, RCX, RBP, field(S.sp))
  unless(CC.A)
  asm.rm(MOV32, R12, RBP, at(F.pstate))
  asm.ri(TEST32_IMM, R12, F.pstateForbidden)
  unless(CC.E)
  asm.imm64(RCX, F.fpsimdMagic, F.fpsimdSize)
  asm.rm(CMP, RCX, RBP, at(F.records))
  unless(CC.E)
  asm.rm(MOV, RAX, RBP, at(F.records + F.fpsimdSize))
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.E, ends)
  asm.imm64(RCX, F.esrMagic, F.esrSize)
  asm.rr(CMP, RAX, RCX)
  unless(CC.E)
  asm.aluMI(ALU.CMP, 64, RBP, at(F.records + F.fpsimdSize + F.esrSize), 0)
  unless(CC.E)
  asm.bind(ends)
  equal(F.stack, SIGNAL_STACK)
  equal(F.stack + 2 * WORD, SIGNAL_STACK_SIZE)
  asm.rm(MOV32, RAX, RBP, at(F.stack + WORD))
  asm.rm(CMP32, RAX, RBP, field(SIGNAL_STACK_FLAGS))
  unless(CC.E)
  asm.rm(MOV32, RAX, RBP, at(F.records + 12))
  asm.rm(CMP32, RAX, RBP, field(S.fpcr))
  unless(CC.E)
  asm.ri(TEST32_IMM, RAX, FPCR_FZ | FPCR_FZ16)
  unless(CC.E)

  asm.rm(MOV, R13, RBP, at(F.mask))
  asm.aluRI(ALU.AND, 64, R13, ~UNBLOCKABLE)
  asm.rr(MOV, RAX, R13)
  asm.aluRI(ALU.AND, 64, RAX, ~SYNCHRONOUS_MASK)
  asm.mr(STORE, RBP, field(MASKS), RAX)
  asm.imm64(RDI, SIG_SETMASK, 0)
  asm.rm(LEA, RSI, RBP, field(MASKS))
  asm.rr(XOR32, RDX, RDX)
  asm.imm64(R10, SIGSET_SIZE, 0)
  asm.imm64(RAX, x64Numbers['rt_sigprocmask']!, 0)
  // The form that src/runtime/signals.ts recognises: nothing is changed before.
  asm.aluMI(ALU.CMP, 32, RBP, field(SIGNAL_PENDING), 0)
  asm.jccTo(CC.NE, entries.signalBefore)
  asm.none(SYSCALL)

  asm.mi(STORE32_IMM, RBP, field(FRAME_READ), 0)
  emitBlocked(asm, R13)
  asm.rm(LEA, RSI, RBP, at(F.regs))
  asm.rm(LEA, RDI, RBP, field(S.x))
  emitCopy(asm, F.pc - F.regs)
  asm.rm(MOV, RAX, RBP, at(F.pc))
  asm.mr(STORE, RBP, field(S.pc), RAX)
  asm.rr(XOR32, RDX, RDX)
  for (const { packed, shift } of F.nzcv) {
    asm.rr(MOV32, RCX, R12)
    asm.shiftRI(SHIFT.SHR, 32, RCX, shift)
    asm.aluRI(ALU.AND, 32, RCX, packed)
    asm.rr(OR32, RDX, RCX)
  }
  asm.mr(STORE32, RBP, field(S.nzcv), RDX)
  asm.rm(LEA, RSI, RBP, at(F.records + 16))
  asm.rm(LEA, RDI, RBP, field(S.v))
  emitCopy(asm, F.fpsimdSize - 16)
  asm.rm(MOV32, RAX, RBP, at(F.records + 8))
  asm.rr(MOV32, RCX, RAX)
  asm.aluRI(ALU.AND, 32, RCX, FPSR_MASK)
  asm.mr(STORE32, RBP, field(S.fpsr), RCX)
  asm.aluRI(ALU.AND, 32, RAX, FPSR_QC)
  asm.mr(STORE, RBP, field(S.qc), RAX)
  asm.mi(STORE_IMM, RBP, field(S.qc + WORD), 0)
  asm.mi(STORE_IMM, RBP, field(S.exclusive), NO_RESERVATION)
  asm.m(STMXCSR, RBP, field(MXCSR))
  asm.aluMI(ALU.AND, 32, RBP, field(MXCSR), ~STICKY)
  asm.m(LDMXCSR, RBP, field(MXCSR))
  asm.rm(LEA, RSP, RBP, field(STACK_OFFSET + STACK_SIZE))
  asm.imm64(R15, REQUEST_LOOKUP_MISS, 0)
  asm.aluMI(ALU.CMP, 32, RBP, field(SIGNAL_PENDING), 0)
  asm.jccTo(CC.NE, entries.deliver)
  asm.jmpTo(entries.dispatch)
  asm.bind(leave)
  asm.jmpTo(entries.syscallToEngine)
}
