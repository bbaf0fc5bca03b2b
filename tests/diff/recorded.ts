/**
 * The recorded oracle: one text file a chapter, one line a row:
 *
 *   name  pattern-hash  undefined-indices  hash hash hash …
 *
 * `undefined-indices` is '-' or runs of indices the oracle found UNDEFINED ('3,17-19'); a row without hashes has no
 * case that can run, and its reason stands in the third column.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hashText } from './random.ts'
import type { Row } from './row.ts'
import type { Suite } from './suite.ts'

export interface Recorded {
  readonly name: string
  readonly pattern: string
  /** Indices that the oracle refuses. */
  readonly undefinedIndices: ReadonlySet<number>
  readonly hashes: readonly string[]
  /** Why there are no hashes, or ''. */
  readonly reason: string
  /** The line as it stands in the file. */
  readonly line: string
}

export function patternHash(row: Row): string {
  return hashText(row.pattern.replace(/\s+/g, ' ').trim()).toString(16).padStart(8, '0')
}

function formatIndices(indices: readonly number[]): string {
  const runs: string[] = []
  for (let i = 0; i < indices.length; i++) {
    const first = indices[i]!
    while (i + 1 < indices.length && indices[i + 1] === indices[i]! + 1) i++
    runs.push(first === indices[i] ? `${first}` : `${first}-${indices[i]}`)
  }
  return runs.length === 0 ? '-' : runs.join(',')
}

function parseIndices(text: string): Set<number> {
  const set = new Set<number>()
  if (text === '-') return set
  for (const run of text.split(',')) {
    const [first, last] = run.split('-').map(Number)
    for (let i = first!; i <= (last ?? first!); i++) set.add(i)
  }
  return set
}

function parseLine(line: string): Recorded {
  const [name, pattern, indices, ...rest] = line.split('  ')
  if (indices!.startsWith('('))
    return { name: name!, pattern: pattern!, undefinedIndices: new Set(), hashes: [], reason: indices!.slice(1, -1), line }
  return { name: name!, pattern: pattern!, undefinedIndices: parseIndices(indices!), hashes: (rest[0] ?? '').split(' '), reason: '', line }
}

/** All recorded rows by name. */
export function readRecorded({ recorded: folder }: Suite): Map<string, Recorded> {
  const rows = new Map<string, Recorded>()
  if (!existsSync(folder)) return rows
  for (const file of readdirSync(folder).filter((f) => f.endsWith('.txt'))) {
    for (const line of readFileSync(folder + file, 'utf8').split('\n')) {
      if (line === '' || line.startsWith('#')) continue
      const row = parseLine(line)
      rows.set(row.name, row)
    }
  }
  return rows
}

/** Writes what is recorded for `rows`, a file a chapter, sorted by name; `lines` maps names to `recordLine` texts. */
export function writeRecorded(suite: Suite, rows: readonly Row[], lines: ReadonlyMap<string, string>, oracle: string): void {
  rmSync(suite.recorded, { recursive: true, force: true })
  mkdirSync(suite.recorded, { recursive: true })
  const byChapter = new Map<string, string[]>()
  for (const row of rows) {
    const line = lines.get(row.name)
    if (line === undefined) continue
    const name = suite.chapter(row)
    byChapter.set(name, [...(byChapter.get(name) ?? []), line])
  }
  for (const [name, list] of byChapter) {
    const head = `# Results of the rows of ${name} on ${oracle}; written by npm run record, read by tests/diff/recorded.ts.`
    writeFileSync(`${suite.recorded}${name}.txt`, `${[head, ...list.sort()].join('\n')}\n`)
  }
}

export function recordLine(row: Row, undefinedIndices: readonly number[], hashes: readonly string[], reason: string): string {
  if (hashes.length === 0) return `${row.name}  ${patternHash(row)}  (${reason})`
  return `${row.name}  ${patternHash(row)}  ${formatIndices(undefinedIndices)}  ${hashes.join(' ')}`
}
