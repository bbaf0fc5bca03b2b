/**
 * The differential test: every row of the front-end's table on 100 random words with special operand values; the whole
 * state behind each must be what the oracle recorded. DEMOTIC_DIFF=all runs 1,000 words a row (`npm run test:real` does),
 * DEMOTIC_DIFF_ROWS=REGEXP only the rows whose name matches.
 */
import { describe, expect, test } from 'vitest'

import { checkRows, type Failure } from './diff/check.ts'
import { ALL_CHUNKS, FAST_CHUNKS } from './diff/chunks.ts'
import { patternHash, readRecorded } from './diff/recorded.ts'
import type { Row } from './diff/row.ts'
import type { Suite } from './diff/suite.ts'
import { SUITES } from './diff/suites.ts'
import { EMULATOR } from './lib/emulator.ts'

const chunkCount = process.env['DEMOTIC_DIFF'] === 'all' ? ALL_CHUNKS : FAST_CHUNKS
const only = new RegExp(process.env['DEMOTIC_DIFF_ROWS'] ?? '')
const MINUTES = 60_000
const MAX_SHOWN = 40

function report(failures: readonly Failure[]): string {
  const shown = failures.slice(0, MAX_SHOWN).map((f) => `${f.row}: ${f.text}`)
  const names = [...new Set(failures.map((f) => f.row))]
  return [`${names.length} rows fail: ${names.join(' ')}`, ...shown].join('\n')
}

function byChapter(suite: Suite, rows: readonly Row[]): Map<string, Row[]> {
  const chapters = new Map<string, Row[]>()
  for (const row of rows) {
    const name = suite.chapter(row)
    chapters.set(name, [...(chapters.get(name) ?? []), row])
  }
  return chapters
}

describe.each(SUITES)('$name rows against the recorded oracle', (suite) => {
  const rows = suite.rows().filter((row) => only.test(row.name) && !row.missing)
  const recorded = readRecorded(suite)
  test('every row is recorded with the pattern it has', () => {
    const stale = rows.filter((row) => recorded.get(row.name)?.pattern !== patternHash(row)).map((row) => row.name)
    expect(stale, 'npm run record').toEqual([])
  })

  for (const [name, list] of byChapter(suite, rows)) {
    test(
      name,
      async () => {
        const tested = list.filter(
          (row) => recorded.get(row.name)?.pattern === patternHash(row) && recorded.get(row.name)!.hashes.length > 0,
        )
        const { failures } = await checkRows(suite, EMULATOR, tested, recorded, chunkCount)
        if (failures.length > 0) expect.fail(report(failures))
      },
      30 * MINUTES,
    )
  }
})
