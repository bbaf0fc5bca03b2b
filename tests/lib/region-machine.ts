/**
 * The machine that random regions run on: a small guest state, two windows of memory, and what a system call does. Both executors (IR
 * interpreter here, machine code in region-rig.ts) start from an `Input` and give an `Outcome`; equal ones mean that they agree.
 *
 * Memory, twice (LOW and HIGH): a page that is not mapped, two that may be written, one that may only be read, one that is not mapped.
 */
import { GuestFault, type GuestMemory, interpretRegion, type RegionExit } from '../../src/ir/interpret.ts'
import { I32, I64, V128 } from '../../src/ir/op-row.ts'
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../src/ir/ops-int.ts'
import type { Region, StateSlot } from '../../src/ir/region.ts'
import { Random } from '../diff/random.ts'

export const X_COUNT = 8
export const V_COUNT = 8
export const W_COUNT = 4

/** Begins of the writable parts; LOW is reached by an absolute displacement. */
export const LOW = 0x10_0000
export const HIGH = 0x1234_5678_9000
export const WRITABLE = 0x2000
export const READABLE = 0x1000
/** Where the slots `base` and `high` point: the middle of the writable part. */
export const MIDDLE = WRITABLE / 2
/** `far` plus this is `base`: a displacement that leaves no room for another. */
export const FAR_OFFSET = 0x7fff_fc00
export const UNMAPPED = 0x30_0000

const W_OFFSET = 256
const V_OFFSET = 128
const NZCV_OFFSET = 272
const FPCR_OFFSET = 276
export const PC_OFFSET = 288
/** The part of the state that is compared, and that a system call sees. */
export const COMPARED = 320
export const HASHED = W_OFFSET + 4 * W_COUNT

/** Slots that hold addresses and are never written. */
const ADDRESS_SLOTS: readonly [string, number][] = [
  ['base', LOW + MIDDLE],
  ['high', HIGH + MIDDLE],
  ['half', (LOW + MIDDLE) / 2],
  ['far', LOW + MIDDLE - FAR_OFFSET],
  ['bad', UNMAPPED],
]
const COUNT_SLOT = X_COUNT + ADDRESS_SLOTS.length

export const FUZZ_STATE: readonly StateSlot[] = [
  ...Array.from({ length: X_COUNT }, (_, n) => ({ name: `x${n}`, offset: 8 * n, type: I64 })),
  ...ADDRESS_SLOTS.map(([name], n) => ({ name, offset: 8 * (X_COUNT + n), type: I64 })),
  { name: 'count', offset: 8 * COUNT_SLOT, type: I64 },
  ...Array.from({ length: V_COUNT }, (_, n) => ({ name: `v${n}`, offset: V_OFFSET + 16 * n, type: V128 })),
  ...Array.from({ length: W_COUNT }, (_, n) => ({ name: `w${n}`, offset: W_OFFSET + 4 * n, type: I32 })),
  { name: 'nzcv', offset: NZCV_OFFSET, type: I32 },
  { name: 'fpcr', offset: FPCR_OFFSET, type: I32 },
  { name: 'pc', offset: PC_OFFSET, type: I64 },
]

/** Index of a slot by name. */
export function slotOf(name: string): number {
  return FUZZ_STATE.findIndex((slot) => slot.name === name)
}

const PACKED_MASK = PACKED_N | PACKED_Z | PACKED_C | PACKED_V
/** Sticky bits that both sides define alike: invalid, division by zero, overflow, inexact. */
const MXCSR_COMPARED = ~0x3f | 0b10_1101
const MXCSR_MASKED = 0x1f80

export interface Input {
  readonly state: Uint8Array
  /** Contents of the writable parts at LOW and HIGH, one after the other. */
  readonly memory: Uint8Array
  readonly mxcsr: number
}

export interface Outcome {
  /** How the region was left, in words. */
  exit: string
  readonly state: Uint8Array
  readonly memory: Uint8Array
  mxcsr: number
  /** What system calls saw. */
  hash: bigint
}

const SPECIAL_WORDS = [0, 1, -1, 0x7fff_ffff, -0x8000_0000, 0x80, 0xff, 0x7f80_0000, 0x3f80_0000, 0x7ff0_0000, 0x3ff0_0000]
const DN = 1 << 25
const RMODE_SHIFT = 22

export function randomInput(seed: number): Input {
  const random = new Random('input', seed)
  const state = new Uint8Array(COMPARED)
  const view = new DataView(state.buffer)
  const word = () => (random.oneIn(4) ? random.pick(SPECIAL_WORDS) : random.u32() | 0)
  for (let at = 0; at < COMPARED; at += 4) view.setInt32(at, word(), true)
  for (const [name, value] of ADDRESS_SLOTS) view.setBigInt64(FUZZ_STATE[slotOf(name)]!.offset, BigInt(value), true)
  view.setBigInt64(8 * COUNT_SLOT, BigInt(random.below(3) + 1), true)
  view.setInt32(NZCV_OFFSET, view.getInt32(NZCV_OFFSET, true) & ~0xfe, true)
  const rounding = random.below(4)
  // MXCSR.RC has the two middle modes of FPCR.RMode the other way round.
  view.setInt32(FPCR_OFFSET, ([0, 2, 1, 3][rounding]! << RMODE_SHIFT) | (random.oneIn(4) ? DN : 0), true)
  const memory = new Uint8Array(2 * WRITABLE)
  const words = new DataView(memory.buffer)
  for (let at = 0; at < memory.length; at += 4) words.setInt32(at, word(), true)
  return { state, memory, mxcsr: MXCSR_MASKED | (rounding << 13) }
}

