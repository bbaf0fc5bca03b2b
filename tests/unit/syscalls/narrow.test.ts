/** System calls of a guest with words of 32 bits, by thunks in a real runner and by the engine: where arguments are, what becomes of structures. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { STATE_OFFSET } from '../../../src/runtime/layout.ts'
import { arm, x64 } from '../../../syscalls/abi/abi.ts'
import { errno } from '../../../syscalls/abi/errno.ts'
import { convertStruct, layout, readField, type Shape, writeField } from '../../../syscalls/abi/shape.ts'
import { stat, stat64, statfs64 } from '../../../syscalls/abi/shapes-files.ts'
import { mqAttr, semidDs, siginfo, timespec, timespec64, timeval } from '../../../syscalls/abi/shapes-process.ts'
import { cmsghdr, ifconf, msghdr } from '../../../syscalls/abi/shapes-sockets.ts'
import { readResult } from '../../../syscalls/call.ts'
import { handleSyscall } from '../../../syscalls/dispatch.ts'
import { argumentSources } from '../../../syscalls/sources.ts'
import { rowOf, rowsByName } from '../../../syscalls/table.ts'
import { createContext, Guest, LOW_PAGE as PAGE, PAGE_SIZE } from './lib.ts'

const END = PAGE + 2 * PAGE_SIZE
const AT_FDCWD = -100
const O_RDWR = 2
const O_CREAT = 0o100
const O_DIRECTORY = 0o40000

let guest: Guest
let directory: string

beforeAll(() => {
  guest = new Guest(arm)
  directory = mkdtempSync(`${tmpdir()}/demotic-narrow-`)
  writeFileSync(`${directory}/file`, 'twelve bytes')
})
afterAll(() => {
  guest.close()
  rmSync(directory, { recursive: true })
})

const name = (file: string): number => guest.text(PAGE + 0x800, `${directory}/${file}`)
const open = (file: string, flags = O_RDWR): number => Number(guest.native('open', name(file), flags, 0o600))
/** By the engine, without a thunk. */
function slowly(call: string, ...args: number[]): number {
  guest.load(call, ...args)
  handleSyscall(createContext({ abi: arm }), guest.thread)
  const [lo, hi] = readResult(arm, guest.thread)
  return hi * 2 ** 32 + (lo >>> 0)
}
function put(shape: Shape, at: number, fields: { readonly [name: string]: number }): number {
  const of = layout(arm, shape)
  const bytes = new Uint8Array(of.size)
  for (const [field, value] of Object.entries(fields)) writeField(of, field, bytes, value)
  guest.thread.write(at, bytes)
  return at
}
const get = (shape: Shape, at: number, field: string): number =>
  readField(layout(arm, shape), field, guest.bytes(at, layout(arm, shape).size))

/** Where arguments are: `r2:3` is a pair, `s` what is extended with signs, `i` an identity of 16 bits. */
function registers(call: string): string {
  return argumentSources(arm, rowsByName.get(call)!)
    .map((source) => {
      if (source.kind === 'constant') return String(source.value)
      const n = (source.at - STATE_OFFSET) / 4
      if (source.kind === 'wide') return `r${n}:${n + 1}`
      return `r${n}${{ sign: 's', identity: 'i', zero: '' }[source.extension]}${source.shift ? `<<${source.shift}` : ''}`
    })
    .join(' ')
}

describe('where arguments are', () => {
  test.each([
    ['read', 'r0s r1 r2'],
    ['pread64', 'r0s r1 r2 r4:5'],
    ['ftruncate64', 'r0s r2:3'],
    ['readahead', 'r0s r2:3 r4'],
    ['fallocate', 'r0s r1 r2:3 r4:5'],
    ['arm_fadvise64_64', 'r0s r2:3 r4:5 r1'],
    ['sync_file_range2', 'r0s r2:3 r4:5 r1'],
    ['preadv', 'r0s r1 r2s r3:4 r4'],
    ['pwritev2', 'r0s r1 r2s r3:4 r4 r5'],
    ['mmap2', 'r0 r1 r2 r3 r4s r5<<12'],
    ['fanotify_mark', 'r0s r1 r2:3 r4s r5'],
    ['open', '-100 r0 r1 r2'],
    ['rmdir', '-100 r0 512'],
    ['lseek', 'r0s r1s r2'],
  ])('%s', (call, expected) => {
    expect(registers(call)).toBe(expected)
  })
  test("ARM's own numbers", () => {
    expect(rowOf(arm, 0xf0005)?.name).toBe('arm_set_tls')
    expect(rowOf(arm, 0xf0007)).toBeUndefined()
  })
})

