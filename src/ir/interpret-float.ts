/**
 * The meaning of the floating-point ops: softfloat.ts on the bits of the values, in the modes of MXCSR and `fpcr`. Exceptions go
 * where the guest's flags accumulate: MXCSR's sticky bits, and `fpsr` for the one that MXCSR has no bit for (input denormal).
 */

import { interpret, type Values } from './interpret-core.ts'
import { F32, I32 } from './op-row.ts'
import { FBITS_SHIFT, HALF_OPERAND } from './ops-float.ts'
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from './ops-int.ts'
import * as soft from './softfloat.ts'
import { DZC, envOfFpcr, F16, FLOAT32, FLOAT64, type FloatEnv, type Format, IDC, IOC, IXC, OFC, ROUND_CURRENT, UFC } from './softfloat.ts'
import * as estimates from './softfloat-estimates.ts'

/** MXCSR.RC to FPCR.RMode. */
const ROUNDING = [soft.ROUND_NEAREST, soft.ROUND_DOWN, soft.ROUND_UP, soft.ROUND_ZERO]
const MXCSR_RC_SHIFT = 13
const MXCSR_DAZ = 1 << 6
/** FPSR bit, MXCSR bit. */
const STICKY = [
  [IOC, 1 << 0],
  [DZC, 1 << 2],
  [OFC, 1 << 3],
  [UFC, 1 << 4],
  [IXC, 1 << 5],
] as const

/** Runs `f` in the environment of `v` and accumulates what it raises. */
function within<R>(v: Values, f: (env: FloatEnv) => R): R {
  const env = envOfFpcr(v.fpcr)
  env.rounding = ROUNDING[(v.mxcsr >> MXCSR_RC_SHIFT) & 3]!
  env.fz = (v.mxcsr & MXCSR_DAZ) !== 0
  const result = f(env)
  for (const [flag, bit] of STICKY) if (env.flags & flag) v.mxcsr |= bit
  v.fpsr |= env.flags & IDC
  return result
}

const MXCSR_STICKY = 0x3f
const MXCSR_FTZ = 1 << 15
const FPCR_FZ = 1 << 24
interpret('fenv.modes', (v, _d, a) => {
  const fpcr = v.u32[a * 4]!
  const rc = ROUNDING.indexOf((fpcr >> 22) & 3) << MXCSR_RC_SHIFT
  v.mxcsr = (v.mxcsr & ~(MXCSR_STICKY | MXCSR_FTZ | MXCSR_DAZ | (3 << MXCSR_RC_SHIFT))) | rc | (fpcr & FPCR_FZ ? MXCSR_FTZ | MXCSR_DAZ : 0)
})

const formatOf = (type: number): Format => (type === F32 ? FLOAT32 : FLOAT64)

function bits(v: Values, x: number): bigint {
  return v.type(x) === F32 ? BigInt(v.u32[x * 4]!) : v.u64[x * 2]!
}
function setBits(v: Values, d: number, value: bigint): void {
  if (v.type(d) === F32) v.u32[d * 4] = Number(value)
  else v.u64[d * 2] = value
}
function integer(v: Values, x: number, signed: boolean): bigint {
  const wide = v.u64[x * 2]!
  const size = v.type(x) === I32 ? 32 : 64
  return signed ? BigInt.asIntN(size, wide) : BigInt.asUintN(size, wide)
}
function lane(v: Values, x: number, size: number, n: number): bigint {
  return size === 16 ? BigInt(v.u16[x * 8 + n]!) : size === 32 ? BigInt(v.u32[x * 4 + n]!) : v.u64[x * 2 + n]!
}
function setLane(v: Values, x: number, size: number, n: number, value: bigint): void {
  if (size === 16) v.u16[x * 8 + n] = Number(value)
  else if (size === 32) v.u32[x * 4 + n] = Number(BigInt.asUintN(32, value))
  else v.u64[x * 2 + n] = BigInt.asUintN(64, value)
}

function setLanes(v: Values, x: number, size: number, values: readonly bigint[]): void {
  for (let n = 0; n < values.length; n++) setLane(v, x, size, n, values[n]!)
}

type Unary = (f: Format, a: bigint, env: FloatEnv, imm: number, imm2: number) => bigint
type Binary = (f: Format, a: bigint, b: bigint, env: FloatEnv) => bigint

const UNARY = {
  fsqrt: soft.sqrt,
  fneg: soft.neg,
  fabs: soft.abs,
  fround: (f, a, env, imm, imm2) => soft.roundInt(f, a, imm, imm2 !== 0, env),
  frecpe: estimates.recipEstimate,
  frsqrte: estimates.rsqrtEstimate,
} satisfies Record<string, Unary>

const BINARY = {
  fadd: soft.add,
  fsub: soft.sub,
  fmul: soft.mul,
  fdiv: soft.div,
  fmulx: soft.mulx,
  fmin: soft.min,
  fmax: soft.max,
  fminnum: soft.minNum,
  fmaxnum: soft.maxNum,
  frecps: soft.recipStep,
  frsqrts: soft.rsqrtStep,
} satisfies Record<string, Binary>

