/**
 * The mailbox: how a runner thread posts a request, waits, and obeys orders; and the fault handler, which posts too.
 *
 * Invariants:
 * - rbp = slot + STATE_BIAS in all of it; the order loop uses no stack, so that it may run on the slot's stack and on the signal stack,
 *   and so that rsp still says where the frame of a fault is when the engine wants to return from it.
 * - A post is: all fields, then MAIL = POSTED, then the slot's bit in the header (a full barrier), then a look whether the engine sleeps.
 *   The engine sets ENGINE_SLEEPS, then looks at the bits, then sleeps. So one of the two sees the other.
 * - The same the other way round for RUNNER_SLEEPS and MAIL = ORDERED.
 * - The vector registers are not touched. MXCSR is stored with every request and loaded by RESUME; an order leaves it alone.
 */
import {
  ALU,
  type Assembler,
  CC,
  GS,
  insn,
  type Label,
  NONE,
  R8,
  R9,
  R10,
  R12,
  R13,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RDX,
  RSI,
  RSP,
} from '../x64/asm/index.ts'
import { ERRNO, SIGINFO, SIGNAL, SYS, UCONTEXT } from './host-kernel.ts'
import {
  ARGS,
  BATCH_ENTRY_SIZE,
  BATCH_LEFT,
  BATCH_NEXT,
  CONTROL_AREA_BASE,
  DOORBELL_VALUE,
  ENGINE_POLLFD,
  ENGINE_SLEEPS,
  FAULT_CONTEXT,
  FAULT_INFO,
  FAULT_SIGNAL,
  fromRbp,
  HIDDEN_DOORBELL,
  HIDDEN_FDS,
  MAIL,
  MAIL_ORDERED,
  MAIL_POSTED,
  MXCSR,
  NOT_MADE,
  ORDER,
  ORDER_BATCH,
  ORDER_CALL,
  ORDER_CLONE,
  ORDER_COPY,
  ORDER_END,
  ORDER_JUMP,
  ORDER_RESUME,
  ORDER_RETURN,
  ORDER_SIGRETURN,
  ORDER_STRING,
  ORDER_SYSCALL,
  PENDING_BIT,
  PENDING_WORD,
  PIDS,
  REQUEST,
  REQUEST_DONE,
  REQUEST_FAULT,
  RESULT,
  RUNNER_SLEEPS,
  RUNNER_SPIN,
  SIGNAL_PENDING,
  SLEEP_LIMIT,
  SLOT_COUNT,
  STACK_OFFSET,
  STACK_SIZE,
} from './layout.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')
const STORE8 = insn('MOV r/m8, r8')
const STORE32_IMM = insn('MOV r/m32, imm32')
const STORE_IMM = insn('MOV r/m64, imm32')
const STMXCSR = insn('STMXCSR m32')
const LDMXCSR = insn('LDMXCSR m32')
const MOVZX = insn('MOVZX r32, r/m8')
const LEA = insn('LEA r64, m')
const OR32_MEM = insn('OR r/m32, r32')
const XOR32 = insn('XOR r32, r/m32')
const XCHG32 = insn('XCHG r/m32, r32')
const TEST32 = insn('TEST r/m32, r32')
const TEST64 = insn('TEST r/m64, r64')
const CMP = insn('CMP r64, r/m64')
const CMP32 = insn('CMP r32, r/m32')
const SUB = insn('SUB r64, r/m64')
const JMP = insn('JMP r/m64')
const RET = insn('RET')
const PAUSE = insn('PAUSE')
const REP_MOVSB = insn('REP MOVSB')
const SYSCALL = insn('SYSCALL')

const FUTEX_WAIT = 0
const PID_SIZE = 4
export const CODE_ALIGNMENT = 64
const ARGUMENT_REGISTERS = [RAX, RDI, RSI, RDX, R10, R8, R9]

/** Labels that the parts of the runtime share. */
export interface RuntimeLabels {
  /** Post the request whose kind is in ecx. */
  readonly post: Label
  readonly handler: Label
  readonly restorer: Label
  readonly dead: Label
  /** A fault signal that somebody sent: on from `handler`, which has changed nothing. */
  readonly sentFault: Label
  /** The host's handler of the signals that the guest handles. */
  readonly signal: Label
  /** ORDER_CALL: its jump, its SYSCALL, and where the call counts as not made. */
  readonly callJump: Label
  readonly callEntry: Label
  readonly notMade: Label
  /** ORDER_BATCH: to its first entry. */
  readonly batch: Label
  /** Post the answer to an order. */
  readonly done: Label
  /** ORDER_CLONE and ORDER_END: lives.ts. */
  readonly clone: Label
  readonly finish: Label
  /** A thunk leaves before its call, or behind it, because of SIGNAL_PENDING. */
  readonly signalBefore: Label
  readonly signalAfter: Label
  readonly deliver: Label
  readonly withoutDelivery: Label
  readonly setMask: Label
  /** Behind the last instruction of the runtime. */
  readonly end: Label
}