test('older forms are the newer call', () => {
  expect(guest.native('getpid')).toBe(guest.thread.pid)
  expect(guest.native('getuid32')).toBe(process.getuid!())
  const fd = open('made', O_RDWR | O_CREAT)
  expect(fd).toBeGreaterThan(2)
  expect(guest.native('close', fd)).toBe(0)
  expect(open('.', O_DIRECTORY)).toBeGreaterThan(2)
  expect(open('file', O_DIRECTORY)).toBe(-errno.ENOTDIR)
  expect(guest.native('access', name('made'), 0)).toBe(0)
  expect(guest.native('unlink', name('made'))).toBe(0)
  expect(guest.native('access', name('made'), 0)).toBe(-errno.ENOENT)
  expect(guest.native('mkdir', name('folder'), 0o700)).toBe(0)
  expect(guest.native('rmdir', name('folder'))).toBe(0)
})

test('offsets in pairs of registers', () => {
  const fd = open('sparse', O_RDWR | O_CREAT)
  guest.text(PAGE, 'ab')
  // The register between is not looked at.
  expect(guest.native('pwrite64', fd, PAGE, 2, 0x1234, 5, 1)).toBe(2)
  expect(guest.native('fstat64', fd, PAGE + 256)).toBe(0)
  expect(get(stat64, PAGE + 256, 'st_size')).toBe(2 ** 32 + 7)
  expect(guest.native('pread64', fd, PAGE + 16, 2, 0, 5, 1)).toBe(2)
  expect(guest.bytes(PAGE + 16, 2)).toEqual(new Uint8Array([0x61, 0x62]))
  expect(guest.native('ftruncate64', fd, 0x777, 100, 2)).toBe(0)
  expect(guest.native('stat64', name('sparse'), PAGE + 256)).toBe(0)
  expect(get(stat64, PAGE + 256, 'st_size')).toBe(2 ** 33 + 100)
  // What a structure of before cannot say is an error, and is the engine's to find.
  expect(guest.native('fstat', fd, PAGE + 256)).toBe('engine')
  expect(slowly('fstat', fd, PAGE + 256)).toBe(-errno.EOVERFLOW)
  truncateSync(`${directory}/sparse`, 77)
  expect(slowly('fstat', fd, PAGE + 256)).toBe(0)
  expect(get(stat, PAGE + 256, 'st_size')).toBe(77)
  guest.native('close', fd)
})

test('a packed structure ends where the kernel ends it', () => {
  guest.thread.write(PAGE, new Uint8Array(128).fill(0xee))
  expect(guest.native('statfs64', guest.text(PAGE + 0x800, '/'), 88, PAGE)).toBe(0)
  expect(get(statfs64, PAGE, 'f_bsize')).toBeGreaterThan(0)
  expect([...guest.bytes(PAGE + 82, 4)]).toEqual([0, 0, 0xee, 0xee])
})

test('times of 32 and of 64 bits', () => {
  const now = Date.now() / 1000
  expect(guest.native('clock_gettime', 0, PAGE)).toBe(0)
  expect(Math.abs(get(timespec, PAGE, 'tv_sec') - now)).toBeLessThan(5)
  expect(guest.native('clock_gettime64', 0, PAGE)).toBe(0)
  expect(Math.abs(get(timespec64, PAGE, 'tv_sec') - now)).toBeLessThan(5)
  // What lies behind the nanoseconds does not count.
  const at = put(timespec64, PAGE, { tv_sec: 0, tv_nsec: 1000, __pad: 0x55 })
  expect(guest.native('clock_nanosleep_time64', 1, 0, at, 0)).toBe(0)
  put(timespec, PAGE, { tv_sec: -1, tv_nsec: 0 })
  expect(guest.native('nanosleep', PAGE, 0)).toBe(-errno.EINVAL)
  expect(slowly('utimensat_time64', AT_FDCWD, name('file'), 0, 0)).toBe(0)
})

