/** Vector ops that move lanes about. */
import { op } from './op-row.ts'
import { LANES_8_32, LANES_8_64, lanes } from './ops-lanes.ts'

const V2 = 'v128 v128'

export const VECTOR_SHUFFLE_OPS = {
  vshuf: op(V2, 'v128', 'byte i = b[i] < 128 ? a[b[i] mod 16] : 0'),
  vtbl1: op(V2, 'v128', 'byte i = b[i] < 16 ? a[b[i]] : 0'),
  vtbl2: op('v128 v128 v128', 'v128', 'byte i = c[i] < 32 ? (b:a)[c[i]] : 0'),
  vext: op('v128 v128 #', 'v128', 'bytes imm .. imm+15 of b:a; imm = 0..15'),
  /** imm: 2 bits a lane, as in PSHUFD. */
  vshuf32: op('v128 #', 'v128', 'lane i = a[imm bits 2i, 2i+1]'),
  vshufx32: op('v128 v128 #', 'v128', 'lanes 0, 1 from a and 2, 3 from b, by imm as in vshuf32'),
  ...lanes('vdup', LANES_8_64, 'v128 #', 'v128', 'every lane = lane imm of a'),
  ...lanes('vmove', LANES_8_64, 'v128 v128 ##', 'v128', 'a with lane imm = lane imm2 of b'),
  ...lanes('vziplo', LANES_8_64, V2, 'v128', 'a0 b0 a1 b1 … of the low halves'),
  ...lanes('vziphi', LANES_8_64, V2, 'v128', 'a0 b0 a1 b1 … of the high halves'),
  ...lanes('vuzplo', LANES_8_32, V2, 'v128', 'even lanes of a, then of b'),
  ...lanes('vuzphi', LANES_8_32, V2, 'v128', 'odd lanes of a, then of b'),
  ...lanes('vtrnlo', LANES_8_32, V2, 'v128', 'a0 b0 a2 b2 …'),
  ...lanes('vtrnhi', LANES_8_32, V2, 'v128', 'a1 b1 a3 b3 …'),
} as const
