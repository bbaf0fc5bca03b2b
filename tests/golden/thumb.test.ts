/** Golden texts of Thumb: disassembly and the IR that the front-end makes, which must verify and parse back. Words are as rows have them. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ARM } from '../../src/guest/arm/index.ts'
import { parseRegion } from '../../src/ir/parse.ts'
import { printRegion } from '../../src/ir/print.ts'
import { assertValid } from '../../src/ir/verify.ts'
import { lift } from '../lib/arm-interpreter.ts'
import { checkGolden, GOLDEN_PC, type Section } from './golden-file.ts'

const DIRECTORY = fileURLToPath(new URL('thumb/', import.meta.url))
const THUMB_PC = GOLDEN_PC + 1

const SECTIONS: readonly Section[] = [
  {
    title: 'ir',
    text: (words) => {
      const region = lift(words, THUMB_PC)
      assertValid(region, 'lifting')
      const text = printRegion(region)
      expect(printRegion(parseRegion(text, ARM.state))).toBe(text)
      return text
    },
  },
]

describe('golden texts of Thumb', () => {
  it.each(readdirSync(DIRECTORY).filter((name) => name.endsWith('.t')))('%s', (name) => {
    const { actual, expected } = checkGolden(DIRECTORY + name, { ...ARM, pc: THUMB_PC }, SECTIONS)
    expect(actual).toBe(expected)
  })
})
