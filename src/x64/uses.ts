/**
 * Where values are used: the facts the allocator and the emitter need, computed in two passes over a region.
 *
 * Rows lie in emission order (blocks in layout order, rows contiguous), so a row's index is its position. A use of a folded row (folds.ts) counts as a use of its arguments at
 * that position.
 *
 * Use lists: useHead[v] -> usePos/useNext, ascending positions. lastUse[v] holds for the block that was entered last (`enterBlock`): its last use there, side
 * tables (`note`) included, or one past the block's end if the value is live behind it.
 */
import { F32, F64, FLAGS, I64 } from '../ir/op-row.ts'
import { EFFECT_PURE, EFFECT_READ, EFFECT_WRITE, OP, OP_ARG_COUNT, OP_EFFECT } from '../ir/ops.ts'
import { CMP_EQ, CMP_NE } from '../ir/ops-int.ts'
import { NONE, type Region } from '../ir/region.ts'
import { readsHostCarry } from './carry-uses.ts'
import type { HostCpu } from './cpu.ts'
import {
  bitOf,
  FOLD_ADDRESS,
  FOLD_ALIAS,
  FOLD_COND,
  FOLD_CONST,
  FOLD_DEAD,
  FOLD_FLAGS,
  FOLD_NO,
  FOLD_RECIPE,
  FOLD_TEST,
  isInner,
  testImmediate,
} from './folds.ts'
import { NarrowValues } from './narrow-values.ts'

const ADDRESS_OPS = new Uint8Array(256)
for (const name of [
  'load8u',
  'load8s',
  'load16u',
  'load16s',
  'load32',
  'load32s',
  'load64',
  'loadf32',
  'loadf64',
  'loadv',
  'store8',
  'store16',
  'store32',
  'store64',
  'storef32',
  'storef64',
  'storev',
  'prefetch',
] as const)
  ADDRESS_OPS[OP[name]] = 1

/** Ops whose argument a is read as a condition. */
const COND_READERS = new Uint8Array(512)
for (const name of ['br', 'select', 'select.f', 'select.v'] as const) COND_READERS[OP[name]] = 1

/** Ops that a recipe may consist of. */
const RECIPE_OPS = new Uint8Array(512)
for (const name of [
  'pack', 'select', 'icmp', 'test', 'flags.sub', 'flags.add', 'flags.adc', 'flags.sbc', 'flags.logic', 'flags.or', 'add', 'sub', 'and', 'or', 'xor', 'andn', 'not', 'neg', 'shl', 'shr', 'sar', 'ror',
  'trunc', 'zext8', 'zext16', 'zext32', 'sext8', 'sext16', 'sext32',
] as const) RECIPE_OPS[OP[name]] = 1 // biome-ignore format: a list

export class Uses {
  fold = new Uint8Array(1024)
  /** Scalars (f32, f64) in whose registers all above the scalar is zero. */
  isClear = new Uint8Array(1024)
  private readonly narrow = new NarrowValues()
  /** Alias chains resolved: the value whose register holds this one. */
  root = new Int32Array(1024)
  count = new Int32Array(1024)
  private addressCount = new Int32Array(1024)
  private condCount = new Int32Array(1024)
  /** Uses as a comparison with zero, and by `flags.logic`, in the block. */
  private zeroCount = new Int32Array(1024)
  private logicCount = new Int32Array(1024)
  /** Uses by notes, by rows that only notes use, and by those that nobody uses. */
  private noteCount = new Int32Array(1024)
  lastUse = new Int32Array(1024)
  useHead = new Int32Array(1024)
  /** Block of each row. */
  blockOf = new Int32Array(1024)
  usePos = new Int32Array(4096)
  useNext = new Int32Array(4096)
  private useLength = 0

  /** Last uses by block: lists of values and positions, of which the largest counts. */
  private lastHead = new Int32Array(64)
  private lastValue = new Int32Array(4096)
  private lastPosition = new Int32Array(4096)
  private lastNext = new Int32Array(4096)
  private lastLength = 0
  /** By value: the block whose list has it. */
  private lastBlock = new Int32Array(1024)

