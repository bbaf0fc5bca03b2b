/** Text of calls over made-up memory: strings, structures, addresses, flags, results. */
import { describe, expect, test } from 'vitest'
import { aarch64 } from '../../../syscalls/abi/abi.ts'
import { quoted } from '../../../syscalls/strace/text.ts'
import { CallText, type GuestMemory } from '../../../syscalls/strace.ts'
import { rowsByName } from '../../../syscalls/table.ts'

const BASE = 0x1000
const TWO_32 = 0x1_0000_0000

class Memory implements GuestMemory {
  readonly all = new Uint8Array(0x2000)
  read(address: number, length: number): Uint8Array | null {
    return address < BASE || address + length > BASE + this.all.length ? null : this.all.subarray(address - BASE, address - BASE + length)
  }
  readString(address: number): Uint8Array | number {
    if (address < BASE || address >= BASE + this.all.length) return -14
    const start = address - BASE
    return this.all.subarray(start, this.all.indexOf(0, start))
  }
  put(address: number, bytes: readonly number[] | string): number {
    this.all.set(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes, address - BASE)
    return address
  }
  put64(address: number, ...values: number[]): number {
    this.put(address, [...new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer)])
    return address
  }
}

function text(name: string, args: readonly number[], result: number, memory = new Memory(), during?: () => void): string {
  const words = new Int32Array(12)
  for (const [n, value] of args.entries()) {
    words[2 * n] = value | 0
    words[2 * n + 1] = Math.floor(value / TWO_32)
  }
  const call = new CallText(rowsByName.get(name)!, aarch64, words, memory)
  during?.()
  return call.finish(result | 0, Math.floor(result / TWO_32))
}

describe('strings', () => {
  test.each([
    [[0x41, 0x0a, 0x09, 0x22, 0x5c], '"A\\n\\t\\"\\\\"'],
    [[0, 0x31, 0, 0x61, 0x7f, 0xff], '"\\0001\\0a\\177\\377"'],
    [[], '""'],
  ])('%j', (bytes, expected) => expect(quoted(new Uint8Array(bytes))).toBe(expected))
  test('long ones end in dots', () => expect(quoted(new Uint8Array(33).fill(0x61))).toBe(`"${'a'.repeat(32)}"...`))
  test('random bytes are hexadecimal', () => {
    const memory = new Memory()
    expect(text('getrandom', [memory.put(BASE, [1, 0xab]), 2, 1], 2, memory)).toBe('getrandom("\\x01\\xab", 2, GRND_NONBLOCK) = 2')
  })
})

test('in and out are read at their times', () => {
  const memory = new Memory()
  memory.put(BASE, 'before')
  expect(text('read', [3, BASE, 6], 5, memory, () => memory.put(BASE, 'after'))).toBe('read(3, "after", 6) = 5')
  memory.put(BASE, 'before')
  expect(text('write', [3, BASE, 6], 6, memory, () => memory.put(BASE, 'after!'))).toBe('write(3, "before", 6) = 6')
  expect(text('read', [3, BASE, 6], -11)).toBe('read(3, 0x1000, 6) = -1 EAGAIN (Resource temporarily unavailable)')
})

describe('memory calls', () => {
  test('mmap', () =>
    expect(text('mmap', [0, 8192, 3, 0x22, -1, 0], 0x7f12_3456_7000)).toBe(
      'mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f1234567000',
    ))
  test('brk', () => expect(text('brk', [0], 0x55_5000)).toBe('brk(NULL) = 0x555000'))
  test('mprotect', () =>
    expect(text('mprotect', [0x40_0000, 4096, 1], -13)).toBe('mprotect(0x400000, 4096, PROT_READ) = -1 EACCES (Permission denied)'))
  test('madvise', () => expect(text('madvise', [0x40_0000, 4096, 4], 0)).toBe('madvise(0x400000, 4096, MADV_DONTNEED) = 0'))
})

describe('sockets', () => {
  const address = (bytes: readonly number[]): string => {
    const memory = new Memory()
    return text('bind', [3, memory.put(BASE, bytes), bytes.length], 0, memory).replace(/^bind\(3, (.*), \d+\) = 0$/, '$1')
  }
  test('IPv4', () =>
    expect(address([2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])).toBe(
      '{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}',
    ))
  test('IPv6', () =>
    expect(address([10, 0, 0, 80, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0])).toBe(
      '{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=2}',
    ))
  test('unix, abstract', () => expect(address([1, 0, 0, 0x61, 0x62])).toBe('{sa_family=AF_UNIX, sun_path=@"ab"}'))
  test('netlink', () =>
    expect(address([16, 0, 0, 0, 1, 0, 0, 0, 0x11, 0, 0, 0])).toBe('{sa_family=AF_NETLINK, nl_pid=1, nl_groups=00000011}'))
  test('the address that came back', () => {
    const memory = new Memory()
    memory.put(BASE + 64, [16, 0, 0, 0])
    expect(text('accept4', [3, memory.put(BASE, [2, 0, 0, 80, 1, 2, 3, 4]), BASE + 64, 0o2000000], 4, memory)).toBe(
      'accept4(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}, [16], SOCK_CLOEXEC) = 4',
    )
  })
  test('messages', () => {
    const memory = new Memory()
    memory.put64(BASE, 0, 0, BASE + 256, 1, 0, 0, 0)
    memory.put64(BASE + 256, BASE + 512, 2)
    memory.put(BASE + 512, 'hi')
    expect(text('sendmsg', [3, BASE, 0x4000], 2, memory)).toBe(
      'sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="hi", iov_len=2}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, MSG_NOSIGNAL) = 2',
    )
  })
  test('options', () => expect(text('setsockopt', [3, 1, 2, 0, 0], 0)).toBe('setsockopt(3, SOL_SOCKET, SO_REUSEADDR, NULL, 0) = 0'))
})

