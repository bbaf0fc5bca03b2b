/**
 * Packed flags in loops: kept as *recipes*, not as values. A put of packed flags (`put nzcv, pack(flags.sub a, b)`) costs a loop four instructions,
 * only because a fault or a poll may show them before they are put again. Where nothing reads them as they were put in another round, nothing
 * is packed: notes say how they are computed (the back-end emits nothing for that, side tables hold the expression), and the edges that leave the
 * loops compute them.
 *
 * At each point of such loops the slot's memory is
 *   CLEAN     right
 *   a put     stale; the flags are those of that put, whose operands are at hand, because all ways come from it
 *   a meeting of ways that say different things: right, or the *mark* of a put, which no packed flags look like. Each put that
 *             comes to a meeting stores its mark. Then the flags are those of that put, its operands expressed by what is at hand where the ways meet:
 *             values from outside of the loops, and slots, because a register compared at the end of a round is still there at the begin of the next.
 * A put whose operands are not there any more at a meeting is stored. Slots that are always put together have one mark among them, in the first one's memory.
 *
 * Outside of loops the same is done, as if those blocks were one more loop (the *rest*), with fewer puts to a meeting. What leaves the region
 * is not in the rest, so that the edges there compute the flags: mostly ways that are seldom taken, or that put other flags at once.
 */
import { I32, I64 } from '../ir/op-row.ts'
import { EFFECT_END, EFFECT_PURE, OP, OP_ARG_COUNT, OP_EFFECT } from '../ir/ops.ts'
import { CMP_EQ } from '../ir/ops-int.ts'
import { NONE, type Region } from '../ir/region.ts'
import type { Loops } from './loops.ts'
import { isPromotable } from './slot-sets.ts'

/** States that are no put's row: of memory that is right; not known yet; from here on, of the meeting at the block of this number. */
const CLEAN = -1
const UNKNOWN = -2
const MEETING = 1 << 24

/** A meeting tells so many puts apart, a region's loops so many; marks are even numbers, where packed flags have zeros. */
const MOST_SOURCES = 4
const MOST_SOURCES_IN_REST = 2
const MOST_MARKS = 100
/** Operands are expressed by so many operations at most. */
const MOST_DEPTH = 3

/** How a value is computed: a value of the promoter; a slot, or its memory; a row of its own. */
export type Expression =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'slot'; readonly slot: number }
  | {
      readonly kind: 'row'
      readonly op: number
      readonly type: number
      readonly imm: number
      readonly imm2: number
      readonly args: readonly Expression[]
    }

/** What the promoter knows of values. They are numbers of its own; below `from.rowCount` rows. */
export interface PromotedValues {
  resolve(value: number): number
  /** The value of a slot at the begin, and at the end, of a block. */
  valueAt(block: number, slot: number): number
  valueBehind(block: number, slot: number): number
  /** The block that makes a resolved value. */
  blockOf(value: number): number
  /** The slot as memory has it at a block's begin. */
  reload(block: number, slot: number): number
  /** May the slot's memory be stale at the block's begin? */
  isDirty(block: number, slot: number): boolean
  isDefined(block: number, slot: number): boolean
}

const FLAG_OPS = new Set<number>([OP['flags.sub'], OP['flags.add'], OP['flags.adc'], OP['flags.sbc'], OP['flags.logic']])
/** Does a put store flags that can be kept as a recipe? */
export function isPack(from: Region, put: number): boolean {
  const pack = from.a[put]!
  if (from.op[pack] !== OP.pack) return false
  const flags = from.a[pack]!
  return FLAG_OPS.has(from.op[from.op[flags] === OP['flags.or'] ? from.a[flags]! : flags]!)
}

/** What an operand may be made of. */
const PURE = new Set<number>(
  (
    ['add', 'sub', 'and', 'or', 'xor', 'andn', 'not', 'neg', 'shl', 'shr', 'sar', 'ror', 'trunc', 'zext8', 'zext16', 'zext32', 'sext8', 'sext16', 'sext32'] as const
  ).map((name) => OP[name]),
) // biome-ignore format: a list

const NO_PUTS: ReadonlyMap<number, number> = new Map()

/** The puts that come to a meeting, each with its flags expressed there. */
type Sources = Map<number, Expression | null>

