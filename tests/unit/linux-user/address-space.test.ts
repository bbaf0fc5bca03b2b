/**
 * The address space against the real kernel: the calls run in this process, and after each of them the host's
 * /proc/self/maps must show what the list says.
 */
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AddressSpace } from '../../../linux-user/address-space.ts'
import { brk, startBrk } from '../../../linux-user/brk.ts'
import { GUEST_LIMIT, LAYOUT_64 } from '../../../linux-user/layout.ts'
import { madvise } from '../../../linux-user/madvise.ts'
import * as mm from '../../../linux-user/mman.ts'
import { mremap } from '../../../linux-user/mremap.ts'
import { shmat, shmdt } from '../../../linux-user/shm.ts'
import { viewOf } from '../../../src/host/native.ts'
import { errno } from '../../../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../../../syscalls/abi/numbers-x64.ts'
import { selfRunner } from '../../lib/self-runner.ts'

const { mmapBase: MMAP_BASE, pieBase: PIE_BASE, stackTop: STACK_TOP } = LAYOUT_64

const P = 4096
const R = mm.PROT_READ
const RW = mm.PROT_READ | mm.PROT_WRITE
const RX = mm.PROT_READ | mm.PROT_EXEC
const RWX = RW | mm.PROT_EXEC
const ANON = mm.MAP_PRIVATE | mm.MAP_ANONYMOUS

const folder = mkdtempSync(join(tmpdir(), 'demotic-space-'))
const path = join(folder, 'file')
writeFileSync(path, new Uint8Array(16 * P).fill(7))
const fd = openSync(path, 'r')
afterAll(() => rmSync(folder, { recursive: true }))

const thread = selfRunner()
let space: AddressSpace
let changes: string[]

beforeEach(() => {
  space = new AddressSpace()
  changes = []
  space.onCodeChange = (start, end, change) => changes.push(`${start.toString(16)}-${end.toString(16)} ${change}`)
})

afterEach(() => {
  for (const vma of [...space.vmas.all()]) space.munmap(thread, vma.start, vma.end - vma.start)
  expect(hostPages().size).toBe(0)
})

/** page address -> protection text, of what the host has mapped where the guest may map. */
function hostPages(): Map<number, string> {
  const pages = new Map<number, string>()
  for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line)
    if (!match) continue
    const start = Number.parseInt(match[1]!, 16)
    const end = Number.parseInt(match[2]!, 16)
    const inside =
      (start >= PIE_BASE && start < PIE_BASE + 2 ** 36) ||
      (start >= MMAP_BASE && start < MMAP_BASE + 2 ** 36) ||
      (start >= 0x5ff0_0000_0000 && start < GUEST_LIMIT)
    if (inside) for (let page = start; page < end; page += P) pages.set(page, match[3]!)
  }
  return pages
}

function expectedPages(): Map<number, string> {
  const pages = new Map<number, string>()
  for (const vma of space.vmas.all()) {
    for (let page = vma.start; page < vma.end; page += P) {
      const prot = mm.hostProt(vma.prot) & (space.code.isProtected(page) ? ~mm.PROT_WRITE : ~0)
      const shared = vma.flags & mm.MAP_SHARED ? 's' : 'p'
      pages.set(page, `${prot & R ? 'r' : '-'}${prot & mm.PROT_WRITE ? 'w' : '-'}-${shared}`)
    }
  }
  return pages
}

function expectInStep(context = ''): void {
  const host = [...hostPages()].sort((a, b) => a[0] - b[0])
  const list = [...expectedPages()].sort((a, b) => a[0] - b[0])
  expect(host, context).toEqual(list)
  for (let i = 1, all = space.vmas.all(); i < all.length; i++) expect(all[i]!.start >= all[i - 1]!.end).toBe(true)
}

const map = (length: number, prot = RW, flags = ANON, address = 0, file = -1, offset = 0): number =>
  space.mmap(thread, address, length, prot, flags, file, offset)

