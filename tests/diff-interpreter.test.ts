/**
 * The IR interpreter against the recorded oracle: the first 25 cases of every row. It is the definition that machine code and passes are
 * compared with, so it is checked by itself. DEMOTIC_DIFF=all runs 100 cases a row, DEMOTIC_DIFF_ROWS=REGEXP only some rows.
 */
import { describe, expect, test } from 'vitest'
import { chunksOf, FAST_CHUNKS, hashResults } from './diff/chunks.ts'
import { encodingOf } from './diff/generate.ts'
import { interpretChunk } from './diff/interpret-chunk.ts'
import { patternHash, readRecorded } from './diff/recorded.ts'
import { chapter } from './diff/row.ts'
import { testedRows } from './diff/rows.ts'

const chunkCount = process.env['DEMOTIC_DIFF'] === 'all' ? FAST_CHUNKS : 1
const only = new RegExp(process.env['DEMOTIC_DIFF_ROWS'] ?? '')
const recorded = readRecorded()
const rows = testedRows().filter((row) => {
  const r = recorded.get(row.name)
  return only.test(row.name) && !row.missing && r?.pattern === patternHash(row) && r.hashes.length > 0
})
const MAX_SHOWN = 20

describe('A64 rows on the IR interpreter', () => {
  const chapters = [...new Set(rows.map((row) => chapter(encodingOf(row))))]
  test.each(chapters)('%s', (name) => {
    const failures: string[] = []
    for (const row of rows.filter((r) => chapter(encodingOf(r)) === name)) {
      const { hashes, undefinedIndices } = recorded.get(row.name)!
      const count = Math.min(chunkCount, hashes.length)
      for (const chunk of chunksOf(row, count, (index) => undefinedIndices.has(index))) {
        try {
          if (hashResults(interpretChunk(chunk)) !== hashes[chunk.number]) failures.push(`${row.name}: chunk ${chunk.number} differs`)
        } catch (error) {
          failures.push(`${row.name}: ${(error as Error).message}`)
        }
      }
    }
    expect(failures.slice(0, MAX_SHOWN), `${failures.length} failures`).toEqual([])
  })
})
