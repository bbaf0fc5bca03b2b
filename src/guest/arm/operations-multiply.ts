/**
 * Multiplications and divisions that A32 and T32 share (manual F1.4.4). The fields are named as in both instruction sets: the result goes
 * to `rd` (RdLo and RdHi of the long ones), `rn` and `rm` are multiplied, `ra` is added; an `ra` of 15 adds nothing (SMLAD is then SMUAD, and so on).
 */
import { OP } from '../../ir/ops.ts'
import { CMP_NE, COND_VS } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'

export interface Product {
  readonly rd: number
  readonly rn: number
  readonly rm: number
}
export interface Accumulation extends Product {
  readonly ra: number
}
export interface LongProduct {
  readonly rdlo: number
  readonly rdhi: number
  readonly rn: number
  readonly rm: number
}

const WORD_BITS = 32
const HALF_BITS = 16
/** Half a unit of the word that SMMLAR and its like keep. */
const ROUNDING = 0x80000000

/** MUL, MULS. */
export function multiply(t: ArmContext, f: Product, setsFlags: boolean): Outcome {
  return finish(t, f.rd, t.ir.emit(OP.mul, t.r(f.rn), t.r(f.rm)), setsFlags)
}

/** MLA, MLAS. */
export function multiplyAdd(t: ArmContext, f: Accumulation, setsFlags: boolean): Outcome {
  return finish(t, f.rd, t.ir.emit(OP.add, t.ir.emit(OP.mul, t.r(f.rn), t.r(f.rm)), t.r(f.ra)), setsFlags)
}

/** MLS. */
export function multiplySubtract(t: ArmContext, f: Accumulation): Outcome {
  return finish(t, f.rd, t.ir.emit(OP.sub, t.r(f.ra), t.ir.emit(OP.mul, t.r(f.rn), t.r(f.rm))), false)
}

function finish(t: ArmContext, rd: number, result: number, setsFlags: boolean): Outcome {
  if (rd === PC) return t.undefinedInsn()
  t.setR(rd, result)
  if (setsFlags) t.setNz(result)
  return NEXT
}

// 64-bit results

/** Rn * Rm as i64. */
function longProduct(t: ArmContext, f: LongProduct | Product, isSigned: boolean): number {
  const extend = isSigned ? OP.sext32 : OP.zext32
  return t.ir.emit(OP.mul, t.ir.emit(extend, t.r(f.rn)), t.ir.emit(extend, t.r(f.rm)))
}

/** RdHi:RdLo as i64. */
function pair(t: ArmContext, f: LongProduct): number {
  return t.join(t.r(f.rdlo), t.r(f.rdhi))
}

function setPair(t: ArmContext, f: LongProduct, value: number, setsFlags = false): Outcome {
  if (f.rdlo === f.rdhi || f.rdlo === PC || f.rdhi === PC) return t.undefinedInsn()
  const [low, high] = [t.low(value), t.high(value)]
  t.setR(f.rdlo, low)
  t.setR(f.rdhi, high)
  // A word that is zero, and negative, when the whole is.
  if (setsFlags) t.setNz(t.ir.emit(OP.or, high, t.ir.emit(OP.icmp, low, t.imm(0), NONE, CMP_NE)))
  return NEXT
}

/** SMULL, UMULL. */
export function multiplyLong(t: ArmContext, f: LongProduct, isSigned: boolean, setsFlags: boolean): Outcome {
  return setPair(t, f, longProduct(t, f, isSigned), setsFlags)
}

/** SMLAL, UMLAL. */
export function multiplyAddLong(t: ArmContext, f: LongProduct, isSigned: boolean, setsFlags: boolean): Outcome {
  return setPair(t, f, t.ir.emit(OP.add, longProduct(t, f, isSigned), pair(t, f)), setsFlags)
}

/** UMAAL. */
export function multiplyAddTwice(t: ArmContext, f: LongProduct): Outcome {
  const { ir } = t
  const sum = ir.emit(OP.add, longProduct(t, f, false), ir.emit(OP.zext32, t.r(f.rdlo)))
  return setPair(t, f, ir.emit(OP.add, sum, ir.emit(OP.zext32, t.r(f.rdhi))))
}

// Halves

/** A half of Rn as a signed i32. */
function half(t: ArmContext, n: number, isTop: number | boolean): number {
  const value = t.r(n)
  return isTop ? t.sarImm(value, HALF_BITS) : t.ir.emit(OP.sext16, value)
}

function halfProduct(t: ArmContext, f: { rn: number; rm: number }, topN: number, topM: number): number {
  return t.ir.emit(OP.mul, half(t, f.rn, topN), half(t, f.rm, topM))
}

/** Rd = product + Ra, modulo 2^32; Q says whether that overflowed. */
function addWithQ(t: ArmContext, f: Accumulation, product: number): Outcome {
  if (f.rd === PC) return t.undefinedInsn()
  const a = t.r(f.ra)
  t.setR(f.rd, t.ir.emit(OP.add, product, a))
  t.setQIf(t.ir.emit(OP.test, t.ir.emit(OP['flags.add'], product, a), NONE, NONE, COND_VS))
  return NEXT
}

