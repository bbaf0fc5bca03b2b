/**
 * From a host fault in translated code to the guest's state: the side table says which guest instruction it was and where
 * each guest register is whose slot in memory is stale. Afterwards the slot's STATE is exact and `pc` is the instruction's.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { type StateSlot, typeSize } from '../src/ir/region.ts'
import { STATE_BIAS, STATE_OFFSET } from '../src/runtime/layout.ts'
import type { CodeSpace } from '../src/translate/code-space.ts'
import { ENTRY_HEAD, LOC_CONST, LOC_GPR, LOC_MEMORY, LOC_MEMORY_32, LOC_XMM, LOCATION_SIZE } from '../src/x64/side-table.ts'

const TWO_32 = 0x1_0000_0000

export function setPc(thread: RunnerThread, pcOffset: number, pc: number): void {
  thread.i32[pcOffset >> 2] = pc | 0
  thread.i32[(pcOffset >> 2) + 1] = Math.floor(pc / TWO_32)
}

export function getPc(thread: RunnerThread, pcOffset: number): number {
  return thread.i32[(pcOffset >> 2) + 1]! * TWO_32 + (thread.i32[pcOffset >> 2]! >>> 0)
}

/** The guest pc of the faulting instruction; null when the host pc is not in translated code. Reads, changes nothing. */
export function guestPcOf(space: CodeSpace, rip: number): number | null {
  const region = space.containing(rip)
  if (region === undefined) return null
  const entry = space.sides.find(region.sideFrom, region.sideTo, rip - region.host)
  if (entry < 0) return null
  return space.insnPc(region, space.sides.words[entry + 1]!)
}

/** Rebuilds the guest's state in the slot. False when the host pc is not at a guest memory access. */
export function recoverState(thread: RunnerThread, space: CodeSpace, state: readonly StateSlot[], pcOffset: number): boolean {
  const { fault } = thread
  const region = space.containing(fault.rip)
  if (region === undefined) return false
  const { words } = space.sides
  const entry = space.sides.find(region.sideFrom, region.sideTo, fault.rip - region.host)
  if (entry < 0) return false
  // All values are read before any is written: one slot's value may lie in the memory of another that is stale, too.
  const count = words[entry + 2]!
  const values = new Uint8Array(VALUE_SIZE * count)
  for (let i = 0; i < count; i++) {
    const at = entry + ENTRY_HEAD + LOCATION_SIZE * i
    fetch(thread, values, VALUE_SIZE * i, words[at + 1]!, words[at + 2]!, words[at + 3]!)
  }
  for (let i = 0; i < count; i++) {
    const slot = state[words[entry + ENTRY_HEAD + LOCATION_SIZE * i]!]!
    thread.u8.set(values.subarray(VALUE_SIZE * i, VALUE_SIZE * i + typeSize(slot.type)), STATE_OFFSET + slot.offset)
  }
  setPc(thread, pcOffset, space.insnPc(region, words[entry + 1]!))
  return true
}

const VALUE_SIZE = 16

/** The bytes of a location, as many as its kind has, to `values` at `to`. */
function fetch(thread: RunnerThread, values: Uint8Array, to: number, kind: number, lo: number, hi: number): void {
  const { fault, u8 } = thread
  switch (kind) {
    case LOC_XMM:
      fault.readXmm(lo, values, to)
      return
    case LOC_GPR:
      putWords(values, to, fault.gprLo(lo), fault.gprHi(lo))
      return
    case LOC_MEMORY:
      values.set(u8.subarray(lo + STATE_BIAS, lo + STATE_BIAS + VALUE_SIZE), to)
      return
    case LOC_MEMORY_32:
      putWords(values, to, thread.i32[(lo + STATE_BIAS) >> 2]!, 0)
      return
    case LOC_CONST:
      putWords(values, to, lo, hi)
  }
}

function putWords(values: Uint8Array, to: number, lo: number, hi: number): void {
  const view = new DataView(values.buffer)
  view.setInt32(to, lo, true)
  view.setInt32(to + 4, hi, true)
}
