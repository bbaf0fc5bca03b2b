/**
 * The sorted list of a guest's mappings (VMAs), disjoint, merged where neighbours are alike. Pure data: host
 * calls are made elsewhere and the list is changed only after they succeeded. Addresses in bytes, page-aligned.
 */
import { STACK_GUARD_GAP } from './layout.ts'
import { MAP_GROWSDOWN } from './mman.ts'

/** Which file a mapping shows. Two mappings with the same key show the same version of the same file. */
export interface FileIdentity {
  readonly key: string
}

/** What MADV_DONTFORK and MADV_WIPEONFORK asked for. */
export type AtFork = 'copy' | 'leave-out' | 'wipe'

export interface Vma {
  readonly start: number
  readonly end: number
  /** What the guest asked for: PROT_READ | PROT_WRITE | PROT_EXEC | PROT_BTI. */
  readonly prot: number
  /** MAP_SHARED or MAP_PRIVATE, with MAP_ANONYMOUS, MAP_GROWSDOWN, MAP_NORESERVE. */
  readonly flags: number
  /** Pieces of one file or shared mapping have the same number, private anonymous memory has 0. */
  readonly origin: number
  /** Bytes into the file (or the shared object) at `start`; 0 for private anonymous memory. */
  readonly offset: number
  /** Known for files mapped executable, private and never writable since: the mapping shows what the file has. Else null. */
  readonly file: FileIdentity | null
  readonly name: '' | '[heap]' | '[stack]' | '[vdso]' | '[vectors]'
  readonly atFork: AtFork
  /** Attached by shmat. */
  readonly shm: boolean
  /** mseal: it stays as it is. The host is not told, for it would not let us protect pages with translated code. */
  readonly isSealed: boolean
}

export type VmaChange = Partial<Pick<Vma, 'prot' | 'atFork' | 'offset' | 'name' | 'file' | 'isSealed'>>

export class VmaList {
  private list: Vma[] = []
  /** Every gap between the base of the last search and `cursor` is at most `hole` bytes. */
  private cursor = 0
  private hole = 0
  private cursorBase = -1

  get length(): number {
    return this.list.length
  }

  all(): readonly Vma[] {
    return this.list
  }

  /** A list of these mappings, which are disjoint and in order. */
  static of(vmas: readonly Vma[]): VmaList {
    const list = new VmaList()
    list.list = [...vmas]
    return list
  }

  /** Goes back to what `all` was before. */
  restore(list: readonly Vma[]): void {
    this.list = [...list]
    this.cursorBase = -1
  }

  copy(keep: (vma: Vma) => boolean): VmaList {
    const copy = new VmaList()
    copy.list = this.list.filter(keep)
    return copy
  }