test('vectors', () => {
  const fd = open('vector', O_RDWR | O_CREAT)
  guest.text(PAGE, 'abcdef')
  const words = new Uint32Array([PAGE, 2, PAGE + 4, 2, PAGE + 2, 1])
  guest.thread.write(PAGE + 64, new Uint8Array(words.buffer))
  expect(guest.native('writev', fd, PAGE + 64, 3)).toBe(5)
  expect(guest.native('writev', fd, PAGE + 64, 0)).toBe(0)
  expect(guest.native('writev', fd, PAGE + 64, 9)).toBe('engine')
  expect(guest.native('writev', fd, PAGE + 64, -1)).toBe('engine')
  expect(guest.native('writev', fd, END - 8, 2)).toBe('engine')
  expect(guest.native('lseek', fd, 0, 0)).toBe('engine')
  expect(slowly('lseek', fd, 0, 0)).toBe(0)
  expect(slowly('writev', fd, PAGE + 64, 3)).toBe(5)
  expect(slowly('writev', fd, PAGE + 64, -1)).toBe(-errno.EINVAL)
  expect(slowly('writev', fd, END, 1)).toBe(-errno.EFAULT)
  expect(guest.native('pread64', fd, PAGE + 128, 8, 0, 0, 0)).toBe(5)
  expect(Buffer.from(guest.bytes(PAGE + 128, 5)).toString()).toBe('abefc')
  expect(guest.native('preadv', fd, PAGE + 64, 2, 1, 0)).toBe(4)
  expect(Buffer.from(guest.bytes(PAGE, 6)).toString()).toBe('becdfc')
  guest.native('close', fd)
})

test('sets of descriptors have words of the guest', () => {
  expect(guest.native('pipe', PAGE)).toBe(0)
  const [reading, writing] = [guest.u32(PAGE), guest.u32(PAGE + 4)]
  const set = new Uint32Array([1 << reading, 0xeeee_eeee])
  guest.thread.write(PAGE + 16, new Uint8Array(set.buffer))
  put(timespec, PAGE + 64, { tv_sec: 0, tv_nsec: 0 })
  expect(slowly('_newselect', reading + 1, PAGE + 16, 0, 0, PAGE + 64)).toBe(0)
  expect([guest.u32(PAGE + 16), guest.u32(PAGE + 20)]).toEqual([0, 0xeeee_eeee])
  guest.native('write', writing, PAGE, 1)
  guest.thread.write(PAGE + 16, new Uint8Array(set.buffer))
  expect(slowly('_newselect', reading + 1, PAGE + 16, 0, 0, PAGE + 64)).toBe(1)
  expect([guest.u32(PAGE + 16), guest.u32(PAGE + 20)]).toEqual([1 << reading, 0xeeee_eeee])
})

test('messages: pointers, control data there and back', () => {
  expect(guest.native('socketpair', 1, 1, 0, PAGE)).toBe(0)
  const [a, b] = [guest.u32(PAGE), guest.u32(PAGE + 4)]
  const of = layout(arm, cmsghdr)
  expect(of.size).toBe(12)
  guest.text(PAGE + 8, 'hi')
  guest.thread.write(PAGE + 16, new Uint8Array(new Uint32Array([PAGE + 8, 2]).buffer))
  put(cmsghdr, PAGE + 32, { cmsg_len: 20, cmsg_level: 1, cmsg_type: 1 })
  guest.thread.write(PAGE + 44, new Uint8Array(new Int32Array([a, b]).buffer))
  const header = { msg_iov: PAGE + 16, msg_iovlen: 1, msg_control: PAGE + 32, msg_controllen: 20 }
  put(msghdr, PAGE + 64, header)
  expect(slowly('sendmsg', a, PAGE + 64, 0)).toBe(2)
  guest.thread.write(PAGE + 32, new Uint8Array(32))
  put(msghdr, PAGE + 64, { ...header, msg_controllen: 32 })
  expect(slowly('recvmsg', b, PAGE + 64, 0)).toBe(2)
  expect([get(msghdr, PAGE + 64, 'msg_controllen'), get(msghdr, PAGE + 64, 'msg_flags')]).toEqual([20, 0])
  expect([get(cmsghdr, PAGE + 32, 'cmsg_len'), get(cmsghdr, PAGE + 32, 'cmsg_type')]).toEqual([20, 1])
  const [c, d] = [guest.u32(PAGE + 44), guest.u32(PAGE + 48)]
  expect(guest.native('fstat64', d, PAGE + 256)).toBe(0)
  // With room for one of two the other is closed, and the guest is told that something is missing.
  guest.thread.write(PAGE + 44, new Uint8Array(new Int32Array([c, d]).buffer))
  put(msghdr, PAGE + 64, header)
  expect(slowly('sendmsg', a, PAGE + 64, 0)).toBe(2)
  put(msghdr, PAGE + 64, { ...header, msg_controllen: 16 })
  expect(slowly('recvmsg', b, PAGE + 64, 0)).toBe(2)
  expect([get(cmsghdr, PAGE + 32, 'cmsg_len'), get(msghdr, PAGE + 64, 'msg_flags')]).toEqual([16, 8])
  const last = guest.u32(PAGE + 44)
  expect(guest.native('fstat64', last, PAGE + 256)).toBe(0)
  expect(guest.native('fstat64', last + 1, PAGE + 256)).toBe(-errno.EBADF)
})

