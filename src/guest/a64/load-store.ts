/**
 * A64 loads and stores of one register in all addressing modes, literals, prefetches, and the ordered unscaled forms
 * (manual C4.1.97). An instruction accesses memory before it writes any register, so that a fault leaves the state as it was.
 * Write-back to the register loaded: the address wins, as on the reference emulator.
 */
import { OP } from '../../ir/ops.ts'
import { FENCE_FULL, PREFETCH_L1, PREFETCH_L2, PREFETCH_L3, PREFETCH_STREAM, PREFETCH_WRITE } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type A64Context, insn, signed } from './context.ts'
import { ALL_TRANSFERS, INTEGER_TRANSFERS, plainTransfer, type Transfer } from './transfers.ts'

/** [base + offset]. */
function transferAt(t: A64Context, m: Transfer, base: number, offset: number, rt: number): Outcome {
  const value = m.access(t, base, offset, rt)
  m.write(t, rt, value)
  return NEXT
}

/** Accesses [base + offset], then base += step. */
function transferWriteback(t: A64Context, m: Transfer, rn: number, offset: number, step: number, rt: number): Outcome {
  const base = t.xsp(rn)
  const value = m.access(t, base, offset, rt)
  const next = t.ir.emit(OP.add, base, t.imm(1, step))
  m.write(t, rt, value)
  t.setXsp(rn, 1, next)
  return NEXT
}

const ldst = (m: Transfer) => (m.loads ? 'ld' : 'st')
const rowName = (mnemonic: string, m: Transfer, mode: string) => `${mnemonic}.${m.variant}.${mode}`

function modes(m: Transfer): Row<A64Context>[] {
  const ldr = `${ldst(m)}r${m.suffix}`
  const rt = `{${m.register}:rt}`
  const prefix = `${m.size} 111 ${m.V}` as const
  return [
    insn(rowName(ldr, m, 'uimm'), `${prefix} 01 ${m.opc} imm12:12 rn:5 rt:5`, `${ldr} ${rt}, [{xsp:rn}{scaled.${m.scale}:imm12}]`, (t, f) =>
      transferAt(t, m, t.xsp(f.rn), f.imm12 << m.scale, f.rt),
    ),
    insn(
      rowName(`${ldst(m)}ur${m.suffix}`, m, 'simm'),
      `${prefix} 00 ${m.opc} 0 imm9:9 00 rn:5 rt:5`,
      `${ldst(m)}ur${m.suffix} ${rt}, [{xsp:rn}{offset.9:imm9}]`,
      (t, f) => transferAt(t, m, t.xsp(f.rn), signed(f.imm9, 9), f.rt),
    ),
    insn(rowName(ldr, m, 'post'), `${prefix} 00 ${m.opc} 0 imm9:9 01 rn:5 rt:5`, `${ldr} ${rt}, [{xsp:rn}], {simm.9:imm9}`, (t, f) =>
      transferWriteback(t, m, f.rn, 0, signed(f.imm9, 9), f.rt),
    ),
    insn(rowName(ldr, m, 'pre'), `${prefix} 00 ${m.opc} 0 imm9:9 11 rn:5 rt:5`, `${ldr} ${rt}, [{xsp:rn}, {simm.9:imm9}]!`, (t, f) =>
      transferWriteback(t, m, f.rn, signed(f.imm9, 9), signed(f.imm9, 9), f.rt),
    ),
    insn(
      rowName(ldr, m, 'reg'),
      `${prefix} 00 ${m.opc} 1 rm:5 option:3 S:1 10 rn:5 rt:5`,
      `${ldr} ${rt}, [{xsp:rn}, {index.${m.scale}:rm}]`,
      (t, f) => {
        if ((f.option & 2) === 0) return t.undefinedInsn()
        const index = t.extended(f.rm, f.option, f.S ? m.scale : 0, 1)
        return transferAt(t, m, t.ir.emit(OP.add, t.xsp(f.rn), index), 0, f.rt)
      },
    ),
  ]
}

/** Unprivileged forms: at EL0 like the unscaled ones. */
function unprivileged(m: Transfer): Row<A64Context> {
  const mnemonic = `${ldst(m)}tr${m.suffix}`
  return insn(
    rowName(mnemonic, m, 'simm'),
    `${m.size} 111 0 00 ${m.opc} 0 imm9:9 10 rn:5 rt:5`,
    `${mnemonic} {${m.register}:rt}, [{xsp:rn}{offset.9:imm9}]`,
    (t, f) => transferAt(t, m, t.xsp(f.rn), signed(f.imm9, 9), f.rt),
  )
}

