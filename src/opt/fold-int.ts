/** Folding of integer rows: constants, identities, inverse conversions. */
import { I64 } from '../ir/op-row.ts'
import { OP } from '../ir/ops.ts'
import {
  CMP_EQ,
  CMP_NE,
  CMP_SGE,
  CMP_SGT,
  CMP_SLE,
  CMP_SLT,
  CMP_UGE,
  CMP_UGT,
  CMP_ULE,
  CMP_ULT,
  PACKED_C,
  PACKED_N,
  PACKED_V,
  PACKED_Z,
} from '../ir/ops-int.ts'
import { NONE, type Region } from '../ir/region.ts'
import { foldVector, takeScalar } from './fold-vector.ts'

function isConst(region: Region, v: number): boolean {
  return region.op[v] === OP.const
}

function isZero(region: Region, v: number): boolean {
  return isConst(region, v) && region.imm[v] === 0 && region.imm2[v] === 0
}

/** Turns `row` into a constant. */
function become(region: Region, row: number, lo: number, hi: number): void {
  region.op[row] = OP.const
  region.a[row] = region.b[row] = region.c[row] = NONE
  region.imm[row] = lo | 0
  region.imm2[row] = region.type[row] === I64 ? hi | 0 : 0
}

/** The value that replaces `row`, or NONE. May rewrite the row itself. */
export function foldRow(region: Region, row: number): number {
  const { op, a, b, imm } = region
  const x = a[row]!
  switch (op[row]) {
    case OP.add:
    case OP.or:
    case OP.xor:
      // The back-end looks for constants in b.
      if (op[x] === OP.const && op[b[row]!] !== OP.const) {
        a[row] = b[row]!
        b[row] = x
        return isZero(region, x) ? a[row]! : NONE
      }
      if (isZero(region, b[row]!)) return x
      if (isZero(region, x)) return b[row]!
      return foldConstants(region, row)
    case OP.sub:
    case OP.shl:
    case OP.shr:
    case OP.sar:
    case OP.ror:
      if (isZero(region, b[row]!)) return x
      return foldConstants(region, row)
    case OP.and:
    case OP.andn:
    case OP.not:
    case OP.zext32:
    case OP.sext32:
      return foldConstants(region, row)
    case OP.trunc:
      if (op[x] === OP.zext32 || op[x] === OP.sext32) return a[x]!
      return foldConstants(region, row)
    case OP.unpack:
      return op[x] === OP.pack ? a[x]! : NONE
    case OP.pack:
      return op[x] === OP.unpack ? a[x]! : NONE
    case OP.test:
      if (op[x] === OP.unpack) lookThroughMerge(region, row, a[x]!)
      return NONE
    case OP['v.tof32']:
    case OP['v.tof64']:
      return takeScalar(region, row)
    case OP['v.toi32']:
    case OP['v.toi64']:
      if (op[x] !== OP['v.fromi']) return NONE
      if (region.type[a[x]!] === region.type[row]) return a[x]!
      // The low word of what was there, or that with zeros above.
      op[row] = op[row] === OP['v.toi32'] ? OP.trunc : OP.zext32
      a[row] = a[x]!
      return NONE
    case OP.icmp:
      return foldComparison(region, row)
    case OP['f.bits']:
      return op[x] === OP['f.frombits'] ? a[x]! : NONE
    case OP['f.frombits']:
      return op[x] === OP['f.bits'] ? a[x]! : NONE
    case OP.select:
      if (isConst(region, x)) return imm[x] !== 0 ? b[row]! : region.c[row]!
      return b[row] === region.c[row] ? b[row]! : NONE
    default:
      return foldVector(region, row)
  }
}

/** By CMP_*: is it true of equal operands, and the comparison that is true when it is not. */
const OF_EQUALS = [1, 0, 0, 1, 0, 1, 0, 1, 0, 1]
const INVERSE = [CMP_NE, CMP_EQ, CMP_UGE, CMP_UGT, CMP_ULE, CMP_ULT, CMP_SGE, CMP_SGT, CMP_SLE, CMP_SLT]

/** Are the values of two rows certainly the same: one row, or one row's word widened twice? */
export function isSame({ op, a }: Region, x: number, y: number): boolean {
  return x === y || (op[x] === OP.zext32 && op[y] === OP.zext32 && a[x] === a[y])
}

