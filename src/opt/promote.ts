/**
 * Promotion of guest state to SSA values across the blocks of a region, loops included: `from`, with its `get`s and `put`s, becomes `to`.
 *
 * - Reads: every `get` becomes the value that reaches it: what was put last, a block parameter where different values meet, or the `get` in block 0
 *   that reads what the region began with.
 * - Stores: a slot that a loop carries (read in it before it is written, and written) is *sunk*: its puts in the loop become notes, it is stored on the
 *   edges that leave the loop. So are others that the loop writes, where there are registers to spare, and outside of loops puts that one of the ways on overwrites
 *   (sinking.ts). All other puts stay where they are: then the value is in memory and no register has to be kept for it.
 *   A slot is *dirty* where its memory may be stale; what may not be dirty in a block is stored on the edge
 *   that leads there. Nothing is dirty in a block that leaves the region, so exits, system calls and traps find a canonical state.
 * - Faults in a loop find dirty slots by notes, which every block with a fault repeats at its begin. A vector constant, which no side table
 *   can hold, is stored as well, where it is put.
 * - Packed flags that loops set and do not carry are neither carried nor stored in it (flag-recipes.ts).
 * - Polls: each loop's header begins with one, whose exit stores what is dirty there.
 *
 * More slots than there are registers for are not sunk, and no block has more parameters: those used most come first. A slot that is clean where different values meet may
 * be read again from memory instead.
 *
 * Needs what HotFormer guarantees: nothing leads to block 0, and a system call is followed by an exit of its own block.
 */

import { EFFECT_END, EFFECT_OBSERVE, EFFECT_READ, EFFECT_WRITE, OP, OP_ARG_COUNT, OP_EFFECT } from '../ir/ops.ts'
import { NONE, type Region } from '../ir/region.ts'
import { emitConditional, readsConditional } from './conditional-flags.ts'
import { recoverable } from './dead-stores.ts'
import type { Expression, FlagRecipes, PromotedValues } from './flag-recipes.ts'
import { FlagSlots } from './flag-slots.ts'
import { Loops } from './loops.ts'
import { isVectorSlot, MOST_GENERAL, Sinking, type SlotFacts } from './sinking.ts'
import { add, has, isPromotable } from './slot-sets.ts'

/** Vector registers that are left for what a loop computes. */
const OTHER_VECTOR = 3

/** Values that are not rows of `from` yet: a slot as it is at the entry; a parameter; a slot read again at a block's begin. */
const ENTRY = 1 << 24
const PARAM = 1 << 25
const RELOAD = 1 << 26
const NUMBER = ENTRY - 1

export const PROMOTED = -1

export class Promoter implements PromotedValues, SlotFacts {
  readonly loops = new Loops()
  readonly flags = new FlagSlots()
  /** Packed flags that several slots of one place have, as text: their rows. */
  private readonly packs = new Map<string, number>()
  private readonly sinking: Sinking
  /** Slots that a loop carries in vector registers. */
  private readonly mostVector: number
  from!: Region
  private to!: Region
  private slots = 0
  words = 0

  // Sets of slots: `words` words for each block or loop.
  private exposed = new Int32Array(0)
  defined = new Int32Array(0)
  read = new Int32Array(0)

  /** By block and slot: the value at its begin, if it was asked for, and what it puts last. */
  private valueIn = new Int32Array(0)
  private valueOut = new Int32Array(0)
  /** By row of `from`: what a `get` reads; is the row used; its row in `to`. */
  private alias = new Int32Array(0)
  private isUsed = new Uint8Array(0)
  private rowIn = new Int32Array(0)
  /** By row of `from`: its block. */
  private rowBlock = new Int32Array(0)
  /** By parameter: block, slot, what it is replaced by, its row in `to`. */
  private readonly paramBlock: number[] = []
  private readonly paramSlot: number[] = []
  private readonly paramIs: number[] = []
  private readonly paramRow: number[] = []
  private readonly paramNeeded: boolean[] = []
  /** By slot: the row of its `get` in block 0, NONE; is it needed. */
  private entryRow = new Int32Array(0)
  private entryNeeded = new Uint8Array(0)
  /** By block: values read again at its begin. */
  private reloads: { block: number; slot: number; row: number; isNeeded: boolean }[] = []
  /** By block: parameters in order; does it have a row that may fault; its first and last block in `to`. */
  private params: number[][] = []
  private faults: boolean[] = []
  /** By block: does it have a system call. */
  observes: boolean[] = []
  private firstIn: number[] = []
  private lastIn: number[] = []
  /** By edge: the block in `to` that it goes by, NONE. */
  private ownOf: number[] = []

