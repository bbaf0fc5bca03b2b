/**
 * brk(2). The heap begins one page behind the program (as the kernel leaves it since 6.10) and has terabytes of
 * room, because mmap places nothing near it.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { AddressSpace } from './address-space.ts'
import { STACK_GUARD_GAP } from './layout.ts'
import * as mm from './mman.ts'
import { range } from './mman.ts'

/** Sets where the heap begins: behind a program that ends at `programEnd`. */
export function startBrk(space: AddressSpace, programEnd: number): void {
  space.brkState.start = mm.pageUp(programEnd) + mm.PAGE_SIZE
  space.brkState.end = space.brkState.start
}

/** The new end of the heap, or the old one when it cannot be changed: brk never gives an errno. */
export function brk(space: AddressSpace, thread: RunnerThread, address: number): number {
  const wanted = mm.unsigned(address)
  const { start, end } = space.brkState
  if (wanted < start || wanted >= space.layout.limit) return end
  if (wanted - start > space.limits.data) return end
  const oldTop = mm.pageUp(end)
  const newTop = mm.pageUp(wanted)
  if (newTop < oldTop && space.munmap(thread, newTop, oldTop - newTop) < 0) return end
  if (newTop > oldTop && !grow(space, thread, oldTop, newTop)) return end
  space.brkState.end = wanted
  return wanted
}

/** What a heap whose last page ends at `from` may grow to: one free page must stay between it and what follows, more below a growing stack. */
export function heapLimit(space: AddressSpace, from: number): number {
  const next = space.vmas.above(from)
  if (next === undefined) return space.layout.limit
  return next.start - (next.flags & mm.MAP_GROWSDOWN ? STACK_GUARD_GAP : mm.PAGE_SIZE)
}

/** The runner has set the end of the heap by itself. False: to where it cannot be. */
export function heapEnded(space: AddressSpace, to: number): boolean {
  const { start, end } = space.brkState
  if (!(to >= start && to < space.layout.limit)) return false
  const oldTop = mm.pageUp(end)
  const newTop = mm.pageUp(to)
  if (newTop > oldTop && newTop > heapLimit(space, oldTop)) return false
  if (newTop < oldTop) space.forget(newTop, oldTop)
  if (newTop > oldTop) listHeap(space, oldTop, newTop)
  space.brkState.end = to
  return true
}

const HEAP_PROT = mm.PROT_READ | mm.PROT_WRITE
const HEAP_FLAGS = mm.MAP_PRIVATE | mm.MAP_ANONYMOUS

function listHeap(space: AddressSpace, start: number, end: number): void {
  const heap = { origin: 0, offset: 0, file: null, name: '[heap]', atFork: 'copy', shm: false, isSealed: false } as const
  space.vmas.insert({ ...heap, start, end, prot: HEAP_PROT, flags: HEAP_FLAGS })
}

function grow(space: AddressSpace, thread: RunnerThread, from: number, to: number): boolean {
  if (to > heapLimit(space, from)) return false
  if (space.checkLimits(to - from, 0) < 0) return false
  if (space.change(thread, nr.mmap, from, to - from, HEAP_PROT, HEAP_FLAGS | mm.MAP_FIXED_NOREPLACE, -1, 0) < 0) return false
  listHeap(space, from, to)
  space.trace?.(`brk ${range(from, to)}`)
  return true
}
