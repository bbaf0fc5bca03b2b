/** Signals: sending is the kernel's, handlers and masks are the engine's. */
import { signalfdFlags, signalMaskHow } from '../abi/flags/signals.ts'
import { sigaction, siginfo, stack } from '../abi/shapes-process.ts'
import { fd, flags, hex32, pid, signal, sigsetIn, sigsetOut, size, structIn, structOut, timespecIn } from '../args.ts'
import { engine, syscall } from '../row.ts'

export const kill = syscall('kill', { pid, sig: signal })
export const tkill = syscall('tkill', { tid: pid, sig: signal })
export const tgkill = syscall('tgkill', { tgid: pid, tid: pid, sig: signal })
export const rt_sigqueueinfo = syscall('rt_sigqueueinfo', { tgid: pid, sig: signal, info: structIn(siginfo) })
export const rt_tgsigqueueinfo = syscall('rt_tgsigqueueinfo', { tgid: pid, tid: pid, sig: signal, info: structIn(siginfo) })
export const pidfd_send_signal = syscall('pidfd_send_signal', { pidfd: fd, sig: signal, info: structIn(siginfo), flags: hex32 })
export const rt_sigaction = syscall(
  'rt_sigaction',
  { signum: signal, act: structIn(sigaction), oldact: structOut(sigaction), sigsetsize: size },
  engine('default and ignore are set for real; a handler is ours on the host'),
)
export const rt_sigprocmask = syscall(
  'rt_sigprocmask',
  { how: flags(signalMaskHow), set: sigsetIn, oldset: sigsetOut, sigsetsize: size },
  engine('the signals that translated code raises itself are never blocked for real'),
)
export const rt_sigreturn = syscall('rt_sigreturn', {}, { ...engine("the frame is the engine's"), leaves: true })
export const sigaltstack = syscall(
  'sigaltstack',
  { ss: structIn(stack), old_ss: structOut(stack) },
  engine("the host's signal stack is the translator's"),
)
export const rt_sigpending = syscall(
  'rt_sigpending',
  { set: sigsetOut, sigsetsize: size },
  engine('the signals that translated code raises itself wait in the engine'),
)
export const rt_sigtimedwait = syscall(
  'rt_sigtimedwait',
  { set: sigsetIn, info: structOut(siginfo), timeout: timespecIn, sigsetsize: size },
  engine('as rt_sigpending'),
)
export const rt_sigsuspend = syscall(
  'rt_sigsuspend',
  { mask: sigsetIn, sigsetsize: size },
  engine('the handler that ends it runs with a mask made from this one'),
)
export const signalfd4 = syscall('signalfd4', { fd, mask: sigsetIn, sizemask: size, flags: flags(signalfdFlags) })
export const restart_syscall = syscall('restart_syscall', {}, engine('only the kernel makes this call'))
