/** What is true of engine and runner as processes: what the guest inherits, how both end, what is left behind. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { hiddenFdsBase, openImageFile } from '../../../src/host/spawn.ts'
import { SYS } from '../../../src/runtime/host-kernel.ts'
import { BOOT_FAILED } from '../../../src/runtime/image.ts'
import { HIDDEN_COUNT } from '../../../src/runtime/layout.ts'
import { createEngine, nextDeath } from './lib.ts'

const ROOT = new URL('../../../', import.meta.url).pathname
const CHILD = ['--import', `${ROOT}tests/lib/typescript.mjs`, `${ROOT}tests/unit/host/child.ts`]

interface Started {
  readonly child: ChildProcess
  readonly runner: number
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function start(
  mode: string,
  options: { env?: NodeJS.ProcessEnv; detached?: boolean; extra?: number; shell?: string } = {},
): Promise<Started> {
  const stdio = ['ignore', 'pipe', 'inherit', ...(options.extra === undefined ? [] : [options.extra])] as const
  const argv = [process.execPath, ...CHILD, ...mode.split(' ')]
  const command = options.shell === undefined ? argv : ['sh', '-c', `${options.shell}; exec "$@"`, 'sh', ...argv]
  const child = spawn(command[0]!, command.slice(1), {
    cwd: '/tmp',
    stdio: [...stdio],
    env: { ...process.env, ...options.env },
    detached: options.detached ?? false,
  })
  children.push(child)
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.on('exit', (code, signal) => resolve({ code, signal })),
  )
  let text = ''
  const runner = await new Promise<number>((resolve, reject) => {
    child.stdout!.on('data', (data) => {
      text += data
      if (text.includes('\n')) resolve(Number(text))
    })
    void ended.then((how) => reject(new Error(`the child ended: ${JSON.stringify(how)}`)))
  })
  return { child, runner, ended }
}

function status(pid: number, field: string): string {
  return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
}

async function gone(pid: number): Promise<boolean> {
  for (let n = 0; n < 200; n++) {
    try {
      if (status(pid, 'State').startsWith('Z')) return true
    } catch {
      return true
    }
    await sleep(10)
  }
  return false
}

async function inState(pid: number, state: string): Promise<boolean> {
  for (let n = 0; n < 200; n++) {
    if (status(pid, 'State').startsWith(state)) return true
    await sleep(10)
  }
  return false
}

function fdsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/fd`)
    .map(Number)
    .sort((a, b) => a - b)
}

/** Descriptors that this process leaks to every child, besides what `start` gives. */
const leaked = fdsOfChild().filter((fd) => fd > 3)
function fdsOfChild(): number[] {
  const text = spawnSync('sh', ['-c', 'for f in /proc/$$/fd/*; do echo "$f"; done'], { encoding: 'utf8' }).stdout
  const shells = (fd: number) => fd >= 10 && fd <= 12
  return Array.from(text.matchAll(/\d+$/gm), ([fd]) => Number(fd)).filter((fd) => !shells(fd))
}

const sorted = (fds: number[]) => fds.sort((a, b) => a - b)
const hidden = (base: number) => Array.from({ length: HIDDEN_COUNT }, (_, n) => base + n)

test.each([
  ['exit 0', { code: 0, signal: null }],
  ['exit 77', { code: 77, signal: null }],
  ['die 15', { code: null, signal: 'SIGTERM' }],
  ['die 11', { code: null, signal: 'SIGSEGV' }],
  ['die 9', { code: null, signal: 'SIGKILL' }],
])('the engine ends like its guest: %s', async (mode, how) => {
  expect(await (await start(mode)).ended).toEqual(how)
})

test.each(['spin', 'pause', 'order', 'busy'])('kill -9 of the engine leaves no runner: %s', async (mode) => {
  const { child, runner } = await start(mode)
  child.kill('SIGKILL')
  expect(await gone(runner)).toBe(true)
})

test.each(['spin', 'pause', 'order'])('kill -9 of the runner ends the engine alike: %s', async (mode) => {
  const { runner, ended } = await start(mode)
  process.kill(runner, 'SIGKILL')
  expect(await ended).toEqual({ code: null, signal: 'SIGKILL' })
})

