/**
 * A64: makes case number `index` of a row: a random word of the row's pattern on a random machine state. The pair
 * (row name, index) seeds everything, so a case can be repeated alone. Words whose effect the manual leaves
 * open, or that would leave the slot or the window, are avoided (`writeCase` returns false).
 */
import { isExcused } from './excused.ts'
import {
  CASE_DATA,
  CASE_FPCR,
  CASE_FPSR,
  CASE_NZCV,
  CASE_SIZE,
  CASE_SLOT,
  CASE_SP,
  CASE_V,
  CASE_WINDOW,
  CASE_WORDS,
  CASE_X,
  CODE_WORDS,
  FPSR_MASK,
  SLOT_BASE,
  SLOT_CODE,
  SLOT_COUNT,
  SLOT_DATA,
  SLOT_SIZE,
  WINDOW,
  WINDOW_SIZE,
} from './layout.ts'
import { type Access, memoryWord } from './memory.ts'
import { hashText, Random } from './random.ts'
import { type Encoding, encoding, type Row } from './row.ts'
import { branchTarget, systemWord } from './special-words.ts'
import { LANE_KINDS, type LaneKind, writeGeneral, writeVector } from './values.ts'

const NOP = 0xd503201f
/** add x17, x17, #0x111 .. #0x333: they show which words ran. */
const MARKERS = [0x91044631, 0x91088a31, 0x910cce31] as const

const encodings = new Map<Row, Encoding>()

/** The row's parsed pattern. */
export function encodingOf(row: Row): Encoding {
  let e = encodings.get(row)
  if (!e) encodings.set(row, (e = encoding(row)))
  return e
}

/** Fields of 5 bits are mostly registers: sometimes 31, sometimes the same as another one; wide ones are sometimes extreme. */
function randomWord(r: Random, e: Encoding): number {
  let word = e.value
  const shared = r.below(32)
  for (const field of e.fields) {
    const limit = 2 ** field.width
    const choice = r.below(10)
    let value = r.below(limit)
    if (field.width === 5) {
      if (choice === 0) value = 31
      if (choice === 1) value = shared
    } else if (field.width >= 3) {
      if (choice === 0) value = 0
      if (choice === 1) value = limit - 1
      if (choice === 2) value = limit / 2
    }
    word |= value << field.shift
  }
  return word >>> 0
}

/** The lane kind that the operation most likely works on. */
function likelyKind(r: Random, row: Row, word: number): LaneKind {
  const size = (word >>> 22) & 3
  const isScalarFloat = ((word >>> 24) & 0x5e) === 0x1e
  if (isScalarFloat) return size === 3 ? 'f16' : size === 1 ? 'f64' : 'f32'
  if (/^(f|bf)/.test(row.name)) {
    if (((word >>> 21) & 1) === 0 && ((word >>> 28) & 1) === 0 && ((word >>> 24) & 1) === 0) return 'f16'
    if (r.oneIn(4)) return r.pick(['f16', 'f32', 'f64'])
    return (size & 1) === 1 ? 'f64' : 'f32'
  }
  return (['i8', 'i16', 'i32', 'i64'] as const)[size]!
}

function writeVectors(r: Random, row: Row, word: number, view: DataView, at: number): void {
  const likely = likelyKind(r, row, word)
  const mode = r.below(20)
  const whole = mode < 13 ? likely : mode < 17 ? r.pick(LANE_KINDS) : undefined
  for (let n = 0; n < 32; n++) writeVector(r, view, at + 16 * n, whole ?? r.pick(LANE_KINDS))
  if (FUSED.test(row.name) && r.oneIn(5)) cancelProduct(r, word, view, at)
  else if (r.oneIn(6)) relateVectors(r, view, at)
}

/** Equal and opposite operands: cancellation, comparisons that are equal. */
function relateVectors(r: Random, view: DataView, at: number): void {
  for (let n = 0; n < 31; n++) {
    if (!r.oneIn(2)) continue
    const isNegated = r.oneIn(2)
    for (let k = 0; k < 16; k += 4) {
      view.setUint32(at + 16 * (n + 1) + k, (view.getUint32(at + 16 * n + k, true) ^ (isNegated ? 0x80000000 : 0)) >>> 0, true)
    }
  }
}

