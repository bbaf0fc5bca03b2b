/** Vector ops: rounds of ciphers and hashes, as FIPS 197, FIPS 180-4 and GB/T 32907 define them. */
import { op } from './op-row.ts'

export const VECTOR_CRYPTO_OPS = {
  vaesenc: op('v128 v128', 'v128', 'AES: MixColumns(SubBytes(ShiftRows(a))) ^ b'),
  vaesenclast: op('v128 v128', 'v128', 'AES: SubBytes(ShiftRows(a)) ^ b'),
  vaesdec: op('v128 v128', 'v128', 'AES: InvMixColumns(InvSubBytes(InvShiftRows(a))) ^ b'),
  vaesdeclast: op('v128 v128', 'v128', 'AES: InvSubBytes(InvShiftRows(a)) ^ b'),
  vaesmc: op('v128', 'v128', 'AES: MixColumns(a)'),
  vaesimc: op('v128', 'v128', 'AES: InvMixColumns(a)'),
  /** imm = 0 choose, 1 parity, 2 majority, 3 parity; with the constant K of those rounds. */
  vsha1rnds4: op(
    'v128 v128 #',
    'v128',
    'SHA-1: four rounds; a = D C B A, lane 3 first in b: W0 + E, then W1, W2, W3; gives the new D C B A',
  ),
  vsha256rnds2: op('v128 v128 v128', 'v128', 'SHA-256: two rounds; a = H G D C, b = F E B A, c lanes 0, 1 = W + K; gives the new F E B A'),
  vsha256msg1: op('v128 v128', 'v128', 'SHA-256: lane i = a[i] + sigma0((b:a)[i+1])'),
  vsha256msg2: op('v128 v128', 'v128', 'SHA-256: lanes 0, 1 = a + sigma1(b[2], b[3]); 2, 3 = a + sigma1(lanes 0, 1)'),
  vsm4sbox: op('v128', 'v128', 'SM4: S-box of each byte'),
} as const
