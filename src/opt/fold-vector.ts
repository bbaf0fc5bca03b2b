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
    case OP.vdup32:
      lookThroughMoves(region, row)
      return equalBefore(region, row)
    case OP.vdup64:
      return lookThroughHalves(region, row) ? a[row]! : equalBefore(region, row)
    case OP['v.holdf']: {
      const x = a[row]!
      return op[x] === OP['v.tof32'] || op[x] === OP['v.tof64'] ? a[x]! : NONE
    }
    case OP.vsha256rnds2:
    case OP.vdup8:
    case OP.vdup16:
    case OP.vshufx32:
    case OP.vshuf32:
    case OP.vsha1rnds4:
      return equalBefore(region, row)
    default:
      return NONE
  }
}

/** `vdup32` of a vector into which a lane has been moved: of what was moved, or of what was there. */
function lookThroughMoves(region: Region, row: number): void {
  const { op, a, b, imm, imm2 } = region
  for (let x = a[row]!; op[x] === OP.vmove32; x = a[row]!) {
    if (imm[x] !== imm[row]) a[row] = a[x]!
    else {
      a[row] = b[x]!
      imm[row] = imm2[x]!
    }
  }
}

/** The same for `vdup64` and halves; true if it is a copy of both halves already. */
function lookThroughHalves(region: Region, row: number): boolean {
  const { op, a, b, imm, imm2 } = region
  for (;;) {
    const x = a[row]!
    if (op[x] === OP.vdup64) return true
    if (op[x] === OP.vziplo64) {
      a[row] = imm[row] === 0 ? a[x]! : b[x]!
      imm[row] = 0
    } else if (op[x] === OP.vmove64) {
      if (imm[x] !== imm[row]) a[row] = a[x]!
      else {
        a[row] = b[x]!
        imm[row] = imm2[x]!
      }
    } else return false
  }
}

/** `v.tof32`, `v.tof64`: lane 0 of a vector that a scalar or a lane has been put into. The value that replaces the row, or NONE. */
export function takeScalar(region: Region, row: number): number {
  const { op, a, b, imm, imm2, type } = region
  const isSingle = op[row] === OP['v.tof32']
  for (;;) {
    const x = a[row]!
    switch (op[x]) {
      case OP['v.fromf']:
      case OP['v.holdf']:
        return type[a[x]!] === type[row] ? a[x]! : NONE
      case OP.vdup32:
      case OP.vdup64:
        if (imm[x] !== 0 || (op[x] === OP.vdup32) !== isSingle) return NONE
        a[row] = a[x]!
        break
      case OP.vziplo64:
        a[row] = a[x]!
        break
      case OP.vmove32:
      case OP.vmove64:
        if ((op[x] === OP.vmove32) !== isSingle || (imm[x] === 0 && imm2[x] !== 0)) return NONE
        a[row] = imm[x] === 0 ? b[x]! : a[x]!
        break
      case OP.vzero:
        constant(region, row, 0, 0)
        return NONE
      case OP.constv:
        constant(region, row, region.pool[imm[x]!]!, isSingle ? 0 : region.pool[imm[x]! + 1]!)
        return NONE
      default:
        return NONE
    }
  }
}

function constant(region: Region, row: number, lo: number, hi: number): void {
  region.op[row] = OP.constf
  region.a[row] = NONE
  region.imm[row] = lo
  region.imm2[row] = hi
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
