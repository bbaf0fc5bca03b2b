/**
 * What programs see when something runs out: the disk, output, processes, descriptors of the engine, addresses, memory; and when processes of a tree are
 * killed. tests/real/resources/resources.c does it and prints the same natively and under the emulator, which goes on serving the rest of the tree.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'
import { BUILD } from './sysroots.ts'

const TIMEOUT_MS = 100_000
const SOURCE = `${ROOT}tests/real/resources/resources.c`
const HOST = `${BUILD}/resources.host`
const GUEST = `${BUILD}/resources.guest`
const CGROUP = '/sys/fs/cgroup'
const MEGABYTE = 1 << 20

const isRoot = process.getuid?.() === 0
const folder = mkdtempSync(`${tmpdir()}/demotic-resources-`)
const groups: string[] = []

function compile(compiler: string, output: string, options: readonly string[]): void {
  const gcc = spawnSync(compiler, ['-w', '-O1', '-pthread', ...options, '-o', output, SOURCE], { encoding: 'utf8' })
  if (gcc.status !== 0) throw new Error(`${compiler}: ${gcc.error?.message ?? gcc.stderr.split('\n').slice(0, 5).join('\n')}`)
}

/** A control group of version 1 with these values; null where there is none. */
function group(controller: string, values: Record<string, string>): string | null {
  const path = `${CGROUP}/${controller}/demotic-test-${process.pid}-${groups.length}`
  if (!isRoot || !existsSync(`${CGROUP}/${controller}/cgroup.procs`)) return null
  mkdirSync(path)
  groups.push(path)
  for (const [name, value] of Object.entries(values)) writeFileSync(`${path}/${name}`, value)
  return path
}

/** `how` is a shell script that runs "$@". */
function shell(how: string, command: readonly string[], env: Record<string, string> = {}): { status: number | null; output: string } {
  const options = { cwd: folder, encoding: 'utf8', timeout: TIMEOUT_MS, env: { ...process.env, ...env } } as const
  const run = spawnSync('bash', ['-c', how, 'bash', ...command], options)
  return { status: run.status, output: `${run.stdout}${run.stderr}` }
}

function expectSame(how: string, args: readonly string[], env: Record<string, string> = {}): string {
  const native = shell(how, [HOST, ...args], env)
  expect(shell(how, [...EMULATOR, GUEST, ...args], env)).toEqual(native)
  return native.output
}

const joining = (path: string): string => `echo $BASHPID > ${path}/cgroup.procs && exec "$@"`

describe.skipIf(!hasProgram('aarch64-linux-gnu-gcc') || !hasProgram('gcc'))('resources (needs both compilers)', () => {
  beforeAll(() => {
    mkdirSync(BUILD, { recursive: true })
    compile('gcc', HOST, [])
    compile('aarch64-linux-gnu-gcc', GUEST, ['-static'])
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
    for (const path of groups) rmdirSync(path)
  })

  describe.skipIf(!isRoot)('the disk is full (mounts, which only root may)', () => {
    const small = (size: string, script: string): string =>
      `exec unshare -m bash -c 'mkdir -p small && mount -t tmpfs -o size=${size} none small && ${script}' bash "$@"`

    test('for the program', () => {
      expect(expectSame(small('300k', 'exec "$@"'), ['disk', 'small'])).toContain('store: BUS')
    })

    test('for what Demotic keeps', () => {
      const filled =
        'dd if=/dev/zero of=small/all bs=4k 2> /dev/null; XDG_CACHE_HOME=$PWD/small TMPDIR=$PWD/small HOME=$PWD/small exec "$@"'
      expectSame(small('16k', filled), ['family'])
    })
  })

  test('output onto a full device', () => {
    expect(expectSame('exec "$@" > /dev/full', ['output'])).toContain('write: ENOSPC')
  })

  test('output into a pipe that nobody reads', () => {
    const unread = 'exec 5> >(exec true); wait $!; "$@" 1>&5; echo $?'
    expect(expectSame(unread, ['pipe'])).toBe('141\nwrite: -1 EPIPE, signal PIPE\nwrite: -1 EPIPE\n')
  })

  test('members of a family are killed', () => {
    expectSame('exec "$@"', ['family'])
  })

  test('no more addresses', () => {
    expectSame('exec "$@"', ['addresses'])
  })

  test('no more mappings', () => {
    expectSame('exec "$@"', ['mappings'])
  })

  test('more processes with code of their own than code areas were once', () => {
    expectSame('exec "$@"', ['code', '1100'])
  })

  test('the engine has a limit of addresses', () => {
    expectSame('ulimit -v 6000000; exec "$@"', ['code', '30'])
  })

  const pids = group('pids', { 'pids.max': '40' })
  describe.skipIf(pids === null)('no more processes (control groups of version 1)', () => {
    const native = (): string => shell(joining(pids!), [HOST, 'processes']).output

    test('in a control group', () => {
      expect(native()).toContain('fork: EAGAIN after many')
      expectSame(joining(pids!), ['processes'])
      expectSame(joining(pids!), ['threads'])
    })

    test('not even the one that looks after the engine', async () => {
      // Fewer and fewer, until there is none for the program itself. Node hangs when there is none for a thread of its own, so nobody of the last
      // run may be left.
      const outputs: string[] = []
      for (let max = 40; outputs.at(-1)?.startsWith('fork') !== false && max > 0; max--) {
        writeFileSync(`${pids}/pids.max`, `${max}`)
        while (readFileSync(`${pids}/pids.current`, 'latin1') !== '0\n') await new Promise((resolve) => setTimeout(resolve, 10))
        outputs.push(shell(joining(pids!), [...EMULATOR, GUEST, 'processes']).output)
      }
      writeFileSync(`${pids}/pids.max`, '40')
      expect(outputs.pop()).toBe('demotic: the host refused to start a runner (errno 11)\n')
      const refused = 'vfork() = -EAGAIN\nposix_spawn: EAGAIN\npthread_create: '
      for (const output of outputs) expect(output.split('\n')[0]).toMatch(/^fork: EAGAIN after (many|few)$/)
      expect(outputs.pop()).toContain(`fork: EAGAIN after few\n${refused}`)
    })

    // Threads take none of what is short here.
    const withThreads = (text: string): string => text.replaceAll('pthread_create: EAGAIN\n', 'pthread_create: 0\n')

    test('no more descriptors for the engine', () => {
      const { output } = shell('ulimit -n 100; exec "$@"', [...EMULATOR, GUEST, 'processes'])
      expect(output).toBe(withThreads(native()))
    })

    test('no more slots', () => {
      expect(shell('exec "$@"', [...EMULATOR, GUEST, 'processes']).output).toBe(native())
      expect(shell('exec "$@"', [...EMULATOR, GUEST, 'threads']).output).toBe(shell(joining(pids!), [HOST, 'threads']).output)
    })
  })

  const memory = group('memory', { 'memory.limit_in_bytes': `${64 * MEGABYTE}` })
  const larger = group('memory', { 'memory.limit_in_bytes': `${600 * MEGABYTE}` })
  describe.skipIf(memory === null)('no more memory (control groups of version 1)', () => {
    test('for one process', () => {
      const output = expectSame('exec "$@"', ['memory', `${memory}/cgroup.procs`])
      expect(output).toContain('hungry: killed KILL')
      expect(readFileSync(`${memory}/memory.failcnt`, 'utf8')).not.toBe('0\n')
    })

    test('for the tree and its engine', () => {
      expectSame(joining(larger!), ['memory'])
    })
  })
})
