/** `demotic run`: sets up engine, code space and process, loads the program, and serves requests until it ends. */
import { A64Context } from '../src/guest/a64/context.ts'
import { MIDR } from '../src/guest/a64/features.ts'
import { A64 } from '../src/guest/a64/index.ts'
import type { Guest } from '../src/guest/targets.ts'
import { callerState, Death, Engine, endLike, RunnerGone } from '../src/host/engine.ts'
import { LOOKUP_MASK, LOOKUP_TABLE, PATHS_TO_ENGINE, STATE_OFFSET, SYSCALL_COUNT, SYSCALL_TABLE } from '../src/runtime/layout.ts'
import { Routines } from '../src/runtime/routines.ts'
import '../src/runtime/routines/index.ts'
import { CodeSpace } from '../src/translate/code-space.ts'
import { Translator } from '../src/translate/translator.ts'
import { aarch64 } from '../syscalls/abi/abi.ts'
import { AddressSpace } from './address-space.ts'
import { setPc } from './fault-state.ts'
import { loadProgram } from './loader.ts'
import { Log } from './log.ts'
import { programName, type RunOptions } from './options.ts'
import { exitCodeOf, isProblem } from './problem.ts'
import { GuestProcess } from './process.ts'
import { findProgram } from './program.ts'
import { Statistics } from './statistics.ts'
import { createSyscalls } from './syscall-service.ts'
import { Sysroot } from './sysroot.ts'

/** Bytes of the code area kept for thunks and routines. */
const RUNTIME_RESERVE = 0x20_0000
const ROUTINES_OFFSET = 0x10_0000
const INSN_SIZE = 4
const TWO_32 = 0x1_0000_0000
const EXIT_NOT_EXECUTABLE = 126
const SLOT_SP = 31
const AARCH64_MIN_SIGNAL_STACK = 5120

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
  const { entryPoints } = engine.runtime
  const code = new CodeSpace(engine.code, entryPoints, engine.runtime.end, RUNTIME_RESERVE)
  const routines = new Routines(
    code.reserved + ROUTINES_OFFSET,
    code.reserved + RUNTIME_RESERVE,
    {
      cpu: engine.hostCpu,
      constant16: (w0, w1, w2, w3) => code.routineConstant16(w0, w1, w2, w3),
      stateOffset: (name) => guest.state.find((slot) => slot.name === name)?.offset ?? -1,
      pcOffset,
      lookup: entryPoints.lookup,
    },
    (address, bytes) => engine.code.write(address, bytes),
  )
  code.assembleRoutine = (name) => routines.address(name)
  code.lookup = code.routine('lookup')

  const thread = engine.spawn({ name: shortName(options.program) })
  engine.standFor(thread)
  const sysroot = options.sysroot === null ? null : new Sysroot(options.sysroot)
  const program = findProgram(thread, { machine: guest.machine, elfClass: 64, littleEndian: true }, sysroot, options.program, options.argv)
  if (isProblem(program)) {
    process.stderr.write(`demotic: ${programName(options)}: ${program.reason}\n`)
    engine.close()
    return exitCodeOf(program)
  }
  if (program.kind === 'host') {
    process.stderr.write(`demotic: ${programName(options)}: is an x86-64 program; run it without demotic\n`)
    engine.close()
    return EXIT_NOT_EXECUTABLE
  }
  const memory = new AddressSpace()
  if (log.page) memory.trace = (line) => log.line(`page: ${line}`)
  const loaded = loadProgram(thread, memory, {
    program,
    env: options.env,
    cpu: { platform: 'aarch64', hwcap: guest.hwcap, hwcap2: guest.hwcap2, hwcap3: 0, minSignalStack: AARCH64_MIN_SIGNAL_STACK },
    stackLimit: stackLimit(thread),
    vdso: 0,
  })
  if (isProblem(loaded)) {
    process.stderr.write(`demotic: ${programName(options)}: ${loaded.reason}\n`)
    engine.close()
    return exitCodeOf(loaded)
  }
  const syscalls = createSyscalls({
    options,
    sysroot,
    pid: thread.pid,
    cpu: { hwcap: guest.hwcap, hwcap2: guest.hwcap2, midr: MIDR },
    loaded,
    memory,
    code: engine.code,
    thunksStart: code.reserved,
    thunksEnd: code.reserved + ROUTINES_OFFSET,
    entry: entryPoints.syscallToEngine,
    log,
  })
  const u64 = (offset: number, value: number): void => {
    thread.i32[offset >> 2] = value | 0
    thread.i32[(offset >> 2) + 1] = Math.floor(value / TWO_32)
  }
  u64(LOOKUP_TABLE, code.table.address)
  u64(LOOKUP_MASK, code.table.mask)
  u64(SYSCALL_TABLE, syscalls.tableAddress)
  // Names of files are the engine's while a sysroot maps them.
  thread.i32[PATHS_TO_ENGINE >> 2] = sysroot === null ? 0 : 1
  // In lockstep every call goes by the engine, and so does every region; `-d exec` shows each region, too.
  thread.i32[SYSCALL_COUNT >> 2] = options.lockstep ? 0 : syscalls.tableCount
  code.publish = !options.lockstep && !log.exec

  const guestProcess = new GuestProcess({ guest, thread, memory, code, syscalls, log })
  // What only some runs need is loaded only for them.
  if (options.lockstep) {
    const { Lockstep } = await import('./lockstep.ts')
    guestProcess.lockstep = new Lockstep(thread, guest.state, guest.pcSlot)
  }
  const observed = options.verify || options.log.size > 0
  const watch = observed
    ? (await import('./observe.ts')).observer(options, guest, log, (pc) => guestProcess.wordAt(pc), thread.pid)
    : undefined
  guestProcess.translator = new Translator({
    guest: A64,
    context: (region, targets) => new A64Context(region, targets),
    cpu: engine.hostCpu,
    space: code,
    source: guestProcess,
    ...(watch === undefined ? {} : { observer: watch }),
  }) as unknown as Translator<never>
  u64(STATE_OFFSET + guest.state[SLOT_SP]!.offset, loaded.stackPointer)
  setPc(thread, pcOffset, loaded.start)
  statistics.started()
  guestProcess.start(loaded.start)
  const death = await engine.serve(thread, () => guestProcess.serve())
  statistics.write(code)
  atEnd(code.guestBytes / INSN_SIZE)
  engine.close()
  return endLike(death)
}

function shortName(path: Uint8Array): string {
  return Buffer.from(path).toString('latin1').split('/').at(-1) ?? 'demotic'
}

const SYS_PRLIMIT64 = 302
const RLIMIT_STACK = 3
const RLIM_INFINITY_HIGH = 0xffff_ffff

function stackLimit(thread: import('../src/host/runner-api.ts').RunnerThread): number {
  const { address, bytes } = thread.scratch(16)
  if (thread.syscall(SYS_PRLIMIT64, 0, RLIMIT_STACK, 0, address) < 0) return 8 << 20
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  const high = view.getUint32(4, true)
  return high === RLIM_INFINITY_HIGH ? Infinity : high * TWO_32 + view.getUint32(0, true)
}
