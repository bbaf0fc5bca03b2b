/**
 * How threads and processes begin and end: the orders CLONE and END.
 *
 * CLONE makes the guest's clone, fork or vfork. The slots lie in shared memory, so until the child has its own, parent and child would use the
 * same stack and the same signal stack. Therefore:
 * - every signal is blocked from before the clone until each side is on its own slot, those that faults raise too (nothing here faults);
 * - the child is given its registers and no memory: rbp of its own slot, the mask to restore, the flags;
 * - the child's slot is mapped before the clone, so that a lack of memory is the clone's error and never the child's death. A parent that
 *   does not share its memory with the child unmaps it again; so does one that has waited for a vfork child, which has left by then.
 * - a signal that was taken before is delivered first: RESULT = NOT_MADE, as the kernel restarts a fork. Unless the engine says that it has been often
 *   enough: a timer that is faster than a fork must not hold it up for ever. Then the signal stays pending in the parent, and the child's mask is the
 *   one from before it.
 *
 * END ends one thread of several. After its last use of the slot it must say so, or the slot could never be used again; but whoever says so
 * may find the slot in another thread's hands at once. So the slot is unmapped first, then its bit set in the header's ENDED and the bell
 * rung; from there on only registers are used, with every signal blocked. What the kernel does at the end (clearing the guest's tid word,
 * robust futexes) touches the guest's memory only.
 */
import { ALU, type Assembler, CC, insn, R8, R9, R10, R12, R13, R14, R15, RAX, RBP, RBX, RDI, RDX, RSI } from '../x64/asm/index.ts'
import { CLONE_VM, emitChildStart } from './boot.ts'
import { MAP_FIXED, MAP_SHARED, PROT_READ, PROT_WRITE, SYS } from './host-kernel.ts'
import {
  ARGS,
  CLONE_MASK,
  CONTROL_AREA_BASE,
  DOORBELL_ONE,
  ENDED,
  ENGINE_SLEEPS,
  fromRbp,
  HIDDEN_CONTROL,
  HIDDEN_DOORBELL,
  HIDDEN_FDS,
  NOT_MADE,
  PENDING,
  PENDING_ASYNC,
  PENDING_BIT,
  PENDING_WORD,
  RESULT,
  SIGNAL_MASK,
  SIGNAL_PENDING,
  SLOT_SIZE,
  STACK_OFFSET,
  STACK_SIZE,
  STATE_BIAS,
} from './layout.ts'
import { CODE_ALIGNMENT, emitSyscallInsn, type RuntimeLabels } from './mailbox.ts'
import { emitMask } from './signals.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const LEA = insn('LEA r64, m')
const LEA32 = insn('LEA r32, m')
const XOR32 = insn('XOR r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const TEST32_IMM = insn('TEST r/m32, imm32')
const OR32_MEM = insn('OR r/m32, r32')
const STORE_IMM = insn('MOV r/m64, imm32')

const CLONE_VFORK = 0x4000
const SIG_BLOCK = 0
const SIGSET_SIZE = 8

export function emitLives(asm: Assembler, labels: RuntimeLabels): void {
  asm.align(CODE_ALIGNMENT)
  emitClone(asm, labels)
  emitEnd(asm, labels)
}

/** Blocks every signal; the mask before goes to CLONE_MASK. */
function emitBlockAll(asm: Assembler): void {
  asm.mi(STORE_IMM, RBP, fromRbp(CLONE_MASK), -1)
  asm.imm64(RDI, SIG_BLOCK, 0)
  asm.rm(LEA, RSI, RBP, fromRbp(CLONE_MASK))
  asm.rr(MOV, RDX, RSI)
  asm.imm64(R10, SIGSET_SIZE, 0)
  emitSyscallInsn(asm, SYS.rt_sigprocmask)
}

function emitClone(asm: Assembler, labels: RuntimeLabels): void {
  const field = fromRbp
  const argument = (n: number) => field(ARGS + 8 * n)
  const unmap = asm.label()
  const finish = asm.label()
  const child = asm.label()

  asm.bind(labels.clone)
  emitBlockAll(asm)
  asm.imm64(R15, NOT_MADE, -1)
  const isFree = asm.label()
  asm.aluMI(ALU.CMP, 32, RBP, field(SIGNAL_PENDING), 0)
  asm.jcc(CC.E, isFree)
  asm.aluMI(ALU.CMP, 32, RBP, field(SIGNAL_PENDING), PENDING_ASYNC)
  asm.jcc(CC.NE, finish)
  asm.aluMI(ALU.CMP, 32, RBP, argument(5), 0)
  asm.jcc(CC.E, finish)
  asm.bind(isFree)

  asm.rm(MOV, R12, RBP, argument(1))
  asm.rm(LEA, RDI, R12, -STATE_BIAS)
  asm.imm64(RSI, SLOT_SIZE, 0)
  asm.imm64(RDX, PROT_READ | PROT_WRITE, 0)
  asm.imm64(R10, MAP_SHARED | MAP_FIXED, 0)
  asm.rm(MOV32, R8, RBP, field(HIDDEN_FDS))
  asm.rm(LEA32, R8, R8, HIDDEN_CONTROL)
  asm.rm(MOV, R9, RBP, argument(4))
  emitSyscallInsn(asm, SYS.mmap)
  asm.rr(MOV, R15, RAX)
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.S, finish)

  const hasMask = asm.label()
  asm.rm(MOV, R13, RBP, field(CLONE_MASK))
  asm.aluMI(ALU.CMP, 32, RBP, field(SIGNAL_PENDING), 0)
  asm.jcc(CC.E, hasMask)
  asm.rm(MOV, R13, RBP, field(SIGNAL_MASK))
  asm.bind(hasMask)
  asm.rm(MOV, R14, RBP, argument(0))
  asm.rr(MOV, RDI, R14)
  asm.rm(LEA, RSI, R12, field(STACK_OFFSET + STACK_SIZE))
  asm.rm(MOV, RDX, RBP, argument(2))
  asm.rm(MOV, R10, RBP, argument(3))
  asm.rr(XOR32, R8, R8)
  emitSyscallInsn(asm, SYS.clone)
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.E, child)
  asm.rr(MOV, R15, RAX)
  asm.jcc(CC.S, unmap)
  asm.ri(TEST32_IMM, R14, CLONE_VM)
  asm.jcc(CC.E, unmap)
  asm.ri(TEST32_IMM, R14, CLONE_VFORK)
  asm.jcc(CC.E, finish)

  asm.bind(unmap)
  asm.rm(LEA, RDI, R12, -STATE_BIAS)
  asm.imm64(RSI, SLOT_SIZE, 0)
  emitSyscallInsn(asm, SYS.munmap)

  asm.bind(finish)
  emitMask(asm, CLONE_MASK)
  asm.mr(STORE, RBP, field(RESULT), R15)
  asm.jmp(labels.done)

  asm.bind(child)
  asm.rr(MOV, RBP, R12)
  emitChildStart(asm, labels)
}

