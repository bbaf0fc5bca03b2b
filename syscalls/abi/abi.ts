/**
 * What distinguishes one Linux ABI from another, as facts: where a system call's number and arguments are, its numbers,
 * its data model, the names it gives itself.
 */
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import type { Flavour } from './flag-set.ts'
import { armNumbers } from './numbers-arm.ts'
import { genericNumbers } from './numbers-generic.ts'
import { x64Numbers } from './numbers-x64.ts'
import { type DataModel, ilp32, lp64 } from './shape.ts'

const TWO_32 = 0x1_0000_0000

export interface Abi {
  readonly flavour: Flavour
  readonly model: DataModel
  /** System call numbers by name. */
  readonly numbers: { readonly [name: string]: number }
  /** What uname says the machine is, and what it says under PER_LINUX32. */
  readonly machine: string
  readonly machine32: string
  /** AUDIT_ARCH_…, what seccomp filters are told. */
  readonly auditArch: number
}

/** A guest's ABI: also where its registers are. All offsets are from the slot's start. */
export interface GuestAbi extends Abi {
  /** Bytes of a register. */
  readonly registerSize: 4 | 8
  /** An argument of 64 bits begins in an even register, where registers have 32. */
  readonly alignsPairs: boolean
  readonly numberAt: number
  readonly argumentsAt: readonly number[]
  /** Failures are returned as -errno here. */
  readonly resultAt: number
  /** The stack pointer. */
  readonly stackPointerAt: number
  /** MINSIGSTKSZ: what sigaltstack demands. */
  readonly minimumSignalStack: number
  /** Bytes at the stack pointer that tell rt_sigreturn everything, as a rule. */
  readonly signalFrameHead: number
  /** Protection bits that the architecture has beside READ, WRITE and EXEC; the host is not told. */
  readonly extraProtection: number
}

export const x64: Abi = { flavour: 'x64', model: lp64, numbers: x64Numbers, machine: 'x86_64', machine32: 'i686', auditArch: 0xc000_003e }

const A64_REGISTER_SIZE = 8
const A64_NUMBER_REGISTER = 8
const A64_STACK_REGISTER = 31
/** PROT_BTI | PROT_MTE */
const A64_EXTRA_PROTECTION = 0x30

/** AArch64: number in x8, arguments in x0..x5, result in x0; general registers are the first 31 words of the state. */
export const aarch64: GuestAbi = {
  flavour: 'aarch64',
  model: lp64,
  numbers: genericNumbers,
  machine: 'aarch64',
  machine32: 'armv8l',
  auditArch: 0xc000_00b7,
  registerSize: A64_REGISTER_SIZE,
  alignsPairs: false,
  numberAt: STATE_OFFSET + A64_NUMBER_REGISTER * A64_REGISTER_SIZE,
  argumentsAt: [0, 1, 2, 3, 4, 5].map((n) => STATE_OFFSET + n * A64_REGISTER_SIZE),
  resultAt: STATE_OFFSET,
  stackPointerAt: STATE_OFFSET + A64_STACK_REGISTER * A64_REGISTER_SIZE,
  minimumSignalStack: 5120,
  // siginfo and context (592), the fpsimd record (528), one more and the terminator (16 each): linux-user/arch/aarch64-frame.ts
  signalFrameHead: 1152,
  extraProtection: A64_EXTRA_PROTECTION,
}

const ARM_REGISTER_SIZE = 4
const ARM_NUMBER_REGISTER = 7
const ARM_STACK_REGISTER = 13

/** 32-bit ARM, EABI: number in r7, arguments in r0..r6, result in r0; general registers are the first words of the state. */
export const arm: GuestAbi = {
  flavour: 'arm',
  model: ilp32,
  numbers: armNumbers,
  machine: 'armv7l',
  machine32: 'armv7l',
  auditArch: 0x4000_0028,
  registerSize: ARM_REGISTER_SIZE,
  alignsPairs: true,
  numberAt: STATE_OFFSET + ARM_NUMBER_REGISTER * ARM_REGISTER_SIZE,
  argumentsAt: [0, 1, 2, 3, 4, 5, 6].map((n) => STATE_OFFSET + n * ARM_REGISTER_SIZE),
  resultAt: STATE_OFFSET,
  stackPointerAt: STATE_OFFSET + ARM_STACK_REGISTER * ARM_REGISTER_SIZE,
  minimumSignalStack: 2048,
  signalFrameHead: 0,
  extraProtection: 0,
}

/** Byte order passes through unconverted: so far that is all that thunks and the engine can do. */
export function requireSameOrder(guest: Abi, host: Abi): void {
  if (guest.model.littleEndian !== host.model.littleEndian)
    throw new Error(`${guest.machine}: system calls of the data model ${guest.model.name} cannot be made yet`)
}

/** A register of a stopped thread, unsigned. `at`: its offset in the slot, whose words `i32` is. */
export function readRegister({ registerSize }: GuestAbi, i32: Int32Array, at: number): number {
  const low = i32[at >> 2]! >>> 0
  return registerSize === 4 ? low : (i32[(at >> 2) + 1]! >>> 0) * TWO_32 + low
}

export function writeRegister({ registerSize }: GuestAbi, i32: Int32Array, at: number, value: number): void {
  i32[at >> 2] = value | 0
  if (registerSize === 8) i32[(at >> 2) + 1] = Math.floor(value / TWO_32)
}
