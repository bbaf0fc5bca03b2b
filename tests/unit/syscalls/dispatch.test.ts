/** Calls that the engine carries out: generic ones, our handlers, and what -strace prints of both. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HIDDEN_COUNT, HIDDEN_FDS } from '../../../src/runtime/layout.ts'
import { aarch64, x64 } from '../../../syscalls/abi/abi.ts'
import { errno } from '../../../syscalls/abi/errno.ts'
import { flagValue } from '../../../syscalls/abi/flag-set.ts'
import { openFlags } from '../../../syscalls/abi/flags/files.ts'
import { fieldOf, layout, readField, writeField } from '../../../syscalls/abi/shape.ts'
import { epollEvent, openHow, stat } from '../../../syscalls/abi/shapes-files.ts'
import { rlimit64, semidDs, sigaction, stack, utsname } from '../../../syscalls/abi/shapes-process.ts'
import type { SyscallContext } from '../../../syscalls/call.ts'
import { finishSyscall, handleSyscall } from '../../../syscalls/dispatch.ts'
import { createContext, Guest, MEMORY_END, PAGE, PAGE_SIZE } from './lib.ts'

const AT_FDCWD = -100
const RLIMIT_AS = 9
const SIGINT = 2
const SIGSEGV = 11
const SIG_SETMASK = 2
const O_DIRECTORY = flagValue(openFlags, 'aarch64', 'O_DIRECTORY')
let guest: Guest
let directory: string
let lines: string[] = []
let context: SyscallContext

beforeAll(() => {
  guest = new Guest()
  directory = mkdtempSync(`${tmpdir()}/demotic-dispatch-`)
  writeFileSync(`${directory}/file`, 'twelve bytes')
  symlinkSync('file', `${directory}/link`)
  context = createContext({ trace: (line) => lines.push(line) })
  // The runner stops for the engine.
  guest.native('brk')
})
afterAll(() => {
  guest.close()
  rmSync(directory, { recursive: true })
})

/** Makes a guest call in the engine. */
function call(name: string, ...args: number[]): number {
  guest.load(name, ...args)
  expect(handleSyscall(context, guest.thread)).toBe('resume')
  return guest.result
}

/** The same; the line that -strace prints. */
function traced(name: string, ...args: number[]): string {
  lines = []
  call(name, ...args)
  expect(lines).toHaveLength(1)
  return lines[0]!
}

const guestString = (bytes: Uint8Array, of: ReturnType<typeof layout>, name: string): string => {
  const { offset, count } = fieldOf(of, name)
  return new TextDecoder().decode(bytes.subarray(offset, offset + count)).replace(/\0.*/s, '')
}