  /** Values live into each block that are defined in another: liveStart[b] .. liveStart[b+1] in livePool. */
  liveStart = new Int32Array(65)
  livePool = new Int32Array(256)
  /** Uses outside the value's block: crossValue/crossBlock pairs; and what they lead to: live-in pairs. */
  private cross = new Int32Array(256)
  private crossLength = 0
  private live = new Int32Array(256)
  private liveLength = 0
  /** A bit for each pair that `live` has: value * blocks + block. */
  private isLive = new Int32Array(1024)
  predCount = new Int32Array(64)
  /** Predecessors: predStart[b] .. predStart[b+1] in preds; none are listed when no value crosses blocks. */
  predStart = new Int32Array(65)
  preds = new Int32Array(128)

  private hasNotes = false
  /** Notes in force; scratch of `notes`. */
  private readonly activeNotes = new Int32Array(512)

  /** `checksNaN`: as CompileEnv has it. */
  analyse(region: Region, cpu: HostCpu, checksNaN: boolean): void {
    this.reserve(region)
    this.countUses(region)
    this.narrow.analyse(region)
    this.classify(region, cpu, checksNaN)
    if (this.hasNotes) this.findRecipes(region)
    this.listUses(region)
    this.liveness(region)
    if (this.hasNotes) this.notes(region)
  }

  private reserve(region: Region): void {
    const n = region.rowCount
    if (n > this.fold.length) {
      const size = region.op.length
      this.fold = new Uint8Array(size)
      this.isClear = new Uint8Array(size)
      for (const key of [
        'root',
        'count',
        'addressCount',
        'condCount',
        'zeroCount',
        'logicCount',
        'noteCount',
        'lastUse',
        'lastBlock',
        'useHead',
        'blockOf',
      ] as const)
        this[key] = new Int32Array(size)
    }
    if (region.blockCount >= this.predCount.length) {
      this.predCount = new Int32Array(region.blockCount * 2)
      this.lastHead = new Int32Array(region.blockCount * 2)
      this.predStart = new Int32Array(region.blockCount * 2 + 1)
      this.preds = new Int32Array(region.blockCount * 4)
      this.liveStart = new Int32Array(region.blockCount * 2 + 1)
    }
    this.count.fill(0, 0, n)
    this.addressCount.fill(0, 0, n)
    this.condCount.fill(0, 0, n)
    this.zeroCount.fill(0, 0, n)
    this.logicCount.fill(0, 0, n)
    this.lastUse.fill(NONE, 0, n)
    this.lastBlock.fill(NONE, 0, n)
    this.lastHead.fill(NONE, 0, region.blockCount)
    this.lastLength = 0
    this.useHead.fill(NONE, 0, n)
    this.fold.fill(FOLD_NO, 0, n)
    this.isClear.fill(0, 0, n)
    this.predCount.fill(0, 0, region.blockCount)
    this.useLength = 0
    this.crossLength = 0
    this.hasNotes = false
  }

