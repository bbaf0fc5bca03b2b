/**
 * Signal numbers of asm-generic/signal.h (x86-64, AArch64 and most others) and how text shows signals and signal sets.
 */
const names = [
  '',
  'HUP',
  'INT',
  'QUIT',
  'ILL',
  'TRAP',
  'ABRT',
  'BUS',
  'FPE',
  'KILL',
  'USR1',
  'SEGV',
  'USR2',
  'PIPE',
  'ALRM',
  'TERM',
  'STKFLT',
  'CHLD',
  'CONT',
  'STOP',
  'TSTP',
  'TTIN',
  'TTOU',
  'URG',
  'XCPU',
  'XFSZ',
  'VTALRM',
  'PROF',
  'WINCH',
  'IO',
  'PWR',
  'SYS',
]

export const SIGILL = 4
export const SIGTRAP = 5
export const SIGBUS = 7
export const SIGFPE = 8
export const SIGKILL = 9
export const SIGSEGV = 11
export const SIGCHLD = 17
export const SIGSTOP = 19
export const SIGPOLL = 29
export const SIGSYS = 31
/** The kernel's first real-time signal. */
export const SIGRTMIN = 32
/** Number of signals: valid numbers are 1..64. */
export const NSIG = 64

/** Signals that translated code raises itself: the runner catches them, so they are never blocked or ignored for real. */
export const SYNCHRONOUS_SIGNALS: readonly number[] = [SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV]

/** A set of signals: the mask's two words; signal n is bit n - 1. */
export interface SignalSet {
  readonly lo: number
  readonly hi: number
}

export const SIGSET_SIZE = 8
/** SYNCHRONOUS_SIGNALS as bits of the low word. */
export const SYNCHRONOUS_MASK = SYNCHRONOUS_SIGNALS.reduce((mask, signal) => mask | (1 << (signal - 1)), 0)

export function readSet(bytes: Uint8Array, at = 0): SignalSet {
  return { lo: word(bytes, at), hi: word(bytes, at + 4) }
}

export function putSet(bytes: Uint8Array, at: number, { lo, hi }: SignalSet): void {
  for (let i = 0; i < 4; i++) {
    bytes[at + i] = lo >>> (8 * i)
    bytes[at + 4 + i] = hi >>> (8 * i)
  }
}

export function hasSignal({ lo, hi }: SignalSet, signal: number): boolean {
  return (((signal > 32 ? hi : lo) >>> ((signal - 1) & 31)) & 1) === 1
}

export function setOf(signal: number): SignalSet {
  const bit = 1 << ((signal - 1) & 31)
  return signal > 32 ? { lo: 0, hi: bit } : { lo: bit, hi: 0 }
}

export function union(a: SignalSet, b: SignalSet): SignalSet {
  return { lo: a.lo | b.lo, hi: a.hi | b.hi }
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** `SEGV`, `RT_3`, or the bare number. */
export function shortSignalName(signal: number): string {
  if (signal >= SIGRTMIN && signal <= NSIG) return `RT_${signal - SIGRTMIN}`
  return names[signal] || String(signal)
}

/** `SIGSEGV`, `SIGRT_3`; 0 and numbers that are no signals print as numbers. */
export function signalName(signal: number): string {
  return signal > 0 && signal <= NSIG ? `SIG${shortSignalName(signal)}` : String(signal)
}

/** `[INT CHLD]`; a set with more signals in it than out of it prints inverted: `~[KILL STOP]`. */
export function signalSetText(lo: number, hi: number): string {
  const inside: string[] = []
  const outside: string[] = []
  for (let signal = 1; signal <= NSIG; signal++) {
    const word = signal <= 32 ? lo : hi
    const member = (word >>> ((signal - 1) & 31)) & 1
    ;(member ? inside : outside).push(shortSignalName(signal))
  }
  return inside.length > NSIG / 2 ? `~[${outside.join(' ')}]` : `[${inside.join(' ')}]`
}
