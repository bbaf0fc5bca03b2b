/** One guest process, the kernel's thread group: what its threads share beside their memory. An exec makes a new one with the same pid. */
import type { Process } from '../src/host/process.ts'
import { ACTIONS_ALONE, LISTS_TO_ENGINE, NAMES_MAPPED } from '../src/runtime/layout.ts'
import type { ProcessState } from '../syscalls/process-state.ts'
import type { Execution } from './exec.ts'
import type { GuestMemory } from './guest-memory.ts'
import type { LoadedProgram } from './loader.ts'
import { learnActions } from './signal-actions.ts'
import type { Signals } from './signals.ts'
import { createSyscalls, type SyscallService } from './syscall-service.ts'
import type { GuestThread } from './thread.ts'
import type { Tree } from './tree.ts'

const NONE: ReadonlySet<number> = new Set()

export class GuestProcess {
  readonly tree: Tree
  readonly host: Process
  readonly memory: GuestMemory
  readonly state: ProcessState
  readonly program: LoadedProgram
  readonly threads = new Set<GuestThread>()
  readonly syscalls: SyscallService
  readonly signals: Signals
  /** Signals that are not faults and whose default action is ours to take: for a debugger, for core dumps. */
  caught: ReadonlySet<number> = NONE
  /** Those of them that the guest ignores are caught, too: for a tracer. */
  seesIgnored = false
  /** When it has ended. */
  atEnd: (() => void) | null = null
  /** Another process has the same actions, not a copy (CLONE_SIGHAND). */
  sharesActions = false
  /** It has had more than one thread: the end of one is not the end of all. */
  isThreaded = false
  writesMemory = false
  /** A thread of it is about to execute another program; the others wait. */
  executing: GuestThread | null = null
  /** How, when the program is a guest's. */
  execution: Execution | null = null
  /** Those that wait. */
  readonly waiting: GuestThread[] = []

  constructor(tree: Tree, host: Process, memory: GuestMemory, state: ProcessState, program: LoadedProgram) {
    this.tree = tree
    this.host = host
    this.memory = memory
    this.state = state
    this.program = program
    const { service, signals } = createSyscalls(this)
    this.syscalls = service
    this.signals = signals
  }

  /** Its threads' lists of directories (getdents64) go by the engine. */
  listsToEngine(): void {
    this.state.listsDescriptors = true
    for (const { runner } of this.threads) runner.i32[LISTS_TO_ENGINE >> 2] = 1
  }

  /** It has another root than the one that it was started in: no sysroot maps its names any more. */
  leaveRoot(): void {
    this.state.hasOwnRoot = true
    for (const { runner } of this.threads) runner.i32[NAMES_MAPPED >> 2] = 0
  }

  /** Says whether the runner may answer rt_sigaction: nobody else has the process's actions, and they alone say which signals are caught. */
  routeActions(): void {
    const isAlone = this.threads.size === 1 && !this.sharesActions && this.caught.size === 0
    for (const { runner } of this.threads) runner.i32[ACTIONS_ALONE >> 2] = isAlone ? 1 : 0
  }

  /** To be called before its actions are looked at. */
  learnActions(): void {
    for (const { runner } of this.threads) learnActions(this.tree.abi, this.state.actions, runner)
  }

  /** It writes /proc/PID/mem: its calls go by the engine. */
  beginWritingMemory(): void {
    this.writesMemory = true
    for (const thread of this.threads) this.tree.routeCalls(thread)
  }

  /** 0 until its first thread has said hello. */
  get pid(): number {
    return this.host.pid
  }
}
