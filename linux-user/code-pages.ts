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

export class CodePages {
  /** page number -> PROTECTED or UNPROTECTED */
  private readonly pages = new Map<number, number>()
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
    this.pages.set(Math.floor(address / PAGE_SIZE), isProtected ? PROTECTED : UNPROTECTED)
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
    if (this.pages.size === 0) return found
    const take = (page: number, state: number | undefined): void => {
      if (state !== undefined && (!onlyProtected || state === PROTECTED)) found.push(page * PAGE_SIZE)
    }
    if (last - first <= this.pages.size) {
      for (let page = first; page < last; page++) take(page, this.pages.get(page))
    } else {
      for (const [page, state] of this.pages) if (page >= first && page < last) take(page, state)
      found.sort((a, b) => a - b)
    }
    return found
  }

  /** Forgets the code pages of a range; `counts` also forgets how often they were written. True if there were any. */
  drop(start: number, end: number, counts: boolean): boolean {
    const found = this.within(start, end)
    for (const address of found) this.pages.delete(address / PAGE_SIZE)
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
    for (const [page, state] of pages) made.pages.set(page, state)
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
