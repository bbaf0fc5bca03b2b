/** /proc as the guest sees it, in a real runner with a loaded program. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AddressSpace } from '../../../linux-user/address-space.ts'
import { aarch64CpuInfo } from '../../../linux-user/arch/aarch64.ts'
import { LAYOUT_64 } from '../../../linux-user/layout.ts'
import { loadProgram } from '../../../linux-user/loader.ts'
import { putPath } from '../../../linux-user/open-program.ts'
import { isProblem } from '../../../linux-user/problem.ts'
import { procCalls } from '../../../linux-user/proc-calls.ts'
import { guestMaps } from '../../../linux-user/proc-maps.ts'
import { openProc, type ProcView, procEntry, readlinkProc } from '../../../linux-user/procfs.ts'
import { findProgram, readAt } from '../../../linux-user/program.ts'
import type { Engine } from '../../../src/host/engine.ts'
import type { Thread } from '../../../src/host/thread.ts'
import { aarch64, x64 } from '../../../syscalls/abi/abi.ts'
import type { Call } from '../../../syscalls/call.ts'
import { buildElf } from '../../lib/elf-builder.ts'
import { createEngine } from '../host/lib.ts'

const { mmapBase: MMAP_BASE } = LAYOUT_64

const folder = mkdtempSync(join(tmpdir(), 'demotic-proc-'))
const path = join(folder, 'program')
const bytes = (text: string): Uint8Array => Buffer.from(text)
const cpu = { platform: 'aarch64', hwcap: 3, hwcap2: 0, hwcap3: 0, minSignalStack: 4720 }

let engine: Engine
let thread: Thread
let view: ProcView

beforeAll(() => {
  const segments = [
    { flags: 5, filesz: 0x1000, memsz: 0x1000 },
    { flags: 6, vaddr: 0x402000, offset: 0x1000, filesz: 0x1000, memsz: 0x3000 },
  ]
  writeFileSync(path, buildElf({ segments, size: 0x2000 }), { mode: 0o755 })
  engine = createEngine()
  thread = engine.spawn()
  const program = findProgram(thread, { machine: 183, elfClass: 64, littleEndian: true }, null, { path: bytes(path) }, [bytes('argv zero')])
  if (isProblem(program) || program.kind !== 'guest') throw new Error('does not load')
  const space = new AddressSpace()
  const loaded = loadProgram(thread, space, { program, env: [], cpu, stackLimit: 8 << 20, vdso: 0 })
  if (isProblem(loaded)) throw new Error(loaded.reason)
  view = {
    pid: thread.pid,
    other: () => undefined,
    space,
    program: loaded,
    sysroot: null,
    cpuInfo: (n) => aarch64CpuInfo({ hwcap: 3, hwcap2: 1, midr: 0x410fd0c1 }, n),
  }
})
afterAll(() => {
  engine.close()
  rmSync(folder, { recursive: true })
})

function read(name: string, flags = 0): string {
  const fd = openProc(thread, view, bytes(name), flags)
  if (fd === undefined || fd < 0) throw new Error(`${name}: ${fd}`)
  const text = Buffer.from(readAt(thread, fd, 0, 0x20000)).toString('latin1')
  thread.syscall(3, fd)
  return text
}

it('knows its entries', () => {
  const cases = [
    ['/proc/self/exe', 'exe'],
    ['/proc/77/maps', 'maps'],
    ['/proc/78/maps', undefined],
    ['/proc/thread-self/smaps', 'smaps'],
    ['//proc/./self/../77/task/99/status', 'status'],
    ['/proc/self/task/99/exe', 'exe'],
    ['/proc/self/task/exe', undefined],
    ['/proc/cpuinfo', 'cpuinfo'],
    ['/proc/self/cpuinfo', undefined],
    ['/proc/self/environ', undefined],
    ['/proc/self/exe/x', undefined],
    ['/proc', undefined],
    ['/', undefined],
    ['proc/self/exe', undefined],
    ['', undefined],
  ] as const
  for (const [name, entry] of cases) {
    const found = procEntry(bytes(name), { ...view, pid: 77 })
    expect(found?.entry, name).toBe(entry)
  }
  const other = { ...view, pid: 78 }
  const found = procEntry(bytes('/proc/78/maps'), { ...view, pid: 77, other: (pid) => (pid === 78 ? other : undefined) })
  expect(found).toEqual({ entry: 'maps', of: other, folder: '78', tid: 78 })
})

describe('maps', () => {
  it('shows the guest’s mappings and nothing else', () => {
    const { space } = view
    expect(space.mprotect(thread, 0x400000, 4096, 7)).toBe(0)
    const shared = space.mmap(thread, 0, 3 * 4096, 7, 0x21, -1, 0)
    expect(shared).toBe(MMAP_BASE)
    space.protectCode(thread, shared + 4096, shared + 4100)
    const lines = read('/proc/self/maps').trimEnd().split('\n')
    const file = (range: string, rights: string, offset: string): RegExp => new RegExp(`^${range} ${rights} ${offset} \\S+ \\d+ +${path}$`)
    expect(lines[0]).toMatch(file('00400000-00401000', 'rwxp', '00000000'))
    expect(lines[1]).toMatch(file('00402000-00403000', 'rw-p', '00001000'))
    expect(lines[1]!.indexOf('/')).toBe(73)
    expect(lines[2]).toBe('00403000-00405000 rw-p 00000000 00:00 0 ')
    expect(lines[3]).toMatch(/^500000000000-500000003000 rwxs 00000000 \S+ \d+ +\/dev\/zero \(deleted\)$/)
    expect(lines[4]).toMatch(/^5fffff[0-9a-f]+-5fffffff0000 rw-p 00000000 00:00 0 +\[stack\]$/)
    expect(lines).toHaveLength(5)
  })

  it('smaps joins what protection split', () => {
    const blocks = read('/proc/self/smaps').split(/^(?=[0-9a-f]+-)/m)
    const shared = blocks.find((block) => block.startsWith('500000000000-500000003000 rwxs'))!
    expect(shared).toMatch(/^Size: +12 kB$/m)
    expect(shared).toMatch(/^KernelPageSize: +4 kB$/m)
    expect(blocks).toHaveLength(5)
  })

  it('cuts host mappings that the guest sees as several', () => {
    const vma = { flags: 2, origin: 1, offset: 0, file: null, name: '', atFork: 'copy', shm: false, isSealed: false } as const
    const vmas = [
      { ...vma, start: 0x1000, end: 0x2000, prot: 1 },
      { ...vma, start: 0x2000, end: 0x4000, prot: 5 },
    ]
    expect(guestMaps('1000-4000 r--p 7000 fe:00 5 /a b\n600000000000-600000001000 r-xp 0 0:0 0\n', vmas, (name) => `/guest${name}`)).toBe(
      `${'00001000-00002000 r--p 00007000 fe:00 5'.padEnd(73)}/guest/a b\n${'00002000-00004000 r-xp 00008000 fe:00 5'.padEnd(73)}/guest/a b\n`,
    )
  })
})

it('exe is the program', () => {
  expect(Buffer.from(readlinkProc(view, bytes('/proc/self/exe'))!).toString()).toBe(path)
  expect(readlinkProc(view, bytes('/proc/self/cwd'))).toBeUndefined()
  expect(read('/proc/self/exe').slice(1, 4)).toBe('ELF')
  expect(openProc(thread, view, bytes('/proc/self/exe'), 0o200000)).toBe(-20)
})

it('sizes are the guest’s', () => {
  const size = view.space.totalBytes(() => true)
  expect(read('/proc/self/statm')).toMatch(new RegExp(`^${size / 4096} \\d+ `))
  expect(read(`/proc/${thread.pid}/status`)).toMatch(new RegExp(`^VmSize:\\t *${size / 1024} kB$`, 'm'))
})

it('arguments and vector, where the kernel was not told', () => {
  expect(openProc(thread, view, bytes('/proc/self/cmdline'), 0)).toBeUndefined()
  view = { ...view, program: { ...view.program, kernelKnows: false } }
  expect(read('/proc/self/cmdline')).toBe('argv zero\0')
  expect(read('/proc/self/auxv')).toHaveLength(view.program.auxv.length)
})

it('cpuinfo is the guest’s processor', () => {
  const text = read('/proc/cpuinfo')
  const block = (n: number): string =>
    `processor\t: ${n}\nBogoMIPS\t: 100.00\nFeatures\t: fp asimd dcpodp\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n`
  expect(text.startsWith(block(0))).toBe(true)
  expect(text.length % block(0).length).toBe(0)
})

it('leaves writing, directories and paths to the host', () => {
  for (const flags of [1, 2, 0o200000, 0o10000000]) expect(openProc(thread, view, bytes('/proc/self/maps'), flags)).toBeUndefined()
  const fd = openProc(thread, view, bytes('/proc/self/maps'), 0o2000000)!
  expect(thread.syscall(72 /* fcntl */, fd, 1, 0)).toBe(1)
})

