/**
 * `lookup` and `syscall`: what translated code jumps to and calls often, so that neither needs the engine when the answer is known.
 * Both may clobber every register but rbp.
 */
import { ALU, type Assembler, CC, insn, R8, RAX, RBP, RCX, RDI, RDX, RSI, SHIFT } from '../x64/asm/index.ts'
import {
  CALL_PC,
  EXIT_ID,
  fromRbp,
  JUMP_INDEX_MASK,
  JUMP_INDEX_SHIFT,
  JUMPS_OFFSET,
  LOOKUP_FOLD,
  LOOKUP_MASK,
  LOOKUP_REMOVED,
  LOOKUP_TABLE,
  PC_BEHIND_CALL,
  REQUEST_LOOKUP_MISS,
  REQUEST_SYSCALL,
  SYSCALL_COUNT,
  SYSCALL_TABLE,
} from './layout.ts'
import { CODE_ALIGNMENT, type RuntimeLabels } from './mailbox.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')
const XOR = insn('XOR r64, r/m64')
const AND = insn('AND r64, r/m64')
const CMP = insn('CMP r64, r/m64')
const CMP32 = insn('CMP r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const LEA = insn('LEA r64, m')
const JMP = insn('JMP r/m64')

/** log2 of the size of an entry of the shared table. */
const ENTRY_SHIFT = 4
/** The shared table's index drops the two bits that are zero in a word-aligned pc. */
const PC_SHIFT = 2

/**
 * Goes on at the guest pc in rcx, which it stores to the state, by the shared table; a hit is put into the thread's jump cache.
 * `dispatch`, the entry before it, takes the pc from the state. Returns the address of the one that takes rcx.
 */
export function emitLookup(asm: Assembler, pcOffset: number, labels: RuntimeLabels): number {
  const probe = asm.label()
  const next = asm.label()
  const miss = asm.label()
  const start = asm.label()
  asm.rm(MOV, RCX, RBP, fromRbp(pcOffset))
  asm.jmp(start)
  asm.align(CODE_ALIGNMENT)
  const address = asm.address
  asm.mr(STORE, RBP, fromRbp(pcOffset), RCX)
  asm.bind(start)
  asm.rm(MOV, RDX, RBP, fromRbp(LOOKUP_MASK))
  asm.rm(MOV, RSI, RBP, fromRbp(LOOKUP_TABLE))
  asm.rr(MOV, RAX, RCX)
  asm.rr(MOV, RDI, RCX)
  asm.shiftRI(SHIFT.SHR, 64, RCX, PC_SHIFT)
  asm.shiftRI(SHIFT.SHR, 64, RDI, LOOKUP_FOLD)
  asm.rr(XOR, RCX, RDI)
  asm.bind(probe)
  asm.rr(AND, RCX, RDX)
  asm.rr(MOV, RDI, RCX)
  asm.shiftRI(SHIFT.SHL, 64, RDI, ENTRY_SHIFT)
  asm.rm(MOV, R8, RSI, 8, RDI, 0)
  asm.rr(TEST, R8, R8)
  asm.jcc(CC.E, miss)
  asm.rm(CMP, RAX, RSI, 0, RDI, 0)
  asm.jcc(CC.NE, next)
  asm.aluRI(ALU.CMP, 64, R8, LOOKUP_REMOVED)
  asm.jcc(CC.E, miss)

  asm.rr(MOV32, RCX, RAX)
  asm.shiftRI(SHIFT.SHL, 32, RCX, JUMP_INDEX_SHIFT)
  asm.aluRI(ALU.AND, 32, RCX, JUMP_INDEX_MASK)
  asm.rm(LEA, RCX, RBP, fromRbp(JUMPS_OFFSET), RCX, 0)
  asm.mr(STORE, RCX, 0, RAX)
  asm.mr(STORE, RCX, 8, R8)
  asm.r(JMP, R8)

  asm.bind(next)
  asm.aluRI(ALU.ADD, 64, RCX, 1)
  asm.jmp(probe)

  asm.bind(miss)
  asm.imm64(RCX, REQUEST_LOOKUP_MISS, 0)
  asm.jmp(labels.post)
  return address
}

/**
 * eax = exit id, rcx = pc, rdx = the pc behind the call, called; the pc goes into the state. A thunk is entered with ecx = number and the return address on the stack; it ends with `ret`.
 * Returns the address of the entry that leaves the call to the engine.
 */
export function emitSyscall(asm: Assembler, pcOffset: number, numberOffset: number, labels: RuntimeLabels): number {
  const toEngine = asm.label()
  asm.mr(STORE, RBP, fromRbp(pcOffset), RCX)
  asm.mr(STORE, RBP, fromRbp(CALL_PC), RCX)
  asm.mr(STORE, RBP, fromRbp(PC_BEHIND_CALL), RDX)
  asm.mr(STORE32, RBP, fromRbp(EXIT_ID), RAX)
  asm.rm(MOV32, RCX, RBP, fromRbp(numberOffset))
  asm.rm(CMP32, RCX, RBP, fromRbp(SYSCALL_COUNT))
  asm.jcc(CC.AE, toEngine)
  asm.rm(MOV, RDX, RBP, fromRbp(SYSCALL_TABLE))
  asm.rm(MOV, RDX, RDX, 0, RCX, 3)
  asm.rr(TEST, RDX, RDX)
  asm.jcc(CC.E, toEngine)
  asm.r(JMP, RDX)

  asm.bind(toEngine)
  const address = asm.address
  asm.imm64(RCX, REQUEST_SYSCALL, 0)
  asm.jmp(labels.post)
  return address
}
