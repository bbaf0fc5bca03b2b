/** What of ptrace is an architecture's own: register sets and requests. One for each guest, in linux-user/arch. */
import type { Call } from '../../syscalls/call.ts'
import type { StoppedThread } from '../arch/frame.ts'
import { NT_PRSTATUS, type RegisterSets } from '../arch/register-sets.ts'
import type { Tracee } from './tracee.ts'

export interface TraceeRegset {
  get(tracee: Tracee): Uint8Array
  /** As long as what `get` gives. */
  set(tracee: Tracee, bytes: Uint8Array): void
}

export interface PtraceArch {
  /** What PTRACE_GETREGSET knows, by the notes' types. */
  readonly regsets: ReadonlyMap<number, TraceeRegset>
  /** PTRACE_SINGLESTEP; where there is none, debuggers step by breakpoints. */
  readonly hasSteps: boolean
  /** PTRACE_SYSEMU */
  readonly hasEmulation: boolean
  /** A request of its own, of a tracee that has stopped. */
  request(call: Call, tracee: Tracee, request: number): number
}

export function regsetOf(
  get: (thread: StoppedThread) => Uint8Array,
  set: (thread: StoppedThread, bytes: Uint8Array) => void,
): TraceeRegset {
  return { get: ({ runner }) => get(runner), set: ({ runner }, bytes) => set(runner, bytes) }
}

/** Those that core files have, too. */
export function coreRegsets({ general, setGeneral, others }: RegisterSets): [number, TraceeRegset][] {
  return [
    [NT_PRSTATUS, regsetOf((thread) => general(thread), setGeneral)],
    ...others.map((set): [number, TraceeRegset] => [set.type, regsetOf(set.get, set.set)]),
  ]
}
