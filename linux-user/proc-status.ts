/**
 * /proc/PID/status and stat as the guest's: sizes without the runner, and the signals as the guest set them. On the host the signals that translated
 * code raises are always caught and never blocked, and while one is delivered all others are blocked.
 */
import { PENDING_ASYNC, SIGNAL_MASK, SIGNAL_PENDING } from '../src/runtime/layout.ts'
import type { GuestAbi } from '../syscalls/abi/abi.ts'
import { layout, readField } from '../syscalls/abi/shape.ts'
import { sigaction } from '../syscalls/abi/shapes-process.ts'
import { readSet, type SignalSet, SYNCHRONOUS_MASK } from '../syscalls/abi/signals.ts'
import { SIG_DFL, SIG_IGN } from '../syscalls/handlers/signals.ts'
import type { GuestProcess } from './process.ts'

/** Sets of signals as bits, signal n at bit n - 1. */
export interface ProcSignals {
  readonly caught: bigint
  /** Those of which the host may know nothing. */
  readonly ignored: bigint
  /** Of a thread: those that translated code raises. */
  readonly blocked: bigint
  /** The thread's whole mask where it is not the host's. */
  readonly mask: bigint | null
  /** Sent to the thread, and to the process; of those that translated code raises. */
  readonly pending: bigint
  readonly shared: bigint
}

const FAULTS = BigInt(SYNCHRONOUS_MASK >>> 0)
const SI_CODE = 8
const SI_TKILL = -6

function bits({ lo, hi }: SignalSet): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)
}

/** The signals of a process and of its thread `tid`. */
export function procSignals(process: GuestProcess, abi: GuestAbi, tid: number): ProcSignals {
  const of = layout(abi, sigaction)
  let caught = 0n
  let ignored = 0n
  process.learnActions()
  for (const [signal, action] of process.state.actions) {
    const handler = readField(of, 'sa_handler', action)
    const bit = 1n << BigInt(signal - 1)
    if (handler === SIG_IGN) ignored |= bit
    else if (handler !== SIG_IGN && handler !== SIG_DFL) caught |= bit
  }
  const none = { caught, ignored, blocked: 0n, mask: null, pending: 0n, shared: 0n }
  const runner = [...process.threads].find((thread) => thread.runner.tid === tid)?.runner
  const state = runner && process.state.threads.get(runner)
  if (runner === undefined || state === undefined) return none
  let pending = 0n
  let shared = 0n
  for (const [signal, info] of state.sent) {
    const bit = 1n << BigInt(signal - 1)
    if (new DataView(info.buffer, info.byteOffset).getInt32(SI_CODE, true) === SI_TKILL) pending |= bit
    else shared |= bit
  }
  const isTaken = (Atomics.load(runner.i32, SIGNAL_PENDING >> 2) & PENDING_ASYNC) !== 0
  return {
    ...none,
    blocked: BigInt(state.blockedSynchronous >>> 0),
    mask: isTaken ? bits(readSet(runner.u8, SIGNAL_MASK)) : null,
    pending,
    shared,
  }
}

/** What becomes of the host's set, by the name that status gives it. */
function guestSet(name: string, host: bigint, signals: ProcSignals): bigint {
  switch (name) {
    case 'SigBlk':
      return ((signals.mask ?? host) & ~FAULTS) | signals.blocked
    case 'SigIgn':
      return (host & ~FAULTS) | signals.ignored
    case 'SigCgt':
      return signals.caught
    case 'SigPnd':
      return host | signals.pending
    default:
      return host | signals.shared
  }
}

/** `bytes`: the size of the guest's mappings; `filters`: its seccomp mode and how many filters it has; `tracer`: pid, 0: none. */
export function statusText(
  text: string,
  bytes: number,
  signals: ProcSignals | null,
  seccomp: { mode: number; filters: number },
  tracer: number,
): string {
  const size = `${bytes / 1024} kB`
  return text.replace(/^(\w+):\t *(\S+)(?: kB)?$/gm, (line, name: string, value: string) => {
    switch (name) {
      case 'VmPeak':
      case 'VmSize':
        return `${name}:\t${size.padStart(11)}`
      case 'TracerPid':
        return `TracerPid:\t${tracer || value}`
      case 'Seccomp':
        return `Seccomp:\t${Math.max(seccomp.mode, Number(value))}`
      case 'Seccomp_filters':
        return `Seccomp_filters:\t${seccomp.filters + Number(value)}`
      case 'SigPnd':
      case 'ShdPnd':
      case 'SigBlk':
      case 'SigIgn':
      case 'SigCgt':
        return signals === null
          ? line
          : `${name}:\t${guestSet(name, BigInt(`0x${value}`), signals)
              .toString(16)
              .padStart(16, '0')}`
      default:
        return line
    }
  })
}

/** Fields of /proc/PID/stat, numbered as in proc(5), that are not the guest's; they are decimal, the sets their low 31 signals. */
const STATE = 3
const VSIZE = 23
const SETS: readonly [number, string][] = [
  [31, 'SigPnd'],
  [32, 'SigBlk'],
  [33, 'SigIgn'],
  [34, 'SigCgt'],
]
const LOW = 0x7fff_ffffn

export function statText(text: string, bytes: number, signals: ProcSignals | null): string {
  const end = text.lastIndexOf(')') + 2
  const fields = text.slice(end).split(' ')
  fields[VSIZE - STATE] = String(bytes)
  if (signals !== null) {
    for (const [n, name] of SETS) {
      // Only the low words are told here; the caught ones are wholly the engine's.
      fields[n - STATE] = String(guestSet(name, BigInt(fields[n - STATE] ?? '0'), signals) & LOW)
    }
  }
  return text.slice(0, end) + fields.join(' ')
}
