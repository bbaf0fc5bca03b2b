/**
 * VFP and Advanced SIMD of AArch32: text, and the question whether a word is allocated, agree with GNU objdump, which takes no part in undefined ones. What
 * objdump says is recorded in arm-fp-objdump.txt; with objdump installed, RECORD=1 writes it afresh. T32's forms of the same rows print the same.
 */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { thumbTwin } from '../../../src/guest/arm/fp-rows.ts'
import { fpA32Rows } from '../../../src/guest/arm/fp-simd.ts'
import { ARM } from '../../../src/guest/arm/index.ts'
import { OP } from '../../../src/ir/ops.ts'
import { TRAP_UNDEFINED } from '../../../src/ir/ops-int.ts'
import { verifyRegion } from '../../../src/ir/verify.ts'
import { lift } from '../../lib/arm-interpreter.ts'
import { disassembled, hex, randomWords, recordedLines } from '../../lib/recorded-text.ts'

const RECORDED = fileURLToPath(new URL('arm-fp-objdump.txt', import.meta.url))
const OBJDUMP = 'arm-linux-gnueabihf-objdump'
const WORDS_A_ROW = 8
const PC = 0x10000
const ALWAYS = 0xe000_0000

type Row = (typeof fpA32Rows)[number]
/** CRC32 with a condition is something else for objdump; it does not know fixed point of 16 bits in half precision. */
const ROWS = fpA32Rows.filter((row) => !row.missing && !/^crc32|(from|to)\.[su]16\.f16\.fixed$/.test(row.name))

/** Words of a row, the same in every run; conditional ones are executed always. */
function wordsOf(row: Row): number[] {
  return randomWords(row, WORDS_A_ROW).map((word, n) => {
    return row.text.startsWith('cond:4') && (n % 2 === 0 || word >>> 28 === 15) ? ((word & 0x0fff_ffff) | ALWAYS) >>> 0 : word
  })
}

/** Text of each word by objdump; '-' where it finds no instruction. */
function objdump(words: readonly number[]): string[] {
  return disassembled(OBJDUMP, ['-m', 'arm'], new Uint8Array(Uint32Array.from(words).buffer)).map(({ text: all }) => {
    const text = all.replace(/\s*[;@] .*$/, '')
    return text === '' || /UNDEFINED|undefined|<|\.inst/.test(text) ? '-' : text
  })
}

const LINES = recordedLines(RECORDED, ROWS, wordsOf, objdump)

function isUndefined(word: number): boolean {
  const region = lift([word], PC)
  for (let row = 0; row < region.rowCount; row++) if (region.op[row] === OP['exit.trap'] && region.imm[row] === TRAP_UNDEFINED) return true
  return false
}

describe('VFP and Advanced SIMD rows', () => {
  it('are all recorded, with the words that they have', () => {
    const recorded = new Set(LINES.map((line) => `${line.row} ${line.word}`))
    expect(ROWS.filter((row) => wordsOf(row).some((word) => !recorded.has(`${row.name} ${word}`))).map((row) => row.name)).toEqual([])
  })

  it('make IR that verifies', () => {
    const problems = LINES.flatMap(({ row, word }) => verifyRegion(lift([word], PC)).map((problem) => `${row} ${hex(word)}: ${problem}`))
    expect(problems).toEqual([])
  })

  it('print as objdump does, and are undefined where it finds nothing', () => {
    const wrong = LINES.flatMap(({ row, word, text }) => {
      if (text === '-') return isUndefined(word) ? [] : [`${row} ${hex(word)} is not undefined: ${ARM.disassemble(word | 0, PC)}`]
      const mine = ARM.disassemble(word | 0, PC)
      return mine === text || isUndefined(word) ? [] : [`${row} ${hex(word)}: ${mine}, objdump ${text}`]
    })
    expect(wrong).toEqual([])
  })

  it('print the same in T32', () => {
    const byName = new Map(ROWS.map((row) => [row.name, row]))
    const wrong = LINES.flatMap(({ row, word }) => {
      const a32 = byName.get(row)!
      const isConditional = a32.text.startsWith('cond:4')
      if (isConditional && word >>> 28 !== ALWAYS >>> 28) return []
      const { mask, value } = thumbTwin(a32).pattern
      const u = (word >>> 24) & 1
      // The bits behind the first eight are the same; U of data processing lies elsewhere.
      const first = isConditional
        ? word >>> 24
        : word >>> 25 === 0b1111001
          ? 0b1110_1111 | (u << 4)
          : word >>> 24 === 0xf4
            ? 0xf9
            : word >>> 24
      const twin = ((first << 24) | (word & 0xff_ffff)) >>> 0
      if ((twin & mask) >>> 0 !== value >>> 0) return [`${row} ${hex(word)}: ${hex(twin)} is not of its T32 row`]
      const [a, t] = [ARM.disassemble(word | 0, PC), ARM.disassemble(twin | 0, PC | 1)]
      return a === t ? [] : [`${row} ${hex(word)}: ${a}, T32 ${t}`]
    })
    expect(wrong).toEqual([])
  })
})
