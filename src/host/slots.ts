/**
 * The control memory: all slots in one sparse memfd, mapped by the engine as a whole and viewed in chunks.
 *
 * A few slots that nobody uses keep their memory: for the next thread clearing them costs less than pages that the kernel has to find and clear, and
 * that both sides have to map.
 */
import {
  CONTROL_AREA_BASE,
  GUEST_ACTIONS_OFFSET,
  GUEST_ACTIONS_SIZE,
  HEADER_SIZE,
  JUMPS_OFFSET,
  SLOT_COUNT,
  SLOT_SIZE,
  STACK_OFFSET,
  TRANSFER_OFFSET,
} from '../runtime/layout.ts'
import { closeFd, mapShared, punchHole, sharedMemory, unmap } from './memory.ts'
import { viewOf } from './native.ts'

const CHUNK_SLOTS = 8
const MOST_WARM = 16

export interface Slot {
  readonly index: number
  /** Where its runner sees it. */
  readonly address: number
  /** Where the engine sees it: for futexes. */
  readonly engineAddress: number
  readonly u8: Uint8Array
  readonly i32: Int32Array
  readonly f64: Float64Array
}

export class Slots {
  readonly fd: number
  readonly header: Int32Array
  private readonly mapped: number
  private readonly chunks: (ArrayBuffer | undefined)[] = []
  /** Free: those whose memory the host has, and those that have theirs as the last user left it. */
  private readonly free: number[] = []
  private readonly warm: number[] = []
  private readonly views: (Slot | undefined)[] = []
  /** Slot 0 is the header; those from here on have never been used. */
  top: number

  /** New memory; or that of a predecessor, in which these slots are used, and all below `top` have been. */
  constructor(inherited?: { readonly fd: number; readonly used: readonly number[]; readonly top: number }) {
    this.fd = inherited?.fd ?? sharedMemory('demotic-control', SLOT_COUNT * SLOT_SIZE)
    this.mapped = mapShared(this.fd, SLOT_COUNT * SLOT_SIZE)
    this.header = new Int32Array(this.chunk(0), 0, HEADER_SIZE >> 2)
    const used = new Set(inherited?.used)
    this.top = inherited?.top ?? 1
    for (let index = 1; index < this.top; index++) if (!used.has(index)) this.warm.push(index)
  }

  /** A slot that is used already. */
  at(index: number): Slot {
    return this.view(index)
  }

  /** Words of the pending bitmap that may have a bit set. */
  get words(): number {
    return (this.top + 31) >> 5
  }

  /** A slot in which nothing stands but in its stacks and in TRANSFER, or null when all are taken. */
  take(): Slot | null {
    const warm = this.warm.pop()
    if (warm !== undefined) {
      const slot = this.view(warm)
      slot.u8.fill(0, 0, STACK_OFFSET)
      slot.u8.fill(0, GUEST_ACTIONS_OFFSET, GUEST_ACTIONS_OFFSET + GUEST_ACTIONS_SIZE)
      slot.u8.fill(0, JUMPS_OFFSET, TRANSFER_OFFSET)
      return slot
    }
    const index = this.free.pop() ?? (this.top < SLOT_COUNT ? this.top++ : 0)
    return index === 0 ? null : this.view(index)
  }

  private view(index: number): Slot {
    return (this.views[index] ??= this.makeView(index))
  }

  private makeView(index: number): Slot {
    const buffer = this.chunk(Math.floor(index / CHUNK_SLOTS))
    const offset = (index % CHUNK_SLOTS) * SLOT_SIZE
    return {
      index,
      address: CONTROL_AREA_BASE + index * SLOT_SIZE,
      engineAddress: this.mapped + index * SLOT_SIZE,
      u8: new Uint8Array(buffer, offset, SLOT_SIZE),
      i32: new Int32Array(buffer, offset, SLOT_SIZE >> 2),
      f64: new Float64Array(buffer, offset, SLOT_SIZE >> 3),
    }
  }

  /** Its thread must have ended. */
  release(slot: Slot): void {
    if (this.warm.length < MOST_WARM) {
      this.warm.push(slot.index)
      return
    }
    if (!punchHole(this.fd, slot.index * SLOT_SIZE, SLOT_SIZE)) slot.u8.fill(0)
    this.free.push(slot.index)
  }

  close(): void {
    unmap(this.mapped, SLOT_COUNT * SLOT_SIZE)
    closeFd(this.fd)
  }

  private chunk(n: number): ArrayBuffer {
    let chunk = this.chunks[n]
    if (chunk === undefined) {
      chunk = viewOf(this.mapped + n * CHUNK_SLOTS * SLOT_SIZE, CHUNK_SLOTS * SLOT_SIZE)
      this.chunks[n] = chunk
    }
    return chunk
  }
}
