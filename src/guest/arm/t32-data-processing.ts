/** T32 data processing with constants and shifted registers (manual F3.3.1 and F3.3.3), saturation and bit fields (F3.3.2). */
import { NEXT, type Outcome, type Row } from '../insn.ts'
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
  ORN,
  ORR,
  RSB,
  SBC,
  SUB,
  TEQ,
  TST,
} from './data-processing.ts'
import { t32 } from './notation.ts'
import { extractField, insertField, packHalves, saturate, saturateHalves } from './operations-media.ts'
import { ASR, LSL, shiftImm } from './shifter.ts'
import { expandThumbImm, type Imm12, imm5Of, imm12Of } from './thumb-immediates.ts'

interface ShiftedRegister {
  readonly imm3: number
  readonly imm2: number
  readonly type: number
  readonly rm: number
}

function wantsCarry(operation: number, S: number): boolean {
  return S !== 0 && isLogical(operation)
}

function byImmediate(t: ArmContext, operation: number, S: number, rd: number, rn: number, f: Imm12): Outcome {
  return dataProcessing(t, operation, S, rd, rn, expandThumbImm(t, f, wantsCarry(operation, S)))
}

function byShifted(t: ArmContext, operation: number, S: number, rd: number, rn: number, f: ShiftedRegister): Outcome {
  return dataProcessing(t, operation, S, rd, rn, shiftImm(t, t.r(f.rm), f.type, imm5Of(f), wantsCarry(operation, S)))
}

const CONSTANT = '{constant:imm8}'
const SHIFTED = '{r:rm}{shift32:imm3}'

/** name, its encoding, the operation by A32's number. */
const THREE = [
  ['and', '0000', AND],
  ['bic', '0001', BIC],
  ['orr', '0010', ORR],
  ['orn', '0011', ORN],
  ['eor', '0100', EOR],
  ['add', '1000', ADD],
  ['adc', '1010', ADC],
  ['sbc', '1011', SBC],
  ['sub', '1101', SUB],
  ['rsb', '1110', RSB],
] as const

/** objdump gives no `.w` to what has no shorter form. */
const ONLY_WIDE = ['orn', 'rsb', 'teq']
const width = (name: string): string => (ONLY_WIDE.includes(name) ? '' : '.w')

function threeOperands(): Row<ArmContext>[] {
  return THREE.flatMap(([name, op, operation]) => [
    t32(
      `${name}.imm`,
      `11110 i:1 0 ${op} S:1 rn:4 0 imm3:3 rd:4 imm8:8`,
      `${name}{s:S}{c}${width(name)} {r:rd}, {r:rn}, ${CONSTANT}`,
      (t, f) => byImmediate(t, operation, f.S, f.rd, f.rn, f),
    ),
    t32(
      `${name}.shift`,
      `11101 01 ${op} S:1 rn:4 0 imm3:3 rd:4 imm2:2 type:2 rm:4`,
      `${name}{s:S}{c}${width(name)} {r:rd}, {r:rn}, ${SHIFTED}`,
      (t, f) => byShifted(t, operation, f.S, f.rd, f.rn, f),
    ),
  ])
}

/** Those without Rn: ORR and ORN with an Rn of 15. */
const MOVES = [
  ['mov', '0010', MOV],
  ['mvn', '0011', MVN],
] as const

function moves(): Row<ArmContext>[] {
  return MOVES.flatMap(([name, op, operation]) => [
    t32(`${name}.imm`, `11110 i:1 0 ${op} S:1 1111 0 imm3:3 rd:4 imm8:8`, `${name}{s:S}{c}.w {r:rd}, ${CONSTANT}`, (t, f) =>
      byImmediate(t, operation, f.S, f.rd, PC, f),
    ),
    t32(`${name}.shift`, `11101 01 ${op} S:1 1111 0 imm3:3 rd:4 imm2:2 type:2 rm:4`, `${name}{s:S}{c}.w {r:rd}, ${SHIFTED}`, (t, f) =>
      byShifted(t, operation, f.S, f.rd, PC, f),
    ),
  ])
}

/** Those without Rd: S, and an Rd of 15. */
const COMPARES = [
  ['tst', '0000', TST],
  ['teq', '0100', TEQ],
  ['cmn', '1000', CMN],
  ['cmp', '1101', CMP],
] as const

function compares(): Row<ArmContext>[] {
  return COMPARES.flatMap(([name, op, operation]) => [
    t32(`${name}.imm`, `11110 i:1 0 ${op} 1 rn:4 0 imm3:3 1111 imm8:8`, `${name}{c}${width(name)} {r:rn}, ${CONSTANT}`, (t, f) =>
      byImmediate(t, operation, 1, PC, f.rn, f),
    ),
    t32(`${name}.shift`, `11101 01 ${op} 1 rn:4 0 imm3:3 1111 imm2:2 type:2 rm:4`, `${name}{c}${width(name)} {r:rn}, ${SHIFTED}`, (t, f) =>
      byShifted(t, operation, 1, PC, f.rn, f),
    ),
  ])
}

/** rd = `value`. */
function set(t: ArmContext, rd: number, value: number): Outcome {
  if (rd === PC) return t.undefinedInsn()
  t.setR(rd, value)
  return NEXT
}