  /** Index of the first mapping that ends above `address`. */
  private indexAbove(address: number): number {
    let low = 0
    let high = this.list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.list[middle]!.end > address) high = middle
      else low = middle + 1
    }
    return low
  }

  /** The mapping that holds `address`. */
  at(address: number): Vma | undefined {
    const vma = this.list[this.indexAbove(address)]
    return vma && vma.start <= address ? vma : undefined
  }

  /** The first mapping that ends above `address`: it may hold the address or lie above it. */
  above(address: number): Vma | undefined {
    return this.list[this.indexAbove(address)]
  }

  /** End of the last mapping that ends at or below `address`; 0 when there is none. */
  endBelow(address: number): number {
    return this.list[this.indexAbove(address) - 1]?.end ?? 0
  }

  overlaps(start: number, end: number): boolean {
    const vma = this.above(start)
    return vma !== undefined && vma.start < end
  }

  /** The mapped parts of a range, in order, cut to it. */
  pieces(start: number, end: number): Vma[] {
    const result: Vma[] = []
    for (let i = this.indexAbove(start); i < this.list.length && this.list[i]!.start < end; i++) {
      result.push(cut(this.list[i]!, start, end))
    }
    return result
  }

  /** True when some part of the range is sealed. */
  anySealed(start: number, end: number): boolean {
    for (let i = this.indexAbove(start); i < this.list.length && this.list[i]!.start < end; i++) if (this.list[i]!.isSealed) return true
    return false
  }

  /** True when no byte of the range is unmapped. */
  covers(start: number, end: number): boolean {
    let at = start
    for (let i = this.indexAbove(start); at < end; i++) {
      const vma = this.list[i]
      if (!vma || vma.start > at) return false
      at = vma.end
    }
    return true
  }

  /** Adds a mapping to free space. */
  insert(vma: Vma): void {
    const index = this.indexAbove(vma.start)
    const next = this.list[index]
    if (next && next.start < vma.end) throw new Error(`mapping at 0x${vma.start.toString(16)} overlaps another`)
    this.list.splice(index, 0, vma)
    this.merge(index)
    this.merge(index - 1)
  }

  /** Takes a range out; mappings that reach beyond it keep their other parts. */
  remove(start: number, end: number): void {
    const first = this.indexAbove(start)
    let last = first
    while (last < this.list.length && this.list[last]!.start < end) last++
    if (first === last) return
    const rest: Vma[] = []
    const low = this.list[first]!
    const high = this.list[last - 1]!
    if (low.start < start) rest.push(cut(low, low.start, start))
    if (high.end > end) rest.push(cut(high, end, high.end))
    this.list.splice(first, last - first, ...rest)
    if (start < this.cursor)
      this.cursor = first > 0 ? Math.min(this.cursor, Math.max(this.list[first - 1]!.end, this.cursorBase)) : this.cursorBase
  }

  /** Changes attributes of the mapped parts of a range. */
  change(start: number, end: number, change: VmaChange): void {
    const changed = this.pieces(start, end).map((piece) => ({ ...piece, ...change }))
    if (changed.length === 0) return
    const cursor = this.cursor
    this.remove(start, end)
    for (const piece of changed) this.insert(piece)
    this.cursor = cursor
  }

  /** A growing stack has grown down to `start`. */
  grow(vma: Vma, start: number): void {
    const index = this.indexAbove(vma.start)
    this.list[index] = { ...vma, start }
  }

  private merge(index: number): void {
    const a = this.list[index]
    const b = this.list[index + 1]
    if (a && b && mergeable(a, b)) this.list.splice(index, 2, { ...a, end: b.end })
  }

  /** A free range that a mapping may take without coming too near to a growing stack. */
  isFree(start: number, end: number): boolean {
    const next = this.above(start)
    return next === undefined || end <= lowestUse(next)
  }

  /** Lowest free range of `length` bytes within [base, limit), a multiple of `align`; -1 when there is none. */
  findFree(base: number, limit: number, length: number, align: number): number {
    if (align > 4096) return this.search(base, limit, length, align)
    if (this.cursorBase !== base || length <= this.hole || this.cursor < base) {
      this.cursorBase = base
      this.cursor = base
      this.hole = 0
    }
    const found = this.search(this.cursor, limit, length, align)
    if (found >= 0) this.cursor = found
    return found
  }

  /** Lowest free range of `length` bytes from `from` on; -1 when there is none before `limit`. */
  findBehind(from: number, limit: number, length: number, align: number): number {
    const { hole } = this
    const found = this.search(from, limit, length, align)
    this.hole = hole
    return found
  }

  private search(from: number, limit: number, length: number, align: number): number {
    let at = Math.ceil(from / align) * align
    for (let i = this.indexAbove(at); ; i++) {
      const vma = this.list[i]
      const end = vma ? Math.min(lowestUse(vma), limit) : limit
      if (at + length <= end) return at
      if (!vma || vma.end >= limit) return -1
      if (end > at) this.hole = Math.max(this.hole, end - at)
      at = Math.ceil(Math.max(at, vma.end) / align) * align
    }
  }
}

/** A growing stack keeps a gap below it. */
function lowestUse(vma: Vma): number {
  return vma.flags & MAP_GROWSDOWN ? vma.start - STACK_GUARD_GAP : vma.start
}

function cut(vma: Vma, start: number, end: number): Vma {
  if (vma.start >= start && vma.end <= end) return vma
  const from = Math.max(vma.start, start)
  const offset = vma.origin === 0 ? 0 : vma.offset + (from - vma.start)
  return { ...vma, start: from, end: Math.min(vma.end, end), offset }
}

function mergeable(a: Vma, b: Vma): boolean {
  return (
    a.end === b.start &&
    a.prot === b.prot &&
    a.flags === b.flags &&
    a.origin === b.origin &&
    a.name === b.name &&
    a.atFork === b.atFork &&
    a.shm === b.shm &&
    a.isSealed === b.isSealed &&
    a.file?.key === b.file?.key &&
    (a.origin === 0 || a.offset + (a.end - a.start) === b.offset)
  )
}
