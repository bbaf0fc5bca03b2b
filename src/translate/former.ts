/**
 * Region formation and lifting at tier 1: from a guest pc, a short extended block.
 *
 * The trace follows fall-throughs and unconditional direct jumps within the entry's page. A conditional branch leaves the region on
 * its taken side, unless the target is the region's entry (a loop) or lies ahead on the trace (an if: when the trace arrives there,
 * a block begins). Calls, returns, indirect jumps and places where a region of tier 2 begins end it. What was referred to but not lifted becomes an exit block behind the rest.
 *
 * Targets have numbers of their own while lifting, because a block's number is its place in the layout; `finish` puts the latter in.
 */
import { END } from '../guest/insn.ts'
import type { BlockTargets, Guest } from '../guest/targets.ts'
import { OP } from '../ir/ops.ts'
import { EXIT_CALL } from '../ir/ops-int.ts'
import { NONE, type Region } from '../ir/region.ts'
import { isCut, PAGE_SIZE, pageBase, wordIn } from './guest-code.ts'

/** Every instruction of a region adds at most two of the guest's and two of its own. */
const MAX_TARGETS = 512

/** What a guest's context must offer to the former. */
export interface LiftContext {
  pc: number
}

export interface FormerLimits {
  /** Guest instructions of a region. */
  readonly insns: number
  /** Blocks lifted from guest code. */
  readonly blocks: number
}

export const TIER1_LIMITS: FormerLimits = { insns: 64, blocks: 12 }
/** A single step: whatever comes behind the instruction, itself included, is an exit. */
export const STEP_LIMITS: FormerLimits = { insns: 1, blocks: 1 }
/** No instruction's address. */
const NO_ENTRY = -1
const notHot = (): boolean => false

export class Former<C extends LiftContext> implements BlockTargets {
  private readonly guest: Guest<C>
  private readonly region: Region
  private limits: FormerLimits
  private readonly usualLimits: FormerLimits
  private context!: C
  private entryPc = 0
  /** Address of the entry's page, and its bytes. */
  private pageBase = 0
  private page!: Uint8Array
  private isHot: (pc: number) => boolean = notHot
  /** Guest pc of every target, and its block, NONE until it is lifted; 1 if the trace may go on there. */
  private targetCount = 0
  private targetPc = new Float64Array(MAX_TARGETS)
  private targetBlock = new Int32Array(MAX_TARGETS)
  private targetOpen = new Uint8Array(MAX_TARGETS)
  private blocksLifted = 0
  /** Where the instruction that is lifted calls; NaN: it does not, or indirectly. */
  private calledPc = Number.NaN
  /** Where the call goes that the region ends with, if that is known, and where it returns to; NaN: it does not end with a call. */
  calleePc = Number.NaN
  returnPc = Number.NaN
  /** Where a loop begins that the region has gone through once; NaN: it has none but one that begins at its entry. */
  loopPc = Number.NaN

  constructor(guest: Guest<C>, region: Region, limits: FormerLimits = TIER1_LIMITS) {
    this.guest = guest
    this.region = region
    this.limits = limits
    this.usualLimits = limits
  }

  /** The context lifts into this former's region. */
  use(context: C): void {
    this.context = context
  }

  block(pc: number, hint: number): number {
    if (hint === EXIT_CALL) {
      this.calledPc = pc
      return this.addTarget(pc, false)
    }
    if (pc === this.entryPc) return 0
    for (let k = 1; k < this.targetCount; k++) if (this.targetPc[k] === pc && this.targetBlock[k] === NONE) return k
    // A block lifted already lies behind us: going back to it without a poll could loop for ever, so it is left to chaining.
    return this.addTarget(pc, this.isWhole(pc) && !this.isHot(pc))
  }

  /** Does the instruction at `pc` lie in the entry's page as a whole? */
  private isWhole(pc: number): boolean {
    const offset = this.guest.codeAddress(pc) - this.pageBase
    return offset >= 0 && offset < PAGE_SIZE && !isCut(this.guest, pc, this.page)
  }

  own(): number {
    return this.addTarget(Number.NaN, false)
  }

  begin(own: number): void {
    const block = this.region.addBlock(this.context.pc)
    this.targetBlock[own] = block
    this.region.startBlock(block)
  }

