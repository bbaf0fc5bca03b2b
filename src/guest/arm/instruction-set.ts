/**
 * The guest pc of AArch32 as the translator keeps it everywhere (keys of regions, look-up, exits, the state): the address with the translation
 * state in it, so that code that is executed in two states is translated twice.
 *
 *   bits 31..1  address       bit 0  Thumb (T32)       bits 39..32  ITSTATE of an instruction within an IT block
 *
 * What BX reads from a register is such a pc as it stands. Bit 40 is kept for the endianness of data.
 */

const TWO_32 = 0x1_0000_0000
/** The first five bits of a Thumb instruction of 32 bits are these or more. */
const FIRST_WIDE = 0b11101
const IT_BITS = 0xff

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
  if (!isThumb(pc)) return addressOf(pc + 4)
  const address = ((pc | 0) + sizeOf(pc, word)) >>> 0
  const itState = isIt(word) ? (word >>> 16) & IT_BITS : advanced(itStateOf(pc))
  return address + itState * TWO_32
}
