/**
 * AArch32: makes case number `index` of a row: a random word of the row's pattern on a random machine state, in A32 with any condition, in Thumb
 * at any place of an IT block or outside of one. The pair (row name, index) seeds everything, so a case can be repeated alone. Words whose effect
 * the manual leaves open, or that would leave the slot or the window, are avoided (`writeCase` returns false).
 */
import { hashText, Random } from '../random.ts'
import { type Encoding, encoding, type Row } from '../row.ts'
import { LANE_KINDS, type LaneKind, writeGeneral, writeVector } from '../values.ts'
import { type Access, a32Access, type Fields, thumbAccess } from './access.ts'
import { Code, MARKED, sizeOf } from './code.ts'
import { isExcused } from './excused.ts'
import {
  CASE_CPSR,
  CASE_D,
  CASE_DATA,
  CASE_FPSCR,
  CASE_R,
  CASE_SIZE,
  CASE_SLOT,
  CASE_THUMB,
  CASE_WINDOW,
  CPSR_MASK,
  D_BYTES,
  DATA_BYTES,
  FPSCR_MASK,
  SLOT_BASE,
  SLOT_COUNT,
  SLOT_END,
  SLOT_SIZE,
  WINDOW,
  WINDOW_SIZE,
} from './layout.ts'
import { a32Branch, type Branch, coprocessorWrite, endsIt, isAvoided, mayBeInIt, thumbBranch } from './special.ts'
import { isUnpredictableVector, mostlyDefined } from './vectors.ts'

const PC = 15
const ALWAYS = 14

const encodings = new Map<Row, Encoding>()

/** The row's parsed pattern. */
export function encodingOf(row: Row): Encoding {
  let e = encodings.get(row)
  if (!e) encodings.set(row, (e = encoding(row)))
  return e
}

export function isThumbRow(row: Row): boolean {
  return /^t(16|32)\./.test(row.name)
}

const REGISTER = /^r(d|n|m|s|a|t|t2|dlo|dhi)$/

const A32_DATA_PROCESSING = /^(and|eor|sub|rsb|add|adc|sbc|rsc|tst|teq|cmp|cmn|orr|mov|bic|mvn)\.(imm|reg)/

/** Rows that may name PC as an operand, in which fields. */
function readsPc(row: Row, field: string): boolean {
  if (/^t16\.(add|cmp|mov)\.high$/.test(row.name)) return field === 'rm'
  if (/^t32\.(addw|subw)$/.test(row.name)) return field === 'rn'
  if (isThumbRow(row)) return (field === 'rt' && /^t32\.ldr\./.test(row.name)) || (field === 'rn' && /^t32\.ldrd/.test(row.name))
  if (A32_DATA_PROCESSING.test(row.name)) return field === 'rn' || field === 'rm'
  return (field === 'rn' && /^(ldr|vldr)/.test(row.name)) || (field === 'rt' && /^ldr\./.test(row.name))
}

function randomWord(r: Random, row: Row, e: Encoding): number {
  let word = e.value
  const shared = r.below(13)
  for (const field of e.fields) {
    const limit = 2 ** field.width
    const choice = r.below(10)
    let value = r.below(limit)
    if (REGISTER.test(field.name) && field.width === 4) {
      if (choice === 1) value = shared
      if (value === PC && !(readsPc(row, field.name) && r.oneIn(2))) value = r.below(15)
    } else if (field.name === 'cond') {
      if (choice < 3) value = ALWAYS
    } else if (field.width >= 3) {
      if (choice === 0) value = 0
      if (choice === 1) value = limit - 1
      if (choice === 2) value = limit / 2
    }
    word |= value << field.shift
  }
  return isVectorRow(row) ? definedVector(r, row, e, word) : word >>> 0
}

function isVectorRow(row: Row): boolean {
  return /^(t32\.)?(v|aes|sha1|sha256)/.test(row.name)
}

