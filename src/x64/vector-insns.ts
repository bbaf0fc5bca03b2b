/**
 * What vector lowerings emit with: instructions that exist in a legacy SSE and a VEX form under one name (`P.PADDB`), and the
 * functions that choose the form. With AVX the destination is free; without it, it is first made a copy of `a`.
 *
 * Rows are looked up when first used, so that loading the lowerings costs nothing.
 */
import { HOST, type Insn, type InsnName, insn } from './asm/index.ts'
import type { Emitter } from './emitter.ts'

export class Pair {
  private readonly sseName: InsnName
  private readonly vexName: InsnName
  private sseInsn: Insn | undefined
  private vexInsn: Insn | undefined

  constructor(sseName: InsnName, vexName: InsnName) {
    this.sseName = sseName
    this.vexName = vexName
    this.sseInsn = undefined
    this.vexInsn = undefined
  }
  get sse(): Insn {
    return (this.sseInsn ??= insn(this.sseName))
  }
  get vex(): Insn {
    return (this.vexInsn ??= insn(this.vexName))
  }
}

/** An instruction with one form only. */
export class Single {
  private readonly name: InsnName
  private found: Insn | undefined
  constructor(name: InsnName) {
    this.name = name
    this.found = undefined
  }
  get insn(): Insn {
    return (this.found ??= insn(this.name))
  }
}

/** Mnemonics that have both forms with the given operands. */
type Both<Sse extends string, Vex extends string, I extends InsnName = InsnName> = I extends `${infer N} ${Sse}`
  ? `V${N} ${Vex}` extends InsnName
    ? N
    : never
  : never

function table<N extends string>(names: readonly N[], sse: string, vex: string): Readonly<Record<N, Pair>> {
  return Object.fromEntries(names.map((name) => [name, new Pair(`${name} ${sse}` as InsnName, `V${name} ${vex}` as InsnName)])) as Record<
    N,
    Pair
  >
}

type Three = Both<'xmm1, xmm2/m128', 'xmm1, xmm2, xmm3/m128'>
const three = [
  'PADDB', 'PADDW', 'PADDD', 'PADDQ', 'PSUBB', 'PSUBW', 'PSUBD', 'PSUBQ', 'PADDSB', 'PADDSW', 'PADDUSB', 'PADDUSW', 'PSUBSB', 'PSUBSW', 'PSUBUSB', 'PSUBUSW',
  'PMINUB', 'PMINUW', 'PMINUD', 'PMINSB', 'PMINSW', 'PMINSD', 'PMAXUB', 'PMAXUW', 'PMAXUD', 'PMAXSB', 'PMAXSW', 'PMAXSD', 'PAVGB', 'PAVGW',
  'PMULLW', 'PMULLD', 'PMULHW', 'PMULHUW', 'PMULUDQ', 'PMULDQ', 'PMULHRSW', 'PMADDWD', 'PMADDUBSW', 'PSADBW', 'PHADDW', 'PHADDD',
  'PCMPEQB', 'PCMPEQW', 'PCMPEQD', 'PCMPEQQ', 'PCMPGTB', 'PCMPGTW', 'PCMPGTD', 'PCMPGTQ', 'PAND', 'PANDN', 'POR', 'PXOR', 'PSHUFB',
  'PACKSSWB', 'PACKSSDW', 'PACKUSWB', 'PACKUSDW', 'PUNPCKLBW', 'PUNPCKLWD', 'PUNPCKLDQ', 'PUNPCKLQDQ', 'PUNPCKHBW', 'PUNPCKHWD', 'PUNPCKHDQ', 'PUNPCKHQDQ',
  'PSRLW', 'PSRLD', 'PSRLQ', 'PSRAW', 'PSRAD', 'PSLLW', 'PSLLD', 'PSLLQ', 'AESENC', 'AESENCLAST', 'AESDEC', 'AESDECLAST',
] as const satisfies readonly Three[] // biome-ignore format: a list
/** d = a OP b */
export const P = table<(typeof three)[number]>(three, 'xmm1, xmm2/m128', 'xmm1, xmm2, xmm3/m128')

