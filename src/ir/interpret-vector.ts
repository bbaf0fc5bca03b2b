/** The meaning of vector ops: moves, logic, integer arithmetic lane by lane. */
import { interpret, type Values } from './interpret-core.ts'
import './interpret-vector-crypto.ts'
import './interpret-vector-shuffle.ts'
import './interpret-vector-wide.ts'
import { clampSigned, clampUnsigned, eachLane, eachSignedLane, lane, setLane, setLanes, signed, VECTOR_BITS } from './interpret-lanes.ts'
import { F32, I32 } from './op-row.ts'
import type { OpName } from './ops.ts'
import { LANES_8_32, LANES_8_64, LANES_16_32 } from './ops-lanes.ts'

function words(v: Values, d: number, w0: number, w1 = 0, w2 = 0, w3 = 0): void {
  v.u32[d * 4] = w0
  v.u32[d * 4 + 1] = w1
  v.u32[d * 4 + 2] = w2
  v.u32[d * 4 + 3] = w3
}

/** Copies the low `bits` of `a`; the rest of `d` becomes 0. */
function low(v: Values, d: number, a: number, bits: number): void {
  for (let i = 0; i < 16; i++) v.u8[d * 16 + i] = i < bits / 8 ? v.u8[a * 16 + i]! : 0
}

interpret('vzero', (v, d) => words(v, d, 0))
interpret('constv', (v, d, _a, _b, _c, imm) => {
  const { pool } = v.region
  words(v, d, pool[imm]!, pool[imm + 1], pool[imm + 2], pool[imm + 3])
})
const scalarBits = (v: Values, x: number) => (v.type(x) === F32 || v.type(x) === I32 ? 32 : 64)
/** What is unspecified is something that no program expects. */
const UNSPECIFIED = 0xa5
interpret('v.holdf', (v, d, a) => {
  v.u8.fill(UNSPECIFIED, d * 16, d * 16 + 16)
  v.u8.copyWithin(d * 16, a * 16, a * 16 + scalarBits(v, a) / 8)
})
interpret('v.fromf', (v, d, a) => low(v, d, a, scalarBits(v, a)))
interpret('v.fromi', (v, d, a) => low(v, d, a, scalarBits(v, a)))
interpret('v.tof32', (v, d, a) => low(v, d, a, 32))
interpret('v.tof64', (v, d, a) => low(v, d, a, 64))
interpret('v.toi32', (v, d, a) => low(v, d, a, 32))
interpret('v.toi64', (v, d, a) => low(v, d, a, 64))
interpret('f.bits', (v, d, a) => low(v, d, a, scalarBits(v, a)))
interpret('f.frombits', (v, d, a) => low(v, d, a, scalarBits(v, a)))
interpret('vlow', (v, d, a, _b, _c, imm) => low(v, d, a, imm))
for (const width of LANES_8_64) {
  interpret(`vsplat${width}`, (v, d, a) => {
    for (let i = 0; i < VECTOR_BITS / width; i++) setLane(v, d, width, i, lane(v, a, width, 0))
  })
  interpret(`vins${width}`, (v, d, a, b, _c, imm) => {
    low(v, d, a, VECTOR_BITS)
    setLane(v, d, width, imm, lane(v, b, width, 0))
  })
  interpret(`vget${width}`, (v, d, a, _b, _c, imm) => setLanes(v, d, 64, [lane(v, a, width, imm)]))
}

// Logic.

function logic(name: OpName, f: (x: bigint, y: bigint, z: bigint) => bigint): void {
  interpret(name, (v, d, a, b, c) => {
    for (let i = 0; i < 2; i++) setLane(v, d, 64, i, f(lane(v, a, 64, i), b < 0 ? 0n : lane(v, b, 64, i), c < 0 ? 0n : lane(v, c, 64, i)))
  })
}
logic('vand', (x, y) => x & y)
logic('vor', (x, y) => x | y)
logic('vxor', (x, y) => x ^ y)
logic('vandn', (x, y) => x & ~y)
logic('vorn', (x, y) => x | ~y)
logic('vnot', (x) => ~x)
logic('vbsel', (x, y, z) => (x & y) | (~x & z))
logic('vxor3', (x, y, z) => x ^ y ^ z)
logic('vxorandn', (x, y, z) => x ^ (y & ~z))

// Arithmetic.

const abs = (x: bigint) => (x < 0n ? -x : x)
const min = (x: bigint, y: bigint) => (x < y ? x : y)
const max = (x: bigint, y: bigint) => (x > y ? x : y)

