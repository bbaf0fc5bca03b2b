/**
 * How long to spin before sleeping. With one CPU, spinning keeps the other side from running; with more, an answer that comes within a few
 * microseconds is far cheaper than a sleep. The CPUs are those that the scheduler may give us: affinity mask and cgroup quota.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/**
 * About 4 us of looking at an empty bitmap, and 3 us of PAUSE: an order is answered in that time, a translation is not, and then every PAUSE is wasted.
 * (With 11 us, python3 -c 'print(1)' takes 1.84 s of CPU instead of 1.60, and no less time.)
 */
const ENGINE_SPIN = 500
const RUNNER_SPIN = 120
/** A wait that a spin would have caught, in milliseconds; one that ends a sleep includes the wake-up of a CPU. */
const SHORT_MS = 0.01
const SHORT_SLEEP_MS = 0.06

/**
 * Whether one side should spin for the other, from what the last waits were: a two-bit counter, as branch predictors have. It goes by the
 * time that the other side took, not by whether the spin succeeded: two sides that both sleep would never find out that spinning pays.
 */
export class SpinPredictor {
  private confidence = 3

  get spins(): boolean {
    return this.confidence >= 2
  }

  /** A wait of `ms` was over; `slept`: a wake-up is part of it. */
  record(ms: number, slept: boolean): void {
    if (ms < (slept ? SHORT_SLEEP_MS : SHORT_MS)) {
      if (this.confidence < 3) this.confidence++
    } else if (this.confidence > 0) this.confidence--
  }
}

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