function definedVector(r: Random, row: Row, e: Encoding, word: number): number {
  const fields = mostlyDefined(row.name.replace(/^t32\./, ''), fieldsOf(e, word), (count) => r.below(count))
  let defined = e.value
  for (const { name, shift } of e.fields) defined |= fields[name]! << shift
  return defined >>> 0
}

function fieldsOf(e: Encoding, word: number): Fields {
  return Object.fromEntries(e.fields.map((f) => [f.name, (word >>> f.shift) & (2 ** f.width - 1)]))
}

/** What the manual leaves open. */
function isUnpredictable(row: Row, f: Fields): boolean {
  if (isUnpredictableVector(row.name.replace(/^t32\./, ''), f)) return true
  if (f['rdlo'] !== undefined && f['rdlo'] === f['rdhi']) return true
  if (f['msb'] !== undefined) {
    const lsb = f['lsb'] ?? (f['imm3']! << 2) | f['imm2']!
    if (f['msb'] < lsb) return true
  }
  if (f['widthm1'] !== undefined) {
    const lsb = f['lsb'] ?? (f['imm3']! << 2) | f['imm2']!
    if (lsb + f['widthm1'] > 31) return true
  }
  // A shift by a register has no use for PC.
  if (f['rs'] !== undefined && [f['rd'], f['rn'], f['rm'], f['rs']].includes(PC)) return true
  if (isThumbRow(row)) {
    if (/^t32\.(rev|rev16|revsh|rbit|clz)$/.test(row.name)) return f['rn'] !== f['rm']
    // That is SSAT16 or USAT16 with a bit that should be zero.
    if (/^t32\.[su]sat$/.test(row.name) && f['sh'] === 1 && f['imm3'] === 0 && f['imm2'] === 0) return true
    if (row.name === 't16.add.high' && f['dn'] === 1 && f['rdn'] === 7) return true
    if (row.name === 't16.cmp.high' && ((f['dn'] === 0 && f['rm']! < 8) || (f['dn'] === 1 && f['rdn'] === 7))) return true
    // A second word of the constant or the shift that stands for nothing.
    if (f['imm3'] !== undefined && f['i'] !== undefined && f['imm8'] === 0 && /\.imm$/.test(row.name)) return isDoubledZero(f)
  }
  return false
}

/** Constants of T32 that repeat a byte must not repeat zero. */
function isDoubledZero(f: Fields): boolean {
  return f['i'] === 0 && f['imm3']! >= 1 && f['imm3']! <= 3
}

function setU32(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true)
}

/** The slot a case runs in: spread over the pages of the buffer, the same for every run. */
function slotOf(row: Row, index: number): number {
  const perPage = 4096 / SLOT_SIZE
  const page = (hashText(row.name) + Math.floor(index / perPage)) % (SLOT_COUNT / perPage)
  return page * perPage + (index % perPage)
}

const scratch = new DataView(new ArrayBuffer(8))

function writeRegisters(r: Random, view: DataView, base: number): void {
  for (let n = 0; n < PC; n++) {
    writeGeneral(r, scratch, 0)
    setU32(view, base + CASE_R + 4 * n, scratch.getUint32(r.oneIn(4) ? 4 : 0, true))
  }
}

/** The lane kind that a row most likely works on. */
function likelyKind(r: Random, row: Row): LaneKind {
  const found = /(f16|f32|f64|i8|i16|i32|i64)/.exec(row.name)
  if (found && !r.oneIn(5)) return found[1] as LaneKind
  return r.pick(LANE_KINDS)
}

function writeVectors(r: Random, row: Row, view: DataView, at: number): void {
  const whole = r.oneIn(8) ? undefined : likelyKind(r, row)
  for (let n = 0; n < D_BYTES; n += 16) writeVector(r, view, at + n, whole ?? r.pick(LANE_KINDS))
}

const FPSCR_MODES = [1 << 24, 1 << 25, (1 << 24) | (1 << 25), 1 << 26] as const
const FPSCR_FZ16 = 1 << 19
const RMODE_SHIFT = 22
const NZCV = 0xf0000000
const CUMULATIVE = 0x0800009f

