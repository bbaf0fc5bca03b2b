/**
 * The tier-1 passes on random straight code: the IR interpreter gives the same state, memory and exit before and after them, also when
 * an access faults in the middle. Seeds are the numbers of the cases.
 */
import { describe, expect, it } from 'vitest'
import { A64 } from '../../../src/guest/a64/index.ts'
import { interpretRegion, type RegionExit } from '../../../src/ir/interpret.ts'
import { printRegion } from '../../../src/ir/print.ts'
import type { Region } from '../../../src/ir/region.ts'
import { assertValid } from '../../../src/ir/verify.ts'
import { optimise } from '../../../src/opt/pipeline.ts'
import { A64Machine, lift } from '../../lib/a64-interpreter.ts'

const CASES = 1500
const WORDS = 8
const PC = 0x10000
const WINDOW = 0x4000_0000
const WINDOW_SIZE = 4096

function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
    return (mixed ^ (mixed >>> 13)) >>> 0
  }
}

const rows = A64.rows.filter((row) => !row.missing && !/^(svc|udf|mrs|msr)/.test(row.name))

/** Words of random rows on few registers, so that they read what the others wrote. */
function randomWords(random: () => number): number[] {
  return Array.from({ length: WORDS }, () => {
    const { mask, value, fields } = rows[random() % rows.length]!.pattern
    let word = (random() & ~mask) | value
    for (const f of fields) {
      if (f.width !== 5 || random() % 8 === 0) continue
      word = (word & ~(31 << f.shift)) | ((random() % 6) << f.shift)
    }
    return word >>> 0
  })
}

function run(region: Region, seed: number): { exit: RegionExit; state: Uint8Array; window: Uint8Array; mxcsr: number } {
  const random = randomOf(seed)
  const m = new A64Machine()
  const window = Uint8Array.from({ length: WINDOW_SIZE }, random)
  m.mappings.push({ start: WINDOW, bytes: window })
  for (let at = 0; at < m.offset('nzcv'); at += 4) m.view.setUint32(at, random(), true)
  for (let n = 0; n < 32; n++) if (n % 3 !== 0) m.view.setBigUint64(8 * n, BigInt(WINDOW + 16 * (random() % 200)), true)
  m.nzcv = random()
  const exit = interpretRegion(region, m)
  return { exit, state: m.state, window, mxcsr: m.mxcsr }
}

describe('tier-1 passes', () => {
  it('do not change what random code does', () => {
    const exits: Record<string, number> = {}
    for (let seed = 0; seed < CASES; seed++) {
      const words = randomWords(randomOf(seed))
      const before = run(lift(words, PC), seed)
      const region = lift(words, PC)
      optimise(region, undefined, (pass) => assertValid(region, `${pass.name}, case ${seed}`))
      const after = run(region, seed)
      exits[before.exit.kind] = (exits[before.exit.kind] ?? 0) + 1
      const text = () => `case ${seed}: ${words.map((w, n) => A64.disassemble(w, PC + 4 * n)).join('; ')}\n${printRegion(region)}`
      if (JSON.stringify(after.exit) !== JSON.stringify(before.exit)) expect(after.exit, text()).toEqual(before.exit)
      if (after.mxcsr !== before.mxcsr) expect.fail(`MXCSR differs, ${text()}`)
      for (const part of ['state', 'window'] as const) {
        const at = before[part].findIndex((byte, n) => byte !== after[part][n])
        if (at >= 0) expect.fail(`${part} differs at byte ${at}, ${text()}`)
      }
    }
    expect(Object.keys(exits)).toEqual(expect.arrayContaining(['direct', 'fault']))
  })
})
