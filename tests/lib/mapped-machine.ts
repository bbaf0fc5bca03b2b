/** What the interpreters of single instructions have in common (a64-interpreter.ts, arm-interpreter.ts): state and memory. */
import { GuestFault, type Machine } from '../../src/ir/interpret.ts'
import { MXCSR_DEFAULT } from '../../src/ir/interpret-core.ts'
import type { StateSlot } from '../../src/ir/region.ts'

const STATE_BYTES = 4096

/** Bytes at an address. */
export interface Mapping {
  readonly start: number
  readonly bytes: Uint8Array
}

/** A guest's state and memory for the interpreter. */
export class MappedMachine implements Machine {
  private readonly slots: readonly StateSlot[]
  readonly state = new Uint8Array(STATE_BYTES)
  readonly view = new DataView(this.state.buffer)
  readonly mappings: Mapping[] = []
  readonly memory
  mxcsr = MXCSR_DEFAULT

  constructor(slots: readonly StateSlot[]) {
    this.slots = slots
    this.memory = {
      read: (address: number, into: Uint8Array): void => {
        const { start, bytes } = this.find(address, into.length, false)
        into.set(bytes.subarray(address - start, address - start + into.length))
      },
      write: (address: number, from: Uint8Array): void => {
        const { start, bytes } = this.find(address, from.length, true)
        bytes.set(from, address - start)
      },
    }
  }

  private find(address: number, length: number, isWrite: boolean): Mapping {
    const found = this.mappings.find((m) => address >= m.start && address + length <= m.start + m.bytes.length)
    if (found === undefined) throw new GuestFault(address, isWrite)
    return found
  }

  cycles(): bigint {
    return 0n
  }
  syscall(): void {
    throw new Error('a system call')
  }

  offset(name: string): number {
    return this.slots.find((s) => s.name === name)!.offset
  }
}
