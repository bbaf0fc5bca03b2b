/**
 * AArch32 state in user mode as the IR sees it: one list of slots, in the order of the constants below.
 *
 *   0    r0 .. r14    i32
 *   64   pc i64: the address with the translation state in it (instruction-set.ts)
 *   72   nz i32   76 c i32   80 v i32: packed flags (see docs/architecture.md), of which each slot has those of its name. Three, because most instructions that set N and Z leave
 *        V alone, and many leave C: so nothing of what they leave alone has to be computed for them
 *   84   q i32 (0 or 1)   88 ge i32 (four bits)
 *   92   fpcr i32: FPSCR's control bits   96 fpsr i32: its cumulative exceptions   100 fpnzcv i32: its NZCV, packed
 *   104  tpidruro i32   108 tpidrurw i32   112 exclusive_address i64   120 exclusive_value i64
 *   256  q0 .. q15    v128; d0 .. d31 f64 and s0 .. s31 f32 are parts of them
 *   512  qc v128: FPSCR.QC is set if any bit of it is
 *   528  mxcsr_standard i32   532 mxcsr_kept i32   536 fpcr_kept i32: see vfp-environment.ts
 */
import { F32, F64, I32, I64, V128 } from '../../ir/op-row.ts'
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../ir/ops-int.ts'
import type { StateSlot } from '../../ir/region.ts'

export const SLOT_R0 = 0
export const SLOT_SP = 13
export const SLOT_LR = 14
export const SLOT_PC = 15
export const SLOT_NZ = 16
export const SLOT_C = 17
export const SLOT_V = 18
/** PSTATE.Q, and PSTATE.GE. */
export const SLOT_Q_FLAG = 19
export const SLOT_GE = 20
export const SLOT_FPCR = 21
export const SLOT_FPSR = 22
export const SLOT_FPNZCV = 23
export const SLOT_TPIDRURO = 24
export const SLOT_TPIDRURW = 25
export const SLOT_EXCLUSIVE_ADDRESS = 26
export const SLOT_EXCLUSIVE_VALUE = 27
/** q0. */
export const SLOT_Q0 = 28
export const SLOT_QC = 44
export const SLOT_MXCSR_STANDARD = 45
/** d0 and s0: parts of q0. */
export const SLOT_D0 = 48
export const SLOT_S0 = 80

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
  { name: 'nz', offset: PC_OFFSET + 8, type: I32, packed: PACKED_N | PACKED_Z },
  { name: 'c', offset: PC_OFFSET + 12, type: I32, packed: PACKED_C },
  { name: 'v', offset: PC_OFFSET + 16, type: I32, packed: PACKED_V },
  { name: 'q', offset: PC_OFFSET + 20, type: I32 },
  { name: 'ge', offset: PC_OFFSET + 24, type: I32 },
  { name: 'fpcr', offset: PC_OFFSET + 28, type: I32, routinesRead: true },
  { name: 'fpsr', offset: PC_OFFSET + 32, type: I32, volatile: true },
  { name: 'fpnzcv', offset: PC_OFFSET + 36, type: I32, packed: PACKED_N | PACKED_Z | PACKED_C | PACKED_V },
  { name: 'tpidruro', offset: PC_OFFSET + 40, type: I32 },
  { name: 'tpidrurw', offset: PC_OFFSET + 44, type: I32 },
  { name: 'exclusive_address', offset: PC_OFFSET + 48, type: I64 },
  { name: 'exclusive_value', offset: PC_OFFSET + 56, type: I64 },
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

/** The packed flags of the three slots' words. */
export function packedOf(nz: number, c: number, v: number): number {
  return (nz & (PACKED_N | PACKED_Z)) | (c & PACKED_C) | (v & PACKED_V)
}
