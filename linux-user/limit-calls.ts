/**
 * RLIMIT_AS and RLIMIT_DATA as the address space keeps them: on the host they would count the runner's own memory (syscalls/handlers/limits.ts).
 * RLIMIT_CORE says whether signals that dump core are caught.
 */
import type { Thread } from '../src/host/thread.ts'
import type { Call, Handler } from '../syscalls/call.ts'
import { limitHandlers } from '../syscalls/handlers/limits.ts'
import { catchDefaults } from './caught-signals.ts'
import { CORE_SIGNALS } from './core-dump.ts'
import type { GuestProcess } from './process.ts'
import { RLIMIT_CORE } from './rlimit.ts'

const RLIMIT_AS = 9

export function limitCalls(process: GuestProcess): { readonly [name: string]: Handler } {
  const follow = (name: string, resourceAt: number, newAt: number) => (call: Call) => {
    const outcome = limitHandlers[name]!(call)
    const limit = call.ctx.process.limits.get(RLIMIT_AS)
    if (limit !== undefined) process.memory.addresses.limits.addressSpace = limit.current
    const mayDump = call.int(resourceAt) === RLIMIT_CORE && call.arg(newAt) !== 0
    if (mayDump && process.tree.arch.hasRegisterSets) catchDefaults(process, call.thread as Thread, CORE_SIGNALS)
    return outcome
  }
  return { setrlimit: follow('setrlimit', 0, 1), prlimit64: follow('prlimit64', 1, 2) }
}
