/**
 * The host's signal handler for signals that the guest handles, and the ways out of a system call because of one.
 *
 * The handler only takes note: siginfo and the thread's mask go into the slot, SIGNAL_PENDING and POLL_FLAG are set, and the interrupted
 * context goes on with every asynchronous signal blocked. So at most one is taken at a time, what comes after it stays in the kernel's
 * queues (nothing is lost, sigpending and signalfd stay right, other threads may take it), and the kernel's order is kept. The engine
 * builds the guest's frame at the next safe point and then sets the mask that the guest's handler runs with; that lets the next one in.
 *
 * Safe points are a region's entry (POLL_FLAG), every request of the thread, and, for a system call, the kernel's entry:
 *
 *   cmp dword [SIGNAL_PENDING], 0
 *   jne signalBefore                <- here and at the SYSCALL a signal comes too late for the look, too early for EINTR:
 *   syscall                            the handler moves the thread to `signalBefore`, the call has not been made
 *
 * The kernel goes back to the SYSCALL instruction when the call is to be made again behind the handler (SA_RESTART), which looks the
 * same and is the same: the guest's handler is entered with the pc of its own system call instruction. Otherwise the call has a
 * result, -EINTR most often, and the thunk looks at SIGNAL_PENDING behind it. SYSCALL instructions outside the runtime stand only in
 * thunks, and only in this form, so the handler recognises them by their bytes.
 *
 * Faults have a handler of their own (mailbox.ts); a fault signal that somebody sent is taken here, without changing the mask: these
 * signals are never blocked in the kernel, so that a fault always reaches us. Each has an entry of its own, as a signal that is
 * already pending is not queued twice. While a fault is being answered the asynchronous signals wait in the kernel.
 */
import { ALU, type Assembler, CC, GS, insn, NONE, R8, R10, R15, RAX, RBP, RCX, RDI, RDX, RSI } from '../x64/asm/index.ts'
import { SIGNAL, SYS, UCONTEXT } from './host-kernel.ts'
import {
  DELIVER,
  EXIT_ID,
  fromRbp,
  IN_KERNEL,
  MASKS,
  PC_BEHIND_CALL,
  PENDING_ASYNC,
  POLL_FLAG,
  POLL_SIGNAL,
  REQUEST_EXIT,
  REQUEST_SIGNAL_AFTER,
  REQUEST_SIGNAL_BEFORE,
  SIGNAL_CLAIMED,
  SIGNAL_INFO,
  SIGNAL_INFO_SIZE,
  SIGNAL_MASK,
  SIGNAL_PENDING,
} from './layout.ts'
import { CODE_ALIGNMENT, emitSyscallInsn, type RuntimeLabels } from './mailbox.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE_IMM = insn('MOV r/m64, imm32')
const OR32_MEM = insn('OR r/m32, r32')
const STORE32 = insn('MOV r/m32, r32')
const STORE32_IMM = insn('MOV r/m32, imm32')
const TEST = insn('TEST r/m64, r64')
const XOR32 = insn('XOR r32, r/m32')
const JMP = insn('JMP r/m64')
const XCHG32 = insn('XCHG r/m32, r32')
const TEST32 = insn('TEST r/m32, r32')
const CMP = insn('CMP r64, r/m64')
const LEA = insn('LEA r64, m')
const RET = insn('RET')
const REP_MOVSB = insn('REP MOVSB')

/** The signals that a guest instruction can raise. */
export const FAULT_SIGNALS = [SIGNAL.SIGILL, SIGNAL.SIGTRAP, SIGNAL.SIGBUS, SIGNAL.SIGFPE, SIGNAL.SIGSEGV] as const
/** The low word of the set of all others, as a signed integer; the high word is all ones. */
export const ASYNC_SIGNALS = ~FAULT_SIGNALS.reduce((set, signal) => set | (1 << (signal - 1)), 0)

const SIG_SETMASK = 2
const SIGSET_SIZE = 8

/** The first two bytes of SYSCALL and of a near JNE, whose length is 6. */
const SYSCALL_BYTES = 0x050f
const JNE_BYTES = 0x850f
const JNE_LENGTH = 6

/** `poll`: a region that has been removed comes here, too, though nobody asks. */
export function emitPoll(asm: Assembler, pcOffset: number, labels: RuntimeLabels): void {
  asm.mr(STORE, RBP, fromRbp(pcOffset), RCX)
  asm.mr(STORE32, RBP, fromRbp(EXIT_ID), RAX)
  asm.imm64(R15, REQUEST_EXIT, 0)
  asm.aluMI(ALU.CMP, 32, RBP, fromRbp(POLL_FLAG), 0)
  asm.jcc(CC.NE, labels.deliver)
  asm.jmp(labels.withoutDelivery)
}

/**
 * Entering a handler is guest code's business, and so is what DELIVER points to (linux-user/arch). It finds a thread that has left translated code, by
 * `poll` or by a thunk, with IN_KERNEL = 0, and looks at SIGNAL_PENDING once more: when that is anything but one asynchronous signal, or the action is
 * not one of ACTIONS, it leaves by `withoutDelivery`.
 */
function emitDelivery(asm: Assembler, labels: RuntimeLabels): void {
  asm.bind(labels.deliver)
  asm.rm(MOV, RDX, RBP, fromRbp(DELIVER))
  asm.rr(TEST, RDX, RDX)
  asm.jcc(CC.E, labels.withoutDelivery)
  asm.r(JMP, RDX)
  asm.bind(labels.withoutDelivery)
  asm.rr(MOV32, RCX, R15)
  asm.jmp(labels.post)
  asm.bind(labels.setMask)
  emitMask(asm, MASKS)
  asm.none(RET)
}