/** Byte `n` of the part of a window that may only be read. */
export function readableByte(n: number): number {
  return (n * 7 + (n >> 4)) & 0xff
}

/**
 * The effect of a system call: what it saw is hashed, then some slots change. nzcv is left out, because only four of its bits are defined.
 */
export function fuzzSyscall(state: DataView, hash: bigint): bigint {
  for (let at = 0; at < HASHED; at += 8) hash = BigInt.asUintN(64, hash * 31n + state.getBigUint64(at, true))
  for (const slot of SYSCALL_WRITES) {
    state.setBigUint64(slot.offset, hash, true)
    if (slot.type === V128) state.setBigUint64(slot.offset + 8, hash, true)
  }
  return hash
}
/** The slots that a system call writes, none of them shorter than eight bytes. */
export const SYSCALL_WRITES = ['x0', 'x3', 'v1'].map((name) => FUZZ_STATE[slotOf(name)]!)

/** The bytes that both executors must agree on: packed flags without the bits that are not defined. */
export function normalise(outcome: Outcome): Outcome {
  const view = new DataView(outcome.state.buffer, outcome.state.byteOffset)
  view.setInt32(NZCV_OFFSET, view.getInt32(NZCV_OFFSET, true) & PACKED_MASK, true)
  view.setBigUint64(PC_OFFSET, 0n, true)
  outcome.mxcsr &= MXCSR_COMPARED
  return outcome
}

export function exitText(exit: RegionExit): string {
  const pc = `0x${exit.pc.toString(16)}`
  switch (exit.kind) {
    case 'direct':
    case 'indirect':
    case 'fault':
      return `${exit.kind} ${pc}`
    case 'emulate':
      return `emulate ${pc} ${exit.helper} ${exit.argument}`
    case 'trap':
      return `trap ${pc} ${exit.reason} ${exit.argument}`
  }
}

function fuzzMemory(bytes: Uint8Array): GuestMemory {
  const find = (address: number, length: number, isWrite: boolean): { bytes: Uint8Array; at: number } => {
    for (const [n, start] of [LOW, HIGH].entries()) {
      const size = WRITABLE + (isWrite ? 0 : READABLE)
      if (address >= start && address + length <= start + size) return { bytes, at: n * WRITABLE + address - start }
    }
    throw new GuestFault(address, isWrite)
  }
  return {
    read(address, into) {
      const { at } = find(address, into.length, false)
      const end = address < HIGH ? WRITABLE : 2 * WRITABLE
      for (let n = 0; n < into.length; n++) into[n] = at + n < end ? bytes[at + n]! : readableByte(at + n - end)
    },
    write(address, from) {
      bytes.set(from, find(address, from.length, true).at)
    },
  }
}

/** A region that has not left after this many rows hangs. */
const ROW_LIMIT = 50_000

export function interpretOutcome(region: Region, input: Input): Outcome {
  const state = new Uint8Array(COMPARED)
  state.set(input.state)
  const view = new DataView(state.buffer)
  const memory = input.memory.slice()
  const outcome: Outcome = { exit: '', state, memory, mxcsr: 0, hash: 0n }
  const machine = {
    state,
    memory: fuzzMemory(memory),
    mxcsr: input.mxcsr,
    rowLimit: ROW_LIMIT,
    cycles: () => 0x1234n,
    syscall: () => {
      outcome.hash = fuzzSyscall(view, outcome.hash)
    },
  }
  outcome.exit = exitText(interpretRegion(region, machine))
  outcome.mxcsr = machine.mxcsr
  return normalise(outcome)
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes.toReversed()).toString('hex')

/** What differs, in words; empty when nothing does. */
export function differences(want: Outcome, got: Outcome): string[] {
  const found: string[] = []
  if (want.exit !== got.exit) found.push(`exit: wanted ${want.exit}, got ${got.exit}`)
  const slots = [...FUZZ_STATE, { name: 'behind the slots', offset: PC_OFFSET + 8, type: V128 }]
  for (const { name, offset, type } of slots) {
    const size = type === V128 ? 16 : type === I64 ? 8 : 4
    const [a, b] = [want, got].map((outcome) => hex(outcome.state.subarray(offset, offset + size)))
    if (a !== b) found.push(`${name}: wanted ${a}, got ${b}`)
  }
  for (let n = 0; n < want.memory.length && found.length < 20; n++)
    if (want.memory[n] !== got.memory[n]) {
      const address = n < WRITABLE ? LOW + n : HIGH + n - WRITABLE
      found.push(`[0x${address.toString(16)}]: wanted ${want.memory[n]!.toString(16)}, got ${got.memory[n]!.toString(16)}`)
    }
  if (want.mxcsr !== got.mxcsr) found.push(`mxcsr: wanted ${want.mxcsr.toString(16)}, got ${got.mxcsr.toString(16)}`)
  if (want.hash !== got.hash) found.push(`system calls saw: wanted ${want.hash.toString(16)}, got ${got.hash.toString(16)}`)
  return found
}
