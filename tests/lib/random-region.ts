/**
 * Random valid regions, by seed: straight lines, side exits, ifs with joins, nested loops with parameters, loops by the entry. Every loop ends:
 * its counter falls, and each way back tests that it is positive.
 *
 *   const plan = randomRegion(seed, lists)
 *   const region = plan.build()          // a new, equal Region each time
 */
import { I32, I64 } from '../../src/ir/op-row.ts'
import { OP, type OpName } from '../../src/ir/ops.ts'
import { CMP_NE, CMP_SGT, COND_GT, COND_NE } from '../../src/ir/ops-int.ts'
import { Region } from '../../src/ir/region.ts'
import { Random } from '../diff/random.ts'
import { RowGenerator } from './random-rows.ts'
import { type Kind, type OpLists, TYPE_OF, type Weights } from './random-values.ts'
import { FUZZ_STATE, slotOf } from './region-machine.ts'
import { emitPlan, PlanBlock, type PlanEdge, type PlanRow, reorder } from './region-plan.ts'

export interface RegionPlan {
  readonly blocks: readonly PlanBlock[]
  build(): Region
}

const NOTHING: Weights = {
  int: 0,
  alias: 0,
  fixed: 0,
  flags: 0,
  load: 0,
  store: 0,
  atomic: 0,
  state: 0,
  overwrite: 0,
  vector: 0,
  float: 0,
  mixed: 0,
  rare: 0,
}

/** What regions are about, with weights of rows and of structure. */
interface Profile {
  readonly weights: Weights
  /** Likelihood of block structure among statements, of 100. */
  readonly structure: number
  /** Values made first and used last, of integers and of vectors. */
  readonly longLived: readonly [number, number]
  readonly syscalls?: boolean
  /** Most of them end by a fault. */
  readonly faults?: boolean
}

const PROFILES: readonly Profile[] = [
  // integers in registers
  { weights: { ...NOTHING, int: 6, alias: 2, fixed: 2, flags: 2, state: 2 }, structure: 10, longLived: [0, 0] },
  // what has its fixed registers
  { weights: { ...NOTHING, int: 2, alias: 1, fixed: 6, flags: 3, atomic: 3, state: 1 }, structure: 8, longLived: [10, 0] },
  // flags
  { weights: { ...NOTHING, int: 4, fixed: 2, flags: 8, state: 3 }, structure: 15, longLived: [4, 0] },
  // memory
  { weights: { ...NOTHING, int: 3, fixed: 1, flags: 1, load: 6, store: 5, atomic: 3, state: 4, rare: 1 }, structure: 8, longLived: [4, 0] },
  // faults
  { weights: { ...NOTHING, int: 3, alias: 1, fixed: 1, load: 3, store: 3, overwrite: 4 }, structure: 4, longLived: [0, 0], faults: true },
  {
    weights: { ...NOTHING, int: 2, alias: 1, fixed: 1, flags: 1, load: 2, store: 2, state: 1, overwrite: 4, vector: 2, mixed: 1 },
    structure: 4,
    longLived: [14, 15],
    faults: true,
  },
  // more integers than registers
  {
    weights: { ...NOTHING, int: 5, alias: 3, fixed: 3, flags: 2, load: 2, store: 2, atomic: 1, state: 1 },
    structure: 10,
    longLived: [22, 0],
  },
  // state
  { weights: { ...NOTHING, int: 3, alias: 1, flags: 2, load: 2, store: 1, state: 9, vector: 1 }, structure: 12, longLived: [0, 0] },
  // vectors
  { weights: { ...NOTHING, int: 1, vector: 10, mixed: 2, state: 3, load: 2, store: 1, atomic: 1 }, structure: 6, longLived: [0, 8] },
  {
    weights: { ...NOTHING, int: 1, vector: 6, float: 5, mixed: 3, state: 2, load: 2, store: 1, flags: 1 },
    structure: 8,
    longLived: [4, 22],
  },
  // floating point
  { weights: { ...NOTHING, int: 1, float: 10, mixed: 3, state: 2, load: 1, store: 1, flags: 2 }, structure: 8, longLived: [2, 6] },
  // everything
  {
    weights: {
      int: 5,
      alias: 2,
      fixed: 2,
      flags: 3,
      load: 2,
      store: 2,
      atomic: 1,
      state: 3,
      overwrite: 1,
      vector: 3,
      float: 2,
      mixed: 2,
      rare: 1,
    },
    structure: 14,
    longLived: [6, 6],
  },
  // system calls
  {
    weights: { ...NOTHING, int: 5, alias: 1, fixed: 2, flags: 2, load: 1, store: 1, state: 6, overwrite: 1, vector: 2, mixed: 1 },
    structure: 8,
    longLived: [8, 8],
    syscalls: true,
  },
  // control flow
  { weights: { ...NOTHING, int: 5, alias: 1, fixed: 1, flags: 3, state: 1, vector: 1 }, structure: 40, longLived: [5, 0] },
]