type ThreeImm = Both<'xmm1, xmm2/m128, imm8', 'xmm1, xmm2, xmm3/m128, imm8'>
const threeImm = ['SHUFPS', 'SHUFPD', 'PALIGNR', 'PBLENDW', 'PCLMULQDQ'] as const satisfies readonly ThreeImm[]
/** d = a OP b by imm */
export const PI = table<(typeof threeImm)[number]>(threeImm, 'xmm1, xmm2/m128, imm8', 'xmm1, xmm2, xmm3/m128, imm8')
/** INSERTPS, whose source is 32 bits wide; GF2P8AFFINEQB as the others. */
export const INSERTPS = new Pair('INSERTPS xmm1, xmm2/m32, imm8', 'VINSERTPS xmm1, xmm2, xmm3/m32, imm8')
export const AFFINE = new Pair('GF2P8AFFINEQB xmm1, xmm2/m128, imm8', 'VGF2P8AFFINEQB xmm1, xmm2, xmm3/m128, imm8')
export const AFFINE_INVERSE = new Pair('GF2P8AFFINEINVQB xmm1, xmm2/m128, imm8', 'VGF2P8AFFINEINVQB xmm1, xmm2, xmm3/m128, imm8')

type Two = Both<'xmm1, xmm2/m128', 'xmm1, xmm2/m128'>
const two = ['PABSB', 'PABSW', 'PABSD', 'PHMINPOSUW', 'AESIMC'] as const satisfies readonly Two[]
/** d = OP a */
export const U = table<(typeof two)[number]>(two, 'xmm1, xmm2/m128', 'xmm1, xmm2/m128')
const twoHalf = ['PMOVSXBW', 'PMOVSXWD', 'PMOVSXDQ', 'PMOVZXBW', 'PMOVZXWD', 'PMOVZXDQ', 'MOVQ'] as const satisfies readonly Both<
  'xmm1, xmm2/m64',
  'xmm1, xmm2/m64'
>[]
/** d = OP (low half of a) */
export const H = table<(typeof twoHalf)[number]>(twoHalf, 'xmm1, xmm2/m64', 'xmm1, xmm2/m64')

export const PSHUFD = new Pair('PSHUFD xmm1, xmm2/m128, imm8', 'VPSHUFD xmm1, xmm2/m128, imm8')
export const PSHUFLW = new Pair('PSHUFLW xmm1, xmm2/m128, imm8', 'VPSHUFLW xmm1, xmm2/m128, imm8')

const shifts = [
  'PSRLW',
  'PSRLD',
  'PSRLQ',
  'PSRAW',
  'PSRAD',
  'PSLLW',
  'PSLLD',
  'PSLLQ',
  'PSLLDQ',
  'PSRLDQ',
] as const satisfies readonly Both<'xmm1, imm8', 'xmm1, xmm2, imm8'>[]
/** d = a shifted by imm */
export const S = table<(typeof shifts)[number]>(shifts, 'xmm1, imm8', 'xmm1, xmm2, imm8')

/** AVX-512 with all that x86-64-v4 has. */
export function has512(e: Emitter): boolean {
  return e.cpu.avx512vl && e.cpu.avx512bw && e.cpu.avx512dq && e.cpu.avx512cd
}

/** d = a OP b. Without AVX `d` must not be `b`, unless `a` is that register too. */
export function v3(e: Emitter, p: Pair, d: number, a: number, b: number): void {
  if (e.cpu.avx) e.asm.rrr(p.vex, d, a, b)
  else {
    if (d !== a && d === b) throw new Error('x64: two-operand form would overwrite its source')
    e.movX(d, a)
    e.asm.rr(p.sse, d, b)
  }
}

/** d = a OP constant */
export function v3c(e: Emitter, p: Pair, d: number, a: number, w0: number, w1: number = w0, w2: number = w0, w3: number = w1): void {
  e.vex3c(p.sse, p.vex, d, a, w0, w1, w2, w3)
}

export function v3i(e: Emitter, p: Pair, d: number, a: number, b: number, imm: number): void {
  if (e.cpu.avx) e.asm.rrri(p.vex, d, a, b, imm)
  else {
    if (d !== a && d === b) throw new Error('x64: two-operand form would overwrite its source')
    e.movX(d, a)
    e.asm.rri(p.sse, d, b, imm)
  }
}