  constructor(vectorRegisters: number) {
    this.mostVector = vectorRegisters - OTHER_VECTOR
    this.sinking = new Sinking(this.mostVector)
  }

  /** PROMOTED; else the region has no form for it, `to` is undefined, and the result is the guest pc of a loop's header: a region may better begin there. */
  run(from: Region, to: Region): number {
    this.from = from
    this.to = to
    if (!this.loops.analyse(from)) return from.blockPc[this.loops.mixed]!
    this.prepare()
    this.scan()
    this.findRead()
    this.flags.analyse(from, this.loops, (block, slot) => has(this.exposed, block * this.words, slot))
    this.sinking.analyse(this)
    this.askForValues()
    this.simplify()
    this.askForFlags()
    this.limitParams()
    this.markNeeded()
    this.emit()
    return PROMOTED
  }

  private prepare(): void {
    const { from } = this
    const blocks = from.blockCount
    this.slots = from.state.length
    this.words = (this.slots + 31) >>> 5
    const sets = blocks * this.words
    for (const key of ['exposed', 'defined', 'read'] as const) this[key] = new Int32Array(sets)
    this.valueIn = new Int32Array(blocks * this.slots).fill(NONE)
    this.valueOut = new Int32Array(blocks * this.slots).fill(NONE)
    this.alias = new Int32Array(from.rowCount).fill(NONE)
    this.isUsed = new Uint8Array(from.rowCount)
    this.rowIn = new Int32Array(from.rowCount).fill(NONE)
    this.rowBlock = new Int32Array(from.rowCount)
    this.entryRow = new Int32Array(this.slots).fill(NONE)
    this.entryNeeded = new Uint8Array(this.slots)
    this.paramBlock.length = this.paramSlot.length = this.paramIs.length = this.paramRow.length = this.paramNeeded.length = 0
    this.reloads = []
    this.params = Array.from({ length: blocks }, () => [])
    this.faults = new Array(blocks).fill(false)
    this.observes = new Array(blocks).fill(false)
    this.firstIn = new Array(blocks).fill(NONE)
    this.lastIn = new Array(blocks).fill(NONE)
    this.ownOf = new Array(2 * blocks).fill(NONE)
  }

  // Facts

  /** Per block: which slots are read before they are put, and put; may it fault. */
  private scan(): void {
    const { from, words } = this
    for (let block = 0; block < from.blockCount; block++) {
      for (let row = from.blockStart[block]!; row < from.blockEnd[block]!; row++) {
        const op = from.op[row]!
        const effect = OP_EFFECT[op]!
        this.rowBlock[row] = block
        if (effect === EFFECT_READ || effect === EFFECT_WRITE) this.faults[block] = true
        if (effect === EFFECT_OBSERVE) this.observes[block] = true
        for (let k = 0; k < OP_ARG_COUNT[op]!; k++) this.isUsed[(k === 0 ? from.a : k === 1 ? from.b : from.c)[row]!] = 1
        if ((op !== OP.get && op !== OP.put) || !isPromotable(from, from.imm[row]!)) continue
        const slot = from.imm[row]!
        const known = this.valueOut[block * this.slots + slot]!
        if (op === OP.put) {
          add(this.defined, block * words, slot)
          this.valueOut[block * this.slots + slot] = from.a[row]!
        } else if (known === NONE) add(this.exposed, block * words, slot)
        else this.alias[row] = known
      }
    }
  }

  /** Backwards: which slots are read behind a block's begin before they are put. */
  private findRead(): void {
    const { from, words, exposed, defined, read } = this
    for (let changed = true; changed; ) {
      changed = false
      for (let block = from.blockCount - 1; block >= 0; block--) {
        for (let w = 0; w < words; w++) {
          let behind = 0
          for (let e = 2 * block; e < 2 * block + 2; e++) if (from.succ[e] !== NONE) behind |= read[from.succ[e]! * words + w]!
          const at = block * words + w
          const now = exposed[at]! | (behind & ~defined[at]!)
          if (now === read[at]) continue
          read[at] = now
          changed = true
        }
      }
    }
  }

  // Values