/** rt_sigprocmask(SIG_SETMASK) with the mask at a field of the slot. */
export function emitMask(asm: Assembler, field: number): void {
  asm.imm64(RDI, SIG_SETMASK, 0)
  asm.rm(LEA, RSI, RBP, fromRbp(field))
  asm.rr(XOR32, RDX, RDX)
  asm.imm64(R10, SIGSET_SIZE, 0)
  emitSyscallInsn(asm, SYS.rt_sigprocmask)
}

export function emitSignals(asm: Assembler, pcOffset: number, labels: RuntimeLabels): void {
  const field = fromRbp
  const look = asm.label()
  const none = asm.label()

  // void signal(int rdi, siginfo_t *rsi, ucontext_t *rdx), on the slot's signal stack
  asm.align(CODE_ALIGNMENT)
  asm.bind(labels.signal)
  emitSelf(asm)
  asm.rm(MOV, RAX, RDX, UCONTEXT.sigmask)
  asm.mr(STORE, RBP, field(SIGNAL_MASK), RAX)
  asm.mi(STORE_IMM, RDX, UCONTEXT.sigmask, ASYNC_SIGNALS)
  asm.rm(LEA, RDI, RBP, field(SIGNAL_INFO))
  asm.imm64(R8, PENDING_ASYNC, 0)

  asm.bind(look)
  asm.imm64(RCX, SIGNAL_INFO_SIZE, 0)
  asm.none(REP_MOVSB)
  // In this order: whoever clears POLL_FLAG and then finds nothing pending has not cleared ours.
  asm.lock()
  asm.mr(OR32_MEM, RBP, field(SIGNAL_PENDING), R8)
  emitOr(asm, POLL_FLAG, POLL_SIGNAL)
  emitLeaveWindow(asm, labels)
  asm.bind(none)
  asm.none(RET)

  asm.bind(labels.sentFault)
  emitSelf(asm)
  for (const [n, signal] of FAULT_SIGNALS.entries()) {
    const other = asm.label()
    asm.aluRI(ALU.CMP, 32, RDI, signal)
    asm.jcc(CC.NE, other)
    asm.imm64(RAX, 1, 0)
    asm.mr(XCHG32, RBP, field(SIGNAL_CLAIMED + 4 * n), RAX)
    asm.rr(TEST32, RAX, RAX)
    asm.jcc(CC.NE, none)
    asm.rm(LEA, RDI, RBP, field(SIGNAL_INFO + SIGNAL_INFO_SIZE * (n + 1)))
    asm.imm64(R8, PENDING_ASYNC << (n + 1), 0)
    asm.jmp(look)
    asm.bind(other)
  }
  asm.none(RET)

  asm.bind(labels.signalBefore)
  asm.imm64(R15, REQUEST_SIGNAL_BEFORE, 0)
  asm.mi(STORE32_IMM, RBP, field(IN_KERNEL), 0)
  asm.jmp(labels.deliver)
  asm.bind(labels.signalAfter)
  asm.imm64(R15, REQUEST_SIGNAL_AFTER, 0)
  asm.rm(MOV, RAX, RBP, field(PC_BEHIND_CALL))
  asm.mr(STORE, RBP, field(pcOffset), RAX)
  emitDelivery(asm, labels)
}

function emitSelf(asm: Assembler): void {
  asm.seg(GS)
  asm.rm(MOV, RBP, NONE, 0)
}

function emitOr(asm: Assembler, field: number, bits: number): void {
  asm.imm64(RCX, bits, 0)
  asm.lock()
  asm.mr(OR32_MEM, RBP, fromRbp(field), RCX)
}

/** Moves the interrupted thread (its context is in rdx) out of the window before a kernel entry, or returns. */
function emitLeaveWindow(asm: Assembler, labels: RuntimeLabels): void {
  const inCall = asm.label()
  const inThunk = asm.label()
  const outside = asm.label()
  asm.rm(MOV, RAX, RDX, UCONTEXT.rip)
  for (const place of [labels.callJump, labels.callEntry]) {
    asm.leaLabel(RCX, place)
    asm.rr(CMP, RAX, RCX)
    asm.jcc(CC.E, inCall)
  }
  asm.leaLabel(RCX, labels.end)
  asm.rr(CMP, RAX, RCX)
  asm.jcc(CC.B, outside)
  asm.rm(MOV32, RCX, RAX, 0)
  asm.aluRI(ALU.CMP, 16, RCX, SYSCALL_BYTES)
  asm.jcc(CC.E, inThunk)
  asm.aluRI(ALU.CMP, 16, RCX, JNE_BYTES - 0x10000)
  asm.jcc(CC.NE, outside)
  asm.rm(MOV32, RCX, RAX, JNE_LENGTH)
  asm.aluRI(ALU.CMP, 16, RCX, SYSCALL_BYTES)
  asm.jcc(CC.NE, outside)

  asm.bind(inThunk)
  asm.leaLabel(RCX, labels.signalBefore)
  asm.mr(STORE, RDX, UCONTEXT.rip, RCX)
  asm.none(RET)
  asm.bind(inCall)
  asm.leaLabel(RCX, labels.notMade)
  asm.mr(STORE, RDX, UCONTEXT.rip, RCX)
  asm.bind(outside)
}
