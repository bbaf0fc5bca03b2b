/**
 * A system call is one row: its name, its arguments, its result, and how far it is done. Everything else is computed.
 */
import { type Arg, int, long, references } from './args.ts'

/**
 * - `plain`: the rows say all there is to know; a native thunk is compiled, and the engine can carry it out as well.
 * - `engine`: a TypeScript handler decides (ours or linux-user's).
 * - `missing`: not there yet: ENOSYS (or the errno that the note names).
 * - `refused`: Demotic answers, for good, as a kernel configured without the feature does.
 */
export type RowState = 'plain' | 'engine' | 'missing' | 'refused'

export interface Row {
  readonly name: string
  readonly args: { readonly [name: string]: Arg }
  readonly argNames: readonly string[]
  readonly argKinds: readonly Arg[]
  readonly result: Arg
  readonly state: RowState
  /** What of it does not work yet, or why it needs the engine; empty when there is nothing to say. */
  readonly note: string
  /** Works, but not for everything: the note says for what. */
  readonly partial: boolean
  /** The call does not return to the caller when it succeeds. */
  readonly leaves: boolean
  /** A plain call is the engine's when this argument, an int, has one of these values. */
  readonly engineFor: { readonly argument: string; readonly values: readonly number[] } | null
}

interface RowOptions {
  readonly result?: Arg
  readonly state?: RowState
  readonly note?: string
  readonly partial?: boolean
  readonly leaves?: boolean
  readonly engineFor?: Row['engineFor']
}

/** A call that the rows describe wholly, unless the options say otherwise. */
export function syscall(name: string, args: { readonly [name: string]: Arg }, options: RowOptions = {}): Row {
  const argKinds = Object.values(args)
  const result = options.result ?? int
  for (let n = 0; n <= argKinds.length; n++) {
    const others = references(argKinds[n] ?? result)
    for (let i = 0; i < others.length; i++) if (!(others[i]! in args)) throw new Error(`${name}: there is no argument ${others[i]}`)
  }
  return {
    name,
    args,
    argNames: Object.keys(args),
    argKinds,
    result,
    state: options.state ?? 'plain',
    note: options.note ?? '',
    partial: options.partial ?? false,
    leaves: options.leaves ?? false,
    engineFor: options.engineFor ?? null,
  }
}

/** Needs thought: a TypeScript handler in the engine. */
export const engine = (note: string): RowOptions => ({ state: 'engine', note })
/** Not there yet. */
export const missing = (note: string): RowOptions => ({ state: 'missing', note })
/** Answered as by a kernel without the feature. */
export const refused = (note: string): RowOptions => ({ state: 'refused', note })
/** Works with the limits that the note names. */
export const partial = (note: string): RowOptions => ({ note, partial: true })
/** The result is a byte count, an offset or another value of 64 bits. */
export const counted: RowOptions = { result: long }
