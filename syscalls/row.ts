/**
 * A system call is one row: its name, its arguments, its result, and how far it is done. Everything else is computed.
 */
import type { Abi } from './abi/abi.ts'
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
  /** The host's name for the call, and that of its handlers: another form of the same call, with other structures, has another name. */
  readonly call: string
  /** The call that is made instead, of which this is an older form. */
  readonly older: OlderForm | null
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
  /** Values of an argument for which the host has other numbers than a guest whose words have 32 bits. */
  readonly renumbers: { readonly argument: string; readonly values: ReadonlyMap<number, number> } | null
  /** Bits that guests with words of 32 bits set in an argument and that nobody needs. */
  readonly drops32: { readonly argument: string; readonly bits: number } | null
  /** Why a handler of the engine's sees to the call of a guest whose words have 32 bits; null: none does. */
  readonly engine32: string | null
  /** Why a guest whose words have 32 bits has not got the call; null: it has. */
  readonly not32: string | null
  /** A plain call is the engine's when this argument, an int, has one of these values. `only32`: of guests with words of 32 bits. */
  readonly engineFor: { readonly argument: string; readonly values: readonly number[]; readonly only32?: boolean } | null
}

/** An argument of the call that is made: one of the older form's, or a value. */
export type Pass = { readonly argument: number; readonly shift: number } | { readonly value: number }

export interface OlderForm {
  readonly row: Row
  /** For each of its arguments. */
  readonly passes: readonly Pass[]
}

interface RowOptions {
  readonly result?: Arg
  readonly state?: RowState
  readonly note?: string
  readonly partial?: boolean
  readonly leaves?: boolean
  readonly renumbers?: Row['renumbers']
  readonly engine32?: string
  readonly drops32?: Row['drops32']
  readonly not32?: string
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
    call: name,
    older: null,
    args,
    argNames: Object.keys(args),
    argKinds,
    result,
    state: options.state ?? 'plain',
    note: options.note ?? '',
    partial: options.partial ?? false,
    leaves: options.leaves ?? false,
    renumbers: options.renumbers ?? null,
    engine32: options.engine32 ?? null,
    drops32: options.drops32 ?? null,
    not32: options.not32 ?? null,
    engineFor: options.engineFor ?? null,
  }
}

/** The row of the call that is made. */
export function madeRow(row: Row): Row {
  return row.older?.row ?? row
}

/** How far a call is done for the guests of an ABI. */
export function stateFor(row: Row, abi: Abi): RowState {
  if (abi.model.pointer !== 4) return row.state
  return row.not32 !== null ? 'missing' : row.engine32 !== null ? 'engine' : row.state
}

/** `of` with other structures in the arguments that are named. */
export function variant(of: Row, name: string, args: { readonly [name: string]: Arg }, options: Pick<RowOptions, 'renumbers'> = {}): Row {
  for (const arg of Object.keys(args)) if (!(arg in of.args)) throw new Error(`${name}: ${of.name} has no argument ${arg}`)
  const all = { ...of.args, ...args }
  return { ...of, ...options, name, args: all, argKinds: Object.values(all) }
}

/** A number that is passed, or the argument that is, in units of 2^shift. */
type Said = number | { readonly argument: string; readonly shift: number }

/** An older form of `of`, whose arguments are this one's of the same name; `said` says what the others are. */
export function olderForm(
  name: string,
  args: { readonly [name: string]: Arg },
  of: Row,
  said: { readonly [name: string]: Said } = {},
): Row {
  const names = Object.keys(args)
  for (const arg of Object.keys(said)) if (!(arg in of.args)) throw new Error(`${name}: ${of.name} has no argument ${arg}`)
  const passes = of.argNames.map((arg): Pass => {
    const value = said[arg]
    if (typeof value === 'number') return { value }
    const argument = names.indexOf(value?.argument ?? arg)
    if (argument < 0) throw new Error(`${name} does not say what ${arg} is`)
    return { argument, shift: value?.shift ?? 0 }
  })
  const { result, state, note, partial, leaves } = of
  return { ...syscall(name, args, { result, state, note, partial, leaves }), call: of.call, older: { row: of, passes } }
}

/** Needs thought: a TypeScript handler in the engine. */
export const engine = (note: string): RowOptions => ({ state: 'engine', note })
/** Not there yet. */
export const missing = (note: string): RowOptions => ({ state: 'missing', note })
/** Not there for guests with words of 32 bits. */
export const not32 = (note: string): RowOptions => ({ not32: note })
/** Partly the engine's for guests with words of 32 bits. */
export const engine32 = (note: string): RowOptions => ({ engine32: note })
/** Answered as by a kernel without the feature. */
export const refused = (note: string): RowOptions => ({ state: 'refused', note })
/** Works with the limits that the note names. */
export const partial = (note: string): RowOptions => ({ note, partial: true })
/** The result is a byte count, an offset or another value of 64 bits. */
export const counted: RowOptions = { result: long }
