/** tests/soak/programs/torture.c: threads and processes that fork, exec, signal, write code and end at random. Minutes by DEMOTIC_TORTURE (default 10). */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'

const folder = mkdtempSync(`${tmpdir()}/demotic-torture-`)
const program = `${folder}/torture`
const ROUND_SECONDS = 60
const rounds = Math.ceil((Number(process.env['DEMOTIC_TORTURE'] ?? 10) * 60) / ROUND_SECONDS)

describe.skipIf(!hasProgram('aarch64-linux-gnu-gcc'))('torture (needs gcc-aarch64-linux-gnu)', () => {
  beforeAll(() => {
    const gcc = spawnSync('aarch64-linux-gnu-gcc', ['-O2', '-static', '-pthread', '-o', program, `${ROOT}tests/soak/programs/torture.c`], {
      encoding: 'utf8',
    })
    if (gcc.status !== 0) throw new Error(gcc.stderr)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  for (let round = 0; round < rounds; round++) {
    const [processes, threads] = [1 + (round % 4), 1 + (round % 5)]
    test(
      `${processes} processes of ${threads} threads, seed ${round}`,
      () => {
        const args = [program, `${ROUND_SECONDS}`, `${processes}`, `${threads}`, `${round}`]
        const run = spawnSync(EMULATOR[0]!, [...EMULATOR.slice(1), ...args], { encoding: 'utf8', timeout: 3 * ROUND_SECONDS * 1000 })
        expect(run.stdout, run.stderr).toBe(`torture: ${processes} of ${processes} processes as they must be\n`)
        expect(run.status).toBe(0)
      },
      4 * ROUND_SECONDS * 1000,
    )
  }
})