describe('mmap', () => {
  it('places bottom-up from a fixed base, behind what was placed last', () => {
    const a = map(3 * P)
    const b = map(P)
    expect([a, b]).toEqual([MMAP_BASE, MMAP_BASE + 3 * P])
    expect(space.vmas.length).toBe(1)
    space.munmap(thread, a + P, P)
    expect(map(2 * P)).toBe(b + P)
    expect(map(P, R)).toBe(b + 3 * P)
    space.munmap(thread, b + 3 * P, P)
    expect(map(P, R)).toBe(b + 3 * P)
    expectInStep()
  })

  it('goes on from where it was behind a call that fails, and never below the base', () => {
    space.munmap(thread, MMAP_BASE - P, P)
    const a = map(P)
    expect(a).toBe(MMAP_BASE)
    expect(map(4 * P, R, mm.MAP_PRIVATE, 0, 99999)).toBe(-errno.EBADF)
    expect(map(P)).toBe(a + P)
    expectInStep()
  })

  it('takes hints, and MAP_FIXED over what is there', () => {
    const hint = PIE_BASE + 0x100000
    expect(map(P, RW, ANON, hint + 5)).toBe(hint)
    expect(map(P, RW, ANON, hint)).toBe(MMAP_BASE)
    expect(map(P, R, ANON | mm.MAP_FIXED, hint)).toBe(hint)
    expect(map(P, R, ANON | mm.MAP_FIXED_NOREPLACE, hint)).toBe(-errno.EEXIST)
    expect(map(P, R, ANON | mm.MAP_FIXED_NOREPLACE, hint + P)).toBe(hint + P)
    expect(map(P, R, ANON, 2 ** 63)).toBe(MMAP_BASE + P)
    expectInStep()
  })

  it('gives the errors of Linux', () => {
    expect(map(0)).toBe(-errno.EINVAL)
    expect(map(P, RW, 0x20)).toBe(-errno.EINVAL)
    expect(map(P, RW, mm.MAP_PRIVATE, 0, -1)).toBe(-errno.EBADF)
    expect(map(P, RW, mm.MAP_PRIVATE, 0, 999)).toBe(-errno.EBADF)
    expect(map(P, R, mm.MAP_PRIVATE, 0, fd, 5)).toBe(-errno.EINVAL)
    expect(map(P, RW, mm.MAP_SHARED, 0, fd)).toBe(-errno.EACCES)
    expect(map(2 ** 50)).toBe(-errno.ENOMEM)
    expect(map(2 ** 64)).toBe(-errno.ENOMEM)
    expect(map(P, RW, ANON | mm.MAP_FIXED, GUEST_LIMIT)).toBe(-errno.ENOMEM)
    expect(map(P, RW, ANON | mm.MAP_FIXED, PIE_BASE + 1)).toBe(-errno.EINVAL)
    expect(map(P, R, mm.MAP_PRIVATE, 0, fd, 2 ** 53)).toBe(-errno.EOVERFLOW)
    expect(map(P, R, mm.MAP_PRIVATE | mm.MAP_GROWSDOWN, 0, fd)).toBe(-errno.EINVAL)
    expectInStep()
  })

  it('never maps executable on the host, and knows the file of code', () => {
    const a = map(4 * P, RX, mm.MAP_PRIVATE, 0, fd, P)
    const b = map(P, mm.PROT_EXEC, ANON)
    expect(space.vmas.at(a)!.file!.key).toMatch(/\w/)
    expect(space.executableEnd(a + 5)).toBe(b + P)
    expect(space.executableEnd(b + P)).toBe(0)
    space.munmap(thread, a + P, P)
    expect(space.vmas.at(a + 2 * P)!.offset).toBe(3 * P)
    expectInStep()
  })

  it('keeps RLIMIT_AS and RLIMIT_DATA', () => {
    space.limits.addressSpace = 4 * P
    const a = map(3 * P, R)
    expect(map(2 * P)).toBe(-errno.ENOMEM)
    expect(map(2 * P, R, ANON | mm.MAP_FIXED, a + 2 * P)).toBe(a + 2 * P)
    space.limits.addressSpace = Infinity
    space.limits.data = 2 * P
    expect(map(2 * P)).toBeGreaterThan(0)
    expect(map(P)).toBe(-errno.ENOMEM)
    expect(map(P, R)).toBeGreaterThan(0)
  })
})

