/** Several orders at once: results passed from one to the next, what the first failure leaves undone; and guest memory without an order. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Thread } from '../../../src/host/thread.ts'
import { SYS } from '../../../src/runtime/host-kernel.ts'
import { createEngine, nextDeath } from './lib.ts'

const PAGE = 0x1000
const MAP_FIXED_ANONYMOUS = 0x32
const PROT_READ = 1
const AT_FDCWD = -100
const PREAD64 = 17
const EBADF = -9
const PLACE = 0x100_0000
const THIS_FILE = fileURLToPath(import.meta.url)
const engine = createEngine()
let thread: Thread

beforeEach(() => {
  thread = engine.spawn()
  thread.syscall(SYS.mmap, PLACE, PAGE, 3, MAP_FIXED_ANONYMOUS, -1, 0)
  return () => {
    thread.exit(0)
    nextDeath(engine)
  }
})

afterAll(() => engine.close())

test('the result of an order is an argument of later ones', () => {
  const { batch } = thread
  const name = batch.data(Buffer.from(`${THIS_FILE}\0`))
  const { address, bytes } = batch.space(16)
  batch.syscall(SYS.getpid)
  const fd = batch.syscall(SYS.openat, AT_FDCWD, name, 0, 0)
  batch.pass(fd, 0)
  const read = batch.syscall(PREAD64, 0, address, 16, 4)
  batch.pass(fd, 0)
  const closed = batch.syscall(SYS.close, 0)
  const { results } = batch.run()
  expect(Buffer.from(bytes)).toEqual(readFileSync(THIS_FILE).subarray(4, 20))
  expect(results[read]).toBe(16)
  expect(results[closed]).toBe(0)
  expect(thread.syscall(SYS.close, results[fd]!)).toBe(EBADF)
})

test('orders that go together are not parted by a full batch', () => {
  const { batch } = thread
  for (let n = 0; n < 31; n++) batch.syscall(SYS.getpid)
  batch.together(3)
  const first = batch.syscall(SYS.fcntl, 1000, 0, 500)
  batch.pass(first, 0)
  const second = batch.syscall(SYS.close, 0)
  const { done, results } = batch.run()
  expect(done).toBe(34)
  expect(results[first]).toBe(500)
  expect(results[second]).toBe(0)
})

test('nothing is done behind the first failure, whose number is that of those before', () => {
  const { batch } = thread
  batch.syscall(SYS.getpid)
  const bad = batch.syscall(SYS.close, 999)
  batch.syscall(SYS.munmap, PLACE, PAGE)
  expect(batch.run()).toMatchObject({ done: bad, result: EBADF })
  expect(thread.read(PLACE, 1)).not.toBeNull()
})

test('a batch that is started answers like a call', () => {
  thread.batch.syscall(SYS.getpid)
  thread.batch.call(SYS.close, 999)
  thread.startBatch()
  expect(engine.wait()).toBe(thread)
  expect(thread.request).toBe('done')
  expect(thread.syscallResult).toBe(EBADF)
})

test('guest memory is read to the end of a page and written as its protection allows', () => {
  const bytes = Uint8Array.from([1, 2, 3, 4])
  expect(thread.writeShort(PLACE + PAGE - 4, bytes)).toBe(true)
  expect([...thread.readPage(PLACE + PAGE - 4)]).toEqual([1, 2, 3, 4])
  expect(thread.readPage(PLACE + PAGE)).toHaveLength(0)
  expect(thread.writeShort(PLACE + PAGE - 2, bytes)).toBe(false)
  thread.syscall(SYS.mprotect, PLACE, PAGE, PROT_READ)
  expect(thread.writeShort(PLACE, bytes)).toBe(false)
  expect([...thread.readPage(PLACE).subarray(0, 4)]).toEqual([0, 0, 0, 0])
})
