/** How the engine's process ends. */
import { SYS } from '../runtime/host-kernel.ts'
import { hostSyscall } from './native.ts'
import type { Death } from './process.ts'
import { killSelf } from './signals.ts'

const SIGNAL_EXIT_BASE = 128

/**
 * Ends the engine's process as the guest's ended: with its exit code, or by the same signal. Never returns.
 *
 * At once, without Node's own end: that takes 7 ms, waits until stdout and stderr are on disk, and gives the terminal back the modes that it had at
 * our start, which undoes what a guest (stty) wanted. A Node that was started with options or for coverage may have something to write.
 */
export function endLike(death: Death): never {
  if (death.exitCode === null) killSelf(death.signal)
  const code = death.exitCode ?? SIGNAL_EXIT_BASE + death.signal
  const { NODE_OPTIONS: options, NODE_V8_COVERAGE: coverage } = process.env
  if (process.execArgv.length === 0 && !options && !coverage) hostSyscall(SYS.exit_group, code)
  process.exit(code)
}