describe('munmap and mprotect', () => {
  it('munmap gives the errors of Linux', () => {
    expect(space.munmap(thread, MMAP_BASE + 1, P)).toBe(-errno.EINVAL)
    expect(space.munmap(thread, MMAP_BASE, 0)).toBe(-errno.EINVAL)
    expect(space.munmap(thread, 2 ** 63, P)).toBe(-errno.EINVAL)
    expect(space.munmap(thread, -P, P)).toBe(-errno.EINVAL)
    expect(space.munmap(thread, MMAP_BASE, -P)).toBe(-errno.EINVAL)
    expect(space.munmap(thread, GUEST_LIMIT, P)).toBe(0)
    expect(space.munmap(thread, MMAP_BASE, P)).toBe(0)
  })

  it('mprotect changes what lies before a hole, then says ENOMEM', () => {
    const a = map(6 * P)
    space.munmap(thread, a + 3 * P, P)
    expect(space.mprotect(thread, a + P, 4 * P, R)).toBe(-errno.ENOMEM)
    expectInStep()
    expect(space.vmas.pieces(a, a + 6 * P).map((v) => [v.start - a, v.prot])).toEqual([
      [0, RW],
      [P, R],
      [4 * P, RW],
    ])
  })

  it('mprotect gives the errors of Linux', () => {
    const shared = map(P, R, mm.MAP_SHARED, 0, fd)
    expect(space.mprotect(thread, shared, P, RW)).toBe(-errno.EACCES)
    expect(space.mprotect(thread, shared + 1, P, R)).toBe(-errno.EINVAL)
    expect(space.mprotect(thread, shared, 0, RW)).toBe(0)
    expect(space.mprotect(thread, shared, P, 0x100)).toBe(-errno.EINVAL)
    expect(space.mprotect(thread, shared, P, R | mm.PROT_GROWSDOWN)).toBe(-errno.EINVAL)
    expect(space.mprotect(thread, shared, P, R | mm.PROT_GROWSDOWN | mm.PROT_GROWSUP)).toBe(-errno.EINVAL)
    expect(space.mprotect(thread, GUEST_LIMIT, P, R)).toBe(-errno.ENOMEM)
    expect(space.mprotect(thread, shared, 2 ** 64, R)).toBe(-errno.ENOMEM)
    expectInStep()
  })
})

describe('mremap', () => {
  it('grows in place, moves, shrinks', () => {
    const a = map(2 * P)
    thread.write(a, new Uint8Array([1, 2, 3]))
    expect(mremap(space, thread, a, 2 * P, 4 * P, 0, 0)).toBe(a)
    const wall = map(P, R)
    expect(mremap(space, thread, a, 4 * P, 5 * P, 0, 0)).toBe(-errno.ENOMEM)
    const b = mremap(space, thread, a, 4 * P, 6 * P, mm.MREMAP_MAYMOVE, 0)
    expect(b).toBe(wall + P)
    expect([...thread.read(b, 3)!]).toEqual([1, 2, 3])
    expect(mremap(space, thread, b, 6 * P, P, 0, 0)).toBe(b)
    expectInStep()
    const target = PIE_BASE + 0x200000
    expect(mremap(space, thread, b, P, P, mm.MREMAP_MAYMOVE | mm.MREMAP_FIXED, target)).toBe(target)
    expect(mremap(space, thread, target, P, P, mm.MREMAP_MAYMOVE | mm.MREMAP_DONTUNMAP, 0)).toBe(b + P)
    expectInStep()
  })

  it('gives the errors of Linux', () => {
    const a = map(2 * P)
    const move = mm.MREMAP_MAYMOVE
    expect(mremap(space, thread, a, P, P, 8, 0)).toBe(-errno.EINVAL)
    expect(mremap(space, thread, a, P, P, mm.MREMAP_FIXED, 0)).toBe(-errno.EINVAL)
    expect(mremap(space, thread, a + 1, P, P, 0, 0)).toBe(-errno.EINVAL)
    expect(mremap(space, thread, a, P, 0, 0, 0)).toBe(-errno.EINVAL)
    expect(mremap(space, thread, a + 8 * P, P, P, move, 0)).toBe(-errno.EFAULT)
    expect(mremap(space, thread, a, 3 * P, 4 * P, move, 0)).toBe(-errno.EFAULT)
    expect(mremap(space, thread, a, 0, P, move, 0)).toBe(-errno.EINVAL)
    expect(mremap(space, thread, a, 2 * P, 2 * P, move | mm.MREMAP_FIXED, a + P)).toBe(-errno.EINVAL)
    expect(mremap(space, thread, a, 2 * P, 2 ** 47, move, 0)).toBe(-errno.ENOMEM)
    expectInStep()
  })

  it('a length of 0 shows shared memory twice', () => {
    const a = map(2 * P, RW, mm.MAP_SHARED | mm.MAP_ANONYMOUS)
    const b = mremap(space, thread, a, 0, 2 * P, mm.MREMAP_MAYMOVE, 0)
    thread.write(a + P, new Uint8Array([42]))
    expect(thread.read(b + P, 1)![0]).toBe(42)
    expectInStep()
  })
})

