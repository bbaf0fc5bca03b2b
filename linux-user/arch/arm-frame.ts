/**
 * The signal frames of Linux on 32-bit ARM (arch/arm/kernel/signal.c), as bytes: state of the slot -> frame, frame -> state.
 *
 *   sp + 0     siginfo_t (128 bytes), of a handler with SA_SIGINFO only; what follows begins at sp without
 *      + 0     ucontext: flags, link, stack_t {sp, flags, size}
 *      + 20    sigcontext: trap_no, error_code, oldmask, r0..r15, cpsr, fault_address
 *      + 104   sigset_t, 120 bytes unused
 *      + 232   512 bytes of records {magic u32, size u32, …}: vfp (d0..d31, fpscr, fpexc, fpinst, fpinst2), {0}
 *      + 744   two words of code and two unused: what returned before there was a page for it
 *
 * CPSR has the translation state that the state's pc has: T, and ITSTATE in two pieces.
 */
import { FPSR_MASK, FPSR_QC, stickyFromMxcsr } from '../../src/guest/a64/fp-environment.ts'
import {
  addressOf,
  BIG_ENDIAN,
  isBigEndian,
  isThumb,
  itStateOf,
  lengthStrideOf,
  withLengthStride,
} from '../../src/guest/arm/instruction-set.ts'
import { ARM_STATE, NO_RESERVATION, packedOf, SLOT_C, SLOT_EXCLUSIVE_ADDRESS, SLOT_FPCR, SLOT_FPNZCV, SLOT_FPSR, SLOT_GE, SLOT_LR, SLOT_MXCSR_STANDARD, SLOT_NZ, SLOT_PC, SLOT_Q_FLAG, SLOT_Q0, SLOT_QC, SLOT_R0, SLOT_SP, SLOT_V } from '../../src/guest/arm/state.ts' // biome-ignore format: a list
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import { mxcsrOfModes } from '../../src/runtime/routines/float-modes.ts'
import { arm, x64 } from '../../syscalls/abi/abi.ts'
import { convertStruct, layout } from '../../syscalls/abi/shape.ts'
import { siginfo } from '../../syscalls/abi/shapes-process.ts'
import { putSet, readSet } from '../../syscalls/abi/signals.ts'
import { signalReturn } from './arm-kernel-page.ts'
import { type Entry, type FrameContent, packFlags, type ReturnedFrame, type SignalFrame, type SignalFrames, type StoppedThread, unpackFlags } from './frame.ts' // biome-ignore format: a list

const TWO_32 = 0x1_0000_0000
const INFO_SIZE = 128
// Offsets behind the siginfo_t.
const UC_STACK = 8
const TRAP_NUMBER = 20
const ERROR_CODE = TRAP_NUMBER + 4
const OLD_MASK = TRAP_NUMBER + 8
const REGISTERS = TRAP_NUMBER + 12
const PC = REGISTERS + 15 * 4
const CPSR = PC + 4
const FAULT_ADDRESS = CPSR + 4
const UC_SIGMASK = 104
const RECORDS = 232
const RETURN_CODE = 744
const PLAIN_SIZE = 760
/** A value that no kernel of before ucontext had there. */
const PLAIN_FLAGS = 0x5ac3_c35a

const VFP_MAGIC = 0x5646_5001
const VFP_SIZE = 288
const VFP_REGISTERS = RECORDS + 8
const VFP_REGISTERS_SIZE = 32 * 8
const VFP_FPSCR = VFP_REGISTERS + VFP_REGISTERS_SIZE
const VFP_FPEXC = VFP_FPSCR + 8
const FPEXC_ENABLED = 0x4000_0000
/** Bytes behind the siginfo_t that are written: with the word that ends the records. */
const WRITTEN = RECORDS + VFP_SIZE + 4
const STACK_ALIGNMENT = 8

const CPSR_USER = 0x10
const CPSR_MODE = 0x1f
const CPSR_T = 1 << 5
const CPSR_E = 1 << 9
const CPSR_Q = 1 << 27
const CPSR_GE_SHIFT = 16
const GE_MASK = 15
/** ITSTATE[1:0] and ITSTATE[7:2]. */
const CPSR_IT_LOW_SHIFT = 25
const CPSR_IT_HIGH_SHIFT = 10
/** FPSCR: AHP, DN, FZ, RMode, FZ16. */
const FPSCR_CONTROL = 0x07c8_0000
const FPSCR_FZ = 1 << 24

/** Trap numbers of the kernel's: data and prefetch aborts, undefined instructions. */
const TRAP_PAGE_FAULT = 14
const TRAP_UNDEFINED = 6
// The fault status as ARM's FSR has it, out of AArch64's syndrome.
const ESR_WRITE = 0x40
const ESR_CLASS_INSTRUCTION = 0x82
const ESR_FSC = 0x3f
const ESR_FSC_ALIGNMENT = 0x21
const FSR_ALIGNMENT = 0x01
const FSR_WRITE = 0x800
const FSR_INSTRUCTION = 0x8000_0000

