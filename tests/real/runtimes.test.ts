/**
 * The programs that other emulators hang and crash on: runtimes with threads, compilers of their own and signals, build tools, servers. What each
 * does is a script of tests/real/runtimes; it prints and returns under the emulator what it does natively with the amd64 packages.
 * DEMOTIC_REAL=REGEXP runs only the scripts that match.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareRuntimes, SCRIPTS, STRESS_CLASSES, shown, textOf } from './runtime-scripts.ts'
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
  for (const name of STRESS_CLASSES.filter((candidate) => only.test(`stress-ng ${candidate}`))) {
    test(
      `stress-ng ${name}`,
      async () => {
        const emulated = await runRuntimeEmulated(['bash', 'stress.sh'], { CLASSES: name, SECONDS_EACH: '1' }, STRESS_MS)
        expect(shown(emulated), emulated.stderr.slice(-2000)).toBe(`exit 0\n${name} 0 \n`)
      },
      2 * STRESS_MS,
    )
  }
})
