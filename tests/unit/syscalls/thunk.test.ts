/** Thunks in a real runner: results, conversions, EFAULT, and what they leave to the engine. */
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HIDDEN_FDS, NAMES_MAPPED } from '../../../src/runtime/layout.ts'
import { disassemble } from '../../../src/x64/asm/index.ts'
import { aarch64, x64 } from '../../../syscalls/abi/abi.ts'
import { errno } from '../../../syscalls/abi/errno.ts'
import { flagValue } from '../../../syscalls/abi/flag-set.ts'
import { openFlags } from '../../../syscalls/abi/flags/files.ts'
import { layout, readField, writeField } from '../../../syscalls/abi/shape.ts'
import { epollEvent, stat } from '../../../syscalls/abi/shapes-files.ts'
import { Guest, MEMORY_END, PAGE, PAGE_SIZE } from './lib.ts'

const AT_FDCWD = -100
const F_GETFL = 3
const F_SETFL = 4
const F_DUPFD = 0
const flag = (name: Parameters<typeof flagValue<keyof typeof openFlags.values>>[2]): number => flagValue(openFlags, 'aarch64', name)

let guest: Guest
let directory: string

beforeAll(() => {
  guest = new Guest()
  directory = mkdtempSync(`${tmpdir()}/demotic-thunk-`)
  writeFileSync(`${directory}/file`, 'twelve bytes')
  symlinkSync('file', `${directory}/link`)
})
afterAll(() => {
  guest.close()
  rmSync(directory, { recursive: true })
})

const open = (name: string, flags = 0): number => Number(guest.native('openat', AT_FDCWD, guest.text(PAGE, `${directory}/${name}`), flags))

test('every thunk disassembles to its end', () => {
  for (const thunk of guest.thunks.thunks) {
    const lines = disassemble(
      guest.thunks.code.subarray(thunk.address - guest.thunks.origin, thunk.address - guest.thunks.origin + thunk.length),
      thunk.address,
    )
    expect(
      lines.filter((line) => line.includes('syscall')),
      thunk.row.name,
    ).toHaveLength(thunk.row.state === 'refused' ? 0 : 1)
    expect(
      lines.some((line) => line.includes('(bad)')),
      thunk.row.name,
    ).toBe(false)
  }
})

test('plain calls', () => {
  expect(guest.native('getpid')).toBe(guest.thread.pid)
  expect(guest.native('getcwd', PAGE, PAGE_SIZE)).toBe(process.cwd().length + 1)
  expect(guest.native('close', 777)).toBe(-errno.EBADF)
  expect(guest.native('getrandom', PAGE, 32, 0)).toBe(32)
  expect(guest.native('clock_gettime', 0, PAGE)).toBe(0)
  expect(Math.abs(guest.u32(PAGE) - Date.now() / 1000)).toBeLessThan(5)
})

test('what has no thunk goes to the engine', () => {
  for (const name of ['mmap', 'brk', 'exit_group', 'clone', 'rt_sigaction', 'uname', 'execve', 'openat2', 'nonsense'])
    expect(guest.native(name), name).toBe('engine')
})

test('stat is converted', () => {
  const of = layout(aarch64, stat)
  const real = statSync(`${directory}/file`, { bigint: true })
  const fd = open('file')
  for (const call of ['fstat', 'newfstatat'] as const) {
    guest.thread.write(PAGE + 512, new Uint8Array(of.size).fill(0xee))
    const done =
      call === 'fstat'
        ? guest.native(call, fd, PAGE + 512)
        : guest.native(call, AT_FDCWD, guest.text(PAGE, `${directory}/link`), PAGE + 512, 0)
    expect(done).toBe(0)
    const bytes = guest.bytes(PAGE + 512, of.size)
    for (const [field, value] of Object.entries({
      st_ino: real.ino,
      st_mode: real.mode,
      st_nlink: real.nlink,
      st_size: real.size,
      st_blocks: real.blocks,
      st_blksize: real.blksize,
      st_dev: real.dev,
      st_rdev: real.rdev,
      st_uid: real.uid,
    }))
      expect(readField(of, field, bytes), field).toBe(Number(value))
    expect(readField(of, 'st_mtime', bytes)).toBe(Number(real.mtimeMs / 1000n))
    expect(readField(of, '__unused5', bytes)).toBe(0)
  }
  expect(guest.native('close', fd)).toBe(0)
})