const BASE_PC = 0x40_0000
const MOST_STATEMENTS = 60
const PARAM_KINDS = ['i64', 'i64', 'i32', 'v128', 'f64', 'f32'] as const
const MAX_DEPTH = 3

/** A block that edges may go to from inside the structure that it ends, with the kinds of its parameters. */
interface Join {
  readonly block: PlanBlock
  readonly kinds: readonly Kind[]
}

/** A loop around the current point: its head, what it passes besides the counter, and the counter. */
interface Loop {
  readonly head: PlanBlock
  readonly kinds: readonly Kind[]
  readonly counter: PlanRow
}

class StructureGenerator extends RowGenerator {
  private readonly profile: Profile
  readonly blocks: PlanBlock[] = []
  /** Exit blocks that come behind everything. */
  private readonly later: PlanBlock[] = []
  private joins: Join[] = []
  private loops: Loop[] = []
  private longLived: PlanRow[] = []

  constructor(seed: number, profile: Profile, lists: OpLists) {
    super(seed, profile.weights, lists)
    this.profile = profile
  }

  generate(): PlanBlock[] {
    const { random } = this
    this.begin(this.block)
    if (this.profile.faults ? !random.oneIn(4) : random.oneIn(5)) this.untilFault = random.below(this.profile.faults ? 30 : 12)
    this.makeLongLived()
    this.statements(4 + random.below(random.oneIn(4) ? MOST_STATEMENTS * 2 : MOST_STATEMENTS), 0)
    this.leave()
    this.blocks.push(...this.later)
    return random.oneIn(3) ? reorder(this.blocks, (candidates) => this.nextBlock(candidates)) : this.blocks
  }

  private nextBlock(candidates: readonly PlanBlock[]): PlanBlock {
    return this.random.oneIn(2) ? candidates[0]! : this.random.pick(candidates)
  }

  private get hasVectors(): boolean {
    return this.weights.vector + this.weights.float > 0
  }

  private makeLongLived(): void {
    const [integers, vectors] = this.profile.longLived
    for (let n = 0; n < integers; n++) {
      const kind = this.random.oneIn(3) ? 'i32' : 'i64'
      this.longLived.push(this.row(this.random.pick(['add', 'xor', 'sub'] as const), kind, [this.pick(kind), this.pick(kind)]))
    }
    if (this.lists.vector.length > 0)
      for (let n = 0; n < vectors; n++) this.longLived.push(this.row('vadd32', 'v128', [this.pick('v128'), this.pick('v128')]))
  }

  // Blocks.

  private begin(block: PlanBlock): void {
    this.block = block
    this.blocks.push(block)
  }

  private end(name: OpName, args: readonly PlanRow[], edges: readonly PlanEdge[], imm = 0, imm2 = 0): void {
    this.block.end = { op: OP[name], type: 0, args, imm, imm2, insn: this.insn, row: -1 }
    this.block.edges = edges
    this.insn++
  }

  private param(block: PlanBlock, kind: Kind): PlanRow {
    const row: PlanRow = { op: OP.param, type: TYPE_OF[kind], args: [], imm: block.params.length, imm2: 0, insn: this.insn, row: -1 }
    block.params.push(row)
    this.add(kind, row)
    return row
  }

  private edge(to: Join): PlanEdge {
    return { to: to.block, args: to.kinds.map((kind) => this.argument(kind)) }
  }

  /** Words are often the lower halves of doublewords. */
  private argument(kind: Kind): PlanRow {
    return kind === 'i32' && this.random.oneIn(3) ? this.row('trunc', 'i32', [this.pick('i64')]) : this.pick(kind)
  }

  private newJoin(): Join {
    const { random } = this
    const kinds = Array.from({ length: random.below(random.oneIn(3) ? 9 : 4) }, () =>
      random.pick(this.hasVectors ? PARAM_KINDS : PARAM_KINDS.slice(0, 3)),
    )
    return { block: new PlanBlock(), kinds }
  }

