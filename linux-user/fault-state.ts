/**
 * From a host fault in translated code to the guest's state: the side table says which guest instruction it was and where
 * each guest register is whose slot in memory is stale. Afterwards the slot's STATE is exact and `pc` is the instruction's.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { I64, V128 } from '../src/ir/op-row.ts'
import type { StateSlot } from '../src/ir/region.ts'
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
  for (let i = 0; i < words[entry + 2]!; i++) {
    const at = entry + ENTRY_HEAD + LOCATION_SIZE * i
    restore(thread, state[words[at]!]!, words[at + 1]!, words[at + 2]!, words[at + 3]!)
  }
  setPc(thread, pcOffset, space.insnPc(region, words[entry + 1]!))
  return true
}

function restore(thread: RunnerThread, slot: StateSlot, kind: number, lo: number, hi: number): void {
  const { fault, i32, u8 } = thread
  const to = STATE_OFFSET + slot.offset
  switch (kind) {
    case LOC_XMM:
      fault.readXmm(lo, u8, to)
      return
    case LOC_GPR:
      i32[to >> 2] = fault.gprLo(lo)
      if (slot.type === I64) i32[(to >> 2) + 1] = fault.gprHi(lo)
      return
    case LOC_MEMORY: {
      const from = lo + STATE_BIAS
      const size = slot.type === V128 ? 16 : slot.type === I64 ? 8 : 4
      u8.copyWithin(to, from, from + size)
      return
    }
    case LOC_MEMORY_32:
      i32[to >> 2] = i32[(lo + STATE_BIAS) >> 2]!
      if (slot.type === I64) i32[(to >> 2) + 1] = 0
      return
    case LOC_CONST:
      i32[to >> 2] = lo
      if (slot.type === I64) i32[(to >> 2) + 1] = hi
  }
}
