/** The signal that makes a runner's thread come: SIGTRAP, which runners never block, with an si_code that nobody else uses. */
import { scratch } from '../../src/host/memory.ts'
import { hostSyscall } from '../../src/host/native.ts'

const SYS_RT_TGSIGQUEUEINFO = 297
const SIGTRAP = 5
const SIGINFO_SIZE = 128
/** Negative: from a process, not from the kernel. */
export const KICK_CODE = -0x6442

export function kick(pid: number, tid: number): void {
  const s = scratch()
  const info = s.take(SIGINFO_SIZE)
  s.i32[info >> 2] = SIGTRAP
  s.i32[(info >> 2) + 2] = KICK_CODE
  hostSyscall(SYS_RT_TGSIGQUEUEINFO, pid, tid, SIGTRAP, s.address + info)
}
