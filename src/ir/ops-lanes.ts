/** Op rows for several lane widths at once: `lanes('vadd', [8, 16], …)` gives `vadd8` and `vadd16`. */
import { type OpRow, op } from './op-row.ts'

export function lanes<const N extends string, const W extends number>(
  name: N,
  widths: readonly W[],
  signature: string,
  result: string,
  doc: string,
): Record<`${N}${W}`, OpRow> {
  const rows: Record<string, OpRow> = {}
  for (const width of widths) rows[`${name}${width}`] = op(signature, result, doc)
  return rows
}

export const LANES_8_64 = [8, 16, 32, 64] as const
export const LANES_8_32 = [8, 16, 32] as const
export const LANES_16_64 = [16, 32, 64] as const
export const LANES_16_32 = [16, 32] as const
