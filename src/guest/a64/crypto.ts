/**
 * A64 cryptographic instructions: AES, SHA-1, SHA-256, SHA-512, SHA-3, SM3, SM4 (manual C4.1.95). Rounds are in
 * arm-common/crypto-operations.ts.
 */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import {
  aesd,
  aese,
  aesimc,
  aesmc,
  type CryptoOperation,
  rotateLeft,
  sha1c,
  sha1h,
  sha1m,
  sha1p,
  sha1su0,
  sha1su1,
  sha256h,
  sha256h2,
  sha256su0,
  sha256su1,
} from '../arm-common/crypto-operations.ts'
import { type Simd, simd } from '../arm-common/simd-lanes.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { builtInsn } from './simd-fp-lanes.ts'
import { SLOT_V0 } from './state.ts'

const FULL = 128

// AES, SHA-1, SHA-256

interface Two {
  readonly rn: number
  readonly rd: number
}
interface Three extends Two {
  readonly rm: number
}
function two(name: string, pattern: string, template: string, operation: CryptoOperation, bits = FULL): Row<A64Context> {
  return builtInsn<Two>(name, `${pattern} 10 rn:5 rd:5`, `${name} ${template}`, (t, f) => {
    const s = simd(t, bits)
    return s.finish(f.rd, operation(s, t.v(f.rd), t.v(f.rn), NONE))
  })
}
function three(name: string, opcode: string, template: string, operation: CryptoOperation): Row<A64Context> {
  return builtInsn<Three>(name, `01011110 00 0 rm:5 0 ${opcode} 00 rn:5 rd:5`, `${name} ${template}`, (t, f) => {
    const s = simd(t, FULL)
    return s.finish(f.rd, operation(s, t.v(f.rd), t.v(f.rn), t.v(f.rm)))
  })
}
function aesMix(name: string, opcode: string, mix: typeof aesmc): Row<A64Context> {
  return builtInsn<Two>(name, `01001110 00 10100 ${opcode} 10 rn:5 rd:5`, `${name} {v.16b:rd}, {v.16b:rn}`, (t, f) => {
    const s = simd(t, FULL)
    return s.finish(f.rd, mix(s, t.v(f.rn), SLOT_V0 + f.rn))
  })
}
const BYTES = '{v.16b:rd}, {v.16b:rn}'
const WORDS = '{v.4s:rd}, {v.4s:rn}'
const AES = '01001110 00 10100'
const SHA = '01011110 00 10100'
const roundRows = [
  two('aese', `${AES} 00100`, BYTES, aese),
  two('aesd', `${AES} 00101`, BYTES, aesd),
  aesMix('aesmc', '00110', aesmc),
  aesMix('aesimc', '00111', aesimc),
  three('sha1c', '000', '{q:rd}, {s:rn}, {v.4s:rm}', sha1c),
  three('sha1p', '001', '{q:rd}, {s:rn}, {v.4s:rm}', sha1p),
  three('sha1m', '010', '{q:rd}, {s:rn}, {v.4s:rm}', sha1m),
  three('sha1su0', '011', `${WORDS}, {v.4s:rm}`, sha1su0),
  two('sha1h', `${SHA} 00000`, '{s:rd}, {s:rn}', sha1h, 32),
  two('sha1su1', `${SHA} 00001`, WORDS, sha1su1),
  three('sha256h', '100', '{q:rd}, {q:rn}, {v.4s:rm}', sha256h),
  three('sha256h2', '101', '{q:rd}, {q:rn}, {v.4s:rm}', sha256h2),
  two('sha256su0', `${SHA} 00010`, WORDS, sha256su0),
  three('sha256su1', '110', `${WORDS}, {v.4s:rm}`, sha256su1),
]

// SHA-512, on the low lane of vectors.

