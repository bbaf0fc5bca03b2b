/**
 * An engine in a process of its own, for tests that kill, signal or measure it: `child.ts MODE [NUMBER]`. Writes the runner's pid and a
 * newline to stdout when the guest is where the mode says, and ends as the guest ends.
 */
import { writeSync } from 'node:fs'
import { Engine, endLike, RunnerGone } from '../../../src/host/engine.ts'
import { SYS } from '../../../src/runtime/host-kernel.ts'
import { insn, R10, RAX, RDI, RDX, RSI } from '../../../src/x64/asm/index.ts'
import { PC, place, SYSCALL_NUMBER } from './lib.ts'

const SYSCALL = insn('SYSCALL')
const [mode, number] = process.argv.slice(2)
const engine = new Engine({ pcOffset: PC, syscallNumberOffset: SYSCALL_NUMBER })
const thread = engine.spawn({ name: 'guest' })
engine.standFor(thread)
thread.syscall(SYS.getpid)
const say = () => writeSync(1, `${thread.pid}\n`)

switch (mode) {
  case 'exit':
    say()
    thread.exit(Number(number))
    break
  case 'die':
    say()
    thread.die(Number(number))
    break
  case 'spin': // the guest runs and never comes back
    thread.resume(place(engine, (asm) => asm.jmp(asm.here())))
    say()
    break
  case 'pause': // the guest sleeps in a system call of its own
    thread.resume(
      place(engine, (asm) => {
        const loop = asm.here()
        asm.imm64(RAX, SYS.ppoll, 0)
        for (const register of [RDI, RSI, RDX, R10]) asm.imm64(register, 0, 0)
        asm.none(SYSCALL)
        asm.jmp(loop)
      }),
    )
    say()
    break
  case 'order': // the guest sleeps in an order
    say()
    try {
      thread.syscall(SYS.ppoll)
    } catch (error) {
      if (!(error instanceof RunnerGone)) throw error
    }
    break
  case 'busy': // the guest waits for an engine that never answers
    say()
    for (;;) {
      // burn
    }
}

endLike(
  await engine.serve(thread, (stopped) => {
    throw new Error(`a request '${stopped.request}'`)
  }),
)
