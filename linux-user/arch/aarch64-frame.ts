/**
 * The signal frame of Linux on AArch64 (arch/arm64/kernel/signal.c), as bytes: state of the slot -> frame, frame -> state.
 *
 *   sp + 0     siginfo_t                     written for SA_SIGINFO only
 *      + 128   ucontext: flags 0, link 0, stack_t, sigset_t at + 40, 120 bytes unused
 *      + 304   sigcontext: fault_address, x0..x30, sp, pc, pstate
 *      + 592   4,096 bytes of records {magic u32, size u32, …}: fpsimd (fpsr, fpcr, v0..v31), esr when there was a fault, {0, 0}
 *      + 4688  frame record {x29, x30} of the interrupted code, to which x29 points
 */
import { FPCR_MASK, FPSR_MASK, FPSR_QC, stickyFromMxcsr } from '../../src/guest/a64/fp-environment.ts'
import { A64_STATE, NO_RESERVATION, SLOT_EXCLUSIVE_ADDRESS, SLOT_FPCR, SLOT_FPSR, SLOT_NZCV, SLOT_PC, SLOT_QC, SLOT_SP, SLOT_V0, SLOT_X0 } from '../../src/guest/a64/state.ts' // biome-ignore format: a list
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../src/ir/ops-int.ts'
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import { mxcsrOfModes } from '../../src/runtime/routines/float-modes.ts'
import { putSet, readSet } from '../../syscalls/abi/signals.ts'
import { type Entry, type FrameContent, packFlags, type ReturnedFrame, type SignalFrame, type SignalFrames, type StoppedThread, unpackFlags } from './frame.ts' // biome-ignore format: a list

const TWO_32 = 0x1_0000_0000
const INFO_SIZE = 128
const UCONTEXT = 128
const UC_STACK = UCONTEXT + 16
const UC_SIGMASK = UCONTEXT + 40
const FAULT_ADDRESS = 304
const REGS = FAULT_ADDRESS + 8
const SP = REGS + 31 * 8
const PC = SP + 8
const PSTATE = PC + 8
const RECORDS = 592
const RECORDS_SIZE = 4096
/** sizeof(struct rt_sigframe) */
export const FRAME_SIZE = RECORDS + RECORDS_SIZE
const FRAME_RECORD_SIZE = 16
const STACK_ALIGNMENT = 16

const FPSIMD_MAGIC = 0x4650_8001
const FPSIMD_SIZE = 528
const FPSIMD_REGS = 16
const ESR_MAGIC = 0x4553_5201
const ESR_SIZE = 16
const TERMINATOR_SIZE = 8
/** Bytes of a frame that are written, at most. */
const WRITTEN_SIZE = RECORDS + FPSIMD_SIZE + ESR_SIZE + TERMINATOR_SIZE
/** What rt_sigreturn reads at least. */
const LEAST_SIZE = RECORDS + FPSIMD_SIZE + TERMINATOR_SIZE
const V_SIZE = 32 * 16

/** The part of the slot that a frame holds, and what entering and leaving a handler changes. */
export const FRAME_STATE = { start: STATE_OFFSET, end: STATE_OFFSET + Math.max(...A64_STATE.map(({ offset }) => offset)) + 16 }
const STATE_X0 = STATE_OFFSET + A64_STATE[SLOT_X0]!.offset
const STATE_SP = STATE_OFFSET + A64_STATE[SLOT_SP]!.offset
const STATE_PC = STATE_OFFSET + A64_STATE[SLOT_PC]!.offset
const STATE_V0 = STATE_OFFSET + A64_STATE[SLOT_V0]!.offset
const STATE_NZCV = STATE_OFFSET + A64_STATE[SLOT_NZCV]!.offset
const STATE_FPCR = STATE_OFFSET + A64_STATE[SLOT_FPCR]!.offset
const STATE_FPSR = STATE_OFFSET + A64_STATE[SLOT_FPSR]!.offset
const STATE_QC = STATE_OFFSET + A64_STATE[SLOT_QC]!.offset
const STATE_EXCLUSIVE = STATE_OFFSET + A64_STATE[SLOT_EXCLUSIVE_ADDRESS]!.offset
/** x0..x30 and sp, which lie behind one another in the state as in the frame. */
const GENERAL_SIZE = 32 * 8
/** What user code may not have set: DAIF, AArch32, another exception level. */
const PSTATE_PRIVILEGED = 0x3df
const PSTATE_MODE32 = 0x10

