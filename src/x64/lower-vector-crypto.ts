/**
 * Vector rows: rounds of ciphers and hashes, by the host's own instructions where it has them. Without them S-boxes and hash rounds are
 * runtime routines (runtime/routines/crypto.ts), the linear parts are done here.
 */
import type { OpName } from '../ir/ops.ts'
import { AES_POLYNOMIAL, gfMultiply, SM4_POLYNOMIAL, sm4Affine } from '../ir/sboxes.ts'
import { insn, RBP } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { fromRbp, SCRATCH_OFFSET } from './layout.ts'
import { type EmitFunction, lower } from './lowering.ts'
import {
  AFFINE, AFFINE_INVERSE, H, P, type Pair, PI, S, Single, shuffleBytes, U, v2, v3, v3c, v3i, v3ic, v3s, vs, zero,
} from './vector-insns.ts' // biome-ignore format: a list
import { LOW, lowSequence, sequence } from './vector-rows.ts'

const STORE = [insn('MOVAPS xmm2/m128, xmm1'), insn('VMOVAPS xmm2/m128, xmm1')] as const
const LOAD = [insn('MOVAPS xmm1, xmm2/m128'), insn('VMOVAPS xmm1, xmm2/m128')] as const
const SCRATCH = fromRbp(SCRATCH_OFFSET)

/** d = routine(a, b, c): arguments and result lie in the scratch area, 16 bytes each, the result over the first. */
function byRoutine(e: Emitter, name: string, d: number, ...args: readonly number[]): void {
  const form = e.cpu.avx ? 1 : 0
  args.forEach((x, i) => {
    e.asm.mr(STORE[form], RBP, SCRATCH + 16 * i, x)
  })
  e.callRoutine(name)
  e.asm.rm(LOAD[form], d, RBP, SCRATCH)
}

// AES.

const SHIFT_ROWS = Array.from({ length: 16 }, (_, i) => (i + 4 * (i % 4)) % 16)
const INVERSE_SHIFT_ROWS = Array.from({ length: 16 }, (_, i) => (i + 16 - 4 * (i % 4)) % 16)
/** Byte i from the place `k` rows further down its column. */
const rowsDown = (k: number) => Array.from({ length: 16 }, (_, i) => i - (i % 4) + ((i + k) % 4))
const AES_REDUCTION = 0x1b

/** x = 2x in AES's field; t is a temporary. */
function xtime(e: Emitter, x: number, t: number): void {
  zero(e, t)
  v3(e, P.PCMPGTB, t, t, x)
  v3s(e, P.PAND, t, t, 8, AES_REDUCTION)
  v3(e, P.PADDB, x, x, x)
  v3(e, P.PXOR, x, x, t)
}

/** d = MixColumns(d) = 2d ^ down1(2d ^ d) ^ down2(d) ^ down3(d); changes e.x0 and e.x1. */
function mixColumns(e: Emitter, d: number): void {
  const [x, t] = [e.x0, e.x1]
  e.movX(x, d)
  xtime(e, x, t)
  v3(e, P.PXOR, t, x, d)
  shuffleBytes(e, t, t, rowsDown(1))
  v3(e, P.PXOR, x, x, t)
  shuffleBytes(e, t, d, rowsDown(2))
  v3(e, P.PXOR, x, x, t)
  shuffleBytes(e, t, d, rowsDown(3))
  v3(e, P.PXOR, d, t, x)
}

/** InvMixColumns(d) = MixColumns(d ^ 4(d ^ down2(d))). */
function inverseMixColumns(e: Emitter, d: number): void {
  const [x, t] = [e.x0, e.x1]
  shuffleBytes(e, x, d, rowsDown(2))
  v3(e, P.PXOR, x, x, d)
  xtime(e, x, t)
  xtime(e, x, t)
  v3(e, P.PXOR, d, d, x)
  mixColumns(e, d)
}

/** AES instructions above xmm15 are a feature of their own; what stands in for AES instructions compares. */
function aesSequence(name: OpName, emit: EmitFunction): void {
  lower(name, { xmmTemps: 2, keep: true, flagsKept: true, low: ({ cpu }) => !cpu.aes || !cpu.vaes, emit })
}

