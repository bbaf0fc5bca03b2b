/** Immediates that an op may have, at random. Ops without a rule here have none, or are written by the generator itself. */
import { I32, I64 } from '../../src/ir/op-row.ts'
import type { OpName } from '../../src/ir/ops.ts'
import { FBITS_SHIFT } from '../../src/ir/ops-float.ts'
import { CMP_NAMES, COND_NAMES, PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../src/ir/ops-int.ts'
import { ROUND_AWAY, ROUND_CURRENT, ROUND_ODD } from '../../src/ir/softfloat.ts'
import type { Random } from '../diff/random.ts'

/** `type` is that of the result, `argument` that of the first argument. */
type Rule = (random: Random, type: number, argument: number) => number | readonly [number, number]

/** Inexact is raised only with the current mode. */
function rounding2(random: Random): readonly [number, number] {
  const mode = random.below(ROUND_CURRENT + 1)
  return [mode, mode === ROUND_CURRENT ? random.below(2) : 0]
}
const rounding: Rule = (random) => random.below(ROUND_AWAY + 1)

const RULES: Partial<Record<OpName, Rule>> = {
  funnel: (random, type) => 1 + random.below(type === I64 ? 63 : 31),
  crc32: (random) => random.pick([8, 16, 32, 64]),
  crc32c: (random) => random.pick([8, 16, 32, 64]),
  icmp: (random) => random.below(CMP_NAMES.length),
  test: (random) => random.below(COND_NAMES.length),
  'flags.or': (random) => random.pick([0, PACKED_N, PACKED_Z | PACKED_C, PACKED_C | PACKED_V, PACKED_N | PACKED_V, PACKED_Z]),
  'flags.fcmp': (random) => random.below(2),
  vlow: (random) => random.pick([8, 16, 32, 64]),
  vext: (random) => random.below(16),
  vshuf32: (random) => random.below(256),
  vshufx32: (random) => random.below(256),
  vclmul64: (random) => random.pick([0, 1, 16, 17]),
  vsha1rnds4: (random) => random.below(4),
  fma: (random) => random.below(4),
  vfma32: (random) => random.below(4),
  vfma64: (random) => random.below(4),
  fround: (random) => rounding2(random),
  vfround32: (random) => rounding2(random),
  vfround64: (random) => rounding2(random),
  fnarrow: (random) => random.pick([ROUND_CURRENT, ROUND_ODD]),
  vfnarrow: (random) => random.pick([ROUND_CURRENT, ROUND_ODD]),
  ftosi: (random, type) => toFixed(random, type === I32 ? 32 : 64),
  ftoui: (random, type) => toFixed(random, type === I32 ? 32 : 64),
  sitof: (random, _type, argument) => fractionBits(random, argument === I32 ? 32 : 64),
  uitof: (random, _type, argument) => fractionBits(random, argument === I32 ? 32 : 64),
}

function fractionBits(random: Random, width: number): number {
  return random.oneIn(2) ? 0 : random.below(width + 1)
}

/** With fraction bits, conversions truncate. */
function toFixed(random: Random, width: number): number {
  const fbits = fractionBits(random, width)
  return fbits === 0 ? (rounding(random, 0, 0) as number) : (fbits << FBITS_SHIFT) | 3
}

/** Families of ops by lane width. */
const FAMILIES: readonly (readonly [RegExp, (random: Random, width: number) => number | readonly [number, number]])[] = [
  [/^v(?:shl|shr|sar)(\d+)$/, (random, width) => random.below(width + 1)],
  [/^vrshr[su](\d+)$/, (random, width) => 1 + random.below(width)],
  [/^vror(\d+)$/, (random, width) => 1 + random.below(width - 1)],
  [/^v(?:ins|get|dup)(\d+)$/, (random, width) => random.below(128 / width)],
  [/^vmove(\d+)$/, (random, width) => [random.below(128 / width), random.below(128 / width)]],
  [/^vfto[su]i(\d+)$/, (random, width) => toFixed(random, width)],
  [/^v[su]itof(\d+)$/, (random, width) => fractionBits(random, width)],
  // As operands and results of arithmetic (imm 1) halves do not signal by themselves: left to the tests of A64.
]

export function randomImmediates(random: Random, name: OpName, type: number, argument: number): readonly [number, number] {
  const rule = RULES[name]
  const value = rule !== undefined ? rule(random, type, argument) : fromFamily(random, name)
  return typeof value === 'number' ? [value, 0] : value
}

function fromFamily(random: Random, name: OpName): number | readonly [number, number] {
  for (const [pattern, immediate] of FAMILIES) {
    const match = pattern.exec(name)
    if (match !== null) return immediate(random, Number(match[1] ?? 0))
  }
  return 0
}
