/**
 * What a side table's entry says: where the values are that the notes in force name.
 *
 * A value that only notes use is not computed (FOLD_RECIPE in uses.ts): its entry has the expression, in postfix order. Operands come first, as
 * locations of no slot; then a LOC_ROW for each operation, which takes as many of the operands as its op has arguments; the last one has the slot.
 */
import { I32, I64 } from '../ir/op-row.ts'
import { OP, OP_ARG_COUNT } from '../ir/ops.ts'
import { NONE } from '../ir/region.ts'
import type { Emitter } from './emitter.ts'
import { FOLD_CONST, isInner } from './folds.ts'
import { XMM } from './registers.ts'
import { LOC_CONST, LOC_GPR, LOC_MEMORY, LOC_MEMORY_32, LOC_ROW, LOC_XMM, operand, rowWord } from './side-table.ts'

/** The next instruction emitted may fault: records where the guest's state is. */
export function recordState(e: Emitter): void {
  const { sides, region, notes } = e
  sides.begin(e.asm.pos, region.at[e.row]!)
  for (let i = 0; i < notes.count; i++) {
    const v = notes.values[i]!
    if (isInner(e.uses.fold[v]!)) expression(e, notes.slots[i]!, v)
    else location(e, notes.slots[i]!, v)
  }
}

/** Where root value `v` is. */
function location(e: Emitter, slot: number, v: number): void {
  const { sides, region, regs } = e
  const reg = regs.regOf[v]!
  if (reg >= XMM) sides.location(slot, LOC_XMM, reg - XMM, 0)
  else if (reg !== NONE) sides.location(slot, LOC_GPR, reg, 0)
  else if (region.op[v] === OP.const) sides.location(slot, LOC_CONST, region.imm[v]!, region.imm2[v]!)
  else if (e.uses.fold[v] === FOLD_CONST) throw new Error('x64: vector constant in a note')
  else sides.location(slot, region.type[v] === I32 ? LOC_MEMORY_32 : LOC_MEMORY, regs.home[v]!, 0)
}

/** How root value `v`, which is no place's, is computed. */
function expression(e: Emitter, slot: number, v: number): void {
  const { region } = e
  const op = region.op[v]!
  const count = OP_ARG_COUNT[op]!
  if (count > 0) argument(e, region.a[v]!)
  if (count > 1) argument(e, region.b[v]!)
  if (count > 2) argument(e, region.c[v]!)
  e.sides.location(slot, LOC_ROW, rowWord(op, region.type[v]!), region.imm[v]!)
}

function argument(e: Emitter, v: number): void {
  const { region } = e
  const r = e.root(v)
  const type = region.type[v]!
  if (!isInner(e.uses.fold[r]!)) {
    location(e, operand(type), r)
    return
  }
  expression(e, operand(region.type[r]!), r)
  // Another type's name for the same bits: the conversion that it stands for.
  if (type !== region.type[r]) e.sides.location(operand(type), LOC_ROW, rowWord(conversionTo(type), type), 0)
}

function conversionTo(type: number): number {
  return type === I32 ? OP.trunc : type === I64 ? OP.zext32 : OP.unpack
}
