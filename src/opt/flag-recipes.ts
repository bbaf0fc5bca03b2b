/**
 * Packed flags in innermost loops: kept as *recipes*, not as values. A put of packed flags (`put nzcv, pack(flags.sub a, b)`) costs a loop four
 * instructions a round, only because a fault or a poll may show them before they are put again. Where nothing in the loop reads them, nothing
 * is packed: notes say how they are computed (the back-end emits nothing for that, side tables hold the expression), and the edges that leave the
 * loop compute them.
 *
 * At each point of such a loop the slot's memory is
 *   CLEAN     right
 *   a put     stale; the flags are those of that put of the same round, whose operands are at hand
 *   MAYBE     right in the first round, else MARK, which is no packed value: then the flags are those of the put that ended the round before.
 * Only one put can do the latter, the loop's *last*: all ways to the header come from it, it stores MARK, and its operands are expressed by what
 * is at hand in the next round: values from outside of the loop, and slots as they are at the header, because a register compared at the end of
 * a round is still there at the begin of the next.
 * Where different ways meet and say different things, the puts that lead there are stored, as they are outside of such loops.
 */
import { I32 } from '../ir/op-row.ts'
import { OP, OP_ARG_COUNT } from '../ir/ops.ts'
import { CMP_EQ } from '../ir/ops-int.ts'
import { NONE, type Region } from '../ir/region.ts'
import type { Loops } from './loops.ts'

/** In the slot: the flags are those of the loop's last put. Packed flags have zeros in these bits. */
export const MARK = 2

/** What the slot's memory is, if it is not stale by the put of the row of this number. */
export const CLEAN = -1
const MAYBE = -2
const UNKNOWN = -3

/** Operands are expressed by so many operations at most. */
const MOST_DEPTH = 3

/** How a value is computed: a value of the promoter; a slot's memory; a row of its own. */
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

const FLAG_OPS = new Set<number>([OP['flags.sub'], OP['flags.add'], OP['flags.logic']])
/** What an operand may be made of. */
const PURE = new Set<number>(
  (
    ['add', 'sub', 'and', 'or', 'xor', 'andn', 'not', 'neg', 'shl', 'shr', 'sar', 'ror', 'trunc', 'zext8', 'zext16', 'zext32', 'sext8', 'sext16', 'sext32'] as const
  ).map((name) => OP[name]),
) // biome-ignore format: a list

export class FlagRecipes {
  /** The slot of packed flags; NONE if the region puts none. */
  slot: number = NONE
  private from!: Region
  private loops!: Loops
  /** By block: the loop whose recipes hold in it, NONE. */
  private readonly loopOf: number[] = []
  private readonly before: number[] = []
  private readonly after: number[] = []
  /** Puts that are stored in spite of all. */
  private readonly isStored = new Set<number>()
  /** By loop: its last put, NONE; and the flags of that put, as they are expressed in the next round. */
  private readonly lastPut: number[] = []
  private readonly lastFlags: (Expression | null)[] = []

  /** Finds the loops, before any value is asked for. `exposed`: does a block read the slot before it puts it? */
  analyse(from: Region, loops: Loops, exposed: (block: number, slot: number) => boolean): void {
    this.from = from
    this.loops = loops
    this.slot = NONE
    this.isStored.clear()
    this.lastPut.length = this.lastFlags.length = 0
    this.loopOf.length = this.before.length = this.after.length = 0
    for (let row = 0; row < from.rowCount && this.slot === NONE; row++)
      if (from.op[row] === OP.put && this.isPack(row)) this.slot = from.imm[row]!
    for (let block = 0; block < from.blockCount; block++) {
      this.loopOf.push(NONE)
      this.before.push(CLEAN)
      this.after.push(CLEAN)
    }
    if (this.slot === NONE) return
    for (let loop = 0; loop < loops.count; loop++) if (!loops.parent.includes(loop) && !this.isRead(loop, exposed)) this.solve(loop)
  }

  /** Is the slot kept by recipes in the loop? Then the loop does not carry it. */
  isKept(loop: number, slot: number): boolean {
    return slot === this.slot && this.loopOf[this.loops.header[loop]!] === loop
  }

  /** Is a block's slot in memory, as far as recipes go? */
  isClean(block: number, slot: number): boolean {
    return slot !== this.slot || this.before[block] === CLEAN
  }