  /** Makes all parameters that may be needed. */
  private askForValues(): void {
    const { from, loops } = this
    for (let block = 0; block < from.blockCount; block++) {
      if (!loops.reachable[block]) continue
      for (let row = from.blockStart[block]!; row < from.blockEnd[block]!; row++)
        if (from.op[row] === OP.get && isPromotable(from, from.imm[row]!) && this.alias[row] === NONE)
          this.alias[row] = this.valueAt(block, from.imm[row]!)
      this.forStates(block, () => {})
    }
    this.askForArguments(0)
  }

  /** All that is passed to the parameters from number `first` on; the list grows meanwhile. */
  private askForArguments(first: number): void {
    for (let p = first; p < this.paramBlock.length; p++)
      for (const e of this.loops.into[this.paramBlock[p]!]!) this.valueBehind(e >> 1, this.paramSlot[p]!)
  }

  /** The values that recipes of flags are made of. */
  private askForFlags(): void {
    const known = this.paramBlock.length
    this.flags.express(this)
    for (let block = 0; block < this.from.blockCount; block++) if (this.loops.reachable[block]) this.forFlags(block, () => {})
    this.askForArguments(known)
    this.simplify()
  }

  /** The expressions of flags that are noted at a block's begin, shown by its poll, and stored on edges out of it. */
  private forFlags(block: number, use: (flags: Expression) => void): void {
    for (const recipes of this.flags.all) {
      const begin = this.tellsState(block) ? recipes.atBegin(block, this) : null
      if (begin !== null) use(begin)
      for (let e = 2 * block; e < 2 * block + 2; e++) {
        const flags = this.from.succ[e] === NONE ? null : recipes.onEdge(e, this)
        if (flags !== null) use(flags)
      }
    }
  }

  /** Are dirty slots told at the block's begin, by notes or a poll? */
  private tellsState(block: number): boolean {
    return this.faults[block]! || this.loops.headed[block] !== NONE
  }

  /** The values that are to be stored on the edges out of a block, and those that its notes and its poll tell of. */
  private forStates(block: number, use: (value: number) => void): void {
    for (let e = 2 * block; e < 2 * block + 2; e++) for (const slot of this.sinking.stored[e]!) use(this.valueBehind(block, slot))
    if (this.tellsState(block)) for (const slot of this.sinking.dirty[block]!) use(this.valueAt(block, slot))
  }

  /** The value of a slot at the begin of a block. */
  valueAt(block: number, slot: number): number {
    if (block === 0) return ENTRY + slot
    const at = block * this.slots + slot
    const known = this.valueIn[at]!
    if (known !== NONE) return known
    const into = this.loops.into[block]!
    const isStored = this.flags.of(slot)?.isBehind(block) === true && !this.isDirty(block, slot)
    const value = isStored
      ? this.reload(block, slot)
      : into.length === 1
        ? this.valueBehind(into[0]! >> 1, slot)
        : this.addParam(block, slot)
    this.valueIn[at] = value
    return value
  }

  valueBehind(block: number, slot: number): number {
    const out = this.valueOut[block * this.slots + slot]!
    return out === NONE ? this.valueAt(block, slot) : out
  }

  reload(block: number, slot: number): number {
    const known = this.reloads.findIndex((one) => one.block === block && one.slot === slot)
    if (known >= 0) return RELOAD + known
    this.reloads.push({ block, slot, row: NONE, isNeeded: false })
    return RELOAD + this.reloads.length - 1
  }

  isDirty(block: number, slot: number): boolean {
    return this.sinking.isDirty(block, slot)
  }

  isDefined(block: number, slot: number): boolean {
    return has(this.defined, block * this.words, slot)
  }

  blockOf(value: number): number {
    if (value < ENTRY) return this.rowBlock[value]!
    if (value < PARAM) return 0
    return value < RELOAD ? this.paramBlock[value & NUMBER]! : this.reloads[value & NUMBER]!.block
  }

  private addParam(block: number, slot: number): number {
    const p = this.paramBlock.length
    this.paramBlock.push(block)
    this.paramSlot.push(slot)
    this.paramIs.push(NONE)
    this.paramRow.push(NONE)
    this.paramNeeded.push(false)
    return PARAM + p
  }

  /** The value itself, behind `get`s and parameters that are always the same. */
  resolve(value: number): number {
    for (let v = value; ; ) {
      const next = v < ENTRY ? this.alias[v]! : v >= PARAM && v < RELOAD ? this.paramIs[v & NUMBER]! : NONE
      if (next === NONE) return v
      v = next
    }
  }

