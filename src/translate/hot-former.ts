/**
 * Region formation at tier 2: from a hot guest pc, the loop that it is in, or what follows it.
 *
 * All ways from the entry are followed, conditional branches on both sides, over several pages, until a limit; calls, returns, indirect jumps and system calls
 * end a way. When the entry is in a cycle, what does not lead back to it is left out: such code runs once a loop, and its slots would be in the way.
 * Then the region is lifted again without it.
 *
 * Each guest instruction is lifted once. A jump into the middle of a block that has been lifted makes a leader, and the region is lifted again with
 * it: usually once, at most MAX_ROUNDS times.
 *
 * Block 0 has no guest code: nothing jumps back to it, so that passes can put there what is to be done once.
 */
import { END } from '../guest/insn.ts'
import type { BlockTargets, Guest } from '../guest/targets.ts'
import { EFFECT_OBSERVE, OP, OP_EFFECT } from '../ir/ops.ts'
import { EXIT_CALL } from '../ir/ops-int.ts'
import { NONE, type Region } from '../ir/region.ts'
import { type LiftContext, PAGE_SIZE, wordAt } from './former.ts'

const WORD = 4
/** Guest instructions of a region; of one whose entry is in no loop; its blocks; its pages. */
const MAX_INSNS = 320
const MAX_STRAIGHT_INSNS = 96
const MAX_BLOCKS = 64
const MAX_PAGES = 4
const MAX_ROUNDS = 24

/** A place that the region goes to: a guest pc, or (`pc` NaN) a block that one instruction fills itself. */
interface Target {
  readonly pc: number
  /** The block, NONE until it is lifted. */
  block: number
  /** It may be lifted. */
  readonly isOpen: boolean
}

export class HotFormer<C extends LiftContext> implements BlockTargets {
  private readonly guest: Guest<C>
  private readonly region: Region
  private context!: C
  private pageOf!: (address: number) => Uint8Array | null
  private readonly pages = new Map<number, Uint8Array | null>()
  private targets: Target[] = []
  private readonly byPc = new Map<number, number>()
  /** Guest pcs that have been lifted this round. */
  private readonly lifted = new Set<number>()
  /** Guest pcs at which a block begins, known from earlier rounds; those that are left out. */
  private readonly leaders = new Set<number>()
  private readonly closed = new Set<number>()
  private isLate = false
  private maxInsns = MAX_INSNS
  private blocksLifted = 0

  constructor(guest: Guest<C>, region: Region) {
    this.guest = guest
    this.region = region
  }

  /** The context lifts into this former's region. */
  use(context: C): void {
    this.context = context
  }

  /** Lifts the region at `pc`; false if it cannot be made a region of. `pageOf` gives the bytes of a guest page, null if it may not be executed. */
  form(pc: number, pageOf: (address: number) => Uint8Array | null): boolean {
    this.pageOf = pageOf
    this.pages.clear()
    this.leaders.clear()
    this.closed.clear()
    this.maxInsns = MAX_INSNS
    for (let round = 0; round < MAX_ROUNDS; round++) {
      this.liftAll(pc)
      if (this.isLate) continue
      if (this.closeColdParts()) continue
      this.finish()
      return true
    }
    return false
  }

  // BlockTargets

  block(pc: number, hint: number): number {
    if (hint === EXIT_CALL) return this.addTarget(pc, false)
    const known = this.byPc.get(pc)
    if (known !== undefined) return known
    const isLate = this.lifted.has(pc)
    if (isLate) {
      this.leaders.add(pc)
      this.isLate = true
    }
    const target = this.addTarget(pc, !isLate && !this.closed.has(pc) && pc % WORD === 0)
    this.byPc.set(pc, target)
    return target
  }

  own(): number {
    return this.addTarget(Number.NaN, false)
  }

  begin(own: number): void {
    const block = this.region.addBlock(this.context.pc)
    this.targets[own]!.block = block
    this.region.startBlock(block)
  }

  private addTarget(pc: number, isOpen: boolean): number {
    this.targets.push({ pc, block: NONE, isOpen })
    return this.targets.length - 1
  }

  // Lifting

