/**
 * Every guest program of tests/guest, at every level it was built at, does what was recorded from the oracle: with tier 2 for what becomes hot, and with
 * tier 2 at once.
 * DEMOTIC_GUEST=REGEXP runs only the programs whose name matches.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FOLDER, programs, run } from './guest/programs.ts'
import { EMULATOR } from './lib/emulator.ts'

const TIMEOUT_MS = 30_000
const only = new RegExp(process.env['DEMOTIC_GUEST'] ?? '')

describe.each([[], ['--tier', '2']])('guest programs %s %s', (...options) => {
  for (const program of programs().filter((p) => only.test(p.name))) {
    const expected = readFileSync(`${FOLDER}expect/${program.name}`, 'latin1')
    test.each(program.binaries.map((path) => ({ path, binary: basename(path) })))(
      '$binary',
      async ({ path }) => {
        const { text, stderr } = await run([...EMULATOR, ...options, path, ...program.arguments], TIMEOUT_MS)
        expect(text, stderr).toBe(expected)
      },
      2 * TIMEOUT_MS,
    )
  }
})
