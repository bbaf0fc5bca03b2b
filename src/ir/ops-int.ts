/** Integer, flag, memory, state and control ops. Shift amounts count modulo the width. */
import { op } from './op-row.ts'

export const INT_OPS = {
  // constants: imm = low word, imm2 = high word
  const: op('##', 'T', 'imm2:imm; i32 uses imm only'),

  add: op('T T', 'T', 'a + b'),
  sub: op('T T', 'T', 'a - b'),
  mul: op('T T', 'T', 'low half of a * b'),
  mulhs: op('i64 i64', 'i64', 'high half of the signed 128-bit product'),
  mulhu: op('i64 i64', 'i64', 'high half of the unsigned 128-bit product'),
  sdiv: op('T T', 'T', 'signed quotient toward zero; x/0 = 0, MIN/-1 = MIN'),
  udiv: op('T T', 'T', 'unsigned quotient; x/0 = 0'),
  and: op('T T', 'T', 'a & b'),
  or: op('T T', 'T', 'a | b'),
  xor: op('T T', 'T', 'a ^ b'),
  andn: op('T T', 'T', 'a & ~b'),
  not: op('T', 'T', '~a'),
  neg: op('T', 'T', '-a'),
  shl: op('T T', 'T', 'a << b (b modulo width)'),
  shr: op('T T', 'T', 'logical a >> b (b modulo width)'),
  sar: op('T T', 'T', 'arithmetic a >> b (b modulo width)'),
  ror: op('T T', 'T', 'a rotated right by b (modulo width)'),
  funnel: op('T T #', 'T', 'low word of (a:b) >> imm, a the high word, 0 < imm < width'),
  clz: op('T', 'T', 'leading zeros; width for 0'),
  ctz: op('T', 'T', 'trailing zeros; width for 0'),
  popcnt: op('T', 'T', 'number of ones'),
  bswap: op('T', 'T', 'bytes reversed'),
  rbit: op('T', 'T', 'bits reversed'),
  sext8: op('T', 'T', 'low 8 bits sign-extended'),
  sext16: op('T', 'T', 'low 16 bits sign-extended'),
  zext8: op('T', 'T', 'low 8 bits zero-extended'),
  zext16: op('T', 'T', 'low 16 bits zero-extended'),
  sext32: op('i32', 'i64', 'sign-extended'),
  zext32: op('i32', 'i64', 'zero-extended'),
  trunc: op('i64', 'i32', 'low word'),
  crc32c: op(
    'i32 i64 #',
    'i32',
    'CRC-32C (Castagnoli, reflected) of a with the low imm (8, 16, 32, 64) bits of b; no pre- or post-inversion',
  ),
  crc32: op('i32 i64 #', 'i32', 'CRC-32 (0x04C11DB7, reflected) likewise'),

  // flags (lazy); T is the operand width. N Z C V as the guest reads them; C of a subtraction is NOT borrow
  'flags.add': op('T T', 'flags', 'flags of a + b'),
  'flags.sub': op('T T', 'flags', 'flags of a - b'),
  'flags.adc': op('T T i32', 'flags', 'flags of a + b + (c & 1)'),
  'flags.sbc': op('T T i32', 'flags', 'flags of a - b - 1 + (c & 1)'),
  'flags.logic': op('T', 'flags', 'N and Z of a; C = V = 0'),
  /** imm = packed flags used when c is 0 */
  'flags.or': op('flags i32 #', 'flags', 'b != 0 ? a : packed flags imm (conditional compare)'),
  pack: op('flags', 'i32', 'packed: N bit 15, Z bit 14, C bit 8, V bit 0; bits 1 to 7 zero, the others undefined'),
  unpack: op('i32', 'flags', 'from packed; what is undefined there is ignored'),
  test: op('flags #', 'i32', '1 if condition imm (COND_*) holds, else 0'),
  adc: op('T T i32', 'T', 'a + b + (c & 1)'),
  sbc: op('T T i32', 'T', 'a - b - 1 + (c & 1)'),

  // comparisons: imm = CMP_*; result 0 or 1
  icmp: op('T T #', 'i32', '1 if a CMP b, else 0'),
  select: op('i32 T T', 'T', 'a != 0 ? b : c'),
  'select.f': op('i32 F F', 'F', 'a != 0 ? b : c'),
  'select.v': op('i32 v128 v128', 'v128', 'a != 0 ? b : c'),

  // guest memory; address i64 + imm (bytes); little-endian; may fault
  load8u: op('i64 #', 'T', 'byte, zero-extended', 'read'),
  load8s: op('i64 #', 'T', 'byte, sign-extended', 'read'),
  load16u: op('i64 #', 'T', '16 bits, zero-extended', 'read'),
  load16s: op('i64 #', 'T', '16 bits, sign-extended', 'read'),
  load32: op('i64 #', 'T', '32 bits, zero-extended', 'read'),
  load32s: op('i64 #', 'i64', '32 bits, sign-extended', 'read'),
  load64: op('i64 #', 'i64', '64 bits', 'read'),
  loadf32: op('i64 #', 'f32', '', 'read'),
  loadf64: op('i64 #', 'f64', '', 'read'),
  loadv: op('i64 #', 'v128', '16 bytes, no alignment needed', 'read'),
  store8: op('i64 T #', '', 'low byte of b', 'write'),
  store16: op('i64 T #', '', '', 'write'),
  store32: op('i64 T #', '', 'low word of b', 'write'),
  store64: op('i64 i64 #', '', '', 'write'),
  storef32: op('i64 f32 #', '', '', 'write'),
  storef64: op('i64 f64 #', '', '', 'write'),
  storev: op('i64 v128 #', '', '', 'write'),
  /** Atomic; imm = size in bytes (1 2 4 8); results zero-extended old memory. Sequentially consistent. */
  cas: op('i64 T T #', 'T', 'if [a] == b (low imm bytes) then [a] = c; gives the old [a]', 'write'),
  cas128: op('i64 v128 v128', 'v128', '16 bytes (a aligned to 16): if [a] == b then [a] = c; gives the old [a]', 'write'),
  xchg: op('i64 T #', 'T', '[a] = b, gives the old [a]', 'write'),
  xadd: op('i64 T #', 'T', '[a] += b, gives the old [a]', 'write'),
  /** imm = size in bytes, imm2 = RMW_* */
  rmw: op('i64 T ##', 'T', '[a] = [a] OP b, gives the old [a]', 'write'),
  loadva: op('i64', 'v128', '16 bytes in one access (a aligned to 16)', 'read'),
  prefetch: op('i64 ##', '', 'the line at a + imm will be used soon; imm2 = PREFETCH_*. Never faults', 'state'),
  fence: op('#', '', 'imm = FENCE_*; only the full one costs anything on the host', 'write'),
  /** A 64-byte or larger block of zeros (DC ZVA): imm bytes at a. */
  zero: op('i64 #', '', 'imm bytes at a become 0 (imm a multiple of 16)', 'write'),

  // guest state: imm = index of the slot in the region's state description
  get: op('#', 'any', 'the slot', 'state'),
  put: op('any #', '', 'slot = a', 'state'),
  /** Made by the dead-store pass from a put: slot's value is a, its memory is stale. Emits nothing; side tables use it. */
  note: op('any #', '', 'slot is a, not stored', 'state'),

  // host FP environment, in MXCSR's format
  'fenv.get': op('', 'i32', 'MXCSR', 'state'),
  'fenv.set': op('i32', '', 'MXCSR = a', 'state'),

  // clock and processor
  cycles: op('', 'i64', 'a monotonic counter of 1 GHz', 'state'),

  // control
  /** The poll of a loop within a region: `br (asked)` to a block that ends with `exit.poll`. */
  asked: op('', 'i32', 'not 0: someone asks translated code to leave', 'state'),
  param: op('#', 'any', 'parameter imm of its block; first rows of a block', 'state'),
  /** imm2:imm = guest pc behind it */
  syscall: op('##', '', 'system call: state canonical before, unknown after; goes on behind it', 'observe'),
  jump: op('', '', 'to successor 0', 'end'),
  br: op('i32', '', 'a != 0: successor 0, else successor 1', 'end'),
  /** imm2:imm = guest pc; chainable */
  'exit.direct': op('##', '', 'leave the region for a known pc', 'end'),
  /** imm2:imm = guest pc: leave the region there because someone asks */
  'exit.poll': op('##', '', 'leave the region for a known pc, and say why', 'end'),
  /** imm = EXIT_* hint */
  'exit.indirect': op('T #', '', 'leave the region for the pc in a', 'end'),
  /** imm = engine helper number, imm2 = its argument: a TypeScript function run by the engine on the canonical state; execution goes on at the next guest instruction. */
  'exit.emulate': op('##', '', 'cold instruction done by the engine', 'end'),
  /** The same for a barrier behind cache maintenance: there may be nothing to do. */
  'exit.stale': op('##', '', 'the lines named in the state may have changed: done by the engine if there are translations of them', 'end'),
  /** imm = TRAP_* reason, imm2 = the guest's argument (e.g. BRK immediate) */
  'exit.trap': op('##', '', 'the instruction at this pc raises an exception', 'end'),
} as const

