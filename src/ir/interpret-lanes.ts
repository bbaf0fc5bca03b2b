/**
 * The meaning of lane-wise vector ops, written once for all widths: `eachLane('vadd', [8, 16], (x, y) => x + y)`. Lanes are
 * unsigned BigInts; a result is cut to the lane. Slow and obvious: this is the reference, not the fast path.
 */
import { interpret, type Values } from './interpret-core.ts'
import { OP, type OpName } from './ops.ts'

export const VECTOR_BITS = 128

/** Lane `i` of `width` bits of value `x`, unsigned. */
export function lane(v: Values, x: number, width: number, i: number): bigint {
  switch (width) {
    case 8:
      return BigInt(v.u8[x * 16 + i]!)
    case 16:
      return BigInt(v.u16[x * 8 + i]!)
    case 32:
      return BigInt(v.u32[x * 4 + i]!)
    default:
      return v.u64[x * 2 + i]!
  }
}

export function setLane(v: Values, d: number, width: number, i: number, value: bigint): void {
  switch (width) {
    case 8:
      v.u8[d * 16 + i] = Number(BigInt.asUintN(8, value))
      return
    case 16:
      v.u16[d * 8 + i] = Number(BigInt.asUintN(16, value))
      return
    case 32:
      v.u32[d * 4 + i] = Number(BigInt.asUintN(32, value))
      return
    default:
      v.u64[d * 2 + i] = BigInt.asUintN(64, value)
  }
}

/** All lanes of value `x`. */
export function lanesOf(v: Values, x: number, width: number): bigint[] {
  const values: bigint[] = []
  for (let i = 0; i < VECTOR_BITS / width; i++) values.push(lane(v, x, width, i))
  return values
}

/** Lanes of value `d`; missing ones become 0. */
export function setLanes(v: Values, d: number, width: number, values: readonly bigint[]): void {
  for (let i = 0; i < VECTOR_BITS / width; i++) setLane(v, d, width, i, values[i] ?? 0n)
}

export function signed(width: number, x: bigint): bigint {
  return BigInt.asIntN(width, x)
}

export function clampSigned(width: number, x: bigint): bigint {
  const max = (1n << BigInt(width - 1)) - 1n
  return x > max ? max : x < -max - 1n ? -max - 1n : x
}

export function clampUnsigned(width: number, x: bigint): bigint {
  const max = (1n << BigInt(width)) - 1n
  return x > max ? max : x < 0n ? 0n : x
}

/** The op of a family for one width; throws for a name that is no op. */
export function opOf(name: string): OpName {
  if (!(name in OP)) throw new Error(`IR: no op '${name}'`)
  return name as OpName
}

/** `f` gets the lanes of a, b, c (0n where there is none), the width and the first immediate. */
export function eachLane(
  name: string,
  widths: readonly number[],
  f: (x: bigint, y: bigint, z: bigint, width: number, imm: number) => bigint,
): void {
  for (const width of widths) {
    interpret(opOf(`${name}${width}`), (v, d, a, b, c, imm) => {
      for (let i = 0; i < VECTOR_BITS / width; i++) {
        const y = b < 0 ? 0n : lane(v, b, width, i)
        const z = c < 0 ? 0n : lane(v, c, width, i)
        setLane(v, d, width, i, f(lane(v, a, width, i), y, z, width, imm))
      }
    })
  }
}

/** The same with lanes read as signed. */
export function eachSignedLane(
  name: string,
  widths: readonly number[],
  f: (x: bigint, y: bigint, z: bigint, width: number, imm: number) => bigint,
): void {
  eachLane(name, widths, (x, y, z, width, imm) => f(signed(width, x), signed(width, y), signed(width, z), width, imm))
}

/** `f` makes all lanes of the result from all lanes of a and b. */
export function wholeVector(
  name: string,
  widths: readonly number[],
  resultWidth: (width: number) => number,
  f: (a: bigint[], b: bigint[], width: number, imm: number, imm2: number) => readonly bigint[],
): void {
  for (const width of widths) {
    interpret(opOf(`${name}${width}`), (v, d, a, b, _c, imm, imm2) => {
      setLanes(v, d, resultWidth(width), f(lanesOf(v, a, width), b < 0 ? [] : lanesOf(v, b, width), width, imm, imm2))
    })
  }
}
