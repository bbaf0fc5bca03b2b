/** The meaning of cipher and hash rounds, from the definitions in FIPS 197, FIPS 180-4 and GB/T 32907-2016. */
import { interpret, type Values } from './interpret-core.ts'
import { AES_POLYNOMIAL, aesInverseSbox, aesSbox, gfMultiply, sm4Sbox } from './sboxes.ts'

// AES: byte i of a block is row i mod 4 of column i / 4.

type Block = readonly number[]
const shiftRows = (s: Block): Block => s.map((_, i) => s[(i + 4 * (i % 4)) % 16]!)
const inverseShiftRows = (s: Block): Block => s.map((_, i) => s[(i + 16 - 4 * (i % 4)) % 16]!)
const substitute = (s: Block): Block => s.map((x) => aesSbox()[x]!)
const inverseSubstitute = (s: Block): Block => s.map((x) => aesInverseSbox()[x]!)
function mixWith(coefficients: readonly number[]): (s: Block) => Block {
  return (s) =>
    s.map((_, i) => {
      const column = i - (i % 4)
      return coefficients.reduce((y, k, j) => y ^ gfMultiply(k, s[column + ((i + j) % 4)]!, AES_POLYNOMIAL), 0)
    })
}
const mixColumns = mixWith([2, 3, 1, 1])
const inverseMixColumns = mixWith([14, 11, 13, 9])

function blockOf(v: Values, x: number): Block {
  return [...v.u8.subarray(x * 16, x * 16 + 16)]
}
const xor = (s: Block, k: Block): Block => s.map((x, i) => x ^ k[i]!)

interpret('vaesenc', (v, d, a, b) => v.u8.set(xor(mixColumns(substitute(shiftRows(blockOf(v, a)))), blockOf(v, b)), d * 16))
interpret('vaesenclast', (v, d, a, b) => v.u8.set(xor(substitute(shiftRows(blockOf(v, a))), blockOf(v, b)), d * 16))
interpret('vaesdec', (v, d, a, b) => {
  v.u8.set(xor(inverseMixColumns(inverseSubstitute(inverseShiftRows(blockOf(v, a)))), blockOf(v, b)), d * 16)
})
interpret('vaesdeclast', (v, d, a, b) => v.u8.set(xor(inverseSubstitute(inverseShiftRows(blockOf(v, a))), blockOf(v, b)), d * 16))
interpret('vaesmc', (v, d, a) => v.u8.set(mixColumns(blockOf(v, a)), d * 16))
interpret('vaesimc', (v, d, a) => v.u8.set(inverseMixColumns(blockOf(v, a)), d * 16))

// SHA-1 and SHA-256: words of a value, lane 0 first.

function wordsOf(v: Values, x: number): number[] {
  return [...v.u32.subarray(x * 4, x * 4 + 4)]
}
const ror = (x: number, n: number) => (x >>> n) | (x << (32 - n))
const choose = (x: number, y: number, z: number) => (x & y) ^ (~x & z)
const parity = (x: number, y: number, z: number) => x ^ y ^ z
const majority = (x: number, y: number, z: number) => (x & y) ^ (x & z) ^ (y & z)

const SHA1_FUNCTIONS = [choose, parity, majority, parity]
const SHA1_CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6]
interpret('vsha1rnds4', (v, d, a, b, _c, imm) => {
  let [dd, c, bb, aa] = wordsOf(v, a) as [number, number, number, number]
  let e = 0
  const w = wordsOf(v, b).reverse()
  for (let i = 0; i < 4; i++) {
    const t = ror(aa, 27) + SHA1_FUNCTIONS[imm]!(bb, c, dd) + e + w[i]! + SHA1_CONSTANTS[imm]!
    e = dd
    dd = c
    c = ror(bb, 2)
    bb = aa
    aa = t | 0
  }
  v.u32.set([dd, c, bb, aa], d * 4)
})

const bigSigma0 = (x: number) => ror(x, 2) ^ ror(x, 13) ^ ror(x, 22)
const bigSigma1 = (x: number) => ror(x, 6) ^ ror(x, 11) ^ ror(x, 25)
const sigma0 = (x: number) => ror(x, 7) ^ ror(x, 18) ^ (x >>> 3)
const sigma1 = (x: number) => ror(x, 17) ^ ror(x, 19) ^ (x >>> 10)
interpret('vsha256rnds2', (v, d, a, b, c) => {
  let [h, g, dd, cc] = wordsOf(v, a) as [number, number, number, number]
  let [f, e, bb, aa] = wordsOf(v, b) as [number, number, number, number]
  for (const wk of wordsOf(v, c).slice(0, 2)) {
    const t1 = h + bigSigma1(e) + choose(e, f, g) + wk
    const t2 = bigSigma0(aa) + majority(aa, bb, cc)
    h = g
    g = f
    f = e
    e = (dd + t1) | 0
    dd = cc
    cc = bb
    bb = aa
    aa = (t1 + t2) | 0
  }
  v.u32.set([f, e, bb, aa], d * 4)
})
interpret('vsha256msg1', (v, d, a, b) => {
  const w = [...wordsOf(v, a), ...wordsOf(v, b)]
  v.u32.set(
    [0, 1, 2, 3].map((i) => w[i]! + sigma0(w[i + 1]!)),
    d * 4,
  )
})
interpret('vsha256msg2', (v, d, a, b) => {
  const w = wordsOf(v, a)
  const last = wordsOf(v, b)
  const w16 = w[0]! + sigma1(last[2]!)
  const w17 = w[1]! + sigma1(last[3]!)
  v.u32.set([w16, w17, w[2]! + sigma1(w16 | 0), w[3]! + sigma1(w17 | 0)], d * 4)
})

interpret('vsm4sbox', (v, d, a) => {
  v.u8.set(
    blockOf(v, a).map((x) => sm4Sbox()[x]!),
    d * 16,
  )
})
