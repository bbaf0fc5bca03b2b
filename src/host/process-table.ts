/**
 * The processes of an engine, each known by a pidfd: that cannot come to mean another process, and says in the engine's poll that its process has ended.
 *
 * There may be thousands, and the engine's limit of open files may be the guest's, so room is made before a process is: one that the engine cannot watch
 * would be taken for one that has ended, and its slot given to another. The kernel gives out the lowest free number. So a number that is MARGIN below the
 * limit says that all below it are in use, and what is left stays for what is opened for a moment: programs, connections.
 */
import { POLLIN, SIGNAL, SYS } from '../runtime/host-kernel.ts'
import type { Doorbell } from './doorbell.ts'
import { endStatus } from './end-status.ts'
import { closeFd, pollOne, scratch } from './memory.ts'
import { hostSyscall } from './native.ts'
import { pidBelow } from './pids.ts'
import { createProcess, type Process } from './process.ts'
import { currentOpenFiles } from './spawn.ts'

const F_DUPFD_CLOEXEC = 1030
const MARGIN = 8
const WNOHANG = 1
const ESRCH = 3
const EINVAL = 22

export class ProcessTable {
  private readonly doorbell: Doorbell
  private readonly ended: (process: Process, status: number) => void
  private readonly byPidfd = new Map<number, Process>()
  private readonly fdsEnd = currentOpenFiles() - MARGIN

  /** `ended`: a process has ended, with this status as wait4 gives it. */
  constructor(doorbell: Doorbell, ended: (process: Process, status: number) => void) {
    this.doorbell = doorbell
    this.ended = ended
  }

  get size(): number {
    return this.byPidfd.size
  }

  all(): Iterable<Process> {
    return this.byPidfd.values()
  }

  /** The process that has this pid. */
  find(pid: number): Process | undefined {
    for (const process of this.byPidfd.values()) if (process.pid === pid) return process
    return undefined
  }

  /** A child that `parent` is going to make, with room for its pidfd; null: there is none. */
  reserve(parent: Process): Process | null {
    const reserved = this.reserveFd() ?? (this.reapEnded() ? this.reserveFd() : null)
    return reserved === null ? null : createProcess(parent.hiddenBase, parent, reserved)
  }

  private reserveFd(): number | null {
    const fd = hostSyscall(SYS.fcntl, this.doorbell.fd, F_DUPFD_CLOEXEC, 0)
    return this.hasRoom(fd) ? fd : null
  }

  /** Lets those go that have ended without the engine's having come to it yet: their parent may know already. False: there are none. */
  private reapEnded(): boolean {
    let found = false
    for (const pidfd of [...this.byPidfd.keys()]) if (pollOne(pidfd, POLLIN, 0) && this.reap(pidfd)) found = true
    return found
  }

  /** A child that was not made after all. */
  discard(process: Process): void {
    if (process.pid === 0 && process.pidfd >= 0) closeFd(process.pidfd)
    process.pidfd = -1
  }

  /** May the engine keep this descriptor? Otherwise it is closed. */
  hasRoom(fd: number): boolean {
    if (fd < 0) return false
    if (fd < this.fdsEnd) return true
    closeFd(fd)
    return false
  }

  /** Learns a process's pid, as whoever made it says; it may have ended already. */
  identify(process: Process, said: number): void {
    const isBelow = process.isBelow && process.parent !== null
    const pid = isBelow ? pidBelow(process.parent.pid, said, (other) => this.find(other) !== undefined) : said
    if (process.pidfd >= 0) closeFd(process.pidfd)
    this.setPid(process, pid)
    const pidfd = hostSyscall(SYS.pidfd_open, pid, 0)
    if (pidfd >= 0) {
      this.know(process, pid, pidfd)
      return
    }
    // Otherwise the host has no memory for it. What cannot be watched is ended, and may use its slot until then: that is not used again.
    const isGone = pidfd === -ESRCH || pidfd === -EINVAL
    if (!isGone && hostSyscall(SYS.kill, pid, SIGNAL.SIGKILL) === 0) for (const thread of process.threads) thread.pinned = true
    this.ended(process, isGone ? 0 : SIGNAL.SIGKILL)
  }

  know(process: Process, pid: number, pidfd: number): void {
    this.setPid(process, pid)
    process.pidfd = pidfd
    this.byPidfd.set(pidfd, process)
    this.doorbell.watch(pidfd)
  }

  /** A descriptor in the poll is readable. False: it is no process's. */
  reap(pidfd: number): boolean {
    const process = this.byPidfd.get(pidfd)
    if (process === undefined) return false
    const s = scratch()
    const at = s.take(4)
    const pid = hostSyscall(SYS.wait4, process.pid, s.address + at, WNOHANG, 0)
    if (pid !== 0) this.forget(process, pid === process.pid ? s.i32[at >> 2]! : endStatus(process))
    return true
  }

  forget(process: Process, status: number): void {
    this.byPidfd.delete(process.pidfd)
    this.doorbell.unwatch(process.pidfd)
    closeFd(process.pidfd)
    this.ended(process, status)
  }

  private setPid(process: Process, pid: number): void {
    process.pid = pid
    for (const { slot } of process.threads) this.doorbell.setPid(slot.index, pid)
  }
}