export class FlagRecipes {
  /** The slot of packed flags. */
  slot: number = NONE
  private from!: Region
  private loops!: Loops
  private isExposed!: (block: number, slot: number) => boolean
  /** Outermost loops whose flags are kept so, and the rest. By block: the one that it is in, NONE. */
  private readonly kept: number[] = []
  private readonly keptIn: number[] = []
  private readonly before: number[] = []
  private readonly after: number[] = []
  private readonly sources = new Map<number, Sources>()
  /** Puts that are stored in spite of all; the marks of others. */
  private readonly isStored = new Set<number>()
  private readonly marks = new Map<number, number>()
  /** Whose marks tell the puts of this slot apart; and its put for each of ours. */
  private leader: FlagRecipes | null = null
  private ledBy: ReadonlyMap<number, number> = NO_PUTS

  /** Finds the loops, before any value is asked for. `isExposed`: does a block read the slot before it puts it? */
  analyse(from: Region, loops: Loops, slot: number, isExposed: (block: number, slot: number) => boolean): void {
    this.from = from
    this.loops = loops
    this.isExposed = isExposed
    this.slot = slot
    this.isStored.clear()
    this.sources.clear()
    this.marks.clear()
    this.leader = null
    this.kept.length = this.keptIn.length = this.before.length = this.after.length = 0
    for (let block = 0; block < from.blockCount; block++) {
      this.keptIn.push(NONE)
      this.before.push(CLEAN)
      this.after.push(CLEAN)
    }
    const isCarried = Array.from({ length: loops.count }, (_, loop) => this.isRead(loop))
    for (const loop of loops.outerFirst()) {
      const header = loops.header[loop]!
      const isFree = isCarried.every((is, inner) => !is || !loops.body[loop]![loops.header[inner]!])
      if (this.keptIn[header] !== NONE || !isFree) continue
      this.kept.push(loop)
      for (let block = 0; block < from.blockCount; block++) if (loops.body[loop]![block]) this.keptIn[block] = loop
      this.solve(loop)
    }
    this.keepRest()
  }

  private keepRest(): void {
    const { from, loops, rest } = this
    for (let block = 1; block < from.blockCount; block++)
      if (loops.loopOf[block] === NONE && from.succ[2 * block] !== NONE) this.keptIn[block] = rest
    this.kept.push(rest)
    this.solve(rest)
  }

  /** The number of the rest. */
  private get rest(): number {
    return this.loops.count
  }

  /** Is the slot kept by recipes in the loop? Then the loop does not carry it. */
  isKept(loop: number): boolean {
    return this.keptIn[this.loops.header[loop]!] !== NONE
  }

  /** Is a block's slot in memory, as far as recipes go? */
  isClean(block: number): boolean {
    return this.before[block] === CLEAN
  }

  /** Do edges lead from recipes to the block, so that it finds the slot stored? */
  isBehind(block: number): boolean {
    const into = this.loops.into[block]!
    if (into.length === 1 && this.keptIn[into[0]! >> 1] === this.rest) return false
    return into.some((e) => this.keptIn[e >> 1] !== NONE && this.keptIn[e >> 1] !== this.keptIn[block])
  }

  /** Is the put of this row a note? */
  isRecipe(block: number, row: number): boolean {
    return this.keptIn[block] !== NONE && this.from.imm[row] === this.slot && this.isLazy(row)
  }

  /** What the put of this row stores in the place of flags, NONE. */
  markOf(put: number): number {
    return this.leader === null ? (this.marks.get(put) ?? NONE) : NONE
  }

  /**
   * Lets the marks of `other` stand for ours, if what a block puts last is put into both slots by the same instruction, and what has been decided is the same: then their memories are
   * right, or stale, at the same places.
   */
  follow(other: FlagRecipes): boolean {
    const pairs = this.pairsWith(other)
    if (pairs === null || !this.isLike(other, pairs)) return false
    this.leader = other
    this.ledBy = pairs
    return true
  }

  /** The other's put for the last one of each block; null: they do not go together. */
  private pairsWith(other: FlagRecipes): Map<number, number> | null {
    const { from } = this
    const pairs = new Map<number, number>()
    for (let block = 0; block < from.blockCount; block++) {
      const [own, its] = [this.putOf(block), other.putOf(block)]
      if (own === NONE && its === NONE) continue
      if (own === NONE || its === NONE || !this.isOneWith(own, its)) return null
      pairs.set(own, its)
      if (this.keptIn[block] !== NONE && !this.isStoredWith(other, block, its)) return null
    }
    return pairs
  }

