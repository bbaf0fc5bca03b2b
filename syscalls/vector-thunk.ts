/** Vectors (struct iovec) in thunks of guests with words of 32 bits: a short array becomes one of the host's in the thunk's frame, a longer one is the engine's. */
import { ALU, type Assembler, CC, insn, type Label, R11, RAX, RCX, RSP } from '../src/x64/asm/index.ts'
import type { Layout } from './abi/shape.ts'
import type { Fixup } from './thunk.ts'

const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const TEST = insn('TEST r/m64, r64')
const LEA = insn('LEA r64, m')

const WORD = 8
/** Parts of an array, at most. */
export const MOST_PARTS = 8

export interface Vector {
  /** The array's address, and that of the host's afterwards. */
  readonly register: number
  readonly count: number
  /** Where in the frame the host's array is. */
  readonly at: number
}

/** Clobbers rax, rcx, r11. `guest`: the layout of a part; `leave`: where longer arrays and unreadable ones go. */
export function emitVector(asm: Assembler, fixups: Fixup[], guest: Layout, { register, count, at }: Vector, leave: Label): void {
  const none = asm.label()
  const next = asm.label()
  const end = asm.label()
  asm.rr(TEST, register, register)
  asm.jcc(CC.E, none)
  asm.aluRI(ALU.CMP, 32, count, MOST_PARTS)
  asm.jcc(CC.A, leave)
  asm.rr(MOV32, R11, count)
  asm.bind(next)
  asm.aluRI(ALU.SUB, 64, R11, 1)
  asm.jcc(CC.S, end)
  asm.rm(LEA, RAX, R11, 0, R11, 0)
  for (const [n, { offset }] of guest.fields.entries()) {
    fixups.push({ at: asm.address, target: leave })
    asm.rm(MOV32, RCX, register, offset, R11, Math.log2(guest.size))
    asm.mr(STORE, RSP, at + WORD * n, RCX, RAX, Math.log2(WORD))
  }
  asm.jmp(next)
  asm.bind(end)
  asm.rm(LEA, register, RSP, at)
  asm.bind(none)
}
