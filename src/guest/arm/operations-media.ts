/**
 * Saturation, packing, extension, bit fields, and reversals that A32 and T32 share (manual F1.4.5 to F1.4.11). Fields are named as in both
 * instruction sets.
 */
import { I32 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { CMP_NE, CMP_SGT, CMP_SLT } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import type { Product } from './operations-multiply.ts'
import { addHalves } from './operations-parallel.ts'

const WORD_BITS = 32
const HALF_BITS = 16
const BOTTOM_HALF = 0xffff
const TOP_HALF = 0xffff0000
const MAX_WORD = 0x7fffffff

function finish(t: ArmContext, rd: number, result: number): Outcome {
  if (rd === PC) return t.undefinedInsn()
  t.setR(rd, result)
  return NEXT
}

// Saturation

/** i32 `value` forced into [low, high]. */
function clamp(t: ArmContext, value: number, low: number, high: number): number {
  const { ir } = t
  const [l, h] = [t.imm(low), t.imm(high)]
  const capped = ir.emit(OP.select, ir.emit(OP.icmp, value, h, NONE, CMP_SGT), h, value)
  return ir.emit(OP.select, ir.emit(OP.icmp, value, l, NONE, CMP_SLT), l, capped)
}

/** Limits of a number of `bits` bits. */
function limits(bits: number, isSigned: boolean): readonly [number, number] {
  return isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]
}

/** SSAT, USAT of i32 `operand` to `bits` bits. */
export function saturate(t: ArmContext, rd: number, operand: number, bits: number, isSigned: boolean): Outcome {
  if (rd === PC) return t.undefinedInsn()
  const [low, high] = limits(bits, isSigned)
  const result = clamp(t, operand, low, high)
  t.setQIf(t.ir.emit(OP.icmp, result, operand, NONE, CMP_NE))
  return finish(t, rd, result)
}

/** SSAT16, USAT16. */
export function saturateHalves(t: ArmContext, f: { rd: number; rn: number }, bits: number, isSigned: boolean): Outcome {
  if (f.rd === PC) return t.undefinedInsn()
  const { ir } = t
  const [low, high] = limits(bits, isSigned)
  const value = t.r(f.rn)
  const bottom = clamp(t, ir.emit(OP.sext16, value), low, high)
  const top = clamp(t, t.sarImm(value, HALF_BITS), low, high)
  const packed = pack(t, t.shlImm(top, HALF_BITS), bottom)
  const unpacked = ir.emit(OP.xor, packed, value)
  t.setQIf(ir.emit(OP.icmp, unpacked, t.imm(0), NONE, CMP_NE))
  return finish(t, f.rd, packed)
}

/** i64 `value` saturated to a signed word, as i32; sets Q. */
function saturateWord(t: ArmContext, value: number): number {
  const { ir } = t
  const word = t.low(value)
  const differs = ir.emit(OP.icmp, ir.emit(OP.sext32, word), value, NONE, CMP_NE)
  const sign = t.low(ir.emit(OP.sar, value, ir.const64(2 * WORD_BITS - 1, 0)))
  t.setQIf(differs)
  return ir.emit(OP.select, differs, ir.emit(OP.xor, sign, t.imm(MAX_WORD)), word)
}

/** QADD, QSUB, QDADD, QDSUB: Rm plus or minus Rn, which is doubled first. */
export function saturatingAdd(t: ArmContext, f: Product, doubles: number | boolean, subtracts: number | boolean): Outcome {
  if (f.rd === PC) return t.undefinedInsn()
  const { ir } = t
  let n = ir.emit(OP.sext32, t.r(f.rn))
  if (doubles) n = ir.emit(OP.sext32, saturateWord(t, ir.emit(OP.add, n, n)))
  return finish(t, f.rd, saturateWord(t, ir.emit(subtracts ? OP.sub : OP.add, ir.emit(OP.sext32, t.r(f.rm)), n)))
}

// Packing and extension

/** The top half of `top` and the bottom half of `bottom`. */
function pack(t: ArmContext, top: number, bottom: number): number {
  const { ir } = t
  return ir.emit(OP.or, t.andImm(top, TOP_HALF), t.andImm(bottom, BOTTOM_HALF))
}

/** PKHBT, PKHTB: `shifted` is Rm shifted. */
export function packHalves(t: ArmContext, f: { rd: number; rn: number }, shifted: number, topFromN: number | boolean): Outcome {
  const n = t.r(f.rn)
  return finish(t, f.rd, topFromN ? pack(t, n, shifted) : pack(t, shifted, n))
}

