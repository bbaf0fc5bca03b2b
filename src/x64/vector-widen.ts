/** Lanes of one half, sign- or zero-extended to double width. */
import type { Emitter } from './emitter.ts'
import { H, P, PSHUFD, v2, v2i, v3c } from './vector-insns.ts'

const SIGNED = { 8: H.PMOVSXBW, 16: H.PMOVSXWD, 32: H.PMOVSXDQ }
const UNSIGNED = { 8: H.PMOVZXBW, 16: H.PMOVZXWD, 32: H.PMOVZXDQ }
const UNPACK_HIGH = { 8: P.PUNPCKHBW, 16: P.PUNPCKHWD, 32: P.PUNPCKHDQ }

/** d = lanes of `width` bits of the low or high half of a. */
export function widen(e: Emitter, width: 8 | 16 | 32, signed: boolean, high: boolean, d: number, a: number): void {
  if (!high) v2(e, (signed ? SIGNED : UNSIGNED)[width], d, a)
  else if (!signed) v3c(e, UNPACK_HIGH[width], d, a, 0)
  else {
    v2i(e, PSHUFD, d, a, 0xee)
    v2(e, SIGNED[width], d, d)
  }
}
