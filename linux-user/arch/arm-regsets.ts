/**
 * The register sets of 32-bit ARM (arch/arm/kernel/ptrace.c): pt_regs (r0..r15, cpsr, the first argument of a call), what an FPA would have, and VFP's.
 * r15 is the address alone; the rest of the state's pc is in CPSR.
 */
import { addressOf } from '../../src/guest/arm/instruction-set.ts'
import { ARM_STATE, SLOT_Q0, SLOT_R0, SLOT_TPIDRURO } from '../../src/guest/arm/state.ts'
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import { cpsrOf, getFpscr, getPc, pcOf, setCpsr, setFpscr, setPc } from './arm-frame.ts'
import type { StoppedThread } from './frame.ts'
import { NT_FPREGSET, type RegisterSet, type RegisterSets } from './register-sets.ts'

const NT_ARM_VFP = 0x400

const at = (slot: number): number => STATE_OFFSET + ARM_STATE[slot]!.offset
const STATE_R0 = at(SLOT_R0)
const STATE_Q0 = at(SLOT_Q0)
const TLS = at(SLOT_TPIDRURO)
/** r0..r14 */
const PLAIN_SIZE = 15 * 4
const PC = PLAIN_SIZE
const CPSR = PC + 4
export const ORIGINAL_R0 = CPSR + 4
export const GENERAL_REGSET_SIZE = ORIGINAL_R0 + 4
const NO_CALL = -1
/** struct user_fp: eight registers of three words, fpsr, fpcr, eight types, a word. */
const FPA_SIZE = 116
const VFP_REGISTERS_SIZE = 32 * 8
const VFP_SIZE = VFP_REGISTERS_SIZE + 4

function general(thread: StoppedThread, pc = getPc(thread.i32)): Uint8Array {
  const bytes = new Uint8Array(GENERAL_REGSET_SIZE)
  const view = new DataView(bytes.buffer)
  bytes.set(thread.u8.subarray(STATE_R0, STATE_R0 + PLAIN_SIZE))
  view.setUint32(PC, addressOf(pc), true)
  view.setInt32(CPSR, cpsrOf(thread.i32, pc), true)
  view.setInt32(ORIGINAL_R0, NO_CALL, true)
  return bytes
}

function setGeneral(thread: StoppedThread, given: Uint8Array): void {
  const bytes = general(thread)
  bytes.set(given.subarray(0, bytes.length))
  const view = new DataView(bytes.buffer)
  thread.u8.set(bytes.subarray(0, PLAIN_SIZE), STATE_R0)
  const cpsr = view.getInt32(CPSR, true)
  setCpsr(thread.i32, cpsr)
  setPc(thread.i32, pcOf(view.getUint32(PC, true), cpsr))
}

/** There is none. */
const fpa: RegisterSet = { type: NT_FPREGSET, owner: 'CORE', get: () => new Uint8Array(FPA_SIZE), set: () => undefined }

export const vfp: RegisterSet = {
  type: NT_ARM_VFP,
  owner: 'LINUX',
  get(thread) {
    const bytes = new Uint8Array(VFP_SIZE)
    bytes.set(thread.u8.subarray(STATE_Q0, STATE_Q0 + VFP_REGISTERS_SIZE))
    new DataView(bytes.buffer).setInt32(VFP_REGISTERS_SIZE, getFpscr(thread), true)
    return bytes
  },
  set(thread, given) {
    const bytes = vfp.get(thread)
    bytes.set(given.subarray(0, bytes.length))
    thread.u8.set(bytes.subarray(0, VFP_REGISTERS_SIZE), STATE_Q0)
    setFpscr(thread, new DataView(bytes.buffer).getInt32(VFP_REGISTERS_SIZE, true))
  },
}

/** What set_tls has set. */
export function threadPointer({ u8 }: StoppedThread): Uint8Array {
  return u8.slice(TLS, TLS + 4)
}

export const armRegisterSets: RegisterSets = { general, setGeneral, others: [fpa, vfp] }
