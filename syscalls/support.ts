/** What `demotic support` prints of system calls: every call of an ABI and how far it is done, from the rows. */
import type { Abi } from './abi/abi.ts'
import { families } from './table.ts'
import { hasThunk } from './thunk.ts'

export interface CallSupport {
  readonly number: number
  readonly name: string
  readonly family: string
  /** native: a thunk in the runner; engine: by a handler; partial: works with the limits of the note; refused: as by a kernel without it; missing. */
  readonly state: 'native' | 'engine' | 'partial' | 'refused' | 'missing'
  readonly note: string
}

/** By number. */
export function syscallSupport(abi: Abi): CallSupport[] {
  const calls: CallSupport[] = []
  for (const family of families) {
    for (const row of family.rows) {
      const number = abi.numbers[row.name]
      if (number === undefined) continue
      const done = row.state === 'plain' ? (hasThunk(row, abi) ? 'native' : 'engine') : row.state
      calls.push({ number, name: row.name, family: family.name, state: row.partial ? 'partial' : done, note: row.note })
    }
  }
  return calls.sort((a, b) => a.number - b.number)
}
