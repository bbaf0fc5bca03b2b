/**
 * What distinguishes one Linux ABI from another, as facts: where a system call's number and arguments are, its numbers,
 * its data model, the names it gives itself.
 */
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import type { Flavour } from './flag-set.ts'
import { genericNumbers } from './numbers-generic.ts'
import { x64Numbers } from './numbers-x64.ts'
import { type DataModel, lp64 } from './shape.ts'

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

/** A guest's ABI: also where its registers are. All offsets are from the slot's start; registers hold 64 bits. */
export interface GuestAbi extends Abi {
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
  numberAt: STATE_OFFSET + A64_NUMBER_REGISTER * A64_REGISTER_SIZE,
  argumentsAt: [0, 1, 2, 3, 4, 5].map((n) => STATE_OFFSET + n * A64_REGISTER_SIZE),
  resultAt: STATE_OFFSET,
  stackPointerAt: STATE_OFFSET + A64_STACK_REGISTER * A64_REGISTER_SIZE,
  minimumSignalStack: 5120,
  // siginfo and context (592), the fpsimd record (528), one more and the terminator (16 each): linux-user/arch/aarch64-frame.ts
  signalFrameHead: 1152,
  extraProtection: A64_EXTRA_PROTECTION,
}

/** Pointers, longs and byte order pass through unconverted: so far that is all that thunks and the engine can do. */
export function requireSameModel(guest: Abi, host: Abi): void {
  const { model: a } = guest
  const { model: b } = host
  if (a.pointer !== b.pointer || a.long !== b.long || a.littleEndian !== b.littleEndian)
    throw new Error(`${guest.machine}: system calls of the data model ${a.name} cannot be made yet`)
}
