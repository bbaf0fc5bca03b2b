/** A case and the difference of two results as text, for a person who looks for the bug. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type Chunk, wordsOf } from './chunks.ts'
import {
  CASE_FPCR,
  CASE_FPSR,
  CASE_NZCV,
  CASE_SIZE,
  CASE_SP,
  CASE_V,
  CASE_WINDOW,
  CASE_X,
  HEADER_SIZE,
  RESULT_FPCR,
  RESULT_FPSR,
  RESULT_NZCV,
  RESULT_SP,
  RESULT_STATUS,
  RESULT_V,
  RESULT_WINDOW,
  RESULT_X,
  WINDOW_SIZE,
} from './layout.ts'

function hex(view: DataView, at: number, bytes: number): string {
  let text = ''
  for (let i = bytes - 4; i >= 0; i -= 4)
    text += view
      .getUint32(at + i, true)
      .toString(16)
      .padStart(8, '0')
  return text
}

interface Part {
  readonly name: string
  readonly before: number
  readonly after: number
  readonly bytes: number
}

/** Every part of the state, where it lies in a case and in a result. */
const PARTS: readonly Part[] = [
  { name: 'nzcv', before: CASE_NZCV, after: RESULT_NZCV, bytes: 4 },
  { name: 'fpcr', before: CASE_FPCR, after: RESULT_FPCR, bytes: 4 },
  { name: 'fpsr', before: CASE_FPSR, after: RESULT_FPSR, bytes: 4 },
  { name: 'sp', before: CASE_SP, after: RESULT_SP, bytes: 8 },
  ...Array.from({ length: 31 }, (_, n) => ({ name: `x${n}`, before: CASE_X + 8 * n, after: RESULT_X + 8 * n, bytes: 8 })),
  ...Array.from({ length: 32 }, (_, n) => ({ name: `v${n}`, before: CASE_V + 16 * n, after: RESULT_V + 16 * n, bytes: 16 })),
  ...Array.from({ length: WINDOW_SIZE / 16 }, (_, n) => ({
    name: `window+${16 * n}`,
    before: CASE_WINDOW + 16 * n,
    after: RESULT_WINDOW + 16 * n,
    bytes: 16,
  })),
]

/** Disassembly by the cross binutils when they are installed; else the words. */
export function disassembleWords(words: readonly number[]): string[] {
  const plain = words.map((w) => `.inst 0x${w.toString(16).padStart(8, '0')}`)
  const folder = mkdtempSync(`${tmpdir()}/demotic-diff-`)
  try {
    const bytes = new Uint8Array(words.length * 4)
    const view = new DataView(bytes.buffer)
    words.forEach((w, n) => {
      view.setUint32(4 * n, w, true)
    })
    writeFileSync(`${folder}/words`, bytes)
    const run = spawnSync('aarch64-linux-gnu-objdump', ['-b', 'binary', '-m', 'aarch64', '-D', `${folder}/words`], { encoding: 'utf8' })
    if (run.status !== 0) return plain
    const lines = [...run.stdout.matchAll(/^\s+[0-9a-f]+:\t([0-9a-f]+) \t(.*)$/gm)]
    return lines.length === words.length ? lines.map((m) => `${m[1]}  ${m[2]!.replace(/\t/g, ' ')}`) : plain
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Differences between results `got` and `want` (record `n` of a chunk), a line each; empty when equal. */
export function describeDifference(chunk: Chunk, n: number, got: Uint8Array, want: Uint8Array): string[] {
  const before = new DataView(chunk.bytes.buffer, chunk.bytes.byteOffset + HEADER_SIZE + n * CASE_SIZE, CASE_SIZE)
  const a = new DataView(got.buffer, got.byteOffset, got.byteLength)
  const b = new DataView(want.buffer, want.byteOffset, want.byteLength)
  const lines: string[] = []
  if (a.getUint32(RESULT_STATUS, true) !== b.getUint32(RESULT_STATUS, true)) {
    lines.push(`signal: got ${a.getUint32(RESULT_STATUS, true)}, expected ${b.getUint32(RESULT_STATUS, true)}`)
  }
  for (const part of PARTS) {
    const x = hex(a, part.after, part.bytes)
    const y = hex(b, part.after, part.bytes)
    if (x !== y) lines.push(`${part.name}: got ${x}, expected ${y} (before: ${hex(before, part.before, part.bytes)})`)
  }
  return lines
}

/** The case's code and the state it reads: flags and the registers that any 5-bit group of a register field names. */
export function describeCase(chunk: Chunk, n: number): string[] {
  const view = new DataView(chunk.bytes.buffer, chunk.bytes.byteOffset + HEADER_SIZE + n * CASE_SIZE, CASE_SIZE)
  const words = wordsOf(chunk, n)
  const named = new Set(words.slice(0, 2).flatMap((w) => [w & 31, (w >>> 5) & 31, (w >>> 10) & 31, (w >>> 16) & 31]))
  const lines = disassembleWords(words).map((text) => `  ${text}`)
  lines.push(
    `  nzcv ${hex(view, CASE_NZCV, 4)}  fpcr ${hex(view, CASE_FPCR, 4)}  fpsr ${hex(view, CASE_FPSR, 4)}  sp ${hex(view, CASE_SP, 8)}`,
  )
  for (const k of [...named].sort((x, y) => x - y)) {
    lines.push(`  ${k < 31 ? `x${k} ${hex(view, CASE_X + 8 * k, 8)}  ` : ''}v${k} ${hex(view, CASE_V + 16 * k, 16)}`)
  }
  return lines
}
