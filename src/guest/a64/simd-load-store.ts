/**
 * A64 Advanced SIMD loads and stores of structures: multiple, single lane, replicated, each with post-index (manual C4.1.97).
 * All loads come before any register is written, so that a fault leaves the state as it was.
 *
 * Structures of 2, 3 and 4 elements are taken apart by shuffles on whole registers:
 *   2  even and odd lanes
 *   3  an element's lanes lie at different places of the three registers, since 3 and the lane count have no common divisor: a blend gathers
 *      them in one register, a shuffle orders them
 *   4  a shuffle sorts the elements of a register into words, then the words are transposed
 */
import { F32, F64, I32 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import type { AnyFields } from '../pattern.ts'
import { type A64Context, R31 } from './context.ts'
import { xspName } from './format.ts'
import { arrangement, registerList } from './simd-format.ts'
import { builtInsn } from './simd-fp-lanes.ts'
import { bitsOf, family, type Simd, simd } from './simd-lanes.ts'
import { joined } from './simd-operations.ts'

// Memory

function loadFull(t: A64Context, base: number, offset: number): number {
  return t.ir.emit(OP.loadv, base, NONE, NONE, offset)
}
/** Eight bytes, the rest zero. */
function loadHalf(t: A64Context, base: number, offset: number): number {
  return t.ir.emit(OP['v.fromf'], t.ir.emit(OP.loadf64, base, NONE, NONE, offset))
}
function storeFull(t: A64Context, base: number, offset: number, value: number): void {
  t.ir.emit(OP.storev, base, value, NONE, offset)
}
function storeHalf(t: A64Context, base: number, offset: number, value: number): void {
  t.ir.emit(OP.storef64, base, t.ir.emit(OP['v.tof64'], value), NONE, offset)
}

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

/** Values of up to four registers; overwritten by the next instruction. */
const regs = [NONE, NONE, NONE, NONE]
const mem = [NONE, NONE, NONE, NONE]

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
const SPLIT: readonly Step[] = [split2, split3, split4]
const JOIN: readonly Step[] = [join2, join3, join4]
const SPLIT_HALF: readonly Step[] = [split2Half, split3Half, split4Half]
const JOIN_HALF: readonly Step[] = [(s, size) => void (mem[0] = s.op(ZIPLO[size]!, regs[0]!, regs[1]!)), join3Half, join4Half]

// Multiple structures

interface Multiple {
  readonly q: number
  readonly size: number
  readonly rm: number
  readonly rn: number
  readonly rt: number
}

/** `count` registers one after the other. */
function loadPlain(t: A64Context, f: Multiple, base: number, count: number): void {
  for (let k = 0; k < count; k++) regs[k] = f.q ? loadFull(t, base, 16 * k) : loadHalf(t, base, 8 * k)
}
function storePlain(t: A64Context, f: Multiple, base: number, count: number): void {
  for (let k = 0; k < count; k++) {
    if (f.q) storeFull(t, base, 16 * k, t.v((f.rt + k) & 31))
    else storeHalf(t, base, 8 * k, t.v((f.rt + k) & 31))
  }
}

function loadMultiple(t: A64Context, f: Multiple, base: number, count: number, members: number): void {
  if (members === 1) loadPlain(t, f, base, count)
  else {
    const s = simd(t, 128)
    const bytes = members * (f.q ? 16 : 8)
    for (let at = 0; at < bytes; at += 16) mem[at / 16] = bytes - at >= 16 ? loadFull(t, base, at) : loadHalf(t, base, at)
    ;(f.q ? SPLIT : SPLIT_HALF)[members - 2]!(s, f.size)
  }
  for (let k = 0; k < count; k++) t.setV((f.rt + k) & 31, regs[k]!)
}
function storeMultiple(t: A64Context, f: Multiple, base: number, count: number, members: number): void {
  if (members === 1) {
    storePlain(t, f, base, count)
    return
  }
  const s = simd(t, 128)
  for (let k = 0; k < count; k++) regs[k] = t.v((f.rt + k) & 31)
  ;(f.q ? JOIN : JOIN_HALF)[members - 2]!(s, f.size)
  const bytes = members * (f.q ? 16 : 8)
  for (let at = 0; at < bytes; at += 16) {
    if (bytes - at >= 16) storeFull(t, base, at, mem[at / 16]!)
    else storeHalf(t, base, at, mem[at / 16]!)
  }
}

/** base += register rm, or by the bytes transferred where that is 31. */
function writeBack(t: A64Context, rn: number, rm: number, base: number, bytes: number): void {
  t.setXsp(rn, 1, t.ir.emit(OP.add, base, rm === R31 ? t.imm(1, bytes) : t.x(rm)))
}
function indexText(f: AnyFields, bytes: number): string {
  return f['rm'] === R31 ? `, #${bytes}` : `, x${f['rm']}`
}

/** Opcode, registers, elements of a structure. */
const MULTIPLE: readonly (readonly [opcode: string, count: number, members: number])[] = [
  ['0000', 4, 4],
  ['0010', 4, 1],
  ['0100', 3, 3],
  ['0110', 3, 1],
  ['0111', 1, 1],
  ['1000', 2, 2],
  ['1010', 2, 1],
]
function multiple([opcode, count, members]: (typeof MULTIPLE)[number], loads: boolean): Row<A64Context>[] {
  const mnemonic = `${loads ? 'ld' : 'st'}${members}`
  const name = `${mnemonic}.multiple.${count}`
  const access = loads ? loadMultiple : storeMultiple
  const bytesOf = (q: number) => count * (q ? 16 : 8)
  const text = (f: AnyFields, tail: string) =>
    `${mnemonic} ${registerList(f['rt']!, count, arrangement(f['size']!, f['q']!))}, [${xspName(f['rn']!)}]${tail}`
  const isReserved = (f: Multiple) => members > 1 && f.size === 3 && f.q === 0
  return [
    builtInsn<Multiple>(
      name,
      `0 q:1 001100 0 ${loads ? 1 : 0} 000000 ${opcode} size:2 rn:5 rt:5`,
      (f) => text(f, ''),
      (t, f) => {
        if (isReserved(f)) return t.undefinedInsn()
        access(t, f, t.xsp(f.rn), count, members)
        return NEXT
      },
    ),
    builtInsn<Multiple>(
      `${name}.post`,
      `0 q:1 001100 1 ${loads ? 1 : 0} 0 rm:5 ${opcode} size:2 rn:5 rt:5`,
      (f) => text(f, indexText(f, bytesOf(f['q']!))),
      (t, f) => {
        if (isReserved(f)) return t.undefinedInsn()
        const base = t.xsp(f.rn)
        access(t, f, base, count, members)
        writeBack(t, f.rn, f.rm, base, bytesOf(f.q))
        return NEXT
      },
    ),
  ]
}

// One structure: a lane of each register, or replicated

interface Single {
  readonly q: number
  readonly s: number
  readonly size: number
  readonly rm: number
  readonly rn: number
  readonly rt: number
}

const LOADS = [OP.load8u, OP.load16u, OP.load32, OP.load64]
const STORES = [OP.store8, OP.store16, OP.store32, OP.store64]
const INSERT = family('vins')
const GET = family('vget')

function loadLane(t: A64Context, size: number, base: number, offset: number): number {
  return size === 3 ? t.ir.emit(OP.load64, base, NONE, NONE, offset) : t.ir.emitTyped(LOADS[size]!, I32, base, NONE, NONE, offset)
}
function storeLane(t: A64Context, size: number, base: number, offset: number, value: number, index: number): void {
  const { ir } = t
  if (index === 0 && size === 2) ir.emit(OP.storef32, base, ir.emit(OP['v.tof32'], value), NONE, offset)
  else if (index === 0 && size === 3) ir.emit(OP.storef64, base, ir.emit(OP['v.tof64'], value), NONE, offset)
  else ir.emit(STORES[size]!, base, ir.emit(GET[size]!, value, NONE, NONE, index), NONE, offset)
}
const lanes = [NONE, NONE, NONE, NONE]

function singleLane(t: A64Context, f: Single, base: number, members: number, size: number, index: number, loads: boolean): void {
  const bytes = 1 << size
  for (let k = 0; k < members; k++) {
    if (loads) lanes[k] = loadLane(t, size, base, k * bytes)
    else storeLane(t, size, base, k * bytes, t.v((f.rt + k) & 31), index)
  }
  if (!loads) return
  for (let k = 0; k < members; k++) {
    const n = (f.rt + k) & 31
    t.setV(n, t.ir.emit(INSERT[size]!, t.v(n), lanes[k]!, NONE, index))
  }
}

/** One element from memory in every lane. */
function loadReplicated(t: A64Context, size: number, base: number, offset: number): number {
  const { ir } = t
  if (size < 2) return ir.emit(size === 0 ? OP.vsplat8 : OP.vsplat16, loadLane(t, size, base, offset))
  const value = ir.emitTyped(size === 2 ? OP.loadf32 : OP.loadf64, size === 2 ? F32 : F64, base, NONE, NONE, offset)
  return ir.emit(size === 2 ? OP.vdup32 : OP.vdup64, ir.emit(OP['v.fromf'], value), NONE, NONE, 0)
}
function replicated(t: A64Context, f: Single, base: number, members: number): void {
  const s = simd(t, bitsOf(f.q))
  for (let k = 0; k < members; k++) lanes[k] = loadReplicated(t, f.size, base, k << f.size)
  for (let k = 0; k < members; k++) s.finish((f.rt + k) & 31, lanes[k]!)
}

/** Size and index of the lane by Q:S:size, or size -1 where that is reserved; `kind` is opcode<2:1>. */
function laneOf(
  f: { readonly q: number; readonly s: number; readonly size: number },
  kind: number,
): readonly [size: number, index: number] {
  const all = (f.q << 3) | (f.s << 2) | f.size
  if (kind === 0) return [0, all]
  if (kind === 1) return (f.size & 1) === 0 ? [1, all >> 1] : [-1, 0]
  if (f.size === 0) return [2, all >> 2]
  return f.size === 1 && f.s === 0 ? [3, f.q] : [-1, 0]
}
const LETTERS = ['b', 'h', 's', 'd']
const KINDS = ['b', 'h', 'sd']

function single(members: number, kind: number, loads: boolean): Row<A64Context>[] {
  const mnemonic = `${loads ? 'ld' : 'st'}${members}`
  const name = `${mnemonic}.single.${KINDS[kind]}`
  const opcode = kind.toString(2).padStart(2, '0') + (members > 2 ? '1' : '0')
  const head = (indexed: string) => `0 q:1 001101 ${indexed} ${loads ? 1 : 0} ${(members - 1) & 1}`
  const tail = `${opcode} s:1 size:2 rn:5 rt:5`
  const text = (f: AnyFields, after: (bytes: number) => string) => {
    const [size, index] = laneOf(f as unknown as Single, kind)
    if (size < 0) return 'undefined'
    return `${mnemonic} ${registerList(f['rt']!, members, LETTERS[size]!)}[${index}], [${xspName(f['rn']!)}]${after(members << size)}`
  }
  const run = (t: A64Context, f: Single, post: boolean): Outcome => {
    const [size, index] = laneOf(f, kind)
    if (size < 0) return t.undefinedInsn()
    const base = t.xsp(f.rn)
    singleLane(t, f, base, members, size, index, loads)
    if (post) writeBack(t, f.rn, f.rm, base, members << size)
    return NEXT
  }
  return [
    builtInsn<Single>(
      name,
      `${head('0')} 00000 ${tail}`,
      (f) => text(f, () => ''),
      (t, f) => run(t, f, false),
    ),
    builtInsn<Single>(
      `${name}.post`,
      `${head('1')} rm:5 ${tail}`,
      (f) => text(f, (bytes) => indexText(f, bytes)),
      (t, f) => run(t, f, true),
    ),
  ]
}

function replicate(members: number): Row<A64Context>[] {
  const mnemonic = `ld${members}r`
  const opcode = `11${members > 2 ? '1' : '0'}`
  const head = (indexed: string) => `0 q:1 001101 ${indexed} 1 ${(members - 1) & 1}`
  const tail = `${opcode} 0 size:2 rn:5 rt:5`
  const text = (f: AnyFields, after: string) =>
    `${mnemonic} ${registerList(f['rt']!, members, arrangement(f['size']!, f['q']!))}, [${xspName(f['rn']!)}]${after}`
  return [
    builtInsn<Single>(
      mnemonic,
      `${head('0')} 00000 ${tail}`,
      (f) => text(f, ''),
      (t, f) => {
        replicated(t, f, t.xsp(f.rn), members)
        return NEXT
      },
    ),
    builtInsn<Single>(
      `${mnemonic}.post`,
      `${head('1')} rm:5 ${tail}`,
      (f) => text(f, indexText(f, members << f['size']!)),
      (t, f) => {
        const base = t.xsp(f.rn)
        replicated(t, f, base, members)
        writeBack(t, f.rn, f.rm, base, members << f.size)
        return NEXT
      },
    ),
  ]
}

const BOTH = [true, false]
export const simdLoadStoreRows: readonly Row<A64Context>[] = [
  ...BOTH.flatMap((loads) => MULTIPLE.flatMap((row) => multiple(row, loads))),
  ...BOTH.flatMap((loads) => [1, 2, 3, 4].flatMap((members) => [0, 1, 2].flatMap((kind) => single(members, kind, loads)))),
  ...[1, 2, 3, 4].flatMap(replicate),
]
