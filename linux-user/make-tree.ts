/** The parts of a tree of guest processes, put together. */
import { A64Context } from '../src/guest/a64/context.ts'
import { A64 } from '../src/guest/a64/index.ts'
import type { Guest } from '../src/guest/targets.ts'
import { type CallerState, Engine, type EngineOptions } from '../src/host/engine.ts'
import { STATE_OFFSET } from '../src/runtime/layout.ts'
import { Translator } from '../src/translate/translator.ts'
import type { HostCpu } from '../src/x64/cpu.ts'
import { aarch64 } from '../syscalls/abi/abi.ts'
import { CodeSpaces } from './code-spaces.ts'
import { CodeStore } from './code-store.ts'
import type { Log } from './log.ts'
import type { RunOptions } from './options.ts'
import { createRuntimeCode } from './runtime-code.ts'
import { Sysroot } from './sysroot.ts'
import { Tree } from './tree.ts'

const GUEST = A64 as Guest<never>
const PC_OFFSET = STATE_OFFSET + GUEST.state[GUEST.pcSlot]!.offset

/** The engine is the first thing that is to be made: what is opened before looks inherited, and afterwards the caller may close it. */
export function makeEngine(options: Pick<RunOptions, 'hostCpu'>, caller: CallerState, inherited?: EngineOptions['inherited']): Engine {
  return new Engine({
    caller,
    pcOffset: PC_OFFSET,
    syscallNumberOffset: aarch64.numberAt,
    ...(inherited === undefined ? {} : { inherited }),
    ...(options.hostCpu === null ? {} : { hostCpu: options.hostCpu }),
  })
}

export function makeTree(engine: Engine, options: RunOptions, log: Log): Tree {
  const { runtime, hostCpu: cpu } = engine
  log.disassemble = (word, pc) => GUEST.disassemble(word, pc)
  const code = createRuntimeCode({ area: engine.code, runtime, cpu, abi: aarch64, state: GUEST.state, pcOffset: PC_OFFSET })
  const spaces = new CodeSpaces(engine.areas, runtime.entryPoints, code.routines, makeStore(options, cpu), GUEST)
  spaces.publish = !options.lockstep && !log.exec
  // The interpreter has flags where the host has them.
  spaces.checksNaN = options.lockstep || options.nan === 'check'
  return new Tree({
    engine,
    guest: GUEST,
    abi: aarch64,
    target: { machine: GUEST.machine, elfClass: 64, littleEndian: true },
    code,
    spaces,
    translator: new Translator({
      guest: A64,
      context: (region, targets) => new A64Context(region, targets),
      cpu,
      isHotAtOnce: options.tier === 2,
    }) as unknown as Translator<never>,
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
