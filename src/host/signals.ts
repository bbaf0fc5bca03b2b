/**
 * Signals that are sent to the engine but meant for the guest. The shell knows the engine as the program that it started; the guest is a
 * child in the same process group. So:
 *
 * - what the terminal sends (Ctrl-C, Ctrl-\, Ctrl-Z, hang-up) reaches the guest itself: the engine lives on and does nothing;
 * - what somebody sends to the engine's pid is sent on to the guest;
 * - when the guest stops, the engine stops too, so that the shell sees its job stopped; it goes on when the shell continues it.
 *
 * JavaScript cannot handle signals while the engine waits in a native call. The handler is a few instructions of machine code that put
 * {signal, si_code, si_pid} into a ring and ring the doorbell; the engine reads the ring whenever it wakes.
 */
import { SIGNAL, SYS } from '../runtime/host-kernel.ts'
import { ALU, Assembler, insn, R8, R9, RAX, RCX, RDI, RDX, RSI, SHIFT } from '../x64/asm/index.ts'
import { must, Scratch, scratch } from './memory.ts'
import { hostSyscall } from './native.ts'
import { mapNativeCode } from './native-code.ts'
import { type Process, signalProcess } from './process.ts'

const MOV32 = insn('MOV r32, r/m32')
const STORE32 = insn('MOV r/m32, r32')
const XADD32 = insn('XADD r/m32, r32')
const LEA = insn('LEA r64, m')
const SYSCALL = insn('SYSCALL')
const RET = insn('RET')

const RING_ENTRIES = 64
const ENTRY_SHIFT = 4
/** Ring memory: count u32, doorbell fd u32, the value to write u64, then entries {signal, code, pid, unused}. */
const COUNT = 0
const FD = 4
const VALUE = 8
const RING = 16
const SI_CODE = 8
const SI_PID = 16

const SIG_IGN = 1
const SI_KERNEL = 0x80
const SA_SIGINFO = 4
const SA_RESTORER = 0x0400_0000
const SA_RESTART = 0x1000_0000
const SIGSET_SIZE = 8
const SIGACTION_SIZE = 32
const SIG_UNBLOCK = 1
const SYS_WAITID = 247
const P_PID = 1
const WNOHANG = 1
const WSTOPPED = 2
const SIGINFO_SIZE = 128
const PR_SET_DUMPABLE = 4
const LAST_SIGNAL = 64
/** glibc keeps the first two real-time signals for itself. */
const LIBC_SIGNALS = [32, 33]

/** What the engine's own faults, its writes and its limits raise stays as it is. */
const OWN = new Set<number>([
  SIGNAL.SIGILL,
  SIGNAL.SIGTRAP,
  6, // SIGABRT
  SIGNAL.SIGBUS,
  SIGNAL.SIGFPE,
  SIGNAL.SIGKILL,
  SIGNAL.SIGSEGV,
  SIGNAL.SIGPIPE,
  SIGNAL.SIGSTOP,
  24, // SIGXCPU
  SIGNAL.SIGXFSZ,
  27, // SIGPROF, V8's profiler
  31, // SIGSYS
  ...LIBC_SIGNALS,
])

export interface ReceivedSignal {
  readonly signal: number
  readonly code: number
  readonly pid: number
}

export class EngineSignals {
  private readonly memory = new Scratch(RING + (RING_ENTRIES << ENTRY_SHIFT))
  private readonly saved: { readonly signal: number; readonly action: Uint8Array }[] = []
  private seen = 0
  private readonly guest: Process
  private readonly isOurs: (pid: number) => boolean

  /** Takes the signals until `close`. `isOurs`: the sender is a guest, whose signals to its process group reach the others without us. */
  constructor(doorbell: number, guest: Process, isOurs: (pid: number) => boolean) {
    this.guest = guest
    this.isOurs = isOurs
    this.memory.i32[FD >> 2] = doorbell
    this.memory.setU64(VALUE, 1)
    const { handler, restorer } = handlerCode(this.memory.address)
    for (let signal = 1; signal <= LAST_SIGNAL; signal++) {
      if (OWN.has(signal)) continue
      const s = scratch()
      const action = s.take(SIGACTION_SIZE)
      const old = s.take(SIGACTION_SIZE)
      s.setU64(action, handler)
      s.setU64(action + 8, SA_SIGINFO | SA_RESTORER | SA_RESTART)
      s.setU64(action + 16, restorer)
      must('rt_sigaction', hostSyscall(SYS.rt_sigaction, signal, s.address + action, s.address + old, SIGSET_SIZE))
      this.saved.push({ signal, action: s.u8.slice(old, old + SIGACTION_SIZE) })
    }
  }

  /** True when `handle` has something to do. */
  get pending(): boolean {
    return Atomics.load(this.memory.i32, COUNT >> 2) !== this.seen
  }

  /** Does what the signals since the last call ask for. */
  handle(): void {
    while (this.pending) {
      const at = (RING >> 2) + ((this.seen & (RING_ENTRIES - 1)) << (ENTRY_SHIFT - 2))
      const { i32 } = this.memory
      const signal = Atomics.exchange(i32, at, 0)
      if (signal === 0) return // counted but not yet written; the doorbell will ring
      this.seen = (this.seen + 1) | 0
      this.receive({ signal, code: i32[at + 1]!, pid: i32[at + 2]! })
    }
  }

