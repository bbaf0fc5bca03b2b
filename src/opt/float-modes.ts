/**
 * Changes between the two modes of floating point (fenv.enter, fenv.leave: ir/ops-float.ts) cost some 7 ns each pair, and the front-end makes one for every
 * instruction that computes in the other modes. This pass, the last one, places them anew: a region stays in the modes that it is in until something needs, or
 * looks at, those that it is not in. So a loop that computes in the other modes alone changes them before and behind it.
 *
 * Every row that computes, or looks at the environment, needs one of the two; so do exits and system calls, which need the usual ones. A block begins in
 * the modes that it, or what follows it, needs first; a loop's back edge decides where ways differ. Where a way comes to a block in other modes than it begins in,
 * they change on that way. Accesses that may fault need neither: whoever recovers the state leaves the other modes, too.
 */
import { EFFECT_END, EFFECT_OBSERVE, EFFECT_STATE, OP, OP_ARG_COUNT, OP_EFFECT } from '../ir/ops.ts'
import { NONE, type Region, type StateSlot } from '../ir/region.ts'
import { RowCopy } from './row-copy.ts'

const EITHER = 0
const USUAL = 1
const OTHER = 2

/** By state: has the guest two modes. */
const twoModes = new Map<readonly StateSlot[], boolean>()
export function hasTwoModes(state: readonly StateSlot[]): boolean {
  let found = twoModes.get(state)
  if (found === undefined) twoModes.set(state, (found = state.some((slot) => slot.name === 'mxcsr_standard')))
  return found
}

export function placeModes(region: Region): void {
  if (!hasTwoModes(region.state) || !changesModes(region)) return
  new Placement(region).run()
}

function changesModes({ op, rowCount }: Region): boolean {
  for (let row = 0; row < rowCount; row++) if (op[row] === OP['fenv.enter']) return true
  return false
}

/** A comparison may be made again where its flags are read, or what is read of them is used. */
function comparesAgain(region: Region, row: number): boolean {
  const { op, a, b, c } = region
  for (let k = 0; k < OP_ARG_COUNT[op[row]!]!; k++) {
    const x = k === 0 ? a[row]! : k === 1 ? b[row]! : c[row]!
    if (x === NONE) continue
    let flags = op[x] === OP.test || op[x] === OP.pack ? a[x]! : x
    while (op[flags] === OP['flags.or']) flags = a[flags]!
    if (op[flags] === OP['flags.fcmp']) return true
  }
  return false
}

/** Does the row need the modes that are current where it stands? */
function sees(region: Region, row: number): boolean {
  const o = region.op[row]!
  if (comparesAgain(region, row)) return true
  const effect = OP_EFFECT[o]!
  if (effect === EFFECT_END) return o !== OP.br && o !== OP.jump
  if (effect === EFFECT_OBSERVE) return true
  if (effect !== EFFECT_STATE || o === OP.note || o === OP.prefetch || o === OP.param || o === OP.asked) return false
  if (o !== OP.get && o !== OP.put) return true
  const { volatile, routinesRead } = region.state[region.imm[row]!]!
  return volatile === true || routinesRead === true
}

class Placement {
  private readonly region: Region
  /** FPCR of the other modes: all changes that are placed anew have this one. */
  private readonly fpcr: number
  /** By row: the modes that it needs. Changes themselves need none, but for those with another FPCR, which stay and need the usual ones. */
  private readonly need: Uint8Array
  /** By block: the first and the last need in it; the modes at its begin and its end. */
  private readonly first: Uint8Array
  private readonly last: Uint8Array
  private atBegin: Uint8Array
  private readonly atEnd: Uint8Array

  constructor(region: Region) {
    this.region = region
    this.need = new Uint8Array(region.rowCount)
    this.first = new Uint8Array(region.blockCount)
    this.last = new Uint8Array(region.blockCount)
    this.atBegin = new Uint8Array(region.blockCount)
    this.atEnd = new Uint8Array(region.blockCount)
    this.fpcr = this.findNeeds()
  }

  run(): void {
    this.chooseBegins()
    for (let block = 0; block < this.region.blockCount; block++) this.atEnd[block] = this.last[block] || this.atBegin[block]!
    this.changeWithin()
    this.rewrite()
  }

