/**
 * A64 system instructions (manual C4.1.94): hints, barriers, PSTATE, cache maintenance, system registers. What only higher
 * exception levels may do has no row and is undefined here.
 */
import { I32 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { CMP_NE, CMP_UGT, FENCE_FULL, FENCE_LOAD, FENCE_STORE } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { emulateHelper } from '../emulate.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { A64_STATE, NO_RESERVATION, SLOT_EXCLUSIVE_ADDRESS, SLOT_STALE_FROM, SLOT_STALE_TO } from './state.ts'
import { DC_ZVA_BYTES, SYSTEM_REGISTERS, systemRegisterKey } from './system-registers.ts'

function fence(t: A64Context, kind: number): Outcome {
  t.ir.emitTyped(OP.fence, 0, NONE, NONE, NONE, kind)
  return NEXT
}

/** DMB and DSB, the fence: the low bits of CRm are the access types that wait. */
function barrier(t: A64Context, f: { CRm: number }): Outcome {
  const types = f.CRm & 3
  return fence(t, types === 1 ? FENCE_LOAD : types === 2 ? FENCE_STORE : FENCE_FULL)
}

interface SystemFields {
  readonly o0: number
  readonly op1: number
  readonly CRn: number
  readonly CRm: number
  readonly op2: number
}

function systemRegister(f: SystemFields) {
  return SYSTEM_REGISTERS.get(systemRegisterKey(2 + f.o0, f.op1, f.CRn, f.CRm, f.op2))
}

/** By-address maintenance reads: on an unmapped address it faults as a load does. */
function touch(t: A64Context, rt: number): Outcome {
  t.ir.emitTyped(OP.load8u, I32, t.x(rt), NONE, NONE, 0)
  return NEXT
}

const CACHE_LINE = 64
const TWO_32 = 0x1_0000_0000
const STALE_FROM = A64_STATE[SLOT_STALE_FROM]!.offset
const STALE_TO = A64_STATE[SLOT_STALE_TO]!.offset

/** IC IVAU: its effect is only guaranteed behind a DSB, so lines are collected until then, and programs name them one after the other. */
function invalidateLine(t: A64Context, rt: number): Outcome {
  const { ir } = t
  const from = ir.emit(OP.and, t.x(rt), t.imm(1, -CACHE_LINE))
  widen(t, SLOT_STALE_FROM, ir.emit(OP.not, from))
  widen(t, SLOT_STALE_TO, ir.emit(OP.add, from, t.imm(1, CACHE_LINE)))
  return NEXT
}

/** A slot gets `value` if that is larger, unsigned. */
function widen(t: A64Context, slot: number, value: number): void {
  const old = t.ir.get(slot)
  t.ir.put(slot, t.ir.emit(OP.select, t.ir.emit(OP.icmp, value, old, NONE, CMP_UGT), value, old))
}

/** Are there lines that were collected? i32 */
function isStale(t: A64Context): number {
  return t.ir.emit(OP.icmp, t.ir.get(SLOT_STALE_TO), t.imm(1, 0), NONE, CMP_NE)
}

const invalidateStale = emulateHelper('ic', ({ state, invalidate }) => {
  const word = (offset: number): number => state.getUint32(offset, true)
  const from = (~word(STALE_FROM + 4) >>> 0) * TWO_32 + (~word(STALE_FROM) >>> 0)
  const to = word(STALE_TO + 4) * TWO_32 + word(STALE_TO)
  for (const offset of [STALE_FROM, STALE_TO]) for (const half of [0, 4]) state.setUint32(offset + half, 0, true)
  invalidate(from, to - from)
})

export const systemRows = [
  insn('hint', '1101010100 0 00 011 0010 CRm:4 op2:3 11111', '{hint:CRm}', () => NEXT),
  insn('clrex', '1101010100 0 00 011 0011 CRm:4 010 11111', 'clrex{crm15:CRm}', (t) => {
    t.ir.put(SLOT_EXCLUSIVE_ADDRESS, t.imm(1, NO_RESERVATION))
    return NEXT
  }),
  insn('dsb', '1101010100 0 00 011 0011 CRm:4 100 11111', 'dsb {barrier:CRm}', (t, f) => {
    barrier(t, f)
    return t.renewIf(isStale(t), invalidateStale, false)
  }),
  insn('dmb', '1101010100 0 00 011 0011 CRm:4 101 11111', 'dmb {barrier:CRm}', barrier),
  insn('isb', '1101010100 0 00 011 0011 CRm:4 110 11111', 'isb{crm15:CRm}', (t) => t.renewIf(isStale(t), invalidateStale, true)),
  insn('sb', '1101010100 0 00 011 0011 0000 111 11111', 'sb', () => NEXT),

  insn('dc.zva', '1101010100 0 01 011 0111 0100 001 rt:5', 'dc zva, {x:rt}', (t, f) => {
    const block = t.ir.emit(OP.and, t.x(f.rt), t.imm(1, -DC_ZVA_BYTES))
    t.ir.emitTyped(OP.zero, 0, block, NONE, NONE, DC_ZVA_BYTES)
    return NEXT
  }),
  insn('dc.cvac', '1101010100 0 01 011 0111 1010 001 rt:5', 'dc cvac, {x:rt}', (t, f) => touch(t, f.rt)),
  insn('dc.cvau', '1101010100 0 01 011 0111 1011 001 rt:5', 'dc cvau, {x:rt}', (t, f) => touch(t, f.rt)),
  insn('dc.cvap', '1101010100 0 01 011 0111 1100 001 rt:5', 'dc cvap, {x:rt}', (t, f) => touch(t, f.rt)),
  insn('dc.cvadp', '1101010100 0 01 011 0111 1101 001 rt:5', 'dc cvadp, {x:rt}', (t, f) => touch(t, f.rt)),
  insn('dc.civac', '1101010100 0 01 011 0111 1110 001 rt:5', 'dc civac, {x:rt}', (t, f) => touch(t, f.rt)),
  insn('ic.ivau', '1101010100 0 01 011 0111 0101 001 rt:5', 'ic ivau, {x:rt}', (t, f) => invalidateLine(t, f.rt)),

  insn('mrs', '1101010100 1 1 o0:1 op1:3 CRn:4 CRm:4 op2:3 rt:5', 'mrs {x:rt}, {sysreg:CRn}', (t, f) => {
    const register = systemRegister(f)
    if (register?.read === undefined) return t.undefinedInsn()
    t.setX(f.rt, 1, register.read(t))
    return NEXT
  }),
  insn('msr', '1101010100 0 1 o0:1 op1:3 CRn:4 CRm:4 op2:3 rt:5', 'msr {sysreg:CRn}, {x:rt}', (t, f) => {
    const register = systemRegister(f)
    if (register?.write === undefined) return t.undefinedInsn()
    return register.write(t, t.x(f.rt))
  }),
]