  /** Raw use counts by kind of use; predecessors. */
  private countUses(region: Region): void {
    const { op, a, b, c } = region
    for (let block = 0; block < region.blockCount; block++) {
      for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++) {
        this.blockOf[row] = block
        this.root[row] = row
        const o = op[row]!
        if (o === OP.note) this.hasNotes = true
        const va = a[row]!
        if (va !== NONE) {
          this.count[va]!++
          if (ADDRESS_OPS[o] === 1 && this.blockOf[va] === block) this.addressCount[va]!++
          if (COND_READERS[o] === 1 && this.blockOf[va] === block) this.condCount[va]!++
          if (op[va] === OP.and && this.blockOf[va] === block) this.countTest(region, row, va)
        }
        const vb = b[row]!
        if (vb !== NONE) {
          this.count[vb]!++
          if (o === OP['flags.or'] && this.blockOf[vb] === block) this.condCount[vb]!++
        }
        const vc = c[row]!
        if (vc !== NONE) {
          this.count[vc]!++
          if (this.blockOf[vc] === block && readsHostCarry(region, row, vc)) this.condCount[vc]!++
        }
      }
      for (let e = 2 * block; e < 2 * block + 2; e++) {
        const to = region.succ[e]!
        if (to === NONE) continue
        this.predCount[to]!++
        for (let i = 0; i < region.edgeCount[e]!; i++) this.count[region.edgePool[region.edgeStart[e]! + i]!]!++
      }
    }
  }

  private classify(region: Region, cpu: HostCpu, checksNaN: boolean): void {
    const { op, type, a, b } = region
    for (let row = 0; row < region.rowCount; row++) {
      const o = op[row]!
      switch (o) {
        case OP.const:
        case OP.constf:
        case OP.constv:
        case OP.vzero:
          this.fold[row] = FOLD_CONST
          this.isClear[row] = o === OP.constf ? 1 : 0
          break
        case OP.trunc:
        case OP['v.tof32']:
        case OP['v.tof64']:
        case OP['v.holdf']:
        case OP.unpack:
          this.alias(row, a[row]!)
          break
        case OP['v.fromf']:
          if (this.isClear[this.root[a[row]!]!] === 1) this.alias(row, a[row]!)
          break
        // The scalar slot is loaded.
        case OP.get:
          this.isClear[row] = type[row] === F32 || type[row] === F64 ? 1 : 0
          break
        case OP.loadf32:
        case OP.loadf64:
        case OP.sitof:
        case OP.uitof:
        case OP['f.frombits']:
          this.isClear[row] = 1
          break
        // The rest of the register comes from the operand of which the host's instruction makes its result.
        case OP.fadd:
        case OP.fmul:
          this.isClear[row] = this.isClear[this.root[a[row]!]!]! | (checksNaN ? this.isClear[this.root[b[row]!]!]! : 0)
          break
        case OP.fsub:
        case OP.fdiv:
        case OP.fneg:
        case OP.fabs:
          this.isClear[row] = this.isClear[this.root[a[row]!]!]!
          break
        case OP.fsqrt:
        case OP.fround:
        case OP.fwiden:
          this.isClear[row] = cpu.avx ? this.isClear[this.root[a[row]!]!]! : 0
          break
        case OP.fma:
          this.isClear[row] = cpu.fma ? this.isClear[this.root[region.c[row]!]!]! : 0
          break
        case OP['select.f']:
          this.isClear[row] = this.isClear[this.root[b[row]!]!]! & this.isClear[this.root[region.c[row]!]!]!
          break
        case OP.zext32: {
          const from = a[row]!
          if (this.fold[from] === FOLD_NO && this.narrow.has(region, from)) this.alias(row, from)
          break
        }
        case OP.add:
          if (
            type[row] === I64 &&
            this.count[row]! > 0 &&
            this.count[row] === this.addressCount[row] &&
            this.foldableAddress(region, a[row]!, b[row]!)
          ) {
            this.fold[row] = FOLD_ADDRESS
            this.foldScale(region, b[row]!)
          }
          break
        case OP.and:
          if (this.count[row]! > 0 && this.count[row] === this.zeroCount[row]! + this.logicCount[row]! && this.foldableTest(region, row))
            this.fold[row] = FOLD_TEST
          break
        case OP.test:
        case OP.icmp:
        case OP.asked:
          if (this.count[row]! > 0 && this.count[row] === this.condCount[row]) this.fold[row] = FOLD_COND
          break
        default:
          if (region.type[row] === FLAGS && o !== OP['flags.or'] && o !== OP.param) this.fold[row] = FOLD_FLAGS
      }
    }
  }

  private countTest(region: Region, row: number, and: number): void {
    const { op, imm, imm2 } = region
    if (op[row] === OP['flags.logic']) this.logicCount[and]!++
    if (op[row] !== OP.icmp || (imm[row] !== CMP_EQ && imm[row] !== CMP_NE)) return
    const b = region.b[row]!
    if (op[b] === OP.const && imm[b] === 0 && (region.type[b] !== I64 || imm2[b] === 0)) this.zeroCount[and]!++
  }

  /** A constant that TEST takes; without flags wanted, a single bit for BT does, too. */
  private foldableTest(region: Region, row: number): boolean {
    const b = region.b[row]!
    if (region.op[b] !== OP.const) return false
    if (region.type[row] !== I64 || testImmediate(region, b)) return true
    return this.logicCount[row] === 0 && bitOf(region.imm[b]!, region.imm2[b]!) >= 0
  }

  /** Backwards: packed flags that only notes use; then what only they use. Rows that nobody uses are no users. */
  private findRecipes(region: Region): void {
    const { op, a, b, c } = region
    const { noteCount, count, fold } = this
    noteCount.fill(0, 0, region.rowCount)
    for (let row = region.rowCount - 1; row >= 0; row--) {
      const o = op[row]!
      if (o === OP.note) {
        if (this.isPacked(region, a[row]!)) noteCount[a[row]!]!++
        continue
      }
      if (noteCount[row] !== count[row] || region.type[row] === 0 || OP_EFFECT[o] !== EFFECT_PURE) continue
      if (count[row]! > 0) {
        if (RECIPE_OPS[o] === 0) continue
        if (fold[row] === FOLD_NO) fold[row] = FOLD_RECIPE
      }
      const n = OP_ARG_COUNT[o]!
      if (n > 0) noteCount[a[row]!]!++
      if (n > 1) noteCount[b[row]!]!++
      if (n > 2) noteCount[c[row]!]!++
    }
  }

  /** Packed flags, or a choice between such and others; those of scalars are computed where they are made. */
  private isPacked(region: Region, v: number): boolean {
    if (region.op[v] === OP.select) return region.op[region.b[v]!] === OP.pack
    if (region.op[v] !== OP.pack) return false
    const flags = region.a[v]!
    return region.op[region.op[flags] === OP['flags.or'] ? region.a[flags]! : flags] !== OP['flags.fcmp']
  }

  private alias(row: number, to: number): void {
    this.fold[row] = FOLD_ALIAS
    this.root[row] = this.root[to]!
  }

  /** base + constant, or base + index << 0..3 (through a `shl` that then is emitted by itself only if used elsewhere). */
  private foldableAddress(region: Region, a: number, b: number): boolean {
    if (region.op[b] === OP.const) return region.imm2[b] === region.imm[b]! >> 31
    return region.op[a] !== OP.const
  }

  /** An index shifted by 0..3 that only this address uses becomes the scale. */
  private foldScale(region: Region, index: number): void {
    if (region.op[index] !== OP.shl || this.count[index] !== 1 || region.op[region.b[index]!] !== OP.const) return
    if (region.imm[region.b[index]!]! >>> 0 <= 3) this.fold[index] = FOLD_ADDRESS
  }

  private addUse(v: number, position: number): void {
    if (this.useLength >= this.usePos.length) {
      this.usePos = doubled(this.usePos)
      this.useNext = doubled(this.useNext)
    }
    const block = this.blockOf[position]!
    this.isUsedAt(v, block, position)
    if (this.blockOf[v] !== block) this.addCross(v, block)
    // Positions come in descending order, so the list is ascending when the new one goes first.
    if (this.useHead[v] !== NONE && this.usePos[this.useHead[v]!] === position) return
    const u = this.useLength++
    this.usePos[u] = position
    this.useNext[u] = this.useHead[v]!
    this.useHead[v] = u
  }

  /** A use of `v` at `position`, seen through folding. */
  private use(region: Region, v: number, position: number): void {
    const r = this.root[v]!
    const fold = this.fold[r]
    if (isInner(fold)) {
      this.isUsedAt(r, this.blockOf[position]!, position)
      if (region.a[r] !== NONE) this.use(region, region.a[r]!, position)
      if (region.b[r] !== NONE) this.use(region, region.b[r]!, position)
      if (region.c[r] !== NONE) this.use(region, region.c[r]!, position)
      return
    }
    this.addUse(r, position)
  }

  /** Backwards: use lists; rows without effect and without use are dead and use nothing. */
  private listUses(region: Region): void {
    for (let block = region.blockCount - 1; block >= 0; block--) {
      const end = region.blockEnd[block]! - 1
      for (let e = 2 * block; e < 2 * block + 2; e++)
        if (region.succ[e] !== NONE)
          for (let i = 0; i < region.edgeCount[e]!; i++) this.use(region, region.edgePool[region.edgeStart[e]! + i]!, end)
      for (let row = end; row >= region.blockStart[block]!; row--) {
        const fold = this.fold[row]!
        if (fold === FOLD_NO) {
          const o = region.op[row]!
          if (
            region.type[row] !== 0 &&
            this.useHead[row] === NONE &&
            (OP_EFFECT[o] === 0 || o === OP.get || o === OP.param) &&
            !this.usedLater(row)
          ) {
            this.fold[row] = FOLD_DEAD
            continue
          }
          const n = OP_ARG_COUNT[o]!
          if (n > 0) this.use(region, region.a[row]!, row)
          if (n > 1) this.use(region, region.b[row]!, row)
          if (n > 2) this.use(region, region.c[row]!, row)
        } else if (region.op[row] === OP['flags.fcmp']) {
          // Compares where it stands, too: it may raise an exception.
          this.use(region, region.a[row]!, row)
          this.use(region, region.b[row]!, row)
        }
      }
    }
  }

  private usedLater(row: number): boolean {
    return this.lastUse[row] !== NONE
  }

  /** A use in a block; within a block they come in descending order. */
  private isUsedAt(v: number, block: number, position: number): void {
    if (this.lastBlock[v] === block) return
    this.lastBlock[v] = block
    this.lastUse[v] = position
    this.addLast(v, block, position)
  }

  private addLast(v: number, block: number, position: number): void {
    const n = this.lastLength++
    if (n >= this.lastValue.length) {
      this.lastValue = doubled(this.lastValue)
      this.lastPosition = doubled(this.lastPosition)
      this.lastNext = doubled(this.lastNext)
    }
    this.lastValue[n] = v
    this.lastPosition[n] = position
    this.lastNext[n] = this.lastHead[block]!
    this.lastHead[block] = n
  }

  /** From now on `lastUse` says what holds in `block`. */
  enterBlock(block: number): void {
    const { lastHead, lastNext, lastValue, lastPosition, lastUse } = this
    for (let n = lastHead[block]!; n !== NONE; n = lastNext[n]!) lastUse[lastValue[n]!] = NONE
    for (let n = lastHead[block]!; n !== NONE; n = lastNext[n]!)
      if (lastUse[lastValue[n]!]! < lastPosition[n]!) lastUse[lastValue[n]!] = lastPosition[n]!
  }

  private addCross(v: number, block: number): void {
    const n = this.crossLength
    if (n >= 2 && this.cross[n - 2] === v && this.cross[n - 1] === block) return
    if (n + 2 > this.cross.length) this.cross = doubled(this.cross)
    this.cross[n] = v
    this.cross[n + 1] = block
    this.crossLength = n + 2
  }

  /** Live-in sets: from each use outside its block up through the predecessors to the definition. */
  private liveness(region: Region): void {
    const n = region.blockCount
    this.liveStart.fill(0, 0, n + 1)
    this.liveLength = 0
    if (this.crossLength === 0) {
      this.predStart.fill(0, 0, n + 1)
      return
    }
    this.findPredecessors(region)
    const words = (region.rowCount * n + 31) >>> 5
    if (words > this.isLive.length) this.isLive = new Int32Array(words * 2)
    else this.isLive.fill(0, 0, words)
    for (let i = 0; i < this.crossLength; i += 2) this.liveUp(this.cross[i]!, this.cross[i + 1]!, n)
    // Counting sort of the pairs by block.
    const { live, liveStart } = this
    for (let i = 1; i < this.liveLength; i += 2) liveStart[live[i]! + 1]!++
    for (let k = 0; k < n; k++) liveStart[k + 1]! += liveStart[k]!
    while (this.livePool.length < this.liveLength) this.livePool = doubled(this.livePool)
    for (let i = this.liveLength - 2; i >= 0; i -= 2) this.livePool[--liveStart[live[i + 1]! + 1]!] = live[i]!
    // Each start was moved down to its block's first entry, one place too far up.
    for (let k = 0; k < n; k++) liveStart[k] = liveStart[k + 1]!
    liveStart[n] = this.liveLength / 2
    this.extendLastUses(region)
  }

  private findPredecessors(region: Region): void {
    const { predStart, preds, predCount } = this
    predStart[0] = 0
    for (let k = 0; k < region.blockCount; k++) predStart[k + 1] = predStart[k]! + predCount[k]!
    for (let e = 0; e < 2 * region.blockCount; e++) {
      const to = region.succ[e]!
      if (to !== NONE) preds[predStart[to + 1]! - predCount[to]!--] = e >> 1
    }
    // Counted down while filling: count again.
    for (let k = 0; k < region.blockCount; k++) predCount[k] = predStart[k + 1]! - predStart[k]!
  }

  private liveUp(v: number, block: number, blocks: number): void {
    const { live, isLive } = this
    const bit = v * blocks + block
    if ((isLive[bit >>> 5]! & (1 << (bit & 31))) !== 0) return
    isLive[bit >>> 5]! |= 1 << (bit & 31)
    if (this.liveLength + 2 > live.length) this.live = doubled(live)
    this.live[this.liveLength] = v
    this.live[this.liveLength + 1] = block
    this.liveLength += 2
    for (let p = this.predStart[block]!; p < this.predStart[block + 1]!; p++) {
      const pred = this.preds[p]!
      if (pred !== this.blockOf[v]) this.liveUp(v, pred, blocks)
    }
  }

  /** A value live into a successor is live behind the end of the block. */
  private extendLastUses(region: Region): void {
    for (let block = 0; block < region.blockCount; block++) {
      const end = region.blockEnd[block]! - 1
      for (let e = 2 * block; e < 2 * block + 2; e++) {
        const to = region.succ[e]!
        if (to === NONE) continue
        for (let i = this.liveStart[to]!; i < this.liveStart[to + 1]!; i++) {
          const v = this.livePool[i]!
          // One past the end: it survives the terminator.
          this.addLast(v, block, end + 1)
        }
      }
    }
  }

  /** A value that a `note` names must be recoverable at every fault until the slot is written again. */
  private notes(region: Region): void {
    const active = this.activeNotes
    for (let block = 0; block < region.blockCount; block++) {
      let count = 0
      for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++) {
        const o = region.op[row]!
        if (o === OP.note || o === OP.put) {
          const slot = region.imm[row]!
          for (let k = 0; k < count; k++)
            if (region.imm[active[k]!] === slot) {
              active[k] = active[--count]!
              break
            }
          if (o === OP.note) active[count++] = row
        } else if (count > 0 && (OP_EFFECT[o] === EFFECT_READ || OP_EFFECT[o] === EFFECT_WRITE)) {
          for (let k = 0; k < count; k++) {
            this.keep(region, region.a[active[k]!]!, block, row)
          }
        }
      }
    }
  }

  /** What a side table at `row` says of `v` is there. */
  private keep(region: Region, v: number, block: number, row: number): void {
    const r = this.root[v]!
    this.addLast(r, block, row)
    if (!isInner(this.fold[r]!)) return
    const n = OP_ARG_COUNT[region.op[r]!]!
    if (n > 0) this.keep(region, region.a[r]!, block, row)
    if (n > 1) this.keep(region, region.b[r]!, block, row)
    if (n > 2) this.keep(region, region.c[r]!, block, row)
  }

  /** Position of the first use of `v` after `position`, or Infinity-like when there is none in the list. */
  nextUse(v: number, position: number): number {
    let u = this.useHead[v]!
    while (u !== NONE && this.usePos[u]! <= position) u = this.useNext[u]!
    this.useHead[v] = u === NONE ? this.useHead[v]! : u
    return u === NONE ? FAR : this.usePos[u]!
  }
}

export const FAR = 0x7fff_ffff

function doubled(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2)
  to.set(from)
  return to
}
