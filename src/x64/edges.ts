/**
 * Control-flow edges: entry states of blocks and the moves that make an edge's registers match them.
 *
 * An entry state lists, for every value live into the block and every parameter, where it is: register or NONE, and
 * a valid spill slot or NO_HOME. It is fixed by the first edge emitted: as things are at that moment, for a block with one
 * predecessor; for a join only spill slots count as homes (a state slot may be overwritten on another path).
 *
 * The moves of an edge happen at once (a parallel move): stores first, then register to register with cycles broken
 * through a scratch place, then loads and constants. None of them touches the host flags.
 */
import { OP } from '../ir/ops.ts'
import { NONE } from '../ir/region.ts'
import { insn, RBP } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { fromRbp, SCRATCH_OFFSET } from './layout.ts'
import { isXmmType, NO_HOME, XMM } from './registers.ts'

const MOV_64 = insn('MOV r64, r/m64')
const MOV_64_STORE = insn('MOV r/m64, r64')
const MOVAPS = insn('MOVAPS xmm1, xmm2/m128')
const MOVAPS_STORE = insn('MOVAPS xmm2/m128, xmm1')
const VMOVAPS = insn('VMOVAPS xmm1, xmm2/m128')
const VMOVAPS_STORE = insn('VMOVAPS xmm2/m128, xmm1')
const SCRATCH = fromRbp(SCRATCH_OFFSET)
const SCRATCH_STEP = 16
/** value, register, home, state slot of the home */
const ENTRY_FIELDS = 4

/** Entry states of a region's blocks. */
export class EntryStates {
  /** Start and end of each block's list in `pool`; start NONE: not fixed yet. */
  private start = new Int32Array(64)
  private end = new Int32Array(64)
  private pool = new Int32Array(1024)
  private length = 0

  reset(blocks: number): void {
    if (blocks > this.start.length) {
      this.start = new Int32Array(blocks * 2)
      this.end = new Int32Array(blocks * 2)
    }
    this.length = 0
    this.start.fill(NONE, 0, blocks)
  }

  private push(v: number, reg: number, home: number, slot: number): void {
    if (this.length + ENTRY_FIELDS > this.pool.length) {
      const grown = new Int32Array(this.pool.length * 2)
      grown.set(this.pool)
      this.pool = grown
    }
    this.pool[this.length] = v
    this.pool[this.length + 1] = reg
    this.pool[this.length + 2] = home
    this.pool[this.length + 3] = slot
    this.length += ENTRY_FIELDS
  }

  fixed(block: number): boolean {
    return this.start[block] !== NONE
  }

  /** Fixes the entry state of `block` from the state now at the end of `e.block`, over edge `edge`. */
  fix(e: Emitter, block: number, edge: number): void {
    const { uses, regs, region } = e
    if (block <= e.block) throw new Error(`x64: block ${block} lies before all that lead to it`)
    const join = uses.predCount[block]! > 1
    this.start[block] = this.length
    for (let i = uses.liveStart[block]!; i < uses.liveStart[block + 1]!; i++) {
      const v = uses.livePool[i]!
      if (join) settle(e, v)
      this.push(v, regs.regOf[v]!, regs.home[v]!, e.homeSlot[v]!)
    }
    if (region.op[region.blockStart[block]!] === OP.param) this.fixParameters(e, block, edge)
    this.end[block] = this.length
  }

  private fixParameters(e: Emitter, block: number, edge: number): void {
    const { region } = e
    const taken = new Set<number>()
    for (let i = this.start[block]!; i < this.length; i += ENTRY_FIELDS) taken.add(this.pool[i + 1]!)
    for (let row = region.blockStart[block]!; region.op[row] === OP.param; row++) {
      const arg = e.root(region.edgePool[region.edgeStart[edge]! + region.imm[row]!]!)
      let reg = parameterRegister(e, row, arg, taken)
      if (reg === NONE) reg = this.makeRoom(e, block, isXmmType(region.type[row]!))
      taken.add(reg)
      this.push(row, reg, NO_HOME, NONE)
      suggest(e, row, reg)
    }
  }

