/**
 * The A64 table as a whole: rows do not overlap, every word of every row disassembles and makes IR that verifies, and both the text and
 * the question whether a word is allocated agree with GNU objdump. What objdump says is recorded in a64-objdump.txt; with objdump
 * installed, RECORD=1 writes it afresh.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

const RECORDED = fileURLToPath(new URL('a64-objdump.txt', import.meta.url))
const OBJDUMP = 'aarch64-linux-gnu-objdump'
const PC = 0x10000
const WORDS_A_ROW = 10

/** Words of a row, the same in every run. */
function wordsOf(row: (typeof A64.rows)[number]): number[] {
  let state = [...row.name].reduce((sum, c) => Math.imul(sum ^ c.charCodeAt(0), 0x01000193), 0x811c9dc5)
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
    return mixed ^ (mixed >>> 13)
  }
  const { mask, value } = row.pattern
  return Array.from({ length: WORDS_A_ROW }, () => ((random() & ~mask) | value) >>> 0)
}

/** Text of each word by objdump; '-' where it is unallocated. All are disassembled as if they lay at PC. */
function objdump(words: readonly number[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'objdump-'))
  try {
    const file = join(directory, 'words')
    const bytes = new DataView(new ArrayBuffer(words.length * 4))
    words.forEach((w, n) => {
      bytes.setUint32(4 * n, w, true)
    })
    writeFileSync(file, new Uint8Array(bytes.buffer))
    const options = ['-z', '-b', 'binary', '-m', 'aarch64', '-M', 'no-aliases', '-D', file]
    const lines = execFileSync(OBJDUMP, options, { encoding: 'utf8', maxBuffer: 2 ** 28 }).split('\n')
    return lines
      .filter((line) => /^\s*[0-9a-f]+:\t/.test(line))
      .map((line, n) => {
        const text = line.split('\t').slice(2).join(' ').replace(/\s+/g, ' ').trim()
        if (/^\.inst|undefined/.test(text)) return '-'
        // a branch's target as if the word lay at PC
        return text
          .replace(/ *\/\/.*$/, '')
          .replace(/(^(?:b|bl|b\.\w+|cbn?z|tbn?z|ldr|ldrsw|adrp?|prfm)\b.* )0x([0-9a-f]+)$/, (_, start: string, target: string) => {
            const isPage = text.startsWith('adrp')
            const distance = BigInt.asIntN(64, BigInt(`0x${target}`)) - BigInt(isPage ? 4 * n - ((4 * n) % 4096) : 4 * n)
            return `${start}0x${BigInt.asUintN(64, distance + BigInt(PC)).toString(16)}`
          })
      })
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Rows that print other than objdump: its way is by number where ours is by name. */
const TEXT_DIFFERS = /^(dc|ic)\.|^(hint|dmb|dsb|rmif|prfm|prfum|mrs|msr|cfinv|xaflag|axflag)/
/** Rows whose encodings that should be one or zero we ignore, as processors do, where objdump does not; and what EL0 may not execute. */
const ALLOCATION_DIFFERS = /^(ldar|ldpsw\.x|cfinv|xaflag|axflag|hvc|smc|hlt|udf|mrs|msr)/

function record(): void {
  const rows = A64.rows.filter((row) => !row.missing)
  const words = rows.flatMap(wordsOf)
  const texts = objdump(words)
  const lines = rows.flatMap((row, r) =>
    Array.from({ length: WORDS_A_ROW }, (_, k) => {
      const n = r * WORDS_A_ROW + k
      return `${row.name} ${words[n]!.toString(16).padStart(8, '0')} ${texts[n]}`
    }),
  )
  writeFileSync(RECORDED, `${lines.join('\n')}\n`)
}
if (process.env['RECORD'] !== undefined) record()

interface Line {
  readonly row: string
  readonly word: number
  readonly text: string
}
const LINES: readonly Line[] = readFileSync(RECORDED, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [row, word, ...text] = line.split(' ')
    return { row: row!, word: Number.parseInt(word!, 16), text: text.join(' ') }
  })

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
    expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([])
  })

  it('use operand formatters of one name each', () => {
    const names = FORMATTER_SETS.flatMap((set) => Object.keys(set))
    expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([])
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
