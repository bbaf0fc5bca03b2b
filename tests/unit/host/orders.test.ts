/** Orders on a stopped thread: system calls, fault-safe copies, strings, faults with an edited context, ends. */
import { afterAll, beforeEach, expect, test } from 'vitest'
import { RunnerGone } from '../../../src/host/engine.ts'
import type { Thread } from '../../../src/host/thread.ts'
import { SYS } from '../../../src/runtime/host-kernel.ts'
import {
  ALTSTACK_OFFSET,
  ALTSTACK_SIZE,
  FAULT_CONTEXT,
  FAULT_INFO,
  GUEST_LIMIT,
  MAIL,
  MAIL_POSTED,
  PENDING_BIT,
  PENDING_WORD,
  REQUEST,
  TRANSFER_OFFSET,
  TRANSFER_SIZE,
} from '../../../src/runtime/layout.ts'
import { insn, NONE, R8, R15, RAX, RBP, RCX, RDX } from '../../../src/x64/asm/index.ts'
import { createEngine, fromRbp, nextDeath, nextRequest, place, u64At } from './lib.ts'

const LOAD = insn('MOV r64, r/m64')
const STORE = insn('MOV r/m64, r64')
const STORE32_IMM = insn('MOV r/m32, imm32')
const UD2 = insn('UD2')
const INT3 = insn('INT3')
const DIV = insn('DIV r/m64')
const MOVQ_LOAD = insn('MOVQ xmm1, xmm2/m64')
const VMOVDQU = insn('VMOVDQU xmm1, xmm2/m128')
const LDMXCSR = insn('LDMXCSR m32')
const STMXCSR = insn('STMXCSR m32')

const PAGE = 0x1000
const MAP_FIXED_ANONYMOUS = 0x32
const EFAULT = -14
const ENAMETOOLONG = -36
const ENOSYS = -38
const BAD = 0x7000_0000
const engine = createEngine()
let thread: Thread

function map(address: number, pages: number, protection = 3): void {
  expect(thread.syscall(SYS.mmap, address, pages * PAGE, protection, MAP_FIXED_ANONYMOUS, -1, 0)).toBe(address)
}

beforeEach(() => {
  thread = engine.spawn()
  return () => {
    if (thread.state === 'gone') return
    thread.process.kill('the test is over')
    nextDeath(engine)
  }
})
afterAll(() => engine.close())

test('system calls: results, errors, six arguments, full 64 bits', () => {
  expect(thread.syscall(SYS.getpid)).toBe(thread.pid)
  expect(thread.syscall(9999)).toBe(ENOSYS)
  expect(thread.syscall(SYS.close, -1)).toBe(-9)
  map(0x10000, 1)
  const args = new Int32Array(12)
  args.set([0x10000, 0, 4096, 0, 3, 0, 0x32, 0, -1, -1, 0, 0])
  expect(thread.syscall64(SYS.mmap, args)).toBe(0x10000)
  expect([args[0], args[1]]).toEqual([0x10000, 0])
  // the lowest page and the highest one below the runner
  map(GUEST_LIMIT - PAGE, 1)
  expect(thread.write(GUEST_LIMIT - 8, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))).toBe(true)
  expect(thread.read(GUEST_LIMIT - 8, 8)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
})

