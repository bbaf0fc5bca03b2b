/**
 * Seccomp: filters that the guest installs on its own system call numbers. The host is told nothing, for it would judge the runner's calls. The calls of
 * a thread that has a filter all come to the engine (SYSCALL_COUNT = 0), which asks the filters first. Filters are a thread's, as in the kernel: clone and
 * exec pass them on.
 *
 * Not there: notification descriptors (SECCOMP_FILTER_FLAG_NEW_LISTENER is EINVAL); a program of the host cannot be executed under a filter (EACCES), for
 * nobody would ask it there.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import type { Thread } from '../src/host/thread.ts'
import { SYSCALL_COUNT } from '../src/runtime/layout.ts'
import { errno, MAX_ERRNO } from '../syscalls/abi/errno.ts'
import { prctlOption, seccompFlags, seccompOperation } from '../syscalls/abi/flags/process.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { layout, readField } from '../syscalls/abi/shape.ts'
import { sockFprog } from '../syscalls/abi/shapes-process.ts'
import { SIGKILL } from '../syscalls/abi/signals.ts'
import { type Call, type Handler, type Outcome, readArguments } from '../syscalls/call.ts'
import { type ThreadState, threadState } from '../syscalls/process-state.ts'
import { actionOf, createFilter, type Filter, INSTRUCTION_SIZE, judge, MAX_INSTRUCTIONS, SECCOMP_DATA_SIZE, SECCOMP_RET } from '../syscalls/seccomp-filter.ts' // biome-ignore format: a list
import { getPc } from './fault-state.ts'
import type { GuestThread } from './thread.ts'
import type { Tree } from './tree.ts'

export const SECCOMP_MODE_STRICT = 1
export const SECCOMP_MODE_FILTER = 2
const { SECCOMP_SET_MODE_STRICT, SECCOMP_SET_MODE_FILTER, SECCOMP_GET_ACTION_AVAIL } = seccompOperation.values
const { SECCOMP_FILTER_FLAG_TSYNC: TSYNC, SECCOMP_FILTER_FLAG_LOG: LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW: SPEC_ALLOW, SECCOMP_FILTER_FLAG_TSYNC_ESRCH: TSYNC_ESRCH } = seccompFlags.values // biome-ignore format: a list
const { PR_SET_SECCOMP, PR_GET_SECCOMP, PR_GET_NO_NEW_PRIVS } = prctlOption.values
const SIGSYS = 31
const SYS_SECCOMP = 1
const AVAILABLE: readonly number[] = Object.values(SECCOMP_RET).filter((action) => action !== SECCOMP_RET.USER_NOTIF)
/** What strict mode leaves. */
const STRICT = ['read', 'write', 'exit', 'rt_sigreturn']
const CAPABILITY_VERSION_3 = 0x2008_0522
const CAPABILITY_SIZE = 24
const CAP_SYS_ADMIN = 21
const TWO_32 = 0x1_0000_0000
/** struct seccomp_data */
const DATA = new Uint32Array(SECCOMP_DATA_SIZE / 4)
const DATA_ARCH = 1
const DATA_POINTER = 2
const DATA_ARGUMENTS = 4
/** siginfo_t of SIGSYS */
const SIGINFO_SIZE = 128
const INFO_ERRNO = 4
const INFO_CODE = 8
const INFO_CALL_ADDRESS = 16
const INFO_SYSCALL = 24
const INFO_ARCH = 28

export function seccompCalls(tree: Tree): { readonly [name: string]: Handler } {
  return {
    seccomp: (call) => seccomp(tree, call, call.int(0), call.int(1), call.arg(2)),
    prctl: (call) => {
      const option = call.uint(0)
      if (option === PR_GET_SECCOMP) return threadState(call.ctx.process, call.thread).seccomp.mode
      if (option !== PR_SET_SECCOMP) return 'pass'
      const mode = call.arg(1)
      if (mode === SECCOMP_MODE_STRICT) return seccomp(tree, call, SECCOMP_SET_MODE_STRICT, 0, 0)
      return mode === SECCOMP_MODE_FILTER ? seccomp(tree, call, SECCOMP_SET_MODE_FILTER, 0, call.arg(2)) : -errno.EINVAL
    },
  }
}

