/**
 * Debian's arm64 programs under the emulator: the same command on the same input as natively with the amd64 package of the same
 * version gives the same bytes, exit status and messages. DEMOTIC_REAL=REGEXP runs only the commands that match.
 */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { CASES } from './cases.ts'
import { makeFixtures } from './fixtures.ts'
import { AMD64, isInstalled, runEmulated, runNative, WORK } from './sysroots.ts'

const only = new RegExp(process.env['DEMOTIC_REAL'] ?? '')

/** What legitimately differs: addresses and times in messages. */
function settled(text: string): string {
  return text.replace(/0x[0-9a-f]{8,}/g, '0x…').replace(/\b\d+(\.\d+)?( ms|s| s| seconds)\b/g, '… s')
}

describe.skipIf(!isInstalled)('Debian programs (tests/real/install.sh has run)', () => {
  beforeAll(makeFixtures)
  for (const c of CASES.filter((candidate) => only.test(candidate.command))) {
    test(
      `${c.package}: ${c.command}`,
      async () => {
        const stdin = c.stdin === null ? Buffer.alloc(0) : readFileSync(`${AMD64}${WORK}/${c.stdin}`)
        const [native, emulated] = await Promise.all([runNative(c.argv, stdin, c.timeoutMs), runEmulated(c.argv, stdin, c.timeoutMs)])
        expect({ status: emulated.status, stderr: settled(emulated.stderr) }).toEqual({
          status: native.status,
          stderr: settled(native.stderr),
        })
        if (!emulated.stdout.equals(native.stdout))
          expect(emulated.stdout.toString('latin1').slice(0, 100_000)).toBe(native.stdout.toString('latin1').slice(0, 100_000))
        expect(emulated.stdout.length).toBe(native.stdout.length)
      },
      2 * c.timeoutMs,
    )
  }
})
