/**
 * Thunks of set_robust_list and get_robust_list for guests with words of 32 bits. The kernel walks such a thread's list when it ends, also when it is killed, if it was told of it by the
 * entry of 32-bit programs: so that is what the runner uses. Where the host has no such entry the instruction faults, and the engine answers.
 *
 * What thunks have to observe stands in thunk.ts.
 */
import { FIRST_ARGUMENT, fromRbp, IN_KERNEL, SIGNAL_PENDING } from '../src/runtime/layout.ts'
import { ALU, CC, insn, RAX, RBP, RBX, RCX, RDX } from '../src/x64/asm/index.ts'
import { emitArgument, emitResult } from './emit-arguments.ts'
import type { ThunkPlace } from './signal-thunks.ts'
import { argumentSources } from './sources.ts'
import { rowsByName } from './table.ts'

const INT = insn('INT imm8')
const MOVSXD = insn('MOVSXD r64, r/m32')
const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE32_IMM = insn('MOV r/m32, imm32')
const RET = insn('RET')

const ENTRY_32 = 0x80
/** Numbers of i386. */
const SET_ROBUST_LIST = 311
const GET_ROBUST_LIST = 312
const ARGUMENTS = [RBX, RCX, RDX]

function narrowCall(name: string, number: number) {
  return ({ asm, fixups, guest, entries }: ThunkPlace): void => {
    const leave = asm.label()
    for (const [n, source] of argumentSources(guest, rowsByName.get(name)!).entries()) emitArgument(asm, ARGUMENTS[n]!, source)
    asm.rm(MOV32, RAX, RBP, fromRbp(guest.argumentsAt[0]!))
    asm.mr(STORE, RBP, fromRbp(FIRST_ARGUMENT), RAX)
    asm.imm64(RAX, number, 0)
    asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 1)
    fixups.push({ at: asm.address, target: leave })
    asm.imm(INT, ENTRY_32)
    asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 0)
    asm.rr(MOVSXD, RAX, RAX)
    emitResult(asm, guest, RAX)
    asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
    asm.jccTo(CC.NE, entries.signalAfter)
    asm.none(RET)
    asm.bind(leave)
    asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 0)
    asm.jmpTo(entries.syscallToEngine)
  }
}

export const ROBUST_THUNKS: ReadonlyMap<string, (place: ThunkPlace) => void> = new Map([
  ['set_robust_list', narrowCall('set_robust_list', SET_ROBUST_LIST)],
  ['get_robust_list', narrowCall('get_robust_list', GET_ROBUST_LIST)],
])