describe('generic calls and their text', () => {
  test('open, read, write, close', () => {
    const name = guest.text(PAGE, `${directory}/file`)
    expect(traced('openat', AT_FDCWD, name, 0o2000000, 0)).toMatch(/^openat\(AT_FDCWD, ".*\/file", O_RDONLY\|O_CLOEXEC\) = \d+$/)
    const fd = guest.result
    expect(traced('read', fd, PAGE + 100, 50)).toBe(`read(${fd}, "twelve bytes", 50) = 12`)
    expect(traced('lseek', fd, -2, 2)).toBe(`lseek(${fd}, -2, SEEK_END) = 10`)
    expect(traced('pread64', fd, PAGE + 100, 3, 7)).toBe(`pread64(${fd}, "byt", 3, 7) = 3`)
    expect(traced('fcntl', fd, 3, 0)).toBe(`fcntl(${fd}, F_GETFL) = 0x20000 (flags O_RDONLY|O_LARGEFILE)`)
    expect(traced('close', fd)).toBe(`close(${fd}) = 0`)
    expect(traced('close', fd)).toBe(`close(${fd}) = -1 EBADF (Bad file descriptor)`)
    guest.text(PAGE, `${directory}/new`)
    expect(traced('openat', AT_FDCWD, PAGE, 0o301, 0o640)).toMatch(/new", O_WRONLY\|O_CREAT\|O_EXCL, 0640\) = \d+$/)
    call('close', guest.result)
    expect(traced('openat', AT_FDCWD, PAGE, 0o301, 0o640)).toMatch(/0640\) = -1 EEXIST \(File exists\)$/)
    expect(traced('unlinkat', AT_FDCWD, PAGE, 0)).toMatch(/^unlinkat\(AT_FDCWD, ".*new", 0\) = 0$/)
  })

  test('stat, with conversion', () => {
    const at = PAGE + 512
    expect(traced('newfstatat', AT_FDCWD, guest.text(PAGE, `${directory}/link`), at, 0)).toMatch(
      /link", \{st_mode=S_IFREG\|0644, st_size=12, \.\.\.\}, 0\) = 0$/,
    )
    const of = layout(aarch64, stat)
    expect(readField(of, 'st_size', guest.bytes(at, of.size))).toBe(12)
    expect(traced('newfstatat', AT_FDCWD, PAGE, at, 0x100)).toContain('{st_mode=S_IFLNK|0777, st_size=4, ...}, AT_SYMLINK_NOFOLLOW) = 0')
    expect(traced('fstat', 0, MEMORY_END)).toBe('fstat(0, 0x100002000) = -1 EFAULT (Bad address)')
  })

  test('vectors, times, sets, addresses', () => {
    const iov = new BigUint64Array([BigInt(PAGE + 256), 3n, BigInt(PAGE + 300), 2n])
    guest.thread.write(PAGE, new Uint8Array(iov.buffer))
    guest.text(PAGE + 256, 'abc')
    guest.text(PAGE + 300, '\n\u0001')
    const [reading, writing] = pipe()
    expect(traced('writev', writing, PAGE, 2)).toBe(
      `writev(${writing}, [{iov_base="abc", iov_len=3}, {iov_base="\\n\\1", iov_len=2}], 2) = 5`,
    )
    expect(traced('readv', reading, PAGE, 2)).toBe(
      `readv(${reading}, [{iov_base="abc", iov_len=3}, {iov_base="\\n\\1", iov_len=2}], 2) = 5`,
    )
    call('close', reading)
    call('close', writing)
    guest.thread.write(PAGE, new Uint8Array(new BigUint64Array([0n, 1000n]).buffer))
    expect(traced('nanosleep', PAGE, 0)).toBe('nanosleep({tv_sec=0, tv_nsec=1000}, NULL) = 0')
    guest.thread.write(PAGE, new Uint8Array([1, 0, ...new TextEncoder().encode('/nowhere/socket'), 0]))
    expect(traced('socket', 1, 0o2000001, 0)).toMatch(/^socket\(AF_UNIX, SOCK_STREAM\|SOCK_CLOEXEC, 0\) = \d+$/)
    const socket = guest.result
    expect(traced('connect', socket, PAGE, 18)).toBe(
      `connect(${socket}, {sa_family=AF_UNIX, sun_path="/nowhere/socket"}, 18) = -1 ENOENT (No such file or directory)`,
    )
    call('close', socket)
  })

  test('numbers that nobody has', () => {
    guest.load('nonsense', 1)
    guest.thread.i32[aarch64.numberAt >> 2] = 0x1fff
    lines = []
    expect(handleSyscall(context, guest.thread)).toBe('resume')
    expect(guest.result).toBe(-errno.ENOSYS)
    expect(lines[0]).toBe('syscall_0x1fff(0x1, 0, 0, 0, 0, 0) = -1 ENOSYS (Function not implemented)')
  })

  test('a call that does not return', () => {
    lines = []
    const ended: number[] = []
    const ctx = createContext({
      trace: (line) => lines.push(line),
      handlers: new Map([['exit_group', (c) => (ended.push(c.int(0)) > 0 ? ('gone' as const) : 0)]]),
    })
    guest.load('exit_group', 3)
    expect(handleSyscall(ctx, guest.thread)).toBe('gone')
    expect([lines, ended]).toEqual([['exit_group(3) = ?'], [3]])
  })
})

function pipe(): [number, number] {
  expect(call('pipe2', PAGE + 2000, 0)).toBe(0)
  return [guest.u32(PAGE + 2000), guest.u32(PAGE + 2004)]
}

test('epoll through the engine: events in and out', () => {
  const of = layout(aarch64, epollEvent)
  const epoll = call('epoll_create1', 0)
  const event = new Uint8Array(of.size)
  writeField(of, 'events', event, 5)
  writeField(of, 'data', event, 77)
  for (let n = 0; n < 3; n++) {
    const fd = call('eventfd2', 1, 0)
    guest.thread.write(PAGE, event)
    expect(traced('epoll_ctl', epoll, 1, fd, PAGE)).toBe(
      `epoll_ctl(${epoll}, EPOLL_CTL_ADD, ${fd}, {events=EPOLLIN|EPOLLOUT, data=0x4d}) = 0`,
    )
  }
  expect(call('epoll_pwait', epoll, PAGE, 10, 0, 0, 8)).toBe(3)
  const bytes = guest.bytes(PAGE, 3 * of.size)
  for (let n = 0; n < 3; n++)
    expect([readField(of, 'events', bytes, n * of.size), readField(of, 'data', bytes, n * of.size)]).toEqual([5, 77])
  call('close', epoll)
})

