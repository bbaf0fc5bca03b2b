/**
 * A64 exclusives, ordered accesses, and compare-and-swap (manual C4.1.97).
 *
 * Exclusives are by value: a load-exclusive keeps address and value in the state; a store-exclusive to that address is a
 * compare-and-swap against the kept value. That differs from a monitor only where the value changed and changed back.
 *
 * Host loads acquire and host stores release; a store-release that must also stay before later load-acquires is an exchange.
 */
import { I64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { CMP_EQ, CMP_NE } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { NO_RESERVATION, SLOT_EXCLUSIVE_ADDRESS, SLOT_EXCLUSIVE_VALUE } from './state.ts'

const LOADS = [OP.load8u, OP.load16u, OP.load32, OP.load64]

interface Single {
  readonly size: number
  readonly rn: number
  readonly rt: number
}

function load(t: A64Context, size: number, address: number): number {
  return t.ir.emitTyped(LOADS[size]!, I64, address, NONE, NONE, 0)
}

function loadAcquire(t: A64Context, f: Single): Outcome {
  t.setX(f.rt, 1, load(t, f.size, t.xsp(f.rn)))
  return NEXT
}

function storeRelease(t: A64Context, f: Single): Outcome {
  t.ir.emit(OP.xchg, t.xsp(f.rn), t.x(f.rt, wide(f.size)), NONE, 1 << f.size)
  return NEXT
}

/** sf of the register that holds 2^size bytes. */
function wide(size: number): number {
  return size === 3 ? 1 : 0
}

function reserve(t: A64Context, address: number, value: number): void {
  t.ir.put(SLOT_EXCLUSIVE_ADDRESS, address)
  t.ir.put(SLOT_EXCLUSIVE_VALUE, value)
}

function clearReservation(t: A64Context): void {
  t.ir.put(SLOT_EXCLUSIVE_ADDRESS, t.imm(1, NO_RESERVATION))
}

function loadExclusive(t: A64Context, f: Single): Outcome {
  const address = t.xsp(f.rn)
  const value = load(t, f.size, address)
  reserve(t, address, t.ir.emit(OP['v.fromi'], value))
  t.setX(f.rt, 1, value)
  return NEXT
}

interface Pair {
  readonly sz: number
  readonly rt2: number
  readonly rn: number
  readonly rt: number
}

function loadExclusivePair(t: A64Context, f: Pair): Outcome {
  const ir = t.ir
  const address = t.xsp(f.rn)
  if (f.sz) {
    const value = ir.emit(OP.loadva, address)
    reserve(t, address, value)
    t.setX(f.rt, 1, ir.emit(OP['v.toi64'], value))
    t.setX(f.rt2, 1, highDouble(t, value))
  } else {
    const value = load(t, 3, address)
    reserve(t, address, ir.emit(OP['v.fromi'], value))
    t.setX(f.rt, 0, ir.emit(OP.trunc, value))
    t.setX(f.rt2, 0, highWord(t, value))
  }
  return NEXT
}

function highDouble(t: A64Context, value: number): number {
  return t.ir.emit(OP.vget64, value, NONE, NONE, 1)
}

function fromDoubles(t: A64Context, low: number, high: number): number {
  return t.ir.emit(OP.vins64, t.ir.emit(OP['v.fromi'], low), high, NONE, 1)
}

function highWord(t: A64Context, value: number): number {
  return t.ir.emit(OP.trunc, t.ir.emit(OP.shr, value, t.imm(1, 32)))
}

/** Two W registers as one i64, `n` the low word. */
function joined(t: A64Context, n: number, m: number): number {
  const high = t.ir.emit(OP.shl, t.ir.emit(OP.zext32, t.x(m, 0)), t.imm(1, 32))
  return t.ir.emit(OP.or, high, t.ir.emit(OP.zext32, t.x(n, 0)))
}

/** i32: 1 if the reservation is for `address`. */
function isReserved(t: A64Context, address: number): number {
  return t.ir.emit(OP.icmp, address, t.ir.get(SLOT_EXCLUSIVE_ADDRESS), NONE, CMP_EQ)
}

/**
 * Compare-and-swap of 1 << size bytes against the kept value. Without a reservation the value to store is the kept one, which
 * changes nothing, and the status is 1.
 */
function swapIfReserved(t: A64Context, f: { rs: number; rn: number }, size: number, kept: number, value: number): Outcome {
  const ir = t.ir
  const address = t.xsp(f.rn)
  const reserved = isReserved(t, address)
  const old = ir.emit(OP.cas, address, kept, ir.emit(OP.select, reserved, value, kept), 1 << size)
  return conclude(t, f.rs, reserved, ir.emit(OP.icmp, old, kept, NONE, CMP_NE))
}

/** Writes the status and takes the reservation away. */
function conclude(t: A64Context, rs: number, reserved: number, changed: number): Outcome {
  t.setX(rs, 0, t.ir.emit(OP.or, changed, t.xorImm(reserved, 1)))
  clearReservation(t)
  return NEXT
}

function storeExclusive(t: A64Context, f: Single & { readonly rs: number }): Outcome {
  const sf = wide(f.size)
  const kept = t.ir.emit(sf ? OP['v.toi64'] : OP['v.toi32'], t.ir.get(SLOT_EXCLUSIVE_VALUE))
  return swapIfReserved(t, f, f.size, kept, t.x(f.rt, sf))
}

function storeExclusivePair(t: A64Context, f: Pair & { readonly rs: number }): Outcome {
  const ir = t.ir
  const kept = ir.get(SLOT_EXCLUSIVE_VALUE)
  const keptLow = ir.emit(OP['v.toi64'], kept)
  if (!f.sz) return swapIfReserved(t, f, 3, keptLow, joined(t, f.rt, f.rt2))
  const keptHigh = highDouble(t, kept)
  const address = t.xsp(f.rn)
  const reserved = isReserved(t, address)
  const low = ir.emit(OP.select, reserved, t.x(f.rt), keptLow)
  const high = ir.emit(OP.select, reserved, t.x(f.rt2), keptHigh)
  const old = ir.emit(OP.cas128, address, kept, fromDoubles(t, low, high))
  const lowChange = ir.emit(OP.xor, ir.emit(OP['v.toi64'], old), keptLow)
  const highChange = ir.emit(OP.xor, highDouble(t, old), keptHigh)
  const change = ir.emit(OP.or, lowChange, highChange)
  return conclude(t, f.rs, reserved, ir.emit(OP.icmp, change, t.imm(1, 0), NONE, CMP_NE))
}

function compareAndSwap(t: A64Context, f: Single & { readonly rs: number }): Outcome {
  const sf = wide(f.size)
  const old = t.ir.emit(OP.cas, t.xsp(f.rn), t.x(f.rs, sf), t.x(f.rt, sf), 1 << f.size)
  t.setX(f.rs, sf, old)
  return NEXT
}

function compareAndSwapPair(t: A64Context, f: { sz: number; rs: number; rn: number; rt: number }): Outcome {
  if ((f.rs | f.rt) & 1) return t.undefinedInsn()
  const ir = t.ir
  if (f.sz) {
    const expected = fromDoubles(t, t.x(f.rs), t.x(f.rs + 1))
    const old = ir.emit(OP.cas128, t.xsp(f.rn), expected, fromDoubles(t, t.x(f.rt), t.x(f.rt + 1)))
    t.setX(f.rs, 1, ir.emit(OP['v.toi64'], old))
    t.setX(f.rs + 1, 1, highDouble(t, old))
  } else {
    const old = ir.emit(OP.cas, t.xsp(f.rn), joined(t, f.rs, f.rs + 1), joined(t, f.rt, f.rt + 1), 8)
    t.setX(f.rs, 0, ir.emit(OP.trunc, old))
    t.setX(f.rs + 1, 0, highWord(t, old))
  }
  return NEXT
}

const ADDRESS = '[{xsp:rn}]'

export const exclusiveRows = [
  insn('stxr', 'size:2 001000 000 rs:5 0 xxxxx rn:5 rt:5', `stxr{bh:size} {w:rs}, {xw:rt}, ${ADDRESS}`, storeExclusive),
  insn('stlxr', 'size:2 001000 000 rs:5 1 xxxxx rn:5 rt:5', `stlxr{bh:size} {w:rs}, {xw:rt}, ${ADDRESS}`, storeExclusive),
  insn('ldxr', 'size:2 001000 010 xxxxx 0 xxxxx rn:5 rt:5', `ldxr{bh:size} {xw:rt}, ${ADDRESS}`, loadExclusive),
  insn('ldaxr', 'size:2 001000 010 xxxxx 1 xxxxx rn:5 rt:5', `ldaxr{bh:size} {xw:rt}, ${ADDRESS}`, loadExclusive),
  insn('stxp', '1 sz:1 001000 001 rs:5 0 rt2:5 rn:5 rt:5', `stxp {w:rs}, {sz:rt}, {sz:rt2}, ${ADDRESS}`, storeExclusivePair),
  insn('stlxp', '1 sz:1 001000 001 rs:5 1 rt2:5 rn:5 rt:5', `stlxp {w:rs}, {sz:rt}, {sz:rt2}, ${ADDRESS}`, storeExclusivePair),
  insn('ldxp', '1 sz:1 001000 011 xxxxx 0 rt2:5 rn:5 rt:5', `ldxp {sz:rt}, {sz:rt2}, ${ADDRESS}`, loadExclusivePair),
  insn('ldaxp', '1 sz:1 001000 011 xxxxx 1 rt2:5 rn:5 rt:5', `ldaxp {sz:rt}, {sz:rt2}, ${ADDRESS}`, loadExclusivePair),

  insn('stllr', 'size:2 001000 100 xxxxx 0 xxxxx rn:5 rt:5', `stllr{bh:size} {xw:rt}, ${ADDRESS}`, storeRelease),
  insn('stlr', 'size:2 001000 100 xxxxx 1 xxxxx rn:5 rt:5', `stlr{bh:size} {xw:rt}, ${ADDRESS}`, storeRelease),
  insn('ldlar', 'size:2 001000 110 xxxxx 0 xxxxx rn:5 rt:5', `ldlar{bh:size} {xw:rt}, ${ADDRESS}`, loadAcquire),
  insn('ldar', 'size:2 001000 110 xxxxx 1 xxxxx rn:5 rt:5', `ldar{bh:size} {xw:rt}, ${ADDRESS}`, loadAcquire),
  insn('ldapr', 'size:2 111 0 00 10 1 11111 1 100 00 rn:5 rt:5', `ldapr{bh:size} {xw:rt}, ${ADDRESS}`, loadAcquire),

  ...(['', 'l', 'a', 'al'] as const).flatMap((order) => {
    const L = order.includes('a') ? '1' : '0'
    const o0 = order.includes('l') ? '1' : '0'
    return [
      insn(
        `cas${order}`,
        `size:2 001000 1 ${L} 1 rs:5 ${o0} 11111 rn:5 rt:5`,
        `cas${order}{bh:size} {xw:rs}, {xw:rt}, ${ADDRESS}`,
        compareAndSwap,
      ),
      insn(
        `casp${order}`,
        `0 sz:1 001000 0 ${L} 1 rs:5 ${o0} 11111 rn:5 rt:5`,
        `casp${order} {sz:rs}, {sznext:rs}, {sz:rt}, {sznext:rt}, ${ADDRESS}`,
        compareAndSwapPair,
      ),
    ]
  }),
]
