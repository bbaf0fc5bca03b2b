/**
 * The address space of one guest process: what the guest has mapped (the VMA list), which pages code was
 * translated from, and the calls that change it. Each call is made by the runner on real memory at the address
 * that the engine chose; the list changes only when the host's call has succeeded, and then the translator
 * hears of code that went. Results are what Linux gives: an address, 0, or -errno.
 *
 * Invariants
 *  - Below the layout's limit the host has mapped what the list says and nothing else, with one exception: the host
 *    lets a MAP_GROWSDOWN mapping grow by itself. Whoever touches the space below such a mapping first asks the
 *    host where it begins (`syncGrowth`).
 *  - Host protection = guest protection, with PROT_EXEC replaced by PROT_READ (the host never executes guest
 *    code) and without PROT_WRITE on protected code pages (code-pages.ts).
 *  - Guest arguments are 64-bit registers as numbers, signed or unsigned; those of 2^53 and more may be inexact,
 *    which no check here minds.
 */
import type { OrderBatch, RunnerThread } from '../src/host/runner-api.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { CodePages, type CodePagesEstate, runs } from './code-pages.ts'
import { readFileIdentity } from './file-identity.ts'
import { LAYOUT_64, type MemoryLayout, MMAP_MIN_ADDRESS } from './layout.ts'
import { lock } from './mlock.ts'
import * as mm from './mman.ts'
import { PAGE_SIZE, range, rights } from './mman.ts'
import { type FileIdentity, type Vma, VmaList } from './vma-list.ts'

/** Why translated code of a range is no longer the guest's code. */
export type CodeChange = 'unmapped' | 'protection' | 'written'
export type CodeListener = (start: number, end: number, change: CodeChange) => void

/** Limits that the engine keeps instead of the host, in bytes: on the host they would count the runner's own memory. */
export interface MemoryLimits {
  /** RLIMIT_AS */
  addressSpace: number
  /** RLIMIT_DATA */
  data: number
}

export interface BrkState {
  /** First address of the heap; 0 before a program is loaded. */
  start: number
  end: number
}

/** An address space as data. */
export interface AddressSpaceEstate {
  readonly vmas: readonly Vma[]
  readonly code: CodePagesEstate
  readonly brkState: BrkState
  readonly limits: MemoryLimits
  readonly lockFuture: number
  readonly next: number
  readonly isOdd: boolean
}

let lastOrigin = 0

/** Origins above those that the mappings of a predecessor have. */
export function continueOrigins(last: number): void {
  lastOrigin = Math.max(lastOrigin, last)
}

export class AddressSpace {
  readonly layout: MemoryLayout
  readonly vmas: VmaList
  readonly code: CodePages
  readonly brkState: BrkState
  readonly limits: MemoryLimits
  /** MCL_FUTURE and MCL_ONFAULT of the last mlockall. */
  lockFuture = 0
  /**
   * Where the search for a place begins: the end of the last mapping that was placed, or where that began when it has gone. That follows from the calls alone, whoever
   * makes them (syscalls/memory-thunks.ts).
   */
  next: number
  /** There have been mappings that the thunks know nothing of: sealed ones, and growing ones beside the stack. */
  private isOdd = false
  /** While a program is loaded, or a call put off: changes are written down here and made later. */
  deferred: OrderBatch | null = null
  /** Called after code pages have gone or changed. */
  onCodeChange: CodeListener = () => {}
  /** Called when guest memory has become executable. */
  onExecutable: (thread: RunnerThread, start: number, end: number) => void = () => {}
  /** `-d page`: one line for each change of the list. */
  trace: ((line: string) => void) | null = null

  constructor(layout: MemoryLayout = LAYOUT_64, from?: AddressSpaceEstate) {
    this.layout = layout
    this.next = layout.mmapBase
    this.vmas = from ? VmaList.of(from.vmas) : new VmaList()
    this.code = from ? CodePages.of(from.code) : new CodePages()
    this.brkState = from ? { ...from.brkState } : { start: 0, end: 0 }
    this.limits = from ? { ...from.limits } : { addressSpace: Infinity, data: Infinity }
    if (from === undefined) return
    this.lockFuture = from.lockFuture
    this.next = from.next
    this.isOdd = from.isOdd
  }