  private addTarget(pc: number, open: boolean): number {
    const k = this.targetCount++
    this.targetPc[k] = pc
    this.targetBlock[k] = NONE
    this.targetOpen[k] = open ? 1 : 0
    return k
  }

  /**
   * Lifts the region at `pc`, whose page's bytes are `page` (`pageOf`); `isStep`: of one instruction. Where `isHot`, begins a region of tier 2: it is left to
   * chaining, for a copy of it could keep the thread.
   */
  form(pc: number, page: Uint8Array, isStep = false, isHot: (pc: number) => boolean = notHot): void {
    this.region.reset(pc)
    this.isHot = isHot
    this.limits = isStep ? STEP_LIMITS : this.usualLimits
    this.entryPc = isStep ? NO_ENTRY : pc
    this.pageBase = pageBase(this.guest.codeAddress(pc))
    this.page = page
    this.targetCount = 0
    this.addTarget(pc, true)
    this.blocksLifted = 0
    this.calleePc = this.returnPc = this.loopPc = Number.NaN
    for (let next = 0; next !== NONE; ) next = this.lift(next)
    this.finish()
  }

  /** Lifts the block of `target`; returns the target to go on with, or NONE. */
  private lift(target: number): number {
    const { region, context, guest } = this
    let pc = this.targetPc[target]!
    const block = region.addBlock(pc)
    this.targetBlock[target] = block
    this.blocksLifted++
    region.startBlock(block)
    for (let first = true; ; first = false) {
      const ahead = first ? NONE : this.pending(pc)
      if (ahead !== NONE || (!first && (!this.isWhole(pc) || region.insnCount >= this.limits.insns || this.isHot(pc)))) {
        const to = ahead !== NONE ? ahead : this.block(pc, 0)
        region.end(OP.jump, NONE, 0, 0, to)
        return this.mayLift(to) ? to : NONE
      }
      context.pc = pc
      const word = wordIn(guest, pc, this.page)
      region.startInsn(pc, word)
      const before = this.targetCount
      const next = guest.pcBehind(pc, word)
      if (guest.translateInsn(context, word) === END) {
        this.noteCall(next)
        return this.follow(next, before)
      }
      pc = next
    }
  }

  /** The instruction before `next` has ended the block that was lifted last. */
  private noteCall(next: number): void {
    const { region } = this
    const isCall = !Number.isNaN(this.calledPc) || region.endsWith(OP['exit.indirect'], EXIT_CALL)
    this.returnPc = isCall ? next : Number.NaN
    this.calleePc = this.calledPc
    this.calledPc = Number.NaN
  }

  /** After a block's end: the fall-through if it is a target, else the one new target of an unconditional jump. */
  private follow(next: number, before: number): number {
    const through = this.pending(next)
    if (through !== NONE && this.mayLift(through)) return through
    if (this.targetCount === before + 1 && this.mayLift(before) && this.region.succ[2 * (this.region.blockCount - 1) + 1] === NONE)
      return before
    return NONE
  }

  /** Target at `pc` that has not been lifted. */
  private pending(pc: number): number {
    for (let k = 0; k < this.targetCount; k++) if (this.targetPc[k] === pc && this.targetBlock[k] === NONE) return k
    return NONE
  }

  private mayLift(target: number): boolean {
    return (
      this.targetBlock[target] === NONE &&
      this.targetOpen[target] === 1 &&
      this.blocksLifted < this.limits.blocks &&
      this.region.insnCount < this.limits.insns
    )
  }

  /** Exit blocks for what was not lifted; successors from targets to blocks. */
  private finish(): void {
    const { region } = this
    const lifted = region.blockCount
    for (let k = 0; k < this.targetCount; k++) {
      if (this.targetBlock[k] !== NONE) continue
      const pc = this.targetPc[k]!
      const block = region.addBlock(pc)
      this.targetBlock[k] = block
      region.startBlock(block)
      region.leaveFor(pc)
      if (pc > this.entryPc && pc < region.insnPc[region.insnCount - 1]!) this.loopPc = pc
    }
    for (let e = 0; e < 2 * lifted; e++) if (region.succ[e] !== NONE) region.succ[e] = this.targetBlock[region.succ[e]!]!
  }
}
