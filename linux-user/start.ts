/** A program in its memory: what the first one of a tree and every executed one have in common. */

import type { RunnerThread } from '../src/host/runner-api.ts'
import type { Thread } from '../src/host/thread.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { GuestMemory } from './guest-memory.ts'
import { type LoadedProgram, loadProgram } from './loader.ts'
import type { LoadProblem } from './problem.ts'
import type { GuestProgram } from './program.ts'
import type { Tree } from './tree.ts'

const RLIMIT_STACK = 3
const RLIM_INFINITY_HIGH = 0xffff_ffff
const RLIMIT_SIZE = 16
const DEFAULT_STACK = 8 << 20
const TWO_32 = 0x1_0000_0000

/** Loads a program; its descriptors are closed. */
export function loadInto(
  tree: Tree,
  runner: Thread,
  memory: GuestMemory,
  program: GuestProgram,
  env: readonly Uint8Array[],
  limit = stackLimit(runner),
): LoadedProgram | LoadProblem {
  const { guest, abi } = tree
  return loadProgram(runner, memory.addresses, {
    program,
    env,
    cpu: { platform: guest.name, hwcap: guest.hwcap, hwcap2: guest.hwcap2, hwcap3: 0, minSignalStack: abi.minimumSignalStack },
    stackLimit: limit,
    vdso: 0,
  })
}

/** RLIMIT_STACK in bytes. */
export function stackLimit(thread: RunnerThread): number {
  const { address, bytes } = thread.scratch(RLIMIT_SIZE)
  if (thread.syscall(nr.prlimit64, 0, RLIMIT_STACK, 0, address) < 0) return DEFAULT_STACK
  const view = new DataView(bytes.buffer, bytes.byteOffset, RLIMIT_SIZE)
  const high = view.getUint32(4, true)
  return high === RLIM_INFINITY_HIGH ? Infinity : high * TWO_32 + view.getUint32(0, true)
}
