/** Operations of Advanced SIMD on one vector, and on the neighbours of two. */
import { OP } from '../../ir/ops.ts'
import { family, type Operation, type Simd, widthOf } from './simd-lanes.ts'
import { joined } from './simd-operations.ts'

const ADD = family('vadd')
const SAR = family('vsar')
const CLZ = family('vclz')
const PADD = family('vpadd')

/** Reverses the lanes of `size` within groups of `groupBytes` bytes. */
export function reverse(groupBytes: number): Operation {
  return (s, size, n) => {
    const flip = groupBytes - (1 << size)
    const word = (k: number) => (k ^ flip) | ((k + 1) ^ flip) << 8 | ((k + 2) ^ flip) << 16 | ((k + 3) ^ flip) << 24 // biome-ignore format: one byte each
    return s.op(OP.vshuf, n, s.ir.constV(word(0), word(4), word(8), word(12)))
  }
}
export const compareZero =
  (ops: readonly number[], exchanged: boolean): Operation =>
  (s, size, n) =>
    exchanged ? s.op(ops[size]!, s.zero(), n) : s.op(ops[size]!, n, s.zero())

/** Sign bits behind the first: leading zeros of n ^ sign, less the first one. */
export const cls: Operation = (s, size, n) => {
  const sign = s.imm(SAR[size]!, n, widthOf(size) - 1)
  return s.op(ADD[size]!, s.op(CLZ[size]!, s.op(OP.vxor, n, sign)), s.splat(size, -1))
}
export const less: Operation = (s, size, n) => s.imm(SAR[size]!, n, widthOf(size) - 1)

/** The half vectors side by side, so that the neighbours of both are in the low half of the result. */
function pairOperands(s: Simd, n: number, m: number): readonly [number, number] {
  if (s.bits === 128) return [n, m]
  const both = joined(s, n, m)
  return [both, both]
}
export function sumsOfNeighbours(s: Simd, size: number, n: number, m: number): number {
  const [a, b] = pairOperands(s, n, m)
  return s.op(PADD[size]!, a, b)
}
export function neighbours(name: 'vmaxs' | 'vmaxu' | 'vmins' | 'vminu'): Operation {
  const ops = family(name)
  return (s, size, n, m) => {
    const [a, b] = pairOperands(s, n, m)
    return s.op(ops[size]!, s.op(family('vuzplo')[size]!, a, b), s.op(family('vuzphi')[size]!, a, b))
  }
}
