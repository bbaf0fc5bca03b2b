/** Thumb data processing of 16 bits (manual F3.1.1): outside of IT blocks it sets flags. */
import { NEXT } from '../insn.ts'
import { ADD, dataProcessing, MOV } from './data-processing.ts'
import { t16 } from './notation.ts'

export const t16DataProcessingRows = [
  t16('mov.imm', '001 00 rd:3 imm8:8', 'mov{its}{c} {r:rd}, {imm:imm8}', (t, f) => {
    t.shifterCarry = -1
    return dataProcessing(t, MOV, t.isInIt ? 0 : 1, f.rd, 0, t.imm(f.imm8))
  }),
  t16('add.imm3', '0001110 imm3:3 rn:3 rd:3', 'add{its}{c} {r:rd}, {r:rn}, {imm:imm3}', (t, f) =>
    dataProcessing(t, ADD, t.isInIt ? 0 : 1, f.rd, f.rn, t.imm(f.imm3)),
  ),
  // Its meaning is in the pc behind it (instruction-set.ts).
  t16('it', '10111111 cond:4 mask:4', 'it{itmask:mask} {condition:cond}', () => NEXT),
  t16('nop', '10111111 0000 0000', 'nop{c}', () => NEXT),
]