/** Rows that add to a product without rounding it. */
const FUSED = /^fn?m(add|sub|l[as])/

/** Makes the addend the negated rounded product, so that what is left shows whether the product was rounded. */
function cancelProduct(r: Random, word: number, view: DataView, at: number): void {
  const vector = (n: number) => at + 16 * (n & 31)
  const isScalar = ((word >>> 24) & 0x5f) === 0x1f
  const addend = vector(isScalar ? word >>> 10 : word)
  const [a, b] = [vector(word >>> 5), vector(word >>> 16)]
  const isDouble = isScalar ? ((word >>> 22) & 3) === 1 : ((word >>> 22) & 1) === 1
  const sign = r.pick([-1, -1, 1])
  for (let k = 0; k < 16; k += isDouble ? 8 : 4) {
    const product = isDouble
      ? view.getFloat64(a + k, true) * view.getFloat64(b + k, true)
      : view.getFloat32(a + k, true) * view.getFloat32(b + k, true)
    if (Number.isNaN(product)) continue // which NaN it would be is the JavaScript engine's choice
    if (isDouble) view.setFloat64(addend + k, sign * product, true)
    else view.setFloat32(addend + k, sign * product, true)
  }
}

const FPCR_RMODE_SHIFT = 22
const FPCR_MODES = [1 << 24, 1 << 25, 1 << 19, (1 << 24) | (1 << 25), (1 << 24) | (1 << 19)] as const
const FPCR_AHP = 1 << 26

function randomFpcr(r: Random): number {
  let fpcr = 0
  if (r.oneIn(2)) return 0
  if (!r.oneIn(3)) fpcr |= r.below(4) << FPCR_RMODE_SHIFT
  if (r.oneIn(2)) fpcr |= r.pick(FPCR_MODES)
  if (r.oneIn(12)) fpcr |= FPCR_AHP
  return fpcr
}

function setU64(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, BigInt.asUintN(64, value), true)
}

/** Where register `n` as a base lies in the case record (31 is SP). */
function registerAt(base: number, n: number): number {
  return n === 31 ? base + CASE_SP : base + CASE_X + 8 * n
}

function extended(value: bigint, option: number): bigint {
  if (option === 2) return BigInt.asUintN(32, value)
  if (option === 6) return BigInt.asIntN(32, value)
  return value
}

const MARGIN = 16

/** Points the base register so that the access falls into the window. False: it cannot be aligned. */
function placeAccess(r: Random, view: DataView, base: number, a: Access): boolean {
  const room = WINDOW_SIZE - MARGIN - Math.max(a.size, 16) - MARGIN
  let address = WINDOW + MARGIN + r.below(room)
  if (r.oneIn(3)) address = WINDOW + 128 - r.below(a.size + 1) // ends at, lies across or begins at the page boundary
  if (r.oneIn(2)) address -= address % 16
  address -= address % a.align
  let distance = BigInt(a.offset)
  if (a.index >= 0) {
    let value = 0n
    if (a.index !== 31) {
      const at = registerAt(base, a.index)
      if (r.oneIn(2)) setU64(view, at, BigInt(r.below(256) - 128))
      value = view.getBigUint64(at, true)
    }
    distance += extended(value, a.extend) << BigInt(a.shift)
  }
  let start = BigInt(address) - distance
  if (a.base === 31) {
    // an SP that is not a multiple of 16 faults
    start -= BigInt.asUintN(4, start)
    if (Number(BigInt.asUintN(64, start + distance)) % a.align !== 0) return false
  }
  setU64(view, registerAt(base, a.base), start)
  const target = Number(BigInt.asUintN(64, start + distance))
  if (a.compare >= 0 && a.compare !== 31 && r.oneIn(2)) {
    // memory equals the comparison register, so that the swap happens
    const at = base + CASE_WINDOW + target - WINDOW
    const each = a.size / a.compareParts
    for (let i = 0; i < a.size; i++) {
      const register = a.compare + Math.floor(i / each)
      if (register === 31) view.setUint8(at + i, 0)
      else view.setUint8(at + i, view.getUint8(registerAt(base, register) + (i % each)))
    }
  }
  return true
}

