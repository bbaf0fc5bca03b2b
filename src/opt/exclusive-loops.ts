/**
 * Loops that load exclusively, compute and store exclusively until that succeeds become one atomic operation of the host, which always succeeds.
 *
 * The front-ends make an exclusive store a compare-and-swap against the value that was loaded. Here one is recognised whose failure leads back to the instruction that
 * loads, in the same block and with nothing between the two that has an effect, and whose new value is the loaded one plus, or, and, xor a value from before, or such a value
 * alone. The loop's block is written anew: the load stays, because a fault of the store must show what it has loaded; the operation takes the place of the compare-and-swap; what was computed
 * from the loaded value is computed again from the one that the operation gives, which may be newer.
 *
 * For regions before promotion: edges have no arguments.
 */
import { I32, I64 } from '../ir/op-row.ts'
import { EFFECT_PURE, OP, OP_EFFECT } from '../ir/ops.ts'
import { CMP_EQ, CMP_NE, COND_EQ, COND_NE, RMW_AND, RMW_CLR, RMW_OR, RMW_XOR } from '../ir/ops-int.ts'
import { NONE, type Region } from '../ir/region.ts'
import { isSame } from './fold-int.ts'

const LOAD_BYTES = new Map([
  [OP.load8u, 1],
  [OP.load16u, 2],
  [OP.load32, 4],
  [OP.load64, 8],
])

/** Rows of a loop, and where it goes on. */
interface ExclusiveLoop {
  readonly block: number
  readonly load: number
  readonly swap: number
  /** The test of the swap's success. */
  readonly test: number
  readonly next: number
}

/** What takes the swap's place: `[a] = [a] op operand`; `negates`: the operand's negative. */
interface Operation {
  readonly op: number
  readonly kind: number
  readonly operand: number
  readonly negates: boolean
}

export function joinExclusiveLoops(region: Region): void {
  let isRewritten = false
  for (let block = 0; block < region.blockCount; block++) {
    const loop = findLoop(region, block)
    if (loop === null) continue
    const derived = derivedRows(region, loop)
    const operation = derived === null ? null : operationOf(region, loop, derived)
    if (derived === null || operation === null) continue
    rewrite(region, loop, derived, operation)
    isRewritten = true
  }
  if (isRewritten) region.layOut()
}

function findLoop(region: Region, block: number): ExclusiveLoop | null {
  const { op, a, b, c, imm, succ, blockStart, blockEnd } = region
  const end = blockEnd[block]! - 1
  if (op[end] !== OP.br) return null
  const compared = comparedWithZero(region, a[end]!)
  const test = compared === NONE ? a[end]! : compared
  if (op[test] !== OP.icmp || (imm[test] !== CMP_NE && imm[test] !== CMP_EQ)) return null
  const swap = op[a[test]!] === OP.cas ? a[test]! : b[test]!
  const kept = swap === a[test] ? b[test]! : a[test]!
  const start = blockStart[block]!
  if (op[swap] !== OP.cas || b[swap] !== kept || c[swap] === kept || swap < start || swap > end) return null
  const load = op[kept] === OP.trunc ? a[kept]! : kept
  if (LOAD_BYTES.get(op[load]!) !== imm[swap] || !isSame(region, a[load]!, a[swap]!) || imm[load] !== 0 || load < start || load > swap)
    return null
  const isFailure = (imm[test] === CMP_NE) === (compared === NONE || imm[a[end]!] === COND_NE)
  const again = succ[2 * block + (isFailure ? 0 : 1)]!
  const next = succ[2 * block + (isFailure ? 1 : 0)]!
  if (again === next || region.at[load] === NONE || region.blockPc[again] !== region.insnPc[region.at[load]!]) return null
  if (region.edgeCount[2 * block] !== 0 || region.edgeCount[2 * block + 1] !== 0) return null
  for (let row = load + 1; row < end; row++) if (row !== swap && !isQuiet(op[row]!)) return null
  return { block, load, swap, test, next }
}

/** What a condition `ne` or `eq` of flags compares with zero, in guests that have no branch for that; NONE: it is no such condition. */
function comparedWithZero({ op, a, b, imm, imm2 }: Region, condition: number): number {
  if (op[condition] !== OP.test || (imm[condition] !== COND_NE && imm[condition] !== COND_EQ)) return NONE
  const flags = a[condition]!
  const zero = b[flags]!
  return op[flags] === OP['flags.sub'] && op[zero] === OP.const && imm[zero] === 0 && imm2[zero] === 0 ? a[flags]! : NONE
}

function isQuiet(op: number): boolean {
  return OP_EFFECT[op] === EFFECT_PURE || op === OP.get || op === OP.put || op === OP.note
}

