/**
 * Random rows of a region under construction: values in scope, constants, arithmetic of every kind, memory, state. The structure of blocks is
 * random-region.ts's.
 */
import { F32, F64, FLAGS, I32, I64, TYPE_F, TYPE_T, V128 } from '../../src/ir/op-row.ts'
import { OP, OP_NAMES, OP_ROWS, type OpName } from '../../src/ir/ops.ts'
import { CMP_NAMES, COND_NAMES, PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../src/ir/ops-int.ts'
import { Random } from '../diff/random.ts'
import { randomImmediates } from './random-immediates.ts'
import { FAR_OFFSET, FUZZ_STATE, HIGH, LOW, MIDDLE, slotOf, UNMAPPED, V_COUNT, W_COUNT, WRITABLE, X_COUNT } from './region-machine.ts'
import { PlanBlock, type PlanRow } from './region-plan.ts'

/** What a value may be used for: its type, and apart from those packed flags, of which only four bits are defined. */
export type Kind = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'flags' | 'packed'
const TYPE_OF: Record<Kind, number> = { i32: I32, i64: I64, f32: F32, f64: F64, v128: V128, flags: FLAGS, packed: I32 }
const KIND_OF: Record<number, Kind> = { [I32]: 'i32', [I64]: 'i64', [F32]: 'f32', [F64]: 'f64', [V128]: 'v128', [FLAGS]: 'flags' }
const KINDS = Object.keys(TYPE_OF) as Kind[]

/** Kinds of rows, and how likely each is in a region. */
export type Weights = Record<
  'int' | 'fixed' | 'flags' | 'load' | 'store' | 'atomic' | 'state' | 'vector' | 'float' | 'mixed' | 'rare',
  number
>

/** Ops by the kind of row they are chosen for; only those that `isLowered` accepts are used. */
const isInteger = (type: number) => type === I32 || type === I64 || type === TYPE_T
const isFloat = (type: number) => type === F32 || type === F64 || type === TYPE_F
const isVector = (type: number) => type === V128
const FIXED: readonly OpName[] = ['mul', 'mulhs', 'mulhu', 'sdiv', 'udiv', 'shl', 'shr', 'sar', 'ror', 'crc32', 'crc32c', 'adc']
/** Constants and flags have rules of their own. */
const OWN: readonly OpName[] = ['const', 'constf', 'constv', 'pack', 'unpack', 'test']

export interface OpLists {
  readonly int: readonly number[]
  readonly fixed: readonly number[]
  readonly vector: readonly number[]
  readonly float: readonly number[]
  readonly mixed: readonly number[]
}

/** `isLowered` by op number: what the back-end can do. */
export function opLists(isLowered: (op: number) => boolean): OpLists {
  const lists = { int: [] as number[], fixed: [] as number[], vector: [] as number[], float: [] as number[], mixed: [] as number[] }
  OP_ROWS.forEach((row, op) => {
    const name = OP_NAMES[op]!
    if (OWN.includes(name) || !isLowered(op) || row.result === 0 || row.result === FLAGS || row.args.includes(FLAGS)) return
    const types = [...row.args, row.result]
    if (row.effect !== 'pure' && !(row.effect === 'state' && row.args.length > 0 && types.some((type) => isFloat(type) || isVector(type))))
      return
    const list = types.every(isInteger)
      ? FIXED.includes(name)
        ? lists.fixed
        : lists.int
      : types.every(isVector)
        ? // Vector ops on floating-point lanes go with the scalar ones.
          row.effect === 'state' || /^vf?(?:neg|abs)(?:32|64)$/.test(name)
          ? lists.float
          : lists.vector
        : types.every(isFloat)
          ? lists.float
          : lists.mixed
    list.push(op)
  })
  return lists
}

const WORDS = [
  0, 1, -1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, -128, -129, 255, 256, -2, 0x7fff, 0x8000, -0x8000, 0xffff, 0x1_0000,
  0x7fff_ffff, -0x8000_0000, -0x7fff_ffff,
] // biome-ignore format: a list
const F32_BITS = [
  0, -0x8000_0000, 0x3f80_0000, 0x7f80_0000, -0x80_0000, 0x7fc0_0000, 0x7f80_0001, 0x40, 0x7f7f_ffff, 0x4b00_0001, 0x3f00_0000,
]
const F64_HIGH = [
  0, -0x8000_0000, 0x3ff0_0000, 0x7ff0_0000, -0x10_0000, 0x7ff8_0000, 0x7ff0_0001, 0x40, 0x7fef_ffff, 0x4340_0001, 0x41e0_0000,
]
const V_WORDS = [0, -1, 1, 0x8080_8080 | 0, 0x7f7f_7f7f, 0x0102_0304, 0x8000_0000 | 0, 0x7fff_ffff, 0xffff, 0x3f80_0000, 0x1011_1213]

/** Bits that a packed value may have: all but 1 to 7. */
const PACKED_DEFINED = ~0xfe

/** An address value and what may be added to it. */
interface Address {
  readonly row: PlanRow
  /** A multiple of 16. */
  readonly aligned: boolean
}

/** Indices and displacements stay within this of the middle of a window. */
const REACH = 0x7f0
const SIZES = [1, 2, 4, 8] as const

export class RowGenerator {
  readonly random: Random
  readonly weights: Weights
  readonly lists: OpLists
  /** Block that rows are appended to. */
  block = new PlanBlock()
  protected readonly scope = new Map<Kind, PlanRow[]>(KINDS.map((kind) => [kind, []]))
  private addresses: Address[] = []
  protected insn = 0
  /** Slots that a `note` has made stale: not to be read, and to be written in this block. */
  private readonly stale = new Set<number>()
  /** Of the memory accesses from here on, the one that counts to zero faults. */
  protected untilFault = Number.POSITIVE_INFINITY
  protected hasFlags: boolean
  /** The slots that this region uses: mostly few, so that they are read and written often. */
  private readonly slots: Readonly<Record<'x' | 'w' | 'v', readonly string[]>>

  constructor(seed: number, weights: Weights, lists: OpLists) {
    this.random = new Random('region', seed)
    this.weights = weights
    this.lists = lists
    this.hasFlags = weights.flags > 0
    const few = (prefix: string, count: number): string[] => {
      const all = Array.from({ length: count }, (_, n) => `${prefix}${n}`)
      return this.random.oneIn(4) ? all : all.slice(0, 1 + this.random.below(3))
    }
    this.slots = { x: few('x', X_COUNT), w: few('w', W_COUNT), v: few('v', V_COUNT) }
  }

  // Values.

  protected row(name: OpName, kind: Kind | null, args: readonly PlanRow[] = [], imm = 0, imm2 = 0): PlanRow {
    const row: PlanRow = { op: OP[name], type: kind === null ? 0 : TYPE_OF[kind], args, imm, imm2, insn: this.insn, row: -1 }
    this.append(row)
    if (kind !== null) this.add(kind, row)
    return row
  }

  private append(row: PlanRow): void {
    this.block.rows.push(row)
    if (this.random.oneIn(2)) this.insn++
  }

  protected add(kind: Kind, row: PlanRow): void {
    this.scope.get(kind)!.push(row)
  }

  /** What is in scope, to be restored by `release`. */
  protected mark(): number[] {
    return [...KINDS.map((kind) => this.scope.get(kind)!.length), this.addresses.length]
  }

  protected release(mark: readonly number[]): void {
    KINDS.forEach((kind, n) => {
      this.scope.get(kind)!.length = mark[n]!
    })
    this.addresses.length = mark[KINDS.length]!
  }

  constant(kind: Kind): PlanRow {
    const { random } = this
    const word = () => (random.oneIn(4) ? random.u32() | 0 : random.pick(WORDS))
    switch (kind) {
      case 'i32':
        return this.row('const', 'i32', [], word())
      case 'i64': {
        const lo = word()
        return this.row('const', 'i64', [], lo, random.oneIn(3) ? word() : lo >> 31)
      }
      case 'f32':
        return this.row('constf', 'f32', [], random.pick(F32_BITS))
      case 'f64':
        return this.row('constf', 'f64', [], random.oneIn(2) ? 0 : random.u32() | 0, random.pick(F64_HIGH))
      case 'v128': {
        if (random.oneIn(4)) return this.row('vzero', 'v128')
        const lane = () => (random.oneIn(2) ? random.u32() | 0 : random.pick(V_WORDS))
        const first = lane()
        const words: [number, number, number, number] = random.oneIn(3) ? [first, first, first, first] : [lane(), lane(), lane(), lane()]
        const row: PlanRow = { op: OP.constv, type: V128, args: [], imm: 0, imm2: 0, words, insn: this.insn, row: -1 }
        this.append(row)
        this.add('v128', row)
        return row
      }
      case 'flags':
        return this.row('unpack', 'flags', [this.row('const', 'i32', [], random.pick([PACKED_N, PACKED_Z | PACKED_C, PACKED_V, 0]))])
      case 'packed':
        return this.row('pack', 'packed', [this.constant('flags')])
    }
  }

  /** A value of `kind` in scope, or a new constant or a slot's value. */
  pick(kind: Kind): PlanRow {
    const { random } = this
    const values = this.scope.get(kind)!
    if (values.length < 3) {
      if ((kind === 'f32' || kind === 'f64') && random.oneIn(2))
        return this.row(kind === 'f32' ? 'v.tof32' : 'v.tof64', kind, [this.pick('v128')])
      const slot = this.slot(kind)
      if (slot >= 0) return this.row('get', kind, [], slot)
      if (kind === 'flags') return this.randomFlags()
    }
    if (values.length === 0 || random.oneIn(7)) return this.constant(kind)
    return random.oneIn(2) ? values[Math.max(0, values.length - 1 - random.below(5))]! : random.pick(values)
  }

  /** A slot that may be read as `kind`, -1 if there is none. */
  private slot(kind: Kind): number {
    const { random } = this
    for (let tries = 0; tries < 4; tries++) {
      const name =
        kind === 'i64'
          ? random.oneIn(8)
            ? random.pick(['base', 'high', 'half', 'count'])
            : random.pick(this.slots.x)
          : kind === 'v128'
            ? random.pick(this.slots.v)
            : kind === 'i32'
              ? random.pick(this.slots.w)
              : kind === 'packed'
                ? 'nzcv'
                : ''
      const slot = slotOf(name)
      if (slot >= 0 && !this.stale.has(slot)) return slot
    }
    return -1
  }

  // Rows.

  randomRow(): void {
    const { random, weights } = this
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
    let left = random.below(total)
    for (const [category, weight] of Object.entries(weights)) {
      left -= weight
      if (left < 0) {
        this.rowOf(category as keyof Weights)
        return
      }
    }
  }

  private rowOf(category: keyof Weights): void {
    const { random } = this
    switch (category) {
      case 'int':
        this.integerRow()
        return
      case 'alias':
        this.aliasRow()
        return
      case 'overwrite':
        this.overwrite()
        return
      case 'fixed':
      case 'vector':
      case 'float':
      case 'mixed': {
        const list = this.lists[category]
        if (list.length > 0) this.generic(random.pick(list))
        return
      }
      case 'flags':
        this.flagsRow()
        return
      case 'load':
        this.load()
        return
      case 'store':
        this.store()
        return
      case 'atomic':
        this.atomic()
        return
      case 'state':
        this.stateRow()
        return
      case 'rare':
        this.rareRow()
    }
  }

  /** A row of op number `op` by its signature. */
  generic(op: number): PlanRow {
    const { random } = this
    const name = OP_NAMES[op]!
    const { args, result } = OP_ROWS[op]!
    let t = random.oneIn(2) ? I32 : I64
    let f = random.oneIn(2) ? F32 : F64
    // Types that belong together beyond what the signature says.
    if (name === 'f.bits' || name === 'f.frombits') [t, f] = random.oneIn(2) ? [I32, F32] : [I64, F64]
    const resolve = (type: number) => (type === TYPE_T ? t : type === TYPE_F ? f : type)
    const values: PlanRow[] = []
    args.forEach((type, n) => {
      const kind = KIND_OF[resolve(type)]!
      const same = n > 0 && random.oneIn(8) ? values.find((value) => value.type === resolve(type)) : undefined
      values.push(same ?? (n === 0 && name.startsWith('select') ? this.condition() : this.pick(kind)))
    })
    const type = resolve(result)
    const [imm, imm2] = randomImmediates(random, name, type, values[0]?.type ?? 0)
    return this.row(name, KIND_OF[type]!, values, imm, imm2)
  }

  private integerRow(): void {
    const { random } = this
    const row = this.generic(random.oneIn(3) ? OP[random.pick(ALU)] : random.pick(this.lists.int))
    // The same operation's flags behind it, as guests have them.
    const flags = FLAGS_OF[OP_NAMES[row.op]!]
    if (flags === undefined || !this.hasFlags || !random.oneIn(3)) return
    if (random.oneIn(8)) this.generic(random.pick(this.lists.int))
    const args = flags === 'flags.logic' ? [row] : [...row.args]
    if (random.oneIn(4)) args[random.below(args.length)] = this.pick(KIND_OF[row.type]!)
    this.row(flags, 'flags', args)
    if (random.oneIn(2)) this.readTwice()
  }

  /** One flags value is read, and again behind something that may have changed the host's flags. */
  private readTwice(): void {
    const { random } = this
    const flags = this.pick('flags')
    const read = () => {
      const condition = this.row('test', 'i32', [flags], random.below(COND_NAMES.length))
      if (random.oneIn(2)) this.row('select', 'i64', [condition, this.pick('i64'), this.pick('i64')])
    }
    read()
    const between = random.below(8)
    if (between < 4) this.rowOf(random.pick(['int', 'fixed', 'fixed', 'flags', 'alias'] as const))
    else if (between < 6) this.row('icmp', 'i32', [this.pick('i64'), this.pick('i64')], random.below(CMP_NAMES.length))
    else if (between < 7) this.test()
    else this.rowOf('atomic')
    read()
  }

  private randomFlags(): PlanRow {
    const { random } = this
    const kind = random.oneIn(2) ? 'i32' : 'i64'
    const name = random.pick([
      'flags.add',
      'flags.sub',
      'flags.sub',
      'flags.adc',
      'flags.logic',
      'unpack',
      'flags.or',
      'flags.fcmp',
    ] as const)
    switch (name) {
      case 'flags.add':
      case 'flags.sub':
        return this.row(name, 'flags', [this.pick(kind), this.pick(kind)])
      case 'flags.adc':
        return this.row(name, 'flags', [this.pick(kind), this.pick(kind), this.pick('i32')])
      case 'flags.logic':
        return this.row(name, 'flags', [this.pick(kind)])
      case 'unpack':
        if (random.oneIn(2)) return this.row(name, 'flags', [this.pick('packed')])
        return this.row(name, 'flags', [this.row('and', 'i32', [this.pick('i32'), this.row('const', 'i32', [], PACKED_DEFINED)])])
      case 'flags.or': {
        const before = this.scope.get('flags')!.length > 0 ? this.pick('flags') : this.constant('flags')
        const [imm] = randomImmediates(random, name, FLAGS, FLAGS)
        return this.row(name, 'flags', [before, this.condition()], imm)
      }
      case 'flags.fcmp': {
        if (this.weights.float === 0) return this.constant('flags')
        const type = random.oneIn(2) ? 'f32' : 'f64'
        return this.row(name, 'flags', [this.pick(type), this.pick(type)], random.below(2))
      }
    }
  }

  private test(): PlanRow {
    return this.row('test', 'i32', [this.pick('flags')], this.random.below(COND_NAMES.length))
  }

  private flagsRow(): void {
    const { random } = this
    switch (random.below(8)) {
      case 0:
      case 1:
        this.randomFlags()
        return
      case 2:
        this.test()
        return
      case 3:
        this.readTwice()
        return
      case 4:
        this.row('pack', 'packed', [this.pick('flags')])
        return
      case 5: {
        const kind = random.pick(['i32', 'i64'] as const)
        this.row('select', kind, [this.condition(), this.pick(kind), this.pick(kind)])
        return
      }
      case 6: {
        // A bit out of the condition, as CSET and CSETM are.
        const kind = random.pick(['i32', 'i64'] as const)
        const [one, zero] = [this.row('const', kind, [], 1), this.row('const', kind, [], 0)]
        const condition = this.condition()
        this.row('select', kind, random.oneIn(2) ? [condition, one, zero] : [condition, zero, one])
        return
      }
      case 7:
        if (!this.stale.has(slotOf('nzcv'))) this.put('nzcv', this.pick('packed'))
    }
  }

  /** A value to be read as a condition: mostly a comparison made for it. */
  condition(): PlanRow {
    const { random } = this
    switch (random.below(this.hasFlags ? 5 : 3)) {
      case 0:
      case 1: {
        const kind = random.pick(['i32', 'i64'] as const)
        const [imm] = randomImmediates(random, 'icmp', I32, 0)
        return this.row('icmp', 'i32', [this.pick(kind), this.pick(kind)], imm)
      }
      case 2:
        return this.pick('i32')
      default:
        return this.test()
    }
  }

  // State.

  put(name: string, value: PlanRow): void {
    const slot = slotOf(name)
    this.stale.delete(slot)
    this.row('put', null, [value], slot)
  }

  /** A slot that random values may be written to. */
  private writable(): string {
    const { random } = this
    switch (random.below(5)) {
      case 0:
      case 1:
        return random.pick(this.slots.x)
      case 2:
        return this.hasFlags ? 'nzcv' : random.pick(this.slots.w)
      case 3:
        return this.weights.vector + this.weights.float > 0 ? random.pick(this.slots.v) : random.pick(this.slots.x)
      default:
        return random.pick(this.slots.w)
    }
  }

  /** A value of the slot's type is written to it. */
  randomPut(name = this.writable()): void {
    const { type } = FUZZ_STATE[slotOf(name)]!
    this.put(name, this.pick(name === 'nzcv' ? 'packed' : KIND_OF[type]!))
  }

  /** A slot is written again behind something that may fault, or that reads it. */
  private overwrite(): void {
    const { random } = this
    const name = this.writable()
    for (let n = 1 + random.below(3); n >= 0; n--) {
      this.randomPut(name)
      if (random.oneIn(2)) this.rowOf(random.pick(['int', 'alias', 'fixed'] as const))
      if (random.oneIn(3) && !this.stale.has(slotOf(name)))
        this.row('get', name === 'nzcv' ? 'packed' : KIND_OF[FUZZ_STATE[slotOf(name)]!.type]!, [], slotOf(name))
      if (!random.oneIn(3)) this.rowOf(random.pick(['load', 'load', 'store', 'atomic'] as const))
    }
  }

  /** Words of doublewords and the other way round: one register has both. */
  private aliasRow(): void {
    const { random } = this
    switch (random.below(5)) {
      case 0:
      case 1:
        this.row('trunc', 'i32', [this.pick('i64')])
        return
      case 2:
      case 3:
        this.row('zext32', 'i64', [this.pick('i32')])
        return
      case 4: {
        const word = this.row('trunc', 'i32', [this.pick('i64')])
        if (random.oneIn(2)) this.put(random.pick(this.slots.w), word)
        else this.row('zext32', 'i64', [word])
      }
    }
  }

  private stateRow(): void {
    const { random } = this
    switch (random.below(7)) {
      case 0:
      case 1:
      case 2:
      case 3:
        this.randomPut()
        return
      case 4:
      case 5: {
        const kind = random.pick(this.weights.vector > 0 ? (['i64', 'i32', 'packed', 'v128'] as const) : (['i64', 'i64', 'i32'] as const))
        const slot = this.slot(kind)
        if (slot >= 0) this.row('get', kind, [], slot)
        return
      }
      case 6: {
        if (this.stale.size > 2) return
        const isVector = this.weights.vector > 0 && random.oneIn(3)
        const slot = slotOf(random.pick(isVector ? this.slots.v : this.slots.x))
        const value = this.pick(isVector ? 'v128' : 'i64')
        // The pass does not make notes of vector constants, nor of what may turn out to be one.
        if (isVector && value.op !== OP.vadd32) return
        this.stale.add(slot)
        this.row('note', null, [value], slot)
      }
    }
  }

  /** Before a block ends: what a note left stale is written. */
  protected settle(): void {
    for (const slot of [...this.stale]) {
      const { name, type } = FUZZ_STATE[slot]!
      this.put(name, this.pick(KIND_OF[type]!))
    }
  }

  private rareRow(): void {
    const { random } = this
    switch (random.below(5)) {
      case 0:
        this.row('fence', null, [], random.below(3))
        return
      case 1: {
        // The clock is not the same twice: only that it leaves everything else alone is compared.
        const clock = this.row('cycles', 'i64')
        this.scope.get('i64')!.pop()
        this.row('and', 'i64', [clock, this.row('const', 'i64', [], 0)])
        return
      }
      case 2: {
        // The sticky bits are compared at the end, except those that the host has of its own.
        const mxcsr = this.row('fenv.get', 'i32')
        this.scope.get('i32')!.pop()
        this.row('and', 'i32', [mxcsr, this.row('const', 'i32', [], 0x6000)])
        return
      }
      case 3: {
        const mxcsr = this.row('fenv.get', 'i32')
        this.scope.get('i32')!.pop()
        const rest = this.row('and', 'i32', [mxcsr, this.row('const', 'i32', [], ~0x6000)])
        this.scope.get('i32')!.pop()
        const mode = this.row('const', 'i32', [], random.below(4) << 13)
        const all = this.row('or', 'i32', [rest, mode])
        this.scope.get('i32')!.pop()
        this.row('fenv.set', null, [all])
        return
      }
      case 4: {
        const address = this.address(true)
        const size = 64
        const aligned = this.row('and', 'i64', [address, this.row('const', 'i64', [], -size, -1)])
        this.row('zero', null, [aligned], size)
      }
    }
  }

  // Memory.

  private load(): void {
    const { random } = this
    const name = random.pick(LOADS)
    const kind = name === 'load64' || name === 'load32s' ? 'i64' : (LOAD_KINDS[name] ?? random.pick(['i32', 'i64'] as const))
    if (kind !== 'i32' && kind !== 'i64' && this.weights.vector + this.weights.float === 0) return
    const address = this.address(name === 'loadva')
    this.row(name, kind, [address], name === 'loadva' ? 0 : this.displacement())
  }

  private store(): void {
    const { random } = this
    const name = random.pick(STORES)
    const kind = name === 'store64' ? 'i64' : (STORE_KINDS[name] ?? random.pick(['i32', 'i64'] as const))
    if (kind !== 'i32' && kind !== 'i64' && this.weights.vector + this.weights.float === 0) return
    const value = this.pick(kind)
    const address = kind === 'i64' && random.oneIn(16) ? undefined : this.address(false)
    // Sometimes the address itself is stored.
    if (address === undefined) {
      const self = this.address(false)
      this.row(name, null, [self, self], this.displacement())
    } else this.row(name, null, [address, value], this.displacement())
  }

  private displacement(): number {
    const { random } = this
    return random.oneIn(3) ? 0 : random.below(2 * REACH) - REACH
  }

  private atomic(): void {
    const { random } = this
    const name = random.pick(['cas', 'cas', 'xchg', 'xadd', 'rmw', 'rmw', 'cas128'] as const)
    const address = this.address(true)
    if (name === 'cas128') {
      if (this.weights.vector + this.weights.float === 0) return
      // Half of them succeed.
      const expected = random.oneIn(2) ? this.row('loadva', 'v128', [address]) : this.pick('v128')
      this.row(name, 'v128', [address, expected, random.oneIn(8) ? expected : this.pick('v128')])
      return
    }
    const kind = random.pick(['i32', 'i64'] as const)
    const size = random.pick(kind === 'i32' ? SIZES.slice(0, 3) : SIZES)
    const value = this.pick(kind)
    if (name === 'cas') {
      const load = ({ 1: 'load8u', 2: 'load16u', 4: 'load32', 8: 'load64' } as const)[size]!
      const expected = random.oneIn(2) ? this.row(load, kind, [address]) : this.pick(kind)
      this.row(name, kind, [address, expected, random.oneIn(8) ? expected : value], size)
    } else if (random.oneIn(4) && kind === 'i64') this.row(name, kind, [address, address], size, name === 'rmw' ? random.below(8) : 0)
    else this.row(name, kind, [address, value], size, name === 'rmw' ? random.below(8) : 0)
  }

  /** An address in a window, `REACH` at least away from what is not mapped; or, when the time has come, one that faults. */
  private address(aligned: boolean): PlanRow {
    const { random } = this
    if (--this.untilFault < 0) {
      this.untilFault = Number.POSITIVE_INFINITY
      const row = this.faultingAddress()
      if (random.oneIn(3)) this.put(random.pick(this.slots.x), row)
      return row
    }
    const usable = this.addresses.filter((address) => address.aligned || !aligned)
    if (usable.length > 0 && random.oneIn(3)) return random.pick(usable).row
    const row = this.newAddress(aligned)
    this.addresses.push({ row, aligned })
    return row
  }

  private faultingAddress(): PlanRow {
    const { random } = this
    switch (random.below(5)) {
      case 0:
        return this.row('get', 'i64', [], slotOf('bad'))
      case 1:
        return this.row('const', 'i64', [], UNMAPPED)
      case 2: // not canonical
        return this.row('const', 'i64', [], 0x1000, 0x4000_0000)
      case 3: // may be read only
        return this.row('const', 'i64', [], LOW + WRITABLE + 0x800)
      default: {
        const far = this.row('const', 'i64', [], UNMAPPED)
        return this.row('select', 'i64', [this.condition(), far, this.newAddress(true)])
      }
    }
  }

  private newAddress(aligned: boolean): PlanRow {
    const { random } = this
    const word = (value: number) => this.row('const', 'i64', [], value | 0, Math.floor(value / 0x1_0000_0000))
    const offset = () => (random.below(2 * REACH) - REACH) & (aligned ? -16 : -1)
    const isHigh = random.oneIn(3)
    const base = () => this.row('get', 'i64', [], slotOf(isHigh ? 'high' : 'base'))
    const index = (shift: number) => {
      const mask = (0x7ff >> shift) & (aligned ? -16 : -1)
      return this.row('and', 'i64', [this.pick('i64'), word(mask)])
    }
    const add = (a: PlanRow, b: PlanRow) => this.row('add', 'i64', random.oneIn(3) ? [b, a] : [a, b])
    const extended = () => {
      const mask = this.row('const', 'i32', [], aligned ? 0x7f0 : 0x7ff)
      return this.row(random.oneIn(2) ? 'zext32' : 'sext32', 'i64', [this.row('and', 'i32', [this.pick('i32'), mask])])
    }
    switch (random.below(12)) {
      case 0:
        return word((isHigh ? HIGH : LOW) + MIDDLE + offset())
      case 1:
        return base()
      case 2:
        return add(base(), word(offset()))
      case 3:
      case 4:
        return add(base(), index(0))
      case 5:
      case 6: {
        const shift = random.below(5)
        return add(base(), this.row('shl', 'i64', [index(shift), word(shift)]))
      }
      case 7: {
        const half = this.row('get', 'i64', [], slotOf('half'))
        return this.row('add', 'i64', [half, half])
      }
      case 8:
        return add(this.row('get', 'i64', [], slotOf('far')), word(FAR_OFFSET + offset()))
      case 9:
        return add(base(), extended())
      case 10:
        return this.row('select', 'i64', [this.condition(), add(base(), word(offset())), base()])
      default: {
        const half = () => (random.below(REACH) - REACH / 2) & (aligned ? -16 : -1)
        return add(add(base(), word(half())), word(half()))
      }
    }
  }
}

const ALU = ['add', 'sub', 'and', 'or', 'xor'] as const
const FLAGS_OF: Partial<Record<OpName, 'flags.add' | 'flags.sub' | 'flags.logic'>> = {
  add: 'flags.add',
  sub: 'flags.sub',
  and: 'flags.logic',
  or: 'flags.logic',
  xor: 'flags.logic',
}
const LOADS = [
  'load8u', 'load8s', 'load16u', 'load16s', 'load32', 'load32s', 'load64', 'load64', 'load32', 'loadf32', 'loadf64', 'loadv', 'loadva',
] as const // biome-ignore format: a list
const LOAD_KINDS: Partial<Record<OpName, Kind>> = { loadf32: 'f32', loadf64: 'f64', loadv: 'v128', loadva: 'v128' }
const STORES = ['store8', 'store16', 'store32', 'store64', 'store64', 'storef32', 'storef64', 'storev'] as const
const STORE_KINDS: Partial<Record<OpName, Kind>> = { storef32: 'f32', storef64: 'f64', storev: 'v128' }