  private enterJoin(join: Join): void {
    this.begin(join.block)
    for (const kind of join.kinds) {
      const param = this.param(join.block, kind)
      if (kind === 'i32' && this.random.oneIn(3)) this.row('zext32', 'i64', [param])
    }
  }

  /** `br` on a condition, or its inverse with the successors exchanged. */
  private branch(condition: PlanRow, taken: PlanEdge, other: PlanEdge): void {
    this.end('br', [condition], [taken, other])
  }

  private either(condition: PlanRow, a: PlanEdge, b: PlanEdge): void {
    if (this.random.oneIn(2)) this.branch(condition, a, b)
    else this.branch(condition, b, a)
  }

  // Statements.

  private statements(count: number, depth: number): void {
    const { random } = this
    for (let n = 0; n < count; n++) {
      if (random.below(100) < this.profile.structure) n += this.structure(depth)
      else if (this.profile.syscalls && random.oneIn(10)) {
        this.settle()
        this.row('syscall', null)
      } else this.randomRow()
    }
  }

  /** A statement that begins blocks; gives the number of statements that it stands for. */
  private structure(depth: number): number {
    const { random } = this
    const most = depth >= MAX_DEPTH || this.blocks.length > 30 ? 3 : 7
    switch (random.below(most)) {
      case 0:
        this.sideExit()
        return 0
      case 1:
        if (this.joins.length > 0) this.jumpOut()
        else this.sideExit()
        return 0
      case 2:
        if (this.loops.length > 0) this.jumpBack()
        else this.sideExit()
        return 0
      case 3:
        this.selectByBranch()
        return 0
      case 4:
      case 5:
        return this.ifElse(depth)
      default:
        return this.loop(depth)
    }
  }

  private sideExit(): void {
    const { random } = this
    this.settle()
    const condition = this.condition()
    const exit: Join = random.oneIn(4) ? this.newJoin() : { block: new PlanBlock(), kinds: [] }
    const next = new PlanBlock()
    this.either(condition, this.edge(exit), { to: next, args: [] })
    const mark = this.mark()
    const from = this.blocks.length
    this.enterJoin(exit)
    this.leave(true)
    if (random.oneIn(2)) this.later.push(...this.blocks.splice(from))
    this.release(mark)
    this.begin(next)
  }

  private jumpOut(): void {
    this.settle()
    const condition = this.condition()
    const next = new PlanBlock()
    const out = this.edge(this.random.pick(this.joins))
    this.either(condition, out, { to: next, args: [] })
    this.begin(next)
  }

  private jumpBack(): void {
    const { random } = this
    this.settle()
    const loop = random.pick(this.loops)
    const next = new PlanBlock()
    this.backEdge(loop, { to: next, args: [] })
    this.begin(next)
  }

  /** Both edges of a branch lead to one block. */
  private selectByBranch(): void {
    this.settle()
    const join = this.newJoin()
    const condition = this.condition()
    this.either(condition, this.edge(join), this.edge(join))
    this.enterJoin(join)
  }

  private ifElse(depth: number): number {
    const { random } = this
    this.settle()
    const join = this.newJoin()
    const [then, otherwise] = [new PlanBlock(), new PlanBlock()]
    const hasElse = random.oneIn(2)
    const condition = this.condition()
    const size = random.below(6)
    this.either(condition, { to: then, args: [] }, hasElse ? { to: otherwise, args: [] } : this.edge(join))
    const mark = this.mark()
    this.joins.push(join)
    for (const block of hasElse ? [then, otherwise] : [then]) {
      this.begin(block)
      this.statements(size, depth + 1)
      this.settle()
      this.end('jump', [], [this.edge(join)])
      this.release(mark)
    }
    this.joins.pop()
    this.enterJoin(join)
    return size
  }

  private loop(depth: number): number {
    const { random } = this
    this.settle()
    const counterKind = random.pick(['i32', 'i64'] as const)
    const kinds = this.newJoin().kinds
    const head = new PlanBlock()
    const after = this.newJoin()
    const trips = this.row('const', counterKind, [], 1 + random.below(depth === 0 ? 4 : 3))
    this.scope.get(counterKind)!.pop()
    this.end('jump', [], [{ to: head, args: [trips, ...kinds.map((kind) => this.pick(kind))] }])
    this.begin(head)
    const counter = this.param(head, counterKind)
    for (const kind of kinds) this.param(head, kind)
    const mark = this.mark()
    this.joins.push(after)
    this.loops.push({ head, kinds, counter })
    const size = 1 + random.below(8)
    this.statements(size, depth + 1)
    this.settle()
    this.backEdge(this.loops.pop()!, this.edge(after))
    this.joins.pop()
    this.release(mark)
    this.enterJoin(after)
    return size
  }

