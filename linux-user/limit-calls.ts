/** RLIMIT_AS and RLIMIT_DATA as the address space keeps them: on the host they would count the runner's own memory (syscalls/handlers/limits.ts). */
import type { Call, Handler } from '../syscalls/call.ts'
import { limitHandlers } from '../syscalls/handlers/limits.ts'
import type { AddressSpace } from './address-space.ts'

const RLIMIT_AS = 9

export function limitCalls(addresses: AddressSpace): { readonly [name: string]: Handler } {
  const follow = (name: string) => (call: Call) => {
    const outcome = limitHandlers[name]!(call)
    const limit = call.ctx.process.limits.get(RLIMIT_AS)
    if (limit !== undefined) addresses.limits.addressSpace = limit.current
    return outcome
  }
  return { setrlimit: follow('setrlimit'), prlimit64: follow('prlimit64') }
}
