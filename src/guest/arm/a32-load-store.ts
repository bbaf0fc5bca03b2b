/** A32 loads and stores of words and bytes (manual F4.1.4 and F4.1.6). */

import { loadRegister, storeRegister } from './load-store.ts'
import { insn } from './notation.ts'
import { shiftImm } from './shifter.ts'

const WORD = 4

export const a32LoadStoreRows = [
  insn('ldr.imm', 'cond:4 010 P:1 U:1 0 W:1 1 rn:4 rt:4 imm12:12', 'ldr{t:W}{c:cond} {r:rt}, {addr12:imm12}', (t, f) =>
    loadRegister(t, f, t.imm(f.imm12), WORD),
  ),
  insn('str.imm', 'cond:4 010 P:1 U:1 0 W:1 0 rn:4 rt:4 imm12:12', 'str{t:W}{c:cond} {r:rt}, {addr12:imm12}', (t, f) =>
    storeRegister(t, f, t.imm(f.imm12), WORD),
  ),
  insn('ldr.reg', 'cond:4 011 P:1 U:1 0 W:1 1 rn:4 rt:4 imm5:5 type:2 0 rm:4', 'ldr{t:W}{c:cond} {r:rt}, {addrreg:rm}', (t, f) =>
    loadRegister(t, f, shiftImm(t, t.r(f.rm), f.type, f.imm5), WORD),
  ),
  insn('str.reg', 'cond:4 011 P:1 U:1 0 W:1 0 rn:4 rt:4 imm5:5 type:2 0 rm:4', 'str{t:W}{c:cond} {r:rt}, {addrreg:rm}', (t, f) =>
    storeRegister(t, f, shiftImm(t, t.r(f.rm), f.type, f.imm5), WORD),
  ),
]
