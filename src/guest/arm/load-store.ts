/** Loads and stores of one register as both instruction sets have them. */
import { OP } from '../../ir/ops.ts'
import { EXIT_JUMP, EXIT_RETURN } from '../../ir/ops-int.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, PC, SP } from './context.ts'

/** The fields of A32: P and W choose between offset (1 0), pre-indexed (1 1) and post-indexed addressing (0). */
export interface Access {
  readonly P: number
  readonly U: number
  readonly W: number
  readonly rn: number
  readonly rt: number
}

/** What the base register becomes; `offset` is i32. */
export function moved(t: ArmContext, f: Access, offset: number): number {
  const base = f.rn === PC ? t.imm(t.alignedPc) : t.r(f.rn)
  return t.ir.emit(f.U ? OP.add : OP.sub, base, offset)
}

/** The address of the access; `next` is what the base becomes. */
export function addressed(t: ArmContext, f: Access, next: number): number {
  return f.P ? next : t.r(f.rn)
}

export function writeBack(t: ArmContext, f: Access, next: number): void {
  if (!f.P || f.W) t.setR(f.rn, next)
}

/** LDR and its narrower forms. */
export function loadRegister(t: ArmContext, f: Access, offset: number, size: number, isSigned = false): Outcome {
  const next = moved(t, f, offset)
  const value = t.load(addressed(t, f, next), size, isSigned)
  writeBack(t, f, next)
  if (f.rt !== PC) {
    t.setR(f.rt, value)
    return NEXT
  }
  return t.loadWritePc(value, f.rn === SP && !f.P ? EXIT_RETURN : EXIT_JUMP)
}

/** STR and its narrower forms. */
export function storeRegister(t: ArmContext, f: Access, offset: number, size: number): Outcome {
  const next = moved(t, f, offset)
  t.store(addressed(t, f, next), t.r(f.rt), size)
  writeBack(t, f, next)
  return NEXT
}