describe('brk', () => {
  it('grows and shrinks behind a gap page, and stops at what is mapped', () => {
    startBrk(space, PIE_BASE + 0x1234)
    const start = PIE_BASE + 3 * P
    expect(brk(space, thread, 0)).toBe(start)
    expect(brk(space, thread, start + 10)).toBe(start + 10)
    expect(brk(space, thread, start + 5 * P)).toBe(start + 5 * P)
    expect(space.vmas.at(start)!.name).toBe('[heap]')
    expect(brk(space, thread, start + P + 1)).toBe(start + P + 1)
    expectInStep()
    map(P, R, ANON | mm.MAP_FIXED, start + 8 * P)
    expect(brk(space, thread, start + 8 * P)).toBe(start + P + 1)
    expect(brk(space, thread, start + 7 * P)).toBe(start + 7 * P)
    expect(brk(space, thread, start - 1)).toBe(start + 7 * P)
    expect(brk(space, thread, 2 ** 63)).toBe(start + 7 * P)
    space.limits.data = 8 * P
    expect(brk(space, thread, start + 9 * P)).toBe(start + 7 * P)
    expectInStep()
  })
})

describe('shared memory', () => {
  it('attaches, detaches what is left, and gives the errors of Linux', () => {
    const id = thread.syscall(nr.shmget, 0, 3 * P - 5, 0o600)
    const a = shmat(space, thread, id, 0, 0)
    const b = shmat(space, thread, id, PIE_BASE + 0x300005, mm.SHM_RND | mm.SHM_RDONLY)
    thread.syscall(nr.shmctl, id, 0, 0)
    expect([a, b]).toEqual([MMAP_BASE, PIE_BASE + 0x300000])
    thread.write(a + 2 * P, new Uint8Array([9]))
    expect(thread.read(b + 2 * P, 1)![0]).toBe(9)
    expect(shmat(space, thread, id, a + P, 0)).toBe(-errno.EINVAL)
    expect(shmat(space, thread, id, a + 1, 0)).toBe(-errno.EINVAL)
    expect(shmat(space, thread, id, 0, mm.SHM_REMAP)).toBe(-errno.EINVAL)
    expect(shmat(space, thread, 0x7fffffff, 0, 0)).toBe(-errno.EINVAL)
    expectInStep()
    space.munmap(thread, a + P, P)
    expect(shmdt(space, thread, a + 2 * P)).toBe(-errno.EINVAL)
    expect(shmdt(space, thread, a)).toBe(0)
    expect(space.vmas.length).toBe(1)
    expect(shmdt(space, thread, b)).toBe(0)
    expectInStep()
  })
})

