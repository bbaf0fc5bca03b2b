/**
 * The code that every runner executes besides translated code, written with the assembler to the start of the runtime area:
 * start-up, the mailbox, the fault handler, and the entries that translated code and thunks jump to.
 */
import { Assembler, insn, type Label, RAX, RBP, RCX } from '../x64/asm/index.ts'
import { emitStart } from './boot.ts'
import { emitLookup, emitSyscall } from './entries.ts'
import { EXIT_ID, fromRbp, REQUEST_EXIT, RUNTIME_AREA_BASE } from './layout.ts'
import { emitLives } from './lives.ts'
import { CODE_ALIGNMENT, emitMailbox, type RuntimeLabels } from './mailbox.ts'
import { emitPoll, emitSignals } from './signals.ts'

const STORE32 = insn('MOV r/m32, r32')

export interface RuntimeOptions {
  /** Slot offset of the guest's program counter, a u64. */
  readonly pcOffset: number
  /** Slot offset of the guest's system call number, a u32. */
  readonly syscallNumberOffset: number
}

/** Host addresses that translated code, thunks and the engine name. */
export interface EntryPoints {
  /** A new runner begins here, rbp set. */
  readonly start: number
  /** `mov eax, exitId ; jmp exit`: request 'exit'. */
  readonly exit: number
  /** rcx = guest pc, `mov eax, exitId ; jmp poll`: as `exit`, because POLL_FLAG is set. A signal may be delivered without the engine. */
  readonly poll: number
  /** rcx = guest pc, `jmp lookup`: stores it to the state's pc and goes on there by the shared table, or request 'lookup-miss'. */
  readonly lookup: number
  /** The same with the pc that is already in the state: `resume(dispatch)` goes on wherever the guest is. */
  readonly dispatch: number
  /** rcx = guest pc, `mov eax, exitId ; call syscall`: runs the thunk, with ecx = number, or request 'syscall'. */
  readonly syscall: number
  /** A thunk that cannot do its call jumps here, with its return address still on the stack: request 'syscall' with the exit id given to `syscall`. */
  readonly syscallToEngine: number
  /** A thunk leaves because a signal is pending: before its call, with the state untouched, or behind it. Request 'signal-before' or 'signal-after'. */
  readonly signalBefore: number
  readonly signalAfter: number
  /** r15 = kind of request, the state's pc that of the next instruction: a signal is pending. DELIVER gets it, or the engine does. */
  readonly deliver: number
  /** DELIVER goes on here when it cannot, with the state as it was: the request of r15. */
  readonly withoutDelivery: number
  /** Called by DELIVER: rt_sigprocmask to what stands in MASKS. */
  readonly setMask: number
  /** For rt_sigaction on the host: the handler of the guest's asynchronous signals, that of faults, and their restorer. */
  readonly signalHandler: number
  readonly faultHandler: number
  readonly signalRestorer: number
}

export interface Runtime {
  readonly bytes: Uint8Array
  readonly entryPoints: EntryPoints
  /** First host address behind the runtime: thunks, tables and translated code may begin here. */
  readonly end: number
}

/** Assembles the runtime for a guest whose state has these fields. The code is the same at every run. */
export function buildRuntime(options: RuntimeOptions): Runtime {
  const asm = new Assembler(4096)
  asm.reset(RUNTIME_AREA_BASE)
  const labels: RuntimeLabels = {
    post: asm.label(),
    handler: asm.label(),
    restorer: asm.label(),
    dead: asm.label(),
    sentFault: asm.label(),
    signal: asm.label(),
    callJump: asm.label(),
    callEntry: asm.label(),
    notMade: asm.label(),
    batch: asm.label(),
    done: asm.label(),
    clone: asm.label(),
    finish: asm.label(),
    signalBefore: asm.label(),
    signalAfter: asm.label(),
    deliver: asm.label(),
    withoutDelivery: asm.label(),
    setMask: asm.label(),
    end: asm.label(),
  }
  const start = entry(asm)
  emitStart(asm, labels)
  const dispatch = entry(asm)
  const lookup = emitLookup(asm, options.pcOffset, labels)
  const syscall = entry(asm)
  const syscallToEngine = emitSyscall(asm, options.pcOffset, options.syscallNumberOffset, labels)
  const poll = entry(asm)
  emitPoll(asm, options.pcOffset, labels)
  const exit = entry(asm)
  asm.mr(STORE32, RBP, fromRbp(EXIT_ID), RAX)
  asm.imm64(RCX, REQUEST_EXIT, 0)
  emitMailbox(asm, labels)
  emitLives(asm, labels)
  emitSignals(asm, options.pcOffset, labels)
  asm.align(CODE_ALIGNMENT)
  asm.bind(labels.end)
  asm.finish()
  const addressOf = (label: Label): number => RUNTIME_AREA_BASE + asm.positionOf(label)
  return {
    bytes: asm.bytes.slice(0, asm.pos),
    entryPoints: {
      start,
      exit,
      poll,
      lookup,
      dispatch,
      syscall,
      syscallToEngine,
      signalBefore: addressOf(labels.signalBefore),
      signalAfter: addressOf(labels.signalAfter),
      deliver: addressOf(labels.deliver),
      withoutDelivery: addressOf(labels.withoutDelivery),
      setMask: addressOf(labels.setMask),
      signalHandler: addressOf(labels.signal),
      faultHandler: addressOf(labels.handler),
      signalRestorer: addressOf(labels.restorer),
    },
    end: asm.address,
  }
}

function entry(asm: Assembler): number {
  asm.align(CODE_ALIGNMENT)
  return asm.address
}
