/**
 * The IR interpreter against the recorded oracle: the first 25 cases of every row. It is the definition that machine code and passes are
 * compared with, so it is checked by itself. DEMOTIC_DIFF=all runs 100 cases a row, DEMOTIC_DIFF_ROWS=REGEXP only some rows.
 */
import { describe, expect, test } from 'vitest'
import { A64_SUITE } from './diff/a64-suite.ts'
import { interpretArmChunk } from './diff/arm/interpret.ts'
import { ARM_SUITE } from './diff/arm/suite.ts'
import { chunksOf, FAST_CHUNKS, hashResults } from './diff/chunks.ts'
import { interpretChunk } from './diff/interpret-chunk.ts'
import { patternHash, readRecorded } from './diff/recorded.ts'

const chunkCount = process.env['DEMOTIC_DIFF'] === 'all' ? FAST_CHUNKS : 1
const only = new RegExp(process.env['DEMOTIC_DIFF_ROWS'] ?? '')
const MAX_SHOWN = 20

// A suite without tests fails.
const suites = [
  { suite: A64_SUITE, interpret: interpretChunk },
  { suite: ARM_SUITE, interpret: interpretArmChunk },
]
  .map(({ suite, interpret }) => {
    const recorded = readRecorded(suite)
    const rows = suite.rows().filter((row) => {
      const r = recorded.get(row.name)
      return only.test(row.name) && !row.missing && r?.pattern === patternHash(row) && r.hashes.length > 0
    })
    return { suite, interpret, recorded, rows }
  })
  .filter(({ rows }) => rows.length > 0)

describe.each(suites)('$suite.name rows on the IR interpreter', ({ suite, interpret, recorded, rows }) => {
  const chapters = [...new Set(rows.map((row) => suite.chapter(row)))]
  test.each(chapters)('%s', (name) => {
    const failures: string[] = []
    for (const row of rows.filter((r) => suite.chapter(r) === name)) {
      const { hashes, undefinedIndices } = recorded.get(row.name)!
      const count = Math.min(chunkCount, hashes.length)
      for (const chunk of chunksOf(suite, row, count, (index) => undefinedIndices.has(index))) {
        try {
          if (hashResults(interpret(chunk)) !== hashes[chunk.number]) failures.push(`${row.name}: chunk ${chunk.number} differs`)
        } catch (error) {
          failures.push(`${row.name}: ${(error as Error).message}`)
        }
      }
    }
    expect(failures.slice(0, MAX_SHOWN), `${failures.length} failures`).toEqual([])
  })
})
