/**
 * Runtime routines: code that translated code calls by name (`e.callRoutine`) for what is too long to inline. Assembled
 * into the code area when translated code first needs them: most programs need few.
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
  /** Slot offset of the guest's pc, and the address of the runtime's look-up. */
  readonly pcOffset: number
  readonly lookup: number
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

/** Routines that are assembled when they are first asked for, one behind the other in [origin, end). */
export class Routines {
  private readonly asm = new Assembler(1 << 10)
  private readonly addresses = new Map<string, number>()
  private next: number
  private readonly end: number
  private readonly env: RoutineEnv
  private readonly write: (address: number, bytes: Uint8Array) => void

  constructor(origin: number, end: number, env: RoutineEnv, write: (address: number, bytes: Uint8Array) => void) {
    this.next = origin
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

  /** The routine's host address. */
  address(name: string): number {
    const known = this.addresses.get(name)
    if (known !== undefined) return known
    const build = routines.get(name)
    if (build === undefined) throw new Error(`no runtime routine '${name}'`)
    const { asm, next: address } = this
    asm.reset(address)
    build(asm, this.env)
    asm.align(ALIGNMENT)
    asm.finish()
    if (asm.address > this.end) throw new Error('there is no room for another runtime routine')
    this.write(address, asm.code())
    this.next = asm.address
    this.addresses.set(name, address)
    return address
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
