/**
 * Instructions as the formers read them: the bytes of guest pages -> words of rows. An instruction may reach over the end of its page; then the next page's
 * first bytes are asked for, too.
 */
import type { InsnLayout } from '../guest/targets.ts'

export const PAGE_SIZE = 4096

/** The bytes of the guest page at an address (a multiple of PAGE_SIZE), null if it may not be executed. They are good until the next page is asked for. */
export type PageSource = (address: number) => Uint8Array | null

export function pageBase(address: number): number {
  return address - (address % PAGE_SIZE)
}

/** Four bytes at `offset`, little-endian; what lies behind the end reads as zero. */
export function rawAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)
}

/** Does the instruction at `pc`, of a page with the bytes `page`, reach over its end? */
export function isCut(layout: InsnLayout, pc: number, page: Uint8Array): boolean {
  const offset = layout.codeAddress(pc) % PAGE_SIZE
  if (offset + layout.longestInsn <= PAGE_SIZE) return false
  return offset + layout.insnSize(pc, layout.insnWord(pc, rawAt(page, offset))) > PAGE_SIZE
}

/**
 * The page that the instruction at `pc` begins in, and behind it as many bytes of the next as that instruction may reach into, if it does. Null if they may not be
 * executed.
 */
export function pageOf(layout: InsnLayout, pc: number, pages: PageSource): Uint8Array | null {
  const base = pageBase(layout.codeAddress(pc))
  const page = pages(base)
  if (page === null || !isCut(layout, pc, page)) return page
  const whole = new Uint8Array(PAGE_SIZE + layout.longestInsn)
  whole.set(page)
  const next = pages(base + PAGE_SIZE)
  if (next === null) return null
  whole.set(next.subarray(0, layout.longestInsn), PAGE_SIZE)
  return whole
}

/** The word of the instruction at `pc`, of `page` (`pageOf`). */
export function wordIn(layout: InsnLayout, pc: number, page: Uint8Array): number {
  return layout.insnWord(pc, rawAt(page, layout.codeAddress(pc) % PAGE_SIZE))
}