test('semctl converts', () => {
  const of = layout(aarch64, semidDs)
  const id = call('semget', 0, 3, 0o1600)
  expect(call('semctl', id, 0, 2, PAGE)).toBe(0)
  const bytes = guest.bytes(PAGE, of.size)
  expect(readField(of, 'sem_nsems', bytes)).toBe(3)
  expect(Math.abs(readField(of, 'sem_ctime', bytes) - Date.now() / 1000)).toBeLessThan(5)
  expect(call('semctl', id, 0, 0)).toBe(0)
})

test('openat2 renumbers the flags inside', () => {
  const of = layout(aarch64, openHow)
  const how = new Uint8Array(of.size)
  writeField(of, 'flags', how, O_DIRECTORY)
  guest.thread.write(PAGE + 1024, how)
  expect(call('openat2', AT_FDCWD, guest.text(PAGE, `${directory}/file`), PAGE + 1024, of.size)).toBe(-errno.ENOTDIR)
  expect(call('openat2', AT_FDCWD, guest.text(PAGE, directory), PAGE + 1024, of.size)).toBeGreaterThan(2)
  call('close', guest.result)
  expect(call('openat2', AT_FDCWD, PAGE, PAGE + 1024, 8)).toBe(-errno.EINVAL)
})

test('names are mapped, links followed as the call says', () => {
  const asked: [string, boolean][] = []
  const ctx = createContext({
    mapPath: (path, follow) => {
      const text = new TextDecoder().decode(path)
      asked.push([text, follow])
      return text.startsWith('/in/') ? new TextEncoder().encode(directory + text.slice(3)) : path
    },
  })
  const mapped = (name: string, ...args: number[]): number => {
    guest.load(name, ...args)
    handleSyscall(ctx, guest.thread)
    return guest.result
  }
  guest.text(PAGE, '/in/link')
  guest.text(PAGE + 100, '/in/other')
  expect(mapped('newfstatat', AT_FDCWD, PAGE, PAGE + 512, 0)).toBe(0)
  expect(mapped('newfstatat', AT_FDCWD, PAGE, PAGE + 512, 0x100)).toBe(0)
  expect(mapped('readlinkat', AT_FDCWD, PAGE, PAGE + 512, 100)).toBe(4)
  expect(mapped('renameat', AT_FDCWD, PAGE, AT_FDCWD, PAGE + 100)).toBe(0)
  expect(mapped('renameat', AT_FDCWD, PAGE + 100, AT_FDCWD, PAGE)).toBe(0)
  expect(mapped('openat', AT_FDCWD, MEMORY_END, 0)).toBe(-errno.EFAULT)
  expect(asked.slice(0, 5)).toEqual([
    ['/in/link', true],
    ['/in/link', false],
    ['/in/link', false],
    ['/in/link', false],
    ['/in/other', false],
  ])
})

test('EFAULT is tried again when pages were opened', () => {
  const opened: number[] = []
  expect(guest.thread.syscall(x64.numbers['mprotect']!, PAGE + PAGE_SIZE, PAGE_SIZE, 1)).toBe(0)
  const ctx = createContext({
    openPages: (thread, address, length) => {
      opened.push(address, length)
      return thread.syscall(x64.numbers['mprotect']!, PAGE + PAGE_SIZE, PAGE_SIZE, 3) === 0
    },
  })
  guest.load('getrandom', PAGE + PAGE_SIZE + 8, 16, 0)
  handleSyscall(ctx, guest.thread)
  expect(guest.result).toBe(16)
  expect(opened).toEqual([PAGE + PAGE_SIZE + 8, 16])
})

