/** ELF files of every class and byte order, good and bad: what comes out is exact, or one clause saying why not. */
import { describe, expect, it } from 'vitest'
import { describeMachine, type Elf, type ElfProblem, isElfProblem, readElf } from '../../../src/elf/elf.ts'
import { type BuiltElf, buildElf } from '../../lib/elf-builder.ts'

function read(file: Uint8Array): Elf | ElfProblem {
  return readElf((offset, length) => file.subarray(offset, offset + length), file.length)
}

function elf(spec: BuiltElf): Elf {
  const result = read(buildElf(spec))
  if (isElfProblem(result)) throw new Error(result.reason)
  return result
}

function problem(spec: BuiltElf): string {
  const result = read(buildElf(spec))
  return isElfProblem(result) ? result.reason : 'loads'
}

const path = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`)
const load = { type: 1, flags: 5, offset: 0, vaddr: 0x400000, filesz: 0x1000, memsz: 0x1800 }
const good: BuiltElf = { segments: [load], size: 0x1000 }

describe('good files', () => {
  for (const elfClass of [32, 64] as const) {
    for (const littleEndian of [true, false]) {
      it(`${elfClass} bit, ${littleEndian ? 'little' : 'big'} endian`, () => {
        const result = elf({
          elfClass,
          littleEndian,
          type: 3,
          machine: 40,
          entry: 0x401234,
          segments: [
            { type: 6, offset: 64, vaddr: 0x400040, filesz: 99, memsz: 99 },
            { type: 3, offset: 0x800, vaddr: 0x400800, filesz: 11, memsz: 11 },
            { type: 1, flags: 6, offset: 0x1000, vaddr: 0x411000, filesz: 0x20, memsz: 0x5000, align: 0x10000 },
            load,
            { type: 0x6474e551, flags: 7 },
            { type: 0x65a3dbe6, offset: 0xffffffff, vaddr: 0xffffffff, filesz: 0xffffffff },
          ],
          contents: [{ offset: 0x800, bytes: path('/lib/ld.so') }],
          size: 0x1020,
        })
        expect(result).toMatchObject({ elfClass, littleEndian, positionIndependent: true, machine: 40, entry: 0x401234 })
        expect(result).toMatchObject({ programHeaderCount: 6, executableStack: true, start: 0x400000, end: 0x416000 })
        expect(result.programHeaderAddress).toBe(elfClass === 64 ? 0x400040 : 0x400034)
        expect(new TextDecoder().decode(result.interpreter!)).toBe('/lib/ld.so')
        expect(result.loads.map((s) => [s.vaddr, s.filesz, s.memsz, s.flags, s.align])).toEqual([
          [0x400000, 0x1000, 0x1800, 5, 0x1000],
          [0x411000, 0x20, 0x5000, 6, 0x10000],
        ])
        expect(describeMachine(result)).toBe(`${elfClass}-bit ${littleEndian ? 'little' : 'big'}-endian Arm`)
      })
    }
  }

  it('program headers far behind the data, and values up to the address limit', () => {
    const result = elf({ phoff: 0x5000, segments: [{ ...load, vaddr: 0x7fff_0000_0000 }], entry: 2 ** 53 - 1 })
    expect(result.start).toBe(0x7fff_0000_0000)
    expect(result.entry).toBe(2 ** 53 - 1)
    expect(result.programHeaderAddress).toBe(0)
  })

  it('an alignment that is none counts as none', () => {
    for (const align of [0, 1, 3, 0xffff_ffff_ffff_ffffn]) expect(elf({ ...good, segments: [{ ...load, align }] }).loads[0]!.align).toBe(1)
  })
})

describe('bad files', () => {
  const cases: [string, BuiltElf, string][] = [
    ['an object file', { ...good, type: 1 }, 'is an object file, not a program'],
    ['a core dump', { ...good, type: 4 }, 'is a core dump, not a program'],
    ['no program headers', { segments: [] }, 'has no program headers'],
    ['odd program headers', { ...good, phentsize: 57 }, 'has program headers of 57 bytes instead of 56'],
    ['too many program headers', { ...good, phnum: 0xffff }, 'has too many program headers (65535)'],
    ['program headers behind the end', { ...good, phoff: 0x10000, size: 0x1000 }, 'is truncated: it ends within its program headers'],
    ['nothing to load', { segments: [{ type: 2 }] }, 'has nothing to load'],
    ['a segment cut off', { ...good, size: 0xfff }, 'is truncated: segment 0 ends at byte 4096, the file at byte 4095'],
    [
      'file larger than memory',
      { ...good, segments: [{ ...load, memsz: 1 }] },
      'has more bytes in the file (4096) than in memory (1) in segment 0',
    ],
    [
      'an address above 2^53',
      { ...good, segments: [{ ...load, vaddr: 0xffff_0000_0040_0000n }] },
      'has the vaddr 0xffff000000400000 in segment 0, outside the address space',
    ],
    [
      'a size above 2^53',
      { ...good, segments: [{ ...load, memsz: 2n ** 63n }] },
      'has the memsz 0x8000000000000000 in segment 0, outside the address space',
    ],
    [
      'a huge segment',
      { ...good, segments: [{ ...load, memsz: 2 ** 47 }] },
      'has segment 0 at 0x400000 of 0x800000000000 bytes, outside the address space',
    ],
    [
      'overlap',
      { ...good, segments: [load, { ...load, vaddr: 0x401000, memsz: 0x1000 }] },
      'has overlapping segments at 0x400000 and 0x401000',
    ],
    [
      'offset and address',
      { ...good, segments: [{ ...load, offset: 8, filesz: 8 }] },
      'has segment 0 at file offset 0x8 and address 0x400000, which differ within a page',
    ],
    ['entry above 2^53', { ...good, entry: 2n ** 60n }, 'has its entry point at 0x1000000000000000, outside the address space'],
    ['interpreter of one byte', { ...good, segments: [load, { type: 3, offset: 0x100, filesz: 1 }] }, 'has an interpreter path of 1 bytes'],
    [
      'interpreter behind the end',
      { ...good, segments: [load, { type: 3, offset: 0x1000, filesz: 9 }] },
      'is truncated: it ends within the path of its interpreter',
    ],
    ['empty interpreter', { ...good, segments: [load, { type: 3, offset: 0x800, filesz: 9 }] }, 'has an empty interpreter path'],
  ]
  for (const [name, spec, reason] of cases) {
    it(name, () => expect(problem(spec)).toBe(reason))
  }

  it('program header offset above 2^53', () => {
    const file = buildElf(good)
    file.fill(0xff, 32, 40)
    expect(read(file)).toEqual({ reason: 'is truncated: it ends within its program headers' })
  })

  it('unterminated interpreter', () => {
    const spec = { ...good, segments: [load, { type: 3, offset: 0x800, filesz: 3 }], contents: [{ offset: 0x800, bytes: path('abc') }] }
    expect(problem(spec)).toBe('has an interpreter path that does not end')
  })

  it('no ELF at all', () => {
    expect(read(new Uint8Array(0))).toEqual({ reason: 'is empty', notElf: true })
    expect(read(new TextEncoder().encode('hello'))).toEqual({ reason: 'is not an ELF program', notElf: true })
    const odd = buildElf(good)
    odd[4] = 9
    expect(read(odd)).toEqual({ reason: 'has the unknown ELF class 9' })
    odd[4] = 2
    odd[5] = 0
    expect(read(odd)).toEqual({ reason: 'has the unknown ELF byte order 0' })
  })

  it('every truncation of a file says so', () => {
    const file = buildElf(good)
    for (let length = 4; length < 64 + 56; length++) {
      const result = read(file.subarray(0, length))
      expect(isElfProblem(result) && result.reason).toMatch(/^is truncated: /)
    }
  })

  it('a file that shrinks while it is read', () => {
    const file = buildElf(good)
    const result = readElf((offset, length) => (offset === 0 ? file.subarray(0, length) : new Uint8Array(0)), file.length)
    expect(isElfProblem(result) && result.reason).toBe('is truncated: it ends within its program headers')
  })
})

describe('10,000 mutated headers', () => {
  it('always a program that is safe to lay out, or one clause', () => {
    const seed = Number(process.env['SEED'] ?? 1)
    const random = lcg(seed)
    let loaded = 0
    for (let i = 0; i < 10_000; i++) {
      const file = buildElf({
        elfClass: i & 1 ? 64 : 32,
        littleEndian: (i & 2) === 0,
        segments: [load, { type: 3, offset: 0x200, filesz: 11 }, { ...load, vaddr: 0x480000 }],
        contents: [{ offset: 0x200, bytes: path('/lib/ld.so') }],
        size: 0x1000,
      })
      const changes = 1 + (random() % 4)
      for (let k = 0; k < changes; k++) {
        const at = 4 + (random() % 220)
        file[at] = [0, 0xff, 0x80, 1, random() & 255][random() % 5]!
      }
      const result = read(file)
      if (isElfProblem(result)) {
        expect(result.reason, `SEED=${seed} case ${i}`).toMatch(/^(is|has) [^\n]{3,160}$/)
        continue
      }
      loaded++
      let end = 0
      for (const s of result.loads) {
        expect(
          s.vaddr >= end && s.filesz <= s.memsz && (s.filesz === 0 || s.offset + s.filesz <= file.length),
          `SEED=${seed} case ${i}`,
        ).toBe(true)
        end = s.vaddr + s.memsz
        expect(Number.isSafeInteger(end) && end <= 2 ** 47).toBe(true)
      }
    }
    expect(loaded).toBeGreaterThan(1000)
  })
})

/** Deterministic 31-bit random numbers. */
function lcg(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 1
  }
}
