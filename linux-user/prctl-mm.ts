/**
 * Tells the host kernel where the guest's program, arguments, environment and auxiliary vector are (PR_SET_MM_MAP),
 * so that /proc/PID/cmdline, environ, stat and auxv and the `[stack]` label are the guest's, also for ps and
 * for other processes. A kernel that refuses (without CONFIG_CHECKPOINT_RESTORE) costs only that.
 */
import type { Elf } from '../src/elf/elf.ts'
import { PF_X } from '../src/elf/shape.ts'
import type { RunnerThread } from '../src/host/runner-api.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { AddressSpace } from './address-space.ts'

const PR_SET_MM = 35
const PR_SET_MM_MAP = 14
/** struct prctl_mm_map: eleven addresses, the vector's address, its size, and a descriptor. */
const MAP_SIZE = 104
const MAP_WORDS = 12
const NO_DESCRIPTOR = 0xffff_ffff

export interface ProgramPlaces {
  readonly elf: Elf
  readonly bias: number
  readonly stackPointer: number
  readonly argStart: number
  readonly argEnd: number
  readonly envEnd: number
  readonly auxv: Uint8Array
  readonly auxvAddress: number
}

/** Behind what is in the batch: the number of the order, which fails when the kernel does not take it. */
export function tellKernel(thread: RunnerThread, space: AddressSpace, places: ProgramPlaces): number {
  const { elf, bias } = places
  const code = elf.loads.find((load) => load.flags & PF_X) ?? elf.loads[0]!
  const data = elf.loads[elf.loads.length - 1]!
  const words = [
    code.vaddr + bias,
    code.vaddr + bias + code.filesz,
    data.vaddr + bias,
    data.vaddr + bias + data.filesz,
    space.brkState.start,
    space.brkState.end,
    places.stackPointer,
    places.argStart,
    places.argEnd,
    places.argEnd,
    places.envEnd,
    places.auxvAddress,
  ]
  const bytes = new Uint8Array(MAP_SIZE)
  const view = new DataView(bytes.buffer, bytes.byteOffset, MAP_SIZE)
  words.forEach((word, i) => {
    view.setUint32(i * 8, word % 2 ** 32, true)
    view.setUint32(i * 8 + 4, Math.floor(word / 2 ** 32), true)
  })
  view.setUint32(MAP_WORDS * 8, places.auxv.length, true)
  view.setUint32(MAP_WORDS * 8 + 4, NO_DESCRIPTOR, true)
  const { batch } = thread
  return batch.syscall(nr.prctl, PR_SET_MM, PR_SET_MM_MAP, batch.data(bytes), MAP_SIZE, 0)
}
