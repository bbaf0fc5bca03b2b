/**
 * Which stores of guest state a region of tier 2 puts off: for each block, the slots that may be *dirty* in it, their memory stale, and what is to be stored on its edges.
 *
 * - In a loop: what it carries (reads before it is written, and writes), and what else it writes as far as there are registers. It is stored on the edges that leave the loop.
 * - Outside of loops: what one of the ways on puts before anybody looks (error paths are the other ways, mostly).
 *
 * The packed flags are FlagRecipes'.
 */
import { F32, F64, V128 } from '../ir/op-row.ts'
import { NONE, type Region } from '../ir/region.ts'
import type { FlagSlots } from './flag-slots.ts'
import type { Loops } from './loops.ts'
import { add, countUses, has, isPromotable, remove } from './slot-sets.ts'

/** Slots that a loop carries in general registers; parameters of a block likewise. */
export const MOST_GENERAL = 10
/** General registers that a loop's slots may take for scratch slots to be among them; vector registers that are left then, besides OTHER_VECTOR. */
const SCRATCH_GENERAL = 7
const SCRATCH_VECTOR = 4

/** What the promoter has found out of a region. Sets of slots are `words` words for each block. */
export interface SlotFacts {
  readonly from: Region
  readonly loops: Loops
  readonly flags: FlagSlots
  readonly words: number
  /** The slots that a block puts; those that are read behind its begin before they are put. */
  readonly defined: Int32Array
  readonly read: Int32Array
  /** By block: does it have a system call. */
  readonly observes: readonly boolean[]
}

/** Is the slot's value one of a vector register? */
export function isVectorSlot(region: Region, slot: number): boolean {
  const { type } = region.state[slot]!
  return type === V128 || type === F32 || type === F64
}

export class Sinking {
  /** Slots that a loop carries in vector registers. */
  private readonly mostVector: number
  private facts!: SlotFacts
  private slots = 0
  /** By loop. */
  private sunk: Int32Array[] = []
  /** By block: the slots that may be dirty at its begin, and at its end: whose puts in it are notes; those that are. */
  private sunkIn = new Int32Array(0)
  private sunkOut = new Int32Array(0)
  private dirtyIn = new Int32Array(0)
  private dirtyOut = new Int32Array(0)
  /** By block and slot: the block that has put what is dirty at its end. */
  private dirtyBy = new Int32Array(0)
  /** By edge: the slots to be stored on it. By block: those that are dirty at its begin. */
  readonly stored: number[][] = []
  readonly dirty: number[][] = []

  constructor(mostVector: number) {
    this.mostVector = mostVector
  }

  analyse(facts: SlotFacts): void {
    const { from, words } = facts
    const blocks = from.blockCount
    this.facts = facts
    this.slots = from.state.length
    for (const key of ['sunkIn', 'sunkOut', 'dirtyIn', 'dirtyOut'] as const) this[key] = new Int32Array(blocks * words)
    this.dirtyBy = Int32Array.from({ length: blocks * this.slots }, (_, at) => Math.floor(at / this.slots))
    this.chooseSunk()
    this.sinkInLoops()
    this.sinkOutside()
    this.findDirty()
    this.listDirty()
  }

  /** Are the block's puts of the slot put off? */
  isPutOff(block: number, slot: number): boolean {
    return has(this.sunkOut, block * this.facts.words, slot)
  }

  /** May the slot's memory be stale at the block's begin? */
  isDirty(block: number, slot: number): boolean {
    return has(this.dirtyIn, block * this.facts.words, slot)
  }

  private chooseSunk(): void {
    const { loops, words } = this.facts
    this.sunk = []
    for (const loop of loops.outerFirst()) {
      const set = new Int32Array(words)
      const parent = loops.parent[loop]!
      let general = 0
      let vector = 0
      const take = (slot: number): void => {
        if (isVectorSlot(this.facts.from, slot) ? vector++ >= this.mostVector : general++ >= MOST_GENERAL) return
        add(set, 0, slot)
      }
      const definedHere = loops.union(loop, this.facts.defined, words)
      const carried: number[] = []
      for (let slot = 0; slot < this.slots; slot++)
        if (
          has(definedHere, 0, slot) &&
          has(this.facts.read, loops.header[loop]! * words, slot) &&
          this.facts.flags.of(slot)?.isKept(loop) !== true
        )
          carried.push(slot)
      const uses = countUses(this.facts.from, loops, loop)
      carried.sort((x, y) => uses[y]! - uses[x]!)
      for (const slot of carried) take(slot)
      this.takeScratch(set, definedHere, carried, uses)
      // What is dirty around the loop, and the loop does not touch, stays so.
      if (parent !== NONE)
        for (let slot = 0; slot < this.slots; slot++) if (has(this.sunk[parent]!, 0, slot) && !has(definedHere, 0, slot)) take(slot)
      this.sunk[loop] = set
    }
  }

