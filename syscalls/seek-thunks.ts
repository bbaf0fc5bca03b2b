/**
 * Thunks of lseek and _llseek for guests with words of 32 bits. Positions in directories may be numbers of the engine's (linux-user/directory-cookies.ts), so it makes the calls
 * that may be of such a one: to a place from FIRST_COOKIE on, and again, where that changes nothing, those that have led there.
 *
 * What thunks have to observe stands in thunk.ts.
 */
import { FIRST_ARGUMENT, fromRbp, HIDDEN_COUNT, HIDDEN_FDS, IN_KERNEL, SIGNAL_PENDING } from '../src/runtime/layout.ts'
import { ALU, CC, insn, R13, R14, RAX, RBP, RCX, RDI, RDX, RSI, SHIFT } from '../src/x64/asm/index.ts'
import { errno } from './abi/errno.ts'
import { seekWhence } from './abi/flags/files.ts'
import { emitArgument, emitResult } from './emit-arguments.ts'
import type { ThunkPlace } from './signal-thunks.ts'
import { argumentSources } from './sources.ts'
import { rowsByName } from './table.ts'

/** From here on a position in a directory may be a number of the engine's. */
export const FIRST_COOKIE = 0x4000_0000

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const OR = insn('OR r64, r/m64')
const SUB32 = insn('SUB r32, r/m32')
const XOR32 = insn('XOR r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const STORE = insn('MOV r/m64, r64')
const STORE32_IMM = insn('MOV r/m32, imm32')
const SYSCALL = insn('SYSCALL')
const RET = insn('RET')

const { SEEK_SET, SEEK_CUR } = seekWhence.values

/** `isLong`: the offset is in two registers, and the result goes to memory. */
function seek(name: string, isLong: boolean) {
  return ({ asm, fixups, guest, host, entries }: ThunkPlace): void => {
    const leave = asm.label()
    const hidden = asm.label()
    const fault = asm.label()
    const done = asm.label()
    const isPlace = asm.label()
    const isGiven = asm.label()
    const call = asm.label()
    const sources = argumentSources(guest, rowsByName.get(name)!)
    for (const [n, register] of (isLong ? [RDI, RSI, RCX, R13, RDX] : [RDI, RSI, RDX]).entries()) emitArgument(asm, register, sources[n]!)
    asm.rm(MOV32, RAX, RBP, fromRbp(guest.argumentsAt[0]!))
    asm.mr(STORE, RBP, fromRbp(FIRST_ARGUMENT), RAX)
    if (isLong) {
      asm.shiftRI(SHIFT.SHL, 64, RSI, 32)
      asm.rr(OR, RSI, RCX)
    }
    asm.rr(MOV32, RCX, RDI)
    asm.rm(SUB32, RCX, RBP, fromRbp(HIDDEN_FDS))
    asm.aluRI(ALU.CMP, 32, RCX, HIDDEN_COUNT)
    asm.jcc(CC.B, hidden)
    asm.aluRI(ALU.CMP, 32, RDX, SEEK_SET)
    asm.jcc(CC.NE, call)
    asm.aluRI(ALU.CMP, 64, RSI, FIRST_COOKIE)
    asm.jcc(CC.GE, leave)

    asm.bind(call)
    asm.imm64(RAX, host.numbers['lseek']!, 0)
    asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 1)
    asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
    asm.jccTo(CC.NE, entries.signalBefore)
    asm.none(SYSCALL)
    asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 0)
    asm.aluRI(ALU.CMP, 64, RAX, FIRST_COOKIE)
    asm.jcc(CC.L, isGiven)
    asm.aluRI(ALU.CMP, 32, RDX, SEEK_CUR)
    asm.jcc(CC.NE, leave)
    asm.rr(TEST, RSI, RSI)
    asm.jcc(CC.E, leave)
    if (!isLong) {
      asm.rr(MOV, R14, RAX)
      asm.shiftRI(SHIFT.SHR, 64, R14, 31)
      asm.jcc(CC.E, isGiven)
      asm.imm64(RAX, -errno.EOVERFLOW, -1)
    }
    asm.bind(isGiven)
    if (isLong) {
      asm.rr(TEST, RAX, RAX)
      asm.jcc(CC.S, isPlace)
      fixups.push({ at: asm.address, target: fault })
      asm.mr(STORE, R13, 0, RAX)
      asm.rr(XOR32, RAX, RAX)
      asm.bind(isPlace)
    }
    asm.bind(done)
    emitResult(asm, guest, RAX)
    asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
    asm.jccTo(CC.NE, entries.signalAfter)
    asm.none(RET)

    asm.bind(hidden)
    asm.imm64(RAX, -errno.EBADF, -1)
    asm.jmp(done)
    asm.bind(fault)
    asm.imm64(RAX, -errno.EFAULT, -1)
    asm.jmp(done)
    asm.bind(leave)
    asm.jmpTo(entries.syscallToEngine)
  }
}

export const SEEK_THUNKS: ReadonlyMap<string, (place: ThunkPlace) => void> = new Map([
  ['lseek', seek('lseek', false)],
  ['_llseek', seek('_llseek', true)],
])