test.each([
  ['spin', 'SIGTERM'],
  ['pause', 'SIGHUP'],
  ['order', 'SIGTERM'],
  ['order', 'SIGUSR1'],
  ['pause', 'SIGINT'],
  ['spin', 'SIGALRM'],
] as const)('a signal to the engine reaches the guest: %s %s', async (mode, signal) => {
  const { child, runner, ended } = await start(mode)
  child.kill(signal)
  expect(await ended).toEqual({ code: null, signal })
  expect(await gone(runner)).toBe(true)
})

test('a signal to the process group ends both once', async () => {
  const { child, runner, ended } = await start('pause', { detached: true })
  process.kill(-child.pid!, 'SIGINT')
  expect(await ended).toEqual({ code: null, signal: 'SIGINT' })
  expect(await gone(runner)).toBe(true)
})

/** Does this signal stop a process of our group? Not from a terminal when nobody is there to continue it. */
async function isStopped(signal: NodeJS.Signals): Promise<boolean> {
  const probe = spawn('sleep', ['60'], { stdio: 'ignore' })
  probe.kill(signal)
  const result = await inState(probe.pid!, 'T')
  probe.kill('SIGKILL')
  return result
}

test('the engine stops with its guest and continues with it', async () => {
  const { child, runner, ended } = await start('pause')
  process.kill(runner, 'SIGSTOP')
  expect(await inState(child.pid!, 'T')).toBe(true)
  child.kill('SIGCONT')
  expect(await inState(runner, 'S')).toBe(true)
  expect(await inState(child.pid!, 'S')).toBe(true)
  if (await isStopped('SIGTSTP')) {
    child.kill('SIGTSTP')
    expect(await inState(runner, 'T')).toBe(true)
    expect(await inState(child.pid!, 'T')).toBe(true)
    child.kill('SIGCONT')
    expect(await inState(runner, 'S')).toBe(true)
  } else console.log('SIGTSTP was not tried: our process group is orphaned, so that the kernel does not stop it')
  child.kill('SIGTERM')
  expect(await ended).toEqual({ code: null, signal: 'SIGTERM' })
})

test('the guest has the descriptors, directory, group, limits and name that it should, and nothing else', async () => {
  const { child, runner } = await start('pause', {
    extra: openSync('/dev/null', 'r'),
    shell: 'umask 027; ulimit -c 0; ulimit -S -s 4096; exec 7</dev/zero',
  })
  expect(fdsOf(runner)).toEqual(sorted([0, 1, 2, 3, 7, ...leaked, ...hidden(1000)]))
  expect(readlinkSync(`/proc/${runner}/cwd`)).toBe('/tmp')
  expect(readFileSync(`/proc/${runner}/environ`, 'utf8')).toBe('')
  expect(readFileSync(`/proc/${runner}/comm`, 'utf8')).toBe('guest\n')
  expect(status(runner, 'Umask')).toBe('0027')
  expect(readFileSync(`/proc/${runner}/limits`, 'utf8')).toBe(readFileSync(`/proc/${child.pid}/limits`, 'utf8'))
  const group = (pid: number) =>
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
      .slice(2, 5)
  expect(group(runner)).toEqual(group(child.pid!))
  const maps = readFileSync(`/proc/${runner}/maps`, 'utf8').trim().split('\n')
  const mapped = maps.map((line) => line.replace(/\s+/g, ' ').split(' '))
  expect(
    mapped.filter(([range]) => !range!.startsWith('ffffffff')).map(([, protection, , , , ...name]) => `${protection} ${name.join(' ')}`),
  ).toEqual([
    'r-xp /memfd:demotic-runner (deleted)',
    'rw-s /memfd:demotic-control (deleted)',
    'rw-s /memfd:demotic-control (deleted)',
    'r-xs /memfd:demotic-code (deleted)',
  ])
  child.kill('SIGKILL')
})

test('signals that the caller ignored or blocked stay so, all others are as at a fresh start', async () => {
  const plain = await start('pause', { env: { DEMOTIC_CALLER: '0 0 -' } })
  expect([status(plain.runner, 'SigIgn'), status(plain.runner, 'SigBlk')]).toEqual(['0000000000000000', '0000000000000000'])
  plain.child.kill('SIGKILL')
  const special = await start('pause', { env: { DEMOTIC_CALLER: '0000000200011001 0000008000000200 -' } })
  expect([status(special.runner, 'SigIgn'), status(special.runner, 'SigBlk')]).toEqual(['0000000200011001', '0000008000000200'])
  special.child.kill('SIGKILL')
  const parents = await start('pause', { shell: 'trap \'\' HUP; "$@"; exit' })
  expect(status(parents.runner, 'SigIgn')).toBe('0000000000000001')
  process.kill(parents.runner, 'SIGKILL')
})

