/** /proc/cpuinfo of 32-bit ARM: what a kernel of 32 bits says, also of processors that have ARMv8's instructions (arch/arm/kernel/setup.c). */
import type { ArmModel } from '../../src/guest/arm/models.ts'

/** Names of the HWCAP bits from bit 0 on, then of the HWCAP2 bits. */
const HWCAP_NAMES =
  'swp half thumb 26bit fastmult fpa vfp edsp java iwmmxt crunch thumbee neon vfpv3 vfpv3d16 tls vfpv4 idiva idivt vfpd32 lpae evtstrm fphp asimdhp asimddp asimdfhm asimdbf16 i8mm'.split(
    ' ',
  )
const HWCAP2_NAMES = 'aes pmull sha1 sha2 crc32 sb ssbs'.split(' ')

export function armCpuInfo(model: ArmModel, { hwcap, hwcap2 }: { hwcap: number; hwcap2: number }, processors: number): string {
  const names = (bits: number, list: readonly string[]): string[] => list.filter((_, bit) => ((bits >>> bit) & 1) !== 0)
  const features = [...names(hwcap, HWCAP_NAMES), ...names(hwcap2, HWCAP2_NAMES)].join(' ')
  const field = (shift: number, bits: number): number => (model.midr >>> shift) & ((1 << bits) - 1)
  let text = ''
  for (let i = 0; i < processors; i++) {
    text += `processor\t: ${i}\nmodel name\t: ${model.name} rev ${field(0, 4)} (${model.platform})\nBogoMIPS\t: 100.00\nFeatures\t: ${features}\n`
    text += `CPU implementer\t: 0x${field(24, 8).toString(16).padStart(2, '0')}\nCPU architecture: ${model.architecture}\n`
    text += `CPU variant\t: 0x${field(20, 4).toString(16)}\nCPU part\t: 0x${field(4, 12).toString(16).padStart(3, '0')}\nCPU revision\t: ${field(0, 4)}\n\n`
  }
  return `${text}Hardware\t: Demotic\nRevision\t: 0000\nSerial\t\t: 0000000000000000\n`
}
