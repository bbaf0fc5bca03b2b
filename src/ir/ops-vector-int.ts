/** Vector ops: logic, integer arithmetic, comparisons, shifts, saturation, products, sums across lanes, bit counts. */
import { op } from './op-row.ts'
import { LANES_8_32, LANES_8_64, LANES_16_32, LANES_16_64, lanes } from './ops-lanes.ts'

const V2 = 'v128 v128'
const V3 = 'v128 v128 v128'
const IMM = 'v128 #'

export const VECTOR_INT_OPS = {
  vand: op(V2, 'v128', 'a & b'),
  vor: op(V2, 'v128', 'a | b'),
  vxor: op(V2, 'v128', 'a ^ b'),
  vandn: op(V2, 'v128', 'a & ~b'),
  vorn: op(V2, 'v128', 'a | ~b'),
  vnot: op('v128', 'v128', '~a'),
  vbsel: op(V3, 'v128', 'bit by bit: a ? b : c'),
  vxor3: op(V3, 'v128', 'a ^ b ^ c'),
  vxorandn: op(V3, 'v128', 'a ^ (b & ~c)'),

  ...lanes('vadd', LANES_8_64, V2, 'v128', 'a + b'),
  ...lanes('vsub', LANES_8_64, V2, 'v128', 'a - b'),
  ...lanes('vabs', LANES_8_64, 'v128', 'v128', '|a|; MIN gives MIN'),
  ...lanes('vmul', LANES_8_32, V2, 'v128', 'low half of a * b'),
  ...lanes('vmins', LANES_8_32, V2, 'v128', 'signed minimum'),
  ...lanes('vmaxs', LANES_8_32, V2, 'v128', 'signed maximum'),
  ...lanes('vminu', LANES_8_32, V2, 'v128', 'unsigned minimum'),
  ...lanes('vmaxu', LANES_8_32, V2, 'v128', 'unsigned maximum'),
  ...lanes('vabds', LANES_8_32, V2, 'v128', '|a - b| of signed lanes, as an unsigned lane'),
  ...lanes('vabdu', LANES_8_32, V2, 'v128', '|a - b| of unsigned lanes'),
  ...lanes('vhadds', LANES_8_32, V2, 'v128', 'floor((a + b) / 2), signed'),
  ...lanes('vhaddu', LANES_8_32, V2, 'v128', 'floor((a + b) / 2), unsigned'),
  ...lanes('vrhadds', LANES_8_32, V2, 'v128', 'floor((a + b + 1) / 2), signed'),
  ...lanes('vrhaddu', LANES_8_32, V2, 'v128', 'floor((a + b + 1) / 2), unsigned'),
  ...lanes('vhsubs', LANES_8_32, V2, 'v128', 'floor((a - b) / 2), signed'),
  ...lanes('vhsubu', LANES_8_32, V2, 'v128', 'floor((a - b) / 2) modulo 2^width, unsigned lanes'),

  // comparisons: a lane of the result is all ones or zero
  ...lanes('vcmpeq', LANES_8_64, V2, 'v128', 'a == b'),
  ...lanes('vcmpgts', LANES_8_64, V2, 'v128', 'a > b, signed'),
  ...lanes('vcmpges', LANES_8_64, V2, 'v128', 'a >= b, signed'),
  ...lanes('vcmpgtu', LANES_8_64, V2, 'v128', 'a > b, unsigned'),
  ...lanes('vcmpgeu', LANES_8_64, V2, 'v128', 'a >= b, unsigned'),
  ...lanes('vtst', LANES_8_64, V2, 'v128', '(a & b) != 0'),

  ...lanes('vqadds', LANES_8_64, V2, 'v128', 'a + b, saturating, signed'),
  ...lanes('vqaddu', LANES_8_64, V2, 'v128', 'a + b, saturating, unsigned'),
  ...lanes('vqsubs', LANES_8_64, V2, 'v128', 'a - b, saturating, signed'),
  ...lanes('vqsubu', LANES_8_64, V2, 'v128', 'a - b, saturating, unsigned'),

  // shifts by a constant: imm = 0..width; width shifts every bit out
  ...lanes('vshl', LANES_8_64, IMM, 'v128', 'a << imm'),
  ...lanes('vshr', LANES_8_64, IMM, 'v128', 'logical a >> imm'),
  ...lanes('vsar', LANES_8_64, IMM, 'v128', 'arithmetic a >> imm'),
  ...lanes('vrshrs', LANES_8_64, IMM, 'v128', 'floor((a + 2^(imm-1)) / 2^imm), signed, exact; imm = 1..width'),
  ...lanes('vrshru', LANES_8_64, IMM, 'v128', 'floor((a + 2^(imm-1)) / 2^imm), unsigned, exact; imm = 1..width'),
  ...lanes('vror', [32, 64], IMM, 'v128', 'a rotated right by imm; 0 < imm < width'),
  // shifts by lanes: n = the low byte of b's lane, signed; a shift to the left where n >= 0, to the right by -n where n < 0
  ...lanes('vshls', LANES_8_64, V2, 'v128', 'a * 2^n rounded down, modulo 2^width, signed'),
  ...lanes('vshlu', LANES_8_64, V2, 'v128', 'a * 2^n rounded down, modulo 2^width, unsigned'),
  ...lanes('vrshls', LANES_8_64, V2, 'v128', 'floor(a * 2^n + 1/2), modulo 2^width, signed'),
  ...lanes('vrshlu', LANES_8_64, V2, 'v128', 'floor(a * 2^n + 1/2), modulo 2^width, unsigned'),

  // fractional products
  ...lanes('vdmulh', LANES_16_32, V2, 'v128', 'high half of 2 * a * b modulo 2^(2 width), signed'),
  ...lanes('vrdmulh', LANES_16_32, V2, 'v128', 'high half of 2 * a * b + 2^(width-1) modulo 2^(2 width), signed'),
  ...lanes('vrdmlah', LANES_16_32, V3, 'v128', 'floor((a * 2^width + 2 * b * c + 2^(width-1)) / 2^width) modulo 2^width, signed'),
  ...lanes('vrdmlsh', LANES_16_32, V3, 'v128', 'floor((a * 2^width - 2 * b * c + 2^(width-1)) / 2^width) modulo 2^width, signed'),
  ...lanes('vqrdmlah', LANES_16_32, V3, 'v128', 'the same as vrdmlah, saturating'),
  ...lanes('vqrdmlsh', LANES_16_32, V3, 'v128', 'the same as vrdmlsh, saturating'),

  // products of double width; the width named is that of the arguments' lanes, `lo` and `hi` which half of them is read
  ...lanes('vmullslo', LANES_8_32, V2, 'v128', 'a * b, signed, lanes of the low halves'),
  ...lanes('vmullshi', LANES_8_32, V2, 'v128', 'a * b, signed, lanes of the high halves'),
  ...lanes('vmullulo', LANES_8_32, V2, 'v128', 'a * b, unsigned, lanes of the low halves'),
  ...lanes('vmulluhi', LANES_8_32, V2, 'v128', 'a * b, unsigned, lanes of the high halves'),
  vdots8: op(V3, 'v128', '32-bit lanes: a + the four products of the signed bytes of b and c'),
  vdotu8: op(V3, 'v128', '32-bit lanes: a + the four products of the unsigned bytes of b and c'),
  vdotus8: op(V3, 'v128', '32-bit lanes: a + the four products of the unsigned bytes of b and the signed bytes of c'),

  // polynomials over GF(2)
  vclmul8: op(V2, 'v128', 'low half of the carry-less product'),
  vclmullo8: op(V2, 'v128', 'carry-less product, lanes of the low halves'),
  vclmulhi8: op(V2, 'v128', 'carry-less product, lanes of the high halves'),
  vclmul64: op('v128 v128 #', 'v128', '128-bit carry-less product; imm bit 0: lane of a, bit 4: lane of b'),

  // widening (the width named is that of the source) and saturating narrowing (likewise; result in the low half, high half 0)
  ...lanes('vsextlo', LANES_8_32, 'v128', 'v128', 'lanes of the low half, sign-extended'),
  ...lanes('vsexthi', LANES_8_32, 'v128', 'v128', 'lanes of the high half, sign-extended'),
  ...lanes('vzextlo', LANES_8_32, 'v128', 'v128', 'lanes of the low half, zero-extended'),
  ...lanes('vzexthi', LANES_8_32, 'v128', 'v128', 'lanes of the high half, zero-extended'),
  ...lanes('vqnarrowss', LANES_16_64, 'v128', 'v128', 'signed lanes saturated to signed ones of half the width'),
  ...lanes('vqnarrowsu', LANES_16_64, 'v128', 'v128', 'signed lanes saturated to unsigned ones of half the width'),
  ...lanes('vqnarrowuu', LANES_16_64, 'v128', 'v128', 'unsigned lanes saturated to unsigned ones of half the width'),

  // sums and extrema of neighbours and of all lanes
  ...lanes('vpadd', LANES_8_64, V2, 'v128', 'sums of neighbours, those of a in the low half, those of b in the high half'),
  ...lanes('vpaddls', LANES_8_32, 'v128', 'v128', 'sums of signed neighbours in lanes of double width'),
  ...lanes('vpaddlu', LANES_8_32, 'v128', 'v128', 'sums of unsigned neighbours in lanes of double width'),
  ...lanes('vaddv', LANES_8_32, 'v128', 'v128', 'lane 0 = the sum of all lanes, the rest 0'),
  vaddlvs8: op('v128', 'v128', '16-bit lane 0 = the sum of all signed bytes, the rest 0'),
  vaddlvu8: op('v128', 'v128', '16-bit lane 0 = the sum of all unsigned bytes, the rest 0'),
  ...lanes('vmaxvs', LANES_8_32, 'v128', 'v128', 'lane 0 = the signed maximum of all lanes, the rest 0'),
  ...lanes('vminvs', LANES_8_32, 'v128', 'v128', 'lane 0 = the signed minimum of all lanes, the rest 0'),
  ...lanes('vmaxvu', LANES_8_32, 'v128', 'v128', 'lane 0 = the unsigned maximum of all lanes, the rest 0'),
  ...lanes('vminvu', LANES_8_32, 'v128', 'v128', 'lane 0 = the unsigned minimum of all lanes, the rest 0'),

  vpopcnt8: op('v128', 'v128', 'number of ones'),
  ...lanes('vclz', LANES_8_32, 'v128', 'v128', 'leading zeros; the width for 0'),
  vrbit8: op('v128', 'v128', 'bits of each byte reversed'),
} as const
