/** A program in its memory: what the first one of a tree and every executed one have in common. */

import type { Thread } from '../src/host/thread.ts'
import { startState } from './float-mode.ts'
import type { GuestMemory } from './guest-memory.ts'
import { type LoadedProgram, type LoadRequest, loadProgram } from './loader.ts'
import type { LoadProblem } from './problem.ts'
import type { GuestProgram } from './program.ts'
import type { Tree } from './tree.ts'

/** Loads a program; its descriptors are closed. */
export function loadInto(
  tree: Tree,
  runner: Thread,
  memory: GuestMemory,
  program: GuestProgram,
  env: readonly Uint8Array[],
): LoadedProgram | LoadProblem {
  startState(runner, tree.guest)
  return loadProgram(runner, memory.addresses, loadRequest(tree, program, env))
}

export function loadRequest({ guest, arch }: Tree, program: GuestProgram, env: readonly Uint8Array[]): LoadRequest {
  return {
    program,
    env,
    cpu: {
      platform: arch.platform,
      hwcap: guest.hwcap,
      hwcap2: guest.hwcap2,
      hwcap3: 0,
      minSignalStack: arch.minSignalStack,
    },
    mapKernelPages: arch.mapKernelPages,
    stackLimit: program.standing.stackLimit,
    vdso: 0,
  }
}
