/** How a process has ended that is nobody's child here. */
import { readFileSync } from 'node:fs'
import { scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

const SYS_IOCTL = 16
/** struct pidfd_info in its first version, of Linux 6.13; since 6.15 it says how a process has ended that has been reaped. */
const PIDFD_GET_INFO = 0xc040_ff0b
const INFO_SIZE = 64
const INFO_EXIT = 8
const INFO_EXIT_CODE = 60
/** Fields of /proc/PID/stat, counted from the one behind the name. */
const FIELD_EXIT_CODE = 49

/** Its status as wait4 gives it; null: nobody says. While it is a zombie /proc says so, to those who may know; later its pidfd does. */
export function endStatus(pid: number, pidfd: number): number | null {
  return zombieStatus(pid) ?? reapedStatus(pidfd)
}

function zombieStatus(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const status = Number(fields[FIELD_EXIT_CODE])
    // 0 is what those get who may not know.
    return fields[0] === 'Z' && status > 0 ? status : null
  } catch {
    return null
  }
}

function reapedStatus(pidfd: number): number | null {
  const s = scratch()
  const at = s.take(INFO_SIZE)
  for (let n = 0; n < INFO_SIZE / 4; n++) s.i32[(at >> 2) + n] = 0
  s.i32[at >> 2] = INFO_EXIT
  if (hostSyscall(SYS_IOCTL, pidfd, PIDFD_GET_INFO, s.address + at) < 0) return null
  return s.i32[at >> 2]! & INFO_EXIT ? s.i32[(at + INFO_EXIT_CODE) >> 2]! : null
}