  /** All there is to know, as data. */
  get estate(): AddressSpaceEstate {
    const { brkState, limits, lockFuture, next, isOdd } = this
    return { vmas: this.vmas.all(), code: this.code.estate, brkState, limits, lockFuture, next, isOdd }
  }

  /** Are calls of the mmap family all that they seem: no limits, no locks, nothing sealed, nobody who wants to see each? */
  get isSimple(): boolean {
    const { addressSpace, data } = this.limits
    return !this.isOdd && addressSpace === Infinity && data === Infinity && this.lockFuture === 0 && this.trace === null
  }

  /** The space of a forked child, whose memory the host has copied. Its onCodeChange is still to be set. */
  fork(): AddressSpace {
    const { estate } = this
    const child = new AddressSpace(this.layout, { ...estate, vmas: estate.vmas.filter((vma) => vma.atFork !== 'leave-out'), lockFuture: 0 })
    for (const vma of this.vmas.all()) if (vma.atFork !== 'copy') child.code.drop(vma.start, vma.end, true)
    return child
  }

  // What the translator asks ---------------------------------------------------------------------------

  /** End of the executable memory that holds `address`; 0 when the guest may not execute there. */
  executableEnd(address: number): number {
    let vma = this.vmas.at(address)
    let end = 0
    while (vma && vma.prot & mm.PROT_EXEC) {
      end = vma.end
      vma = this.vmas.at(end)
    }
    return end
  }

  /**
   * To be called before code of [start, end) is read: from now on a write to these pages is noticed. False when
   * some page could not be protected; its translation must check its own bytes.
   */
  protectCode(thread: RunnerThread, start: number, end: number): boolean {
    let ok = true
    for (let page = mm.pageDown(start); page < end; page += PAGE_SIZE) {
      if (this.code.isProtected(page)) continue
      const vma = this.vmas.at(page)
      if (!vma) return false
      const isProtected = !(vma.prot & mm.PROT_WRITE) || thread.syscall(nr.mprotect, page, PAGE_SIZE, mm.PROT_READ) === 0
      this.code.add(page, isProtected)
      ok &&= isProtected
    }
    return ok
  }

  /** Code of [start, end) is translated without protection: only unmapping and mprotect are told of. */
  trackUnprotectedCode(thread: RunnerThread, start: number, end: number): void {
    for (let page = mm.pageDown(start); page < end; page += PAGE_SIZE) {
      const vma = this.vmas.at(page)
      if (vma && this.code.isProtected(page)) thread.syscall(nr.mprotect, page, PAGE_SIZE, mm.hostProt(vma.prot))
      this.code.add(page, false)
    }
  }

  /** How often writes have taken the translations of the page of `address` away. */
  writeCount(address: number): number {
    return this.code.writeCount(address)
  }

  /**
   * A guest store faulted. 'retry': the page was protected for translated code, which is now gone, and the store
   * must be repeated. 'fault': the guest may not write there.
   */
  handleWriteFault(thread: RunnerThread, address: number): 'retry' | 'fault' {
    const vma = this.vmas.at(address)
    if (!vma || !(vma.prot & mm.PROT_WRITE)) return 'fault'
    if (this.code.isProtected(address)) {
      this.unprotect(thread, mm.pageDown(address), mm.pageDown(address) + PAGE_SIZE)
      return 'retry'
    }
    // Another thread's fault on the same page may have been served first.
    return this.code.writeCount(address) > 0 ? 'retry' : 'fault'
  }

  /** Before the host writes to guest memory (read(2), copies): takes protection off. True if there was any. */
  prepareWrite(thread: RunnerThread, start: number, length: number): boolean {
    if (this.code.size === 0) return false
    return this.unprotect(thread, start, Math.min(start + length, this.layout.limit))
  }

  /** Makes protected pages that the guest may write writable, and drops their code. */
  private unprotect(thread: RunnerThread, start: number, end: number): boolean {
    let any = false
    for (const page of this.code.within(start, end, true)) {
      const vma = this.vmas.at(page)
      if (!vma || !(vma.prot & mm.PROT_WRITE)) continue
      thread.syscall(nr.mprotect, page, PAGE_SIZE, mm.hostProt(vma.prot))
      this.code.countWrite(page)
      this.dropCode(page, page + PAGE_SIZE, 'written', false)
      any = true
    }
    return any
  }

  /** Forgets translations of a range and tells the translator; with host protection as the guest's from now on. */
  releaseCode(thread: RunnerThread, start: number, end: number, change: CodeChange): void {
    this.unprotect(thread, start, end)
    this.dropCode(start, end, change, false)
  }

