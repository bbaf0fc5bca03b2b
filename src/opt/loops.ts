/**
 * The loops of a region: natural loops, found by back edges of a depth-first walk, and how they nest.
 *
 * A block belongs to the smallest loop that contains it (`loopOf`, the number of a loop or NONE). Loops with one header are one loop.
 */
import { NONE, type Region } from '../ir/region.ts'

export class Loops {
  count = 0
  /** By loop: its header, and the loop around it (NONE). */
  readonly header: number[] = []
  readonly parent: number[] = []
  /** By loop: 1 for each of its blocks. */
  readonly body: Uint8Array[] = []
  /** By block. */
  readonly loopOf: number[] = []
  /** By block: the loop whose header it is, NONE. */
  readonly headed: number[] = []
  /** By block: where edges come from, as edge numbers (2 * block + k), of blocks that can be reached. */
  readonly into: number[][] = []
  readonly reachable: boolean[] = []
  /** The blocks that can be reached, as they lie in the region, but each behind one that leads to it. */
  readonly order: number[] = []
  /** The same, each before those that it leads to, but for back edges. */
  readonly forwards: number[] = []

  /** The header of the cycle for which `analyse` was false. */
  mixed = 0

  /** False: a cycle has two entries, or the entry block is in one; nothing else can be relied on then. */
  analyse(region: Region): boolean {
    const blocks = region.blockCount
    this.count = 0
    this.header.length = this.parent.length = this.body.length = 0
    for (let block = 0; block < blocks; block++) {
      this.loopOf[block] = this.headed[block] = NONE
      this.into[block] = []
      this.reachable[block] = false
    }
    const backEdges = this.walk(region)
    this.putInOrder(blocks)
    for (const edge of backEdges) {
      this.mixed = region.succ[edge]!
      if (!this.addLoop(region, edge)) return false
    }
    this.nest(blocks)
    return true
  }

  /** Depth-first from the entry; the edges that lead to a block on the way there. */
  private walk(region: Region): number[] {
    const isOpen = new Uint8Array(region.blockCount)
    const found: number[] = []
    const visit = (block: number): void => {
      this.reachable[block] = true
      isOpen[block] = 1
      for (let e = 2 * block; e < 2 * block + 2; e++) {
        const to = region.succ[e]!
        if (to === NONE) continue
        this.into[to]!.push(e)
        if (isOpen[to]) found.push(e)
        else if (!this.reachable[to]) visit(to)
      }
      isOpen[block] = 0
      this.forwards.push(block)
    }
    this.forwards.length = 0
    visit(0)
    this.forwards.reverse()
    return found
  }

  private putInOrder(blocks: number): void {
    const isPlaced = new Uint8Array(blocks)
    this.order.length = 0
    for (let placed = NONE; placed !== this.order.length; ) {
      placed = this.order.length
      for (let block = 0; block < blocks; block++) {
        if (!this.reachable[block] || isPlaced[block] || (block > 0 && !this.into[block]!.some((e) => isPlaced[e >> 1]))) continue
        isPlaced[block] = 1
        this.order.push(block)
      }
    }
  }

  /** The natural loop of a back edge: all that leads to it without the header. False: it has another entry. */
  private addLoop(region: Region, edge: number): boolean {
    const header = region.succ[edge]!
    if (header === 0) return false
    let loop = this.headed[header]!
    if (loop === NONE) {
      loop = this.count++
      this.headed[header] = loop
      this.header[loop] = header
      this.body[loop] = new Uint8Array(region.blockCount)
      this.body[loop]![header] = 1
    }
    const body = this.body[loop]!
    const waiting = [edge >> 1]
    for (let block = waiting.pop(); block !== undefined; block = waiting.pop()) {
      if (body[block]) continue
      if (block === 0) return false
      body[block] = 1
      for (const into of this.into[block]!) waiting.push(into >> 1)
    }
    return true
  }

  private nest(blocks: number): void {
    const size = this.body.map((body) => body.reduce((sum, is) => sum + is, 0))
    const order = size.map((_, loop) => loop).sort((a, b) => size[b]! - size[a]!)
    // From the largest: the last loop that has a block is its smallest.
    for (const loop of order) {
      this.parent[loop] = this.loopOf[this.header[loop]!]!
      for (let block = 0; block < blocks; block++) if (this.body[loop]![block]) this.loopOf[block] = loop
    }
  }

  /** Of sets by block, `words` words each: the union of those of the loop's blocks. */
  union(loop: number, sets: Int32Array, words: number): Int32Array {
    const all = new Int32Array(words)
    const body = this.body[loop]!
    for (let block = 0; block < body.length; block++) if (body[block]) for (let w = 0; w < words; w++) all[w]! |= sets[block * words + w]!
    return all
  }

  /** Loops from the outermost to the innermost. */
  outerFirst(): number[] {
    const depth = (loop: number): number => (this.parent[loop] === NONE ? 0 : 1 + depth(this.parent[loop]!))
    return Array.from({ length: this.count }, (_, loop) => loop).sort((a, b) => depth(a) - depth(b))
  }
}
