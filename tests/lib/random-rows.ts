/**
 * Random rows of a region under construction: arithmetic of every kind, flags, state. The structure of blocks is random-region.ts's.
 */
import { F32, F64, FLAGS, I32, I64, TYPE_F, TYPE_T } from '../../src/ir/op-row.ts'
import { OP, OP_NAMES, OP_ROWS, type OpName } from '../../src/ir/ops.ts'
import { CMP_NAMES, COND_CS, COND_NAMES } from '../../src/ir/ops-int.ts'
import { randomImmediates } from './random-immediates.ts'
import { MemoryGenerator } from './random-memory.ts'
import { KIND_OF, type Weights } from './random-values.ts'
import { FUZZ_STATE, slotOf } from './region-machine.ts'
import type { PlanRow } from './region-plan.ts'

/** Bits that a packed value may have: all but 1 to 7. */
const PACKED_DEFINED = ~0xfe

const ALU = ['add', 'sub', 'and', 'or', 'xor'] as const
const FLAGS_OF: Partial<Record<OpName, 'flags.add' | 'flags.sub' | 'flags.logic'>> = {
  add: 'flags.add',
  sub: 'flags.sub',
  and: 'flags.logic',
  or: 'flags.logic',
  xor: 'flags.logic',
}

export class RowGenerator extends MemoryGenerator {
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

  /** Mostly the carry of flags that there are, as guests add and subtract numbers of several words. */
  private carry(): PlanRow {
    const { random } = this
    if (random.oneIn(3) || this.scope.get('flags')!.length === 0) return this.pick('i32')
    return this.row('test', 'i32', [this.pick('flags')], COND_CS)
  }

  protected override randomFlags(): PlanRow {
    const { random } = this
    const kind = random.oneIn(2) ? 'i32' : 'i64'
    const name = random.pick([
      'flags.add',
      'flags.sub',
      'flags.sub',
      'flags.adc',
      'flags.sbc',
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
      case 'flags.sbc':
        return this.row(name, 'flags', [this.pick(kind), this.pick(kind), this.carry()])
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
  override condition(): PlanRow {
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
}