function unary(name: keyof typeof UNARY): void {
  const f = UNARY[name] as Unary
  interpret(name, (v, d, a, _b, _c, imm, imm2) =>
    setBits(
      v,
      d,
      within(v, (env) => f(formatOf(v.type(d)), bits(v, a), env, imm, imm2)),
    ),
  )
  for (const size of [32, 64] as const) {
    const format = size === 32 ? FLOAT32 : FLOAT64
    interpret(`v${name}${size}`, (v, d, a, _b, _c, imm, imm2) => {
      for (let n = 0; n < 128 / size; n++)
        setLane(
          v,
          d,
          size,
          n,
          within(v, (env) => f(format, lane(v, a, size, n), env, imm, imm2)),
        )
    })
  }
}
for (const name of Object.keys(UNARY)) unary(name as keyof typeof UNARY)

function binary(name: keyof typeof BINARY): void {
  const f = BINARY[name]
  interpret(name, (v, d, a, b) =>
    setBits(
      v,
      d,
      within(v, (env) => f(formatOf(v.type(d)), bits(v, a), bits(v, b), env)),
    ),
  )
  for (const size of [32, 64] as const) {
    const format = size === 32 ? FLOAT32 : FLOAT64
    interpret(`v${name}${size}`, (v, d, a, b) => {
      for (let n = 0; n < 128 / size; n++)
        setLane(
          v,
          d,
          size,
          n,
          within(v, (env) => f(format, lane(v, a, size, n), lane(v, b, size, n), env)),
        )
    })
  }
}
for (const name of Object.keys(BINARY)) binary(name as keyof typeof BINARY)

/** fma with the negations of its immediate. */
function fma(f: Format, a: bigint, b: bigint, c: bigint, imm: number, env: FloatEnv): bigint {
  return soft.fma(f, imm & 1 ? soft.neg(f, a) : a, b, imm & 2 ? soft.neg(f, c) : c, env)
}
interpret('fma', (v, d, a, b, c, imm) =>
  setBits(
    v,
    d,
    within(v, (env) => fma(formatOf(v.type(d)), bits(v, a), bits(v, b), bits(v, c), imm, env)),
  ),
)
for (const size of [32, 64] as const) {
  const format = size === 32 ? FLOAT32 : FLOAT64
  const count = 128 / size
  interpret(`vfma${size}`, (v, d, a, b, c, imm) => {
    for (let n = 0; n < count; n++) {
      const result = within(v, (env) => fma(format, lane(v, a, size, n), lane(v, b, size, n), lane(v, c, size, n), imm, env))
      setLane(v, d, size, n, result)
    }
  })
  const comparison = (name: 'vfcmpeq' | 'vfcmpge' | 'vfcmpgt', signalling: boolean, holds: (order: number) => boolean) =>
    interpret(`${name}${size}`, (v, d, a, b) => {
      for (let n = 0; n < count; n++) {
        const order = within(v, (env) => soft.compare(format, lane(v, a, size, n), lane(v, b, size, n), signalling, env))
        setLane(v, d, size, n, holds(order) ? -1n : 0n)
      }
    })
  comparison('vfcmpeq', false, (order) => order === 0)
  comparison('vfcmpge', true, (order) => order === 0 || order === 1)
  comparison('vfcmpgt', true, (order) => order === 1)
  const toFixed = (name: 'vftosi' | 'vftoui', signed: boolean) =>
    interpret(`${name}${size}`, (v, d, a, _b, _c, imm) => {
      for (let n = 0; n < count; n++) {
        const x = lane(v, a, size, n)
        setLane(
          v,
          d,
          size,
          n,
          within(v, (env) => soft.toFixed(format, x, size, signed, imm >> FBITS_SHIFT, imm & 0xff, env)),
        )
      }
    })
  toFixed('vftosi', true)
  toFixed('vftoui', false)
  const fromFixed = (name: 'vsitof' | 'vuitof', signed: boolean) =>
    interpret(`${name}${size}`, (v, d, a, _b, _c, imm) => {
      for (let n = 0; n < count; n++) {
        const x = lane(v, a, size, n)
        setLane(
          v,
          d,
          size,
          n,
          within(v, (env) => soft.fromFixed(format, signed ? BigInt.asIntN(size, x) : x, imm, env)),
        )
      }
    })
  fromFixed('vsitof', true)
  fromFixed('vuitof', false)
}

// --- conversions

const roundingOf = (imm: number, env: FloatEnv) => (imm === ROUND_CURRENT ? env.rounding : imm)

interpret('fwiden', (v, d, a) =>
  setBits(
    v,
    d,
    within(v, (env) => soft.convert(FLOAT32, FLOAT64, bits(v, a), env)),
  ),
)
interpret('fnarrow', (v, d, a, _b, _c, imm) =>
  setBits(
    v,
    d,
    within(v, (env) => soft.convert(FLOAT64, FLOAT32, bits(v, a), env, roundingOf(imm, env))),
  ),
)

