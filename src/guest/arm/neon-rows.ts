/** What Advanced SIMD rows share: operands as vectors by the field q, and the form of the row. */
import { type Operation, type Simd, simd } from '../arm-common/simd-lanes.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { builtRow } from './fp-rows.ts'
import { type Destination, destinationD, type First, firstD, getVector, isOdd, type Second, secondD, setVector } from './vfp-registers.ts'

export interface Vector {
  readonly q: number
}
export interface Sized {
  readonly size: number
}
export interface Two extends Vector, Destination, Second {}
export interface Three extends Two, First {}

export const FULL = 128
export const HALF = 64
/** Bits of a vector by q. */
export const bitsOf = (q: number): number => (q ? FULL : HALF)

/** A Q register with an odd number in three, or two, operands. */
export const oddThree = (f: Three): boolean => isOdd(f.q, destinationD(f), firstD(f), secondD(f))
export const oddTwo = (f: Two): boolean => isOdd(f.q, destinationD(f), secondD(f))

export const old = (t: ArmContext, f: Vector & Destination): number => getVector(t, f.q, destinationD(f))
export const n = (t: ArmContext, f: Vector & First): number => getVector(t, f.q, firstD(f))
export const m = (t: ArmContext, f: Vector & Second): number => getVector(t, f.q, secondD(f))
export function finish(t: ArmContext, f: Vector & Destination, value: number): Outcome {
  setVector(t, f.q, destinationD(f), value)
  return NEXT
}

/** The result of `operation` on lanes of `size`. */
export function lanewise(t: ArmContext, f: Three, size: number, operation: Operation): Outcome {
  return finish(t, f, operation(simdOf(t, f.q), size, n(t, f), m(t, f), old(t, f)))
}
export function simdOf(t: ArmContext, q: number): Simd {
  return simd(t, bitsOf(q))
}

/** `1111 001 U …`: a row of Advanced SIMD data processing. */
export function simdRow<F>(
  name: string,
  u: string,
  rest: string,
  template: string,
  translate: (t: ArmContext, f: F) => Outcome,
): Row<ArmContext> {
  return builtRow<F>(name, `1111 001 ${u} ${rest}`, template, translate)
}
/** The same; its operations may raise floating-point exceptions. */
export function simdFloatRow<F>(
  name: string,
  u: string,
  rest: string,
  template: string,
  translate: (t: ArmContext, f: F) => Outcome,
): Row<ArmContext> {
  return simdRow<F>(name, u, rest, template, (t, f) => {
    t.effects()
    return translate(t, f)
  })
}
