/**
 * The memory of one or more guest processes, as the kernel's mm: the address space, and the code space with its translations. Threads of one process
 * share it, and so do parent and child of a vfork.
 *
 * It keeps the promise of code-spaces.ts: a page that the code space knows shows here what it shows there, or may not be executed here. And it is
 * told of every change of such a page, because the page is among the address space's code pages, which are never written unnoticed.
 */
import type { Engine } from '../src/host/engine.ts'
import { forgetJumps, setU64 } from '../src/host/slot-setup.ts'
import type { Thread } from '../src/host/thread.ts'
import { NONE } from '../src/ir/region.ts'
import { MAP_FIXED, MAP_SHARED, PROT_EXEC, PROT_READ, SYS } from '../src/runtime/host-kernel.ts'
import { CODE_AREA_BASE, CODE_AREA_SIZE, HIDDEN_CODE, HIDDEN_FDS, LOOKUP_MASK, LOOKUP_TABLE } from '../src/runtime/layout.ts' // biome-ignore format: a list
import type { LookupTable } from '../src/runtime/lookup-table.ts'
import type { CodeSpace } from '../src/translate/code-space.ts'
import type { CodeSource } from '../src/translate/translator.ts'
import type { AddressSpace } from './address-space.ts'
import { type CodeSpaces, OWN, type SharedSpace } from './code-spaces.ts'
import * as mm from './mman.ts'
import { PAGE_SIZE } from './mman.ts'
import { copyPage, discardPage, PageBytes } from './page-bytes.ts'
import { learn, withdraw } from './runner-maps.ts'

/** After so many write faults a page stays writable; the guest's own cache maintenance says when code changed. */
const MAX_PAGE_FAULTS = 8

/** GuestThread's, of a thread. */
export interface StopHandlers {
  settle(thread: Thread): boolean
  park(thread: Thread): void
}

let count = 0

export class GuestMemory implements CodeSource {
  readonly addresses: AddressSpace
  private readonly own = `${OWN}${++count}`
  /** Its runners have other translations mapped than those of `shared`: `mapCode` is due before one goes on. */
  hasOtherCode = false
  /** All threads that run in it. */
  readonly threads = new Set<Thread>()
  /** Those that are about to execute another program: they come back if that fails. */
  readonly departing = new Set<Thread>()
  shared: SharedSpace
  /** It may have missing pages that a thread of it provides (userfaultfd.ts). */
  hasUserfaults = false
  /** Where a debugger wants code to stop: translations have other instructions there. null: no debugger. Its code space is its own then. */
  breakpoints: Breakpoints | null = null
  private readonly engine: Engine
  private readonly spaces: CodeSpaces
  private readonly handlers: StopHandlers
  private readonly pageBytes = new PageBytes()
  /** Pages that are written unnoticed, as they were when the current thread was last said to be served. */
  private readonly unwatched = new Map<number, Uint8Array>()
  /** Pages that could be executed here and then not any more while other users had the space, too. Those that can be again stay in it. */
  private readonly lost = new Set<number>()
  /** The thread that is being served: it reads pages, and leaves with us. */
  private current: Thread | undefined

  constructor(engine: Engine, spaces: CodeSpaces, handlers: StopHandlers, shared: SharedSpace, addresses: AddressSpace) {
    this.engine = engine
    this.handlers = handlers
    this.spaces = spaces
    this.addresses = addresses
    this.shared = shared
    shared.users.add(this)
    this.addresses.onCodeChange = (start, end, change) => {
      this.pageBytes.drop(start, end)
      if (change !== 'written' && this.shared.users.size > 1) for (let page = start; page < end; page += PAGE_SIZE) this.lost.add(page)
      this.shared.invalidate(start, end)
    }
    this.addresses.onExecutable = (thread, start, end) => this.agree(thread as Thread, start, end)
  }

  /** The memory of a forked child. */
  fork(): GuestMemory {
    const child = new GuestMemory(this.engine, this.spaces, this.handlers, this.shared, this.addresses.fork())
    for (const page of this.lost) child.lost.add(page)
    return child
  }

  /** Nobody runs in it any more. */
  close(): void {
    this.spaces.leave(this.shared, this)
  }

  get space(): CodeSpace {
    return this.shared.space
  }

  /** A thread runs in it from now on. */
  add(thread: Thread): void {
    this.threads.add(thread)
    this.departing.delete(thread)
    if (this.threads.size > 1) for (const one of this.threads) withdraw(one)
    thread.group = this
    thread.sharesCopies = this.hasUserfaults
    thread.hasMissingPages = this.hasUserfaults
    setTable(thread, this.space.table)
  }

  /** Its thread, which is stopped, is about to execute another program: it does not run in it any more. */
  depart(thread: Thread): void {
    this.threads.delete(thread)
    this.departing.add(thread)
  }