  /** Gives the signals back to Node. */
  close(): void {
    for (const { signal, action } of this.saved) restore(signal, action)
    this.memory.close()
  }

  private receive({ signal, code, pid }: ReceivedSignal): void {
    if (signal === SIGNAL.SIGCHLD) {
      this.followStop()
      return
    }
    // SIGALRM may come from a timer that whoever started us had set.
    if (code === SI_KERNEL && signal !== SIGNAL.SIGALRM && signal !== SIGNAL.SIGCONT) return
    if (code <= 0 && this.isOurs(pid)) return
    signalProcess(this.guest, signal)
  }

  private followStop(): void {
    const s = scratch()
    const info = s.take(SIGINFO_SIZE)
    const result = hostSyscall(SYS_WAITID, P_PID, this.guest.pid, s.address + info, WSTOPPED | WNOHANG, 0)
    if (result < 0 || s.i32[(info + SI_PID) >> 2] === 0) return
    hostSyscall(SYS.kill, hostSyscall(SYS.getpid), SIGNAL.SIGSTOP)
  }
}

/** void handler(int rdi, siginfo_t *rsi, void *rdx) and its restorer; `ring` is the address of the ring memory. */
function handlerCode(ring: number): { handler: number; restorer: number } {
  const asm = new Assembler(256)
  asm.reset(0)
  asm.movAddress(R8, ring)
  asm.imm64(RAX, 1, 0)
  asm.lock()
  asm.mr(XADD32, R8, COUNT, RAX)
  asm.aluRI(ALU.AND, 32, RAX, RING_ENTRIES - 1)
  asm.shiftRI(SHIFT.SHL, 32, RAX, ENTRY_SHIFT)
  asm.rm(LEA, R9, R8, RING, RAX, 0)
  asm.rm(MOV32, RCX, RSI, SI_CODE)
  asm.mr(STORE32, R9, 4, RCX)
  asm.rm(MOV32, RCX, RSI, SI_PID)
  asm.mr(STORE32, R9, 8, RCX)
  asm.mr(STORE32, R9, 0, RDI)
  asm.rm(MOV32, RDI, R8, FD)
  asm.rm(LEA, RSI, R8, VALUE)
  asm.imm64(RDX, 8, 0)
  asm.imm64(RAX, SYS.write, 0)
  asm.none(SYSCALL)
  asm.none(RET)
  const restorer = asm.pos
  asm.imm64(RAX, SYS.rt_sigreturn, 0)
  asm.none(SYSCALL)
  asm.finish()
  const handler = mapNativeCode(asm.bytes.subarray(0, asm.pos))
  return { handler, restorer: handler + restorer }
}

type Mask = readonly [lo: number, hi: number]

function signalsOf(mask: Mask): number[] {
  return Array.from({ length: LAST_SIGNAL }, (_, n) => n + 1).filter(
    (signal) => ((mask[signal > 32 ? 1 : 0] >>> ((signal - 1) & 31)) & 1) === 1 && !LIBC_SIGNALS.includes(signal),
  )
}

/** Ignores a signal; returns the action that it had. */
function ignore(signal: number): Uint8Array {
  const s = scratch()
  const action = s.take(SIGACTION_SIZE)
  const old = s.take(SIGACTION_SIZE)
  s.setU64(action, SIG_IGN)
  hostSyscall(SYS.rt_sigaction, signal, s.address + action, s.address + old, SIGSET_SIZE)
  return s.u8.slice(old, old + SIGACTION_SIZE)
}

function restore(signal: number, saved: Uint8Array): void {
  const s = scratch()
  const action = s.take(SIGACTION_SIZE)
  s.u8.set(saved, action)
  hostSyscall(SYS.rt_sigaction, signal, s.address + action, 0, SIGSET_SIZE)
}

/** Ignores the signals of a mask, as the caller did: the engine lives on too. Not SIGCHLD, which would take the status of runners away. */
export function ignoreSignals(mask: Mask): void {
  for (const signal of signalsOf(mask)) if (signal !== SIGNAL.SIGCHLD) ignore(signal)
}

/** Starts a process that inherits these signals ignored. */
export function whileIgnored<T>(mask: Mask, start: () => T): T {
  const saved = signalsOf(mask).map((signal) => ({ signal, action: ignore(signal) }))
  try {
    return start()
  } finally {
    for (const { signal, action } of saved) restore(signal, action)
  }
}

/** Ends the engine by a signal, as the guest was ended. Returns only when the signal does not end a process (as for pid 1). */
export function killSelf(signal: number): void {
  // The core dump would be Node's.
  hostSyscall(SYS.prctl, PR_SET_DUMPABLE, 0)
  const s = scratch()
  const action = s.take(SIGACTION_SIZE)
  const set = s.take(SIGSET_SIZE)
  s.u8[set + ((signal - 1) >> 3)] = 1 << ((signal - 1) & 7)
  hostSyscall(SYS.rt_sigaction, signal, s.address + action, 0, SIGSET_SIZE)
  hostSyscall(SYS.rt_sigprocmask, SIG_UNBLOCK, s.address + set, 0, SIGSET_SIZE)
  hostSyscall(SYS.kill, hostSyscall(SYS.getpid), signal)
}
