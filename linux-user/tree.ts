/**
 * A tree of guest processes and what they all have in common: the engine, the guest architecture, the translator, the options. It makes processes and
 * threads as clone and exec demand (clone.ts, exec.ts), hands requests to the thread that they are of, and forgets what has ended.
 */
import type { Guest } from '../src/guest/targets.ts'
import type { CodeArea } from '../src/host/code-area.ts'
import type { Death, Engine } from '../src/host/engine.ts'
import { pidNamespace } from '../src/host/pids.ts'
import type { Process } from '../src/host/process.ts'
import { setU64 } from '../src/host/slot-setup.ts'
import type { Thread } from '../src/host/thread.ts'
import { optimiseLate } from '../src/host/v8-flags.ts'
import { LISTS_TO_ENGINE, NAMES_MAPPED, STATE_OFFSET, SYSCALL_COUNT, SYSCALL_TABLE } from '../src/runtime/layout.ts'
import type { Translator } from '../src/translate/translator.ts'
import { type GuestAbi, writeRegister } from '../syscalls/abi/abi.ts'
import { type ProcessState, threadState } from '../syscalls/process-state.ts'

import { AddressSpace } from './address-space.ts'
import type { GuestArch } from './arch/arch.ts'
import type { CodeSpaces, SharedSpace } from './code-spaces.ts'
import type { Debugger } from './debugger.ts'

import { DirectoryCookies } from './directory-cookies.ts'
import { setPc } from './fault-state.ts'
import { GuestMemory } from './guest-memory.ts'
import { Heat } from './heat.ts'
import { limitMemory } from './limit-calls.ts'
import type { LoadedProgram } from './loader.ts'
import type { Log } from './log.ts'
import type { RunOptions } from './options.ts'
import { GuestProcess } from './process.ts'
import type { ProgramTarget } from './program.ts'
import type { RuntimeCode } from './runtime-code.ts'
import { applySeccomp } from './seccomp.ts'
import type { Sysroot } from './sysroot.ts'
import { GuestThread } from './thread.ts'

/** After so many translated regions, or so many processes, many functions of the engine become hot at once. */
const MANY_REGIONS = 50
const MANY_PROCESSES = 10

export interface TreeParts {
  readonly engine: Engine
  readonly arch: GuestArch
  readonly target: ProgramTarget
  readonly code: RuntimeCode
  readonly spaces: CodeSpaces
  readonly translator: Translator<never>
  readonly options: RunOptions
  readonly sysroot: Sysroot | null
  readonly log: Log
}

export class Tree {
  readonly engine: Engine
  readonly arch: GuestArch
  readonly guest: Guest<never>
  readonly abi: GuestAbi
  readonly target: ProgramTarget
  readonly code: RuntimeCode
  readonly spaces: CodeSpaces
  readonly translator: Translator<never>
  readonly options: RunOptions
  readonly sysroot: Sysroot | null
  readonly log: Log
  /** Slot offsets. */
  readonly pcOffset: number
  readonly fpsrOffset: number
  readonly fpcrOffset: number
  readonly processes = new Map<Process, GuestProcess>()
  private readonly threads = new Map<Thread, GuestThread>()
  private serving: GuestThread | undefined
  private processCount = 0
  /** Of guests whose longs have 32 bits. */
  readonly directories: DirectoryCookies | null
  /** -g, or ptrace; null: nobody debugs. */
  debug: Debugger | null = null
  /** Finds what tier 2 is for; null: nothing, or everything. */
  readonly heat: Heat | null
  readonly stops = {
    settle: (thread: Thread): boolean => this.threads.get(thread)?.settle() ?? true,
    park: (thread: Thread): void => this.threads.get(thread)?.park(),
  }

  constructor(parts: TreeParts) {
    this.engine = parts.engine
    this.arch = parts.arch
    this.guest = parts.arch.guest
    this.abi = parts.arch.abi
    this.target = parts.target
    this.code = parts.code
    this.translator = parts.translator
    this.options = parts.options
    this.sysroot = parts.sysroot
    this.log = parts.log
    this.directories = this.abi.model.long === 4 ? new DirectoryCookies() : null
    const { state } = this.guest
    this.pcOffset = parts.arch.pcOffset
    const slotOffset = (name: string): number => {
      const slot = state.find((one) => one.name === name)
      return slot === undefined ? -1 : STATE_OFFSET + slot.offset
    }
    this.fpsrOffset = slotOffset('fpsr')
    this.fpcrOffset = slotOffset('fpcr')
    this.spaces = parts.spaces
    this.sysroot?.publish(this.code.nameTable())
    this.heat = parts.options.tier === null && parts.spaces.publish ? new Heat(this) : null
    let translated = 0
    this.translator.onTranslated = () => {
      if (++translated === MANY_REGIONS) optimiseLate()
      this.heat?.wake()
    }
  }

  /** An empty memory with the code space of a key; `area`: where a new one is to be. */
  createMemory(key: string, area?: CodeArea): GuestMemory {
    const isKnown = this.spaces.has(key)
    const memory = new GuestMemory(
      this.engine,
      this.spaces,
      this.stops,
      this.spaces.take(this.debug?.ownsCode === true ? '' : key, area),
      new AddressSpace(this.arch.layout),
    )
    // What was restored may become hot without anything being translated.
    if (isKnown) this.heat?.begin()
    else this.heat?.wake()
    if (this.log.page) memory.addresses.trace = (line) => this.log.line(`page: ${line}`)
    return memory
  }

