/**
 * Loads and stores of several registers as both instruction sets have them: LDM, STM, LDRD, STRD. All accesses come before any register is written,
 * so that a fault leaves the state as it was. A base that is loaded, too, has the value from memory.
 */
import { EXIT_JUMP, EXIT_RETURN } from '../../ir/ops-int.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, PC, SP } from './context.ts'
import { type Access, addressed, moved, writeBack } from './load-store.ts'

const WORD = 4

/** How LDM and STM count: `isUp` (increment) and `isBefore` as A32's U and P; `W` writes the base back. */
export interface Multiple {
  readonly rn: number
  /** A bit for each register. */
  readonly list: number
  readonly isUp: number | boolean
  readonly isBefore: number | boolean
  readonly W: number
}

function registersOf(list: number): number[] {
  const registers: number[] = []
  for (let n = 0; n <= PC; n++) if ((list >> n) & 1) registers.push(n)
  return registers
}

/** The lowest address, i32; `size` is the bytes of all. */
function lowest(t: ArmContext, f: Multiple, size: number): number {
  const base = t.r(f.rn)
  if (f.isUp) return t.addImm(base, f.isBefore ? WORD : 0)
  return t.addImm(base, f.isBefore ? -size : WORD - size)
}

function step(t: ArmContext, f: Multiple, size: number): number {
  return t.addImm(t.r(f.rn), f.isUp ? size : -size)
}

/** LDM. */
export function loadMultiple(t: ArmContext, f: Multiple): Outcome {
  const registers = registersOf(f.list)
  if (registers.length === 0 || f.rn === PC) return t.undefinedInsn()
  const size = WORD * registers.length
  t.effects()
  const address = lowest(t, f, size)
  const next = f.W ? step(t, f, size) : address
  const values = registers.map((_, k) => t.load(address, WORD, false, WORD * k))
  if (f.W) t.setR(f.rn, next)
  for (const [k, n] of registers.entries()) if (n !== PC) t.setR(n, values[k]!)
  if (registers.at(-1) !== PC) return NEXT
  return t.loadWritePc(values.at(-1)!, f.rn === SP ? EXIT_RETURN : EXIT_JUMP)
}

/** STM. */
export function storeMultiple(t: ArmContext, f: Multiple): Outcome {
  const registers = registersOf(f.list)
  if (registers.length === 0 || f.rn === PC) return t.undefinedInsn()
  const size = WORD * registers.length
  t.effects()
  const address = lowest(t, f, size)
  const next = f.W ? step(t, f, size) : address
  for (const [k, n] of registers.entries()) t.store(address, t.r(n), WORD, WORD * k)
  if (f.W) t.setR(f.rn, next)
  return NEXT
}

/** LDRD of Rt and Rt2. */
export function loadPair(t: ArmContext, f: Access & { rt2: number }, offset: number): Outcome {
  if (f.rt === PC || f.rt2 === PC) return t.undefinedInsn()
  const next = moved(t, f, offset)
  const value = t.load64(addressed(t, f, next))
  writeBack(t, f, next)
  t.setR(f.rt, t.low(value))
  t.setR(f.rt2, t.high(value))
  return NEXT
}

/** STRD of Rt and Rt2. */
export function storePair(t: ArmContext, f: Access & { rt2: number }, offset: number): Outcome {
  if (f.rt === PC || f.rt2 === PC) return t.undefinedInsn()
  const next = moved(t, f, offset)
  t.store64(addressed(t, f, next), t.join(t.r(f.rt), t.r(f.rt2)))
  writeBack(t, f, next)
  return NEXT
}
