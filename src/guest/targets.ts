/** What a guest's context needs from the region former, and what every guest description offers to it. */
import type { StateSlot } from '../ir/region.ts'
import type { Row } from './insn.ts'

export interface BlockTargets {
  /**
   * The IR block for guest address `pc`: a block of the region, or one that leaves it for `pc`. `hint` is EXIT_JUMP or,
   * for a call, EXIT_CALL. May be called in the middle of a block.
   */
  block(pc: number, hint: number): number
  /** A block that the instruction itself fills, after its own block has ended: `begin` starts it. */
  own(): number
  begin(own: number): void
}

/**
 * How a guest's instructions lie in memory. A pc is the address of an instruction and the translation state that it is executed in (the instruction set):
 * what the state's pc, keys of regions and exits have. Where there is but one such state it is the address.
 */
export interface InsnLayout {
  /** Bytes. */
  readonly shortestInsn: number
  readonly longestInsn: number
  /** Address of the instruction at `pc`. */
  codeAddress(pc: number): number
  /** May there be an instruction at `pc`? */
  isAligned(pc: number): boolean
  /** The word that `translateInsn` takes, from the first bytes at `pc` as a little-endian number. What an instruction does not have does not matter, so those that a short one has are enough for one. */
  insnWord(pc: number, raw: number): number
  /** Bytes of the instruction `word` at `pc`; of a longer one the first bytes are enough. */
  insnSize(pc: number, word: number): number
  /** The pc behind it. */
  pcBehind(pc: number, word: number): number
  /** Is it a system call? */
  isSystemCall(pc: number, word: number): boolean
}

/** A guest as the translator sees it; `C` is its context. */
export interface Guest<C> extends InsnLayout {
  readonly name: string
  /** ELF machine number. */
  readonly machine: number
  readonly rows: readonly Row<C>[]
  readonly state: readonly StateSlot[]
  /** Slots by role. */
  readonly pcSlot: number
  /** Points to a thread's own storage: what CLONE_SETTLS sets. */
  readonly threadSlot: number
  /** Bits of the state slot `fpcr` under which the host's NaNs differ from the guest's without an invalid operation. */
  readonly nanModes: number
  /** MXCSR at the start of a program. */
  readonly mxcsr: number
  readonly hwcap: number
  readonly hwcap2: number
  /** Emits the instruction `word` at `t.pc`: NEXT, or END when the block has its terminator. */
  translateInsn(t: C, word: number): number
  disassemble(word: number, pc: number): string
}