test('limits of open files below 1,000', async () => {
  const low = await start('pause', { shell: 'ulimit -n 64' })
  expect(fdsOf(low.runner)).toEqual(sorted([0, 1, 2, ...leaked, ...hidden(64 - HIDDEN_COUNT)]))
  low.child.kill('SIGKILL')
  const soft = await start('pause', { env: { DEMOTIC_CALLER: '- - 300' } })
  expect(readFileSync(`/proc/${soft.runner}/limits`, 'utf8')).toMatch(/Max open files +300 /)
  expect(fdsOf(soft.runner)).toEqual(sorted([0, 1, 2, ...leaked, ...hidden(300 - HIDDEN_COUNT)]))
  soft.child.kill('SIGKILL')
})

test('hidden descriptors keep clear of those of the caller', () => {
  expect(hiddenFdsBase(2000, [0, 1, 2])).toBe(1000)
  expect(hiddenFdsBase(2000, [1002, 1000, 998, 5])).toBe(998 - HIDDEN_COUNT)
  expect(hiddenFdsBase(64, [63])).toBe(63 - HIDDEN_COUNT)
  expect(() => hiddenFdsBase(10, [0, 1, 2])).toThrow('too low')
})

test('a file size limit does not stop the engine', async () => {
  const { child, runner } = await start('pause', { shell: 'ulimit -S -f 8' })
  expect(readFileSync(`/proc/${runner}/limits`, 'utf8')).toMatch(/Max file size +(4096|8192) /)
  child.kill('SIGKILL')
})

test('a host that does not execute memory: the runner is an unnamed file', () => {
  const fd = openImageFile()
  expect(readlinkSync(`/proc/self/fd/${fd}`)).toMatch(/\(deleted\)$/)
  expect(spawnSync(`/proc/${process.pid}/fd/${fd}`).status).toBe(BOOT_FAILED)
  closeSync(fd)
})

test('one CPU', () => {
  const result = spawnSync('taskset', ['-c', '0', process.execPath, ...CHILD, 'exit', '5'], { encoding: 'utf8' })
  if (result.error !== undefined) return
  expect([result.status, result.stderr]).toEqual([5, ''])
})

test('200 runners leave nothing behind', () => {
  const engine = createEngine()
  // Anonymous private memory is V8's heap, which grows and shrinks as it likes.
  const mappings = () =>
    readFileSync('/proc/self/maps', 'utf8')
      .split('\n')
      .filter((line) => !/ (rw-p|---p) 00000000 00:00 0 *$/.test(line))
  const count = () => [readdirSync('/proc/self/fd').length, mappings().length, engine.processCount]
  const one = () => {
    const thread = engine.spawn()
    thread.syscall(SYS.getpid)
    thread.exit(1)
    expect(nextDeath(engine).exitCode).toBe(1)
  }
  for (let n = 0; n < 20; n++) one()
  const before = count()
  const startTime = performance.now()
  for (let n = 0; n < 200; n++) one()
  console.log(`${((performance.now() - startTime) / 200).toFixed(2)} ms for spawn, hello and exit`)
  const after = count()
  expect([after[0], after[2]]).toEqual([before[0], 0])
  expect(after[1]! - before[1]!).toBeLessThan(8)
  // 30 at once
  const threads = Array.from({ length: 30 }, () => engine.spawn())
  for (const thread of threads) thread.syscall(SYS.getpid)
  for (const thread of threads) thread.exit(2)
  for (const _ of threads) expect(nextDeath(engine).exitCode).toBe(2)
  engine.close()
})

test('a child that has gone before its parent knows its number gives its slot back once', () => {
  const engine = createEngine()
  const parent = engine.spawn()
  parent.syscall(SYS.getpid)
  const addChild = () => engine.addThread(parent, false, engine.code)!
  // As where SIGCHLD is ignored: nothing has this number any more.
  engine.unpin(addChild(), spawnSync('true').pid)
  const slots = [addChild(), addChild()].map(({ slot }) => slot.index)
  expect(slots[0]).not.toBe(slots[1])
  engine.close()
})