/** The thread's calls are the engine's while it has a filter. */
export function applySeccomp(runner: RunnerThread, { seccomp: { mode } }: ThreadState): void {
  if (mode !== 0) runner.i32[SYSCALL_COUNT >> 2] = 0
}

function seccomp(tree: Tree, call: Call, operation: number, flags: number, address: number): Outcome {
  switch (operation) {
    case SECCOMP_SET_MODE_STRICT: {
      if (flags !== 0 || address !== 0) return -errno.EINVAL
      const state = threadState(call.ctx.process, call.thread)
      if (state.seccomp.mode === SECCOMP_MODE_FILTER) return -errno.EINVAL
      state.seccomp = { mode: SECCOMP_MODE_STRICT, filter: null }
      applySeccomp(call.thread, state)
      return 0
    }
    case SECCOMP_SET_MODE_FILTER:
      return setFilter(tree, call, flags, address)
    case SECCOMP_GET_ACTION_AVAIL: {
      if (flags !== 0) return -errno.EINVAL
      const bytes = call.read(address, 4)
      if (bytes === null) return -errno.EFAULT
      return AVAILABLE.includes(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)) ? 0 : -errno.EOPNOTSUPP
    }
    default:
      return -errno.EINVAL
  }
}

function setFilter(tree: Tree, call: Call, flags: number, address: number): Outcome {
  if (flags & ~(TSYNC | LOG | SPEC_ALLOW | TSYNC_ESRCH)) return -errno.EINVAL
  const program = call.readStruct(address, sockFprog)
  if (program === null) return -errno.EFAULT
  const of = layout(call.ctx.abi, sockFprog)
  const count = readField(of, 'len', program)
  if (count === 0 || count > MAX_INSTRUCTIONS) return -errno.EINVAL
  if (!mayFilter(call)) return -errno.EACCES
  const code = call.read(readField(of, 'filter', program), count * INSTRUCTION_SIZE)
  if (code === null) return -errno.EFAULT
  const state = threadState(call.ctx.process, call.thread)
  const filter = createFilter(code, state.seccomp.filter)
  if (typeof filter === 'number') return filter
  if (state.seccomp.mode === SECCOMP_MODE_STRICT) return -errno.EINVAL
  const thread = tree.threadOf(call.thread as Thread)
  if (flags & TSYNC) {
    const odd = oddThread(thread, state.seccomp.filter)
    if (odd !== 0) return flags & TSYNC_ESRCH ? -errno.ESRCH : odd
  }
  for (const { runner, process } of flags & TSYNC ? thread.process.threads : [thread]) {
    const its = threadState(process.state, runner)
    its.seccomp = { mode: SECCOMP_MODE_FILTER, filter }
    applySeccomp(runner, its)
  }
  return 0
}

/** no_new_privs is set, or the thread may administrate. */
function mayFilter({ thread }: Call): boolean {
  if (thread.syscall(nr.prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) === 1) return true
  const { address, bytes } = thread.scratch(2 * CAPABILITY_SIZE)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  view.setUint32(0, CAPABILITY_VERSION_3, true)
  view.setUint32(4, 0, true)
  return thread.syscall(nr.capget, address, address + 8) === 0 && ((view.getUint32(8, true) >>> CAP_SYS_ADMIN) & 1) === 1
}

/** Tid of a thread whose filters are not among the caller's, or 0. */
function oddThread(caller: GuestThread, filter: Filter | null): number {
  for (const other of caller.process.threads) {
    if (other === caller) continue
    const { seccomp } = threadState(other.process.state, other.runner)
    let own = filter
    while (own !== null && own !== seccomp.filter) own = own.previous
    if (seccomp.mode === SECCOMP_MODE_STRICT || (seccomp.filter !== null && own !== seccomp.filter)) return other.runner.tid
  }
  return 0
}

