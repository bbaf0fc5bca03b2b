/**
 * T16 data processing (manual F3.2.1 to F3.2.3 and F3.2.6): shifts, additions, moves, compares of low registers, which set the flags outside of
 * IT blocks only; operations on high registers; SP and PC plus a constant; extensions and reversals.
 */
import { EXIT_JUMP, EXIT_RETURN } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, LR, PC, SP } from './context.ts'
import { ADC, ADD, AND, BIC, CMN, CMP, dataProcessing, EOR, MOV, MVN, ORR, RSB, SBC, SUB, TST } from './data-processing.ts'
import { t16 } from './notation.ts'
import { type Extension, extendAndAdd, type Reversal, reverse } from './operations-media.ts'
import { multiply } from './operations-multiply.ts'
import { ASR, LSL, LSR, ROR, shiftImm, shiftReg } from './shifter.ts'

/** Does a 16-bit instruction set the flags? 0 or 1 */
function setsFlags(t: ArmContext): number {
  return t.isInIt ? 0 : 1
}

/** rd = rn OPERATION operand, with the flags. */
function operate(t: ArmContext, operation: number, rd: number, rn: number, operand: number): Outcome {
  t.shifterCarry = NONE
  return dataProcessing(t, operation, setsFlags(t), rd, rn, operand)
}

// Shifts

function byImmediate(t: ArmContext, f: { imm5: number; rm: number; rd: number }, type: number): Outcome {
  const S = setsFlags(t)
  return dataProcessing(t, MOV, S, f.rd, f.rd, shiftImm(t, t.r(f.rm), type, f.imm5, S !== 0))
}

function byRegister(t: ArmContext, f: { rm: number; rd: number }, type: number): Outcome {
  const S = setsFlags(t)
  return dataProcessing(t, MOV, S, f.rd, f.rd, shiftReg(t, t.r(f.rd), type, t.r(f.rm), S !== 0))
}

// Two low registers

interface Two {
  readonly rm: number
  readonly rd: number
}

const two = (operation: number) => (t: ArmContext, f: Two) => operate(t, operation, f.rd, f.rd, t.r(f.rm))

const LOW = '{r:rd}, {r:rm}'

// High registers

const highRegister = (f: { dn: number; rdn: number }): number => (f.dn << 3) | f.rdn

function addHigh(t: ArmContext, f: { dn: number; rdn: number; rm: number }): Outcome {
  const rd = highRegister(f)
  t.shifterCarry = NONE
  return dataProcessing(t, ADD, 0, rd, rd, t.r(f.rm))
}

function moveHigh(t: ArmContext, f: { dn: number; rdn: number; rm: number }): Outcome {
  const rd = highRegister(f)
  if (rd === PC) return t.branchWritePc(t.r(f.rm), f.rm === LR ? EXIT_RETURN : EXIT_JUMP)
  t.setR(rd, t.r(f.rm))
  return NEXT
}

/** rd = `base` + `offset` bytes, no flags. */
function addTo(t: ArmContext, rd: number, base: number, offset: number): Outcome {
  t.setR(rd, t.addImm(base, offset))
  return NEXT
}

const extension = (kind: Extension) => (t: ArmContext, f: Two) => extendAndAdd(t, { rd: f.rd, rn: PC, rm: f.rm, rotate: 0 }, kind)
const reversal = (kind: Reversal) => (t: ArmContext, f: Two) => reverse(t, f, kind)

