/** VFP and Advanced SIMD: loads and stores of registers (manual F3.1 "Advanced SIMD and floating-point load/store"). */
import { I32, I64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { builtRow } from './fp-rows.ts'
import {
  type Destination,
  destinationD,
  destinationS,
  getQ,
  getScalar,
  type ScalarFields,
  setQ,
  setScalar,
  typeOf,
} from './vfp-registers.ts'

interface Access extends Destination, ScalarFields {
  readonly U: number
  readonly rn: number
  readonly imm8: number
}
const bytesOf = (sz: number) => (sz ? 8 : 4)
const numberOf = (f: Destination & ScalarFields) => (f.sz ? destinationD(f) : destinationS(f))

function load(t: ArmContext, sz: number, base: number, offset: number): number {
  if (t.isBigEndian) return loadReversed(t, sz, base, offset)
  return t.ir.emitTyped(sz ? OP.loadf64 : OP.loadf32, typeOf(sz), base, NONE, NONE, offset)
}
function store(t: ArmContext, sz: number, base: number, offset: number, value: number): void {
  if (t.isBigEndian) storeReversed(t, sz, base, offset, value)
  else t.ir.emit(sz ? OP.storef64 : OP.storef32, base, value, NONE, offset)
}

/** Big-endian. */
function loadReversed(t: ArmContext, sz: number, base: number, offset: number): number {
  const bits = t.ir.emitTyped(sz ? OP.load64 : OP.load32, sz ? I64 : I32, base, NONE, NONE, offset)
  return t.ir.emitTyped(OP['f.frombits'], typeOf(sz), t.ir.emit(OP.bswap, bits))
}
function storeReversed(t: ArmContext, sz: number, base: number, offset: number, value: number): void {
  const bits = t.ir.emitTyped(OP['f.bits'], sz ? I64 : I32, value)
  t.ir.emit(sz ? OP.store64 : OP.store32, base, t.ir.emit(OP.bswap, bits), NONE, offset)
}

/** The base of literals is aligned. */
function single(t: ArmContext, f: Access, loads: boolean): Outcome {
  t.effects()
  const base = f.rn === PC ? t.imm(t.alignedPc) : t.r(f.rn)
  const address = t.place(t.addImm(base, f.U ? 4 * f.imm8 : -4 * f.imm8))
  const { displacement } = t
  const n = numberOf(f)
  if (loads) setScalar(t, f.sz, n, load(t, f.sz, address, displacement))
  else store(t, f.sz, address, displacement, getScalar(t, f.sz, n))
  return NEXT
}
const singleRows = [true, false].map((loads) => {
  const name = loads ? 'vldr' : 'vstr'
  return builtRow<Access>(name, `cond:4 1101 U:1 d:1 0 ${loads ? 1 : 0} rn:4 vd:4 101 sz:1 imm8:8`, `${name}{c} {fd}, {vaddr8}`, (t, f) =>
    single(t, f, loads),
  )
})

interface Multiple extends Destination, ScalarFields {
  readonly W: number
  readonly rn: number
  readonly imm8: number
}
const MOST_DOUBLES = 16

/** Registers from i32 address `lowest` on. Two doubles that are a Q register move together. */
function transfer(t: ArmContext, sz: number, n: number, count: number, lowest: number, loads: boolean): void {
  const base = t.place(lowest)
  const { displacement } = t
  const values: number[] = []
  const { ir } = t
  const isWhole = (k: number) => sz === 1 && !t.isBigEndian && ((n + k) & 1) === 0 && k + 1 < count
  for (let k = 0; k < count; k += isWhole(k) ? 2 : 1) {
    const offset = displacement + bytesOf(sz) * k
    if (loads) values.push(isWhole(k) ? ir.emit(OP.loadv, base, NONE, NONE, offset) : load(t, sz, base, offset))
    else if (isWhole(k)) ir.emit(OP.storev, base, getQ(t, (n + k) >> 1), NONE, offset)
    else store(t, sz, base, offset, getScalar(t, sz, n + k))
  }
  if (!loads) return
  // All loads come before any register is written, so that a fault leaves the state as it was.
  let next = 0
  for (let k = 0; k < count; k += isWhole(k) ? 2 : 1) {
    const value = values[next++]!
    if (isWhole(k)) setQ(t, (n + k) >> 1, value)
    else setScalar(t, sz, n + k, value)
  }
}
function multiple(t: ArmContext, f: Multiple, loads: boolean, isDecrementing: boolean): Outcome {
  const changesBase = isDecrementing || f.W !== 0
  const count = f.sz ? f.imm8 >> 1 : f.imm8
  const n = numberOf(f)
  if (count === 0 || n + count > 32 || (f.sz && count > MOST_DOUBLES)) return t.undefinedInsn()
  if (f.rn === PC && (changesBase || t.isThumb)) return t.undefinedInsn()
  t.effects()
  const rn = t.r(f.rn)
  const bytes = 4 * f.imm8
  const lowest = isDecrementing ? t.addImm(rn, -bytes) : rn
  transfer(t, f.sz, n, count, lowest, loads)
  if (changesBase) t.setR(f.rn, isDecrementing ? lowest : t.addImm(rn, bytes))
  return NEXT
}
/** P and U; without P the base is changed or not, as W says. */
const multipleRows = [true, false].flatMap((loads) => {
  const name = loads ? 'vldm' : 'vstm'
  const row = (suffix: string, bits: string, w: string) =>
    builtRow<Multiple>(
      `${name}${suffix}`,
      `cond:4 110 ${bits} d:1 ${w} ${loads ? 1 : 0} rn:4 vd:4 101 sz:1 imm8:8`,
      `{${name}.${suffix}}`,
      (t, f) => multiple(t, f, loads, suffix === 'db'),
    )
  return [row('ia', '01', 'W:1'), row('db', '10', '1')]
})

export const vfpLoadStoreRows: readonly Row<ArmContext>[] = [...singleRows, ...multipleRows]
