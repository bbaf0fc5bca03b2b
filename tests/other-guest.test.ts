/**
 * Programs of both guests in one tree: each is executed by one of the other, by another engine of the user (linux-user/exec-other.ts). And as binfmt_misc
 * starts them, in namespaces of their own.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { EMULATOR, ROOT } from './lib/emulator.ts'
import { inOwnWorld, noOwnWorld } from './lib/own-binfmt.ts'

const A64 = `${ROOT}tests/guest/bin/execute.O1`
const ARM = `${ROOT}tests/guest/arm/bin/execute.arm`
const THUMB = `${ROOT}tests/guest/arm/bin/execute.thumb`
const TIMEOUT_MS = 40_000

const folder = mkdtempSync(join(tmpdir(), 'demotic-other-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Exit code or signal, and what was printed. */
function run(...command: readonly string[]): readonly (string | number | null)[] {
  const [node, ...rest] = EMULATOR
  const { status, signal, stdout, stderr } = spawnSync(node!, [...rest, ...command], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, EXECUTE: 'passed on' },
  })
  return [status ?? signal, stdout, stderr]
}

const said = (machine: string, program: string, name: string): string =>
  `${machine}: 3 arguments from ${program}, exe ${name}, comm ${name}\nEXECUTE=passed on\n`

describe('a program that executes one of the other guest', () => {
  it('AArch64, 32-bit ARM', () => {
    expect(run(A64, ARM, 'exit', '7')).toEqual([7, `${said('arm', ARM, 'execute.arm')}aarch64: the child, exit 7\n`, ''])
  })

  it('Thumb, AArch64', () => {
    expect(run(THUMB, A64, 'exit', '7')).toEqual([7, `${said('aarch64', A64, 'execute.O1')}arm: the child, exit 7\n`, ''])
  })

  it('to and fro, with a signal at the end', () => {
    const ends = 'aarch64: the child, exit 0\narm: the child, exit 0\n'
    const text = `${said('arm', ARM, 'execute.arm')}aarch64: the child, signal 9\narm: the child, exit 0\n${ends}`
    expect(run(A64, THUMB, A64, ARM, A64, ARM, 'kill', '9')).toEqual([0, `${text}aarch64: the child, exit 0\n`, ''])
  })

  it('with more arguments than one message takes', () => {
    const many = Array.from({ length: 4000 }, (_, n) => `${n}`.padStart(60, 'x'))
    for (const [program, other, machine] of [
      [A64, ARM, 'arm'],
      [ARM, A64, 'aarch64'],
    ] as const) {
      const [status, text, stderr] = run(program, other, 'exit', '7', ...many)
      expect([status, String(text).split(' from ')[0], stderr]).toEqual([7, `${machine}: 4003 arguments`, ''])
    }
  })

  it('by a script, with options that its engine has, too', () => {
    const root = join(folder, 'root')
    spawnSync('mkdir', ['-p', `${root}/bin`])
    copyFileSync(ARM, `${root}/bin/arm`)
    copyFileSync(A64, `${root}/bin/a64`)
    writeFileSync(`${root}/script`, '#!/bin/arm exit\n')
    chmodSync(`${root}/script`, 0o755)
    const [status, text] = run('-L', root, '/bin/a64', '/bin/arm', '/bin/a64', '/script', '5')
    expect([status, text]).toEqual([
      0,
      'arm: 4 arguments from /bin/arm, exe arm, comm script\nEXECUTE=passed on\naarch64: the child, exit 0\narm: the child, exit 0\naarch64: the child, exit 0\n',
    ])
  })
})

const reason = existsSync(`${ROOT}dist/demotic.cjs`) ? noOwnWorld() : 'npm run build makes dist/demotic.cjs'

describe.skipIf(reason !== null)(`binfmt_misc${reason === null ? '' : ` (${reason})`}`, () => {
  it('starts programs of both, with one engine for each', () => {
    const { stdout, stderr } = inOwnWorld(`
      demotic binfmt install ${folder} > /dev/null || exit 98
      demotic binfmt status | tail -1
      export EXECUTE='passed on'
      ${A64} ${ARM} ${A64} exit 7; echo $?
      ${THUMB} ${A64} ${ARM} exit 6; echo $?
      pgrep -c -f 'demotic.cjs [e]ngine'`)
    expect([stdout, stderr]).toEqual([
      `an engine of this user runs for AArch64 and 32-bit ARM programs
${said('aarch64', A64, 'execute.O1')}arm: the child, exit 7
aarch64: the child, exit 7
7
${said('arm', ARM, 'execute.arm')}aarch64: the child, exit 6
arm: the child, exit 6
6
2
`,
      '',
    ])
  })
})
