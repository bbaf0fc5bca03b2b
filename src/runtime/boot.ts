/**
 * The first code of a runner in the code area: gives the whole address space to the guest, takes the faults, and says hello.
 * The kernel's stack, vdso and whatever else was mapped are gone afterwards, so address randomisation has nothing left to move.
 */
import { ALU, type Assembler, CC, insn, R10, R13, R14, RAX, RBP, RCX, RDI, RDX, RSI, RSP } from '../x64/asm/index.ts'
import { SYS, TASK_SIZE } from './host-kernel.ts'
import {
  ALTSTACK_OFFSET,
  ALTSTACK_SIZE,
  CLONE_MASK,
  CODE_AREA_BASE,
  CODE_AREA_SIZE,
  COMM,
  CONTROL_AREA_BASE,
  DEATH_SIGNAL,
  fromRbp,
  HEADER_SIZE,
  INITIAL_STACK,
  MXCSR,
  REQUEST_HELLO,
  RESULT,
  RUNNER_BASE,
  RUNTIME_AREA_BASE,
  SELF,
  SLOT_SIZE,
  STACK_OFFSET,
  STACK_SIZE,
  START,
  STATE_BIAS,
  THREAD_ID,
} from './layout.ts'
import { emitEngineCheck, emitSyscallInsn, type RuntimeLabels } from './mailbox.ts'
import { ASYNC_SIGNALS, emitMask, FAULT_SIGNALS } from './signals.ts'

const MOV = insn('MOV r64, r/m64')
const STORE = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')
const STORE_IMM = insn('MOV r/m64, imm32')
const LEA = insn('LEA r64, m')
const SUB = insn('SUB r64, r/m64')
const XOR32 = insn('XOR r32, r/m32')
const MOV32 = insn('MOV r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const TEST32 = insn('TEST r/m32, r32')
const LDMXCSR = insn('LDMXCSR m32')
const JMP = insn('JMP r/m64')
const TEST32_IMM = insn('TEST r/m32, imm32')

const ARCH_SET_GS = 0x1001
const PR_SET_PDEATHSIG = 1
const PR_SET_NAME = 15
const SIG_UNBLOCK = 1
/** clone's flag for a child in the same address space. */
export const CLONE_VM = 0x100
const SIGSET_SIZE = 8
const SA_SIGINFO = 4
const SA_RESTORER = 0x0400_0000
const SA_ONSTACK = 0x0800_0000
const SA_NODEFER = 0x4000_0000
/** A fault signal that somebody sends ends no call that can be made again: kicks (linux-user/kicks.ts) come that way. */
const SA_RESTART = 0x1000_0000
/** The ELF file is one page. */
const IMAGE_SIZE = 0x1000

export function emitStart(asm: Assembler, labels: RuntimeLabels): void {
  asm.rm(LEA, RSP, RBP, fromRbp(STACK_OFFSET + STACK_SIZE))
  const keepsStack = asm.label()
  asm.aluMI(ALU.CMP, 64, RBP, fromRbp(INITIAL_STACK), 0)
  asm.jcc(CC.NE, keepsStack)
  emitUnmapAll(asm)
  asm.bind(keepsStack)
  asm.imm64(RDI, PR_SET_NAME, 0)
  asm.rm(LEA, RSI, RBP, fromRbp(COMM))
  emitSyscallInsn(asm, SYS.prctl)
  const isForeign = asm.label()
  asm.rm(MOV32, RSI, RBP, fromRbp(DEATH_SIGNAL))
  asm.rr(TEST32, RSI, RSI)
  asm.jcc(CC.E, isForeign)
  asm.imm64(RDI, PR_SET_PDEATHSIG, 0)
  emitSyscallInsn(asm, SYS.prctl)
  asm.bind(isForeign)
  emitEngineCheck(asm, labels)
  emitThreadStart(asm)
  emitHandlers(asm, labels)
  emitHello(asm, labels)
}

/** Says hello with the thread's id. */
function emitHello(asm: Assembler, labels: RuntimeLabels): void {
  emitSyscallInsn(asm, SYS.gettid)
  asm.mr(STORE, RBP, fromRbp(RESULT), RAX)
  asm.imm64(RCX, REQUEST_HELLO, 0)
  asm.jmp(labels.post)
}

/**
 * Where a cloned child begins: rbp is its own, r13 the mask that it is to have, r14 the flags of its clone. All signals are blocked, so that
 * none comes while GS and the signal stack are still its parent's; nothing has touched its stack. It goes on at START, where a region looks whether a signal has come
 * meanwhile, or says hello.
 */
export function emitChildStart(asm: Assembler, labels: RuntimeLabels): void {
  const sharesMemory = asm.label()
  asm.mr(STORE, RBP, fromRbp(CLONE_MASK), R13)
  asm.rm(LEA, RSP, RBP, fromRbp(STACK_OFFSET + STACK_SIZE))
  asm.ri(TEST32_IMM, R14, CLONE_VM)
  asm.jcc(CC.NE, sharesMemory)
  emitUnmapOtherSlots(asm)
  asm.bind(sharesMemory)
  emitThreadStart(asm)
  const saysHello = asm.label()
  emitSyscallInsn(asm, SYS.gettid)
  asm.mr(STORE32, RBP, fromRbp(THREAD_ID), RAX)
  emitMask(asm, CLONE_MASK)
  asm.rm(MOV, RAX, RBP, fromRbp(START))
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.E, saysHello)
  asm.rm(LEA, RSP, RBP, fromRbp(STACK_OFFSET + STACK_SIZE))
  asm.m(LDMXCSR, RBP, fromRbp(MXCSR))
  asm.r(JMP, RAX)
  asm.bind(saysHello)
  emitHello(asm, labels)
}