/** The same for the code that enters and leaves handlers in the runner: offsets in a frame, and of the state in the slot. */
export const FRAME = {
  size: FRAME_SIZE,
  recordSize: FRAME_RECORD_SIZE,
  alignment: STACK_ALIGNMENT,
  ucontext: UCONTEXT,
  stack: UC_STACK,
  mask: UC_SIGMASK,
  faultAddress: FAULT_ADDRESS,
  regs: REGS,
  pc: PC,
  pstate: PSTATE,
  records: RECORDS,
  fpsimdMagic: FPSIMD_MAGIC,
  fpsimdSize: FPSIMD_SIZE,
  esrMagic: ESR_MAGIC,
  esrSize: ESR_SIZE,
  /** Bytes that are written. */
  written: WRITTEN_SIZE,
  pstateForbidden: PSTATE_PRIVILEGED | PSTATE_MODE32,
  /** Packed flags shifted to the left are PSTATE's. */
  nzcv: [
    { packed: PACKED_N | PACKED_Z, shift: 16 },
    { packed: PACKED_C, shift: 21 },
    { packed: PACKED_V, shift: 28 },
  ],
} as const
export const STATE_AT = {
  x: STATE_X0,
  sp: STATE_SP,
  pc: STATE_PC,
  v: STATE_V0,
  nzcv: STATE_NZCV,
  fpcr: STATE_FPCR,
  fpsr: STATE_FPSR,
  qc: STATE_QC,
  exclusive: STATE_EXCLUSIVE,
} as const

/** `code` of the trampoline that calls rt_sigreturn: nop, mov x8, #139, svc #0. Unwinders know it by these words; the nop is for those that look one byte before. */
const TRAMPOLINE_CODE = new Uint8Array(new Uint32Array([0xd503201f, 0xd2801168, 0xd4000001]).buffer)
const TRAMPOLINE_ENTRY = 4

/** The frame for a handler whose stack begins at `top`. */
function buildFrame(thread: StoppedThread, top: number, content: FrameContent): SignalFrame {
  const { u8, i32 } = thread
  const recordAt = alignDown(top - FRAME_RECORD_SIZE)
  const address = recordAt - FRAME_SIZE
  const record = u8.slice(STATE_X0 + 29 * 8, STATE_X0 + 31 * 8)

  const bytes = new Uint8Array(WRITTEN_SIZE)
  const view = new DataView(bytes.buffer)
  if (content.withInfo) bytes.set(content.info.subarray(0, INFO_SIZE))
  put64(view, UC_STACK, content.stack.address)
  view.setInt32(UC_STACK + 8, content.stack.flags | 0, true)
  put64(view, UC_STACK + 16, content.stack.size)
  putSet(bytes, UC_SIGMASK, content.mask)
  put64(view, FAULT_ADDRESS, content.faultAddress)
  bytes.set(u8.subarray(STATE_X0, STATE_X0 + GENERAL_SIZE), REGS)
  bytes.set(u8.subarray(STATE_PC, STATE_PC + 8), PC)
  view.setInt32(PSTATE, unpackFlags(i32[STATE_NZCV >> 2]!), true)

  let at = RECORDS
  view.setUint32(at, FPSIMD_MAGIC, true)
  view.setUint32(at + 4, FPSIMD_SIZE, true)
  view.setInt32(at + 8, getFpsr(thread), true)
  view.setInt32(at + 12, i32[STATE_FPCR >> 2]!, true)
  bytes.set(u8.subarray(STATE_V0, STATE_V0 + V_SIZE), at + FPSIMD_REGS)
  at += FPSIMD_SIZE
  if (content.faultSyndrome !== 0) {
    view.setUint32(at, ESR_MAGIC, true)
    view.setUint32(at + 4, ESR_SIZE, true)
    put64(view, at + 8, content.faultSyndrome)
    at += ESR_SIZE
  }
  return { address, bytes: bytes.subarray(0, at + TERMINATOR_SIZE), recordAt, record }
}

/** Registers at the handler's first instruction. */
function enterHandler(thread: StoppedThread, frame: SignalFrame, { handler, signal, restorer, withInfo }: Entry): void {
  const { i32 } = thread
  put(i32, STATE_X0, signal)
  if (withInfo) {
    put(i32, STATE_X0 + 8, frame.address)
    put(i32, STATE_X0 + 16, frame.address + UCONTEXT)
  }
  put(i32, STATE_X0 + 29 * 8, frame.recordAt)
  put(i32, STATE_X0 + 30 * 8, restorer)
  put(i32, STATE_SP, frame.address)
  put(i32, STATE_PC, handler)
  clearReservation(i32)
}

