/**
 * Watchpoints. While a memory has one, its threads step; before each instruction that accesses memory the IR interpreter says what it will access,
 * on a copy of the state. A hit is told before the instruction runs, as gdb expects it of Arm's processors. What a system call has
 * written is found behind it by comparing.
 */
import { GuestFault, interpretRegion, type Machine } from '../../src/ir/interpret.ts'
import { STATE_OFFSET, STATE_SIZE } from '../../src/runtime/layout.ts'
import type { GuestMemory } from '../guest-memory.ts'
import type { GuestThread } from '../thread.ts'
import type { Tree } from '../tree.ts'
import type { GdbTarget } from './target.ts'

export type WatchKind = 'watch' | 'rwatch' | 'awatch'

export interface WatchHit {
  readonly watch: WatchKind
  readonly address: number
}

interface Watch {
  readonly kind: WatchKind
  readonly address: number
  readonly length: number
  /** Its bytes before a system call, as characters. */
  value: string
}

const TWO_47 = 0x8000_0000_0000

/** The interpreter has seen enough. */
class Seen extends Error {}

export class Watches {
  private readonly tree: Tree
  private readonly target: GdbTarget
  private readonly byMemory = new Map<GuestMemory, Watch[]>()

  constructor(tree: Tree, target: GdbTarget) {
    this.tree = tree
    this.target = target
  }

  has(memory: GuestMemory): boolean {
    return this.byMemory.size > 0 && this.byMemory.has(memory)
  }

  add(memory: GuestMemory, kind: WatchKind, address: number, length: number): void {
    this.remove(memory, kind, address, length)
    const list = this.byMemory.get(memory) ?? []
    list.push({ kind, address, length, value: '' })
    this.byMemory.set(memory, list)
  }

  remove(memory: GuestMemory, kind: WatchKind, address: number, length: number): void {
    const list =
      this.byMemory.get(memory)?.filter((watch) => watch.kind !== kind || watch.address !== address || watch.length !== length) ?? []
    if (list.length === 0) this.byMemory.delete(memory)
    else this.byMemory.set(memory, list)
  }

  /** None of a memory. */
  clear(memory: GuestMemory): void {
    this.byMemory.delete(memory)
  }

  /** The thread is about to execute the instruction `word` at `pc`. */
  before(thread: GuestThread, pc: number, word: number): WatchHit | null {
    const list = this.byMemory.get(thread.process.memory)!
    if (this.tree.guest.isSystemCall(pc, word)) for (const watch of list) if (watch.kind !== 'rwatch') watch.value = bytesOf(thread, watch)
    return this.target.mayAccess(word) ? this.predict(thread, pc, list) : null
  }

  /** The thread has executed an instruction. */
  after(thread: GuestThread): WatchHit | null {
    const list = this.byMemory.get(thread.process.memory)!
    for (const watch of list) {
      if (watch.value === '') continue
      const before = watch.value
      watch.value = ''
      if (before !== bytesOf(thread, watch)) return { watch: watch.kind, address: watch.address }
    }
    return null
  }

  private predict(thread: GuestThread, pc: number, list: readonly Watch[]): WatchHit | null {
    const { runner, process } = thread
    const region = this.tree.translator.liftStep(process.memory.serve(runner).plain, pc)
    if (region === null) return null
    let hit: WatchHit | null = null
    const access = (address: number, length: number, isWrite: boolean): void => {
      const found = list.find(
        (watch) =>
          (watch.kind === 'awatch' || (watch.kind === 'watch') === isWrite) &&
          address < watch.address + watch.length &&
          watch.address < address + length,
      )
      if (found !== undefined) hit ??= { watch: found.kind, address: found.address }
    }
    const machine: Machine = {
      state: runner.u8.slice(STATE_OFFSET, STATE_OFFSET + STATE_SIZE),
      mxcsr: runner.mxcsr,
      memory: {
        read: (address, into) => {
          const bytes = address < TWO_47 ? runner.read(address, into.length) : null
          if (bytes === null) throw new GuestFault(address, false)
          into.set(bytes)
          access(address, into.length, false)
        },
        write: (address, from) => access(address, from.length, true),
      },
      cycles: () => 0n,
      syscall: () => {
        throw new Seen()
      },
    }
    try {
      interpretRegion(region, machine)
    } catch (error) {
      if (!(error instanceof Seen)) throw error
    }
    return hit
  }
}

function bytesOf(thread: GuestThread, watch: Watch): string {
  const bytes = thread.runner.read(watch.address, watch.length)
  return bytes === null ? '-' : Buffer.from(bytes).toString('latin1')
}
