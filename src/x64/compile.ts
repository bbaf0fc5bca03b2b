/**
 * The back-end's entry: a region of optimised IR to host code. Lays blocks out in their order; out-of-line parts
 * (edge moves, slow paths, exits nobody falls into) come behind.
 *
 * Terminators
 *   jump          moves of the edge, then jmp unless the target follows
 *   br            jcc to the taken side; an edge that needs moves gets a stub behind the region
 *   exit.direct   a patchable `jmp rel32` (displacement 4-byte aligned) that first falls to `mov eax, id; jmp exit`
 *   exit.indirect the inline jump cache, then the runtime's look-up
 */
import { I32 } from '../ir/op-row.ts'
import { EFFECT_END, OP, OP_EFFECT } from '../ir/ops.ts'
import { NONE, type Region } from '../ir/region.ts'
import { ALU, CC, insn, invert, type Label, RBP, RCX, RDX } from './asm/index.ts'
import { condition, JOIN_AND, JOIN_NONE, JOIN_OR } from './conditions.ts'
import { EntryStates, settle } from './edges.ts'
import type { Emitter } from './emitter.ts'
import { EXIT_CHAIN, EXIT_EMULATE, EXIT_POLL, EXIT_SYSCALL, EXIT_TRAP } from './env.ts'
import { FOLD_NO } from './folds.ts'
import { fromRbp, JUMP_ENTRY_SIZE, JUMPS_COUNT, JUMPS_OFFSET } from './layout.ts'
import { NO_HOME } from './registers.ts'
import './lower-float.ts'
import './lower-int.ts'
import './lower-memory.ts'
import './lower-select.ts'

import './lower-vector.ts'

const MOV_EAX = insn('MOV r32, imm32')
const MOV_32 = insn('MOV r32, r/m32')
const CMP_64_MEM = insn('CMP r64, r/m64')
const JMP_MEM = insn('JMP r/m64')
const TWO_32 = 0x1_0000_0000

const entries = new EntryStates()
/** Edges whose moves are emitted behind the region: label, edge and a copy of the register state. */
interface EdgeStub {
  readonly label: Label
  readonly edge: number
  readonly target: number
  readonly regOf: Int8Array
  readonly home: Int32Array
  readonly row: number
}

/** Emits `region` at host address `origin`; returns the code's size. Bytes are in `e.asm.bytes`. */
export function compile(e: Emitter, region: Region, origin: number): number {
  e.begin(region, origin)
  entries.reset(region.blockCount)
  const stubs: EdgeStub[] = []
  e.asm.bind(e.entry)
  const poll = pollsAtOnce(region) ? null : emitPoll(e)
  for (let block = 0; block < region.blockCount; block++) {
    e.block = block
    e.asm.bind(e.blockLabels[block]!)
    if (block > 0) {
      // No edge leads here: an unreachable block is not emitted.
      if (!entries.fixed(block)) continue
      entries.enter(e, block)
    }
    e.uses.enterBlock(block)
    e.flagsHeld = NONE
    e.notes.clear()
    emitBlock(e, block, stubs)
  }
  for (const stub of stubs) emitStub(e, stub)
  e.emitSlowPaths()
  if (poll !== null) {
    e.asm.bind(poll)
    leaveAsked(e, region.pc)
  }
  return e.asm.finish()
}

/** Someone asks the thread to leave: the guest goes on at `pc`, and the state is canonical but for the slot of the pc. */
function leaveAsked(e: Emitter, pc: number): void {
  e.asm.imm64(RCX, pc | 0, Math.floor(pc / TWO_32))
  e.asm.ri(MOV_EAX, 0, e.env.newExit(EXIT_POLL, pc, 0, 0, NONE))
  e.asm.jmpTo(e.env.poll)
}

/**
 * In the place of a poll's immediate operand (`Emitter.polls`): what the flag never is, so that the region is always left there. Storing one byte is safe
 * while threads execute the instruction.
 */
export const POLL_NEVER = 0x7f

/** Does the region begin with a loop at its own pc, whose poll is as good as one at the entry? */
function pollsAtOnce(region: Region): boolean {
  const first = region.succ[0]!
  if (region.op[region.blockEnd[0]! - 1] !== OP.jump || first === 0 || region.blockPc[first] !== region.pc) return false
  for (let row = region.blockStart[0]!; row < region.blockEnd[0]! - 1; row++)
    if (region.op[row] !== OP.get && region.op[row] !== OP.const) return false
  let row = region.blockStart[first]!
  while (region.op[row] === OP.param) row++
  return region.op[row] === OP.asked
}

/** `cmp dword [poll flag], 0; jne` : a region is left at its entry when someone asks. */
function emitPoll(e: Emitter): Label {
  const label = e.asm.label()
  e.poll()
  e.asm.jcc(CC.NE, label)
  return label
}

