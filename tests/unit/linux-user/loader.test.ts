/**
 * Finding and loading programs in a real runner: what lies where, the initial stack, what the host's /proc says of the
 * runner, and one clause for everything that cannot run.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AddressSpace } from '../../../linux-user/address-space.ts'
import type { CpuAuxv } from '../../../linux-user/auxv.ts'
import { LAYOUT_64 } from '../../../linux-user/layout.ts'
import { type LoadedProgram, loadProgram } from '../../../linux-user/loader.ts'
import { exitCodeOf, isProblem, type LoadProblem } from '../../../linux-user/problem.ts'
import { findProgram, type GuestProgram, type HostProgram, type OtherProgram } from '../../../linux-user/program.ts'
import { Sysroot } from '../../../linux-user/sysroot.ts'
import type { Engine } from '../../../src/host/engine.ts'
import type { Thread } from '../../../src/host/thread.ts'
import { buildElf } from '../../lib/elf-builder.ts'
import { createEngine } from '../host/lib.ts'

const { mmapBase: MMAP_BASE, pieBase: PIE_BASE, stackTop: STACK_TOP } = LAYOUT_64

const folder = mkdtempSync(join(tmpdir(), 'demotic-load-'))
afterAll(() => rmSync(folder, { recursive: true }))

const target = { machine: 183, elfClass: 64, littleEndian: true } as const
const cpu: CpuAuxv = { platform: 'aarch64', hwcap: 0x1fb, hwcap2: 2 ** 40 + 1, hwcap3: 0, minSignalStack: 4720 }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (data: Uint8Array): string => new TextDecoder('latin1').decode(data)

let engine: Engine
let thread: Thread
let space: AddressSpace

beforeEach(() => {
  engine = createEngine()
  thread = engine.spawn()
  space = new AddressSpace()
})
afterEach(() => engine.close())

function file(name: string, contents: Uint8Array | string, mode = 0o755): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  chmodSync(path, mode)
  return path
}

function find(path: string, argv = [path], sysroot: Sysroot | null = null): GuestProgram | HostProgram | OtherProgram | LoadProblem {
  return findProgram(thread, target, sysroot, { path: bytes(path) }, argv.map(bytes))
}

function load(path: string, argv = [path], env: string[] = [], sysroot: Sysroot | null = null): LoadedProgram | LoadProblem {
  const program = find(path, argv, sysroot)
  if (isProblem(program)) return program
  if (program.kind !== 'guest') throw new Error(`a program of kind ${program.kind}`)
  return loadProgram(thread, space, { program, env: env.map(bytes), cpu, stackLimit: 8 << 20, vdso: 0 })
}

function loaded(...args: Parameters<typeof load>): LoadedProgram {
  const result = load(...args)
  if (isProblem(result)) throw new Error(result.reason)
  return result
}

function maps(): string[] {
  return readFileSync(`/proc/${thread.pid}/maps`, 'latin1')
    .split('\n')
    .filter((line) => line !== '' && Number.parseInt(line, 16) < 0x6000_0000_0000)
    .map((line) => line.replace(/^(\S+ \S+ \S+) \S+ \S+ */, '$1 ').replace(folder, ''))
}

const code = { type: 1, flags: 5, offset: 0, vaddr: 0x400000, filesz: 0x1000, memsz: 0x1000 }
const data = { type: 1, flags: 6, offset: 0x1000, vaddr: 0x411000, filesz: 0x10, memsz: 0x2500 }
const contents = [{ offset: 0x1000, bytes: new Uint8Array(0x1000).fill(0xee) }]
const staticElf = buildElf({ entry: 0x400123, segments: [code, data], contents })
const pieSegments = (interpreter?: string) => [
  { ...code, vaddr: 0 },
  { ...data, vaddr: 0x11000 },
  ...(interpreter ? [{ type: 3, offset: 0x800, filesz: interpreter.length + 1 }] : []),
]
const pie = (interpreter?: string): Uint8Array =>
  buildElf({
    type: 3,
    entry: 0x123,
    segments: pieSegments(interpreter),
    contents: interpreter ? [...contents, { offset: 0x800, bytes: bytes(interpreter) }] : contents,
  })

