/** The rows of a region made anew, with others between them: for passes that insert rows. */
import { OP_ARG_COUNT } from '../ir/ops.ts'
import { NONE, type Region } from '../ir/region.ts'

type Column = 'op' | 'type' | 'a' | 'b' | 'c' | 'imm' | 'imm2' | 'at'
const COLUMNS: readonly Column[] = ['op', 'type', 'a', 'b', 'c', 'imm', 'imm2', 'at']

export class RowCopy {
  readonly region: Region
  /** The old rows. */
  readonly old: Readonly<Record<Column, Int32Array>>
  /** By old row: the new one. */
  readonly made: Int32Array

  constructor(region: Region) {
    const old: Partial<Record<Column, Int32Array>> = {}
    for (const name of COLUMNS) old[name] = Int32Array.from({ length: region.rowCount }, (_, row) => region[name][row]!)
    this.region = region
    this.old = old as Record<Column, Int32Array>
    this.made = new Int32Array(region.rowCount)
  }

  /** Empties the region's rows; `copy` is called for each old one, block by block, and emits what comes in its place. Then edges pass the new rows. */
  run(copy: (row: number, block: number) => void): void {
    const { region } = this
    const { blockStart, blockEnd } = region
    const order = Array.from({ length: region.blockCount }, (_, block) => block)
    order.sort((a, b) => blockStart[a]! - blockStart[b]!)
    region.rowCount = 0
    for (const block of order) {
      const [from, to] = [blockStart[block]!, blockEnd[block]!]
      if (from === NONE) continue
      blockStart[block] = region.rowCount
      for (let row = from; row < to; row++) {
        region.resumeInsn(this.old.at[row]!)
        copy(row, block)
      }
      blockEnd[block] = region.rowCount
    }
    for (let k = 0; k < region.edgePoolLength; k++) region.edgePool[k] = this.made[region.edgePool[k]!]!
  }

  /** The new row of an argument of an old one. */
  arg(column: 'a' | 'b' | 'c', row: number): number {
    const value = this.old[column][row]!
    const k = column === 'a' ? 0 : column === 'b' ? 1 : 2
    return k < OP_ARG_COUNT[this.old.op[row]!]! && value !== NONE ? this.made[value]! : value
  }

  /** An old row as it was. */
  keep(row: number): void {
    const { region, old } = this
    const args = [this.arg('a', row), this.arg('b', row), this.arg('c', row)] as const
    this.made[row] = region.emitTyped(old.op[row]!, old.type[row]!, ...args, old.imm[row]!, old.imm2[row]!)
  }
}