function rotations(s: Simd, value: number, op: number, r1: number, r2: number, r3: number): number {
  return s.op(OP.vxor3, s.imm(op, value, r1), s.imm(op, value, r2), s.imm(op, value, r3))
}
function high(s: Simd, value: number): number {
  return s.imm(OP.vdup64, value, 1)
}
function sum3(s: Simd, op: number, a: number, b: number, c: number): number {
  return s.op(op, s.op(op, a, b), c)
}
function majority(s: Simd, x: number, y: number, z: number): number {
  // Where x and y agree it is x, else z.
  return s.op(OP.vbsel, s.op(OP.vxor, x, y), z, x)
}
const sha512Rows = [
  insn('sha512h', '11001110011 rm:5 1 0 00 00 rn:5 rd:5', 'sha512h {q:rd}, {q:rn}, {v.2d:rm}', (t, f) => {
    const s = simd(t, FULL)
    const [n, m, d] = [t.v(f.rn), t.v(f.rm), t.v(f.rd)]
    const y1 = high(s, m)
    const upper = sum3(s, OP.vadd64, s.op(OP.vbsel, y1, n, high(s, n)), rotations(s, y1, OP.vror64, 14, 18, 41), high(s, d))
    const e = s.op(OP.vadd64, upper, m)
    const lower = sum3(s, OP.vadd64, s.op(OP.vbsel, e, y1, n), rotations(s, e, OP.vror64, 14, 18, 41), d)
    return s.finish(f.rd, s.op(OP.vziplo64, lower, upper))
  }),
  insn('sha512h2', '11001110011 rm:5 1 0 00 01 rn:5 rd:5', 'sha512h2 {q:rd}, {q:rn}, {v.2d:rm}', (t, f) => {
    const s = simd(t, FULL)
    const [n, m, d] = [t.v(f.rn), t.v(f.rm), t.v(f.rd)]
    const y1 = high(s, m)
    const upper = sum3(s, OP.vadd64, majority(s, n, y1, m), rotations(s, m, OP.vror64, 28, 34, 39), high(s, d))
    const lower = sum3(s, OP.vadd64, majority(s, upper, m, y1), rotations(s, upper, OP.vror64, 28, 34, 39), d)
    return s.finish(f.rd, s.op(OP.vziplo64, lower, upper))
  }),
  insn('sha512su0', '11001110110 00000 1000 00 rn:5 rd:5', 'sha512su0 {v.2d:rd}, {v.2d:rn}', (t, f) => {
    const s = simd(t, FULL)
    const d = t.v(f.rd)
    const x = t.ir.emit(OP.vext, d, t.v(f.rn), NONE, 8)
    const sigma = s.op(OP.vxor3, s.imm(OP.vror64, x, 1), s.imm(OP.vror64, x, 8), s.imm(OP.vshr64, x, 7))
    return s.finish(f.rd, s.op(OP.vadd64, d, sigma))
  }),
  insn('sha512su1', '11001110011 rm:5 1 0 00 10 rn:5 rd:5', 'sha512su1 {v.2d:rd}, {v.2d:rn}, {v.2d:rm}', (t, f) => {
    const s = simd(t, FULL)
    const x = t.v(f.rn)
    const sigma = s.op(OP.vxor3, s.imm(OP.vror64, x, 19), s.imm(OP.vror64, x, 61), s.imm(OP.vshr64, x, 6))
    return s.finish(f.rd, sum3(s, OP.vadd64, t.v(f.rd), sigma, t.v(f.rm)))
  }),
]

// SHA-3

const sha3Rows = [
  insn('eor3', '11001110000 rm:5 0 ra:5 rn:5 rd:5', 'eor3 {v.16b:rd}, {v.16b:rn}, {v.16b:rm}, {v.16b:ra}', (t, f) => {
    const s = simd(t, FULL)
    return s.finish(f.rd, s.op(OP.vxor3, t.v(f.rn), t.v(f.rm), t.v(f.ra)))
  }),
  insn('bcax', '11001110001 rm:5 0 ra:5 rn:5 rd:5', 'bcax {v.16b:rd}, {v.16b:rn}, {v.16b:rm}, {v.16b:ra}', (t, f) => {
    const s = simd(t, FULL)
    return s.finish(f.rd, s.op(OP.vxorandn, t.v(f.rn), t.v(f.rm), t.v(f.ra)))
  }),
  insn('rax1', '11001110011 rm:5 1 0 00 11 rn:5 rd:5', 'rax1 {v.2d:rd}, {v.2d:rn}, {v.2d:rm}', (t, f) => {
    const s = simd(t, FULL)
    return s.finish(f.rd, s.op(OP.vxor, t.v(f.rn), s.imm(OP.vror64, t.v(f.rm), 63)))
  }),
  insn('xar', '11001110100 rm:5 imm6:6 rn:5 rd:5', 'xar {v.2d:rd}, {v.2d:rn}, {v.2d:rm}, {dec:imm6}', (t, f) => {
    const s = simd(t, FULL)
    const x = s.op(OP.vxor, t.v(f.rn), t.v(f.rm))
    return s.finish(f.rd, f.imm6 === 0 ? x : s.imm(OP.vror64, x, f.imm6))
  }),
]

// SM3: words broadcast to whole vectors, put together at the end.

