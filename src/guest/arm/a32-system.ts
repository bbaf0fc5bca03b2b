/** A32 status register access, hints, barriers, coprocessor registers (manual F4.1.3, F4.1.5 and F4.1.10). */
import { NEXT } from '../insn.ts'
import { clearReservation } from './exclusives.ts'
import { insn } from './notation.ts'
import { expandImm } from './shifter.ts'
import { barrier, instructionBarrier, readCoprocessor, readCoprocessorPair, readCpsr, writeCoprocessor, writeCpsr } from './system.ts'

const COPROCESSOR = '{num:coproc}, {num:opc1}, {r:rt}, {cr:CRn}, {cr:CRm}, {braces:opc2}'

export const a32SystemRows = [
  insn('mrs', 'cond:4 00010 0 00 1111 rd:4 0000 0000 0000', 'mrs{c:cond} {r:rd}, CPSR', (t, f) => readCpsr(t, f.rd)),
  insn('msr.reg', 'cond:4 00010 0 10 mask:4 1111 0000 0000 rn:4', 'msr{c:cond} CPSR_{cpsrmask:mask}, {r:rn}', (t, f) =>
    writeCpsr(t, f.mask, t.r(f.rn)),
  ),
  insn('msr.imm', 'cond:4 00110 0 10 mask:4 1111 imm12:12', 'msr{c:cond} CPSR_{cpsrmask:mask}, {imm12:imm12}', (t, f) =>
    writeCpsr(t, f.mask, expandImm(t, f.imm12)),
  ),
  insn('hint', 'cond:4 00110 0 10 0000 1111 0000 hint:8', '{hint8:hint}', () => NEXT),

  insn('clrex', '1111 01010111 1111 1111 0000 0001 1111', 'clrex', clearReservation),
  insn('dsb', '1111 01010111 1111 1111 0000 0100 option:4', '{dsb:option}', barrier),
  insn('dmb', '1111 01010111 1111 1111 0000 0101 option:4', 'dmb {barrier:option}', barrier),
  insn('isb', '1111 01010111 1111 1111 0000 0110 option:4', 'isb {isb:option}', instructionBarrier),
  insn('sb', '1111 01010111 1111 1111 0000 0111 0000', 'sb', () => NEXT),
  // What it changes is not user mode's.
  insn('cps', '1111 0001 0000 imod:2 M:1 0 0000000 aif:3 0 mode:5', '{cps32:imod}', () => NEXT),
  // Its meaning is in the pc behind it (instruction-set.ts).
  insn('setend', '1111 0001 0000 0001 000000 E:1 0 0000 0000', 'setend {endianness:E}', () => NEXT),

  insn('mcr', 'cond:4 1110 opc1:3 0 CRn:4 rt:4 coproc:4 opc2:3 1 CRm:4', `mcr{c:cond} ${COPROCESSOR}`, writeCoprocessor),
  insn(
    'mrc',
    'cond:4 1110 opc1:3 1 CRn:4 rt:4 coproc:4 opc2:3 1 CRm:4',
    `mrc{c:cond} ${COPROCESSOR.replace('{r:rt}', '{mrcrt:rt}')}`,
    readCoprocessor,
  ),
  insn(
    'mrrc',
    'cond:4 1100 0101 rt2:4 rt:4 coproc:4 opc1:4 CRm:4',
    'mrrc{c:cond} {num:coproc}, {num:opc1}, {r:rt}, {r:rt2}, {cr:CRm}',
    readCoprocessorPair,
  ),
]
