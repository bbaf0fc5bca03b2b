/**
 * Runtime routines: code that translated code calls by name (`e.callRoutine`) for what is too long to inline. Assembled
 * into the runtime area when translated code first needs them: most programs need few. Translated code calls a jump to the routine, whose place
 * follows from the routine's name alone, so that translations that are kept on disk find it wherever it is then.
 *
 *   routine('crc32.8', (asm, env) => { … asm.none(RET) })
 *
 * A routine is entered by `call` with rbp as in translated code and preserves every register but those it documents; parameters and
 * results go through the slot's SCRATCH area. It may push on the host stack.
 */
import { Assembler } from '../x64/asm/index.ts'
import type { HostCpu } from '../x64/cpu.ts'

export interface RoutineEnv {
  readonly cpu: HostCpu
  /** Host address of a 16-byte aligned constant. */
  constant16(w0: number, w1: number, w2: number, w3: number): number
  /** Slot offset of a guest state slot by name (`fpcr`), -1 if the guest has none. */
  stateOffset(name: string): number
  /** Slot offset of the guest's pc, and the addresses of the runtime's look-up and exit. */
  readonly pcOffset: number
  readonly lookup: number
  readonly exit: number
}

export type BuildRoutine = (asm: Assembler, env: RoutineEnv) => void

const routines = new Map<string, BuildRoutine>()

export function routine(name: string, build: BuildRoutine): void {
  if (routines.has(name)) throw new Error(`two runtime routines '${name}'`)
  routines.set(name, build)
}

export interface RoutinesEstate {
  readonly next: number
  readonly addresses: ReadonlyMap<string, number>
}

const ALIGNMENT = 16
/** A jump (5 bytes), aligned. */
const ENTRY_SIZE = 8

/** Jumps to all routines at `origin`; behind them, up to `end`, those that were asked for. */
export class Routines {
  private readonly origin: number
  private readonly asm = new Assembler(1 << 10)
  private readonly addresses = new Map<string, number>()
  private next: number
  private readonly end: number
  private readonly env: RoutineEnv
  private readonly write: (address: number, bytes: Uint8Array) => void

  constructor(origin: number, end: number, env: RoutineEnv, write: (address: number, bytes: Uint8Array) => void) {
    this.origin = origin
    this.next = Math.ceil((origin + ENTRY_SIZE * routines.size) / ALIGNMENT) * ALIGNMENT
    this.end = end
    this.env = env
    this.write = write
  }

  /** What a successor of the engine must know of the routines that stand in the memory. */
  get estate(): RoutinesEstate {
    return { next: this.next, addresses: this.addresses }
  }

  restore({ next, addresses }: RoutinesEstate): void {
    this.next = next
    for (const [name, address] of addresses) this.addresses.set(name, address)
  }

  /** Those that there are. */
  get names(): string[] {
    return [...this.addresses.keys()]
  }

  /** Where translated code calls the routine. */
  address(name: string): number {
    const known = this.addresses.get(name)
    if (known !== undefined) return known
    const build = routines.get(name)
    if (build === undefined) throw new Error(`no runtime routine '${name}'`)
    const { asm, next } = this
    asm.reset(next)
    build(asm, this.env)
    asm.align(ALIGNMENT)
    asm.finish()
    if (asm.address > this.end) throw new Error('there is no room for another runtime routine')
    this.write(next, asm.code())
    this.next = asm.address
    const entry = this.origin + ENTRY_SIZE * [...routines.keys()].indexOf(name)
    asm.reset(entry)
    asm.jmpTo(next)
    this.write(entry, asm.code())
    this.addresses.set(name, entry)
    return entry
  }
}

/** Assembles all routines for host address `origin`; returns the bytes and each routine's address. */
export function assembleRoutines(
  origin: number,
  env: RoutineEnv,
): { readonly bytes: Uint8Array; readonly addresses: ReadonlyMap<string, number> } {
  const asm = new Assembler(1 << 14)
  asm.reset(origin)
  const addresses = new Map<string, number>()
  for (const [name, build] of routines) {
    asm.align(ALIGNMENT)
    addresses.set(name, asm.address)
    build(asm, env)
  }
  asm.align(ALIGNMENT)
  asm.finish()
  return { bytes: asm.bytes.slice(0, asm.pos), addresses }
}