test('stat into bad memory', () => {
  const size = layout(aarch64, stat).size
  expect(guest.native('fstat', 0, MEMORY_END - size)).toBe(0)
  expect(guest.native('fstat', 0, MEMORY_END - size + 1)).toBe(-errno.EFAULT)
  expect(guest.native('fstat', 0, MEMORY_END + PAGE_SIZE)).toBe(-errno.EFAULT)
  expect(guest.native('fstat', 0, 2 ** 52)).toBe(-errno.EFAULT)
  expect(guest.native('fstat', 0, 0)).toBe('engine')
  expect(guest.native('fstat', 99, MEMORY_END)).toBe(-errno.EBADF)
})

test('open flags are renumbered there and back', () => {
  const opened = open('.', flag('O_DIRECTORY'))
  expect(opened).toBeGreaterThan(2)
  expect(open('file', flag('O_DIRECTORY'))).toBe(-errno.ENOTDIR)
  expect(open('link', flag('O_NOFOLLOW'))).toBe(-errno.ELOOP)
  expect(Number(guest.native('fcntl', opened, F_GETFL)) & flag('O_DIRECTORY')).toBe(flag('O_DIRECTORY'))
  guest.native('close', opened)

  expect(guest.native('pipe2', PAGE, flag('O_DIRECT'))).toBe(0)
  const [reading, writing] = [guest.u32(PAGE), guest.u32(PAGE + 4)]
  expect(Number(guest.native('fcntl', writing, F_GETFL)) & (flag('O_DIRECT') | flag('O_DIRECTORY'))).toBe(flag('O_DIRECT'))
  expect(guest.native('fcntl', writing, F_SETFL, flag('O_NONBLOCK'))).toBe(0)
  expect(Number(guest.native('fcntl', writing, F_GETFL)) & (flag('O_DIRECT') | flag('O_NONBLOCK'))).toBe(flag('O_NONBLOCK'))
  expect(guest.native('fcntl', 555, F_GETFL)).toBe(-errno.EBADF)
  guest.native('close', reading)
  guest.native('close', writing)
})

test('epoll events are converted, in arrays too', () => {
  const of = layout(aarch64, epollEvent)
  const epoll = Number(guest.native('epoll_create1', 0))
  const fds: number[] = []
  for (let n = 0; n < 5; n++) {
    const fd = Number(guest.native('eventfd2', n + 1, 0))
    fds.push(fd)
    const bytes = new Uint8Array(of.size)
    writeField(of, 'events', bytes, 1)
    writeField(of, 'data', bytes, 0x1234_5678_0000 + n)
    guest.thread.write(PAGE, bytes)
    expect(guest.native('epoll_ctl', epoll, 1, fd, PAGE)).toBe(0)
  }
  expect(guest.native('epoll_pwait', epoll, PAGE, 8, 0, 0, 8)).toBe(5)
  const events = guest.bytes(PAGE, 5 * of.size)
  const seen = [0, 1, 2, 3, 4].map((n) => [readField(of, 'events', events, n * of.size), readField(of, 'data', events, n * of.size)])
  expect(seen).toEqual([0, 1, 2, 3, 4].map((n) => [1, 0x1234_5678_0000 + n]))
  // Room for the host's five elements but not for the guest's.
  expect(guest.native('epoll_pwait', epoll, MEMORY_END - 64, 8, 0, 0, 8)).toBe(-errno.EFAULT)
  expect(guest.native('epoll_pwait', epoll, MEMORY_END, 8, 0, 0, 8)).toBe('engine')
  expect(guest.native('epoll_ctl', epoll, 1, 0, MEMORY_END - 8)).toBe(-errno.EFAULT)
  expect(guest.native('epoll_ctl', epoll, 2, fds[0]!, MEMORY_END)).toBe(0)
  for (const fd of [...fds, epoll]) guest.native('close', fd)
})