  /** Parameters to which all edges pass the same are that value. */
  private simplify(): void {
    for (let changed = true; changed; ) {
      changed = false
      for (let p = 0; p < this.paramBlock.length; p++) {
        if (this.paramIs[p] !== NONE) continue
        const only = this.onlyArgument(p)
        if (only === NONE) continue
        this.paramIs[p] = only
        changed = true
      }
    }
  }

  /** The one value that all edges pass to parameter `p`, itself not counted; NONE if there are several. */
  private onlyArgument(p: number): number {
    let only: number = NONE
    for (const e of this.loops.into[this.paramBlock[p]!]!) {
      const value = this.resolve(this.valueBehind(e >> 1, this.paramSlot[p]!))
      if (value === PARAM + p || value === only) continue
      if (only !== NONE) return NONE
      only = value
    }
    return only
  }

  /** Of a block's parameters beyond the limit, those of clean slots are read from memory instead. */
  private limitParams(): void {
    const { from } = this
    for (let block = 0; block < from.blockCount; block++) {
      const own = this.paramBlock.flatMap((of, p) => (of === block && this.paramIs[p] === NONE ? [p] : []))
      const isClean = (p: number): boolean => {
        const slot = this.paramSlot[p]!
        return !this.isDirty(block, slot) && this.flags.of(slot)?.isClean(block) !== false
      }
      let general = 0
      let vector = 0
      for (const p of [...own.filter((one) => !isClean(one)), ...own.filter(isClean)]) {
        const slot = this.paramSlot[p]!
        if (!(isVectorSlot(from, slot) ? vector++ >= this.mostVector : general++ >= MOST_GENERAL) || !isClean(p)) continue
        this.paramIs[p] = this.reload(block, slot)
      }
    }
  }

  /** Which parameters, reads at the entry and rows are used in the end. */
  private markNeeded(): void {
    const { from, loops } = this
    for (let block = 0; block < from.blockCount; block++) {
      if (!loops.reachable[block]) continue
      for (let row = from.blockStart[block]!; row < from.blockEnd[block]!; row++) {
        const op = from.op[row]!
        if (op === OP.get && isPromotable(from, from.imm[row]!)) continue
        for (let k = 0; k < OP_ARG_COUNT[op]!; k++) this.need((k === 0 ? from.a : k === 1 ? from.b : from.c)[row]!)
      }
      this.forStates(block, (value) => this.need(value))
      this.forFlags(block, (flags) => this.needAll(flags))
    }
    for (let block = 0; block < from.blockCount; block++)
      for (let row = from.blockStart[block]!; row < from.blockEnd[block]!; row++)
        if (loops.reachable[block] && from.op[row] === OP.put) {
          const recipes = this.flags.of(from.imm[row]!)
          if (recipes?.isRecipe(block, row) === true) this.needAll(recipes.ofPut(row))
        }
  }

  private needAll(of: Expression): void {
    if (of.kind === 'value') this.need(of.value)
    else if (of.kind === 'row') for (const arg of of.args) this.needAll(arg)
  }

  private need(value: number): void {
    const v = this.resolve(value)
    if (v < ENTRY) this.isUsed[v] = 1
    else if (v >= RELOAD) this.reloads[v & NUMBER]!.isNeeded = true
    else if (v < PARAM) this.entryNeeded[v & NUMBER] = 1
    else {
      const p = v & NUMBER
      if (this.paramNeeded[p]) return
      this.paramNeeded[p] = true
      this.params[this.paramBlock[p]!]!.push(p)
      for (const e of this.loops.into[this.paramBlock[p]!]!) this.need(this.valueBehind(e >> 1, this.paramSlot[p]!))
    }
  }

  // Emission