function foldComparison(region: Region, row: number): number {
  const { op, a, b, imm } = region
  const x = a[row]!
  if (isSame(region, x, b[row]!)) {
    become(region, row, OF_EQUALS[imm[row]!]!, 0)
    return NONE
  }
  if (!isZero(region, b[row]!) || op[x] !== OP.icmp) return NONE
  if (imm[row] === CMP_NE) return x
  if (imm[row] !== CMP_EQ) return NONE
  a[row] = a[x]!
  b[row] = b[x]!
  imm[row] = INVERSE[imm[x]!]!
  return NONE
}

function foldConstants(region: Region, row: number): number {
  const { op, a, b, imm, imm2, type } = region
  const x = a[row]!
  const y = b[row]!
  if (!isConst(region, x) || (y !== NONE && !isConst(region, y))) return NONE
  const lo = imm[x]!
  const hi = imm2[x]!
  const yLo = y === NONE ? 0 : imm[y]!
  const yHi = y === NONE ? 0 : imm2[y]!
  const wide = type[row] === I64
  switch (op[row]) {
    case OP.add: {
      const carry = (lo >>> 0) + (yLo >>> 0) > 0xffff_ffff ? 1 : 0
      become(region, row, lo + yLo, hi + yHi + carry)
      return NONE
    }
    case OP.sub: {
      const borrow = lo >>> 0 < yLo >>> 0 ? 1 : 0
      become(region, row, lo - yLo, hi - yHi - borrow)
      return NONE
    }
    case OP.and:
      become(region, row, lo & yLo, hi & yHi)
      return NONE
    case OP.andn:
      become(region, row, lo & ~yLo, hi & ~yHi)
      return NONE
    case OP.or:
      become(region, row, lo | yLo, hi | yHi)
      return NONE
    case OP.xor:
      become(region, row, lo ^ yLo, hi ^ yHi)
      return NONE
    case OP.not:
      become(region, row, ~lo, ~hi)
      return NONE
    case OP.trunc:
    case OP.zext32:
      become(region, row, lo, 0)
      return NONE
    case OP.sext32:
      become(region, row, lo, lo >> 31)
      return NONE
    case OP.shl: {
      const n = yLo & (wide ? 63 : 31)
      if (!wide) become(region, row, lo << n, 0)
      else if (n >= 32) become(region, row, 0, lo << (n - 32))
      else if (n > 0) become(region, row, lo << n, (hi << n) | (lo >>> (32 - n)))
      return NONE
    }
    case OP.shr: {
      const n = yLo & (wide ? 63 : 31)
      if (!wide) become(region, row, lo >>> n, 0)
      else if (n >= 32) become(region, row, hi >>> (n - 32), 0)
      else if (n > 0) become(region, row, (lo >>> n) | (hi << (32 - n)), hi >>> n)
      return NONE
    }
    default:
      return NONE
  }
}

/** Flags that a condition reads, by COND_* without its lowest bit. */
const READ_BY = [PACKED_Z, PACKED_C, PACKED_N, PACKED_V, PACKED_C | PACKED_Z, PACKED_N | PACKED_V, PACKED_N | PACKED_Z | PACKED_V]

/** `test` of flags merged from several words: of the one comparison that all flags it reads come from, if it is one. */
function lookThroughMerge(region: Region, row: number, packed: number): void {
  const found = packOf(region, packed, READ_BY[region.imm[row]! >> 1]!)
  if (found !== NONE) region.a[row] = region.a[found]!
}

/** The `pack` that `bits` of the packed flags come from; NONE if that cannot be told. */
function packOf(region: Region, packed: number, bits: number): number {
  const { op, a, b } = region
  const [x, y] = [a[packed]!, b[packed]!]
  switch (op[packed]) {
    case OP.pack:
      return packed
    case OP.and:
      return isConst(region, y) && (bits & ~region.imm[y]!) === 0 ? packOf(region, x, bits) : NONE
    case OP.or: {
      const [ofX, ofY] = [bits & maskOf(region, x), bits & maskOf(region, y)]
      if ((ofX & ofY) !== 0 || (ofX | ofY) !== bits) return NONE
      if (ofY === 0) return packOf(region, x, bits)
      if (ofX === 0) return packOf(region, y, bits)
      const found = packOf(region, x, ofX)
      return found === packOf(region, y, ofY) ? found : NONE
    }
    default:
      return NONE
  }
}

/** Bits of a row of `and`s with constants and `or`s that may be set. */
function maskOf(region: Region, row: number): number {
  const { op, a, b, imm } = region
  if (op[row] === OP.and && isConst(region, b[row]!)) return imm[b[row]!]!
  return op[row] === OP.or ? maskOf(region, a[row]!) | maskOf(region, b[row]!) : -1
}
