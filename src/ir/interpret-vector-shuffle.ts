/** The meaning of vector ops that move lanes about. */
import { interpret } from './interpret-core.ts'
import { lane, setLanes, VECTOR_BITS, wholeVector } from './interpret-lanes.ts'
import { LANES_8_32, LANES_8_64 } from './ops-lanes.ts'

/** Bytes of a value. */
function bytes(u8: Uint8Array, x: number): number[] {
  return [...u8.subarray(x * 16, x * 16 + 16)]
}

interpret('vshuf', (v, d, a, b) => {
  const from = bytes(v.u8, a)
  v.u8.set(
    bytes(v.u8, b).map((i) => (i < 128 ? from[i % 16]! : 0)),
    d * 16,
  )
})
interpret('vtbl1', (v, d, a, b) => {
  const table = bytes(v.u8, a)
  v.u8.set(
    bytes(v.u8, b).map((i) => table[i] ?? 0),
    d * 16,
  )
})
interpret('vtbl2', (v, d, a, b, c) => {
  const table = [...bytes(v.u8, a), ...bytes(v.u8, b)]
  v.u8.set(
    bytes(v.u8, c).map((i) => table[i] ?? 0),
    d * 16,
  )
})
interpret('vext', (v, d, a, b, _c, imm) => {
  v.u8.set([...bytes(v.u8, a), ...bytes(v.u8, b)].slice(imm, imm + 16), d * 16)
})
const selector = (imm: number, i: number) => (imm >> (2 * i)) & 3
interpret('vshuf32', (v, d, a, _b, _c, imm) => {
  setLanes(
    v,
    d,
    32,
    [0, 1, 2, 3].map((i) => lane(v, a, 32, selector(imm, i))),
  )
})
interpret('vshufx32', (v, d, a, b, _c, imm) => {
  setLanes(
    v,
    d,
    32,
    [0, 1, 2, 3].map((i) => lane(v, i < 2 ? a : b, 32, selector(imm, i))),
  )
})

const same = (width: number) => width
const even = (values: readonly bigint[]) => values.filter((_, i) => i % 2 === 0)
const odd = (values: readonly bigint[]) => values.filter((_, i) => i % 2 === 1)
const zip = (a: readonly bigint[], b: readonly bigint[]) => a.flatMap((x, i) => [x, b[i]!])
const lowHalf = (values: readonly bigint[]) => values.slice(0, values.length / 2)
const highHalf = (values: readonly bigint[]) => values.slice(values.length / 2)

wholeVector('vdup', LANES_8_64, same, (a, _b, width, imm) => new Array<bigint>(VECTOR_BITS / width).fill(a[imm]!))
wholeVector('vmove', LANES_8_64, same, (a, b, _width, imm, imm2) => a.with(imm, b[imm2]!))
wholeVector('vziplo', LANES_8_64, same, (a, b) => zip(lowHalf(a), lowHalf(b)))
wholeVector('vziphi', LANES_8_64, same, (a, b) => zip(highHalf(a), highHalf(b)))
wholeVector('vuzplo', LANES_8_32, same, (a, b) => [...even(a), ...even(b)])
wholeVector('vuzphi', LANES_8_32, same, (a, b) => [...odd(a), ...odd(b)])
wholeVector('vtrnlo', LANES_8_32, same, (a, b) => zip(even(a), even(b)))
wholeVector('vtrnhi', LANES_8_32, same, (a, b) => zip(odd(a), odd(b)))