  private dropCode(start: number, end: number, change: CodeChange, counts: boolean): void {
    const found = this.code.within(start, end)
    this.code.drop(start, end, counts)
    for (const [from, to] of runs(found)) {
      this.trace?.(`translations of ${range(from, to)} dropped: ${change}`)
      this.onCodeChange(from, to, change)
    }
  }

  // Placement ------------------------------------------------------------------------------------------

  /** Free space for `length` bytes as mmap places it: behind what was placed last, else lowest first; -ENOMEM when there is none. */
  place(length: number, align = PAGE_SIZE): number {
    const { mmapBase, mmapEnd, mmapSecondBase, mmapSecondEnd } = this.layout
    let address = this.vmas.findBehind(this.next, mmapEnd, length, align)
    if (address >= 0) this.next = address + length
    else address = this.vmas.findFree(mmapBase, mmapEnd, length, align)
    if (address < 0) address = this.vmas.findFree(mmapSecondBase, mmapSecondEnd, length, align)
    return address < 0 ? -errno.ENOMEM : address
  }

  /** Where a mapping of `length` bytes with the hint `hint` goes. */
  placeNear(thread: RunnerThread, hint: number, length: number, align = PAGE_SIZE): number {
    let address = mm.pageDown(hint)
    if (address > 0 && address < MMAP_MIN_ADDRESS) address = MMAP_MIN_ADDRESS
    if (address > 0 && address % align === 0 && address + length <= this.layout.limit) {
      this.syncGrowth(thread, address, address + length)
      if (this.vmas.isFree(address, address + length)) return address
    }
    return this.place(length, align)
  }

  /** Asks the host how far a growing mapping has grown, if [start, end) might lie in the grown part. */
  syncGrowth(thread: RunnerThread, start: number, end: number): void {
    for (let vma = this.vmas.above(start); vma; vma = this.vmas.above(vma.end)) {
      const grows = (vma.flags & mm.MAP_GROWSDOWN) !== 0
      if (grows && vma.start > start && this.isMappedOnHost(thread, vma.start - PAGE_SIZE, PAGE_SIZE)) {
        this.vmas.grow(vma, this.grownTo(thread, Math.max(mm.pageDown(start), this.vmas.endBelow(vma.start)), vma.start))
      }
      if (vma.end >= end) return
    }
  }

  /** Lowest page of [floor, top) from which everything up to `top` is mapped. */
  private grownTo(thread: RunnerThread, floor: number, top: number): number {
    let low = floor
    let high = top
    while (low < high) {
      const middle = mm.pageDown(low + (high - low) / 2)
      if (this.isMappedOnHost(thread, middle, PAGE_SIZE)) high = middle
      else low = middle + PAGE_SIZE
    }
    return high
  }

  private isMappedOnHost(thread: RunnerThread, address: number, length: number): boolean {
    return thread.syscall(nr.msync, address, length, mm.MS_ASYNC) !== -errno.ENOMEM
  }

  // The calls ------------------------------------------------------------------------------------------

  /** mmap(2). `offset` in bytes; `known`: which file `fd` is of, and that it may be executed. */
  mmap(
    thread: RunnerThread,
    hint: number,
    bytes: number,
    prot: number,
    flags: number,
    fd: number,
    offset: number,
    known?: FileIdentity,
  ): number {
    const { next } = this
    const result = this.makeMapping(thread, hint, bytes, prot, flags, fd, offset, known)
    if (result < 0) this.next = next
    return result
  }

