/** The differential test's A64 suite. */
import { A64 } from '../../src/guest/a64/index.ts'
import { ROOT } from '../lib/emulator.ts'
import { disassembleWords, hex } from './describe.ts'
import { encodingOf, writeCase } from './generate.ts'
import {
  CASE_FPCR,
  CASE_FPSR,
  CASE_NZCV,
  CASE_SIZE,
  CASE_SP,
  CASE_V,
  CASE_WINDOW,
  CASE_WORDS,
  CASE_X,
  FPCR_MASK,
  FPSR_MASK,
  RESULT_FPCR,
  RESULT_FPSR,
  RESULT_NZCV,
  RESULT_SIZE,
  RESULT_SP,
  RESULT_STATUS,
  RESULT_V,
  RESULT_WINDOW,
  RESULT_X,
  WINDOW_SIZE,
} from './layout.ts'
import { chapter } from './row.ts'
import type { Part, Suite } from './suite.ts'

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

/** The case's code and the state it reads: flags and the registers that any 5-bit group of a register field names. */
function describeCase(view: DataView): string[] {
  const words = [0, 1, 2, 3].map((k) => view.getUint32(CASE_WORDS + 4 * k, true))
  const named = new Set(words.slice(0, 2).flatMap((w) => [w & 31, (w >>> 5) & 31, (w >>> 10) & 31, (w >>> 16) & 31]))
  const lines = disassembleWords(words, 'aarch64-linux-gnu-objdump', ['-m', 'aarch64']).map((text) => `  ${text}`)
  lines.push(
    `  nzcv ${hex(view, CASE_NZCV, 4)}  fpcr ${hex(view, CASE_FPCR, 4)}  fpsr ${hex(view, CASE_FPSR, 4)}  sp ${hex(view, CASE_SP, 8)}`,
  )
  for (const k of [...named].sort((x, y) => x - y)) {
    lines.push(`  ${k < 31 ? `x${k} ${hex(view, CASE_X + 8 * k, 8)}  ` : ''}v${k} ${hex(view, CASE_V + 16 * k, 16)}`)
  }
  return lines
}

function maskResult(view: DataView, at: number): void {
  view.setUint32(at + RESULT_FPCR, view.getUint32(at + RESULT_FPCR, true) & FPCR_MASK, true)
  view.setUint32(at + RESULT_FPSR, view.getUint32(at + RESULT_FPSR, true) & FPSR_MASK, true)
}

export const A64_SUITE: Suite = {
  name: 'a64',
  caseSize: CASE_SIZE,
  resultSize: RESULT_SIZE,
  resultStatus: RESULT_STATUS,
  executor: `${ROOT}tests/diff/executor/executor`,
  // With every feature that its newest processor model has.
  oracle: ['qemu-aarch64', '-cpu', 'max'],
  recorded: `${ROOT}tests/diff/recorded/`,
  rows: () => A64.rows.map((row) => ({ name: row.name, pattern: row.text, missing: row.missing })),
  chapter: (row) => chapter(encodingOf(row)),
  writeCase,
  maskResult,
  parts: PARTS,
  describeCase,
}
