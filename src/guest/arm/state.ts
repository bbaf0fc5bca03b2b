/**
 * AArch32 state in user mode as the IR sees it: one list of slots, in the order of the constants below.
 *
 *   0    r0 .. r14    i32
 *   64   pc i64: the address with the translation state in it (instruction-set.ts)
 *   72   nzcv i32 (packed, see docs/architecture.md)   76 q i32 (0 or 1)   80 ge i32 (four bits)
 *   84   fpcr i32: FPSCR's control bits   88 fpsr i32: its cumulative exceptions   92 fpnzcv i32: its NZCV, packed
 *   96   tpidruro i32   100 tpidrurw i32   104 exclusive_address i64   112 exclusive_value i64
 *   256  q0 .. q15    v128; d0 .. d31 f64 and s0 .. s31 f32 are parts of them
 *   512  qc v128: FPSCR.QC is set if any bit of it is
 *   528  mxcsr_standard i32   532 mxcsr_kept i32   536 fpcr_kept i32: see vfp-environment.ts
 */
import { F32, F64, I32, I64, V128 } from '../../ir/op-row.ts'
import type { StateSlot } from '../../ir/region.ts'

export const SLOT_R0 = 0
export const SLOT_SP = 13
export const SLOT_LR = 14
export const SLOT_PC = 15
export const SLOT_NZCV = 16
/** PSTATE.Q, and PSTATE.GE. */
export const SLOT_Q_FLAG = 17
export const SLOT_GE = 18
export const SLOT_FPCR = 19
export const SLOT_FPSR = 20
export const SLOT_FPNZCV = 21
export const SLOT_TPIDRURO = 22
export const SLOT_TPIDRURW = 23
export const SLOT_EXCLUSIVE_ADDRESS = 24
export const SLOT_EXCLUSIVE_VALUE = 25
/** q0. */
export const SLOT_Q0 = 26
export const SLOT_QC = 42
export const SLOT_MXCSR_STANDARD = 43
/** d0 and s0: parts of q0. */
export const SLOT_D0 = 46
export const SLOT_S0 = 78

/**
 * MXCSR for Advanced SIMD at the start of a program: to nearest, FTZ; denormal operands, underflow and inexact results are unmasked until FPSCR
 * has what they stand for (translate/float-traps.ts).
 */
export const MXCSR_STANDARD_START = 0x8680

const PC_OFFSET = 64
const Q_OFFSET = 256
const QC_OFFSET = 512

const slots: StateSlot[] = []
for (let n = 0; n < 15; n++) slots.push({ name: `r${n}`, offset: 4 * n, type: I32 })
slots.push(
  { name: 'pc', offset: PC_OFFSET, type: I64 },
  { name: 'nzcv', offset: PC_OFFSET + 8, type: I32 },
  { name: 'q', offset: PC_OFFSET + 12, type: I32 },
  { name: 'ge', offset: PC_OFFSET + 16, type: I32 },
  { name: 'fpcr', offset: PC_OFFSET + 20, type: I32, routinesRead: true },
  { name: 'fpsr', offset: PC_OFFSET + 24, type: I32, volatile: true },
  { name: 'fpnzcv', offset: PC_OFFSET + 28, type: I32 },
  { name: 'tpidruro', offset: PC_OFFSET + 32, type: I32 },
  { name: 'tpidrurw', offset: PC_OFFSET + 36, type: I32 },
  { name: 'exclusive_address', offset: PC_OFFSET + 40, type: I64 },
  { name: 'exclusive_value', offset: PC_OFFSET + 48, type: I64 },
)
for (let n = 0; n < 16; n++) slots.push({ name: `q${n}`, offset: Q_OFFSET + 16 * n, type: V128 })
slots.push(
  { name: 'qc', offset: QC_OFFSET, type: V128 },
  { name: 'mxcsr_standard', offset: QC_OFFSET + 16, type: I32, volatile: true, initial: MXCSR_STANDARD_START },
  { name: 'mxcsr_kept', offset: QC_OFFSET + 20, type: I32, volatile: true },
  { name: 'fpcr_kept', offset: QC_OFFSET + 24, type: I32, volatile: true },
)

for (let n = 0; n < 32; n++) slots.push({ name: `d${n}`, offset: Q_OFFSET + 8 * n, type: F64, within: SLOT_Q0 + (n >> 1) })
for (let n = 0; n < 32; n++) slots.push({ name: `s${n}`, offset: Q_OFFSET + 4 * n, type: F32, within: SLOT_D0 + (n >> 1) })

export const ARM_STATE: readonly StateSlot[] = slots

/** `exclusive_address` when there is no reservation: no guest address. */
export const NO_RESERVATION = -1
