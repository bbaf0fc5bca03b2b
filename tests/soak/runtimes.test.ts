/**
 * The scripts of tests/real/runtimes again and again: each run prints what the first native one did. DEMOTIC_SOAK_RUNS is how often (20); DEMOTIC_REAL=REGEXP
 * chooses scripts.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { MORE_STRESS_CLASSES, prepareRuntimes, SCRIPTS, shown, testStress, textOf } from '../real/runtime-scripts.ts'
import { hasRuntimes, runRuntimeEmulated, runRuntimeNative } from '../real/sysroots.ts'

const RUNS = Number(process.env['DEMOTIC_SOAK_RUNS'] ?? 20)
const only = new RegExp(process.env['DEMOTIC_REAL'] ?? '')
const PYTHON_TESTS =
  'test_threading test_thread test_subprocess test_signal test_multiprocessing_fork test_select test_selectors test_os test_posix test_mmap test_ctypes test_asyncio ' +
  'test_epoll test_poll test_queue test_resource test_fcntl test_tempfile test_socketserver test_faulthandler test_concurrent_futures test_io'

const MORE = [
  { command: 'bash java.sh', env: { COLLECTORS: 'Serial Parallel Shenandoah' }, seconds: 400 },
  { command: 'bash postgres.sh', env: { TRANSACTIONS: '5000' }, seconds: 600 },
]

describe.skipIf(!hasRuntimes)('runtimes and servers, often (tests/real/install.sh has run)', () => {
  beforeAll(prepareRuntimes)
  for (const script of [...SCRIPTS, ...MORE].filter((candidate) => only.test(textOf(candidate)))) {
    const { command, env = {}, seconds } = script
    test(
      textOf(script),
      async () => {
        const expected = shown(await runRuntimeNative(command.split(' '), env, seconds * 1000))
        for (let n = 0; n < RUNS; n++) {
          const emulated = await runRuntimeEmulated(command.split(' '), env, seconds * 1000)
          expect(shown(emulated), `run ${n}: ${emulated.stderr.slice(-2000)}`).toBe(expected)
        }
      },
      RUNS * seconds * 1000,
    )
  }
  testStress(MORE_STRESS_CLASSES, only, 120_000)
  for (const name of PYTHON_TESTS.split(' ').filter((candidate) => only.test(candidate))) {
    const seconds = 1200
    test(
      `python ${name}`,
      async () => {
        const run = (how: typeof runRuntimeNative) => how(['bash', 'python-tests.sh'], { TESTS: name }, seconds * 1000)
        const expected = shown(await run(runRuntimeNative))
        expect(shown(await run(runRuntimeEmulated))).toBe(expected)
      },
      2 * seconds * 1000,
    )
  }
})
