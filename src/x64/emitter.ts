/**
 * Emission with register allocation: one forward walk over a region's blocks that keeps track of where every
 * value is (registers.ts), brings arguments into registers, picks the result's register and calls the row's lowering.
 *
 * What holds at block boundaries
 * - The first edge that reaches a block fixes its *entry state*: for each value live into it a register, a valid spill slot,
 *   or both. Every later edge, loop back-edges included, moves its values to match (edges.ts).
 * - A value's spill slot is its own for the whole region, and holds the value wherever the tracked state says `home`.
 * - Block 0 has no live-in values: guest state is canonical there, so exits chain to it and loops may jump back to it.
 *
 * Lazy reads: a `get` emits nothing. The slot is the value's home until a `put` overwrites it; the put first moves
 * a value that is still wanted into a register.
 *
 * Host flags: `flagsHeld` names the flags row that the host's flags show now (conditions.ts), so that a compare is not
 * repeated between its readers. Whoever clobbers host flags calls `clobberFlags`.
 */
import { F32, F64, I64, V128 } from '../ir/op-row.ts'
import { OP, OP_NAMES } from '../ir/ops.ts'
import { NONE, type Region } from '../ir/region.ts'
import { ALU, insn, type Label, RBP } from './asm/index.ts'
import { vectorRegisters } from './cpu.ts'
import type { CompileEnv } from './env.ts'
import { FOLD_CONST } from './folds.ts'
import { HostForms } from './host-forms.ts'
import { fromRbp, POLL_FLAG, SPILL_OFFSET, SPILL_SIZE, STATE_OFFSET } from './layout.ts'
import { LOWERINGS } from './lowering.ts'
import { Notes } from './notes.ts'
import { HIGH_XMM, isXmmType, NO_HOME, Registers, XMM } from './registers.ts'
import { recordState } from './side-entry.ts'
import type { SideTable } from './side-table.ts'
import { Uses } from './uses.ts'

const MOV_64 = insn('MOV r64, r/m64')
const MOV_32 = insn('MOV r32, r/m32')
const MOV_64_STORE = insn('MOV r/m64, r64')
const MOV_32_STORE = insn('MOV r/m32, r32')
const MOVAPS = insn('MOVAPS xmm1, xmm2/m128')
const MOVAPS_STORE = insn('MOVAPS xmm2/m128, xmm1')
const VMOVAPS = insn('VMOVAPS xmm1, xmm2/m128')
const VMOVAPS_STORE = insn('VMOVAPS xmm2/m128, xmm1')
/** Loads and stores of xmm registers by type; a scalar's load clears what is above it. */
const XMM_MOVES = {
  [F32]: { load: [insn('MOVSS xmm1, m32'), insn('VMOVSS xmm1, m32')], store: [insn('MOVSS xmm2/m32, xmm1'), insn('VMOVSS m32, xmm1')] },
  [F64]: { load: [insn('MOVSD xmm1, m64'), insn('VMOVSD xmm1, m64')], store: [insn('MOVSD xmm2/m64, xmm1'), insn('VMOVSD m64, xmm1')] },
  [V128]: { load: [MOVAPS, VMOVAPS], store: [MOVAPS_STORE, VMOVAPS_STORE] },
} as const
type XmmType = keyof typeof XMM_MOVES

/** Offset of the immediate operand, one byte, in a poll. */
export const POLL_OPERAND = 6
const SPILL_SLOT_SIZE = 16
const MAX_SPILLS = SPILL_SIZE / SPILL_SLOT_SIZE

/** How the host flags show a flags row: whether CF is the guest's C or its inverse. */
export const HELD_CARRY = 0
export const HELD_BORROW = 1

export class Emitter extends HostForms {
  readonly regs = new Registers()
  readonly uses = new Uses()
  sides!: SideTable
  region!: Region
  /** Row being emitted: its position. */
  row = 0
  block = 0

  /** Temporaries of the current lowering row. */
  g0 = 0
  g1 = 0
  g2 = 0
  x0 = 0
  x1 = 0
  x2 = 0

  /** The current row takes xmm registers below 16 only: an instruction of it has no EVEX form. Set before its first register is asked for. */
  lowOnly = false
  /** Registers above 15 come first, so that tests see them in every row; otherwise last, as their encodings are longer. */
  highFirst = false

  /** Flags row that the host's flags show, NONE if none; and how. */
  flagsHeld = NONE
  flagsMode = HELD_CARRY

  /** Positions of the polls' immediate operands; the first one is that of the entry. */
  readonly polls: number[] = []