  /** Only one thread can see or change it. */
  get hasOneThread(): boolean {
    return this.threads.size === 1 && this.departing.size === 0 && !this.hasUserfaults
  }

  /** Orders that touch guest memory may wait for its other threads from now on. */
  beginUserfaults(): void {
    this.hasUserfaults = true
    for (const thread of this.threads) {
      thread.sharesCopies = true
      thread.hasMissingPages = true
    }
  }

  setTable(table: LookupTable): void {
    for (const thread of this.threads) setTable(thread, table)
  }

  /** What a stopped thread of it has changed by itself. To be called before anything else is done for the thread. */
  learn(thread: Thread): void {
    if (!learn(this.addresses, thread)) thread.process.kill('a log of mappings that no runner writes')
  }

  /** Says who is served: what follows is done on its behalf. */
  serve(thread: Thread): this {
    this.current = thread
    if (this.unwatched.size > 0) {
      for (const copy of this.unwatched.values()) discardPage(copy)
      this.unwatched.clear()
    }
    return this
  }

  // CodeSource

  codePage(address: number): Uint8Array | null {
    const bytes = this.codeBytes(address)
    return this.breakpoints === null || bytes === null ? bytes : withBreakpoints(bytes, address, this.breakpoints)
  }

  /** The code as the guest has it, whatever a debugger has put into it. */
  get plain(): CodeSource {
    const memory = this
    return {
      get space() {
        return memory.space
      },
      makeRoom: () => memory.makeRoom(),
      codePage: (address) => memory.codeBytes(address),
    }
  }

  private codeBytes(address: number): Uint8Array | null {
    const { current } = this
    if (current === undefined || !this.hasUserfaults) return this.readCode(address)
    // The translator is in the middle of a region.
    current.sharesCopies = false
    try {
      return this.readCode(address)
    } finally {
      current.sharesCopies = true
    }
  }

  /** Nobody else may have made the page an unknown one while we waited for it: then its changes are not told, and what was read counts for nothing. */
  private readCode(address: number): Uint8Array | null {
    for (;;) {
      const bytes = this.readKnown(address)
      if (bytes === null || this.shared.pages.has(address / PAGE_SIZE)) return bytes
    }
  }

  private readKnown(address: number): Uint8Array | null {
    const { addresses, current } = this
    if (current === undefined || addresses.executableEnd(address) === 0) return null
    if (!this.shared.pages.has(address / PAGE_SIZE)) {
      // While it was not known nobody had to tell us of changes (src/runtime/routines/stale.ts).
      this.pageBytes.drop(address, address + PAGE_SIZE)
      this.makeKnown(address)
    }
    const known = this.pageBytes.get(address)
    if (known !== undefined) return known
    if (addresses.writeCount(address) >= MAX_PAGE_FAULTS) {
      const seen = this.unwatched.get(address)
      if (seen !== undefined) return seen
      addresses.trackUnprotectedCode(current, address, address + PAGE_SIZE)
      const read = readWhole(current, address)
      if (read === null) return null
      const bytes = copyPage(read)
      this.unwatched.set(address, bytes)
      return bytes
    }
    const isProtected = addresses.protectCode(current, address, address + PAGE_SIZE)
    const bytes = readWhole(current, address)
    return bytes === null || !isProtected ? bytes : this.pageBytes.keep(address, bytes)
  }

  makeRoom(): void {
    if (this.shared.users.size > 1) this.leave()
    else {
      this.stopOthers()
      this.space.flush()
      this.shared.pages.clear()
      for (const thread of this.threads) forgetJumps(thread)
    }
  }

  /** From now on its code tests results for NaN (float-mode.ts): it is made anew. */
  checkNaN(): void {
    this.makeRoom()
    this.space.checksNaN = true
  }

  /**
   * Guest cache maintenance: code at [address, address + length) may have changed. The rest of its pages is as it was. A pc where code has changed that is worth translating
   * at once, because what is written anew in the place of code that was run will be run, too; NONE: there is none.
   */
  renew(address: number, length: number): number {
    const { shared } = this
    const end = address + length
    if (shared.users.size > 1 || this.hasUserfaults) {
      this.invalidate(address, length)
      return NONE
    }
    this.pageBytes.drop(mm.pageDown(address), mm.pageUp(end))
    const pageOf = (page: number): Uint8Array | null => (this.shared === shared ? this.codePage(page) : null)
    let first = NONE
    for (const page of shared.known(mm.pageDown(address), mm.pageUp(end))) {
      const pc = shared.space.renew(Math.max(address, page * PAGE_SIZE), Math.min(end, (page + 1) * PAGE_SIZE), pageOf)
      if (first === NONE) first = pc
    }
    return first
  }

