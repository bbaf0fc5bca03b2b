/**
 * The guest pages from which code was translated. A page whose mapping the guest may write is protected: the
 * host maps it read-only, so that a write faults and the translations go before the page changes. A page that
 * is written too often may stay unprotected; the translator then makes code that checks its own bytes.
 */
import { PAGE_SIZE } from './mman.ts'

const PROTECTED = 1
const UNPROTECTED = 2

export interface CodePagesEstate {
  readonly pages: ReadonlyMap<number, number>
  readonly writes: ReadonlyMap<number, number>
}

/** Pages are also known by blocks of so many, as programs have them in a few places and map and unmap large ranges elsewhere. */
const BLOCK = 512
/** Ranges of so many pages are looked at page by page. */
const FEW_PAGES = 16

export class CodePages {
  /** page number -> PROTECTED or UNPROTECTED */
  private readonly pages = new Map<number, number>()
  /** The same pages by block number; no block is empty. */
  private readonly blocks = new Map<number, Set<number>>()
  /** page number -> how often a write took its translations away */
  private readonly writes = new Map<number, number>()

  get size(): number {
    return this.pages.size
  }

  has(address: number): boolean {
    return this.pages.has(Math.floor(address / PAGE_SIZE))
  }

  isProtected(address: number): boolean {
    return this.pages.get(Math.floor(address / PAGE_SIZE)) === PROTECTED
  }

  add(address: number, isProtected: boolean): void {
    this.enter(Math.floor(address / PAGE_SIZE), isProtected ? PROTECTED : UNPROTECTED)
  }

  private enter(page: number, state: number): void {
    this.pages.set(page, state)
    const number = Math.floor(page / BLOCK)
    const block = this.blocks.get(number)
    if (block === undefined) this.blocks.set(number, new Set([page]))
    else block.add(page)
  }

  private delete(page: number): void {
    this.pages.delete(page)
    const number = Math.floor(page / BLOCK)
    const block = this.blocks.get(number)
    block?.delete(page)
    if (block?.size === 0) this.blocks.delete(number)
  }

  countWrite(address: number): void {
    const page = Math.floor(address / PAGE_SIZE)
    this.writes.set(page, (this.writes.get(page) ?? 0) + 1)
  }

  writeCount(address: number): number {
    return this.writes.get(Math.floor(address / PAGE_SIZE)) ?? 0
  }

  /** Addresses of code pages within a range, ascending. */
  within(start: number, end: number, onlyProtected = false): number[] {
    const first = Math.floor(start / PAGE_SIZE)
    const last = Math.ceil(end / PAGE_SIZE)
    const found: number[] = []
    const take = (page: number): void => {
      const state = this.pages.get(page)
      if (state !== undefined && (!onlyProtected || state === PROTECTED)) found.push(page * PAGE_SIZE)
    }
    if (last - first <= FEW_PAGES) {
      for (let page = first; page < last; page++) take(page)
      return found
    }
    const takeBlock = (block: Iterable<number>): void => {
      for (const page of block) if (page >= first && page < last) take(page)
    }
    const [from, to] = [Math.floor(first / BLOCK), Math.floor((last - 1) / BLOCK)]
    if (to - from < this.blocks.size) for (let n = from; n <= to; n++) takeBlock(this.blocks.get(n) ?? [])
    else for (const [n, block] of this.blocks) if (n >= from && n <= to) takeBlock(block)
    return found.sort((a, b) => a - b)
  }

  /** Forgets the code pages of a range; `counts` also forgets how often they were written. True if there were any. */
  drop(start: number, end: number, counts: boolean): boolean {
    const found = this.within(start, end)
    for (const address of found) this.delete(address / PAGE_SIZE)
    if (counts && this.writes.size > 0) {
      for (const page of [...this.writes.keys()]) if (page * PAGE_SIZE >= start && page * PAGE_SIZE < end) this.writes.delete(page)
    }
    return found.length > 0
  }

  /** All there is to know, as data. */
  get estate(): CodePagesEstate {
    return { pages: this.pages, writes: this.writes }
  }

  static of({ pages, writes }: CodePagesEstate): CodePages {
    const made = new CodePages()
    for (const [page, state] of pages) made.enter(page, state)
    for (const [page, count] of writes) made.writes.set(page, count)
    return made
  }

  copy(): CodePages {
    return CodePages.of(this.estate)
  }
}

/** Neighbouring pages of an ascending list of page addresses as [start, end) runs. */
export function runs(pages: readonly number[]): [number, number][] {
  const result: [number, number][] = []
  for (const page of pages) {
    const last = result[result.length - 1]
    if (last && last[1] === page) last[1] = page + PAGE_SIZE
    else result.push([page, page + PAGE_SIZE])
  }
  return result
}
