/** An engine that stays: it serves processes that others start and that find it by its user's socket, until there has been none for a while. */
import { setImmediate } from 'node:timers/promises'
import { SYS } from '../runtime/host-kernel.ts'
import type { EngineKind } from '../runtime/outside.ts'
import { milliseconds } from '../util/clock.ts'
import type { Engine } from './engine.ts'
import { Listener, passHanded } from './listener.ts'
import { scratch } from './memory.ts'
import { hostSyscall } from './native.ts'
import { Death } from './process.ts'
import { RunnerGone, type Thread } from './thread.ts'

const RLIMIT_CPU = 0
const RLIMIT_FSIZE = 1
const RLIMIT_DATA = 2
const RLIMIT_AS = 9
const RLIMIT_SIZE = 16

/** Soft limits that the first program had are not for an engine that serves others, too. */
function raiseLimits(): void {
  for (const resource of [RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_AS]) {
    const s = scratch()
    const at = s.take(RLIMIT_SIZE)
    if (hostSyscall(SYS.prlimit64, 0, resource, 0, s.address + at) < 0) continue
    s.u8.copyWithin(at, at + RLIMIT_SIZE / 2, at + RLIMIT_SIZE)
    hostSyscall(SYS.prlimit64, 0, resource, s.address + at, 0)
  }
}

export class Residence {
  private readonly engine: Engine
  private readonly listener: Listener
  private readonly kind: EngineKind
  private idleMs = 0
  private busyAt = 0

  constructor(engine: Engine, kind: EngineKind) {
    raiseLimits()
    this.engine = engine
    this.kind = kind
    this.listener = new Listener(engine, kind)
  }

  /** `handed`: descriptor ENGINE_FD is a runner's connection. False: another engine is there for this user, and has got what was handed. */
  open(handed: boolean): boolean {
    const result = this.listener.listen()
    if (result === 'other' && (!handed || passHanded(this.kind))) return false
    if (handed) this.listener.takeHanded()
    return true
  }

  /** Gives out requests, the first of a process is its hello, and ends of processes, until nobody has been there for so long. */
  async serve(handle: (thread: Thread) => void, ended: (death: Death) => void, idleMs: number): Promise<void> {
    this.idleMs = idleMs
    this.busyAt = milliseconds()
    const isOver = (): boolean => this.isOver()
    this.engine.handle = handle
    for (;;) {
      const event = this.engine.wait(isOver)
      if (event instanceof Death) ended(event)
      else if (event !== null) this.handle(event, handle)
      else if (this.isOver()) return
      else await setImmediate()
    }
  }

  close(): void {
    this.listener.close()
  }

  private handle(thread: Thread, handle: (thread: Thread) => void): void {
    try {
      handle(thread)
    } catch (error) {
      if (!(error instanceof RunnerGone)) throw error
    }
  }

  /** Whom no runner finds by a name is there for those that it has. */
  private isOver(): boolean {
    const now = milliseconds()
    if (this.engine.processCount > 0 || this.listener.isBusy) this.busyAt = now
    return now - this.busyAt >= (this.listener.isListening ? this.idleMs : 0)
  }
}
