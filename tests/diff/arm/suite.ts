/** The differential test's AArch32 suite: A32, Thumb, VFP and Advanced SIMD. */
import { ARM } from '../../../src/guest/arm/index.ts'
import { ROOT } from '../../lib/emulator.ts'
import { disassembleWords, hex } from '../describe.ts'
import type { Row } from '../row.ts'
import type { Part, Suite } from '../suite.ts'
import { isThumbRow, writeCase } from './generate.ts'
import {
  CASE_CODE,
  CASE_CPSR,
  CASE_D,
  CASE_FPSCR,
  CASE_R,
  CASE_SIZE,
  CASE_THUMB,
  CASE_WINDOW,
  CODE_BYTES,
  CPSR_MASK,
  FPSCR_MASK,
  RESULT_CPSR,
  RESULT_D,
  RESULT_FPSCR,
  RESULT_R,
  RESULT_SIZE,
  RESULT_STATUS,
  RESULT_WINDOW,
  WINDOW_SIZE,
} from './layout.ts'

const PARTS: readonly Part[] = [
  { name: 'cpsr', before: CASE_CPSR, after: RESULT_CPSR, bytes: 4 },
  { name: 'fpscr', before: CASE_FPSCR, after: RESULT_FPSCR, bytes: 4 },
  ...Array.from({ length: 15 }, (_, n) => ({ name: `r${n}`, before: CASE_R + 4 * n, after: RESULT_R + 4 * n, bytes: 4 })),
  ...Array.from({ length: 32 }, (_, n) => ({ name: `d${n}`, before: CASE_D + 8 * n, after: RESULT_D + 8 * n, bytes: 8 })),
  ...Array.from({ length: WINDOW_SIZE / 16 }, (_, n) => ({
    name: `window+${16 * n}`,
    before: CASE_WINDOW + 16 * n,
    after: RESULT_WINDOW + 16 * n,
    bytes: 16,
  })),
]

function describeCase(view: DataView): string[] {
  const words = Array.from({ length: CODE_BYTES / 4 }, (_, n) => view.getUint32(CASE_CODE + 4 * n, true))
  const options = ['-m', 'arm', ...(view.getUint32(CASE_THUMB, true) ? ['-M', 'force-thumb'] : [])]
  const registers = Array.from({ length: 15 }, (_, n) => `r${n} ${hex(view, CASE_R + 4 * n, 4)}`)
  const vectors = Array.from({ length: 32 }, (_, n) => `d${n} ${hex(view, CASE_D + 8 * n, 8)}`)
  return [
    ...disassembleWords(words, 'arm-linux-gnueabihf-objdump', options),
    `cpsr ${hex(view, CASE_CPSR, 4)}  fpscr ${hex(view, CASE_FPSCR, 4)}`,
    registers.slice(0, 8).join('  '),
    registers.slice(8).join('  '),
    ...[0, 8, 16, 24].map((n) => vectors.slice(n, n + 8).join('  ')),
  ].map((line) => `  ${line}`)
}

/** By the first letters of the mnemonic, and the instruction set. */
function chapter(row: Row): string {
  const mnemonic = row.name.replace(/^t(16|32)\./, '')
  if (/^(v|aes|sha|fld|fst)/.test(mnemonic)) return isThumbRow(row) ? 'thumb-vector' : 'a32-vector'
  const isAccess = /^(ldr|str|ldm|stm|ldc|stc|lda|stl|ldrex|push|pop|swp|pl[di]|tb[bh])/.test(mnemonic)
  const set = row.name.startsWith('t16') ? 't16' : row.name.startsWith('t32') ? 't32' : 'a32'
  return isAccess ? `${set}-load-store` : set
}

function maskResult(view: DataView, at: number): void {
  view.setUint32(at + RESULT_CPSR, (view.getUint32(at + RESULT_CPSR, true) & CPSR_MASK) >>> 0, true)
  view.setUint32(at + RESULT_FPSCR, (view.getUint32(at + RESULT_FPSCR, true) & FPSCR_MASK) >>> 0, true)
}

export const ARM_SUITE: Suite = {
  name: 'arm',
  caseSize: CASE_SIZE,
  resultSize: RESULT_SIZE,
  resultStatus: RESULT_STATUS,
  executor: `${ROOT}tests/diff/arm/executor`,
  // With every feature that its newest processor model has.
  oracle: ['qemu-arm', '-cpu', 'max'],
  recorded: `${ROOT}tests/diff/arm/recorded/`,
  rows: () => ARM.rows.map((row) => ({ name: row.name, pattern: row.text, missing: row.missing })),
  chapter,
  writeCase,
  maskResult,
  parts: PARTS,
  describeCase,
}
