/** Runs a case on the IR interpreter, with the result that the executor program would give. */
import { ARM } from '../../../src/guest/arm/index.ts'
import { addressOf } from '../../../src/guest/arm/instruction-set.ts'
import { ArmMachine } from '../../lib/arm-interpreter.ts'
import type { Chunk } from '../chunks.ts'
import { HEADER_SIZE } from '../layout.ts'
import {
  CASE_CODE,
  CASE_CPSR,
  CASE_D,
  CASE_DATA,
  CASE_FPSCR,
  CASE_R,
  CASE_SIZE,
  CASE_SLOT,
  CASE_THUMB,
  CASE_WINDOW,
  CODE_BYTES,
  D_BYTES,
  DATA_BYTES,
  RESULT_CPSR,
  RESULT_D,
  RESULT_FPSCR,
  RESULT_R,
  RESULT_SIZE,
  RESULT_WINDOW,
  SLOT_BASE,
  SLOT_DATA,
  SLOT_END,
  SLOT_SIZE,
  WINDOW,
  WINDOW_SIZE,
} from './layout.ts'

const R_BYTES = 15 * 4
const MAX_STEPS = 64

/** Masked results of all cases; throws with the disassembly when a case does not reach its end. */
export function interpretArmChunk(chunk: Chunk): Uint8Array {
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
  const m = new ArmMachine()
  const window = input.slice(CASE_WINDOW, CASE_WINDOW + WINDOW_SIZE)
  const code = new Uint8Array(SLOT_SIZE)
  code.set(input.subarray(CASE_CODE, CASE_CODE + CODE_BYTES))
  code.set(input.subarray(CASE_DATA, CASE_DATA + DATA_BYTES), SLOT_DATA)
  m.mappings.push({ start: WINDOW, bytes: window }, { start: slot, bytes: code })
  m.state.set(input.subarray(CASE_R, CASE_R + R_BYTES), m.offset('r0'))
  m.state.set(input.subarray(CASE_D, CASE_D + D_BYTES), m.offset('q0'))
  m.cpsr = from.getUint32(CASE_CPSR, true)
  m.fpscr = from.getUint32(CASE_FPSCR, true)
  m.view.setBigInt64(m.offset('exclusive_address'), -1n, true)

  // Behind the code, and in the data, is what leaves the slot.
  let pc = slot + from.getUint32(CASE_THUMB, true)
  const hasEnded = (): boolean => addressOf(pc) === slot + SLOT_END || addressOf(pc) === slot + SLOT_DATA
  for (let steps = 0; !hasEnded(); steps++) {
    const at = addressOf(pc) - slot
    const isInside = at >= 0 && at < SLOT_END
    const word = isInside ? ARM.insnWord(pc, new DataView(code.buffer).getUint32(at, true)) : 0
    const exit = isInside && steps < MAX_STEPS ? m.step(word, pc) : undefined
    if (exit === undefined || (exit.kind !== 'direct' && exit.kind !== 'indirect'))
      throw new Error(`${ARM.disassemble(word, pc)} ended with ${JSON.stringify(exit ?? `pc 0x${pc.toString(16)}`)}`)
    pc = exit.pc
  }

  to.setUint32(RESULT_CPSR, m.cpsr, true)
  to.setUint32(RESULT_FPSCR, m.fpscr, true)
  output.set(m.state.subarray(m.offset('r0'), m.offset('r0') + R_BYTES), RESULT_R)
  output.set(m.state.subarray(m.offset('q0'), m.offset('q0') + D_BYTES), RESULT_D)
  output.set(window, RESULT_WINDOW)
}
