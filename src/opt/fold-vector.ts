/** Folding of vector rows: parts of values that are as short already, hash rounds and copies of one lane computed a moment ago, keys of cipher rounds. */
import { EFFECT_END, OP, OP_EFFECT } from '../ir/ops.ts'
import { NONE, type Region } from '../ir/region.ts'

/** How many rows back an equal one is looked for: the two halves of a hash step are neighbours, products with one element follow each other. */
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
    case OP.vxor:
      if (!takeKey(region, row, a[row]!, region.b[row]!)) takeKey(region, row, region.b[row]!, a[row]!)
      return NONE
    case OP.vsha256rnds2:
    case OP.vdup8:
    case OP.vdup16:
    case OP.vdup32:
    case OP.vdup64:
    case OP.vshufx32:
    case OP.vshuf32:
    case OP.vsha1rnds4:
      return equalBefore(region, row)
    default:
      return NONE
  }
}

/** `round` is one of AES with the key zero, to which `row` adds `key` by XOR, as the guest's next round does: then `row` becomes the round with that key. */
function takeKey(region: Region, row: number, round: number, key: number): boolean {
  const { op, a, b } = region
  const o = op[round]!
  if (o !== OP.vaesenc && o !== OP.vaesenclast && o !== OP.vaesdec && o !== OP.vaesdeclast) return false
  if (op[b[round]!] !== OP.vzero) return false
  op[row] = o
  a[row] = a[round]!
  b[row] = key
  return true
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
