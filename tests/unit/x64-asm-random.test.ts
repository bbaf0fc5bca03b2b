/**
 * Random bytes: what our disassembler recognises, iced-x86 reads alike (or rejects: we do not check what only matters to hand-written bytes,
 * such as LOCK before an instruction that cannot have it). Repeat a failure with `SEED=n npx vitest run tests/unit/x64-asm-random.test.ts`.
 */
import { expect, it } from 'vitest'
import { decode } from '../../src/x64/asm/index.ts'
import { IcedReader } from '../lib/iced.ts'

const ORIGIN = 0x6200_0000_1000
const SEED = Number(process.env['SEED'] ?? 1)
const ROUNDS = 40_000
/** Beginnings that lead into the tables more often than random bytes do. */
const BEGINNINGS = [
  '',
  '66',
  'f3',
  'f2',
  '48',
  '4f',
  '6648',
  'f348',
  '0f',
  '660f',
  'f30f',
  'f20f',
  '480f',
  '660f38',
  '660f3a',
  'c5',
  'c4e1',
  'c4e2',
  'c4e3',
  '62f17d08',
  '62f2fd',
  '62f3',
  '62717e',
  '6292',
].map((text) => [...Buffer.from(text, 'hex')])

it(`random bytes read as iced-x86 reads them (SEED=${SEED})`, () => {
  const reader = new IcedReader()
  let state = SEED
  const wrong: string[] = []
  let agreed = 0
  const bytes = new Uint8Array(16)
  for (let n = 0; n < ROUNDS; n++) {
    for (let k = 0; k < bytes.length; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      bytes[k] = state >>> 24
    }
    bytes.set(BEGINNINGS[n % BEGINNINGS.length]!)
    const ours = decode(bytes, 0, ORIGIN)
    if (ours.insn === -1) continue
    const theirs = reader.read(bytes, ORIGIN)
    if (theirs.text === '(bad)') continue
    // Iced prints the implicit operands of string instructions, masks of gathers as operands, and a segment that LEA ignores.
    const theirText = ours.text.includes(',') ? theirs.text.replace(/^(v\w*(?:gather|scatter)\w* .*),k(\d),/, '$1{k$2},') : theirs.text
    const same =
      theirText === ours.text || theirText.startsWith(`${ours.text} `) || (ours.text.startsWith('lea') && !theirText.includes(':'))
    if (same && theirs.length === ours.length) agreed++
    else wrong.push(`${Buffer.from(bytes.subarray(0, 15)).toString('hex')} is to us ${ours.text}, to iced ${theirs.text}`)
  }
  expect(wrong).toEqual([])
  expect(agreed).toBeGreaterThan(ROUNDS / 8)
})
