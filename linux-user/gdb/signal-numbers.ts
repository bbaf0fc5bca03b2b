/** gdb's own numbers of signals (include/gdb/signals.def), which the protocol uses, and those of Linux. */

/** By Linux's number, from 1; SIGSTKFLT has none. */
const LINUX_TO_GDB = [1, 2, 3, 4, 5, 6, 10, 8, 9, 30, 11, 31, 13, 14, 15, 143, 20, 19, 17, 18, 21, 22, 16, 24, 25, 26, 27, 28, 23, 32, 12]
const GDB_UNKNOWN = 143
const FIRST_REALTIME = 32
const LAST_SIGNAL = 64
const GDB_SIGNAL_32 = 77
const GDB_SIGNAL_33 = 45
const GDB_SIGNAL_64 = 78

export function toGdb(signal: number): number {
  if (signal === 0) return 0
  if (signal < FIRST_REALTIME) return LINUX_TO_GDB[signal - 1] ?? GDB_UNKNOWN
  if (signal === FIRST_REALTIME) return GDB_SIGNAL_32
  return signal === LAST_SIGNAL ? GDB_SIGNAL_64 : GDB_SIGNAL_33 + signal - FIRST_REALTIME - 1
}

/** 0: none. */
export function fromGdb(number: number): number {
  for (let signal = 1; signal <= LAST_SIGNAL; signal++) if (toGdb(signal) === number && number !== GDB_UNKNOWN) return signal
  return 0
}
