/**
 * The programs that other emulators hang and crash on: runtimes with threads, compilers of their own and signals, build tools, servers. What each
 * does is a script of tests/real/runtimes; it prints and returns under the emulator what it does natively with the amd64 packages.
 * DEMOTIC_REAL=REGEXP runs only the scripts that match.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareRuntimes, SCRIPTS, STRESS_CLASSES, shown, testStress, textOf } from './runtime-scripts.ts'
import { hasRuntimes, runRuntimeEmulated, runRuntimeNative } from './sysroots.ts'

const only = new RegExp(process.env['DEMOTIC_REAL'] ?? '')
const STRESS_MS = 60_000

describe.skipIf(!hasRuntimes)('runtimes and servers (tests/real/install.sh has run)', () => {
  beforeAll(prepareRuntimes)
  for (const script of SCRIPTS.filter((candidate) => only.test(textOf(candidate)))) {
    test(
      script.command,
      async () => {
        const { command, env = {}, seconds } = script
        const argv = command.split(' ')
        // One after the other: servers use the same ports.
        const native = await runRuntimeNative(argv, env, seconds * 1000)
        const emulated = await runRuntimeEmulated(argv, env, seconds * 1000)
        expect(shown(emulated), emulated.stderr.slice(-2000)).toBe(shown(native))
      },
      2000 * script.seconds,
    )
  }
  testStress(STRESS_CLASSES, only, STRESS_MS)
})