  /** Are both puts of the same flags, or none of recipes; and is there nothing between them that could fault? */
  private isOneWith(own: number, its: number): boolean {
    const { from } = this
    if (own < its || (from.a[own] !== from.a[its] && (isPack(from, own) || isPack(from, its)))) return false
    for (let row = its + 1; row < own; row++) if (from.op[row] !== OP.put && OP_EFFECT[from.op[row]!] !== EFFECT_PURE) return false
    return true
  }

  /** Is our slot stored in the block, before row `last`, wherever the other one is? The mark that was found at the block's begin has to stay as long as it tells of us. */
  private isStoredWith(other: FlagRecipes, block: number, last: number): boolean {
    const { from } = this
    for (let row = from.blockStart[block]!; row < last; row++) {
      if (from.op[row] !== OP.put || from.imm[row] !== other.slot || other.isLazy(row)) continue
      let own = row + 1
      while (own < last && !(from.op[own] === OP.put && from.imm[own] === this.slot)) own++
      if (own === last || this.isLazy(own) || !this.isOneWith(own, row)) return false
    }
    return true
  }

  private isLike(other: FlagRecipes, pairs: ReadonlyMap<number, number>): boolean {
    const theirs = (state: number): number => (state < 0 || state >= MEETING ? state : pairs.get(state)!)
    for (let block = 0; block < this.from.blockCount; block++) {
      if (this.keptIn[block] !== other.keptIn[block]) return false
      if (theirs(this.before[block]!) !== other.before[block] || theirs(this.after[block]!) !== other.after[block]) return false
    }
    for (const [meeting, sources] of this.sources) {
      const those = other.sources.get(meeting)
      if (those?.size !== sources.size || ![...sources.keys()].every((put) => those.has(pairs.get(put)!))) return false
    }
    return [...pairs].every(([put, its]) => this.isStored.has(put) === other.isStored.has(its))
  }

  /** Finds how puts are expressed where ways meet; those that are not become stored. */
  express(values: PromotedValues): void {
    for (const loop of this.kept) while (!this.expressIn(loop, values)) this.solve(loop)
    for (const sources of this.sources.values())
      for (const put of sources.keys()) if (!this.marks.has(put)) this.marks.set(put, 2 * (this.marks.size + 1))
  }

  /** The slot at the begin of a block; null: it is in memory. */
  atBegin(block: number, values: PromotedValues): Expression | null {
    return this.state(block, this.before[block]!, false, values)
  }

  /** What is to be stored on an edge; null: nothing. */
  onEdge(edge: number, values: PromotedValues): Expression | null {
    const block = edge >> 1
    if (this.keptIn[block] === NONE || this.keptIn[block] === this.keptIn[this.from.succ[edge]!]) return null
    return this.state(block, this.after[block]!, true, values)
  }

  /** The flags that a put puts. */
  ofPut(put: number): Expression {
    const { from } = this
    const flags = from.a[from.a[put]!]!
    if (from.op[flags] !== OP['flags.or']) return packed(this.compared(flags))
    return packed(rowLike(from, flags, [this.compared(from.a[flags]!), valueLeaf(from.b[flags]!)]))
  }

  private compared(flags: number): Expression {
    const { from } = this
    const args = [from.a[flags]!, from.b[flags]!, from.c[flags]!].slice(0, OP_ARG_COUNT[from.op[flags]!]!)
    return rowLike(from, flags, args.map(valueLeaf))
  }

  private state(block: number, state: number, isEnd: boolean, values: PromotedValues): Expression | null {
    if (state === CLEAN) return null
    if (state < MEETING) return this.ofPut(state)
    const meeting = state - MEETING
    const { leader } = this
    const marked = slotLeaf((leader ?? this).slot)
    let found = slotLeaf(this.slot)
    for (const [put, flags] of this.sources.get(meeting)!) {
      const mark = leader === null ? this.marks.get(put) : leader.marks.get(this.ledBy.get(put)!)
      const isMarked = makeRow(OP.icmp, I32, [marked, constant(mark!)], CMP_EQ)
      found = makeRow(OP.select, I32, [isMarked, packed(this.here(flags!, meeting, block, isEnd, values)), found])
    }
    return found
  }

  /** What was expressed at a meeting, in a block behind it: slots that are carried are values, those that were put since are read at the meeting. */
  private here(of: Expression, meeting: number, block: number, isEnd: boolean, values: PromotedValues): Expression {
    if (of.kind === 'row') return { ...of, args: of.args.map((arg) => this.here(arg, meeting, block, isEnd, values)) }
    if (of.kind === 'value') return of
    if (values.isDirty(meeting, of.slot)) return valueLeaf(values.valueAt(meeting, of.slot))
    return this.isChanged(meeting, block, of.slot, isEnd, values) ? valueLeaf(values.reload(meeting, of.slot)) : of
  }

