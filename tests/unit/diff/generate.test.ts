import { describe, expect, test } from 'vitest'
import { A64_SUITE } from '../../diff/a64-suite.ts'
import { caseOf, chunkOf, chunksOf, hashResults } from '../../diff/chunks.ts'
import { encodingOf, writeCase } from '../../diff/generate.ts'
import { CASE_SIZE, CASE_SP, CASE_WORDS, CASE_X, WINDOW, WINDOW_SIZE } from '../../diff/layout.ts'
import { memoryWord } from '../../diff/memory.ts'
import { encoding } from '../../diff/row.ts'
import { SAMPLE_ROWS } from '../../diff/sample-rows.ts'

const row = (name: string) => SAMPLE_ROWS.find((r) => r.name === name)!

describe('patterns', () => {
  test('give mask, value and fields', () => {
    const e = encoding(row('add.shift'))
    expect(e.mask).toBe(0x7f200000)
    expect(e.value).toBe(0x0b000000)
    expect(e.fields.map((f) => `${f.name}@${f.shift}`).join(' ')).toBe('sf@31 shift@22 rm@16 imm6@10 rn@5 rd@0')
  })
  test('must be 32 bits wide', () => {
    expect(() => encoding({ name: 'x', pattern: '0 rd:5' })).toThrow(/6 bits, not 32/)
  })
})

describe('cases', () => {
  test('are the same for the same row and index', () => {
    const [a, b] = [chunkOf(A64_SUITE, row('fmadd.scalar'), 0, [7]), chunkOf(A64_SUITE, row('fmadd.scalar'), 0, [7])]
    expect(a.bytes).toEqual(b.bytes)
    expect(a.bytes).not.toEqual(chunkOf(A64_SUITE, row('fmadd.scalar'), 0, [8]).bytes)
  })

  test.each(SAMPLE_ROWS)('$name: words are of the row, addresses in the window', (r) => {
    const view = new DataView(new ArrayBuffer(CASE_SIZE))
    const { mask, value } = encodingOf(r)
    for (let index = 0; index < 300; index++) {
      if (!writeCase(r, index, view, 0)) continue
      const words = [view.getUint32(0, true), view.getUint32(4, true)]
      const word = words.find((w) => (w & mask) >>> 0 === value)
      expect(word, `case ${index}`).toBeDefined()
      const access = ((word! >>> 25) & 5) === 4 ? memoryWord(word!) : 'avoid'
      if (typeof access === 'string' || access.index >= 0) continue
      const base = view.getBigUint64(access.base === 31 ? CASE_SP : CASE_X + 8 * access.base, true)
      const address = Number(BigInt.asUintN(64, base + BigInt(access.offset)))
      expect(address).toBeGreaterThanOrEqual(WINDOW)
      expect(address + access.size).toBeLessThanOrEqual(WINDOW + WINDOW_SIZE)
      expect(address % access.align).toBe(0)
    }
  })

  test('skip what the oracle found undefined', () => {
    const [chunk] = [...chunksOf(A64_SUITE, row('add.shift'), 1, (index) => index < 10)]
    expect(chunk!.indices[0]).toBeGreaterThanOrEqual(10)
    expect(chunk!.indices.length).toBe(25)
    const wordOf = (c: typeof chunk): number => caseOf(c!, 0).getUint32(CASE_WORDS, true)
    expect(wordOf(chunk)).toBe(wordOf(chunkOf(A64_SUITE, chunk!.row, 0, [chunk!.indices[0]!])))
  })

  test('hashes depend on every word', () => {
    const bytes = new Uint8Array(64)
    const seen = new Set([hashResults(bytes)])
    for (let i = 0; i < 64; i++) {
      bytes[i] = 1
      seen.add(hashResults(bytes))
      bytes[i] = 0
    }
    expect(seen.size).toBe(65)
  })
})
