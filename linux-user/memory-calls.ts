/** System calls on the address space, as handlers of the syscall layer. */
import type { Handler } from '../syscalls/call.ts'
import type { AddressSpace } from './address-space.ts'
import { brk } from './brk.ts'
import { madvise } from './madvise.ts'
import { mremap, remapFilePages } from './mremap.ts'
import { shmat, shmdt } from './shm.ts'

export function memoryCalls(memory: AddressSpace): Record<string, Handler> {
  return {
    brk: (call) => brk(memory, call.thread, call.arg(0)),
    mmap: (call) => memory.mmap(call.thread, call.arg(0), call.arg(1), call.int(2), call.int(3), call.int(4), call.arg(5)),
    munmap: (call) => memory.munmap(call.thread, call.arg(0), call.arg(1)),
    mprotect: (call) => memory.mprotect(call.thread, call.arg(0), call.arg(1), call.int(2)),
    mseal: (call) => memory.mseal(call.thread, call.arg(0), call.arg(1), call.arg(2)),
    mremap: (call) => mremap(memory, call.thread, call.arg(0), call.arg(1), call.arg(2), call.int(3), call.arg(4)),
    remap_file_pages: (call) => remapFilePages(memory, call.thread, call.arg(0), call.arg(1), call.int(2), call.arg(3), call.int(4)),
    madvise: (call) => madvise(memory, call.thread, call.arg(0), call.arg(1), call.int(2)),
    shmat: (call) => shmat(memory, call.thread, call.int(0), call.arg(1), call.int(2)),
    shmdt: (call) => shmdt(memory, call.thread, call.arg(0)),
    mlockall: (call) => memory.mlockall(call.thread, call.int(0)),
    munlockall: (call) => memory.munlockall(call.thread),
  }
}
