/**
 * What the handlers of A64 rows are written with: registers by the manual's rules, flags, immediates, shifted and
 * extended operands, addresses, and the ways to end a block. One context lifts one region at a time.
 *
 * Every value it makes is an IR value of the region `ir`; `sf` (0 or 1) chooses W (i32) or X (i64).
 */

import { F32, I32, I64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { COND_CS, EXIT_JUMP, TRAP_UNDEFINED, TRAP_UNIMPLEMENTED } from '../../ir/ops-int.ts'
import { NONE, type Region } from '../../ir/region.ts'
import { END, type InsnContext, notation, type Outcome } from '../insn.ts'
import type { BlockTargets } from '../targets.ts'
import { SLOT_NZCV, SLOT_QC, SLOT_SP, SLOT_V0, SLOT_X0 } from './state.ts'

/** Register number of SP or ZR. */
export const R31 = 31
const COND_ALWAYS = 14
const SHIFT_OPS = [OP.shl, OP.shr, OP.sar, OP.ror]

export class A64Context implements InsnContext {
  readonly ir: Region
  readonly targets: BlockTargets
  /** Guest address of the instruction being lifted. */
  pc = 0

  constructor(ir: Region, targets: BlockTargets) {
    this.ir = ir
    this.targets = targets
  }

  // --- constants

  /** W or X constant from an int32, sign-extended. */
  imm(sf: number, value: number): number {
    return this.ir.constInt(sf ? I64 : I32, value)
  }

  // --- i32 and i64 operations with an int32 operand, sign-extended to the width of `value`

  andImm(value: number, operand: number): number {
    return this.withImm(OP.and, value, operand)
  }
  xorImm(value: number, operand: number): number {
    return this.withImm(OP.xor, value, operand)
  }
  shlImm(value: number, by: number): number {
    return this.withImm(OP.shl, value, by)
  }
  shrImm(value: number, by: number): number {
    return this.withImm(OP.shr, value, by)
  }
  private withImm(op: number, value: number, operand: number): number {
    return this.ir.emit(op, value, this.ir.constInt(this.ir.type[value]!, operand))
  }

  // --- general registers

  /** Xn or Wn; 31 is zero. */
  x(n: number, sf = 1): number {
    const ir = this.ir
    if (n === R31) return this.imm(sf, 0)
    const value = ir.get(SLOT_X0 + n)
    return sf ? value : ir.emit(OP.trunc, value)
  }

  /** Writes Xn, or Wn with the upper half zero; 31 goes nowhere. */
  setX(n: number, sf: number, value: number): void {
    if (n === R31) return
    this.ir.put(SLOT_X0 + n, sf ? value : this.ir.emit(OP.zext32, value))
  }

  /** Xn or Wn; 31 is the stack pointer. */
  xsp(n: number, sf = 1): number {
    const value = this.ir.get(n === R31 ? SLOT_SP : SLOT_X0 + n)
    return sf ? value : this.ir.emit(OP.trunc, value)
  }

  setXsp(n: number, sf: number, value: number): void {
    this.ir.put(n === R31 ? SLOT_SP : SLOT_X0 + n, sf ? value : this.ir.emit(OP.zext32, value))
  }

  /** ShiftReg(): `shift` 0 LSL, 1 LSR, 2 ASR, 3 ROR by `amount`. */
  shifted(n: number, shift: number, amount: number, sf: number): number {
    const value = this.x(n, sf)
    return amount === 0 || n === R31 ? value : this.ir.emit(SHIFT_OPS[shift]!, value, this.imm(sf, amount))
  }

  /** ExtendReg(): `option` 0..7 UXTB UXTH UXTW UXTX SXTB SXTH SXTW SXTX, then shifted left. */
  extended(n: number, option: number, shift: number, sf: number): number {
    const ir = this.ir
    let value: number
    if ((option & 3) === 3 || ((option & 3) === 2 && !sf)) value = this.x(n, sf)
    else {
      value = this.x(n, 0)
      if ((option & 3) === 2) value = ir.emit(option & 4 ? OP.sext32 : OP.zext32, value)
      else {
        const narrow = (option & 3) === 0 ? (option & 4 ? OP.sext8 : OP.zext8) : option & 4 ? OP.sext16 : OP.zext16
        value = ir.emit(narrow, value)
        if (sf) value = ir.emit(option & 4 ? OP.sext32 : OP.zext32, value)
      }
    }
    return shift === 0 ? value : ir.emit(OP.shl, value, this.imm(sf, shift))
  }

  // --- vector and floating-point registers

  v(n: number): number {
    return this.ir.get(SLOT_V0 + n)
  }

  setV(n: number, value: number): void {
    this.ir.put(SLOT_V0 + n, value)
  }

  /** Scalar Sn (`type` F32) or Dn (F64). */
  f(n: number, type: number): number {
    return this.ir.emit(type === F32 ? OP['v.tof32'] : OP['v.tof64'], this.v(n))
  }

  /** Writes a scalar f32 or f64; the rest of the register becomes zero. */
  setF(n: number, value: number): void {
    this.setV(n, this.ir.emit(OP['v.fromf'], value))
  }

  /** QC is set if any bit of v128 `mask` is. */
  saturate(mask: number): void {
    const { ir } = this
    ir.put(SLOT_QC, ir.emit(OP.vor, ir.get(SLOT_QC), mask))
  }

  // --- flags

  /** NZCV as a flags value. */
  flags(): number {
    return this.ir.emit(OP.unpack, this.ir.get(SLOT_NZCV))
  }

  setFlags(flags: number): void {
    this.ir.put(SLOT_NZCV, this.ir.emit(OP.pack, flags))
  }

  /** ConditionHolds(): i32, 0 or 1; 14 and 15 always hold. */
  cond(cond: number): number {
    if (cond >= COND_ALWAYS) return this.ir.const32(1)
    return this.ir.emit(OP.test, this.flags(), NONE, NONE, cond)
  }

  /** PSTATE.C as i32. */
  carry(): number {
    return this.cond(COND_CS)
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
    this.ir.end(OP['exit.trap'], NONE, reason, argument)
    return END
  }

  /** Ends the block: helper number `helper` (emulate.ts) does this instruction in the engine. */
  emulate(helper: number, argument = 0): Outcome {
    this.ir.end(OP['exit.emulate'], NONE, helper, argument)
    return END
  }

  /**
   * Ends the block with a barrier: if i32 `cond` is not zero, lines of code have been named, and the engine does this instruction by `helper` where there are
   * translations of them. Otherwise, and then, the next one follows, here or, for `leaves`, behind the end of the region.
   */
  renewIf(cond: number, helper: number, leaves: boolean): Outcome {
    this.forkIf(cond, leaves)
    this.ir.end(OP['exit.stale'], NONE, helper, 0)
    return END
  }

  /** Ends the region: on to the next instruction, by way of the engine if i32 `cond` is not zero. */
  leaveByEngineIf(cond: number): Outcome {
    this.forkIf(cond, true)
    this.ir.leaveFor(this.pc + 4, OP['exit.poll'])
    return END
  }

  /** Ends the block and begins the one for i32 `cond` not zero; otherwise the next instruction follows, for `leaves` behind the end of the region. */
  private forkIf(cond: number, leaves: boolean): void {
    const { targets, ir } = this
    const taken = targets.own()
    const next = leaves ? targets.own() : targets.block(this.pc + 4, EXIT_JUMP)
    ir.end(OP.br, cond, 0, 0, taken, next)
    if (leaves) {
      targets.begin(next)
      this.leaveFor(this.pc + 4)
    }
    targets.begin(taken)
  }

  /** Ends the block: on to guest address `pc`. */
  jumpTo(pc: number, hint: number = EXIT_JUMP): Outcome {
    this.ir.end(OP.jump, NONE, 0, 0, this.targets.block(pc, hint))
    return END
  }

  /** Ends the region at `pc`: what lies there is looked up afresh. */
  leaveFor(pc: number): Outcome {
    this.ir.leaveFor(pc)
    return END
  }

  /** Ends the block: to `takenPc` if i32 `cond` is not zero, else to the next instruction. */
  branchIf(cond: number, takenPc: number): Outcome {
    const taken = this.targets.block(takenPc, EXIT_JUMP)
    const next = this.targets.block(this.pc + 4, EXIT_JUMP)
    this.ir.end(OP.br, cond, 0, 0, taken, next)
    return END
  }

  /** Ends the block: to the address in i64 `value`; `hint` is EXIT_JUMP, EXIT_CALL or EXIT_RETURN. */
  jumpIndirect(value: number, hint: number): Outcome {
    this.ir.end(OP['exit.indirect'], value, hint)
    return END
  }
}

export const { insn, todo } = notation<A64Context>()

/** `value` of `bits` bits, sign-extended. */
export function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits)
}