function randomFpscr(r: Random, row: Row): number {
  let fpscr = r.u32() & NZCV
  if (r.oneIn(4)) fpscr |= r.u32() & CUMULATIVE
  if (r.oneIn(2)) fpscr |= r.below(4) << RMODE_SHIFT
  if (r.oneIn(2)) fpscr |= r.pick(FPSCR_MODES)
  if (/f16/.test(row.name) && r.oneIn(4)) fpscr |= FPSCR_FZ16
  return (fpscr & FPSCR_MASK) >>> 0
}

const MARGIN = 16

/** Points the base register so that the access falls into the window; false: it cannot. */
function placeAccess(r: Random, view: DataView, base: number, a: Access, newPc: number): boolean {
  const room = WINDOW_SIZE - MARGIN - Math.max(a.size, 16) - MARGIN
  let address = WINDOW + MARGIN + r.below(room)
  if (r.oneIn(3)) address = WINDOW + 128 - r.below(a.size + 1) // ends at, lies across or begins at the page boundary
  if (r.oneIn(2)) address -= address % 16
  address -= address % a.align
  const register = (n: number): number => base + CASE_R + 4 * n
  let distance = a.offset
  if (a.index >= 0) {
    if (a.index === a.base) return false
    if (r.oneIn(2)) setU32(view, register(a.index), r.below(256) - 128)
    const value = view.getUint32(register(a.index), true) << a.shift
    distance += a.subtracts ? -value : value
  }
  setU32(view, register(a.base), address - distance)
  if (a.pcAt >= 0) setU32(view, base + CASE_WINDOW + address - WINDOW + a.pcAt, newPc)
  return true
}

/**
 * Writes case `index` of `row` at `base` of `view` (CASE_SIZE bytes). Returns false when that index is avoided;
 * the record is then garbage.
 */
export function writeCase(row: Row, index: number, view: DataView, base: number): boolean {
  const r = new Random(row.name, index)
  const word = randomWord(r, row, encodingOf(row))
  for (let at = 0; at < CASE_SIZE; at += 4) setU32(view, base + at, 0)
  setU32(view, base + CASE_SLOT, slotOf(row, index))
  setU32(view, base + CASE_CPSR, r.u32() & CPSR_MASK)
  setU32(view, base + CASE_FPSCR, randomFpscr(r, row))
  setU32(view, base + CASE_THUMB, isThumbRow(row) ? 1 : 0)
  writeRegisters(r, view, base)
  for (let at = 0; at < DATA_BYTES; at += 4) setU32(view, base + CASE_DATA + at, r.u32())
  writeVectors(r, row, view, base + CASE_D)
  for (let at = 0; at < WINDOW_SIZE; at += 4) setU32(view, base + CASE_WINDOW + at, r.u32())
  const isWritten = isThumbRow(row) ? writeThumb(r, row, word, view, base) : writeA32(r, row, word, view, base)
  return isWritten && !isExcused(row, index, view, base)
}

/** The word with what had to be forced, if it is still one of the row. */
function isOfRow(row: Row, word: number): boolean {
  const { mask, value } = encodingOf(row)
  return (word & mask) >>> 0 === value
}

function slotAddress(view: DataView, base: number): number {
  return SLOT_BASE + SLOT_SIZE * view.getUint32(base + CASE_SLOT, true)
}

/** Sets the registers that a branch needs, and what is where it goes if that is behind the code. */
function placeBranch(r: Random, view: DataView, base: number, branch: Branch): void {
  const { register, tested, target } = branch
  if (register >= 0) setU32(view, base + CASE_R + 4 * register, slotAddress(view, base) + target)
  if (tested >= 0 && r.oneIn(2)) setU32(view, base + CASE_R + 4 * tested, 0)
}

