/** Values of 32 bits whose host registers have nothing above them: extending such a one with zeros costs nothing. */
import { I32 } from '../ir/op-row.ts'
import { OP } from '../ir/ops.ts'
import { NONE, type Region } from '../ir/region.ts'

/** i32 rows whose host instruction is a 32-bit one that always executes: the register's upper half is zero. */
const ZEROES_UPPER_HALF = new Uint8Array(512)
for (const name of [
  'add', 'sub', 'mul', 'and', 'xor', 'andn', 'not', 'neg', 'shl', 'shr', 'sar', 'ror', 'funnel', 'clz', 'ctz', 'popcnt', 'bswap', 'sext8', 'sext16', 'zext8', 'zext16',
  'udiv', 'sdiv', 'adc', 'sbc', 'get', 'load8u', 'load8s', 'load16u', 'load16s', 'load32', 'icmp', 'test', 'select',
] as const) ZEROES_UPPER_HALF[OP[name]] = 1 // biome-ignore format: a list

export class NarrowValues {
  /** By row of a parameter: it is one. */
  private isNarrow = new Uint8Array(1024)

  /** Of the region that was analysed last. */
  has({ op }: Region, v: number): boolean {
    return ZEROES_UPPER_HALF[op[v]!] === 1 || this.isNarrow[v] === 1
  }

  /** Finds the parameters to which all edges pass such values. */
  analyse(region: Region): void {
    const { op, type, blockStart } = region
    if (this.isNarrow.length < region.rowCount) this.isNarrow = new Uint8Array(region.op.length)
    this.isNarrow.fill(0, 0, region.rowCount)
    let hasSome = false
    for (let block = 0; block < region.blockCount; block++)
      for (let row = blockStart[block]!; op[row] === OP.param; row++) {
        if (type[row] !== I32) continue
        this.isNarrow[row] = 1
        hasSome = true
      }
    while (hasSome) hasSome = this.dropSome(region)
  }

  private dropSome(region: Region): boolean {
    const { op, succ, edgeStart, edgeCount, edgePool, blockStart } = region
    let isChanged = false
    for (let e = 0; e < 2 * region.blockCount; e++) {
      if (succ[e] === NONE) continue
      for (let i = 0; i < edgeCount[e]!; i++) {
        const param = blockStart[succ[e]!]! + i
        const v = edgePool[edgeStart[e]! + i]!
        if (this.isNarrow[param] === 0 || op[v] === OP.const || this.has(region, v)) continue
        this.isNarrow[param] = 0
        isChanged = true
      }
    }
    return isChanged
  }
}
