/**
 * `npm run record [-- SUITE NAME…]`: runs the cases of all rows (or of the named ones) on the oracle and writes what it says
 * (the suite's folder `recorded`). Needs qemu-user. Rows whose pattern has not changed keep the same cases, so the files only
 * change where a row or the generator does.
 */
import { spawnSync } from 'node:child_process'
import { ALL_CHUNKS, type Chunk, chunkOf, chunkSize, chunksOf, hashResults } from './chunks.ts'
import { runChunks } from './executor.ts'
import { readRecorded, recordLine, writeRecorded } from './recorded.ts'
import type { Row } from './row.ts'
import type { Suite } from './suite.ts'
import { SUITES, suiteNamed } from './suites.ts'

const SIGILL = 4
const PROBE_SIZE = 100
/** Indices that are tried for a row at most: enough for rows of which one word in 16 is defined. */
const MAX_INDICES = 16_000
/** After so many indices without one defined case a row counts as untestable. */
const HOPELESS = 3_000

interface Probe {
  readonly undefinedIndices: number[]
  defined: number
  runnable: number
  /** Cases that ended by another signal than SIGILL: the generator let something through. */
  readonly faults: string[]
}

const CASES_WANTED = Array.from({ length: ALL_CHUNKS }, (_, n) => chunkSize(n)).reduce((a, b) => a + b, 0)

/** Finds which indices of each row are undefined on the oracle. */
async function probe(suite: Suite, rows: readonly Row[]): Promise<Map<Row, Probe>> {
  const found = new Map<Row, Probe>()
  const source = function* (): Generator<Chunk> {
    const scratch = new DataView(new ArrayBuffer(suite.caseSize))
    for (const row of rows) {
      const p: Probe = { undefinedIndices: [], defined: 0, runnable: 0, faults: [] }
      found.set(row, p)
      for (let index = 0; p.defined < CASES_WANTED * 1.1 && index < (p.defined === 0 ? HOPELESS : MAX_INDICES); ) {
        const indices: number[] = []
        for (let end = index + PROBE_SIZE; index < end; index++) if (suite.writeCase(row, index, scratch, 0)) indices.push(index)
        p.runnable += indices.length
        if (indices.length > 0) yield chunkOf(suite, row, 0, indices)
      }
    }
  }
  const death = await runChunks(
    suite,
    suite.oracle,
    source(),
    (chunk, results) => {
      const view = new DataView(results.buffer, results.byteOffset)
      const p = found.get(chunk.row)!
      chunk.indices.forEach((index, n) => {
        const status = view.getUint32(n * suite.resultSize + suite.resultStatus, true)
        if (status === 0) p.defined++
        else p.undefinedIndices.push(index)
        if (status !== 0 && status !== SIGILL) p.faults.push(`case ${index}: signal ${status}`)
      })
    },
    { probe: true },
  )
  if (death) throw new Error(`the oracle died: ${death.reason}\n${death.stderr}`)
  return found
}

async function record(suite: Suite, names: readonly string[]): Promise<void> {
  const rows = suite.rows()
  const chosen = names.length === 0 ? rows : rows.filter((row) => names.includes(row.name))
  if (chosen.length === 0) throw new Error(`no row is named ${names.join(', ')}`)
  const oracle = spawnSync(suite.oracle[0]!, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0]!
  const probes = await probe(suite, chosen)

  const hashes = new Map<Row, string[]>(chosen.map((row) => [row, []]))
  const source = function* (): Generator<Chunk> {
    for (const row of chosen) {
      const skipped = new Set(probes.get(row)!.undefinedIndices)
      yield* chunksOf(suite, row, ALL_CHUNKS, (index) => skipped.has(index))
    }
  }
  const undefinedLater: string[] = []
  const death = await runChunks(
    suite,
    suite.oracle,
    source(),
    (chunk, results) => {
      const view = new DataView(results.buffer, results.byteOffset)
      const bad = chunk.indices.filter((_, n) => view.getUint32(n * suite.resultSize + suite.resultStatus, true) !== 0)
      if (bad.length > 0) undefinedLater.push(chunk.row.name)
      else if (hashes.get(chunk.row)!.length === chunk.number) hashes.get(chunk.row)!.push(hashResults(results))
    },
    { probe: true },
  )
  if (death) throw new Error(`the oracle died: ${death.reason}\n${death.stderr}`)

  const lines = new Map<string, string>()
  if (names.length > 0) {
    for (const [name, old] of readRecorded(suite)) lines.set(name, old.line)
  }
  for (const row of chosen) {
    const p = probes.get(row)!
    const reason = p.runnable === 0 ? 'every word is avoided' : 'undefined on the oracle'
    lines.set(row.name, recordLine(row, p.undefinedIndices, hashes.get(row)!, reason))
    if (p.defined === 0) console.log(`${row.name}: no case: ${reason}`)
    if (p.faults.length > 0) console.log(`${row.name}: ${p.faults.length} cases fault: ${p.faults[0]}`)
  }
  writeRecorded(suite, rows, lines, oracle)
  const cases = [...hashes].reduce((sum, [, list]) => sum + list.reduce((s, _, n) => s + chunkSize(n), 0), 0)
  console.log(`${chosen.length} rows, about ${cases} cases recorded on ${oracle}`)
  if (undefinedLater.length > 0) console.log(`short of cases: ${[...new Set(undefinedLater)].join(', ')}`)
}

const [suite, ...names] = process.argv.slice(2)
for (const each of suite === undefined ? SUITES : [suiteNamed(suite)]) await record(each, names)
