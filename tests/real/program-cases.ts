/** A test for each command of tests/real/cases.ts with a guest's tree: it gives the bytes, exit status and messages that its oracle gives. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { ARM_ORACLE } from '../lib/emulator.ts'
import { ARM_CASES, CASES, type Case, WIDE_ONLY } from './cases.ts'
import { makeFixtures } from './fixtures.ts'
import { AMD64, ARM64, ARMHF, hasArmhf, isInstalled, type Outcome, runEmulated, runNative, WORK } from './sysroots.ts'

export interface Guest {
  readonly name: string
  readonly tree: string
  readonly cases: readonly Case[]
  readonly isInstalled: boolean
  readonly expected: (c: Case, stdin: Buffer) => Promise<Outcome>
}

const natively = (c: Case, stdin: Buffer): Promise<Outcome> => runNative(c.argv, stdin, c.timeoutMs)

export const ARM64_PROGRAMS: Guest = { name: 'arm64', tree: ARM64, cases: CASES, isInstalled, expected: natively }
export const ARMHF_PROGRAMS: Guest = {
  name: 'armhf',
  tree: ARMHF,
  cases: ARM_CASES,
  isInstalled: hasArmhf,
  expected: (c, stdin) => (WIDE_ONLY.has(c.command) ? runEmulated(ARMHF, c.argv, stdin, c.timeoutMs, ARM_ORACLE) : natively(c, stdin)),
}

/** What legitimately differs in messages: addresses, times, and what Python says about threads that were not started. */
function settled(text: string, tree: string): string {
  return text
    .replaceAll(tree, '')
    .replace(/0x[0-9a-f]{8,}/g, '0x…')
    .replace(/\b\d+(\.\d+)?( ms|s| s| seconds)\b/g, '… s')
}

/** Output as text that compares: the sysroot's own path away, lines sorted if their order does not count. */
function comparable(c: Case, stdout: Buffer, tree: string): string {
  const text = stdout.toString('latin1').replaceAll(tree, '')
  return c.isUnordered ? text.split('\n').sort().join('\n') : text
}

const UNIT_TESTS = 'unit.py'

/** The lines of tests that both have: a mirror may have older packages for one architecture than for the other, and older packages fewer tests. */
function common(text: string, other: string): string {
  const ids = new Set(other.split('\n').map((line) => line.split(' ')[0]))
  return text
    .split('\n')
    .filter((line) => !/^\d+ tests,/.test(line) && ids.has(line.split(' ')[0]))
    .join('\n')
}

const MAX_SHOWN = 20_000

export function testPrograms(guest: Guest, isChosen: (c: Case) => boolean): void {
  const { tree } = guest
  describe.skipIf(!guest.isInstalled)(`Debian ${guest.name} programs (tests/real/install.sh has run)`, () => {
    beforeAll(() => makeFixtures(tree))
    for (const c of guest.cases.filter(isChosen)) {
      test(
        `${c.package}: ${c.command}`,
        async () => {
          const stdin = c.stdin === null ? Buffer.alloc(0) : readFileSync(`${AMD64}${WORK}/${c.stdin}`)
          const [native, emulated] = await Promise.all([guest.expected(c, stdin), runEmulated(tree, c.argv, stdin, c.timeoutMs)])
          expect({ status: emulated.status, stderr: settled(emulated.stderr, tree) }).toEqual({
            status: native.status,
            stderr: settled(native.stderr, tree),
          })
          let [got, expected] = [comparable(c, emulated.stdout, tree), comparable(c, native.stdout, tree)]
          if (tree === ARMHF && c.argv.includes(UNIT_TESTS)) [got, expected] = [common(got, expected), common(expected, got)]
          if (got === expected) return
          const from = Math.max(0, [...expected].findIndex((char, n) => char !== got[n]) - 100)
          expect(got.slice(from, from + MAX_SHOWN), `from byte ${from}`).toBe(expected.slice(from, from + MAX_SHOWN))
          expect(got.length).toBe(expected.length)
        },
        2 * c.timeoutMs,
      )
    }
  })
}
