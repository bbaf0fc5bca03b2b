/** All Thumb rows. */
import type { Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { t16DataProcessingRows } from './t16-data-processing.ts'
import { t32DataProcessingRows } from './t32-data-processing.ts'

export const thumbRows: readonly Row<ArmContext>[] = [...t16DataProcessingRows, ...t32DataProcessingRows]