  /** The memory of a process of a predecessor: its runner has another code area mapped. */
  restoreMemory(shared: SharedSpace, addresses: AddressSpace): GuestMemory {
    const memory = new GuestMemory(this.engine, this.spaces, this.stops, shared, addresses)
    memory.hasOtherCode = true
    return memory
  }

  createProcess(host: Process, memory: GuestMemory, state: ProcessState, program: LoadedProgram): GuestProcess {
    const process = new GuestProcess(this, host, memory, state, program)
    this.processes.set(host, process)
    limitMemory(process)
    if (++this.processCount === MANY_PROCESSES) optimiseLate()
    return process
  }

  /** A thread of `process` in a runner's slot, which is prepared for it. */
  addThread(process: GuestProcess, runner: Thread): GuestThread {
    const thread = new GuestThread(this, process, runner)
    this.threads.set(runner, thread)
    this.serving ??= thread
    this.join(thread, process)
    return thread
  }

  /** A thread is one of `process` from now on. */
  join(thread: GuestThread, process: GuestProcess): void {
    const { runner } = thread
    thread.process = process
    process.threads.add(thread)
    process.routeActions()
    process.memory.add(runner)
    setU64(runner, SYSCALL_TABLE, this.code.thunks.tableAddress)
    runner.i32[NAMES_MAPPED >> 2] = this.sysroot === null || process.state.hasOwnRoot ? 0 : 1
    runner.i32[LISTS_TO_ENGINE >> 2] = process.state.listsDescriptors ? 1 : 0
    this.setRoute(thread)
  }

  /** Says who answers the calls of a thread: thunks, or the engine alone. */
  private setRoute(thread: GuestThread): void {
    thread.callsToEngine = thread.process.writesMemory || this.debug?.wantsCalls(thread) === true
    thread.runner.i32[SYSCALL_COUNT >> 2] = thread.callsToEngine ? 0 : this.callCount
  }

  /** Says so anew. */
  routeCalls(thread: GuestThread): void {
    const { runner, process } = thread
    this.setRoute(thread)
    applySeccomp(runner, threadState(process.state, runner))
  }

  /** How many numbers of system calls have thunks. In lockstep every call goes by the engine, and so does every region; `-d exec` shows each region, too. */
  private get callCount(): number {
    return this.options.lockstep ? 0 : this.code.thunks.count
  }

  /** The state of a thread that begins a program. */
  setStart(runner: Thread, loaded: LoadedProgram): void {
    writeRegister(this.abi, runner.i32, this.abi.stackPointerAt, loaded.stackPointer)
    setPc(runner, this.pcOffset, this.arch.entryPc(loaded.start))
  }

  /** Is it a thread of a guest process yet? */
  has(runner: Thread): boolean {
    return this.threads.has(runner)
  }

  /** The guest's thread that a request is of. */
  threadOf(runner: Thread): GuestThread {
    const thread = this.threads.get(runner)
    if (thread === undefined) throw new Error(`a request of thread ${runner.tid}, which is nobody's`)
    return thread
  }

  /** Answers the request of a runner's thread. */
  serve(runner: Thread): void {
    const thread = this.threadOf(runner)
    this.serving = thread
    thread.process.learnActions()
    thread.process.memory.learn(runner)
    if (thread.process.memory.hasOtherCode) thread.process.memory.mapCode(runner)
    const { executing, waiting } = thread.process
    if (executing === null || executing === thread) {
      if (this.debug === null || !this.debug.takes(thread)) thread.serve()
    } else if (thread.settle()) waiting.push(thread)
  }

  /** What a thread that has said hello does: it begins, or it has executed another program. */
  hello(thread: GuestThread): void {
    const { process } = thread
    if (process.executing !== thread || process.execution === null) thread.start()
    else process.execution.hello(thread)
  }

  /** By its number in the engine's namespace or in its own. */
  byTid(tid: number): GuestThread | undefined {
    for (const thread of this.threads.values()) if (thread.runner.tid === tid) return thread
    return undefined
  }

  byPid(pid: number): GuestProcess | undefined {
    for (const process of this.processes.values()) if (process.pid === pid) return process
    return undefined
  }

  /** The same by the number that `reader` knows it by. */
  knownBy(reader: GuestProcess, pid: number): GuestProcess | undefined {
    if (!reader.host.isBelow) return this.byPid(pid)
    const space = pidNamespace(reader.pid)
    for (const process of this.processes.values()) {
      if (process.host.isBelow && process.host.ownPid === pid && pidNamespace(process.pid) === space) return process
    }
    return undefined
  }

  /** The guest instruction at `pc` of the process that is being served. */
  wordAt(pc: number): number {
    return this.serving?.wordAt(pc) ?? 0
  }

  /** A thread ends; others of its process may not. */
  removeThread(thread: GuestThread): void {
    this.threads.delete(thread.runner)
    thread.process.threads.delete(thread)
    thread.process.memory.threads.delete(thread.runner)
    this.debug?.removed(thread)
  }

  /** A process has ended. */
  ended(death: Death): void {
    for (const process of this.processes.values()) {
      if (!process.host.ended || process.pid !== death.pid) continue
      this.removeProcess(process)
      process.atEnd?.()
      this.debug?.ended(process, death)
    }
  }

  removeProcess(process: GuestProcess): void {
    this.processes.delete(process.host)
    for (const thread of [...process.threads]) this.removeThread(thread)
    process.execution?.abandon()
    this.closeMemory(process)
  }

  /** `process` has left its memory: nobody else may be in it. */
  closeMemory(process: GuestProcess): void {
    const { memory } = process
    for (const other of this.processes.values()) if (other !== process && other.memory === memory) return
    memory.close()
  }
}
