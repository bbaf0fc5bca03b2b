/** Names that thunks map under a sysroot, in a real runner: what they open is what the engine's Sysroot would have opened. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Sysroot } from '../../../linux-user/sysroot.ts'
import { NAMES_MAPPED } from '../../../src/runtime/layout.ts'
import { errno } from '../../../syscalls/abi/errno.ts'
import { NAME_TABLE_SIZE, NameTable } from '../../../syscalls/names.ts'
import { Guest, MEMORY_END, PAGE } from './lib.ts'

const AT_FDCWD = -100
const AT_SYMLINK_NOFOLLOW = 0x100
const O_CREAT = 0o100
const O_WRONLY = 1
const SEEK_END = 2

let guest: Guest
let place: string
let root: string

/** Bytes of the file of a name, by its thunk. */
function sizeOf(name: string, flags = 0): number | 'engine' {
  const fd = guest.native('openat', AT_FDCWD, guest.text(PAGE, name), flags, 0o600)
  if (fd === 'engine' || fd < 0) return fd
  const size = guest.native('lseek', fd, 0, SEEK_END)
  guest.native('close', fd)
  return size
}

beforeAll(() => {
  guest = new Guest()
  place = mkdtempSync(`${tmpdir()}/demotic-names-`)
  root = `${place}/root`
  for (const folder of ['root/lib/deep/er', 'host/lib', 'root/etc']) mkdirSync(`${place}/${folder}`, { recursive: true })
  const file = (name: string, size: number) => writeFileSync(`${place}/${name}`, 'x'.repeat(size))
  file('root/lib/one', 1)
  file('root/lib/deep/er/two', 2)
  file('root/top', 3)
  file('host/lib/on-host', 4)
  file('host/lib/one', 5)
  file('root/lib/.hidden', 6)
  symlinkSync('one', `${root}/lib/link`)
  symlinkSync('link', `${root}/lib/link-to-link`)
  symlinkSync('deep/er/two', `${root}/lib/away`)
  symlinkSync('/lib/one', `${root}/lib/absolute`)
  symlinkSync('loop', `${root}/lib/loop`)
  symlinkSync('nothing', `${root}/lib/dangling`)
  symlinkSync('lib', `${root}/lib64`)
  guest.thread.i32[NAMES_MAPPED >> 2] = 1
  // The names are the sysroot's: what the guest calls /lib is root/lib. What it has not is the host's.
  const sysroot = new Sysroot(root)
  sysroot.publish(guest.names)
  const learn = (name: string) => sysroot.mapPath(new TextEncoder().encode(name))
  for (const name of ['/lib/x', '/lib/deep/er/x', '/x', '/lib64/x', `${place}/host/lib/x`, '/lib/../lib/x', '/proc/x', '/lib/../proc/x'])
    learn(name)
})

afterAll(() => {
  guest.close()
  rmSync(place, { recursive: true })
})

describe('with a directory that is known', () => {
  test.each([
    ['/lib/one', 1],
    ['/lib/deep/er/two', 2],
    ['/top', 3],
    ['/lib64/one', 1],
    ['/lib/../lib/one', 1],
    ['/lib/link', 1],
    ['/lib/link-to-link', 1],
  ])('%s is in the sysroot', (name, size) => expect(sizeOf(name)).toBe(size))

  test('what the sysroot has not is the host’s', () => {
    expect(sizeOf(`${place}/host/lib/on-host`)).toBe(4)
    expect(sizeOf(`${place}/host/lib/none`)).toBe(-errno.ENOENT)
    expect(sizeOf('/lib/none-such')).toBe(-errno.ENOENT)
    expect(sizeOf('/lib/dangling')).toBe(-errno.ENOENT)
    expect(sizeOf('/lib/one/more')).toBe('engine')
  })

  test.each(['/lib/away', '/lib/absolute', '/lib/loop', '/lib/.hidden', '/lib/', '/', '/lib/..', '/proc/x', '/lib/../proc/x', '/etc/x'])(
    '%s goes to the engine',
    (name) => expect(sizeOf(name)).toBe('engine'),
  )

  test('a relative name is the kernel’s', () => expect(sizeOf('none-such')).toBe(-errno.ENOENT))

  test('a new file is not the sysroot’s to say', () => {
    expect(sizeOf(`${place}/host/lib/new`, O_CREAT | O_WRONLY)).toBe(0)
    expect(sizeOf(`${place}/host/lib/new`)).toBe(0)
  })

  test('a link that is not to be followed is what is meant', () => {
    const mode = (flags: number): number => {
      expect(guest.native('newfstatat', AT_FDCWD, guest.text(PAGE, '/lib/absolute'), PAGE + 0x400, flags)).toBe(0)
      return guest.u32(PAGE + 0x400 + 16)
    }
    expect(mode(AT_SYMLINK_NOFOLLOW) & 0o170000).toBe(0o120000)
    expect(guest.native('newfstatat', AT_FDCWD, guest.text(PAGE, '/lib/absolute'), PAGE + 0x400, 0)).toBe('engine')
    expect(guest.native('readlinkat', AT_FDCWD, guest.text(PAGE, '/lib/link'), PAGE + 0x400, 100)).toBe(3)
  })

  test('a change of the root is the engine’s: names mean something else behind it', () => {
    expect(guest.native('chroot', guest.text(PAGE, '/lib'))).toBe('engine')
    expect(guest.native('pivot_root', guest.text(PAGE, '/lib'), PAGE)).toBe('engine')
  })

  test('two names', () => {
    expect(
      guest.native('linkat', AT_FDCWD, guest.text(PAGE, '/lib/one'), AT_FDCWD, guest.text(PAGE + 0x400, `${place}/host/lib/hard`), 0),
    ).toBe(0)
    expect(sizeOf(`${place}/host/lib/hard`)).toBe(1)
  })

  test('a long name', () => {
    expect(sizeOf(`/lib/${'x'.repeat(255)}`)).toBe(-errno.ENOENT)
    expect(sizeOf(`/lib/${'x'.repeat(2000)}`)).toBe('engine')
  })

  test('a name that cannot be read', () => {
    expect(guest.native('faccessat', AT_FDCWD, 0, 0)).toBe('engine')
    expect(guest.native('faccessat', AT_FDCWD, guest.text(MEMORY_END - 5, '/top'), 0)).toBe(0)
    guest.thread.write(MEMORY_END - 4, new TextEncoder().encode('/top'))
    expect(guest.native('faccessat', AT_FDCWD, MEMORY_END - 4, 0)).toBe('engine')
  })
})

describe('the table', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

  test('takes what fits, and says when nothing does any more', () => {
    const table = new NameTable(new ArrayBuffer(NAME_TABLE_SIZE))
    let n = 0
    while (table.add(bytes(`/directory/number/${n}`), bytes(`/sysroot/directory/number/${n}`))) n++
    expect(n).toBeGreaterThan(1000)
    expect(n).toBeLessThan(4096)
  })

  test('goes on where a predecessor ended', () => {
    const memory = new ArrayBuffer(NAME_TABLE_SIZE)
    expect(new NameTable(memory).add(bytes('/a'), bytes('/root/a'))).toBe(true)
    const before = new Uint8Array(memory.slice(0))
    const next = new NameTable(memory)
    next.add(bytes('/a'), bytes('/root/a'))
    expect(Buffer.compare(new Uint8Array(memory), before)).toBe(0)
    next.add(bytes('/b'), null)
    const text = Buffer.from(memory).toString('latin1')
    expect([text.split('/root/a').length, text.split('/b').length]).toEqual([2, 2])
  })
})