  private emit(): void {
    const { from, to, loops } = this
    to.reset(from.pc)
    for (let n = 0; n < from.insnCount; n++) to.startInsn(from.insnPc[n]!, from.insnWord[n])
    for (let i = 0; i < from.poolLength; i += 4) to.addPool(from.pool[i]!, from.pool[i + 1]!, from.pool[i + 2]!, from.pool[i + 3]!)
    const polls: { header: number; block: number }[] = []
    for (const block of loops.order) {
      to.resumeInsn(NONE)
      this.firstIn[block] = this.lastIn[block] = to.addBlock(from.blockPc[block]!)
      to.startBlock(this.firstIn[block]!)
      this.emitBegin(block)
      if (loops.headed[block] !== NONE) {
        const asked = to.emit(OP.asked)
        const rest = to.blockCount
        to.end(OP.br, asked, 0, 0, NONE, rest)
        polls.push({ header: block, block: this.firstIn[block]! })
        this.lastIn[block] = to.addBlock(from.blockPc[block]!)
        to.startBlock(rest)
      }
      if (this.faults[block]) this.noteFlags(block)
      if (this.faults[block]) for (const slot of this.sinking.dirty[block]!) this.note(slot, this.rowOf(this.valueAt(block, slot)))
      for (let row = from.blockStart[block]!; row < from.blockEnd[block]!; row++) this.copy(block, row)
      // Here and not at the end: the layout has a predecessor of every block before it.
      to.resumeInsn(NONE)
      for (let e = 2 * block; e < 2 * block + 2; e++) if (from.succ[e] !== NONE) this.emitStores(e)
    }
    to.resumeInsn(NONE)
    for (let block = 0; block < from.blockCount; block++)
      if (loops.reachable[block]) for (let e = 2 * block; e < 2 * block + 2; e++) if (from.succ[e] !== NONE) this.emitEdge(e)
    for (const { header, block } of polls) {
      const exit = to.addBlock(from.blockPc[header]!)
      to.succ[2 * block] = exit
      to.startBlock(exit)
      this.expressFlags(
        (recipes) => recipes.atBegin(header, this),
        (slot, row) => to.put(slot, row),
      )
      for (const slot of this.sinking.dirty[header]!) to.put(slot, this.rowOf(this.valueAt(header, slot)))
      to.leaveFor(from.blockPc[header]!, OP['exit.poll'])
    }
  }

  private noteFlags(block: number): void {
    this.expressFlags(
      (recipes) => recipes.atBegin(block, this),
      (slot, row) => this.note(slot, row),
    )
  }

  /** The flags of each slot that has some; what several have is computed once. All are before any is used, because a slot's memory may tell of another's. */
  private expressFlags(flagsOf: (recipes: FlagRecipes) => Expression | null, use: (slot: number, row: number) => void): void {
    const { all } = this.flags
    this.packs.clear()
    const found: [slot: number, row: number][] = []
    for (const recipes of all) {
      const flags = flagsOf(recipes)
      if (flags !== null) found.push([recipes.slot, this.express(flags, all.length > 1)])
    }
    for (const [slot, row] of found) use(slot, row)
  }

  /** The row of an expression, all its rows made anew: what only notes use costs nothing. */
  private express(of: Expression, isShared = false): number {
    if (of.kind === 'value') return this.rowOf(of.value)
    if (of.kind === 'slot') return this.to.get(of.slot)
    const text = isShared && of.op === OP.pack ? JSON.stringify(of) : ''
    const known = text === '' ? undefined : this.packs.get(text)
    if (known !== undefined) return known
    const [a = NONE, b = NONE, c = NONE] = of.args.map((arg) => this.express(arg, isShared))
    const row = this.to.emitTyped(of.op, of.type, a, b, c, of.imm, of.imm2)
    if (text !== '') this.packs.set(text, row)
    return row
  }

  /** What is to be stored on an edge is stored here. */
  private storeOn(edge: number): void {
    this.expressFlags(
      (recipes) => recipes.onEdge(edge, this),
      (slot, row) => this.to.put(slot, row),
    )
    for (const slot of this.sinking.stored[edge]!) this.to.put(slot, this.rowOf(this.valueBehind(edge >> 1, slot)))
  }

  /** Parameters of a block, in order; what is stored on the way; reads of slots: at the region's entry, and again. */
  private emitBegin(block: number): void {
    const { to } = this
    for (const [k, p] of this.params[block]!.entries())
      this.paramRow[p] = to.emitTyped(OP.param, to.state[this.paramSlot[p]!]!.type, NONE, NONE, NONE, k)
    if (block === 0) for (let slot = 0; slot < this.slots; slot++) if (this.entryNeeded[slot]) this.entryRow[slot] = to.get(slot)
    const into = this.loops.into[block]!
    if (into.length === 1) this.storeOn(into[0]!)
    for (const reload of this.reloads) if (reload.block === block && reload.isNeeded) reload.row = to.get(reload.slot)
  }

