/** What the tests of row tables share: words of rows, what GNU objdump says of them, and the file in which that is recorded (RECORD=1 writes it afresh). */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A row as far as these tests know it. */
export interface TextRow {
  readonly name: string
  readonly pattern: { readonly mask: number; readonly value: number }
}

export interface Line {
  readonly row: string
  readonly word: number
  readonly text: string
}

/** Words of a row, the same in every run. */
export function randomWords({ name, pattern }: TextRow, count: number): number[] {
  let state = [...name].reduce((sum, c) => Math.imul(sum ^ c.charCodeAt(0), 0x01000193), 0x811c9dc5)
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
    return mixed ^ (mixed >>> 13)
  }
  return Array.from({ length: count }, () => ((random() & ~pattern.mask) | pattern.value) >>> 0)
}

/** What objdump prints of these bytes: addresses and texts, blanks made one. */
export function disassembled(command: string, options: readonly string[], bytes: Uint8Array): { address: number; text: string }[] {
  const directory = mkdtempSync(join(tmpdir(), 'objdump-'))
  try {
    const file = join(directory, 'words')
    writeFileSync(file, bytes)
    return execFileSync(command, ['-z', '-b', 'binary', ...options, '-D', file], { encoding: 'utf8', maxBuffer: 2 ** 28 })
      .split('\n')
      .filter((line) => /^\s*[0-9a-f]+:\t/.test(line))
      .map((line) => {
        const [address, , ...text] = line.split('\t')
        return { address: Number.parseInt(address!, 16), text: text.join(' ').replace(/\s+/g, ' ').trim() }
      })
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** The recorded lines; with RECORD they are made anew. `objdump`: the texts of words. */
export function recordedLines<R extends TextRow>(
  file: string,
  rows: readonly R[],
  wordsOf: (row: R) => readonly number[],
  objdump: (words: readonly number[]) => readonly string[],
): readonly Line[] {
  if (process.env['RECORD'] !== undefined) {
    const words = rows.flatMap((row) => wordsOf(row).map((word) => ({ row, word })))
    const texts = objdump(words.map(({ word }) => word))
    writeFileSync(file, words.map(({ row, word }, n) => `${row.name} ${hex(word)} ${texts[n]}\n`).join(''))
  }
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [row, word, ...text] = line.split(' ')
      return { row: row!, word: Number.parseInt(word!, 16), text: text.join(' ') }
    })
}

export const hex = (word: number): string => word.toString(16).padStart(8, '0')

/** Names that are there more than once. */
export function repeated(names: readonly string[]): string[] {
  return names.filter((name, n) => names.indexOf(name) !== n)
}
