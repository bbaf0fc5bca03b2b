/** T32 branches and system instructions (manual F3.3.7, F3.3.8 and F3.3.15). */
import { EXIT_CALL, EXIT_JUMP } from '../../ir/ops-int.ts'
import { NEXT } from '../insn.ts'
import { ALWAYS } from './context.ts'
import { clearReservation } from './exclusives.ts'
import { t32 } from './notation.ts'
import { barrier, instructionBarrier, readCoprocessor, readCoprocessorPair, readCpsr, writeCoprocessor, writeCpsr } from './system.ts'
import { branchDistance, conditionalDistance } from './thumb-immediates.ts'

const COPROCESSOR = '{num:coproc}, {num:opc1}, {r:rt}, {cr:CRn}, {cr:CRm}, {braces:opc2}'

export const t32SystemRows = [
  t32('b.cond', '11110 S:1 cond:4 imm6:6 10 J1:1 0 J2:1 imm11:11', 'b{c:cond}.w {labelcond:imm11}', (t, f) =>
    // The other two conditions are those of the instructions below.
    f.cond >= ALWAYS ? t.undefinedInsn() : t.branchIf(t.cond(f.cond), t.pcValue + conditionalDistance(f)),
  ),
  t32('b', '11110 S:1 imm10:10 10 J1:1 1 J2:1 imm11:11', 'b{c}.w {labelwide:imm11}', (t, f) => t.jumpTo(t.pcValue + branchDistance(f))),
  t32('bl', '11110 S:1 imm10:10 11 J1:1 1 J2:1 imm11:11', 'bl{c} {labelwide:imm11}', (t, f) => {
    t.link()
    return t.jumpTo(t.pcValue + branchDistance(f), EXIT_CALL)
  }),
  t32('blx.imm', '11110 S:1 imm10:10 11 J1:1 0 J2:1 imm11:11', 'blx{c} {labelblx:imm11}', (t, f) => {
    if (f.imm11 & 1) return t.undefinedInsn()
    t.link()
    return t.jumpTo(t.alignedPc + branchDistance(f), EXIT_CALL, false)
  }),
  // Without Jazelle it is BX.
  t32('bxj', '11110 0 1111 00 rm:4 10 0 0 1111 00000000', 'bxj{c} {r:rm}', (t, f) => t.bxWritePc(t.r(f.rm), EXIT_JUMP)),

  t32('msr', '11110 0 1110 0 0 rn:4 10 0 0 mask:4 00000000', 'msr{c} CPSR_{cpsrmask:mask}, {r:rn}', (t, f) =>
    writeCpsr(t, f.mask, t.r(f.rn)),
  ),
  t32('mrs', '11110 0 1111 1 0 1111 10 0 0 rd:4 00000000', 'mrs{c} {r:rd}, CPSR', (t, f) => readCpsr(t, f.rd)),

  t32('cps', '11110 0 1110 10 1111 10 0 0 0 imod:2 M:1 aif:3 mode:5', '{cps32:imod}', () => NEXT),
  t32('hint', '11110 0 1110 10 1111 10 0 0 0 000 hint:8', '{hint.w:hint}', () => NEXT),
  t32('clrex', '11110 0 1110 11 1111 10 0 0 1111 0010 1111', 'clrex{c}', clearReservation),
  t32('dsb', '11110 0 1110 11 1111 10 0 0 1111 0100 option:4', '{dsb:option}', barrier),
  t32('dmb', '11110 0 1110 11 1111 10 0 0 1111 0101 option:4', 'dmb{c} {barrier:option}', barrier),
  t32('isb', '11110 0 1110 11 1111 10 0 0 1111 0110 option:4', 'isb{c} {isb:option}', instructionBarrier),
  t32('sb', '11110 0 1110 11 1111 10 0 0 1111 0111 0000', 'sb{c}', () => NEXT),
  t32('udf', '11110 1111111 imm4:4 1010 imm12:12', 'udf{c}.w {imm16w:imm4}', (t) => t.undefinedInsn()),

  t32('mcr', '1110 1110 opc1:3 0 CRn:4 rt:4 coproc:4 opc2:3 1 CRm:4', `mcr{c} ${COPROCESSOR}`, writeCoprocessor),
  t32('mrc', '1110 1110 opc1:3 1 CRn:4 rt:4 coproc:4 opc2:3 1 CRm:4', `mrc{c} ${COPROCESSOR}`, readCoprocessor),
  t32(
    'mrrc',
    '1110 1100 0101 rt2:4 rt:4 coproc:4 opc1:4 CRm:4',
    'mrrc{c} {num:coproc}, {num:opc1}, {r:rt}, {r:rt2}, {cr:CRm}',
    readCoprocessorPair,
  ),
]