/** Post, wait, obey; falls in with the request kind in ecx. */
export function emitMailbox(asm: Assembler, labels: RuntimeLabels): void {
  const field = fromRbp
  const spin = asm.label()
  const sleep = asm.label()
  const awake = asm.label()
  const obey = asm.label()
  const ring = asm.label()
  const wait = asm.label()

  asm.bind(labels.post)
  asm.mr(STORE32, RBP, field(REQUEST), RCX)
  const isAnswer = asm.label()
  asm.rr(TEST32, RCX, RCX)
  asm.jcc(CC.E, isAnswer)
  asm.m(STMXCSR, RBP, field(MXCSR))
  asm.bind(isAnswer)
  asm.mi(STORE32_IMM, RBP, field(MAIL), MAIL_POSTED)
  asm.rm(MOV, RDX, RBP, field(PENDING_WORD))
  asm.rm(MOV32, RCX, RBP, field(PENDING_BIT))
  asm.lock()
  asm.mr(OR32_MEM, RDX, 0, RCX)
  asm.movAddress(RDX, CONTROL_AREA_BASE)
  asm.aluMI(ALU.CMP, 32, RDX, ENGINE_SLEEPS, 0)
  asm.jcc(CC.NE, ring)

  asm.bind(wait)
  asm.rm(MOV32, RCX, RBP, field(RUNNER_SPIN))
  asm.bind(spin)
  asm.aluMI(ALU.CMP, 32, RBP, field(MAIL), MAIL_ORDERED)
  asm.jcc(CC.E, obey)
  asm.aluRI(ALU.SUB, 32, RCX, 1)
  asm.jcc(CC.B, sleep)
  asm.none(PAUSE)
  asm.jmp(spin)

  asm.bind(obey)
  emitOrders(asm, labels)

  asm.bind(ring)
  asm.rm(MOV32, RDI, RBP, field(HIDDEN_FDS))
  asm.aluRI(ALU.ADD, 32, RDI, HIDDEN_DOORBELL)
  asm.rm(LEA, RSI, RBP, field(DOORBELL_VALUE))
  asm.imm64(RDX, 8, 0)
  emitSyscallInsn(asm, SYS.write)
  asm.jmp(wait)

  asm.bind(sleep)
  asm.imm64(RAX, 1, 0)
  asm.mr(XCHG32, RBP, field(RUNNER_SLEEPS), RAX)
  asm.aluMI(ALU.CMP, 32, RBP, field(MAIL), MAIL_ORDERED)
  asm.jcc(CC.E, awake)
  asm.rm(LEA, RDI, RBP, field(MAIL))
  asm.imm64(RSI, FUTEX_WAIT, 0)
  asm.imm64(RDX, MAIL_POSTED, 0)
  asm.rm(LEA, R10, RBP, field(SLEEP_LIMIT))
  emitSyscallInsn(asm, SYS.futex)
  asm.aluRI(ALU.CMP, 32, RAX, -ERRNO.ETIMEDOUT)
  asm.jcc(CC.NE, awake)
  emitEngineCheck(asm, labels)
  asm.bind(awake)
  asm.mi(STORE32_IMM, RBP, field(RUNNER_SLEEPS), 0)
  asm.aluMI(ALU.CMP, 32, RBP, field(MAIL), MAIL_ORDERED)
  asm.jcc(CC.NE, sleep)
  asm.jmp(obey)

  emitDead(asm, labels)
}

/** The engine is gone: nobody can serve its runners any more. Whoever notices it first ends them all: others may be in system calls that last. */
function emitDead(asm: Assembler, labels: RuntimeLabels): void {
  const look = asm.label()
  const next = asm.label()
  const self = asm.label()
  asm.bind(labels.dead)
  emitSyscallInsn(asm, SYS.getpid)
  asm.rr(MOV32, R12, RAX)
  asm.movAddress(RBX, CONTROL_AREA_BASE + PIDS)
  asm.imm64(R13, SLOT_COUNT, 0)
  asm.bind(look)
  asm.rm(MOV32, RDI, RBX, 0)
  asm.rr(TEST32, RDI, RDI)
  asm.jcc(CC.E, next)
  asm.rr(CMP32, RDI, R12)
  asm.jcc(CC.E, next)
  asm.imm64(RSI, SIGNAL.SIGKILL, 0)
  emitSyscallInsn(asm, SYS.kill)
  asm.bind(next)
  asm.aluRI(ALU.ADD, 64, RBX, PID_SIZE)
  asm.aluRI(ALU.SUB, 32, R13, 1)
  asm.jcc(CC.NE, look)
  asm.bind(self)
  asm.rr(MOV32, RDI, R12)
  asm.imm64(RSI, SIGNAL.SIGKILL, 0)
  emitSyscallInsn(asm, SYS.kill)
  asm.jmp(self)
}