test('copies: whole, partial, EFAULT, split, large addresses', () => {
  map(0x10000, 2)
  const bytes = Uint8Array.from({ length: 300 }, (_, n) => n)
  expect(thread.write(0x10010, bytes)).toBe(true)
  expect(thread.read(0x10010, 300)).toEqual(bytes)
  expect(thread.read(0x10000, 0)).toEqual(new Uint8Array(0))
  const end = 0x10000 + 2 * PAGE
  expect(thread.read(end - 10, 20)).toBeNull()
  expect(thread.readPartial(end - 10, 20).length).toBe(10)
  expect(thread.readPartial(BAD, 20).length).toBe(0)
  expect(thread.write(end - 100, bytes)).toBe(false)
  expect(thread.read(end - 100, 100)).toEqual(bytes.subarray(0, 100))
  expect(thread.write(0, bytes)).toBe(false)
  for (const wild of [-4096, 2 ** 47, 2 ** 52 + 8]) expect([thread.read(wild, 8), thread.write(wild, bytes)]).toEqual([null, false])
  map(0x100_0000, 300)
  const large = Uint8Array.from({ length: 2 * TRANSFER_SIZE + 77 }, (_, n) => n * 7)
  expect(thread.write(0x100_0000, large)).toBe(true)
  expect(thread.read(0x100_0000 + 2 * TRANSFER_SIZE, 77)).toEqual(large.subarray(2 * TRANSFER_SIZE))
  // a page that may only be read
  expect(thread.syscall(SYS.mprotect, 0x10000, PAGE, 1)).toBe(0)
  expect(thread.write(0x10000, bytes)).toBe(false)
  expect(thread.read(0x10010, 4)).toEqual(bytes.subarray(0, 4))
})

test('strings', () => {
  map(0x10000, 1)
  const text = new TextEncoder().encode('/etc/hostname\0rest')
  thread.write(0x10000, text)
  expect(thread.readString(0x10000)).toEqual(text.subarray(0, 13))
  expect(thread.readString(0x10000 + 13)).toEqual(new Uint8Array(0))
  expect(thread.readString(0x10000, 13)).toBe(ENAMETOOLONG)
  expect(thread.readString(0x10000, 14)).toEqual(text.subarray(0, 13))
  thread.write(0x10000 + PAGE - 3, Uint8Array.of(65, 66, 67))
  expect(thread.readString(0x10000 + PAGE - 3)).toBe(EFAULT)
  thread.write(0x10000 + PAGE - 3, Uint8Array.of(65, 66, 0))
  expect(thread.readString(0x10000 + PAGE - 3)).toEqual(Uint8Array.of(65, 66))
  expect(thread.readString(BAD)).toBe(EFAULT)
})

test('a load from nothing: signal, address, exact rip and registers; edited, the program goes on', () => {
  let faulting = 0
  const code = place(engine, (asm) => {
    asm.imm64(RDX, 0x1234_5678, 0x0abc_def0)
    asm.rm(MOVQ_LOAD, 3, RBP, fromRbp(0x300))
    asm.movAddress(RCX, BAD)
    faulting = asm.address
    asm.rm(LOAD, RAX, RCX, 8)
    asm.mr(STORE, RBP, fromRbp(0x200), RAX)
    asm.mr(STORE, RBP, fromRbp(0x208), R15)
    asm.imm64(RAX, 5, 0)
    asm.jmpTo(engine.runtime.entryPoints.exit)
  })
  thread.syscall(SYS.getpid)
  thread.i32.set([0x11, 0x22], 0x300 >> 2)
  thread.resume(code)
  expect(nextRequest(engine).request).toBe('fault')
  const { fault } = thread
  expect([fault.signal, fault.code, fault.address, fault.rip, fault.error & 2]).toEqual([11, 1, BAD + 8, faulting, 0])
  expect([fault.gprLo(RDX), fault.gprHi(RDX)]).toEqual([0x1234_5678, 0x0abc_def0])
  const xmm = new Uint8Array(20)
  fault.readXmm(3, xmm, 2)
  expect(xmm.subarray(0, 8)).toEqual(Uint8Array.of(0, 0, 0x11, 0, 0, 0, 0x22, 0))
  if (engine.hostCpu.avx512vl) {
    fault.readXmm(17, xmm, 0)
    expect(xmm.subarray(0, 16).every((byte) => byte === 0)).toBe(true)
  }
  // orders work while the fault is open, faulting ones too
  expect(thread.read(BAD, 8)).toBeNull()
  expect(thread.syscall(SYS.getpid)).toBe(thread.pid)
  map(BAD, 1)
  thread.write(BAD + 8, Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 1))
  fault.setGpr(R15, -1, 7)
  thread.resumeFault()
  expect(nextRequest(engine).exitId).toBe(5)
  expect([thread.i32[0x200 >> 2], thread.i32[0x204 >> 2]]).toEqual([9, 0x0100_0000])
  expect(u64At(thread, 0x208)).toBe(8 * 2 ** 32 - 1)
})