describe('code pages', () => {
  it('a write to a translated page is noticed once, then allowed', () => {
    const a = map(4 * P, RWX)
    expect(space.protectCode(thread, a + 10, a + P + 10)).toBe(true)
    expectInStep()
    expect(thread.write(a, new Uint8Array([1]))).toBe(false)
    expect(space.handleWriteFault(thread, a + 5)).toBe('retry')
    expect(changes).toEqual([`${a.toString(16)}-${(a + P).toString(16)} written`])
    expect(thread.write(a, new Uint8Array([1]))).toBe(true)
    expect(space.handleWriteFault(thread, a + 5)).toBe('retry') // another thread's fault on the same page
    expect(space.handleWriteFault(thread, a + 3 * P)).toBe('fault')
    expect(space.writeCount(a)).toBe(1)
    expectInStep()
    expect(space.prepareWrite(thread, a, 4 * P)).toBe(true)
    expect(space.prepareWrite(thread, a, 4 * P)).toBe(false)
    expectInStep()
  })

  it('mprotect keeps translations as long as the memory stays executable', () => {
    const a = map(2 * P, RX, mm.MAP_PRIVATE, 0, fd)
    space.protectCode(thread, a, a + P)
    expect(space.handleWriteFault(thread, a)).toBe('fault')
    expect(space.mprotect(thread, a, 2 * P, RWX)).toBe(0)
    expectInStep()
    expect(changes).toEqual([])
    expect(space.mprotect(thread, a, 2 * P, RW)).toBe(0)
    expect(changes).toEqual([`${a.toString(16)}-${(a + P).toString(16)} protection`])
    expectInStep()
  })

  it('unmapping, mapping over, moving and discarding tell the translator', () => {
    const a = map(8 * P, RWX)
    const page = (n: number): string => `${(a + n * P).toString(16)}-${(a + (n + 1) * P).toString(16)}`
    space.protectCode(thread, a, a + 8 * P)
    space.munmap(thread, a, P)
    map(P, RWX, ANON | mm.MAP_FIXED, a + P)
    madvise(space, thread, a + 2 * P, P, mm.MADV_DONTNEED)
    const moved = mremap(space, thread, a + 3 * P, P, 2 * P, mm.MREMAP_MAYMOVE, 0)
    expect(changes).toEqual([`${page(0)} unmapped`, `${page(1)} unmapped`, `${page(2)} written`, `${page(3)} written`])
    expect(thread.write(moved, new Uint8Array([1]))).toBe(true)
    expectInStep()
  })

  it('a page may stay unprotected', () => {
    const a = map(P, RWX)
    space.protectCode(thread, a, a + 4)
    space.trackUnprotectedCode(thread, a, a + 4)
    expect(thread.write(a, new Uint8Array([1]))).toBe(true)
    space.munmap(thread, a, P)
    expect(changes).toHaveLength(1)
  })

  it('a forked child has the pages, without those it shall not have', () => {
    const a = map(4 * P, RWX)
    space.protectCode(thread, a, a + 4 * P)
    madvise(space, thread, a + P, P, mm.MADV_DONTFORK)
    const child = space.fork()
    expect(child.code.within(a, a + 4 * P)).toEqual([a, a + 2 * P, a + 3 * P])
    expect(child.vmas.covers(a, a + P)).toBe(true)
    expect(child.vmas.at(a + P)).toBeUndefined()
    expect(space.vmas.at(a + P)).toBeDefined()
  })
})

describe('a growing stack', () => {
  it('is found where the host let it grow', () => {
    const top = STACK_TOP - 16 * P
    map(2 * P, RW, ANON | mm.MAP_GROWSDOWN | mm.MAP_FIXED, top - 2 * P)
    new Uint8Array(viewOf(top - 3 * P, 3 * P))[0] = 1 // the store makes the kernel grow the mapping
    expect(space.mprotect(thread, top - 3 * P, P, R)).toBe(0)
    expectInStep()
    const near = map(P, RW, ANON, top - 20 * P)
    expect(near).toBe(MMAP_BASE)
  })
})