export const t16DataProcessingRows = [
  t16('mov.reg.low', '000 00 00000 rm:3 rd:3', `mov{its}{c} ${LOW}`, (t, f) => operate(t, MOV, f.rd, f.rd, t.r(f.rm))),
  t16('lsl.imm', '000 00 imm5:5 rm:3 rd:3', `lsl{its}{c} ${LOW}, {imm:imm5}`, (t, f) => byImmediate(t, f, LSL)),
  t16('lsr.imm', '000 01 imm5:5 rm:3 rd:3', `lsr{its}{c} ${LOW}, {amount:imm5}`, (t, f) => byImmediate(t, f, LSR)),
  t16('asr.imm', '000 10 imm5:5 rm:3 rd:3', `asr{its}{c} ${LOW}, {amount:imm5}`, (t, f) => byImmediate(t, f, ASR)),
  t16('add.reg', '000 11 0 0 rm:3 rn:3 rd:3', 'add{its}{c} {r:rd}, {r:rn}, {r:rm}', (t, f) => operate(t, ADD, f.rd, f.rn, t.r(f.rm))),
  t16('sub.reg', '000 11 0 1 rm:3 rn:3 rd:3', 'sub{its}{c} {r:rd}, {r:rn}, {r:rm}', (t, f) => operate(t, SUB, f.rd, f.rn, t.r(f.rm))),
  t16('add.imm3', '000 11 1 0 imm3:3 rn:3 rd:3', 'add{its}{c} {r:rd}, {r:rn}, {imm:imm3}', (t, f) =>
    operate(t, ADD, f.rd, f.rn, t.imm(f.imm3)),
  ),
  t16('sub.imm3', '000 11 1 1 imm3:3 rn:3 rd:3', 'sub{its}{c} {r:rd}, {r:rn}, {imm:imm3}', (t, f) =>
    operate(t, SUB, f.rd, f.rn, t.imm(f.imm3)),
  ),
  t16('mov.imm', '001 00 rd:3 imm8:8', 'mov{its}{c} {r:rd}, {imm:imm8}', (t, f) => operate(t, MOV, f.rd, f.rd, t.imm(f.imm8))),
  t16('cmp.imm', '001 01 rn:3 imm8:8', 'cmp{c} {r:rn}, {imm:imm8}', (t, f) => operate(t, CMP, f.rn, f.rn, t.imm(f.imm8))),
  t16('add.imm8', '001 10 rd:3 imm8:8', 'add{its}{c} {r:rd}, {imm:imm8}', (t, f) => operate(t, ADD, f.rd, f.rd, t.imm(f.imm8))),
  t16('sub.imm8', '001 11 rd:3 imm8:8', 'sub{its}{c} {r:rd}, {imm:imm8}', (t, f) => operate(t, SUB, f.rd, f.rd, t.imm(f.imm8))),

  t16('and', '010000 0000 rm:3 rd:3', `and{its}{c} ${LOW}`, two(AND)),
  t16('eor', '010000 0001 rm:3 rd:3', `eor{its}{c} ${LOW}`, two(EOR)),
  t16('lsl.reg', '010000 0010 rm:3 rd:3', `lsl{its}{c} ${LOW}`, (t, f) => byRegister(t, f, LSL)),
  t16('lsr.reg', '010000 0011 rm:3 rd:3', `lsr{its}{c} ${LOW}`, (t, f) => byRegister(t, f, LSR)),
  t16('asr.reg', '010000 0100 rm:3 rd:3', `asr{its}{c} ${LOW}`, (t, f) => byRegister(t, f, ASR)),
  t16('adc', '010000 0101 rm:3 rd:3', `adc{its}{c} ${LOW}`, two(ADC)),
  t16('sbc', '010000 0110 rm:3 rd:3', `sbc{its}{c} ${LOW}`, two(SBC)),
  t16('ror.reg', '010000 0111 rm:3 rd:3', `ror{its}{c} ${LOW}`, (t, f) => byRegister(t, f, ROR)),
  t16('tst', '010000 1000 rm:3 rd:3', `tst{c} ${LOW}`, two(TST)),
  t16('rsb', '010000 1001 rm:3 rd:3', `neg{its}{c} ${LOW}`, (t, f) => operate(t, RSB, f.rd, f.rm, t.imm(0))),
  t16('cmp.reg', '010000 1010 rm:3 rd:3', `cmp{c} ${LOW}`, two(CMP)),
  t16('cmn', '010000 1011 rm:3 rd:3', `cmn{c} ${LOW}`, two(CMN)),
  t16('orr', '010000 1100 rm:3 rd:3', `orr{its}{c} ${LOW}`, two(ORR)),
  t16('mul', '010000 1101 rm:3 rd:3', `mul{its}{c} ${LOW}`, (t, f) => multiply(t, { rd: f.rd, rn: f.rm, rm: f.rd }, setsFlags(t) !== 0)),
  t16('bic', '010000 1110 rm:3 rd:3', `bic{its}{c} ${LOW}`, two(BIC)),
  t16('mvn', '010000 1111 rm:3 rd:3', `mvn{its}{c} ${LOW}`, two(MVN)),

  t16('add.high', '010001 00 dn:1 rm:4 rdn:3', 'add{c} {high:dn}, {r:rm}', addHigh),
  t16('cmp.high', '010001 01 dn:1 rm:4 rdn:3', 'cmp{c} {high:dn}, {r:rm}', (t, f) =>
    operate(t, CMP, highRegister(f), highRegister(f), t.r(f.rm)),
  ),
  t16('mov.high', '010001 10 dn:1 rm:4 rdn:3', 'mov{c} {high:dn}, {r:rm}', moveHigh),

  t16('adr', '1010 0 rd:3 imm8:8', 'add{c} {r:rd}, pc, {words:imm8}', (t, f) => addTo(t, f.rd, t.imm(t.alignedPc), 4 * f.imm8)),
  t16('add.sp', '1010 1 rd:3 imm8:8', 'add{c} {r:rd}, sp, {words:imm8}', (t, f) => addTo(t, f.rd, t.r(SP), 4 * f.imm8)),
  t16('add.sp.imm7', '1011 0000 0 imm7:7', 'add{c} sp, {words:imm7}', (t, f) => addTo(t, SP, t.r(SP), 4 * f.imm7)),
  t16('sub.sp.imm7', '1011 0000 1 imm7:7', 'sub{c} sp, {words:imm7}', (t, f) => addTo(t, SP, t.r(SP), -4 * f.imm7)),

  t16('sxth', '1011 0010 00 rm:3 rd:3', `sxth{c} ${LOW}`, extension('sxth')),
  t16('sxtb', '1011 0010 01 rm:3 rd:3', `sxtb{c} ${LOW}`, extension('sxtb')),
  t16('uxth', '1011 0010 10 rm:3 rd:3', `uxth{c} ${LOW}`, extension('uxth')),
  t16('uxtb', '1011 0010 11 rm:3 rd:3', `uxtb{c} ${LOW}`, extension('uxtb')),
  t16('rev', '1011 1010 00 rm:3 rd:3', `rev{c} ${LOW}`, reversal('rev')),
  t16('rev16', '1011 1010 01 rm:3 rd:3', `rev16{c} ${LOW}`, reversal('rev16')),
  t16('revsh', '1011 1010 11 rm:3 rd:3', `revsh{c} ${LOW}`, reversal('revsh')),
]
