/**
 * `--lockstep`: before a region's machine code runs, the IR interpreter runs the same region on a copy of the state, with its stores
 * kept aside; when the machine code has stopped, state and stored bytes must agree. The first difference ends the run.
 *
 * Regions are never chained and nothing is put into the look-up table, so that every region comes by here. Not compared: what reads the
 * clock, the unspecified bits of packed flags, and regions with a loop that once went on for so long that the interpreter gave up: a signal may be what
 * ends it. For programs of one thread.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { GuestFault, type GuestMemory, interpretRegion, type Machine, type RegionExit, TooManyRows } from '../src/ir/interpret.ts'
import { MXCSR_DEFAULT } from '../src/ir/interpret-core.ts'
import { printRegion } from '../src/ir/print.ts'
import { type Region, type StateSlot, typeSize } from '../src/ir/region.ts'
import { STATE_OFFSET, STATE_SIZE } from '../src/runtime/layout.ts'

/** What the interpreter does of a region. */
const MOST_ROWS = 1_000_000
const TWO_47 = 0x8000_0000_0000

/** The interpreter came to a system call: the machine code stops there, too. */
class AtSyscall extends Error {}

/** A region's machine code and its IR do not agree. */
export class LockstepDifference extends Error {
  override name = 'LockstepDifference'
}

export class Lockstep {
  private readonly thread: RunnerThread
  private readonly slots: readonly StateSlot[]
  private readonly pcSlot: number
  private readonly expected = new Uint8Array(STATE_SIZE)
  private readonly stores = new Map<number, number>()
  private readonly machine: Machine
  private region: Region | undefined
  private exit: RegionExit | 'syscall' = 'syscall'
  private clock = false
  /** Where regions begin that the interpreter has given up. */
  private readonly endless = new Set<number>()

  constructor(thread: RunnerThread, slots: readonly StateSlot[], pcSlot: number) {
    this.thread = thread
    this.slots = slots
    this.pcSlot = pcSlot
    this.machine = {
      state: this.expected,
      memory: this.memory(),
      rowLimit: MOST_ROWS,
      mxcsr: MXCSR_DEFAULT,
      cycles: () => {
        this.clock = true
        return 0n
      },
      syscall: () => {
        throw new AtSyscall()
      },
    }
  }

  /** The machine code of `region` is about to run. */
  before(region: Region): void {
    if (this.endless.has(region.pc)) return
    this.region = region
    this.machine.mxcsr = this.thread.mxcsr
    this.clock = false
    this.stores.clear()
    this.expected.set(this.thread.u8.subarray(STATE_OFFSET, STATE_OFFSET + STATE_SIZE))
    try {
      this.exit = interpretRegion(region, this.machine)
    } catch (error) {
      if (error instanceof TooManyRows) {
        this.endless.add(region.pc)
        this.cancel()
      } else if (!(error instanceof AtSyscall)) throw error
      this.exit = 'syscall'
    }
  }

  /** The region has not run: it was left at its entry, or a signal comes before the call that ended it; or it is not known what it should do. */
  cancel(): void {
    this.region = undefined
  }

  /** The thread has stopped with an exact state. Throws LockstepDifference. */
  after(): void {
    const { region } = this
    if (region === undefined) return
    this.region = undefined
    if (this.clock) return
    const differences = [...this.stateDifferences(), ...this.memoryDifferences()]
    if (differences.length === 0) return
    const how = typeof this.exit === 'string' ? this.exit : JSON.stringify(this.exit)
    throw new LockstepDifference(
      `lockstep: region 0x${region.pc.toString(16)} differs (left by ${how}):\n  ${differences.join('\n  ')}\n${printRegion(region)}`,
    )
  }

  private stateDifferences(): string[] {
    const found: string[] = []
    const actual = this.thread.u8
    for (const [index, slot] of this.slots.entries()) {
      if (index === this.pcSlot) continue
      const size = typeSize(slot.type)
      const want = hex(this.expected.subarray(slot.offset, slot.offset + size), slot.packed)
      const got = hex(actual.subarray(STATE_OFFSET + slot.offset, STATE_OFFSET + slot.offset + size), slot.packed)
      if (want !== got) found.push(`${slot.name}: interpreter ${want}, machine code ${got}`)
    }
    return found
  }

  private memoryDifferences(): string[] {
    const found: string[] = []
    for (const [address, want] of this.stores) {
      const got = this.thread.read(address, 1)?.[0]
      if (got !== want)
        found.push(`[0x${address.toString(16)}]: interpreter ${want.toString(16)}, machine code ${got?.toString(16) ?? 'unreadable'}`)
    }
    return found
  }

  /** Guest memory with the interpreter's own stores on top. */
  private memory(): GuestMemory {
    return {
      read: (address, into) => {
        const bytes = address < TWO_47 ? this.thread.read(address, into.length) : null
        if (bytes === null) throw new GuestFault(address, false)
        into.set(bytes)
        if (this.stores.size > 0) for (let i = 0; i < into.length; i++) into[i] = this.stores.get(address + i) ?? into[i]!
      },
      write: (address, from) => {
        // Readable is taken for writable; a store that faults in machine code stops the region there, and is not compared.
        if (address >= TWO_47 || this.thread.read(address, from.length) === null) throw new GuestFault(address, true)
        for (let i = 0; i < from.length; i++) this.stores.set(address + i, from[i]!)
      },
    }
  }
}

/** `packed`: the bits that mean something of packed flags. */
function hex(bytes: Uint8Array, packed?: number): string {
  if (packed !== undefined) return ((bytes[0]! | (bytes[1]! << 8)) & packed).toString(16)
  return Buffer.from(bytes.toReversed()).toString('hex')
}
