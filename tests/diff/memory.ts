/**
 * What a word of the loads-and-stores encodings (manual C4.1.88) accesses, so that the generator can point
 * its base register at the window and keep off what the manual leaves CONSTRAINED UNPREDICTABLE.
 */

/** One access: base register, where the address lies from it, and how it must be aligned. */
export interface Access {
  readonly base: number
  /** Constant offset in bytes. */
  readonly offset: number
  /** Register offset, or -1; `extend` is the option field, `shift` the left shift. */
  readonly index: number
  readonly extend: number
  readonly shift: number
  /** The address must be a multiple of this. */
  readonly align: number
  /** Bytes accessed, at most. */
  readonly size: number
  /** The word is an exclusive store and wants this load-exclusive of the same size before it, or 0. */
  readonly before: number
  /** CAS/CASP: the comparison register whose value may be planted in memory, or -1. */
  readonly compare: number
  /** In how many registers the compared value is (CASP: 2). */
  readonly compareParts: number
}

export type MemoryWord = Access | 'literal' | 'avoid'

function access(base: number, part: Partial<Access>): Access {
  return { base, offset: 0, index: -1, extend: 0, shift: 0, align: 1, size: 16, before: 0, compare: -1, compareParts: 1, ...part }
}

function bits(word: number, high: number, low: number): number {
  return (word >>> low) & ((1 << (high - low + 1)) - 1)
}

function signed(value: number, width: number): number {
  return (value << (32 - width)) >> (32 - width)
}

const VECTOR_STRUCTURE_SIZE = 64

/** The access of `word`, whose bits 27 and 25 are 1 and 0. */
export function memoryWord(word: number): MemoryWord {
  const rn = bits(word, 9, 5)
  const rt = bits(word, 4, 0)
  const top = bits(word, 29, 24)
  if ((word & 0xbe000000) >>> 0 === 0x0c000000) return access(rn, { size: VECTOR_STRUCTURE_SIZE })
  if (top === 0b001000) return exclusive(word, rn, rt)
  if ((top & 0b111011) === 0b011000) return 'literal'
  if (top === 0b011001) {
    // LDAPUR/STLUR; what else is here are memory tags and memory copies
    if (bits(word, 21, 21) !== 0 || bits(word, 11, 10) !== 0) return 'avoid'
    return access(rn, { offset: signed(bits(word, 20, 12), 9), align: 1 << bits(word, 31, 30), size: 8 })
  }
  if ((top & 0b111010) === 0b101000) return registerPair(word, rn, rt)
  if ((top & 0b111010) === 0b111000) return singleRegister(word, rn, rt)
  return 'avoid'
}

/** Load/store exclusive, ordered, compare and swap. */
function exclusive(word: number, rn: number, rt: number): MemoryWord {
  const size = bits(word, 31, 30)
  const isOrdered = bits(word, 23, 23) === 1
  const isLoad = bits(word, 22, 22) === 1
  const o1 = bits(word, 21, 21) === 1
  const rs = bits(word, 20, 16)
  const rt2 = bits(word, 14, 10)
  const bytes = 1 << size
  if (isOrdered) return access(rn, { align: bytes, size: bytes, compare: o1 ? rs : -1 })
  if (o1 && size < 2) return access(rn, { align: 8 << size, size: 8 << size, compare: rs, compareParts: 2 }) // CASP
  const align = o1 ? bytes * 2 : bytes
  if (isLoad) return o1 && rt === rt2 ? 'avoid' : access(rn, { align, size: align })
  if (rs === rt || (rs === rn && rn !== 31) || (o1 && rs === rt2)) return 'avoid'
  // ldxr/ldxp of the same size into registers that nothing else uses
  const free = [16, 17, 18, 19, 20, 21].filter((x) => x !== rn && x !== rt && x !== rt2 && x !== rs)
  const load = ((word & 0xc0200000) | 0x08400000 | (31 << 16) | ((o1 ? free[1]! : 31) << 10) | (rn << 5) | free[0]!) >>> 0
  return access(rn, { align, size: align, before: load })
}

function registerPair(word: number, rn: number, rt: number): MemoryWord {
  const opc = bits(word, 31, 30)
  const isVector = bits(word, 26, 26) === 1
  const isLoad = bits(word, 22, 22) === 1
  const mode = bits(word, 24, 23) // 0 no-allocate, 1 post, 2 offset, 3 pre
  const rt2 = bits(word, 14, 10)
  if (isLoad && rt === rt2) return 'avoid'
  if ((mode & 1) === 1 && !isVector && rn !== 31 && (rn === rt || rn === rt2)) return 'avoid'
  if (opc === 1 && !isVector && !isLoad) return 'avoid' // STGP stores a tag
  const scale = isVector ? 2 + opc : opc === 2 ? 3 : 2
  const offset = signed(bits(word, 21, 15), 7) * (1 << scale)
  return access(rn, { offset: mode === 1 ? 0 : offset, size: 2 << scale })
}

function singleRegister(word: number, rn: number, rt: number): MemoryWord {
  const size = bits(word, 31, 30)
  const isVector = bits(word, 26, 26) === 1
  const isUnsignedOffset = bits(word, 24, 24) === 1
  const opc = bits(word, 23, 22)
  const log2 = isVector && opc >= 2 ? 4 : size
  if (isUnsignedOffset) return access(rn, { offset: bits(word, 21, 10) << log2, size: 1 << log2 })
  const form = bits(word, 11, 10)
  if (bits(word, 21, 21) === 0) {
    if ((form & 1) === 1 && !isVector && rn !== 31 && rn === rt) return 'avoid' // writeback over the data register
    return access(rn, { offset: form === 1 ? 0 : signed(bits(word, 20, 12), 9), size: 1 << log2 })
  }
  const rm = bits(word, 20, 16)
  if (form === 0) return access(rn, { align: 1 << size, size: 1 << size }) // atomic memory operations
  if (form !== 2) return 'avoid' // LDRAA, LDRAB
  if (rm === rn && rm !== 31) return 'avoid'
  return access(rn, { index: rm, extend: bits(word, 15, 13), shift: bits(word, 12, 12) === 1 ? log2 : 0, size: 1 << log2 })
}
