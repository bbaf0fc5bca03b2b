/** Flags and selectors of signal calls, as the kernel headers name them; a flavour lists only what differs from asm-generic. */
import { enumSet, flagSet } from '../flag-set.ts'

export const signalMaskHow = enumSet('signalMaskHow', {
  SIG_BLOCK: 0,
  SIG_UNBLOCK: 1,
  SIG_SETMASK: 2,
})

export const sigactionFlags = flagSet('sigactionFlags', {
  bits: {
    SA_NOCLDSTOP: 1,
    SA_NOCLDWAIT: 2,
    SA_SIGINFO: 4,
    SA_RESTORER: 0x4000000,
    SA_ONSTACK: 0x8000000,
    SA_RESTART: 0x10000000,
    SA_NODEFER: 0x40000000,
    SA_RESETHAND: 0x80000000,
  },
})

export const sigaltstackFlags = flagSet('sigaltstackFlags', {
  bits: {
    SS_ONSTACK: 1,
    SS_DISABLE: 2,
    SS_AUTODISARM: 0x80000000,
  },
})

export const signalfdFlags = flagSet('signalfdFlags', {
  bits: {
    SFD_CLOEXEC: 0x80000,
    SFD_NONBLOCK: 0x800,
  },
})