  /** Code at [address, address + length) may have changed. The rest of its pages is as it was. */
  invalidate(address: number, length: number): void {
    const end = address + length
    this.pageBytes.drop(mm.pageDown(address), mm.pageUp(end))
    // What this process has changed need not have changed in the others: from now on the page shows something else here.
    if (this.shared.users.size > 1) {
      this.shared.invalidate(mm.pageDown(address), mm.pageUp(end))
      return
    }
    for (const page of this.shared.known(mm.pageDown(address), mm.pageUp(end)))
      this.shared.space.invalidate(Math.max(address, page * PAGE_SIZE), Math.min(end, (page + 1) * PAGE_SIZE))
  }

  // Sharing

  /** What an executable page shows: a part of a file, or its own; undefined where it may not be executed. */
  private shows(address: number): string | undefined {
    const vma = this.addresses.vmas.at(address)
    if (vma === undefined || !(vma.prot & mm.PROT_EXEC)) return undefined
    return vma.file === null ? this.own : `${vma.file.key}${vma.offset + (address - vma.start)}`
  }

  /** The space is to have translations of a page that it does not know. */
  private makeKnown(address: number): void {
    const shows = this.shows(address)
    if (shows === undefined) return
    if (this.shared.users.size > 1) {
      const others = [...this.shared.users].filter((user) => user !== this)
      if (others.some((user) => (user.shows(address) ?? (user.lost.has(address) ? undefined : shows)) !== shows)) this.leave()
      else for (const user of others) if (user.shows(address) === shows) user.addresses.code.add(address, true)
    }
    this.shared.pages.set(address / PAGE_SIZE, shows)
  }

  /** Memory has become executable: does it agree with what the space knows? */
  private agree(thread: Thread, start: number, end: number): void {
    const pages = this.shared.known(start, end)
    if (pages.length === 0) return
    const differing = pages.filter((page) => this.shared.pages.get(page) !== this.shows(page * PAGE_SIZE))
    if (differing.length > 0 && this.shared.users.size > 1) {
      this.serve(thread).leave()
      return
    }
    for (const page of differing) this.shared.invalidate(page * PAGE_SIZE, (page + 1) * PAGE_SIZE)
    // What agrees is a file's and not writable: nothing has to be protected.
    for (const page of pages) if (this.shared.pages.has(page)) this.addresses.code.add(page * PAGE_SIZE, true)
  }

  /** Nobody else uses its code space from now on. Nothing but the current thread runs in it. */
  separate(): void {
    if (this.shared.users.size > 1) this.leave()
  }

  /** Goes to a code space of its own. No thread is in translated code then: the current one is stopped, the others are made to leave. */
  private leave(): void {
    const { current } = this
    if (current === undefined) throw new Error('a code space is left by a thread')
    this.stopOthers()
    const { checksNaN } = this.space
    this.spaces.leave(this.shared, this)
    this.shared = this.spaces.take('')
    this.space.checksNaN = checksNaN
    this.shared.users.add(this)
    this.lost.clear()
    // The current thread may be killed before it has mapped it, and others of another process go on in this memory.
    this.hasOtherCode = true
    this.mapCode(current)
  }

  /** Makes the process of a stopped thread, and so all that run in this memory, execute its translations. None of them is in translated code. */
  mapCode(thread: Thread): void {
    const fd = thread.i32[HIDDEN_FDS >> 2]! + HIDDEN_CODE
    const { offset } = this.shared.area
    const result = thread.syscall(SYS.mmap, CODE_AREA_BASE, CODE_AREA_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, offset)
    if (result !== CODE_AREA_BASE) throw new Error(`the runner cannot map a code area: ${result}`)
    this.hasOtherCode = false
    for (const one of this.threads) {
      forgetJumps(one)
      setTable(one, this.space.table)
      this.engine.setArea(one, this.shared.area)
    }
    this.engine.setArea(thread, this.shared.area)
  }

  private stopOthers(): void {
    if (this.threads.size <= 1) return
    const others = [...this.threads].filter((thread) => thread !== this.current)
    const { settle, park } = this.handlers
    this.engine.stop(others, settle, park)
  }
}

function readWhole(thread: Thread, page: number): Uint8Array | null {
  const bytes = thread.readPage(page)
  return bytes.length === PAGE_SIZE ? bytes : null
}

/** By address: what stands there instead of the guest's code. It does not reach over a page's end. */
export type Breakpoints = ReadonlyMap<number, Uint8Array>

function withBreakpoints(bytes: Uint8Array, page: number, breakpoints: Breakpoints): Uint8Array {
  let copy: Uint8Array | null = null
  for (const [address, insn] of breakpoints) {
    if (address < page || address >= page + PAGE_SIZE) continue
    copy ??= bytes.slice()
    copy.set(insn, address - page)
  }
  return copy ?? bytes
}

export function setTable(thread: Thread, table: LookupTable): void {
  // In this order: the runner reads the mask first, and a small mask is right for a large table.
  setU64(thread, LOOKUP_TABLE, table.address)
  setU64(thread, LOOKUP_MASK, table.mask)
}
