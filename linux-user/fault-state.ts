/**
 * From a host fault in translated code to the guest's state: the side table says which guest instruction it was and where
 * each guest register is whose slot in memory is stale. Afterwards the slot's STATE is exact and `pc` is the instruction's.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { MEANINGS, Values } from '../src/ir/interpret-core.ts'
import '../src/ir/interpret-int.ts'
import { OP, OP_ARG_COUNT } from '../src/ir/ops.ts'
import { Region, type StateSlot, typeSize } from '../src/ir/region.ts'
import { CALL_PC, PC_BEHIND_CALL, STATE_BIAS, STATE_OFFSET } from '../src/runtime/layout.ts'
import type { CodeSpace } from '../src/translate/code-space.ts'
import {
  ENTRY_HEAD, LOC_CONST, LOC_GPR, LOC_MEMORY, LOC_MEMORY_32, LOC_ROW, LOC_XMM, LOCATION_SIZE, operandType, rowOp, rowType,
} from '../src/x64/side-table.ts' // biome-ignore format: a list
import { leaveOtherModes } from './float-mode.ts'

const TWO_32 = 0x1_0000_0000

export function setPc(thread: RunnerThread, pcOffset: number, pc: number): void {
  thread.i32[pcOffset >> 2] = pc | 0
  thread.i32[(pcOffset >> 2) + 1] = Math.floor(pc / TWO_32)
}

export function getPc(thread: RunnerThread, pcOffset: number): number {
  return thread.i32[(pcOffset >> 2) + 1]! * TWO_32 + (thread.i32[pcOffset >> 2]! >>> 0)
}

/** Guest pc of the system call that the thread has made last, and the one behind it. */
export function callPc(thread: RunnerThread): number {
  return getPc(thread, CALL_PC)
}
export function pcBehindCall(thread: RunnerThread): number {
  return getPc(thread, PC_BEHIND_CALL)
}

/** From behind a system call to the call. */
export function stepBack({ i32 }: Pick<RunnerThread, 'i32'>, pcOffset: number): void {
  i32.copyWithin(pcOffset >> 2, CALL_PC >> 2, (CALL_PC >> 2) + 2)
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
  const rows = new Rows(state)
  for (let i = 0; i < count; i++) {
    const at = entry + ENTRY_HEAD + LOCATION_SIZE * i
    const slot = words[at]!
    const to = values.subarray(VALUE_SIZE * i, VALUE_SIZE * (i + 1))
    if (words[at + 1] === LOC_ROW) rows.add(words[at + 2]!, words[at + 3]!, to)
    else {
      fetch(thread, to, words[at + 1]!, words[at + 2]!, words[at + 3]!)
      if (slot < 0) rows.addOperand(operandType(slot), to)
    }
  }
  rows.compute()
  for (let i = 0; i < count; i++) {
    const number = words[entry + ENTRY_HEAD + LOCATION_SIZE * i]!
    if (number < 0) continue
    const slot = state[number]!
    thread.u8.set(values.subarray(VALUE_SIZE * i, VALUE_SIZE * i + typeSize(slot.type)), STATE_OFFSET + slot.offset)
  }
  leaveOtherModes(thread, state)
  setPc(thread, pcOffset, space.insnPc(region, words[entry + 1]!))
  return true
}

const VALUE_SIZE = 16

/** The expressions of an entry, in the order of the table: as a region of their own, whose rows the IR interpreter computes. */
class Rows {
  private readonly state: readonly StateSlot[]
  private region: Region | undefined
  /** Operands not taken yet. */
  private readonly waiting: number[] = []
  /** By row: the bytes of an operand, or where the row's result goes. */
  private readonly bytes: Uint8Array[] = []

  constructor(state: readonly StateSlot[]) {
    this.state = state
  }

  addOperand(type: number, bytes: Uint8Array): void {
    this.region ??= new Region(this.state)
    this.push(this.region.emitTyped(OP.const, type), bytes)
  }

  add(word: number, imm: number, to: Uint8Array): void {
    this.region ??= new Region(this.state)
    const op = rowOp(word)
    const [a, b, c] = this.waiting.splice(this.waiting.length - OP_ARG_COUNT[op]!)
    this.push(this.region.emitTyped(op, rowType(word), a, b, c, imm), to)
  }

  private push(row: number, bytes: Uint8Array): void {
    this.waiting.push(row)
    this.bytes[row] = bytes
  }

  compute(): void {
    const { region } = this
    if (region === undefined) return
    const v = new Values(region)
    for (let row = 0; row < region.rowCount; row++) {
      const bytes = this.bytes[row]!
      if (region.op[row] === OP.const) v.u8.set(bytes, VALUE_SIZE * row)
      else {
        MEANINGS[region.op[row]!]!(v, row, region.a[row]!, region.b[row]!, region.c[row]!, region.imm[row]!, 0)
        bytes.set(v.u8.subarray(VALUE_SIZE * row, VALUE_SIZE * (row + 1)))
      }
    }
  }
}

/** The bytes of a location, as many as its kind has. */
function fetch(thread: RunnerThread, to: Uint8Array, kind: number, lo: number, hi: number): void {
  const { fault, u8 } = thread
  switch (kind) {
    case LOC_XMM:
      fault.readXmm(lo, to, 0)
      return
    case LOC_GPR:
      putWords(to, fault.gprLo(lo), fault.gprHi(lo))
      return
    case LOC_MEMORY:
      to.set(u8.subarray(lo + STATE_BIAS, lo + STATE_BIAS + VALUE_SIZE))
      return
    case LOC_MEMORY_32:
      putWords(to, thread.i32[(lo + STATE_BIAS) >> 2]!, 0)
      return
    case LOC_CONST:
      putWords(to, lo, hi)
  }
}

function putWords(to: Uint8Array, lo: number, hi: number): void {
  const view = new DataView(to.buffer, to.byteOffset)
  view.setInt32(0, lo, true)
  view.setInt32(4, hi, true)
}
