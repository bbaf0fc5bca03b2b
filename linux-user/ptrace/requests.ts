/** The ptrace system call: a tracer's requests. What stops and goes on is in tracee.ts. */
import type { Thread } from '../../src/host/thread.ts'
import { DOORBELL_VALUE, SIGNAL_INFO_SIZE } from '../../src/runtime/layout.ts'
import type { GuestAbi } from '../../syscalls/abi/abi.ts'
import { errno } from '../../syscalls/abi/errno.ts'
import { ptraceRequest } from '../../syscalls/abi/flags/process.ts'
import { x64Numbers as nr } from '../../syscalls/abi/numbers-x64.ts'
import { NSIG, putSet, readSet, SIGSET_SIZE } from '../../syscalls/abi/signals.ts'
import { type Call, type Handler, type Outcome, readArguments, readResult } from '../../syscalls/call.ts'
import { readVector } from '../../syscalls/perform.ts'
import { guestInfo, hostInfo } from '../../syscalls/siginfo-form.ts'
import { getPc } from '../fault-state.ts'
import { readMemory, writeMemory } from '../forced-memory.ts'
import type { GuestProcess } from '../process.ts'
import type { GuestThread } from '../thread.ts'
import type { Tree } from '../tree.ts'
import { ALL_OPTIONS, EVENT, SIGSTOP } from './stop.ts'
import type { Mode, Tracee } from './tracee.ts'
import { Tracing } from './tracing.ts'
import { waitCalls } from './waits.ts'

const R = ptraceRequest.values
const TWO_32 = 0x1_0000_0000
/** struct ptrace_syscall_info: op, arch, ip, sp, then what belongs to op. */
const INFO = { arch: 4, ip: 8, sp: 16, number: 24, args: 32, result: 24, isError: 32, data: 80, none: 24, exit: 33, entry: 80, seccomp: 84 } as const // biome-ignore format: a list
const OP = { none: 0, entry: 1, exit: 2, seccomp: 3 } as const
const MAX_ERRNO = 4095
const SI_USER = 0
const FUTEX_WAIT = 0
const TIMESPEC_SIZE = 16
const ATTACH_NS = 200_000_000n

const MODES: ReadonlyMap<number, Mode> = new Map([
  [R.PTRACE_CONT, 'continue'],
  [R.PTRACE_SYSCALL, 'syscall'],
  [R.PTRACE_SINGLESTEP, 'step'],
  [R.PTRACE_SYSEMU, 'continue'],
  [R.PTRACE_SYSEMU_SINGLESTEP, 'step'],
])
const EMULATING: readonly number[] = [R.PTRACE_SYSEMU, R.PTRACE_SYSEMU_SINGLESTEP]

export function ptraceCalls(tree: Tree): { readonly [name: string]: Handler } {
  return { ptrace: (call) => ptrace(tree, call), ...waitCalls(tree) }
}

function ptrace(tree: Tree, call: Call): Outcome {
  const caller = tree.threadOf(call.thread as Thread)
  const request = call.arg(0)
  const tracing = Tracing.of(tree)
  if (tracing === null) return -errno.EPERM
  if (request === R.PTRACE_TRACEME) return traceMe(tracing, caller)
  const pid = call.int(1)
  if (request === R.PTRACE_ATTACH || request === R.PTRACE_SEIZE) return attach(tracing, call, caller.process, pid)
  const tracee = tracing.tracer(caller.process)?.byTid(pid)
  if (tracee === undefined) return -errno.ESRCH
  if (request === R.PTRACE_KILL) {
    tracing.kill(tracee)
    return 0
  }
  if (request === R.PTRACE_INTERRUPT) {
    if (!tracee.isSeized) return -errno.EIO
    tracee.wantTrap()
    return 0
  }
  return tracee.stop === null ? -errno.ESRCH : ofStopped(tracing, call, tracee, request)
}

function traceMe(tracing: Tracing, caller: GuestThread): Outcome {
  const { parent } = caller.process.host
  const process = parent === null ? undefined : tracing.tree.processes.get(parent)
  if (process === undefined || tracing.tracee(caller) !== undefined) return -errno.EPERM
  tracing.attach(caller, process, false, 0).prepare()
  return 0
}

/**
 * The tracee is another one's thread: it has to come before its signals are caught and its calls are seen. The call returns then, or when it does not come
 * because it cannot (it waits for its vfork child).
 */
