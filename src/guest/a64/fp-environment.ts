/**
 * FPCR and FPSR. Rounding mode and flush-to-zero live in the host's MXCSR while translated code runs; the state slot fpcr keeps
 * the register as written. The cumulative flags are those of the slot fpsr together with MXCSR's sticky bits; QC is set if any bit of the slot qc is.
 *
 *   FPCR   AHP 26, DN 25, FZ 24, RMode 23:22 (0 nearest, 1 up, 2 down, 3 zero), FZ16 19
 *   FPSR   QC 27, IDC 7, IXC 4, UFC 3, OFC 2, DZC 1, IOC 0
 *   MXCSR  FTZ 15, RC 14:13 (0 nearest, 1 down, 2 up, 3 zero), DAZ 6, PE 5, UE 4, OE 3, ZE 2, DE 1, IE 0
 */
import { OP } from '../../ir/ops.ts'
import { CMP_NE } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import type { A64Context } from './context.ts'
import { SLOT_FPCR, SLOT_FPSR, SLOT_QC } from './state.ts'

export const FPCR_FZ16 = 1 << 19
export const FPCR_FZ = 1 << 24
export const FPCR_DN = 1 << 25
export const FPCR_AHP = 1 << 26
export const FPCR_MASK = FPCR_AHP | FPCR_DN | FPCR_FZ | (3 << 22) | FPCR_FZ16
export const FPSR_MASK = 0x9f
export const FPSR_QC = 1 << 27
const FPSR_QC_BIT = 27
const MXCSR_FTZ_DAZ = 0x8040
const MXCSR_RC = 0x6000
const MXCSR_IE = 1
/** ZE OE UE PE, one to the right of where they are in MXCSR: DZC OFC UFC IXC. */
const FPSR_FROM_SHIFTED = 0x1e

/** FPSR's cumulative bits out of an MXCSR value. DE has no counterpart: it says that an operand was denormal, IDC that one was flushed. */
export function stickyFromMxcsr(mxcsr: number): number {
  return (mxcsr & MXCSR_IE) | ((mxcsr >>> 1) & FPSR_FROM_SHIFTED)
}

/** MXCSR's control bits for an FPCR value; the rest of `mxcsr` is kept. */
export function mxcsrFromFpcr(mxcsr: number, fpcr: number): number {
  const mode = (fpcr >>> 22) & 3
  const rc = ((mode & 1) << 14) | ((mode & 2) << 12)
  return (mxcsr & ~(MXCSR_FTZ_DAZ | MXCSR_RC)) | rc | (fpcr & FPCR_FZ ? MXCSR_FTZ_DAZ : 0)
}

export function readFpcr(t: A64Context): number {
  return t.ir.emit(OP.zext32, t.ir.get(SLOT_FPCR))
}

/** FPSR without QC: the state's bits and those that are still in MXCSR. */
function cumulative(t: A64Context): number {
  const ir = t.ir
  const mxcsr = ir.emit(OP['fenv.get'])
  const others = t.andImm(t.shrImm(mxcsr, 1), FPSR_FROM_SHIFTED)
  return ir.emit(OP.or, ir.get(SLOT_FPSR), ir.emit(OP.or, t.andImm(mxcsr, MXCSR_IE), others))
}

/** Control bits under which translated code has to test results for NaN: the engine sees to that (linux-user/float-mode.ts). */
export const FPCR_CHECKED = FPCR_DN | FPCR_FZ

/** Ends the region: code behind it may have been translated for other control bits. */
export function writeFpcr(t: A64Context, value: number): Outcome {
  const ir = t.ir
  const fpcr = t.andImm(ir.emit(OP.trunc, value), FPCR_MASK)
  const fpsr = cumulative(t)
  ir.put(SLOT_FPCR, fpcr)
  ir.put(SLOT_FPSR, fpsr)
  ir.emit(OP['fenv.modes'], fpcr, fpsr)
  return t.leaveByEngineIf(t.andImm(fpcr, FPCR_CHECKED))
}

/** FPSR.QC: is any bit of the slot qc set? */
function saturatedBit(t: A64Context): number {
  const { ir } = t
  const qc = ir.get(SLOT_QC)
  const any = ir.emit(OP.or, ir.emit(OP['v.toi64'], qc), ir.emit(OP.vget64, qc, NONE, NONE, 1))
  return t.shlImm(ir.emit(OP.icmp, any, ir.const64(0, 0), NONE, CMP_NE), FPSR_QC_BIT)
}

export function readFpsr(t: A64Context): number {
  return t.ir.emit(OP.zext32, t.ir.emit(OP.or, cumulative(t), saturatedBit(t)))
}

export function writeFpsr(t: A64Context, value: number): Outcome {
  const ir = t.ir
  const word = ir.emit(OP.trunc, value)
  const fpsr = t.andImm(word, FPSR_MASK)
  ir.put(SLOT_FPSR, fpsr)
  ir.put(SLOT_QC, ir.emit(OP['v.fromi'], t.andImm(word, FPSR_QC)))
  ir.emit(OP['fenv.modes'], ir.get(SLOT_FPCR), fpsr)
  return NEXT
}
