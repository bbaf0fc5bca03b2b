/** Descriptors in the engine's poll that are no process's: listeners, connections, timers. Each is looked at in the engine's `wait`, never in the middle of an order. */
import type { Doorbell } from './doorbell.ts'

export class WatchList {
  private readonly doorbell: Doorbell
  private readonly watched = new Map<number, () => void>()
  /** Those that are readable and have not been looked at: they are not in the poll. */
  private readable: number[] = []

  constructor(doorbell: Doorbell) {
    this.doorbell = doorbell
  }

  /** `readable` is called by `serve` when the descriptor is readable, again and again until it is not. */
  add(fd: number, readable: () => void): void {
    this.watched.set(fd, readable)
    this.doorbell.watch(fd)
  }

  remove(fd: number): void {
    this.watched.delete(fd)
    const at = this.readable.indexOf(fd)
    if (at >= 0) this.readable.splice(at, 1)
    else this.doorbell.unwatch(fd)
  }

  get areReadable(): boolean {
    return this.readable.length > 0
  }

  /** The poll says that a descriptor is readable; it may be nobody's any more. */
  note(fd: number): void {
    if (!this.watched.has(fd)) return
    this.doorbell.unwatch(fd)
    this.readable.push(fd)
  }

  /** Whoever is called may remove others, too. */
  serve(): void {
    for (let left = this.readable.length; left > 0 && this.readable.length > 0; left--) {
      const fd = this.readable.shift()!
      this.doorbell.watch(fd)
      this.watched.get(fd)?.()
    }
  }
}