  /** May the slot have been put between the begin of `meeting` and the begin (end) of the block? */
  private isChanged(meeting: number, block: number, slot: number, isEnd: boolean, values: PromotedValues): boolean {
    const seen = new Set<number>()
    const waiting: number[] = []
    const goUp = (of: number): void => {
      if (of !== meeting) for (const e of this.loops.into[of]!) waiting.push(e >> 1)
    }
    if (isEnd) waiting.push(block)
    else goUp(block)
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      if (values.isDefined(next, slot)) return true
      goUp(next)
    }
    return false
  }

  private isLazy(put: number): boolean {
    return isPack(this.from, put) && !this.isStored.has(put)
  }

  /** Is the slot read in the loop before it is put there? */
  private isRead(loop: number): boolean {
    const { from } = this
    const body = this.loops.body[loop]!
    const isLive = new Uint8Array(from.blockCount)
    for (let changed = true; changed; ) {
      changed = false
      for (let block = from.blockCount - 1; block >= 0; block--) {
        if (!body[block] || isLive[block]) continue
        const isBehind = [2 * block, 2 * block + 1].some((e) => from.succ[e] !== NONE && body[from.succ[e]!] && isLive[from.succ[e]!])
        if (!this.isExposed(block, this.slot) && !(isBehind && this.putOf(block) === NONE)) continue
        isLive[block] = 1
        changed = true
      }
    }
    return isLive[this.loops.header[loop]!] === 1
  }

  /** The block's last put of the slot, NONE. */
  private putOf(block: number): number {
    const { from } = this
    for (let row = from.blockEnd[block]! - 1; row >= from.blockStart[block]!; row--)
      if (from.op[row] === OP.put && from.imm[row] === this.slot) return row
    return NONE
  }

  /** States of the loop's blocks, and what comes to meetings. */
  private solve(loop: number): void {
    const blocks = Array.from({ length: this.from.blockCount }, (_, block) => block).filter(
      (block) => this.keptIn[block] === loop && this.loops.reachable[block],
    )
    do {
      for (const block of blocks) {
        this.before[block] = this.after[block] = UNKNOWN
        this.sources.delete(block)
      }
      this.spread(blocks)
      this.gather(blocks)
    } while (this.storeSome(blocks))
  }

  private spread(blocks: readonly number[]): void {
    for (let changed = true; changed; ) {
      changed = false
      for (const block of blocks) {
        // A meeting stays one, so that this comes to an end.
        let state = this.isMeeting(block) ? MEETING + block : UNKNOWN
        for (const e of this.loops.into[block]!) {
          const came = this.cameBy(e)
          if (came === UNKNOWN || came === state) continue
          state = state === UNKNOWN ? came : MEETING + block
        }
        const put = this.putOf(block)
        const after = put === NONE ? state : this.isLazy(put) ? put : CLEAN
        if (state === this.before[block] && after === this.after[block]) continue
        this.before[block] = state
        this.after[block] = after
        changed = true
      }
    }
  }

  /** The state on an edge into a kept loop or within it. */
  private cameBy(edge: number): number {
    return this.keptIn[edge >> 1] === this.keptIn[this.from.succ[edge]!] ? this.after[edge >> 1]! : CLEAN
  }

  private isMeeting(block: number): boolean {
    return this.before[block] === MEETING + block
  }

  private gather(blocks: readonly number[]): void {
    for (const block of blocks) if (this.isMeeting(block)) this.sources.set(block, new Map())
    for (let changed = true; changed; ) {
      changed = false
      for (const block of blocks) {
        const sources = this.sources.get(block)
        if (sources === undefined) continue
        const size = sources.size
        for (const e of this.loops.into[block]!) for (const put of this.putsOn(e)) if (!sources.has(put)) sources.set(put, null)
        if (sources.size !== size) changed = true
      }
    }
  }

  /** The puts that an edge's state may be of. */
  private putsOn(edge: number): Iterable<number> {
    const state = this.cameBy(edge)
    return state >= MEETING ? this.sources.get(state - MEETING)!.keys() : state >= 0 ? [state] : []
  }

  /** Puts become stored where too many meet, and where what they put is read behind a meeting. */
  private storeSome(blocks: readonly number[]): boolean {
    const known = this.isStored.size
    for (const block of blocks) {
      const state = this.before[block]!
      if (state >= MEETING && this.isExposed(block, this.slot))
        for (const put of this.sources.get(state - MEETING)!.keys()) this.isStored.add(put)
      const puts = [...(this.sources.get(block)?.keys() ?? [])]
      for (const put of puts.slice(this.keptIn[block] === this.rest ? MOST_SOURCES_IN_REST : MOST_SOURCES)) this.isStored.add(put)
    }
    const all = new Set([...this.sources.values()].flatMap((sources) => [...sources.keys()]))
    for (const put of [...all].slice(MOST_MARKS)) this.isStored.add(put)
    return this.isStored.size > known
  }

  /** False: puts have become stored, so that states are others. */
  private expressIn(loop: number, values: PromotedValues): boolean {
    const meetings = [...this.sources.keys()].filter((block) => this.keptIn[block] === loop)
    const known = this.isStored.size
    // First by any way that has an expression already, then compared with all others.
    for (let changed = true; changed; ) {
      changed = false
      for (const meeting of meetings)
        for (const [put, flags] of this.sources.get(meeting)!) {
          if (flags !== null || this.isStored.has(put)) continue
          const found = this.expressAt(meeting, put, loop, values)
          if (found === undefined) continue
          if (found === null) this.isStored.add(put)
          else this.sources.get(meeting)!.set(put, found)
          changed = true
        }
    }
    for (const meeting of meetings)
      for (const [put, flags] of this.sources.get(meeting)!)
        if (flags === null || !this.holdsAt(meeting, put, flags, values)) this.isStored.add(put)
    return this.isStored.size === known
  }

  /** The flags of a put at a meeting: null if that is not possible, undefined if nothing that comes there is known yet. */
  private expressAt(meeting: number, put: number, loop: number, values: PromotedValues): Expression | null | undefined {
    const into = this.loops.into[meeting]!
    const direct = into.filter((e) => this.cameBy(e) === put).map((e) => e >> 1)
    if (direct.length > 0) {
      const flags = this.from.a[this.from.a[put]!]!
      // What dominates a block of a loop and is outside, dominates all of the loop; in the rest only block 0 does.
      const isOutside = (block: number): boolean => (loop === this.rest ? block === 0 : this.keptIn[block] !== loop)
      return new Expresser(this.from, direct, this.slotsOf(put), isOutside, values).row(flags, MOST_DEPTH)
    }
    for (const e of into) {
      const state = this.cameBy(e)
      if (state >= MEETING && state !== MEETING + meeting) {
        const flags = this.sources.get(state - MEETING)!.get(put)
        if (flags !== undefined && flags !== null) return flags
      }
    }
    return undefined
  }

  /** Does every other meeting from where the put comes say the same, of slots that have not changed on the way? */
  private holdsAt(meeting: number, put: number, flags: Expression, values: PromotedValues): boolean {
    for (const e of this.loops.into[meeting]!) {
      const state = this.cameBy(e)
      if (state < MEETING) continue
      const there = state - MEETING
      const theirs = this.sources.get(there)!.get(put)
      if (theirs === undefined) continue
      if (theirs === null || JSON.stringify(theirs) !== JSON.stringify(flags)) return false
      const isSame = (slot: number): boolean =>
        values.resolve(values.valueBehind(e >> 1, slot)) === values.resolve(values.valueAt(there, slot))
      if (!slotsIn(flags).every(isSame)) return false
    }
    return true
  }

  /** The general slots that the put's block puts or reads, and those that its flags read. */
  private slotsOf(put: number): number[] {
    const { from } = this
    const found = new Set<number>()
    const walk = (row: number, depth: number): void => {
      if (from.op[row] === OP.get) found.add(from.imm[row]!)
      if (depth > 0) for (const arg of [from.a[row]!, from.b[row]!].slice(0, OP_ARG_COUNT[from.op[row]!]!)) walk(arg, depth - 1)
    }
    walk(from.a[from.a[put]!]!, MOST_DEPTH + 1)
    let start = put
    while (start > 0 && OP_EFFECT[from.op[start - 1]!] !== EFFECT_END) start--
    for (let row = start; OP_EFFECT[from.op[row]!] !== EFFECT_END; row++)
      if (from.op[row] === OP.get || from.op[row] === OP.put) found.add(from.imm[row]!)
    return [...found].filter((slot) => slot !== this.slot && (from.state[slot]!.type === I32 || from.state[slot]!.type === I64))
  }
}

