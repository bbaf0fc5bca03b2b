/**
 * Shifted operands and their carry (manual, Shift_C and ARMExpandImm_C). A function leaves the carry in `t.shifterCarry`: an i32 value (0 or 1),
 * or NONE when the shift does not change C; it is computed only when asked for.
 */
import { OP } from '../../ir/ops.ts'
import { CMP_EQ, CMP_ULT } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import type { ArmContext } from './context.ts'

export const LSL = 0
export const LSR = 1
export const ASR = 2
export const ROR = 3
const OPS = [OP.shl, OP.shr, OP.sar, OP.ror]
const WIDTH = 32
const TOP = WIDTH - 1

/** `imm12` of A32: eight bits rotated right by an even amount; carry is bit 31 unless that is 0. */
export function expandImm(t: ArmContext, imm12: number, wantsCarry = false): number {
  const amount = 2 * (imm12 >> 8)
  const value = rotated(imm12 & 0xff, amount)
  t.shifterCarry = wantsCarry && amount !== 0 ? t.imm(value >>> TOP) : NONE
  return t.imm(value)
}

/** `value` (eight bits) rotated right by `amount`, an int32. */
export function rotated(value: number, amount: number): number {
  return amount === 0 ? value : (value >>> amount) | (value << (WIDTH - amount))
}

function bit(t: ArmContext, value: number, n: number): number {
  return t.andImm(t.shrImm(value, n), 1)
}

/** Shift by an immediate as encoded (DecodeImmShift): 0 stands for 32 with LSR and ASR, for RRX with ROR. */
export function shiftImm(t: ArmContext, value: number, type: number, imm5: number, wantsCarry = false): number {
  const { ir } = t
  t.shifterCarry = NONE
  if (imm5 !== 0) {
    if (wantsCarry) t.shifterCarry = bit(t, value, type === LSL ? WIDTH - imm5 : imm5 - 1)
    return ir.emit(OPS[type]!, value, t.imm(imm5))
  }
  if (type === LSL) return value
  if (type === ROR) {
    const result = ir.emit(OP.or, t.shlImm(t.carry(), TOP), t.shrImm(value, 1))
    if (wantsCarry) t.shifterCarry = t.andImm(value, 1)
    return result
  }
  if (wantsCarry) t.shifterCarry = t.shrImm(value, TOP)
  return type === LSR ? t.imm(0) : t.sarImm(value, TOP)
}

/** Shift by the low byte of a register, 0 to 255. */
export function shiftReg(t: ArmContext, value: number, type: number, register: number, wantsCarry = false): number {
  const { ir } = t
  t.shifterCarry = NONE
  const amount = t.andImm(register, 0xff)
  if (type === ROR) {
    const result = ir.emit(OP.ror, value, amount)
    if (wantsCarry) t.shifterCarry = carryIf(t, amount, t.shrImm(result, TOP))
    return result
  }
  if (!wantsCarry) {
    const isShort = ir.emit(OP.icmp, amount, t.imm(WIDTH), NONE, CMP_ULT)
    if (type === ASR) return ir.emit(OP.sar, value, ir.emit(OP.select, isShort, amount, t.imm(TOP)))
    return ir.emit(OP.select, isShort, ir.emit(OPS[type]!, value, amount), t.imm(0))
  }
  // In 64 bits: the result is one word, what has been shifted out is in the other; 63 is as good as any larger amount.
  const isShort = ir.emit(OP.icmp, amount, t.imm(2 * WIDTH), NONE, CMP_ULT)
  const by = ir.emit(OP.zext32, ir.emit(OP.select, isShort, amount, t.imm(2 * WIDTH - 1)))
  const wide = ir.emit(OP.zext32, value)
  if (type === LSL) {
    const result = ir.emit(OP.shl, wide, by)
    t.shifterCarry = carryIf(t, amount, t.andImm(t.high(result), 1))
    return t.low(result)
  }
  const result = ir.emit(OPS[type]!, ir.emit(OP.shl, wide, ir.const64(WIDTH, 0)), by)
  t.shifterCarry = carryIf(t, amount, t.shrImm(t.low(result), TOP))
  return t.high(result)
}

/** C as it is if `amount` is 0, else `carry`. */
function carryIf(t: ArmContext, amount: number, carry: number): number {
  const { ir } = t
  return ir.emit(OP.select, ir.emit(OP.icmp, amount, t.imm(0), NONE, CMP_EQ), t.carry(), carry)
}
