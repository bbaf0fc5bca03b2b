/** The register sets of AArch64 (arch/arm64/kernel/ptrace.c), as core files hold them and PTRACE_GETREGSET gives them. */
import { A64_STATE, SLOT_FPCR, SLOT_NZCV, SLOT_PC, SLOT_TPIDR, SLOT_V0, SLOT_X0 } from '../../src/guest/a64/state.ts'
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import { getFpsr, setFloatControl } from './aarch64-frame.ts'
import { packFlags, type StoppedThread, unpackFlags } from './frame.ts'
import { NT_FPREGSET, type RegisterSets } from './register-sets.ts'

const NT_ARM_TLS = 0x401

const at = (slot: number): number => STATE_OFFSET + A64_STATE[slot]!.offset
const X0 = at(SLOT_X0)
const V0 = at(SLOT_V0)
const TLS = at(SLOT_TPIDR)
const PC_OFFSET = at(SLOT_PC)
/** x0..x30 and sp. */
const GENERAL_SIZE = 32 * 8
const PSTATE = GENERAL_SIZE + 8
/** struct user_pt_regs: x0..x30, sp, pc, pstate. */
const GENERAL_REGSET_SIZE = GENERAL_SIZE + 16
const VECTORS_SIZE = 32 * 16
/** struct user_fpsimd_state: v0..v31, fpsr, fpcr, two words unused. */
const FLOAT_REGSET_SIZE = VECTORS_SIZE + 16
const WORD = 8

/** `pc`: where it is not the state's. */
function generalRegisters(thread: StoppedThread, pc?: number): Uint8Array {
  const bytes = new Uint8Array(GENERAL_REGSET_SIZE)
  bytes.set(thread.u8.subarray(X0, X0 + GENERAL_SIZE))
  if (pc === undefined) bytes.set(thread.u8.subarray(PC_OFFSET, PC_OFFSET + WORD), GENERAL_SIZE)
  else bytes.set(new Uint8Array(BigUint64Array.of(BigInt(pc)).buffer), GENERAL_SIZE)
  new DataView(bytes.buffer).setInt32(PSTATE, unpackFlags(thread.i32[at(SLOT_NZCV) >> 2]!), true)
  return bytes
}

/** What is missing at the end stays. */
function setGeneralRegisters(thread: StoppedThread, given: Uint8Array): void {
  const bytes = generalRegisters(thread)
  bytes.set(given.subarray(0, bytes.length))
  thread.u8.set(bytes.subarray(0, GENERAL_SIZE), X0)
  thread.u8.set(bytes.subarray(GENERAL_SIZE, GENERAL_SIZE + WORD), PC_OFFSET)
  thread.i32[at(SLOT_NZCV) >> 2] = packFlags(new DataView(bytes.buffer).getInt32(PSTATE, true))
}

function floatRegisters(thread: StoppedThread): Uint8Array {
  const bytes = new Uint8Array(FLOAT_REGSET_SIZE)
  const view = new DataView(bytes.buffer)
  bytes.set(thread.u8.subarray(V0, V0 + VECTORS_SIZE))
  view.setInt32(VECTORS_SIZE, getFpsr(thread), true)
  view.setInt32(VECTORS_SIZE + 4, thread.i32[at(SLOT_FPCR) >> 2]!, true)
  return bytes
}

function setFloatRegisters(thread: StoppedThread, given: Uint8Array): void {
  const bytes = floatRegisters(thread)
  bytes.set(given.subarray(0, bytes.length))
  const view = new DataView(bytes.buffer)
  thread.u8.set(bytes.subarray(0, VECTORS_SIZE), V0)
  setFloatControl(thread, view.getInt32(VECTORS_SIZE, true), view.getInt32(VECTORS_SIZE + 4, true))
}

function threadPointer(thread: StoppedThread): Uint8Array {
  return thread.u8.slice(TLS, TLS + WORD)
}

function setThreadPointer(thread: StoppedThread, given: Uint8Array): void {
  thread.u8.set(given.subarray(0, WORD), TLS)
}

export const aarch64RegisterSets: RegisterSets = {
  general: generalRegisters,
  setGeneral: setGeneralRegisters,
  others: [
    { type: NT_FPREGSET, owner: 'CORE', get: floatRegisters, set: setFloatRegisters },
    { type: NT_ARM_TLS, owner: 'LINUX', get: threadPointer, set: setThreadPointer },
  ],
}
