/**
 * Debian's arm64 programs under the emulator: the same command on the same input as natively with the amd64 package of the same
 * version gives the same bytes, exit status and messages. DEMOTIC_REAL=REGEXP runs only the commands that match.
 */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { CASES, type Case } from './cases.ts'
import { makeFixtures } from './fixtures.ts'
import { AMD64, ARM64, isInstalled, runEmulated, runNative, WORK } from './sysroots.ts'

const only = new RegExp(process.env['DEMOTIC_REAL'] ?? '')

/** What legitimately differs in messages: addresses, times, and what Python says about threads that were not started. */
function settled(text: string): string {
  return text
    .replaceAll(ARM64, '')
    .replace(/0x[0-9a-f]{8,}/g, '0x…')
    .replace(/\b\d+(\.\d+)?( ms|s| s| seconds)\b/g, '… s')
}

/** Output as text that compares: the sysroot's own path away, lines sorted if their order does not count. */
function comparable(c: Case, stdout: Buffer): string {
  const text = stdout.toString('latin1').replaceAll(ARM64, '')
  return c.isUnordered ? text.split('\n').sort().join('\n') : text
}

const MAX_SHOWN = 20_000

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
        const [got, expected] = [comparable(c, emulated.stdout), comparable(c, native.stdout)]
        if (got === expected) return
        const from = Math.max(0, [...expected].findIndex((char, n) => char !== got[n]) - 100)
        expect(got.slice(from, from + MAX_SHOWN), `from byte ${from}`).toBe(expected.slice(from, from + MAX_SHOWN))
        expect(got.length).toBe(expected.length)
      },
      2 * c.timeoutMs,
    )
  }
})
