/**
 * Group stops of processes that are traced. The kernel is not told of them, for a runner that it has stopped obeys no orders: all tracees of a process are
 * held, and each says so to its tracer. SIGCONT ends the stop.
 *
 * The kernel stops the process only when nobody needs orders any more, all its tracees being left to PTRACE_LISTEN, and somebody is to see it: a parent that
 * is not the tracer, or threads that are not traced.
 *
 * What comes from outside, or to a whole process group, stops the runner for real: the kernel lets nobody catch SIGSTOP, and tells only parents. So a clock
 * looks at the processes that are traced. What it finds stopped goes on (by a SIGCONT of ours, which the guest does not see), and the tracer gets the SIGSTOP.
 *
 * A stop and a SIGCONT may meet:
 * - The SIGCONT comes before the tracer has let the stop signal through: `continued` marks the tracee, or, when the signal is still in a slot or with
 *   the kernel, `isContinued` finds it there. There is no stop then, as in the kernel.
 * - It comes between that look and the kernel's own stop (`stopNatively`): it is lost with the kernel's queue. That window is some microseconds long, and
 *   none is there when the tracer is the parent.
 */
import { readdirSync } from 'node:fs'
import { scratch } from '../../src/host/memory.ts'
import { procStat, STAT } from '../../src/host/proc-stat.ts'
import { type Process, signalProcess } from '../../src/host/process.ts'
import type { Thread } from '../../src/host/thread.ts'
import { PENDING_ASYNC, SIGNAL_INFO, SIGNAL_INFO_SIZE, SIGNAL_PENDING } from '../../src/runtime/layout.ts'
import { x64Numbers as nr } from '../../syscalls/abi/numbers-x64.ts'
import { hasSignal, readSet, SIGSET_SIZE } from '../../syscalls/abi/signals.ts'
import type { GuestProcess } from '../process.ts'
import { SIGCONT, SIGSTOP, SIGTRAP } from './stop.ts'
import type { Tracee } from './tracee.ts'

/** Negative: from a process, not from the kernel. */
const CONTINUE_CODE = -0x6443
const INFO_CODE = 8

export class JobControl {
  /** Processes that are stopped, by the signal that has stopped them. */
  private readonly stops = new Map<GuestProcess, number>()
  private readonly traceesOf: (process: GuestProcess) => Tracee[]

  constructor(traceesOf: (process: GuestProcess) => Tracee[]) {
    this.traceesOf = traceesOf
  }

  /** The signal that the process is stopped by; 0: it is not. */
  stopSignal(process: GuestProcess): number {
    return this.stops.get(process) ?? 0
  }

  forget(process: GuestProcess): void {
    this.stops.delete(process)
  }

  /** A stop signal is acted upon by the thread of `tracee`, which obeys orders. False: it does nothing. */
  stop(tracee: Tracee, signal: number): boolean {
    const { process } = tracee.thread
    if (tracee.isContinued || this.isContinued(process, tracee.runner)) return false
    if (signal !== SIGSTOP && isOrphaned(process.host)) return false
    this.begin(process, signal)
    return true
  }

  private begin(process: GuestProcess, signal: number): void {
    this.stops.set(process, signal)
    for (const tracee of this.traceesOf(process)) tracee.wantTrap()
  }

  /** Has SIGCONT been sent, and nobody has acted upon it? `runner` obeys orders. */
  private isContinued(process: GuestProcess, runner: Thread): boolean {
    for (const { runner: other } of process.threads) {
      if ((Atomics.load(other.i32, SIGNAL_PENDING >> 2) & PENDING_ASYNC) === 0) continue
      const view = new DataView(other.u8.buffer, other.u8.byteOffset + SIGNAL_INFO, SIGNAL_INFO_SIZE)
      if (view.getInt32(0, true) === SIGCONT && view.getInt32(INFO_CODE, true) !== CONTINUE_CODE) return true
    }
    const { address, bytes } = runner.scratch(SIGSET_SIZE)
    return runner.syscall(nr.rt_sigpending, address, SIGSET_SIZE) === 0 && hasSignal(readSet(bytes), SIGCONT)
  }

  /** SIGCONT has come. */
  continued(process: GuestProcess): void {
    this.stops.delete(process)
    for (const tracee of this.traceesOf(process)) tracee.continued()
  }

  isOurs(info: Uint8Array): boolean {
    return new DataView(info.buffer, info.byteOffset).getInt32(INFO_CODE, true) === CONTINUE_CODE
  }

  /** The tracee is about to listen. True: the kernel is to stop its process. */
  stopsNatively({ thread: { process }, tracer }: Tracee): boolean {
    const tracees = this.traceesOf(process)
    if (!this.stops.has(process) || !tracees.every(({ isListening }) => isListening)) return false
    return process.host.parent !== tracer.host || tracees.length < process.threads.size
  }

  // What the kernel has stopped

  /** A process that is about to be traced is stopped: so is its tracee. */
  takeOver(process: GuestProcess): void {
    const signal = stoppedBy(process.host)
    if (signal === 0) return
    if (!this.stops.has(process)) this.begin(process, signal)
    this.goOn(process.host)
  }

  /** Looks at a process that is traced, and not meant to be stopped by the kernel. */
  look(process: GuestProcess): void {
    const tracees = this.traceesOf(process)
    if (tracees.length === 0 || tracees.some(({ isStoppedNatively }) => isStoppedNatively)) return
    if (stoppedBy(process.host) === 0) return
    const first = tracees.find(({ tid }) => tid === process.pid) ?? tracees[0]!
    first.wantSignal(SIGSTOP, 0, 0)
    this.goOn(process.host)
  }

  private goOn(host: Process): void {
    const s = scratch()
    const at = s.take(SIGNAL_INFO_SIZE)
    for (let n = 0; n < SIGNAL_INFO_SIZE / 4; n++) s.i32[(at >> 2) + n] = 0
    s.i32[at >> 2] = SIGCONT
    s.i32[(at + INFO_CODE) >> 2] = CONTINUE_CODE
    signalProcess(host, SIGCONT, s.address + at)
  }
}

/** The kernel stops the process, whose action for the signal is the default one there. */
export function stopNatively({ host }: GuestProcess, signal: number): void {
  signalProcess(host, signal)
}

/** The signal by which the kernel has stopped a process; 0: it has not. */
function stoppedBy({ pid, ended }: Process): number {
  const stat = ended || pid === 0 ? null : procStat(pid)
  if (stat === null || stat[STAT.state] !== 'T') return 0
  // Only those who may look closely are told which; SIGTRAP would be a debugger's.
  const signal = Number(stat[STAT.exitCode])
  return signal > 0 && signal !== SIGTRAP ? signal : SIGSTOP
}

/** Has nobody of the process group a parent in another one of the session, who could continue it? Stop signals of terminals do nothing then. */
function isOrphaned({ pid }: Process): boolean {
  const own = procStat(pid)
  if (own === null) return true
  for (const name of readdirSync('/proc')) {
    const stat = /^\d/.test(name) ? procStat(name) : null
    if (stat === null || stat[STAT.group] !== own[STAT.group] || stat[STAT.state] === 'Z') continue
    const parent = procStat(stat[STAT.parent]!)
    if (parent === null || stat[STAT.parent] === '1') continue
    if (parent[STAT.group] !== stat[STAT.group] && parent[STAT.session] === stat[STAT.session]) return false
  }
  return true
}
