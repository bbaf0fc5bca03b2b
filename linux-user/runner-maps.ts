/**
 * What the runner may change of a guest's mappings by itself (syscalls/memory-thunks.ts), and what it has changed.
 *
 * `publish` tells a thread, before it goes on, where things are: only one that is alone with its memory, and only where each call is what the thunks take it for. `learn` brings the list of
 * mappings up to date: before the engine answers a thread that is in the memory, so that all other code finds the list as it should be. Between the two the runner alone changes the
 * memory; a look at a process that runs (`seen`) sees a copy. What the log says is checked, because a guest can write there.
 */
import type { Thread } from '../src/host/thread.ts'
import {
  HEAP_END,
  HEAP_LIMIT,
  HEAP_START,
  MAP_BRK,
  MAP_LOG_ENTRIES,
  MAP_LOG_ENTRY_SIZE,
  MAP_LOG_OFFSET,
  MAP_MMAP,
  MAP_MPROTECT,
  MAP_MUNMAP,
  MAPS_ALONE,
  MAPS_COUNT,
  MAPS_END,
  MAPS_NEXT,
} from '../src/runtime/layout.ts'
import { AddressSpace } from './address-space.ts'
import { heapEnded, heapLimit } from './brk.ts'
import * as mm from './mman.ts'

const TWO_32 = 0x1_0000_0000

/** The runner may change the mappings of `space` from now on, or may not. To be called for a thread that is about to go on. */
export function publish(space: AddressSpace, runner: Thread, isAlone: boolean): void {
  runner.i32[MAPS_ALONE >> 2] = 0
  if (!isAlone || !space.isSimple) return
  const { start, end } = space.brkState
  put(runner, MAPS_NEXT, space.next)
  put(runner, MAPS_END, space.layout.mmapEnd)
  put(runner, HEAP_START, start)
  put(runner, HEAP_END, end)
  put(runner, HEAP_LIMIT, heapLimit(space, mm.pageUp(end)))
  runner.i32[MAPS_ALONE >> 2] = 1
}

function put({ i32 }: Thread, offset: number, value: number): void {
  i32[offset >> 2] = value | 0
  i32[(offset >> 2) + 1] = Math.floor(value / TWO_32)
}

/** The memory has more than one thread, or another one. */
export function withdraw(runner: Thread): void {
  runner.i32[MAPS_ALONE >> 2] = 0
}

/** What a stopped thread has changed. False: no runner of ours writes such a log. */
export function learn(space: AddressSpace, runner: Thread): boolean {
  const count = runner.i32[MAPS_COUNT >> 2]!
  if (count === 0) return true
  runner.i32[MAPS_COUNT >> 2] = 0
  return apply(space, runner, count)
}

/** A process's address space as it is now, for a look at it: the process may be running. */
export function seen(space: AddressSpace, runner: Thread | undefined): AddressSpace {
  const count = runner === undefined ? 0 : Atomics.load(runner.i32, MAPS_COUNT >> 2)
  if (runner === undefined || count === 0) return space
  const copy = new AddressSpace(space.layout, space.estate)
  apply(copy, runner, count)
  return copy
}

function apply(space: AddressSpace, { i32 }: Thread, count: number): boolean {
  if (!(count > 0 && count <= MAP_LOG_ENTRIES)) return false
  for (let n = 0; n < count; n++) {
    const at = (MAP_LOG_OFFSET + n * MAP_LOG_ENTRY_SIZE) >> 2
    const word = (k: number): number => (i32[at + k]! >>> 0) + (i32[at + k + 1]! >>> 0) * TWO_32
    const [start, length, offset] = [word(4), word(6), word(8)]
    if (!change(space, i32[at]!, start, length, i32[at + 1]!, i32[at + 2]!, offset)) return false
  }
  return true
}

function change(space: AddressSpace, call: number, start: number, length: number, prot: number, flags: number, offset: number): boolean {
  if (call === MAP_BRK) return heapEnded(space, start)
  const end = start + length
  if (!(length > 0 && end <= space.layout.mmapEnd && mm.isPageAligned(start) && mm.isPageAligned(end))) return false
  switch (call) {
    case MAP_MMAP:
      if (!mm.isPageAligned(offset)) return false
      space.mapped(start, end, prot & (mm.PROT_READ | mm.PROT_WRITE), flags, offset)
      return true
    case MAP_MUNMAP:
      space.unmapped(start, end)
      return true
    case MAP_MPROTECT:
      space.protected(start, end, prot & (mm.PROT_READ | mm.PROT_WRITE))
      return true
    default:
      return false
  }
}