describe('the handlers', () => {
  const guestFd = 40
  const buffer = 0x403000

  /** A call with the arguments of an x86-64 guest in registers, as the dispatcher makes it. */
  function call(args: number[], strings: string[] = []): Call {
    let at = buffer + 0x100
    const placed = strings.map((string) => {
      thread.write(at, bytes(`${string}\0`))
      at += string.length + 1
      return at - string.length - 1
    })
    const all = args.map((arg) => (arg < -1000 ? placed[-arg - 1001]! : arg))
    return {
      thread,
      ctx: { abi: aarch64, host: x64 },
      arg: (n: number) => all[n]!,
      int: (n: number) => all[n]! | 0,
      read: (address: number, length: number) => thread.read(address, length)?.slice() ?? null,
      write: (address: number, data: Uint8Array) => (thread.write(address, data) ? 0 : -14),
      path: (n: number) => (thread.readString(all[n]!) as Uint8Array).slice(),
    } as unknown as Call
  }
  const first = -1001

  it('open and read links, also relative to a directory', () => {
    const { openat, readlinkat } = procCalls(view)
    expect(openat!(call([-100, first, 0], ['/proc/self/maps']))).toBeGreaterThan(2)
    expect(openat!(call([-100, first, 0], ['/etc/passwd']))).toBe('pass')
    expect(openat!(call([-100, first, 0], ['maps']))).toBe('pass')
    const proc = thread.syscall(2, putPath(thread, bytes('/proc/self')), 0o200000)
    expect(openat!(call([proc, first, 0], ['maps']))).toBeGreaterThan(2)
    expect(readlinkat!(call([proc, first, buffer, 7], ['exe']))).toBe(7)
    expect(Buffer.from(thread.read(buffer, 7)!).toString()).toBe(path.slice(0, 7))
    expect(readlinkat!(call([proc, first, buffer, 0], ['exe']))).toBe(-22)
    expect(readlinkat!(call([proc, first, buffer, 100], ['cwd']))).toBe('pass')
  })

  it('list descriptors without ours', () => {
    const { getdents64 } = procCalls(view)
    const directory = thread.syscall(2, putPath(thread, bytes('/proc/self/fd')), 0o200000)
    thread.syscall(33 /* dup2 */, directory, guestFd)
    const names: number[] = []
    for (;;) {
      const length = getdents64!(call([guestFd, buffer, 100])) as number
      expect(length).toBeGreaterThanOrEqual(0)
      if (length === 0) break
      const records = thread.read(buffer, length)!.slice()
      for (let at = 0; at < length; at += new DataView(records.buffer).getUint16(at + 16, true)) {
        names.push(Number(Buffer.from(records.subarray(at + 19, records.indexOf(0, at + 19))).toString()))
      }
    }
    expect(names).toContain(guestFd)
    expect(names.filter((fd) => fd >= 1000)).toEqual([])
    const other = thread.syscall(2, putPath(thread, bytes('/')), 0o200000)
    expect(getdents64!(call([other, buffer, 100]))).toBe('pass')
  })
})
