/** Thunks made at the first call: the call that asked for one goes on in it, later ones stay in the runner, faults are known. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Death, Engine } from '../../../src/host/engine.ts'
import type { Thread } from '../../../src/host/thread.ts'
import { SYSCALL_COUNT, SYSCALL_TABLE } from '../../../src/runtime/layout.ts'
import { Assembler, RAX } from '../../../src/x64/asm/index.ts'
import { aarch64 } from '../../../syscalls/abi/abi.ts'
import { errno } from '../../../syscalls/abi/errno.ts'
import { LazyThunks } from '../../../syscalls/lazy-thunks.ts'

const PC_OFFSET = 784
const ROOM = 0x10_000
const DONE = 2
const TWO_32 = 0x1_0000_0000
const UNMAPPED = 0x1_0000_0000

let engine: Engine
let thread: Thread
let thunks: LazyThunks
let code: number

function put64(offset: number, value: number): void {
  thread.i32[offset >> 2] = value | 0
  thread.i32[(offset >> 2) + 1] = Math.floor(value / TWO_32)
}

/** Makes a call; the result, and how often it came to the engine. */
function call(name: string, ...args: number[]): { result: number | 'engine'; requests: number } {
  put64(aarch64.numberAt, aarch64.numbers[name]!)
  for (let n = 0; n < 6; n++) put64(aarch64.argumentsAt[n]!, args[n] ?? 0)
  thread.resume(code)
  for (let requests = 0; ; ) {
    const event = engine.wait()
    if (event === null) continue
    if (event instanceof Death) throw new Error(`the runner ended with status ${event.status}`)
    if (event.request === 'exit') return { result: thread.i32[aarch64.resultAt >> 2]!, requests }
    if (event.request === 'syscall') {
      requests++
      const thunk = thunks.enter(thread.i32[aarch64.numberAt >> 2]!)
      if (thunk === 0) return { result: 'engine', requests }
      thread.enterThunk(thunk)
      continue
    }
    const fixup = thunks.faultFixup(event.fault.rip)
    if (fixup === 0) throw new Error(`${event.request} at ${event.fault.rip.toString(16)}`)
    event.fault.setRip(fixup)
    event.resumeFault()
  }
}

beforeAll(() => {
  engine = new Engine({
    pcOffset: PC_OFFSET,
    syscallNumberOffset: aarch64.numberAt,
    caller: { ignored: [0, 0], blocked: [0, 0], openFiles: null, fds: [0, 1, 2] },
  })
  const { end, entryPoints } = engine.runtime
  thunks = new LazyThunks(aarch64, { memory: engine.code, start: end, end: end + ROOM, entries: entryPoints })
  code = end + ROOM
  const asm = new Assembler()
  asm.reset(code)
  asm.imm64(RAX, 1, 0)
  asm.callTo(entryPoints.syscall)
  asm.imm64(RAX, DONE, 0)
  asm.jmpTo(entryPoints.exit)
  asm.finish()
  engine.code.write(code, asm.code())
  thread = engine.spawn()
  thread.syscall(172)
  put64(SYSCALL_TABLE, thunks.tableAddress)
  thread.i32[SYSCALL_COUNT >> 2] = thunks.count
})
afterAll(() => engine.close())

test('the first call comes to the engine once, later ones do not', () => {
  expect(call('getpid')).toEqual({ result: thread.pid, requests: 1 })
  expect(call('getpid')).toEqual({ result: thread.pid, requests: 0 })
  expect(call('close', 777)).toEqual({ result: -errno.EBADF, requests: 1 })
  expect(call('getpid')).toEqual({ result: thread.pid, requests: 0 })
})

test('what a thunk leaves, and what has none, stays with the engine', () => {
  // The kernel's EFAULT of a call that writes memory is left to the engine, by the new thunk and by the old one.
  expect(call('getrandom', UNMAPPED, 16, 0)).toEqual({ result: 'engine', requests: 2 })
  expect(call('getrandom', UNMAPPED, 16, 0)).toEqual({ result: 'engine', requests: 1 })
  expect(call('mmap', 0, 0)).toEqual({ result: 'engine', requests: 1 })
  expect(thunks.enter(-1)).toBe(0)
  expect(thunks.enter(100_000)).toBe(0)
})

test('a fault inside a new thunk goes on at its fix-up', () => {
  expect(call('openat', -100, UNMAPPED, 0, 0)).toEqual({ result: -errno.EFAULT, requests: 1 })
})
