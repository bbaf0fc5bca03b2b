/**
 * The Thumb tables: every word of every row makes IR that verifies and prints as GNU objdump prints it, outside of IT blocks; and instructions
 * within them print their condition. What objdump says is recorded in thumb-objdump.txt; with objdump installed, RECORD=1 writes it afresh.
 */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ARM, ROW_SETS } from '../../../src/guest/arm/index.ts'
import { pcBehind } from '../../../src/guest/arm/instruction-set.ts'
import { OP } from '../../../src/ir/ops.ts'
import { TRAP_UNDEFINED } from '../../../src/ir/ops-int.ts'
import { printRegion } from '../../../src/ir/print.ts'
import { verifyRegion } from '../../../src/ir/verify.ts'
import { lift } from '../../lib/arm-interpreter.ts'
import { disassembled, randomWords, recordedLines } from '../../lib/recorded-text.ts'

const RECORDED = fileURLToPath(new URL('thumb-objdump.txt', import.meta.url))
const OBJDUMP = 'arm-linux-gnueabihf-objdump'
const WORDS_A_ROW = 10
/** Each word lies at a multiple of this, with NOPs behind, which end what IT begins. */
const STEP = 12
const NOP = 0xbf00
const FIRST_WIDE = 0xe800
const THUMB = 1

type Row = (typeof ARM.rows)[number]
/** objdump does not know fixed point of 16 bits in half precision. */
const ROWS = [...ROW_SETS.thumb, ...ROW_SETS.thumbLiteral].filter((row) => !row.missing && !/(from|to)\.[su]16\.f16\.fixed$/.test(row.name))

/** Rows with two fields for one register. */
const REGISTER_TWICE = /^t32\.(rev|rev16|revsh|rbit|clz)$/

/** Words of a row, the same in every run. */
function wordsOf(row: Row): number[] {
  const words = randomWords(row, WORDS_A_ROW)
  return REGISTER_TWICE.test(row.name) ? words.map((word) => ((word & ~15) | ((word >>> 16) & 15)) >>> 0) : words
}

/** The text of each word by objdump, without its comments, as if all lay at address 0. */
function objdump(words: readonly number[]): string[] {
  const bytes = new DataView(new ArrayBuffer(words.length * STEP))
  words.forEach((word, n) => {
    for (let at = 0; at < STEP; at += 2) bytes.setUint16(STEP * n + at, NOP, true)
    bytes.setUint16(STEP * n, word >>> 16, true)
    if (word >>> 16 >= FIRST_WIDE) bytes.setUint16(STEP * n + 2, word & 0xffff, true)
  })
  const lines = disassembled(OBJDUMP, ['-m', 'arm', '-M', 'force-thumb'], new Uint8Array(bytes.buffer))
  const texts = new Map(lines.map(({ address, text }) => [address, text]))
  return words.map((_, n) => tidy(texts.get(STEP * n)!, STEP * n))
}

/** Branch targets are relative to the word. */
function tidy(text: string, address: number): string {
  const plain = text.replace(/\s*[;@].*$/, '')
  return plain.replace(/^((?:b|cb)\S* (?:\w+, )?)0x([0-9a-f]+)$/, (all, start: string, target: string) => {
    // BX and its like name a register.
    if (/^b(x|kpt)/.test(start)) return all
    const base = start.startsWith('blx') ? address - (address % 4) : address
    return `${start}0x${((Number.parseInt(target, 16) - base) >>> 0).toString(16)}`
  })
}

const LINES = recordedLines(RECORDED, ROWS, wordsOf, objdump)

/**
 * What objdump prints otherwise: CRC32H with a wrong register; coprocessors as those of older extensions; CPS, whose lists it separates by
 * nothing; and encodings that it takes for newer ones of the M profile, or finds unpredictable.
 */
const TEXT_DIFFERS = /^t(16|32)\.(crc32h|mcr|mrc|mrrc|cps)$/
const OTHER_TEXT = /<und|^(ldrs?[bh]t|pldw) .*\[pc|undefined|UNDEFINED|^(bf|bfl|bflx|bfcsel|bxaut|pac|aut|cls)|^it.* al$|^hlt/

function isUndefined(word: number): boolean {
  const region = lift([word], THUMB)
  const last = region.rowCount - 1
  return region.op[last] === OP['exit.trap'] && region.imm[last] === TRAP_UNDEFINED
}

/** A condition, and the IT that makes it that of the next instruction. */
const IT_EQ = 0xbf080000
const IT_NE_EQ = 0xbf140000

describe('Thumb rows', () => {
  it('are all recorded, with the words that they have', () => {
    const recorded = new Set(LINES.map((line) => `${line.row} ${line.word}`))
    expect(ROWS.filter((row) => wordsOf(row).some((word) => !recorded.has(`${row.name} ${word}`))).map((row) => row.name)).toEqual([])
  })

  it('make IR that verifies, with a condition and without', () => {
    for (const row of ROWS) {
      for (const word of wordsOf(row)) {
        for (const words of [[word], [IT_EQ, word]]) {
          const region = lift(words, THUMB)
          const problems = verifyRegion(region)
          if (problems.length > 0) expect.fail(`${row.name} ${word.toString(16)}: ${problems.join('\n')}\n${printRegion(region)}`)
        }
      }
    }
  })

  it('print as objdump does', () => {
    const different = LINES.filter(
      ({ row, word, text }) => !TEXT_DIFFERS.test(row) && !OTHER_TEXT.test(text) && ARM.disassemble(word | 0, THUMB).trim() !== text,
    )
    // What neither side gives a meaning may be printed in any way.
    const wrong = different.filter(({ word }) => !isUndefined(word))
    expect(
      wrong.map(({ row, word, text }) => `${row} ${word.toString(16)}: ${ARM.disassemble(word | 0, THUMB)}, objdump: ${text}`),
    ).toEqual([])
  })

  it('have their condition in an IT block', () => {
    const first = pcBehind(THUMB, IT_NE_EQ)
    expect(ARM.disassemble(IT_NE_EQ | 0, THUMB)).toBe('ite ne')
    expect(ARM.disassemble(0x18880000, first)).toBe('addne r0, r1, r2')
    const second = pcBehind(first, 0x18880000)
    expect(ARM.disassemble(0xeb010002 | 0, second)).toBe('addeq.w r0, r1, r2')
    expect(ARM.disassemble(0x18880000, pcBehind(second, 0xeb010002))).toBe('adds r0, r1, r2')
  })
})
