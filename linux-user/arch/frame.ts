/** What the signal frames of all guests have in common: what goes in and what comes out. */
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../src/ir/ops-int.ts'
import type { SignalSet } from '../../syscalls/abi/signals.ts'
import type { SignalStack } from '../../syscalls/process-state.ts'

/** The slot of a stopped thread. */
export interface StoppedThread {
  readonly u8: Uint8Array
  readonly i32: Int32Array
  mxcsr: number
}

export interface FrameContent {
  /** siginfo_t as the host has it. */
  readonly info: Uint8Array
  readonly mask: SignalSet
  readonly stack: SignalStack
  readonly faultAddress: number
  /** As AArch64's ESR_EL1 would say it; 0: no fault. */
  readonly faultSyndrome: number
  /** SA_SIGINFO: the handler takes three arguments. */
  readonly withInfo: boolean
  readonly handler: number
}

export interface SignalFrame {
  /** The guest's stack pointer in the handler: `bytes` go here. */
  readonly address: number
  readonly bytes: Uint8Array
  /** What else is written, and where. */
  readonly recordAt: number
  readonly record: Uint8Array
}

/** A handler to be entered. */
export interface Entry {
  readonly handler: number
  readonly signal: number
  readonly restorer: number
  readonly withInfo: boolean
}

export interface ReturnedFrame {
  readonly mask: SignalSet
  /** null: the frame has none. */
  readonly stack: SignalStack | null
  /** Puts the frame's registers into the thread's state. */
  restore(thread: StoppedThread): void
}

/** The signal frames of one architecture. */
export interface SignalFrames {
  /** Bytes of a frame, at most. */
  readonly size: number
  /** The part of the slot that a frame holds, and what entering and leaving a handler changes. */
  readonly state: { readonly start: number; readonly end: number }
  /** Where handlers return to that name no restorer. null: a page of the kernel's has it. */
  readonly trampoline: { readonly code: Uint8Array; readonly entry: number } | null
  /** The same of a page of the kernel's. */
  returnAddress(entry: Pick<Entry, 'handler' | 'withInfo'>): number
  /** The frame for a handler whose stack begins at `top`. */
  build(thread: StoppedThread, top: number, content: FrameContent): SignalFrame
  /** Registers at the handler's first instruction. */
  enter(thread: StoppedThread, frame: SignalFrame, entry: Entry): void
  /** What a return finds at `address`; null when the kernel would not take it, or when it is not all in `bytes`. `isPlain`: by the call that takes frames without siginfo_t. */
  parse(address: number, bytes: Uint8Array, isPlain: boolean): ReturnedFrame | null
}

const PSTATE_N = 1 << 31
const PSTATE_Z = 1 << 30
const PSTATE_C = 1 << 29
const PSTATE_V = 1 << 28

/** NZCV of the state's packed form where Arm's status registers have it. */
export function unpackFlags(nzcv: number): number {
  return (
    (nzcv & PACKED_N ? PSTATE_N : 0) |
    (nzcv & PACKED_Z ? PSTATE_Z : 0) |
    (nzcv & PACKED_C ? PSTATE_C : 0) |
    (nzcv & PACKED_V ? PSTATE_V : 0)
  )
}

export function packFlags(pstate: number): number {
  return (
    (pstate & PSTATE_N ? PACKED_N : 0) |
    (pstate & PSTATE_Z ? PACKED_Z : 0) |
    (pstate & PSTATE_C ? PACKED_C : 0) |
    (pstate & PSTATE_V ? PACKED_V : 0)
  )
}
