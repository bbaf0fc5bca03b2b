/**
 * A region as objects: what the random generator builds, before blocks have an order and rows have numbers. `emitPlan` makes it a Region.
 */
import { NONE, type Region } from '../../src/ir/region.ts'

export interface PlanRow {
  readonly op: number
  readonly type: number
  readonly args: readonly PlanRow[]
  readonly imm: number
  readonly imm2: number
  /** The four words of a v128 constant. */
  readonly words?: readonly [number, number, number, number]
  /** Number of the guest instruction it comes from. */
  readonly insn: number
  /** Its row in the region emitted last. */
  row: number
}

export interface PlanEdge {
  readonly to: PlanBlock
  readonly args: readonly PlanRow[]
}

export class PlanBlock {
  readonly params: PlanRow[] = []
  readonly rows: PlanRow[] = []
  end: PlanRow | undefined
  edges: readonly PlanEdge[] = []
  /** Its number in the region emitted last. */
  index = 0
}

const INSN_SIZE = 4

/** Writes the blocks in this order; the first is the entry. */
export function emitPlan(blocks: readonly PlanBlock[], region: Region, pc: number): Region {
  region.reset(pc)
  const insns = new Map<number, number>()
  blocks.forEach((block, n) => {
    block.index = n
    region.addBlock(pc + INSN_SIZE * (block.rows[0] ?? block.end!).insn)
  })
  for (const block of blocks) {
    region.startBlock(block.index)
    for (const row of [...block.params, ...block.rows]) {
      startInsn(region, insns, pc, row.insn)
      const [a, b, c] = row.args.map((x) => x.row)
      const imm = row.words === undefined ? row.imm : region.addPool(...row.words)
      row.row = region.emitTyped(row.op, row.type, a ?? NONE, b ?? NONE, c ?? NONE, imm, row.imm2)
    }
    const end = block.end!
    startInsn(region, insns, pc, end.insn)
    const [to0, to1] = block.edges.map((edge) => edge.to.index)
    end.row = region.end(end.op, end.args[0]?.row ?? NONE, end.imm, end.imm2, to0 ?? NONE, to1 ?? NONE)
  }
  for (const block of blocks)
    block.edges.forEach((edge, k) => {
      if (edge.args.length > 0)
        region.setEdgeArgs(
          block.index,
          k,
          edge.args.map((x) => x.row),
        )
    })
  return region
}

function startInsn(region: Region, insns: Map<number, number>, pc: number, insn: number): void {
  const known = insns.get(insn)
  if (known !== undefined) {
    region.resumeInsn(known)
    return
  }
  insns.set(insn, region.insnCount)
  region.startInsn(pc + INSN_SIZE * insn)
}

/**
 * Another order in which the back-end takes blocks: the entry first, every block behind its dominators and behind one of its predecessors.
 * `pick` chooses among the blocks that may come next.
 */
export function reorder(blocks: readonly PlanBlock[], pick: (candidates: readonly PlanBlock[]) => PlanBlock): PlanBlock[] {
  const dominators = findDominators(blocks)
  const placed = new Set<PlanBlock>()
  const order: PlanBlock[] = []
  const place = (block: PlanBlock) => {
    placed.add(block)
    order.push(block)
  }
  place(blocks[0]!)
  while (order.length < blocks.length) {
    const reached = new Set(order.flatMap((block) => block.edges.map((edge) => edge.to)))
    const ready = blocks.filter(
      (block) => !placed.has(block) && reached.has(block) && [...dominators.get(block)!].every((d) => d === block || placed.has(d)),
    )
    if (ready.length === 0) break // what is left cannot be reached
    place(pick(ready))
  }
  return order
}

function findDominators(blocks: readonly PlanBlock[]): Map<PlanBlock, Set<PlanBlock>> {
  const all = new Set(blocks)
  const found = new Map(blocks.map((block, n) => [block, n === 0 ? new Set([block]) : new Set(all)]))
  for (let changed = true; changed; ) {
    changed = false
    for (const block of blocks) {
      if (block === blocks[0]) continue
      const before = blocks.filter((from) => from.edges.some((edge) => edge.to === block))
      if (before.length === 0) continue
      const meet = new Set([...all].filter((x) => x === block || before.every((from) => found.get(from)!.has(x))))
      if (meet.size < found.get(block)!.size) {
        found.set(block, meet)
        changed = true
      }
    }
  }
  return found
}