function attach(tracing: Tracing, call: Call, caller: GuestProcess, tid: number): Outcome {
  const runner = call.thread as Thread
  const begun = tracing.attaching.get(runner)
  if (begun?.tid === tid) return awaitTracee(tracing, runner, begun)
  const isSeized = call.arg(0) === R.PTRACE_SEIZE
  if (isSeized && (call.arg(2) !== 0 || call.arg(3) > ALL_OPTIONS || (call.arg(3) & ~ALL_OPTIONS) !== 0)) return -errno.EIO
  const thread = tracing.tree.byTid(tid)
  if (thread === undefined) return processExists(call, tid) ? -errno.EPERM : -errno.ESRCH
  if (thread.process === caller || tracing.tracee(thread) !== undefined) return -errno.EPERM
  const tracee = tracing.attach(thread, caller, isSeized, isSeized ? call.arg(3) : 0)
  if (isSeized) tracing.kicks.kick(thread.runner)
  else tracee.wantSignal(SIGSTOP, SI_USER, 0)
  tracing.jobs.takeOver(thread.process)
  tracing.attaching.set(runner, tracee)
  return awaitTracee(tracing, runner, tracee)
}

function awaitTracee(tracing: Tracing, runner: Thread, tracee: Tracee): Outcome {
  const end = (): number => {
    tracing.attaching.delete(runner)
    return 0
  }
  if (tracee.isPrepared || tracing.tracee(tracee.thread) !== tracee) return end()
  tracee.tracer.waiting.add(runner)
  const { address, bytes } = runner.scratch(TIMESPEC_SIZE)
  new BigInt64Array(bytes.buffer, bytes.byteOffset, 2).set([0n, ATTACH_NS])
  runner.startSyscall(nr.futex, runner.slot.address + DOORBELL_VALUE, FUTEX_WAIT, 1, address)
  return { finish: (result) => (result === -errno.ETIMEDOUT ? end() : 'restart'), cancel: () => undefined }
}

function processExists(call: Call, tid: number): boolean {
  return call.thread.syscall(call.hostNumber('kill'), tid, 0) !== -errno.ESRCH
}

function ofStopped(tracing: Tracing, call: Call, tracee: Tracee, request: number): Outcome {
  const address = call.arg(2)
  const data = call.arg(3)
  const { abi, arch } = tracing.tree
  const { pointer } = abi.model
  const { hasSteps, hasEmulation } = arch.ptrace
  const asked = MODES.get(request)
  const mode = (asked === 'step' && !hasSteps) || (EMULATING.includes(request) && !hasEmulation) ? undefined : asked
  const stop = tracee.stop!
  if (mode !== undefined || request === R.PTRACE_DETACH) {
    if (data > NSIG) return -errno.EIO
    if (mode === undefined) tracee.detach(data)
    else tracee.resume(mode, data, EMULATING.includes(request))
    return 0
  }
  switch (request) {
    case R.PTRACE_PEEKTEXT:
    case R.PTRACE_PEEKDATA: {
      const runner = tracing.obedient(tracee.thread.process.memory)
      const word = runner === undefined ? null : readMemory(runner, address, pointer)
      return word === null || word.length < pointer ? -errno.EIO : call.write(data, word)
    }
    case R.PTRACE_POKETEXT:
    case R.PTRACE_POKEDATA: {
      const { memory } = tracee.thread.process
      const runner = tracing.obedient(memory)
      const word = new Uint8Array(call.args.slice(6, 8).buffer, 0, pointer)
      return runner !== undefined && writeMemory(runner, memory, address, word) ? 0 : -errno.EIO
    }
    case R.PTRACE_SETOPTIONS:
      if (data > ALL_OPTIONS || (data & ~ALL_OPTIONS) !== 0) return -errno.EINVAL
      tracee.options = data
      return 0
    case R.PTRACE_GETEVENTMSG:
      return call.write(data, pointerBytes(abi, stop.message))
    case R.PTRACE_GETSIGINFO:
      return stop.info === null ? -errno.EINVAL : call.write(data, guestInfo(abi, stop.info))
    case R.PTRACE_SETSIGINFO: {
      const info = call.read(data, SIGNAL_INFO_SIZE)
      if (info === null) return -errno.EFAULT
      if (stop.info === null) return -errno.EINVAL
      stop.info.set(hostInfo(abi, info))
      return 0
    }
    case R.PTRACE_GETREGSET:
    case R.PTRACE_SETREGSET:
      return moveRegisters(tracing, call, tracee, request === R.PTRACE_SETREGSET)
    case R.PTRACE_GETSIGMASK:
      return address === SIGSET_SIZE ? call.write(data, maskBytes(tracee)) : -errno.EINVAL
    case R.PTRACE_SETSIGMASK: {
      if (address !== SIGSET_SIZE) return -errno.EINVAL
      const set = call.read(data, SIGSET_SIZE)
      if (set === null) return -errno.EFAULT
      if (tracee.isHeld) tracee.thread.process.signals.setMaskOf(tracee.runner, readSet(set))
      return 0
    }
    case R.PTRACE_GET_SYSCALL_INFO:
      return syscallInfo(tracing, call, tracee)
    case R.PTRACE_LISTEN:
      return tracee.listen() ? 0 : -errno.EIO
    default:
      return arch.ptrace.request(call, tracee, request)
  }
}

