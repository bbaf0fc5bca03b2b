/** What the system call tests share: a runner with the real thunks, and a place for a guest's call without a translator. */

import { Death, Engine } from '../../../src/host/engine.ts'
import type { Thread } from '../../../src/host/thread.ts'
import { STATE_OFFSET, SYSCALL_COUNT, SYSCALL_TABLE } from '../../../src/runtime/layout.ts'
import { Assembler, RAX } from '../../../src/x64/asm/index.ts'
import { aarch64, type GuestAbi, writeRegister, x64 } from '../../../syscalls/abi/abi.ts'
import { type Handler, readResult, type SyscallContext } from '../../../syscalls/call.ts'
import { emitMapName, NAME_TABLE_SIZE, NameTable } from '../../../syscalls/names.ts'
import { createProcessState } from '../../../syscalls/process-state.ts'
import { compileThunks, type Fixup, type ThunkSet } from '../../../syscalls/thunk.ts'

const TABLE_ROOM = 0x10_000
const NAME_ROOM = 0x1000
const DONE = 2
const TWO_32 = 0x1_0000_0000
/** Guest memory: two pages, and nothing behind them. */
export const PAGE = 0x1_0000_0000
/** The same of a guest with addresses of 32 bits. */
export const LOW_PAGE = 0x7000_0000
const PC_OFFSETS: { readonly [flavour: string]: number } = { aarch64: 784, arm: 64 }
export const PAGE_SIZE = 4096
export const MEMORY_END = PAGE + 2 * PAGE_SIZE

export class Guest {
  readonly engine: Engine
  readonly thread: Thread
  readonly thunks: ThunkSet
  /** What thunks know of directories while NAMES_MAPPED says that they are to look. */
  readonly names: NameTable
  private readonly nameFixups = new Map<number, number>()
  private readonly code: number
  private readonly abi: GuestAbi

  constructor(abi: GuestAbi = aarch64) {
    this.abi = abi
    this.engine = new Engine({
      pcOffset: STATE_OFFSET + PC_OFFSETS[abi.flavour]!,
      syscallNumberOffset: abi.numberAt,
      caller: { ignored: [0, 0], blocked: [0, 0], openFiles: null, fds: [0, 1, 2] },
    })
    const { end, entryPoints } = this.engine.runtime
    const mapName = end + 3 * TABLE_ROOM
    this.thunks = compileThunks(abi, { origin: end, entries: { ...entryPoints, mapName } })
    this.names = this.placeNames(mapName)
    this.engine.code.write(end, this.thunks.code)
    const table = end + TABLE_ROOM
    this.engine.code.write(table, this.thunks.table)
    this.code = table + TABLE_ROOM
    const asm = new Assembler()
    asm.reset(this.code)
    asm.imm64(RAX, 1, 0)
    asm.callTo(entryPoints.syscall)
    asm.imm64(RAX, DONE, 0)
    asm.jmpTo(entryPoints.exit)
    asm.finish()
    this.engine.code.write(this.code, asm.code())

    this.thread = this.engine.spawn()
    const page = abi.model.pointer === 4 ? LOW_PAGE : PAGE
    const mapped = this.thread.syscall(x64.numbers['mmap']!, page, 2 * PAGE_SIZE, 3, 0x32, -1, 0)
    if (mapped !== page) throw new Error(`mmap: ${mapped}`)
    this.put64(SYSCALL_TABLE, table)
    this.thread.i32[SYSCALL_COUNT >> 2] = this.thunks.count
  }

  private placeNames(address: number): NameTable {
    const table = address + NAME_ROOM
    const asm = new Assembler()
    const fixups: Fixup[] = []
    asm.reset(address)
    emitMapName(asm, fixups, table)
    asm.finish()
    this.engine.code.write(address, asm.code())
    for (const { at, target } of fixups) this.nameFixups.set(at, address + asm.positionOf(target))
    return new NameTable(this.engine.code.view(table, NAME_TABLE_SIZE))
  }

  private put64(offset: number, value: number): void {
    this.thread.i32[offset >> 2] = value | 0
    this.thread.i32[(offset >> 2) + 1] = Math.floor(value / TWO_32)
  }

  /** Puts a call into the guest's registers. */
  load(name: string, ...args: number[]): void {
    const { abi } = this
    for (const [n, at] of abi.argumentsAt.entries()) writeRegister(abi, this.thread.i32, at, args[n] ?? 0)
    writeRegister(abi, this.thread.i32, abi.numberAt, abi.numbers[name] ?? -1)
  }

  get result(): number {
    const [lo, hi] = readResult(this.abi, this.thread)
    return hi * TWO_32 + (lo >>> 0)
  }

  /** Makes a guest call by its thunk: the result, or 'engine' when it was left to the engine. Faults go on at their fix-ups. */
  native(name: string, ...args: number[]): number | 'engine' {
    this.load(name, ...args)
    this.thread.resume(this.code)
    for (;;) {
      const event = this.engine.wait()
      if (event === null) continue
      if (event instanceof Death) throw new Error(`the runner ended with status ${event.status}`)
      if (event.request === 'syscall') return 'engine'
      if (event.request === 'exit') return this.result
      const fixup = this.thunks.faultFixup(event.fault.rip) || (this.nameFixups.get(event.fault.rip) ?? 0)
      if (event.request !== 'fault' || fixup === 0) throw new Error(`${event.request} at ${event.fault.rip.toString(16)}`)
      event.fault.setRip(fixup)
      event.resumeFault()
    }
  }

  /** NUL-terminated text into guest memory. */
  text(address: number, text: string): number {
    this.thread.write(address, new TextEncoder().encode(`${text}\0`))
    return address
  }

  bytes(address: number, length: number): Uint8Array {
    return this.thread.read(address, length)!.slice()
  }

  u32(address: number): number {
    return new DataView(this.bytes(address, 4).buffer).getUint32(0, true)
  }

  close(): void {
    this.engine.close()
  }
}

export function createContext(parts: Partial<SyscallContext> & { handlers?: ReadonlyMap<string, Handler> } = {}): SyscallContext {
  return {
    abi: aarch64,
    host: x64,
    process: createProcessState(),
    handlers: new Map(),
    mapPath: null,
    trace: null,
    unimplemented: null,
    openPages: null,
    signals: null,
    startCalls: false,
    ...parts,
  }
}
