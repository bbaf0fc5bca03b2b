/** Waiting for descriptors. */
import { epollCreateFlags, epollOperation, eventfdFlags } from '../abi/flags/polling.ts'
import { epollEvent, pollfd } from '../abi/shapes-files.ts'
import { ioEvent, sigsetArgument, timespec } from '../abi/shapes-process.ts'
import {
  fd,
  fdset,
  flags,
  hexLong,
  int,
  long,
  RESULT,
  sigsetIn,
  size,
  structIn,
  structInOut,
  structOut,
  timespec64In,
  timespecIn,
  uint,
} from '../args.ts'
import { not32, syscall } from '../row.ts'

export const ppoll = syscall('ppoll', {
  fds: structInOut(pollfd, 'nfds'),
  nfds: uint,
  timeout: structInOut(timespec),
  sigmask: sigsetIn,
  sigsetsize: size,
})
export const pselect6 = syscall('pselect6', {
  nfds: int,
  readfds: fdset('nfds'),
  writefds: fdset('nfds'),
  exceptfds: fdset('nfds'),
  timeout: structInOut(timespec),
  sigmask: structIn(sigsetArgument),
})
export const epoll_create1 = syscall('epoll_create1', { flags: flags(epollCreateFlags) })
export const epoll_ctl = syscall('epoll_ctl', { epfd: fd, op: flags(epollOperation), fd, event: structIn(epollEvent) })
export const epoll_pwait = syscall('epoll_pwait', {
  epfd: fd,
  events: structOut(epollEvent, RESULT),
  maxevents: int,
  timeout: int,
  sigmask: sigsetIn,
  sigsetsize: size,
})
export const epoll_pwait2 = syscall('epoll_pwait2', {
  epfd: fd,
  events: structOut(epollEvent, RESULT),
  maxevents: int,
  timeout: timespec64In,
  sigmask: sigsetIn,
  sigsetsize: size,
})
export const eventfd2 = syscall('eventfd2', { initval: uint, flags: flags(eventfdFlags) })
const AIO = not32('their context is an address')
export const io_getevents = syscall(
  'io_getevents',
  {
    ctx: hexLong,
    min_nr: long,
    nr: long,
    events: structOut(ioEvent, RESULT),
    timeout: timespecIn,
  },
  AIO,
)
export const io_pgetevents = syscall(
  'io_pgetevents',
  {
    ctx: hexLong,
    min_nr: long,
    nr: long,
    events: structOut(ioEvent, RESULT),
    timeout: timespecIn,
    sig: structIn(sigsetArgument),
  },
  AIO,
)