  /** Do edges lead from recipes to the block, so that it finds the slot stored? */
  isBehind(block: number): boolean {
    return this.loops.into[block]!.some((e) => this.loopOf[e >> 1] !== NONE && this.loopOf[e >> 1] !== this.loopOf[block])
  }

  /** Is the put of this row a note? */
  isRecipe(block: number, row: number): boolean {
    return this.loopOf[block] !== NONE && this.from.imm[row] === this.slot && this.isLazy(row)
  }

  /** Does the next round rely on the put of this row? */
  isLast(block: number, row: number): boolean {
    return this.lastPut[this.loopOf[block]!] === row
  }

  /** Finds how each loop's last put is expressed in the next round; where it is not, it is stored. */
  express(values: PromotedValues): void {
    for (let loop = 0; loop < this.loops.count; loop++) {
      if (!this.isKept(loop, this.slot)) continue
      while (this.lastPut[loop] !== NONE) {
        const flags = this.from.a[this.from.a[this.lastPut[loop]!]!]!
        const found = new Expresser(this.from, this.loops, loop, this.slot, values).row(flags, MOST_DEPTH)
        this.lastFlags[loop] = found
        if (found !== null) break
        this.isStored.add(this.lastPut[loop]!)
        this.solve(loop)
      }
    }
  }

  /** The slot at the begin of a block; null: it is in memory. */
  atBegin(block: number, values: PromotedValues): Expression | null {
    return this.state(block, this.before[block]!, false, values)
  }

  /** What is to be stored on an edge; null: nothing. */
  onEdge(edge: number, values: PromotedValues): Expression | null {
    const block = edge >> 1
    if (this.loopOf[block] === NONE || this.loopOf[block] === this.loopOf[this.from.succ[edge]!]) return null
    return this.state(block, this.after[block]!, true, values)
  }

  /** The flags that a put puts. */
  ofPut(put: number): Expression {
    const { from } = this
    const flags = from.a[from.a[put]!]!
    const args = [from.a[flags]!, from.b[flags]!].slice(0, OP_ARG_COUNT[from.op[flags]!]!)
    return packed(rowLike(from, flags, args.map(valueLeaf)))
  }

  private state(block: number, state: number, isEnd: boolean, values: PromotedValues): Expression | null {
    if (state === CLEAN) return null
    if (state !== MAYBE) return this.ofPut(state)
    const loop = this.loopOf[block]!
    const memory: Expression = { kind: 'slot', slot: this.slot }
    const isMarked = makeRow(OP.icmp, I32, [memory, constant(MARK)], CMP_EQ)
    return makeRow(OP.select, I32, [isMarked, packed(this.here(this.lastFlags[loop]!, block, isEnd, values)), memory])
  }

  /** Slots that are not any more what they were at the header were read there. */
  private here(of: Expression, block: number, isEnd: boolean, values: PromotedValues): Expression {
    if (of.kind === 'row') return { ...of, args: of.args.map((arg) => this.here(arg, block, isEnd, values)) }
    if (of.kind === 'value' || !this.isChanged(block, of.slot, isEnd, values)) return of
    return valueLeaf(values.reload(this.loops.header[this.loopOf[block]!]!, of.slot))
  }

