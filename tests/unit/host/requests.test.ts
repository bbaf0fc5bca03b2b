/** Requests of a runner: hello, exits, system call thunks, look-ups. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/host/engine.ts'
import { insn, RAX, RBP } from '../../../src/x64/asm/index.ts'
import { createEngine, nextDeath, nextRequest, place } from './lib.ts'

const ADD = insn('ADD r64, r/m64')
let engine: Engine

beforeAll(() => {
  engine = createEngine()
})
afterAll(() => engine.close())

test('a runner says hello to wait', () => {
  const thread = engine.spawn()
  const event = nextRequest(engine)
  expect(event).toBe(thread)
  expect(event.request).toBe('hello')
  expect(thread.syscall(39)).toBe(thread.pid)
  thread.exit(3)
  const death = nextDeath(engine)
  expect([death.pid, death.exitCode, death.signal]).toEqual([thread.pid, 3, 0])
})

test('10,000 exits', () => {
  const thread = engine.spawn()
  const code = place(engine, (asm) => {
    asm.imm64(RAX, 7, 0)
    asm.jmpTo(engine.runtime.entryPoints.exit)
  })
  const start = process.hrtime.bigint()
  thread.resume(code)
  for (let n = 0; n < 10_000; n++) {
    const event = nextRequest(engine)
    if (event.request !== 'exit' || event.exitId !== 7) throw new Error(`${event.request} ${event.exitId}`)
    event.resume(code)
  }
  const microseconds = Number(process.hrtime.bigint() - start) / 1e3 / 10_000
  console.log(`${microseconds.toFixed(2)} us per exit`)
  expect(nextRequest(engine).request).toBe('exit')
  thread.exit(0)
  expect(nextDeath(engine).exitCode).toBe(0)
  void ADD
  void RBP
})