function emitEnd(asm: Assembler, labels: RuntimeLabels): void {
  const field = fromRbp
  const awake = asm.label()

  asm.bind(labels.finish)
  emitBlockAll(asm)
  asm.rm(MOV, RBX, RBP, field(ARGS))
  asm.rm(MOV, R12, RBP, field(PENDING_WORD))
  asm.rm(MOV32, R13, RBP, field(PENDING_BIT))
  asm.rm(MOV32, R14, RBP, field(HIDDEN_FDS))
  asm.rm(LEA, RDI, RBP, -STATE_BIAS)
  asm.imm64(RSI, SLOT_SIZE, 0)
  emitSyscallInsn(asm, SYS.munmap)
  asm.lock()
  asm.mr(OR32_MEM, R12, ENDED - PENDING, R13)
  asm.movAddress(RSI, CONTROL_AREA_BASE)
  asm.aluMI(ALU.CMP, 32, RSI, ENGINE_SLEEPS, 0)
  asm.jcc(CC.E, awake)
  asm.rm(LEA32, RDI, R14, HIDDEN_DOORBELL)
  asm.rm(LEA, RSI, RSI, DOORBELL_ONE)
  asm.imm64(RDX, 8, 0)
  emitSyscallInsn(asm, SYS.write)
  asm.bind(awake)
  asm.rr(MOV32, RDI, RBX)
  emitSyscallInsn(asm, SYS.exit)
}
