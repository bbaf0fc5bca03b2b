/** Region formation at tier 2: that pages may be asked for while others are served, who want regions of the same former; that a region has its first instruction. */
import { expect, it } from 'vitest'
import { A64Context } from '../../../src/guest/a64/context.ts'
import { A64 } from '../../../src/guest/a64/index.ts'
import { printRegion } from '../../../src/ir/print.ts'
import { Region } from '../../../src/ir/region.ts'
import { HotFormer } from '../../../src/translate/hot-former.ts'
import { loop, PAGE } from './two-page-loop.ts'

const HERE = 0x10000
const ELSEWHERE = 0x50000

function makeFormer(): { raw: Region; former: HotFormer<A64Context> } {
  const raw = new Region(A64.state)
  const former = new HotFormer(A64, raw)
  former.use(new A64Context(raw, former))
  return { raw, former }
}

it('a region is the same when others have been formed while its pages were asked for', () => {
  const { raw, former } = makeFormer()
  const here = loop(HERE, 3)
  const elsewhere = loop(ELSEWHERE, 60)
  expect(former.form(here.entry, here.pageOf)).toBe(true)
  const expected = printRegion(raw)
  for (const asked of [HERE, HERE + PAGE]) {
    const isFormed = former.form(here.entry, (address) => {
      if (address === asked) former.form(elsewhere.entry, elsewhere.pageOf)
      return here.pageOf(address)
    })
    expect(isFormed).toBe(true)
    expect(printRegion(raw)).toBe(expected)
  }
})

it('no page is asked for twice, nor more than four', () => {
  const { former } = makeFormer()
  const asked: number[] = []
  const far = new Uint8Array(PAGE)
  new Uint32Array(far.buffer).fill(0x14000400) // b to the next page
  former.form(HERE, (address) => {
    asked.push(address)
    return far
  })
  expect(asked).toEqual([0, 1, 2, 3].map((n) => HERE + n * PAGE))
})

it('a long way that nobody has gone yet has its first instruction: it would lead to itself', () => {
  const { raw, former } = makeFormer()
  const words = new Uint32Array(PAGE / 4)
  // tbz x0, #n, to the code behind: many ways
  for (let n = 0; n < 200; n++) words[n] = 0x36000000 | ((n % 32) << 19) | ((400 - n) << 5)
  words.fill(0x91000400, 200)
  const page = new Uint8Array(words.buffer)
  const pageOf = (address: number) => (address === HERE ? page : null)
  expect(former.form(HERE, pageOf, () => false)).toBe(true)
  expect(raw.insnCount).toBeGreaterThan(0)
})

it('no region is made of code that may not be executed', () => {
  expect(makeFormer().former.form(HERE, () => null)).toBe(false)
})
