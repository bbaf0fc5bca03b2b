/** Layouts against sizeof and offsetof of the real C headers (recorded by tests/lib/record-layouts.ts), and conversion between them. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { aarch64, arm, x64 } from '../../../syscalls/abi/abi.ts'
import {
  allShapes,
  convertStruct,
  type DataModel,
  fieldOf,
  layout,
  layoutsAgree,
  misfit,
  readField,
  shape,
  writeField,
} from '../../../syscalls/abi/shape.ts'
import { epollEvent, stat, stat64 } from '../../../syscalls/abi/shapes-files.ts'
import { rlimit, semidDs, sigaction } from '../../../syscalls/abi/shapes-process.ts'
import '../../../syscalls/abi/shapes-sockets.ts'

interface Recorded {
  readonly [flavour: string]: { readonly [shape: string]: { readonly size?: number; readonly fields: { readonly [name: string]: number } } }
}
const recorded: Recorded = JSON.parse(readFileSync(new URL('layouts.recorded.json', import.meta.url), 'utf8'))

/** Structures that the recorded headers do not have: newer than Linux 6.1, or the kernel's own. */
const unrecorded = ['cachestat_range', 'cachestat', 'ustat', 'timeval64', 'old_sigaction', 'layout_test', 'layout_wrong']

/** Only 32-bit ABIs have them, or their headers do not say what the kernel has. */
const notIn: { readonly [flavour: string]: readonly string[] } = {
  x64: ['stat64', 'statfs64', 'flock64'],
  aarch64: ['stat64', 'statfs64', 'flock64'],
  arm: ['sigaction'],
}

for (const abi of [x64, aarch64, arm]) {
  describe(abi.flavour, () => {
    for (const [name, declared] of allShapes()) {
      if (name.startsWith('(') || unrecorded.includes(name) || notIn[abi.flavour]!.includes(name)) continue
      test(name, () => {
        const of = layout(abi, declared)
        const real = recorded[abi.flavour]?.[name]
        if (real === undefined) throw new Error(`struct ${name} is not recorded: run tests/lib/record-layouts.ts`)
        if (real.size !== undefined) expect(of.size).toBe(real.size)
        const offsets = Object.fromEntries(Object.keys(real.fields).map((field) => [field, fieldOf(of, field).offset]))
        expect(offsets).toEqual(real.fields)
      })
    }
  })
}

test('only three structures differ between AArch64 and x86-64', () => {
  const differing = [...allShapes().values()].filter((s) => !layoutsAgree(layout(aarch64, s), layout(x64, s))).map((s) => s.name)
  expect(differing.filter((name) => !notIn['aarch64']!.includes(name))).toEqual(['stat', 'epoll_event', 'semid64_ds'])
})

test('stat converts both ways', () => {
  const host = layout(x64, stat)
  const guest = layout(aarch64, stat)
  const bytes = new Uint8Array(host.size)
  const values: { [name: string]: number } = {
    st_dev: 0x803,
    st_ino: 2 ** 40 + 5,
    st_nlink: 3,
    st_mode: 0o100644,
    st_uid: 1000,
    st_size: 2 ** 45 + 1,
    st_blksize: 4096,
    st_mtime: 1_700_000_000,
  }
  for (const [name, value] of Object.entries(values)) writeField(host, name, bytes, value)
  const converted = new Uint8Array(guest.size).fill(0xaa)
  convertStruct(host, bytes, 0, guest, converted, 0)
  for (const [name, value] of Object.entries(values)) expect(readField(guest, name, converted), name).toBe(value)
  expect(readField(guest, '__unused5', converted)).toBe(0)
  const back = new Uint8Array(host.size)
  convertStruct(guest, converted, 0, host, back, 0)
  expect(back).toEqual(bytes)
})

