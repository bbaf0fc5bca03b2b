/** mlockall(2) and munlockall(2): on the host they would lock the runner's own memory, too. */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { AddressSpace } from './address-space.ts'
import * as mm from './mman.ts'

export function mlockall(space: AddressSpace, thread: RunnerThread, flags: number): number {
  const known = mm.MCL_CURRENT | mm.MCL_FUTURE | mm.MCL_ONFAULT
  if (flags === 0 || flags & ~known || flags === mm.MCL_ONFAULT) return -errno.EINVAL
  space.lockFuture = flags & mm.MCL_FUTURE ? flags & (mm.MCL_FUTURE | mm.MCL_ONFAULT) : 0
  if (!(flags & mm.MCL_CURRENT)) return 0
  for (const vma of space.vmas.all()) {
    const result = lock(thread, vma.start, vma.end - vma.start, flags)
    // The kernel ignores pages that cannot be made present; what is not allowed fails at the first mapping.
    if (result < 0 && result !== -errno.ENOMEM) return result
  }
  return 0
}

export function munlockall(space: AddressSpace, thread: RunnerThread): number {
  space.lockFuture = 0
  for (const vma of space.vmas.all()) thread.syscall(nr.munlock, vma.start, vma.end - vma.start)
  return 0
}

/** One mapping, by flags of mlockall. */
export function lock(thread: RunnerThread, start: number, length: number, flags: number): number {
  return thread.syscall(nr.mlock2, start, length, flags & mm.MCL_ONFAULT ? 1 : 0)
}
