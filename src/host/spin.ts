/**
 * How long to spin before sleeping. With one CPU, spinning keeps the other side from running; with more, an answer that comes within a few
 * microseconds is far cheaper than a sleep. The CPUs are those that the scheduler may give us: affinity mask and cgroup quota.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** About 3 us of looking at an empty bitmap, and 10 us of PAUSE. */
const ENGINE_SPIN = 500
const RUNNER_SPIN = 400

function cgroupCpus(): number {
  try {
    const path = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/'
    for (const file of [`/sys/fs/cgroup${path}/cpu.max`, '/sys/fs/cgroup/cpu.max']) {
      const [quota, period] = readIfAny(file).split(' ').map(Number)
      if (quota !== undefined && period !== undefined && quota > 0 && period > 0) return quota / period
    }
  } catch {
    // no cgroup v2 here: no quota that we know of
  }
  return Number.POSITIVE_INFINITY
}

function readIfAny(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Iterations of the engine's loop and PAUSEs of a runner; both 0 with less than two CPUs. */
export function spinLimits(): { readonly engine: number; readonly runner: number } {
  const cpus = Math.min(availableParallelism(), cgroupCpus())
  return cpus < 2 ? { engine: 0, runner: 0 } : { engine: ENGINE_SPIN, runner: RUNNER_SPIN }
}
