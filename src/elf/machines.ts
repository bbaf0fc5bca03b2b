/** Names of ELF machines (e_machine) for sentences: what a foreign file is. */
const names = new Map<number, string>([
  [0, 'no machine'],
  [2, 'SPARC'],
  [3, 'i386'],
  [4, 'm68k'],
  [8, 'MIPS'],
  [15, 'PA-RISC'],
  [18, 'SPARC32PLUS'],
  [20, 'PowerPC'],
  [21, 'PowerPC64'],
  [22, 'S/390'],
  [40, 'Arm'],
  [42, 'SuperH'],
  [43, 'SPARC64'],
  [50, 'IA-64'],
  [62, 'x86-64'],
  [92, 'OpenRISC'],
  [94, 'Xtensa'],
  [164, 'Hexagon'],
  [183, 'AArch64'],
  [189, 'MicroBlaze'],
  [243, 'RISC-V'],
  [247, 'BPF'],
  [258, 'LoongArch'],
  [0x9026, 'Alpha'],
])

export const EM_ARM = 40
export const EM_X86_64 = 62
export const EM_AARCH64 = 183

/** `AArch64`, or `machine 4711` for one without a name. */
export function machineName(machine: number): string {
  return names.get(machine) ?? `machine ${machine}`
}
