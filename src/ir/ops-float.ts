/**
 * Scalar and vector floating-point ops. Their meaning is src/ir/softfloat.ts: IEEE 754 with the NaN rules, estimates and
 * conversions of the region's FP rules ('arm'), in the rounding mode of MXCSR; exceptions accumulate there.
 *
 * An op that can raise an exception has effect `state`: it may not be removed or moved over a read of the FP status.
 * Scalars are F (f32 or f64). Vector twins end in 32 or 64 (width of a lane) and work on all lanes of a v128: a front-end
 * that wants fewer fills the others with lanes that raise nothing new (zeros, or copies).
 */
import { type OpRow, op } from './op-row.ts'

type Twin<N extends string> = { [K in `${N}32` | `${N}64`]: OpRow }

/** The two vector ops for lanes of 32 and 64 bits. */
function lanes<const N extends string>(name: N, signature: string, doc: string, effect: 'state' | 'pure' = 'state'): Twin<N> {
  const row = op(signature, 'v128', doc, effect)
  return { [`${name}32`]: row, [`${name}64`]: row } as Twin<N>
}

const ROUND_DOC = 'imm = ROUND_*'

export const FLOAT_OPS = {
  /** f32/f64 constant by its bits: imm2:imm. */
  constf: op('##', 'F', 'bits imm2:imm'),

  /**
   * The host FP environment for FPCR a (rounding, flush to zero) with the cumulative flags b (as FPSR) that the state holds already; MXCSR's
   * sticky bits become 0. While flushing, exceptions may be unmasked for what is not in b yet: see src/translate/float-traps.ts.
   */
  'fenv.modes': op('i32 i32', '', 'MXCSR from a and b', 'state'),

  /**
   * Other modes for a while, for guests that compute in two: `enter` keeps MXCSR and fpcr (slots mxcsr_kept, fpcr_kept), and MXCSR becomes what the slot
   * mxcsr_standard has, fpcr becomes a; results are tested for NaN. `leave` goes back, and keeps MXCSR in mxcsr_standard, sticky bits included. Both are in one block.
   */
  'fenv.enter': op('i32', '', 'the other modes begin, with FPCR a', 'state'),
  'fenv.leave': op('', '', 'they end', 'state'),

  // scalar arithmetic
  fadd: op('F F', 'F', 'a + b', 'state'),
  fsub: op('F F', 'F', 'a - b', 'state'),
  fmul: op('F F', 'F', 'a * b', 'state'),
  fdiv: op('F F', 'F', 'a / b', 'state'),
  fmulx: op('F F', 'F', 'a * b; infinity times zero is 2', 'state'),
  fsqrt: op('F', 'F', 'square root', 'state'),
  fma: op('F F F #', 'F', 'c + a * b, rounded once; imm bit 0: a negated first, bit 1: c negated first', 'state'),
  fneg: op('F', 'F', 'sign bit flipped'),
  fabs: op('F', 'F', 'sign bit cleared'),
  fmin: op('F F', 'F', 'the smaller, -0 < +0; NaN if either is', 'state'),
  fmax: op('F F', 'F', 'the greater, -0 < +0; NaN if either is', 'state'),
  fminnum: op('F F', 'F', 'fmin, but a number wins against a quiet NaN', 'state'),
  fmaxnum: op('F F', 'F', 'fmax, but a number wins against a quiet NaN', 'state'),
  fround: op('F ##', 'F', `to an integral value; ${ROUND_DOC}; imm2: raise inexact`, 'state'),
  frecpe: op('F', 'F', 'estimate of 1 / a', 'state'),
  frsqrte: op('F', 'F', 'estimate of 1 / sqrt(a)', 'state'),
  frecps: op('F F', 'F', '2 - a * b, rounded once; infinity times zero counts as zero', 'state'),
  frsqrts: op('F F', 'F', '(3 - a * b) / 2, likewise', 'state'),

  // conversions
  fwiden: op('f32', 'f64', 'exact', 'state'),
  fnarrow: op('f64 #', 'f32', `rounded; imm = ROUND_CURRENT or ROUND_ODD`, 'state'),
  /**
   * Half precision has no arithmetic of its own: operands are widened, computed with (f32 for + - * / and square root, f64 for fused
   * ops: rounding twice is then harmless), and narrowed. HALF_OPERAND: an operand of arithmetic, which keeps a signalling NaN as it is.
   */
  'f.fromhalf': op('v128 #', 'F', 'f16 in lane 0, exact; imm = HALF_*', 'state'),
  'f.tohalf': op('F #', 'v128', 'f16 in lane 0, the rest 0; imm = HALF_*', 'state'),
  ftosi: op('F #', 'T', `a * 2^fbits to a signed integer, saturated, NaN gives 0; imm = ROUND_* | fbits << ${8}`, 'state'),
  ftoui: op('F #', 'T', 'likewise, unsigned', 'state'),
  sitof: op('T #', 'F', 'signed a / 2^imm', 'state'),
  uitof: op('T #', 'F', 'unsigned a / 2^imm', 'state'),
  'ftosi.js': op('f64', 'i64', 'low half: a truncated modulo 2^32; bit 32: nothing was lost (and a is not -0)', 'state'),
  /** Lazy like the integer ones; imm 1: signalling (every NaN raises invalid), 0: quiet. */
  'flags.fcmp': op('F F #', 'flags', 'less: N; equal: Z C; greater: C; unordered: C V', 'state'),

  // vectors, lane by lane
  ...lanes('vfadd', 'v128 v128', 'a + b'),
  ...lanes('vfsub', 'v128 v128', 'a - b'),
  ...lanes('vfmul', 'v128 v128', 'a * b'),
  ...lanes('vfdiv', 'v128 v128', 'a / b'),
  ...lanes('vfmulx', 'v128 v128', 'fmulx'),
  ...lanes('vfsqrt', 'v128', 'square root'),
  ...lanes('vfma', 'v128 v128 v128 #', 'fma'),
  ...lanes('vfneg', 'v128', 'sign bits flipped', 'pure'),
  ...lanes('vfabs', 'v128', 'sign bits cleared', 'pure'),
  ...lanes('vfmin', 'v128 v128', 'fmin'),
  ...lanes('vfmax', 'v128 v128', 'fmax'),
  ...lanes('vfminnum', 'v128 v128', 'fminnum'),
  ...lanes('vfmaxnum', 'v128 v128', 'fmaxnum'),
  ...lanes('vfround', 'v128 ##', 'fround'),
  ...lanes('vfrecpe', 'v128', 'frecpe'),
  ...lanes('vfrsqrte', 'v128', 'frsqrte'),
  ...lanes('vfrecps', 'v128 v128', 'frecps'),
  ...lanes('vfrsqrts', 'v128 v128', 'frsqrts'),
  ...lanes('vfcmpeq', 'v128 v128', 'all ones where a = b (quiet), else 0'),
  ...lanes('vfcmpge', 'v128 v128', 'all ones where a >= b (signalling), else 0'),
  ...lanes('vfcmpgt', 'v128 v128', 'all ones where a > b (signalling), else 0'),
  ...lanes('vftosi', 'v128 #', 'ftosi, to lanes of the same width'),
  ...lanes('vftoui', 'v128 #', 'ftoui, to lanes of the same width'),
  ...lanes('vsitof', 'v128 #', 'sitof, from lanes of the same width'),
  ...lanes('vuitof', 'v128 #', 'uitof, from lanes of the same width'),
  vfwiden: op('v128', 'v128', 'the two low f32 lanes to f64', 'state'),
  vfnarrow: op('v128 #', 'v128', 'two f64 lanes to the two low f32 lanes, the rest 0; imm as fnarrow', 'state'),
  'vf.fromhalf': op('v128 #', 'v128', 'the four low f16 lanes to f32; imm = HALF_*', 'state'),
  'vf.tohalf': op('v128 #', 'v128', 'four f32 lanes to the four low f16 lanes, the rest 0; imm = HALF_*', 'state'),
  'vf.divhalf': op('v128 v128', 'v128', 'a / b of the four low f16 lanes, the rest 0', 'state'),
  'vf.fromhalf64': op('v128 #', 'v128', 'the two low f16 lanes to f64; imm = HALF_*', 'state'),
  'vf.tohalf64': op('v128 #', 'v128', 'two f64 lanes to the two low f16 lanes, the rest 0; imm = HALF_*', 'state'),
  vurecpe32: op('v128', 'v128', 'unsigned estimate of 1 / a'),
  vursqrte32: op('v128', 'v128', 'unsigned estimate of 1 / sqrt(a)'),
} as const

/** imm of ftosi and its like. */
export const FBITS_SHIFT = 8
/** imm of the half-precision ops: a conversion by the program (FPCR.AHP counts, FZ16 does not), or a side of arithmetic (the other way round). */
export const HALF_CONVERSION = 0
export const HALF_OPERAND = 1
