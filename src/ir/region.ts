/**
 * A region: the unit of translation, a CFG of blocks in SSA form, in growable typed columns that are reused
 * from one region to the next (`reset`). A value is the index of its defining row.
 *
 *   row i:   op[i] type[i] a[i] b[i] c[i] (value indices or NONE)  imm[i] imm2[i]  at[i]
 *   block k: rows blockStart[k] .. blockEnd[k]-1, the last one a terminator; up to two successors
 *
 * `at` is the index of the guest instruction the row came from (column `insnPc`). Rows of one block are contiguous;
 * blocks may lie in any order of rows. Block 0 is the entry. An argument is defined in a dominating block or
 * earlier in its own. Edge k of block b passes `edgeArgs` to the parameters of its target.
 */
import { F32, F64, I32, I64, TYPE_ANY, TYPE_F, TYPE_T, V128, VOID } from './op-row.ts'
import { OP, OP_NAMES, OP_RESULT, OP_TYPE_ARG } from './ops.ts'

export const NONE = -1
const TWO_32 = 0x1_0000_0000

/** The register file of a guest as the IR sees it: `get`/`put` name a slot by its index here. */
export interface StateSlot {
  readonly name: string
  /** Byte offset in the control block's STATE area. */
  readonly offset: number
  /** I32, I64 or V128 … (op-row.ts). */
  readonly type: number
  /** The engine may change it while the region runs (flags that a trap adds): every get reads it, every put stores it, there and then. */
  readonly volatile?: true
  /** It holds packed flags, of which these bits mean something. */
  readonly packed?: number
  /** Runtime routines read it (FP modes): every put stores it there and then. */
  readonly routinesRead?: true
  /** The slot that it is a half of: passes see one of them only in a region (opt/views.ts). */
  readonly within?: number
  /** At the start of a program; without, 0. */
  readonly initial?: number
}

/** FP rules of the guest: which NaN an operation gives. */
export type FpRules = 'arm'

export class Region {
  readonly state: readonly StateSlot[]
  readonly fpRules: FpRules

  /** Guest address of the entry; exact JS number. */
  pc = 0
  rowCount = 0
  op = new Uint16Array(1024)
  type = new Uint8Array(1024)
  a = new Int32Array(1024)
  b = new Int32Array(1024)
  c = new Int32Array(1024)
  imm = new Int32Array(1024)
  imm2 = new Int32Array(1024)
  at = new Int32Array(1024)

  /** Guest instructions in order of lifting: pc of each, and the word that was there. */
  insnCount = 0
  insnPc = new Float64Array(256)
  insnWord = new Int32Array(256)

  blockCount = 0
  blockStart = new Int32Array(64)
  blockEnd = new Int32Array(64)
  /** Guest pc at which the block begins. */
  blockPc = new Float64Array(64)
  /** Successors: succ[2 * block + k], NONE if absent. */
  succ = new Int32Array(128)
  /** Arguments of edge 2 * block + k: edgePool[edgeStart .. edgeStart + edgeCount). */
  edgeStart = new Int32Array(128)
  edgeCount = new Int32Array(128)
  edgePool = new Int32Array(256)
  edgePoolLength = 0

  /** 32-bit words that `constv` rows refer to. */
  pool = new Int32Array(256)
  poolLength = 0

  /** Block and guest instruction that rows are appended to. */
  private block = NONE
  private insn = NONE

  constructor(state: readonly StateSlot[], fpRules: FpRules = 'arm') {
    this.state = state
    this.fpRules = fpRules
  }

  reset(pc: number): void {
    this.pc = pc
    this.rowCount = 0
    this.insnCount = 0
    this.blockCount = 0
    this.edgePoolLength = 0
    this.poolLength = 0
    this.block = NONE
    this.insn = NONE
  }

  /** A new empty block; rows come with `startBlock`. */
  addBlock(pc: number): number {
    const block = this.blockCount++
    if (block >= this.blockStart.length) this.growBlocks()
    this.blockPc[block] = pc
    this.blockStart[block] = this.blockEnd[block] = NONE
    for (let e = 2 * block; e < 2 * block + 2; e++) {
      this.succ[e] = NONE
      this.edgeStart[e] = this.edgeCount[e] = 0
    }
    return block
  }

  /** Rows from now on belong to `block`. */
  startBlock(block: number): void {
    if (this.block !== NONE) throw new Error('IR: block started inside a block')
    this.block = block
    this.blockStart[block] = this.rowCount
  }

