/**
 * Golden files: cases of guest words and the texts that are derived from them.
 *
 *   # what this case shows
 *   case NAME
 *     8b020020  add x0, x1, x2
 *   ir
 *     region 0x10000
 *     …
 *
 * Only comments, names and words are written by hand; all the rest is made (`BLESS=1 npm test` writes it). Files end in `.t`.
 */
import { readFileSync, writeFileSync } from 'node:fs'

/** Where the words of every case lie. */
export const GOLDEN_PC = 0x10000

/** How words are read. */
export interface Notation {
  /** The pc of a case's first word. */
  readonly pc: number
  disassemble(word: number, pc: number): string
  pcBehind(pc: number, word: number): number
}

/** One text of a case: its title, and how it is made from the words. */
export interface Section {
  readonly title: string
  readonly text: (words: readonly number[]) => string
}

export interface GoldenCase {
  readonly name: string
  readonly comments: readonly string[]
  readonly words: readonly number[]
}

export function parseGolden(text: string): GoldenCase[] {
  const cases: GoldenCase[] = []
  let comments: string[] = []
  let words: number[] | undefined
  for (const line of text.split('\n')) {
    const name = /^case (.+)$/.exec(line)?.[1]
    const word = /^ {2}([0-9a-f]{8})\b/.exec(line)?.[1]
    if (line.startsWith('#')) {
      comments.push(line)
    } else if (name !== undefined) {
      words = []
      cases.push({ name, comments, words })
      comments = []
    } else if (word !== undefined && words !== undefined) {
      words.push(Number.parseInt(word, 16))
    } else {
      words = undefined // a section
    }
  }
  return cases
}

export function printGolden(cases: readonly GoldenCase[], notation: Notation, sections: readonly Section[]): string {
  const indent = (text: string): string => text.trimEnd().replace(/^/gm, '  ')
  return cases
    .map((c) => {
      let { pc } = notation
      const words = c.words.map((w) => {
        const text = notation.disassemble(w, pc)
        pc = notation.pcBehind(pc, w)
        return `  ${(w >>> 0).toString(16).padStart(8, '0')}  ${text}`
      })
      const made = sections.flatMap((s) => [s.title, indent(s.text(c.words))])
      return `${[...c.comments, `case ${c.name}`, ...words, ...made].join('\n')}\n`
    })
    .join('\n')
}

/** The file as it is and as it should be; with BLESS set the file is written and the two are the same. */
export function checkGolden(path: string, notation: Notation, sections: readonly Section[]): { actual: string; expected: string } {
  const found = readFileSync(path, 'utf8')
  const expected = printGolden(parseGolden(found), notation, sections)
  if (process.env['BLESS'] === undefined) return { actual: found, expected }
  writeFileSync(path, expected)
  return { actual: expected, expected }
}
