/** Advanced SIMD: loads and stores of structures: multiple, single lane, to all lanes (manual F4.1.14 "Advanced SIMD element or structure load/store"). */
import { F32, F64, I32 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { reverse } from '../arm-common/simd-lane-operations.ts'
import { family, simd } from '../arm-common/simd-lanes.ts'
import { JOIN, JOIN_HALF, mem, regs, SPLIT, SPLIT_HALF } from '../arm-common/simd-structures.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import type { AnyFields } from '../pattern.ts'
import { type ArmContext, PC, SP } from './context.ts'
import { field, REGISTERS } from './format.ts'
import { builtRow } from './fp-rows.ts'
import { type Destination, destinationD, getD, getQ, setD, setQ } from './vfp-registers.ts'

/** Rm that stands for no change of the base, or for one by the bytes transferred. */
const NO_INDEX = PC
const BY_SIZE = SP

interface Access extends Destination {
  readonly rn: number
  readonly rm: number
}
function writeBack(t: ArmContext, f: Access, base: number, bytes: number): void {
  if (f.rm === NO_INDEX) return
  t.setR(f.rn, f.rm === BY_SIZE ? t.addImm(base, bytes) : t.add(base, t.r(f.rm)))
}

// Memory, at an i64 address

/** Sixteen bytes as lanes of `size`. */
const loadFull = (t: ArmContext, size: number, at: number, offset: number) => inMemory(t, size, t.ir.emit(OP.loadv, at, NONE, NONE, offset))
/** Eight bytes, the rest zero. */
const loadHalf = (t: ArmContext, size: number, at: number, offset: number) =>
  inMemory(t, size, t.ir.emit(OP['v.fromf'], t.ir.emitTyped(OP.loadf64, F64, at, NONE, NONE, offset)))
const storeFull = (t: ArmContext, size: number, at: number, offset: number, value: number) =>
  t.ir.emit(OP.storev, at, inMemory(t, size, value), NONE, offset)
const storeHalf = (t: ArmContext, size: number, at: number, offset: number, value: number) =>
  t.ir.emit(OP.storef64, at, t.ir.emit(OP['v.tof64'], inMemory(t, size, value)), NONE, offset)

/** Lanes of `size` in a register as memory has them, or the other way round. */
function inMemory(t: ArmContext, size: number, value: number): number {
  return t.isBigEndian && size > 0 ? reverse(1 << size)(simd(t, 128), 0, value, NONE, NONE) : value
}

// Text

const BRACKETS = (f: AnyFields, align: string) => {
  const rm = field(f, 'rm')
  const tail = rm === NO_INDEX ? '' : rm === BY_SIZE ? '!' : `, ${REGISTERS[rm]}`
  return `[${REGISTERS[field(f, 'rn')]}${align}]${tail}`
}
/** `{d0-d3}` or `{d0,d2}` by distance; `suffix` behind each register. */
function registers(f: AnyFields, count: number, distance: number, suffix: string): string {
  const first = 16 * field(f, 'd') + field(f, 'vd')
  const name = (k: number) => `d${first + distance * k}${suffix}`
  if (count === 1) return `{${name(0)}}`
  if (distance === 1) return `{${name(0)}-${name(count - 1)}}`
  return `{${Array.from({ length: count }, (_, k) => name(k)).join(',')}}`
}

/** Lanes are listed one by one. */
function lanesText(f: AnyFields, count: number, distance: number, suffix: string): string {
  const first = 16 * field(f, 'd') + field(f, 'vd')
  return `{${Array.from({ length: count }, (_, k) => `d${first + distance * k}${suffix}`).join(',')}}`
}

// Multiple structures

interface Multiple extends Access {
  readonly size: number
  readonly align: number
}
/** Type, members of a structure, registers, distance between members, alignments that are allowed. */
type MultipleRow = readonly [type: string, members: number, count: number, distance: number, isAllowed: (align: number) => boolean]
const MULTIPLE: readonly MultipleRow[] = [
  ['0111', 1, 1, 1, (align) => align < 2],
  ['1010', 1, 2, 1, (align) => align < 3],
  ['0110', 1, 3, 1, (align) => align < 2],
  ['0010', 1, 4, 1, () => true],
  ['1000', 2, 2, 1, (align) => align < 3],
  ['1001', 2, 2, 2, (align) => align < 3],
  ['0011', 2, 4, 2, () => true],
  ['0100', 3, 3, 1, (align) => align < 2],
  ['0101', 3, 3, 2, (align) => align < 2],
  ['0000', 4, 4, 1, () => true],
  ['0001', 4, 4, 2, () => true],
]

/** Registers one after the other; two that are a Q register move together. */
function plain(t: ArmContext, size: number, first: number, count: number, at: number, loads: boolean): void {
  const isWhole = (k: number) => ((first + k) & 1) === 0 && k + 1 < count
  if (loads) for (let k = 0; k < count; k += isWhole(k) ? 2 : 1) regs[k] = (isWhole(k) ? loadFull : loadHalf)(t, size, at, 8 * k)
  for (let k = 0; k < count; k += isWhole(k) ? 2 : 1) {
    const n = first + k
    if (loads) {
      if (isWhole(k)) setQ(t, n >> 1, regs[k]!)
      else setD(t, n, regs[k]!)
    } else if (isWhole(k)) storeFull(t, size, at, 8 * k, getQ(t, n >> 1))
    else storeHalf(t, size, at, 8 * k, getD(t, n))
  }
}

/** Between memory and `mem`. */
function transfer(t: ArmContext, size: number, at: number, bytes: number, loads: boolean): void {
  for (let offset = 0; offset < bytes; offset += 16) {
    const isFull = bytes - offset >= 16
    if (loads) mem[offset / 16] = (isFull ? loadFull : loadHalf)(t, size, at, offset)
    else (isFull ? storeFull : storeHalf)(t, size, at, offset, mem[offset / 16]!)
  }
}

/** Structures in quadwords (VLD2 of four registers), or in doublewords. */
function structures(t: ArmContext, f: Multiple, [, members, count, distance]: MultipleRow, at: number, loads: boolean): void {
  const first = destinationD(f)
  const s = simd(t, 128)
  const isWide = count > members
  const bytes = 8 * count
  if (loads) {
    transfer(t, f.size, at, bytes, true)
    ;(isWide ? SPLIT : SPLIT_HALF)[members - 2]!(s, f.size)
    for (let k = 0; k < members; k++) put(t, first + (isWide ? 2 * k : distance * k), regs[k]!, isWide)
    return
  }
  for (let k = 0; k < members; k++) regs[k] = take(t, first + (isWide ? 2 * k : distance * k), isWide)
  ;(isWide ? JOIN : JOIN_HALF)[members - 2]!(s, f.size)
  transfer(t, f.size, at, bytes, false)
}
/** D register n and, if `isWide`, the one behind it. */
function take(t: ArmContext, n: number, isWide: boolean): number {
  if (!isWide) return t.ir.emit(OP.vlow, getD(t, n), NONE, NONE, 64)
  return (n & 1) === 0 ? getQ(t, n >> 1) : t.ir.emit(OP.vziplo64, getD(t, n), getD(t, n + 1))
}
function put(t: ArmContext, n: number, value: number, isWide: boolean): void {
  if (isWide && (n & 1) === 0) setQ(t, n >> 1, value)
  else {
    setD(t, n, value)
    if (isWide) setD(t, n + 1, t.ir.emit(OP.vdup64, value, NONE, NONE, 1))
  }
}

const DOUBLEWORDS = 3
const LAST_REGISTER = 31
function multiple(row: MultipleRow, loads: boolean): Row<ArmContext> {
  const [type, members, count, distance, isAllowed] = row
  const mnemonic = `${loads ? 'vld' : 'vst'}${members}`
  const last = count > members ? count - 1 : distance * (count - 1)
  return builtRow<Multiple>(
    `${mnemonic}.multiple.${count}.${distance}`,
    `1111 0100 0 d:1 ${loads ? 1 : 0} 0 rn:4 vd:4 ${type} size:2 align:2 rm:4`,
    (f) => {
      const align = field(f, 'align') === 0 ? '' : ` :${32 << field(f, 'align')}`
      return `${mnemonic}.${8 << field(f, 'size')} ${registers(f, count, count > members ? 1 : distance, '')}, ${BRACKETS(f, align)}`
    },
    (t, f) => {
      if (!isAllowed(f.align) || (members > 1 && f.size === DOUBLEWORDS)) return t.undefinedInsn()
      if (f.rn === PC || destinationD(f) + last > LAST_REGISTER) return t.undefinedInsn()
      t.effects()
      const base = t.r(f.rn)
      if (members === 1) plain(t, f.size, destinationD(f), count, t.at(base), loads)
      else structures(t, f, row, t.at(base), loads)
      writeBack(t, f, base, 8 * count)
      return NEXT
    },
  )
}

// One lane of each register

interface Single extends Access {
  readonly ia: number
}
const LOADS = [OP.load8u, OP.load16u, OP.load32]
const STORES = [OP.store8, OP.store16, OP.store32]
const SPLAT = [OP.vsplat8, OP.vsplat16, OP.vsplat32]
const INSERT = family('vins')
const GET = family('vget')

interface Lane {
  readonly index: number
  readonly distance: number
  /** Bits of alignment as written, 0 for none; -1: reserved. */
  readonly align: number
}
/** index_align by size and members. */
function laneOf(size: number, ia: number, members: number): Lane {
  const index = ia >> (size + 1)
  const isApart = members > 1 && size > 0 && ((ia >> size) & 1) !== 0
  return { index, distance: isApart ? 2 : 1, align: alignOf(size, ia, members) }
}
function alignOf(size: number, ia: number, members: number): number {
  const low = ia & ((1 << size) - 1)
  const bit = (ia & 1) !== 0
  const bytes = 8 << size
  switch (members) {
    case 1:
      if (size === 0) return bit ? -1 : 0
      if (size === 1) return ia & 2 ? -1 : bit ? 16 : 0
      return ia & 4 || low === 1 || low === 2 ? -1 : low === 3 ? 32 : 0
    case 2:
      if (size === 2 && ia & 2) return -1
      return bit ? 2 * bytes : 0
    case 3:
      return (size === 2 ? low : ia & 1) !== 0 ? -1 : 0
    default:
      if (size === 2) return low === 3 ? -1 : low === 0 ? 0 : 32 << low
      return bit ? 4 * bytes : 0
  }
}

const lanes = [NONE, NONE, NONE, NONE]
function singleLane(t: ArmContext, f: Single, size: number, members: number, lane: Lane, base: number, loads: boolean): void {
  const { ir } = t
  const at = t.at(base)
  for (let k = 0; k < members; k++) {
    const n = destinationD(f) + lane.distance * k
    const index = lane.index + (n & 1 ? 8 >> size : 0)
    if (loads) lanes[k] = t.inMemory(ir.emitTyped(LOADS[size]!, I32, at, NONE, NONE, k << size), 1 << size)
    else ir.emit(STORES[size]!, at, t.inMemory(ir.emit(GET[size]!, getQ(t, n >> 1), NONE, NONE, index), 1 << size), NONE, k << size)
  }
  if (!loads) return
  for (let k = 0; k < members; k++) {
    const n = destinationD(f) + lane.distance * k
    setQ(t, n >> 1, ir.emit(INSERT[size]!, getQ(t, n >> 1), lanes[k]!, NONE, lane.index + (n & 1 ? 8 >> size : 0)))
  }
}
function single(size: number, members: number, loads: boolean): Row<ArmContext> {
  const mnemonic = `${loads ? 'vld' : 'vst'}${members}`
  return builtRow<Single>(
    `${mnemonic}.single.${8 << size}`,
    `1111 0100 1 d:1 ${loads ? 1 : 0} 0 rn:4 vd:4 ${size.toString(2).padStart(2, '0')} ${(members - 1).toString(2).padStart(2, '0')} ia:4 rm:4`,
    (f) => {
      const { index, distance, align } = laneOf(size, field(f, 'ia'), members)
      if (align < 0) return 'undefined'
      return `${mnemonic}.${8 << size} ${lanesText(f, members, distance, `[${index}]`)}, ${BRACKETS(f, align === 0 ? '' : ` :${align}`)}`
    },
    (t, f): Outcome => {
      const lane = laneOf(size, f.ia, members)
      if (lane.align < 0 || f.rn === PC || destinationD(f) + lane.distance * (members - 1) > LAST_REGISTER) return t.undefinedInsn()
      t.effects()
      const base = t.r(f.rn)
      singleLane(t, f, size, members, lane, base, loads)
      writeBack(t, f, base, members << size)
      return NEXT
    },
  )
}

// One element to all lanes

interface All extends Access {
  readonly size: number
  readonly apart: number
  readonly a: number
}
/** One element from memory in every lane. */
function loadReplicated(t: ArmContext, size: number, at: number, offset: number): number {
  const { ir } = t
  const splat = SPLAT[size]!
  if (size < 2 || t.isBigEndian) return ir.emit(splat, t.inMemory(ir.emitTyped(LOADS[size]!, I32, at, NONE, NONE, offset), 1 << size))
  return ir.emit(OP.vdup32, ir.emit(OP['v.fromf'], ir.emitTyped(OP.loadf32, F32, at, NONE, NONE, offset)), NONE, NONE, 0)
}
/** Alignment in bits; -1: reserved. */
function allAlign(f: { readonly size: number; readonly a: number }, members: number): number {
  const { size, a } = f
  if (members === 1) return size === 3 || (size === 0 && a) ? -1 : a ? 8 << size : 0
  if (members === 2) return size === 3 ? -1 : a ? 16 << size : 0
  if (members === 3) return size === 3 || a ? -1 : 0
  if (size === 3) return a ? 128 : -1
  return a ? (size === 2 ? 64 : 32 << size) : 0
}
function all(members: number): Row<ArmContext> {
  const mnemonic = `vld${members}`
  /** Of one member, `apart` says whether there are two registers. */
  const countOf = (apart: number) => (members === 1 ? 1 + apart : members)
  const distanceOf = (apart: number) => (members === 1 ? 1 : 1 + apart)
  return builtRow<All>(
    `${mnemonic}.all`,
    `1111 0100 1 d:1 1 0 rn:4 vd:4 11 ${(members - 1).toString(2).padStart(2, '0')} size:2 apart:1 a:1 rm:4`,
    (f) => {
      const align = allAlign({ size: field(f, 'size'), a: field(f, 'a') }, members)
      if (align < 0) return 'undefined'
      const apart = field(f, 'apart')
      const bits = field(f, 'size') === 3 ? 32 : 8 << field(f, 'size')
      return `${mnemonic}.${bits} ${registers(f, countOf(apart), distanceOf(apart), '[]')}, ${BRACKETS(f, align === 0 ? '' : ` :${align}`)}`
    },
    (t, f) => {
      const [count, distance] = [countOf(f.apart), distanceOf(f.apart)]
      if (allAlign(f, members) < 0 || f.rn === PC || destinationD(f) + distance * (count - 1) > LAST_REGISTER) return t.undefinedInsn()
      t.effects()
      const size = Math.min(f.size, 2)
      const base = t.r(f.rn)
      const at = t.at(base)
      for (let k = 0; k < members; k++) lanes[k] = loadReplicated(t, size, at, k << size)
      for (let k = 0; k < count; k++) setD(t, destinationD(f) + distance * k, lanes[members === 1 ? 0 : k]!)
      writeBack(t, f, base, members << size)
      return NEXT
    },
  )
}

const BOTH = [true, false]
const SIZES = [0, 1, 2]
const MEMBERS = [1, 2, 3, 4]
export const neonLoadStoreRows: readonly Row<ArmContext>[] = [
  ...BOTH.flatMap((loads) => MULTIPLE.map((row) => multiple(row, loads))),
  ...BOTH.flatMap((loads) => MEMBERS.flatMap((members) => SIZES.map((size) => single(size, members, loads)))),
  ...MEMBERS.map(all),
]
