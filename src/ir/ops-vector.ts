/** 128-bit vector ops, and moves between vectors and the other classes. Lane 0 is the least significant. */
import { op } from './op-row.ts'

export const VECTOR_OPS = {
  vzero: op('', 'v128', 'all bits 0'),
  /** The constant's four words lie in the region's constant pool from index imm. */
  constv: op('#', 'v128', 'pool[imm..imm+3], lowest first'),
  'v.fromf': op('F', 'v128', 'lane 0 = a, the rest 0'),
  'v.tof32': op('v128', 'f32', 'lane 0'),
  'v.tof64': op('v128', 'f64', 'lane 0'),
  'v.fromi': op('T', 'v128', "lane 0 (of a's width) = a, the rest 0"),
  'v.toi32': op('v128', 'i32', 'low word'),
  'v.toi64': op('v128', 'i64', 'low doubleword'),
  'f.bits': op('F', 'T', "bits of a; T has a's width"),
  'f.frombits': op('T', 'F', "F has a's width"),
} as const
