/** The register sets of an architecture, as core files hold them and PTRACE_GETREGSET gives them. */
import type { StoppedThread } from './frame.ts'

export const NT_PRSTATUS = 1
export const NT_FPREGSET = 2

export interface RegisterSet {
  /** NT_: of PTRACE_GETREGSET, and of the note in a core file. */
  readonly type: number
  /** Whose note it is. */
  readonly owner: 'CORE' | 'LINUX'
  get(thread: StoppedThread): Uint8Array
  /** What is missing at the end stays. */
  set(thread: StoppedThread, bytes: Uint8Array): void
}

export interface RegisterSets {
  /** elf_gregset_t; `pc`: where it is not the state's. */
  general(thread: StoppedThread, pc?: number): Uint8Array
  /** What is missing at the end stays. */
  setGeneral(thread: StoppedThread, bytes: Uint8Array): void
  /** Those of core files behind the general registers, in their order. */
  readonly others: readonly RegisterSet[]
}
