/**
 * Signals whose default action the engine takes instead of the kernel: they are caught in the kernel like those that the guest handles. A debugger wants
 * to see them first; a core dump has to be written first. Faults are always caught.
 *
 * A tracer sees what its tracee ignores, too: that is caught likewise (`GuestProcess.seesIgnored`), and ignored for real again while an exec is made, which
 * keeps ignored signals and forgets handlers.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { layout, readField, writeField } from '../syscalls/abi/shape.ts'
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

/** TSTP TTIN TTOU: they stop the process. */
export const STOPPING: readonly number[] = [20, 21, 22]

/**
 * CHLD TTIN TTOU: when they are ignored they are so in the kernel, always. It reaps the children of who ignores SIGCHLD, and lets who ignores the others
 * write to its terminal.
 */
const IGNORED_BY_KERNEL: readonly number[] = [17, 21, 22]

/** Is a signal that the guest ignores caught in the kernel? */
export function catchesIgnored(process: GuestProcess, signal: number): boolean {
  return process.seesIgnored && !IGNORED_BY_KERNEL.includes(signal)
}

/** Catches `signals` of a process from now on, those of them that have the default action. */
export function catchDefaults(process: GuestProcess, thread: RunnerThread, signals: readonly number[] = ENDING): void {
  process.caught = new Set([...process.caught, ...signals])
  process.routeActions()
  for (const signal of signals) {
    const action = actionOf(process, thread, signal)
    if (handlerOf(process, action) === SIG_DFL) setDisposition(process.syscalls.context, thread, signal, action)
  }
}

/** For a tracer: catches what has no handler, also what is ignored. */
export function catchAll(process: GuestProcess, thread: RunnerThread): void {
  const { context } = process.syscalls
  process.seesIgnored = true
  catchDefaults(process, thread, [...ENDING, ...IGNORED, ...STOPPING])
  for (const signal of process.caught) {
    const action = actionOf(process, thread, signal)
    if (handlerOf(process, action) !== SIG_IGN || !catchesIgnored(process, signal)) continue
    // Nobody can ask the kernel any more whether it is ignored.
    context.process.actions.set(signal, action)
    setDisposition(context, thread, signal, action)
  }
}

/** Nobody traces the process any more. What ends it stays caught. */
export function releaseAll(process: GuestProcess, thread: RunnerThread): void {
  setIgnored(process, thread, false)
  releaseDefaults(process, thread, [...IGNORED, ...STOPPING])
}

/** An exec is about to be made: what the guest ignores is ignored in the kernel. The result undoes that, should it fail. */
export function ignoreForExec(process: GuestProcess, thread: RunnerThread): () => void {
  if (!process.seesIgnored) return () => undefined
  setIgnored(process, thread, false)
  return () => setIgnored(process, thread, true)
}

function setIgnored(process: GuestProcess, thread: RunnerThread, isSeen: boolean): void {
  const { context } = process.syscalls
  process.seesIgnored = isSeen
  for (const [signal, action] of context.process.actions)
    if (process.caught.has(signal) && handlerOf(process, action) === SIG_IGN) setDisposition(context, thread, signal, action)
}

/** Leaves `signals` to the kernel again. */
export function releaseDefaults(process: GuestProcess, thread: RunnerThread, signals: readonly number[]): void {
  const { context } = process.syscalls
  process.caught = new Set([...process.caught].filter((signal) => !signals.includes(signal)))
  process.routeActions()
  const of = layout(context.abi, sigaction)
  for (const signal of signals) {
    const action = context.process.actions.get(signal)
    if (action === undefined || readField(of, 'sa_handler', action) === SIG_DFL)
      setDisposition(context, thread, signal, new Uint8Array(of.size))
  }
}

/** The guest's structure; of a signal that it has not touched, what the kernel has been told by others. */
function actionOf(process: GuestProcess, thread: RunnerThread, signal: number): Uint8Array {
  const { context } = process.syscalls
  const known = context.process.actions.get(signal)
  if (known !== undefined) return known
  const host = layout(context.host, sigaction)
  const guest = layout(context.abi, sigaction)
  const action = new Uint8Array(guest.size)
  const { address, bytes } = thread.scratch(host.size)
  if (thread.syscall(nr.rt_sigaction, signal, 0, address, SIGSET_SIZE) < 0 || readField(host, 'sa_handler', bytes) === SIG_IGN)
    writeField(guest, 'sa_handler', action, SIG_IGN)
  return action
}

function handlerOf(process: GuestProcess, action: Uint8Array): number {
  return readField(layout(process.syscalls.context.abi, sigaction), 'sa_handler', action)
}
