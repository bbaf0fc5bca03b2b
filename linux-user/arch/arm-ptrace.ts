/**
 * ptrace of 32-bit ARM's own (arch/arm/kernel/ptrace.c). There are no steps and no debug registers: debuggers put instructions into the code, of which
 * arm-breakpoints.ts knows. At a system call's stops r12 says which it is, and the word behind CPSR keeps the first argument; neither can be changed there.
 */
import { errno } from '../../syscalls/abi/errno.ts'
import type { Call } from '../../syscalls/call.ts'
import { coreRegsets, type PtraceArch, regsetOf, type TraceeRegset } from '../ptrace/arch.ts'
import type { Tracee } from '../ptrace/tracee.ts'
import { armRegisterSets, GENERAL_REGSET_SIZE, ORIGINAL_R0, threadPointer, vfp } from './arm-regsets.ts'
import { NT_FPREGSET, NT_PRSTATUS } from './register-sets.ts'

/** arch/arm/include/uapi/asm/ptrace.h */
const PTRACE_PEEKUSR = 3
const PTRACE_POKEUSR = 6
const PTRACE_GETREGS = 12
const PTRACE_SETREGS = 13
const PTRACE_GETFPREGS = 14
const PTRACE_SETFPREGS = 15
const PTRACE_GET_THREAD_AREA = 22
const PTRACE_SET_SYSCALL = 23
const PTRACE_GETVFPREGS = 27
const PTRACE_SETVFPREGS = 28

const WORD = 4
const IP = 12 * WORD
/** struct user: behind the registers are words that nobody fills. */
const USER_SIZE = 296
const ENTRY = 0
const EXIT = 1

const general: TraceeRegset = {
  get({ runner, stop, firstArgument }) {
    const bytes = armRegisterSets.general(runner)
    if (stop?.kind !== 'entry' && stop?.kind !== 'exit') return bytes
    const view = new DataView(bytes.buffer)
    view.setInt32(IP, stop.kind === 'entry' ? ENTRY : EXIT, true)
    view.setInt32(ORIGINAL_R0, firstArgument, true)
    return bytes
  },
  set({ runner, stop }, given) {
    const bytes = given.slice()
    if (stop?.kind === 'entry' || stop?.kind === 'exit') bytes.set(armRegisterSets.general(runner).subarray(IP, IP + WORD), IP)
    armRegisterSets.setGeneral(runner, bytes)
  },
}

const regsets: ReadonlyMap<number, TraceeRegset> = new Map([...coreRegsets(armRegisterSets), [NT_PRSTATUS, general]])

/** Requests that move a set as a whole. */
interface Move {
  readonly set: TraceeRegset
  readonly isSet: boolean
}
const MOVES: ReadonlyMap<number, Move> = new Map(
  (
    [
      [PTRACE_GETREGS, PTRACE_SETREGS, general],
      [PTRACE_GETFPREGS, PTRACE_SETFPREGS, regsets.get(NT_FPREGSET)!],
      [PTRACE_GETVFPREGS, PTRACE_SETVFPREGS, regsetOf(vfp.get, vfp.set)],
    ] as const
  ).flatMap(([get, put, set]): [number, Move][] => [
    [get, { set, isSet: false }],
    [put, { set, isSet: true }],
  ]),
)

function request(call: Call, tracee: Tracee, number: number): number {
  const address = call.arg(2)
  const data = call.arg(3)
  const move = MOVES.get(number)
  if (move !== undefined) {
    const bytes = move.set.get(tracee)
    if (!move.isSet) return call.write(data, bytes)
    const given = call.read(data, bytes.length)
    if (given === null) return -errno.EFAULT
    move.set.set(tracee, given)
    return 0
  }
  switch (number) {
    case PTRACE_PEEKUSR:
      return isOutside(address) ? -errno.EIO : call.write(data, userWord(tracee, address))
    case PTRACE_POKEUSR:
      if (isOutside(address)) return -errno.EIO
      if (address < GENERAL_REGSET_SIZE) {
        const bytes = general.get(tracee)
        new DataView(bytes.buffer).setUint32(address, data, true)
        general.set(tracee, bytes)
      }
      return 0
    case PTRACE_GET_THREAD_AREA:
      return call.write(data, threadPointer(tracee.runner))
    case PTRACE_SET_SYSCALL:
      tracee.callNumber = data | 0
      return 0
    default:
      return -errno.EIO
  }
}

function isOutside(address: number): boolean {
  return address % WORD !== 0 || address >= USER_SIZE
}

function userWord(tracee: Tracee, address: number): Uint8Array {
  return address < GENERAL_REGSET_SIZE ? general.get(tracee).subarray(address, address + WORD) : new Uint8Array(WORD)
}

export const armPtrace: PtraceArch = { regsets, hasSteps: false, hasEmulation: false, request }
