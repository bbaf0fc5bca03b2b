/**
 * Runtimes and servers of Debian's armhf: each script of tests/real/runtimes prints what it does natively, and leaves nothing behind.
 * DEMOTIC_REAL=REGEXP chooses scripts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leftovers, newProcesses } from '../lib/leftovers.ts'
import {
  ARM_SCRIPTS,
  MORE_STRESS_CLASSES,
  prepareRuntimes,
  type Script,
  STRESS_CLASSES,
  shown,
  testStress,
  textOf,
  withoutWidth,
} from '../real/runtime-scripts.ts'
import { hasArmhfRuntimes, RUNTIMES_AMD64, RUNTIMES_ARMHF, runRuntimeEmulated, runRuntimeNative } from '../real/sysroots.ts'

const only = new RegExp(process.env['DEMOTIC_REAL'] ?? '')
const STRESS_MS = 120_000
const PYTHON_TESTS =
  'test_threading test_subprocess test_signal test_socket test_posix test_asyncio test_epoll test_poll test_queue test_resource test_fcntl test_faulthandler test_io ' +
  'test_multiprocessing_fork'
const MORE: readonly Script[] = PYTHON_TESTS.split(' ').map((name) => ({
  command: 'bash python-tests.sh',
  env: { TESTS: name },
  seconds: 1200,
}))

/** In the environment of every run, by which its processes are found. */
const MARK = `soak-arm-${process.pid}`

describe.skipIf(!hasArmhfRuntimes)('armhf runtimes and servers (tests/real/install.sh soak has run)', () => {
  beforeAll(() => prepareRuntimes([RUNTIMES_ARMHF, RUNTIMES_AMD64]))
  const before = leftovers()
  afterAll(() => expect(leftovers()).toEqual(before))

  for (const script of [...ARM_SCRIPTS, ...MORE].filter((candidate) => only.test(textOf(candidate)))) {
    const { command, env = {}, seconds } = script
    test(
      textOf(script),
      async () => {
        const argv = command.split(' ')
        const expected = shown(await runRuntimeNative(argv, env, seconds * 1000))
        const emulated = await runRuntimeEmulated(argv, { ...env, MARK }, seconds * 1000, RUNTIMES_ARMHF)
        expect(withoutWidth(shown(emulated, RUNTIMES_ARMHF)), emulated.stderr.slice(-2000)).toBe(withoutWidth(expected))
        expect(await newProcesses(MARK)).toEqual([])
      },
      2000 * seconds,
    )
  }
  testStress([...STRESS_CLASSES, ...MORE_STRESS_CLASSES], only, STRESS_MS, RUNTIMES_ARMHF)
})
