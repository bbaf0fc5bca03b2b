/** Requests of a runner: hello, exits, system call thunks, look-ups. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Death, type Engine } from '../../../src/host/engine.ts'
import type { Thread } from '../../../src/host/thread.ts'
import {
  JUMP_INDEX_MASK,
  JUMP_INDEX_SHIFT,
  JUMPS_OFFSET,
  LOOKUP_MASK,
  LOOKUP_TABLE,
  SYSCALL_COUNT,
  SYSCALL_TABLE,
} from '../../../src/runtime/layout.ts'
import { LookupTable, lookupTableSize } from '../../../src/runtime/lookup-table.ts'
import { ALU, CC, insn, RAX, RBP, RCX, RSP } from '../../../src/x64/asm/index.ts'
import { createEngine, fromRbp, nextDeath, nextRequest, PC, place, SYSCALL_NUMBER, setU64, u64At } from './lib.ts'

const STORE = insn('MOV r/m64, r64')
const STORE32_IMM = insn('MOV r/m32, imm32')
const LOAD32 = insn('MOV r32, r/m32')
const RET = insn('RET')
const EXITS = 10_000
const GETPID = 39
const TURNS = 1000
let engine: Engine
let thread: Thread

beforeAll(() => {
  engine = createEngine()
  thread = engine.spawn()
})
afterAll(() => engine.close())

test('hello comes to wait, then orders and the exit code', () => {
  const other = engine.spawn()
  const hellos = [nextRequest(engine), nextRequest(engine)]
  expect(new Set(hellos)).toEqual(new Set([thread, other]))
  expect(hellos.map((each) => each.request)).toEqual(['hello', 'hello'])
  expect(other.syscall(GETPID)).toBe(other.pid)
  other.exit(3)
  const death = nextDeath(engine)
  expect([death.pid, death.exitCode, death.signal, death.reason]).toEqual([other.pid, 3, 0, null])
  expect(() => other.syscall(GETPID)).toThrow('has ended')
})

test('10,000 exits', () => {
  const code = place(engine, (asm) => {
    asm.imm64(RAX, 7, 0)
    asm.jmpTo(engine.runtime.entryPoints.exit)
  })
  const start = performance.now()
  thread.resume(code)
  for (let n = 0; n < EXITS; n++) {
    const event = nextRequest(engine)
    if (event !== thread || event.request !== 'exit' || event.exitId !== 7) throw new Error(`${event.request} ${event.exitId}`)
    event.resume(code)
  }
  expect(nextRequest(engine).request).toBe('exit')
  console.log(`${(((performance.now() - start) * 1000) / EXITS).toFixed(2)} us per exit`)
})

test('code runs with rbp, an aligned host stack and an exit id of its own', () => {
  const code = place(engine, (asm) => {
    asm.mr(STORE, RBP, fromRbp(0x200), RBP)
    asm.mr(STORE, RBP, fromRbp(0x208), RSP)
    asm.imm64(RAX, -2, 0)
    asm.jmpTo(engine.runtime.entryPoints.exit)
  })
  thread.resume(code)
  expect(nextRequest(engine).exitId).toBe(-2)
  const rbp = u64At(thread, 0x200)
  expect(rbp - thread.slot.address).toBe(128)
  expect(u64At(thread, 0x208) % 16).toBe(0)
})

test('a system call with a thunk comes back without the engine; others are left to it', () => {
  const { exit, syscall, syscallToEngine } = engine.runtime.entryPoints
  const table = engine.runtime.end + 0x1000
  const returning = place(engine, (asm) => {
    asm.mi(STORE32_IMM, RBP, fromRbp(0x210), 77)
    asm.none(RET)
  }, table + 0x100) // biome-ignore format: the address belongs to the code
  const declining = place(engine, (asm) => asm.jmpTo(syscallToEngine), table + 0x180)
  const entries = new Float64Array(engine.code.view(table, 32))
  for (const [n, address] of [0, returning, declining, 0].entries()) setU64(entries, n, address)
  setU64(thread.f64, SYSCALL_TABLE >> 3, table)
  thread.i32[SYSCALL_COUNT >> 2] = 4
  const code = place(engine, (asm) => {
    asm.imm64(RAX, 11, 0)
    asm.callTo(syscall)
    asm.aluMI(ALU.ADD, 32, RBP, fromRbp(0x214), 1)
    asm.imm64(RAX, 12, 0)
    asm.jmpTo(exit)
  })
  for (const [number, kind] of [
    [1, 'exit'],
    [2, 'syscall'],
    [3, 'syscall'],
    [4, 'syscall'],
    [-1, 'syscall'],
  ] as const) {
    thread.i32[0x210 >> 2] = 0
    thread.i32[0x214 >> 2] = 0
    thread.i32[SYSCALL_NUMBER >> 2] = number
    thread.resume(code)
    const event = nextRequest(engine)
    expect([event.request, event.exitId]).toEqual([kind, kind === 'exit' ? 12 : 11])
    if (kind === 'syscall') {
      expect(event.syscall(GETPID)).toBe(event.pid)
      event.resumeSyscall()
      expect(nextRequest(engine).exitId).toBe(12)
    }
    expect(thread.i32[0x210 >> 2]).toBe(number === 1 ? 77 : 0)
    expect(thread.i32[0x214 >> 2]).toBe(1)
  }
})

test('look-up: hit, miss, removed, collisions, and the jump cache is filled', () => {
  const { lookup, dispatch, exit } = engine.runtime.entryPoints
  const at = engine.runtime.end + 0x2000
  const table = new LookupTable(at, engine.code.view(at, lookupTableSize(64)))
  setU64(thread.f64, LOOKUP_TABLE >> 3, table.address)
  setU64(thread.f64, LOOKUP_MASK >> 3, table.mask)
  const target = (n: number) => engine.runtime.end + 0x4000 + 32 * n
  // 40 pcs whose first probes collide often; 64-bit, 32-bit, and 0
  const pcs = Array.from({ length: 40 }, (_, n) => (n === 0 ? 0 : (n % 2) * 0x5555_0000_0000 + (n >> 2) * 0x40_0000 + 4 * (n % 5)))
  const distinct = [...new Set(pcs)]
  for (const [n, pc] of distinct.entries()) {
    table.set(pc, target(n))
    place(engine, (asm) => {
      asm.imm64(RAX, 100 + n, 0)
      asm.jmpTo(exit)
    }, target(n)) // biome-ignore format: the address belongs to the code
  }
  const jump = (pc: number) => {
    place(engine, (asm) => {
      asm.movAddress(RCX, pc)
      asm.jmpTo(lookup)
    })
    thread.resume(engine.runtime.end)
    return nextRequest(engine)
  }
  for (const [n, pc] of distinct.entries()) {
    const event = jump(pc)
    expect([event.request, event.exitId]).toEqual(['exit', 100 + n])
    expect(u64At(thread, PC)).toBe(pc)
    const entry = JUMPS_OFFSET + ((pc << JUMP_INDEX_SHIFT) & JUMP_INDEX_MASK)
    expect([u64At(thread, entry), u64At(thread, entry + 8)]).toEqual([pc, target(n)])
    thread.resume(dispatch)
    expect(nextRequest(engine).exitId).toBe(100 + n)
  }
  expect(jump(0x123_4568).request).toBe('lookup-miss')
  expect(u64At(thread, PC)).toBe(0x123_4568)
  for (const pc of distinct.filter((_, n) => n % 3 === 0)) table.delete(pc)
  for (const [n, pc] of distinct.entries()) expect(jump(pc).request).toBe(n % 3 === 0 ? 'lookup-miss' : 'exit')
  table.set(distinct[3]!, target(3))
  expect(jump(distinct[3]!).exitId).toBe(103)
  expect(table.get(distinct[0]!)).toBe(0)
})

test('eight runners, served in any order while either side sleeps at random: no request is lost', () => {
  const { exit } = engine.runtime.entryPoints
  // counts the u32 at 0x300 down, so that runners stay away for random times, then exits with the number of its turn
  const code = place(engine, (asm) => {
    const spin = asm.here()
    asm.aluMI(ALU.SUB, 32, RBP, fromRbp(0x300), 1)
    asm.jcc(CC.NS, spin)
    asm.rm(LOAD32, RAX, RBP, fromRbp(0x304))
    asm.jmpTo(exit)
  })
  const turns = new Map<Thread, number>()
  let state = 12345
  const random = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % limit
  }
  const send = (each: Thread, turn: number) => {
    each.i32[0x300 >> 2] = random(8) === 0 ? 200_000 : random(500)
    each.i32[0x304 >> 2] = turn
    turns.set(each, turn)
    each.resume(code)
  }
  const others = Array.from({ length: 8 }, () => engine.spawn())
  for (const each of others) send(each, 1)
  for (let n = 0; n < 8 * TURNS - 8; n++) {
    const event = nextRequest(engine)
    const turn = turns.get(event)!
    if (event.request !== 'exit' || event.exitId !== turn) throw new Error(`${event.request} ${event.exitId} instead of turn ${turn}`)
    if (random(10) === 0 && event.syscall(GETPID) !== event.pid) throw new Error('getpid')
    for (let wait = random(20) === 0 ? 20_000 : 0; wait > 0; wait--) Math.sqrt(wait)
    send(event, turn + 1)
  }
  for (let deaths = 0; deaths < others.length; ) {
    const event = engine.wait()
    if (event instanceof Death) {
      expect(event.exitCode).toBe(0)
      deaths++
    } else event?.exit(0)
  }
})
