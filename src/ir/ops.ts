/** All ops of the IR: one table; an op's number is its position. */
import type { OpRow } from './op-row.ts'
import { FLOAT_OPS } from './ops-float.ts'
import { INT_OPS } from './ops-int.ts'
import { VECTOR_OPS } from './ops-vector.ts'

export const OPS = { ...INT_OPS, ...FLOAT_OPS, ...VECTOR_OPS }
export type OpName = keyof typeof OPS

export const OP_NAMES = Object.keys(OPS) as OpName[]
export const OP_ROWS: readonly OpRow[] = Object.values(OPS)

/** Op numbers by name: `OP.add`. */
export const OP = Object.fromEntries(OP_NAMES.map((name, i) => [name, i])) as Record<OpName, number>

// Columns for hot code.
export const OP_RESULT = Uint8Array.from(OP_ROWS, (row) => row.result)
export const OP_ARG_COUNT = Uint8Array.from(OP_ROWS, (row) => row.args.length)
const EFFECTS = ['pure', 'read', 'write', 'state', 'observe', 'end'] as const
export const EFFECT_PURE = 0
export const EFFECT_READ = 1
export const EFFECT_WRITE = 2
export const EFFECT_STATE = 3
export const EFFECT_OBSERVE = 4
export const EFFECT_END = 5
export const OP_EFFECT = Uint8Array.from(OP_ROWS, (row) => EFFECTS.indexOf(row.effect))
/** For a result of type `T` or `F`: which argument (0, 1, 2) has the same type variable, 255 if none has. */
export const OP_TYPE_ARG = Uint8Array.from(OP_ROWS, (row) => row.args.indexOf(row.result) & 0xff)