/** Expresses what has been computed by the values of slots at the ends of some blocks. */
class Expresser {
  private readonly from: Region
  private readonly values: PromotedValues
  private readonly isOutside: (block: number) => boolean
  /** Slots with their value, if it is the same at all ends. */
  private readonly ends: { slot: number; value: number }[] = []

  constructor(
    from: Region,
    blocks: readonly number[],
    slots: readonly number[],
    isOutside: (block: number) => boolean,
    values: PromotedValues,
  ) {
    this.from = from
    this.values = values
    this.isOutside = isOutside
    for (const slot of slots) {
      if (!isPromotable(from, slot)) continue
      const ends = blocks.map((block) => values.resolve(values.valueBehind(block, slot)))
      if (ends.every((value) => value === ends[0])) this.ends.push({ slot, value: ends[0]! })
    }
  }

  /** The same row with its arguments expressed, null if that is not possible. */
  row(row: number, depth: number): Expression | null {
    const args: Expression[] = []
    for (let k = 0; k < OP_ARG_COUNT[this.from.op[row]!]!; k++) {
      const arg = this.value((k === 0 ? this.from.a : k === 1 ? this.from.b : this.from.c)[row]!, depth)
      if (arg === null) return null
      args.push(arg)
    }
    return rowLike(this.from, row, args)
  }

