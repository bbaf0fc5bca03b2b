/**
 * FPSCR, and the two modes that AArch32 computes in.
 *
 * VFP works as FPSCR says. Its control bits are the slot fpcr, its cumulative exceptions the slot fpsr and MXCSR's sticky bits, as in AArch64
 * (whose FPCR and FPSR are FPSCR's two halves); QC is set if any bit of the slot qc is; NZCV is a slot of its own.
 *
 * Advanced SIMD works by the *standard FPSCR*, whatever FPSCR says: to nearest, denormals flushed to zero, the default NaN. While it computes, the
 * thread is in standard mode (`fenv.enter`): MXCSR is another one, of which the slot mxcsr_standard has the image in between, sticky bits
 * included; fpcr has the standard bits, for routines. `fenv.leave` goes back. Nothing but translated code ever finds a thread in standard mode:
 * it is left before a block ends, and at a fault in between by whoever recovers the state.
 *
 *   FPSCR  N 31 Z 30 C 29 V 28 QC 27 AHP 26 DN 25 FZ 24 RMode 23:22 FZ16 19 IDC 7 IXC 4 UFC 3 OFC 2 DZC 1 IOC 0
 */
import { OP } from '../../ir/ops.ts'
import { CMP_EQ, CMP_NE } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { END, NEXT, type Outcome } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { MXCSR_STANDARD_START, SLOT_FPCR, SLOT_FPNZCV, SLOT_FPSR, SLOT_MXCSR_STANDARD, SLOT_QC } from './state.ts'

const FPSCR_AHP = 1 << 26
const FPSCR_DN = 1 << 25
const FPSCR_FZ = 1 << 24
const FPSCR_FZ16 = 1 << 19
const FPSCR_RMODE = 3 << 22
/** What the slot fpcr has; LEN and STRIDE are in the pc, if the processor has short vectors; trap enables read as zero. */
export const FPSCR_CONTROL = FPSCR_AHP | FPSCR_DN | FPSCR_FZ | FPSCR_RMODE | FPSCR_FZ16
export const FPSCR_CUMULATIVE = 0x9f
export const FPSCR_QC = 1 << 27
/** Control bits under which translated code has to test results for NaN. */
export const FPSCR_CHECKED = FPSCR_DN | FPSCR_FZ

const FPSCR_LENGTH_STRIDE = 0x37_0000
/** LEN and STRIDE in the high word of a pc, and how far to the right of where FPSCR has them. */
const HIGH_PARTS = [
  [0xe00, 7],
  [0x3000, 8],
] as const
const HIGH_LENGTH_STRIDE = 0x3e00

const STANDARD = FPSCR_DN | FPSCR_FZ
const MXCSR_IE = 1
/** ZE OE UE PE, one to the right of where they are in MXCSR: DZC OFC UFC IXC. */
const SHIFTED = 0x1e
const MXCSR_RC = 0x6000

// MXCSR in standard mode: what cannot be said by its sticky bits is unmasked until FPSCR has it (translate/float-traps.ts).
const MXCSR_DAZ = 1 << 6
const MXCSR_DENORMAL_MASK = 1 << 8
const MXCSR_UNDERFLOW_MASK = 1 << 11
const MXCSR_INEXACT_MASK = 1 << 12
const IDC = 1 << 7
const IXC = 1 << 4
const UFC = 1 << 3

/** The standard FPSCR for half precision, which keeps some of FPSCR's control bits. */
export function halfModes(fpcr: number): number {
  return (fpcr & (FPSCR_AHP | FPSCR_FZ16)) | STANDARD
}

/** What `compute` emits is in standard mode; `half`: it has to do with half precision, for which AHP and FZ16 count. */
export function inStandardMode<R>(t: ArmContext, compute: () => R, half = false): R {
  const { ir } = t
  const modes = half ? t.orImm(t.andImm(ir.get(SLOT_FPCR), FPSCR_AHP | FPSCR_FZ16), STANDARD) : t.imm(STANDARD)
  ir.emit(OP['fenv.enter'], modes)
  const result = compute()
  ir.emitTyped(OP['fenv.leave'], 0)
  return result
}

/** What `compute` emits rounds to nearest. */
export function toNearest<R>(t: ArmContext, compute: () => R): R {
  const { ir } = t
  const before = ir.emit(OP['fenv.get'])
  ir.emit(OP['fenv.set'], t.andImm(before, ~MXCSR_RC))
  const result = compute()
  ir.emit(OP['fenv.set'], ir.emit(OP.or, ir.emit(OP['fenv.get']), t.andImm(before, MXCSR_RC)))
  return result
}