  private makeMapping(
    thread: RunnerThread,
    hint: number,
    bytes: number,
    prot: number,
    flags: number,
    fd: number,
    offset: number,
    known: FileIdentity | undefined,
  ): number {
    const address = mm.unsigned(hint)
    const length = mm.unsigned(bytes)
    if (!mm.isPageAligned(offset)) return -errno.EINVAL
    const anonymous = (flags & mm.MAP_ANONYMOUS) !== 0
    if (!anonymous && fd < 0) return -errno.EBADF
    if (length === 0) return -errno.EINVAL
    const size = mm.pageUp(length)
    if (size > this.layout.taskSize) return -errno.ENOMEM
    const fixed = (flags & (mm.MAP_FIXED | mm.MAP_FIXED_NOREPLACE)) !== 0
    const noReplace = (flags & mm.MAP_FIXED_NOREPLACE) !== 0
    let start: number
    if (fixed) {
      if (address > this.layout.limit - size) return -errno.ENOMEM
      if (!mm.isPageAligned(address)) return -errno.EINVAL
      start = address
      this.syncGrowth(thread, start, start + size)
      if (noReplace && this.vmas.overlaps(start, start + size)) return -errno.EEXIST
    } else {
      start = this.placeNear(thread, address, size, mm.hugeAlignment(flags))
      if (start < 0) return start
    }
    const type = flags & mm.MAP_TYPE
    if (anonymous ? type !== mm.MAP_SHARED && type !== mm.MAP_PRIVATE : type === 0 || type > mm.MAP_SHARED_VALIDATE) return -errno.EINVAL
    if (!anonymous && mm.unsigned(offset) + size > Number.MAX_SAFE_INTEGER) return -errno.EOVERFLOW
    const refused = this.checkLimits(size - this.mappedBytes(fixed, start, start + size), mm.isData(prot, type) ? size : 0)
    if (refused) return refused
    const file = !anonymous && prot & mm.PROT_EXEC ? (known ?? readFileIdentity(thread, fd)) : null
    if (typeof file === 'number') return file
    if (fixed && this.vmas.anySealed(start, start + size)) return -errno.EPERM
    const isClean = type === mm.MAP_PRIVATE && !(prot & mm.PROT_WRITE)
    return this.mapAt(thread, start, size, prot, flags, fd, anonymous ? 0 : offset, isClean ? file : null)
  }

  private mapAt(
    t: RunnerThread,
    start: number,
    size: number,
    prot: number,
    flags: number,
    fd: number,
    offset: number,
    file: FileIdentity | null,
  ): number {
    const replaces = this.vmas.overlaps(start, start + size)
    const fixed = replaces ? mm.MAP_FIXED : mm.MAP_FIXED_NOREPLACE
    const result = this.change(t, nr.mmap, start, size, mm.hostProt(prot), (flags & mm.HOST_FLAGS) | fixed, fd, offset)
    if (result < 0) {
      checkUnexpected(result, start, size)
      if (replaces) this.forgetLost(t, start, start + size)
      return result
    }
    this.forget(start, start + size)
    this.list(start, start + size, prot, flags, offset, file)
    const shared = (flags & mm.MAP_TYPE) !== mm.MAP_PRIVATE
    this.trace?.(
      `mmap ${range(start, start + size)} ${rights(prot)}${shared ? 's' : 'p'}${fd >= 0 ? ` of a file at 0x${offset.toString(16)}` : ''}`,
    )
    if (this.lockFuture & mm.MCL_FUTURE) lock(t, start, size, this.lockFuture)
    if (prot & mm.PROT_EXEC) this.onExecutable(t, start, start + size)
    return start
  }

  /** A new mapping for the list. */
  private list(start: number, end: number, prot: number, flags: number, offset: number, file: FileIdentity | null): void {
    const shared = (flags & mm.MAP_TYPE) !== mm.MAP_PRIVATE
    if (flags & mm.MAP_GROWSDOWN && start < this.layout.mmapEnd) this.isOdd = true
    const origin = shared || !(flags & mm.MAP_ANONYMOUS) ? ++lastOrigin : 0
    const kept = mm.MAP_ANONYMOUS | mm.MAP_GROWSDOWN | mm.MAP_NORESERVE
    this.vmas.insert({
      start,
      end,
      prot: prot & mm.GUEST_PROT,
      flags: (flags & kept) | (shared ? mm.MAP_SHARED : mm.MAP_PRIVATE),
      origin,
      offset,
      file,
      name: '',
      atFork: 'copy',
      shm: false,
      isSealed: false,
    })
  }

  /** The host's call; 0 when it is only written down. */
  change(t: RunnerThread, number: number, ...args: readonly number[]): number {
    if (this.deferred === null) return t.syscall(number, ...args)
    this.deferred.syscall(number, ...args)
    return 0
  }