/** Jumps to `dead` when the life line says that there is no engine any more. */
export function emitEngineCheck(asm: Assembler, labels: RuntimeLabels): void {
  asm.rm(LEA, RDI, RBP, fromRbp(ENGINE_POLLFD))
  asm.imm64(RSI, 1, 0)
  asm.rr(XOR32, RDX, RDX)
  emitSyscallInsn(asm, SYS.poll)
  asm.aluRI(ALU.CMP, 32, RAX, 1)
  asm.jcc(CC.E, labels.dead)
}

export function emitSyscallInsn(asm: Assembler, number: number): void {
  asm.imm64(RAX, number, 0)
  asm.none(SYSCALL)
}

/** `batch`: the next entry becomes the order. */
function emitBatch(asm: Assembler, labels: RuntimeLabels, dispatch: Label): void {
  const field = fromRbp
  asm.bind(labels.batch)
  asm.rm(MOV, RSI, RBP, field(BATCH_NEXT))
  asm.aluMI(ALU.SUB, 32, RBP, field(BATCH_LEFT), 1)
  asm.rm(MOV32, RAX, RSI, 0)
  asm.mr(STORE32, RBP, field(ORDER), RAX)
  for (let n = 0; n < ARGUMENT_REGISTERS.length; n++) {
    asm.rm(MOV, RAX, RSI, 8 * (n + 1))
    asm.mr(STORE, RBP, field(ARGS + 8 * n), RAX)
  }
  asm.aluRI(ALU.ADD, 64, RSI, BATCH_ENTRY_SIZE)
  asm.mr(STORE, RBP, field(BATCH_NEXT), RSI)
  asm.jmp(dispatch)
}

/** An order has succeeded with the result in rax: it is kept, and the batch goes on, if there is one with entries left. */
function emitKeep(asm: Assembler, labels: RuntimeLabels): void {
  const field = fromRbp
  const none = asm.label()
  asm.aluMI(ALU.CMP, 32, RBP, field(BATCH_LEFT), 0)
  asm.jcc(CC.E, none)
  asm.rm(MOV, RSI, RBP, field(BATCH_NEXT))
  asm.mr(STORE, RSI, -8, RAX)
  asm.jmp(labels.batch)
  asm.bind(none)
}

