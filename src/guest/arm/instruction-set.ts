/**
 * The guest pc of AArch32 as the translator keeps it everywhere (keys of regions, look-up, exits, the state): the address with the translation
 * state in it, so that code that is executed in two states is translated twice.
 *
 *   bits 31..1  address       bit 0  Thumb (T32)       bits 39..32  ITSTATE of an instruction within an IT block
 *   bit 40  data is big-endian                         bits 43..41  FPSCR.LEN          bits 45..44  FPSCR.STRIDE
 *
 * What BX reads from a register is such a pc as it stands, but for the upper line: all branches keep that.
 */

const TWO_32 = 0x1_0000_0000
/** The lowest of the bits that branches keep. */
const KEPT = 2 ** 40
/** What makes data big-endian. */
export const BIG_ENDIAN = KEPT
/** LEN and STRIDE in the pc's high word. */
const LEN_STRIDE = 0x3e00
/** SETEND: the bit that tells big-endian from the other is none of these. */
const SETEND_A32 = 0xf101_0000 | 0
const SETEND_A32_E = 1 << 9
const SETEND_T16 = 0xb650
const SETEND_T16_E = 1 << 3
/** The first five bits of a Thumb instruction of 32 bits are these or more. */
const FIRST_WIDE = 0b11101
const IT_BITS = 0xff
// In the pc's high word, and in FPSCR.
const LEN_AT = 9
const STRIDE_AT = 12
const FPSCR_LEN_AT = 16
const FPSCR_STRIDE_AT = 20
const LEN_MASK = 7
const STRIDE_MASK = 3

/** Where the kernel has code that programs may call, which is for all processors. */
export const KERNEL_PAGE = 0xffff_0000

export function isThumb(pc: number): boolean {
  return (pc & 1) !== 0
}

/** Where the instruction lies. */
export function addressOf(pc: number): number {
  return (pc & ~1) >>> 0
}

/** May there be an instruction? A32 has its own at multiples of four. */
export function isAligned(pc: number): boolean {
  return isThumb(pc) || (pc & 2) === 0
}

/** Is `word` SVC? */
export function isSystemCall(pc: number, word: number): boolean {
  return isThumb(pc) ? word >>> 24 === 0xdf : ((word >>> 24) & 15) === 15 && word >>> 28 !== 15
}

/** ITSTATE before the instruction at `pc`: 0 outside of IT blocks. */
export function itStateOf(pc: number): number {
  return Math.floor(pc / TWO_32) & IT_BITS
}

/** What all branches keep, to be added to a pc without it. */
export function keptOf(pc: number): number {
  return pc < KEPT ? 0 : pc - (pc % KEPT)
}

export function isBigEndian(pc: number): boolean {
  return pc >= KEPT && (Math.floor(pc / KEPT) & 1) !== 0
}

/** FPSCR.LEN and FPSCR.STRIDE where FPSCR has them. */
export function lengthStrideOf(pc: number): number {
  if (pc < KEPT) return 0
  const bits = Math.floor(pc / TWO_32) & LEN_STRIDE
  return (((bits >> LEN_AT) & LEN_MASK) << FPSCR_LEN_AT) | ((bits >> STRIDE_AT) << FPSCR_STRIDE_AT)
}

/** The high word of what a pc is when FPSCR has LEN and STRIDE as `fpscr` has. */
export function highOfLengthStride(fpscr: number): number {
  return (((fpscr >> FPSCR_LEN_AT) & LEN_MASK) << LEN_AT) | (((fpscr >> FPSCR_STRIDE_AT) & STRIDE_MASK) << STRIDE_AT)
}

/** `pc` with LEN and STRIDE of `fpscr`. */
export function withLengthStride(pc: number, fpscr: number): number {
  const high = Math.floor(pc / TWO_32)
  return pc + (((high & ~LEN_STRIDE) | highOfLengthStride(fpscr)) - high) * TWO_32
}

/** The state behind the instruction `word` at `pc`, which branches keep. */
function keptBehind(pc: number, word: number): number {
  const toBig = isThumb(pc) ? setsT16(word) : setsA32(word)
  const kept = keptOf(pc)
  if (toBig === undefined || toBig === isBigEndian(pc)) return kept
  return toBig ? kept + BIG_ENDIAN : kept - BIG_ENDIAN
}
function setsA32(word: number): boolean | undefined {
  return (word & ~SETEND_A32_E) === SETEND_A32 ? (word & SETEND_A32_E) !== 0 : undefined
}
function setsT16(word: number): boolean | undefined {
  const halfword = word >>> 16
  return (halfword & ~SETEND_T16_E) === SETEND_T16 ? (halfword & SETEND_T16_E) !== 0 : undefined
}

/** Bytes of the instruction `word` (as the rows have it) at `pc`. */
export function sizeOf(pc: number, word: number): number {
  return isThumb(pc) && word >>> 27 < FIRST_WIDE ? 2 : 4
}

/**
 * The word that rows decode, of the instruction at `pc` that begins with the little-endian `raw`: in Thumb the first halfword is the upper one, and
 * the lower one of an instruction of 16 bits is zero.
 */
export function wordOf(pc: number, raw: number): number {
  if (!isThumb(pc)) return raw | 0
  const first = raw << 16
  return first >>> 27 < FIRST_WIDE ? first : first | (raw >>> 16)
}

/** Is `word` a Thumb IT instruction? */
function isIt(word: number): boolean {
  return word >>> 24 === 0xbf && (word & 0xf_0000) !== 0
}

/** ITAdvance(). */
function advanced(itState: number): number {
  return (itState & 7) === 0 ? 0 : (itState & 0xe0) | ((itState << 1) & 0x1f)
}

/** The pc behind the instruction `word` at `pc`. */
export function pcBehind(pc: number, word: number): number {
  if (!isThumb(pc)) return addressOf(pc + 4) + keptBehind(pc, word)
  const address = ((pc | 0) + sizeOf(pc, word)) >>> 0
  const itState = isIt(word) ? (word >>> 16) & IT_BITS : advanced(itStateOf(pc))
  return address + itState * TWO_32 + keptBehind(pc, word)
}
