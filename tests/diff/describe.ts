/** A case and the difference of two results as text, for a person who looks for the bug. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type Chunk, caseOf } from './chunks.ts'

export function hex(view: DataView, at: number, bytes: number): string {
  let text = ''
  for (let i = bytes - 4; i >= 0; i -= 4)
    text += view
      .getUint32(at + i, true)
      .toString(16)
      .padStart(8, '0')
  return text
}

/** Disassembly of words by a cross `objdump` when it is installed; else the words. */
export function disassembleWords(words: readonly number[], objdump: string, options: readonly string[]): string[] {
  const plain = words.map((w) => `.inst 0x${w.toString(16).padStart(8, '0')}`)
  const folder = mkdtempSync(`${tmpdir()}/demotic-diff-`)
  try {
    const bytes = new Uint8Array(words.length * 4)
    const view = new DataView(bytes.buffer)
    words.forEach((w, n) => {
      view.setUint32(4 * n, w, true)
    })
    writeFileSync(`${folder}/words`, bytes)
    const run = spawnSync(objdump, ['-b', 'binary', ...options, '-D', `${folder}/words`], { encoding: 'utf8' })
    if (run.status !== 0) return plain
    const lines = [...run.stdout.matchAll(/^\s+[0-9a-f]+:\t([0-9a-f]+) \t(.*)$/gm)]
    return lines.length === words.length ? lines.map((m) => `${m[1]}  ${m[2]!.replace(/\t/g, ' ')}`) : plain
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Differences between results `got` and `want` (record `n` of a chunk), a line each; empty when equal. */
export function describeDifference(chunk: Chunk, n: number, got: Uint8Array, want: Uint8Array): string[] {
  const { parts, resultStatus } = chunk.suite
  const before = caseOf(chunk, n)
  const a = new DataView(got.buffer, got.byteOffset, got.byteLength)
  const b = new DataView(want.buffer, want.byteOffset, want.byteLength)
  const lines: string[] = []
  if (a.getUint32(resultStatus, true) !== b.getUint32(resultStatus, true)) {
    lines.push(`signal: got ${a.getUint32(resultStatus, true)}, expected ${b.getUint32(resultStatus, true)}`)
  }
  for (const part of parts) {
    const x = hex(a, part.after, part.bytes)
    const y = hex(b, part.after, part.bytes)
    if (x !== y) lines.push(`${part.name}: got ${x}, expected ${y} (before: ${hex(before, part.before, part.bytes)})`)
  }
  return lines
}

/** The case's code and the state it reads. */
export function describeCase(chunk: Chunk, n: number): string[] {
  return chunk.suite.describeCase(caseOf(chunk, n))
}