  /** Gives a register of the class that a value live into `block` was to have: that value waits in its spill slot. */
  private makeRoom(e: Emitter, block: number, xmm: boolean): number {
    let best: number = NONE
    let bestUse = -1
    for (let i = this.start[block]!; i < this.length; i += ENTRY_FIELDS) {
      const reg = this.pool[i + 1]!
      const v = this.pool[i]!
      if (reg === NONE || isXmm(reg) !== xmm || (e.region.op[v] === OP.param && e.uses.blockOf[v] === block)) continue
      const use = e.uses.nextUse(v, e.row)
      if (use > bestUse) {
        best = i
        bestUse = use
      }
    }
    if (best === NONE) throw new Error('x64: more block parameters than registers')
    const v = this.pool[best]!
    const reg = this.pool[best + 1]!
    e.ensureHome(v)
    this.pool[best + 1] = NONE
    this.pool[best + 2] = e.regs.home[v]!
    this.pool[best + 3] = e.homeSlot[v]!
    return reg
  }

  /** Makes the emitter's state the entry state of `block`. */
  enter(e: Emitter, block: number): void {
    const { regs } = e
    for (let reg = 0; reg < regs.value.length; reg++) regs.free(reg)
    e.slotValue.fill(NONE)
    for (let i = this.start[block]!; i < this.end[block]!; i += ENTRY_FIELDS) {
      const v = this.pool[i]!
      const reg = this.pool[i + 1]!
      regs.home[v] = this.pool[i + 2]!
      e.homeSlot[v] = this.pool[i + 3]!
      if (reg !== NONE) regs.assign(reg, v)
      if (e.homeSlot[v] !== NONE) e.slotValue[e.homeSlot[v]!] = v
    }
  }

  /** True if the edge from the current state needs no moves. */
  matches(e: Emitter, block: number, edge: number): boolean {
    return this.moves(e, block, edge, false) === 0
  }

  /** Emits the moves of `edge` into `block`, from the current state. */
  emit(e: Emitter, block: number, edge: number): void {
    this.moves(e, block, edge, true)
  }

  private moves(e: Emitter, block: number, edge: number, emit: boolean): number {
    const { regs, region } = e
    if (this.start[block] === this.end[block]) return 0
    const from: number[] = []
    const to: number[] = []
    const loads: number[] = []
    let count = 0
    for (let i = this.start[block]!; i < this.end[block]!; i += ENTRY_FIELDS) {
      const target = this.pool[i]!
      const isParam = e.uses.blockOf[target] === block && region.op[target] === OP.param
      const v = isParam ? e.root(region.edgePool[region.edgeStart[edge]! + region.imm[target]!]!) : target
      const wantReg = this.pool[i + 1]!
      const wantHome = this.pool[i + 2]!
      const reg = regs.regOf[v]!
      if (wantHome !== NO_HOME && regs.home[v] !== wantHome && !isParam) {
        count++
        if (emit) e.storeTo(reg, e.region.type[v]!, wantHome)
      }
      if (wantReg === NONE || wantReg === reg) continue
      count++
      if (reg === NONE) loads.push(wantReg, v)
      else {
        from.push(reg)
        to.push(wantReg)
      }
    }
    if (emit) {
      parallelMove(e, from, to)
      for (let i = 0; i < loads.length; i += 2) e.load(loads[i]!, loads[i + 1]!)
    }
    return count
  }
}

/** A value that crosses a join must be in a register or in its spill slot. */
export function settle(e: Emitter, v: number): void {
  const { regs } = e
  if (e.homeSlot[v] === NONE) return
  if (regs.regOf[v] === NONE) {
    const reg = e.alloc(isXmmType(e.region.type[v]!))
    e.load(reg, v)
    regs.assign(reg, v)
  }
  e.slotValue[e.homeSlot[v]!] = NONE
  regs.home[v] = NO_HOME
  e.homeSlot[v] = NONE
}

