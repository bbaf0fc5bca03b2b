/** siginfo_t (little-endian, 64-bit: one layout on x86-64 and AArch64) and wait statuses as strace writes them. */
import type { Abi } from '../abi/abi.ts'
import { errnoName } from '../abi/errno.ts'
import { signalName } from '../abi/signals.ts'

const ERRNO = 4
const CODE = 8
const FIRST = 16
const SECOND = 20
const THIRD = 24
const FOURTH = 32
const FIFTH = 40
const TWO_32 = 0x1_0000_0000

const SIGSYS = 31
const SIGCHLD = 17
const SIGIO = 29

const GENERAL = new Map([
  [0, 'SI_USER'],
  [0x80, 'SI_KERNEL'],
  [-1, 'SI_QUEUE'],
  [-2, 'SI_TIMER'],
  [-3, 'SI_MESGQ'],
  [-4, 'SI_ASYNCIO'],
  [-5, 'SI_SIGIO'],
  [-6, 'SI_TKILL'],
  [-7, 'SI_DETHREAD'],
  [-60, 'SI_ASYNCNL'],
])
const SI_USER = 0
const SI_TKILL = -6
const SI_TIMER = -2
const SI_KERNEL = 0x80

/** Names of positive codes by signal; the first is 1. */
const OWN: { readonly [signal: number]: readonly string[] } = {
  4: ['ILL_ILLOPC', 'ILL_ILLOPN', 'ILL_ILLADR', 'ILL_ILLTRP', 'ILL_PRVOPC', 'ILL_PRVREG', 'ILL_COPROC', 'ILL_BADSTK'],
  5: ['TRAP_BRKPT', 'TRAP_TRACE', 'TRAP_BRANCH', 'TRAP_HWBKPT'],
  7: ['BUS_ADRALN', 'BUS_ADRERR', 'BUS_OBJERR', 'BUS_MCEERR_AR', 'BUS_MCEERR_AO'],
  8: ['FPE_INTDIV', 'FPE_INTOVF', 'FPE_FLTDIV', 'FPE_FLTOVF', 'FPE_FLTUND', 'FPE_FLTRES', 'FPE_FLTINV', 'FPE_FLTSUB'],
  11: ['SEGV_MAPERR', 'SEGV_ACCERR', 'SEGV_BNDERR', 'SEGV_PKUERR'],
  17: ['CLD_EXITED', 'CLD_KILLED', 'CLD_DUMPED', 'CLD_TRAPPED', 'CLD_STOPPED', 'CLD_CONTINUED'],
  29: ['POLL_IN', 'POLL_OUT', 'POLL_MSG', 'POLL_ERR', 'POLL_PRI', 'POLL_HUP'],
  31: ['SYS_SECCOMP', 'SYS_USER_DISPATCH'],
}
const CLD_EXITED = 1

/** `{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=12, si_uid=0, si_status=1, si_utime=0, si_stime=0}` */
export function siginfoText(info: Uint8Array, abi: Abi): string {
  const view = new DataView(info.buffer, info.byteOffset, info.length)
  const int = (at: number): number => view.getInt32(at, true)
  const signal = int(0)
  const code = int(CODE)
  const error = int(ERRNO)
  const parts = [`si_signo=${signalName(signal)}`, `si_code=${codeText(signal, code)}`]
  if (error !== 0) parts.push(`si_errno=${errnoName(error)}`)
  const sender = (): void => void parts.push(`si_pid=${int(FIRST)}`, `si_uid=${view.getUint32(SECOND, true)}`)
  const pointer = (at: number): string => pointerText(view, at)
  const value = (): void => void parts.push(`si_int=${int(THIRD)}`, `si_ptr=${pointer(THIRD)}`)
  if (code === SI_USER || code === SI_TKILL) sender()
  else if (code === SI_TIMER) {
    parts.push(`si_timerid=${pointer(FIRST)}`, `si_overrun=${int(SECOND)}`)
    value()
  } else if (code < 0) {
    sender()
    value()
  } else if (code !== SI_KERNEL) {
    if (signal === SIGCHLD) {
      sender()
      const status = int(THIRD)
      const times = [FOURTH, FIFTH].map((at) => view.getBigInt64(at, true))
      parts.push(`si_status=${code === CLD_EXITED ? status : signalName(status)}`, `si_utime=${times[0]}`, `si_stime=${times[1]}`)
    } else if (signal === SIGSYS) {
      const number = int(THIRD)
      const name = Object.entries(abi.numbers).find(([, n]) => n === number)?.[0]
      const arch = view.getUint32(THIRD + 4, true)
      parts.push(`si_call_addr=${pointer(FIRST)}`, `si_syscall=${name === undefined ? number : `__NR_${name}`}`)
      parts.push(`si_arch=${arch === abi.auditArch ? `AUDIT_ARCH_${abi.machine.toUpperCase()}` : `0x${arch.toString(16)}`}`)
    } else if (signal === SIGIO) parts.push(`si_band=${view.getBigInt64(FIRST, true)}`, `si_fd=${int(THIRD)}`)
    else parts.push(`si_addr=${pointer(FIRST)}`)
  }
  return `{${parts.join(', ')}}`
}

function codeText(signal: number, code: number): string {
  return (code > 0 ? OWN[signal]?.[code - 1] : undefined) ?? GENERAL.get(code) ?? String(code)
}

function pointerText(view: DataView, at: number): string {
  const value = view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true)
  return value === 0 ? 'NULL' : `0x${value.toString(16)}`
}

const CORE = 0x80
const STOPPED = 0x7f
const CONTINUED = 0xffff

/** `{WIFEXITED(s) && WEXITSTATUS(s) == 1}` */
export function waitStatusText(status: number): string {
  const low = status & 0x7f
  const code = (status >> 8) & 0xff
  if (status === CONTINUED) return '{WIFCONTINUED(s)}'
  if ((status & 0xff) === STOPPED) return `{WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName(code)}}`
  if (low === 0) return `{WIFEXITED(s) && WEXITSTATUS(s) == ${code}}`
  return `{WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(low)}${status & CORE ? ' && WCOREDUMP(s)' : ''}}`
}