test('system V semaphores: the structure goes to the engine, the rest does not', () => {
  const id = Number(guest.native('semget', 0, 1, 0o1600))
  expect(id).toBeGreaterThanOrEqual(0)
  expect(guest.native('semctl', id, 0, 16, 7)).toBe(0)
  expect(guest.native('semctl', id, 0, 12)).toBe(7)
  expect(guest.native('semctl', id, 0, 2, PAGE)).toBe('engine')
  expect(guest.native('semctl', id, 0, 0)).toBe(0)
})

describe('names', () => {
  test.each(['/proc/self/maps', '/sys', '/dev/null', 'self/exe', 'thread-self', '//proc/1', '/./proc', '/../proc'])(
    '%s goes to the engine',
    (name) => {
      expect(guest.native('openat', AT_FDCWD, guest.text(PAGE, name), 0)).toBe('engine')
    },
  )

  test('others do not', () => {
    for (const name of ['/nowhere', 'x', '', '/p', '.', '/'])
      expect(guest.native('faccessat', AT_FDCWD, guest.text(PAGE, name), 0), name).not.toBe('engine')
  })

  test('a name at the end of memory', () => {
    expect(guest.native('faccessat', AT_FDCWD, guest.text(MEMORY_END - 2, '/'), 0)).toBe(0)
    guest.thread.write(MEMORY_END - 2, new Uint8Array([0x2f, 0x78]))
    expect(guest.native('faccessat', AT_FDCWD, MEMORY_END - 2, 0)).toBe(-errno.EFAULT)
    expect(guest.native('faccessat', AT_FDCWD, MEMORY_END, 0)).toBe(-errno.EFAULT)
    expect(guest.native('faccessat', AT_FDCWD, 0, 0)).toBe(-errno.EFAULT)
  })

  test('all of them under a sysroot', () => {
    guest.thread.i32[NAMES_MAPPED >> 2] = 1
    expect(guest.native('chdir', guest.text(PAGE, '/'))).toBe('engine')
    guest.thread.i32[NAMES_MAPPED >> 2] = 0
  })
})

test('our own descriptors do not exist', () => {
  const hidden = guest.thread.i32[HIDDEN_FDS >> 2]!
  expect(guest.thread.syscall(x64.numbers['fcntl']!, hidden, 1)).toBeGreaterThanOrEqual(0)
  for (const [name, ...args] of [
    ['read', hidden, PAGE, 1],
    ['close', hidden + 1],
    ['dup', hidden],
    ['dup3', 0, hidden + 2, 0],
    ['fstat', hidden, PAGE],
    ['fcntl', hidden, 1],
    ['openat', hidden, guest.text(PAGE + 100, 'x'), 0],
    ['sendfile', 1, hidden, 0, 1],
  ] as const)
    expect(guest.native(name, ...args), name).toBe(-errno.EBADF)
  expect(guest.native('fcntl', 0, F_DUPFD, hidden)).toBe(-errno.EINVAL)
  expect(guest.native('close', hidden - 1)).toBe(-errno.EBADF)
})

test('EFAULT of a call that may write goes to the engine, which knows protected pages', () => {
  expect(guest.native('read', 0, MEMORY_END, 1)).not.toBe(1)
  expect(guest.native('getrandom', MEMORY_END, 8, 0)).toBe('engine')
  expect(guest.native('write', 1, MEMORY_END, 8)).toBe(-errno.EFAULT)
})
