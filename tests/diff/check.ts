/**
 * Runs the recorded chunks of rows under an emulator and tells what differs. A case that kills the program costs its
 * row the rest of its chunks, and the run goes on with the next row.
 */
import { hasProgram } from '../lib/emulator.ts'
import { type Chunk, chunkOf, chunksOf, hashResults } from './chunks.ts'
import { describeCase, describeDifference } from './describe.ts'
import { runChunks } from './executor.ts'
import type { Recorded } from './recorded.ts'
import type { Row } from './row.ts'
import type { Suite } from './suite.ts'

export interface Failure {
  readonly row: string
  /** One or more lines. */
  readonly text: string
}

/** Dead processes after which a run is given up. */
const MAX_DEATHS = 150
/** Differences that are looked into field by field. */
const MAX_DETAILS = 12

export function repeatCommand(suite: Suite, row: Row, index: number): string {
  return `npm run -s diff -- ${suite.name} '${row.name}' ${index}`
}

/** Checks `rows` that have recorded hashes, `chunkCount` chunks of each. */
export async function checkRows(
  suite: Suite,
  command: readonly string[],
  rows: readonly Row[],
  recorded: ReadonlyMap<string, Recorded>,
  chunkCount: number,
): Promise<{ failures: Failure[]; cases: number }> {
  const failures: Failure[] = []
  let cases = 0
  let details = 0
  let first = 0
  for (let deaths = 0; first < rows.length; deaths++) {
    if (deaths > MAX_DEATHS) {
      failures.push({
        row: rows[first]!.name,
        text: `given up after ${MAX_DEATHS} dead processes; ${rows.length - first} rows were not tried`,
      })
      break
    }
    const made: Chunk[] = []
    let answered = 0
    const different: { chunk: Chunk; results: Uint8Array }[] = []
    const failedRows = new Set<string>()
    const source = function* (): Generator<Chunk> {
      for (const row of rows.slice(first)) {
        const r = recorded.get(row.name)!
        for (const chunk of chunksOf(suite, row, Math.min(chunkCount, r.hashes.length), (index) => r.undefinedIndices.has(index))) {
          if (failedRows.has(row.name)) break
          made.push(chunk)
          yield chunk
        }
      }
    }
    const death = await runChunks(suite, command, source(), (chunk, results) => {
      made[answered++] = undefined as never // free it
      cases += chunk.indices.length
      if (failedRows.has(chunk.row.name)) return
      if (hashResults(results) === recorded.get(chunk.row.name)!.hashes[chunk.number]) return
      failedRows.add(chunk.row.name)
      different.push({ chunk, results: results.slice() })
    })
    for (const { chunk, results } of different) {
      const isExplained = details++ < MAX_DETAILS
      failures.push({
        row: chunk.row.name,
        text: isExplained
          ? await explain(chunk, results)
          : `chunk ${chunk.number} differs: npm run -s diff -- ${suite.name} '${chunk.row.name}'`,
      })
    }
    if (!death) break
    const chunk = made[answered]
    if (!chunk) {
      failures.push({ row: rows[first]!.name, text: `the executor did not end well: ${death.reason}\n${death.stderr}` })
      break
    }
    failures.push({ row: chunk.row.name, text: await locate(command, chunk, death.reason, death.stderr) })
    first = rows.indexOf(chunk.row) + 1
  }
  return { failures, cases }
}

/** The first case of a chunk that differs from the oracle, field by field, when the oracle is installed. */
async function explain(chunk: Chunk, results: Uint8Array): Promise<string> {
  const { suite } = chunk
  const repeat = `npm run -s diff -- ${suite.name} '${chunk.row.name}'`
  if (!hasProgram(suite.oracle[0]!))
    return `chunk ${chunk.number} differs from what is recorded; with qemu-user installed this shows the case: ${repeat}`
  let text = `chunk ${chunk.number} differs from what is recorded, but the installed oracle agrees with it`
  await runChunks(suite, suite.oracle, [chunk], (_, want) => {
    for (let n = 0; n < chunk.indices.length; n++) {
      const range = [n * suite.resultSize, (n + 1) * suite.resultSize] as const
      const lines = describeDifference(chunk, n, results.subarray(...range), want.subarray(...range))
      if (lines.length === 0) continue
      text = [
        ...describeCase(chunk, n),
        ...lines.map((line) => `  ${line}`),
        `  ${repeatCommand(suite, chunk.row, chunk.indices[n]!)}`,
      ].join('\n')
      return
    }
  })
  return text
}

/** Runs the cases of a chunk one by one to find the one that kills the process. */
async function locate(command: readonly string[], chunk: Chunk, reason: string, stderr: string): Promise<string> {
  let answered = 0
  const singles = chunk.indices.map((index) => chunkOf(chunk.suite, chunk.row, chunk.number, [index]))
  const death = await runChunks(chunk.suite, command, singles, () => {
    answered++
  })
  if (!death) return `chunk ${chunk.number}: ${reason}, but not when its cases run one by one\n${stderr}`
  const single = singles[answered]!
  return [
    `${death.reason}`,
    ...describeCase(single, 0),
    `  ${repeatCommand(chunk.suite, chunk.row, chunk.indices[answered]!)}`,
    death.stderr,
  ]
    .join('\n')
    .trimEnd()
}
