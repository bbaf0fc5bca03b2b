/** Shapes of vector lowering rows. Vector instructions leave the host's flags alone. */

import { V128 } from '../ir/op-row.ts'
import { OP, type OpName } from '../ir/ops.ts'
import { NONE } from '../ir/region.ts'
import { HOST, RBP, takesHighRegisters } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { FOLD_CONST } from './folds.ts'
import { type EmitFunction, lower } from './lowering.ts'
import { NO_HOME, XMM } from './registers.ts'
import { type Pair, v2 } from './vector-insns.ts'

/** A name put together from a family and a width. */
export function opName(name: string): OpName {
  if (!(name in OP)) throw new Error(`x64: no IR op '${name}'`)
  return name as OpName
}

/** Can value `v` be a memory operand, read here for the last time? */
function inMemory(e: Emitter, v: number): boolean {
  const r = e.root(v)
  if (e.region.type[r] !== V128 || e.usedAgain(v) || e.where(v) !== NONE) return false
  return e.uses.fold[r] === FOLD_CONST || e.regs.home[r] !== NO_HOME
}

/** Host address of a vector constant. */
function constantAddress(e: Emitter, r: number): number {
  const { region } = e
  if (region.op[r] === OP.vzero) return e.env.constant16(0, 0, 0, 0)
  const at = region.imm[r]!
  return e.env.constant16(region.pool[at]!, region.pool[at + 1]!, region.pool[at + 2]!, region.pool[at + 3]!)
}

/** result = first OP second, the second from memory where that saves a load. */
function emitBinary(e: Emitter, p: Pair, first: number, second: number): void {
  const { asm } = e
  if (e.cpu.avx512vl && !takesHighRegisters(p.vex)) e.lowOnly = true
  const fromMemory = inMemory(e, second)
  const rb = fromMemory ? NONE : e.xmm(second)
  const ra = e.xmm(first)
  // The first one's register is taken over when it dies; `second` may be the same value.
  const d = e.define(e.dies(first) ? XMM + ra : NONE) - XMM
  if (!fromMemory) {
    if (e.cpu.avx) asm.rrr(p.vex, d, ra, rb)
    else {
      e.movX(d, ra)
      asm.rr(p.sse, d, rb)
    }
    return
  }
  const r = e.root(second)
  const isConstant = e.uses.fold[r] === FOLD_CONST
  const base = isConstant ? HOST : RBP
  const disp = isConstant ? constantAddress(e, r) : e.regs.home[r]!
  if (e.cpu.avx) asm.rrm(p.vex, d, ra, base, disp)
  else {
    e.movX(d, ra)
    asm.rm(p.sse, d, base, disp)
  }
}

/** One instruction: result = a OP b. */
export function binary(name: OpName, p: Pair): void {
  lower(name, { custom: (e, row) => emitBinary(e, p, e.region.a[row]!, e.region.b[row]!) })
}

/** One instruction: result = b OP a. */
export function reversed(name: OpName, p: Pair): void {
  lower(name, { custom: (e, row) => emitBinary(e, p, e.region.b[row]!, e.region.a[row]!) })
}

/** One instruction: result = a OP b = b OP a. */
export function commutative(name: OpName, p: Pair): void {
  lower(name, {
    custom: (e, row) => {
      const a = e.region.a[row]!
      const b = e.region.b[row]!
      const swap = inMemory(e, a) ? !inMemory(e, b) : !inMemory(e, b) && !e.cpu.avx && !e.dies(a) && e.dies(b)
      emitBinary(e, p, swap ? b : a, swap ? a : b)
    },
  })
}

/** One instruction: result = OP a. */
export function unary(name: OpName, p: Pair): void {
  lower(name, { flagsKept: true, emit: (e, d, a) => v2(e, p, d, a) })
}

/** `low` of a row that always has an instruction without an EVEX form. */
export const LOW = () => true

/** A sequence with `temps` xmm temporaries; the result's register differs from the arguments'. */
export function sequence(name: OpName, temps: number, emit: EmitFunction): void {
  lower(name, { xmmTemps: temps, keep: true, flagsKept: true, emit })
}

/** A sequence that may write `d` while it still needs nothing but `d` of the first argument. */
export function inPlace(name: OpName, temps: number, emit: EmitFunction): void {
  lower(name, { xmmTemps: temps, flagsKept: true, emit })
}

/** The same with an instruction that has no EVEX form: a comparison into a vector, PBLENDW, PHMINPOSUW. */
export function lowSequence(name: OpName, temps: number, emit: EmitFunction): void {
  lower(name, { xmmTemps: temps, keep: true, flagsKept: true, low: LOW, emit })
}

export function lowInPlace(name: OpName, temps: number, emit: EmitFunction): void {
  lower(name, { xmmTemps: temps, flagsKept: true, low: LOW, emit })
}