function word(s: Simd, value: number, lane: number): number {
  return s.imm(OP.vdup32, value, lane)
}
/** Lane 0 of each. */
function fourWords(s: Simd, w0: number, w1: number, w2: number, w3: number): number {
  return s.op(OP.vziplo64, s.op(OP.vziplo32, w0, w1), s.op(OP.vziplo32, w2, w3))
}
interface SmFields extends Three {
  readonly imm2: number
}
function sm3Rounds(name: string, opcode: string, isSecond: boolean, isB: boolean): Row<A64Context> {
  return builtInsn<SmFields>(
    name,
    `11001110010 rm:5 10 imm2:2 ${opcode} rn:5 rd:5`,
    `${name} {v.4s:rd}, {v.4s:rn}, v{num:rm}.s[{num:imm2}]`,
    (t, f) => {
      const s = simd(t, FULL)
      const d = t.v(f.rd)
      const [w3, w2, w1] = [word(s, d, 3), word(s, d, 2), word(s, d, 1)]
      let sum: number
      if (!isB) sum = s.op(OP.vxor3, w3, w2, w1)
      else if (isSecond) sum = s.op(OP.vbsel, w3, w2, w1)
      else sum = majority(s, w3, w2, w1)
      let extra = word(s, t.v(f.rn), 3)
      if (!isSecond) extra = s.op(OP.vxor, extra, rotateLeft(s, w3, 12))
      sum = s.op(OP.vadd32, sum3(s, OP.vadd32, sum, word(s, d, 0), extra), word(s, t.v(f.rm), f.imm2))
      if (isSecond) sum = s.op(OP.vxor3, sum, rotateLeft(s, sum, 9), rotateLeft(s, sum, 17))
      return s.finish(f.rd, fourWords(s, w1, rotateLeft(s, w2, isSecond ? 19 : 9), w3, sum))
    },
  )
}
/** P1(x) = x ^ x <<< 15 ^ x <<< 23 */
function permuted1(s: Simd, x: number): number {
  return s.op(OP.vxor3, x, rotateLeft(s, x, 15), rotateLeft(s, x, 23))
}
/** Lane 3 = lane 0 of x, the rest 0. */
function lane0To3(s: Simd, x: number): number {
  return s.ir.emit(OP.vext, s.zero(), x, NONE, 4)
}
const sm3Rows = [
  insn('sm3ss1', '11001110010 rm:5 0 ra:5 rn:5 rd:5', 'sm3ss1 {v.4s:rd}, {v.4s:rn}, {v.4s:rm}, {v.4s:ra}', (t, f) => {
    const s = simd(t, FULL)
    const sum = sum3(s, OP.vadd32, rotateLeft(s, t.v(f.rn), 12), t.v(f.rm), t.v(f.ra))
    return s.finish(f.rd, s.op(OP.vand, rotateLeft(s, sum, 7), s.ir.constV(0, 0, 0, -1)))
  }),
  sm3Rounds('sm3tt1a', '00', false, false),
  sm3Rounds('sm3tt1b', '01', false, true),
  sm3Rounds('sm3tt2a', '10', true, false),
  sm3Rounds('sm3tt2b', '11', true, true),
  insn('sm3partw1', '11001110011 rm:5 1 1 00 00 rn:5 rd:5', 'sm3partw1 {v.4s:rd}, {v.4s:rn}, {v.4s:rm}', (t, f) => {
    const s = simd(t, FULL)
    const next = t.ir.emit(OP.vext, t.v(f.rm), s.zero(), NONE, 4)
    const first = permuted1(s, s.op(OP.vxor3, t.v(f.rd), t.v(f.rn), rotateLeft(s, next, 15)))
    // Lane 3 lacks lane 0's result: P1 is linear.
    return s.finish(f.rd, s.op(OP.vxor, first, permuted1(s, lane0To3(s, rotateLeft(s, first, 15)))))
  }),
  insn('sm3partw2', '11001110011 rm:5 1 1 00 01 rn:5 rd:5', 'sm3partw2 {v.4s:rd}, {v.4s:rn}, {v.4s:rm}', (t, f) => {
    const s = simd(t, FULL)
    const x = s.op(OP.vxor, t.v(f.rn), rotateLeft(s, t.v(f.rm), 7))
    const last = permuted1(s, lane0To3(s, rotateLeft(s, x, 15)))
    return s.finish(f.rd, s.op(OP.vxor3, t.v(f.rd), x, last))
  }),
]

// SM4: four rounds; the newest word comes in at the top.

function sm4Rounds(s: Simd, block: number, keys: number, spread: readonly number[]): number {
  let x = block
  for (let round = 0; round < 4; round++) {
    const key = s.op(OP.vxor, word(s, x, 1), word(s, keys, round))
    const replaced = s.op(OP.vsm4sbox, s.op(OP.vxor3, word(s, x, 3), word(s, x, 2), key))
    let value = s.op(OP.vxor, replaced, word(s, x, 0))
    for (const n of spread) value = s.op(OP.vxor, value, rotateLeft(s, replaced, n))
    x = s.ir.emit(OP.vext, x, value, NONE, 4)
  }
  return x
}
const sm4Rows = [
  insn('sm4e', '11001110110 00000 1000 01 rn:5 rd:5', 'sm4e {v.4s:rd}, {v.4s:rn}', (t, f): Outcome => {
    const s = simd(t, FULL)
    t.setV(f.rd, sm4Rounds(s, t.v(f.rd), t.v(f.rn), [2, 10, 18, 24]))
    return NEXT
  }),
  insn('sm4ekey', '11001110011 rm:5 1 1 00 10 rn:5 rd:5', 'sm4ekey {v.4s:rd}, {v.4s:rn}, {v.4s:rm}', (t, f): Outcome => {
    const s = simd(t, FULL)
    t.setV(f.rd, sm4Rounds(s, t.v(f.rn), t.v(f.rm), [13, 23]))
    return NEXT
  }),
]

export const cryptoRows: readonly Row<A64Context>[] = [...roundRows, ...sha512Rows, ...sha3Rows, ...sm3Rows, ...sm4Rows]