test('vector registers 16 to 31 are found in the frame', () => {
  if (!engine.hostCpu.avx512vl) return
  thread.syscall(SYS.getpid)
  thread.u8.set(
    Uint8Array.from({ length: 16 }, (_, n) => 100 + n),
    0x300,
  )
  thread.resume(
    place(engine, (asm) => {
      asm.rm(VMOVDQU, 17, RBP, fromRbp(0x300))
      asm.rm(VMOVDQU, 31, RBP, fromRbp(0x300))
      asm.none(UD2)
    }),
  )
  expect(nextRequest(engine).request).toBe('fault')
  const out = new Uint8Array(16)
  for (const [reg, first] of [
    [17, 100],
    [31, 100],
    [18, 0],
  ] as const) {
    thread.fault.readXmm(reg, out, 0)
    expect([reg, out[0]]).toEqual([reg, first])
  }
})

test('faults of all kinds; resume after a fault keeps MXCSR and starts on a fresh stack', () => {
  thread.syscall(SYS.getpid)
  const { exit } = engine.runtime.entryPoints
  const raise: Record<string, Parameters<typeof place>[1]> = {
    4: (asm) => asm.none(UD2),
    5: (asm) => asm.none(INT3),
    8: (asm) => {
      asm.imm64(RCX, 0, 0)
      asm.r(DIV, RCX)
    },
    11: (asm) => asm.mr(STORE, NONE, 16, R8),
  }
  thread.i32[0x300 >> 2] = 0x7f80
  const after = place(engine, (asm) => {
    asm.m(STMXCSR, RBP, fromRbp(0x304))
    asm.imm64(RAX, 6, 0)
    asm.jmpTo(exit)
  }, engine.runtime.end + 0x1000) // biome-ignore format: the address belongs to the code
  for (const [signal, write] of Object.entries(raise)) {
    const code = place(engine, (asm) => {
      asm.m(LDMXCSR, RBP, fromRbp(0x300))
      write(asm)
    })
    thread.resume(code)
    expect([nextRequest(engine).request, thread.fault.signal]).toEqual(['fault', Number(signal)])
    expect(thread.fault.mxcsr).toBe(0x7f80)
    if (signal === '11') expect([thread.fault.address, thread.fault.error & 2]).toEqual([16, 2])
    thread.i32[0x304 >> 2] = 0
    thread.resume(after)
    expect(nextRequest(engine).exitId).toBe(6)
    expect(thread.i32[0x304 >> 2]).toBe(0x7f80)
  }
})

test('1,000 write faults in a row', () => {
  map(0x20000, 1)
  const code = place(engine, (asm) => {
    asm.imm64(RCX, 0x20000, 0)
    asm.mr(STORE, RCX, 0, RCX)
    asm.imm64(RAX, 1, 0)
    asm.jmpTo(engine.runtime.entryPoints.exit)
  })
  const start = performance.now()
  for (let n = 0; n < 1000; n++) {
    thread.syscall(SYS.mprotect, 0x20000, PAGE, 1)
    thread.resume(code)
    if (nextRequest(engine).request !== 'fault' || thread.fault.address !== 0x20000) throw new Error(thread.request)
    thread.syscall(SYS.mprotect, 0x20000, PAGE, 3)
    thread.resumeFault()
    if (nextRequest(engine).request !== 'exit') throw new Error(thread.request)
  }
  console.log(`${(performance.now() - start).toFixed(1)} us per write fault with two mprotects and an exit`)
})

test('a system call that blocks does not block the engine', () => {
  map(0x10000, 1)
  thread.write(0x10000, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0x2d, 0x31, 1)) // timespec: 0 s, 20,000,000 ns
  const nanosleep = 35
  thread.startSyscall(nanosleep, 0x10000, 0)
  expect(() => thread.syscall(SYS.getpid)).toThrow('ordered')
  const other = engine.spawn()
  expect(other.syscall(SYS.getpid)).toBe(other.pid)
  expect([nextRequest(engine), thread.request, thread.syscallResult]).toEqual([thread, 'done', 0])
  other.exit(0)
  nextDeath(engine)
})

