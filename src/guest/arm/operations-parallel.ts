/**
 * Parallel additions and subtractions of bytes and halves, and what goes with them (manual F1.4.7): SADD8 … UHSUB16, SEL.
 *
 * Lanes are computed side by side in one i32: without the highest bit of each lane nothing carries from one to the next, and the
 * highest bits follow from the operands and from what comes into them. A property of lanes ("has overflowed") is a word whose highest bit of each lane counts.
 */
import { OP } from '../../ir/ops.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import type { Product } from './operations-multiply.ts'

/** Bits of a lane, the highest bit of each lane, the lowest. */
interface Lanes {
  readonly bits: number
  readonly high: number
  readonly low: number
}
const BYTES: Lanes = { bits: 8, high: 0x80808080, low: 0x01010101 }
const HALVES: Lanes = { bits: 16, high: 0x80008000, low: 0x00010001 }
const TOP_HALF = 0xffff0000
const BOTTOM_HALF = 0xffff
const HALF_BITS = 16
const BYTE = 0xff

/** What a lane's result becomes: modulo 2^n with GE flags, saturated, halved. */
export type ParallelKind = 's' | 'q' | 'sh' | 'u' | 'uq' | 'uh'
export type ParallelOperation = 'add16' | 'asx' | 'sax' | 'sub16' | 'add8' | 'sub8'

/** A lane's result, and where its GE flags are set (highest bits). */
interface LaneResult {
  readonly value: number
  readonly ge: number
}

/** SADD16 and its like: `f` as in both instruction sets. */
export function parallel(t: ArmContext, f: Product, kind: ParallelKind, operation: ParallelOperation): Outcome {
  const { ir } = t
  if (f.rd === PC) return t.undefinedInsn()
  const lanes = operation === 'add8' || operation === 'sub8' ? BYTES : HALVES
  const a = t.r(f.rn)
  let b = t.r(f.rm)
  if (operation === 'asx' || operation === 'sax') b = ir.emit(OP.ror, b, t.imm(HALF_BITS))
  let result: LaneResult
  if (operation === 'add8' || operation === 'add16') result = add(t, kind, lanes, a, b)
  else if (operation === 'sub8' || operation === 'sub16') result = subtract(t, kind, lanes, a, b)
  else {
    const sum = add(t, kind, lanes, a, b)
    const difference = subtract(t, kind, lanes, a, b)
    const [top, bottom] = operation === 'asx' ? [sum, difference] : [difference, sum]
    result = { value: joinHalves(t, top.value, bottom.value), ge: joinHalves(t, top.ge, bottom.ge) }
  }
  t.setR(f.rd, result.value)
  if (kind === 's' || kind === 'u') t.setGe(geFlags(t, lanes, result.ge))
  return NEXT
}

/** SEL. */
export function selectBytes(t: ArmContext, f: Product): Outcome {
  if (f.rd === PC) return t.undefinedInsn()
  const { ir } = t
  const units = t.andImm(ir.emit(OP.mul, t.ge(), t.imm(GE_SPREAD)), BYTES.low)
  const mask = ir.emit(OP.mul, units, t.imm(BYTE))
  t.setR(f.rd, choose(t, mask, t.r(f.rn), t.r(f.rm)))
  return NEXT
}

function joinHalves(t: ArmContext, top: number, bottom: number): number {
  const { ir } = t
  return ir.emit(OP.or, t.andImm(top, TOP_HALF), t.andImm(bottom, BOTTOM_HALF))
}

/** Moves bits 0, 1, 2, 3 to 0, 8, 16, 24 when multiplied with, and those of every eighth bit to 21 … 24. */
const GE_SPREAD = 0x00204081
const GE_PLACE = 21

/** The GE flags, four bits, from the highest bits of lanes. */
function geFlags(t: ArmContext, lanes: Lanes, ge: number): number {
  const { ir } = t
  let bits = t.andImm(ge, lanes.high)
  if (lanes === HALVES) bits = ir.emit(OP.or, bits, t.shrImm(bits, 8))
  const units = t.shrImm(bits, 7)
  return t.andImm(t.shrImm(ir.emit(OP.mul, units, t.imm(GE_SPREAD)), GE_PLACE), 15)
}

/** All bits of the lanes whose highest bit is set in `high`. */
function spread(t: ArmContext, lanes: Lanes, high: number): number {
  const { ir } = t
  const units = t.andImm(t.shrImm(high, lanes.bits - 1), lanes.low)
  return ir.emit(OP.mul, units, t.imm(2 ** lanes.bits - 1))
}

/** Bits of `a` where `mask` has ones, else those of `b`. */
function choose(t: ArmContext, mask: number, a: number, b: number): number {
  return t.ir.emit(OP.or, t.ir.emit(OP.and, a, mask), t.ir.emit(OP.andn, b, mask))
}

