/**
 * A64 system instructions (manual C4.1.94): hints, barriers, PSTATE, cache maintenance, system registers. What only higher
 * exception levels may do has no row and is undefined here.
 */
import { I32 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { FENCE_FULL, FENCE_LOAD, FENCE_STORE } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { emulateHelper } from '../emulate.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { NO_RESERVATION, SLOT_EXCLUSIVE_ADDRESS, SLOT_X0 } from './state.ts'
import { DC_ZVA_BYTES, SYSTEM_REGISTERS, systemRegisterKey } from './system-registers.ts'

function fence(t: A64Context, kind: number): Outcome {
  t.ir.emitTyped(OP.fence, 0, NONE, NONE, NONE, kind)
  return NEXT
}

/** DMB and DSB: the low bits of CRm are the access types that wait. */
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

const invalidateLine = emulateHelper('ic.ivau', (cpu, rt) => {
  const offset = (SLOT_X0 + rt) * 8
  const address = rt === 31 ? 0 : cpu.state.getUint32(offset, true) + cpu.state.getUint32(offset + 4, true) * 2 ** 32
  cpu.invalidate(address - (address % CACHE_LINE), CACHE_LINE)
})

export const systemRows = [
  insn('hint', '1101010100 0 00 011 0010 CRm:4 op2:3 11111', '{hint:CRm}', () => NEXT),
  insn('clrex', '1101010100 0 00 011 0011 CRm:4 010 11111', 'clrex{crm15:CRm}', (t) => {
    t.ir.put(SLOT_EXCLUSIVE_ADDRESS, t.imm(1, NO_RESERVATION))
    return NEXT
  }),
  insn('dsb', '1101010100 0 00 011 0011 CRm:4 100 11111', 'dsb {barrier:CRm}', barrier),
  insn('dmb', '1101010100 0 00 011 0011 CRm:4 101 11111', 'dmb {barrier:CRm}', barrier),
  insn('isb', '1101010100 0 00 011 0011 CRm:4 110 11111', 'isb{crm15:CRm}', (t) => t.leaveFor(t.pc + 4)),
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
  insn('ic.ivau', '1101010100 0 01 011 0111 0101 001 rt:5', 'ic ivau, {x:rt}', (t, f) => t.emulate(invalidateLine, f.rt)),

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
