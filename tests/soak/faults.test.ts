/**
 * Random code with branches, loops and calls that ends with a signal: the handler sees the same registers, flags, vectors and memory at tier 1 and at tier 2.
 * DEMOTIC_FAULTS is the number of cases (5000), DEMOTIC_SEED the first one's (0).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'
import { randomLoops, randomOf } from '../lib/random-a64.ts'

const CASES = Number(process.env['DEMOTIC_FAULTS'] ?? 5000)
const SEED = Number(process.env['DEMOTIC_SEED'] ?? 0)
const WORDS = 40
const BRK = 0xd420_0000
const TIMEOUT_MS = 20 * 60 * 1000
const folder = mkdtempSync(`${tmpdir()}/demotic-faults-`)

describe.skipIf(!hasProgram('aarch64-linux-gnu-gcc'))('random code that faults (needs gcc-aarch64-linux-gnu)', () => {
  beforeAll(() => {
    const gcc = spawnSync('aarch64-linux-gnu-gcc', ['-O1', '-static', '-o', `${folder}/faults`, `${ROOT}tests/soak/programs/faults.c`], {
      encoding: 'utf8',
    })
    if (gcc.status !== 0) throw new Error(gcc.stderr)
    const code = Array.from({ length: CASES }, (_, n) => [...randomLoops(randomOf(SEED + n), WORDS, n % 2 === 1), BRK])
    writeFileSync(`${folder}/code`, Uint32Array.from(code.flat()))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test(
    'shows the same state at both tiers',
    () => {
      const run = (tier: string): string => {
        const args = [...EMULATOR.slice(1), '--tier', tier, `${folder}/faults`, `${folder}/code`, `${WORDS + 1}`]
        const { stdout, stderr, status } = spawnSync(EMULATOR[0]!, args, { encoding: 'utf8', maxBuffer: 1 << 28, timeout: TIMEOUT_MS })
        expect(status, stderr).toBe(0)
        return stdout
      }
      const lines = run('1').split('\n')
      expect(lines.length).toBe(CASES + 1)
      for (const [n, line] of run('2').split('\n').entries()) if (line !== lines[n]) expect(line, `seed ${SEED + n}`).toBe(lines[n])
    },
    2 * TIMEOUT_MS,
  )
})
