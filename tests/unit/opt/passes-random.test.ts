/**
 * The passes of tier 1 on random straight code, and those of tier 2 on random loops: the IR interpreter gives the same state, memory and exit
 * before and after them, also when an access faults in the middle. Seeds are the numbers of the cases.
 */
import { describe, expect, it } from 'vitest'
import { A64Context } from '../../../src/guest/a64/context.ts'
import { A64 } from '../../../src/guest/a64/index.ts'
import { OP } from '../../../src/ir/ops.ts'
import { printRegion } from '../../../src/ir/print.ts'
import { Region } from '../../../src/ir/region.ts'
import { assertValid } from '../../../src/ir/verify.ts'
import { optimise, optimiseHot } from '../../../src/opt/pipeline.ts'
import { PROMOTED } from '../../../src/opt/promote.ts'
import { HotFormer } from '../../../src/translate/hot-former.ts'
import { lift } from '../../lib/a64-interpreter.ts'
import { PC, randomLoops, randomOf, randomWords, run } from '../../lib/random-a64.ts'

const CASES = 1500
const WORDS = 8
const LOOP_WORDS = 40

function expectSame(before: ReturnType<typeof run>, after: ReturnType<typeof run>, text: () => string): void {
  if (JSON.stringify(after.exit) !== JSON.stringify(before.exit)) expect(after.exit, text()).toEqual(before.exit)
  if (after.mxcsr !== before.mxcsr) expect.fail(`MXCSR differs, ${text()}`)
  for (const part of ['state', 'window'] as const) {
    const at = before[part].findIndex((byte, n) => byte !== after[part][n])
    if (at >= 0) expect.fail(`${part} differs at byte ${at}, ${text()}`)
  }
}

describe('tier-1 passes', () => {
  it('do not change what random code does', () => {
    const exits: Record<string, number> = {}
    for (let seed = 0; seed < CASES; seed++) {
      const words = randomWords(randomOf(seed), WORDS)
      const before = run(lift(words, PC), seed)
      const region = lift(words, PC)
      optimise(region, undefined, (pass) => assertValid(region, `${pass.name}, case ${seed}`))
      const after = run(region, seed)
      exits[before.exit.kind] = (exits[before.exit.kind] ?? 0) + 1
      const text = () => `case ${seed}: ${words.map((w, n) => A64.disassemble(w, PC + 4 * n)).join('; ')}\n${printRegion(region)}`
      expectSame(before, after, text)
    }
    expect(Object.keys(exits)).toEqual(expect.arrayContaining(['direct', 'fault']))
  })
})

describe('tier-2 passes', () => {
  it.each([
    ['loops', false],
    ['loops with calls', true],
  ])('do not change what random %s do', (_, hasCalls) => {
    const exits: Record<string, number> = {}
    let loops = 0
    let returns = 0
    const raw = new Region(A64.state)
    const region = new Region(A64.state)
    const former = new HotFormer(A64, raw)
    former.use(new A64Context(raw, former))
    for (let seed = 0; seed < CASES; seed++) {
      const words = randomLoops(randomOf(seed), LOOP_WORDS, hasCalls)
      const page = new Uint8Array(4096)
      new Uint32Array(page.buffer).set(words)
      const form = () => former.form(PC, (address) => (address === PC ? page : null))
      if (!form()) continue
      assertValid(raw, `forming, case ${seed}`)
      for (let row = 0; row < raw.rowCount; row++) if (raw.op[row] === OP.icmp && isGuard(raw, row)) returns++
      const before = run(raw, seed)
      form()
      if (optimiseHot(raw, region, seed % 2 === 0 ? 16 : 32, (of, pass) => assertValid(of, `${pass}, case ${seed}`)) !== PROMOTED) continue
      const after = run(region, seed)
      exits[before.exit.kind] = (exits[before.exit.kind] ?? 0) + 1
      for (let row = 0; row < region.rowCount; row++) if (region.op[row] === OP.param) loops++
      const text = () =>
        `case ${seed}: ${words.map((w, n) => A64.disassemble(w, PC + 4 * n)).join('; ')}\n${printRegion(raw)}\n${printRegion(region)}`
      expectSame(before, after, text)
    }
    expect(Object.keys(exits)).toEqual(expect.arrayContaining(['direct', 'fault']))
    expect(loops).toBeGreaterThan(CASES)
    if (hasCalls) expect(returns).toBeGreaterThan(CASES / 4)
  })
})

/** Does the row compare a return address with where a call of the region goes on? */
function isGuard(region: Region, row: number): boolean {
  const known = region.b[row]!
  return region.op[known] === OP.const && region.imm[known]! > PC && region.imm[known]! <= PC + 4 * LOOP_WORDS
}
