/** Why a tracee has stopped, as its tracer is told by wait4, PTRACE_GETSIGINFO, PTRACE_GETEVENTMSG and PTRACE_GET_SYSCALL_INFO. */
import { SIGNAL_INFO_SIZE } from '../../src/runtime/layout.ts'
import type { HeldSignal } from '../signals.ts'

export const SIGTRAP = 5
export const SIGCONT = 18
export const SIGSTOP = 19
export const STOP_SIGNALS: readonly number[] = [SIGSTOP, 20, 21, 22]
/** What is added to SIGTRAP with PTRACE_O_TRACESYSGOOD. */
const SYSGOOD = 0x80
const TRAP_TRACE = 2

/** PTRACE_EVENT_ values (include/uapi/linux/ptrace.h). */
export const EVENT = { FORK: 1, VFORK: 2, CLONE: 3, EXEC: 4, VFORK_DONE: 5, EXIT: 6, SECCOMP: 7, STOP: 128 } as const

/** PTRACE_O_ values. */
export const OPTION = {
  TRACESYSGOOD: 1,
  TRACEFORK: 1 << EVENT.FORK,
  TRACEVFORK: 1 << EVENT.VFORK,
  TRACECLONE: 1 << EVENT.CLONE,
  TRACEEXEC: 1 << EVENT.EXEC,
  TRACEVFORKDONE: 1 << EVENT.VFORK_DONE,
  TRACEEXIT: 1 << EVENT.EXIT,
  TRACESECCOMP: 1 << EVENT.SECCOMP,
  EXITKILL: 1 << 20,
} as const
export const ALL_OPTIONS = Object.values(OPTION).reduce((all, option) => all | option, 0)

export interface Stop {
  /** signal: before a signal is acted upon; entry, exit: of a system call. */
  readonly kind: 'signal' | 'entry' | 'exit' | 'event' | 'group' | 'step'
  /** The wait status without its low byte, which is 0x7f: a signal, an event above it. */
  readonly code: number
  /** PTRACE_GETEVENTMSG */
  readonly message: number
  /** siginfo_t; PTRACE_SETSIGINFO changes it. null: there is none. */
  readonly info: Uint8Array | null
  /** The signal, for kind signal. */
  readonly held: HeldSignal | null
}

export function signalInfo(signal: number, code: number, pid = 0, uid = 0): Uint8Array {
  const info = new Uint8Array(SIGNAL_INFO_SIZE)
  const view = new DataView(info.buffer)
  view.setInt32(0, signal, true)
  view.setInt32(8, code, true)
  view.setInt32(16, pid, true)
  view.setUint32(20, uid, true)
  return info
}

export function signalStop(held: HeldSignal): Stop {
  return { kind: 'signal', code: held.signal, message: 0, info: held.info, held }
}

/** Of a trap, which PTRACE_LISTEN may follow. */
export function isTrap({ kind, code }: Stop): boolean {
  return kind === 'event' && code >> 8 === EVENT.STOP
}

/** A signal as if somebody had sent it. */
export function sentStop(signal: number, code = 0, pid = 0): Stop {
  return signalStop({ signal, info: signalInfo(signal, code, pid), isForced: false, base: null })
}

export function eventStop(event: number, message: number, tid: number): Stop {
  const code = SIGTRAP | (event << 8)
  return { kind: 'event', code, message, info: signalInfo(SIGTRAP, code, tid), held: null }
}

/** Because of PTRACE_INTERRUPT, SIGCONT or, with a signal, because the process is stopped. */
export function trapStop(signal: number, tid: number): Stop {
  const by = signal === 0 ? SIGTRAP : signal
  const code = by | (EVENT.STOP << 8)
  return { kind: 'event', code, message: 0, info: signalInfo(by, code, tid), held: null }
}

/** The process is stopped, as tracers that have not used PTRACE_SEIZE are told. */
export function groupStop(signal: number): Stop {
  return { kind: 'group', code: signal, message: 0, info: null, held: null }
}

export function callStop(kind: 'entry' | 'exit', options: number, tid: number): Stop {
  const code = options & OPTION.TRACESYSGOOD ? SIGTRAP | SYSGOOD : SIGTRAP
  return { kind, code, message: kind === 'entry' ? 1 : 2, info: signalInfo(SIGTRAP, code, tid), held: null }
}

export function stepStop(tid: number): Stop {
  return { kind: 'step', code: SIGTRAP, message: 0, info: signalInfo(SIGTRAP, TRAP_TRACE, tid), held: null }
}
