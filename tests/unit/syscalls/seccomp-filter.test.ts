/** Filters as the kernel takes and runs them; what a guest sees of them is tests/real/syscalls/seccomp.c. */
import { describe, expect, test } from 'vitest'
import { createFilter, type Filter, judge, SECCOMP_DATA_SIZE } from '../../../syscalls/seccomp-filter.ts'

type Instruction = readonly [code: number, jt: number, jf: number, k: number]

function filter(program: readonly Instruction[], previous: Filter | null = null): Filter | number {
  const bytes = new Uint8Array(program.length * 8)
  const view = new DataView(bytes.buffer)
  for (const [n, [code, jt, jf, k]] of program.entries()) {
    view.setUint16(8 * n, code, true)
    view.setUint8(8 * n + 2, jt)
    view.setUint8(8 * n + 3, jf)
    view.setUint32(8 * n + 4, k, true)
  }
  return createFilter(bytes, previous)
}

function ask(program: readonly Instruction[], words: readonly number[] = []): number {
  const made = filter(program)
  if (typeof made === 'number') throw new Error(`not taken: ${made}`)
  const data = new Uint32Array(SECCOMP_DATA_SIZE / 4)
  data.set(words)
  return judge(made, data)
}

const RETURN_A: Instruction = [0x16, 0, 0, 0]
const immediate = (value: number): Instruction => [0x00, 0, 0, value]
const toX: Instruction = [0x07, 0, 0, 0]

describe('arithmetic is of 32 bits', () => {
  const operations: readonly [name: string, code: number, a: number, x: number, result: number][] = [
    ['add', 0x0c, 0xffff_ffff, 2, 1],
    ['sub', 0x1c, 1, 2, 0xffff_ffff],
    ['mul', 0x2c, 0xffff_ffff, 0xffff_ffff, 1],
    ['div', 0x3c, 0xffff_fffe, 3, 0x5555_5554],
    ['or', 0x4c, 0x8000_0000, 1, 0x8000_0001],
    ['and', 0x5c, 0xffff_0000, 0x8001_8001, 0x8001_0000],
    ['lsh', 0x6c, 3, 31, 0x8000_0000],
    ['rsh', 0x7c, 0x8000_0000, 31, 1],
    ['xor', 0xac, 0xffff_ffff, 1, 0xffff_fffe],
  ]
  test.each(operations)('%s', (_name, code, a, x, result) => {
    // Negative actions are the least, so only the top bits of what is returned matter to judge: look at both halves.
    const program: Instruction[] = [
      immediate(x),
      toX,
      immediate(a),
      [code, 0, 0, 0],
      [0x15, 1, 0, result],
      [0x06, 0, 0, 0],
      [0x06, 0, 0, 0x7ffc_0000],
    ]
    expect(ask(program)).toBe(0x7ffc_0000)
  })
  test('division by zero ends the program with 0', () => {
    expect(ask([immediate(0), toX, immediate(5), [0x3c, 0, 0, 0], RETURN_A])).toBe(0)
  })
})

test('the strictest of several filters decides, signed', () => {
  const allow = filter([[0x06, 0, 0, 0x7fff_0000]]) as Filter
  const fails = filter([[0x06, 0, 0, 0x0005_0001]], allow) as Filter
  const kills = filter([[0x06, 0, 0, 0x8000_0000]], fails) as Filter
  const data = new Uint32Array(SECCOMP_DATA_SIZE / 4)
  expect(judge(allow, data)).toBe(0x7fff_0000)
  expect(judge(fails, data)).toBe(0x0005_0001)
  expect(judge(kills, data)).toBe(0x8000_0000)
})

test('what depends on the number alone is kept, what looks at arguments is not', () => {
  const made = filter([
    [0x20, 0, 0, 0],
    [0x15, 0, 1, 7],
    [0x06, 0, 0, 0x0005_0001],
    [0x20, 0, 0, 16],
    [0x15, 0, 1, 9],
    [0x06, 0, 0, 0x0005_0002],
    [0x06, 0, 0, 0x7fff_0000],
  ]) as Filter
  const data = new Uint32Array(SECCOMP_DATA_SIZE / 4)
  data[0] = 7
  expect(judge(made, data)).toBe(0x0005_0001)
  data[0] = 8
  expect(judge(made, data)).toBe(0x7fff_0000)
  data[4] = 9
  expect(judge(made, data)).toBe(0x0005_0002)
  expect([...made.constant.keys()]).toEqual([7])
})

test('memory that was not written on every way is not read', () => {
  const ways = (store: Instruction): Instruction[] => [[0x20, 0, 0, 0], [0x15, 0, 1, 1], store, [0x60, 0, 0, 2], RETURN_A]
  expect(filter(ways([0x02, 0, 0, 2]))).toBe(-22)
  expect(filter([[0x02, 0, 0, 2], ...ways([0x02, 0, 0, 2])])).not.toBe(-22)
})