/** What rt_sigreturn finds at `address`; null when the kernel would not take it, or when it is not all in `bytes`. */
function parseFrame(address: number, bytes: Uint8Array): ReturnedFrame | null {
  if (address % STACK_ALIGNMENT !== 0 || bytes.length < LEAST_SIZE) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fpsimd = findFpsimd(view)
  const pstate = view.getInt32(PSTATE, true)
  if (fpsimd < 0 || (pstate & (PSTATE_PRIVILEGED | PSTATE_MODE32)) !== 0) return null
  return {
    mask: readSet(bytes, UC_SIGMASK),
    stack: { address: get64(view, UC_STACK), flags: view.getInt32(UC_STACK + 8, true), size: get64(view, UC_STACK + 16) },
    restore(thread) {
      const { u8, i32 } = thread
      u8.set(bytes.subarray(REGS, REGS + GENERAL_SIZE), STATE_X0)
      u8.set(bytes.subarray(PC, PC + 8), STATE_PC)
      i32[STATE_NZCV >> 2] = packFlags(pstate)
      u8.set(bytes.subarray(fpsimd + FPSIMD_REGS, fpsimd + FPSIMD_REGS + V_SIZE), STATE_V0)
      setFloatControl(thread, view.getInt32(fpsimd + 8, true), view.getInt32(fpsimd + 12, true))
      clearReservation(i32)
    },
  }
}

/** Walks the records as the kernel does: offset of the fpsimd record, -1 when it is missing or something is wrong. */
function findFpsimd(view: DataView): number {
  let found = -1
  for (let offset = 0; ; ) {
    if (RECORDS_SIZE - offset < TERMINATOR_SIZE || offset % STACK_ALIGNMENT !== 0) return -1
    const at = RECORDS + offset
    if (at + TERMINATOR_SIZE > view.byteLength) return -1
    const magic = view.getUint32(at, true)
    const size = view.getUint32(at + 4, true)
    if (magic === 0) return size === 0 ? found : -1
    if (size > RECORDS_SIZE - offset || size < TERMINATOR_SIZE) return -1
    if (magic === FPSIMD_MAGIC) {
      if (found >= 0 || size !== FPSIMD_SIZE || at + FPSIMD_SIZE > view.byteLength) return -1
      found = at
    } else if (magic !== ESR_MAGIC) return -1
    offset += size
  }
}

export function getFpsr(thread: StoppedThread): number {
  const { i32 } = thread
  const qc = STATE_QC >> 2
  const saturated = (i32[qc]! | i32[qc + 1]! | i32[qc + 2]! | i32[qc + 3]!) !== 0
  return i32[STATE_FPSR >> 2]! | stickyFromMxcsr(thread.mxcsr) | (saturated ? FPSR_QC : 0)
}

export function setFloatControl(thread: StoppedThread, fpsr: number, fpcr: number): void {
  const { i32 } = thread
  i32[STATE_FPCR >> 2] = fpcr & FPCR_MASK
  i32[STATE_FPSR >> 2] = fpsr & FPSR_MASK
  i32.fill(0, STATE_QC >> 2, (STATE_QC >> 2) + 4)
  i32[STATE_QC >> 2] = fpsr & FPSR_QC
  thread.mxcsr = mxcsrOfModes(fpcr & FPCR_MASK, fpsr & FPSR_MASK)
}

function clearReservation(i32: Int32Array): void {
  i32[STATE_EXCLUSIVE >> 2] = NO_RESERVATION
  i32[(STATE_EXCLUSIVE >> 2) + 1] = NO_RESERVATION
}

function alignDown(address: number): number {
  return address - (address % STACK_ALIGNMENT)
}

function put(i32: Int32Array, offset: number, value: number): void {
  i32[offset >> 2] = value | 0
  i32[(offset >> 2) + 1] = Math.floor(value / TWO_32)
}

function put64(view: DataView, at: number, value: number): void {
  view.setInt32(at, value | 0, true)
  view.setInt32(at + 4, Math.floor(value / TWO_32), true)
}

function get64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true)
}

export const aarch64Frames: SignalFrames = {
  size: FRAME_SIZE,
  state: FRAME_STATE,
  trampoline: { code: TRAMPOLINE_CODE, entry: TRAMPOLINE_ENTRY },
  returnAddress: () => 0,
  build: buildFrame,
  enter: enterHandler,
  parse: parseFrame,
}
