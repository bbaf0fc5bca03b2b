/** How a process has ended that is not the engine's child. */
import { END_STATUS } from '../runtime/layout.ts'
import { scratch } from './memory.ts'
import { hostSyscall } from './native.ts'
import { procStat, STAT } from './proc-stat.ts'
import type { Process } from './process.ts'

const SYS_IOCTL = 16
/** struct pidfd_info in its first version, of Linux 6.13; since 6.15 it says how a process has ended that has been reaped. */
const PIDFD_GET_INFO = 0xc040_ff0b
const INFO_SIZE = 64
const INFO_EXIT = 8
const INFO_EXIT_CODE = 60
/** Of END_STATUS: what wait4 gives. */
const STATUS_MASK = 0xffff

/**
 * Its status as wait4 gives it: as the engine has seen it end, as one of its threads has said, or as the kernel says: while it is a zombie in /proc, to
 * those who may know; later by its pidfd. 0 when nobody does.
 */
export function endStatus({ endStatus: seen, threads, pid, pidfd }: Process): number {
  if (seen !== 0) return seen
  for (const { i32 } of threads) if (i32[END_STATUS >> 2] !== 0) return i32[END_STATUS >> 2]! & STATUS_MASK
  return zombieStatus(pid) ?? reapedStatus(pidfd) ?? 0
}

function zombieStatus(pid: number): number | null {
  const stat = procStat(pid)
  const status = Number(stat?.[STAT.exitCode])
  // 0 is what those get who may not know.
  return stat?.[STAT.state] === 'Z' && status > 0 ? status : null
}

function reapedStatus(pidfd: number): number | null {
  const s = scratch()
  const at = s.take(INFO_SIZE)
  for (let n = 0; n < INFO_SIZE / 4; n++) s.i32[(at >> 2) + n] = 0
  s.i32[at >> 2] = INFO_EXIT
  if (hostSyscall(SYS_IOCTL, pidfd, PIDFD_GET_INFO, s.address + at) < 0) return null
  return s.i32[at >> 2]! & INFO_EXIT ? s.i32[(at + INFO_EXIT_CODE) >> 2]! : null
}
