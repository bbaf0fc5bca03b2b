/**
 * 128-bit vector ops, and moves between vectors and the other classes. Lane 0 is the least significant. The number at
 * the end of a name is the lane width in bits; `s` and `u` before it say whether lanes are read as signed or unsigned,
 * `q` that results saturate. Ops on whole registers only: what a guest does to a part of one is followed by `vlow`.
 */
import { op } from './op-row.ts'
import { lanes } from './ops-lanes.ts'
import { VECTOR_CRYPTO_OPS } from './ops-vector-crypto.ts'
import { VECTOR_INT_OPS } from './ops-vector-int.ts'
import { VECTOR_SHUFFLE_OPS } from './ops-vector-shuffle.ts'

export const VECTOR_OPS = {
  vzero: op('', 'v128', 'all bits 0'),
  /** The constant's four words lie in the region's constant pool from index imm. */
  constv: op('#', 'v128', 'pool[imm..imm+3], lowest first'),
  'v.fromf': op('F', 'v128', 'lane 0 = a, the rest 0'),
  /** For operations that look at lane 0 alone. */
  'v.holdf': op('F', 'v128', 'lane 0 = a, the rest unspecified'),
  'v.tof32': op('v128', 'f32', 'lane 0'),
  'v.tof64': op('v128', 'f64', 'lane 0'),
  'v.fromi': op('T', 'v128', "lane 0 (of a's width) = a, the rest 0"),
  'v.toi32': op('v128', 'i32', 'low word'),
  'v.toi64': op('v128', 'i64', 'low doubleword'),
  'f.bits': op('F', 'T', "bits of a; T has a's width"),
  'f.frombits': op('T', 'F', "F has a's width"),
  /** imm = 8, 16, 32 or 64 */
  vlow: op('v128 #', 'v128', 'the low imm bits of a, the rest 0'),
  ...lanes('vsplat', [8, 16, 32], 'i32', 'v128', 'every lane = the low bits of a'),
  vsplat64: op('i64', 'v128', 'both lanes = a'),
  ...lanes('vins', [8, 16, 32], 'v128 i32 #', 'v128', 'a with lane imm = the low bits of b'),
  vins64: op('v128 i64 #', 'v128', 'a with lane imm = b'),
  ...lanes('vget', [8, 16, 32], 'v128 #', 'i32', 'lane imm, zero-extended'),
  vget64: op('v128 #', 'i64', 'lane imm'),
  ...VECTOR_INT_OPS,
  ...VECTOR_SHUFFLE_OPS,
  ...VECTOR_CRYPTO_OPS,
} as const
