/** One runner process as the engine knows it, and how a process ends. */
import { SIGNAL } from '../runtime/host-kernel.ts'
import { hostSyscall } from './native.ts'
import type { Thread } from './thread.ts'

const SYS_PIDFD_SEND_SIGNAL = 424
const ESRCH = 3
const CORE_FLAG = 0x80
const SIGNAL_MASK = 0x7f

export interface Process {
  /** 0 until it is known. */
  pid: number
  /** As long as the pid is not known: a descriptor that keeps room for it, or -1. See process-table.ts. */
  pidfd: number
  readonly threads: Set<Thread>
  /** The first of its hidden descriptors. */
  readonly hiddenBase: number
  /** Its numbers are of a PID namespace below the engine's; and those of its children are. */
  isBelow: boolean
  hasChildrenBelow: boolean
  /** Its pid as it knows it itself: another one when it is below. */
  ownPid: number
  /** Who has made it; null: nobody of ours. */
  readonly parent: Process | null
  /** It has been waited for: its pidfd is closed. */
  ended: boolean
  /** Why the engine killed it, when it did. */
  killed: string | null
  /** As wait4 gives it, when the engine has seen how it ends: not all are our children. */
  endStatus: number
  /** Ends it by SIGKILL; `reason` is kept for the death event. */
  kill(reason: string): void
}

/** A process whose pid is not known yet. */
export function createProcess(hiddenBase: number, parent: Process | null = null, reserved = -1): Process {
  return {
    pid: 0,
    pidfd: reserved,
    threads: new Set(),
    hiddenBase,
    isBelow: parent !== null && (parent.isBelow || parent.hasChildrenBelow),
    hasChildrenBelow: false,
    ownPid: 0,
    parent,
    ended: false,
    killed: null,
    endStatus: 0,
    kill(reason) {
      this.killed ??= reason
      this.endStatus = SIGNAL.SIGKILL
      signalProcess(this, SIGNAL.SIGKILL)
    },
  }
}

/** Sends a signal; `info`: address of its siginfo_t, or 0. Returns 0 or -errno. The pidfd cannot mean another process than this one. */
export function signalProcess(process: Process, signal: number, info = 0): number {
  if (process.ended || process.pid === 0) return -ESRCH
  return hostSyscall(SYS_PIDFD_SEND_SIGNAL, process.pidfd, signal, info, 0)
}

/** A process has ended. */
export class Death {
  readonly pid: number
  /** As wait4 gives it. */
  readonly status: number
  /** Set when the engine ended it, because its control memory held nonsense. */
  readonly reason: string | null

  constructor(pid: number, status: number, reason: string | null) {
    this.pid = pid
    this.status = status
    this.reason = reason
  }

  /** The exit code, or null when a signal ended it. */
  get exitCode(): number | null {
    return (this.status & SIGNAL_MASK) === 0 ? (this.status >> 8) & 0xff : null
  }

  /** The signal that ended it, or 0. */
  get signal(): number {
    return this.status & SIGNAL_MASK
  }

  get dumpedCore(): boolean {
    return (this.status & CORE_FLAG) !== 0
  }
}
