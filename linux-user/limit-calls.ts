/**
 * RLIMIT_AS as the address space keeps it: on the host it would count the runner's own memory (syscalls/handlers/limits.ts). It is the process's, whatever memory that
 * has, and may be set by another process.
 * RLIMIT_CORE says whether signals that dump core are caught.
 */
import type { Thread } from '../src/host/thread.ts'
import type { Call, Handler } from '../syscalls/call.ts'
import { limitHandlers, prlimitOf } from '../syscalls/handlers/limits.ts'
import { catchDefaults } from './caught-signals.ts'
import { CORE_SIGNALS } from './core-dump.ts'
import type { GuestProcess } from './process.ts'
import { RLIMIT_CORE } from './rlimit.ts'
import { withdraw } from './runner-maps.ts'

const RLIMIT_AS = 9

export function limitCalls(process: GuestProcess): { readonly [name: string]: Handler } {
  /** Which of our processes is named by its number. */
  const named = (call: Call): GuestProcess | undefined => {
    const pid = call.int(0)
    return call.int(1) !== RLIMIT_AS || pid === 0 ? undefined : process.tree.knownBy(process, pid)
  }
  const follow = (name: string, resourceAt: number, newAt: number) => (call: Call) => {
    const outcome = limitHandlers[name]!(call)
    limitMemory(process)
    const mayDump = call.int(resourceAt) === RLIMIT_CORE && call.arg(newAt) !== 0
    if (mayDump) catchDefaults(process, call.thread as Thread, CORE_SIGNALS)
    return outcome
  }
  const prlimit64 = follow('prlimit64', 1, 2)
  return {
    setrlimit: follow('setrlimit', 0, 1),
    prlimit64: (call) => {
      const target = named(call)
      if (target === undefined) return prlimit64(call)
      const result = prlimitOf(call, { pid: call.int(0), state: target.state })
      limitMemory(target)
      return result
    },
  }
}

/** What a process maps from now on is within its limits. */
export function limitMemory({ state, memory }: GuestProcess): void {
  const limit = state.limits.get(RLIMIT_AS)
  if (limit === undefined || limit.current === memory.addresses.limits.addressSpace) return
  memory.addresses.limits.addressSpace = limit.current
  for (const runner of memory.threads) withdraw(runner)
}
