/**
 * A64 loads and stores of register pairs (manual C4.1.97): offset, pre- and post-indexed, non-temporal. Both accesses come before
 * any register is written. Two loads to one register: the second wins; write-back to a register loaded: the address wins.
 */
import { OP } from '../../ir/ops.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type A64Context, insn, signed } from './context.ts'
import { INTEGER_TRANSFERS, plainTransfer, type Transfer } from './transfers.ts'

interface Pair {
  readonly imm7: number
  readonly rt2: number
  readonly rn: number
  readonly rt: number
}

/** Accesses at Rn + offset; with write-back Rn += step. */
function pair(t: A64Context, m: Transfer, f: Pair, indexed: boolean, offset: number, step: number): Outcome {
  const base = t.xsp(f.rn)
  const first = m.access(t, base, offset, f.rt)
  const second = m.access(t, base, offset + (1 << m.scale), f.rt2)
  const next = indexed ? t.ir.emit(OP.add, base, t.imm(1, step)) : base
  m.write(t, f.rt, first)
  m.write(t, f.rt2, second)
  if (indexed) t.setXsp(f.rn, 1, next)
  return NEXT
}

function modes(opc: string, V: string, m: Transfer): Row<A64Context>[] {
  const mnemonic = `${m.loads ? 'ldp' : 'stp'}${m.suffix}`
  const registers = `{${m.register}:rt}, {${m.register}:rt2}`
  const L = m.loads ? '1' : '0'
  const rest = `${L} imm7:7 rt2:5 rn:5 rt:5` as const
  const offset = (f: Pair) => signed(f.imm7, 7) << m.scale
  return [
    insn(
      `${mnemonic}.${m.variant}`,
      `${opc} 101 ${V} 010 ${rest}`,
      `${mnemonic} ${registers}, [{xsp:rn}{offset7.${m.scale}:imm7}]`,
      (t, f) => pair(t, m, f, false, offset(f), 0),
    ),
    insn(
      `${mnemonic}.${m.variant}.post`,
      `${opc} 101 ${V} 001 ${rest}`,
      `${mnemonic} ${registers}, [{xsp:rn}], {index7.${m.scale}:imm7}`,
      (t, f) => pair(t, m, f, true, 0, offset(f)),
    ),
    insn(
      `${mnemonic}.${m.variant}.pre`,
      `${opc} 101 ${V} 011 ${rest}`,
      `${mnemonic} ${registers}, [{xsp:rn}, {index7.${m.scale}:imm7}]!`,
      (t, f) => pair(t, m, f, true, offset(f), offset(f)),
    ),
  ]
}

function nonTemporal(opc: string, V: string, m: Transfer): Row<A64Context> {
  const mnemonic = m.loads ? 'ldnp' : 'stnp'
  return insn(
    `${mnemonic}.${m.variant}`,
    `${opc} 101 ${V} 000 ${m.loads ? '1' : '0'} imm7:7 rt2:5 rn:5 rt:5`,
    `${mnemonic} {${m.register}:rt}, {${m.register}:rt2}, [{xsp:rn}{offset7.${m.scale}:imm7}]`,
    (t, f) => pair(t, m, f, false, signed(f.imm7, 7) << m.scale, 0),
  )
}

const REGISTERS = [
  ['00', '0', 'w'],
  ['10', '0', 'x'],
  ['00', '1', 's'],
  ['01', '1', 'd'],
  ['10', '1', 'q'],
] as const

export const loadPairRows = [
  ...REGISTERS.flatMap(([opc, V, register]) =>
    [false, true].flatMap((loads) => [
      ...modes(opc, V, plainTransfer(register, loads)),
      nonTemporal(opc, V, plainTransfer(register, loads)),
    ]),
  ),
  ...modes('01', '0', INTEGER_TRANSFERS.find((m) => m.suffix === 'sw')!),
]
