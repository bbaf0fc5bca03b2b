/**
 * System calls of several processes and threads: each program of tests/real/syscalls is built for the host and, statically, for the guest, and prints the
 * same under both. DEMOTIC_SYSCALLS=REGEXP runs only the programs whose name matches.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../guest/programs.ts'
import { EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'
import { BUILD } from './sysroots.ts'

const TIMEOUT_MS = 120_000
const FOLDER = `${ROOT}tests/real/syscalls/`
const only = new RegExp(process.env['DEMOTIC_SYSCALLS'] ?? '')

function compile(compiler: string, name: string, output: string, options: readonly string[]): void {
  const gcc = spawnSync(compiler, ['-w', '-O1', ...options, '-o', output, `${FOLDER}${name}.c`, '-lrt', '-lpthread'], { encoding: 'utf8' })
  if (gcc.status !== 0) throw new Error(`${compiler}: ${gcc.error?.message ?? gcc.stderr.split('\n').slice(0, 5).join('\n')}`)
}

describe.skipIf(!hasProgram('aarch64-linux-gnu-gcc') || !hasProgram('gcc'))('system calls (needs both compilers)', () => {
  mkdirSync(BUILD, { recursive: true })
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.c'))) {
    const name = basename(file, '.c')
    test.skipIf(!only.test(name))(
      name,
      async () => {
        const host = `${BUILD}/sys-${name}.host`
        const guest = `${BUILD}/sys-${name}.guest`
        compile('gcc', name, host, [])
        compile('aarch64-linux-gnu-gcc', name, guest, ['-static'])
        const expected = await run([host], TIMEOUT_MS)
        const { text, stderr } = await run([...EMULATOR, guest], TIMEOUT_MS)
        expect(text, stderr).toBe(expected.text)
      },
      3 * TIMEOUT_MS,
    )
  }
})
