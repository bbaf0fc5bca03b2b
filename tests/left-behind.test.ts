/**
 * Processes that outlive the program that demotic was started for: demotic ends with the program's exit code at once, and they go on, served by a
 * successor of the engine, which ends with the last of them. And processes whose engine is killed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, expect, test } from 'vitest'
import { EMULATOR, ROOT } from './lib/emulator.ts'

const PROGRAM = `${ROOT}tests/guest/bin/left-behind.O2`
const folder = mkdtempSync(`${tmpdir()}/demotic-left-`)
const LONG = 60_000
afterAll(() => rmSync(folder, { recursive: true }))

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function until(what: () => boolean, ms = 20_000): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await pause(50)) if (what()) return true
  return what()
}

/** Processes that have `mark` in their command line. */
function processes(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(mark)
      } catch {
        return false
      }
    })
}

test(
  'go on when the program has ended',
  async () => {
    const mark = `left-${process.pid}-1`
    const file = `${folder}/${mark}`
    const begun = Date.now()
    const run = spawnSync(EMULATOR[0]!, [...EMULATOR.slice(1), PROGRAM, 'daemon', file, mark], { encoding: 'utf8', timeout: LONG })
    expect({ status: run.status, stdout: run.stdout }).toEqual({ status: 7, stdout: 'begun\n' })
    expect(Date.now() - begun).toBeLessThan(15_000)
    const text = (): string => {
      try {
        return readFileSync(file, 'latin1')
      } catch {
        return ''
      }
    }
    expect(await until(() => text().includes('end')), text()).toBe(true)
    expect(text()).toBe('awake\nchild 3\nexecuted 5\nthread 49\nend\n')
    expect(await until(() => processes(mark).length === 0)).toBe(true)
  },
  LONG,
)

test(
  'end when their engine is killed',
  async () => {
    const mark = `left-${process.pid}-2`
    const child = spawn(EMULATOR[0]!, [...EMULATOR.slice(1), PROGRAM, 'sleep', mark], { stdio: 'ignore' })
    // The engine, the program, its child that sleeps and its child that computes.
    expect(await until(() => processes(mark).length === 4)).toBe(true)
    child.kill('SIGKILL')
    expect(await until(() => processes(mark).length === 0), `${processes(mark)}`).toBe(true)
  },
  LONG,
)

test(
  'end when their engine is killed, although what looks after it was killed before',
  async () => {
    const mark = `left-${process.pid}-3`
    const child = spawn(EMULATOR[0]!, [...EMULATOR.slice(1), PROGRAM, 'sleep', mark], { stdio: 'ignore' })
    expect(await until(() => processes(mark).length === 4)).toBe(true)
    const watchdogs = () =>
      readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1')
        .split(' ')
        .filter((pid) => pid !== '' && !processes(mark).includes(Number(pid)))
    const [first] = watchdogs()
    process.kill(Number(first), 'SIGKILL')
    expect(await until(() => watchdogs().length === 1 && watchdogs()[0] !== first)).toBe(true)
    // The new one has our command line until it has executed the runner.
    expect(await until(() => processes(mark).length === 4)).toBe(true)
    child.kill('SIGKILL')
    expect(await until(() => processes(mark).length === 0), `${processes(mark)}`).toBe(true)
  },
  LONG,
)
