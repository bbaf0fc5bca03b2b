import { describe, expect, it } from 'vitest'
import * as soft from '../../../src/ir/softfloat.ts'
import {
  DZC,
  envOfFpcr,
  F16,
  FLOAT32,
  FLOAT64,
  type FloatEnv,
  IDC,
  IOC,
  IXC,
  OFC,
  ROUND_AWAY,
  ROUND_NEAREST,
  ROUND_ODD,
  ROUND_UP,
  ROUND_ZERO,
  UFC,
} from '../../../src/ir/softfloat.ts'
import * as estimates from '../../../src/ir/softfloat-estimates.ts'

const FZ = 1 << 24
const DN = 1 << 25
const AHP = 1 << 26
const FZ16 = 1 << 19
const mode = (rmode: number) => rmode << 22

const buffer = new DataView(new ArrayBuffer(8))
function bits(x: number): bigint {
  buffer.setFloat64(0, x)
  return buffer.getBigUint64(0)
}
function number(x: bigint): number {
  buffer.setBigUint64(0, x)
  return buffer.getFloat64(0)
}
function run<R>(fpcr: number, f: (env: FloatEnv) => R): { value: R; flags: number } {
  const env = envOfFpcr(fpcr)
  return { value: f(env), flags: env.flags }
}

const INF = 0x7ff0_0000_0000_0000n
const QNAN = 0x7ff8_0000_0000_1234n
const SNAN = 0x7ff0_0000_0000_5678n
const DEFAULT = 0x7ff8_0000_0000_0000n

/** Deterministic words. */
function* words(seed: number): Generator<number> {
  for (let x = seed; ; ) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    yield x >>> 0
  }
}

describe('softfloat agrees with the host on f64', () => {
  const source = words(2463534242)
  const next = () => source.next().value as number
  const special = [0, -0, 1, -1, Infinity, -Infinity, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 3]
  const operand = () => (next() % 4 === 0 ? special[next() % special.length]! : number((BigInt(next()) << 32n) | BigInt(next())))
  it('add, sub, mul, div, sqrt, narrowing', () => {
    for (let n = 0; n < 3000; n++) {
      const [x, y] = [operand(), operand()]
      const env = envOfFpcr(0)
      const of = (f: typeof soft.add) => number(f(FLOAT64, bits(x), bits(y), env))
      expect([of(soft.add), of(soft.sub), of(soft.mul), of(soft.div)]).toEqual([x + y, x - y, x * y, x / y])
      expect(number(soft.sqrt(FLOAT64, bits(x), env))).toEqual(Math.sqrt(x))
      expect(number(soft.convert(FLOAT32, FLOAT64, soft.convert(FLOAT64, FLOAT32, bits(x), env), env))).toEqual(Math.fround(x))
    }
  })
})

describe('NaNs', () => {
  it.each([
    ['quiet first operand', QNAN, bits(1), QNAN, 0],
    ['signalling second before quiet first', QNAN, SNAN, 0x7ff8_0000_0000_5678n, IOC],
    ['first of two quiet ones', QNAN, QNAN | 1n, QNAN, 0],
    ['invalid operation', INF, INF | (1n << 63n), DEFAULT, IOC],
  ])('%s', (_name, a, b, value, flags) => {
    expect(run(0, (env) => soft.add(FLOAT64, a, b, env))).toEqual({ value, flags })
    expect(run(DN, (env) => soft.add(FLOAT64, a, b, env))).toEqual({ value: DEFAULT, flags })
  })
  it('fma takes the addend first, and infinity times zero plus a quiet NaN is invalid', () => {
    expect(run(0, (env) => soft.fma(FLOAT64, QNAN | 1n, QNAN | 2n, QNAN, env)).value).toBe(QNAN)
    expect(run(0, (env) => soft.fma(FLOAT64, INF, 0n, QNAN, env))).toEqual({ value: DEFAULT, flags: IOC })
  })
  it('maxnum prefers numbers to quiet NaNs only', () => {
    expect(run(0, (env) => soft.maxNum(FLOAT64, QNAN, bits(-5), env))).toEqual({ value: bits(-5), flags: 0 })
    expect(run(0, (env) => soft.maxNum(FLOAT64, bits(-5), SNAN, env)).flags).toBe(IOC)
    expect(number(run(0, (env) => soft.max(FLOAT64, bits(-0), bits(0), env)).value)).toBe(0)
    expect(number(run(0, (env) => soft.min(FLOAT64, bits(-0), bits(0), env)).value)).toBe(-0)
  })
})