/** A half-precision value widened; as an operand it keeps a signalling NaN. */
function fromHalf(to: Format, half: bigint, imm: number, env: FloatEnv): bigint {
  return imm === HALF_OPERAND ? soft.widenOperand(F16, to, half, env) : soft.convert(F16, to, half, env)
}
function toHalf(from: Format, x: bigint, imm: number, env: FloatEnv): bigint {
  return imm === HALF_OPERAND ? soft.narrowResult(from, F16, x, env) : soft.convert(from, F16, x, env)
}
interpret('f.fromhalf', (v, d, a, _b, _c, imm) =>
  setBits(
    v,
    d,
    within(v, (env) => fromHalf(formatOf(v.type(d)), lane(v, a, 16, 0), imm, env)),
  ),
)
interpret('f.tohalf', (v, d, a, _b, _c, imm) => {
  const half = within(v, (env) => toHalf(formatOf(v.type(a)), bits(v, a), imm, env))
  v.u64[d * 2] = half
  v.u64[d * 2 + 1] = 0n
})
interpret('vfwiden', (v, d, a) => {
  const wide = [0, 1].map((n) => within(v, (env) => soft.convert(FLOAT32, FLOAT64, lane(v, a, 32, n), env)))
  setLanes(v, d, 64, wide)
})
interpret('vfnarrow', (v, d, a, _b, _c, imm) => {
  const narrow = [0, 1].map((n) => within(v, (env) => soft.convert(FLOAT64, FLOAT32, lane(v, a, 64, n), env, roundingOf(imm, env))))
  setLanes(v, d, 32, narrow)
  v.u64[d * 2 + 1] = 0n
})
for (const [name, size] of [
  ['half', 32],
  ['half64', 64],
] as const) {
  const format = size === 32 ? FLOAT32 : FLOAT64
  const count = 128 / size
  interpret(`vf.from${name}`, (v, d, a, _b, _c, imm) => {
    const wide = Array.from({ length: count }, (_, n) => within(v, (env) => fromHalf(format, lane(v, a, 16, n), imm, env)))
    setLanes(v, d, size, wide)
  })
  interpret(`vf.to${name}`, (v, d, a, _b, _c, imm) => {
    const narrow = Array.from({ length: count }, (_, n) => within(v, (env) => toHalf(format, lane(v, a, size, n), imm, env)))
    v.u64[d * 2] = 0n
    v.u64[d * 2 + 1] = 0n
    setLanes(v, d, 16, narrow)
  })
}

interpret('vf.divhalf', (v, d, a, b) => {
  const quotients = [0, 1, 2, 3].map((n) => within(v, (env) => soft.div(F16, lane(v, a, 16, n), lane(v, b, 16, n), env)))
  v.u64[d * 2] = 0n
  v.u64[d * 2 + 1] = 0n
  setLanes(v, d, 16, quotients)
})

function setInteger(v: Values, d: number, value: bigint): void {
  v.u64[d * 2] = value
}
const widthOf = (v: Values, d: number) => (v.type(d) === I32 ? 32 : 64)
for (const [name, signed] of [
  ['ftosi', true],
  ['ftoui', false],
] as const)
  interpret(name, (v, d, a, _b, _c, imm) =>
    setInteger(
      v,
      d,
      within(v, (env) => soft.toFixed(formatOf(v.type(a)), bits(v, a), widthOf(v, d), signed, imm >> FBITS_SHIFT, imm & 0xff, env)),
    ),
  )
for (const [name, signed] of [
  ['sitof', true],
  ['uitof', false],
] as const)
  interpret(name, (v, d, a, _b, _c, imm) =>
    setBits(
      v,
      d,
      within(v, (env) => soft.fromFixed(formatOf(v.type(d)), integer(v, a, signed), imm, env)),
    ),
  )
interpret('ftosi.js', (v, d, a) => {
  const js = within(v, (env) => soft.toFixedJs(bits(v, a), env))
  v.u32[d * 4] = js.value
  v.u32[d * 4 + 1] = js.exact ? 1 : 0
})

/** Packed flags: the value of a flags row in the interpreter. */
const PACKED_OF_ORDER = [PACKED_N, PACKED_Z | PACKED_C, PACKED_C, PACKED_C | PACKED_V]
interpret('flags.fcmp', (v, d, a, b, _c, imm) => {
  const order = within(v, (env) => soft.compare(formatOf(v.type(a)), bits(v, a), bits(v, b), imm !== 0, env))
  v.u32[d * 4] = PACKED_OF_ORDER[order + 1]!
})

// --- lanes

interpret('vurecpe32', (v, d, a) => {
  for (let n = 0; n < 4; n++) v.u32[d * 4 + n] = estimates.unsignedRecipEstimate(v.u32[a * 4 + n]!)
})
interpret('vursqrte32', (v, d, a) => {
  for (let n = 0; n < 4; n++) v.u32[d * 4 + n] = estimates.unsignedRsqrtEstimate(v.u32[a * 4 + n]!)
})
