/**
 * The A64 table as a whole: rows do not overlap, every word of every row disassembles and makes IR that verifies, and both the text and
 * the question whether a word is allocated agree with GNU objdump. What objdump says is recorded in a64-objdump.txt; with objdump
 * installed, RECORD=1 writes it afresh.
 */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FEATURES } from '../../../src/guest/a64/features.ts'
import { A64, FORMATTER_SETS } from '../../../src/guest/a64/index.ts'
import { ambiguities } from '../../../src/guest/decoder.ts'
import { OP } from '../../../src/ir/ops.ts'
import { TRAP_UNDEFINED } from '../../../src/ir/ops-int.ts'
import { printRegion } from '../../../src/ir/print.ts'
import { verifyRegion } from '../../../src/ir/verify.ts'
import { lift } from '../../lib/a64-interpreter.ts'
import { disassembled, randomWords, recordedLines, repeated } from '../../lib/recorded-text.ts'

const RECORDED = fileURLToPath(new URL('a64-objdump.txt', import.meta.url))
const OBJDUMP = 'aarch64-linux-gnu-objdump'
const PC = 0x10000
const WORDS_A_ROW = 10

/** Words of a row, the same in every run. */
function wordsOf(row: (typeof A64.rows)[number]): number[] {
  return randomWords(row, WORDS_A_ROW)
}

/** Text of each word by objdump; '-' where it is unallocated. All are disassembled as if they lay at PC. */
function objdump(words: readonly number[]): string[] {
  const bytes = new Uint8Array(Uint32Array.from(words).buffer)
  return disassembled(OBJDUMP, ['-m', 'aarch64', '-M', 'no-aliases'], bytes).map(({ address, text }) => {
    if (/^\.inst|undefined/.test(text)) return '-'
    // a branch's target as if the word lay at PC
    return text
      .replace(/ *\/\/.*$/, '')
      .replace(/(^(?:b|bl|b\.\w+|cbn?z|tbn?z|ldr|ldrsw|adrp?|prfm)\b.* )0x([0-9a-f]+)$/, (_, start: string, target: string) => {
        const isPage = text.startsWith('adrp')
        const distance = BigInt.asIntN(64, BigInt(`0x${target}`)) - BigInt(isPage ? address - (address % 4096) : address)
        return `${start}0x${BigInt.asUintN(64, distance + BigInt(PC)).toString(16)}`
      })
  })
}

/** Rows that print other than objdump: its way is by number where ours is by name. */
const TEXT_DIFFERS = /^(dc|ic)\.|^(hint|dmb|dsb|rmif|prfm|prfum|mrs|msr|cfinv|xaflag|axflag)/
/** Rows whose encodings that should be one or zero we ignore, as processors do, where objdump does not; and what EL0 may not execute. */
const ALLOCATION_DIFFERS = /^(ldar|ldpsw\.x|cfinv|xaflag|axflag|hvc|smc|hlt|udf|mrs|msr)/

const LINES = recordedLines(
  RECORDED,
  A64.rows.filter((row) => !row.missing),
  wordsOf,
  objdump,
)

function isUndefined(word: number): boolean {
  const region = lift([word], PC)
  return region.op[0] === OP['exit.trap'] && region.imm[0] === TRAP_UNDEFINED
}

describe('A64 rows', () => {
  it('do not overlap without an order', () => {
    expect(ambiguities(A64.rows).map(([a, b]) => `${a.name} and ${b.name}`)).toEqual([])
  })

  it('have names of their own', () => {
    const names = A64.rows.map((row) => row.name)
    expect(repeated(names)).toEqual([])
  })

  it('use operand formatters of one name each', () => {
    const names = FORMATTER_SETS.flatMap((set) => Object.keys(set))
    expect(repeated(names)).toEqual([])
  })

  it('make IR that verifies', () => {
    for (const row of A64.rows) {
      for (const word of wordsOf(row)) {
        const region = lift([word], PC)
        const problems = verifyRegion(region)
        if (problems.length > 0) expect.fail(`${row.name} ${word.toString(16)}: ${problems.join('\n')}\n${printRegion(region)}`)
      }
    }
  })

  it('disassemble as objdump does', () => {
    const different = LINES.filter((line) => line.text !== '-' && !TEXT_DIFFERS.test(line.row))
      .map((line) => ({ ...line, mine: A64.disassemble(line.word, PC).trim() }))
      .filter((line) => line.mine !== line.text)
      .map((line) => `${line.row} ${line.word.toString(16)}: ${line.mine}, objdump: ${line.text}`)
    expect(different).toEqual([])
  })

  it('allocate the words that objdump allocates', () => {
    const different = LINES.filter((line) => !ALLOCATION_DIFFERS.test(line.row) && isUndefined(line.word) !== (line.text === '-'))
    expect(different).toEqual([])
  })
})

describe('features', () => {
  it('are announced when their rows are there', () => {
    const bits = BigInt(A64.hwcap) | (BigInt(A64.hwcap2) << 32n)
    const names = FEATURES.filter((f) => (bits >> BigInt(f.bit)) & 1n).map((f) => f.name)
    expect(names).toEqual(expect.arrayContaining(['FP', 'CRC32', 'LSE', 'CPUID', 'LRCPC2', 'FlagM2']))
  })
})