function writeA32(r: Random, row: Row, original: number, view: DataView, base: number): boolean {
  let word = original
  const e = encodingOf(row)
  if (isAvoided(row.name, fieldsOf(e, word)) || isUnpredictable(row, fieldsOf(e, word))) return false
  if (word >>> 28 === PC && !row.pattern.startsWith('1111')) return false
  if (row.name === 'mcr') word = coprocessorWrite(r, word)
  const code = new Code(false, view, base)
  const branch = a32Branch(r, word, code)
  if (branch === 'avoid') return false
  if (branch !== undefined) {
    word = branch.word >>> 0
    placeBranch(r, view, base, branch)
    code.leaveBehind(true, base + CASE_DATA)
  } else if (!placeA32Access(r, word, code, view, base)) return false
  code.add(branch === undefined ? withLiteral(r, word, code) : word)
  if (!isOfRow(row, word)) return false
  while (code.hasRoom) code.addMarker()
  return true
}

function placeA32Access(r: Random, word: number, code: Code, view: DataView, base: number): boolean {
  const a = a32Access(word)
  if (a === 'avoid') return false
  if (a === undefined || a === 'literal') return a === undefined || isLiteralA32(word)
  return placeAccess(r, view, base, a, slotAddress(view, base) + (r.oneIn(3) ? leaveOther(code, base) : SLOT_END))
}

/** Jumps to the other instruction set. */
function leaveOther(code: Code, base: number): number {
  const toThumb = !code.isThumb
  return code.leaveBehind(toThumb, base + CASE_DATA) | (toThumb ? 1 : 0)
}

/** Loads relative to PC whose offset is a constant, and that do not load PC. */
function isLiteralA32(word: number): boolean {
  const isSingle = (word & 0x0f000000) === 0x05000000 && ((word >>> 12) & 15) !== PC
  return isSingle || (word & 0x0f300e00) === 0x0d100a00
}

function withLiteral(r: Random, word: number, code: Code): number {
  if (a32Access(word) !== 'literal') return word
  const distance = code.literalDistance(r.below(6))
  const isVector = (word & 0x0c000000) === 0x0c000000
  const up = word | (1 << 23)
  return isVector ? ((up & ~0xff) | (distance >> 2)) >>> 0 : ((up & ~0xfff) | distance) >>> 0
}

// Thumb

function writeThumb(r: Random, row: Row, original: number, view: DataView, base: number): boolean {
  const e = encodingOf(row)
  const { name } = row
  let word = original
  if (/^t32\.(rev|rev16|revsh|rbit|clz)$/.test(name)) word = ((word & ~0xf) | ((word >>> 16) & 15)) >>> 0
  const f = fieldsOf(e, word)
  if (isAvoided(name, f) || isUnpredictable(row, f)) return false
  if (name === 't32.mcr') word = coprocessorWrite(r, word)
  const code = new Code(true, view, base)
  const found = thumbAccess(name, f, word)
  if (found === 'avoid') return false
  const writesPc = (typeof found === 'object' && found.pcAt >= 0) || (name === 't16.mov.high' && f['dn'] === 1 && f['rdn'] === 7)
  const behind = beginIt(r, code, mayBeInIt(name), writesPc || endsIt(name), namesMarked(e, word))
  const branch = thumbBranch(r, name, word, code)
  if (branch === 'avoid') return false
  if (branch !== undefined) {
    word = branch.word >>> 0
    placeBranch(r, view, base, branch)
    code.leaveBehind(false, base + CASE_DATA)
  } else if (/^t32\.tb[bh]$/.test(name)) {
    if (typeof found !== 'object' || !placeTable(r, view, base, found, code, name === 't32.tbh')) return false
  } else if (found === 'literal') {
    if (f['rt'] === PC) return false
    word = thumbLiteral(r, name, word, code)
  } else if (found !== undefined) {
    const newPc = slotAddress(view, base) + (r.oneIn(3) ? leaveOther(code, base) : SLOT_END | 1)
    if (!placeAccess(r, view, base, found, newPc)) return false
    placeReservation(r, name, f, code)
  }
  if (!isOfRow(row, word) || code.at + sizeOf(true, word) + 4 * behind > SLOT_END) return false
  code.add(word)
  for (let n = 0; n < behind; n++) code.addMarker()
  while (code.hasRoom) code.addMarker()
  return true
}

