/** The table is whole, its flags are the headers', and the support list says how far each call is. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { aarch64, arm, x64 } from '../../../syscalls/abi/abi.ts'
import { errnoMessage, errnoName } from '../../../syscalls/abi/errno.ts'
import { convertFlags, type FlagSet, flagConversion, flagText, flagValue } from '../../../syscalls/abi/flag-set.ts'
import * as files from '../../../syscalls/abi/flags/files.ts'
import * as ioctl from '../../../syscalls/abi/flags/ioctl.ts'
import * as memory from '../../../syscalls/abi/flags/memory.ts'
import * as polling from '../../../syscalls/abi/flags/polling.ts'
import * as processes from '../../../syscalls/abi/flags/process.ts'
import * as signals from '../../../syscalls/abi/flags/signals.ts'
import * as sockets from '../../../syscalls/abi/flags/sockets.ts'
import * as time from '../../../syscalls/abi/flags/time.ts'
import { signalName, signalSetText } from '../../../syscalls/abi/signals.ts'
import { syscallSupport } from '../../../syscalls/support.ts'
import { rowsByName, syscallTable, undeclared } from '../../../syscalls/table.ts'

const { openFlags } = files
const recorded: { readonly [flavour: string]: { readonly [name: string]: number } } = JSON.parse(
  readFileSync(new URL('flags.recorded.json', import.meta.url), 'utf8'),
)

test('every call of a table has a row, and every row a number', () => {
  expect(undeclared(aarch64)).toEqual([])
  expect(undeclared(arm)).toEqual([])
  const unnumbered = (abi: typeof arm) => [...rowsByName.keys()].filter((name) => abi.numbers[name] === undefined)
  expect(unnumbered(aarch64).filter((name) => unnumbered(arm).includes(name))).toEqual([])
  expect(syscallTable(aarch64)[56]?.name).toBe('openat')
  expect(syscallTable(aarch64)[462]?.name).toBe('mseal')
  for (const row of rowsByName.values()) if (row.state === 'plain') expect(x64.numbers[row.call], row.name).toBeDefined()
})

describe("values are the headers'", () => {
  const sets = Object.values({
    ...files,
    ...ioctl,
    ...memory,
    ...polling,
    ...processes,
    ...signals,
    ...sockets,
    ...time,
  }) as readonly FlagSet[]
  for (const flavour of ['x64', 'aarch64', 'arm']) {
    test(flavour, () => {
      let checked = 0
      for (const set of sets) {
        for (const name of Object.keys(set.values)) {
          const real = recorded[flavour]?.[name]
          if (real === undefined) continue
          checked++
          expect(flagValue(set, flavour, name) >>> 0, name).toBe(real)
        }
      }
      expect(checked).toBeGreaterThan(600)
    })
  }
})

describe('open flags', () => {
  const there = flagConversion(openFlags, 'aarch64', 'x64')
  const back = flagConversion(openFlags, 'x64', 'aarch64')
  test('a permutation', () => {
    for (const name of Object.keys(openFlags.values) as (keyof typeof openFlags.values)[]) {
      expect(convertFlags(there, flagValue(openFlags, 'aarch64', name)), name).toBe(flagValue(openFlags, 'x64', name))
      expect(convertFlags(back, flagValue(openFlags, 'x64', name)), name).toBe(flagValue(openFlags, 'aarch64', name))
    }
    for (let bit = 0; bit < 32; bit++) expect(convertFlags(back, convertFlags(there, 2 ** bit))).toBe(2 ** bit)
  })
  test('nothing else moves', () => {
    for (const set of Object.values({ ...memory, ...sockets, ...polling }))
      expect(flagConversion(set as FlagSet, 'aarch64', 'x64').moves).toEqual([])
  })
  test('text', () => {
    expect(flagText(openFlags, 'aarch64', 0o40000)).toBe('O_RDONLY|O_DIRECTORY')
    expect(flagText(openFlags, 'x64', 0o40000)).toBe('O_RDONLY|O_DIRECT')
    expect(flagText(openFlags, 'aarch64', 0o20040002)).toBe('O_RDWR|O_TMPFILE')
    expect(flagText(openFlags, 'aarch64', 0x8000_0003)).toBe('0x80000003')
    expect(flagText(memory.madvice, 'aarch64', 77)).toBe('0x4d')
  })
})

test('errno and signals', () => {
  expect([errnoName(2), errnoMessage(2), errnoName(133), errnoName(512), errnoName(999)]).toEqual([
    'ENOENT',
    'No such file or directory',
    'EHWPOISON',
    'ERESTARTSYS',
    'errno 999',
  ])
  expect([signalName(11), signalName(33), signalName(0), signalName(65)]).toEqual(['SIGSEGV', 'SIGRT_1', '0', '65'])
  expect(signalSetText(0x4002, 0)).toBe('[INT TERM]')
  expect(signalSetText(~0x100, -1)).toBe('~[KILL]')
})

test('the support list', () => {
  const calls = syscallSupport(aarch64)
  expect(calls).toHaveLength(Object.keys(aarch64.numbers).length)
  const state = (name: string) => calls.find((c) => c.name === name)?.state
  expect([state('openat'), state('mmap'), state('mseal'), state('rseq'), state('rt_sigaction')]).toEqual([
    'native',
    'engine',
    'engine',
    'refused',
    'engine',
  ])
  for (const call of calls) if (call.state !== 'native') expect(call.note, call.name).not.toBe('')
  expect(calls.filter((c) => c.state === 'missing').map((c) => c.name)).toEqual([])
})
