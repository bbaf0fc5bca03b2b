/**
 * A64 cryptographic instructions: AES, SHA-1, SHA-256, SHA-512, SHA-3, SM3, SM4 (manual C4.1.95). The IR's AES and SHA ops are those of
 * x86 hosts; the state of a hash lies in other orders there, which shuffles turn.
 */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { builtInsn } from './simd-fp-lanes.ts'
import { type Simd, simd } from './simd-lanes.ts'
import { SLOT_V0 } from './state.ts'

const FULL = 128

// AES. Both halves of a round are one IR op when they follow each other.

/** The operand of `last` (vaesenclast, vaesdeclast with key 0) if register n was written by it just before, else NONE. */
function writtenBy(t: A64Context, n: number, last: number): number {
  const { ir } = t
  const put = ir.rowCount - 1
  if (put < ir.blockStart[ir.currentBlock]! || ir.op[put] !== OP.put || ir.imm[put] !== SLOT_V0 + n) return NONE
  const round = ir.a[put]!
  return ir.op[round] === last && ir.op[ir.b[round]!] === OP.vzero ? ir.a[round]! : NONE
}

interface Two {
  readonly rn: number
  readonly rd: number
}
function aesHalf(name: string, opcode: string, op: number): Row<A64Context> {
  return builtInsn<Two>(name, `01001110 00 10100 ${opcode} 10 rn:5 rd:5`, `${name} {v.16b:rd}, {v.16b:rn}`, (t, f) => {
    const s = simd(t, FULL)
    return s.finish(f.rd, s.op(op, s.op(OP.vxor, t.v(f.rd), t.v(f.rn)), s.zero()))
  })
}
function aesMix(name: string, opcode: string, mix: number, last: number, whole: number): Row<A64Context> {
  return builtInsn<Two>(name, `01001110 00 10100 ${opcode} 10 rn:5 rd:5`, `${name} {v.16b:rd}, {v.16b:rn}`, (t, f) => {
    const round = writtenBy(t, f.rn, last)
    const s = simd(t, FULL)
    return s.finish(f.rd, round === NONE ? s.op(mix, t.v(f.rn)) : s.op(whole, round, s.zero()))
  })
}
const aesRows = [
  aesHalf('aese', '00100', OP.vaesenclast),
  aesHalf('aesd', '00101', OP.vaesdeclast),
  aesMix('aesmc', '00110', OP.vaesmc, OP.vaesenclast, OP.vaesenc),
  aesMix('aesimc', '00111', OP.vaesimc, OP.vaesdeclast, OP.vaesdec),
]

// SHA-1: A B C D are lanes 0 .. 3 here, 3 .. 0 there; K is part of W here and added there.

const REVERSED = 0b00_01_10_11
const SHA1_K = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc | 0]

interface Three {
  readonly rm: number
  readonly rn: number
  readonly rd: number
}
function sha1Rounds(name: string, opcode: string, kind: number): Row<A64Context> {
  return builtInsn<Three>(name, `01011110 00 0 rm:5 0 ${opcode} 00 rn:5 rd:5`, `${name} {q:rd}, {s:rn}, {v.4s:rm}`, (t, f) => {
    const s = simd(t, FULL)
    const w = s.op(OP.vsub32, t.v(f.rm), s.splat(2, SHA1_K[kind]!))
    // E goes to W0.
    const first = s.op(OP.vadd32, w, s.low(t.v(f.rn), 32))
    const abcd = s.imm(OP.vshuf32, t.v(f.rd), REVERSED)
    const result = t.ir.emit(OP.vsha1rnds4, abcd, s.imm(OP.vshuf32, first, REVERSED), NONE, kind)
    return s.finish(f.rd, s.imm(OP.vshuf32, result, REVERSED))
  })
}
function rotateLeft(s: Simd, value: number, n: number): number {
  return s.imm(OP.vror32, value, 32 - n)
}

// SHA-256: A B C D and E F G H are lanes 0 .. 3 here; F E B A and H G D C there.

