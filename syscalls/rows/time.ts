/** Clocks, timers and sleeping. */
import { clockId, itimerWhich, timerFlags, timerfdCreateFlags, timerfdSetFlags } from '../abi/flags/time.ts'
import { itimerspec, itimerval, sigevent, timeval, timex, timezone, tms } from '../abi/shapes-process.ts'
import { fd, flags, int, intOut, structIn, structInOut, structOut, timespecIn, timespecLeft, timespecOut } from '../args.ts'
import { counted, syscall } from '../row.ts'

const clock = flags(clockId)

export const clock_gettime = syscall('clock_gettime', { clockid: clock, tp: timespecOut })
export const clock_settime = syscall('clock_settime', { clockid: clock, tp: timespecIn })
export const clock_getres = syscall('clock_getres', { clockid: clock, res: timespecOut })
export const clock_nanosleep = syscall('clock_nanosleep', {
  clockid: clock,
  flags: flags(timerFlags),
  request: timespecIn,
  remain: timespecLeft,
})
export const clock_adjtime = syscall('clock_adjtime', { clockid: clock, tx: structInOut(timex) })
export const adjtimex = syscall('adjtimex', { tx: structInOut(timex) })
export const nanosleep = syscall('nanosleep', { request: timespecIn, remain: timespecLeft })
export const gettimeofday = syscall('gettimeofday', { tv: structOut(timeval), tz: structOut(timezone) })
export const settimeofday = syscall('settimeofday', { tv: structIn(timeval), tz: structIn(timezone) })
export const times = syscall('times', { buf: structOut(tms) }, counted)
export const getitimer = syscall('getitimer', { which: flags(itimerWhich), value: structOut(itimerval) })
export const setitimer = syscall('setitimer', { which: flags(itimerWhich), value: structIn(itimerval), old: structOut(itimerval) })

export const timer_create = syscall('timer_create', { clockid: clock, sevp: structIn(sigevent), timerid: intOut })
export const timer_settime = syscall('timer_settime', {
  timerid: int,
  flags: flags(timerFlags),
  value: structIn(itimerspec),
  old: structOut(itimerspec),
})
export const timer_gettime = syscall('timer_gettime', { timerid: int, value: structOut(itimerspec) })
export const timer_getoverrun = syscall('timer_getoverrun', { timerid: int })
export const timer_delete = syscall('timer_delete', { timerid: int })

export const timerfd_create = syscall('timerfd_create', { clockid: clock, flags: flags(timerfdCreateFlags) })
export const timerfd_settime = syscall('timerfd_settime', {
  fd,
  flags: flags(timerfdSetFlags),
  value: structIn(itimerspec),
  old: structOut(itimerspec),
})
export const timerfd_gettime = syscall('timerfd_gettime', { fd, value: structOut(itimerspec) })