/** munmap from the address in rdi to the one in rsi. */
function emitUnmap(asm: Assembler): void {
  asm.rr(SUB, RSI, RDI)
  emitSyscallInsn(asm, SYS.munmap)
}

function emitUnmapAll(asm: Assembler): void {
  asm.rr(XOR32, RDI, RDI)
  asm.movAddress(RSI, RUNNER_BASE)
  emitUnmap(asm)
  asm.movAddress(RDI, RUNNER_BASE + IMAGE_SIZE)
  asm.movAddress(RSI, CONTROL_AREA_BASE)
  emitUnmap(asm)
  emitUnmapOtherSlots(asm)
  asm.movAddress(RDI, CODE_AREA_BASE + CODE_AREA_SIZE)
  asm.movAddress(RSI, TASK_SIZE)
  emitUnmap(asm)
}

/** Of the control area, the header and the own slot stay. */
function emitUnmapOtherSlots(asm: Assembler): void {
  asm.movAddress(RDI, CONTROL_AREA_BASE + HEADER_SIZE)
  asm.rm(LEA, RSI, RBP, -STATE_BIAS)
  emitUnmap(asm)
  asm.rm(LEA, RDI, RBP, SLOT_SIZE - STATE_BIAS)
  asm.movAddress(RSI, RUNTIME_AREA_BASE)
  emitUnmap(asm)
}

/** What each thread does for itself: GS points to SELF, faults run on the slot's signal stack. */
function emitThreadStart(asm: Assembler): void {
  asm.imm64(RDI, ARCH_SET_GS, 0)
  asm.rm(LEA, RSI, RBP, fromRbp(SELF))
  emitSyscallInsn(asm, SYS.arch_prctl)
  // stack_t { ss_sp, ss_flags, ss_size }
  asm.aluRI(ALU.SUB, 64, RSP, 32)
  asm.rm(LEA, RAX, RBP, fromRbp(ALTSTACK_OFFSET))
  asm.mr(STORE, RSP, 0, RAX)
  asm.mi(STORE_IMM, RSP, 8, 0)
  asm.mi(STORE_IMM, RSP, 16, ALTSTACK_SIZE)
  asm.rr(MOV, RDI, RSP)
  asm.rr(XOR32, RSI, RSI)
  emitSyscallInsn(asm, SYS.sigaltstack)
}

function emitHandlers(asm: Assembler, labels: RuntimeLabels): void {
  // struct sigaction { handler, flags, restorer, mask }
  asm.leaLabel(RAX, labels.handler)
  asm.mr(STORE, RSP, 0, RAX)
  asm.mi(STORE_IMM, RSP, 8, SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_NODEFER | SA_RESTART)
  asm.leaLabel(RAX, labels.restorer)
  asm.mr(STORE, RSP, 16, RAX)
  asm.mi(STORE_IMM, RSP, 24, ASYNC_SIGNALS)
  let set = 0
  for (const signal of FAULT_SIGNALS) {
    set |= 1 << (signal - 1)
    asm.imm64(RDI, signal, 0)
    asm.rr(MOV, RSI, RSP)
    asm.rr(XOR32, RDX, RDX)
    asm.imm64(R10, SIGSET_SIZE, 0)
    emitSyscallInsn(asm, SYS.rt_sigaction)
  }
  asm.mi(STORE_IMM, RSP, 24, set)
  asm.imm64(RDI, SIG_UNBLOCK, 0)
  asm.rm(LEA, RSI, RSP, 24)
  asm.rr(XOR32, RDX, RDX)
  asm.imm64(R10, SIGSET_SIZE, 0)
  emitSyscallInsn(asm, SYS.rt_sigprocmask)
}