describe('layout', () => {
  it('a program at fixed addresses', () => {
    const program = loaded(file('static', staticElf))
    expect(program).toMatchObject({ start: 0x400123, entry: 0x400123, bias: 0, interpreterBase: 0 })
    expect(maps()).toEqual([
      '00400000-00401000 r--p 00000000 /static',
      '00411000-00412000 rw-p 00001000 /static',
      '00412000-00414000 rw-p 00000000 ',
      expect.stringMatching(/^5ffff\w+-5fffffff0000 rw-p 00000000 \[stack\]$/),
    ])
    expect(space.executableEnd(0x400000)).toBe(0x401000)
    expect(space.brkState.start).toBe(0x415000)
    // The file's bytes behind the data are cleared, up to the end of the page.
    expect([...thread.read(0x411000, 18)!]).toEqual([...new Array(16).fill(0xee), 0, 0])
    expect(thread.read(0x411ff0, 16)!.every((byte) => byte === 0)).toBe(true)
  })

  it('a position-independent program with interpreter, the same at every run', () => {
    const interpreter = file(
      'ld.so',
      buildElf({
        type: 3,
        entry: 0x44,
        segments: [
          { ...code, vaddr: 0, align: 0x10000 },
          { ...data, vaddr: 0x21000 },
        ],
        contents,
      }),
    )
    const program = loaded(file('pie', pie(interpreter)))
    expect(program).toMatchObject({ start: MMAP_BASE + 0x44, entry: PIE_BASE + 0x123, bias: PIE_BASE, interpreterBase: MMAP_BASE })
    expect(space.brkState.start).toBe(PIE_BASE + 0x15000)
    const auxv = readAuxv(program.auxv)
    expect(auxv.get(3)).toBe(PIE_BASE + 64)
    expect(auxv.get(7)).toBe(MMAP_BASE)
  })

  it('segments that share a page, and memory without file', () => {
    const path = file(
      'odd',
      buildElf({
        segments: [
          { ...code, flags: 7, filesz: 0x800, memsz: 0x800 },
          { type: 1, flags: 6, offset: 0x1900, vaddr: 0x400900, filesz: 0, memsz: 0x3000 },
        ],
        contents,
      }),
    )
    loaded(path)
    expect(thread.read(0x400000, 4)).toEqual(new Uint8Array([0x7f, 0x45, 0x4c, 0x46]))
    expect(thread.read(0x400900, 0x3000)!.every((byte) => byte === 0)).toBe(true)
  })
})

function readAuxv(auxv: Uint8Array): Map<number, number> {
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.length)
  const entries = new Map<number, number>()
  for (let at = 0; at < auxv.length; at += 16) entries.set(Number(view.getBigUint64(at, true)), Number(view.getBigUint64(at + 8, true)))
  return entries
}

describe('stack', () => {
  it('is what the kernel builds', () => {
    const path = file('stack', staticElf)
    const program = loaded(path, ['zero', '', 'two äöü'], ['A=1', 'B='])
    const sp = program.stackPointer
    expect(sp % 16).toBe(0)
    const view = new DataView(thread.read(sp, STACK_TOP - sp)!.slice().buffer)
    const word = (index: number): number => Number(view.getBigUint64(index * 8, true))
    const string = (address: number): string => {
      const bytes = new Uint8Array(view.buffer, address - sp)
      return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString('utf8')
    }
    expect(word(0)).toBe(3)
    expect([1, 2, 3].map((i) => string(word(i)))).toEqual(['zero', '', 'two äöü'])
    expect(word(4)).toBe(0)
    expect([5, 6].map((i) => string(word(i)))).toEqual(['A=1', 'B='])
    expect(word(7)).toBe(0)
    const auxv = readAuxv(new Uint8Array(view.buffer, 8 * 8, program.auxv.length))
    expect([...auxv.keys()]).toEqual([51, 16, 6, 17, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 23, 25, 26, 31, 15, 0])
    expect(string(auxv.get(15)!)).toBe('aarch64')
    expect(string(auxv.get(31)!)).toBe(path)
    expect([51, 16, 26, 6, 17, 3, 4, 5, 7, 8, 9, 23].map((tag) => auxv.get(tag))).toEqual([
      4720,
      0x1fb,
      2 ** 40 + 1,
      4096,
      100,
      0x400040,
      56,
      2,
      0,
      0,
      0x400123,
      0,
    ])
    expect([11, 12, 13, 14].map((tag) => auxv.get(tag))).toEqual([
      process.getuid!(),
      process.geteuid!(),
      process.getgid!(),
      process.getegid!(),
    ])
    expect(auxv.get(31)! + path.length + 1 + 8).toBe(STACK_TOP)
    expect(word((STACK_TOP - sp) / 8 - 1)).toBe(0)
    const random = auxv.get(25)! - sp
    expect(new Uint8Array(view.buffer, random, 16).some((byte) => byte !== 0)).toBe(true)
  })

  it('the host shows the guest’s arguments, environment, vector and name', () => {
    loaded(file('a-program-with-a-long-name', staticElf), ['shown as', 'arg'], ['X=y'])
    const proc = (name: string): string => readFileSync(`/proc/${thread.pid}/${name}`, 'latin1')
    expect(proc('cmdline')).toBe('shown as\0arg\0')
    expect(proc('environ')).toBe('X=y\0')
    expect(proc('comm')).toBe('a-program-with-\n')
    expect(readAuxv(readFileSync(`/proc/${thread.pid}/auxv`)).get(9)).toBe(0x400123)
  })

  it('too many arguments are E2BIG', () => {
    const path = file('big', staticElf)
    expect(load(path, ['x'.repeat(131072)])).toMatchObject({ errno: 7 })
    expect(load(path, new Array(40000).fill('y'.repeat(64)))).toMatchObject({ errno: 7 })
    expect(loaded(path, ['x'.repeat(131071)]).argv).toHaveLength(1)
  })
})

