/**
 * mremap(2) and remap_file_pages(2). The engine decides whether a mapping can grow where it is and where it goes
 * if not; the host then moves the pages. Translated code of a moved range goes first: the host moves only what
 * is one mapping there, and protected pages split it.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { AddressSpace } from './address-space.ts'
import * as mm from './mman.ts'
import { range } from './mman.ts'
import type { Vma } from './vma-list.ts'

const KNOWN_FLAGS = mm.MREMAP_MAYMOVE | mm.MREMAP_FIXED | mm.MREMAP_DONTUNMAP

/** The new address or -errno. */
export function mremap(
  space: AddressSpace,
  thread: RunnerThread,
  from: number,
  oldLength: number,
  newLength: number,
  flags: number,
  to: number,
): number {
  const old = mm.unsigned(from)
  const target = mm.unsigned(to)
  if (flags & ~KNOWN_FLAGS) return -errno.EINVAL
  if (flags & mm.MREMAP_FIXED && !(flags & mm.MREMAP_MAYMOVE)) return -errno.EINVAL
  if (flags & mm.MREMAP_DONTUNMAP && (!(flags & mm.MREMAP_MAYMOVE) || oldLength !== newLength)) return -errno.EINVAL
  if (!mm.isPageAligned(old)) return -errno.EINVAL
  let oldSize = mm.pageUp(mm.unsigned(oldLength))
  const newSize = mm.pageUp(mm.unsigned(newLength))
  if (newSize === 0) return -errno.EINVAL
  space.syncGrowth(thread, old, old + Math.max(oldSize, mm.PAGE_SIZE))
  const first = space.vmas.at(old)
  if (!first) return -errno.EFAULT
  if (first.isSealed) return -errno.EPERM

  const fixed = (flags & mm.MREMAP_FIXED) !== 0
  if (fixed) {
    if (!mm.isPageAligned(target) || newSize > space.layout.taskSize || target > space.layout.limit - newSize) return -errno.EINVAL
    if (old + oldSize > target && target + newSize > old) return -errno.EINVAL
    space.syncGrowth(thread, target, target + newSize)
    if (space.vmas.overlaps(target, target + newSize)) {
      const unmapped = space.munmap(thread, target, newSize)
      if (unmapped < 0) return unmapped
    }
  }
  if (oldSize >= newSize && !(flags & mm.MREMAP_DONTUNMAP)) {
    if (oldSize > newSize) {
      const unmapped = space.munmap(thread, old + newSize, oldSize - newSize)
      if (unmapped < 0) return unmapped
      oldSize = newSize
    }
    if (!fixed) return old
  }

  const vma = space.vmas.at(old)
  if (!vma) return -errno.EFAULT
  if (oldSize === 0 && !(vma.flags & mm.MAP_SHARED)) return -errno.EINVAL
  if (oldSize > vma.end - old) return -errno.EFAULT
  if (newSize > space.layout.limit) return -errno.ENOMEM
  const more = flags & mm.MREMAP_DONTUNMAP ? newSize : newSize - oldSize
  const refused = space.checkLimits(more, (vma.flags & mm.MAP_TYPE) === mm.MAP_PRIVATE && vma.prot & mm.PROT_WRITE ? more : 0)
  if (refused) return refused

  if (!fixed && !(flags & mm.MREMAP_DONTUNMAP) && oldSize === vma.end - old && oldSize > 0) {
    const grown = growInPlace(space, thread, vma, old, oldSize, newSize)
    if (grown !== -errno.ENOMEM) return grown
  }
  if (!(flags & mm.MREMAP_MAYMOVE)) return -errno.ENOMEM
  let place = target
  if (!fixed) {
    const hint = flags & mm.MREMAP_DONTUNMAP ? target : 0
    place = hint ? space.placeNear(thread, hint, newSize) : space.place(newSize)
    if (place < 0) return place
  }
  return move(space, thread, vma, old, oldSize, newSize, place, flags)
}

function growInPlace(space: AddressSpace, thread: RunnerThread, vma: Vma, old: number, oldSize: number, newSize: number): number {
  if (old + newSize > space.layout.limit || !space.vmas.isFree(vma.end, old + newSize)) return -errno.ENOMEM
  space.releaseCode(thread, old, old + oldSize, 'unmapped')
  const result = thread.syscall(nr.mremap, old, oldSize, newSize, 0)
  if (result < 0) return result
  space.vmas.insert({ ...vma, start: vma.end, end: old + newSize, offset: vma.origin === 0 ? 0 : vma.offset + (vma.end - vma.start) })
  if (vma.prot & mm.PROT_EXEC) space.onExecutable(thread, old, old + newSize)
  space.trace?.(`mremap ${range(old, old + oldSize)} to ${range(old, old + newSize)}`)
  return old
}

function move(
  space: AddressSpace,
  thread: RunnerThread,
  vma: Vma,
  old: number,
  oldSize: number,
  newSize: number,
  place: number,
  flags: number,
): number {
  space.releaseCode(thread, old, old + oldSize, 'unmapped')
  const hostFlags = mm.MREMAP_MAYMOVE | mm.MREMAP_FIXED | (flags & mm.MREMAP_DONTUNMAP)
  const result = thread.syscall(nr.mremap, old, oldSize, newSize, hostFlags, place)
  if (result < 0) return result
  const offset = vma.origin === 0 ? 0 : vma.offset + (old - vma.start)
  if (oldSize > 0 && !(flags & mm.MREMAP_DONTUNMAP)) space.forget(old, old + oldSize)
  space.vmas.insert({ ...vma, start: place, end: place + newSize, offset, name: '' })
  if (vma.prot & mm.PROT_EXEC) space.onExecutable(thread, place, place + newSize)
  space.trace?.(`mremap ${range(old, old + oldSize)} to ${range(place, place + newSize)}`)
  return place
}

/** remap_file_pages(2): the range shows its file from page `pageOffset` on. */
export function remapFilePages(
  space: AddressSpace,
  thread: RunnerThread,
  address: number,
  length: number,
  prot: number,
  pageOffset: number,
  flags: number,
): number {
  if (prot !== 0) return -errno.EINVAL
  const start = mm.pageDown(mm.unsigned(address))
  const end = start + mm.pageDown(mm.unsigned(length))
  const vma = space.vmas.at(start)
  if (end <= start || end > space.layout.limit || !vma || !(vma.flags & mm.MAP_SHARED)) return -errno.EINVAL
  if (space.vmas.anySealed(start, end)) return -errno.EPERM
  space.releaseCode(thread, start, end, 'unmapped')
  const result = thread.syscall(nr.remap_file_pages, start, end - start, 0, pageOffset, flags)
  if (result === 0) space.vmas.change(start, end, { offset: pageOffset * mm.PAGE_SIZE, file: null })
  return result
}
