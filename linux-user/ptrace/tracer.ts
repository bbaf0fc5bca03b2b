/** A process that traces others: what it can wait for. */
import type { Process } from '../../src/host/process.ts'
import type { Thread } from '../../src/host/thread.ts'
import type { Tracee } from './tracee.ts'

/** A tracee that has ended, and whose end the kernel does not tell the tracer: a thread, or no child of its. */
export interface End {
  readonly tid: number
  readonly pid: number
  readonly status: number
}

export interface Report {
  readonly tid: number
  /** As wait4 gives it. */
  readonly status: number
  /** It is not reported again. */
  take(): void
}

const STOPPED = 0x7f

export class Tracer {
  readonly host: Process
  readonly tracees = new Set<Tracee>()
  readonly ends: End[] = []
  /** Its threads that wait in the kernel for a child, or for nothing but a kick. */
  readonly waiting = new Set<Thread>()
  /** A wait has found nothing because what there was came too early: the next end is told by a signal, whoever reports it. */
  putsOff = false

  constructor(host: Process) {
    this.host = host
  }

  /** The tracee of this number. */
  byTid(tid: number): Tracee | undefined {
    for (const tracee of this.tracees) if (tracee.tid === tid) return tracee
    return undefined
  }

  /** Something to report of those that match; null: nothing yet, undefined: nothing ever, for there are none. `matches`: by number and process. */
  report(matches: (tid: number, pid: number) => boolean, withEnds: boolean): Report | null | undefined {
    for (const end of this.ends) {
      if (!withEnds || !matches(end.tid, end.pid)) continue
      return { tid: end.tid, status: end.status, take: () => void this.ends.splice(this.ends.indexOf(end), 1) }
    }
    let isAny = false
    for (const tracee of this.tracees) {
      const { stop, tid, thread } = tracee
      if (!matches(tid, thread.process.pid)) continue
      isAny = true
      if (stop === null || tracee.isReported) continue
      const take = () => {
        tracee.isReported = true
      }
      return { tid, status: (stop.code << 8) | STOPPED, take }
    }
    return isAny ? null : undefined
  }
}
