/**
 * The program that demotic was started for has ended, and others of its tree go on: a daemon, a job in the background. Demotic's own process must end
 * with the program's exit code, so another engine takes its place: a detached process that inherits the shared memory (src/host/estate.ts) and is told
 * what this engine knows.
 *
 * What makes that simple: all threads are stopped first as for a flush of the code (Engine.stop), so that none depends on translated code. Each has made a
 * request that means "go on at the state's pc", obeys an order, or is in a system call of a thunk, whose code stays. Translations are not handed on: the
 * successor begins with empty code spaces, which each memory maps before the first of its threads goes on.
 *
 * What only this engine could finish is waited for: an exec or a vfork under way, a call whose result it has to convert. Whoever is not ready in time is
 * ended with the tree, and so are all when the successor cannot be started.
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import { Death, type Engine, RunnerGone } from '../src/host/engine.ts'
import { ESTATE_FDS, type Estate, inheritedFds } from '../src/host/estate.ts'
import { memoryFile } from '../src/host/memory.ts'
import type { Thread } from '../src/host/thread.ts'
import type { RoutinesEstate } from '../src/runtime/routines.ts'
import { type BegunEstate, begunEstate, restoreBegun } from '../syscalls/dispatch.ts'
import type { ThunkEstate } from '../syscalls/lazy-thunks.ts'
import { type ProcessState, restoreThreadState, type ThreadStateEstate, threadState, threadStateEstate } from '../syscalls/process-state.ts'
import { AddressSpace, type AddressSpaceEstate, continueOrigins } from './address-space.ts'
import type { GuestMemory } from './guest-memory.ts'
import { guestArch } from './guests.ts'
import type { LoadedProgram } from './loader.ts'
import { Log } from './log.ts'
import { makeEngine, makeTree } from './make-tree.ts'
import type { RunOptions } from './options.ts'
import type { GuestProcess } from './process.ts'
import { applySeccomp } from './seccomp.ts'
import type { GuestThread } from './thread.ts'
import type { Tree } from './tree.ts'

/** Descriptors of a successor: its standard streams are /dev/null. */
const FIRST_FD = 3
const STATE_FD = FIRST_FD + ESTATE_FDS.length
const READY_MS = 3000

interface ThreadWill {
  readonly slot: number
  readonly parkedPc: number
  readonly state: ThreadStateEstate | undefined
  readonly begun: BegunEstate | undefined
}

interface ProcessWill {
  readonly pid: number
  /** Index into `memories`. */
  readonly memory: number
  readonly state: Omit<ProcessState, 'threads'>
  readonly program: LoadedProgram
  readonly isThreaded: boolean
  readonly caught: readonly number[]
  readonly seesIgnored: boolean
  readonly threads: readonly ThreadWill[]
}

interface MemoryWill {
  readonly addresses: AddressSpaceEstate
  /** Those with the same number have agreed on their code. */
  readonly space: number
  readonly key: string
}

interface Will {
  readonly estate: Estate
  readonly options: RunOptions
  readonly thunks: ThunkEstate
  readonly routines: RoutinesEstate
  readonly constantCount: number
  readonly memories: readonly MemoryWill[]
  readonly processes: readonly ProcessWill[]
}

/** Hands all processes that are left to a successor. False: they could not be handed on. */
export function handOver(tree: Tree): boolean {
  const { engine } = tree
  if (!becomeReady(tree)) return false
  engine.stop(engine.guestThreads, tree.stops.settle, tree.stops.park)
  const fd = memoryFile('demotic-will')
  const bytes = serialize(willOf(tree))
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
  const script = process.argv[1]
  if (fd < 0 || script === undefined) return false
  const stdio = ['ignore', 'ignore', 'ignore', ...engine.estateFds, fd] as const
  const child = spawn(process.execPath, [script, 'engine', '--successor'], { detached: true, cwd: '/', stdio: [...stdio] })
  return child.pid !== undefined
}

/** Serves until nothing is under way that only this engine can finish. */
function becomeReady(tree: Tree): boolean {
  const { engine } = tree
  const end = performance.now() + READY_MS
  const isLate = (): boolean => performance.now() > end
  while (!isReady(tree)) {
    const event = engine.wait(isLate)
    if (event instanceof Death) tree.ended(event)
    else if (event === null) {
      if (isLate()) return false
    } else serve(tree, event)
  }
  return true
}

function isReady(tree: Tree): boolean {
  for (const process of tree.processes.values()) {
    if (process.executing !== null || process.pid === 0) return false
    for (const { runner } of process.threads) if (runner.pinned || begunEstate(runner) === null) return false
  }
  return true
}

