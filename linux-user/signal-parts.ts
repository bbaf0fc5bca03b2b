/** Where the handlers of signals return to. */
import type { RunnerThread } from '../src/host/runner-api.ts'
import type { ProcessState } from '../syscalls/process-state.ts'
import type { AddressSpace } from './address-space.ts'
import type { Entry, SignalFrames } from './arch/frame.ts'
import * as mm from './mman.ts'

/** Where a handler that names no restorer returns to; 0: there is no memory for it. */
export function returnAddress(
  { trampoline, returnAddress: ofKernel }: SignalFrames,
  memory: AddressSpace,
  process: ProcessState,
  thread: RunnerThread,
  entry: Pick<Entry, 'handler' | 'withInfo'>,
): number {
  if (trampoline === null) return ofKernel(entry)
  if (process.trampoline === 0) {
    // A page of the guest's that the kernel's vDSO would be.
    const page = memory.mmap(thread, 0, mm.PAGE_SIZE, mm.PROT_READ | mm.PROT_WRITE, mm.MAP_PRIVATE | mm.MAP_ANONYMOUS, -1, 0)
    if (page < 0 || !thread.write(page, trampoline.code)) return 0
    memory.mprotect(thread, page, mm.PAGE_SIZE, mm.PROT_READ | mm.PROT_EXEC)
    memory.vmas.change(page, page + mm.PAGE_SIZE, { name: '[vdso]' })
    process.trampoline = page + trampoline.entry
  }
  return process.trampoline
}
