/**
 * The bytes in front of and behind the opcode, written at a position that each function takes and returns. `f` is a row's FLAGS word
 * (columns.ts); register numbers may exceed 7, and a base or index that is absent is passed as 0.
 *
 *   VEX  C5  R̄ v̄v̄v̄v̄ L pp                                C4  R̄ X̄ B̄ mmmmm  W v̄v̄v̄v̄ L pp
 *   EVEX 62  R̄ X̄ B̄ R̄' 0 mmm   W v̄v̄v̄v̄ 1 pp   z L'L b V̄' aaa
 */
import * as columns from './columns.ts'

/* Copies, see assembler.ts. */
const { L_SHIFT, MAP_SHIFT, O16, PP_SHIFT, W_SHIFT } = columns

const PREFIX_BYTES = [0, 0x66, 0xf3, 0xf2]

/** 66, mandatory prefix, REX, escape bytes. `rex` is 0x40 when an 8-bit register needs a REX prefix. */
export function legacyPrefix(bytes: Uint8Array, p: number, f: number, reg: number, rm: number, index: number, rex: number): number {
  if (f & O16) bytes[p++] = 0x66
  const pp = (f >> PP_SHIFT) & 3
  if (pp !== 0) bytes[p++] = PREFIX_BYTES[pp]!
  rex |= (((f >> W_SHIFT) & 1) << 3) | ((reg & 8) >> 1) | ((index & 8) >> 2) | (rm >> 3)
  if (rex !== 0) bytes[p++] = 0x40 | rex
  const map = (f >> MAP_SHIFT) & 3
  if (map !== 0) {
    bytes[p++] = 0x0f
    if (map === 2) bytes[p++] = 0x38
    else if (map === 3) bytes[p++] = 0x3a
  }
  return p
}

/** The two-byte form whenever it can say it all. */
export function vexPrefix(bytes: Uint8Array, p: number, f: number, reg: number, rm: number, index: number, v: number): number {
  const map = (f >> MAP_SHIFT) & 3
  const last = ((~v & 15) << 3) | (((f >> L_SHIFT) & 1) << 2) | ((f >> PP_SHIFT) & 3)
  if (((rm | index) & 8) === 0 && map === 1 && (f & (1 << W_SHIFT)) === 0) {
    bytes[p] = 0xc5
    bytes[p + 1] = ((~reg & 8) << 4) | last
    return p + 2
  }
  bytes[p] = 0xc4
  bytes[p + 1] = ((~reg & 8) << 4) | ((~index & 8) << 3) | ((~rm & 8) << 2) | map
  bytes[p + 2] = (((f >> W_SHIFT) & 1) << 7) | last
  return p + 3
}

/** `b` and `x`: bit 3 of the base or r/m; bit 3 of the index, or bit 4 of a vector r/m. `zLb`: the z, L'L, b and aaa bits. */
export function evexPrefix(bytes: Uint8Array, p: number, f: number, reg: number, b: number, x: number, v: number, zLb: number): number {
  bytes[p] = 0x62
  bytes[p + 1] = ((~reg & 8) << 4) | ((x ^ 1) << 6) | ((b ^ 1) << 5) | (~reg & 16) | ((f >> MAP_SHIFT) & 3)
  bytes[p + 2] = (((f >> W_SHIFT) & 1) << 7) | ((~v & 15) << 3) | 4 | ((f >> PP_SHIFT) & 3)
  bytes[p + 3] = zLb | ((~v & 16) >> 1)
  return p + 4
}

/**
 * ModRM, SIB and displacement of [base + index << scale + disp] with a base; index -1 is none. disp8 counts units of 1 << shift bytes.
 * `reg` is ModRM.reg in place.
 */
export function modrmBase(
  bytes: Uint8Array,
  p: number,
  reg: number,
  base: number,
  disp: number,
  index: number,
  scale: number,
  shift: number,
): number {
  const low = base & 7
  const small = disp >> shift
  const mod = disp === 0 && low !== 5 ? 0 : fitsInt8(small) && small << shift === disp ? 0x40 : 0x80
  if (index >= 0 || low === 4) {
    bytes[p++] = mod | reg | 4
    bytes[p++] = (scale << 6) | ((index < 0 ? 4 : index & 7) << 3) | low
  } else {
    bytes[p++] = mod | reg | low
  }
  if (mod === 0x40) bytes[p++] = small
  else if (mod === 0x80) {
    if ((disp | 0) !== disp) throw new Error(`x64: the displacement ${disp} is no int32`)
    return store32(bytes, p, disp)
  }
  return p
}

function store32(bytes: Uint8Array, p: number, value: number): number {
  bytes[p] = value
  bytes[p + 1] = value >> 8
  bytes[p + 2] = value >> 16
  bytes[p + 3] = value >> 24
  return p + 4
}

function fitsInt8(n: number): boolean {
  return (n << 24) >> 24 === n
}

export const put32 = store32
export const isInt8 = fitsInt8

/** The recommended NOP of each length (SDM, NOP). */
export const NOPS: readonly (readonly number[])[] = [
  [],
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
]