test('siginfo_t', () => {
  const host = layout(x64, siginfo)
  const narrow = layout(arm, siginfo)
  const there = (words: readonly (readonly [number, number])[]): Uint32Array => {
    const bytes = new Uint8Array(host.size)
    for (const [at, value] of words) new DataView(bytes.buffer).setUint32(at, value, true)
    const converted = new Uint8Array(narrow.size)
    convertStruct(host, bytes, 0, narrow, converted, 0)
    const back = new Uint8Array(host.size)
    convertStruct(narrow, converted, 0, host, back, 0)
    expect(back).toEqual(bytes)
    return new Uint32Array(converted.buffer)
  }
  // A fault, a queued value, the end of a child, a timer.
  expect([...there([[0, 11], [8, 1], [16, 0xdead_0000]]).subarray(0, 4)]).toEqual([11, 0, 1, 0xdead_0000]) // biome-ignore format: words
  expect([...there([[0, 34], [8, -1], [16, 5], [20, 6], [24, 7]]).subarray(3, 6)]).toEqual([5, 6, 7]) // biome-ignore format: words
  expect([...there([[0, 17], [8, 1], [16, 5], [20, 6], [24, 7], [32, 8], [40, 9]]).subarray(3, 8)]).toEqual([5, 6, 7, 8, 9]) // biome-ignore format: words
  expect([...there([[0, 14], [8, -2], [16, 3], [20, 4], [24, 9]]).subarray(3, 6)]).toEqual([3, 4, 9]) // biome-ignore format: words
})

test('locks of 64 bits have commands of their own', () => {
  const fd = open('file')
  const lock = new Uint8Array(32)
  new DataView(lock.buffer).setInt16(0, 1, true)
  guest.thread.write(PAGE, lock)
  expect(guest.native('fcntl64', fd, 13, PAGE)).toBe(0)
  expect(guest.native('fcntl64', fd, 12, PAGE)).toBe(0)
  guest.thread.write(PAGE, lock)
  expect(guest.native('fcntl64', fd, 5, PAGE)).toBe('engine')
  expect(slowly('fcntl64', fd, 5, PAGE)).toBe(0)
  guest.native('close', fd)
})

test('messages that cannot be read are refused', () => {
  const pair = PAGE + 0x100
  expect(guest.native('socketpair', 1, 2, 0, pair)).toBe(0)
  const fd = guest.u32(pair)
  const unreadable = 8
  put(msghdr, PAGE, { msg_control: unreadable, msg_controllen: 24 })
  expect(slowly('sendmsg', fd, PAGE, 0)).toBe(-errno.EFAULT)
  put(msghdr, PAGE, { msg_iov: unreadable, msg_iovlen: 1 })
  expect(slowly('sendmsg', fd, PAGE, 0)).toBe(-errno.EFAULT)
  put(msghdr, PAGE, { msg_iov: PAGE + 64, msg_iovlen: 1025 })
  expect(slowly('sendmsg', fd, PAGE, 0)).toBe(-errno.EMSGSIZE)
})

test('a structure that counts only with a flag', () => {
  const [mq, O_NONBLOCK] = [guest.text(PAGE + 0x400, `demotic-narrow-${process.pid}`), 0o4000]
  put(mqAttr, PAGE, { mq_maxmsg: 3, mq_msgsize: 16 })
  expect(guest.native('mq_open', mq, O_RDWR | O_CREAT | O_NONBLOCK, 0o600, PAGE)).toBe('engine')
  const fd = slowly('mq_open', mq, O_RDWR | O_CREAT | O_NONBLOCK, 0o600, PAGE)
  expect(guest.native('mq_getsetattr', fd, 0, PAGE + 64)).toBe(0)
  expect([get(mqAttr, PAGE + 64, 'mq_maxmsg'), get(mqAttr, PAGE + 64, 'mq_msgsize')]).toEqual([3, 16])
  expect(guest.native('mq_unlink', mq)).toBe(0)
})

