/**
 * Extensions of the base instruction set that are known and missing. None is announced in HWCAP, so programs do not use them
 * unless they are compiled for them alone.
 */
import { todo } from './context.ts'

export const missingBaseRows = [
  // FEAT_HBC
  todo('bc.cond', '01010100 imm19:19 1 cond:4'),

  // FEAT_WFxT
  todo('wfet', '1101010100 0 00 011 0001 0000 000 rt:5'),
  todo('wfit', '1101010100 0 00 011 0001 0000 001 rt:5'),

  // FEAT_CSSC
  todo('abs', 'sf:1 1 0 11010110 00000 001000 rn:5 rd:5'),
  todo('cnt', 'sf:1 1 0 11010110 00000 000111 rn:5 rd:5'),
  todo('ctz', 'sf:1 1 0 11010110 00000 000110 rn:5 rd:5'),
  todo('minmax', 'sf:1 0 0 11010110 rm:5 0110 op:2 rn:5 rd:5'),
  todo('minmax.imm', 'sf:1 0 0 1000111 00 op:2 imm8:8 rn:5 rd:5'),

  // FEAT_MTE
  todo('addg', '1 0 0 100011 0 imm6:6 00 imm4:4 rn:5 rd:5'),
  todo('subg', '1 1 0 100011 0 imm6:6 00 imm4:4 rn:5 rd:5'),
  todo('subp', '1 0 0 11010110 rm:5 000000 rn:5 rd:5'),
  todo('subps', '1 0 1 11010110 rm:5 000000 rn:5 rd:5'),
  todo('irg', '1 0 0 11010110 rm:5 000100 rn:5 rd:5'),
  todo('gmi', '1 0 0 11010110 rm:5 000101 rn:5 rd:5'),
  todo('stg', '11011001 op:2 1 imm9:9 mode:2 rn:5 rt:5'),
  todo('stgp', '01 101 0 0 mode:2 0 imm7:7 rt2:5 rn:5 rt:5'),

  // FEAT_MOPS
  todo('cpy', '00 011 o0:1 01 op1:2 0 rs:5 op2:4 01 rn:5 rd:5'),
  todo('set', '00 011 o0:1 01 11 0 rs:5 op2:4 01 rn:5 rd:5'),

  // FEAT_LS64
  todo('st64b', '11 111 0 00 00 1 11111 1 001 00 rn:5 rt:5'),
  todo('st64bv0', '11 111 0 00 00 1 rs:5 1 010 00 rn:5 rt:5'),
  todo('st64bv', '11 111 0 00 00 1 rs:5 1 011 00 rn:5 rt:5'),
  todo('ld64b', '11 111 0 00 00 1 11111 1 101 00 rn:5 rt:5'),
]
