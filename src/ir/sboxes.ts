/** Arithmetic in GF(2^8), and the SM4 S-box by its definition: an affine map, the inverse modulo SM4's polynomial, the affine map again. */

/** x * y modulo `polynomial` (degree 8, bit 8 set). */
export function gfMultiply(x: number, y: number, polynomial: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product <<= 1
    if (product & 0x100) product ^= polynomial
    if ((y >> bit) & 1) product ^= x
  }
  return product
}

/** The inverse of x; 0 for 0. x^254, since x^255 = 1. */
export function gfInverse(x: number, polynomial: number): number {
  let power = x
  for (let i = 0; i < 6; i++) power = gfMultiply(gfMultiply(power, power, polynomial), x, polynomial)
  return gfMultiply(power, power, polynomial)
}

/** x^8 + x^7 + x^6 + x^5 + x^4 + x^2 + 1 */
export const SM4_POLYNOMIAL = 0x1f5
const SM4_CONSTANT = 0xd3
/** Bits of x whose sum is bit 0 of the affine map; those of bit i are rotated left by i. */
const SM4_ROW = 0b1010_0111

export function sm4Affine(x: number): number {
  let y = 0
  for (let bit = 0; bit < 8; bit++) {
    let sum = x & (((SM4_ROW << bit) | (SM4_ROW >> (8 - bit))) & 0xff)
    sum ^= sum >> 4
    sum ^= sum >> 2
    sum ^= sum >> 1
    y |= (sum & 1) << bit
  }
  return y ^ SM4_CONSTANT
}

/** A table that is made when it is first asked for: making one takes a millisecond. */
function table(at: (x: number) => number): () => Uint8Array {
  let made: Uint8Array | undefined
  return () => (made ??= Uint8Array.from({ length: 256 }, (_, x) => at(x)))
}

export const sm4Sbox = table((x) => sm4Affine(gfInverse(sm4Affine(x), SM4_POLYNOMIAL)))

/** x^8 + x^4 + x^3 + x + 1 */
export const AES_POLYNOMIAL = 0x11b
const AES_CONSTANT = 0x63
/** Each bit of the result is the sum of the inverse's own bit and of four others. */
const AES_BITS = 5

export const aesSbox = table((x) => {
  const inverse = gfInverse(x, AES_POLYNOMIAL)
  let y = AES_CONSTANT
  for (let k = 0; k < AES_BITS; k++) y ^= ((inverse << k) | (inverse >> (8 - k))) & 0xff
  return y
})
export const aesInverseSbox = table((y) => aesSbox().indexOf(y))