test('System V objects', () => {
  const IPC_64 = 0x100
  const [IPC_RMID, IPC_STAT, SETVAL, GETVAL] = [0, 2, 16, 12]
  const semaphore = Number(guest.native('semget', 0, 1, 0o1600))
  expect(guest.native('semctl', semaphore, 0, SETVAL | IPC_64, 7)).toBe(0)
  expect(guest.native('semctl', semaphore, 0, GETVAL | IPC_64)).toBe(7)
  expect(slowly('semctl', semaphore, 0, IPC_STAT | IPC_64, PAGE)).toBe(0)
  expect([get(semidDs, PAGE, 'sem_nsems'), get(semidDs, PAGE, 'sem_perm.mode')]).toEqual([1, 0o600])
  expect(guest.native('semctl', semaphore, 0, IPC_RMID | IPC_64)).toBe(0)
  const queue = Number(guest.native('msgget', 0, 0o1600))
  guest.thread.write(PAGE, new Uint8Array([7, 0, 0, 0, 0x61, 0x62, 0x63]))
  expect(slowly('msgsnd', queue, PAGE, 3, 0)).toBe(0)
  guest.thread.write(PAGE + 16, new Uint8Array(16).fill(0xee))
  expect(slowly('msgrcv', queue, PAGE + 16, -1, 0, 0)).toBe(-errno.EINVAL)
  expect(slowly('msgrcv', queue, PAGE + 16, 8, 0, 0)).toBe(3)
  expect([...guest.bytes(PAGE + 16, 8)]).toEqual([7, 0, 0, 0, 0x61, 0x62, 0x63, 0xee])
  expect(guest.native('msgctl', queue, IPC_RMID | IPC_64, 0)).toBe(0)
})

test('interfaces', () => {
  const SIOCGIFCONF = 0x8912
  const fd = Number(guest.native('socket', 2, 2, 0))
  put(ifconf, PAGE, { ifc_len: 320, ifc_buf: PAGE + 64 })
  expect(guest.native('ioctl', fd, SIOCGIFCONF, PAGE)).toBe('engine')
  expect(slowly('ioctl', fd, SIOCGIFCONF, PAGE)).toBe(0)
  const length = get(ifconf, PAGE, 'ifc_len')
  expect(length % 32).toBe(0)
  if (length > 0) expect(Buffer.from(guest.bytes(PAGE + 64, 2)).toString()).toBe('lo')
  guest.native('close', fd)
})

test('socket options with times', () => {
  const [SOL_SOCKET, SO_RCVTIMEO, SO_KEEPALIVE] = [1, 20, 9]
  const fd = Number(guest.native('socket', 1, 1, 0))
  put(timeval, PAGE, { tv_sec: 3, tv_usec: 500_000 })
  expect(guest.native('setsockopt', fd, SOL_SOCKET, SO_RCVTIMEO, PAGE, 8)).toBe('engine')
  expect(slowly('setsockopt', fd, SOL_SOCKET, SO_RCVTIMEO, PAGE, 8)).toBe(0)
  expect(slowly('setsockopt', fd, SOL_SOCKET, SO_RCVTIMEO, PAGE, 7)).toBe(-errno.EINVAL)
  guest.thread.write(PAGE + 32, new Uint8Array([16, 0, 0, 0]))
  expect(slowly('getsockopt', fd, SOL_SOCKET, SO_RCVTIMEO, PAGE + 16, PAGE + 32)).toBe(0)
  expect([get(timeval, PAGE + 16, 'tv_sec'), get(timeval, PAGE + 16, 'tv_usec'), guest.u32(PAGE + 32)]).toEqual([3, 500_000, 8])
  expect(guest.native('setsockopt', fd, SOL_SOCKET, SO_KEEPALIVE, PAGE, 4)).toBe(0)
  guest.native('close', fd)
})

test('users and groups of 16 bits', () => {
  expect(registers('chown16')).toBe('-100 r0 r1i r2i 0')
  expect(slowly('getuid16')).toBe(Math.min(process.getuid!(), 65534))
  expect(slowly('getresuid16', PAGE, PAGE + 2, PAGE + 4)).toBe(0)
  expect(new Uint16Array(guest.bytes(PAGE, 6).buffer)[1]).toBe(process.geteuid!())
  expect(guest.native('setreuid16', 0xffff, 0x1_ffff)).toBe(0)
})

test('limits', () => {
  expect(slowly('ugetrlimit', 0, PAGE)).toBe(0)
  expect(guest.u32(PAGE + 4)).toBe(0xffff_ffff)
})
