/** Linux on 32-bit ARM. */
import { readFileSync } from 'node:fs'
import { ArmContext } from '../../src/guest/arm/context.ts'
import { ARM, armGuest } from '../../src/guest/arm/index.ts'
import { addressOf } from '../../src/guest/arm/instruction-set.ts'
import { ARM_MODELS, type ArmModel } from '../../src/guest/arm/models.ts'
import type { Guest } from '../../src/guest/targets.ts'
import type { RunnerThread } from '../../src/host/runner-api.ts'
import type { Thread } from '../../src/host/thread.ts'
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import { arm } from '../../syscalls/abi/abi.ts'
import { errno } from '../../syscalls/abi/errno.ts'
import { SIGILL, SIGTRAP } from '../../syscalls/abi/signals.ts'
import type { Call, Handler, Outcome } from '../../syscalls/call.ts'
import { ROBUST_THUNKS } from '../../syscalls/robust-thunks.ts'
import { SEEK_THUNKS } from '../../syscalls/seek-thunks.ts'
import { getPc, stepBack } from '../fault-state.ts'
import { LAYOUT_32 } from '../layout.ts'
import type { CPUS } from '../options.ts'
import type { Tree } from '../tree.ts'
import type { GuestArch } from './arch.ts'
import { isBreakpoint } from './arm-breakpoints.ts'
import { armCpuInfo } from './arm-cpu-info.ts'
import { armFrames } from './arm-frame.ts'
import { mapKernelPage } from './arm-kernel-page.ts'
import { armPtrace } from './arm-ptrace.ts'
import { armRegisterSets } from './arm-regsets.ts'

const TRAP_BRKPT = 1
const ILL_ILLTRP = 4
/** __ARM_NR_BASE, and the last number behind it that gives ENOSYS. */
const OWN_CALLS = 0xf_0000
const LAST_MISSING = 0x7ff

const PC_OFFSET = STATE_OFFSET + ARM.state[ARM.pcSlot]!.offset
const TLS = (STATE_OFFSET + ARM.state[ARM.threadSlot]!.offset) >> 2

function calls(tree: Tree): { readonly [name: string]: Handler } {
  const processOf = (call: Call) => tree.threadOf(call.thread as Thread).process
  return {
    arm_set_tls: (call) => {
      call.thread.i32[TLS] = call.int(0)
      return 0
    },
    arm_get_tls: (call) => call.thread.i32[TLS]! >>> 0,
    arm_cacheflush: (call) => {
      const start = call.arg(0)
      const end = call.arg(1)
      if (end < start || call.int(2) !== 0) return -errno.EINVAL
      processOf(call)
        .memory.serve(call.thread as Thread)
        .invalidate(start, end - start)
      return 0
    },
    arm_breakpoint: (call) => raiseAtCall(tree, call.thread, SIGTRAP, TRAP_BRKPT),
  }
}

/** Nobody filters our calls: a filter might end whoever uses the entry of 32-bit programs. */
function mayEnterNarrow(): boolean {
  try {
    return /^Seccomp:\s*0$/m.test(readFileSync('/proc/self/status', 'latin1'))
  } catch {
    return false
  }
}

/** The call is as good as an instruction that does this; the pc stays at it. */
function raiseAtCall(tree: Tree, thread: RunnerThread, signal: number, code: number): Outcome {
  stepBack(thread, PC_OFFSET)
  const raised = { signal, code, address: addressOf(getPc(thread, PC_OFFSET)) }
  return tree.threadOf(thread as Thread).process.signals.raise(thread, raised) ? 'done' : 'gone'
}

/** Of the numbers that are the architecture's own the first may be missing, the others are a mistake. */
function unknownCall(tree: Tree, thread: RunnerThread, number: number): Outcome {
  return number >>> 16 >= OWN_CALLS >>> 16 && number - OWN_CALLS > LAST_MISSING ? raiseAtCall(tree, thread, SIGILL, ILL_ILLTRP) : 'pass'
}

/** On a processor that Demotic's options call `name`. */
export function armLinux(name: keyof typeof CPUS.arm): GuestArch {
  const models: Readonly<Record<keyof typeof CPUS.arm, ArmModel>> = ARM_MODELS
  const model = models[name]
  const guest = armGuest(model)
  const hasVectors = model.features.includes('vectors')
  return {
    guest: guest as unknown as Guest<never>,
    context: (region, targets) => new ArmContext(region, targets, hasVectors) as never,
    abi: { ...arm, machine: model.machine, machine32: model.machine },
    elfClass: 32,
    layout: LAYOUT_32,
    pcOffset: PC_OFFSET,
    platform: model.platform,
    minSignalStack: 0,
    frames: armFrames,
    runnerSignals: null,
    ownThunks: new Map([...SEEK_THUNKS, ...(mayEnterNarrow() ? ROBUST_THUNKS : [])]),
    gdbTarget: async () => (await import('./arm-gdb.ts')).armGdb,
    registerSets: armRegisterSets,
    ptrace: armPtrace,
    cpuInfo: (processors) => armCpuInfo(model, guest, processors),
    // Bit 0 says Thumb.
    entryPc: (address) => address,
    mapKernelPages: mapKernelPage,
    isBreakpoint,
    unknownCall,
    calls,
  }
}
