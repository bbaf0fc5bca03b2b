/**
 * System calls of several processes and threads: each program of tests/real/syscalls is built for the host and, statically, for the guest, and prints the
 * same under both. For a guest with words of 32 bits the host's is of 32 bits, too. DEMOTIC_SYSCALLS=REGEXP runs only the programs whose name matches.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../guest/programs.ts'
import { EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'
import { BUILD } from './sysroots.ts'

const TIMEOUT_MS = 120_000
const FOLDER = `${ROOT}tests/real/syscalls/`
const only = new RegExp(process.env['DEMOTIC_SYSCALLS'] ?? '')

interface Compiler {
  readonly command: string
  readonly options: readonly string[]
}

/** The second one's headers are those of the first for the same kernel. */
const HOST: Compiler = { command: 'gcc', options: [] }
const HOST_32: Compiler = { command: 'gcc', options: ['-m32', '-static', '-I/usr/include/x86_64-linux-gnu'] }
const has32 = existsSync('/usr/lib32/libc.a')

interface Guest extends Compiler {
  readonly name: string
  readonly isWide: boolean
  readonly isInstalled: boolean
  /** Programs that are another test's. */
  readonly without: RegExp
}

const GUESTS: readonly Guest[] = [
  { name: 'AArch64', command: 'aarch64-linux-gnu-gcc', options: ['-static'], isWide: true, isInstalled: true, without: /^$/ },
  // It has no PTRACE_SINGLESTEP: ptrace-arm.test.ts.
  { name: '32-bit ARM', command: 'arm-linux-gnueabihf-gcc', options: ['-static'], isWide: false, isInstalled: has32, without: /^ptrace/ },
]
/**
 * What these print does not depend on the width of words. The assembly of the first two is of x86-64; the third fails in a program of 32 bits on a kernel of 64
 * (EOVERFLOW), not on one of 32.
 */
const WIDE_HOST = /^(clone3|seccomp|directories)$/

function compile({ command, options }: Compiler, name: string, output: string): void {
  const gcc = spawnSync(command, ['-w', '-O1', ...options, '-o', output, `${FOLDER}${name}.c`, '-lrt', '-lpthread'], { encoding: 'utf8' })
  if (gcc.status !== 0) throw new Error(`${command}: ${gcc.error?.message ?? gcc.stderr.split('\n').slice(0, 5).join('\n')}`)
}

for (const guest of GUESTS) {
  const isPossible = guest.isInstalled && hasProgram(guest.command) && hasProgram('gcc')
  describe.skipIf(!isPossible)(`system calls of ${guest.name} (tests/real/install.sh has run)`, () => {
    mkdirSync(BUILD, { recursive: true })
    for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.c') && !guest.without.test(name))) {
      const name = basename(file, '.c')
      test.skipIf(!only.test(name))(
        name,
        async () => {
          const host = `${BUILD}/sys-${name}.host`
          const program = `${BUILD}/sys-${name}.guest`
          compile(guest.isWide || WIDE_HOST.test(name) ? HOST : HOST_32, name, host)
          compile(guest, name, program)
          const expected = await run([host], TIMEOUT_MS)
          const { text, stderr } = await run([...EMULATOR, program], TIMEOUT_MS)
          expect(text, stderr).toBe(expected.text)
        },
        3 * TIMEOUT_MS,
      )
    }
  })
}
