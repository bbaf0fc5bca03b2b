/** All ops of the IR: one table; an op's number is its position. */
import { settled } from '../util/settled.ts'
import type { OpRow } from './op-row.ts'
import { FLOAT_OPS } from './ops-float.ts'
import { INT_OPS } from './ops-int.ts'
import { VECTOR_OPS } from './ops-vector.ts'

const TABLES = [INT_OPS, FLOAT_OPS, VECTOR_OPS] as const
export type OpName = keyof typeof INT_OPS | keyof typeof FLOAT_OPS | keyof typeof VECTOR_OPS

export const OP_NAMES = TABLES.flatMap((table) => Object.keys(table)) as OpName[]
export const OP_ROWS: readonly OpRow[] = TABLES.flatMap((table) => Object.values<OpRow>(table))

/** Op numbers by name: `OP.add`. */
export const OP = settled<Record<OpName, number>>((table) => {
  for (let n = 0; n < OP_NAMES.length; n++) table[OP_NAMES[n]!] = n
})

const EFFECTS = ['pure', 'read', 'write', 'state', 'observe', 'end'] as const
export const EFFECT_PURE = 0
export const EFFECT_READ = 1
export const EFFECT_WRITE = 2
export const EFFECT_STATE = 3
export const EFFECT_OBSERVE = 4
export const EFFECT_END = 5

// Columns for hot code.
export const OP_RESULT = new Uint8Array(OP_ROWS.length)
export const OP_ARG_COUNT = new Uint8Array(OP_ROWS.length)
export const OP_EFFECT = new Uint8Array(OP_ROWS.length)
/** For a result of type `T` or `F`: which argument (0, 1, 2) has the same type variable, 255 if none has. */
export const OP_TYPE_ARG = new Uint8Array(OP_ROWS.length)
for (let n = 0; n < OP_ROWS.length; n++) {
  const { args, result, effect } = OP_ROWS[n]!
  OP_RESULT[n] = result
  OP_ARG_COUNT[n] = args.length
  OP_EFFECT[n] = EFFECTS.indexOf(effect)
  OP_TYPE_ARG[n] = args.indexOf(result)
}
