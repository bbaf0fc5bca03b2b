/**
 * shmat(2) and shmdt(2) at addresses that the engine chooses. What one shmat attached is one origin in the list,
 * whatever was cut out of it since, and shmdt takes the rest of it.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { AddressSpace } from './address-space.ts'
import * as mm from './mman.ts'

/** struct shmid64_ds of x86-64: its size, and where shm_segsz is. */
const SHMID_DS_SIZE = 112
const SHM_SEGSZ = 48
const IPC_STAT = 2

/** Attachments count downwards, so that they never meet the origins of mmap. */
let lastAttachment = 0

/** The address or -errno. */
export function shmat(space: AddressSpace, thread: RunnerThread, id: number, address: number, flags: number): number {
  let start = mm.unsigned(address)
  if (start !== 0 && !mm.isPageAligned(start)) {
    if (!(flags & mm.SHM_RND)) return -errno.EINVAL
    start = mm.pageDown(start)
    if (start === 0 && flags & mm.SHM_REMAP) return -errno.EINVAL
  }
  if (start === 0 && flags & mm.SHM_REMAP) return -errno.EINVAL
  const size = segmentSize(thread, id)
  if (size < 0) return size
  const refused = space.checkLimits(size, 0)
  if (refused) return refused

  if (start === 0) {
    start = space.place(size)
    if (start < 0) return start
  } else {
    if (start > space.layout.limit - size) return -errno.EINVAL
    space.syncGrowth(thread, start, start + size)
    if (!(flags & mm.SHM_REMAP) && space.vmas.overlaps(start, start + size)) return -errno.EINVAL
  }
  const replaces = space.vmas.overlaps(start, start + size)
  if (space.vmas.anySealed(start, start + size)) return -errno.EPERM
  const result = thread.syscall(nr.shmat, id, start, flags & (mm.SHM_RDONLY | mm.SHM_REMAP))
  if (result < 0) {
    if (replaces) space.forgetLost(thread, start, start + size)
    return result
  }
  space.forget(start, start + size)
  const write = flags & mm.SHM_RDONLY ? 0 : mm.PROT_WRITE
  const execute = flags & mm.SHM_EXEC ? mm.PROT_EXEC : 0
  space.vmas.insert({
    start,
    end: start + size,
    prot: mm.PROT_READ | write | execute,
    flags: mm.MAP_SHARED,
    origin: --lastAttachment,
    offset: 0,
    file: null,
    name: '',
    atFork: 'copy',
    shm: true,
    isSealed: false,
  })
  if (execute) space.onExecutable(thread, start, start + size)
  return start
}

/** 0 or -errno. */
export function shmdt(space: AddressSpace, thread: RunnerThread, address: number): number {
  if (!mm.isPageAligned(address)) return -errno.EINVAL
  const first = space.vmas.all().find((vma) => vma.shm && vma.start - vma.offset === mm.unsigned(address))
  if (!first) return -errno.EINVAL
  // The kernel leaves what is sealed, and says nothing.
  if (space.vmas.all().some((vma) => vma.origin === first.origin && vma.isSealed)) return 0
  const result = thread.syscall(nr.shmdt, address)
  if (result < 0) return result
  for (const vma of space.vmas.all().filter((vma) => vma.origin === first.origin)) space.forget(vma.start, vma.end)
  return 0
}

/** Bytes that attaching takes, whole pages, or -errno. */
function segmentSize(thread: RunnerThread, id: number): number {
  const { address, bytes } = thread.scratch(SHMID_DS_SIZE)
  const result = thread.syscall(nr.shmctl, id, IPC_STAT, address)
  if (result < 0) return result
  const view = new DataView(bytes.buffer, bytes.byteOffset, SHMID_DS_SIZE)
  return mm.pageUp(view.getUint32(SHM_SEGSZ, true) + view.getUint32(SHM_SEGSZ + 4, true) * 2 ** 32)
}
