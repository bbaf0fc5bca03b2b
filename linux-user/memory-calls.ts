/** System calls on the address space, as handlers of the syscall layer. */
import type { Thread } from '../src/host/thread.ts'
import { type Call, type Handler, writeResult } from '../syscalls/call.ts'
import { brk } from './brk.ts'
import { madvise } from './madvise.ts'
import { mlockall, munlockall } from './mlock.ts'
import * as mm from './mman.ts'
import { mremap, remapFilePages } from './mremap.ts'
import type { GuestProcess } from './process.ts'
import { shmat, shmdt } from './shm.ts'

export function memoryCalls(process: GuestProcess): Record<string, Handler> {
  const memory = process.memory.addresses
  /** `make`, with the host's part put off where that is possible; the change is of `length` bytes. -errno is `refused` when the host says so later. */
  const change = (call: Call, at: number, length: number, make: () => number, refused = (error: number): number => error): number => {
    const start = mm.unsigned(at)
    const end = start + mm.pageUp(mm.unsigned(length))
    if (!isAlone(process, call) || !memory.mayPutOff(start, end)) return make()
    return memory.putOff(call.thread, start, end, make, (error) => writeResult(call.ctx.abi, call.thread, refused(error)))
  }
  return {
    brk: (call) => {
      const { end } = memory.brkState
      const to = call.arg(0)
      const make = (): number => brk(memory, call.thread, to)
      const from = mm.pageUp(Math.min(to, end))
      return to === 0 || from === mm.pageUp(Math.max(to, end)) ? make() : change(call, from, Math.abs(to - end), make, () => end)
    },
    mmap: (call) => {
      const make = (): number => memory.mmap(call.thread, call.arg(0), call.arg(1), call.int(2), call.int(3), call.int(4), call.arg(5))
      // Where it goes is not known yet, but that nothing is there.
      const isFixed = (call.int(3) & mm.MAP_FIXED) !== 0
      return isFixed ? change(call, call.arg(0), call.arg(1), make) : change(call, 0, mm.PAGE_SIZE, make)
    },
    munmap: (call) => change(call, call.arg(0), call.arg(1), () => memory.munmap(call.thread, call.arg(0), call.arg(1))),
    mprotect: (call) => change(call, call.arg(0), call.arg(1), () => memory.mprotect(call.thread, call.arg(0), call.arg(1), call.int(2))),
    mseal: (call) => memory.mseal(call.thread, call.arg(0), call.arg(1), call.arg(2)),
    mremap: (call) => mremap(memory, call.thread, call.arg(0), call.arg(1), call.arg(2), call.int(3), call.arg(4)),
    remap_file_pages: (call) => remapFilePages(memory, call.thread, call.arg(0), call.arg(1), call.int(2), call.arg(3), call.int(4)),
    madvise: (call) => madvise(memory, call.thread, call.arg(0), call.arg(1), call.int(2)),
    shmat: (call) => shmat(memory, call.thread, call.int(0), call.arg(1), call.int(2)),
    shmdt: (call) => shmdt(memory, call.thread, call.arg(0)),
    mlockall: (call) => mlockall(memory, call.thread, call.int(0)),
    munlockall: (call) => munlockall(memory, call.thread),
  }
}

/** Nobody else can see or change the memory, or wants to see what the call returns, before the thread goes on. */
function isAlone({ memory, tree }: GuestProcess, { ctx, thread }: Call): boolean {
  if (!memory.hasOneThread || ctx.trace !== null || tree.debug !== null) return false
  return tree.threadOf(thread as Thread).lockstep === undefined
}