  /** May the slot have been put between the header and the begin (end) of the block? */
  private isChanged(block: number, slot: number, isEnd: boolean, values: PromotedValues): boolean {
    const header = this.loops.header[this.loopOf[block]!]!
    const seen = new Set<number>()
    const waiting: number[] = []
    const from = (of: number): void => {
      if (of !== header) for (const e of this.loops.into[of]!) waiting.push(e >> 1)
    }
    if (isEnd) waiting.push(block)
    else from(block)
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      if (values.isDefined(next, slot)) return true
      from(next)
    }
    return false
  }

  private isPack(put: number): boolean {
    const { from } = this
    const pack = from.a[put]!
    return from.op[pack] === OP.pack && FLAG_OPS.has(from.op[from.a[pack]!]!)
  }

  private isLazy(put: number): boolean {
    return this.isPack(put) && !this.isStored.has(put)
  }

  /** Is the slot read in the loop before it is put there? */
  private isRead(loop: number, exposed: (block: number, slot: number) => boolean): boolean {
    const { from } = this
    const body = this.loops.body[loop]!
    const isLive = new Uint8Array(from.blockCount)
    for (let changed = true; changed; ) {
      changed = false
      for (let block = from.blockCount - 1; block >= 0; block--) {
        if (!body[block] || isLive[block]) continue
        const isBehind = [2 * block, 2 * block + 1].some((e) => from.succ[e] !== NONE && body[from.succ[e]!] && isLive[from.succ[e]!])
        if (!exposed(block, this.slot) && !(isBehind && this.putOf(block) === NONE)) continue
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

  /** States of the loop's blocks; puts that would have to be told apart where ways meet become stored. */
  private solve(loop: number): void {
    const { loops } = this
    const header = loops.header[loop]!
    const blocks: number[] = []
    for (let block = 0; block < this.from.blockCount; block++) if (loops.body[loop]![block] && loops.reachable[block]) blocks.push(block)
    const begin = (): void => {
      for (const block of blocks) this.before[block] = this.after[block] = UNKNOWN
      this.lastPut[loop] = NONE
    }
    for (const block of blocks) this.loopOf[block] = loop
    begin()
    for (let changed = true; changed; ) {
      changed = false
      for (const block of blocks) {
        let state = UNKNOWN
        let isMixed = false
        const into = loops.into[block]!.map((e) => e >> 1).filter((pred) => loops.body[loop]![pred])
        for (const pred of into) {
          const joined = join(state, this.after[pred]!)
          if (joined === UNKNOWN && (state !== UNKNOWN || this.after[pred] !== UNKNOWN)) isMixed = true
          state = joined
          if (isMixed) break
        }
        if (isMixed) {
          for (const pred of into) if (this.after[pred]! >= 0) this.isStored.add(this.after[pred]!)
          begin()
          changed = true
          break
        }
        if (block === header) {
          // The first round begins with what is in memory.
          this.lastPut[loop] = state >= 0 ? state : NONE
          state = state >= 0 ? MAYBE : CLEAN
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
}

/** What two ways agree on; UNKNOWN if only one is known, or if they do not. */
function join(x: number, y: number): number {
  if (x === y || y === UNKNOWN) return x
  if (x === UNKNOWN) return y
  return x < 0 && y < 0 ? MAYBE : UNKNOWN
}

/** Expresses what a round of a loop has computed by what the next round has at its header. */
class Expresser {
  private readonly from: Region
  private readonly loops: Loops
  private readonly loop: number
  private readonly values: PromotedValues
  /** Slots that the loop puts, with their value at the end of each round if it is the same row on all ways. */
  private readonly ends: { slot: number; value: number }[] = []

  constructor(from: Region, loops: Loops, loop: number, flagsSlot: number, values: PromotedValues) {
    this.from = from
    this.loops = loops
    this.loop = loop
    this.values = values
    const body = loops.body[loop]!
    const header = loops.header[loop]!
    const latches = loops.into[header]!.map((e) => e >> 1).filter((block) => body[block])
    for (let slot = 0; slot < from.state.length; slot++) {
      if (slot === flagsSlot || !body.some((is, block) => is && values.isDefined(block, slot))) continue
      const ends = latches.map((block) => values.resolve(values.valueBehind(block, slot)))
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
    if (!this.loops.body[this.loop]![values.blockOf(v)]) return valueLeaf(v)
    const held = this.held(v)
    if (held !== null || depth === 0) return held
    return this.undone(v, depth) ?? (isRow && PURE.has(from.op[v]!) ? this.row(v, depth - 1) : null)
  }

  /** A slot has the value at the end of the round, or has it in its low word. */
  private held(v: number): Expression | null {
    const { from, values } = this
    for (const { slot, value } of this.ends) {
      if (value === v) return this.slotAtHeader(slot)
      const op = value < from.rowCount ? from.op[value] : NONE
      if ((op === OP.zext32 || op === OP.sext32) && values.resolve(from.a[value]!) === v)
        return makeRow(OP.trunc, I32, [this.slotAtHeader(slot)])
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
      const whole = this.slotAtHeader(slot)
      const end = isWord ? makeRow(OP.trunc, I32, [whole]) : whole
      // a - b = end: a = end + b, b = a - end. a + b = end: a = end - b.
      if (isSub) return a === v ? makeRow(OP.add, type, [end, other]) : makeRow(OP.sub, type, [other, end])
      return makeRow(OP.sub, type, [end, other])
    }
    return null
  }

  /** In memory, or in a register if the loop carries it there. */
  private slotAtHeader(slot: number): Expression {
    const header = this.loops.header[this.loop]!
    return this.values.isDirty(header, slot) ? valueLeaf(this.values.valueAt(header, slot)) : { kind: 'slot', slot }
  }
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