/** i32: Rn plus or minus the twelve bits as they are; the word-aligned PC for an Rn of 15. */
function plusConstant(t: ArmContext, f: Imm12 & { rn: number }, sign: number): number {
  const base = f.rn === PC ? t.imm(t.alignedPc) : t.r(f.rn)
  return t.addImm(base, sign * imm12Of(f))
}

/** imm4:i:imm3:imm8 of MOVW and MOVT. */
function imm16Of(f: Imm12 & { imm4: number }): number {
  return (f.imm4 << 12) | imm12Of(f)
}

const BOTTOM_HALF = 0xffff
const HALF_BITS = 16

/** SSAT, USAT: `sh` chooses ASR instead of LSL. */
function saturateShifted(
  t: ArmContext,
  f: { sh: number; rn: number; rd: number; imm3: number; imm2: number },
  bits: number,
  isSigned: boolean,
): Outcome {
  // That is SSAT16 or USAT16 with a bit set that should not be.
  if (f.sh && imm5Of(f) === 0) return t.undefinedInsn()
  return saturate(t, f.rd, shiftImm(t, t.r(f.rn), f.sh ? ASR : LSL, imm5Of(f)), bits, isSigned)
}

const lsbOf = imm5Of

export const t32DataProcessingRows = [
  ...threeOperands(),
  ...moves(),
  ...compares(),

  t32('addw', '11110 i:1 10000 0 rn:4 0 imm3:3 rd:4 imm8:8', 'addw{c} {r:rd}, {r:rn}, {imm12w:imm8}', (t, f) =>
    set(t, f.rd, plusConstant(t, f, 1)),
  ),
  t32('subw', '11110 i:1 10101 0 rn:4 0 imm3:3 rd:4 imm8:8', 'subw{c} {r:rd}, {r:rn}, {imm12w:imm8}', (t, f) =>
    set(t, f.rd, plusConstant(t, f, -1)),
  ),
  t32('movw', '11110 i:1 10010 0 imm4:4 0 imm3:3 rd:4 imm8:8', 'movw{c} {r:rd}, {imm16w:imm4}', (t, f) => set(t, f.rd, t.imm(imm16Of(f)))),
  t32('movt', '11110 i:1 10110 0 imm4:4 0 imm3:3 rd:4 imm8:8', 'movt{c} {r:rd}, {imm16w:imm4}', (t, f) =>
    set(t, f.rd, t.orImm(t.andImm(t.r(f.rd), BOTTOM_HALF), imm16Of(f) << HALF_BITS)),
  ),

  t32('ssat', '11110 0 11 00 sh:1 0 rn:4 0 imm3:3 rd:4 imm2:2 0 sat:5', 'ssat{c} {r:rd}, {plus1:sat}, {r:rn}{satshift:imm3}', (t, f) =>
    saturateShifted(t, f, f.sat + 1, true),
  ),
  t32('ssat16', '11110 0 11 001 0 rn:4 0 000 rd:4 00 00 sat:4', 'ssat16{c} {r:rd}, {plus1:sat}, {r:rn}', (t, f) =>
    saturateHalves(t, f, f.sat + 1, true),
  ),
  t32('usat', '11110 0 11 10 sh:1 0 rn:4 0 imm3:3 rd:4 imm2:2 0 sat:5', 'usat{c} {r:rd}, {imm:sat}, {r:rn}{satshift:imm3}', (t, f) =>
    saturateShifted(t, f, f.sat, false),
  ),
  t32('usat16', '11110 0 11 101 0 rn:4 0 000 rd:4 00 00 sat:4', 'usat16{c} {r:rd}, {imm:sat}, {r:rn}', (t, f) =>
    saturateHalves(t, f, f.sat, false),
  ),
  t32('sbfx', '11110 0 11 010 0 rn:4 0 imm3:3 rd:4 imm2:2 0 widthm1:5', 'sbfx{c} {r:rd}, {r:rn}, {lsb32:imm3}, {plus1:widthm1}', (t, f) =>
    extractField(t, { rd: f.rd, rn: f.rn, lsb: lsbOf(f), widthm1: f.widthm1 }, true),
  ),
  t32('ubfx', '11110 0 11 110 0 rn:4 0 imm3:3 rd:4 imm2:2 0 widthm1:5', 'ubfx{c} {r:rd}, {r:rn}, {lsb32:imm3}, {plus1:widthm1}', (t, f) =>
    extractField(t, { rd: f.rd, rn: f.rn, lsb: lsbOf(f), widthm1: f.widthm1 }, false),
  ),
  t32('bfi', '11110 0 11 011 0 rn:4 0 imm3:3 rd:4 imm2:2 0 msb:5', '{bfi:rn}', (t, f) =>
    insertField(t, { rd: f.rd, rn: f.rn, lsb: lsbOf(f), msb: f.msb }),
  ),

  t32('pkh', '11101 01 0110 0 rn:4 0 imm3:3 rd:4 imm2:2 tb:1 0 rm:4', 'pkh{bttb:tb}{c} {r:rd}, {r:rn}, {r:rm}{pkhshift:imm3}', (t, f) =>
    packHalves(t, f, shiftImm(t, t.r(f.rm), f.tb ? ASR : LSL, imm5Of(f)), f.tb),
  ),
]