  /** The region's entry, where the poll is. */
  entry!: Label
  blockLabels: Label[] = []
  /** Value whose home is a state slot, by slot; NONE. */
  slotValue = new Int32Array(256)
  /** State slot that is the value's home, NONE if its home is a spill slot. */
  homeSlot = new Int32Array(1024)
  readonly notes = new Notes()
  /** Vectors are computed with in the other modes (fenv.enter), whose NaNs are tested for. */
  private hasOtherModes = false

  /** Deferred out-of-line parts, columns. */
  private slowRows: number[] = []
  private slowRegs: number[] = []
  private slowLabels: Label[] = []
  private slowBack: Label[] = []
  private slowCurrent: Label | undefined
  private lowered = { d: 0, a: 0, b: 0, c: 0 }

  /** What the next regions are linked to, and where their side tables go. */
  use(env: CompileEnv, sides: SideTable): void {
    this.env = env
    this.sides = sides
  }

  begin(region: Region, origin: number): void {
    this.region = region
    this.hasOtherModes = region.state.some((slot) => slot.name === 'mxcsr_standard')
    this.asm.reset(origin)
    this.uses.analyse(region, this.cpu, this.env.checksNaN)
    this.regs.reset(region.rowCount, vectorRegisters(this.cpu))
    if (region.rowCount > this.homeSlot.length) this.homeSlot = new Int32Array(region.op.length)
    this.homeSlot.fill(NONE, 0, region.rowCount)
    this.slotValue.fill(NONE)
    this.entry = this.asm.label()
    for (let k = 0; k < region.blockCount; k++) this.blockLabels[k] = this.asm.label()
    this.notes.clear()
    if (this.slowRows.length > 0) this.slowRows.length = this.slowRegs.length = this.slowLabels.length = this.slowBack.length = 0
    this.flagsHeld = NONE
    this.polls.length = 0
  }

  /** Are vector results tested for NaN? */
  get testsVectors(): boolean {
    return this.env.checksNaN || this.hasOtherModes
  }

  /** Is the result of `row` tested for NaN? */
  private testsNaN(row: number): boolean {
    return this.region.type[row] === V128 ? this.testsVectors : this.env.checksNaN
  }

  /** `cmp dword [poll flag], 0`: NE when someone asks the region to leave. */
  poll(): void {
    this.polls.push(this.asm.pos + POLL_OPERAND)
    this.asm.aluMI(ALU.CMP, 32, RBP, fromRbp(POLL_FLAG), 0)
  }

  // Values.

  /** Displacement from rbp of a state slot. */
  slotDisp(slot: number): number {
    return fromRbp(STATE_OFFSET + this.region.state[slot]!.offset)
  }

  root(v: number): number {
    return this.uses.root[v]!
  }

  /** The register of scalar `v` is zero above the scalar. */
  isScalarClear(v: number): boolean {
    return this.uses.isClear[this.root(v)] === 1
  }

  isConst(v: number): boolean {
    const r = this.root(v)
    return this.region.op[r] === OP.const
  }

  /** The constant fits an instruction's sign-extended 32-bit immediate for an operand of `v`'s own type. */
  isImm32(v: number): boolean {
    const r = this.root(v)
    if (this.region.op[r] !== OP.const) return false
    return this.region.type[v] !== I64 || this.region.imm2[r] === this.region.imm[r]! >> 31
  }

  immOf(v: number): number {
    return this.region.imm[this.root(v)]!
  }

  /** No use of `v` after the current row. */
  dies(v: number): boolean {
    return this.uses.lastUse[this.root(v)]! <= this.row
  }

  /** Used again after the current row, other than by side tables. */
  usedAgain(v: number): boolean {
    const last = this.uses.lastUse[this.root(v)]!
    return last === this.region.blockEnd[this.block]! || this.uses.nextUse(this.root(v), this.row) <= last
  }

  /** Register that holds `v` now, NONE if none. */
  where(v: number): number {
    return this.regs.regOf[this.root(v)]!
  }

  /** The value can be read from memory at the returned displacement; NO_HOME if it is in a register or has no home. */
  memory(v: number): number {
    const r = this.root(v)
    // A spilled i32 has four bytes; as an i64 it must be loaded to be extended.
    if (this.region.type[v] === I64 && this.region.type[r] !== I64) return NO_HOME
    return this.regs.regOf[r] !== NONE ? NO_HOME : this.regs.home[r]!
  }

  /** Brings `v` into a register of its class and pins it; numbering of registers.ts. */
  private place(v: number): number {
    const r = this.root(v)
    let reg = this.regs.regOf[r]!
    if (reg === NONE) {
      reg = this.alloc(isXmmType(this.region.type[r]!))
      this.load(reg, r)
      this.regs.assign(reg, r)
    } else if (this.lowOnly && reg >= HIGH_XMM) reg = this.moveXmm(reg, this.alloc(true))
    this.regs.pin(reg)
    return reg
  }

