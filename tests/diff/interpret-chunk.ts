/** Runs a chunk of cases on the IR interpreter, with the results that the executor program would give. */
import { A64 } from '../../src/guest/a64/index.ts'
import { A64Machine } from '../lib/a64-interpreter.ts'
import type { Chunk } from './chunks.ts'
import {
  CASE_DATA,
  CASE_FPCR,
  CASE_FPSR,
  CASE_NZCV,
  CASE_SIZE,
  CASE_SLOT,
  CASE_SP,
  CASE_V,
  CASE_WINDOW,
  CASE_WORDS,
  CASE_X,
  CODE_WORDS,
  HEADER_SIZE,
  RESULT_FPCR,
  RESULT_FPSR,
  RESULT_NZCV,
  RESULT_SIZE,
  RESULT_SP,
  RESULT_V,
  RESULT_WINDOW,
  RESULT_X,
  SLOT_BASE,
  SLOT_CODE,
  SLOT_DATA,
  SLOT_SIZE,
  WINDOW,
  WINDOW_SIZE,
} from './layout.ts'

const V_BYTES = 512
const X_BYTES = 31 * 8
/** Where the code under test has ended: behind its words in the slot. */
const SLOT_END = SLOT_CODE + 4 * CODE_WORDS
const MAX_STEPS = 64

/** Masked results of all cases; throws with the disassembly when a case does not reach its end. */
export function interpretChunk(chunk: Chunk): Uint8Array {
  const results = new Uint8Array(chunk.indices.length * RESULT_SIZE)
  chunk.indices.forEach((_, n) => {
    const input = chunk.bytes.subarray(HEADER_SIZE + n * CASE_SIZE, HEADER_SIZE + (n + 1) * CASE_SIZE)
    interpretCase(input, results.subarray(n * RESULT_SIZE, (n + 1) * RESULT_SIZE))
    chunk.suite.maskResult(new DataView(results.buffer), n * RESULT_SIZE)
  })
  return results
}

function interpretCase(input: Uint8Array, output: Uint8Array): void {
  const from = new DataView(input.buffer, input.byteOffset)
  const to = new DataView(output.buffer, output.byteOffset)
  const slot = SLOT_BASE + SLOT_SIZE * from.getUint32(CASE_SLOT, true)
  const m = new A64Machine()
  const window = input.slice(CASE_WINDOW, CASE_WINDOW + WINDOW_SIZE)
  const code = new Uint8Array(SLOT_SIZE)
  code.set(input.subarray(CASE_WORDS, CASE_WORDS + 4 * CODE_WORDS), SLOT_CODE)
  code.set(input.subarray(CASE_DATA, CASE_DATA + SLOT_SIZE - SLOT_DATA), SLOT_DATA)
  m.mappings.push({ start: WINDOW, bytes: window }, { start: slot, bytes: code })
  m.state.set(input.subarray(CASE_X, CASE_X + X_BYTES), m.offset('x0'))
  m.state.set(input.subarray(CASE_SP, CASE_SP + 8), m.offset('sp'))
  m.state.set(input.subarray(CASE_V, CASE_V + V_BYTES), m.offset('v0'))
  m.nzcv = from.getUint32(CASE_NZCV, true)
  m.fpcr = from.getUint32(CASE_FPCR, true)
  m.fpsr = from.getUint32(CASE_FPSR, true)
  m.view.setBigInt64(m.offset('exclusive_address'), -1n, true)

  let pc = slot + SLOT_CODE
  for (let steps = 0; pc !== slot + SLOT_END; steps++) {
    const inside = pc >= slot + SLOT_CODE && pc < slot + SLOT_END
    const word = inside ? new DataView(code.buffer).getUint32(pc - slot, true) : 0
    const exit = inside && steps < MAX_STEPS ? m.step(word, pc) : undefined
    if (exit === undefined || (exit.kind !== 'direct' && exit.kind !== 'indirect'))
      throw new Error(`${A64.disassemble(word, pc)} ended with ${JSON.stringify(exit ?? `pc 0x${pc.toString(16)}`)}`)
    pc = exit.pc
  }

  to.setUint32(RESULT_NZCV, m.nzcv, true)
  to.setUint32(RESULT_FPCR, m.fpcr, true)
  to.setUint32(RESULT_FPSR, m.fpsr, true)
  output.set(m.state.subarray(m.offset('sp'), m.offset('sp') + 8), RESULT_SP)
  output.set(m.state.subarray(m.offset('x0'), m.offset('x0') + X_BYTES), RESULT_X)
  output.set(m.state.subarray(m.offset('v0'), m.offset('v0') + V_BYTES), RESULT_V)
  output.set(window, RESULT_WINDOW)
}
