/**
 * ptrace of 32-bit ARM programs: its own requests; what ptrace.c prints on every machine; Debian's strace and gdb for armhf as guests, on armhf programs.
 * The latter need tests/real/install.sh.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../guest/programs.ts'
import { EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'
import { builder, expectLines } from '../lib/gdb-scripts.ts'
import { ARM_DEBUGGERS } from './sysroots.ts'

const COMPILER = 'arm-linux-gnueabihf-gcc'
const TIMEOUT_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'demotic-ptrace-arm-'))
const build = builder(COMPILER, folder)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const EXPECTED = `exit 0
stop 137f
entry 857f, registers 0: r7 1 r0 1 r1 2 r2 3 ip 0 first 1 cpsr 10
words 2 0 Input/output error Input/output error
info 80: op 1 arch 40000028 at 1 1 number 1 arguments 1 3
exit 857f ip 1 first 1 result 1
breakpoint 57f signal 5 code 1 at 1
breakpoint 57f signal 5 code 1 at 1
vfp 0 d9 3ff0000000000000 set 0 regset 0 260 d31 31
general 0 72
thread area 0 1
skipped 0 0 steps Input/output error
end 500
`

describe.skipIf(!hasProgram(COMPILER) || !hasProgram('gcc')).each([
  ['A32', '-marm'],
  ['Thumb', '-mthumb'],
] as const)('ptrace of %s (needs both compilers)', (_name, set) => {
  test('has the requests of its own', async () => {
    const { text, stderr } = await run([...EMULATOR, build('requests-arm', set, '-static')], TIMEOUT_MS)
    expect(text, stderr).toBe(EXPECTED)
  })

  test.each(['ptrace', 'ptrace-stops'])(
    '%s prints what it prints natively',
    async (name) => {
      const compile = (compiler: string, output: string, ...flags: readonly string[]): string => {
        const source = `${ROOT}tests/real/syscalls/${name}.c`
        const command = ['-DNO_STEPS', '-w', '-O1', ...flags, '-o', output, source, '-lrt', '-lpthread']
        const gcc = spawnSync(compiler, command, { encoding: 'utf8' })
        if (gcc.status !== 0) throw new Error(gcc.stderr)
        return output
      }
      const expected = await run([compile('gcc', `${folder}/${name}.host`)], TIMEOUT_MS)
      const { text, stderr } = await run([...EMULATOR, compile(COMPILER, `${folder}/${name}${set}`, set, '-static')], TIMEOUT_MS)
      expect(text, stderr).toBe(expected.text)
    },
    3 * TIMEOUT_MS,
  )
})

const WORK = `${ARM_DEBUGGERS}/work/`
const isInstalled = existsSync(`${ARM_DEBUGGERS}/usr/bin/strace`) && hasProgram(COMPILER)

describe.skipIf(!isInstalled)('strace and gdb of armhf as guests (tests/real/install.sh has run)', () => {
  beforeAll(() => {
    rmSync(WORK, { recursive: true, force: true })
    mkdirSync(WORK, { recursive: true })
  })
  const guest = builder(COMPILER, WORK)

  function runGuest(program: string, ...args: string[]): { ended: number | string; stdout: string } {
    const environment = ['-E', 'PATH=/bin:/usr/bin', '-E', 'HOME=/work']
    const command = [...EMULATOR.slice(1), '-L', ARM_DEBUGGERS, ...environment, `${ARM_DEBUGGERS}${program}`, ...args]
    const { status, signal, stdout, stderr } = spawnSync(EMULATOR[0]!, command, {
      encoding: 'utf8',
      cwd: WORK,
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    if (signal === 'SIGKILL') throw new Error(`${program} ${args.join(' ')} does not end: ${stdout}${stderr}`)
    return { ended: status ?? signal ?? '', stdout }
  }

  test('strace follows a shell with its children and signals', () => {
    const script = 'echo hi; /bin/true; (exit 3); /bin/echo a | /bin/cat; kill -USR1 $$'
    const outcome = runGuest('/usr/bin/strace', '-f', '-o', 'log', '/bin/bash', '-c', script)
    expect(outcome).toEqual({ ended: 'SIGUSR1', stdout: 'hi\na\n' })
    expectLines(readFileSync(`${WORK}log`, 'latin1'), [
      /execve\("\/bin\/bash", .*\) = 0/,
      /set_tls\(0x[0-9a-f]+\)/,
      /write\(1, "hi\\n", 3\) += 3/,
      /clone\(child_stack=NULL/,
      /execve\("\/bin\/true", .*(= 0|unfinished)/,
      '+++ exited with 0 +++',
      '--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED',
      '+++ exited with 3 +++',
      /kill\(\d+, SIGUSR1\)/,
      '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER',
      '+++ killed by SIGUSR1 +++',
    ])
  })

  test('strace counts calls, shows one, gives it another result', () => {
    expect(runGuest('/usr/bin/strace', '-c', '-o', 'log', '/bin/true').ended).toBe(0)
    expectLines(readFileSync(`${WORK}log`, 'latin1'), ['% time', ' execve', 'total'])
    expect(runGuest('/usr/bin/strace', '-e', 'trace=uname', '-o', 'log', '/bin/uname', '-m').stdout).toBe('armv7l\n')
    const lines = readFileSync(`${WORK}log`, 'latin1').trimEnd().split('\n')
    expect(lines[0]).toMatch(/^uname\(\{sysname="Linux", nodename=".*", \.\.\.\}\) = 0$/)
    expect(lines.slice(1)).toEqual(['+++ exited with 0 +++'])
    const injected = runGuest('/usr/bin/strace', '-o', 'log', '-e', 'inject=uname:error=ENOSYS', '/bin/uname', '-m')
    expect(injected).toMatchObject({ ended: 1, stdout: '' })
    expectLines(readFileSync(`${WORK}log`, 'latin1'), [/uname\(.*\) += -1 ENOSYS .*\(INJECTED\)/])
  })

  const gdb = (program: string, script: string): string => {
    writeFileSync(`${WORK}script`, `set pagination off\nset confirm off\nset width 0\n${script}`)
    return runGuest('/usr/bin/gdb', '-nx', '-batch', '-x', '/work/script', program.replace(WORK, '/work/')).stdout
  }

  test.each(['-marm', '-mthumb'])('gdb: breakpoints, steps, variables, calls, signals of %s', (set) => {
    const text = gdb(
      guest('basic', set, '-static'),
      'break add\nrun\nbt\nfinish\nnext\nprint counter\nset var counter = 100\ndelete\nprint twice(4)\ncontinue\nbt\ncontinue\n',
    )
    expectLines(text, [
      'Breakpoint 1, add (a=0, b=0)',
      /^#1 .* in twice \(n=0\)/,
      'Value returned is $1 = 0',
      '$2 = 0',
      'Program received signal SIGUSR1',
      'in main (argc=1',
      'exited with code 024',
    ])
  })

  test('gdb: threads', () => {
    const text = gdb(guest('threads', '-marm', '-static'), 'break all_ready\nrun\ninfo threads\nthread apply all bt 1\ndelete\ncontinue\n')
    expectLines(text, ['[New ', 'all_ready ()', /^\* 1 .*all_ready/, /^ {2}5 /, 'slept', 'done', 'exited normally'])
  })
})