/** What the filters say to the call that a thread has stopped for; its pc is behind it. 'pass': it may be made. */
export function judgeCall(tree: Tree, runner: RunnerThread, number: number): Outcome {
  const thread = tree.threadOf(runner as Thread)
  const { mode, filter } = threadState(thread.process.state, runner).seccomp
  if (mode === 0) return 'pass'
  if (mode === SECCOMP_MODE_STRICT) {
    if (STRICT.some((name) => tree.abi.numbers[name] === number)) return 'pass'
    return endThread(tree, thread, SIGKILL)
  }
  if (filter === null) return 'pass'
  const pc = tree.guest.codeAddress(getPc(runner as Thread, tree.pcOffset))
  const value = judge(filter, dataOf(tree, runner, number, pc))
  switch (actionOf(value)) {
    case SECCOMP_RET.ALLOW:
    case SECCOMP_RET.LOG:
      return 'pass'
    case SECCOMP_RET.ERRNO:
      return -Math.min(value & 0xffff, MAX_ERRNO)
    case SECCOMP_RET.TRAP:
      return thread.process.signals.raiseInfo(runner, SIGSYS, trapInfo(tree, value & 0xffff, number, pc))
    case SECCOMP_RET.TRACE: {
      const answer = tree.debug?.filtered(thread, value & 0xffff) ?? 'none'
      if (answer === 'none') return -errno.ENOSYS
      return answer === 'hold' ? 'gone' : 'pass'
    }
    // Nobody is notified.
    case SECCOMP_RET.USER_NOTIF:
      return -errno.ENOSYS
    default: {
      if (actionOf(value) === SECCOMP_RET.KILL_THREAD && thread.process.threads.size > 1) return endThread(tree, thread, SIGSYS)
      thread.process.signals.kill(runner, SIGSYS, trapInfo(tree, value & 0xffff, number, pc))
      return 'gone'
    }
  }
}

function endThread(tree: Tree, thread: GuestThread, signal: number): Outcome {
  if (thread.process.threads.size > 1) {
    tree.removeThread(thread)
    thread.runner.end(signal)
  } else thread.runner.die(signal)
  return 'gone'
}

function dataOf(tree: Tree, runner: RunnerThread, number: number, pc: number): Uint32Array {
  const args = readArguments(tree.abi, runner)
  DATA[0] = number
  DATA[DATA_ARCH] = tree.abi.auditArch
  DATA[DATA_POINTER] = pc % TWO_32
  DATA[DATA_POINTER + 1] = Math.floor(pc / TWO_32)
  DATA.set(args, DATA_ARGUMENTS)
  return DATA
}

function trapInfo(tree: Tree, data: number, number: number, pc: number): Uint8Array {
  const info = new Uint8Array(SIGINFO_SIZE)
  const view = new DataView(info.buffer)
  view.setInt32(0, SIGSYS, true)
  view.setInt32(INFO_ERRNO, data, true)
  view.setInt32(INFO_CODE, SYS_SECCOMP, true)
  view.setUint32(INFO_CALL_ADDRESS, pc % TWO_32, true)
  view.setUint32(INFO_CALL_ADDRESS + 4, Math.floor(pc / TWO_32), true)
  view.setInt32(INFO_SYSCALL, number, true)
  view.setUint32(INFO_ARCH, tree.abi.auditArch, true)
  return info
}

/** For /proc: the mode of a thread, and how many filters it has. */
export function seccompOf({ seccomp: { mode, filter } }: ThreadState): { mode: number; filters: number } {
  let filters = 0
  for (let one = filter; one !== null; one = one.previous) filters++
  return { mode, filters }
}