  /**
   * A call of the guest that changes [start, end) by `make` and returns its result: without a message of its own for the host's part, which is carried out when the thread goes on
   * (`Thread.later`). If that fails, the list becomes what it was, and `failed` is told the errno, negative, unless it is still the result. Only for
   * a change that is one call of the host's, and of a memory that no other thread can change meanwhile.
   */
  putOff(thread: RunnerThread, start: number, end: number, make: () => number, failed: (result: number) => void): number {
    const vmas = [...this.vmas.all()]
    const brkState = { ...this.brkState }
    const { next } = this
    let result = 0
    let isReturned = false
    this.deferred = thread.later((error) => {
      this.deferred = null
      result = error
      this.vmas.restore(vmas)
      Object.assign(this.brkState, brkState)
      this.next = next
      checkUnexpected(error, start, end - start)
      this.forgetLost(thread, start, end)
      if (isReturned) failed(error)
    })
    const made = make()
    this.deferred = null
    isReturned = true
    return result < 0 ? result : made
  }

  /** May a change of [start, end) be put off? Code in it, or several mappings, want to know at once what became of each. */
  mayPutOff(start: number, end: number): boolean {
    if (!(start >= 0 && end <= this.layout.limit && start < end) || this.code.within(start, end).length > 0) return false
    const vma = this.vmas.above(start)
    return vma === undefined || vma.start >= end || (vma.start <= start && vma.end >= end)
  }

  /** munmap(2) */
  munmap(thread: RunnerThread, from: number, length: number): number {
    const address = mm.unsigned(from)
    const size = mm.pageUp(mm.unsigned(length))
    if (!mm.isPageAligned(address) || address > this.layout.taskSize || size > this.layout.taskSize - address || size === 0)
      return -errno.EINVAL
    const end = Math.min(address + size, this.layout.limit)
    if (address >= end) return 0
    this.syncGrowth(thread, address, end)
    if (this.vmas.anySealed(address, end)) return -errno.EPERM
    if (this.vmas.overlaps(address, end)) {
      const result = this.change(thread, nr.munmap, address, end - address)
      if (result < 0) return result
    }
    this.unmapped(address, end)
    this.trace?.(`munmap ${range(address, end)}`)
    return 0
  }

  /** mprotect(2): mapping by mapping, so that what was changed before an error is known. */
  mprotect(thread: RunnerThread, from: number, length: number, protAndGrow: number): number {
    const address = mm.unsigned(from)
    const grow = protAndGrow & (mm.PROT_GROWSDOWN | mm.PROT_GROWSUP)
    const prot = protAndGrow & ~(mm.PROT_GROWSDOWN | mm.PROT_GROWSUP)
    if (grow === (mm.PROT_GROWSDOWN | mm.PROT_GROWSUP)) return -errno.EINVAL
    if (!mm.isPageAligned(address)) return -errno.EINVAL
    if (length === 0) return 0
    const size = mm.pageUp(mm.unsigned(length))
    if (address + size >= 2 ** 64) return -errno.ENOMEM
    if (prot & ~(mm.GUEST_PROT | mm.PROT_SEM)) return -errno.EINVAL
    const end = address + size
    if (address >= this.layout.limit) return -errno.ENOMEM
    this.syncGrowth(thread, address, Math.min(end, this.layout.limit))
    let at = address
    if (grow) {
      const first = this.vmas.above(address)
      if (grow & mm.PROT_GROWSUP) return first && first.start <= address ? -errno.EINVAL : -errno.ENOMEM
      if (!first || first.start >= end) return -errno.ENOMEM
      if (!(first.flags & mm.MAP_GROWSDOWN)) return -errno.EINVAL
      at = first.start
    }
    while (at < end) {
      const vma = this.vmas.at(at)
      if (!vma) return -errno.ENOMEM
      const to = Math.min(vma.end, end)
      const result = this.protectPiece(thread, at, to, vma, prot & mm.GUEST_PROT)
      if (result < 0) return result
      at = to
    }
    return 0
  }

  private protectPiece(thread: RunnerThread, start: number, end: number, vma: Vma, prot: number): number {
    if (vma.isSealed) return -errno.EPERM
    if (prot === vma.prot) return 0
    const keepsCode = (prot & mm.PROT_EXEC) !== 0
    const protectedRuns = keepsCode && prot & mm.PROT_WRITE ? runs(this.code.within(start, end, true)) : []
    const result = this.hostProtect(thread, start, end, prot, protectedRuns)
    if (result < 0) return result
    this.vmas.change(start, end, prot & mm.PROT_WRITE ? { prot, file: null } : { prot })
    this.trace?.(`mprotect ${range(start, end)} ${rights(prot)}`)
    if (!keepsCode) this.dropCode(start, end, 'protection', false)
    else if (!(vma.prot & mm.PROT_EXEC)) this.onExecutable(thread, start, end)
    return 0
  }

