/**
 * wait4, waitid, kill, tkill and tgkill of processes that trace others or are traced; for all others these calls are the kernel's alone.
 *
 * What the kernel has to report comes behind what we have. A call that waits does so in the kernel, for its children, or, where it has none that match, on a
 * word that nobody changes; a kick ends it, and it is made again.
 */
import { hostSyscall } from '../../src/host/native.ts'
import type { Thread } from '../../src/host/thread.ts'
import { DOORBELL_VALUE } from '../../src/runtime/layout.ts'
import { errno } from '../../syscalls/abi/errno.ts'
import { idType, waitOptions } from '../../syscalls/abi/flags/process.ts'
import { x64Numbers as nr } from '../../syscalls/abi/numbers-x64.ts'
import { rusage } from '../../syscalls/abi/shapes-process.ts'
import type { Call, Handler, Outcome } from '../../syscalls/call.ts'
import { complete, perform, prepare } from '../../syscalls/perform.ts'
import { guestInfo } from '../../syscalls/siginfo-form.ts'
import type { Tree } from '../tree.ts'
import { SIGSTOP, signalInfo } from './stop.ts'
import type { Tracee } from './tracee.ts'
import type { Report, Tracer } from './tracer.ts'
import { Tracing } from './tracing.ts'

const { WNOHANG, WUNTRACED, WEXITED, WCONTINUED, WNOWAIT } = waitOptions.values
const { P_ALL, P_PID, P_PGID } = idType.values
const TWO_32 = 0x1_0000_0000
const SYS_GETPGID = 121
const FUTEX_WAIT = 0
const SIGCHLD = 17
const CLD = { EXITED: 1, KILLED: 2, DUMPED: 3, TRAPPED: 4, STOPPED: 5 } as const
const INFO_CODE = 8
const INFO_PID = 16
const INFO_STATUS = 24
const INFO_SIZE = 128
const STOPPED = 0x7f
const CORE_FLAG = 0x80
const SI_USER = 0
const SI_TKILL = -6

export function waitCalls(tree: Tree): { readonly [name: string]: Handler } {
  const tracerOf = (call: Call): Tracer | undefined => {
    const { debug } = tree
    return debug instanceof Tracing ? debug.tracer(tree.threadOf(call.thread as Thread).process) : undefined
  }
  const withTracer =
    (wait: (call: Call, tracer: Tracer) => Outcome): Handler =>
    (call) => {
      const tracer = tracerOf(call)
      return tracer === undefined ? 'pass' : wait(call, tracer)
    }
  const stopping =
    (signalAt: number, code: number, find: (call: Call, tracing: Tracing) => Tracee | undefined): Handler =>
    (call) => {
      const { debug } = tree
      if (!(debug instanceof Tracing) || call.int(signalAt) !== SIGSTOP) return 'pass'
      const tracee = find(call, debug)
      if (tracee === undefined) return 'pass'
      tracee.wantSignal(SIGSTOP, code, tree.threadOf(call.thread as Thread).process.pid)
      return 0
    }
  const byTid = (tid: number, tracing: Tracing): Tracee | undefined => {
    const thread = tree.byTid(tid)
    return thread === undefined ? undefined : tracing.tracee(thread)
  }
  return {
    wait4: withTracer(wait4),
    waitid: withTracer(waitid),
    kill: stopping(1, SI_USER, (call, tracing) => {
      const process = tree.byPid(call.int(0))
      return process === undefined ? undefined : tracing.traceeOf(process)
    }),
    tkill: stopping(1, SI_TKILL, (call, tracing) => byTid(call.int(0), tracing)),
    tgkill: stopping(2, SI_TKILL, (call, tracing) => byTid(call.int(1), tracing)),
  }
}

/** Whom a wait is for, as waitid names it; `matches` says the same of tracees. */
interface Selection {
  readonly type: number
  readonly id: number
  readonly matches: (tid: number, pid: number) => boolean
}

function select(call: Call, type: number, id: number): Selection {
  if (type === P_ALL) return { type, id, matches: () => true }
  if (type === P_PID) return { type, id, matches: (tid) => tid === id }
  const group = id === 0 ? call.thread.syscall(nr.getpgid, 0) : id
  return { type, id: group, matches: (_tid, pid) => hostSyscall(SYS_GETPGID, pid, 0, 0, 0, 0) === group }
}

