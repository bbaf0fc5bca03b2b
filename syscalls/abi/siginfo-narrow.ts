/**
 * siginfo_t between words of eight and of four bytes: its union begins where the first words end, and which of its members is meant follows from signal and code
 * (kernel/signal.c, siginfo_layout).
 */
import type { Conversion } from './shape.ts'
import { SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGPOLL, SIGSEGV, SIGSYS, SIGTRAP } from './signals.ts'

const SI_TIMER = -2
const SI_SIGIO = -5
const SI_KERNEL = 0x80
const SIZE = 128
/** si_signo, si_errno, si_code */
const HEAD = 12
const SIGNAL = 0
const CODE = 8

/** Offset and size where words have eight bytes, then where they have four. */
type Member = readonly [wideAt: number, wideSize: 4 | 8, narrowAt: number]

const SENDER: readonly Member[] = [
  [16, 4, 12],
  [20, 4, 16],
]
/** With a union sigval. */
const QUEUED: readonly Member[] = [...SENDER, [24, 8, 20]]
/** Status, user and system time. */
const CHILD: readonly Member[] = [...SENDER, [24, 4, 20], [32, 8, 24], [40, 8, 28]]
/** Address, its granule, bounds or key. */
const FAULT: readonly Member[] = [
  [16, 8, 12],
  [24, 4, 16],
  [32, 8, 20],
  [40, 8, 24],
]
const POLLED: readonly Member[] = [
  [16, 8, 12],
  [24, 4, 16],
]
const CALL: readonly Member[] = [
  [16, 8, 12],
  [24, 4, 16],
  [28, 4, 20],
]
const FAULTS = [SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP]

function membersOf(signal: number, code: number): readonly Member[] {
  if (code === SI_TIMER) return QUEUED
  if (code === SI_SIGIO) return POLLED
  if (code < 0) return QUEUED
  if (code === 0 || code >= SI_KERNEL) return SENDER
  if (FAULTS.includes(signal)) return FAULT
  if (signal === SIGCHLD) return CHILD
  if (signal === SIGPOLL) return POLLED
  return signal === SIGSYS ? CALL : SENDER
}

export const convertSiginfo: Conversion = (from, source, to, target) => {
  const [wide, narrow] = from.model.pointer === 8 ? [0, 2] : [2, 0]
  const reading = new DataView(source.buffer, source.byteOffset, SIZE)
  const writing = new DataView(target.buffer, target.byteOffset, SIZE)
  target.set(source.subarray(0, HEAD))
  for (const member of membersOf(reading.getInt32(SIGNAL, true), reading.getInt32(CODE, true))) {
    writing.setUint32(member[narrow] as number, reading.getUint32(member[wide] as number, true), true)
    if (to.model.pointer === 8 && member[1] === 8) writing.setUint32(member[0] + 4, 0, true)
  }
}