  private liftAll(pc: number): void {
    const { region } = this
    region.reset(pc)
    this.targets = []
    this.byPc.clear()
    this.lifted.clear()
    this.isLate = false
    this.blocksLifted = 0
    region.startBlock(region.addBlock(pc))
    region.end(OP.jump, NONE, 0, 0, this.block(pc, 0))
    for (let next = 0; next !== NONE; next = this.nextOpen()) for (let at = next; at !== NONE; ) at = this.lift(at)
  }

  private nextOpen(): number {
    return this.targets.findIndex((_, k) => this.mayLift(k))
  }

  private mayLift(target: number): boolean {
    const { block, isOpen, pc } = this.targets[target]!
    return block === NONE && isOpen && this.blocksLifted < MAX_BLOCKS && this.region.insnCount < this.maxInsns && this.page(pc) !== null
  }

  private page(pc: number): Uint8Array | null {
    const base = pc - (pc % PAGE_SIZE)
    let page = this.pages.get(base)
    if (page === undefined) {
      page = this.pages.size < MAX_PAGES ? this.pageOf(base) : null
      // The bytes may be a view that is good until the next page is read.
      if (page !== null) page = page.slice()
      this.pages.set(base, page)
    }
    return page
  }

  /** Lifts the block of `target`; returns the target to go on with, or NONE. */
  private lift(target: number): number {
    const { region, context } = this
    let { pc } = this.targets[target]!
    if (!this.mayLift(target)) return NONE
    const block = region.addBlock(pc)
    this.targets[target]!.block = block
    this.blocksLifted++
    region.startBlock(block)
    for (let first = true; ; first = false) {
      const page = this.page(pc)
      const isOver = region.insnCount >= this.maxInsns || page === null || this.closed.has(pc)
      if (!first && (isOver || this.byPc.has(pc) || this.leaders.has(pc) || this.lifted.has(pc))) return this.goTo(pc)
      context.pc = pc
      region.startInsn(pc)
      this.lifted.add(pc)
      const before = this.targets.length
      if (this.guest.translateInsn(context, wordAt(page!, pc % PAGE_SIZE)) === END) return this.follow(pc + WORD, before)
      pc += WORD
      // Behind a system call everything is different.
      if (OP_EFFECT[region.op[region.rowCount - 1]!] === EFFECT_OBSERVE) {
        region.leaveFor(pc)
        return NONE
      }
    }
  }

  /** Ends the block: on to `pc`, where another begins. */
  private goTo(pc: number): number {
    const to = this.block(pc, 0)
    this.region.end(OP.jump, NONE, 0, 0, to)
    return this.mayLift(to) ? to : NONE
  }

  /** After a block's end: the fall-through if it is a target, else the one new target of an unconditional jump. */
  private follow(next: number, before: number): number {
    const through = this.byPc.get(next)
    if (through !== undefined && this.mayLift(through)) return through
    return this.targets.length === before + 1 && this.mayLift(before) ? before : NONE
  }

  // Ends

  /** The entry is in a cycle: closes what does not lead back to it. True: that makes another region. */
  private closeColdParts(): boolean {
    const { region, targets } = this
    const count = region.blockCount
    const leads = new Uint8Array(count)
    const entry = targets[0]!.block
    for (let changed = true; changed; ) {
      changed = false
      for (let block = 0; block < count; block++) {
        if (leads[block]) continue
        for (let e = 2 * block; e < 2 * block + 2; e++) {
          const to = region.succ[e] === NONE ? NONE : targets[region.succ[e]!]!.block
          if (to === NONE || (to !== entry && !leads[to])) continue
          leads[block] = 1
          changed = true
        }
      }
    }
    if (!leads[entry]) {
      const isShort = region.insnCount <= MAX_STRAIGHT_INSNS
      this.maxInsns = MAX_STRAIGHT_INSNS
      return !isShort
    }
    let isOther = false
    for (const { pc, block } of targets) {
      if (block === NONE || leads[block] || Number.isNaN(pc)) continue
      this.closed.add(pc)
      isOther = true
    }
    return isOther
  }

  /** Exit blocks for what was not lifted; successors from targets to blocks. */
  private finish(): void {
    const { region, targets } = this
    const lifted = region.blockCount
    for (const target of targets) {
      if (target.block !== NONE) continue
      target.block = region.addBlock(target.pc)
      region.startBlock(target.block)
      region.leaveFor(target.pc)
    }
    for (let e = 0; e < 2 * lifted; e++) if (region.succ[e] !== NONE) region.succ[e] = targets[region.succ[e]!]!.block
  }
}