function wait4(call: Call, tracer: Tracer): Outcome {
  const wanted = call.int(0)
  const whom = wanted === -1 ? select(call, P_ALL, 0) : wanted > 0 ? select(call, P_PID, wanted) : select(call, P_PGID, -wanted)
  const options = (call.uint(2) & ~WNOHANG) | WEXITED
  return wait(call, tracer, whom, { optionsAt: 2, withEnds: true, options }, (report) => {
    const { status, tid } = report
    if (call.arg(1) !== 0 && call.write(call.arg(1), new Uint8Array(Int32Array.of(status).buffer)) !== 0) return -errno.EFAULT
    if (call.arg(3) !== 0 && call.write(call.arg(3), new Uint8Array(call.guestLayout(rusage).size)) !== 0) return -errno.EFAULT
    return tid
  })
}

function waitid(call: Call, tracer: Tracer): Outcome {
  const type = call.int(0)
  const id = call.int(1)
  if ((type !== P_ALL && type !== P_PID && type !== P_PGID) || (call.uint(3) & (WEXITED | WUNTRACED | WCONTINUED)) === 0) return 'pass'
  const withEnds = (call.uint(3) & WEXITED) !== 0
  return wait(call, tracer, select(call, type, id), { optionsAt: 3, withEnds, options: call.uint(3) & ~WNOHANG }, ({ tid, status }) => {
    const info = signalInfo(SIGCHLD, codeOf(status), tid)
    new DataView(info.buffer).setInt32(
      INFO_STATUS,
      (status & STOPPED) === 0 || (status & STOPPED) === STOPPED ? status >> 8 : status & STOPPED,
      true,
    )
    if (call.arg(2) !== 0 && call.write(call.arg(2), guestInfo(call.ctx.abi, info)) !== 0) return -errno.EFAULT
    if (call.arg(4) !== 0 && call.write(call.arg(4), new Uint8Array(call.guestLayout(rusage).size)) !== 0) return -errno.EFAULT
    return 0
  })
}

function codeOf(status: number): number {
  if ((status & STOPPED) === STOPPED) return CLD.TRAPPED
  if ((status & STOPPED) === 0) return CLD.EXITED
  return status & CORE_FLAG ? CLD.DUMPED : CLD.KILLED
}

interface WaitCall {
  readonly optionsAt: number
  readonly withEnds: boolean
  /** For waitid, without WNOHANG. */
  readonly options: number
}

function wait(call: Call, tracer: Tracer, whom: Selection, wanted: WaitCall, tell: (report: Report) => number): Outcome {
  const thread = call.thread as Thread
  const options = call.uint(wanted.optionsAt)
  const report = tracer.report(whom.matches, wanted.withEnds)
  if (report) {
    const result = tell(report)
    if (result >= 0 && (options & WNOWAIT) === 0) report.take()
    return result
  }
  if (report === undefined) {
    // The kernel's alone, as long as no child becomes a tracee.
    tracer.waiting.add(thread)
    const prepared = prepare(call)
    if (typeof prepared === 'number') return prepared
    thread.startSyscall64(prepared.number, prepared.args)
    return { finish: (result) => complete(call, prepared, result | 0, Math.floor(result / TWO_32)).lo, cancel: () => undefined }
  }
  const { address, bytes } = thread.scratch(INFO_SIZE)
  bytes.fill(0)
  const look = wanted.options | WNOWAIT
  const found = thread.syscall(nr.waitid, whom.type, whom.id, address, look | WNOHANG, 0)
  const pid = found === 0 ? new DataView(bytes.buffer, bytes.byteOffset).getInt32(INFO_PID, true) : 0
  if (found < 0 && found !== -errno.ECHILD) return found
  const isTracee = pid !== 0 && tracer.byTid(pid) !== undefined
  if (isTracee && new DataView(bytes.buffer, bytes.byteOffset).getInt32(INFO_CODE, true) === CLD.STOPPED) {
    // Stops of tracees are ours to tell.
    thread.syscall(nr.waitid, P_PID, pid, address, WUNTRACED | WNOHANG, 0)
    return 'restart'
  }
  // A tracee that has ended, but not for us yet: its threads' ends are told first.
  const isEarly = isTracee
  if (pid !== 0 && !isEarly) return perform(call).lo
  tracer.putsOff ||= isEarly
  if (options & WNOHANG) return 0
  tracer.waiting.add(thread)
  if (found === 0 && !isEarly) thread.startSyscall(nr.waitid, whom.type, whom.id, address, look, 0)
  else thread.startSyscall(nr.futex, thread.slot.address + DOORBELL_VALUE, FUTEX_WAIT, 1, 0)
  return { finish: (ended) => (ended === -errno.EINTR ? ended : 'restart'), cancel: () => undefined }
}
