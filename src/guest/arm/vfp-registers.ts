/**
 * The registers of VFP and Advanced SIMD: slots that overlap, d0..d31 the halves of q0..q15, s0..s31 the quarters of the first eight (opt/views.ts). What a
 * register's fields say: D:Vd for doublewords and (halved) quadwords, Vd:D for singles.
 */
import { F32, F64, I32, I64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import type { ArmContext } from './context.ts'
import { SLOT_D0, SLOT_Q0, SLOT_S0 } from './state.ts'

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
  return t.ir.emit(OP['v.holdf'], t.ir.get(SLOT_D0 + n))
}
/** D register `n` in both halves. */
export function getTwice(t: ArmContext, n: number): number {
  return t.ir.emit(OP.vdup64, getD(t, n), NONE, NONE, 0)
}
/** The low half of `value` goes to D register `n`. */
export function setD(t: ArmContext, n: number, value: number): void {
  t.put(SLOT_D0 + n, t.ir.emit(OP['v.tof64'], value))
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
  return t.ir.get((sz ? SLOT_D0 : SLOT_S0) + n)
}
export function setScalar(t: ArmContext, sz: number, n: number, value: number): void {
  t.put((sz ? SLOT_D0 : SLOT_S0) + n, value)
}

/** The bits of a single register, i32, or of a double one, i64. */
export function getBits(t: ArmContext, sz: number, n: number): number {
  return t.ir.emitTyped(OP['f.bits'], sz ? I64 : I32, getScalar(t, sz, n))
}
export function setBits(t: ArmContext, sz: number, n: number, value: number): void {
  setScalar(t, sz, n, t.ir.emitTyped(OP['f.frombits'], typeOf(sz), value))
}

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
