/**
 * The pages that a code space has translations of, by page number, and what each shows; and, in front of the space's code area, a filter of them that runners read: a bit for
 * each of 2^16 classes of pages, set if there may be translations of a page of the class. So a runner finds out by itself that there are none of a page
 * (syscalls/memory-thunks.ts). A bit is set before a page's first translation can be reached.
 */
import type { CodeArea } from '../src/host/code-area.ts'
import { PAGE_FILTER, PAGE_FILTER_CLASSES, PAGE_FILTER_SALT, PAGE_FILTER_SIZE } from '../src/runtime/layout.ts'

/** A class with so many pages stays one with translations. */
const MOST = 0xff

/** Neighbouring pages are of neighbouring classes, but for the ends of blocks of as many pages as there are classes. */
function classOf(page: number): number {
  return (page + Math.imul(Math.floor(page / PAGE_FILTER_CLASSES), PAGE_FILTER_SALT)) & (PAGE_FILTER_CLASSES - 1)
}

export class KnownPages {
  private readonly shown = new Map<number, string>()
  private readonly area: Pick<CodeArea, 'view'>
  private words: Int32Array | null = null
  private counts: Uint8Array | null = null

  constructor(area: Pick<CodeArea, 'view'>) {
    this.area = area
  }

  get size(): number {
    return this.shown.size
  }

  has(page: number): boolean {
    return this.shown.has(page)
  }

  get(page: number): string | undefined {
    return this.shown.get(page)
  }

  keys(): IterableIterator<number> {
    return this.shown.keys()
  }

  [Symbol.iterator](): IterableIterator<[number, string]> {
    return this.shown[Symbol.iterator]()
  }

  set(page: number, shows: string): void {
    if (!this.shown.has(page)) this.count(classOf(page), 1)
    this.shown.set(page, shows)
  }

  delete(page: number): void {
    if (this.shown.delete(page)) this.count(classOf(page), -1)
  }

  clear(): void {
    this.shown.clear()
    this.counts?.fill(0)
    this.words?.fill(0)
  }

  private count(n: number, change: 1 | -1): void {
    this.words ??= new Int32Array(this.area.view(PAGE_FILTER, PAGE_FILTER_SIZE))
    this.counts ??= new Uint8Array(PAGE_FILTER_CLASSES)
    const count = this.counts[n]!
    if (count === MOST) return
    this.counts[n] = count + change
    if (count + change === 0) Atomics.and(this.words, n >> 5, ~(1 << (n & 31)))
    else if (count === 0) Atomics.or(this.words, n >> 5, 1 << (n & 31))
  }
}
