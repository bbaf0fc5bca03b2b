/** T16 loads and stores (manual F3.2.4, F3.2.7 and F3.2.5): by register, by constant, by SP and PC; PUSH, POP, LDM, STM. */
import type { Outcome, Row } from '../insn.ts'
import { type ArmContext, LR, PC, SP } from './context.ts'
import { loadMultiple, storeMultiple } from './load-multiple.ts'
import { loadRegister, storeRegister } from './load-store.ts'
import { t16 } from './notation.ts'

const OFFSET = { P: 1, U: 1, W: 0 } as const

function load(t: ArmContext, rt: number, rn: number, offset: number, size: number, isSigned = false): Outcome {
  return loadRegister(t, { ...OFFSET, rn, rt }, offset, size, isSigned)
}

function store(t: ArmContext, rt: number, rn: number, offset: number, size: number): Outcome {
  return storeRegister(t, { ...OFFSET, rn, rt }, offset, size)
}

/** By a register: mnemonic, encoding, bytes; negative: sign-extended. */
const BY_REGISTER = [
  ['str', '000', 4],
  ['strh', '001', 2],
  ['strb', '010', 1],
  ['ldrsb', '011', -1],
  ['ldr', '100', 4],
  ['ldrh', '101', 2],
  ['ldrb', '110', 1],
  ['ldrsh', '111', -2],
] as const

/** By five bits of constant, in units of the access. */
const BY_CONSTANT = [
  ['str', '0110 0', 4],
  ['ldr', '0110 1', 4],
  ['strb', '0111 0', 1],
  ['ldrb', '0111 1', 1],
  ['strh', '1000 0', 2],
  ['ldrh', '1000 1', 2],
] as const

const loads = (name: string): boolean => name.startsWith('ld')

function byRegister(): Row<ArmContext>[] {
  return BY_REGISTER.map(([name, op, size]) =>
    t16(`${name}.reg`, `0101 ${op} rm:3 rn:3 rt:3`, `${name}{c} {r:rt}, [{r:rn}, {r:rm}]`, (t, f) =>
      loads(name) ? load(t, f.rt, f.rn, t.r(f.rm), Math.abs(size), size < 0) : store(t, f.rt, f.rn, t.r(f.rm), size),
    ),
  )
}

function byConstant(): Row<ArmContext>[] {
  return BY_CONSTANT.map(([name, op, size]) =>
    t16(`${name}.imm`, `${op} imm5:5 rn:3 rt:3`, `${name}{c} {r:rt}, [{r:rn}, {times.${size}:imm5}]`, (t, f) =>
      (loads(name) ? load : store)(t, f.rt, f.rn, t.imm(size * f.imm5), size),
    ),
  )
}

const WORD = 4

export const t16LoadStoreRows = [
  ...byRegister(),
  ...byConstant(),
  t16('ldr.lit', '0100 1 rt:3 imm8:8', 'ldr{c} {r:rt}, [pc, {times.4:imm8}]', (t, f) => load(t, f.rt, PC, t.imm(WORD * f.imm8), WORD)),
  t16('str.sp', '1001 0 rt:3 imm8:8', 'str{c} {r:rt}, [sp, {times.4:imm8}]', (t, f) => store(t, f.rt, SP, t.imm(WORD * f.imm8), WORD)),
  t16('ldr.sp', '1001 1 rt:3 imm8:8', 'ldr{c} {r:rt}, [sp, {times.4:imm8}]', (t, f) => load(t, f.rt, SP, t.imm(WORD * f.imm8), WORD)),

  t16('push', '1011 010 M:1 list:8', 'push{c} {pushlist:list}', (t, f) =>
    storeMultiple(t, { rn: SP, list: f.list | (f.M << LR), isUp: false, isBefore: true, W: 1 }),
  ),
  t16('pop', '1011 110 M:1 list:8', 'pop{c} {poplist:list}', (t, f) =>
    loadMultiple(t, { rn: SP, list: f.list | (f.M << PC), isUp: true, isBefore: false, W: 1 }),
  ),
  t16('stm', '1100 0 rn:3 list:8', 'stmia{c} {r:rn}!, {list:list}', (t, f) =>
    storeMultiple(t, { rn: f.rn, list: f.list, isUp: true, isBefore: false, W: 1 }),
  ),
  t16('ldm', '1100 1 rn:3 list:8', 'ldmia{c} {r:rn}{ldmwb:list}, {list:list}', (t, f) =>
    loadMultiple(t, { rn: f.rn, list: f.list, isUp: true, isBefore: false, W: (f.list >> f.rn) & 1 ? 0 : 1 }),
  ),
]
