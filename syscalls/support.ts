/** What `demotic support` prints of system calls: every call of an ABI and how far it is done, from the rows. */
import type { Abi } from './abi/abi.ts'
import { hasThunk } from './has-thunk.ts'
import { type Row, type RowState, stateFor } from './row.ts'
import { families } from './table.ts'

export interface CallSupport {
  readonly number: number
  readonly name: string
  readonly family: string
  /** native: a thunk in the runner; engine: by a handler; partial: works with the limits of the note; refused: as by a kernel without it; missing. */
  readonly state: 'native' | 'engine' | 'partial' | 'refused' | 'missing'
  readonly note: string
}

/** Why a call that the rows describe wholly is not native. */
const CONVERTED = 'structures are converted by the engine'

function noteOf(row: Row, state: RowState, done: string): string {
  if (state === 'missing') return row.not32 ?? row.note
  if (done !== 'engine') return row.note
  return row.note || (row.engine32 ?? CONVERTED)
}

/** By number. */
export function syscallSupport(abi: Abi): CallSupport[] {
  const calls: CallSupport[] = []
  for (const family of families) {
    for (const row of family.rows) {
      const number = abi.numbers[row.name]
      if (number === undefined) continue
      const state = stateFor(row, abi)
      const done = state === 'plain' ? (hasThunk(row, abi) ? 'native' : 'engine') : state
      const note = noteOf(row, state, done)
      calls.push({ number, name: row.name, family: family.name, state: row.partial && state !== 'missing' ? 'partial' : done, note })
    }
  }
  return calls.sort((a, b) => a.number - b.number)
}
