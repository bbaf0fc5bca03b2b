/**
 * Copies of guest pages that code is translated from, so that not every region asks the runner, which sleeps meanwhile, for its page. A copy is right
 * as long as the page is protected for translated code: who is told of a change drops it.
 */
import { PAGE_SIZE } from './mman.ts'

/** 2 MiB; beyond them all are forgotten. */
const MOST_PAGES = 512

/** Buffers of copies that are of no use any more: what is allocated anew for each page that is read keeps the garbage collector busy. */
const spare: Uint8Array[] = []
const MOST_SPARE = 64

/** A copy of a page; whoever has it may `discard` it, when nobody reads it any more. */
export function copyPage(bytes: Uint8Array): Uint8Array {
  const copy = spare.pop() ?? new Uint8Array(PAGE_SIZE)
  copy.set(bytes)
  return copy
}

export function discardPage(copy: Uint8Array): void {
  if (spare.length < MOST_SPARE) spare.push(copy)
}

export class PageBytes {
  private readonly pages = new Map<number, Uint8Array>()

  /** The bytes of the page at `address`, a multiple of PAGE_SIZE. */
  get(address: number): Uint8Array | undefined {
    return this.pages.get(address)
  }

  /** Keeps a copy of `bytes`, which it returns. */
  keep(address: number, bytes: Uint8Array): Uint8Array {
    if (this.pages.size >= MOST_PAGES) this.pages.clear()
    const copy = copyPage(bytes)
    this.pages.set(address, copy)
    return copy
  }

  /** The pages of [start, end) have changed, or may change unnoticed from now on. */
  drop(start: number, end: number): void {
    if (this.pages.size === 0) return
    if ((end - start) / PAGE_SIZE <= this.pages.size) {
      for (let page = start - (start % PAGE_SIZE); page < end; page += PAGE_SIZE) this.forget(page)
    } else {
      for (const page of this.pages.keys()) if (page + PAGE_SIZE > start && page < end) this.forget(page)
    }
  }

  private forget(page: number): void {
    const copy = this.pages.get(page)
    if (copy === undefined) return
    this.pages.delete(page)
    discardPage(copy)
  }
}
