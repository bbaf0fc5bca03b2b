/** Sums of four products of bytes (FEAT_DotProd), and products of matrices of bytes (FEAT_I8MM). */
import { OP } from '../../ir/ops.ts'
import type { Simd } from './simd-lanes.ts'

/** 32-bit lanes of d plus products of the bytes of n and m. */
export type Dot = (s: Simd, n: number, m: number, d: number) => number
export const sdot: Dot = (s, n, m, d) => s.op(OP.vdots8, d, n, m)
export const udot: Dot = (s, n, m, d) => s.op(OP.vdotu8, d, n, m)
export const usdot: Dot = (s, n, m, d) => s.op(OP.vdotus8, d, n, m)
export const sudot: Dot = (s, n, m, d) => s.op(OP.vdotus8, d, m, n)

const ROWS_LOW = 0b10_10_00_00
const ROWS_HIGH = 0b11_11_01_01
const COLUMNS_LOW = 0b10_00_10_00
const COLUMNS_HIGH = 0b11_01_11_01

/** The words of a 2x2 result added to d: row i of n times row j of m; each row is eight bytes, two words. */
export function matrixProduct(s: Simd, dot: Dot, n: number, m: number, d: number): number {
  const low = dot(s, s.imm(OP.vshuf32, n, ROWS_LOW), s.imm(OP.vshuf32, m, COLUMNS_LOW), d)
  return dot(s, s.imm(OP.vshuf32, n, ROWS_HIGH), s.imm(OP.vshuf32, m, COLUMNS_HIGH), low)
}