function aesRound(
  name: 'vaesenc' | 'vaesenclast' | 'vaesdec' | 'vaesdeclast',
  p: Pair,
  mix: ((e: Emitter, d: number) => void) | undefined,
): void {
  const isDecryption = name.startsWith('vaesdec')
  aesSequence(name, (e, d, a, b) => {
    if (e.cpu.aes) {
      v3(e, p, d, a, b)
      return
    }
    shuffleBytes(e, d, a, isDecryption ? INVERSE_SHIFT_ROWS : SHIFT_ROWS)
    byRoutine(e, isDecryption ? 'sbox.aes.inverse' : 'sbox.aes', d, d)
    mix?.(e, d)
    v3(e, P.PXOR, d, d, b)
  })
}
aesRound('vaesenc', P.AESENC, mixColumns)
aesRound('vaesenclast', P.AESENCLAST, undefined)
aesRound('vaesdec', P.AESDEC, inverseMixColumns)
aesRound('vaesdeclast', P.AESDECLAST, undefined)
lowSequence('vaesimc', 2, (e, d, a) => {
  if (e.cpu.aes) {
    v2(e, U.AESIMC, d, a)
    return
  }
  e.movX(d, a)
  inverseMixColumns(e, d)
})
aesSequence('vaesmc', (e, d, a) => {
  if (e.cpu.aes) {
    // The last round of decryption takes ShiftRows and SubBytes back.
    v3c(e, P.AESDECLAST, d, a, 0)
    v3c(e, P.AESENC, d, d, 0)
    return
  }
  e.movX(d, a)
  mixColumns(e, d)
})

// SHA-1 and SHA-256. The host's instructions have no VEX forms.

const SHA1RNDS4 = new Single('SHA1RNDS4 xmm1, xmm2/m128, imm8')
const SHA256RNDS2 = new Single('SHA256RNDS2 xmm1, xmm2/m128, <XMM0>')
const SHA256MSG1 = new Single('SHA256MSG1 xmm1, xmm2/m128')
const SHA256MSG2 = new Single('SHA256MSG2 xmm1, xmm2/m128')

lowSequence('vsha1rnds4', 0, (e, d, a, b, _c, row) => {
  const imm = e.region.imm[row]!
  if (!e.cpu.sha) {
    byRoutine(e, `sha1.rnds4.${imm}`, d, a, b)
    return
  }
  e.movX(d, a)
  e.asm.rri(SHA1RNDS4.insn, d, b, imm)
})

lower('vsha256rnds2', {
  xmmTemps: 2,
  keep: true,
  flagsKept: true,
  low: LOW,
  emit: (e, d, a, b, c) => {
    if (e.cpu.sha) roundsInXmm0(e, d, a, b, c)
    else byRoutine(e, 'sha256.rnds2', d, a, b, c)
  },
})

/** SHA256RNDS2 reads W + K from xmm0: whatever is in it is kept in a temporary meanwhile. */
function roundsInXmm0(e: Emitter, d: number, a: number, b: number, c: number): void {
  const isFree = d === 0 || e.x0 === 0 || e.x1 === 0
  const work = e.x0 === 0 ? e.x1 : e.x0
  e.movX(work, a)
  if (c === 0 || isFree) {
    e.movX(0, c)
    e.asm.rr(SHA256RNDS2.insn, work, b)
  } else {
    e.movX(e.x1, 0)
    e.movX(0, c)
    e.asm.rr(SHA256RNDS2.insn, work, b === 0 ? e.x1 : b)
    e.movX(0, e.x1)
  }
  e.movX(d, work)
}