  /** True while rows can be appended: a block is started and has no terminator yet. */
  get open(): boolean {
    return this.block !== NONE
  }

  get currentBlock(): number {
    return this.block
  }

  /** Rows from now on come from the guest instruction `word` at `pc`. */
  startInsn(pc: number, word = 0): void {
    if (this.insnCount >= this.insnPc.length) {
      this.insnPc = grown(this.insnPc, new Float64Array(this.insnPc.length * 2))
      this.insnWord = grown(this.insnWord, new Int32Array(this.insnPc.length))
    }
    this.insn = this.insnCount++
    this.insnPc[this.insn] = pc
    this.insnWord[this.insn] = word
  }

  /** Rows from now on come from the guest instruction of index `insn`, or from none (NONE). */
  resumeInsn(insn: number): void {
    this.insn = insn
  }

  /** Appends a row of any op but terminators; its type is the row's result, or for `T`/`F` that of the first such argument. */
  emit(op: number, a: number = NONE, b: number = NONE, c: number = NONE, imm = 0, imm2 = 0): number {
    const result = OP_RESULT[op]!
    let type = result
    if (result >= TYPE_T) {
      const k = OP_TYPE_ARG[op]!
      if (k > 2) throw new Error(`IR: ${OP_NAMES[op]} needs its type given (emitTyped)`)
      type = this.type[k === 0 ? a : k === 1 ? b : c]!
    }
    return this.emitTyped(op, type, a, b, c, imm, imm2)
  }

  /** Appends a row whose type the caller knows. */
  emitTyped(op: number, type: number, a: number = NONE, b: number = NONE, c: number = NONE, imm = 0, imm2 = 0): number {
    const row = this.rowCount++
    if (row >= this.op.length) this.growRows()
    this.op[row] = op
    this.type[row] = type
    this.a[row] = a
    this.b[row] = b
    this.c[row] = c
    this.imm[row] = imm
    this.imm2[row] = imm2
    this.at[row] = this.insn
    return row
  }

  /** Ends the current block with terminator `op` and its successors. */
  end(op: number, a: number = NONE, imm = 0, imm2 = 0, succ0: number = NONE, succ1: number = NONE): number {
    const row = this.emitTyped(op, 0, a, NONE, NONE, imm, imm2)
    this.succ[2 * this.block] = succ0
    this.succ[2 * this.block + 1] = succ1
    this.blockEnd[this.block] = this.rowCount
    this.block = NONE
    return row
  }

  /** Takes back the terminator that was emitted last; its argument a. */
  reopen(): number {
    let block = this.blockCount - 1
    while (this.blockEnd[block] !== this.rowCount) block--
    this.block = block
    return this.a[--this.rowCount]!
  }

  /** Is the last block's terminator this op, with this immediate? */
  endsWith(op: number, imm: number): boolean {
    const last = this.rowCount - 1
    return this.op[last] === op && this.imm[last] === imm
  }

  /** Ends the current block, and leaves the region for guest address `pc`: by `exit.direct`, or `exit.poll`. */
  leaveFor(pc: number, op: number = OP['exit.direct']): void {
    this.end(op, NONE, pc | 0, Math.floor(pc / TWO_32))
  }

  /** A system call, behind which the guest goes on at `pc`. */
  systemCall(pc: number): void {
    this.emitTyped(OP.syscall, VOID, NONE, NONE, NONE, pc | 0, Math.floor(pc / TWO_32))
  }

  /** Sets the arguments of edge `k` (0 or 1) of `block`. */
  setEdgeArgs(block: number, k: number, args: ArrayLike<number>): void {
    const edge = 2 * block + k
    const start = this.edgePoolLength
    while (start + args.length > this.edgePool.length) this.edgePool = grown(this.edgePool, new Int32Array(this.edgePool.length * 2))
    for (let i = 0; i < args.length; i++) this.edgePool[start + i] = args[i]!
    this.edgePoolLength = start + args.length
    this.edgeStart[edge] = start
    this.edgeCount[edge] = args.length
  }

