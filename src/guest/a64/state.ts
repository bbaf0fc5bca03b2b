/**
 * AArch64 state at EL0 as the IR sees it: one list of slots, in the order of the constants below.
 *
 *   0    x0 .. x30    i64      248  sp  i64
 *   256  v0 .. v31    v128
 *   768  nzcv i32 (packed, see docs/architecture.md)   772 fpcr i32   776 fpsr i32   784 pc i64
 *   792  tpidr_el0    800 tpidrro_el0    808 exclusive_address    816 exclusive_value (v128)
 *   832  qc v128: FPSR.QC is set if any bit of it is (the slot fpsr has no QC)
 *   848  stale_from    856 stale_to: IC IVAU named lines of [~stale_from, stale_to) since the last barrier; both 0: none
 */
import { I32, I64, V128 } from '../../ir/op-row.ts'
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../ir/ops-int.ts'
import type { StateSlot } from '../../ir/region.ts'

export const SLOT_X0 = 0
export const SLOT_SP = 31
export const SLOT_V0 = 32
export const SLOT_NZCV = 64
export const SLOT_FPCR = 65
export const SLOT_FPSR = 66
export const SLOT_PC = 67
export const SLOT_TPIDR = 68
export const SLOT_TPIDRRO = 69
export const SLOT_EXCLUSIVE_ADDRESS = 70
export const SLOT_EXCLUSIVE_VALUE = 71
export const SLOT_QC = 72
export const SLOT_STALE_FROM = 73
export const SLOT_STALE_TO = 74

const X_OFFSET = 0
const V_OFFSET = 256
const REST_OFFSET = 768

const slots: StateSlot[] = []
for (let n = 0; n < 31; n++) slots.push({ name: `x${n}`, offset: X_OFFSET + 8 * n, type: I64 })
slots.push({ name: 'sp', offset: X_OFFSET + 8 * 31, type: I64 })
for (let n = 0; n < 32; n++) slots.push({ name: `v${n}`, offset: V_OFFSET + 16 * n, type: V128 })
slots.push(
  { name: 'nzcv', offset: REST_OFFSET, type: I32, packed: PACKED_N | PACKED_Z | PACKED_C | PACKED_V },
  { name: 'fpcr', offset: REST_OFFSET + 4, type: I32, routinesRead: true },
  { name: 'fpsr', offset: REST_OFFSET + 8, type: I32, volatile: true },
  { name: 'pc', offset: REST_OFFSET + 16, type: I64 },
  { name: 'tpidr_el0', offset: REST_OFFSET + 24, type: I64 },
  { name: 'tpidrro_el0', offset: REST_OFFSET + 32, type: I64 },
  { name: 'exclusive_address', offset: REST_OFFSET + 40, type: I64 },
  { name: 'exclusive_value', offset: REST_OFFSET + 48, type: V128 },
  { name: 'qc', offset: REST_OFFSET + 64, type: V128 },
  { name: 'stale_from', offset: REST_OFFSET + 80, type: I64 },
  { name: 'stale_to', offset: REST_OFFSET + 88, type: I64 },
)

export const A64_STATE: readonly StateSlot[] = slots

/** `exclusive_address` when there is no reservation: no guest address. */
export const NO_RESERVATION = -1
