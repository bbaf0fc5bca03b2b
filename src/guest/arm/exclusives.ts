/**
 * Exclusives and ordered accesses as both instruction sets have them. As in AArch64, exclusives are by value: a load-exclusive keeps address and value in the state; a
 * store-exclusive to that address is a compare-and-swap against the kept value. Host loads acquire and host stores release; a store-release
 * that must also stay before later load-acquires is an exchange.
 */
import { I32, I64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { CMP_EQ, CMP_NE } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { NO_RESERVATION, SLOT_EXCLUSIVE_ADDRESS, SLOT_EXCLUSIVE_VALUE } from './state.ts'

const DOUBLE = 8

interface Location {
  readonly rn: number
  readonly rt: number
}

/** LDREX, LDAEX and their narrower forms, of `size` bytes (1, 2, 4) at Rn + `offset`. */
export function loadExclusive(t: ArmContext, f: Location, size: number, offset = 0): Outcome {
  if (f.rt === PC || f.rn === PC) return t.undefinedInsn()
  const address = t.addImm(t.r(f.rn), offset)
  const value = t.load(address, size)
  reserve(t, address, t.ir.emit(OP.zext32, value))
  t.setR(f.rt, value)
  return NEXT
}

/** LDREXD, LDAEXD. */
export function loadExclusivePair(t: ArmContext, f: Location & { rt2: number }): Outcome {
  if (f.rt === PC || f.rt2 === PC || f.rn === PC || f.rt === f.rt2) return t.undefinedInsn()
  const address = t.r(f.rn)
  const value = t.load64(address)
  reserve(t, address, value)
  t.setR(f.rt, t.low(value))
  t.setR(f.rt2, t.high(value))
  return NEXT
}

function reserve(t: ArmContext, address: number, value: number): void {
  t.put(SLOT_EXCLUSIVE_ADDRESS, t.at(address))
  t.put(SLOT_EXCLUSIVE_VALUE, value)
}

/** CLREX, and the end of every store-exclusive. */
export function clearReservation(t: ArmContext): Outcome {
  t.put(SLOT_EXCLUSIVE_ADDRESS, t.ir.constInt(I64, NO_RESERVATION))
  return NEXT
}

/** STREX, STLEX and their narrower forms: Rd becomes 0 if Rt was stored at Rn + `offset`, else 1. */
export function storeExclusive(t: ArmContext, f: Location & { rd: number }, size: number, offset = 0): Outcome {
  if (f.rt === PC || f.rn === PC || f.rd === PC || f.rd === f.rn || f.rd === f.rt) return t.undefinedInsn()
  t.effects()
  const kept = t.low(t.ir.get(SLOT_EXCLUSIVE_VALUE))
  return swapIfReserved(t, f.rd, t.addImm(t.r(f.rn), offset), size, kept, t.r(f.rt))
}

/** STREXD, STLEXD. */
export function storeExclusivePair(t: ArmContext, f: Location & { rd: number; rt2: number }): Outcome {
  const { rd, rn, rt, rt2 } = f
  if (rt === PC || rt2 === PC || rn === PC || rd === PC || rd === rn || rd === rt || rd === rt2) return t.undefinedInsn()
  t.effects()
  return swapIfReserved(t, rd, t.r(rn), DOUBLE, t.ir.get(SLOT_EXCLUSIVE_VALUE), t.join(t.r(rt), t.r(rt2)))
}

/** Compare-and-swap against the kept value. Without a reservation the value to store is the kept one, which changes nothing, and the status is 1. */
function swapIfReserved(t: ArmContext, rd: number, address: number, size: number, kept: number, value: number): Outcome {
  const { ir } = t
  const host = t.at(address)
  const isReserved = ir.emit(OP.icmp, host, ir.get(SLOT_EXCLUSIVE_ADDRESS), NONE, CMP_EQ)
  const expected = t.inMemory(kept, size)
  const old = ir.emit(OP.cas, host, expected, ir.emit(OP.select, isReserved, t.inMemory(value, size), expected), size)
  const isChanged = ir.emit(OP.icmp, old, expected, NONE, CMP_NE)
  t.setR(rd, ir.emit(OP.or, isChanged, t.xorImm(isReserved, 1)))
  return clearReservation(t)
}

/** LDA and its narrower forms. */
export function loadAcquire(t: ArmContext, f: Location, size: number): Outcome {
  if (f.rt === PC || f.rn === PC) return t.undefinedInsn()
  t.setR(f.rt, t.load(t.r(f.rn), size))
  return NEXT
}

/** STL and its narrower forms. */
export function storeRelease(t: ArmContext, f: Location, size: number): Outcome {
  if (f.rt === PC || f.rn === PC) return t.undefinedInsn()
  exchange(t, t.r(f.rn), t.r(f.rt), size)
  return NEXT
}

/** i32: what was at `address`, where `value` is now. */
export function exchange(t: ArmContext, address: number, value: number, size: number): number {
  t.effects()
  return t.inMemory(t.ir.emitTyped(OP.xchg, I32, t.at(address), t.inMemory(value, size), NONE, size), size)
}