describe('scripts', () => {
  it('put their interpreter in front', () => {
    file('interpreter', staticElf)
    const script = file('script', `#!${folder}/interpreter -a b\n`)
    const program = loaded(script, ['name', 'x'])
    expect(program.argv.map(text)).toEqual([`${folder}/interpreter`, '-a b', script, 'x'])
    expect(text(program.execfn)).toBe(script)
    expect(text(program.path)).toBe(`${folder}/interpreter`)
  })

  it('five deep, not six; and say what is missing', () => {
    file('s0', staticElf)
    for (let i = 1; i <= 6; i++) file(`s${i}`, `#!${folder}/s${i - 1}\n`)
    expect(loaded(join(folder, 's5')).argv).toHaveLength(6)
    expect(load(join(folder, 's6'))).toMatchObject({ errno: 40 })
    expect(load(file('none', '#!/nowhere/sh\n'))).toEqual({ errno: 2, reason: 'needs the interpreter /nowhere/sh, which is not found' })
    expect(load(file('empty-line', '#!\n'))).toMatchObject({ errno: 8 })
    expect(find(file('host', '#!/bin/sh -e\n'))).toMatchObject({ kind: 'host' })
  })
})

describe('what cannot run', () => {
  const cases: [string, () => string, number, RegExp][] = [
    ['nothing there', () => join(folder, 'nothing'), 127, /^is not found$/],
    ['no path', () => '', 127, /^is not found$/],
    ['below a file', () => join(file('f', ''), 'x'), 127, /^cannot be opened: not a directory$/],
    ['a directory', () => folder, 126, /^is a directory$/],
    ['a device', () => '/dev/null', 126, /^is not a regular file$/],
    ['an empty file', () => file('empty', ''), 126, /^is empty$/],
    ['a text', () => file('text', 'hello\n'), 126, /^is not an ELF program$/],
    ['no x bit', () => file('plain', staticElf, 0o644), 126, /^is not executable$/],
    [
      'another machine',
      () => file('riscv', buildElf({ machine: 243, segments: [code], size: 0x1000 })),
      126,
      /^is a 64-bit little-endian RISC-V program, which is not supported$/,
    ],
    [
      'another byte order',
      () => file('be', buildElf({ littleEndian: false, segments: [code], size: 0x1000 })),
      126,
      /^is a 64-bit big-endian AArch64 program/,
    ],
    ['truncated', () => file('short', staticElf.subarray(0, 0x1008)), 126, /^is truncated: segment 1 ends/],
    [
      'no interpreter',
      () => file('noint', pie('/no/ld.so')),
      127,
      /^needs the program interpreter \/no\/ld\.so, which is not found; name the folder that has it with -L$/,
    ],
    [
      'odd interpreter',
      () => file('badint', pie(file('text2', 'x'))),
      126,
      /^needs the program interpreter .*text2, which is not an ELF program$/,
    ],
    ['host interpreter', () => file('hostint', pie('/proc/self/exe')), 126, /^needs the program interpreter .*, which is/],
    [
      'too low',
      () => file('low', buildElf({ segments: [{ ...code, vaddr: 0x7fff_ffff_0000 }], size: 0x1000 })),
      126,
      /^does not fit into the address space/,
    ],
    [
      'too large',
      () => file('large', buildElf({ type: 3, segments: [{ ...code, vaddr: 0, memsz: 2 ** 46 }], size: 0x1000 })),
      126,
      /^(does not fit|cannot be mapped)/,
    ],
    ['a long name', () => `/${'x'.repeat(5000)}`, 126, /^has too long a name$/],
  ]
  for (const [name, path, exitCode, reason] of cases) {
    it(name, () => {
      const result = load(path())
      expect(result).toMatchObject({ reason: expect.stringMatching(reason) })
      expect(exitCodeOf(result as LoadProblem)).toBe(exitCode)
    })
  }

  it('without the right to read', () => {
    const path = file('secret', staticElf, 0o711)
    thread.syscall(105 /* setuid */, 65534)
    chmodSync(folder, 0o755)
    expect(load(path)).toEqual({ errno: 13, reason: 'cannot be read: permission denied' })
  })

  it('leaves no descriptor open', () => {
    const next = thread.syscall(290 /* eventfd2 */, 0, 0)
    thread.syscall(3, next)
    for (const [, path] of cases) load(path())
    loaded(file('static', staticElf))
    expect(thread.syscall(290, 0, 0)).toBe(next)
  })

  it('10,000 mutated files load or give a clause', () => {
    const seed = Number(process.env['SEED'] ?? 1)
    let state = seed
    const random = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * n)
    }
    const image = pie()
    let good = 0
    for (let i = 0; i < 10_000; i++) {
      const mutated = image.slice()
      for (let k = random(3); k >= 0; k--) mutated[random(64 + 2 * 56)] = [0, 0xff, 0x80, random(256)][random(4)]!
      const path = file('mutated', mutated)
      const result = load(path)
      if (isProblem(result)) expect(result.reason, `SEED=${seed} case ${i}`).toMatch(/^(is|has|needs|does|cannot) [^\n]{1,200}$/)
      else good++
      for (const vma of [...space.vmas.all()]) space.munmap(thread, vma.start, vma.end - vma.start)
    }
    expect(good).toBeGreaterThan(500)
  }, 120_000)
})

