/**
 * `node dist/bench/start.js [RUNS]`: what a start costs, beside its budget: Node's own start + 40 ms to the exit of a static hello. Runs alternate, so that a
 * machine that is busy with something else is so for all of them; the least counts as much as the median. Unset NODE_EXTRA_CA_CERTS, with which every
 * Node takes 40 ms to read certificates.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure, median, ROOT, type Run } from './commands.ts'

const BUDGET_MS = 40
const RUNS = 15

const folder = mkdtempSync(join(tmpdir(), 'demotic-start-'))
const empty = join(folder, 'empty.cjs')
writeFileSync(empty, '')
const hello = `${ROOT}guest-programs/hello`
const commands: readonly (readonly [name: string, command: readonly string[]])[] = [
  ['node, an empty file', [process.execPath, empty]],
  ['demotic hello', [process.execPath, `${ROOT}dist/demotic.cjs`, hello]],
  ['… without code cache', ['env', `XDG_CACHE_HOME=${empty}`, process.execPath, `${ROOT}dist/demotic.cjs`, hello]],
]

const runs = Number(process.argv[2] ?? RUNS)
const found = new Map<string, Run[]>(commands.map(([name]) => [name, []]))
for (let n = 0; n <= runs; n++) {
  for (const [name, command] of commands) {
    const run = measure(command)
    if (!run.ok) throw new Error(`${name} failed`)
    // The first run of all fills the caches.
    if (n > 0) found.get(name)!.push(run)
  }
}
rmSync(folder, { recursive: true })

const ms = (list: readonly number[]): string =>
  `${(median([...list]) * 1e3).toFixed(1).padStart(7)} ${(Math.min(...list) * 1e3).toFixed(1).padStart(7)}`
console.log(`${''.padEnd(24)}  wall ms, median and least   CPU ms`)
for (const [name, list] of found) console.log(`${name.padEnd(24)}  ${ms(list.map((r) => r.wall))}          ${ms(list.map((r) => r.cpu))}`)
const least = (name: string, key: 'wall' | 'cpu'): number => Math.min(...found.get(name)!.map((r) => r[key])) * 1e3
const part = (key: 'wall' | 'cpu'): number => least(commands[1]![0], key) - least(commands[0]![0], key)
const cost = Math.min(part('wall'), part('cpu'))
const verdict = cost > BUDGET_MS ? ': OVER THE BUDGET' : ''
console.log(
  `Demotic's part: ${part('wall').toFixed(1)} ms, ${part('cpu').toFixed(1)} ms of CPU on all threads; budget ${BUDGET_MS}${verdict}`,
)
