/**
 * The AArch32 tables as a whole: within each set rows do not overlap, names are unique, and every A32 word of every integer row disassembles as GNU objdump does.
 * What objdump says is recorded in arm-objdump.txt; with objdump installed, RECORD=1 writes it afresh.
 */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { fpA32Rows } from '../../../src/guest/arm/fp-simd.ts'
import { ARM, FORMATTER_SETS, ROW_SETS } from '../../../src/guest/arm/index.ts'
import { ambiguities } from '../../../src/guest/decoder.ts'
import { disassembled, randomWords, recordedLines, repeated } from '../../lib/recorded-text.ts'

const RECORDED = fileURLToPath(new URL('arm-objdump.txt', import.meta.url))
const OBJDUMP = 'arm-linux-gnueabihf-objdump'
/** Where each word lies: a multiple of a page. */
const STEP = 0x1000
const WORDS_A_ROW = 12
const NO_CONDITION = 15
const ALWAYS = 14

type Row = (typeof ARM.rows)[number]
const A32_ROWS = [...ROW_SETS.conditional, ...ROW_SETS.unconditional].filter((row) => !fpA32Rows.includes(row))

/** Words of a row, the same in every run; every other one is unconditional. */
function wordsOf(row: Row): number[] {
  const isConditional = row.text.startsWith('cond:4')
  return randomWords(row, WORDS_A_ROW).map((word, n) => {
    if (!isConditional) return word
    const isAlways = n % 2 === 0 || word >>> 28 === NO_CONDITION
    return isAlways ? ((word & 0x0fff_ffff) | (ALWAYS << 28)) >>> 0 : word
  })
}

/** The text of each word by objdump, without its comments. */
function objdump(words: readonly number[]): string[] {
  return words.map((word) => {
    const bytes = new Uint8Array(Uint32Array.of(word).buffer)
    const [line] = disassembled(OBJDUMP, ['-m', 'arm', `--adjust-vma=${STEP}`], bytes)
    return line!.text.replace(/\s*[;@].*$/, '')
  })
}

/**
 * What objdump prints otherwise: coprocessor registers, which it takes for those of older extensions; upper case (UXTAB16);
 * what writes PC back; CPS, whose lists it separates by nothing; SEVL, which it gives no condition.
 */
const TEXT_DIFFERS = /^(mcr|mrc|mrrc|cps|uxtab16|setend)$|\[pc.*!|^sevl/

const LINES = recordedLines(RECORDED, A32_ROWS, wordsOf, objdump)

describe('AArch32 rows', () => {
  it.each(Object.entries(ROW_SETS))('of the set %s do not overlap without an order', (_, rows) => {
    expect(ambiguities(rows).map(([a, b]) => `${a.name} and ${b.name}`)).toEqual([])
  })

  it('have names of their own', () => {
    const names = ARM.rows.map((row) => row.name)
    expect(repeated(names)).toEqual([])
  })

  it('use operand formatters of one name each', () => {
    const names = FORMATTER_SETS.flatMap((set) => Object.keys(set))
    expect(repeated(names)).toEqual([])
  })

  it('of A32 are all recorded, with the words that they have', () => {
    const recorded = new Set(LINES.map((line) => `${line.row} ${line.word}`))
    expect(A32_ROWS.filter((row) => wordsOf(row).some((word) => !recorded.has(`${row.name} ${word}`))).map((row) => row.name)).toEqual([])
  })

  it('of A32 print as objdump does', () => {
    const differ = LINES.filter(({ row, word, text }) => {
      const mine = ARM.disassemble(word | 0, STEP)
      return mine !== text && !TEXT_DIFFERS.test(row) && !TEXT_DIFFERS.test(mine)
    })
    expect(differ.map(({ row, word, text }) => `${row} ${word.toString(16)}: ${ARM.disassemble(word | 0, STEP)}, objdump ${text}`)).toEqual(
      [],
    )
  })
})
