/**
 * `npm run -s diff -- SUITE ROW [INDEX]`: runs one case (or the first thousand of a row) under the emulator and the oracle and
 * prints the cases that differ, field by field.
 */
import { EMULATOR } from '../lib/emulator.ts'
import { ALL_CHUNKS, type Chunk, chunkOf, chunksOf } from './chunks.ts'
import { describeCase, describeDifference } from './describe.ts'
import { runChunks } from './executor.ts'
import { readRecorded } from './recorded.ts'
import { suiteNamed } from './suites.ts'

const MAX_SHOWN = 5

async function main(): Promise<void> {
  const [suiteName, name, index] = process.argv.slice(2)
  const suite = suiteNamed(suiteName ?? '')
  const row = suite.rows().find((r) => r.name === name)
  if (!row) throw new Error(`no row is named ${name}`)
  const undefinedIndices = readRecorded(suite).get(row.name)?.undefinedIndices ?? new Set<number>()
  const chunks: Chunk[] =
    index === undefined ? [...chunksOf(suite, row, ALL_CHUNKS, (i) => undefinedIndices.has(i))] : [chunkOf(suite, row, 0, [Number(index)])]
  const got: Uint8Array[] = []
  const death = await runChunks(suite, EMULATOR, chunks, (_, results) => {
    got.push(results.slice())
  })
  let shown = 0
  let different = 0
  let at = 0
  await runChunks(
    suite,
    suite.oracle,
    chunks.slice(0, got.length),
    (chunk, want) => {
      const mine = got[at++]!
      chunk.indices.forEach((i, n) => {
        const range = [n * suite.resultSize, (n + 1) * suite.resultSize] as const
        const lines = describeDifference(chunk, n, mine.subarray(...range), want.subarray(...range))
        if (lines.length > 0) different++
        if ((lines.length === 0 && index === undefined) || shown++ >= MAX_SHOWN) return
        console.log([`${row.name} ${i}`, ...describeCase(chunk, n), ...lines.map((line) => `  ${line}`)].join('\n'))
      })
    },
    { probe: true },
  )
  if (death) {
    const chunk = chunks[got.length]!
    console.log(`the emulator under test: ${death.reason}\n${death.stderr}`)
    for (const i of index === undefined ? chunk.indices : []) {
      const single = chunkOf(suite, row, 0, [i])
      const dead = await runChunks(suite, EMULATOR, [single], () => undefined)
      if (!dead) continue
      console.log([`${row.name} ${i}: ${dead.reason}`, ...describeCase(single, 0), dead.stderr].join('\n'))
      break
    }
    if (index !== undefined) console.log(describeCase(chunk, 0).join('\n'))
  }
  console.log(
    `${different} of ${got.length === 0 ? 0 : chunks.slice(0, got.length).reduce((s, c) => s + c.indices.length, 0)} cases differ`,
  )
  process.exitCode = different > 0 || death ? 1 : 0
}

await main()
