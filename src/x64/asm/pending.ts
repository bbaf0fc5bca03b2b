/**
 * What `mask`, `broadcast` and `rounding` ask of the next instruction, as one number: the bits of EVEX byte 3 (z at 7, b at 4, aaa at 0), the
 * rounding mode where L'L stands (bits 5 and 6), and a bit that says that b means rounding.
 */
import { EXTRA_BROADCAST, EXTRA_MASK, EXTRA_ROUND, EXTRA_SAE, EXTRA_ZERO } from './columns.ts'

export const PENDING_EVEX = 0x97
export const PENDING_Z = 0x80
export const PENDING_B = 0x10
export const PENDING_K = 7
export const PENDING_MODE = 0x60
export const PENDING_ROUNDING = 0x100

/** Whether a row with the EXTRA bits `extra` can do all that `pending` asks. */
export function allowsPending(extra: number, pending: number): boolean {
  if (pending & PENDING_K && !(extra & EXTRA_MASK)) return false
  if (pending & PENDING_Z && !(extra & EXTRA_ZERO && pending & PENDING_K)) return false
  if (pending & PENDING_ROUNDING) return (extra & (EXTRA_ROUND | EXTRA_SAE)) !== 0
  return !(pending & PENDING_B) || (extra & EXTRA_BROADCAST) !== 0
}
