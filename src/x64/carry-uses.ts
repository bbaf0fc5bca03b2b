/** Carries of sums with carry that are best read from the host's flags. */
import { OP } from '../ir/ops.ts'
import { COND_CS } from '../ir/ops-int.ts'
import type { Region } from '../ir/region.ts'

/** Ops whose argument c is a carry. */
const CARRY_READERS = new Uint8Array(512)
for (const name of ['adc', 'sbc', 'flags.adc', 'flags.sbc'] as const) CARRY_READERS[OP[name]] = 1

/** Ops between which and a reader of the carry the host's flags stay, or that make them anew. */
const KEEPS_CARRY = new Uint8Array(512)
for (const name of [
  'const',
  'get',
  'put',
  'note',
  'pack',
  'test',
  'adc',
  'sbc',
  'flags.adc',
  'flags.sbc',
  'trunc',
  'zext32',
  'not',
  'load32',
  'store32',
] as const)
  KEEPS_CARRY[OP[name]] = 1
/** So far back a carry of a carry is looked for. */
const CARRY_REACH = 24

/**
 * Is `carry`, for the reader `row`, best taken from the host's flags? That of an addition or subtraction is made again for less than it takes to keep it; in a chain of
 * carries each would make all before it again, so there the flags must still stand.
 */
export function readsHostCarry({ op, a, imm }: Region, row: number, carry: number): boolean {
  if (CARRY_READERS[op[row]!] === 0 || op[carry] !== OP.test || imm[carry] !== COND_CS) return false
  const flags = a[carry]!
  const made = op[flags]
  if (made === OP['flags.add'] || made === OP['flags.sub']) return true
  if ((made !== OP['flags.adc'] && made !== OP['flags.sbc']) || row - flags > CARRY_REACH) return false
  for (let between = flags + 1; between < row; between++) if (KEEPS_CARRY[op[between]!] === 0) return false
  return true
}
