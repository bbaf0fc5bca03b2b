/**
 * Rounds of AES, SHA-1 and SHA-256 as Arm's instructions have them: results from the operands d, n, m. The IR's ops are those of x86 hosts; the state of a
 * hash lies in other orders there, which shuffles turn.
 */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import type { Simd } from './simd-lanes.ts'

export type CryptoOperation = (s: Simd, d: number, n: number, m: number) => number

export const aese: CryptoOperation = (s, d, n) => s.op(OP.vaesenclast, s.op(OP.vxor, d, n), s.zero())
export const aesd: CryptoOperation = (s, d, n) => s.op(OP.vaesdeclast, s.op(OP.vxor, d, n), s.zero())

/** The operand of `last` (vaesenclast, vaesdeclast with key 0) if `slot` was written by it just before, else NONE: both halves of a round are one IR op then. */
export function roundWrittenTo(s: Simd, slot: number, last: number): number {
  const { ir } = s
  const put = ir.rowCount - 1
  if (put < ir.blockStart[ir.currentBlock]! || ir.op[put] !== OP.put || ir.imm[put] !== slot) return NONE
  const round = ir.a[put]!
  return ir.op[round] === last && ir.op[ir.b[round]!] === OP.vzero ? ir.a[round]! : NONE
}
/** AESMC; `slot` is where n comes from. */
export function aesmc(s: Simd, n: number, slot: number): number {
  const round = roundWrittenTo(s, slot, OP.vaesenclast)
  return round === NONE ? s.op(OP.vaesmc, n) : s.op(OP.vaesenc, round, s.zero())
}
export function aesimc(s: Simd, n: number, slot: number): number {
  const round = roundWrittenTo(s, slot, OP.vaesdeclast)
  return round === NONE ? s.op(OP.vaesimc, n) : s.op(OP.vaesdec, round, s.zero())
}

// SHA-1: A B C D are lanes 0 .. 3 here, 3 .. 0 there; K is part of W here and added there.

const REVERSED = 0b00_01_10_11
const SHA1_K = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc | 0]

/** SHA1C, SHA1P, SHA1M by `kind`; n is E in lane 0. */
function sha1Rounds(kind: number): CryptoOperation {
  return (s, d, n, m) => {
    const w = s.op(OP.vsub32, m, s.splat(2, SHA1_K[kind]!))
    // E goes to W0.
    const first = s.op(OP.vadd32, w, s.low(n, 32))
    const abcd = s.imm(OP.vshuf32, d, REVERSED)
    const result = s.ir.emit(OP.vsha1rnds4, abcd, s.imm(OP.vshuf32, first, REVERSED), NONE, kind)
    return s.imm(OP.vshuf32, result, REVERSED)
  }
}
export const sha1c = sha1Rounds(0)
export const sha1p = sha1Rounds(1)
export const sha1m = sha1Rounds(2)

export function rotateLeft(s: Simd, value: number, n: number): number {
  return s.imm(OP.vror32, value, 32 - n)
}
export const sha1su0: CryptoOperation = (s, d, n, m) => s.op(OP.vxor3, s.ir.emit(OP.vext, d, n, NONE, 8), d, m)
/** Lane 0. */
export const sha1h: CryptoOperation = (s, _d, n) => rotateLeft(s, n, 30)
export const sha1su1: CryptoOperation = (s, d, n) => {
  const shifted = s.ir.emit(OP.vext, n, s.zero(), NONE, 4)
  const rotated = rotateLeft(s, s.op(OP.vxor, d, shifted), 1)
  // Lane 3 takes the result of lane 0 in, rotated once more.
  const again = s.ir.emit(OP.vext, s.zero(), rotateLeft(s, rotated, 1), NONE, 4)
  return s.op(OP.vxor, rotated, again)
}

// SHA-256: A B C D and E F G H are lanes 0 .. 3 here; F E B A and H G D C there.

const LOW_PAIRS = 0b00_01_00_01
const HIGH_PAIRS = 0b10_11_10_11
/** F E B A after four rounds on abcd, efgh, and after the first two of them (which are the H G D C after four). */
function sha256Rounds(s: Simd, abcd: number, efgh: number, w: number): readonly [last: number, first: number] {
  const { ir } = s
  const feba = ir.emit(OP.vshufx32, efgh, abcd, NONE, LOW_PAIRS)
  const hgdc = ir.emit(OP.vshufx32, efgh, abcd, NONE, HIGH_PAIRS)
  const first = s.op(OP.vsha256rnds2, hgdc, feba, w)
  const last = s.op(OP.vsha256rnds2, feba, first, s.imm(OP.vshuf32, w, 0b11_10_11_10))
  return [last, first]
}
export const sha256h: CryptoOperation = (s, d, n, m) => {
  const [last, first] = sha256Rounds(s, d, n, m)
  return s.ir.emit(OP.vshufx32, last, first, NONE, HIGH_PAIRS)
}
export const sha256h2: CryptoOperation = (s, d, n, m) => {
  const [last, first] = sha256Rounds(s, n, d, m)
  return s.ir.emit(OP.vshufx32, last, first, NONE, LOW_PAIRS)
}
export const sha256su0: CryptoOperation = (s, d, n) => s.op(OP.vsha256msg1, d, n)
export const sha256su1: CryptoOperation = (s, d, n, m) => {
  const sum = s.op(OP.vadd32, d, s.ir.emit(OP.vext, n, m, NONE, 4))
  return s.op(OP.vsha256msg2, sum, m)
}
