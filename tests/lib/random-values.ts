/** Values of a region under construction: kinds, what is in scope, constants, slots; and which ops there are to choose from. */
import { F32, F64, FLAGS, I32, I64, TYPE_F, TYPE_T, V128 } from '../../src/ir/op-row.ts'
import { OP, OP_NAMES, OP_ROWS, type OpName } from '../../src/ir/ops.ts'
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../src/ir/ops-int.ts'
import { Random } from '../diff/random.ts'
import { slotOf, V_COUNT, W_COUNT, X_COUNT } from './region-machine.ts'
import { PlanBlock, type PlanRow } from './region-plan.ts'

/** What a value may be used for: its type, and apart from those packed flags, of which only four bits are defined. */
export type Kind = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'flags' | 'packed'
export const TYPE_OF: Record<Kind, number> = { i32: I32, i64: I64, f32: F32, f64: F64, v128: V128, flags: FLAGS, packed: I32 }
export const KIND_OF: Record<number, Kind> = { [I32]: 'i32', [I64]: 'i64', [F32]: 'f32', [F64]: 'f64', [V128]: 'v128', [FLAGS]: 'flags' }
const KINDS = Object.keys(TYPE_OF) as Kind[]

/** Kinds of rows, and how likely each is in a region. */
export type Weights = Record<
  'int' | 'alias' | 'fixed' | 'flags' | 'load' | 'store' | 'atomic' | 'state' | 'overwrite' | 'vector' | 'float' | 'mixed' | 'rare',
  number
>

/** Ops by the kind of row they are chosen for; only those that `isLowered` accepts are used. */
const isInteger = (type: number) => type === I32 || type === I64 || type === TYPE_T
const isFloat = (type: number) => type === F32 || type === F64 || type === TYPE_F
const isVector = (type: number) => type === V128
const FIXED: readonly OpName[] = ['mul', 'mulhs', 'mulhu', 'sdiv', 'udiv', 'shl', 'shr', 'sar', 'ror', 'crc32', 'crc32c', 'adc', 'sbc']
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

/** An address value and what may be added to it. */
export interface Address {
  readonly row: PlanRow
  /** A multiple of 16. */
  readonly aligned: boolean
}

export abstract class ValueGenerator {
  readonly random: Random
  readonly weights: Weights
  readonly lists: OpLists
  /** Block that rows are appended to. */
  block = new PlanBlock()
  protected readonly scope = new Map<Kind, PlanRow[]>(KINDS.map((kind) => [kind, []]))
  protected addresses: Address[] = []
  protected insn = 0
  /** Slots that a `note` has made stale: not to be read, and to be written in this block. */
  protected readonly stale = new Set<number>()
  /** Of the memory accesses from here on, the one that counts to zero faults. */
  protected untilFault = Number.POSITIVE_INFINITY
  protected hasFlags: boolean
  /** The slots that this region uses: mostly few, so that they are read and written often. */
  protected readonly slots: Readonly<Record<'x' | 'w' | 'v', readonly string[]>>

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
  protected slot(kind: Kind): number {
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

  put(name: string, value: PlanRow): void {
    const slot = slotOf(name)
    this.stale.delete(slot)
    this.row('put', null, [value], slot)
  }

  protected abstract randomFlags(): PlanRow
}
