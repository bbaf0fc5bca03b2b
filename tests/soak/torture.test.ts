/** tests/soak/programs/torture.c: threads and processes that fork, exec, signal, write code and end at random. Minutes by DEMOTIC_TORTURE (default 10). */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'
import { newProcesses, processesOf } from '../lib/leftovers.ts'

const folder = mkdtempSync(`${tmpdir()}/demotic-torture-`)
const program = `${folder}/torture`
const ROUND_SECONDS = 60
const ENDED = 10
const FIRST_END_MS = 1000
const LATER_END_MS = 273
/** In the environment of programs, by which their processes are found. */
const MARK = `torture-${process.pid}`
const rounds = Math.ceil((Number(process.env['DEMOTIC_TORTURE'] ?? 10) * 60) / ROUND_SECONDS)

describe.skipIf(!hasProgram('aarch64-linux-gnu-gcc'))('torture (needs gcc-aarch64-linux-gnu)', () => {
  beforeAll(() => {
    const gcc = spawnSync('aarch64-linux-gnu-gcc', ['-O2', '-static', '-pthread', '-o', program, `${ROOT}tests/soak/programs/torture.c`], {
      encoding: 'utf8',
    })
    if (gcc.status !== 0) throw new Error(gcc.stderr)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test(
    'ended by a signal in the middle',
    async () => {
      const found: string[] = []
      for (let n = 0; n < ENDED; n++) {
        const args = [...EMULATOR.slice(1), program, `${ROUND_SECONDS}`, '2', '4', `${n}`]
        const options = {
          encoding: 'utf8',
          timeout: FIRST_END_MS + n * LATER_END_MS,
          killSignal: 'SIGTERM',
          env: { ...process.env, MARK },
        } as const
        const run = spawnSync(EMULATOR[0]!, args, options)
        if (run.signal !== 'SIGTERM' || run.stderr !== '') found.push(`${n}: ${run.signal ?? run.status} ${run.stderr}`)
        // Its processes go on: they are children of nobody then.
        for (const pid of processesOf(MARK)) spawnSync('kill', ['-KILL', `${pid}`])
        if ((await newProcesses(MARK)).length > 0) found.push(`${n}: processes are left`)
      }
      expect(found).toEqual([])
    },
    ENDED * ROUND_SECONDS * 1000,
  )

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