/** Cumulative bits out of an MXCSR value. */
function sticky(t: ArmContext, mxcsr: number): number {
  return t.ir.emit(OP.or, t.andImm(mxcsr, MXCSR_IE), t.andImm(t.shrImm(mxcsr, 1), SHIFTED))
}
/** All that have been raised, in either mode. */
function cumulative(t: ArmContext): number {
  const { ir } = t
  const both = ir.emit(OP.or, ir.emit(OP['fenv.get']), ir.get(SLOT_MXCSR_STANDARD))
  return ir.emit(OP.or, ir.get(SLOT_FPSR), sticky(t, both))
}

/** The parts of packed flags and how far left they lie in FPSCR. */
const NZCV_PARTS = [
  [0xc000, 16],
  [0x100, 21],
  [1, 28],
] as const

const QC_BIT = 27
export function readFpscr(t: ArmContext): number {
  const { ir } = t
  const qc = ir.get(SLOT_QC)
  const any = ir.emit(OP.or, ir.emit(OP['v.toi64'], qc), ir.emit(OP.vget64, qc, NONE, NONE, 1))
  let value = ir.emit(OP.or, ir.get(SLOT_FPCR), cumulative(t))
  value = ir.emit(OP.or, value, t.shlImm(ir.emit(OP.icmp, any, ir.const64(0, 0), NONE, CMP_NE), QC_BIT))
  const packed = ir.get(SLOT_FPNZCV)
  for (const [mask, shift] of NZCV_PARTS) value = ir.emit(OP.or, value, t.shlImm(t.andImm(packed, mask), shift))
  return t.lengthStride === 0 ? value : t.orImm(value, t.lengthStride)
}

/** Ends the region: code behind it may have been translated for other control bits. */
export function writeFpscr(t: ArmContext, value: number): Outcome {
  const { ir } = t
  t.effects()
  if (t.hasVectors) enterVectors(t, value)
  let packed = NONE
  for (const [mask, shift] of NZCV_PARTS) {
    const part = t.andImm(t.shrImm(value, shift), mask)
    packed = packed === NONE ? part : ir.emit(OP.or, packed, part)
  }
  t.put(SLOT_FPNZCV, packed)
  const fpcr = t.andImm(value, FPSCR_CONTROL)
  const fpsr = t.andImm(value, FPSCR_CUMULATIVE)
  t.put(SLOT_FPCR, fpcr)
  t.put(SLOT_FPSR, fpsr)
  t.put(SLOT_QC, ir.emit(OP['v.fromi'], t.andImm(value, FPSCR_QC)))
  t.put(SLOT_MXCSR_STANDARD, standardMxcsr(t, fpsr))
  ir.emit(OP['fenv.modes'], fpcr, fpsr)
  return leaveByEngineIf(t, t.andImm(fpcr, FPSCR_CHECKED))
}

/** Where LEN or STRIDE change, the instruction is made again in the state that has them so; what follows need not think of that. */
function enterVectors(t: ArmContext, fpscr: number): void {
  const { ir, targets } = t
  const [same, other] = [targets.own(), targets.own()]
  const isSame = ir.emit(OP.icmp, t.andImm(fpscr, FPSCR_LENGTH_STRIDE), t.imm(t.lengthStride), NONE, CMP_EQ)
  ir.end(OP.br, isSame, 0, 0, same, other)
  targets.begin(other)
  let high: number = t.imm(0)
  for (const [mask, shift] of HIGH_PARTS) high = ir.emit(OP.or, high, t.andImm(t.shrImm(fpscr, shift), mask))
  t.continueAt(t.pc, high, HIGH_LENGTH_STRIDE)
  targets.begin(same)
}

/** Ends the region: on to the next instruction, by way of the engine if i32 `cond` is not zero. */
function leaveByEngineIf(t: ArmContext, cond: number): Outcome {
  const { ir, targets } = t
  const [taken, next] = [targets.own(), targets.own()]
  ir.end(OP.br, cond, 0, 0, taken, next)
  targets.begin(next)
  ir.leaveFor(t.nextPc)
  targets.begin(taken)
  ir.leaveFor(t.nextPc, OP['exit.poll'])
  return END
}

/** MXCSR of standard mode when FPSCR has the cumulative bits `fpsr`. */
function standardMxcsr(t: ArmContext, fpsr: number): number {
  const { ir } = t
  const choose = (bits: number, set: number, clear: number) => ir.emit(OP.select, t.andImm(fpsr, bits), t.imm(set), t.imm(clear))
  const denormal = choose(IDC, MXCSR_DAZ | MXCSR_DENORMAL_MASK, 0)
  const underflow = choose(UFC, MXCSR_UNDERFLOW_MASK, 0)
  const inexact = ir.emit(OP.select, t.andImm(fpsr, IXC), ir.emit(OP.or, underflow, t.imm(MXCSR_INEXACT_MASK)), t.imm(0))
  return ir.emit(OP.or, ir.emit(OP.or, denormal, inexact), t.imm(MXCSR_STANDARD_START))
}

/** VMRS to NZCV of the processor. */
export function moveFlags(t: ArmContext): Outcome {
  t.setPacked(t.ir.get(SLOT_FPNZCV))
  return NEXT
}