const at = (slot: number): number => STATE_OFFSET + ARM_STATE[slot]!.offset
const STATE_R0 = at(SLOT_R0)
const STATE_PC = at(SLOT_PC)
const STATE_Q0 = at(SLOT_Q0)
const STATE_QC = at(SLOT_QC)
/** r0..r14 */
const GENERAL_SIZE = 15 * 4

const state = { start: STATE_OFFSET, end: STATE_OFFSET + Math.max(...ARM_STATE.map(({ offset }) => offset)) + 16 }

function build(thread: StoppedThread, top: number, content: FrameContent): SignalFrame {
  const { u8, i32 } = thread
  const head = content.withInfo ? INFO_SIZE : 0
  const end = top - head - PLAIN_SIZE
  const address = end - (end % STACK_ALIGNMENT)
  const bytes = new Uint8Array(head + WRITTEN)
  if (content.withInfo) convertStruct(layout(x64, siginfo), content.info, 0, layout(arm, siginfo), bytes, 0)
  const view = new DataView(bytes.buffer, head)
  if (!content.withInfo) view.setUint32(0, PLAIN_FLAGS, true)
  else {
    view.setUint32(UC_STACK, content.stack.address, true)
    view.setInt32(UC_STACK + 4, content.stack.flags | 0, true)
    view.setUint32(UC_STACK + 8, content.stack.size, true)
  }
  const { faultSyndrome } = content
  view.setUint32(TRAP_NUMBER, faultSyndrome === 0 ? TRAP_UNDEFINED : TRAP_PAGE_FAULT, true)
  view.setUint32(ERROR_CODE, faultStatus(faultSyndrome), true)
  view.setInt32(OLD_MASK, content.mask.lo, true)
  bytes.set(u8.subarray(STATE_R0, STATE_R0 + GENERAL_SIZE), head + REGISTERS)
  const pc = getPc(i32)
  view.setUint32(PC, addressOf(pc), true)
  view.setInt32(CPSR, cpsrOf(i32, pc), true)
  view.setUint32(FAULT_ADDRESS, content.faultAddress, true)
  putSet(bytes, head + UC_SIGMASK, content.mask)
  view.setUint32(RECORDS, VFP_MAGIC, true)
  view.setUint32(RECORDS + 4, VFP_SIZE, true)
  bytes.set(u8.subarray(STATE_Q0, STATE_Q0 + VFP_REGISTERS_SIZE), head + VFP_REGISTERS)
  view.setInt32(VFP_FPSCR, getFpscr(thread), true)
  view.setUint32(VFP_FPEXC, FPEXC_ENABLED, true)
  return { address, bytes, ...returnCode(address + head + RETURN_CODE) }
}

/** The words that the kernel leaves there for those who look; nobody executes them. */
function returnCode(address: number): { recordAt: number; record: Uint8Array } {
  return { recordAt: address, record: new Uint8Array(8) }
}

function faultStatus(syndrome: number): number {
  if (syndrome === 0) return 0
  const code = syndrome & ESR_FSC
  const isInstruction = syndrome >>> 24 === ESR_CLASS_INSTRUCTION
  const status = code === ESR_FSC_ALIGNMENT ? FSR_ALIGNMENT : code
  return (status | (syndrome & ESR_WRITE ? FSR_WRITE : 0) | (isInstruction ? FSR_INSTRUCTION : 0)) >>> 0
}

function setFlags(i32: Int32Array, cpsr: number): void {
  for (const slot of [SLOT_NZ, SLOT_C, SLOT_V]) i32[at(slot) >> 2] = packFlags(cpsr)
}

function enter(thread: StoppedThread, frame: SignalFrame, { handler, signal, restorer, withInfo }: Entry): void {
  const { i32 } = thread
  const put = (slot: number, value: number): void => {
    i32[at(slot) >> 2] = value
  }
  put(SLOT_R0, signal)
  if (withInfo) {
    put(SLOT_R0 + 1, frame.address)
    put(SLOT_R0 + 2, frame.address + INFO_SIZE)
  }
  put(SLOT_SP, frame.address)
  put(SLOT_LR, restorer)
  setFlags(i32, 0)
  put(SLOT_Q_FLAG, 0)
  // Little-endian, and without short vectors.
  setPc(i32, isThumb(handler) ? handler : addressOf(handler & ~2))
  clearReservation(i32)
}

function parse(address: number, whole: Uint8Array, isPlain: boolean): ReturnedFrame | null {
  const head = isPlain ? 0 : INFO_SIZE
  if (address % STACK_ALIGNMENT !== 0 || whole.length < head + WRITTEN) return null
  const bytes = whole.subarray(head)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const cpsr = view.getInt32(CPSR, true)
  if ((cpsr & CPSR_MODE) !== CPSR_USER) return null
  if (view.getUint32(RECORDS, true) !== VFP_MAGIC || view.getUint32(RECORDS + 4, true) !== VFP_SIZE) return null
  return {
    mask: readSet(bytes, UC_SIGMASK),
    stack: isPlain
      ? null
      : { address: view.getUint32(UC_STACK, true), flags: view.getInt32(UC_STACK + 4, true), size: view.getUint32(UC_STACK + 8, true) },
    restore(thread) {
      const { u8, i32 } = thread
      u8.set(bytes.subarray(REGISTERS, REGISTERS + GENERAL_SIZE), STATE_R0)
      setPc(i32, pcOf(view.getUint32(PC, true), cpsr))
      setCpsr(i32, cpsr)
      u8.set(bytes.subarray(VFP_REGISTERS, VFP_REGISTERS + VFP_REGISTERS_SIZE), STATE_Q0)
      setFpscr(thread, view.getInt32(VFP_FPSCR, true))
      clearReservation(i32)
    },
  }
}