/** Conditions of `test`, in AArch64's and AArch32's encoding. */
export const COND_NAMES = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'] as const
export const COND_EQ = 0
export const COND_NE = 1
export const COND_CS = 2
export const COND_CC = 3
export const COND_MI = 4
export const COND_PL = 5
export const COND_VS = 6
export const COND_VC = 7
export const COND_HI = 8
export const COND_LS = 9
export const COND_GE = 10
export const COND_LT = 11
export const COND_GT = 12
export const COND_LE = 13

/** Comparisons of `icmp`. */
export const CMP_NAMES = ['eq', 'ne', 'ult', 'ule', 'ugt', 'uge', 'slt', 'sle', 'sgt', 'sge'] as const
export const CMP_EQ = 0
export const CMP_NE = 1
export const CMP_ULT = 2
export const CMP_ULE = 3
export const CMP_UGT = 4
export const CMP_UGE = 5
export const CMP_SLT = 6
export const CMP_SLE = 7
export const CMP_SGT = 8
export const CMP_SGE = 9

/** Operations of `rmw` (add and exchange have ops of their own). */
export const RMW_NAMES = ['and', 'or', 'xor', 'clr', 'smax', 'smin', 'umax', 'umin'] as const
export const RMW_AND = 0
export const RMW_OR = 1
export const RMW_XOR = 2
export const RMW_CLR = 3
export const RMW_SMAX = 4
export const RMW_SMIN = 5
export const RMW_UMAX = 6
export const RMW_UMIN = 7

/** Where to, for reading; for writing. */
export const PREFETCH_L1 = 0
export const PREFETCH_L2 = 1
export const PREFETCH_L3 = 2
export const PREFETCH_STREAM = 3
export const PREFETCH_WRITE = 4
export const PREFETCH_NAMES = ['l1', 'l2', 'l3', 'stream', 'write'] as const

export const FENCE_FULL = 0
export const FENCE_LOAD = 1
export const FENCE_STORE = 2

export const EXIT_JUMP = 0
export const EXIT_CALL = 1
export const EXIT_RETURN = 2

/** Reasons of `exit.trap`. */
export const TRAP_UNDEFINED = 0
export const TRAP_BREAKPOINT = 1
export const TRAP_ALIGNMENT = 2
/** Known but unimplemented: SIGILL like an undefined one, named by `-d unimp`. */
export const TRAP_UNIMPLEMENTED = 3

/** Bits of packed flags. */
export const PACKED_N = 1 << 15
export const PACKED_Z = 1 << 14
export const PACKED_C = 1 << 8
export const PACKED_V = 1