/** An unsigned long of the guest. */
function pointerBytes({ model }: GuestAbi, value: number): Uint8Array {
  return wordBytes(value).subarray(0, model.pointer)
}

function wordBytes(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value % TWO_32, Math.floor(value / TWO_32)]).buffer)
}

function maskBytes({ thread, runner, isHeld }: Tracee): Uint8Array {
  const bytes = new Uint8Array(SIGSET_SIZE)
  if (isHeld) putSet(bytes, 0, thread.process.signals.maskOf(runner))
  return bytes
}

// Registers

function moveRegisters({ tree }: Tracing, call: Call, tracee: Tracee, isSet: boolean): number {
  const regset = tree.arch.ptrace.regsets.get(call.arg(2))
  if (regset === undefined) return -errno.EINVAL
  const [part] = readVector(call, call.arg(3), 1)
  if (part === undefined) return -errno.EFAULT
  const bytes = regset.get(tracee)
  const length = Math.min(part.length, bytes.length)
  if (isSet && length % 4 !== 0) return -errno.EINVAL
  if (isSet) {
    const given = call.read(part.base, length)
    if (given === null) return -errno.EFAULT
    bytes.set(given)
    regset.set(tracee, bytes)
  } else if (call.write(part.base, bytes.subarray(0, length)) !== 0) return -errno.EFAULT
  return call.write(call.arg(3) + tree.abi.model.pointer, pointerBytes(tree.abi, length))
}

function syscallInfo({ tree }: Tracing, call: Call, tracee: Tracee): Outcome {
  const { abi } = tree
  const { runner, stop } = tracee
  const bytes = new Uint8Array(INFO.seccomp)
  const view = new DataView(bytes.buffer)
  const put = (at: number, value: number): void => bytes.set(wordBytes(value), at)
  view.setUint32(INFO.arch, abi.auditArch, true)
  put(INFO.ip, tree.guest.codeAddress(getPc(runner, tree.pcOffset)))
  bytes.set(runner.u8.subarray(abi.stackPointerAt, abi.stackPointerAt + abi.registerSize), INFO.sp)
  let size: number = INFO.none
  const isFiltered = stop?.kind === 'event' && stop.code >> 8 === EVENT.SECCOMP
  if (stop?.kind === 'entry' || isFiltered) {
    bytes[0] = isFiltered ? OP.seccomp : OP.entry
    put(INFO.number, tracee.callNumber ?? runner.i32[abi.numberAt >> 2]! >>> 0)
    bytes.set(new Uint8Array(readArguments(abi, runner).buffer), INFO.args)
    size = isFiltered ? INFO.seccomp : INFO.entry
    if (isFiltered) view.setUint32(INFO.data, stop.message, true)
  } else if (stop?.kind === 'exit') {
    bytes[0] = OP.exit
    const [lo, hi] = readResult(abi, runner)
    bytes.set(new Uint8Array(Int32Array.of(lo, hi).buffer), INFO.result)
    bytes[INFO.isError] = hi === -1 && lo < 0 && lo >= -MAX_ERRNO ? 1 : 0
    size = INFO.exit
  }
  const failed = call.write(call.arg(3), bytes.subarray(0, Math.min(size, call.arg(2))))
  return failed === 0 ? size : failed
}
