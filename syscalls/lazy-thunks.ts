/**
 * Thunks that are compiled when the guest first makes their call: compiling all takes longer than a short program runs.
 *
 *   the table is empty -> the call comes to the engine -> `enter` compiles, writes code, then table entry -> the runner goes on at the thunk
 *
 * A call whose thunk is there and that comes nevertheless was left to the engine by the thunk.
 */
import { Assembler } from '../src/x64/asm/index.ts'
import { type Abi, type GuestAbi, requireSameOrder, x64 } from './abi/abi.ts'
import { exitGroup } from './exit-thunk.ts'
import { hasThunk } from './has-thunk.ts'
import { SIGNAL_THUNKS, type ThunkPlace } from './signal-thunks.ts'
import { syscallTable } from './table.ts'
import { compileThunk, type Fixup, type ThunkEntries } from './thunk.ts'

/** Where code goes. */
export interface ThunkMemory {
  write(address: number, bytes: Uint8Array): void
  view(address: number, length: number): ArrayBuffer
}

export interface LazyThunkOptions {
  readonly memory: ThunkMemory
  /** Host addresses [start, end) for the table and the thunks; `start` is a multiple of 8. */
  readonly start: number
  readonly end: number
  readonly entries: ThunkEntries
  /** The guest's own thunks, by the call's name. */
  readonly own?: ReadonlyMap<string, (place: ThunkPlace) => void>
}

export interface ThunkEstate {
  readonly next: number
  readonly fixups: ReadonlyMap<number, number>
}

/** Those that the rows do not describe. */
const SPECIAL_THUNKS: ReadonlyMap<string, (place: ThunkPlace) => void> = new Map([...SIGNAL_THUNKS, ['exit_group', exitGroup]])

const ENTRY_SIZE = 8
const ALIGNMENT = 16
const INITIAL_CODE = 1024

export class LazyThunks {
  /** The thunk table (SYSCALL_TABLE) and its entries (SYSCALL_COUNT). */
  readonly tableAddress: number
  readonly count: number
  private readonly guest: GuestAbi
  private readonly host: Abi
  private readonly options: LazyThunkOptions
  private readonly entries: BigInt64Array
  private readonly asm = new Assembler(INITIAL_CODE)
  private readonly fixups = new Map<number, number>()
  private next: number

  constructor(guest: GuestAbi, options: LazyThunkOptions, host: Abi = x64) {
    requireSameOrder(guest, host)
    this.guest = guest
    this.host = host
    this.options = options
    this.count = syscallTable(guest).length
    this.tableAddress = options.start
    this.entries = new BigInt64Array(options.memory.view(this.tableAddress, this.count * ENTRY_SIZE))
    this.next = options.start + Math.ceil((this.count * ENTRY_SIZE) / ALIGNMENT) * ALIGNMENT
  }

  /** Where the call `number`, which came to the engine, goes on: its new thunk, or 0 when it has none or has left it. */
  enter(number: number): number {
    if (!(number >= 0 && number < this.count) || this.entries[number] !== 0n) return 0
    const row = syscallTable(this.guest)[number]
    const special = row === undefined ? undefined : (this.options.own?.get(row.name) ?? SPECIAL_THUNKS.get(row.name))
    if (row === undefined || (special === undefined && !hasThunk(row, this.guest, this.host))) return 0
    const { guest, host } = this
    const { entries } = this.options
    const address = this.add((asm, fixups) => {
      if (special === undefined) compileThunk(asm, fixups, guest, host, row, entries)
      else special({ asm, fixups, guest, host, entries })
    })
    // In one piece: another thread may make the same call now.
    Atomics.store(this.entries, number, BigInt(address))
    return address
  }

  /** What a successor of the engine must know of the thunks that stand in the memory. */
  get estate(): ThunkEstate {
    return { next: this.next, fixups: this.fixups }
  }

  restore({ next, fixups }: ThunkEstate): void {
    this.next = next
    for (const [at, to] of fixups) this.fixups.set(at, to)
  }

  /** Host code that is no thunk but obeys the rules of one: its address. */
  add(emit: (asm: Assembler, fixups: Fixup[]) => void): number {
    const address = this.next
    this.next = Math.ceil(this.place(address, this.options.end, emit) / ALIGNMENT) * ALIGNMENT
    return address
  }

  /** The same at an address of the caller's, with room up to `end`; returns where it ends. */
  place(address: number, end: number, emit: (asm: Assembler, fixups: Fixup[]) => void): number {
    const { asm } = this
    const fixups: Fixup[] = []
    asm.reset(address)
    emit(asm, fixups)
    asm.finish()
    if (asm.address > end) throw new Error('there is no room for another system call thunk')
    for (const { at, target } of fixups) this.fixups.set(at, address + asm.positionOf(target))
    this.options.memory.write(address, asm.code())
    return asm.address
  }

  /** Where a fault at `rip` goes on, or 0 when no thunk's guest access is there. */
  faultFixup(rip: number): number {
    return this.fixups.get(rip) ?? 0
  }
}
