import { describe, expect, test } from 'vitest'
import { CodePages } from '../../../linux-user/code-pages.ts'
import { PAGE_SIZE } from '../../../linux-user/mman.ts'

describe('code pages within a range', () => {
  const pages = [0x10, 0x11, 0x1ff, 0x200, 0x3ff, 0x400, 0x7f_ffff, 0x80_0000]
  const bounds = [0, 0x10, 0x11, 0x12, 0x1ff, 0x200, 0x201, 0x400, 0x401, 0x7f_ffff, 0x80_0000, 0x80_0001, 0x100_0000]
  const ranges = bounds.flatMap((from, n) => bounds.slice(n).map((to) => [from, to] as const))
  const expected = (from: number, to: number, left: readonly number[]) =>
    left.filter((page) => page >= from && page < to).map((page) => page * PAGE_SIZE)

  function make(): CodePages {
    const code = new CodePages()
    for (const page of pages.toReversed()) code.add(page * PAGE_SIZE, page % 2 === 0)
    return code
  }

  test('short and long ones, ascending', () => {
    const code = make()
    const isProtected = pages.filter((page) => page % 2 === 0)
    for (const [from, to] of ranges) {
      expect(code.within(from * PAGE_SIZE, to * PAGE_SIZE)).toEqual(expected(from, to, pages))
      expect(code.within(from * PAGE_SIZE, to * PAGE_SIZE, true)).toEqual(expected(from, to, isProtected))
    }
  })

  test('after some were dropped, and of a copy', () => {
    for (const [start, end] of ranges) {
      const code = make()
      const left = pages.filter((page) => page < start || page >= end)
      expect(code.drop(start * PAGE_SIZE, end * PAGE_SIZE, false)).toBe(left.length < pages.length)
      for (const [from, to] of ranges) expect(code.copy().within(from * PAGE_SIZE, to * PAGE_SIZE)).toEqual(expected(from, to, left))
    }
  })
})
