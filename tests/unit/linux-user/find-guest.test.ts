/** Which guest a program is of, and the numbers that directories of 32-bit guests have. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DirectoryPositions } from '../../../linux-user/directory-cookies.ts'
import { findGuest } from '../../../linux-user/find-guest.ts'
import { ROOT } from '../../lib/emulator.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(`${tmpdir()}/demotic-guest-`)
})
afterAll(() => rmSync(folder, { recursive: true }))

const ARM_PROGRAM = `${ROOT}tests/guest/arm/bin/kuser.arm`
const find = (path: string): string => findGuest(Buffer.from(path), null)

test('by the ELF header, behind scripts', () => {
  expect(find(ARM_PROGRAM)).toBe('arm')
  expect(find(`${ROOT}guest-programs/hello`)).toBe('aarch64')
  writeFileSync(`${folder}/script`, `#!${ARM_PROGRAM} x\n`)
  writeFileSync(`${folder}/outer`, `#! ${folder}/script\n`)
  expect(find(`${folder}/outer`)).toBe('arm')
  writeFileSync(`${folder}/loop`, `#!${folder}/loop\n`)
  for (const other of [`${folder}/loop`, `${folder}/none`, folder, '/dev/null', '']) expect(find(other), other).toBe('aarch64')
})

test('positions in directories that do not fit 31 bits are numbered', () => {
  const positions = new DirectoryPositions({ positions: [], numbers: new Map() })
  const far = [0x7fff_ffff_ffff_ffffn, 0x1234_5678_9abcn, 0x4000_0000n]
  const cookies = far.map((position) => positions.toCookie(position))
  expect(cookies).toEqual([0x4000_0000, 0x4000_0001, 0x4000_0002])
  expect(positions.toCookie(far[1]!)).toBe(cookies[1])
  expect(cookies.map((cookie) => positions.toPosition(cookie))).toEqual(far)
  expect([positions.toCookie(77n), positions.toPosition(77)]).toEqual([77, 77n])
  // One that was never given.
  expect(positions.toPosition(0x5000_0000)).toBe(0x5000_0000n)
})
