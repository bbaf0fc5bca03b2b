/** Core files: names as the kernel makes them, notes as readelf and gdb expect them. */
import { describe, expect, it } from 'vitest'
import { aarch64RegisterSets } from '../../../linux-user/arch/aarch64-regsets.ts'
import { armRegisterSets } from '../../../linux-user/arch/arm-regsets.ts'
import { CoreHeaders, PT_LOAD } from '../../../linux-user/core-headers.ts'
import { coreNotes } from '../../../linux-user/core-notes.ts'
import { coreName } from '../../../linux-user/core-pattern.ts'
import { aarch64, arm } from '../../../syscalls/abi/abi.ts'

const names = {
  pid: 12,
  tid: 13,
  uid: 1000,
  gid: 100,
  signal: 11,
  comm: 'a/b',
  executable: '/usr/bin/prog',
  hostname: 'box',
  time: 1700000000,
  limit: Number.POSITIVE_INFINITY,
}

describe('names', () => {
  it.each([
    ['core', false, 'core'],
    ['core', true, 'core.12'],
    ['core.%p', true, 'core.12'],
    ['/var/%e-%f-%E', false, '/var/a!b-prog-!usr!bin!prog'],
    ['%u.%g.%s.%t.%h.%i', false, '1000.100.11.1700000000.box.13'],
    ['%%%c%', false, '%18446744073709551615'],
    ['%x%q', false, null],
    ['|/usr/lib/handler %p', false, null],
    ['@socket', false, null],
    ['', false, null],
    ['', true, '.12'],
  ] as const)('%s', (pattern, usesPid, expected) => {
    expect(coreName(pattern, usesPid, names)).toBe(expected)
  })
})

const A64_FORMAT = { abi: aarch64, registerSets: aarch64RegisterSets }
const ARM_FORMAT = { abi: arm, registerSets: armRegisterSets }

it.each([
  [
    'AArch64',
    A64_FORMAT,
    ['CORE 1 392', 'CORE 3 136', 'CORE 53494749 128', 'CORE 6 32', 'CORE 46494c45 46', 'CORE 2 528', 'LINUX 401 8'],
    ['CORE 1 392', 'CORE 2 528', 'LINUX 401 8'],
  ],
  [
    '32-bit ARM',
    ARM_FORMAT,
    ['CORE 1 148', 'CORE 3 124', 'CORE 53494749 128', 'CORE 6 32', 'CORE 46494c45 26', 'CORE 2 116', 'LINUX 400 260'],
    ['CORE 1 148', 'CORE 2 116', 'LINUX 400 260'],
  ],
])('notes of %s are in the kernel’s order, padded', (_name, format, first, second) => {
  const thread = { u8: new Uint8Array(0x10000), i32: new Int32Array(0x4000), mxcsr: 0x1f80 }
  const facts = { pid: 1, ppid: 2, pgrp: 3, sid: 4, uid: 5, gid: 6, comm: 'prog', args: 'prog arg' }
  const info = new Uint8Array(128)
  const threads = [
    { tid: 1, thread, pc: 0x1000 },
    { tid: 7, thread, pc: 0x2000 },
  ]
  const files = [{ start: 0x1000, end: 0x3000, offset: 0x1000, name: '/prog' }]
  const bytes = coreNotes(format, facts, threads, { number: 11, info }, new Uint8Array(32), files)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const found: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const [nameSize, size, type] = [0, 4, 8].map((offset) => view.getUint32(at + offset, true))
    found.push(`${Buffer.from(bytes.subarray(at + 12, at + 11 + nameSize!)).toString()} ${type!.toString(16)} ${size}`)
    at += 12 + Math.ceil(nameSize! / 4) * 4 + Math.ceil(size! / 4) * 4
  }
  expect(found).toEqual([...first, ...second])
})

it('headers are those of the class', () => {
  const segment = { type: PT_LOAD, flags: 5, offset: 0x1000, address: 0x10000, fileSize: 0x2000, size: 0x3000, align: 0x1000 }
  const hex = (machine: number, elfClass: 32 | 64): string => {
    const headers = new CoreHeaders({ machine, elfClass, littleEndian: true }, 1)
    headers.put(segment)
    return Buffer.from(headers.bytes).toString('hex')
  }
  const head = (elfClass: string, machine: string): string => `7f454c46${elfClass}0101${'00'.repeat(9)}0400${machine}01000000`
  const words = (size: number, ...values: readonly number[]): string =>
    values
      .map((value) =>
        Buffer.from(Uint32Array.of(value).buffer)
          .toString('hex')
          .padEnd(2 * size, '0'),
      )
      .join('')
  expect(hex(40, 32)).toBe(
    `${head('01', '2800')}${words(4, 0, 52, 0, 0)}340020000100${'00'.repeat(6)}${words(4, 1, 0x1000, 0x10000, 0, 0x2000, 0x3000, 5, 0x1000)}`,
  )
  expect(hex(183, 64)).toBe(
    `${head('02', 'b700')}${words(8, 0, 64, 0)}${words(4, 0)}400038000100${'00'.repeat(6)}${words(4, 1, 5)}${words(8, 0x1000, 0x10000, 0, 0x2000, 0x3000, 0x1000)}`,
  )
})
