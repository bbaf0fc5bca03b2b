/** The rows under test. */
import type { Row } from './row.ts'
import { SAMPLE_ROWS } from './sample-rows.ts'

export async function testedRows(): Promise<readonly Row[]> {
  return SAMPLE_ROWS
}