  private value(of: number, depth: number): Expression | null {
    const { from, values } = this
    const v = values.resolve(of)
    const isRow = v < from.rowCount
    if (isRow && from.op[v] === OP.const) return rowLike(from, v, [])
    if (this.isOutside(values.blockOf(v))) return valueLeaf(v)
    const held = this.held(v)
    if (held !== null || depth === 0) return held
    return this.undone(v, depth) ?? (isRow && PURE.has(from.op[v]!) ? this.row(v, depth - 1) : null)
  }

  /** A slot has the value at the end, or has it in its low word. */
  private held(v: number): Expression | null {
    const { from, values } = this
    for (const { slot, value } of this.ends) {
      if (value === v) return slotLeaf(slot)
      const op = value < from.rowCount ? from.op[value] : NONE
      if ((op === OP.zext32 || op === OP.sext32) && values.resolve(from.a[value]!) === v) return makeRow(OP.trunc, I32, [slotLeaf(slot)])
    }
    return null
  }

  /** A slot has the value with something added to it or subtracted from it. */
  private undone(v: number, depth: number): Expression | null {
    const { from, values } = this
    for (const { slot, value } of this.ends) {
      if (value >= from.rowCount) continue
      const isWord = from.op[value] === OP.zext32
      const sum = isWord ? values.resolve(from.a[value]!) : value
      if (sum >= from.rowCount || (from.op[sum] !== OP.add && from.op[sum] !== OP.sub)) continue
      const isSub = from.op[sum] === OP.sub
      const [a, b] = [values.resolve(from.a[sum]!), values.resolve(from.b[sum]!)]
      const type = from.type[sum]!
      const other = a === v ? this.value(b, depth - 1) : b === v ? this.value(a, depth - 1) : null
      if (other === null) continue
      const whole = slotLeaf(slot)
      const end = isWord ? makeRow(OP.trunc, I32, [whole]) : whole
      // a - b = end: a = end + b, b = a - end. a + b = end: a = end - b.
      if (isSub) return a === v ? makeRow(OP.add, type, [end, other]) : makeRow(OP.sub, type, [other, end])
      return makeRow(OP.sub, type, [end, other])
    }
    return null
  }
}

function slotLeaf(slot: number): Expression {
  return { kind: 'slot', slot }
}

function slotsIn(of: Expression): number[] {
  return of.kind === 'slot' ? [of.slot] : of.kind === 'row' ? of.args.flatMap(slotsIn) : []
}

function valueLeaf(value: number): Expression {
  return { kind: 'value', value }
}

function makeRow(op: number, type: number, args: readonly Expression[], imm = 0, imm2 = 0): Expression {
  return { kind: 'row', op, type, imm, imm2, args }
}

function rowLike(from: Region, row: number, args: readonly Expression[]): Expression {
  return makeRow(from.op[row]!, from.type[row]!, args, from.imm[row]!, from.imm2[row]!)
}

function constant(value: number): Expression {
  return makeRow(OP.const, I32, [], value)
}

function packed(flags: Expression): Expression {
  return makeRow(OP.pack, I32, [flags])
}
