/** `demotic run`: sets up engine and tree, starts the program, and serves requests until it ends. */
import { callerState, Death, type Engine, endLike, RunnerGone } from '../src/host/engine.ts'
import type { Thread } from '../src/host/thread.ts'
import { resetFlags } from '../src/host/v8-flags.ts'
import { createProcessState } from '../syscalls/process-state.ts'

import { prepareCore } from './core-dump.ts'

import { spaceKey } from './exec.ts'
import { guestArch } from './guests.ts'
import { Log } from './log.ts'
import { makeEngine, makeTree } from './make-tree.ts'
import { programName, type RunOptions } from './options.ts'
import { exitCodeOf, isProblem, type LoadProblem } from './problem.ts'
import { findProgram } from './program.ts'
import { loadInto } from './start.ts'
import { Statistics } from './statistics.ts'

const INSN_SIZE = 4
const EXIT_NOT_EXECUTABLE = 126

/**
 * Runs the program; the result is the exit code of demotic itself. When the guest has run, we end as it did and do not return;
 * `atEnd` is called before, with the number of guest instructions translated.
 */
export async function runProgram(options: RunOptions, atEnd: (translated: number) => void = () => {}): Promise<number> {
  const started: { engine?: Engine } = {}
  try {
    return await run(options, atEnd, started)
  } catch (error) {
    // Killed before its program ran.
    const death = error instanceof RunnerGone ? started.engine?.wait() : null
    if (!(death instanceof Death)) throw error
    return endLike(death)
  }
}

async function run(options: RunOptions, atEnd: (translated: number) => void, started: { engine?: Engine }): Promise<number> {
  const caller = callerState()
  const statistics = new Statistics()
  const log = new Log(options)
  const arch = await guestArch(options)
  const engine = makeEngine(options, arch, caller)
  started.engine = engine
  const tree = makeTree(engine, arch, options, log)
  const { guest, spaces } = tree

  const area = engine.areas.take()
  const runner = engine.spawn({ name: shortName(options.program), area })
  engine.standFor(runner)
  const refuse = (code: number, reason: string): number => {
    process.stderr.write(`demotic: ${programName(options)}: ${reason}\n`)
    engine.close()
    return code
  }
  const refuseFor = (problem: LoadProblem): number => refuse(exitCodeOf(problem), problem.reason)
  const program = findProgram(runner, tree.target, tree.sysroot, { path: options.program }, options.argv)
  if (isProblem(program)) return refuseFor(program)
  if (program.kind === 'other') return refuse(EXIT_NOT_EXECUTABLE, `is a program of ${program.guest} now`)
  if (program.kind === 'host') return refuse(EXIT_NOT_EXECUTABLE, 'is an x86-64 program; run it without demotic')
  const memory = tree.createMemory(options.gdb === null ? spaceKey(program) : '', area)
  const loaded = loadInto(tree, runner, memory, program, options.env)
  if (isProblem(loaded)) return refuseFor(loaded)
  const gdb =
    options.gdb === null ? null : new (await import('./gdb/server.ts')).GdbServer(tree, await arch.gdbTarget(), options.gdb, runner.pid)
  tree.debug = gdb?.control ?? null
  const root = tree.createProcess(runner.process, memory, createProcessState(), loaded)
  const thread = tree.addThread(root, runner)

  // What only some runs need is loaded only for them.
  if (options.lockstep) {
    const { Lockstep } = await import('./lockstep.ts')
    thread.lockstep = new Lockstep(runner, guest.state, guest.pcSlot)
  }
  if (options.verify || options.log.size > 0) {
    const { observer } = await import('./observe.ts')
    tree.translator.observer = observer(options, guest, log, (pc) => tree.wordAt(pc), runner.pid)
  }
  tree.setStart(runner, loaded)
  prepareCore(root, runner, program.standing.coreLimit)
  statistics.started()
  if (gdb?.begin(thread, options.gdb!.waits) !== true) thread.start()
  const serve = (root: Thread): Promise<Death> =>
    engine.serve(
      root,
      (stopped) => tree.serve(stopped),
      (ended) => tree.ended(ended),
    )
  const death = await serve(runner)
  if (gdb !== null) for (let next = gdb.nextProcess(); next !== null; next = gdb.nextProcess()) await serve(next)
  gdb?.close()
  const figures = spaces.figures()
  statistics.write(figures)
  resetFlags()
  atEnd(figures.guestBytes / INSN_SIZE)
  const isLeft = tree.processes.size > 0 && (await import('./handover.ts')).handOver(tree)
  spaces.close()
  if (!isLeft) engine.close()
  return endLike(death)
}

function shortName(path: Uint8Array): string {
  return Buffer.from(path).toString('latin1').split('/').at(-1) ?? 'demotic'
}