  /** Scratch slots, which a round writes before it reads them, are stored each round unless they are carried as well: where there are registers for all slots that the loop touches. */
  private takeScratch(set: Int32Array, definedHere: Int32Array, carried: readonly number[], uses: Float64Array): void {
    const scratch: number[] = []
    let general = SCRATCH_GENERAL
    let vector = this.mostVector - SCRATCH_VECTOR
    for (let slot = 0; slot < this.slots; slot++) {
      if (uses[slot] === 0 || !isPromotable(this.facts.from, slot) || this.facts.flags.of(slot) !== undefined) continue
      if (has(definedHere, 0, slot) && !carried.includes(slot)) scratch.push(slot)
      else if (isVectorSlot(this.facts.from, slot)) vector--
      else general--
    }
    scratch.sort((x, y) => uses[y]! - uses[x]!)
    for (const slot of scratch) if ((isVectorSlot(this.facts.from, slot) ? vector-- : general--) > 0) add(set, 0, slot)
  }

  private sinkInLoops(): void {
    const { from, loops, words } = this.facts
    for (let block = 0; block < from.blockCount; block++) {
      if (loops.loopOf[block] === NONE) continue
      const sunk = this.sunk[loops.loopOf[block]!]!
      this.sunkIn.set(sunk, block * words)
      this.sunkOut.set(sunk, block * words)
    }
  }

  /**
   * Outside of loops a slot may be dirty where one of the ways on puts it before anybody looks. It is stored on the others: once at most on each way, as if it had
   * been stored where it was put.
   */
  private sinkOutside(): void {
    const { from, loops, words } = this.facts
    const { sunkIn, sunkOut } = this
    for (let k = loops.forwards.length - 1; k > 0; k--) {
      const block = loops.forwards[k]!
      if (loops.loopOf[block] !== NONE || this.facts.observes[block]) continue
      for (let w = 0; w < words; w++) {
        let behind = 0
        for (let e = 2 * block; e < 2 * block + 2; e++) {
          const to = from.succ[e]!
          if (to !== NONE && loops.loopOf[to] === NONE) behind |= sunkIn[to * words + w]!
        }
        sunkOut[block * words + w] = behind
        sunkIn[block * words + w] = behind | this.facts.defined[block * words + w]!
      }
      for (const { slot } of this.facts.flags.all) remove(sunkIn, block * words, slot)
    }
  }

  private findDirty(): void {
    const { loops, words } = this.facts
    const { dirtyIn, dirtyOut } = this
    for (let changed = true; changed; ) {
      changed = false
      for (const block of loops.forwards) {
        const isInLoop = loops.loopOf[block] !== NONE
        for (let w = 0; w < words; w++) {
          const at = block * words + w
          const before = (isInLoop ? this.dirtyOnSome(block, w) : this.dirtyOnAll(block, w)) & this.sunkIn[at]!
          const after = (before | this.facts.defined[at]!) & this.sunkOut[at]!
          if (before === dirtyIn[at] && after === dirtyOut[at]) continue
          dirtyIn[at] = before
          dirtyOut[at] = after
          changed = true
        }
        if (!isInLoop) this.noteOrigins(block)
      }
    }
  }

  /** Which block has put what is dirty behind a block that is in no loop; of a loop's that is the block itself. */
  private noteOrigins(block: number): void {
    const { words } = this.facts
    const { slots, dirtyBy } = this
    const before = this.facts.loops.into[block]![0]
    if (before === undefined) return
    for (let slot = 0; slot < slots; slot++)
      if (has(this.dirtyOut, block * words, slot))
        dirtyBy[block * slots + slot] = has(this.facts.defined, block * words, slot) ? block : dirtyBy[(before >> 1) * slots + slot]!
  }

  /** Word `w` of the slots that are dirty on one of the edges to a block. */
  private dirtyOnSome(block: number, w: number): number {
    let some = 0
    for (const e of this.facts.loops.into[block]!) some |= this.dirtyOut[(e >> 1) * this.facts.words + w]!
    return some
  }

  /** Of those that are dirty on all: which come from the same put on all of them, so that they need no parameter. */
  private dirtyOnAll(block: number, w: number): number {
    const { words } = this.facts
    const { slots, dirtyBy } = this
    const [first, ...others] = this.facts.loops.into[block]!
    if (first === undefined) return 0
    const from = first >> 1
    let all = this.dirtyOut[from * words + w]!
    for (const e of others) all &= this.dirtyOut[(e >> 1) * words + w]!
    for (let rest = all; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest
      const slot = 32 * w + 31 - Math.clz32(bit)
      if (others.some((e) => dirtyBy[(e >> 1) * slots + slot] !== dirtyBy[from * slots + slot])) all &= ~bit
    }
    return all
  }

  /** What is to be stored on each edge, and what is dirty at the begin of each block. */
  private listDirty(): void {
    const { from, words } = this.facts
    const { dirtyIn, dirtyOut } = this
    const members = (set: Int32Array, block: number): number[] => {
      const found: number[] = []
      for (let slot = 0; slot < this.slots; slot++) if (has(set, block * words, slot)) found.push(slot)
      return found
    }
    for (let block = 0; block < from.blockCount; block++) {
      this.dirty[block] = members(dirtyIn, block)
      const after = members(dirtyOut, block)
      for (let e = 2 * block; e < 2 * block + 2; e++) {
        const target = from.succ[e]!
        this.stored[e] = target === NONE ? [] : after.filter((slot) => !this.isDirty(target, slot))
      }
    }
  }
}