/** The slot a case runs in: chunk-wise spread over the pages of the buffer, the same for every run. */
function slotOf(row: Row, index: number): number {
  const perPage = 4096 / SLOT_SIZE
  const page = (hashText(row.name) + Math.floor(index / perPage)) % (SLOT_COUNT / perPage)
  return page * perPage + (index % perPage)
}

/**
 * Writes case `index` of `row` at `base` of `view` (CASE_SIZE bytes). Returns false when that index is avoided;
 * the record is then garbage.
 */
export function writeCase(row: Row, index: number, view: DataView, base: number): boolean {
  const r = new Random(row.name, index)
  const word = randomWord(r, encodingOf(row))
  for (let at = 0; at < CASE_SIZE; at += 4) view.setUint32(base + at, 0, true)
  const slot = slotOf(row, index)
  view.setUint32(base + CASE_SLOT, slot, true)
  view.setUint32(base + CASE_NZCV, (r.below(16) << 28) >>> 0, true)
  view.setUint32(base + CASE_FPCR, randomFpcr(r), true)
  view.setUint32(base + CASE_FPSR, r.oneIn(4) ? r.u32() & FPSR_MASK : 0, true)
  setU64(view, base + CASE_SP, BigInt(WINDOW))
  for (let n = 0; n < 31; n++) writeGeneral(r, view, base + CASE_X + 8 * n)
  for (let at = 0; at < 32; at += 4) view.setUint32(base + CASE_DATA + at, r.u32(), true)
  writeVectors(r, row, word, view, base + CASE_V)
  for (let at = 0; at < WINDOW_SIZE; at += 4) view.setUint32(base + CASE_WINDOW + at, r.u32(), true)
  for (let n = 0; n < CODE_WORDS; n++) view.setUint32(base + CASE_WORDS + 4 * n, NOP, true)
  return writeCode(r, row, word, view, base, slot) && !isExcused(row, index, word, view, base)
}

function writeCode(r: Random, row: Row, word: number, view: DataView, base: number, slot: number): boolean {
  const { mask, value } = encodingOf(row)
  const put = (n: number, w: number) => view.setUint32(base + CASE_WORDS + 4 * n, w, true)
  /** The word with what had to be forced, if it is still one of this row. */
  const isOfRow = (w: number) => (w & mask) >>> 0 === value
  put(0, word)
  const op0 = (word >>> 25) & 15
  if ((op0 & 0b0101) === 0b0100) {
    const a = memoryWord(word)
    if (a === 'avoid') return false
    if (a === 'literal') {
      const distance = SLOT_DATA - SLOT_CODE + 4 * r.below(5)
      const forced = ((word & 0xff00001f) | ((distance / 4) << 5)) >>> 0
      put(0, forced)
      return isOfRow(forced)
    }
    if (a.before !== 0) {
      put(0, a.before)
      put(1, word)
    }
    return placeAccess(r, view, base, a)
  }
  if ((op0 & 0b1110) === 0b1010) {
    const branch = branchTarget(r, word)
    if (branch === 'avoid') return false
    if (branch) {
      put(0, branch.word)
      MARKERS.forEach((marker, n) => {
        put(n + 1, marker)
      })
      if (branch.register >= 0)
        setU64(view, base + CASE_X + 8 * branch.register, BigInt(SLOT_BASE + SLOT_SIZE * slot + SLOT_CODE + branch.distance))
      if (branch.tested >= 0 && branch.tested < 31 && r.oneIn(2))
        setU64(view, base + CASE_X + 8 * branch.tested, r.oneIn(2) ? 0n : 1n << 32n)
      return isOfRow(branch.word)
    }
    const system = systemWord(r, word, mask)
    if (!system) return false
    put(0, system.word)
    if (system.address >= 0 && system.address < 31) setU64(view, base + CASE_X + 8 * system.address, BigInt(WINDOW + 64 + r.below(64)))
    return isOfRow(system.word)
  }
  return !isImplementationDefined(word)
}

/** PACGA, IRG, and PAC/AUT on one register: their results differ between implementations. */
function isImplementationDefined(word: number): boolean {
  if ((word & 0xffe0fc00) >>> 0 === 0x9ac03000) return true
  if ((word & 0xffe0fc00) >>> 0 === 0x9ac01000) return true
  return (word & 0xffff0000) >>> 0 === 0xdac10000 && ((word >>> 10) & 63) < 0b010000
}
