/**
 * Structures of Advanced SIMD's loads and stores: between what memory holds (`mem`, sixteen bytes a value) and one register for each member (`regs`).
 * Structures of 2, 3 and 4 elements are taken apart by shuffles on whole registers:
 *   2  even and odd lanes
 *   3  an element's lanes lie at different places of the three registers, since 3 and the lane count have no common divisor: a blend gathers
 *      them in one register, a shuffle orders them
 *   4  a shuffle sorts the elements of a register into words, then the words are transposed
 */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { family, type Simd } from './simd-lanes.ts'
import { joined } from './simd-operations.ts'

// Constants: sixteen bytes from a function of the byte's place.

const ABSENT = 0x80
function bytesConstant(s: Simd, byteAt: (i: number) => number): number {
  const word = (k: number) => byteAt(k) | (byteAt(k + 1) << 8) | (byteAt(k + 2) << 16) | (byteAt(k + 3) << 24)
  return s.ir.constV(word(0), word(4), word(8), word(12))
}
/** Shuffle control: lane i of `bytes` bytes from lane laneAt(i), which is -1 for zero. */
function laneControl(s: Simd, bytes: number, laneAt: (i: number) => number): number {
  return bytesConstant(s, (i) => {
    const lane = laneAt(Math.floor(i / bytes))
    return lane < 0 ? ABSENT : lane * bytes + (i % bytes)
  })
}
/** All ones in the lanes where `is`. */
function laneMask(s: Simd, bytes: number, is: (lane: number) => boolean): number {
  return bytesConstant(s, (i) => (is(Math.floor(i / bytes)) ? 0xff : 0))
}

const ZIPLO = family('vziplo')
const ZIPHI = family('vziphi')
const UZPLO = family('vuzplo')
const UZPHI = family('vuzphi')

/** Values of up to four registers, and what memory has of them in whole registers; overwritten by the next instruction. */
export const regs = [NONE, NONE, NONE, NONE]
export const mem = [NONE, NONE, NONE, NONE]

// Two elements

function split2(s: Simd, size: number): void {
  const [a, b] = mem as [number, number]
  regs[0] = s.op(size === 3 ? ZIPLO[3]! : UZPLO[size]!, a, b)
  regs[1] = s.op(size === 3 ? ZIPHI[3]! : UZPHI[size]!, a, b)
}
function join2(s: Simd, size: number): void {
  const [a, b] = regs as [number, number]
  mem[0] = s.op(ZIPLO[size]!, a, b)
  mem[1] = s.op(ZIPHI[size]!, a, b)
}
function split2Half(s: Simd, size: number): void {
  const bytes = 1 << size
  const lanes = 8 / bytes
  const from = mem[0]!
  for (let k = 0; k < 2; k++)
    regs[k] = s.op(
      OP.vshuf,
      from,
      laneControl(s, bytes, (i) => (i < lanes ? 2 * i + k : -1)),
    )
}

// Three elements

function split3(s: Simd, size: number): void {
  const bytes = 1 << size
  const lanes = 16 / bytes
  const isOf = (register: number, k: number) => (lane: number) => (register * lanes + lane) % 3 === k
  const [a, b, c] = mem as [number, number, number]
  for (let k = 0; k < 3; k++) {
    const two = s.op(OP.vbsel, laneMask(s, bytes, isOf(1, k)), b, a)
    const gathered = s.op(OP.vbsel, laneMask(s, bytes, isOf(2, k)), c, two)
    regs[k] = s.op(
      OP.vshuf,
      gathered,
      laneControl(s, bytes, (i) => (3 * i + k) % lanes),
    )
  }
}
function join3(s: Simd, size: number): void {
  const bytes = 1 << size
  const lanes = 16 / bytes
  const placed = [NONE, NONE, NONE]
  for (let k = 0; k < 3; k++) {
    const laneFor = new Array<number>(lanes).fill(0)
    for (let j = 0; j < lanes; j++) laneFor[(3 * j + k) % lanes] = j
    placed[k] = s.op(
      OP.vshuf,
      regs[k]!,
      laneControl(s, bytes, (i) => laneFor[i]!),
    )
  }
  for (let r = 0; r < 3; r++) {
    const isOf = (k: number) => (lane: number) => (r * lanes + lane) % 3 === k
    const two = s.op(OP.vbsel, laneMask(s, bytes, isOf(1)), placed[1]!, placed[0]!)
    mem[r] = s.op(OP.vbsel, laneMask(s, bytes, isOf(2)), placed[2]!, two)
  }
}
/** 24 bytes: mem[0] the first sixteen, mem[1] the other eight. */
function split3Half(s: Simd, size: number): void {
  const bytes = 1 << size
  const lanes = 8 / bytes
  const first = 16 / bytes
  for (let k = 0; k < 3; k++) {
    const place = (i: number) => (i < lanes ? 3 * i + k : -1)
    const low = s.op(
      OP.vshuf,
      mem[0]!,
      laneControl(s, bytes, (i) => (place(i) < first ? place(i) : -1)),
    )
    const high = s.op(
      OP.vshuf,
      mem[1]!,
      laneControl(s, bytes, (i) => (place(i) >= first ? place(i) - first : -1)),
    )
    regs[k] = s.op(OP.vor, low, high)
  }
}
function join3Half(s: Simd, size: number): void {
  const bytes = 1 << size
  const lanes = 8 / bytes
  const both = joined(s, regs[0]!, regs[1]!)
  const third = regs[2]!
  for (let r = 0; r < 2; r++) {
    // Element e of memory is lane e / 3 of register e mod 3.
    const element = (i: number) => (r * 16) / bytes + i
    const isPresent = (i: number) => element(i) < 3 * lanes
    const fromBoth = laneControl(s, bytes, (i) => {
      const e = element(i)
      return isPresent(i) && e % 3 < 2 ? (e % 3) * lanes + Math.floor(e / 3) : -1
    })
    const fromThird = laneControl(s, bytes, (i) => (isPresent(i) && element(i) % 3 === 2 ? Math.floor(element(i) / 3) : -1))
    mem[r] = s.op(OP.vor, s.op(OP.vshuf, both, fromBoth), s.op(OP.vshuf, third, fromThird))
  }
}

