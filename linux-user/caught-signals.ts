/**
 * Signals whose default action the engine takes instead of the kernel: they are caught in the kernel like those that the guest handles. A debugger wants
 * to see them first; a core dump has to be written first. Faults are always caught.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { layout, readField } from '../syscalls/abi/shape.ts'
import { sigaction } from '../syscalls/abi/shapes-process.ts'
import { SIGSET_SIZE } from '../syscalls/abi/signals.ts'
import { SIG_DFL, SIG_IGN, setDisposition } from '../syscalls/handlers/signals.ts'
import type { GuestProcess } from './process.ts'

/** HUP INT QUIT ABRT USR1 USR2 PIPE ALRM TERM STKFLT XCPU XFSZ VTALRM PROF IO PWR SYS and the real-time signals: they end the process. */
export const ENDING: readonly number[] = [
  1,
  2,
  3,
  6,
  10,
  12,
  13,
  14,
  15,
  16,
  24,
  25,
  26,
  27,
  29,
  30,
  31,
  ...Array.from({ length: 33 }, (_, n) => 32 + n),
]

/** CHLD CONT URG WINCH: nothing happens. */
export const IGNORED: readonly number[] = [17, 18, 23, 28]

/** Catches `signals` of a process from now on, those of them that have the default action. */
export function catchDefaults(process: GuestProcess, thread: RunnerThread, signals: readonly number[] = ENDING): void {
  const { context } = process.syscalls
  process.caught = new Set([...process.caught, ...signals])
  const host = layout(context.host, sigaction)
  for (const signal of signals) {
    const action = context.process.actions.get(signal)
    if (action !== undefined && readField(layout(context.abi, sigaction), 'sa_handler', action) !== SIG_DFL) continue
    const { address, bytes } = thread.scratch(host.size)
    if (thread.syscall(nr.rt_sigaction, signal, 0, address, SIGSET_SIZE) < 0 || readField(host, 'sa_handler', bytes) === SIG_IGN) continue
    setDisposition(context, thread, signal, new Uint8Array(layout(context.abi, sigaction).size))
  }
}

/** Leaves `signals` to the kernel again. */
export function releaseDefaults(process: GuestProcess, thread: RunnerThread, signals: readonly number[]): void {
  const { context } = process.syscalls
  process.caught = new Set([...process.caught].filter((signal) => !signals.includes(signal)))
  const of = layout(context.abi, sigaction)
  for (const signal of signals) {
    const action = context.process.actions.get(signal)
    if (action === undefined || readField(of, 'sa_handler', action) === SIG_DFL)
      setDisposition(context, thread, signal, new Uint8Array(of.size))
  }
}
