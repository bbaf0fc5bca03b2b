/** The rows under test: the A64 front-end's table. Rows that are known but missing are recorded too, but not run. */
import { A64 } from '../../src/guest/a64/index.ts'
import type { Row } from './row.ts'

export interface TestedRow extends Row {
  readonly missing: boolean
}

export function testedRows(): readonly TestedRow[] {
  return A64.rows.map((row) => ({ name: row.name, pattern: row.text, missing: row.missing }))
}
