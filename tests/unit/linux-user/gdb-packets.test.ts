/** What goes between gdb and the stub: packets, numbers of signals, the target description. */
import { describe, expect, it } from 'vitest'
import { aarch64Gdb } from '../../../linux-user/arch/aarch64-gdb.ts'
import { armGdb } from '../../../linux-user/arch/arm-gdb.ts'
import { framed, type Incoming, PacketReader, parseThread, part } from '../../../linux-user/gdb/packets.ts'
import { fromGdb, toGdb } from '../../../linux-user/gdb/signal-numbers.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const packet = (data: string, isValid = true): Incoming => ({ kind: 'packet', data, isValid })

describe('packets', () => {
  it('are cut out of a stream, whatever its pieces', () => {
    const stream = '+$g#67+\x03$m10,4#2e-$#00$OK#00'
    const expected = [packet('g'), { kind: 'interrupt' }, packet('m10,4'), { kind: 'nak' }, packet(''), packet('OK', false)]
    expect(new PacketReader().feed(bytes(stream))).toEqual(expected)
    const reader = new PacketReader()
    expect([...stream].flatMap((char) => reader.feed(bytes(char)))).toEqual(expected)
  })

  it('carry every byte', () => {
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, n) => n))
    const sent = framed(all)
    expect(new PacketReader().feed(sent)).toEqual([packet(all)])
    // No byte inside that means something outside.
    const inside = Buffer.from(sent.subarray(1, -3)).toString('latin1')
    expect(inside).not.toMatch(/[$#*]/)
  })

  it('with a checksum of the escaped bytes', () => {
    expect(Buffer.from(framed('OK')).toString()).toBe('$OK#9a')
    expect(Buffer.from(framed('a}b')).toString()).toBe('$a}]b#9d')
  })

  it('name threads', () => {
    expect(parseThread('p1a.2b')).toEqual({ pid: 0x1a, tid: 0x2b })
    expect(parseThread('p1a.-1')).toEqual({ pid: 0x1a, tid: -1 })
    expect(parseThread('p-1')).toEqual({ pid: -1, tid: -1 })
    expect(parseThread('-1')).toEqual({ pid: 0, tid: -1 })
    expect(parseThread('0')).toEqual({ pid: 0, tid: 0 })
  })

  it('give parts of objects', () => {
    expect(part('abcdef', '0,4')).toBe('mabcd')
    expect(part('abcdef', '4,4')).toBe('lef')
    expect(part('abcdef', '6,4')).toBe('l')
  })
})

describe('signals', () => {
  it('have gdb’s numbers', () => {
    // include/gdb/signals.def
    const known: readonly (readonly [number, number])[] = [
      [1, 1],
      [2, 2],
      [5, 5],
      [6, 6],
      [7, 10],
      [8, 8],
      [9, 9],
      [10, 30],
      [11, 11],
      [12, 31],
      [13, 13],
      [17, 20],
      [19, 17],
      [31, 12],
      [32, 77],
      [33, 45],
      [63, 75],
      [64, 78], // biome-ignore format: pairs
    ]
    for (const [linux, gdb] of known) expect(toGdb(linux), `signal ${linux}`).toBe(gdb)
  })

  it('come back', () => {
    const STKFLT = 16
    for (let signal = 1; signal <= 64; signal++) if (signal !== STKFLT) expect(fromGdb(toGdb(signal))).toBe(signal)
    expect(toGdb(0)).toBe(0)
    expect(fromGdb(0)).toBe(0)
  })
})

describe.each([
  ['AArch64', aarch64Gdb, { x29: 29, sp: 31, pc: 32, cpsr: 33, fpsr: 66 }],
  ['32-bit ARM', armGdb, { r11: 11, sp: 13, pc: 15, cpsr: 25, d0: 26, fpscr: 58 }],
] as const)('registers of %s', (_name, target, numbers) => {
  it('stand in the target description as they are numbered', () => {
    let next = 0
    const listed = [...target.xml.matchAll(/<reg name="(\w+)" bitsize="(\d+)"(?: regnum="(\d+)")?/g)].map(([, name, bits, number]) => {
      next = number === undefined ? next : Number(number)
      return { name, size: Number(bits) / 8, number: next++ }
    })
    expect(listed).toEqual(target.registers.map(({ name, size, number }) => ({ name, size, number })))
    expect(Object.fromEntries(listed.map(({ name, number }) => [name, number]))).toMatchObject(numbers)
    expect(target.expedited).toEqual(Object.values(numbers).slice(0, 3))
  })
})

describe('breakpoints', () => {
  it('are of AArch64 at instructions only', () => {
    expect(aarch64Gdb.breakpoint(0x1002, 4)).toBe(null)
    expect(aarch64Gdb.breakpoint(0x1004, 4)).toEqual(Uint8Array.of(0, 0, 0x20, 0xd4))
  })

  it('are of 32-bit ARM as their kinds say', () => {
    expect(armGdb.breakpoint(0x1002, 4)).toBe(null)
    expect(armGdb.breakpoint(0x1004, 4)).toEqual(Uint8Array.of(0x70, 0, 0x20, 0xe1))
    for (const kind of [2, 3]) expect(armGdb.breakpoint(0x1002, kind)).toEqual(Uint8Array.of(0, 0xbe))
    expect(armGdb.breakpoint(0x1001, 2)).toBe(null)
    expect(armGdb.breakpoint(0x1004, 7)).toBe(null)
  })
})
