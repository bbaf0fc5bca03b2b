/**
 * Programs that the kernel executes by binfmt_misc, in namespaces of their own: from outside of every tree, in a chroot with nothing of ours, many at once,
 * with and without an engine.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from './lib/emulator.ts'
import { inOwnWorld, noOwnWorld } from './lib/own-binfmt.ts'

const reason = existsSync(`${ROOT}dist/demotic.cjs`) ? noOwnWorld() : 'npm run build makes dist/demotic.cjs'
const HELLO = 'Hello from AArch64.\n'

describe.skipIf(reason !== null)(`binfmt_misc${reason === null ? '' : ` (${reason})`}`, () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'demotic-binfmt-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const installed = (script: string) => inOwnWorld(`demotic binfmt install ${folder} > /dev/null || exit 98\n${script}`)

  it('says what is registered, registers and removes', () => {
    const { stdout, stderr } = inOwnWorld(`
      demotic binfmt status; echo $?
      demotic binfmt install ${folder}; echo $?
      demotic binfmt status; echo $?
      demotic binfmt install ${folder}; echo $?
      demotic binfmt remove; echo $?
      demotic binfmt remove; echo $?
      guest-programs/hello 2> /dev/null; echo $?`)
    const runner = (guest: string) => `${folder}/demotic-${guest}`
    const installed = [`AArch64 programs run by ${runner('aarch64')}`, `32-bit ARM programs run by ${runner('arm')}`, '0']
    expect([stdout.split('\n'), stderr]).toEqual([
      [
        'AArch64: not registered',
        '32-bit ARM: not registered',
        'demotic binfmt install registers what is not',
        '1',
        ...installed,
        `AArch64: registered: ${runner('aarch64')}, flags POCF`,
        `32-bit ARM: registered: ${runner('arm')}, flags POCF`,
        'an engine of this user runs for AArch64 and 32-bit ARM programs',
        '0',
        ...installed,
        'not registered any more; programs that run go on',
        '0',
        'not registered',
        '0',
        expect.stringMatching(/^12[67]$/),
        '',
      ],
      '',
    ])
  })

  it('says what is wrong with the command line', () => {
    const { stdout, stderr } = inOwnWorld('demotic binfmt nonsense; echo $?; demotic engine --nonsense; echo $?')
    expect([stdout, stderr]).toEqual([
      '125\n125\n',
      'demotic: binfmt takes one of: install [FOLDER], remove, status\ndemotic: engine does not know --nonsense; it knows --guest=aarch64|arm, --detach and --idle=SECONDS\n',
    ])
  })

  it('keeps argv[0], arguments, environment, exit code, signal and working directory', () => {
    const { stdout, stderr, status } = installed(`
      bash -c 'exec -a other tests/guest/bin/lives.O2 abc def'; echo $?
      cd guest-programs; ./hello; echo $?
      sh -c '../tests/guest/bin/fault-null-write.O2' > /dev/null 2>&1; echo $?`)
    expect([stdout.split('\n'), stderr, status]).toEqual([['other abc def', '21', 'Hello from AArch64.', '0', '139', ''], '', 0])
  })

  it('works in a chroot, while an engine runs; says so where none can be started', () => {
    const { stdout, stderr } = installed(`
      mkdir ${folder}/root; cp guest-programs/hello ${folder}/root
      chroot ${folder}/root /hello; echo $?
      demotic binfmt status | tail -1
      pkill -f 'demotic.cjs [e]ngine'
      while demotic binfmt status | grep -q 'an engine of this user runs'; do sleep 0.1; done
      chroot ${folder}/root /hello; echo $?
      guest-programs/hello
      chroot ${folder}/root /hello; echo $?`)
    expect(stdout).toBe(`${HELLO}0\nan engine of this user runs for AArch64 and 32-bit ARM programs\n126\n${HELLO}${HELLO}0\n`)
    expect(stderr).toMatch(
      /^demotic: no engine of this user or of root runs in this network namespace, and none can be started from here, where .* is not: .*\n$/,
    )
  })

  it('starts one engine for many programs at once, which ends when it is idle', () => {
    const { stdout, stderr } = installed(`
      pkill -f 'demotic.cjs [e]ngine'; sleep 0.3
      for i in 1 2 3 4 5 6 7 8 9 10; do guest-programs/hello & done; wait
      sleep 0.5; pgrep -c -f 'demotic.cjs [e]ngine'
      pkill -f 'demotic.cjs [e]ngine'; sleep 0.3
      demotic engine --idle=2 & engine=$!
      until demotic binfmt status | grep -q 'an engine of this user runs'; do sleep 0.1; done
      guest-programs/hello; wait $engine; echo ended $?`)
    expect([stdout, stderr]).toEqual([`${HELLO.repeat(10)}1\n${HELLO}ended 0\n`, ''])
  })

  it('ends programs when their engine is killed', () => {
    const { stdout } = installed(`
      tests/guest/bin/left-behind.O2 sleep x 2> /dev/null & program=$!
      while [ $(pgrep -c -x left-behind.O2) -lt 3 ]; do sleep 0.1; done
      pkill -9 -f 'demotic.cjs [e]ngine'; wait $program 2> /dev/null; echo $?
      while pgrep -x left-behind.O2 > /dev/null; do sleep 0.1; done; echo none`)
    expect(stdout).toBe('137\nnone\n')
  })

  it('is not impressed by what others write to the socket', () => {
    const { stdout, stderr, status } = installed(`
      ${process.execPath} tests/lib/socket-noise.mjs; echo $?
      guest-programs/hello`)
    expect([stdout, stderr, status]).toEqual([`0\n${HELLO}`, '', 0])
  })
})