  private findNeeds(): number {
    const { region, need, first, last } = this
    const { op, a, imm } = region
    let fpcr = NONE
    for (let block = 0; block < region.blockCount; block++) {
      let isOther = false
      let isKept = false
      for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++) {
        const o = op[row]!
        if (o === OP['fenv.enter']) {
          const modes = a[row]!
          isKept = op[modes] !== OP.const || (fpcr !== NONE && imm[modes] !== fpcr)
          if (!isKept) fpcr = imm[modes]!
          isOther = !isKept
        }
        if (o === OP['fenv.enter'] || o === OP['fenv.leave']) need[row] = isKept ? USUAL : EITHER
        else if (isKept) need[row] = EITHER
        else if (sees(region, row)) need[row] = isOther ? OTHER : USUAL
        if (o === OP['fenv.leave']) isOther = isKept = false
        if (need[row] === EITHER) continue
        first[block] ||= need[row]!
        last[block] = need[row]!
      }
    }
    return fpcr
  }

  /** What a block needs first, or else what its successors begin with, from the last block to the first, until nothing changes. */
  private chooseBegins(): void {
    const { region, first, atBegin } = this
    for (let changed = true; changed; ) {
      changed = false
      for (let block = region.blockCount - 1; block >= 0; block--) {
        const begin = block === 0 ? USUAL : first[block] || this.ofSuccessors(block)
        if (begin === atBegin[block]) continue
        // What is chosen is not taken back, so this ends.
        if (atBegin[block] === OTHER) continue
        atBegin[block] = begin
        changed = true
      }
    }
    for (let block = 0; block < region.blockCount; block++) atBegin[block] ||= USUAL
  }

  private ofSuccessors(block: number): number {
    const { region, atBegin } = this
    let found = EITHER
    for (let k = 0; k < 2; k++) {
      const target = region.succ[2 * block + k]!
      if (target === NONE || atBegin[target] === EITHER) continue
      if (found === EITHER || found === atBegin[target]) found = atBegin[target]!
      // One that leaves the region is the rarer way; so is the one out of a loop.
      else if (this.leaves(region.succ[2 * block]!) || this.leaves(region.succ[2 * block + 1]!) || this.isBack(block)) found = OTHER
      else found = USUAL
    }
    return found
  }

  private leaves(block: number): boolean {
    return this.region.succ[2 * block] === NONE
  }

  private isBack(block: number): boolean {
    const { succ, blockStart } = this.region
    return [succ[2 * block]!, succ[2 * block + 1]!].some(
      (target) => target !== NONE && blockStart[target]! <= blockStart[block]! && this.atBegin[target] === OTHER,
    )
  }

  /** Where all ways come to a block in the modes that it does not begin in, it changes them itself, where it first needs to. */
  private changeWithin(): void {
    const { region, first, atBegin, atEnd } = this
    const arrives = new Uint8Array(region.blockCount)
    for (let edge = 0; edge < 2 * region.blockCount; edge++)
      if (region.succ[edge] !== NONE) arrives[region.succ[edge]!]! |= atEnd[edge >> 1]!
    for (let block = 1; block < region.blockCount; block++)
      if (first[block] !== EITHER && (arrives[block] === USUAL || arrives[block] === OTHER)) atBegin[block] = arrives[block]!
  }

  private rewrite(): void {
    const inserted = this.insertBlocks()
    const { region, need, atBegin } = this
    const rows = new RowCopy(region)
    const { op } = rows.old
    let current = NONE
    let modes = EITHER
    rows.run((row, block) => {
      if (block !== current) {
        current = block
        modes = atBegin[block]!
      }
      const o = op[row]!
      if ((o === OP['fenv.enter'] || o === OP['fenv.leave']) && need[row] === EITHER) return
      if (need[row] !== EITHER && need[row] !== modes) {
        modes = need[row]!
        this.change(modes)
      }
      // One way on: the change stands before it.
      if (o === OP.jump) {
        const target = region.succ[2 * block]!
        if (atBegin[target] !== modes) {
          modes = atBegin[target]!
          this.change(modes)
        }
      }
      rows.keep(row)
    })
    region.resumeInsn(NONE)
    for (const [own, behind] of inserted) {
      region.blockStart[own] = region.rowCount
      this.change(behind)
      region.emitTyped(OP.jump, 0)
      region.blockEnd[own] = region.rowCount
    }
  }

  private change(modes: number): void {
    const { region } = this
    if (modes === OTHER) region.emit(OP['fenv.enter'], region.const32(this.fpcr))
    else region.emitTyped(OP['fenv.leave'], 0)
  }

  /**
   * Makes room for a block of its own behind each block whose edge changes the modes: a block follows those that lead to it, but for loops. The
   * new blocks are empty; by each of them: the modes behind it.
   */
  private insertBlocks(): Map<number, number> {
    const { region, atBegin, atEnd } = this
    const count = region.blockCount
    const place = new Int32Array(count)
    const isChanging = (edge: number): boolean => {
      const target = region.succ[edge]!
      return region.op[region.blockEnd[edge >> 1]! - 1] === OP.br && target !== NONE && atEnd[edge >> 1] !== atBegin[target]
    }
    let shift = 0
    for (let block = 0; block < count; block++) {
      place[block] = block + shift
      for (let edge = 2 * block; edge < 2 * block + 2; edge++) if (isChanging(edge)) shift++
    }
    const inserted = new Map<number, number>()
    if (shift === 0) return inserted
    for (let k = 0; k < shift; k++) region.addBlock(0)
    const { succ, edgeStart, edgeCount, blockStart, blockEnd, blockPc } = region
    const begins = atBegin.slice()
    this.atBegin = new Uint8Array(region.blockCount)
    for (let block = count - 1; block >= 0; block--) {
      const to = place[block]!
      const targets = [succ[2 * block]!, succ[2 * block + 1]!]
      let own = to
      for (let k = 0; k < 2; k++) {
        const [from, edge] = [2 * block + k, 2 * to + k]
        const target = targets[k]!
        const isOwn = isChanging(from)
        const [start, length] = [edgeStart[from]!, edgeCount[from]!]
        succ[edge] = target === NONE ? NONE : place[target]!
        edgeStart[edge] = start
        edgeCount[edge] = length
        if (!isOwn) continue
        own++
        succ[edge] = own
        edgeCount[edge] = 0
        succ[2 * own] = place[target]!
        succ[2 * own + 1] = NONE
        edgeStart[2 * own] = start
        edgeCount[2 * own] = length
        edgeCount[2 * own + 1] = 0
        blockPc[own] = blockPc[target]!
        blockStart[own] = blockEnd[own] = NONE
        inserted.set(own, begins[target]!)
      }
      blockStart[to] = blockStart[block]!
      blockEnd[to] = blockEnd[block]!
      blockPc[to] = blockPc[block]!
      this.atBegin[to] = begins[block]!
    }
    return inserted
  }
}
