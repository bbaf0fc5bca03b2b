/**
 * The scripts of tests/real/runtimes again and again: each run prints what the first native one did, and leaves nothing behind. How often says the script (esbuild
 * makes three bundles a run), else 10 times; DEMOTIC_SOAK_RUNS says it for all. DEMOTIC_REAL=REGEXP chooses scripts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leftovers, newProcesses } from '../lib/leftovers.ts'
import {
  MORE_STRESS_CLASSES,
  prepareRuntimes,
  SCRIPTS,
  type Script,
  STRESS_CLASSES,
  shown,
  testStress,
  textOf,
} from '../real/runtime-scripts.ts'
import { hasRuntimes, runRuntimeEmulated, runRuntimeNative } from '../real/sysroots.ts'

const { DEMOTIC_SOAK_RUNS: RUNS, DEMOTIC_REAL: REAL = '' } = process.env
const USUAL_RUNS = 10
const only = new RegExp(REAL)
const STRESS_MS = 120_000
const PYTHON_TESTS =
  'test_threading test_thread test_subprocess test_signal test_multiprocessing_fork test_socket test_select test_selectors test_os test_posix test_mmap test_ctypes ' +
  'test_asyncio test_epoll test_poll test_queue test_resource test_fcntl test_tempfile test_socketserver test_faulthandler test_concurrent_futures test_io'

const MORE: readonly Script[] = [
  { command: 'bash java.sh', env: { COLLECTORS: 'Serial Parallel Shenandoah' }, seconds: 400 },
  { command: 'bash postgres.sh', env: { LENGTH: '-T 60' }, seconds: 600, runs: 1 },
  { command: 'bash postgres.sh', env: { LENGTH: '-t 5000' }, seconds: 600, runs: 1 },
  { command: 'bash redis.sh', env: { REQUESTS: '100000' }, seconds: 600, runs: 1 },
  ...PYTHON_TESTS.split(' ').map((name) => ({ command: 'bash python-tests.sh', env: { TESTS: name }, seconds: 1200, runs: 1 })),
]

/** In the environment of every run, by which its processes are found. */
const MARK = `soak-${process.pid}`

describe.skipIf(!hasRuntimes)('runtimes and servers, often (tests/real/install.sh has run)', () => {
  beforeAll(() => prepareRuntimes())
  const before = leftovers()
  afterAll(() => expect(leftovers()).toEqual(before))

  for (const script of [...SCRIPTS, ...MORE].filter((candidate) => only.test(textOf(candidate)))) {
    const { command, env = {}, seconds } = script
    const runs = Number(RUNS ?? script.runs ?? USUAL_RUNS)
    test(
      `${textOf(script)}, ${runs} times`,
      async () => {
        const expected = shown(await runRuntimeNative(command.split(' '), env, seconds * 1000))
        for (let n = 0; n < runs; n++) {
          const emulated = await runRuntimeEmulated(command.split(' '), { ...env, MARK }, seconds * 1000)
          expect(shown(emulated), `run ${n}: ${emulated.stderr.slice(-2000)}`).toBe(expected)
          expect(await newProcesses(MARK)).toEqual([])
        }
      },
      (runs + 1) * seconds * 1000,
    )
  }
  testStress([...STRESS_CLASSES, ...MORE_STRESS_CLASSES], only, STRESS_MS)
})
