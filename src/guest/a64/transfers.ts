/**
 * What a load or store moves: one entry per mnemonic of the single-register families, read by every addressing mode.
 * Loads of unsigned values are made as i64, which is what the register wants.
 */
import { F32, F64, I32, I64, V128 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import type { A64Context } from './context.ts'

export interface Transfer {
  /** Suffix of the mnemonics: ldr + 'b', ldur + 'sw' … */
  readonly suffix: string
  readonly loads: boolean
  /** Encoding fields: size, V, opc. */
  readonly size: string
  readonly V: string
  readonly opc: string
  /** log2 of the bytes moved. */
  readonly scale: number
  /** Formatter of the register. */
  readonly register: string
  /** Register names in row names: 'w', 'x', 'b' … where one mnemonic has several. */
  readonly variant: string
  /** Loads: the value, not yet written to a register. Stores: writes memory and returns NONE. */
  readonly access: (t: A64Context, address: number, offset: number, rt: number) => number
  /** Loads: writes the value to its register. */
  readonly write: (t: A64Context, rt: number, value: number) => void
}

type Access = Transfer['access']
type Write = Transfer['write']

const writeX: Write = (t, rt, value) => t.setX(rt, 1, value)
const writeW: Write = (t, rt, value) => t.setX(rt, 0, value)
const writeF: Write = (t, rt, value) => t.setF(rt, value)
const writeV: Write = (t, rt, value) => t.setV(rt, value)
const writeI: Write = (t, rt, value) => t.setV(rt, t.ir.emit(OP['v.fromi'], value))
const writeNothing: Write = () => {}

function loadOf(op: number, type: number): Access {
  return (t, address, offset) => t.ir.emitTyped(op, type, address, NONE, NONE, offset)
}

function store(t: A64Context, op: number, address: number, value: number, offset: number): number {
  t.ir.emitTyped(op, 0, address, value, NONE, offset)
  return NONE
}

function storeX(op: number, sf: number): Access {
  return (t, address, offset, rt) => store(t, op, address, t.x(rt, sf), offset)
}
function storeLane(op: number): Access {
  return (t, address, offset, rt) => store(t, op, address, t.ir.emit(OP['v.toi32'], t.v(rt)), offset)
}
function storeF(op: number, type: number): Access {
  return (t, address, offset, rt) => store(t, op, address, t.f(rt, type), offset)
}
const storeQ: Access = (t, address, offset, rt) => store(t, OP.storev, address, t.v(rt), offset)

function stores(suffix: string, size: string, V: string, opc: string, scale: number, variant: string, access: Access): Transfer {
  return { suffix, loads: false, size, V, opc, scale, register: variant, variant, access, write: writeNothing }
}
function loads(
  suffix: string,
  size: string,
  V: string,
  opc: string,
  scale: number,
  variant: string,
  access: Access,
  write: Write,
): Transfer {
  return { suffix, loads: true, size, V, opc, scale, register: variant, variant, access, write }
}

export const INTEGER_TRANSFERS: readonly Transfer[] = [
  stores('b', '00', '0', '00', 0, 'w', storeX(OP.store8, 0)),
  loads('b', '00', '0', '01', 0, 'w', loadOf(OP.load8u, I64), writeX),
  loads('sb', '00', '0', '10', 0, 'x', loadOf(OP.load8s, I64), writeX),
  loads('sb', '00', '0', '11', 0, 'w', loadOf(OP.load8s, I32), writeW),
  stores('h', '01', '0', '00', 1, 'w', storeX(OP.store16, 0)),
  loads('h', '01', '0', '01', 1, 'w', loadOf(OP.load16u, I64), writeX),
  loads('sh', '01', '0', '10', 1, 'x', loadOf(OP.load16s, I64), writeX),
  loads('sh', '01', '0', '11', 1, 'w', loadOf(OP.load16s, I32), writeW),
  stores('', '10', '0', '00', 2, 'w', storeX(OP.store32, 0)),
  loads('', '10', '0', '01', 2, 'w', loadOf(OP.load32, I64), writeX),
  loads('sw', '10', '0', '10', 2, 'x', loadOf(OP.load32s, I64), writeX),
  stores('', '11', '0', '00', 3, 'x', storeX(OP.store64, 1)),
  loads('', '11', '0', '01', 3, 'x', loadOf(OP.load64, I64), writeX),
]

export const VECTOR_TRANSFERS: readonly Transfer[] = [
  stores('', '00', '1', '00', 0, 'b', storeLane(OP.store8)),
  loads('', '00', '1', '01', 0, 'b', loadOf(OP.load8u, I32), writeI),
  stores('', '01', '1', '00', 1, 'h', storeLane(OP.store16)),
  loads('', '01', '1', '01', 1, 'h', loadOf(OP.load16u, I32), writeI),
  stores('', '10', '1', '00', 2, 's', storeF(OP.storef32, F32)),
  loads('', '10', '1', '01', 2, 's', loadOf(OP.loadf32, F32), writeF),
  stores('', '11', '1', '00', 3, 'd', storeF(OP.storef64, F64)),
  loads('', '11', '1', '01', 3, 'd', loadOf(OP.loadf64, F64), writeF),
  stores('', '00', '1', '10', 4, 'q', storeQ),
  loads('', '00', '1', '11', 4, 'q', loadOf(OP.loadv, V128), writeV),
]

export const ALL_TRANSFERS: readonly Transfer[] = [...INTEGER_TRANSFERS, ...VECTOR_TRANSFERS]

/** The entry with this register and direction (`ldr`/`str` without a suffix). */
export function plainTransfer(register: string, loadsValue: boolean): Transfer {
  const found = ALL_TRANSFERS.find((m) => m.suffix === '' && m.register === register && m.loads === loadsValue)
  if (found === undefined) throw new Error(`no transfer of ${register}`)
  return found
}
