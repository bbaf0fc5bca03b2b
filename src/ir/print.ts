/**
 * The text of a region; parse.ts reads it back.
 *
 *   region 0x10000
 *   block 0 0x10000
 *     at 0x10000
 *     %0:i64 = get x0
 *     %1:i64 = const 1
 *     %2:i64 = add %0 %1
 *     put %2 x0
 *     %4:i32 = icmp %2 %1 eq
 *     br %4 -> 1(%2) 2
 *
 * A value is called by its row. Blocks come in the order of their rows. Arguments, then immediates, then `->` and the successors
 * with what they pass. `at` names the guest instruction that the rows behind it came from (`at -`: none).
 */
import { immediateKinds } from './immediates.ts'
import { I64, TYPE_NAMES } from './op-row.ts'
import { OP_ARG_COUNT, OP_NAMES, OP_ROWS } from './ops.ts'
import { NONE, type Region } from './region.ts'

/** Integers closer to 0 than this are printed in decimal. */
const DECIMAL_LIMIT = 4096

export function printRegion(region: Region): string {
  const lines = [`region 0x${region.pc.toString(16)}`]
  const blocks = Array.from({ length: region.blockCount }, (_, k) => k).sort((a, b) => region.blockStart[a]! - region.blockStart[b]!)
  for (const block of blocks) {
    lines.push(`block ${block} 0x${region.blockPc[block]!.toString(16)}`)
    let at = -2
    for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++) {
      if (region.at[row] !== at) {
        at = region.at[row]!
        lines.push(`  at ${at === NONE ? '-' : `0x${region.insnPc[at]!.toString(16)}`}`)
      }
      lines.push(`  ${printRow(region, row, block)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** One row; `block` is needed for the successors of a terminator. */
export function printRow(region: Region, row: number, block: number = NONE): string {
  const op = region.op[row]!
  const words: string[] = []
  if (region.type[row] !== 0) words.push(`%${row}:${TYPE_NAMES[region.type[row]!]}`, '=')
  words.push(OP_NAMES[op]!)
  const args = [region.a[row]!, region.b[row]!, region.c[row]!]
  for (let k = 0; k < OP_ARG_COUNT[op]!; k++) words.push(`%${args[k]}`)
  words.push(...printImmediates(region, row))
  if (block !== NONE && row === region.blockEnd[block]! - 1) words.push(...printSuccessors(region, block))
  return words.join(' ')
}

function printImmediates(region: Region, row: number): string[] {
  const op = region.op[row]!
  const imms = [region.imm[row]!, region.imm2[row]!]
  return immediateKinds(OP_NAMES[op]!, OP_ROWS[op]!.imms).map((kind, k) => {
    const imm = imms[k]!
    if (kind === 'number') return printInt(imm)
    if (kind === 'slot') return region.state[imm]?.name ?? `slot${imm}`
    if (kind === 'wide') return region.type[row] === I64 ? printWide(imms[0]!, imms[1]!) : printInt(imm)
    if (kind === 'bits') return `0x${word64(imms[0]!, imms[1]!).toString(16)}`
    if (kind === 'pool') return Array.from(region.pool.subarray(imm, imm + 4), (w) => (w >>> 0).toString(16).padStart(8, '0')).join('_')
    return kind[imm] ?? printInt(imm)
  })
}

function word64(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)
}

function printInt(value: number): string {
  return Math.abs(value) < DECIMAL_LIMIT ? `${value}` : `0x${(value >>> 0).toString(16)}`
}

function printWide(lo: number, hi: number): string {
  return hi === lo >> 31 && Math.abs(lo) < DECIMAL_LIMIT ? `${lo}` : `0x${word64(lo, hi).toString(16)}`
}

function printSuccessors(region: Region, block: number): string[] {
  const words: string[] = []
  for (let edge = 2 * block; edge < 2 * block + 2 && region.succ[edge] !== NONE; edge++) {
    const from = region.edgeStart[edge]!
    const args = Array.from(region.edgePool.subarray(from, from + region.edgeCount[edge]!), (x) => `%${x}`)
    words.push(args.length === 0 ? `${region.succ[edge]}` : `${region.succ[edge]}(${args.join(' ')})`)
  }
  return words.length === 0 ? [] : ['->', ...words]
}