  /** The value in xmm register `from` moves to `to`, which is free. */
  private moveXmm(from: number, to: number): number {
    const v = this.regs.value[from]!
    this.movX(to - XMM, from - XMM)
    this.regs.free(from)
    this.regs.assign(to, v)
    return to
  }

  /** `v` in a general register (encoding number), pinned for this row. */
  gpr(v: number): number {
    return this.place(v)
  }

  /** `v` in an xmm register (0..31), pinned for this row. */
  xmm(v: number): number {
    return this.place(v) - XMM
  }

  /** Argument register by the class of the value: what lowering rows get. */
  arg(v: number): number {
    const reg = this.place(v)
    return reg >= XMM ? reg - XMM : reg
  }

  /** Loads root value `r` from its home, or makes the constant. */
  load(reg: number, r: number): void {
    const { region, asm } = this
    if (this.uses.fold[r] === FOLD_CONST) {
      this.materialise(reg, r)
      return
    }
    const home = this.regs.home[r]!
    if (home === NO_HOME)
      throw new Error(`x64: value v${r} is neither in a register nor in memory (row ${this.row}, region ${region.pc.toString(16)})`)
    if (reg >= XMM) asm.rm(XMM_MOVES[region.type[r] as XmmType].load[this.cpu.avx ? 1 : 0]!, reg - XMM, RBP, home)
    else asm.rm(region.type[r] === I64 ? MOV_64 : MOV_32, reg, RBP, home)
  }

  private materialise(reg: number, r: number): void {
    const { region } = this
    const lo = region.imm[r]!
    switch (region.op[r]) {
      case OP.const:
        this.asm.imm64(reg, lo, region.type[r] === I64 ? region.imm2[r]! : 0, true)
        return
      case OP.constf:
        this.loadConst(reg - XMM, lo, region.imm2[r]!, 0, 0)
        return
      case OP.vzero:
        this.loadConst(reg - XMM, 0, 0, 0, 0)
        return
      default:
        this.loadConst(reg - XMM, region.pool[lo]!, region.pool[lo + 1]!, region.pool[lo + 2]!, region.pool[lo + 3]!)
    }
  }

  // Registers.

  /** A register without a live value, evicting the one used furthest away if there is none. Not pinned. */
  alloc(xmm: boolean): number {
    const { regs, uses } = this
    const free = this.freeRegister(xmm)
    if (free !== NONE) return free
    let best: number = NONE
    let bestUse = -1
    const first = xmm ? XMM : 0
    const end = xmm ? this.xmmEnd : XMM
    for (let reg = first; reg < end; reg++) {
      if (regs.pinned(reg) || regs.value[reg] === NONE) continue
      const v = regs.value[reg]!
      let use = uses.nextUse(v, this.row - 1)
      // Without a store it is cheaper to drop.
      if (regs.home[v] !== NO_HOME || uses.fold[v] === FOLD_CONST) use += 8
      if (use > bestUse) {
        best = reg
        bestUse = use
      }
    }
    if (best === NONE) throw new Error('x64: all registers are pinned')
    const high = xmm && this.lowOnly ? this.freeXmm(HIGH_XMM, XMM + regs.xmmCount) : NONE
    if (high !== NONE) this.moveXmm(best, high)
    else this.evict(best)
    return best
  }

  private get xmmEnd(): number {
    return this.lowOnly ? HIGH_XMM : XMM + this.regs.xmmCount
  }

  private freeRegister(xmm: boolean): number {
    if (!xmm) {
      const free = this.regs.findFreeGpr()
      return free === NONE ? this.regs.takeDead(0, XMM, this.uses.lastUse, this.row) : free
    }
    const end = this.xmmEnd
    if (this.highFirst) {
      const high = this.freeXmm(HIGH_XMM, end)
      if (high !== NONE) return high
    }
    const low = this.freeXmm(XMM, HIGH_XMM)
    return low === NONE ? this.freeXmm(HIGH_XMM, end) : low
  }

  private freeXmm(first: number, end: number): number {
    return this.regs.takeXmm(first, end, this.uses.lastUse, this.row)
  }

  /** Frees `reg`; a live value in it gets its home in memory first. Host flags are unchanged. */
  evict(reg: number): void {
    const v = this.regs.value[reg]!
    if (v === NONE) return
    if (this.uses.lastUse[v]! >= this.row) this.ensureHome(v)
    this.regs.free(reg)
  }

