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

import type { StateSlot } from '../src/ir/region.ts'
import { IOC } from '../src/ir/softfloat.ts'
import { MXCSR, STATE_OFFSET, UNMASKED } from '../src/runtime/layout.ts'
import { MXCSR_IE } from '../src/runtime/routines/float-frame.ts'
import { MXCSR_INVALID_MASK } from '../src/runtime/routines/float-modes.ts'

interface FloatThread {
  readonly i32: Int32Array
  mxcsr: number
}

/** A thread at the start of a program: MXCSR, and the slots of the state, which are zero, that begin with something else. */
export function startState(
  thread: { readonly i32: Int32Array },
  guest: { readonly mxcsr: number; readonly state: readonly StateSlot[] },
): void {
  thread.i32[MXCSR >> 2] = guest.mxcsr
  for (const { offset, initial } of guest.state) if (initial !== undefined) thread.i32[(STATE_OFFSET + offset) >> 2] = initial
}

/** If the thread was stopped between fenv.enter and fenv.leave (ir/ops-float.ts), it leaves those modes. */
export function leaveOtherModes(thread: FloatThread, state: readonly StateSlot[]): void {
  const at = (name: string) => {
    const slot = state.find((s) => s.name === name)
    return slot === undefined ? -1 : (STATE_OFFSET + slot.offset) >> 2
  }
  const { i32 } = thread
  const kept = at('mxcsr_kept')
  if (kept < 0 || i32[kept] === 0) return
  i32[at('mxcsr_standard')] = thread.mxcsr
  thread.mxcsr = i32[kept]!
  i32[kept] = 0
  i32[at('fpcr')] = i32[at('fpcr_kept')]!
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
