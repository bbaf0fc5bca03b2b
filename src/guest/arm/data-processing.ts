/**
 * Data processing as both instruction sets have it: sixteen operations on a register and an operand, by the number that A32 encodes them with,
 * and T32's ORN. The operand's carry is `t.shifterCarry`.
 */
import { OP } from '../../ir/ops.ts'
import { EXIT_JUMP, EXIT_RETURN } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, LR, PC } from './context.ts'

export const AND = 0
export const EOR = 1
export const SUB = 2
export const RSB = 3
export const ADD = 4
export const ADC = 5
export const SBC = 6
export const RSC = 7
export const TST = 8
export const TEQ = 9
export const CMP = 10
export const CMN = 11
export const ORR = 12
export const MOV = 13
export const BIC = 14
export const MVN = 15
export const ORN = 16

/** Does the operation set C to the shifter's carry? */
export function isLogical(operation: number): boolean {
  return (operation & 7) <= EOR || operation >= ORR
}

const isCompare = (operation: number): boolean => operation >= TST && operation <= CMN

/** `rd` = `rn` OPERATION i32 `operand`; flags for `S`. Compares have no `rd`, moves no `rn`. */
export function dataProcessing(t: ArmContext, operation: number, S: number, rd: number, rn: number, operand: number): Outcome {
  const { ir } = t
  const carry = t.shifterCarry
  const first = operation === MOV || operation === MVN ? NONE : t.r(rn)
  const takesCarry = operation === ADC || operation === SBC || operation === RSC
  const carryIn = takesCarry ? t.carry() : NONE
  let result: number
  if (isLogical(operation)) result = logical(t, operation, first, operand)
  else if (takesCarry) result = ir.emit(operation === ADC ? OP.adc : OP.sbc, ...inOrder(operation, first, operand), carryIn)
  else if (operation === RSB) result = ir.emit(OP.sub, operand, first)
  else result = ir.emit(operation === ADD || operation === CMN ? OP.add : OP.sub, first, operand)
  if (isCompare(operation) || (S !== 0 && rd !== PC)) setFlags(t, operation, first, operand, result, isLogical(operation) ? carry : carryIn)
  if (isCompare(operation)) return NEXT
  if (rd !== PC) {
    t.setR(rd, result)
    return NEXT
  }
  // With S it is an exception return, which user mode has none of.
  if (S !== 0) return t.undefinedInsn()
  return t.aluWritePc(result, operation === MOV && isLink(t, operand) ? EXIT_RETURN : EXIT_JUMP)
}

/** Is `value` LR as it is? */
export function isLink(t: ArmContext, value: number): boolean {
  return t.ir.op[value] === OP.get && t.ir.imm[value] === LR
}

function logical(t: ArmContext, operation: number, first: number, operand: number): number {
  const { ir } = t
  if (operation === MOV) return operand
  if (operation === MVN) return ir.emit(OP.not, operand)
  if (operation === ORR) return ir.emit(OP.or, first, operand)
  if (operation === ORN) return ir.emit(OP.or, first, ir.emit(OP.not, operand))
  if (operation === BIC) return ir.emit(OP.andn, first, operand)
  return ir.emit(operation === AND || operation === TST ? OP.and : OP.xor, first, operand)
}

/** What is added to or subtracted from, and the other. */
function inOrder(operation: number, first: number, operand: number): readonly [number, number] {
  return operation === RSC ? [operand, first] : [first, operand]
}

/** `carry`: what comes out of the shifter, or goes into a sum with carry. */
function setFlags(t: ArmContext, operation: number, first: number, operand: number, result: number, carry: number): void {
  const { ir } = t
  if (isLogical(operation)) t.setNz(result, carry)
  else if (operation === ADD || operation === CMN) t.setFlags(ir.emit(OP['flags.add'], first, operand))
  else if (operation === RSB) t.setFlags(ir.emit(OP['flags.sub'], operand, first))
  else if (carry !== NONE)
    t.setFlags(ir.emit(operation === ADC ? OP['flags.adc'] : OP['flags.sbc'], ...inOrder(operation, first, operand), carry))
  else t.setFlags(ir.emit(OP['flags.sub'], first, operand))
}
