/** Linux on AArch64; and what it says of its processors in /proc/cpuinfo, from HWCAP and MIDR. */
import { A64Context } from '../../src/guest/a64/context.ts'
import { MIDR } from '../../src/guest/a64/features.ts'
import { A64 } from '../../src/guest/a64/index.ts'
import type { Guest } from '../../src/guest/targets.ts'
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import { aarch64 } from '../../syscalls/abi/abi.ts'
import { rtSigaction } from '../../syscalls/action-thunk.ts'
import { LAYOUT_64 } from '../layout.ts'
import { emitDeliver, emitSigreturn } from './aarch64-delivery.ts'
import { aarch64Frames } from './aarch64-frame.ts'
import { aarch64Ptrace } from './aarch64-ptrace.ts'
import { aarch64RegisterSets } from './aarch64-regsets.ts'
import type { GuestArch } from './arch.ts'

/** Names of the HWCAP bits from bit 0 on, then of the HWCAP2 bits (arch/arm64/kernel/cpuinfo.c). */
const HWCAP_NAMES =
  'fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma lrcpc dcpop sha3 sm3 sm4 asimddp sha512 sve asimdfhm dit uscat ilrcpc flagm ssbs sb paca pacg'.split(
    ' ',
  )
const HWCAP2_NAMES =
  'dcpodp sve2 sveaes svepmull svebitperm svesha3 svesm4 flagm2 frint svei8mm svef32mm svef64mm svebf16 i8mm bf16 dgh rng bti mte ecv afp rpres mte3 sme smei16i64 smef64f64 smei8i32 smef16f32 smeb16f32 smef32f32 smefa64 wfxt ebf16 sveebf16 cssc rprfm sve2p1 sme2 sme2p1 smei16i32 smebi32i32 smeb16b16 smef16f16 mops hbc sveb16b16 lrcpc3 lse128'.split(
    ' ',
  )

export interface Aarch64Cpu {
  readonly hwcap: number
  readonly hwcap2: number
  /** MIDR_EL1, low word. */
  readonly midr: number
}

export function aarch64CpuInfo(cpu: Aarch64Cpu, processors: number): string {
  const features = [...names(cpu.hwcap, HWCAP_NAMES), ...names(cpu.hwcap2, HWCAP2_NAMES)].join(' ')
  const field = (shift: number, bits: number): number => (cpu.midr >>> shift) & ((1 << bits) - 1)
  let text = ''
  for (let i = 0; i < processors; i++) {
    text += `processor\t: ${i}\nBogoMIPS\t: 100.00\nFeatures\t: ${features}\n`
    text += `CPU implementer\t: 0x${field(24, 8).toString(16).padStart(2, '0')}\nCPU architecture: 8\n`
    text += `CPU variant\t: 0x${field(20, 4).toString(16)}\nCPU part\t: 0x${field(4, 12).toString(16).padStart(3, '0')}\nCPU revision\t: ${field(0, 4)}\n\n`
  }
  return text
}

/** Bits of numbers up to 2^53, without losing the upper ones. */
function names(bits: number, list: readonly string[]): string[] {
  return list.filter((_, bit) => Math.floor(bits / 2 ** bit) % 2 === 1)
}

export const aarch64Linux: GuestArch = {
  guest: A64 as Guest<never>,
  context: (region, targets) => new A64Context(region, targets) as never,
  abi: aarch64,
  elfClass: 64,
  layout: LAYOUT_64,
  pcOffset: STATE_OFFSET + A64.state[A64.pcSlot]!.offset,
  platform: A64.name,
  minSignalStack: aarch64.minimumSignalStack,
  frames: aarch64Frames,
  runnerSignals: { deliver: emitDeliver, sigreturn: emitSigreturn, sigaction: rtSigaction },
  ownThunks: new Map(),
  gdbTarget: async () => (await import('./aarch64-gdb.ts')).aarch64Gdb,
  registerSets: aarch64RegisterSets,
  ptrace: aarch64Ptrace,
  cpuInfo: (processors) => aarch64CpuInfo({ hwcap: A64.hwcap, hwcap2: A64.hwcap2, midr: MIDR }, processors),
  entryPc: (address) => address,
  mapKernelPages: () => undefined,
  isBreakpoint: () => false,
  unknownCall: () => 'pass',
  calls: () => ({}),
}