eachLane('vadd', LANES_8_64, (x, y) => x + y)
eachLane('vsub', LANES_8_64, (x, y) => x - y)
eachSignedLane('vabs', LANES_8_64, abs)
eachLane('vmul', LANES_8_32, (x, y) => x * y)
eachSignedLane('vmins', LANES_8_32, min)
eachSignedLane('vmaxs', LANES_8_32, max)
eachLane('vminu', LANES_8_32, min)
eachLane('vmaxu', LANES_8_32, max)
eachSignedLane('vabds', LANES_8_32, (x, y) => abs(x - y))
eachLane('vabdu', LANES_8_32, (x, y) => abs(x - y))
eachSignedLane('vhadds', LANES_8_32, (x, y) => (x + y) >> 1n)
eachLane('vhaddu', LANES_8_32, (x, y) => (x + y) >> 1n)
eachSignedLane('vrhadds', LANES_8_32, (x, y) => (x + y + 1n) >> 1n)
eachLane('vrhaddu', LANES_8_32, (x, y) => (x + y + 1n) >> 1n)
eachSignedLane('vhsubs', LANES_8_32, (x, y) => (x - y) >> 1n)
eachLane('vhsubu', LANES_8_32, (x, y) => (x - y) >> 1n)

const all = (truth: boolean) => (truth ? -1n : 0n)
eachLane('vcmpeq', LANES_8_64, (x, y) => all(x === y))
eachSignedLane('vcmpgts', LANES_8_64, (x, y) => all(x > y))
eachSignedLane('vcmpges', LANES_8_64, (x, y) => all(x >= y))
eachLane('vcmpgtu', LANES_8_64, (x, y) => all(x > y))
eachLane('vcmpgeu', LANES_8_64, (x, y) => all(x >= y))
eachLane('vtst', LANES_8_64, (x, y) => all((x & y) !== 0n))

eachSignedLane('vqadds', LANES_8_64, (x, y, _z, width) => clampSigned(width, x + y))
eachLane('vqaddu', LANES_8_64, (x, y, _z, width) => clampUnsigned(width, x + y))
eachSignedLane('vqsubs', LANES_8_64, (x, y, _z, width) => clampSigned(width, x - y))
eachLane('vqsubu', LANES_8_64, (x, y, _z, width) => clampUnsigned(width, x - y))

// Shifts. BigInt shifts are exact, so a shift by the width or more needs no case of its own.

const half = (n: number) => 1n << BigInt(n - 1)
eachLane('vshl', LANES_8_64, (x, _y, _z, _w, imm) => x << BigInt(imm))
eachLane('vshr', LANES_8_64, (x, _y, _z, _w, imm) => x >> BigInt(imm))
eachSignedLane('vsar', LANES_8_64, (x, _y, _z, _w, imm) => x >> BigInt(imm))
eachSignedLane('vrshrs', LANES_8_64, (x, _y, _z, _w, imm) => (x + half(imm)) >> BigInt(imm))
eachLane('vrshru', LANES_8_64, (x, _y, _z, _w, imm) => (x + half(imm)) >> BigInt(imm))
eachLane('vror', [32, 64], (x, _y, _z, width, imm) => (x >> BigInt(imm)) | (x << BigInt(width - imm)))

const count = (y: bigint) => Number(signed(8, y))
function shift(x: bigint, y: bigint): bigint {
  const n = count(y)
  return n >= 0 ? x << BigInt(n) : x >> BigInt(-n)
}
function roundedShift(x: bigint, y: bigint): bigint {
  const n = count(y)
  return n >= 0 ? x << BigInt(n) : (x + half(-n)) >> BigInt(-n)
}
eachSignedLane('vshls', LANES_8_64, shift)
eachLane('vshlu', LANES_8_64, shift)
eachSignedLane('vrshls', LANES_8_64, roundedShift)
eachLane('vrshlu', LANES_8_64, roundedShift)

// Fractional products.

eachSignedLane('vdmulh', LANES_16_32, (x, y, _z, width) => (2n * x * y) >> BigInt(width))
eachSignedLane('vrdmulh', LANES_16_32, (x, y, _z, width) => (2n * x * y + half(width)) >> BigInt(width))
const accumulate = (x: bigint, product: bigint, width: number) => ((x << BigInt(width)) + 2n * product + half(width)) >> BigInt(width)
eachSignedLane('vrdmlah', LANES_16_32, (x, y, z, width) => accumulate(x, y * z, width))
eachSignedLane('vrdmlsh', LANES_16_32, (x, y, z, width) => accumulate(x, -y * z, width))
eachSignedLane('vqrdmlah', LANES_16_32, (x, y, z, width) => clampSigned(width, accumulate(x, y * z, width)))
eachSignedLane('vqrdmlsh', LANES_16_32, (x, y, z, width) => clampSigned(width, accumulate(x, -y * z, width)))

// Bits.

const ones = (x: bigint): bigint => (x === 0n ? 0n : (x & 1n) + ones(x >> 1n))
const length = (x: bigint): number => (x === 0n ? 0 : 1 + length(x >> 1n))
eachLane('vpopcnt', [8], ones)
eachLane('vclz', LANES_8_32, (x, _y, _z, width) => BigInt(width - length(x)))
eachLane('vrbit', [8], (x) => {
  let reversed = 0n
  for (let bit = 0n; bit < 8n; bit++) reversed |= ((x >> bit) & 1n) << (7n - bit)
  return reversed
})