  /** Makes sure root value `v`, which is in a register, is in memory too. */
  ensureHome(v: number): void {
    if (this.regs.home[v] !== NO_HOME || this.uses.fold[v] === FOLD_CONST) return
    let slot = this.regs.spillSlot[v]!
    if (slot === NO_HOME) {
      if (this.regs.spillCount >= MAX_SPILLS) throw new Error('x64: out of spill slots')
      slot = fromRbp(SPILL_OFFSET + SPILL_SLOT_SIZE * this.regs.spillCount++)
      this.regs.spillSlot[v] = slot
    }
    this.storeTo(this.regs.regOf[v]!, this.region.type[v]!, slot)
    this.regs.home[v] = slot
    this.homeSlot[v] = NONE
  }

  /** Stores a register to [rbp + disp] at the width of `type`. */
  storeTo(reg: number, type: number, disp: number): void {
    if (reg >= XMM) this.asm.mr(XMM_MOVES[type as XmmType].store[this.cpu.avx ? 1 : 0]!, RBP, disp, reg - XMM)
    else this.asm.mr(type === I64 ? MOV_64_STORE : MOV_32_STORE, RBP, disp, reg)
  }

  /** Empties general register `reg` (its value moves to another free register or home) and pins it. */
  takeFixed(reg: number): void {
    const { regs } = this
    const v = regs.value[reg]!
    regs.pin(reg)
    if (v === NONE) return
    if (this.uses.lastUse[v]! < this.row) {
      regs.free(reg)
      return
    }
    const other = this.freeRegister(false)
    if (other === NONE) {
      this.evict(reg)
      return
    }
    this.asm.rr(MOV_64, other, reg)
    regs.free(reg)
    regs.assign(other, v)
  }

  /** Copies `v` into the fixed register `reg`, which then belongs to this row alone. */
  intoFixed(reg: number, v: number): void {
    if (this.where(v) === reg && this.dies(v)) {
      // It stays assigned: the row may have the same value as another operand.
      this.regs.pin(reg)
      return
    }
    const held = this.where(v) === reg
    if (held) {
      // The value lives on: it moves away, a copy stays.
      const r = this.root(v)
      this.regs.pin(reg)
      const other = this.freeRegister(false)
      if (other === NONE) this.ensureHome(r)
      else this.asm.rr(MOV_64, other, reg)
      this.regs.free(reg)
      if (other !== NONE) this.regs.assign(other, r)
      return
    }
    this.takeFixed(reg)
    const from = this.where(v)
    if (from !== NONE) this.asm.rr(this.region.type[this.root(v)] === I64 ? MOV_64 : MOV_32, reg, from)
    else this.load(reg, this.root(v))
  }

  /** A temporary general register, pinned for this row. */
  tempGpr(): number {
    const reg = this.alloc(false)
    this.regs.pin(reg)
    return reg
  }

  tempXmm(): number {
    const reg = this.alloc(true)
    this.regs.pin(reg)
    return reg - XMM
  }

  /** Result register of the current row; `take` (a register in unified numbering whose value dies here) is used if given. */
  define(take: number = NONE): number {
    const { regs, row } = this
    let reg = take === NONE && this.isAvailable(regs.wish[row]!) ? regs.wish[row]! : take
    if (reg === NONE) reg = this.alloc(isXmmType(this.region.type[row]!))
    else regs.free(reg)
    regs.assign(reg, row)
    regs.pin(reg)
    return reg
  }

  /** No live value is in `reg`, and the current row may take it and does not use it; false for NONE. */
  private isAvailable(reg: number): boolean {
    if (reg === NONE || this.regs.pinned(reg) || (this.lowOnly && reg >= HIGH_XMM)) return false
    const v = this.regs.value[reg]!
    return v === NONE || this.uses.lastUse[v]! < this.row
  }

  /** Declares that the current row's value is now in `reg` (a register this row took). */
  defineIn(reg: number): void {
    this.regs.free(reg)
    this.regs.assign(reg, this.row)
  }

  /** After a row: nothing is pinned; a result nobody reads frees its register lazily. */
  endRow(): void {
    this.regs.unpinAll()
    this.lowOnly = false
  }

  clobberFlags(): void {
    this.flagsHeld = NONE
  }

  // State slots.

  /** The value in `slot`'s memory changes: a value that lives there must be saved first if it is still wanted. */
  overwriteSlot(slot: number): void {
    const v = this.slotValue[slot]!
    if (v === NONE) return
    this.slotValue[slot] = NONE
    if (this.homeSlot[v] !== slot) return
    if (this.regs.regOf[v] === NONE && this.uses.lastUse[v]! > this.row) {
      const reg = this.alloc(isXmmType(this.region.type[v]!))
      this.load(reg, v)
      this.regs.assign(reg, v)
    }
    this.regs.home[v] = NO_HOME
    this.homeSlot[v] = NONE
  }