function emitBlock(e: Emitter, block: number, stubs: EdgeStub[]): void {
  const { region, uses } = e
  for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++) {
    e.row = row
    const op = region.op[row]!
    if (OP_EFFECT[op] === EFFECT_END) {
      emitTerminator(e, block, op, stubs)
      e.endRow()
      return
    }
    if ((uses.fold[row] !== FOLD_NO && op !== OP['flags.fcmp']) || op === OP.param) continue
    if (op === OP.syscall) emitSyscall(e)
    else e.lowerRow()
    e.endRow()
  }
}

function emitTerminator(e: Emitter, block: number, op: number, stubs: EdgeStub[]): void {
  const { region, row } = e
  const imm = region.imm[row]!
  const imm2 = region.imm2[row]!
  switch (op) {
    case OP.jump:
      emitJump(e, 2 * block)
      return
    case OP.br:
      emitBranch(e, block, stubs)
      return
    case OP['exit.direct']: {
      const { asm } = e
      asm.alignJumpDisplacement()
      const site = asm.pos + 1
      const next = asm.label()
      asm.jmp(next)
      asm.bind(next)
      leave(e, e.env.newExit(EXIT_CHAIN, (imm2 >>> 0) * TWO_32 + (imm >>> 0), 0, 0, site))
      return
    }
    case OP['exit.poll']:
      leaveAsked(e, (imm2 >>> 0) * TWO_32 + (imm >>> 0))
      return
    case OP['exit.indirect']:
      emitIndirect(e)
      return
    case OP['exit.emulate']:
      leave(e, e.env.newExit(EXIT_EMULATE, region.insnPc[region.at[row]!]!, imm, imm2, NONE))
      return
    case OP['exit.stale']: {
      const pc = region.insnPc[region.at[row]!]!
      const id = e.env.newExit(EXIT_EMULATE, pc, imm, imm2, NONE)
      if (e.env.publish) leaveForStale(e, id, pc)
      else leave(e, id)
      return
    }
    case OP['exit.trap']:
      leave(e, e.env.newExit(EXIT_TRAP, region.insnPc[region.at[row]!]!, imm, imm2, NONE))
      return
    default:
      throw new Error(`x64: terminator ${op}`)
  }
}

/** `mov eax, id; jmp exit` */
function leave(e: Emitter, id: number): void {
  e.asm.ri(MOV_EAX, 0, id)
  e.asm.jmpTo(e.env.exit)
}

/** To the routine that finds out whether the engine is needed. */
function leaveForStale(e: Emitter, id: number, pc: number): void {
  e.asm.imm64(RCX, pc | 0, Math.floor(pc / TWO_32))
  e.asm.ri(MOV_EAX, 0, id)
  e.asm.jmpTo(e.env.routine('stale'))
}

function emitJump(e: Emitter, edge: number): void {
  const target = e.region.succ[edge]!
  settleForSuccessors(e, target)
  takeEdge(e, edge, target)
  if (target !== e.block + 1) e.asm.jmp(target === 0 ? e.entry : e.blockLabels[target]!)
}

/** Moves of an edge taken at the end of the block, or its target's entry state. */
function takeEdge(e: Emitter, edge: number, target: number): void {
  if (target === 0) return
  // A new entry state is where values are now, but parameters may still have to be moved to their places.
  if (!entries.fixed(target)) entries.fix(e, target, edge)
  entries.emit(e, target, edge)
}

/** Label to jump to for an edge taken by a conditional jump. */
function edgeLabel(e: Emitter, edge: number, stubs: EdgeStub[]): Label {
  const target = e.region.succ[edge]!
  if (target === 0) return e.entry
  if (!entries.fixed(target)) {
    entries.fix(e, target, edge)
    if (entries.matches(e, target, edge)) return e.blockLabels[target]!
  } else if (entries.matches(e, target, edge)) return e.blockLabels[target]!
  const label = e.asm.label()
  stubs.push({
    label,
    edge,
    target,
    regOf: e.regs.regOf.slice(0, e.region.rowCount),
    home: e.regs.home.slice(0, e.region.rowCount),
    row: e.row,
  })
  return label
}

function emitStub(e: Emitter, stub: EdgeStub): void {
  e.asm.bind(stub.label)
  e.row = stub.row
  e.regs.regOf.set(stub.regOf)
  e.regs.home.set(stub.home)
  entries.emit(e, stub.target, stub.edge)
  e.asm.jmp(e.blockLabels[stub.target]!)
}

