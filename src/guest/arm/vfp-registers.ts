/**
 * The registers of VFP and Advanced SIMD: q0..q15 are slots, d0..d31 their halves, s0..s31 the quarters of the first eight. What a register's
 * fields say: D:Vd for doublewords and (halved) quadwords, Vd:D for singles.
 */
import { F32, F64, I32, I64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import type { ArmContext } from './context.ts'
import { SLOT_Q0 } from './state.ts'

/** Fields of destination, first and second operand. */
export interface Destination {
  readonly d: number
  readonly vd: number
}
export interface First {
  readonly n: number
  readonly vn: number
}
export interface Second {
  readonly m: number
  readonly vm: number
}

export const destinationD = (f: Destination): number => (f.d << 4) | f.vd
export const firstD = (f: First): number => (f.n << 4) | f.vn
export const secondD = (f: Second): number => (f.m << 4) | f.vm
export const destinationS = (f: Destination): number => (f.vd << 1) | f.d
export const firstS = (f: First): number => (f.vn << 1) | f.n
export const secondS = (f: Second): number => (f.vm << 1) | f.m

// Q and D registers as vectors

export function getQ(t: ArmContext, n: number): number {
  return t.ir.get(SLOT_Q0 + n)
}
export function setQ(t: ArmContext, n: number, value: number): void {
  t.put(SLOT_Q0 + n, value)
}

/** D register `n` in the low half; what is above it means nothing. */
export function getD(t: ArmContext, n: number): number {
  const value = getQ(t, n >> 1)
  return n & 1 ? t.ir.emit(OP.vdup64, value, NONE, NONE, 1) : value
}
/** D register `n` in both halves. */
export function getTwice(t: ArmContext, n: number): number {
  return t.ir.emit(OP.vdup64, getQ(t, n >> 1), NONE, NONE, n & 1)
}
/** The low half of `value` goes to D register `n`. */
export function setD(t: ArmContext, n: number, value: number): void {
  const { ir } = t
  const old = getQ(t, n >> 1)
  setQ(t, n >> 1, n & 1 ? ir.emit(OP.vziplo64, old, value) : ir.emit(OP.vmove64, old, value, NONE, 0, 0))
}

/** D register number `n`, or for `q` the Q register that begins with it. */
export function getVector(t: ArmContext, q: number, n: number): number {
  return q ? getQ(t, n >> 1) : getD(t, n)
}
export function setVector(t: ArmContext, q: number, n: number, value: number): void {
  if (q) setQ(t, n >> 1, value)
  else setD(t, n, value)
}
/** A Q register whose number is odd is undefined. */
export function isOdd(q: number, ...numbers: readonly number[]): boolean {
  return q !== 0 && numbers.some((n) => (n & 1) !== 0)
}

// Scalars: sz 0 single, 1 double

export const typeOf = (sz: number): number => (sz ? F64 : F32)

export function getScalar(t: ArmContext, sz: number, n: number): number {
  const { ir } = t
  if (sz) return ir.emit(OP['v.tof64'], getD(t, n))
  const value = getQ(t, n >> 2)
  return ir.emit(OP['v.tof32'], n & 3 ? ir.emit(OP.vdup32, value, NONE, NONE, n & 3) : value)
}
export function setScalar(t: ArmContext, sz: number, n: number, value: number): void {
  setLane(t, sz, n, t.ir.emit(OP['v.fromf'], value))
}
/** Lane 0 of `value`, of 32 or 64 bits, goes to the register. */
function setLane(t: ArmContext, sz: number, n: number, value: number): void {
  if (sz) setD(t, n, value)
  else setQ(t, n >> 2, t.ir.emit(OP.vmove32, getQ(t, n >> 2), value, NONE, n & 3, 0))
}

/** The bits of a single register, i32, or of a double one, i64. */
export function getBits(t: ArmContext, sz: number, n: number): number {
  return sz ? t.ir.emit(OP.vget64, getQ(t, n >> 1), NONE, NONE, n & 1) : t.ir.emit(OP.vget32, getQ(t, n >> 2), NONE, NONE, n & 3)
}
export function setBits(t: ArmContext, sz: number, n: number, value: number): void {
  const { ir } = t
  if (sz) setQ(t, n >> 1, ir.emit(OP.vins64, getQ(t, n >> 1), value, NONE, n & 1))
  else setQ(t, n >> 2, ir.emit(OP.vins32, getQ(t, n >> 2), value, NONE, n & 3))
}
export const bitsType = (sz: number): number => (sz ? I64 : I32)

/** Operands of a scalar instruction, by its field sz. */
export interface ScalarFields {
  readonly sz: number
}
export function destination(t: ArmContext, f: Destination & ScalarFields): number {
  return getScalar(t, f.sz, f.sz ? destinationD(f) : destinationS(f))
}
export function first(t: ArmContext, f: First & ScalarFields): number {
  return getScalar(t, f.sz, f.sz ? firstD(f) : firstS(f))
}
export function second(t: ArmContext, f: Second & ScalarFields): number {
  return getScalar(t, f.sz, f.sz ? secondD(f) : secondS(f))
}
export function setDestination(t: ArmContext, f: Destination & ScalarFields, value: number): void {
  setScalar(t, f.sz, f.sz ? destinationD(f) : destinationS(f), value)
}