  /** Row in `to` of a value. */
  private rowOf(value: number): number {
    const v = this.resolve(value)
    const row =
      v < ENTRY
        ? this.rowIn[v]!
        : v >= RELOAD
          ? this.reloads[v & NUMBER]!.row
          : v >= PARAM
            ? this.paramRow[v & NUMBER]!
            : this.entryRow[v & NUMBER]!
    if (row === NONE) throw new Error(`promotion: a value of region ${this.from.pc.toString(16)} is used before it is made`)
    return row
  }

  /** The slot is `value`, a row of `to`, and its memory is stale; nothing for what was stored anyhow. */
  private note(slot: number, value: number): void {
    if (recoverable(this.to, value)) this.to.emitTyped(OP.note, 0, value, NONE, NONE, slot)
  }

  private copy(block: number, row: number): void {
    const { from, to } = this
    const op = from.op[row]!
    const effect = OP_EFFECT[op]!
    to.resumeInsn(from.at[row]!)
    if (effect === EFFECT_END) {
      const a = from.a[row] === NONE ? NONE : this.rowOf(from.a[row]!)
      to.end(op, a, from.imm[row]!, from.imm2[row]!)
      return
    }
    if ((op === OP.get || op === OP.put) && isPromotable(from, from.imm[row]!)) {
      if (op === OP.get) return
      const slot = from.imm[row]!
      const recipes = this.flags.of(slot)
      if (recipes?.isRecipe(block, row) === true) {
        const mark = recipes.markOf(row)
        if (mark !== NONE) to.put(slot, to.const32(mark))
        this.note(slot, this.express(recipes.ofPut(row)))
        return
      }
      const value = this.rowOf(from.a[row]!)
      if (this.sinking.isPutOff(block, slot) && recoverable(to, value)) this.note(slot, value)
      else to.put(slot, value)
      return
    }
    if (op === OP.const && !this.isUsed[row]) return
    const flags = from.a[row]!
    if (op === OP.test && readsConditional(from, row, flags)) {
      const [compared, chosen] = [this.rowOf(from.a[flags]!), this.rowOf(from.b[flags]!)]
      this.rowIn[row] = emitConditional(to, from.imm[row]!, compared, chosen, from.imm[flags]!)
      return
    }
    const arg = (of: Int32Array, k: number): number => (k < OP_ARG_COUNT[op]! && of[row] !== NONE ? this.rowOf(of[row]!) : of[row]!)
    this.rowIn[row] = to.emitTyped(op, from.type[row]!, arg(from.a, 0), arg(from.b, 1), arg(from.c, 2), from.imm[row]!, from.imm2[row]!)
    if (effect === EFFECT_OBSERVE && this.loops.loopOf[block] !== NONE) throw new Error('promotion: a system call within a loop')
  }

  /** If something has to be stored on an edge that its target cannot store: a block of the edge's own. */
  private emitStores(edge: number): void {
    const { from, to } = this
    const target = from.succ[edge]!
    if (this.loops.into[target]!.length === 1) return
    if (this.sinking.stored[edge]!.length === 0 && this.flags.all.every((recipes) => recipes.onEdge(edge, this) === null)) return
    const own = to.addBlock(from.blockPc[target]!)
    this.ownOf[edge] = own
    to.startBlock(own)
    this.storeOn(edge)
    const end = from.blockEnd[target]! - 1
    if (from.blockStart[target] === end && from.op[end] === OP['exit.direct'])
      to.end(OP['exit.direct'], NONE, from.imm[end]!, from.imm2[end]!)
    else to.end(OP.jump)
  }

  /** An edge of `from` leads to its target, or to its own block and that leads there. */
  private emitEdge(edge: number): void {
    const { from, to } = this
    const target = from.succ[edge]!
    let at = 2 * this.lastIn[edge >> 1]! + (edge & 1)
    const own = this.ownOf[edge]!
    if (own !== NONE) {
      to.succ[at] = own
      at = 2 * own
      if (to.op[to.blockEnd[own]! - 1] !== OP.jump) return
    }
    to.succ[at] = this.firstIn[target]!
    const args = this.params[target]!.map((p) => this.rowOf(this.valueBehind(edge >> 1, this.paramSlot[p]!)))
    to.setEdgeArgs(at >> 1, at & 1, args)
  }
}
