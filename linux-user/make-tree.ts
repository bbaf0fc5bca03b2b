/** The parts of a tree of guest processes, put together. */
import { type CallerState, Engine, type EngineOptions } from '../src/host/engine.ts'
import { Translator } from '../src/translate/translator.ts'
import type { HostCpu } from '../src/x64/cpu.ts'
import type { GuestArch } from './arch/arch.ts'
import { CodeSpaces } from './code-spaces.ts'
import { CodeStore } from './code-store.ts'
import type { Log } from './log.ts'
import type { RunOptions } from './options.ts'
import { createRuntimeCode } from './runtime-code.ts'
import { Sysroot } from './sysroot.ts'
import { Tree } from './tree.ts'

/** The engine is the first thing that is to be made: what is opened before looks inherited, and afterwards the caller may close it. */
export function makeEngine(
  options: Pick<RunOptions, 'hostCpu'>,
  { pcOffset, abi }: GuestArch,
  caller: CallerState,
  inherited?: EngineOptions['inherited'],
): Engine {
  return new Engine({
    caller,
    pcOffset,
    syscallNumberOffset: abi.numberAt,
    ...(inherited === undefined ? {} : { inherited }),
    ...(options.hostCpu === null ? {} : { hostCpu: options.hostCpu }),
  })
}

export function makeTree(engine: Engine, arch: GuestArch, options: RunOptions, log: Log): Tree {
  const { guest, abi, pcOffset, runnerSignals, ownThunks } = arch
  const { runtime, hostCpu: cpu } = engine
  log.disassemble = (word, pc) => guest.disassemble(word, pc)
  const code = createRuntimeCode({ area: engine.code, runtime, cpu, abi, runnerSignals, ownThunks, state: guest.state, pcOffset })
  const spaces = new CodeSpaces(engine.areas, runtime.entryPoints, code.routines, makeStore(options, cpu), guest)
  spaces.publish = !options.lockstep && !log.exec
  // The interpreter has flags where the host has them.
  spaces.checksNaN = options.lockstep || options.nan === 'check'
  return new Tree({
    engine,
    arch,
    target: { machine: guest.machine, elfClass: arch.elfClass, littleEndian: true },
    code,
    spaces,
    translator: new Translator<never>({ guest, context: arch.context, cpu, isHotAtOnce: options.tier === 2 }),
    options,
    sysroot: options.sysroot === null ? null : new Sysroot(options.sysroot),
    log,
  })
}

/** Runs that look at translation translate for themselves. */
function makeStore({ cache, cpu, tier, nan, log, lockstep, verify, gdb }: RunOptions, hostCpu: HostCpu): CodeStore | null {
  if (cache === null || tier !== null || nan !== null || log.size > 0 || lockstep || verify || gdb !== null) return null
  return new CodeStore({ folder: cache.folder, version: `${cache.version} ${cpu} ${JSON.stringify(hostCpu)}` })
}