// Four elements

/** Elements e of structure member k: from place 4e + k to word k, or back. */
function sortWords(s: Simd, size: number, value: number, back: boolean): number {
  if (size >= 2) return value
  const perWord = 4 >> size
  return s.op(
    OP.vshuf,
    value,
    laneControl(s, 1 << size, (i) => (back ? (i % 4) * perWord + Math.floor(i / 4) : (i % perWord) * 4 + Math.floor(i / perWord))),
  )
}
/** to = the transpose of the 4x4 words of from. */
function transpose(s: Simd, from: readonly number[], to: number[]): void {
  const [a, b, c, d] = from as [number, number, number, number]
  const [lo1, lo2] = [s.op(OP.vziplo32, a, b), s.op(OP.vziplo32, c, d)]
  const [hi1, hi2] = [s.op(OP.vziphi32, a, b), s.op(OP.vziphi32, c, d)]
  to[0] = s.op(OP.vziplo64, lo1, lo2)
  to[1] = s.op(OP.vziphi64, lo1, lo2)
  to[2] = s.op(OP.vziplo64, hi1, hi2)
  to[3] = s.op(OP.vziphi64, hi1, hi2)
}
function split4(s: Simd, size: number): void {
  if (size === 3) {
    const [a, b, c, d] = mem as [number, number, number, number]
    regs[0] = s.op(OP.vziplo64, a, c)
    regs[1] = s.op(OP.vziphi64, a, c)
    regs[2] = s.op(OP.vziplo64, b, d)
    regs[3] = s.op(OP.vziphi64, b, d)
    return
  }
  for (let r = 0; r < 4; r++) mem[r] = sortWords(s, size, mem[r]!, false)
  transpose(s, mem, regs)
}
function join4(s: Simd, size: number): void {
  if (size === 3) {
    const [a, b, c, d] = regs as [number, number, number, number]
    mem[0] = s.op(OP.vziplo64, a, b)
    mem[1] = s.op(OP.vziplo64, c, d)
    mem[2] = s.op(OP.vziphi64, a, b)
    mem[3] = s.op(OP.vziphi64, c, d)
    return
  }
  transpose(s, regs, mem)
  for (let r = 0; r < 4; r++) mem[r] = sortWords(s, size, mem[r]!, true)
}
function split4Half(s: Simd, size: number): void {
  const [a, b] = [sortWords(s, size, mem[0]!, false), sortWords(s, size, mem[1]!, false)]
  const [low, high] = [s.op(OP.vziplo32, a, b), s.op(OP.vziphi32, a, b)]
  regs[0] = s.low(low, 64)
  regs[1] = s.op(OP.vziphi64, low, s.zero())
  regs[2] = s.low(high, 64)
  regs[3] = s.op(OP.vziphi64, high, s.zero())
}
const EVEN_WORDS = 0x88
const ODD_WORDS = 0xdd
function join4Half(s: Simd, size: number): void {
  const [x, y] = [joined(s, regs[0]!, regs[1]!), joined(s, regs[2]!, regs[3]!)]
  mem[0] = sortWords(s, size, s.ir.emit(OP.vshufx32, x, y, NONE, EVEN_WORDS), true)
  mem[1] = sortWords(s, size, s.ir.emit(OP.vshufx32, x, y, NONE, ODD_WORDS), true)
}

type Step = (s: Simd, size: number) => void
/** Takes `mem` apart into `regs`, by members - 2. */
export const SPLIT: readonly Step[] = [split2, split3, split4]
/** Puts `regs` together in `mem`. */
export const JOIN: readonly Step[] = [join2, join3, join4]
/** The same for registers of 64 bits, of which `mem` has two in a value. */
export const SPLIT_HALF: readonly Step[] = [split2Half, split3Half, split4Half]
export const JOIN_HALF: readonly Step[] = [(s, size) => void (mem[0] = s.op(ZIPLO[size]!, regs[0]!, regs[1]!)), join3Half, join4Half]