describe('fused multiply-add', () => {
  it('rounds once', () => {
    const x = 1 + 2 ** -30
    expect(number(run(0, (env) => soft.fma(FLOAT64, bits(x), bits(x), bits(-1 - 2 ** -29), env)).value)).toBe(2 ** -60)
  })
  it('an exact zero is negative only when rounding down', () => {
    const zero = (rmode: number) => number(run(mode(rmode), (env) => soft.fma(FLOAT64, bits(2), bits(3), bits(-6), env)).value)
    expect([zero(0), zero(1), zero(2), zero(3)]).toEqual([0, 0, -0, 0])
  })
  it('steps: infinity times zero', () => {
    expect(number(run(0, (env) => soft.recipStep(FLOAT64, INF, 0n, env)).value)).toBe(2)
    expect(number(run(0, (env) => soft.rsqrtStep(FLOAT64, INF, 0n, env)).value)).toBe(1.5)
  })
})

describe('exceptions', () => {
  const tiny = 1n // smallest denormal
  it.each([
    ['division by zero', 0, (e: FloatEnv) => soft.div(FLOAT64, bits(1), 0n, e), INF, DZC],
    ['overflow to infinity', 0, (e: FloatEnv) => soft.mul(FLOAT64, bits(1e300), bits(1e300), e), INF, OFC | IXC],
    ['overflow to the largest', mode(3), (e: FloatEnv) => soft.mul(FLOAT64, bits(1e300), bits(1e300), e), INF - 1n, OFC | IXC],
    ['underflow', 0, (e: FloatEnv) => soft.mul(FLOAT64, tiny, bits(0.5), e), 0n, UFC | IXC],
    ['underflow rounded up', mode(1), (e: FloatEnv) => soft.mul(FLOAT64, tiny, bits(0.5), e), tiny, UFC | IXC],
    ['exact denormal', 0, (e: FloatEnv) => soft.mul(FLOAT64, bits(2 ** -1000), bits(2 ** -74), e), tiny, 0],
    ['flushed result', FZ, (e: FloatEnv) => soft.mul(FLOAT64, bits(2 ** -1000), bits(2 ** -74), e), 0n, UFC],
    ['flushed operand', FZ, (e: FloatEnv) => soft.add(FLOAT64, tiny, bits(1), e), bits(1), IDC],
    ['flushed half operand', FZ16, (e: FloatEnv) => soft.add(F16, 1n, 0x3c00n, e), 0x3c00n, 0],
  ] as const)('%s', (_name, fpcr, f, value, flags) => {
    expect(run(fpcr, f)).toEqual({ value, flags })
  })
})

