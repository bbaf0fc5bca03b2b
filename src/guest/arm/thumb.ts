/** All Thumb rows. */
import type { Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { fpThumbRows } from './fp-simd.ts'
import { t16DataProcessingRows } from './t16-data-processing.ts'
import { t16LoadStoreRows } from './t16-load-store.ts'
import { t16SystemRows } from './t16-system.ts'
import { t32DataProcessingRows } from './t32-data-processing.ts'
import { t32LoadMultipleRows } from './t32-load-multiple.ts'
import { t32LiteralRows, t32LoadStoreRows } from './t32-load-store.ts'
import { t32RegisterRows } from './t32-registers.ts'
import { t32SystemRows } from './t32-system.ts'

export const thumbRows: readonly Row<ArmContext>[] = [
  ...t16DataProcessingRows,
  ...t16LoadStoreRows,
  ...t16SystemRows,
  ...t32DataProcessingRows,
  ...t32RegisterRows,
  ...t32LoadStoreRows,
  ...t32LoadMultipleRows,
  ...t32SystemRows,
  ...fpThumbRows,
]

/** Loads of one register with an Rn of 15: a set of their own, see `isLiteral`. */
export const thumbLiteralRows: readonly Row<ArmContext>[] = t32LiteralRows

const LITERAL_MASK = 0xfe1f0000 | 0
const LITERAL = 0xf81f0000 | 0

/** Is `word` a load of one register with an Rn of 15? Its other bits mean something else then. */
export function isLiteral(word: number): boolean {
  return (word & LITERAL_MASK) === LITERAL
}
