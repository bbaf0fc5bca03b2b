/** NZCV in its two forms: the manual's four bits (at 31:28 of the register), and the packed form of the state slot. */
import { OP } from '../../ir/ops.ts'
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../ir/ops-int.ts'
import { NEXT, type Outcome } from '../insn.ts'
import type { A64Context } from './context.ts'
import { SLOT_NZCV } from './state.ts'

/** N Z C V (bits 3..0) to packed. */
export function packNzcv(nzcv: number): number {
  return (nzcv & 8 ? PACKED_N : 0) | (nzcv & 4 ? PACKED_Z : 0) | (nzcv & 2 ? PACKED_C : 0) | (nzcv & 1 ? PACKED_V : 0)
}

/** The parts of packed flags and how far left they lie in the NZCV register: N 31, Z 30, C 29, V 28. */
const PARTS = [
  [PACKED_N | PACKED_Z, 16],
  [PACKED_C, 21],
  [PACKED_V, 28],
] as const

/** NZCV as the system register has it, i64. */
export function readNzcv(t: A64Context): number {
  const ir = t.ir
  const packed = ir.get(SLOT_NZCV)
  let value = -1
  for (const [mask, shift] of PARTS) {
    const part = ir.emit(OP.shl, ir.emit(OP.and, packed, ir.const32(mask)), ir.const32(shift))
    value = value < 0 ? part : ir.emit(OP.or, value, part)
  }
  return ir.emit(OP.zext32, value)
}

/** NZCV from bits 31:28 of i64 `value`. */
export function writeNzcv(t: A64Context, value: number): Outcome {
  const ir = t.ir
  const word = ir.emit(OP.trunc, value)
  let packed = -1
  for (const [mask, shift] of PARTS) {
    const part = ir.emit(OP.and, ir.emit(OP.shr, word, ir.const32(shift)), ir.const32(mask))
    packed = packed < 0 ? part : ir.emit(OP.or, packed, part)
  }
  ir.put(SLOT_NZCV, packed)
  return NEXT
}