/** a + b of each lane, modulo 2^n. */
export function addLanes(t: ArmContext, lanes: Lanes, a: number, b: number): number {
  const { ir } = t
  const high = t.imm(lanes.high)
  const sum = ir.emit(OP.add, ir.emit(OP.andn, a, high), ir.emit(OP.andn, b, high))
  return ir.emit(OP.xor, sum, ir.emit(OP.and, ir.emit(OP.xor, a, b), high))
}

/** Of halves, for SXTAB16. */
export function addHalves(t: ArmContext, a: number, b: number): number {
  return addLanes(t, HALVES, a, b)
}

/** a - b of each lane, modulo 2^n. */
function subtractLanes(t: ArmContext, lanes: Lanes, a: number, b: number): number {
  const { ir } = t
  const high = t.imm(lanes.high)
  const difference = ir.emit(OP.sub, ir.emit(OP.or, a, high), ir.emit(OP.andn, b, high))
  return ir.emit(OP.xor, difference, ir.emit(OP.andn, high, ir.emit(OP.xor, a, b)))
}

function add(t: ArmContext, kind: ParallelKind, lanes: Lanes, a: number, b: number): LaneResult {
  const { ir } = t
  if (kind === 'uh') return plain(halvedSum(t, lanes, a, b))
  if (kind === 'sh') {
    // The order of signed numbers is that of unsigned ones with the highest bit inverted.
    const high = t.imm(lanes.high)
    return plain(ir.emit(OP.xor, halvedSum(t, lanes, ir.emit(OP.xor, a, high), ir.emit(OP.xor, b, high)), high))
  }
  const sum = addLanes(t, lanes, a, b)
  if (kind === 'u' || kind === 'uq') {
    const carry = ir.emit(OP.or, ir.emit(OP.and, a, b), ir.emit(OP.andn, ir.emit(OP.or, a, b), sum))
    return kind === 'u' ? { value: sum, ge: carry } : plain(ir.emit(OP.or, sum, spread(t, lanes, carry)))
  }
  const overflow = ir.emit(OP.and, ir.emit(OP.xor, a, sum), ir.emit(OP.xor, b, sum))
  return signedResult(t, kind, lanes, a, sum, overflow)
}

function subtract(t: ArmContext, kind: ParallelKind, lanes: Lanes, a: number, b: number): LaneResult {
  const { ir } = t
  if (kind === 'uh') return plain(halvedDifference(t, lanes, a, b))
  if (kind === 'sh') {
    const high = t.imm(lanes.high)
    return plain(halvedDifference(t, lanes, ir.emit(OP.xor, a, high), ir.emit(OP.xor, b, high)))
  }
  const difference = subtractLanes(t, lanes, a, b)
  if (kind === 'u' || kind === 'uq') {
    const borrow = ir.emit(OP.or, ir.emit(OP.andn, b, a), ir.emit(OP.andn, difference, ir.emit(OP.xor, a, b)))
    if (kind === 'u') return { value: difference, ge: ir.emit(OP.not, borrow) }
    return plain(ir.emit(OP.andn, difference, spread(t, lanes, borrow)))
  }
  const overflow = ir.emit(OP.and, ir.emit(OP.xor, a, b), ir.emit(OP.xor, a, difference))
  return signedResult(t, kind, lanes, a, difference, overflow)
}

function plain(value: number): LaneResult {
  return { value, ge: value }
}

/** `value` modulo 2^n, where `overflow` says in which lanes that is not the result; `a` is the first operand. */
function signedResult(t: ArmContext, kind: ParallelKind, lanes: Lanes, a: number, value: number, overflow: number): LaneResult {
  const { ir } = t
  if (kind === 's') return { value, ge: ir.emit(OP.not, ir.emit(OP.xor, value, overflow)) }
  const isNegative = t.andImm(t.shrImm(a, lanes.bits - 1), lanes.low)
  const limit = ir.emit(OP.add, t.imm(~lanes.high), isNegative)
  return plain(choose(t, spread(t, lanes, overflow), limit, value))
}

/** Each lane shifted right by one. */
function halve(t: ArmContext, lanes: Lanes, value: number): number {
  return t.ir.emit(OP.andn, t.shrImm(value, 1), t.imm(lanes.high))
}

/** (a + b) / 2 of each lane, unsigned. */
function halvedSum(t: ArmContext, lanes: Lanes, a: number, b: number): number {
  const { ir } = t
  return ir.emit(OP.add, ir.emit(OP.and, a, b), halve(t, lanes, ir.emit(OP.xor, a, b)))
}

/** (a - b) / 2 of each lane, unsigned operands, modulo 2^n. */
function halvedDifference(t: ArmContext, lanes: Lanes, a: number, b: number): number {
  const { ir } = t
  return subtractLanes(t, lanes, halve(t, lanes, ir.emit(OP.xor, a, b)), ir.emit(OP.andn, b, a))
}