/** SMULBB, SMULBT, SMULTB, SMULTT. */
export function multiplyHalves(t: ArmContext, f: Product, topN: number, topM: number): Outcome {
  return finish(t, f.rd, halfProduct(t, f, topN, topM), false)
}

/** SMLABB and its like. */
export function multiplyAddHalves(t: ArmContext, f: Accumulation, topN: number, topM: number): Outcome {
  return addWithQ(t, f, halfProduct(t, f, topN, topM))
}

/** SMLALBB and its like. */
export function multiplyAddLongHalves(t: ArmContext, f: LongProduct, topN: number, topM: number): Outcome {
  return setPair(t, f, t.ir.emit(OP.add, t.ir.emit(OP.sext32, halfProduct(t, f, topN, topM)), pair(t, f)))
}

/** Bits 47:16 of Rn times a half of Rm. */
function wideProduct(t: ArmContext, f: Product, topM: number): number {
  const { ir } = t
  const product = ir.emit(OP.mul, ir.emit(OP.sext32, t.r(f.rn)), ir.emit(OP.sext32, half(t, f.rm, topM)))
  return t.low(ir.emit(OP.sar, product, ir.const64(HALF_BITS, 0)))
}

/** SMULWB, SMULWT. */
export function multiplyWordHalf(t: ArmContext, f: Product, topM: number): Outcome {
  return finish(t, f.rd, wideProduct(t, f, topM), false)
}

/** SMLAWB, SMLAWT. */
export function multiplyAddWordHalf(t: ArmContext, f: Accumulation, topM: number): Outcome {
  return addWithQ(t, f, wideProduct(t, f, topM))
}

/** Sum or difference of the products of both halves, as i64; `swaps` exchanges the halves of Rm. */
function dual(t: ArmContext, f: { rn: number; rm: number }, swaps: number, subtracts: boolean): number {
  const { ir } = t
  const low = ir.emit(OP.sext32, halfProduct(t, f, 0, swaps))
  const high = ir.emit(OP.sext32, halfProduct(t, f, 1, swaps ^ 1))
  return ir.emit(subtracts ? OP.sub : OP.add, low, high)
}

/** SMLAD, SMLSD, SMUAD, SMUSD. */
export function multiplyDual(t: ArmContext, f: Accumulation, swaps: number, subtracts: boolean): Outcome {
  const { ir } = t
  let sum = dual(t, f, swaps, subtracts)
  if (f.ra !== PC) sum = ir.emit(OP.add, sum, ir.emit(OP.sext32, t.r(f.ra)))
  if (f.rd === PC) return t.undefinedInsn()
  const result = t.low(sum)
  t.setR(f.rd, result)
  t.setQIf(ir.emit(OP.icmp, ir.emit(OP.sext32, result), sum, NONE, CMP_NE))
  return NEXT
}

/** SMLALD, SMLSLD. */
export function multiplyDualLong(t: ArmContext, f: LongProduct, swaps: number, subtracts: boolean): Outcome {
  return setPair(t, f, t.ir.emit(OP.add, dual(t, f, swaps, subtracts), pair(t, f)))
}

// The most significant word

/** SMMLA, SMMLS, SMMUL: bits 63:32 of Ra:0 plus or minus the product, rounded or cut off. */
export function multiplyMostSignificant(t: ArmContext, f: Accumulation, rounds: number, subtracts: boolean): Outcome {
  const { ir } = t
  let sum = longProduct(t, f, true)
  if (f.ra !== PC) sum = ir.emit(subtracts ? OP.sub : OP.add, ir.emit(OP.shl, ir.emit(OP.zext32, t.r(f.ra)), ir.const64(WORD_BITS, 0)), sum)
  if (rounds) sum = ir.emit(OP.add, sum, ir.const64(ROUNDING, 0))
  return finish(t, f.rd, t.high(sum), false)
}

/** USAD8, USADA8. */
export function sumOfDifferences(t: ArmContext, f: Accumulation): Outcome {
  const { ir } = t
  const [n, m] = [t.r(f.rn), t.r(f.rm)]
  let sum = f.ra === PC ? NONE : t.r(f.ra)
  for (let shift = 0; shift < WORD_BITS; shift += 8) {
    const byte = (value: number): number => ir.emit(OP.zext8, t.shrImm(value, shift))
    const difference = ir.emit(OP.sub, byte(n), byte(m))
    const sign = t.sarImm(difference, WORD_BITS - 1)
    const distance = ir.emit(OP.sub, ir.emit(OP.xor, difference, sign), sign)
    sum = sum === NONE ? distance : ir.emit(OP.add, sum, distance)
  }
  return finish(t, f.rd, sum, false)
}

/** SDIV, UDIV. */
export function divide(t: ArmContext, f: Product, isSigned: boolean): Outcome {
  return finish(t, f.rd, t.ir.emit(isSigned ? OP.sdiv : OP.udiv, t.r(f.rn), t.r(f.rm)), false)
}
