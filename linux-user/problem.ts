/** Why a program cannot run: what execve gives the guest, and what the user reads. */
import { errno } from '../syscalls/abi/errno.ts'

export interface LoadProblem {
  /** Positive errno. */
  readonly errno: number
  /** A clause that continues `demotic: FILE: `. */
  readonly reason: string
}

export function isProblem(value: object): value is LoadProblem {
  return 'reason' in value && 'errno' in value
}

/** The shell's convention: 127 for what is not found, 126 for what is found and cannot be run. */
export function exitCodeOf(problem: LoadProblem): number {
  return problem.errno === errno.ENOENT || problem.errno === errno.ENOTDIR ? 127 : 126
}
