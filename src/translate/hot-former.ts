/**
 * Region formation at tier 2: from a hot guest pc, the loop that it is in, or what follows it.
 *
 * All ways from the entry are followed, conditional branches on both sides and calls with their returns (frames.ts), over several pages, until a limit; what is
 * called or jumped to indirectly, returns to what is not in the region, and system calls end a way. When the entry is in a cycle, what does not lead back to it is left out: such code runs once a loop, and its slots would be in the way.
 * Then the region is lifted again without it. When it is in no cycle and much follows, what has never been translated is left out: it has not been executed yet (error paths, mostly).
 *
 * Each guest instruction is lifted once. A jump into the middle of a block that has been lifted makes a leader, and the region is lifted again with
 * it: usually once, at most MAX_ROUNDS times.
 *
 * Block 0 has no guest code: nothing jumps back to it, so that passes can put there what is to be done once.
 *
 * Whoever gives a page may have to wait for the guest, and then others are served, who want regions of this former, too. So nothing is asked for in the middle:
 * a page that is lacking ends the attempt, and with it the next one begins from the start.
 */
import { END } from '../guest/insn.ts'
import type { BlockTargets, Guest } from '../guest/targets.ts'
import { EFFECT_OBSERVE, OP, OP_EFFECT } from '../ir/ops.ts'
import { CMP_EQ, EXIT_CALL, EXIT_RETURN } from '../ir/ops-int.ts'
import { NONE, type Region } from '../ir/region.ts'
import type { LiftContext } from './former.ts'
import { type Frame, Frames } from './frames.ts'
import { type PageSource, pageBase, pageOf, wordIn } from './guest-code.ts'

/** Guest instructions of a region; of one whose entry is in no loop; its blocks; its pages. */
const MAX_INSNS = 320
const MAX_STRAIGHT_INSNS = 160
const MAX_BLOCKS = 64
const MAX_PAGES = 4
const MAX_ROUNDS = 24

/** A place that the region goes to: a guest pc, or (`pc` NaN) a block that one instruction fills itself. */
interface Target {
  readonly pc: number
  readonly frame: Frame
  /** The block, NONE until it is lifted. */
  block: number
  /** It may be lifted. */
  readonly isOpen: boolean
}

export class HotFormer<C extends LiftContext> implements BlockTargets {
  private readonly guest: Guest<C>
  private readonly region: Region
  private context!: C
  private isKnown!: (pc: number) => boolean
  private pages: ReadonlyMap<number, Uint8Array | null> = new Map()
  /** The page that the attempt has ended for, or NONE. */
  private lacking: number = NONE
  private targets: Target[] = []
  private readonly frames = new Frames()
  /** The frame of what is lifted now. */
  private frame!: Frame
  /** The pc behind what is lifted now. */
  private next = 0
  private followsCalls = true
  /** By place (`Frames.place`). */
  private readonly byPlace = new Map<number, number>()
  /** Places that have been lifted this round. */
  private readonly lifted = new Set<number>()
  /** Places at which a block begins, known from earlier rounds; those that are left out. */
  private readonly leaders = new Set<number>()
  private readonly closed = new Set<number>()
  private isLate = false
  /** The entry is in no cycle; and what follows it is too long. */
  private isStraight = false
  private leavesCold = false
  private blocksLifted = 0

  constructor(guest: Guest<C>, region: Region) {
    this.guest = guest
    this.region = region
  }

  /** The context lifts into this former's region. */
  use(context: C): void {
    this.context = context
  }

  /**
   * Lifts the region at `pc`; false if it cannot be made a region of. `source` is asked
   * once for each page, and may use this former for something else meanwhile. `isKnown` says whether the instruction at a pc has ever been translated.
   */
  form(pc: number, source: PageSource, isKnown: (pc: number) => boolean = () => true): boolean {
    const pages = new Map<number, Uint8Array | null>()
    for (let lacking = pageBase(this.guest.codeAddress(pc)); ; lacking = this.lacking) {
      // The bytes may be a view that is good until the next page is read.
      pages.set(lacking, source(lacking)?.slice() ?? null)
      this.isKnown = isKnown
      for (const followsCalls of [true, false]) {
        if (this.formWith(pc, pages, followsCalls)) return true
        if (this.lacking !== NONE) break
      }
      if (this.lacking === NONE) return false
    }
  }

  private formWith(pc: number, pages: ReadonlyMap<number, Uint8Array | null>, followsCalls: boolean): boolean {
    this.pages = pages
    this.lacking = NONE
    this.followsCalls = followsCalls
    this.frames.begin(pc)
    this.leaders.clear()
    this.closed.clear()
    this.isStraight = this.leavesCold = false
    for (let round = 0; round < MAX_ROUNDS; round++) {
      this.liftAll(pc)
      if (this.lacking !== NONE) return false
      if (this.isLate || this.frames.hasLearnt) continue
      if (this.closeColdParts()) continue
      this.finish()
      // Without an instruction it would lead to itself.
      return this.region.insnCount > 0
    }
    return false
  }

  // BlockTargets

  block(pc: number, hint: number): number {
    if (hint !== EXIT_CALL) return this.place(this.frame, pc)
    const callee = this.followsCalls ? this.frames.call(this.frame, this.context.pc, pc, this.next) : null
    return callee === null ? this.addTarget(this.frame, pc, false) : this.place(callee, pc)
  }

  /** The target at `pc` in `frame`. */
  private place(frame: Frame, pc: number): number {
    const place = Frames.place(frame, pc)
    const known = this.byPlace.get(place)
    if (known !== undefined) return known
    const isLate = this.lifted.has(place)
    if (isLate) {
      this.leaders.add(place)
      this.isLate = true
    }
    const isOpen =
      !isLate && !this.closed.has(place) && this.guest.isAligned(pc) && (!this.leavesCold || pc === this.region.pc || this.isKnown(pc))
    const target = this.addTarget(frame, pc, isOpen)
    this.byPlace.set(place, target)
    return target
  }

