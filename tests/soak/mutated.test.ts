/** Programs with random bytes of their headers and code changed: each ends by itself, with a sentence or as a guest does, never by a fault of ours. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, expect, test } from 'vitest'
import { Random } from '../diff/random.ts'
import { EMULATOR, ROOT } from '../lib/emulator.ts'

const folder = mkdtempSync(`${tmpdir()}/demotic-bad-mutated-`)
afterAll(() => rmSync(folder, { recursive: true }))
const good = readFileSync(`${ROOT}guest-programs/tour`)
const HEADERS = 64 + 56 * good.readUInt16LE(56)
const RUNS = Number(process.env['DEMOTIC_MUTATIONS'] ?? 400)
const TIMEOUT_MS = 10_000

test(`${RUNS} mutated programs`, () => {
  const bad: string[] = []
  for (let n = 0; n < RUNS; n++) {
    const r = new Random('mutated', n)
    const bytes = Buffer.from(good)
    const limit = r.oneIn(3) ? bytes.length : HEADERS
    for (let k = 1 + r.below(4); k > 0; k--) bytes[r.below(limit)] = r.pick([0, 1, 0x7f, 0x80, 0xff, r.below(256)])
    const path = `${folder}/program`
    writeFileSync(path, r.oneIn(10) ? bytes.subarray(0, r.below(bytes.length)) : bytes)
    chmodSync(path, 0o755)
    const [program, ...args] = [...EMULATOR, path]
    const run = spawnSync(program!, args, { encoding: 'latin1', timeout: TIMEOUT_MS, killSignal: 'SIGKILL' })
    const isSentence = run.status === 126 || run.status === 127
    const isOurs =
      /internal error|\bat \S+:\d|demotic: .*\n[\s\S]*demotic: /.test(run.stderr) || (isSentence && !/^demotic: [^\n]+\n$/.test(run.stderr))
    if (isOurs) bad.push(`mutation ${n}: ${run.status ?? run.signal}: ${run.stderr.slice(0, 300)}`)
    // a program whose code was changed may well run for ever; one with changed headers may, too, but must be killable
  }
  expect(bad).toEqual([])
})
