/**
 * What the handlers of AArch32 rows are written with: registers by the manual's rules, flags, conditional execution, memory, and the ways to end
 * a block. One context lifts one region at a time. Values are IR values of the region `ir`; general registers are i32, addresses in registers too.
 *
 * Conditional execution: while an instruction is lifted whose condition may fail, every `put` is a select between the new and the old value. Before
 * it does anything else (memory, an exception, a jump) the context ends the block with a branch on the condition and goes on in a block of its
 * own. So handlers neither know nor ask whether they are conditional, but must change state by `put` alone, and have effects by the
 * context's methods alone, or say `effects()` before they emit a row that has some (loads, stores, floating point that raises flags).
 */
import { I32, I64, V128 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { CMP_EQ, CMP_NE, CMP_SGE, CMP_SLT, COND_CS, COND_EQ, COND_MI, COND_NE, COND_PL, EXIT_JUMP, PACKED_C, TRAP_UNDEFINED, TRAP_UNIMPLEMENTED } from '../../ir/ops-int.ts' // biome-ignore format: a list
import { NONE, type Region } from '../../ir/region.ts'
import { END, type InsnContext, NEXT, type Outcome, type Row } from '../insn.ts'
import type { BlockTargets } from '../targets.ts'
import { addressOf, isBigEndian, isThumb, itStateOf, keptOf, lengthStrideOf, pcBehind } from './instruction-set.ts'
import { SLOT_C, SLOT_GE, SLOT_NZ, SLOT_Q_FLAG, SLOT_Q0, SLOT_QC, SLOT_R0, SLOT_V } from './state.ts'

export const SP = 13
export const LR = 14
export const PC = 15
export const ALWAYS = 14

/** Of an access, from its base register (bytes): the immediates of instructions. */
const MOST_DISPLACEMENT = 4095

const TWO_32 = 0x1_0000_0000
const WORD_BITS = 32
/** Bytes of two words. */
const DOUBLE = 8

const LOADS = [OP.load8u, OP.load16u, OP.load32]
const SIGNED_LOADS = [OP.load8s, OP.load16s, OP.load32]
const STORES = [OP.store8, OP.store16, OP.store32]

const FLAG_SLOTS = [SLOT_NZ, SLOT_C, SLOT_V]
/** What conditions look at, by pairs of a condition and its inverse. */
const CONDITION_SLOTS = [[SLOT_NZ], [SLOT_C], [SLOT_NZ], [SLOT_V], [SLOT_NZ, SLOT_C], [SLOT_NZ, SLOT_V], [SLOT_NZ, SLOT_V]]
/** Conditions of N or Z alone, as comparisons of the result with 0. */
const NZ_COMPARES: Readonly<Record<number, number>> = { [COND_EQ]: CMP_EQ, [COND_NE]: CMP_NE, [COND_MI]: CMP_SLT, [COND_PL]: CMP_SGE }

export class ArmContext implements InsnContext {
  readonly ir: Region
  readonly targets: BlockTargets
  /** Of the instruction being lifted, with the translation state in it. */
  pc = 0
  /** The instruction behind it. */
  nextPc = 0
  /** FPSCR.LEN and FPSCR.STRIDE make operations of VFP several. */
  readonly hasVectors: boolean
  /** C of the shifted operand that was made last (shifter.ts): i32, or NONE if the shift leaves C alone. */
  shifterCarry: number = NONE
  /** Of the address that was made last (`place`), bytes. */
  displacement = 0
  /** i32: the condition under which `put`s happen; NONE: they do. */
  private predicate: number = NONE
  /** Where the condition fails: the target of the next instruction, once the condition is a branch. */
  private behind: number = NONE
  /** The row that has put flags last; the value that N and Z are of, and the flags value that all are of: NONE, of none. They are of use in that row's block. */
  private flagsRow: number = NONE
  private nzValue: number = NONE
  private wholeFlags: number = NONE

  constructor(ir: Region, targets: BlockTargets, hasVectors = false) {
    this.ir = ir
    this.targets = targets
    this.hasVectors = hasVectors
  }

  // --- the instruction being lifted

  get isThumb(): boolean {
    return isThumb(this.pc)
  }

  get address(): number {
    return addressOf(this.pc)
  }

  /** Data is big-endian. */
  get isBigEndian(): boolean {
    return isBigEndian(this.pc)
  }

  /** FPSCR.LEN and FPSCR.STRIDE where FPSCR has them. */
  get lengthStride(): number {
    return lengthStrideOf(this.pc)
  }

  /** What r15 reads as: two instructions ahead. */
  get pcValue(): number {
    return (this.address + (this.isThumb ? 4 : 8)) >>> 0
  }

  /** Align(PC, 4). */
  get alignedPc(): number {
    return (this.pcValue & ~3) >>> 0
  }

  /** InITBlock() */
  get isInIt(): boolean {
    return itStateOf(this.pc) !== 0
  }

  /** LastInITBlock() */
  get isLastInIt(): boolean {
    return (itStateOf(this.pc) & 15) === 8
  }

  /** Lifts `word` by its `row` under condition `cond`. */
  lift(row: Row<ArmContext>, word: number, cond: number): Outcome {
    this.nextPc = pcBehind(this.pc, word)
    if (cond >= ALWAYS) return row.run(this, word)
    this.predicate = this.cond(cond)
    const outcome = row.run(this, word)
    this.predicate = NONE
    const { behind } = this
    if (behind === NONE) return outcome
    this.behind = NONE
    if (outcome === NEXT) this.ir.end(OP.jump, NONE, 0, 0, behind)
    return END
  }

  /** The instruction ignores its condition. */
  always(): void {
    this.predicate = NONE
  }

  /** What follows has effects other than puts: it happens under the instruction's condition only. */
  effects(): void {
    const { predicate, targets, ir } = this
    if (predicate === NONE) return
    this.predicate = NONE
    const own = targets.own()
    this.behind = targets.block(this.nextPc, EXIT_JUMP)
    ir.end(OP.br, predicate, 0, 0, own, this.behind)
    targets.begin(own)
  }

  /** State slot `slot` becomes `value`, if the instruction's condition holds. */
  put(slot: number, value: number): void {
    const { ir, predicate } = this
    if (FLAG_SLOTS.includes(slot)) this.nzValue = this.wholeFlags = NONE
    ir.put(slot, predicate === NONE ? value : this.select(predicate, value, ir.get(slot)))
  }

  private select(cond: number, value: number, otherwise: number): number {
    const { ir } = this
    const type = ir.type[value]!
    if (type === I32 || type === I64) return ir.emit(OP.select, cond, value, otherwise)
    return ir.emit(type === V128 ? OP['select.v'] : OP['select.f'], cond, value, otherwise)
  }

  // --- constants, and i32 operations with one

  imm(value: number): number {
    return this.ir.const32(value)
  }
  add(a: number, b: number): number {
    return this.ir.emit(OP.add, a, b)
  }
  addImm(value: number, operand: number): number {
    return operand === 0 ? value : this.ir.emit(OP.add, value, this.imm(operand))
  }
  andImm(value: number, operand: number): number {
    return this.ir.emit(OP.and, value, this.imm(operand))
  }
  orImm(value: number, operand: number): number {
    return this.ir.emit(OP.or, value, this.imm(operand))
  }
  xorImm(value: number, operand: number): number {
    return this.ir.emit(OP.xor, value, this.imm(operand))
  }
  shlImm(value: number, by: number): number {
    return by === 0 ? value : this.ir.emit(OP.shl, value, this.imm(by))
  }
  shrImm(value: number, by: number): number {
    return by === 0 ? value : this.ir.emit(OP.shr, value, this.imm(by))
  }
  sarImm(value: number, by: number): number {
    return by === 0 ? value : this.ir.emit(OP.sar, value, this.imm(by))
  }

  // --- 64-bit values of two registers

  /** i64 of two i32. */
  join(low: number, high: number): number {
    const { ir } = this
    const upper = ir.emit(OP.shl, ir.emit(OP.zext32, high), ir.const64(32, 0))
    return ir.emit(OP.or, upper, ir.emit(OP.zext32, low))
  }
  low(value: number): number {
    return this.ir.emit(OP.trunc, value)
  }
  high(value: number): number {
    return this.ir.emit(OP.trunc, this.ir.emit(OP.shr, value, this.ir.const64(32, 0)))
  }

  // --- general registers

  /** Rn; r15 is the address two instructions ahead. */
  r(n: number): number {
    return n === PC ? this.imm(this.pcValue) : this.ir.get(SLOT_R0 + n)
  }

  /** Writes Rn; r15 is written by one of the `…WritePc` methods, which end the block. */
  setR(n: number, value: number): void {
    if (n === PC) throw new Error('arm: r15 written as a register')
    this.put(SLOT_R0 + n, value)
  }

  /** QC is set if any bit of v128 `mask` is. */
  saturate(mask: number): void {
    const { ir } = this
    this.put(SLOT_QC, ir.emit(OP.vor, ir.get(SLOT_QC), mask))
  }

  // --- flags

  /** NZCV, packed. */
  packed(): number {
    return this.merged(FLAG_SLOTS)
  }

  private merged(slots: readonly number[]): number {
    const { ir } = this
    let all: number = NONE
    for (const slot of slots) {
      const part = this.andImm(ir.get(slot), ir.state[slot]!.packed!)
      all = all === NONE ? part : ir.emit(OP.or, all, part)
    }
    return all
  }

  /** All four flags from a flags value. */
  setFlags(flags: number): void {
    this.putFlags(this.ir.emit(OP.pack, flags), flags)
  }

  /** The same from a packed one. */
  setPacked(packed: number): void {
    this.putFlags(packed, this.ir.emit(OP.unpack, packed))
  }

  private putFlags(packed: number, flags: number): void {
    const isSure = this.predicate === NONE
    for (const slot of FLAG_SLOTS) this.put(slot, packed)
    if (!isSure) return
    this.wholeFlags = flags
    this.flagsRow = this.ir.rowCount - 1
  }

  /** N and Z from i32 `result`; C from i32 `carry` (0 or 1) unless that is NONE; the others stay. */
  setNz(result: number, carry: number = NONE): void {
    const { ir } = this
    const isSure = this.predicate === NONE
    if (carry !== NONE) this.put(SLOT_C, this.shlImm(carry, Math.log2(PACKED_C)))
    this.put(SLOT_NZ, ir.emit(OP.pack, ir.emit(OP['flags.logic'], result)))
    if (!isSure) return
    this.nzValue = result
    this.flagsRow = ir.rowCount - 1
  }

  /** Are `nzValue` and `wholeFlags` of this block? */
  private get hasKnownFlags(): boolean {
    const { ir, flagsRow } = this
    if (flagsRow < ir.blockStart[ir.currentBlock]! || flagsRow >= ir.rowCount) return false
    // The row may be one of another region, of which nothing is known.
    return ir.op[flagsRow] === OP.put && FLAG_SLOTS.includes(ir.imm[flagsRow]!)
  }

  /** ConditionHolds(): i32, 0 or 1. */
  cond(cond: number): number {
    const { ir } = this
    if (cond >= ALWAYS) return this.imm(1)
    if (this.hasKnownFlags) {
      const compare = NZ_COMPARES[cond]
      if (compare !== undefined && this.nzValue !== NONE) return ir.emit(OP.icmp, this.nzValue, this.imm(0), NONE, compare)
      if (this.wholeFlags !== NONE) return ir.emit(OP.test, this.wholeFlags, NONE, NONE, cond)
    }
    const slots = CONDITION_SLOTS[cond >> 1]!
    const packed = slots.length === 1 ? ir.get(slots[0]!) : this.merged(slots)
    return ir.emit(OP.test, ir.emit(OP.unpack, packed), NONE, NONE, cond)
  }

  /** PSTATE.C as i32. */
  carry(): number {
    return this.cond(COND_CS)
  }

  /** PSTATE.Q becomes 1 if i32 `saturated` is not zero, and stays otherwise. */
  setQIf(saturated: number): void {
    const { ir } = this
    const isSaturated = ir.emit(OP.icmp, saturated, this.imm(0), NONE, CMP_NE)
    this.put(SLOT_Q_FLAG, ir.emit(OP.or, ir.get(SLOT_Q_FLAG), isSaturated))
  }

  /** PSTATE.GE, four bits. */
  ge(): number {
    return this.ir.get(SLOT_GE)
  }
  setGe(value: number): void {
    this.put(SLOT_GE, value)
  }

  // --- vector registers

  /** Qn. */
  v(n: number): number {
    return this.ir.get(SLOT_Q0 + n)
  }
  setV(n: number, value: number): void {
    this.put(SLOT_Q0 + n, value)
  }

  // --- guest memory: addresses are i32 values and wrap; `size` is 1, 2, 4 bytes

  /** i64: the host address of i32 `address`. */
  at(address: number): number {
    return this.ir.emit(OP.zext32, address)
  }

  /**
   * i64: the host address of what i32 `address` is a small constant away from; that distance is in `displacement`. The sum does not wrap then: where it should, it is
   * outside of the 4 GiB and faults, as does the lowest page, or what lies above the kernel's page, for which it stands.
   */
  place(address: number): number {
    const { ir } = this
    const constant = ir.b[address]!
    const op = ir.op[address]
    this.displacement = 0
    if ((op !== OP.add && op !== OP.sub) || ir.op[constant] !== OP.const) return this.at(address)
    const distance = op === OP.add ? ir.imm[constant]! : -ir.imm[constant]!
    if (Math.abs(distance) > MOST_DISPLACEMENT) return this.at(address)
    this.displacement = distance
    return this.at(ir.a[address]!)
  }

  /** i32; `offset` (bytes) is added without wrapping: for the words of one access of several. */
  load(address: number, size: number, isSigned = false, offset = 0): number {
    this.effects()
    const base = this.place(address)
    const at = offset + this.displacement
    if (size === 1 || !this.isBigEndian) return this.ir.emitTyped((isSigned ? SIGNED_LOADS : LOADS)[size >> 1]!, I32, base, NONE, NONE, at)
    const value = this.inOtherOrder(this.ir.emitTyped(LOADS[size >> 1]!, I32, base, NONE, NONE, at), size)
    return isSigned && size === 2 ? this.ir.emit(OP.sext16, value) : value
  }

  /** i32 of `size` bytes, or i64 of two words at ascending addresses (8), with the bytes of each word reversed; what lies above is zero. */
  private inOtherOrder(value: number, size: number): number {
    const { ir } = this
    if (size === 1) return value
    const reversed = ir.emit(OP.bswap, value)
    if (size === DOUBLE) return ir.emit(OP.ror, reversed, ir.const64(WORD_BITS, 0))
    return this.shrImm(reversed, WORD_BITS - 8 * size)
  }

  /** The value in a register of what memory has, or the other way round. */
  inMemory(value: number, size: number): number {
    return this.isBigEndian ? this.inOtherOrder(value, size) : value
  }

  /** i64: the word at the lower address is the low one. */
  load64(address: number): number {
    this.effects()
    const base = this.place(address)
    return this.inMemory(this.ir.emit(OP.load64, base, NONE, NONE, this.displacement), DOUBLE)
  }

  store(address: number, value: number, size: number, offset = 0): void {
    this.effects()
    const base = this.place(address)
    const at = offset + this.displacement
    this.ir.emit(STORES[size >> 1]!, base, this.inMemory(value, size), NONE, at)
  }

  store64(address: number, value: number): void {
    this.effects()
    const base = this.place(address)
    const at = this.displacement
    this.ir.emit(OP.store64, base, this.inMemory(value, DOUBLE), NONE, at)
  }

  // --- ends of blocks

  /** UNDEFINED. */
  undefinedInsn(): Outcome {
    return this.trap(TRAP_UNDEFINED, 0)
  }

  /** Known but missing; the name is what `-d unimp` prints (found again by decoding the word). */
  unimplemented(_name: string): Outcome {
    return this.trap(TRAP_UNIMPLEMENTED, 0)
  }

  /** Ends the block with an exception at this instruction. */
  trap(reason: number, argument: number): Outcome {
    this.effects()
    this.ir.end(OP['exit.trap'], NONE, reason, argument)
    return END
  }

  /** Ends the block: helper number `helper` (emulate.ts) does this instruction in the engine. */
  emulate(helper: number, argument = 0): Outcome {
    this.effects()
    this.ir.end(OP['exit.emulate'], NONE, helper, argument)
    return END
  }

  /** The system call that the state asks for; the block goes on behind it, but where it is conditional. */
  systemCall(): Outcome {
    const isSure = this.predicate === NONE
    this.effects()
    this.ir.systemCall(this.nextPc)
    if (isSure) return NEXT
    // Behind it everything may be different.
    this.ir.leaveFor(this.nextPc)
    return END
  }

  /** Ends the region behind this instruction: what follows is looked up afresh. */
  leave(): Outcome {
    this.effects()
    this.ir.leaveFor(this.nextPc)
    return END
  }

  /** Ends the block: on to `address` in instruction set `toThumb`; `hint` is EXIT_JUMP or EXIT_CALL. */
  jumpTo(address: number, hint: number = EXIT_JUMP, toThumb: boolean = this.isThumb): Outcome {
    const pc = (toThumb ? (address | 1) >>> 0 : (address & ~3) >>> 0) + keptOf(this.pc)
    if (hint === EXIT_JUMP && this.predicate !== NONE) {
      const { predicate } = this
      this.predicate = NONE
      return this.fork(predicate, pc)
    }
    this.effects()
    this.ir.end(OP.jump, NONE, 0, 0, this.targets.block(pc, hint))
    return END
  }

  /** Ends the block: to `address` in the same instruction set if i32 `cond` is not zero (CBZ), else to the next instruction. */
  branchIf(cond: number, address: number): Outcome {
    this.effects()
    const pc = (this.isThumb ? (address | 1) >>> 0 : address >>> 0) + keptOf(this.pc)
    return this.fork(cond, pc)
  }

  private fork(cond: number, pc: number): Outcome {
    const taken = this.targets.block(pc, EXIT_JUMP)
    const next = this.targets.block(this.nextPc, EXIT_JUMP)
    this.ir.end(OP.br, cond, 0, 0, taken, next)
    return END
  }

  /** LR becomes the return address of a call made here. */
  link(): void {
    this.effects()
    this.setR(LR, this.imm(this.returnPc))
  }

  /** Where a call made here returns to, as LR has it. */
  get returnPc(): number {
    return this.isThumb ? (this.nextPc | 1) >>> 0 : addressOf(this.nextPc)
  }

  /** BXWritePC(): bit 0 of i32 `value` selects the instruction set; `hint` is EXIT_JUMP, EXIT_CALL or EXIT_RETURN. */
  bxWritePc(value: number, hint: number): Outcome {
    this.effects()
    this.ir.end(OP['exit.indirect'], this.withKept(this.ir.emit(OP.zext32, value)), hint)
    return END
  }

  /** i64 `pc` with the state that branches keep. */
  private withKept(pc: number): number {
    const kept = keptOf(this.pc)
    return kept === 0 ? pc : this.ir.emit(OP.or, pc, this.ir.constNumber(kept))
  }

  /** Ends the block: on to `pc`, with i32 `high` in place of the bits `mask` of its high word. */
  continueAt(pc: number, high: number, mask: number): Outcome {
    const { ir } = this
    const rest = Math.floor(pc / TWO_32) & ~mask
    ir.end(OP['exit.indirect'], this.join(this.imm(pc | 0), this.orImm(high, rest)), EXIT_JUMP)
    return END
  }

  /** BranchWritePC(): in the instruction set that this is. */
  branchWritePc(value: number, hint: number): Outcome {
    return this.bxWritePc(this.isThumb ? this.orImm(value, 1) : this.andImm(value, ~3), hint)
  }

  /** LoadWritePC() */
  loadWritePc(value: number, hint: number): Outcome {
    return this.bxWritePc(value, hint)
  }

  /** ALUWritePC(): interworks in A32 only. */
  aluWritePc(value: number, hint: number): Outcome {
    return this.isThumb ? this.branchWritePc(value, hint) : this.bxWritePc(value, hint)
  }
}

/** `value` of `bits` bits, sign-extended. */
export function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits)
}
