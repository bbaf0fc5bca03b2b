/** A timer in the engine's own poll: the event loop, on which JavaScript's timers depend, does not turn there. */
import type { Engine } from './engine.ts'
import { closeFd, must, scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

const SYS_READ = 0
const SYS_TIMERFD_CREATE = 283
const SYS_TIMERFD_SETTIME = 286
const CLOCK_MONOTONIC = 1
const TFD_NONBLOCK = 0o4000
const TFD_CLOEXEC = 0o2000000
const ITIMERSPEC_SIZE = 32
/** it_value */
const VALUE = 16
const MS = 1000
const NS_PER_MS = 1_000_000

export class Alarm {
  private readonly engine: Engine
  private readonly fd = must('timerfd_create', hostSyscall(SYS_TIMERFD_CREATE, CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))

  /** `ring` is called in a `wait` of the engine when the time is over. */
  constructor(engine: Engine, ring: () => void) {
    this.engine = engine
    engine.watch(this.fd, () => {
      const s = scratch()
      if (hostSyscall(SYS_READ, this.fd, s.address + s.take(8), 8) > 0) ring()
    })
  }

  /** Instead of what was set before; 0: never. */
  set(ms: number): void {
    const s = scratch()
    const at = s.take(ITIMERSPEC_SIZE)
    s.setU64(at + VALUE, Math.floor(ms / MS))
    s.setU64(at + VALUE + 8, (ms % MS) * NS_PER_MS)
    must('timerfd_settime', hostSyscall(SYS_TIMERFD_SETTIME, this.fd, 0, s.address + at, 0))
  }

  close(): void {
    this.engine.unwatch(this.fd)
    closeFd(this.fd)
  }
}