test('terminals', () => {
  const memory = new Memory()
  memory.put(BASE, [24, 0, 80, 0, 0, 0, 0, 0])
  expect(text('ioctl', [1, 0x5413, BASE], 0, memory)).toBe('ioctl(1, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}) = 0')
  expect(text('ioctl', [1, 0x5401, BASE], -25, memory)).toBe('ioctl(1, TCGETS, 0x1000) = -1 ENOTTY (Inappropriate ioctl for device)')
  expect(text('ioctl', [1, 0xc0de_0001, BASE], 0, memory)).toBe('ioctl(1, 0xc0de0001, 0x1000) = 0')
})

test('polling and sets of descriptors', () => {
  const memory = new Memory()
  memory.put(BASE, [3, 0, 0, 0, 1, 0, 1, 0])
  expect(text('ppoll', [BASE, 1, 0, 0, 8], 1, memory)).toBe('ppoll([{fd=3, events=POLLIN, revents=POLLIN}], 1, NULL, NULL, 8) = 1')
  memory.put(BASE, [0b0010_1000, 0b1, 0, 0, 0, 0, 0, 0])
  expect(text('pselect6', [9, BASE, 0, 0, 0, 0], 0, memory)).toBe('pselect6(9, [3 5 8], NULL, NULL, NULL, NULL) = 0')
})

test('directory entries are counted', () => {
  const memory = new Memory()
  for (const [n, length] of [24, 32, 24].entries()) memory.put(BASE + [0, 24, 56][n]! + 16, [length, 0])
  expect(text('getdents64', [3, BASE, 32768], 80, memory)).toBe('getdents64(3, 0x1000 /* 3 entries */, 32768) = 80')
  expect(text('getdents64', [3, BASE, 32768], 0, memory)).toBe('getdents64(3, 0x1000 /* 0 entries */, 32768) = 0')
})

test('processes', () => {
  const memory = new Memory()
  memory.put64(BASE, BASE + 256, BASE + 300, 0)
  memory.put(BASE + 256, 'ls\0')
  memory.put(BASE + 300, '-l\0')
  expect(text('execve', [BASE + 256, BASE, BASE + 8], -38, memory)).toBe(
    'execve("ls", ["ls", "-l"], 0x1008 /* 1 vars */) = -1 ENOSYS (Function not implemented)',
  )
  expect(text('clone', [0x1200011, 0, 0, 0, 0], 77)).toBe(
    'clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|0x11, NULL, NULL, NULL, NULL) = 77',
  )
  expect(text('futex', [BASE, 0x81, 1, 0, 0, 0], 0)).toBe('futex(0x1000, FUTEX_WAKE|FUTEX_PRIVATE_FLAG, 1, 0, NULL, 0) = 0')
  memory.put64(BASE + 64, 1, 5)
  expect(text('futex', [BASE, 0x189, 1, BASE + 64, 0, -1], -110, memory)).toBe(
    'futex(0x1000, FUTEX_WAIT_BITSET|FUTEX_PRIVATE_FLAG|FUTEX_CLOCK_REALTIME, 1, {tv_sec=1, tv_nsec=5}, NULL, 0xffffffff) = -1 ETIMEDOUT (Connection timed out)',
  )
  expect(text('kill', [-5, 9], 0)).toBe('kill(-5, SIGKILL) = 0')
  expect(text('umask', [0o22], 0o77)).toBe('umask(022) = 077')
  expect(text('mknodat', [-100, 0, 0o20666, 0x103], 0)).toBe('mknodat(AT_FDCWD, NULL, S_IFCHR|0666, makedev(0x1, 0x3)) = 0')
})

test('unreadable memory prints as its address', () => {
  expect(text('openat', [-100, 8, 0], -14)).toBe('openat(AT_FDCWD, 0x8, O_RDONLY) = -1 EFAULT (Bad address)')
  expect(text('writev', [1, 8, 2], -14)).toBe('writev(1, 0x8, 2) = -1 EFAULT (Bad address)')
  expect(text('execve', [8, 8, 0], -14)).toBe('execve(0x8, 0x8, NULL) = -1 EFAULT (Bad address)')
})
