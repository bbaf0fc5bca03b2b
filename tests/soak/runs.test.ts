/**
 * Many runs: a thousand in a row, fifty at once, runs that are killed from either side. Nothing may stay behind: no process, no file, no
 * shared memory; and no run may hang.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { EMULATOR, ROOT } from '../lib/emulator.ts'
import { leftovers, newProcesses, pause, processesOf } from '../lib/leftovers.ts'

const HELLO = `${ROOT}guest-programs/hello`
const EXECUTOR = `${ROOT}tests/diff/executor/executor`
const TIMEOUT_MS = 180_000

function run(args: readonly string[], input: 'ignore' | 'pipe' = 'ignore'): { child: ReturnType<typeof spawn>; done: Promise<string> } {
  const [program, ...rest] = [...EMULATOR, ...args, MARK]
  const child = spawn(program!, rest, { stdio: [input, 'pipe', 'pipe'] })
  let text = ''
  child.stdout!.on('data', (data: Buffer) => {
    text += data.toString()
  })
  child.stderr!.on('data', (data: Buffer) => {
    text += data.toString()
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS)
  const done = new Promise<string>((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve(`${signal ?? code} ${text}`)
    })
  })
  return { child, done }
}

/** An argument of every run, by which its processes are found: engine and runner both show it in their command line. */
const MARK = `soak-${process.pid}`

/** The runner of an engine, once there is one. */
async function runnerOf(engine: number): Promise<number> {
  for (let n = 0; n < 400; n++) {
    const children = readFileSync(`/proc/${engine}/task/${engine}/children`, 'utf8').trim()
    if (children !== '') return Number(children.split(' ')[0])
    await pause(50)
  }
  throw new Error(`engine ${engine} started no runner`)
}

async function watched(work: () => Promise<void>): Promise<void> {
  const before = processesOf(MARK)
  const files = leftovers()
  const descriptors = readdirSync('/proc/self/fd').length
  await work()
  expect(await newProcesses(MARK, before)).toEqual([])
  expect(leftovers()).toEqual(files)
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(descriptors + 3)
}

describe('runs leave nothing behind', () => {
  test('a thousand runs in a row', async () => {
    await watched(async () => {
      for (let n = 0; n < 1000; n++) {
        expect(await run([HELLO]).done, `run ${n}`).toBe('0 Hello from AArch64.\n')
        if (n % 100 === 99) console.log(`${n + 1} runs`)
      }
    })
  })

  test('fifty at once, three times', async () => {
    await watched(async () => {
      for (let round = 0; round < 3; round++) {
        const all = await Promise.all(Array.from({ length: 50 }, () => run([HELLO]).done))
        expect(new Set(all)).toEqual(new Set(['0 Hello from AArch64.\n']))
      }
    })
  })

  test('killing the engine while the guest waits', async () => {
    await watched(async () => {
      for (let n = 0; n < 20; n++) {
        const { child, done } = run([EXECUTOR], 'pipe')
        await pause(100 + 20 * n)
        child.kill('SIGKILL')
        expect(await done).toBe('SIGKILL ')
      }
    })
  })

  test('a signal to the engine ends the guest and the engine by that signal', async () => {
    await watched(async () => {
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
        const { child, done } = run([EXECUTOR], 'pipe')
        await runnerOf(child.pid!)
        await pause(500)
        child.kill(signal)
        expect(await done).toBe(`${signal} `)
      }
    })
  })

  test('killing the runner ends the engine by that signal', async () => {
    await watched(async () => {
      for (let n = 0; n < 10; n++) {
        const { child, done } = run([EXECUTOR], 'pipe')
        const runner = await runnerOf(child.pid!)
        await pause(100 * n)
        process.kill(runner, 'SIGKILL')
        expect(await done).toBe('SIGKILL ')
      }
    })
  })
})
