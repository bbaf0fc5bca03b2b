/** Translations on disk: later runs use them and behave alike; what is damaged, of others, or of another version of the program is not used. */
import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs' // biome-ignore format: a list
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { STORE_ENDING } from '../../../linux-user/code-store.ts'
import { ROOT } from '../../lib/emulator.ts'

const COMMAND = `${ROOT}dist/demotic.cjs`
const PROGRAM = `${ROOT}tests/guest/bin/compiled.O2`
/** Longer than what counts as changed just now. */
const SETTLED_MS = 150

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demotic-store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

interface Ran {
  readonly outcome: { readonly status: number | null; readonly signal: string | null; readonly stdout: string; readonly stderr: string }
  readonly regions: number
}

const cache = (): string => join(folder, 'cache')
const files = (): string[] => (existsSync(cache()) ? readdirSync(cache()).filter((name) => name.endsWith(STORE_ENDING)) : [])
const stored = (): string => join(cache(), files()[0]!)

function run(program: string, options: readonly string[] = ['--cache', cache()]): Ran {
  const stats = join(folder, 'stats')
  rmSync(stats, { force: true })
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...options, program], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, DEMOTIC_STATS: stats },
    timeout: 60_000,
  })
  const regions = existsSync(stats) ? (JSON.parse(readFileSync(stats, 'utf8')) as { regions: number }).regions : -1
  return { outcome: { status, signal, stdout, stderr }, regions }
}

/** Without what differs between any two runs. */
const settled = ({ outcome }: Ran): Ran['outcome'] => ({ ...outcome, stdout: outcome.stdout.replace(/\b(pid|tid) \d+/g, '$1') })

describe('translations on disk', () => {
  it('spare later runs the translating', () => {
    const first = run(PROGRAM)
    expect(first.outcome.status).toBe(0)
    expect(files()).toHaveLength(1)
    expect(statSync(stored()).mode & 0o777).toBe(0o600)
    expect(statSync(cache()).mode & 0o777).toBe(0o700)
    const second = run(PROGRAM)
    expect(second.outcome).toEqual(first.outcome)
    expect(first.regions).toBeGreaterThan(100)
    expect(second.regions).toBeLessThan(first.regions / 20)
  })

  it('are not kept by --cache 0, nor used by runs that look at translation', () => {
    run(PROGRAM, ['--cache', '0'])
    expect(files()).toEqual([])
    run(PROGRAM)
    for (const options of [['--tier', '1'], ['--tier', '2'], ['--verify'], ['--host-cpu', 'x86-64-v2']])
      expect(run(PROGRAM, ['--cache', cache(), ...options]).regions, options.join(' ')).toBeGreaterThan(50)
  })

  for (const name of ['smc.O1', 'smc-neighbours.O1', 'hot.O1', 'signal-fault.O2', 'signal-timer.O2', 'exclusives.O1', 'lives.O2', 'fp-compiled.O2', 'fault-null-call.O2', 'simd-wide.O1', 'crypto.O2']) // biome-ignore format: a list
    it(`change nothing of ${name}`, { timeout: 60_000 }, () => {
      const program = `${ROOT}tests/guest/bin/${name}`
      const without = settled(run(program, ['--cache', '0']))
      for (let n = 0; n < 3; n++) expect(settled(run(program))).toEqual(without)
    })

  it('have nothing of code that was written at run time', { timeout: 60_000 }, () => {
    const program = `${ROOT}tests/guest/bin/smc-neighbours.O1`
    const first = run(program)
    // 1,200 functions are written; without what is kept of those beside them it would be ten times as much.
    expect(first.regions).toBeLessThan(4000)
    expect(statSync(stored()).size).toBeLessThan(200_000)
    const { mtimeMs } = statSync(stored())
    expect(run(program).outcome).toEqual(first.outcome)
    expect(statSync(stored()).mtimeMs).toBe(mtimeMs)
  })

  it('are of one version of a file', { timeout: 60_000 }, async () => {
    const program = join(folder, 'program')
    copyFileSync(PROGRAM, program)
    chmodSync(program, 0o755)
    await setTimeout(SETTLED_MS)
    const first = run(program)
    expect(run(program).regions).toBeLessThan(20)
    // In place: the same inode.
    writeFileSync(program, readFileSync(`${ROOT}tests/guest/bin/int-arith.O2`))
    await setTimeout(SETTLED_MS)
    const other = run(program)
    expect(other.outcome).toEqual(run(`${ROOT}tests/guest/bin/int-arith.O2`, ['--cache', '0']).outcome)
    expect(other.outcome).not.toEqual(first.outcome)
    appendFileSync(program, 'x')
    await setTimeout(SETTLED_MS)
    expect(run(program).regions).toBeGreaterThan(100)
  })

  it('of a file that was just written are not kept', () => {
    const program = join(folder, 'program')
    copyFileSync(PROGRAM, program)
    chmodSync(program, 0o755)
    // The engine takes longer than that to start; a file that is written to while it runs is fresh.
    const { status } = spawnSync(process.execPath, ['-e', FRESH, program, COMMAND, cache()], { encoding: 'utf8', timeout: 60_000 })
    expect(status).toBe(0)
    expect(files()).toEqual([])
  })

  it('that are damaged, or whose file others may write, are not used but replaced', { timeout: 120_000 }, () => {
    const first = run(PROGRAM)
    const size = statSync(stored()).size
    const damage: readonly (() => void)[] = [
      () => truncateSync(stored(), size - 8),
      () => truncateSync(stored(), 10),
      () => truncateSync(stored(), 0),
      () => {
        const bytes = readFileSync(stored())
        bytes[size >> 1]! ^= 1
        writeFileSync(stored(), bytes)
      },
      () => writeFileSync(stored(), 'nonsense'.repeat(1000)),
      () => chmodSync(stored(), 0o622),
    ]
    for (const [n, harm] of damage.entries()) {
      harm()
      const damaged = run(PROGRAM)
      expect(damaged.outcome, `${n}`).toEqual(first.outcome)
      expect(damaged.regions, `${n}`).toBeGreaterThan(100)
      expect(run(PROGRAM).regions, `${n}`).toBeLessThan(20)
    }
  })

  it('that cannot be written are done without', () => {
    for (const place of ['/proc/none/x', '/dev/null/x', '/sys']) {
      const { outcome } = run(PROGRAM, ['--cache', place])
      expect(outcome.status).toBe(0)
      expect(outcome.stderr).toBe('')
    }
  })
})

/** Touches argv[1] every 20 ms while demotic argv[2] runs it with the cache argv[3]. */
const FRESH = `
const { spawn } = require('node:child_process'), { utimesSync } = require('node:fs')
const [program, command, cache] = process.argv.slice(1)
const timer = setInterval(() => utimesSync(program, new Date(), new Date()), 20)
spawn(process.execPath, [command, '--cache', cache, program], { stdio: 'ignore' }).on('close', (code) => { clearInterval(timer); process.exitCode = code })
`
