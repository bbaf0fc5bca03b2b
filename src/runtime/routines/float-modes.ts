/**
 * `float.modes`: MXCSR from FPCR and FPSR, at scratch and scratch + 4 (Arm's bits). The sticky bits become 0: FPSR has them.
 *
 * While the guest flushes to zero, the host alone cannot keep its flags: DAZ hides that an operand was denormal (IDC), FTZ raises inexact beside
 * underflow. So exceptions stay unmasked until what they stand for is in FPSR; the first one of each kind traps to the
 * engine, which enters it there and masks it (src/translate/float-traps.ts). Afterwards the host runs as fast as ever.
 *
 *   not FZ  all masked
 *   FZ      FTZ; IDC there: DAZ, denormal masked, else no DAZ and denormal unmasked;
 *           inexact unmasked until IXC is there, underflow until IXC and UFC are
 *
 * What stands in UNMASKED is unmasked besides.
 */
import { ALU, CC, insn, RAX, RBP, RCX, RDX, SHIFT } from '../../x64/asm/index.ts'
import { fromRbp, SCRATCH_OFFSET, UNMASKED } from '../../x64/layout.ts'
import { routine } from '../routines.ts'

const MOV_32 = insn('MOV r32, r/m32')
const MOV_STORE_32 = insn('MOV r/m32, r32')
const MOV_IMM = insn('MOV r32, imm32')
const NOT_32 = insn('NOT r/m32')
const AND_32 = insn('AND r32, r/m32')
const OR_32 = insn('OR r32, r/m32')
const TEST_32 = insn('TEST r/m32, imm32')
const LDMXCSR = insn('LDMXCSR m32')
const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const RET = insn('RET')

export const MXCSR_ALL_MASKED = 0x1f80
export const MXCSR_FTZ = 1 << 15
export const MXCSR_DAZ = 1 << 6
export const MXCSR_INVALID_MASK = 1 << 7
export const MXCSR_DENORMAL_MASK = 1 << 8
export const MXCSR_UNDERFLOW_MASK = 1 << 11
export const MXCSR_INEXACT_MASK = 1 << 12
const FPCR_FZ = 1 << 24
const FPSR_IDC = 1 << 7
const FPSR_IXC = 1 << 4
const FPSR_UFC = 1 << 3
const FPCR_RMODE_UP = 1 << 22
const FPCR_RMODE_DOWN = 1 << 23
const MXCSR_RC_UP = 1 << 14
const MXCSR_RC_DOWN = 1 << 13

/** What the routine loads, for the engine. */
export function mxcsrOfModes(fpcr: number, fpsr: number): number {
  const rounding = (fpcr & FPCR_RMODE_UP ? MXCSR_RC_UP : 0) | (fpcr & FPCR_RMODE_DOWN ? MXCSR_RC_DOWN : 0)
  const mxcsr = MXCSR_ALL_MASKED | rounding
  if ((fpcr & FPCR_FZ) === 0) return mxcsr
  const denormal = fpsr & FPSR_IDC ? MXCSR_DAZ : MXCSR_DENORMAL_MASK
  const unmasked = fpsr & FPSR_IXC ? (fpsr & FPSR_UFC ? 0 : MXCSR_UNDERFLOW_MASK) : MXCSR_INEXACT_MASK | MXCSR_UNDERFLOW_MASK
  return (mxcsr ^ denormal ^ unmasked) | MXCSR_FTZ
}

const SAVED = [RAX, RCX, RDX]

routine('float.modes', (asm) => {
  const scratch = fromRbp(SCRATCH_OFFSET)
  const load = asm.label()
  const flushed = asm.label()
  const rounded = asm.label()
  for (const reg of SAVED) asm.r(PUSH, reg)
  asm.rm(MOV_32, RAX, RBP, scratch)
  asm.rm(MOV_32, RDX, RBP, scratch + 4)
  // RMode 23:22 (up 1, down 2) to RC 14:13 (down 1, up 2): the bits exchanged.
  asm.rr(MOV_32, RCX, RAX)
  asm.shiftRI(SHIFT.SHR, 32, RCX, 22 - 14)
  asm.aluRI(ALU.AND, 32, RCX, 1 << 14)
  asm.aluRI(ALU.OR, 32, RCX, MXCSR_ALL_MASKED)
  asm.ri(TEST_32, RAX, 1 << 23)
  asm.jcc(CC.E, rounded)
  asm.aluRI(ALU.OR, 32, RCX, 1 << 13)
  asm.bind(rounded)
  asm.ri(TEST_32, RAX, FPCR_FZ)
  asm.jcc(CC.E, load)
  asm.ri(MOV_IMM, RAX, MXCSR_FTZ)
  asm.rr(OR_32, RCX, RAX)
  const denormalTold = asm.label()
  asm.ri(TEST_32, RDX, FPSR_IDC)
  asm.jcc(CC.NE, denormalTold)
  asm.aluRI(ALU.AND, 32, RCX, ~MXCSR_DENORMAL_MASK)
  asm.jmp(flushed)
  asm.bind(denormalTold)
  asm.aluRI(ALU.OR, 32, RCX, MXCSR_DAZ)
  asm.bind(flushed)
  const inexactTold = asm.label()
  asm.ri(TEST_32, RDX, FPSR_IXC)
  asm.jcc(CC.NE, inexactTold)
  asm.aluRI(ALU.AND, 32, RCX, ~(MXCSR_INEXACT_MASK | MXCSR_UNDERFLOW_MASK))
  asm.jmp(load)
  asm.bind(inexactTold)
  asm.ri(TEST_32, RDX, FPSR_UFC)
  asm.jcc(CC.NE, load)
  asm.aluRI(ALU.AND, 32, RCX, ~MXCSR_UNDERFLOW_MASK)
  asm.bind(load)
  asm.rm(MOV_32, RAX, RBP, fromRbp(UNMASKED))
  asm.r(NOT_32, RAX)
  asm.rr(AND_32, RCX, RAX)
  asm.mr(MOV_STORE_32, RBP, scratch, RCX)
  asm.m(LDMXCSR, RBP, scratch)
  for (const reg of [...SAVED].reverse()) asm.r(POP, reg)
  asm.none(RET)
})
