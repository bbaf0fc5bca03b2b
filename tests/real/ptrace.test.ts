/**
 * Debian's strace and gdb for arm64 as guests, on AArch64 programs: what they print where a real kernel leaves no choice. Needs tests/real/install.sh. The calls
 * of ptrace themselves are compared with the native ones in syscalls/ptrace.c.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'
import { DEBUGGERS } from './sysroots.ts'

const TIMEOUT_MS = 60_000
const WORK = `${DEBUGGERS}/work/`
const isInstalled = existsSync(`${DEBUGGERS}/usr/bin/strace`) && hasProgram('aarch64-linux-gnu-gcc')

interface Ended {
  /** Exit code, or the signal that has ended it. */
  readonly ended: number | string
  readonly stdout: string
}

function run(program: string, ...args: string[]): Ended {
  const command = [...EMULATOR.slice(1), '-L', DEBUGGERS, '-E', 'PATH=/bin:/usr/bin', '-E', 'HOME=/work', `${DEBUGGERS}${program}`, ...args]
  const { status, signal, stdout, stderr } = spawnSync(EMULATOR[0]!, command, {
    encoding: 'utf8',
    cwd: WORK,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  if (signal === 'SIGKILL') throw new Error(`${program} ${args.join(' ')} does not end: ${stdout}${stderr}`)
  return { ended: status ?? signal ?? '', stdout }
}

/** Lines of a log, in their order, somewhere among others. */
function expectLines(text: string, wanted: readonly (string | RegExp)[]): void {
  const all = text.split('\n')
  let at = 0
  for (const line of wanted) {
    const found = all.findIndex((one, n) => n >= at && (typeof line === 'string' ? one.includes(line) : line.test(one)))
    expect(found, `${line} in\n${text}`).toBeGreaterThanOrEqual(0)
    at = found + 1
  }
}

function build(name: string): string {
  const gcc = spawnSync('aarch64-linux-gnu-gcc', [
    '-g',
    '-O0',
    '-static',
    '-pthread',
    '-o',
    `${WORK}${name}`,
    `${ROOT}tests/real/debug/${name}.c`,
  ])
  if (gcc.status !== 0) throw new Error(gcc.stderr.toString())
  return `/work/${name}`
}

describe.skipIf(!isInstalled)('strace and gdb as guests (tests/real/install.sh has run)', () => {
  beforeAll(() => {
    rmSync(WORK, { recursive: true, force: true })
    mkdirSync(WORK, { recursive: true })
  })

  test('strace follows a shell with its children and signals', () => {
    const script = 'echo hi; /bin/true; (exit 3); /bin/echo a | /bin/cat; kill -USR1 $$'
    const outcome = run('/usr/bin/strace', '-f', '-o', 'log', '/bin/bash', '-c', script)
    expect(outcome).toEqual({ ended: 'SIGUSR1', stdout: 'hi\na\n' })
    const log = readFileSync(`${WORK}log`, 'latin1')
    expectLines(log, [
      /execve\("\/bin\/bash", .*\) = 0/,
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

  test('strace counts calls, and shows one', () => {
    expect(run('/usr/bin/strace', '-c', '-o', 'log', '/bin/true').ended).toBe(0)
    expectLines(readFileSync(`${WORK}log`, 'latin1'), ['% time', ' execve', 'total'])
    expect(run('/usr/bin/strace', '-e', 'trace=uname', '-o', 'log', '/bin/uname', '-m').stdout).toBe('aarch64\n')
    const lines = readFileSync(`${WORK}log`, 'latin1').trimEnd().split('\n')
    expect(lines[0]).toMatch(/^uname\(\{sysname="Linux", nodename=".*", \.\.\.\}\) = 0$/)
    expect(lines.slice(1)).toEqual(['+++ exited with 0 +++'])
  })

  test('strace -f of programs that are stopped and continued', () => {
    const inside = '(/bin/sleep 1; kill -CONT $$) & kill -STOP $$; wait; echo end'
    expect(run('/usr/bin/strace', '-f', '-o', 'log', '/bin/bash', '-c', inside)).toEqual({ ended: 0, stdout: 'end\n' })
    expectLines(readFileSync(`${WORK}log`, 'latin1'), [
      '--- SIGSTOP {si_signo=SIGSTOP',
      '--- stopped by SIGSTOP ---',
      '--- SIGCONT {si_signo=SIGCONT',
      '+++ exited with 0 +++',
    ])
    // As Ctrl-Z and fg do it: strace and what it traces are stopped and continued together.
    const traced = 'trap "echo continued" CONT; echo begin; for n in 1 2 3 4 5 6; do /bin/sleep 0.3; done; echo end'
    const shell = `set -m; /usr/bin/strace -f -o log /bin/bash -c '${traced}' & /bin/sleep 1; kill -TSTP -- -$!
      until jobs > jobs; [[ $(< jobs) == *Stopped* ]]; do /bin/sleep 0.1; done
      kill -CONT -- -$!; wait $!; echo "status $?"`
    expect(run('/bin/bash', '-c', shell)).toEqual({ ended: 0, stdout: 'begin\ncontinued\nend\nstatus 0\n' })
  })

  const gdb = (program: string, script: string): string => {
    writeFileSync(`${WORK}script`, `set pagination off\nset confirm off\nset width 0\n${script}`)
    return run('/usr/bin/gdb', '-nx', '-batch', '-x', '/work/script', program).stdout
  }

  test('gdb: breakpoints, steps, variables, calls, signals', () => {
    const text = gdb(
      build('basic'),
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
    const text = gdb(build('threads'), 'break all_ready\nrun\ninfo threads\nthread apply all bt 1\ndelete\ncontinue\n')
    expectLines(text, ['[New ', 'all_ready ()', /^\* 1 .*all_ready/, /^ {2}5 /, 'slept', 'done', 'exited normally'])
  })
})