  /** Gives a range the host protection for `prot`, except protected code pages, which stay read-only. */
  private hostProtect(thread: RunnerThread, start: number, end: number, prot: number, protectedRuns: [number, number][]): number {
    let at = start
    for (const [from, to] of protectedRuns) {
      const before = at < from ? this.change(thread, nr.mprotect, at, from - at, mm.hostProt(prot)) : 0
      if (before < 0) return before
      const inside = this.change(thread, nr.mprotect, from, to - from, mm.PROT_READ)
      if (inside < 0) return inside
      at = to
    }
    return at < end ? this.change(thread, nr.mprotect, at, end - at, mm.hostProt(prot)) : 0
  }

  /** mseal(2) */
  mseal(thread: RunnerThread, from: number, length: number, flags: number): number {
    const address = mm.unsigned(from)
    const size = mm.pageUp(mm.unsigned(length))
    if (flags !== 0 || !mm.isPageAligned(address) || address + size >= 2 ** 64) return -errno.EINVAL
    if (size === 0) return 0
    const end = address + size
    if (end > this.layout.limit) return -errno.ENOMEM
    this.syncGrowth(thread, address, end)
    if (!this.vmas.covers(address, end)) return -errno.ENOMEM
    this.vmas.change(address, end, { isSealed: true })
    this.isOdd = true
    this.trace?.(`mseal ${range(address, end)}`)
    return 0
  }

  // What the runner has done by itself (runner-maps.ts) ---------------------------------------------------

  /** Private memory has been mapped, and was placed unless MAP_FIXED says where. */
  mapped(start: number, end: number, prot: number, flags: number, offset: number): void {
    if (!(flags & mm.MAP_FIXED)) this.next = end
    this.forget(start, end)
    this.list(start, end, prot, flags, offset, null)
  }

  unmapped(start: number, end: number): void {
    if (end === this.next) this.next = Math.max(start, this.layout.mmapBase)
    this.forget(start, end)
  }

  /** It may not be executed any more. */
  protected(start: number, end: number, prot: number): void {
    this.vmas.change(start, end, prot & mm.PROT_WRITE ? { prot, file: null } : { prot })
    this.dropCode(start, end, 'protection', false)
  }

  // Bookkeeping for the calls in other files -------------------------------------------------------------

  /** The host has unmapped a range. */
  forget(start: number, end: number): void {
    this.vmas.remove(start, end)
    this.dropCode(start, end, 'unmapped', true)
  }

  /** After a failed call that may have unmapped something: forgets what the host no longer has. */
  forgetLost(thread: RunnerThread, start: number, end: number): void {
    for (const piece of this.vmas.pieces(start, end)) {
      if (!this.isMappedOnHost(thread, piece.start, piece.end - piece.start)) this.forget(piece.start, piece.end)
    }
  }

  /** -ENOMEM when `more` bytes of address space or `data` bytes of private writable memory are over the limit, else 0. */
  checkLimits(more: number, data: number): number {
    const { addressSpace, data: dataLimit } = this.limits
    if (addressSpace !== Infinity && this.totalBytes(() => true) + more > addressSpace) return -errno.ENOMEM
    if (data > 0 && dataLimit !== Infinity) {
      const used = this.totalBytes((vma) => vma.name !== '[stack]' && mm.isData(vma.prot, vma.flags))
      if (used + data > dataLimit) return -errno.ENOMEM
    }
    return 0
  }

  totalBytes(which: (vma: Vma) => boolean): number {
    let sum = 0
    for (const vma of this.vmas.all()) if (which(vma)) sum += vma.end - vma.start
    return sum
  }

  private mappedBytes(counts: boolean, start: number, end: number): number {
    if (!counts || this.limits.addressSpace === Infinity) return 0
    return this.vmas.pieces(start, end).reduce((sum, piece) => sum + piece.end - piece.start, 0)
  }
}

/** The engine's list is wrong. */
function checkUnexpected(result: number, start: number, size: number): void {
  if (result === -errno.EEXIST)
    throw new Error(`the host has a mapping in [0x${start.toString(16)}, +0x${size.toString(16)}) that the guest has not`)
}
