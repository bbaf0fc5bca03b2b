/**
 * What is in which host register and where else a value can be found, at one point of emission.
 *
 * Registers have one numbering here: 0..15 general (encoding order), XMM0 = 16 .. XMM31 = 47.
 * A value is in at most one register (`regOf`) and may have a home in memory (`home`: displacement from rbp, valid for its
 * whole width): a spill slot of its own, or the guest state slot that holds the same bits. Integer constants need neither.
 *
 * Invariant: a live value that is no constant has a register or a home.
 */
import { F32, F64, V128 } from '../ir/op-row.ts'
import { NONE } from '../ir/region.ts'
import { RBP, RSP } from './asm/index.ts'

/** First xmm register in this numbering; and the first that only EVEX instructions can name. */
export const XMM = 16
export const HIGH_XMM = 32
const REGISTER_COUNT = 48
/** "no home": no displacement from rbp looks like this. */
export const NO_HOME = -0x8000_0000

export function isXmmType(type: number): boolean {
  return type === F32 || type === F64 || type === V128
}

export class Registers {
  /** Value in each register, NONE if free. */
  readonly value = new Int32Array(REGISTER_COUNT)
  regOf = new Int8Array(1024)
  home = new Int32Array(1024)
  /** Spill slot given to a value once and for all (displacement), NO_HOME if none yet. */
  spillSlot = new Int32Array(1024)
  /** Register in which the value is wanted when it is made, NONE: any. */
  wish = new Int8Array(1024)
  /** Registers that the current instruction uses: not to be evicted. Bit masks, general and xmm. */
  pinnedGpr = 0
  pinnedXmm = 0
  /** Number of allocatable xmm registers: `vectorRegisters` of the CPU. */
  xmmCount = 16
  spillCount = 0

  reset(rows: number, xmmCount: number): void {
    if (rows > this.regOf.length) {
      const n = Math.max(rows, this.regOf.length * 2)
      this.regOf = new Int8Array(n)
      this.home = new Int32Array(n)
      this.spillSlot = new Int32Array(n)
      this.wish = new Int8Array(n)
    }
    this.regOf.fill(NONE, 0, rows)
    this.home.fill(NO_HOME, 0, rows)
    this.spillSlot.fill(NO_HOME, 0, rows)
    this.wish.fill(NONE, 0, rows)
    this.value.fill(NONE)
    this.pinnedGpr = this.pinnedXmm = 0
    this.xmmCount = xmmCount
    this.spillCount = 0
  }

  pin(reg: number): void {
    if (reg < XMM) this.pinnedGpr |= 1 << reg
    else this.pinnedXmm |= 1 << (reg - XMM)
  }

  unpin(reg: number): void {
    if (reg < XMM) this.pinnedGpr &= ~(1 << reg)
    else this.pinnedXmm &= ~(1 << (reg - XMM))
  }

  unpinAll(): void {
    this.pinnedGpr = this.pinnedXmm = 0
  }

  pinned(reg: number): boolean {
    return reg < XMM ? (this.pinnedGpr & (1 << reg)) !== 0 : (this.pinnedXmm & (1 << (reg - XMM))) !== 0
  }

  assign(reg: number, v: number): void {
    this.value[reg] = v
    this.regOf[v] = reg
  }

  /** The register holds nothing any more. */
  free(reg: number): void {
    const v = this.value[reg]!
    if (v !== NONE) this.regOf[v] = NONE
    this.value[reg] = NONE
  }

  /** An unpinned xmm register from `first` up to `end` that is free, or else that `takeDead` gives. */
  takeXmm(first: number, end: number, lastUse: Int32Array, row: number): number {
    for (let reg = first; reg < end; reg++) if (this.value[reg] === NONE && (this.pinnedXmm & (1 << (reg - XMM))) === 0) return reg
    return this.takeDead(first, end, lastUse, row)
  }

  /** An unpinned register from `first` up to `end` whose value has its last use before `row`, which is free then; NONE if there is none. */
  takeDead(first: number, end: number, lastUse: Int32Array, row: number): number {
    for (let reg = first; reg < end; reg++) {
      const v = this.value[reg]!
      if (v === NONE || lastUse[v]! >= row || this.pinned(reg)) continue
      this.free(reg)
      return reg
    }
    return NONE
  }

  /** A free unpinned general register, NONE if there is none. */
  findFreeGpr(): number {
    for (let i = 0; i < GPR_ORDER.length; i++) {
      const reg = GPR_ORDER[i]!
      if (this.value[reg] === NONE && (this.pinnedGpr & (1 << reg)) === 0) return reg
    }
    return NONE
  }
}

/** Order of choice: those without fixed roles first (rcx: shifts; rax, rdx: multiplication, flags), short encodings before long ones. */
export const GPR_ORDER: readonly number[] = [6, 7, 3, 8, 9, 10, 11, 2, 1, 12, 13, 14, 15, 0]
if (GPR_ORDER.includes(RSP) || GPR_ORDER.includes(RBP)) throw new Error('rsp and rbp are not allocatable')