function serve(tree: Tree, runner: Thread): void {
  try {
    tree.serve(runner)
  } catch (error) {
    if (!(error instanceof RunnerGone)) throw error
  }
}

function willOf(tree: Tree): Will {
  const { engine, options, code } = tree
  const processes = [...tree.processes.values()]
  for (const process of processes) process.learnActions()
  const memories = [...new Set(processes.map((process) => process.memory))]
  const spaces = [...new Set(memories.map((memory) => memory.shared))]
  return {
    estate: engine.estate(),
    options,
    thunks: code.thunks.estate,
    routines: code.routines.estate,
    constantCount: code.constantCount,
    memories: memories.map(({ addresses, shared }) => ({ addresses: addresses.estate, space: spaces.indexOf(shared), key: shared.key })),
    processes: processes.map((process) => processWill(process, memories)),
  }
}

function processWill(process: GuestProcess, memories: readonly GuestMemory[]): ProcessWill {
  const { threads: _, ...state } = process.state
  return {
    pid: process.pid,
    memory: memories.indexOf(process.memory),
    state,
    program: process.program,
    isThreaded: process.isThreaded,
    caught: [...process.caught],
    seesIgnored: process.seesIgnored,
    threads: [...process.threads].map((thread) => threadWill(process, thread)),
  }
}

function threadWill(process: GuestProcess, { runner, parkedPc }: GuestThread): ThreadWill {
  const state = process.state.threads.get(runner)
  return {
    slot: runner.slot.index,
    parkedPc,
    state: state === undefined ? undefined : threadStateEstate(state),
    begun: begunEstate(runner) ?? undefined,
  }
}

/** What the successor does: `demotic engine --successor`. */
export async function succeed(): Promise<void> {
  const will = deserialize(readFileSync(`/proc/self/fd/${STATE_FD}`)) as Will
  const { estate, options } = will
  const caller = { ignored: [0, 0], blocked: [0, 0], openFiles: null, fds: [0, 1, 2] } as const
  const arch = await guestArch(options)
  const engine = makeEngine(options, arch, caller, { fds: inheritedFds(FIRST_FD), estate })
  const log = new Log({ ...options, logFile: options.logFile ?? '/dev/null' })
  const tree = makeTree(engine, arch, options, log)
  tree.code.thunks.restore(will.thunks)
  tree.code.routines.restore(will.routines)
  tree.code.constantCount = will.constantCount
  const memories = restoreMemories(tree, will)
  for (const process of will.processes) restoreProcess(tree, process, memories[process.memory]!)
  engine.again(engine.guestThreads.filter((thread) => thread.state === 'stopped'))
  serveAll(tree, engine)
  engine.close()
}

function restoreMemories(tree: Tree, will: Will): GuestMemory[] {
  const shared = new Map<number, GuestMemory['shared']>()
  return will.memories.map(({ addresses, space, key }) => {
    const own = shared.get(space) ?? tree.spaces.create(key)
    shared.set(space, own)
    continueOrigins(addresses.vmas.reduce((last, vma) => Math.max(last, vma.origin), 0))
    return tree.restoreMemory(own, new AddressSpace(tree.arch.layout, addresses))
  })
}

function restoreProcess(tree: Tree, will: ProcessWill, memory: GuestMemory): void {
  const runners = will.threads.map(({ slot }) => tree.engine.threadIn(slot)!)
  const host = runners[0]?.process
  if (host === undefined) return
  const process = tree.createProcess(host, memory, { ...will.state, threads: new WeakMap() }, will.program)
  process.isThreaded = will.isThreaded
  process.caught = new Set(will.caught)
  process.seesIgnored = will.seesIgnored
  for (const [n, { parkedPc, state, begun }] of will.threads.entries()) {
    const runner = runners[n]!
    const thread = tree.addThread(process, runner)
    thread.parkedPc = parkedPc
    if (state !== undefined) {
      restoreThreadState(process.state, runner, state)
      applySeccomp(runner, threadState(process.state, runner))
    }
    if (begun !== undefined) restoreBegun(process.syscalls.context, runner, begun)
  }
}

function serveAll(tree: Tree, engine: Engine): void {
  engine.handle = (thread) => tree.serve(thread)
  while (engine.processCount > 0) {
    const event = engine.wait(() => engine.processCount === 0)
    if (event instanceof Death) tree.ended(event)
    else if (event !== null) serve(tree, event)
  }
}
