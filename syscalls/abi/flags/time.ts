/** Flags and selectors of clocks and timers, as the kernel headers name them; a flavour lists only what differs from asm-generic. */
import { enumSet, flagSet } from '../flag-set.ts'

export const clockId = enumSet('clockId', {
  CLOCK_REALTIME: 0,
  CLOCK_MONOTONIC: 1,
  CLOCK_PROCESS_CPUTIME_ID: 2,
  CLOCK_THREAD_CPUTIME_ID: 3,
  CLOCK_MONOTONIC_RAW: 4,
  CLOCK_REALTIME_COARSE: 5,
  CLOCK_MONOTONIC_COARSE: 6,
  CLOCK_BOOTTIME: 7,
  CLOCK_REALTIME_ALARM: 8,
  CLOCK_BOOTTIME_ALARM: 9,
  CLOCK_TAI: 11,
})

export const timerFlags = flagSet('timerFlags', {
  bits: {
    TIMER_ABSTIME: 1,
  },
})

export const itimerWhich = enumSet('itimerWhich', {
  ITIMER_REAL: 0,
  ITIMER_VIRTUAL: 1,
  ITIMER_PROF: 2,
})

export const timerfdCreateFlags = flagSet('timerfdCreateFlags', {
  bits: {
    TFD_CLOEXEC: 0x80000,
    TFD_NONBLOCK: 0x800,
  },
})

export const timerfdSetFlags = flagSet('timerfdSetFlags', {
  bits: {
    TFD_TIMER_ABSTIME: 1,
    TFD_TIMER_CANCEL_ON_SET: 2,
  },
})
