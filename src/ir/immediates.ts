/** The text of an op's immediates: names instead of numbers where an immediate is one of a list. Read by printer and parser. */
import type { OpName } from './ops.ts'
import { CMP_NAMES, COND_NAMES, PREFETCH_NAMES, RMW_NAMES } from './ops-int.ts'

/**
 * - number: an int32, in decimal or hexadecimal
 * - slot: a state slot, by name
 * - wide: imm2:imm as one 64-bit number
 * - bits: imm2:imm as one 64-bit pattern in hexadecimal
 * - pool: the four words of a v128 constant
 * - a list: the word at index imm
 */
export type ImmediateKind = 'number' | 'slot' | 'wide' | 'bits' | 'pool' | readonly string[]

const FENCES = ['full', 'load', 'store'] as const
const HINTS = ['jump', 'call', 'return'] as const
const TRAPS = ['undefined', 'breakpoint', 'alignment', 'unimplemented'] as const

const KINDS: Partial<Record<OpName, readonly ImmediateKind[]>> = {
  const: ['wide'],
  constf: ['bits'],
  constv: ['pool'],
  get: ['slot'],
  put: ['slot'],
  note: ['slot'],
  test: [COND_NAMES],
  icmp: [CMP_NAMES],
  rmw: ['number', RMW_NAMES],
  prefetch: ['number', PREFETCH_NAMES],
  fence: [FENCES],
  syscall: ['bits'],
  'exit.direct': ['bits'],
  'exit.poll': ['bits'],
  'exit.indirect': [HINTS],
  'exit.trap': [TRAPS, 'number'],
}

const NUMBERS: readonly (readonly ImmediateKind[])[] = [[], ['number'], ['number', 'number']]

/** How the immediates of op `name`, which has `count` of them, are written. */
export function immediateKinds(name: OpName, count: number): readonly ImmediateKind[] {
  return KINDS[name] ?? NUMBERS[count]!
}