  own(): number {
    return this.addTarget(this.frame, Number.NaN, false)
  }

  begin(own: number): void {
    const block = this.region.addBlock(this.context.pc)
    this.targets[own]!.block = block
    this.region.startBlock(block)
  }

  private addTarget(frame: Frame, pc: number, isOpen: boolean): number {
    this.targets.push({ pc, frame, block: NONE, isOpen })
    return this.targets.length - 1
  }

  // Lifting

  private liftAll(pc: number): void {
    const { region } = this
    region.reset(pc)
    this.targets = []
    this.byPlace.clear()
    this.lifted.clear()
    this.isLate = this.frames.hasLearnt = false
    this.frame = this.frames.root
    this.blocksLifted = 0
    region.startBlock(region.addBlock(pc))
    region.end(OP.jump, NONE, 0, 0, this.place(this.frame, pc))
    for (let next = 0; next !== NONE && this.lacking === NONE; next = this.nextOpen())
      for (let at = next; at !== NONE && this.lacking === NONE; ) at = this.lift(at)
  }

  private get maxInsns(): number {
    return this.isStraight ? MAX_STRAIGHT_INSNS : MAX_INSNS
  }

  private nextOpen(): number {
    return this.targets.findIndex((_, k) => this.mayLift(k))
  }

  private mayLift(target: number): boolean {
    const { block, isOpen, pc } = this.targets[target]!
    return block === NONE && isOpen && this.blocksLifted < MAX_BLOCKS && this.region.insnCount < this.maxInsns && this.page(pc) !== null
  }

  /** The bytes that the instruction at `pc` lies in. */
  private page(pc: number): Uint8Array | null {
    return pageOf(this.guest, pc, this.given)
  }

  private readonly given = (base: number): Uint8Array | null => {
    const page = this.pages.get(base)
    if (page === undefined && this.pages.size < MAX_PAGES) this.lacking = base
    return page ?? null
  }

  /** Lifts the block of `target`; returns the target to go on with, or NONE. */
  private lift(target: number): number {
    const { region, context, guest } = this
    const { frame } = this.targets[target]!
    let { pc } = this.targets[target]!
    if (!this.mayLift(target)) return NONE
    this.frame = frame
    const block = region.addBlock(pc)
    this.targets[target]!.block = block
    this.blocksLifted++
    region.startBlock(block)
    for (let first = true; ; first = false) {
      const page = this.page(pc)
      const place = Frames.place(frame, pc)
      const isOver = region.insnCount >= this.maxInsns || page === null || this.closed.has(place)
      if (!first && (isOver || this.byPlace.has(place) || this.leaders.has(place) || this.lifted.has(place))) return this.goTo(pc)
      context.pc = pc
      const word = wordIn(guest, pc, page!)
      const next = (this.next = guest.pcBehind(pc, word))
      region.startInsn(pc, word)
      this.lifted.add(place)
      const before = this.targets.length
      if (guest.translateInsn(context, word) === END) return this.follow(next, before)
      pc = next
      // Behind a system call everything is different.
      if (OP_EFFECT[region.op[region.rowCount - 1]!] === EFFECT_OBSERVE) {
        region.leaveFor(pc)
        return NONE
      }
    }
  }

  /** Ends the block: on to `pc`, where another begins. */
  private goTo(pc: number): number {
    const to = this.place(this.frame, pc)
    this.region.end(OP.jump, NONE, 0, 0, to)
    return this.mayLift(to) ? to : NONE
  }

  /** After a block's end: the fall-through if it is a target, else the one new target of an unconditional jump. */
  private follow(next: number, before: number): number {
    if (this.region.endsWith(OP['exit.indirect'], EXIT_RETURN) && this.frame.returns.length > 0) return this.guardReturn()
    const through = this.byPlace.get(Frames.place(this.frame, next))
    if (through !== undefined && this.mayLift(through)) return through
    return this.targets.length === before + 1 && this.mayLift(before) ? before : NONE
  }

  /** In the place of the return that the region ends with: to where the guest's return address says that the frame's callers go on, else the look-up. */
  private guardReturn(): number {
    const { region, frame } = this
    const address = region.reopen()
    let first: number = NONE
    for (const { frame: caller, pc } of frame.returns) {
      const known = this.place(caller, pc)
      if (first === NONE) first = known
      const other = this.own()
      const isIt = region.emit(OP.icmp, address, region.constNumber(pc), NONE, CMP_EQ)
      region.end(OP.br, isIt, 0, 0, known, other)
      this.begin(other)
    }
    region.end(OP['exit.indirect'], address, EXIT_RETURN)
    return this.mayLift(first) ? first : NONE
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
    if (!leads[entry]) return this.narrow()
    let isOther = false
    for (const { pc, frame, block } of targets) {
      if (block === NONE || leads[block] || Number.isNaN(pc)) continue
      this.closed.add(Frames.place(frame, pc))
      isOther = true
    }
    return isOther
  }

  /** The entry is in no cycle: less of it if it is long, then without what is cold. True: that makes another region. */
  private narrow(): boolean {
    const { insnCount } = this.region
    const isWhole = insnCount < this.maxInsns && this.blocksLifted < MAX_BLOCKS
    if (this.leavesCold || (isWhole && insnCount <= MAX_STRAIGHT_INSNS)) return false
    this.leavesCold = this.isStraight
    this.isStraight = true
    return true
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