test('begun calls: the engine is free until they return', () => {
  const ctx = createContext({ startCalls: true, trace: (line) => lines.push(line) })
  lines = []
  guest.load('getppid')
  expect(handleSyscall(ctx, guest.thread)).toBe('blocked')
  expect(lines).toEqual([])
  expect(guest.engine.wait()).toBe(guest.thread)
  expect(guest.thread.request).toBe('done')
  expect(finishSyscall(guest.thread)).toBe('resume')
  expect(lines).toEqual([`getppid() = ${guest.result}`])
  expect(guest.result).toBe(process.pid)
})

describe('handlers', () => {
  test('uname says the guest machine', () => {
    const of = layout(aarch64, utsname)
    expect(call('uname', PAGE)).toBe(0)
    const bytes = guest.bytes(PAGE, of.size)
    expect([guestString(bytes, of, 'sysname'), guestString(bytes, of, 'release'), guestString(bytes, of, 'machine')]).toEqual([
      'Linux',
      release(),
      'aarch64',
    ])
    expect(call('personality', 8)).toBe(0)
    call('uname', PAGE)
    expect(guestString(guest.bytes(PAGE, of.size), of, 'machine')).toBe('armv8l')
    expect(call('personality', 0)).toBe(8)
    expect(call('uname', MEMORY_END - 8)).toBe(-errno.EFAULT)
  })

  test('close_range leaves our descriptors alone', () => {
    const hidden = guest.thread.i32[HIDDEN_FDS >> 2]!
    const fd = call('dup', 0)
    const high = guest.thread.syscall(x64.numbers['fcntl']!, 0, 0, hidden + HIDDEN_COUNT)
    expect(high).toBeGreaterThanOrEqual(hidden + HIDDEN_COUNT)
    expect(call('close_range', 3, -1, 0)).toBe(0)
    expect(call('fcntl', fd, 1)).toBe(-errno.EBADF)
    expect(call('fcntl', high, 1)).toBe(-errno.EBADF)
    for (let n = 0; n < HIDDEN_COUNT; n++)
      expect(guest.thread.syscall(x64.numbers['fcntl']!, hidden + n, 1), `descriptor ${hidden + n}`).toBeGreaterThanOrEqual(0)
    expect(call('close_range', hidden, hidden + HIDDEN_COUNT - 1, 0)).toBe(0)
    expect(call('close_range', 5, 4, 0)).toBe(-errno.EINVAL)
  })

  test("RLIMIT_AS is kept, others are the kernel's", () => {
    const of = layout(aarch64, rlimit64)
    const wanted = new Uint8Array(of.size)
    writeField(of, 'rlim_cur', wanted, 64 << 20)
    writeField(of, 'rlim_max', wanted, 2 ** 40)
    guest.thread.write(PAGE, wanted)
    expect(traced('prlimit64', 0, RLIMIT_AS, PAGE, PAGE + 64)).toMatch(
      /^prlimit64\(0, RLIMIT_AS, \{rlim_cur=65536\*1024, rlim_max=1073741824\*1024\}, \{.*\}\) = 0$/,
    )
    expect(guest.thread.syscall(x64.numbers['prlimit64']!, 0, RLIMIT_AS, 0, 0)).toBe(0)
    expect(call('getrlimit', RLIMIT_AS, PAGE + 64)).toBe(0)
    expect(guest.bytes(PAGE + 64, of.size)).toEqual(wanted)
    writeField(of, 'rlim_max', wanted, 2 ** 41)
    guest.thread.write(PAGE, wanted)
    expect(call('setrlimit', RLIMIT_AS, PAGE)).toBe(-errno.EPERM)
    expect(call('prlimit64', 0, 3, 0, PAGE + 64)).toBe(0)
  })

  test('signal actions are kept; ignoring is real, but not for faults', () => {
    const of = layout(aarch64, sigaction)
    const act = (handler: number): void => {
      const bytes = new Uint8Array(of.size)
      writeField(of, 'sa_handler', bytes, handler)
      writeField(of, 'sa_mask', bytes, 0x4002)
      guest.thread.write(PAGE, bytes)
    }
    act(0x40_1000)
    expect(traced('rt_sigaction', SIGINT, PAGE, PAGE + 64, 8)).toBe(
      'rt_sigaction(SIGINT, {sa_handler=0x401000, sa_flags=0, sa_restorer=NULL, sa_mask=[INT TERM]}, {sa_handler=SIG_DFL, sa_flags=0, sa_restorer=NULL, sa_mask=[]}, 8) = 0',
    )
    act(1)
    expect(call('rt_sigaction', SIGINT, PAGE, PAGE + 64, 8)).toBe(0)
    expect(readField(of, 'sa_handler', guest.bytes(PAGE + 64, of.size))).toBe(0x40_1000)
    expect(call('kill', guest.thread.pid, SIGINT)).toBe(0)
    expect(call('rt_sigaction', SIGSEGV, PAGE, 0, 8)).toBe(0)
    expect(call('fstat', 0, MEMORY_END)).toBe(-errno.EFAULT)
    expect(guest.thread.read(MEMORY_END, 8)).toBe(null)
    expect(call('rt_sigaction', 9, PAGE, 0, 8)).toBe(-errno.EINVAL)
    expect(call('rt_sigaction', 65, 0, PAGE, 8)).toBe(-errno.EINVAL)
    expect(call('rt_sigaction', SIGINT, 0, PAGE, 4)).toBe(-errno.EINVAL)
    expect(call('rt_sigaction', SIGINT, MEMORY_END, 0, 8)).toBe(-errno.EFAULT)
  })

  test('signal masks: the faults are never blocked for real', () => {
    guest.thread.write(PAGE, new Uint8Array([0b0000_0010, 0b0000_0100, 0, 0, 0, 0, 0, 0x80]))
    expect(traced('rt_sigprocmask', SIG_SETMASK, PAGE, PAGE + 64, 8)).toBe('rt_sigprocmask(SIG_SETMASK, [INT SEGV RT_32], [], 8) = 0')
    expect(guest.thread.read(MEMORY_END, 8)).toBe(null)
    guest.thread.write(PAGE, new Uint8Array(8))
    expect(traced('rt_sigprocmask', SIG_SETMASK, PAGE, PAGE + 64, 8)).toBe('rt_sigprocmask(SIG_SETMASK, [], [INT SEGV RT_32], 8) = 0')
    expect(call('rt_sigprocmask', 7, PAGE, 0, 8)).toBe(-errno.EINVAL)
    expect(call('rt_sigprocmask', 7, 0, PAGE, 8)).toBe(0)
  })

  test('sigaltstack', () => {
    const of = layout(aarch64, stack)
    const bytes = new Uint8Array(of.size)
    writeField(of, 'ss_sp', bytes, 0x7000)
    writeField(of, 'ss_size', bytes, 4096)
    guest.thread.write(PAGE, bytes)
    expect(call('sigaltstack', PAGE, 0)).toBe(-errno.ENOMEM)
    writeField(of, 'ss_size', bytes, 8192)
    guest.thread.write(PAGE, bytes)
    expect(traced('sigaltstack', PAGE, PAGE + 64)).toBe(
      'sigaltstack({ss_sp=0x7000, ss_flags=0, ss_size=8192}, {ss_sp=NULL, ss_flags=SS_DISABLE, ss_size=0}) = 0',
    )
    expect(call('sigaltstack', 0, PAGE + 64)).toBe(0)
    expect(guest.bytes(PAGE + 64, of.size)).toEqual(bytes)
  })

  test('prctl, membarrier and the refused ones', () => {
    expect(traced('prctl', 15, guest.text(PAGE, 'a name'))).toMatch(/^prctl\(PR_SET_NAME, .*\) = 0$/)
    expect(call('prctl', 16, PAGE + 64)).toBe(0)
    expect(new TextDecoder().decode(guest.bytes(PAGE + 64, 6))).toBe('a name')
    expect(call('prctl', 51)).toBe(-errno.EINVAL)
    expect(call('membarrier', 0, 0, 0) & 0x180).toBe(0)
    expect(call('membarrier', 128, 0, 0)).toBe(-errno.EINVAL)
    for (const name of ['ptrace', 'rseq', 'clone3', 'io_uring_setup', 'seccomp', 'clone', 'execve', 'mseal', 'userfaultfd'])
      expect(call(name), name).toBe(-errno.ENOSYS)
    expect(call('pkey_alloc')).toBe(-errno.ENOSPC)
  })

  test('what is missing is said once it is asked for', () => {
    const said: string[] = []
    const ctx = createContext({ unimplemented: (line) => said.push(line) })
    for (const name of ['mseal', 'rseq', 'mmap']) {
      guest.load(name)
      handleSyscall(ctx, guest.thread)
    }
    expect(said).toEqual([
      'aarch64: mseal is not implemented (kept beside the list of mappings)',
      'aarch64: mmap is not implemented (changes the address space)',
    ])
  })
})