/** CPSR as user code sees it. */
export function cpsrOf(i32: Int32Array, pc: number): number {
  const it = itStateOf(pc)
  return (
    CPSR_USER |
    unpackFlags(packedOf(i32[at(SLOT_NZ) >> 2]!, i32[at(SLOT_C) >> 2]!, i32[at(SLOT_V) >> 2]!)) |
    (i32[at(SLOT_Q_FLAG) >> 2] !== 0 ? CPSR_Q : 0) |
    ((i32[at(SLOT_GE) >> 2]! & GE_MASK) << CPSR_GE_SHIFT) |
    (isThumb(pc) ? CPSR_T : 0) |
    (isBigEndian(pc) ? CPSR_E : 0) |
    ((it & 3) << CPSR_IT_LOW_SHIFT) |
    ((it >>> 2) << CPSR_IT_HIGH_SHIFT)
  )
}

/** All of CPSR that is not in the state's pc. */
export function setCpsr(i32: Int32Array, cpsr: number): void {
  setFlags(i32, cpsr)
  i32[at(SLOT_Q_FLAG) >> 2] = cpsr & CPSR_Q ? 1 : 0
  i32[at(SLOT_GE) >> 2] = (cpsr >>> CPSR_GE_SHIFT) & GE_MASK
}

/** The state's pc of an address and a CPSR. */
export function pcOf(address: number, cpsr: number): number {
  const kept = cpsr & CPSR_E ? BIG_ENDIAN : 0
  if ((cpsr & CPSR_T) === 0) return addressOf(address & ~2) + kept
  const it = ((cpsr >>> CPSR_IT_LOW_SHIFT) & 3) | (((cpsr >>> CPSR_IT_HIGH_SHIFT) & 0x3f) << 2)
  return it * TWO_32 + ((address | 1) >>> 0) + kept
}

export function getFpscr(thread: StoppedThread): number {
  const { i32 } = thread
  const qc = STATE_QC >> 2
  const saturated = (i32[qc]! | i32[qc + 1]! | i32[qc + 2]! | i32[qc + 3]!) !== 0
  const raised = stickyFromMxcsr(thread.mxcsr | i32[at(SLOT_MXCSR_STANDARD) >> 2]!)
  const cumulative = i32[at(SLOT_FPSR) >> 2]! | raised | (saturated ? FPSR_QC : 0)
  return i32[at(SLOT_FPCR) >> 2]! | cumulative | unpackFlags(i32[at(SLOT_FPNZCV) >> 2]!) | lengthStrideOf(getPc(i32))
}

/** LEN and STRIDE are in the pc. */
export function setFpscr(thread: StoppedThread, fpscr: number): void {
  const { i32 } = thread
  setPc(i32, withLengthStride(getPc(i32), fpscr))
  i32[at(SLOT_FPCR) >> 2] = fpscr & FPSCR_CONTROL
  i32[at(SLOT_FPSR) >> 2] = fpscr & FPSR_MASK
  i32[at(SLOT_FPNZCV) >> 2] = packFlags(fpscr)
  i32.fill(0, STATE_QC >> 2, (STATE_QC >> 2) + 4)
  i32[STATE_QC >> 2] = fpscr & FPSR_QC
  thread.mxcsr = mxcsrOfModes(fpscr & FPSCR_CONTROL, fpscr & FPSR_MASK)
  i32[at(SLOT_MXCSR_STANDARD) >> 2] = mxcsrOfModes(FPSCR_FZ, fpscr & FPSR_MASK)
}

export function getPc(i32: Int32Array): number {
  return i32[(STATE_PC >> 2) + 1]! * TWO_32 + (i32[STATE_PC >> 2]! >>> 0)
}

export function setPc(i32: Int32Array, pc: number): void {
  i32[STATE_PC >> 2] = pc | 0
  i32[(STATE_PC >> 2) + 1] = Math.floor(pc / TWO_32)
}

function clearReservation(i32: Int32Array): void {
  const exclusive = at(SLOT_EXCLUSIVE_ADDRESS) >> 2
  i32[exclusive] = NO_RESERVATION
  i32[exclusive + 1] = NO_RESERVATION
}

export const armFrames: SignalFrames = {
  size: INFO_SIZE + PLAIN_SIZE,
  state,
  trampoline: null,
  returnAddress: ({ handler, withInfo }) => signalReturn(isThumb(handler), withInfo),
  build,
  enter,
  parse,
}