describe('conversions', () => {
  const toFixed = (x: number, rounding: number, width = 32, signed = true, fbits = 0) =>
    run(0, (env) => soft.toFixed(FLOAT64, bits(x), width, signed, fbits, rounding, env))
  it.each([
    [2.5, ROUND_NEAREST, 2n, IXC],
    [2.5, ROUND_AWAY, 3n, IXC],
    [-2.5, ROUND_AWAY, 0xffff_fffdn, IXC],
    [2.1, ROUND_UP, 3n, IXC],
    [-2.9, ROUND_ZERO, 0xffff_fffen, IXC],
    [3, ROUND_ZERO, 3n, 0],
    [2147483647.5, ROUND_ZERO, 0x7fff_ffffn, IXC],
    [2147483647.5, ROUND_UP, 0x7fff_ffffn, IOC],
    [-1e10, ROUND_ZERO, 0x8000_0000n, IOC],
    [Number.NaN, ROUND_ZERO, 0n, IOC],
  ])('%d to int32', (x, rounding, value, flags) => {
    expect(toFixed(x, rounding)).toEqual({ value, flags })
  })
  it('unsigned and fixed point', () => {
    expect(toFixed(-0.5, ROUND_ZERO, 32, false)).toEqual({ value: 0n, flags: IXC })
    expect(toFixed(-1, ROUND_ZERO, 64, false)).toEqual({ value: 0n, flags: IOC })
    expect(toFixed(1.25, ROUND_ZERO, 64, true, 2)).toEqual({ value: 5n, flags: 0 })
    expect(number(run(0, (env) => soft.fromFixed(FLOAT64, -5n, 2, env)).value)).toBe(-1.25)
  })
  it('to JavaScript int32', () => {
    const js = (x: number) => run(0, (env) => soft.toFixedJs(bits(x), env))
    expect(js(4294967296 + 7)).toEqual({ value: { value: 7, exact: false }, flags: IOC })
    expect(js(-0)).toEqual({ value: { value: 0, exact: false }, flags: 0 })
    expect(js(-12)).toEqual({ value: { value: -12, exact: true }, flags: 0 })
  })
  it('half precision', () => {
    const toHalf = (fpcr: number, x: number) => run(fpcr, (env) => soft.convert(FLOAT64, F16, bits(x), env))
    expect(toHalf(0, 65504)).toEqual({ value: 0x7bffn, flags: 0 })
    expect(toHalf(0, 65520)).toEqual({ value: 0x7c00n, flags: OFC | IXC })
    expect(toHalf(AHP, 65536)).toEqual({ value: 0x7c00n, flags: 0 })
    expect(toHalf(AHP, Infinity)).toEqual({ value: 0x7fffn, flags: IOC })
    expect(toHalf(0, 2 ** -25)).toEqual({ value: 0n, flags: UFC | IXC })
    expect(toHalf(0, 2 ** -14 - 2 ** -40)).toEqual({ value: 0x0400n, flags: UFC | IXC })
  })
  it('rounds to odd', () => {
    const odd = (x: number) => run(0, (env) => soft.convert(FLOAT64, FLOAT32, bits(x), env, ROUND_ODD))
    expect(odd(1 + 2 ** -40)).toEqual({ value: 0x3f80_0001n, flags: IXC })
    expect(odd(1e300)).toEqual({ value: 0x7f7f_ffffn, flags: OFC | IXC })
  })
})

describe("estimates are the manual's tables", () => {
  it('first and last entries', () => {
    expect([estimates.recipTable(256), estimates.recipTable(511)]).toEqual([511, 256])
    expect([estimates.rsqrtTable(128), estimates.rsqrtTable(511)]).toEqual([511, 256])
  })
  it.each([
    [1, 0.998046875],
    [2, 0.4990234375],
    [-3, -0.3330078125],
  ])('1 / %d', (x, estimate) => {
    expect(number(run(0, (env) => estimates.recipEstimate(FLOAT64, bits(x), env)).value)).toBe(estimate)
  })
  it('special operands', () => {
    expect(run(0, (env) => estimates.recipEstimate(FLOAT32, 0n, env))).toEqual({ value: 0x7f80_0000n, flags: DZC })
    expect(run(0, (env) => estimates.rsqrtEstimate(FLOAT32, 0xbf80_0000n, env))).toEqual({ value: 0x7fc0_0000n, flags: IOC })
    expect(estimates.unsignedRecipEstimate(0x7fff_ffff)).toBe(0xffff_ffff)
  })
})
