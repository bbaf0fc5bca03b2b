/**
 * The notation of an IR op row. An op is one row; printer, parser, verifier, dead-code pass, interpreter
 * and back-end read it.
 *
 *   op('T T', 'T', 'sum modulo 2^width')
 *
 * Arguments are value types (`i32 i64 f32 f64 v128 flags`) or `T`: i32 or i64, the same for all `T` of the
 * row (the type of the first `T` argument, or the type column where only the result is `T`), or
 * `F`: f32 or f64, likewise; `any`. `#` at the end: the row has an immediate (int32, column `imm`).
 * At most three value arguments.
 */
export type TypeName = 'void' | 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'flags'
export const TYPE_NAMES: readonly TypeName[] = ['void', 'i32', 'i64', 'f32', 'f64', 'v128', 'flags']
/** Value types as stored in the type column. */
export const VOID = 0
export const I32 = 1
export const I64 = 2
export const F32 = 3
export const F64 = 4
export const V128 = 5
export const FLAGS = 6

/** Type variables of a row. */
export const TYPE_T = 7
export const TYPE_F = 8
/** Any value type: the slot's (get, put), the parameter's. */
export const TYPE_ANY = 9

/**
 * What an op does beside computing a value.
 * - pure: nothing; equal arguments give equal results, may be removed, moved, shared
 * - read: reads guest memory, may fault
 * - write: writes guest memory (and may read it), may fault
 * - state: reads or writes the guest state in the slot, or host FP status; ordered among themselves
 * - observe: whatever state there is must be canonical in the slot (system call)
 * - end: terminator, last of its block
 */
export type Effect = 'pure' | 'read' | 'write' | 'state' | 'observe' | 'end'

export interface OpRow {
  /** Types of the value arguments (numbers above; TYPE_T, TYPE_F). */
  readonly args: readonly number[]
  readonly result: number
  /** How many immediates the text form shows: 0, 1 (imm) or 2 (imm, imm2: e.g. a 64-bit constant or a pair). */
  readonly imms: number
  readonly effect: Effect
  readonly doc: string
}

const BY_NAME: Record<string, number> = { T: TYPE_T, F: TYPE_F, any: TYPE_ANY, '': VOID }
TYPE_NAMES.forEach((name, i) => {
  BY_NAME[name] = i
})

function typeOf(name: string): number {
  const type = BY_NAME[name]
  if (type === undefined) throw new Error(`IR op row: unknown type '${name}'`)
  return type
}

interface Signature {
  readonly args: readonly number[]
  readonly imms: number
}

/** Signatures that have been read: rows share them. */
const signatures = new Map<string, Signature>()

function readSignature(signature: string): Signature {
  const words = signature.split(' ').filter((w) => w !== '')
  let imms = 0
  const last = words.at(-1)
  if (last === '#' || last === '##') {
    imms = last.length
    words.pop()
  }
  if (words.length > 3) throw new Error(`IR op row: more than three arguments in '${signature}'`)
  const read = { args: words.map(typeOf), imms }
  signatures.set(signature, read)
  return read
}

/** One op row; `signature` is arguments as above, `#` or `##` last for one or two immediates. */
export function op(signature: string, result: string, doc: string, effect: Effect = 'pure'): OpRow {
  const { args, imms } = signatures.get(signature) ?? readSignature(signature)
  return { args, result: typeOf(result), imms, effect, doc }
}
