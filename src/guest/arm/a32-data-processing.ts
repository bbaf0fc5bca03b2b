/**
 * A32 data processing (manual F4.1.3): register, register-shifted register and immediate operands, 16-bit immediates. The fields that an
 * operation does not have must be zero.
 */
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import {
  ADC,
  ADD,
  AND,
  BIC,
  CMN,
  CMP,
  dataProcessing,
  EOR,
  isLogical,
  MOV,
  MVN,
  ORR,
  RSB,
  RSC,
  SBC,
  SUB,
  TEQ,
  TST,
} from './data-processing.ts'
import { insn } from './notation.ts'
import { expandImm, shiftImm, shiftReg } from './shifter.ts'

type Immediate = { imm12: number }
type Register = { imm5: number; type: number; rm: number }
type ShiftedRegister = { rs: number; type: number; rm: number }

function immediate(t: ArmContext, operation: number, S: number, f: Immediate): number {
  return expandImm(t, f.imm12, S !== 0 && isLogical(operation))
}

function register(t: ArmContext, operation: number, S: number, f: Register): number {
  return shiftImm(t, t.r(f.rm), f.type, f.imm5, S !== 0 && isLogical(operation))
}

/** None of the registers may be r15. */
function byRegister(t: ArmContext, operation: number, S: number, rd: number, rn: number, f: ShiftedRegister): Outcome {
  if (rd === PC || rn === PC || f.rm === PC || f.rs === PC) return t.undefinedInsn()
  const operand = shiftReg(t, t.r(f.rm), f.type, t.r(f.rs), S !== 0 && isLogical(operation))
  return dataProcessing(t, operation, S, rd, rn, operand)
}

const REGISTER = '{r:rm}{shift:imm5}'
const SHIFTED_REGISTER = '{r:rm}, {shiftname:type} {r:rs}'

const THREE = [
  ['and', AND, '0000'],
  ['eor', EOR, '0001'],
  ['sub', SUB, '0010'],
  ['rsb', RSB, '0011'],
  ['add', ADD, '0100'],
  ['adc', ADC, '0101'],
  ['sbc', SBC, '0110'],
  ['rsc', RSC, '0111'],
  ['orr', ORR, '1100'],
  ['bic', BIC, '1110'],
] as const
const COMPARES = [
  ['tst', TST, '1000'],
  ['teq', TEQ, '1001'],
  ['cmp', CMP, '1010'],
  ['cmn', CMN, '1011'],
] as const
const MOVES = [
  ['mov', MOV, '1101'],
  ['mvn', MVN, '1111'],
] as const

const threes = THREE.flatMap(([name, operation, code]) => {
  const head = `${name}{s:S}{c:cond} {r:rd}, {r:rn}, `
  return [
    insn(`${name}.imm`, `cond:4 00 1 ${code} S:1 rn:4 rd:4 imm12:12`, `${head}{imm12:imm12}`, (t, f) =>
      dataProcessing(t, operation, f.S, f.rd, f.rn, immediate(t, operation, f.S, f)),
    ),
    insn(`${name}.reg`, `cond:4 00 0 ${code} S:1 rn:4 rd:4 imm5:5 type:2 0 rm:4`, `${head}${REGISTER}`, (t, f) =>
      dataProcessing(t, operation, f.S, f.rd, f.rn, register(t, operation, f.S, f)),
    ),
    insn(`${name}.rsr`, `cond:4 00 0 ${code} S:1 rn:4 rd:4 rs:4 0 type:2 1 rm:4`, `${head}${SHIFTED_REGISTER}`, (t, f) =>
      byRegister(t, operation, f.S, f.rd, f.rn, f),
    ),
  ]
})

const compares = COMPARES.flatMap(([name, operation, code]) => {
  const head = `${name}{c:cond} {r:rn}, `
  return [
    insn(`${name}.imm`, `cond:4 00 1 ${code} 1 rn:4 0000 imm12:12`, `${head}{imm12:imm12}`, (t, f) =>
      dataProcessing(t, operation, 1, 0, f.rn, immediate(t, operation, 1, f)),
    ),
    insn(`${name}.reg`, `cond:4 00 0 ${code} 1 rn:4 0000 imm5:5 type:2 0 rm:4`, `${head}${REGISTER}`, (t, f) =>
      dataProcessing(t, operation, 1, 0, f.rn, register(t, operation, 1, f)),
    ),
    insn(`${name}.rsr`, `cond:4 00 0 ${code} 1 rn:4 0000 rs:4 0 type:2 1 rm:4`, `${head}${SHIFTED_REGISTER}`, (t, f) =>
      byRegister(t, operation, 1, 0, f.rn, f),
    ),
  ]
})

const moves = MOVES.flatMap(([name, operation, code]) => {
  const head = `${name}{s:S}{c:cond} {r:rd}, `
  return [
    insn(`${name}.imm`, `cond:4 00 1 ${code} S:1 0000 rd:4 imm12:12`, `${head}{imm12:imm12}`, (t, f) =>
      dataProcessing(t, operation, f.S, f.rd, 0, immediate(t, operation, f.S, f)),
    ),
    insn(
      `${name}.reg`,
      `cond:4 00 0 ${code} S:1 0000 rd:4 imm5:5 type:2 0 rm:4`,
      name === 'mov' ? '{movshift:type}' : `${head}${REGISTER}`,
      (t, f) => dataProcessing(t, operation, f.S, f.rd, 0, register(t, operation, f.S, f)),
    ),
    insn(
      `${name}.rsr`,
      `cond:4 00 0 ${code} S:1 0000 rd:4 rs:4 0 type:2 1 rm:4`,
      name === 'mov' ? '{shiftname:type}{s:S}{c:cond} {r:rd}, {r:rm}, {r:rs}' : `${head}${SHIFTED_REGISTER}`,
      (t, f) => byRegister(t, operation, f.S, f.rd, 0, f),
    ),
  ]
})

export const a32DataProcessingRows = [
  ...threes,
  ...compares,
  ...moves,
  insn('movw', 'cond:4 00110 0 00 imm4:4 rd:4 imm12:12', 'movw{c:cond} {r:rd}, {imm16:imm12}', (t, f) => {
    if (f.rd === PC) return t.undefinedInsn()
    t.setR(f.rd, t.imm((f.imm4 << 12) | f.imm12))
    return NEXT
  }),
  insn('movt', 'cond:4 00110 1 00 imm4:4 rd:4 imm12:12', 'movt{c:cond} {r:rd}, {imm16:imm12}', (t, f) => {
    if (f.rd === PC) return t.undefinedInsn()
    t.setR(f.rd, t.orImm(t.andImm(t.r(f.rd), 0xffff), ((f.imm4 << 12) | f.imm12) << 16))
    return NEXT
  }),
]