function emitBranch(e: Emitter, block: number, stubs: EdgeStub[]): void {
  const { region, asm, row } = e
  const taken = region.succ[2 * block]!
  const other = region.succ[2 * block + 1]!
  settleForSuccessors(e, taken)
  settleForSuccessors(e, other)
  const cond = condition(e, region.a[row]!)
  const { cc, cc2, join } = cond
  if (join === JOIN_NONE && taken !== 0 && taken <= block && !entries.matches(e, taken, 2 * block)) {
    // Back into a loop: with the moves here there is one jump a round, not two.
    const leave = asm.label()
    asm.jcc(invert(cc), leave)
    takeEdge(e, 2 * block, taken)
    asm.jmp(e.blockLabels[taken]!)
    asm.bind(leave)
    takeEdge(e, 2 * block + 1, other)
    if (other !== e.block + 1) asm.jmp(other === 0 ? e.entry : e.blockLabels[other]!)
    return
  }
  const takenLabel = edgeLabel(e, 2 * block, stubs)
  if (join === JOIN_AND) {
    const otherLabel = edgeLabel(e, 2 * block + 1, stubs)
    asm.jcc(invert(cc), otherLabel)
    asm.jcc(invert(cc2), otherLabel)
    asm.jmp(takenLabel)
    return
  }
  if (join !== JOIN_OR && taken === e.block + 1 && takenLabel === e.blockLabels[taken]) {
    asm.jcc(invert(cc), edgeLabel(e, 2 * block + 1, stubs))
    return
  }
  asm.jcc(cc, takenLabel)
  if (join === JOIN_OR) asm.jcc(cc2, takenLabel)
  takeEdge(e, 2 * block + 1, other)
  if (other !== e.block + 1) asm.jmp(other === 0 ? e.entry : e.blockLabels[other]!)
}

/** Before the edges of a block are emitted (and their condition computed): values that a join needs outside state slots leave them. */
function settleForSuccessors(e: Emitter, block: number): void {
  if (block === NONE || e.uses.predCount[block]! < 2) return
  for (let i = e.uses.liveStart[block]!; i < e.uses.liveStart[block + 1]!; i++) settle(e, e.uses.livePool[i]!)
}

/**
 *   rcx = target; edx = its index, times 4; cmp [cache entry], rcx; jne look-up; jmp [entry + 8]
 */
function emitIndirect(e: Emitter): void {
  const { asm, region, row } = e
  e.intoFixed(RCX, region.a[row]!)
  // The upper half of a word's register is undefined.
  if (region.type[region.a[row]!] === I32) asm.rr(MOV_32, RCX, RCX)
  e.takeFixed(RDX)
  // Index (pc >> 2) & mask; the entry lies at index * 16 = (pc & mask << 2) * 4.
  asm.rr(MOV_32, RDX, RCX)
  asm.aluRI(ALU.AND, 32, RDX, (JUMPS_COUNT - 1) << 2)
  const disp = fromRbp(JUMPS_OFFSET)
  const scale = Math.log2(JUMP_ENTRY_SIZE) - 2
  asm.rm(CMP_64_MEM, RCX, RBP, disp, RDX, scale)
  asm.jccTo(CC.NE, e.env.lookup)
  asm.m(JMP_MEM, RBP, disp + 8, RDX, scale)
}

/** A system call clobbers every register; what is alive behind it waits in spill slots, guest state may change. */
function emitSyscall(e: Emitter): void {
  const { region, regs, uses, asm, row } = e
  for (let reg = 0; reg < regs.value.length; reg++) {
    const v = regs.value[reg]!
    if (v === NONE) continue
    if (uses.lastUse[v]! > row) {
      leaveStateSlot(e, v)
      e.ensureHome(v)
    }
    regs.free(reg)
  }
  for (let slot = 0; slot < region.state.length; slot++) {
    e.row = row
    e.overwriteSlot(slot)
    const v = e.slotValue[slot]!
    if (v !== NONE) throw new Error('x64: slot still holds a value')
  }
  // overwriteSlot may have loaded values that live on: spill those.
  for (let reg = 0; reg < regs.value.length; reg++) {
    const v = regs.value[reg]!
    if (v === NONE) continue
    e.ensureHome(v)
    regs.free(reg)
  }
  e.notes.clear()
  const pc = region.insnPc[region.at[row]!]!
  const [lo, hi] = [region.imm[row]!, region.imm2[row]!]
  asm.imm64(RCX, pc | 0, Math.floor(pc / TWO_32))
  asm.imm64(RDX, lo, hi)
  asm.ri(MOV_EAX, 0, e.env.newExit(EXIT_SYSCALL, pc, lo, hi, NONE))
  asm.callTo(e.env.syscall)
  e.clobberFlags()
}

function leaveStateSlot(e: Emitter, v: number): void {
  if (e.homeSlot[v] === NONE) return
  e.slotValue[e.homeSlot[v]!] = NONE
  e.homeSlot[v] = NONE
  e.regs.home[v] = NO_HOME
}