/** x = (x ror r1) ^ (x ror r2) ^ (x >>> shift) in each word; changes t and u. */
function sigma(e: Emitter, x: number, t: number, u: number, r1: number, r2: number, shift: number): void {
  vs(e, S.PSRLD, t, x, shift)
  for (const r of [r1, r2]) {
    vs(e, S.PSRLD, u, x, r)
    v3(e, P.PXOR, t, t, u)
    vs(e, S.PSLLD, u, x, 32 - r)
    v3(e, P.PXOR, t, t, u)
  }
  e.movX(x, t)
}
lowSequence('vsha256msg1', 3, (e, d, a, b) => {
  if (e.cpu.sha) {
    e.movX(d, a)
    e.asm.rr(SHA256MSG1.insn, d, b)
    return
  }
  v3i(e, PI.PALIGNR, e.x0, b, a, 4)
  sigma(e, e.x0, e.x1, e.x2, 7, 18, 3)
  v3(e, P.PADDD, d, a, e.x0)
})
lowSequence('vsha256msg2', 3, (e, d, a, b) => {
  if (e.cpu.sha) {
    e.movX(d, a)
    e.asm.rr(SHA256MSG2.insn, d, b)
    return
  }
  vs(e, S.PSRLDQ, e.x0, b, 8)
  sigma(e, e.x0, e.x1, e.x2, 17, 19, 10)
  v3(e, P.PADDD, d, a, e.x0)
  v2(e, H.MOVQ, e.x0, d)
  sigma(e, e.x0, e.x1, e.x2, 17, 19, 10)
  vs(e, S.PSLLDQ, e.x0, e.x0, 8)
  v3(e, P.PADDD, d, d, e.x0)
})

// SM4: its field is isomorphic to AES's, whose inverse GFNI has. With f the isomorphism, S(x) = A f'(inverse(f(A x + c))) + c.

/** A root of SM4's polynomial in AES's field: the image of x. */
function rootInAes(): number {
  for (let r = 2; r < 256; r++) {
    let value = 0
    for (let bit = 8; bit >= 0; bit--) value = gfMultiply(value, r, AES_POLYNOMIAL) ^ ((SM4_POLYNOMIAL >> bit) & 1)
    if (value === 0) return r
  }
  throw new Error('x64: no isomorphism')
}
/** GF2P8AFFINEQB's matrix, as two words, of a linear map of bytes. */
function matrixOf(map: (x: number) => number): readonly [number, number] {
  const rows = Array.from({ length: 8 }, (_, k) => {
    let row = 0
    for (let bit = 0; bit < 8; bit++) row |= ((map(1 << bit) >> (7 - k)) & 1) << bit
    return row
  })
  const word = (k: number) => rows[k]! | (rows[k + 1]! << 8) | (rows[k + 2]! << 16) | (rows[k + 3]! << 24)
  return [word(0), word(4)]
}
interface Sm4Matrices {
  readonly before: readonly [number, number]
  readonly beforeConstant: number
  readonly after: readonly [number, number]
  readonly afterConstant: number
}
let sm4: Sm4Matrices | undefined
function sm4Matrices(): Sm4Matrices {
  if (sm4 !== undefined) return sm4
  const root = rootInAes()
  const toAes = (x: number) => {
    let y = 0
    for (let bit = 7; bit >= 0; bit--) y = gfMultiply(y, root, AES_POLYNOMIAL) ^ ((x >> bit) & 1)
    return y
  }
  const fromAes = new Uint8Array(256)
  for (let x = 0; x < 256; x++) fromAes[toAes(x)] = x
  const constant = sm4Affine(0)
  sm4 = {
    before: matrixOf((x) => toAes(sm4Affine(x) ^ constant)),
    beforeConstant: toAes(constant),
    after: matrixOf((x) => sm4Affine(fromAes[x]!) ^ constant),
    afterConstant: constant,
  }
  return sm4
}
sequence('vsm4sbox', 0, (e, d, a) => {
  if (!e.cpu.gfni) {
    byRoutine(e, 'sbox.sm4', d, a)
    return
  }
  const m = sm4Matrices()
  v3ic(e, AFFINE, d, a, m.beforeConstant, m.before[0], m.before[1])
  v3ic(e, AFFINE_INVERSE, d, d, m.afterConstant, m.after[0], m.after[1])
})
