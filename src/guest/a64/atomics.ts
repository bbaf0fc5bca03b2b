/** A64 atomic memory operations, FEAT_LSE (manual C4.1.97.3). All are sequentially consistent on the host, whatever their ordering. */
import { OP } from '../../ir/ops.ts'
import { RMW_CLR, RMW_OR, RMW_SMAX, RMW_SMIN, RMW_UMAX, RMW_UMIN, RMW_XOR } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'

/** Emits the operation on 2^size bytes at `address` and gives the old value. */
type Operation = (t: A64Context, address: number, operand: number, bytes: number) => number

const rmw =
  (operation: number): Operation =>
  (t, address, operand, bytes) =>
    t.ir.emit(OP.rmw, address, operand, NONE, bytes, operation)

/** Mnemonic, o3:opc, operation. */
const OPERATIONS: readonly (readonly [string, string, Operation])[] = [
  ['ldadd', '0 000', (t, address, operand, bytes) => t.ir.emit(OP.xadd, address, operand, NONE, bytes)],
  ['ldclr', '0 001', rmw(RMW_CLR)],
  ['ldeor', '0 010', rmw(RMW_XOR)],
  ['ldset', '0 011', rmw(RMW_OR)],
  ['ldsmax', '0 100', rmw(RMW_SMAX)],
  ['ldsmin', '0 101', rmw(RMW_SMIN)],
  ['ldumax', '0 110', rmw(RMW_UMAX)],
  ['ldumin', '0 111', rmw(RMW_UMIN)],
  ['swp', '1 000', (t, address, operand, bytes) => t.ir.emit(OP.xchg, address, operand, NONE, bytes)],
]

/** Suffix and the bits A, R. */
const ORDERS = [
  ['', '0', '0'],
  ['l', '0', '1'],
  ['a', '1', '0'],
  ['al', '1', '1'],
] as const

export const atomicRows: readonly Row<A64Context>[] = OPERATIONS.flatMap(([mnemonic, code, operation]) =>
  ORDERS.map(([order, A, R]) =>
    insn(
      `${mnemonic}${order}`,
      `size:2 111 0 00 ${A} ${R} 1 rs:5 ${code} 00 rn:5 rt:5`,
      `${mnemonic}${order}{bh:size} {xw:rs}, {xw:rt}, [{xsp:rn}]`,
      (t, f) => {
        const sf = f.size === 3 ? 1 : 0
        const old = operation(t, t.xsp(f.rn), t.x(f.rs, sf), 1 << f.size)
        t.setX(f.rt, sf, old)
        return NEXT
      },
    ),
  ),
)
