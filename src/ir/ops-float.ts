/** Scalar and vector floating-point ops. NaN results follow the region's FP rules (`FP_ARM`: see each row). */
import { op } from './op-row.ts'

export const FLOAT_OPS = {
  /** f32/f64 constant by its bits: imm2:imm. */
  constf: op('##', 'F', 'bits imm2:imm'),
} as const
