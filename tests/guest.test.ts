/**
 * Every guest program of tests/guest, at every level it was built at, does what was recorded from the oracle: with tier 2 for what becomes hot, and with
 * tier 2 at once; floating-point ones also with each way to find NaNs.
 * DEMOTIC_GUEST=REGEXP runs only the programs whose name matches.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ARM_FOLDER, programs, run } from './guest/programs.ts'
import { EMULATOR } from './lib/emulator.ts'

const TIMEOUT_MS = 30_000
const only = new RegExp(process.env['DEMOTIC_GUEST'] ?? '')

const FLOATS = /float|fp|invalid/
/** Those with few invalid operations: each costs a trap. */
const FEW_INVALID = /invalid|fp-compiled|signal-float/

const all = [...programs(), ...programs(ARM_FOLDER)]
const modes = [
  { options: [], which: /^/ },
  { options: ['--tier', '2'], which: /^/ },
  { options: ['--nan', 'trap'], which: FEW_INVALID },
  { options: ['--nan', 'check', '--tier', '2'], which: FLOATS },
].map(({ options, which }) => ({ options, chosen: all.filter((p) => only.test(p.name) && which.test(p.name)) }))

// A suite without tests fails.
describe.each(modes.filter(({ chosen }) => chosen.length > 0))('guest programs $options', ({ options, chosen }) => {
  for (const program of chosen) {
    const expected = readFileSync(`${program.folder}expect/${program.name}`, 'latin1')
    test.each(program.binaries.map((path) => ({ path, binary: [basename(path), ...program.options].join(' ') })))(
      '$binary',
      async ({ path }) => {
        const { text, stderr } = await run([...EMULATOR, ...options, ...program.options, path, ...program.arguments], TIMEOUT_MS)
        expect(text, stderr).toBe(expected)
      },
      2 * TIMEOUT_MS,
    )
  }
})
