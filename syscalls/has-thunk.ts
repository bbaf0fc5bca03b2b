/** Which rows become native code. */
import { type Abi, x64 } from './abi/abi.ts'
import { flagConversion } from './abi/flag-set.ts'
import { fieldCopies, fieldOf, type Layout, layout, layoutsAgree } from './abi/shape.ts'
import { type Arg, RESULT } from './args.ts'
import { madeRow, type Row, stateFor } from './row.ts'

/** How many structures a thunk converts, and how many fields of an array's elements. */
export const MOST_KEPT = 3
export const MOST_FIELDS = 6

/** Whether a row becomes native code: the rest is the engine's. */
export function hasThunk(declared: Row, guest: Abi, host: Abi = x64): boolean {
  const row = madeRow(declared)
  const state = stateFor(row, guest)
  if (state === 'refused') return true
  if (state !== 'plain' || host.numbers[row.call] === undefined) return false
  const isSameModel = guest.model.pointer === host.model.pointer
  let kept = 0
  for (const arg of row.argKinds) {
    if (!isSameModel && NEEDS_SAME_MODEL.has(arg.kind)) return false
    // A structure that is one only with some flags.
    if (arg.kind === 'optional' && arg.arg.kind === 'struct' && !layoutsAgree(layout(guest, arg.arg.shape), layout(host, arg.arg.shape)))
      return false
    if (arg.kind !== 'struct') continue
    const from = layout(guest, arg.shape)
    const to = layout(host, arg.shape)
    if (layoutsAgree(from, to) && !hasConvertedFlags(arg.shape.formats, guest, host)) continue
    if (!isCopied(arg, from, to)) return false
    if (arg.count === RESULT ? !fitsInPlace(from, to) : arg.count !== 1 || ++kept > MOST_KEPT) return false
  }
  return true
}

/** What has words or pointers in it that the compiler does not convert. */
const NEEDS_SAME_MODEL: ReadonlySet<Arg['kind']> = new Set(['message', 'messages', 'fdset', 'strings', 'dirents'] as const)

/** Whether field by field will do: no values that may not fit, none that mean something else. */
function isCopied({ direction, shape }: Extract<Arg, { kind: 'struct' }>, guest: Layout, host: Layout): boolean {
  if (shape.converts !== null) return false
  const copies = [...(direction === 'in' ? [] : fieldCopies(host, guest)), ...(direction === 'out' ? [] : fieldCopies(guest, host))]
  if (copies.some(({ special }) => special === 'limit')) return false
  return (
    direction === 'in' ||
    guest.model.long >= host.model.long ||
    shape.exact.every((name) => fieldOf(guest, name).size >= fieldOf(host, name).size)
  )
}

function hasConvertedFlags(formats: { readonly [field: string]: unknown }, guest: Abi, host: Abi): boolean {
  return Object.values(formats).some(
    (f) => typeof f === 'object' && flagConversion(f as never, guest.flavour, host.flavour).moves.length > 0,
  )
}

/** An array that the host fills can be widened where it lies, from its end. */
function fitsInPlace(guest: Layout, host: Layout): boolean {
  return guest.size >= host.size && fieldCopies(host, guest).length <= MOST_FIELDS
}
