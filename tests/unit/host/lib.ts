/** What the tests of src/host share: an engine whose guest state is two fields, and code written by hand. */
import { Death, Engine } from '../../../src/host/engine.ts'
import type { Thread } from '../../../src/host/thread.ts'
import { fromRbp } from '../../../src/runtime/layout.ts'
import { Assembler } from '../../../src/x64/asm/index.ts'

export const PC = 0x100
export const SYSCALL_NUMBER = 0x80

export function createEngine(): Engine {
  return new Engine({
    pcOffset: PC,
    syscallNumberOffset: SYSCALL_NUMBER,
    caller: { ignored: [0, 0], blocked: [0, 0], openFiles: null, fds: [0, 1, 2] },
  })
}

/** Assembles at `address` (default: the first free one) and writes it to the code area; returns the address. */
export function place(engine: Engine, write: (asm: Assembler) => void, address = engine.runtime.end): number {
  const asm = new Assembler(256)
  asm.reset(address)
  write(asm)
  asm.finish()
  engine.code.write(address, asm.bytes.subarray(0, asm.pos))
  return address
}

/** The next event, which must be a request. */
export function nextRequest(engine: Engine): Thread {
  for (;;) {
    const event = engine.wait()
    if (event === null) continue
    if (event instanceof Death) throw new Error(`the runner ended with status ${event.status.toString(16)}`)
    return event
  }
}

export function nextDeath(engine: Engine): Death {
  for (;;) {
    const event = engine.wait()
    if (event === null) continue
    if (event instanceof Death) return event
    throw new Error(`a request '${event.request}' instead of the death`)
  }
}

export { fromRbp }

const word = new DataView(new ArrayBuffer(8))

/** Stores an address of less than 53 bits into element `n`. */
export function setU64(f64: Float64Array, n: number, value: number): void {
  word.setBigUint64(0, BigInt(value))
  f64[n] = word.getFloat64(0)
}

/** The u64 at a slot offset, when it is exact. */
export function u64At(thread: Thread, offset: number): number {
  return thread.i32[(offset >> 2) + 1]! * 2 ** 32 + (thread.i32[offset >> 2]! >>> 0)
}