/** d = a OP constant by imm */
export function v3ic(
  e: Emitter,
  p: Pair,
  d: number,
  a: number,
  imm: number,
  w0: number,
  w1: number = w0,
  w2: number = w0,
  w3: number = w1,
): void {
  const address = e.env.constant16(w0, w1, w2, w3)
  if (e.cpu.avx) e.asm.rrmi(p.vex, d, a, HOST, address, imm)
  else {
    e.movX(d, a)
    e.asm.rmi(p.sse, d, HOST, address, imm)
  }
}

export function v2(e: Emitter, p: Pair, d: number, a: number): void {
  e.asm.rr(e.cpu.avx ? p.vex : p.sse, d, a)
}

export function v2i(e: Emitter, p: Pair, d: number, a: number, imm: number): void {
  e.asm.rri(e.cpu.avx ? p.vex : p.sse, d, a, imm)
}

/** d = a shifted by imm */
export function vs(e: Emitter, p: Pair, d: number, a: number, imm: number): void {
  if (e.cpu.avx) e.asm.rri(p.vex, d, a, imm)
  else {
    e.movX(d, a)
    e.asm.ri(p.sse, d, imm)
  }
}

const TERNLOG = new Single('VPTERNLOGD xmm1, xmm2, xmm3/m128, imm8')
/** Three-input logic into d, which is the first input; bit (d, a, b as a number of three bits) of `truth` is the result. */
export function ternlog(e: Emitter, d: number, a: number, b: number, truth: number): void {
  e.asm.rrri(TERNLOG.insn, d, a, b, truth)
}
export function ternlogC(
  e: Emitter,
  d: number,
  a: number,
  truth: number,
  w0: number,
  w1: number = w0,
  w2: number = w0,
  w3: number = w1,
): void {
  e.asm.rrmi(TERNLOG.insn, d, a, HOST, e.env.constant16(w0, w1, w2, w3), truth)
}

/** Every byte of a word. */
export function bytes4(byte: number): number {
  return Math.imul(byte & 0xff, 0x0101_0101)
}
/** Both halves of a word. */
export function halves2(half: number): number {
  return Math.imul(half & 0xffff, 0x1_0001)
}

/** d = a OP (value in every lane of `width` bits); value is an int32 and is sign-extended to 64-bit lanes. */
export function v3s(e: Emitter, p: Pair, d: number, a: number, width: number, value: number): void {
  const word = width === 8 ? bytes4(value) : width === 16 ? halves2(value) : value
  const high = width === 64 ? value >> 31 : word
  v3c(e, p, d, a, word, high, word, high)
}

/** Words of sixteen byte values. */
export function wordsOfBytes(b: ArrayLike<number>): readonly [number, number, number, number] {
  const word = (i: number) => (b[i]! & 0xff) | ((b[i + 1]! & 0xff) << 8) | ((b[i + 2]! & 0xff) << 16) | ((b[i + 3]! & 0xff) << 24)
  return [word(0), word(4), word(8), word(12)]
}

/** d = a shuffled by sixteen byte indices (128 and above: zero). */
export function shuffleBytes(e: Emitter, d: number, a: number, indices: ArrayLike<number>): void {
  const [w0, w1, w2, w3] = wordsOfBytes(indices)
  v3c(e, P.PSHUFB, d, a, w0, w1, w2, w3)
}

export function zero(e: Emitter, d: number): void {
  e.loadConst(d, 0, 0, 0, 0)
}

/** d = mask ? x : y, mask being all ones or zero where it matters; changes x. d may be y or mask. */
export function blendInto(e: Emitter, d: number, mask: number, x: number, y: number): void {
  v3(e, P.PXOR, x, x, y)
  v3(e, P.PAND, x, x, mask)
  if (e.cpu.avx || d === x) v3(e, P.PXOR, d, x, y)
  else if (d === y) v3(e, P.PXOR, d, d, x)
  else {
    v3(e, P.PXOR, x, x, y)
    e.movX(d, x)
  }
}
