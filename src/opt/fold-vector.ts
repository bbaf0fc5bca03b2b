/** Folding of vector rows: parts of values that are as short already, and hash rounds computed a moment ago. */
import { EFFECT_END, OP, OP_EFFECT } from '../ir/ops.ts'
import { NONE, type Region } from '../ir/region.ts'

/** How many rows back an equal one is looked for: the two halves of a hash step are neighbours. */
const WINDOW = 32

/** The value that replaces `row`, or NONE. */
export function foldVector(region: Region, row: number): number {
  const { op, a, imm } = region
  switch (op[row]) {
    case OP.vlow: {
      const x = a[row]!
      const isShort = op[x] === OP.vzero || (op[x] === OP.vlow && imm[x]! <= imm[row]!) || (op[x] === OP['v.fromf'] && imm[row] === 64)
      return isShort ? x : NONE
    }
    case OP.vsha256rnds2:
    case OP.vshufx32:
    case OP.vshuf32:
    case OP.vsha1rnds4:
      return equalBefore(region, row)
    default:
      return NONE
  }
}

/** A row of the same block, not far back, with the same op, arguments and immediate; NONE if there is none. */
function equalBefore(region: Region, row: number): number {
  const { op, a, b, c, imm } = region
  for (let k = row - 1; k >= 0 && k >= row - WINDOW; k--) {
    if (OP_EFFECT[op[k]!] === EFFECT_END) return NONE
    if (op[k] === op[row] && a[k] === a[row] && b[k] === b[row] && c[k] === c[row] && imm[k] === imm[row]) return k
  }
  return NONE
}