test('an array element converts at its place', () => {
  const host = layout(x64, epollEvent)
  const guest = layout(aarch64, epollEvent)
  expect([host.size, guest.size]).toEqual([12, 16])
  const bytes = new Uint8Array(48)
  writeField(guest, 'data', bytes, 0x1122_3344_5566n, 32)
  writeField(guest, 'events', bytes, 5, 32)
  const out = new Uint8Array(36)
  convertStruct(guest, bytes, 32, host, out, 24)
  expect(readField(host, 'data', out, 24)).toBe(0x1122_3344_5566)
  expect(readField(host, 'events', out, 24)).toBe(5)
  expect(layout(aarch64, semidDs).size).toBeLessThan(layout(x64, semidDs).size)
})

test("a kernel's struct sigaction on 32-bit ARM", () => {
  const of = layout(arm, sigaction)
  expect(of.size).toBe(20)
  expect(of.fields.map(({ name, offset }) => [name, offset])).toEqual([
    ['sa_handler', 0],
    ['sa_flags', 4],
    ['sa_restorer', 8],
    ['sa_mask', 12],
  ])
})

test('inode numbers are folded, limits saturate, what does not fit is found', () => {
  const host = layout(x64, stat)
  const bytes = new Uint8Array(host.size)
  writeField(host, 'st_ino', bytes, 0x1_2345_6789_abcdn)
  writeField(host, 'st_size', bytes, 2 ** 33)
  for (const shape of [stat, stat64]) {
    const guest = layout(arm, shape)
    const converted = new Uint8Array(guest.size)
    convertStruct(layout(x64, shape), bytes, 0, guest, converted, 0)
    expect(readField(guest, 'st_ino', converted)).toBe(0x6789_abcd ^ 0x1_2345)
    if (shape === stat64) expect(readField(guest, '__st_ino', converted)).toBe(0x6789_abcd ^ 0x1_2345)
    expect(misfit(layout(x64, shape), bytes, 0, guest)).toBe(shape === stat ? 'st_size' : undefined)
  }
  const limits = new Uint8Array(16)
  writeField(layout(x64, rlimit), 'rlim_cur', limits, 2 ** 32)
  writeField(layout(x64, rlimit), 'rlim_max', limits, 0xffff_ffff_ffff_ffffn)
  const narrow = new Uint8Array(8)
  convertStruct(layout(x64, rlimit), limits, 0, layout(arm, rlimit), narrow, 0)
  expect([...new Uint32Array(narrow.buffer)]).toEqual([0xffff_ffff, 0xffff_ffff])
  const wide = new Uint8Array(16)
  new Uint32Array(narrow.buffer)[0] = 5
  convertStruct(layout(arm, rlimit), narrow, 0, layout(x64, rlimit), wide, 0)
  expect([...new BigUint64Array(wide.buffer)]).toEqual([5n, 0xffff_ffff_ffff_ffffn])
})

const big32: DataModel = { name: 'ilp32be', long: 4, pointer: 4, align64: 8, littleEndian: false }
const packed64: DataModel = { name: 'i386', long: 4, pointer: 4, align64: 4, littleEndian: true }

test('other data models: sizes, alignment of 64-bit fields, byte order, sign', () => {
  const sample = shape('layout_test', 'char a; long long b; void *c; long d; short e[3]')
  const sparc = layout({ flavour: 'none', model: big32 }, sample)
  expect(sparc.fields.map((f) => f.offset)).toEqual([0, 8, 16, 20, 24])
  expect(sparc.size).toBe(32)
  const i386 = layout({ flavour: 'none', model: packed64 }, sample)
  expect(i386.fields.map((f) => f.offset)).toEqual([0, 4, 12, 16, 20])
  const bytes = new Uint8Array(sparc.size)
  writeField(sparc, 'd', bytes, -2)
  expect([...bytes.subarray(20, 24)]).toEqual([0xff, 0xff, 0xff, 0xfe])
  const native = layout(x64, sample)
  const wide = new Uint8Array(native.size)
  convertStruct(sparc, bytes, 0, native, wide, 0)
  expect(readField(native, 'd', wide)).toBe(-2)
})

test('a declaration that cannot be read throws', () => {
  const wrong = shape('layout_wrong', 'quux a')
  expect(() => layout(x64, wrong)).toThrow('struct layout_wrong: unknown type "quux"')
})
