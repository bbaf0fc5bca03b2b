/** Linux on 32-bit ARM. What it says of its processors is what a kernel of 32 bits says, also of those that have ARMv8's instructions. */
import { readFileSync } from 'node:fs'
import { ArmContext } from '../../src/guest/arm/context.ts'
import { ARM } from '../../src/guest/arm/index.ts'
import { addressOf } from '../../src/guest/arm/instruction-set.ts'
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
import type { Tree } from '../tree.ts'
import type { GuestArch } from './arch.ts'
import { isBreakpoint } from './arm-breakpoints.ts'
import { armFrames } from './arm-frame.ts'
import { mapKernelPage } from './arm-kernel-page.ts'
import { armPtrace } from './arm-ptrace.ts'
import { armRegisterSets } from './arm-regsets.ts'

const TRAP_BRKPT = 1
const ILL_ILLTRP = 4
/** __ARM_NR_BASE, and the last number behind it that gives ENOSYS. */
const OWN_CALLS = 0xf_0000
const LAST_MISSING = 0x7ff
/** A Cortex-A15. */
const MIDR = 0x414f_c0f0

/** Names of the HWCAP bits from bit 0 on, then of the HWCAP2 bits (arch/arm/kernel/setup.c). */
const HWCAP_NAMES =
  'swp half thumb 26bit fastmult fpa vfp edsp java iwmmxt crunch thumbee neon vfpv3 vfpv3d16 tls vfpv4 idiva idivt vfpd32 lpae evtstrm fphp asimdhp asimddp asimdfhm asimdbf16 i8mm'.split(
    ' ',
  )
const HWCAP2_NAMES = 'aes pmull sha1 sha2 crc32 sb ssbs'.split(' ')

function cpuInfo(processors: number): string {
  const names = (bits: number, list: readonly string[]): string[] => list.filter((_, bit) => ((bits >>> bit) & 1) !== 0)
  const features = [...names(ARM.hwcap, HWCAP_NAMES), ...names(ARM.hwcap2, HWCAP2_NAMES)].join(' ')
  const field = (shift: number, bits: number): number => (MIDR >>> shift) & ((1 << bits) - 1)
  let text = ''
  for (let i = 0; i < processors; i++) {
    text += `processor\t: ${i}\nmodel name\t: ARMv7 Processor rev ${field(0, 4)} (v7l)\nBogoMIPS\t: 100.00\nFeatures\t: ${features}\n`
    text += `CPU implementer\t: 0x${field(24, 8).toString(16).padStart(2, '0')}\nCPU architecture: 7\n`
    text += `CPU variant\t: 0x${field(20, 4).toString(16)}\nCPU part\t: 0x${field(4, 12).toString(16).padStart(3, '0')}\nCPU revision\t: ${field(0, 4)}\n\n`
  }
  return `${text}Hardware\t: Demotic\nRevision\t: 0000\nSerial\t\t: 0000000000000000\n`
}

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

export const armLinux: GuestArch = {
  guest: ARM as unknown as Guest<never>,
  context: (region, targets) => new ArmContext(region, targets) as never,
  abi: arm,
  elfClass: 32,
  layout: LAYOUT_32,
  pcOffset: PC_OFFSET,
  platform: 'v7l',
  minSignalStack: 0,
  frames: armFrames,
  runnerSignals: null,
  ownThunks: new Map([...SEEK_THUNKS, ...(mayEnterNarrow() ? ROBUST_THUNKS : [])]),
  gdbTarget: async () => (await import('./arm-gdb.ts')).armGdb,
  registerSets: armRegisterSets,
  ptrace: armPtrace,
  cpuInfo,
  // Bit 0 says Thumb.
  entryPc: (address) => address,
  mapKernelPages: mapKernelPage,
  isBreakpoint,
  unknownCall,
  calls,
}