  /** Slot's memory holds root value `v` from now on. */
  slotHolds(slot: number, v: number): void {
    if (this.uses.fold[v] === FOLD_CONST || this.regs.home[v] !== NO_HOME) return
    if (this.region.state[slot]!.type !== this.region.type[v] || this.region.state[slot]!.volatile) return
    this.regs.home[v] = this.slotDisp(slot)
    this.homeSlot[v] = slot
    this.slotValue[slot] = v
  }

  /** The next instruction emitted may fault: records where the guest's state is. */
  mayFault(): void {
    recordState(this)
  }

  // Lowering rows.

  /** Emits the current row by its lowering. */
  lowerRow(): void {
    const { region, row } = this
    const lowering = LOWERINGS[region.op[row]!]
    if (!lowering) throw new Error(`x64: no lowering for IR op '${OP_NAMES[region.op[row]!]}' in region ${region.pc.toString(16)}`)
    if (lowering.custom) {
      lowering.custom(this, row)
      return
    }
    if (lowering.low?.(this, row)) this.lowOnly = true
    const va = region.a[row]!
    const vb = region.b[row]!
    const vc = region.c[row]!
    const a = va === NONE ? NONE : this.arg(va)
    const b = vb === NONE ? NONE : this.arg(vb)
    const c = vc === NONE ? NONE : this.arg(vc)
    if (lowering.gprTemps !== undefined) {
      if (lowering.gprTemps > 0) this.g0 = this.tempGpr()
      if (lowering.gprTemps > 1) this.g1 = this.tempGpr()
      if (lowering.gprTemps > 2) this.g2 = this.tempGpr()
    }
    if (lowering.xmmTemps !== undefined) {
      if (lowering.xmmTemps > 0) this.x0 = this.tempXmm()
      if (lowering.xmmTemps > 1) this.x1 = this.tempXmm()
      if (lowering.xmmTemps > 2) this.x2 = this.tempXmm()
    }
    let d: number = NONE
    if (region.type[row] !== 0) {
      const sameClass = va !== NONE && isXmmType(region.type[this.root(va)]!) === isXmmType(region.type[row]!)
      const shared =
        va !== NONE && (vb !== NONE && this.root(vb) === this.root(va) ? false : vc !== NONE && this.root(vc) === this.root(va))
      const keep = lowering.keep === true || (lowering.keepChecked === true && this.testsNaN(row))
      const take = !keep && sameClass && !shared && this.dies(va) ? this.where(va) : NONE
      const reg = this.define(take)
      d = reg >= XMM ? reg - XMM : reg
    }
    if (!lowering.flagsKept) this.clobberFlags()
    this.slowCurrent = undefined
    this.lowered.d = d
    this.lowered.a = a
    this.lowered.b = b
    this.lowered.c = c
    lowering.emit!(this, d, a, b, c, row)
    if (this.slowCurrent !== undefined) {
      const back = this.asm.label()
      this.asm.bind(back)
      this.slowBack.push(back)
    }
  }

  /** Label of this row's out-of-line part. */
  slowPath(): Label {
    if (this.slowCurrent === undefined) {
      this.slowCurrent = this.asm.label()
      this.slowLabels.push(this.slowCurrent)
      this.slowRows.push(this.row)
      const { d, a, b, c } = this.lowered
      this.slowRegs.push(d, a, b, c, this.g0, this.g1, this.g2, this.x0, this.x1, this.x2)
    }
    return this.slowCurrent
  }

  slowReturn(): void {
    this.asm.jmp(this.currentBack!)
  }
  private currentBack: Label | undefined

  /** Emits all out-of-line parts. */
  emitSlowPaths(): void {
    const r = this.slowRegs
    for (let i = 0; i < this.slowRows.length; i++) {
      const row = this.slowRows[i]!
      const k = i * 10
      this.row = row
      this.g0 = r[k + 4]!
      this.g1 = r[k + 5]!
      this.g2 = r[k + 6]!
      this.x0 = r[k + 7]!
      this.x1 = r[k + 8]!
      this.x2 = r[k + 9]!
      this.asm.bind(this.slowLabels[i]!)
      this.currentBack = this.slowBack[i]!
      LOWERINGS[this.region.op[row]!]!.slow!(this, r[k]!, r[k + 1]!, r[k + 2]!, r[k + 3]!, row)
    }
  }
}