/** The rows that depend on the loaded value, by their distance from the load; null: the result of the swap is used for more than the test. */
function derivedRows(region: Region, { block, load, swap, test }: ExclusiveLoop): boolean[] | null {
  const { a, b, c, blockEnd } = region
  const derived: boolean[] = []
  const isDerived = (value: number): boolean => value >= load && derived[value - load] === true
  for (let row = 0; row < region.rowCount; row++) if (row !== test && (a[row] === swap || b[row] === swap || c[row] === swap)) return null
  for (let row = load; row < blockEnd[block]! - 1; row++) {
    derived.push(row === load || (row !== swap && row !== test && (isDerived(a[row]!) || isDerived(b[row]!) || isDerived(c[row]!))))
  }
  return derived
}

function operationOf(region: Region, { load, swap }: ExclusiveLoop, derived: readonly boolean[]): Operation | null {
  const { op, a, b, c } = region
  const value = c[swap]!
  const isDerived = (row: number): boolean => row >= load && derived[row - load] === true
  const isLoaded = (row: number): boolean => row === load || (op[row] === OP.trunc && a[row] === load)
  if (!isDerived(value)) return { op: OP.xchg, kind: 0, operand: value, negates: false }
  const [x, y] = [a[value]!, b[value]!]
  const isFirst = isLoaded(x) && !isDerived(y)
  const isSecond = isLoaded(y) && !isDerived(x)
  if (!isFirst && !isSecond) return null
  const operand = isFirst ? y : x
  const rmw = (kind: number): Operation => ({ op: OP.rmw, kind, operand, negates: false })
  switch (op[value]) {
    case OP.add:
      return { op: OP.xadd, kind: 0, operand, negates: false }
    case OP.sub:
      return isFirst ? { op: OP.xadd, kind: 0, operand, negates: true } : null
    case OP.or:
      return rmw(RMW_OR)
    case OP.xor:
      return rmw(RMW_XOR)
    case OP.and:
      return rmw(RMW_AND)
    case OP.andn:
      return isFirst ? rmw(RMW_CLR) : null
    default:
      return null
  }
}

/** The block's rows once more, behind all others, with the operation. */
function rewrite(
  region: Region,
  { block, load, swap, test, next }: ExclusiveLoop,
  derived: readonly boolean[],
  operation: Operation,
): void {
  const start = region.blockStart[block]!
  const end = region.blockEnd[block]! - 1
  const replaced = new Map<number, number>()
  const now = (value: number): number => replaced.get(value) ?? value
  const copy = (row: number): number => {
    const { op, type, a, b, c, imm, imm2, at } = region
    region.resumeInsn(at[row]!)
    return region.emitTyped(op[row]!, type[row]!, now(a[row]!), now(b[row]!), now(c[row]!), imm[row], imm2[row])
  }
  region.startBlock(block)
  for (let row = start; row < swap; row++) replaced.set(row, copy(row))

  region.resumeInsn(region.at[swap]!)
  const type = region.type[operation.operand]!
  let operand = now(operation.operand)
  if (operation.negates) operand = region.emit(OP.sub, region.constInt(type, 0), operand)
  const old = region.emitTyped(operation.op, type, now(region.a[swap]!), operand, NONE, region.imm[swap], operation.kind)
  const wide = region.type[load] === I64 && type === I32 ? region.emit(OP.zext32, old) : old
  for (let row = load; row < swap; row++) {
    if (!derived[row - load]) continue
    if (row === load) replaced.set(row, wide)
    else if (region.op[row] === OP.trunc && region.a[row] === load && type === I32) replaced.set(row, old)
    else if (region.op[row] !== OP.note && !isPutAgain(region, row, end)) replaced.set(row, copy(row))
  }
  replaced.set(test, region.const32(region.imm[test] === CMP_NE ? 0 : 1))
  for (let row = swap + 1; row < end; row++) if (row !== test) replaced.set(row, copy(row))
  region.resumeInsn(region.at[end]!)
  region.end(OP.jump, NONE, 0, 0, next)

  const { a, b, c, blockStart, blockEnd } = region
  for (let other = 0; other < region.blockCount; other++) {
    if (other === block) continue
    for (let row = blockStart[other]!; row < blockEnd[other]!; row++) {
      a[row] = now(a[row]!)
      b[row] = now(b[row]!)
      c[row] = now(c[row]!)
    }
  }
}

/** Is it a put of a slot that a later row of the block writes? */
function isPutAgain({ op, imm }: Region, row: number, end: number): boolean {
  if (op[row] !== OP.put) return false
  for (let later = row + 1; later < end; later++) if (op[later] === OP.put && imm[later] === imm[row]) return true
  return false
}
