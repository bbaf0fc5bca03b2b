/**
 * Where the arguments of a call come from: registers of the guest's slot, or values that an older form of the call leaves unsaid. Thunks, the engine and text all read them here.
 *
 * Arguments take the ABI's registers in order. Where a register has 32 bits one of 64 takes two: an even one and the next where the ABI aligns pairs, and the next two
 * in any case when a call names the halves itself (`high`).
 */
import type { GuestAbi } from './abi/abi.ts'
import type { Arg } from './args.ts'
import type { Row } from './row.ts'

/** How 32 bits become 64. identity: a user's or group's number of 16 bits, of which the largest is none. */
export type Extension = 'zero' | 'sign' | 'identity'

export type ArgumentSource =
  /** Bits [0, 64) of a wide register, or of two that lie behind one another. `at`: offset in the slot. */
  | { readonly kind: 'wide'; readonly at: number }
  /** 32 bits without those of `drops`, extended, then shifted to the left. */
  | { readonly kind: 'narrow'; readonly at: number; readonly extension: Extension; readonly drops: number; readonly shift: number }
  | { readonly kind: 'constant'; readonly value: number }

const known = new WeakMap<GuestAbi, WeakMap<Row, readonly ArgumentSource[]>>()

/** Of the arguments of the call that is made: `row`, or the one that it is an older form of. */
export function argumentSources(abi: GuestAbi, row: Row): readonly ArgumentSource[] {
  let ofAbi = known.get(abi)
  if (ofAbi === undefined) known.set(abi, (ofAbi = new WeakMap()))
  let sources = ofAbi.get(row)
  if (sources === undefined) ofAbi.set(row, (sources = find(abi, row)))
  return sources
}

/** The same for the arguments as `row` itself has them: for text. */
export function ownSources(abi: GuestAbi, row: Row): readonly ArgumentSource[] {
  return row.older === null ? argumentSources(abi, row) : place(abi, row)
}

function find(abi: GuestAbi, row: Row): readonly ArgumentSource[] {
  const own = place(abi, row)
  if (row.older === null) return own
  return row.older.passes.map((pass) => {
    if ('value' in pass) return { kind: 'constant', value: pass.value }
    const source = own[pass.argument]!
    return source.kind === 'narrow' ? { ...source, shift: pass.shift } : source
  })
}

function place(abi: GuestAbi, { argKinds: args, argNames, drops32 }: Row): ArgumentSource[] {
  const { argumentsAt, registerSize } = abi
  if (registerSize === 8) return args.map((_, n) => ({ kind: 'wide', at: argumentsAt[n]! }))
  const sources: ArgumentSource[] = []
  let next = 0
  for (const [n, arg] of args.entries()) {
    if (arg.kind !== 'int' || arg.bits !== 64) {
      const drops = drops32?.argument === argNames[n] ? drops32!.bits : 0
      sources.push({ kind: 'narrow', at: argumentsAt[next++]!, extension: extensionOf(arg), drops, shift: 0 })
      continue
    }
    const isSplit = args[n + 1]?.kind === 'high'
    if (!isSplit && abi.alignsPairs && next % 2 !== 0) next++
    sources.push({ kind: 'wide', at: argumentsAt[next]! })
    next += isSplit ? 1 : 2
  }
  if (next > argumentsAt.length) throw new Error(`${abi.machine}: a call has more arguments than registers`)
  return sources
}

function extensionOf(arg: Arg): Extension {
  if (arg.kind === 'int' && arg.bits === 16) return 'identity'
  return arg.kind === 'fd' || (arg.kind === 'int' && arg.signed) ? 'sign' : 'zero'
}

const NO_IDENTITY = 0xffff

/** The value of a narrow source whose register holds `word`, as a number. */
export function narrowValue({ extension, drops, shift }: Extract<ArgumentSource, { kind: 'narrow' }>, word: number): number {
  const kept = word & ~drops
  if (extension === 'identity') return (kept & NO_IDENTITY) === NO_IDENTITY ? -1 : kept & NO_IDENTITY
  return (extension === 'sign' ? kept : kept >>> 0) * 2 ** shift
}
