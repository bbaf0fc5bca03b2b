/** Core files: names as the kernel makes them, notes as readelf and gdb expect them. */
import { describe, expect, it } from 'vitest'
import { coreNotes } from '../../../linux-user/core-notes.ts'
import { coreName } from '../../../linux-user/core-pattern.ts'

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

it('notes are in the kernel’s order, padded', () => {
  const thread = { u8: new Uint8Array(0x10000), i32: new Int32Array(0x4000), mxcsr: 0x1f80 }
  const facts = { pid: 1, ppid: 2, pgrp: 3, sid: 4, uid: 5, gid: 6, comm: 'prog', args: 'prog arg' }
  const info = new Uint8Array(128)
  const threads = [
    { tid: 1, thread, pc: 0x1000 },
    { tid: 7, thread, pc: 0x2000 },
  ]
  const files = [{ start: 0x1000, end: 0x3000, offset: 0x1000, name: '/prog' }]
  const bytes = coreNotes(facts, threads, { number: 11, info }, new Uint8Array(32), files)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const found: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const [nameSize, size, type] = [0, 4, 8].map((offset) => view.getUint32(at + offset, true))
    found.push(`${Buffer.from(bytes.subarray(at + 12, at + 11 + nameSize!)).toString()} ${type!.toString(16)} ${size}`)
    at += 12 + Math.ceil(nameSize! / 4) * 4 + Math.ceil(size! / 4) * 4
  }
  expect(found).toEqual([
    'CORE 1 392',
    'CORE 3 136',
    'CORE 53494749 128',
    'CORE 6 32',
    'CORE 46494c45 46',
    'CORE 2 528',
    'LINUX 401 8',
    'CORE 1 392',
    'CORE 2 528',
    'LINUX 401 8',
  ])
})