const IT = 0xbf00

/** Has it an operand that markers change? */
function namesMarked(e: Encoding, word: number): boolean {
  return e.fields.some((f) => REGISTER.test(f.name) && ((word >>> f.shift) & (2 ** f.width - 1)) === MARKED)
}

/** Half of the time begins an IT block, with markers before the instruction; the number of markers that belong to it behind. */
function beginIt(r: Random, code: Code, mayBe: boolean, isLast: boolean, isFirst: boolean): number {
  if (!mayBe || r.oneIn(2) || (isFirst && isLast)) return 0
  const cond = r.below(ALWAYS)
  const length = 1 + r.below(4)
  const before = isLast ? length - 1 : isFirst ? 0 : r.below(length)
  // Each instruction behind the first has a bit of the condition; a one ends them.
  let mask = 0
  for (let n = 1; n < length; n++) mask |= ((cond & 1) ^ r.below(2)) << (4 - n)
  mask |= 1 << (4 - length)
  code.add(((IT | (cond << 4) | mask) << 16) >>> 0)
  for (let n = 0; n < before; n++) code.addMarker()
  return length - 1 - before
}

/** A load relative to PC becomes one of the data. */
function thumbLiteral(r: Random, name: string, word: number, code: Code): number {
  const distance = code.literalDistance(r.below(6))
  if (name.startsWith('t16')) return ((word & 0xff00ffff) | ((distance >> 2) << 16)) >>> 0
  if (name === 't32.vldr.f16') return ((word & ~0xff) | (1 << 23) | (distance >> 1)) >>> 0
  if (/^t32\.(ldrd|v|fld)/.test(name)) return ((word & ~0xff) | (1 << 23) | (distance >> 2)) >>> 0
  return ((word & ~0xfff) | (1 << 23) | distance) >>> 0
}

/** A table whose entry leads to the end of the slot. */
function placeTable(r: Random, view: DataView, base: number, a: Access, code: Code, isWide: boolean): boolean {
  if (!placeAccess(r, view, base, { ...a, shift: isWide ? 1 : 0, size: 2 }, 0)) return false
  const at = (n: number): number => view.getUint32(base + CASE_R + 4 * n, true)
  const address = (at(a.base) + (at(a.index) << (isWide ? 1 : 0))) >>> 0
  const entry = (SLOT_END - code.pc) >> 1
  if (entry < 0) return false
  const place = base + CASE_WINDOW + address - WINDOW
  if (isWide) view.setUint16(place, entry, true)
  else view.setUint8(place, entry)
  return true
}

/** LDREX Rd before STREX Rd half of the time: then it stores. */
function placeReservation(r: Random, name: string, f: Fields, code: Code): void {
  if (!/^t32\.st(r|l)ex/.test(name) || code.at !== 0 || r.oneIn(3)) return
  const { rn, rd } = f as { rn: number; rd: number }
  if (name.endsWith('exd') && (rn === MARKED || rd === MARKED)) return
  const place = (0xe8d00f00 | (rn << 16) | (rd << 12)) >>> 0
  if (name === 't32.strex') code.add((0xe8500f00 | (rn << 16) | (rd << 12) | f['imm8']!) >>> 0)
  else if (name.endsWith('exb')) code.add(place | 0x4f)
  else if (name.endsWith('exh')) code.add(place | 0x5f)
  else if (name.endsWith('exd')) code.add((0xe8d0007f | (rn << 16) | (rd << 12) | (MARKED << 8)) >>> 0)
  else code.add((0xe8d00fef | (rn << 16) | (rd << 12)) >>> 0)
}