describe('sysroot', () => {
  it('finds files below it, and follows links inside it', () => {
    const root = join(folder, 'root')
    mkdirSync(join(root, 'usr/lib'), { recursive: true })
    mkdirSync(join(root, 'proc'))
    writeFileSync(join(root, 'usr/lib/ld.so'), 'x')
    symlinkSync('usr/lib', join(root, 'lib'))
    symlinkSync('/usr/lib', join(root, 'lib64'))
    symlinkSync('/lib64/ld.so', join(root, 'usr/lib/link'))
    symlinkSync('/nowhere', join(root, 'usr/lib/dangling'))
    symlinkSync('/loop', join(root, 'loop'))
    symlinkSync('../../../usr/lib/ld.so', join(root, 'usr/lib/up'))
    const sysroot = new Sysroot(root)
    const map = (path: string, follow = true): string => text(sysroot.mapPath(bytes(path), follow)).replace(sysroot.directory, '@')
    const cases = [
      ['/usr/lib/ld.so', '@/usr/lib/ld.so'],
      ['/lib/ld.so', '@/usr/lib/ld.so'],
      ['/lib64/ld.so', '@/usr/lib/ld.so'],
      ['/lib64/link', '@/usr/lib/ld.so'],
      ['/lib//./../lib/up', '@/usr/lib/ld.so'],
      ['/../../usr/lib/', '@/usr/lib/'],
      ['/lib64', '@/usr/lib'],
      ['/', '@/'],
      ['/usr/lib/dangling', '/usr/lib/dangling'],
      ['/loop', '/loop'],
      ['/etc/passwd', '/etc/passwd'],
      ['/proc', '/proc'],
      ['/proc/self/maps', '/proc/self/maps'],
      ['relative/x', 'relative/x'],
      ['', ''],
      ['/usr/lib/ld.so/x', '/usr/lib/ld.so/x'],
    ] as const
    for (const [path, expected] of cases) expect(map(path), path).toBe(expected)
    expect(map('/lib64', false)).toBe('@/lib64')
    expect(map('/lib64/dangling', false)).toBe('@/usr/lib/dangling')
    expect(text(sysroot.guestPath(bytes(`${sysroot.directory}/usr/lib`)))).toBe('/usr/lib')
    expect(text(sysroot.guestPath(bytes('/usr/lib')))).toBe('/usr/lib')
    writeFileSync(join(root, 'usr/lib/new'), '')
    expect(map('/lib/new')).toBe('@/usr/lib/new')
  })

  it('gives program and interpreter', () => {
    const root = join(folder, 'tree')
    mkdirSync(join(root, 'lib'), { recursive: true })
    mkdirSync(join(root, 'bin'))
    writeFileSync(join(root, 'lib/ld.so'), buildElf({ type: 3, entry: 0x44, segments: [{ ...code, vaddr: 0 }], contents }), { mode: 0o755 })
    writeFileSync(join(root, 'bin/tool'), pie('/lib/ld.so'), { mode: 0o755 })
    const program = loaded('/bin/tool', ['tool'], [], new Sysroot(root))
    expect(program.start).toBe(MMAP_BASE + 0x44)
    expect(text(program.execfn)).toBe('/bin/tool')
    expect(text(program.path)).toBe(`${root}/bin/tool`)
  })
})
