/**
 * pidfd_getfd: another process's descriptors, but not ours in it. Which they are differs: a program that binfmt_misc starts takes the first numbers that are
 * free. What is no guest is not looked at.
 */
import { readFileSync } from 'node:fs'
import type { Process } from '../src/host/process.ts'
import type { Thread } from '../src/host/thread.ts'
import { HIDDEN_COUNT } from '../src/runtime/layout.ts'
import { errno } from '../syscalls/abi/errno.ts'
import type { Handler } from '../syscalls/call.ts'
import { isHidden } from '../syscalls/perform.ts'
import type { GuestProcess } from './process.ts'
import type { Tree } from './tree.ts'

export function pidfdCalls(tree: Tree): { readonly [name: string]: Handler } {
  return {
    pidfd_getfd: (call) => {
      if (isHidden(call, call.int(0))) return -errno.EBADF
      const target = meant(tree, call.thread as Thread, call.int(0))
      if (target === undefined) return 'pass'
      const fd = call.int(1)
      return fd >= target.hiddenBase && fd < target.hiddenBase + HIDDEN_COUNT ? -errno.EBADF : 'pass'
    },
  }
}

/** The process of ours that a pidfd of `caller`'s means. */
function meant({ processes }: Tree, caller: Thread, pidfd: number): Process | undefined {
  const pid = pidOf(caller.pid, pidfd)
  for (const { host } of processes.values() as Iterable<GuestProcess>) if (pid > 0 && host.pid === pid) return host
  return undefined
}

/** As the engine's /proc numbers it; 0: it is no pidfd, or nobody says. */
function pidOf(process: number, fd: number): number {
  try {
    return Number(/^Pid:\t(\d+)$/m.exec(readFileSync(`/proc/${process}/fdinfo/${fd}`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