/** The order loop's dispatch, the orders, and the fault handler, which knows the instructions of theirs that may fault. */
function emitOrders(asm: Assembler, labels: RuntimeLabels): void {
  const field = fromRbp
  const argument = (n: number) => field(ARGS + 8 * n)
  const syscall = asm.label()
  const copy = asm.label()
  const string = asm.label()
  const resume = asm.label()
  const back = asm.label()
  const jump = asm.label()
  const done = asm.label()
  const dispatch = asm.label()
  const call = asm.label()
  const copyInsn = asm.label()
  const copyEnd = asm.label()
  const stringInsn = asm.label()
  const stringEnd = asm.label()

  asm.bind(dispatch)
  asm.rm(MOV32, RCX, RBP, field(ORDER))
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_RESUME)
  asm.jcc(CC.E, resume)
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_SYSCALL)
  asm.jcc(CC.E, syscall)
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_RETURN)
  asm.jcc(CC.E, back)
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_COPY)
  asm.jcc(CC.E, copy)
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_STRING)
  asm.jcc(CC.E, string)
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_JUMP)
  asm.jcc(CC.E, jump)
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_CALL)
  asm.jcc(CC.E, call)
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_BATCH)
  asm.jcc(CC.E, labels.batch)
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_CLONE)
  asm.jcc(CC.E, labels.clone)
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_END)
  asm.jcc(CC.E, labels.finish)
  asm.aluRI(ALU.CMP, 32, RCX, ORDER_SIGRETURN)
  asm.jcc(CC.NE, done)
  asm.aluRI(ALU.ADD, 64, RSP, 8) // the restorer's address, which `ret` would have taken
  emitSyscallInsn(asm, SYS.rt_sigreturn)

  emitBatch(asm, labels, dispatch)

  asm.bind(back)
  asm.none(RET)

  asm.bind(jump)
  asm.rm(MOV, RAX, RBP, argument(0))
  asm.r(JMP, RAX)

  asm.bind(resume)
  asm.rm(MOV, RAX, RBP, argument(0))
  asm.rm(LEA, RSP, RBP, field(STACK_OFFSET + STACK_SIZE))
  asm.m(LDMXCSR, RBP, field(MXCSR))
  asm.r(JMP, RAX)

  asm.bind(syscall)
  for (const [n, register] of ARGUMENT_REGISTERS.entries()) asm.rm(MOV, register, RBP, argument(n))
  asm.none(SYSCALL)
  asm.mr(STORE, RBP, field(RESULT), RAX)
  asm.rr(TEST64, RAX, RAX)
  asm.jcc(CC.S, labels.done)
  emitKeep(asm, labels)
  asm.bind(done)
  asm.bind(labels.done)
  asm.imm64(RCX, REQUEST_DONE, 0)
  asm.jmp(labels.post)

  // A signal that comes between the look at SIGNAL_PENDING and the kernel's entry moves the thread to `notMade`: see signals.ts.
  asm.bind(call)
  for (const [n, register] of ARGUMENT_REGISTERS.entries()) asm.rm(MOV, register, RBP, argument(n))
  asm.aluMI(ALU.CMP, 32, RBP, field(SIGNAL_PENDING), 0)
  asm.bind(labels.callJump)
  asm.jcc(CC.NE, labels.notMade)
  asm.bind(labels.callEntry)
  asm.none(SYSCALL)
  asm.mr(STORE, RBP, field(RESULT), RAX)
  asm.rr(TEST64, RAX, RAX)
  asm.jcc(CC.S, done)
  emitKeep(asm, labels)
  asm.jmp(done)
  asm.bind(labels.notMade)
  asm.mi(STORE_IMM, RBP, field(RESULT), NOT_MADE)
  asm.jmp(done)

  asm.bind(copy)
  asm.rm(MOV, RDI, RBP, argument(0))
  asm.rm(MOV, RSI, RBP, argument(1))
  asm.rm(MOV, RCX, RBP, argument(2))
  asm.bind(copyInsn)
  asm.none(REP_MOVSB)
  asm.bind(copyEnd)
  asm.rm(MOV, RAX, RBP, argument(2))
  asm.rr(SUB, RAX, RCX)
  asm.mr(STORE, RBP, field(RESULT), RAX)
  asm.rr(TEST64, RCX, RCX)
  asm.jcc(CC.NE, done)
  emitKeep(asm, labels)
  asm.jmp(done)

  const next = asm.label()
  asm.bind(string)
  asm.rm(MOV, RDI, RBP, argument(0))
  asm.rm(MOV, RSI, RBP, argument(1))
  asm.rm(MOV, RDX, RBP, argument(2))
  asm.rr(XOR32, RCX, RCX)
  asm.bind(next)
  asm.rr(CMP, RCX, RDX)
  asm.jcc(CC.AE, stringEnd)
  asm.bind(stringInsn)
  asm.rm(MOVZX, RAX, RSI, 0, RCX, 0)
  asm.mr(STORE8, RDI, 0, RAX, RCX, 0)
  asm.aluRI(ALU.ADD, 64, RCX, 1)
  asm.rr(TEST32, RAX, RAX)
  asm.jcc(CC.NE, next)
  asm.bind(stringEnd)
  asm.mr(STORE, RBP, field(RESULT), RCX)
  asm.jmp(done)

  // void handler(int rdi, siginfo_t *rsi, ucontext_t *rdx), on the slot's signal stack
  asm.align(CODE_ALIGNMENT)
  asm.bind(labels.handler)
  asm.aluMI(ALU.CMP, 32, RSI, SIGINFO.code, 0)
  asm.jcc(CC.LE, labels.sentFault)
  asm.rm(MOV, RAX, RDX, UCONTEXT.rip)
  for (const [insnLabel, fixup] of [
    [copyInsn, copyEnd],
    [stringInsn, stringEnd],
  ] as const) {
    const other = asm.label()
    asm.leaLabel(RCX, insnLabel)
    asm.rr(CMP, RAX, RCX)
    asm.jcc(CC.NE, other)
    asm.leaLabel(RCX, fixup)
    asm.mr(STORE, RDX, UCONTEXT.rip, RCX)
    asm.none(RET)
    asm.bind(other)
  }
  asm.seg(GS)
  asm.rm(MOV, RBP, NONE, 0)
  asm.mr(STORE32, RBP, field(FAULT_SIGNAL), RDI)
  asm.mr(STORE, RBP, field(FAULT_INFO), RSI)
  asm.mr(STORE, RBP, field(FAULT_CONTEXT), RDX)
  asm.imm64(RCX, REQUEST_FAULT, 0)
  asm.jmp(labels.post)

  asm.bind(labels.restorer)
  emitSyscallInsn(asm, SYS.rt_sigreturn)
}
