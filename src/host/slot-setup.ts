/** What a runner finds in its slot when it begins: written by the engine before, only read by the runner. */
import { POLLIN } from '../runtime/host-kernel.ts'
import {
  CODE_OFFSET,
  COMM,
  CONTROL_AREA_BASE,
  DOORBELL_VALUE,
  ENGINE_POLLFD,
  HIDDEN_ENGINE,
  HIDDEN_FDS,
  JUMP_NO_PC,
  JUMPS_OFFSET,
  PENDING,
  PENDING_BIT,
  PENDING_WORD,
  SELF,
  SLEEP_LIMIT,
  STATE_BIAS,
  TRANSFER_OFFSET,
} from '../runtime/layout.ts'
import type { CodeArea } from './code-area.ts'
import type { Slot } from './slots.ts'

const SLEEP_SECONDS = 2
const COMM_SIZE = 16
const TWO_32 = 0x1_0000_0000

/** `name`: what ps shows, at most 15 bytes; `hiddenBase`: the number of the first of our descriptors in the process. */
export function prepareSlot(slot: Slot, name: string, area: CodeArea, hiddenBase: number): void {
  const { i32 } = slot
  setU64(slot, SELF, slot.address + STATE_BIAS)
  setU64(slot, PENDING_WORD, CONTROL_AREA_BASE + PENDING + 4 * (slot.index >> 5))
  i32[PENDING_BIT >> 2] = 1 << (slot.index & 31)
  i32[HIDDEN_FDS >> 2] = hiddenBase
  i32[ENGINE_POLLFD >> 2] = hiddenBase + HIDDEN_ENGINE
  i32[(ENGINE_POLLFD >> 2) + 1] = POLLIN
  setU64(slot, SLEEP_LIMIT, SLEEP_SECONDS)
  setU64(slot, DOORBELL_VALUE, 1)
  setU64(slot, CODE_OFFSET, area.offset)
  setName(slot, name)
  markNoJumps(slot)
}

export function setName(slot: Slot, name: string): void {
  slot.u8.fill(0, COMM, COMM + COMM_SIZE)
  if (name !== '') slot.u8.set(Buffer.from(name).subarray(0, COMM_SIZE - 1), COMM)
}

/** Two stores that stay in the order of the program: a runner may read the field meanwhile. */
export function setU64({ i32 }: Pick<Slot, 'i32'>, offset: number, value: number): void {
  Atomics.store(i32, offset >> 2, value | 0)
  Atomics.store(i32, (offset >> 2) + 1, Math.floor(value / TWO_32))
}

export function forgetJumps(slot: Pick<Slot, 'u8' | 'i32'>): void {
  slot.u8.fill(0, JUMPS_OFFSET, TRANSFER_OFFSET)
  markNoJumps(slot)
}

/** Of a jump cache of zeros, entry 0 is the only one that pc 0 could match. */
function markNoJumps({ i32 }: Pick<Slot, 'i32'>): void {
  i32[JUMPS_OFFSET >> 2] = JUMP_NO_PC
  i32[(JUMPS_OFFSET >> 2) + 1] = JUMP_NO_PC
}
