/**
 * A64 Advanced SIMD loads and stores of structures: multiple, single lane, replicated, each with post-index (manual C4.1.97).
 * All loads come before any register is written, so that a fault leaves the state as it was.
 */
import { F32, F64, I32 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { bitsOf, family, simd } from '../arm-common/simd-lanes.ts'
import { JOIN, JOIN_HALF, mem, regs, SPLIT, SPLIT_HALF } from '../arm-common/simd-structures.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import type { AnyFields } from '../pattern.ts'
import { type A64Context, R31 } from './context.ts'
import { xspName } from './format.ts'
import { arrangement, registerList } from './simd-format.ts'
import { builtInsn } from './simd-fp-lanes.ts'

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
