/**
 * The programs that other emulators hang and crash on: runtimes with threads, compilers of their own and signals, build tools, servers. What each
 * does is a script of tests/real/runtimes; it prints and returns under the emulator what it does natively with the amd64 packages.
 * DEMOTIC_REAL=REGEXP runs only the scripts that match.
 */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prepareRuntimes, SCRIPTS, type Script, STRESS_CLASSES, shown, testStress, textOf } from './runtime-scripts.ts'
import { ARMHF, hasArmhf, hasRuntimes, RUNTIMES_AMD64, RUNTIMES_ARM64, runRuntimeEmulated, runRuntimeNative, WORK } from './sysroots.ts'

const only = new RegExp(process.env['DEMOTIC_REAL'] ?? '')
const STRESS_MS = 60_000
const NGINX_MS = 120_000

/** Until somebody has written into the file, for as long as the test may take. */
async function filled(path: string): Promise<void> {
  while (!existsSync(path) || statSync(path).size === 0) await new Promise((resolve) => setTimeout(resolve, 50))
}

describe.skipIf(!hasRuntimes)('runtimes and servers (tests/real/install.sh has run)', () => {
  beforeAll(() => prepareRuntimes())
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
  test.skipIf(!only.test('nginx, load from the host'))(
    'nginx, load from the host',
    async () => {
      const www = `${RUNTIMES_ARM64}${WORK}/www`
      rmSync(www, { recursive: true, force: true })
      const server = runRuntimeEmulated(['bash', 'nginx.sh'], { LOAD: 'host' }, NGINX_MS)
      const load = async () => (await promisify(execFile)(process.execPath, ['../load.mjs'], { cwd: www, timeout: NGINX_MS })).stdout
      await filled(`${www}/logs/pid`)
      writeFileSync(`${www}/loaded1`, await load())
      await filled(`${www}/restarted`)
      writeFileSync(`${www}/loaded2`, await load())
      const { status, stdout, stderr } = await server
      // What ends last is a grep for errors.
      expect(`${status}\n${stdout}`, stderr).toBe('exit 1\n2000 0\n2000 0\nserver 0\n4000\n')
    },
    2 * NGINX_MS,
  )
  testStress(STRESS_CLASSES, only, STRESS_MS)
})

const BASH: Script = SCRIPTS.find(({ command }) => command === 'bash bash.sh')!

describe.skipIf(!hasRuntimes || !hasArmhf || !only.test(BASH.command))('armhf (tests/real/install.sh has run)', () => {
  const passwd = `${ARMHF}/etc/passwd`
  beforeAll(() => {
    prepareRuntimes([ARMHF, RUNTIMES_AMD64])
    // bash without HOME looks there; below -L it would be the host's.
    cpSync(`${RUNTIMES_AMD64}/etc/passwd`, passwd)
  })
  afterAll(() => rmSync(passwd, { force: true }))
  test(
    BASH.command,
    async () => {
      const argv = BASH.command.split(' ')
      const native = await runRuntimeNative(argv, {}, BASH.seconds * 1000)
      const emulated = await runRuntimeEmulated(argv, {}, BASH.seconds * 1000, ARMHF)
      expect(shown(emulated, ARMHF), emulated.stderr.slice(-2000)).toBe(shown(native))
    },
    2000 * BASH.seconds,
  )
})