  /** Rows lie in the order of the blocks again, after one was written anew behind all others; the rows that it had before go. */
  layOut(): void {
    const { rowCount, blockCount } = this
    const place = new Int32Array(rowCount)
    const order: number[] = []
    for (let block = 0; block < blockCount; block++) {
      const start = order.length
      for (let row = this.blockStart[block]!; row < this.blockEnd[block]!; row++) {
        place[row] = order.length
        order.push(row)
      }
      this.blockStart[block] = start
      this.blockEnd[block] = order.length
    }
    for (const key of ['op', 'type', 'imm', 'imm2', 'at'] as const) {
      const from = this[key].slice(0, rowCount)
      for (const [n, row] of order.entries()) this[key][n] = from[row]!
    }
    const placeOf = (value: number): number => (value === NONE ? NONE : place[value]!)
    for (const key of ['a', 'b', 'c'] as const) {
      const from = this[key].slice(0, rowCount)
      for (const [n, row] of order.entries()) this[key][n] = placeOf(from[row]!)
    }
    for (let n = 0; n < this.edgePoolLength; n++) this.edgePool[n] = placeOf(this.edgePool[n]!)
    this.rowCount = order.length
  }

  const32(value: number): number {
    return this.emitTyped(OP.const, I32, NONE, NONE, NONE, value | 0, 0)
  }

  /** i64 constant from its words. */
  const64(lo: number, hi: number): number {
    return this.emitTyped(OP.const, I64, NONE, NONE, NONE, lo | 0, hi | 0)
  }

  /** i64 constant from an exact integer, |value| <= 2^53; negative ones are sign-extended. */
  constNumber(value: number): number {
    return this.const64(value | 0, Math.floor(value / TWO_32) | 0)
  }

  /** i32 or i64 constant by `type`, sign-extended from an int32. */
  constInt(type: number, value: number): number {
    return this.emitTyped(OP.const, type, NONE, NONE, NONE, value | 0, type === I64 ? value >> 31 : 0)
  }

  constF(type: number, lo: number, hi = 0): number {
    return this.emitTyped(OP.constf, type, NONE, NONE, NONE, lo | 0, type === F64 ? hi | 0 : 0)
  }

  /** v128 constant from four words, lowest first. */
  constV(w0: number, w1: number, w2: number, w3: number): number {
    return this.emitTyped(OP.constv, V128, NONE, NONE, NONE, this.addPool(w0, w1, w2, w3))
  }

  /** Four words into the constant pool; their index. */
  addPool(w0: number, w1: number, w2: number, w3: number): number {
    if (this.poolLength + 4 > this.pool.length) this.pool = grown(this.pool, new Int32Array(this.pool.length * 2))
    const index = this.poolLength
    this.pool[index] = w0
    this.pool[index + 1] = w1
    this.pool[index + 2] = w2
    this.pool[index + 3] = w3
    this.poolLength += 4
    return index
  }

  get(slot: number): number {
    return this.emitTyped(OP.get, this.state[slot]!.type, NONE, NONE, NONE, slot)
  }

  put(slot: number, value: number): number {
    return this.emitTyped(OP.put, 0, value, NONE, NONE, slot)
  }

  private growRows(): void {
    const n = this.op.length * 2
    this.op = grown(this.op, new Uint16Array(n))
    this.type = grown(this.type, new Uint8Array(n))
    this.a = grown(this.a, new Int32Array(n))
    this.b = grown(this.b, new Int32Array(n))
    this.c = grown(this.c, new Int32Array(n))
    this.imm = grown(this.imm, new Int32Array(n))
    this.imm2 = grown(this.imm2, new Int32Array(n))
    this.at = grown(this.at, new Int32Array(n))
  }

  private growBlocks(): void {
    const n = this.blockStart.length * 2
    this.blockStart = grown(this.blockStart, new Int32Array(n))
    this.blockEnd = grown(this.blockEnd, new Int32Array(n))
    this.blockPc = grown(this.blockPc, new Float64Array(n))
    this.succ = grown(this.succ, new Int32Array(2 * n))
    this.edgeStart = grown(this.edgeStart, new Int32Array(2 * n))
    this.edgeCount = grown(this.edgeCount, new Int32Array(2 * n))
  }
}

function grown<A extends { set(from: A): void }>(from: A, to: A): A {
  to.set(from)
  return to
}

/** Bytes of a value of `type`. */
export function typeSize(type: number): number {
  return type === I32 || type === F32
    ? 4
    : type === I64 || type === F64
      ? 8
      : type === V128
        ? 16
        : type === TYPE_ANY
          ? 0
          : type === TYPE_F
            ? 0
            : 4
}