/**
 * LDAPUR* and STLUR* (FEAT_LRCPC2). Host loads acquire and host stores release; a store-release must also stay before a later
 * load-acquire, which takes a full fence.
 */
function ordered(m: Transfer): Row<A64Context> {
  const mnemonic = `${m.loads ? 'ldapur' : 'stlur'}${m.suffix}`
  return insn(
    rowName(mnemonic, m, 'simm'),
    `${m.size} 011001 ${m.opc} 0 imm9:9 00 rn:5 rt:5`,
    `${mnemonic} {${m.register}:rt}, [{xsp:rn}{offset.9:imm9}]`,
    (t, f) => {
      transferAt(t, m, t.xsp(f.rn), signed(f.imm9, 9), f.rt)
      if (!m.loads) t.ir.emitTyped(OP.fence, 0, NONE, NONE, NONE, FENCE_FULL)
      return NEXT
    },
  )
}

function literal(opc: string, V: string, m: Transfer, mnemonic: string): Row<A64Context> {
  return insn(rowName(mnemonic, m, 'lit'), `${opc} 011 ${V} 00 imm19:19 rt:5`, `${mnemonic} {${m.register}:rt}, {label.19:imm19}`, (t, f) =>
    transferAt(t, m, t.ir.constNumber(t.pc + 4 * signed(f.imm19, 19)), 0, f.rt),
  )
}

/** Types of PRFM. */
const PRFOP_LOAD = 0
const PRFOP_STORE = 2
const PREFETCH_LEVELS = [PREFETCH_L1, PREFETCH_L2, PREFETCH_L3] as const

/** PRFM of data: `prfop` is type (load, instruction, store), level, policy. What is reserved, and instructions, are left alone. */
function prefetch(t: A64Context, prfop: number, address: number, displacement: number): Outcome {
  const level = PREFETCH_LEVELS[(prfop >> 1) & 3]
  const type = prfop >> 3
  if (level === undefined || (type !== PRFOP_LOAD && type !== PRFOP_STORE)) return NEXT
  const kind = type === PRFOP_STORE ? PREFETCH_WRITE : (prfop & 1) !== 0 ? PREFETCH_STREAM : level
  t.ir.emitTyped(OP.prefetch, 0, address, NONE, NONE, displacement, kind)
  return NEXT
}

const loadSigned = INTEGER_TRANSFERS.find((m) => m.suffix === 'sw')!

export const loadStoreRows = [
  ...ALL_TRANSFERS.flatMap(modes),
  ...INTEGER_TRANSFERS.map(unprivileged),
  ...INTEGER_TRANSFERS.map(ordered),

  literal('00', '0', plainTransfer('w', true), 'ldr'),
  literal('01', '0', plainTransfer('x', true), 'ldr'),
  literal('10', '0', loadSigned, 'ldrsw'),
  literal('00', '1', plainTransfer('s', true), 'ldr'),
  literal('01', '1', plainTransfer('d', true), 'ldr'),
  literal('10', '1', plainTransfer('q', true), 'ldr'),

  insn('prfm.uimm', '11 111 0 01 10 imm12:12 rn:5 rt:5', 'prfm {prfop:rt}, [{xsp:rn}{scaled.3:imm12}]', (t, f) =>
    prefetch(t, f.rt, t.xsp(f.rn), 8 * f.imm12),
  ),
  insn('prfum', '11 111 0 00 10 0 imm9:9 00 rn:5 rt:5', 'prfum {prfop:rt}, [{xsp:rn}{offset.9:imm9}]', (t, f) =>
    prefetch(t, f.rt, t.xsp(f.rn), signed(f.imm9, 9)),
  ),
  insn('prfm.reg', '11 111 0 00 10 1 rm:5 option:3 S:1 10 rn:5 rt:5', 'prfm {prfop:rt}, [{xsp:rn}, {index.3:rm}]', (t, f) => {
    if ((f.option & 2) === 0) return t.undefinedInsn()
    return prefetch(t, f.rt, t.ir.emit(OP.add, t.xsp(f.rn), t.extended(f.rm, f.option, f.S ? 3 : 0, 1)), 0)
  }),
  insn('prfm.lit', '11 011 0 00 imm19:19 rt:5', 'prfm {prfop:rt}, {label.19:imm19}', () => NEXT),
]
