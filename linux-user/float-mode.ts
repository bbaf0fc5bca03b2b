/**
 * How results that are NaN get the guest's form: by traps of the host (src/translate/float-traps.ts), or by tests behind each operation. Traps cost nothing where
 * nothing is invalid, as in nearly all programs; tests cost a third to a half of floating-point code.
 *
 * It is a property of the code space (`checksNaN`), because its code is made for one way. A program begins with traps. When a thread has had too many, or
 * sets a mode under which the host's NaNs differ without a trap (FPCR.DN, FPCR.FZ), its memory's space is emptied and made anew with tests
 * (GuestMemory.checkNaN), which is for good; a space on disk says which way it is.
 *
 * MXCSR.IM of each thread follows its space: it is set whenever the engine sends a thread into translated code, and everybody comes by the engine after
 * a change, because nobody is in translated code when a space is emptied. In between, code of the runner keeps it (UNMASKED).
 */

import { IOC } from '../src/ir/softfloat.ts'
import { UNMASKED } from '../src/runtime/layout.ts'
import { MXCSR_IE } from '../src/runtime/routines/float-frame.ts'
import { MXCSR_INVALID_MASK } from '../src/runtime/routines/float-modes.ts'

interface FloatThread {
  readonly i32: Int32Array
  mxcsr: number
}

/** `fpsr`: slot offset of the guest's FPSR. */
export function setFloatMode(thread: FloatThread, checksNaN: boolean, fpsr: number): void {
  const { i32, mxcsr } = thread
  i32[UNMASKED >> 2] = checksNaN ? 0 : MXCSR_INVALID_MASK
  // Unmasked, a flag that stands there would look like what has trapped.
  const wanted = checksNaN ? mxcsr | MXCSR_INVALID_MASK : mxcsr & ~(MXCSR_INVALID_MASK | MXCSR_IE)
  if (wanted === mxcsr) return
  if (!checksNaN && (mxcsr & MXCSR_IE) !== 0) i32[fpsr >> 2]! |= IOC
  thread.mxcsr = wanted
}