/** A parameter's register: its argument's if that dies on this edge, else any that no other entry has; NONE if there is none. */
function parameterRegister(e: Emitter, param: number, arg: number, taken: Set<number>): number {
  const reg = e.regs.regOf[arg]!
  if (reg !== NONE && !taken.has(reg) && e.uses.lastUse[arg]! <= e.row) return reg
  const wish = e.regs.wish[param]!
  if (wish !== NONE && !taken.has(wish)) return wish
  const xmm = isXmmType(e.region.type[param]!)
  const first = xmm ? XMM : 0
  const end = xmm ? XMM + e.regs.xmmCount : XMM
  let fallback: number = NONE
  for (let r = first; r < end; r++) {
    if (taken.has(r) || r === 4 || r === RBP) continue
    if (e.regs.value[r] === NONE) return r
    fallback = r
  }
  return fallback
}

/** What will be passed to a parameter that has `reg` does well to be there: on edges that are not emitted yet, a loop's back edges above all. */
function suggest(e: Emitter, param: number, reg: number): void {
  const { region, regs, uses } = e
  const block = uses.blockOf[param]!
  for (let p = uses.predStart[block]!; p < uses.predStart[block + 1]!; p++) {
    const pred = uses.preds[p]!
    if (pred <= e.block) continue
    for (let edge = 2 * pred; edge < 2 * pred + 2; edge++) {
      if (region.succ[edge] !== block) continue
      const arg = e.root(region.edgePool[region.edgeStart[edge]! + region.imm[param]!]!)
      if (arg <= e.row || regs.wish[arg] !== NONE || isXmmType(region.type[arg]!) !== isXmm(reg)) continue
      regs.wish[arg] = reg
      if (region.op[arg] === OP.param) suggest(e, arg, reg)
    }
  }
}

function isXmm(reg: number): boolean {
  return reg >= XMM
}

function move(e: Emitter, to: number, from: number): void {
  if (isXmm(to)) e.movX(to - XMM, from - XMM)
  else e.asm.rr(MOV_64, to, from)
}

/** Register moves `from[i]` -> `to[i]`, all at once. Destinations are distinct. `waiting` values lie in SCRATCH. */
function parallelMove(e: Emitter, from: number[], to: number[], waiting = 0): void {
  let pending = from.length
  while (pending > 0) {
    let progress = false
    for (let i = 0; i < pending; i++) {
      const target = to[i]!
      let read = false
      for (let j = 0; j < pending; j++) if (j !== i && from[j] === target) read = true
      if (read) continue
      move(e, target, from[i]!)
      pending--
      from[i] = from[pending]!
      to[i] = to[pending]!
      progress = true
      i--
    }
    if (!progress) breakCycle(e, from, to, pending, waiting)
    if (!progress) return
  }
}

/** Only cycles are left: one register's value waits in memory while the rest moves. */
function breakCycle(e: Emitter, from: number[], to: number[], pending: number, waiting: number): void {
  const first = from[0]!
  const target = to[0]!
  // Other cycles may be broken before this one's value is read again.
  const scratch = SCRATCH + SCRATCH_STEP * waiting
  if (isXmm(first)) e.asm.mr(e.cpu.avx ? VMOVAPS_STORE : MOVAPS_STORE, RBP, scratch, first - XMM)
  else e.asm.mr(MOV_64_STORE, RBP, scratch, first)
  from.splice(0, 1)
  to.splice(0, 1)
  from.length = to.length = pending - 1
  parallelMove(e, from, to, waiting + 1)
  if (isXmm(target)) e.asm.rm(e.cpu.avx ? VMOVAPS : MOVAPS, target - XMM, RBP, scratch)
  else e.asm.rm(MOV_64, target, RBP, scratch)
}
