/** Tags of the auxiliary vector (uapi/linux/auxvec.h). */
export const AT_NULL = 0
export const AT_PHDR = 3
export const AT_PHENT = 4
export const AT_PHNUM = 5
export const AT_PAGESZ = 6
export const AT_BASE = 7
export const AT_FLAGS = 8
export const AT_ENTRY = 9
export const AT_UID = 11
export const AT_EUID = 12
export const AT_GID = 13
export const AT_EGID = 14
export const AT_PLATFORM = 15
export const AT_HWCAP = 16
export const AT_CLKTCK = 17
export const AT_SECURE = 23
export const AT_RANDOM = 25
export const AT_HWCAP2 = 26
export const AT_HWCAP3 = 29
export const AT_EXECFN = 31
export const AT_SYSINFO_EHDR = 33
export const AT_MINSIGSTKSZ = 51

/** What the guest's CPU model says of itself. HWCAP words are exact numbers below 2^53. */
export interface CpuAuxv {
  readonly platform: string
  readonly hwcap: number
  readonly hwcap2: number
  /** 0: not given. */
  readonly hwcap3: number
  /** Bytes a signal frame needs; 0: not given. */
  readonly minSignalStack: number
}

/** Where a program was loaded, and who runs it. */
export interface ProgramAuxv {
  readonly programHeaders: number
  readonly programHeaderSize: number
  readonly programHeaderCount: number
  /** Load bias of the program interpreter; 0 without one. */
  readonly interpreterBase: number
  readonly entry: number
  readonly uid: number
  readonly euid: number
  readonly gid: number
  readonly egid: number
  /** Address of the guest's vDSO; 0: none. */
  readonly vdso: number
}

/** The entries in the kernel's order (create_elf_tables, arm64), without AT_NULL. */
export function auxvEntries(
  cpu: CpuAuxv,
  program: ProgramAuxv,
  at: { random: number; execfn: number; platform: number },
): [number, number][] {
  return [
    ...(program.vdso ? ([[AT_SYSINFO_EHDR, program.vdso]] as [number, number][]) : []),
    ...(cpu.minSignalStack ? ([[AT_MINSIGSTKSZ, cpu.minSignalStack]] as [number, number][]) : []),
    [AT_HWCAP, cpu.hwcap],
    [AT_PAGESZ, 4096],
    [AT_CLKTCK, 100],
    [AT_PHDR, program.programHeaders],
    [AT_PHENT, program.programHeaderSize],
    [AT_PHNUM, program.programHeaderCount],
    [AT_BASE, program.interpreterBase],
    [AT_FLAGS, 0],
    [AT_ENTRY, program.entry],
    [AT_UID, program.uid],
    [AT_EUID, program.euid],
    [AT_GID, program.gid],
    [AT_EGID, program.egid],
    // The runner is no set-user-id program: the kernel has given the ids above away already.
    [AT_SECURE, program.uid !== program.euid || program.gid !== program.egid ? 1 : 0],
    [AT_RANDOM, at.random],
    [AT_HWCAP2, cpu.hwcap2],
    [AT_EXECFN, at.execfn],
    [AT_PLATFORM, at.platform],
    ...(cpu.hwcap3 ? ([[AT_HWCAP3, cpu.hwcap3]] as [number, number][]) : []),
  ]
}
