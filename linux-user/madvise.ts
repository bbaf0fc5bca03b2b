/**
 * madvise(2): the host's, on a range that must be the guest's. Advice that throws contents away takes the
 * translations with it; advice about fork is remembered, because the child's list depends on it.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { AddressSpace } from './address-space.ts'
import * as mm from './mman.ts'
import type { AtFork, Vma } from './vma-list.ts'

const DISCARDS = new Set([mm.MADV_DONTNEED, mm.MADV_FREE, mm.MADV_REMOVE, mm.MADV_DONTNEED_LOCKED, mm.MADV_GUARD_INSTALL])
const AT_FORK = new Map<number, AtFork>([
  [mm.MADV_DONTFORK, 'leave-out'],
  [mm.MADV_DOFORK, 'copy'],
  [mm.MADV_WIPEONFORK, 'wipe'],
  [mm.MADV_KEEPONFORK, 'copy'],
])

/** A sealed mapping of no file that the guest cannot write keeps what is in it. */
function keepsContents({ isSealed, prot, flags }: Vma, advice: number): boolean {
  const isOwn = (flags & mm.MAP_TYPE) === mm.MAP_PRIVATE && (flags & mm.MAP_ANONYMOUS) !== 0
  if (!isSealed || prot & mm.PROT_WRITE || !isOwn) return false
  return DISCARDS.has(advice) || advice === mm.MADV_DONTFORK || advice === mm.MADV_WIPEONFORK
}

export function madvise(space: AddressSpace, thread: RunnerThread, from: number, length: number, advice: number): number {
  const address = mm.unsigned(from)
  const end = address + mm.pageUp(mm.unsigned(length))
  if (end > space.layout.limit) {
    // The host decides whether the advice is one at all; a mapping up there the guest has none.
    const known = mm.isPageAligned(address) ? thread.syscall(nr.madvise, 0, 0, advice) : -errno.EINVAL
    return known < 0 ? known : -errno.ENOMEM
  }
  if (space.vmas.anySealed(address, end)) {
    const refusing = space.vmas.pieces(address, end).find((piece) => keepsContents(piece, advice))
    if (refusing !== undefined) {
      // Mapping by mapping, as the kernel takes it.
      const before = refusing.start > address ? madvise(space, thread, address, refusing.start - address, advice) : 0
      return before < 0 ? before : -errno.EPERM
    }
  }
  if (DISCARDS.has(advice)) space.releaseCode(thread, address, end, 'written')
  else if (advice === mm.MADV_POPULATE_WRITE) space.prepareWrite(thread, address, end - address)
  const result = thread.syscall(nr.madvise, address, length, advice)
  const atFork = AT_FORK.get(advice)
  // A hole in the range gives ENOMEM, and still the mapped parts have taken the advice.
  if (atFork && (result === 0 || result === -errno.ENOMEM)) space.vmas.change(address, end, { atFork })
  return result
}
