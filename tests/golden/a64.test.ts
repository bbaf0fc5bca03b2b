/** Golden texts of A64: disassembly and the IR that the front-end makes, which must verify and parse back. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { A64 } from '../../src/guest/a64/index.ts'
import { parseRegion } from '../../src/ir/parse.ts'
import { printRegion } from '../../src/ir/print.ts'
import { assertValid } from '../../src/ir/verify.ts'
import { lift } from '../lib/a64-interpreter.ts'
import { checkGolden, GOLDEN_PC, type Section } from './golden-file.ts'

const DIRECTORY = fileURLToPath(new URL('a64/', import.meta.url))

const SECTIONS: readonly Section[] = [
  {
    title: 'ir',
    text: (words) => {
      const region = lift(words, GOLDEN_PC)
      assertValid(region, 'lifting')
      const text = printRegion(region)
      expect(printRegion(parseRegion(text, A64.state))).toBe(text)
      return text
    },
  },
]

describe('golden texts of A64', () => {
  it.each(readdirSync(DIRECTORY).filter((name) => name.endsWith('.t')))('%s', (name) => {
    const { actual, expected } = checkGolden(DIRECTORY + name, { ...A64, pc: GOLDEN_PC }, SECTIONS)
    expect(actual).toBe(expected)
  })
})