/** Numbers below n, always the same for a seed. */
function randomNumbers(seed: number): (n: number) => number {
  let state = seed >>> 0
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

describe('a call that is put off', () => {
  const NO_MEMORY = -errno.ENOMEM
  let said: number[]

  /** Result of the call, and what it was corrected to when the host refused it. */
  const putOff = (start: number, length: number, make: () => number, refuse?: number): [number, number[]] => {
    said = []
    expect(space.mayPutOff(start, start + length)).toBe(true)
    const result = space.putOff(thread, start, start + length, make, (error) => said.push(error))
    thread.goOn(refuse)
    expectInStep()
    return [result, said]
  }

  it('has its result at once, and is made later', () => {
    const a = map(4 * P)
    expect(putOff(0, P, () => map(P, R))).toEqual([a + 4 * P, []])
    expect(putOff(a, P, () => space.munmap(thread, a, P))).toEqual([0, []])
    expect(putOff(a + P, P, () => space.mprotect(thread, a + P, P, R))).toEqual([0, []])
    expect(putOff(a + P, P, () => space.mprotect(thread, a + P, P, R))).toEqual([0, []])
    expect(space.vmas.length).toBe(3)
  })

  it('leaves everything as it was when the host refuses it', () => {
    const a = map(4 * P)
    expect(putOff(0, P, () => map(P, R), NO_MEMORY)).toEqual([a + 4 * P, [NO_MEMORY]])
    expect(putOff(a, P, () => space.munmap(thread, a, P), NO_MEMORY)).toEqual([0, [NO_MEMORY]])
    expect(putOff(a + P, P, () => space.mprotect(thread, a + P, P, R), NO_MEMORY)).toEqual([0, [NO_MEMORY]])
    expect(space.vmas.length).toBe(1)
    expect(map(P, R)).toBe(a + 4 * P)
  })

  it('is none where code is, or several mappings are', () => {
    const a = map(4 * P)
    space.mprotect(thread, a + 2 * P, P, RX)
    expect(space.mayPutOff(a, a + 4 * P)).toBe(false)
    expect(space.mayPutOff(a, a + P)).toBe(true)
    expect(space.mayPutOff(a + 2 * P, a + 3 * P)).toBe(true)
    space.protectCode(thread, a + 2 * P, a + 3 * P)
    expect(space.mayPutOff(a + 2 * P, a + 3 * P)).toBe(false)
    expect(space.mayPutOff(a + 8 * P, a + 9 * P)).toBe(true)
    expect(space.mayPutOff(a, 2 ** 64)).toBe(false)
  })

  it('at random, and refused at random, keeps list and host in step', () => {
    const random = randomNumbers(Number(process.env['SEED'] ?? 1))
    const prots = [0, R, RW, RX, RWX]
    for (let i = 0; i < 1000; i++) {
      const at = MMAP_BASE + random(40) * P
      const length = (1 + random(8)) * P
      const prot = prots[random(prots.length)]!
      const pick = random(4)
      const make = (): number => {
        if (pick === 0) return map(length, prot, ANON | mm.MAP_FIXED, at)
        if (pick === 1) return map(length, prot, mm.MAP_PRIVATE | mm.MAP_FIXED, at, fd, random(4) * P)
        return pick === 2 ? space.munmap(thread, at, length) : space.mprotect(thread, at, length, prot)
      }
      if (space.mayPutOff(at, at + length)) {
        space.putOff(thread, at, at + length, make, () => {})
        thread.goOn(random(3) === 0 ? NO_MEMORY : undefined)
      } else make()
      if (random(8) === 0) space.protectCode(thread, at, at + P)
      expectInStep(`SEED=${process.env['SEED'] ?? 1} step ${i}`)
    }
  }, 120_000)
})

it('random calls keep list and host in step', () => {
  const seed = Number(process.env['SEED'] ?? 1)
  const random = randomNumbers(seed)
  const prots = [0, R, RW, RX, RWX, mm.PROT_EXEC]
  for (let i = 0; i < 1500; i++) {
    const at = MMAP_BASE + random(40) * P
    const length = (1 + random(8)) * P
    const prot = prots[random(prots.length)]!
    const pick = random(10)
    if (pick < 2) map(length, prot, ANON | (random(2) ? mm.MAP_FIXED : 0), at)
    else if (pick === 2) map(length, prot, mm.MAP_PRIVATE | mm.MAP_FIXED, at, fd, random(4) * P)
    else if (pick === 3) map(length, prot, mm.MAP_SHARED | mm.MAP_FIXED, at, fd, random(4) * P)
    else if (pick === 4) space.munmap(thread, at, length)
    else if (pick === 5) space.mprotect(thread, at, length, prot)
    else if (pick === 6) mremap(space, thread, at, length, (1 + random(8)) * P, random(2), 0)
    else if (pick === 7) mremap(space, thread, at, length, length, mm.MREMAP_MAYMOVE | mm.MREMAP_FIXED, MMAP_BASE + random(40) * P)
    else if (pick === 8) space.protectCode(thread, at, at + length)
    else space.handleWriteFault(thread, at)
    expectInStep(`SEED=${seed} step ${i}`)
  }
}, 120_000)
