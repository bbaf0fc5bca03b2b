/** `demotic run`: sets up engine and tree, starts the program, and serves requests until it ends. */
import { A64Context } from '../src/guest/a64/context.ts'
import { A64 } from '../src/guest/a64/index.ts'
import type { Guest } from '../src/guest/targets.ts'
import { callerState, Death, Engine, endLike, RunnerGone } from '../src/host/engine.ts'
import { STATE_OFFSET } from '../src/runtime/layout.ts'
import { Translator } from '../src/translate/translator.ts'
import { aarch64 } from '../syscalls/abi/abi.ts'
import { createProcessState } from '../syscalls/process-state.ts'
import { CodeSpaces } from './code-spaces.ts'
import { prepareCore } from './core-dump.ts'
import { spaceKey } from './exec.ts'
import { Log } from './log.ts'
import { programName, type RunOptions } from './options.ts'
import { exitCodeOf, isProblem, type LoadProblem } from './problem.ts'
import { findProgram } from './program.ts'
import { createRuntimeCode } from './runtime-code.ts'
import { loadInto } from './start.ts'
import { Statistics } from './statistics.ts'
import { Sysroot } from './sysroot.ts'
import { Tree } from './tree.ts'

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
  const guest = A64 as Guest<never>
  const log = new Log(options)
  log.disassemble = (word, pc) => guest.disassemble(word, pc)
  const pcOffset = STATE_OFFSET + guest.state[guest.pcSlot]!.offset
  const engine = new Engine({
    caller,
    pcOffset,
    syscallNumberOffset: aarch64.numberAt,
    ...(options.hostCpu === null ? {} : { hostCpu: options.hostCpu }),
  })
  started.engine = engine
  const { runtime, hostCpu: cpu } = engine
  const code = createRuntimeCode({ area: engine.code, runtime, cpu, abi: aarch64, state: guest.state, pcOffset })
  const spaces = new CodeSpaces(engine.areas, runtime.entryPoints, (name) => code.routines.address(name))
  spaces.publish = !options.lockstep && !log.exec
  const tree = new Tree({
    engine,
    guest,
    abi: aarch64,
    target: { machine: guest.machine, elfClass: 64, littleEndian: true },
    code,
    spaces,
    translator: new Translator({
      guest: A64,
      context: (region, targets) => new A64Context(region, targets),
      cpu,
    }) as unknown as Translator<never>,
    options,
    sysroot: options.sysroot === null ? null : new Sysroot(options.sysroot),
    log,
  })

  const area = engine.areas.take()
  const runner = engine.spawn({ name: shortName(options.program), area })
  engine.standFor(runner)
  const refuse = (code: number, reason: string): number => {
    process.stderr.write(`demotic: ${programName(options)}: ${reason}\n`)
    engine.close()
    return code
  }
  const refuseFor = (problem: LoadProblem): number => refuse(exitCodeOf(problem), problem.reason)
  const program = findProgram(runner, tree.target, tree.sysroot, options.program, options.argv)
  if (isProblem(program)) return refuseFor(program)
  if (program.kind === 'host') return refuse(EXIT_NOT_EXECUTABLE, 'is an x86-64 program; run it without demotic')
  const memory = tree.createMemory(options.gdb === null ? spaceKey(program) : '', area)
  const loaded = loadInto(tree, runner, memory, program, options.env)
  if (isProblem(loaded)) return refuseFor(loaded)
  const gdb = options.gdb === null ? null : new (await import('./gdb/server.ts')).GdbServer(tree, options.gdb, runner.pid)
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
  prepareCore(root, runner)
  statistics.started()
  if (gdb?.begin(thread, options.gdb!.waits) !== true) thread.start()
  const death = await engine.serve(
    runner,
    (stopped) => tree.serve(stopped),
    (ended) => tree.ended(ended),
  )
  gdb?.close()
  const figures = spaces.figures()
  statistics.write(figures)
  atEnd(figures.guestBytes / INSN_SIZE)
  engine.close()
  return endLike(death)
}

function shortName(path: Uint8Array): string {
  return Buffer.from(path).toString('latin1').split('/').at(-1) ?? 'demotic'
}