/** What SXTB and its like take of the rotated register. */
export type Extension = 'sxtb' | 'sxth' | 'sxtb16' | 'uxtb' | 'uxth' | 'uxtb16'
/** In the order of bits 22:20 of the A32 encodings; the others are not allocated. */
export const EXTENSIONS: readonly (Extension | undefined)[] = ['sxtb16', undefined, 'sxtb', 'sxth', 'uxtb16', undefined, 'uxtb', 'uxth']

const SIMPLE_EXTENSIONS = { sxtb: OP.sext8, sxth: OP.sext16, uxtb: OP.zext8, uxth: OP.zext16 } as const
const EVEN_BYTES = 0x00ff00ff
const BYTE_SIGNS = 0x00800080
/** Times the sign of a byte: the bits above it. */
const SIGN_COPIES = 0x1fe

export function extend(t: ArmContext, value: number, extension: Extension): number {
  const { ir } = t
  if (extension !== 'sxtb16' && extension !== 'uxtb16') return ir.emit(SIMPLE_EXTENSIONS[extension], value)
  const bytes = t.andImm(value, EVEN_BYTES)
  if (extension === 'uxtb16') return bytes
  const signs = t.andImm(bytes, BYTE_SIGNS)
  return ir.emit(OP.or, bytes, ir.emit(OP.mul, signs, t.imm(SIGN_COPIES)))
}

/** SXTAB and its like; with an `rn` of 15 SXTB and its like. `rotate` counts bytes. */
export function extendAndAdd(t: ArmContext, f: Product & { rotate: number }, extension: Extension): Outcome {
  const { ir } = t
  const value = t.r(f.rm)
  const extended = extend(t, f.rotate === 0 ? value : ir.emit(OP.ror, value, t.imm(8 * f.rotate)), extension)
  if (f.rn === PC) return finish(t, f.rd, extended)
  const isPair = extension === 'sxtb16' || extension === 'uxtb16'
  return finish(t, f.rd, isPair ? addHalves(t, t.r(f.rn), extended) : ir.emit(OP.add, t.r(f.rn), extended))
}

// Bit fields

/** SBFX, UBFX of `widthm1` + 1 bits from `lsb` on. */
export function extractField(t: ArmContext, f: { rd: number; rn: number; lsb: number; widthm1: number }, isSigned: boolean): Outcome {
  const { ir } = t
  const width = f.widthm1 + 1
  if (f.lsb + width > WORD_BITS) return t.undefinedInsn()
  const value = t.r(f.rn)
  if (!isSigned && f.lsb === 0 && width < WORD_BITS) return finish(t, f.rd, t.andImm(value, 2 ** width - 1))
  const above = WORD_BITS - width - f.lsb
  const upper = t.shlImm(value, above)
  return finish(t, f.rd, width === WORD_BITS ? upper : ir.emit(isSigned ? OP.sar : OP.shr, upper, t.imm(WORD_BITS - width)))
}

/** BFI; with an `rn` of 15 BFC. */
export function insertField(t: ArmContext, f: { rd: number; rn: number; lsb: number; msb: number }): Outcome {
  const { ir } = t
  if (f.msb < f.lsb) return t.undefinedInsn()
  const mask = t.imm(2 ** (f.msb + 1) - 2 ** f.lsb)
  const rest = ir.emit(OP.andn, t.r(f.rd), mask)
  if (f.rn === PC) return finish(t, f.rd, rest)
  const value = t.shlImm(t.r(f.rn), f.lsb)
  return finish(t, f.rd, ir.emit(OP.or, rest, ir.emit(OP.and, value, mask)))
}

// Reversals and counts

export type Reversal = 'rev' | 'rev16' | 'revsh' | 'rbit' | 'clz'

export function reverse(t: ArmContext, f: { rd: number; rm: number }, kind: Reversal): Outcome {
  const { ir } = t
  const value = t.r(f.rm)
  if (kind === 'rbit') return finish(t, f.rd, ir.emit(OP.rbit, value))
  if (kind === 'clz') return finish(t, f.rd, ir.emit(OP.clz, value))
  const reversed = ir.emit(OP.bswap, value)
  if (kind === 'rev') return finish(t, f.rd, reversed)
  const half = t.imm(HALF_BITS)
  return finish(t, f.rd, ir.emit(kind === 'rev16' ? OP.ror : OP.sar, reversed, half))
}

/** CRC32B, CRC32H, CRC32W and, with `isCastagnoli`, CRC32CB …: `sz` is the binary logarithm of the bytes of Rm that count. */
export function checksum(t: ArmContext, f: Product, sz: number, isCastagnoli: boolean): Outcome {
  const { ir } = t
  const op = isCastagnoli ? OP.crc32c : OP.crc32
  return finish(t, f.rd, ir.emitTyped(op, I32, t.r(f.rn), ir.emit(OP.zext32, t.r(f.rm)), NONE, 8 << sz))
}