  /** Ends the block: back to the loop's head while its counter is positive, else along `out`. */
  private backEdge(loop: Loop, out: PlanEdge): void {
    const { random } = this
    const kind = loop.counter.type === I32 ? 'i32' : 'i64'
    const one = this.row('const', kind, [], 1)
    const counter = this.row('sub', kind, [loop.counter, one])
    const zero = this.row('const', kind, [], 0)
    const form = random.below(this.hasFlags ? 5 : 3)
    const condition =
      form === 0 && kind === 'i32'
        ? counter
        : form < 3
          ? this.row('icmp', 'i32', [counter, zero], form === 1 ? CMP_NE : CMP_SGT)
          : form === 3
            ? this.row('test', 'i32', [this.row('flags.sub', 'flags', [loop.counter, one])], COND_NE)
            : this.row('test', 'i32', [this.row('flags.sub', 'flags', [loop.counter, one])], COND_GT)
    const back: PlanEdge = { to: loop.head, args: [counter, ...this.backArguments(loop)] }
    this.branch(condition, back, out)
  }

  /** Often the parameters themselves in another order. */
  private backArguments(loop: Loop): PlanRow[] {
    const { random } = this
    const own = loop.head.params.slice(1)
    if (random.oneIn(2)) return loop.kinds.map((kind, n) => (random.oneIn(3) ? own[n]! : this.pick(kind)))
    // A permutation, kind by kind.
    const left = new Map<Kind, PlanRow[]>()
    loop.kinds.forEach((kind, n) => {
      left.set(kind, [...(left.get(kind) ?? []), own[n]!])
    })
    return loop.kinds.map((kind) => {
      const rest = left.get(kind)!
      return rest.splice(random.below(rest.length), 1)[0]!
    })
  }

  // Ends.

  /** State is written and the region left; `isSide` for an end that is not the last one. */
  private leave(isSide = false): void {
    const { random } = this
    this.settle()
    for (let n = random.below(isSide ? 3 : 8); n > 0; n--) this.randomPut()
    if (!isSide || random.oneIn(4)) this.useLongLived()
    if (random.oneIn(5)) {
      // Another round through the entry.
      const count = this.row('sub', 'i64', [this.row('get', 'i64', [], slotOf('count')), this.row('const', 'i64', [], 1)])
      this.put('count', count)
      const condition = this.row('icmp', 'i32', [count, this.row('const', 'i64', [], 0)], CMP_SGT)
      const next = new PlanBlock()
      const again = { to: this.blocks[0]!, args: [] }
      this.branch(condition, again, { to: next, args: [] })
      this.begin(next)
    }
    const pc = BASE_PC + 4 * random.below(10_000)
    switch (random.below(6)) {
      case 0:
        this.end('exit.indirect', [this.pick(random.oneIn(3) ? 'i32' : 'i64')], [], random.below(3))
        return
      case 1:
        this.end('exit.trap', [], [], random.below(3), random.below(1000))
        return
      case 2:
        this.end('exit.emulate', [], [], random.below(20), random.below(1000))
        return
      default:
        this.end('exit.direct', [], [], pc)
    }
  }

  private useLongLived(): void {
    for (const [type, op, slot] of [
      [I64, 'xor', 'x7'],
      [I32, 'add', 'w3'],
    ] as const) {
      const values = this.longLived.filter((row) => row.type === type)
      if (values.length === 0) continue
      const kind = type === I64 ? 'i64' : 'i32'
      this.put(
        slot,
        values.reduce((sum, value) => this.row(op, kind, [sum, value])),
      )
    }
    const vectors = this.longLived.filter((row) => row.type !== I64 && row.type !== I32)
    if (vectors.length > 0)
      this.put(
        'v7',
        vectors.reduce((sum, value) => this.row('vxor', 'v128', [sum, value])),
      )
  }
}

export function randomRegion(seed: number, lists: OpLists): RegionPlan {
  const profile = new Random('profile', seed).pick(PROFILES)
  const blocks = new StructureGenerator(seed, profile, lists).generate()
  return {
    blocks,
    build: () => emitPlan(blocks, new Region(FUZZ_STATE), BASE_PC),
  }
}