test.each([1, 6, 9, 11, 13, 15, 34, 64])('die by signal %i', (signal) => {
  thread.die(signal)
  const death = nextDeath(engine)
  expect([death.pid, death.signal, death.exitCode, death.dumpedCore]).toEqual([thread.pid, signal, null, false])
})

test('die at a fault; a kill from outside is noticed, also in the middle of an order', () => {
  const code = place(engine, (asm) => asm.none(UD2))
  thread.resume(code)
  expect(nextRequest(engine).request).toBe('fault')
  thread.die(thread.fault.signal)
  expect(nextDeath(engine).signal).toBe(4)

  const running = engine.spawn()
  const loop = place(engine, (asm) => asm.jmp(asm.here()))
  running.resume(loop)
  process.kill(running.pid, 'SIGKILL')
  expect([nextDeath(engine).pid]).toEqual([running.pid])

  const stopped = engine.spawn()
  stopped.syscall(SYS.getpid)
  process.kill(stopped.pid, 'SIGKILL')
  expect(() => {
    for (let n = 0; n < 1e6; n++) stopped.syscall(SYS.getpid)
  }).toThrow(RunnerGone)
  expect(nextDeath(engine).signal).toBe(9)
})

test('an order to a process whose end is known already says that it is gone', () => {
  thread.syscall(SYS.getpid)
  thread.process.kill('for this test')
  nextDeath(engine)
  expect(() => thread.syscall(SYS.getpid)).toThrow(RunnerGone)
})

test('nonsense in the slot ends the runner, not the engine', () => {
  const post = place(engine, (asm) => {
    asm.mi(STORE32_IMM, RBP, fromRbp(REQUEST), 99)
    asm.mi(STORE32_IMM, RBP, fromRbp(MAIL), MAIL_POSTED)
    asm.rm(LOAD, RDX, RBP, fromRbp(PENDING_WORD))
    asm.rm(LOAD, RCX, RBP, fromRbp(PENDING_BIT))
    asm.mr(STORE, RDX, 0, RCX)
    asm.jmp(asm.here())
  })
  thread.resume(post)
  const death = nextDeath(engine)
  expect([death.signal, death.reason]).toEqual([9, 'an unknown request'])
})

test('a fault frame of random bytes is read without harm', () => {
  const random = mulberry(1)
  thread.resume(place(engine, (asm) => asm.none(UD2)))
  expect(nextRequest(engine).request).toBe('fault')
  const { fault, u8, i32 } = thread
  const good = u8.slice(0, TRANSFER_OFFSET)
  const out = new Uint8Array(16)
  let captured = 0
  for (let n = 0; n < 2000; n++) {
    u8.set(good)
    for (let k = 0; k < 40; k++) u8[ALTSTACK_OFFSET + 0x6000 + Math.floor(random() * 0x2000)] = random() * 256
    if (n % 3 === 0) i32[FAULT_CONTEXT >> 2] = random() * 2 ** 32
    if (n % 5 === 0) i32[(FAULT_INFO >> 2) + (n % 2)] = random() * 2 ** 32
    if (n % 7 === 0) for (let at = ALTSTACK_OFFSET + 0x6000; at < ALTSTACK_OFFSET + ALTSTACK_SIZE; at++) u8[at] = random() * 256
    if (!fault.capture()) continue
    captured++
    void [fault.signal, fault.code, fault.address, fault.rip, fault.error, fault.mxcsr, fault.gprLo(15), fault.gprHi(0)]
    for (let reg = 0; reg < 32; reg++) fault.readXmm(reg, out, 0)
  }
  expect(captured).toBeGreaterThan(100)
  expect(captured).toBeLessThan(2000)
  expect(nextDeath(engine).reason).toBe('a fault outside its signal stack')
})

/** Random numbers in [0, 1). */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