const LOW_PAIRS = 0b00_01_00_01
const HIGH_PAIRS = 0b10_11_10_11
/** F E B A after four rounds on abcd, efgh, and after the first two of them (which are the H G D C after four). */
function sha256Rounds(s: Simd, abcd: number, efgh: number, w: number): readonly [last: number, first: number] {
  const { ir } = s
  const feba = ir.emit(OP.vshufx32, efgh, abcd, NONE, LOW_PAIRS)
  const hgdc = ir.emit(OP.vshufx32, efgh, abcd, NONE, HIGH_PAIRS)
  const first = s.op(OP.vsha256rnds2, hgdc, feba, w)
  const last = s.op(OP.vsha256rnds2, feba, first, s.imm(OP.vshuf32, w, 0b11_10_11_10))
  return [last, first]
}
const sha1Rows = [
  sha1Rounds('sha1c', '000', 0),
  sha1Rounds('sha1p', '001', 1),
  sha1Rounds('sha1m', '010', 2),
  insn('sha1su0', '01011110 00 0 rm:5 0 011 00 rn:5 rd:5', 'sha1su0 {v.4s:rd}, {v.4s:rn}, {v.4s:rm}', (t, f) => {
    const s = simd(t, FULL)
    const d = t.v(f.rd)
    return s.finish(f.rd, s.op(OP.vxor3, t.ir.emit(OP.vext, d, t.v(f.rn), NONE, 8), d, t.v(f.rm)))
  }),
  insn('sha1h', '01011110 00 10100 00000 10 rn:5 rd:5', 'sha1h {s:rd}, {s:rn}', (t, f) => {
    const s = simd(t, 32)
    return s.finish(f.rd, rotateLeft(s, t.v(f.rn), 30))
  }),
  insn('sha1su1', '01011110 00 10100 00001 10 rn:5 rd:5', 'sha1su1 {v.4s:rd}, {v.4s:rn}', (t, f) => {
    const s = simd(t, FULL)
    const shifted = t.ir.emit(OP.vext, t.v(f.rn), s.zero(), NONE, 4)
    const rotated = rotateLeft(s, s.op(OP.vxor, t.v(f.rd), shifted), 1)
    // Lane 3 takes the result of lane 0 in, rotated once more.
    const again = t.ir.emit(OP.vext, s.zero(), rotateLeft(s, rotated, 1), NONE, 4)
    return s.finish(f.rd, s.op(OP.vxor, rotated, again))
  }),
]
const sha256Rows = [
  insn('sha256h', '01011110 00 0 rm:5 0 100 00 rn:5 rd:5', 'sha256h {q:rd}, {q:rn}, {v.4s:rm}', (t, f) => {
    const s = simd(t, FULL)
    const [last, first] = sha256Rounds(s, t.v(f.rd), t.v(f.rn), t.v(f.rm))
    return s.finish(f.rd, t.ir.emit(OP.vshufx32, last, first, NONE, HIGH_PAIRS))
  }),
  insn('sha256h2', '01011110 00 0 rm:5 0 101 00 rn:5 rd:5', 'sha256h2 {q:rd}, {q:rn}, {v.4s:rm}', (t, f) => {
    const s = simd(t, FULL)
    const [last, first] = sha256Rounds(s, t.v(f.rn), t.v(f.rd), t.v(f.rm))
    return s.finish(f.rd, t.ir.emit(OP.vshufx32, last, first, NONE, LOW_PAIRS))
  }),
  insn('sha256su0', '01011110 00 10100 00010 10 rn:5 rd:5', 'sha256su0 {v.4s:rd}, {v.4s:rn}', (t, f) => {
    const s = simd(t, FULL)
    return s.finish(f.rd, s.op(OP.vsha256msg1, t.v(f.rd), t.v(f.rn)))
  }),
  insn('sha256su1', '01011110 00 0 rm:5 0 110 00 rn:5 rd:5', 'sha256su1 {v.4s:rd}, {v.4s:rn}, {v.4s:rm}', (t, f) => {
    const s = simd(t, FULL)
    const m = t.v(f.rm)
    const sum = s.op(OP.vadd32, t.v(f.rd), t.ir.emit(OP.vext, t.v(f.rn), m, NONE, 4))
    return s.finish(f.rd, s.op(OP.vsha256msg2, sum, m))
  }),
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

export const cryptoRows: readonly Row<A64Context>[] = [
  ...aesRows,
  ...sha1Rows,
  ...sha256Rows,
  ...sha512Rows,
  ...sha3Rows,
  ...sm3Rows,
  ...sm4Rows,
]
