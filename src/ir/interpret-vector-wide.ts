/** The meaning of vector ops whose lanes change width or that combine lanes: products, widening, narrowing, sums, polynomials. */
import { interpret } from './interpret-core.ts'
import { clampSigned, clampUnsigned, lane, lanesOf, opOf, setLane, setLanes, signed, VECTOR_BITS, wholeVector } from './interpret-lanes.ts'
import { LANES_8_32, LANES_8_64, LANES_16_64 } from './ops-lanes.ts'

const same = (width: number) => width
const doubled = (width: number) => 2 * width
const halved = (width: number) => width / 2

/** Low or high half of the lanes. */
function halfOf(values: readonly bigint[], high: boolean): bigint[] {
  const n = values.length / 2
  return high ? values.slice(n) : values.slice(0, n)
}

for (const high of [false, true]) {
  const where = high ? 'hi' : 'lo'
  wholeVector(`vmulls${where}`, LANES_8_32, doubled, (a, b, width) => {
    const y = halfOf(b, high)
    return halfOf(a, high).map((x, i) => signed(width, x) * signed(width, y[i]!))
  })
  wholeVector(`vmullu${where}`, LANES_8_32, doubled, (a, b) => {
    const y = halfOf(b, high)
    return halfOf(a, high).map((x, i) => x * y[i]!)
  })
  wholeVector(`vsext${where}`, LANES_8_32, doubled, (a, _b, width) => halfOf(a, high).map((x) => signed(width, x)))
  wholeVector(`vzext${where}`, LANES_8_32, doubled, (a) => halfOf(a, high))
  wholeVector(high ? 'vclmulhi' : 'vclmullo', [8], doubled, (a, b) => {
    const y = halfOf(b, high)
    return halfOf(a, high).map((x, i) => polynomialProduct(x, y[i]!))
  })
}

wholeVector('vqnarrowss', LANES_16_64, halved, (a, _b, width) => a.map((x) => clampSigned(width / 2, signed(width, x))))
wholeVector('vqnarrowsu', LANES_16_64, halved, (a, _b, width) => a.map((x) => clampUnsigned(width / 2, signed(width, x))))
wholeVector('vqnarrowuu', LANES_16_64, halved, (a, _b, width) => a.map((x) => clampUnsigned(width / 2, x)))

function polynomialProduct(x: bigint, y: bigint): bigint {
  let product = 0n
  for (let bit = 0n; y >> bit !== 0n; bit++) if (((y >> bit) & 1n) === 1n) product ^= x << bit
  return product
}
wholeVector('vclmul', [8], same, (a, b) => a.map((x, i) => polynomialProduct(x, b[i]!)))
interpret('vclmul64', (v, d, a, b, _c, imm) => {
  const product = polynomialProduct(lane(v, a, 64, imm & 1), lane(v, b, 64, (imm >> 4) & 1))
  setLanes(v, d, 64, [product, product >> 64n])
})

/** 32-bit lanes: a plus the products of four bytes each. */
function dot(name: 'vdots8' | 'vdotu8' | 'vdotus8', left: (x: bigint) => bigint, right: (x: bigint) => bigint): void {
  interpret(name, (v, d, a, b, c) => {
    for (let i = 0; i < VECTOR_BITS / 32; i++) {
      let sum = lane(v, a, 32, i)
      for (let k = 4 * i; k < 4 * i + 4; k++) sum += left(lane(v, b, 8, k)) * right(lane(v, c, 8, k))
      setLane(v, d, 32, i, sum)
    }
  })
}
const asSigned = (x: bigint) => signed(8, x)
const asUnsigned = (x: bigint) => x
dot('vdots8', asSigned, asSigned)
dot('vdotu8', asUnsigned, asUnsigned)
dot('vdotus8', asUnsigned, asSigned)

// Neighbours and all lanes.

const sum = (values: readonly bigint[]) => values.reduce((x, y) => x + y, 0n)
/** Sums of lanes 2i and 2i + 1. */
const pairs = (values: readonly bigint[]) => values.flatMap((x, i) => (i % 2 === 0 ? [x + values[i + 1]!] : []))
wholeVector('vpadd', LANES_8_64, same, (a, b) => [...pairs(a), ...pairs(b)])
wholeVector('vpaddls', LANES_8_32, doubled, (a, _b, width) => pairs(a.map((x) => signed(width, x))))
wholeVector('vpaddlu', LANES_8_32, doubled, (a) => pairs(a))
wholeVector('vaddv', LANES_8_32, same, (a) => [sum(a)])
interpret('vaddlvs8', (v, d, a) => setLanes(v, d, 16, [sum(lanesOf(v, a, 8).map(asSigned))]))
interpret('vaddlvu8', (v, d, a) => setLanes(v, d, 16, [sum(lanesOf(v, a, 8))]))

const ascending = (values: readonly bigint[]) => values.toSorted((x, y) => (x < y ? -1 : Number(x > y)))
const largest = (values: readonly bigint[]) => ascending(values).at(-1)!
const smallest = (values: readonly bigint[]) => ascending(values)[0]!
for (const width of LANES_8_32) {
  const signedLanes = (values: bigint[]) => values.map((x) => signed(width, x))
  interpret(opOf(`vmaxvs${width}`), (v, d, a) => setLanes(v, d, width, [largest(signedLanes(lanesOf(v, a, width)))]))
  interpret(opOf(`vminvs${width}`), (v, d, a) => setLanes(v, d, width, [smallest(signedLanes(lanesOf(v, a, width)))]))
  interpret(opOf(`vmaxvu${width}`), (v, d, a) => setLanes(v, d, width, [largest(lanesOf(v, a, width))]))
  interpret(opOf(`vminvu${width}`), (v, d, a) => setLanes(v, d, width, [smallest(lanesOf(v, a, width))]))
}
