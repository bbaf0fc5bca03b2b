/**
 * Calls that the generic table no longer has: forms of before directories were named by descriptors, before flags, before 64-bit files and times. Most are the newer call with
 * something unsaid; those with times of 64 bits are the same call with other structures.
 */
import { AT_FDCWD } from '../../src/runtime/host-kernel.ts'
import { accessMode, atFlags, fcntlCommand, openFlags, syncRangeFlags } from '../abi/flags/files.ts'
import { mapFlags, protection } from '../abi/flags/memory.ts'
import { cloneFlags } from '../abi/flags/process.ts'
import { signalMaskHow } from '../abi/flags/signals.ts'
import { messageFlags } from '../abi/flags/sockets.ts'
import {
  epollEvent,
  flock64,
  pollfd,
  stat64 as stat64Shape,
  statfs64 as statfs64Shape,
  stat as statShape,
  ulongCell,
  ustat as ustatShape,
} from '../abi/shapes-files.ts'
import { itimerspec64, oldSigaction, timespec64, timeval, timex64 } from '../abi/shapes-process.ts'
import {
  type Arg,
  address,
  bufferIn,
  bufferOut,
  device,
  entry,
  fd,
  fdOrCwd,
  fdset,
  flags,
  gid,
  gid16,
  hex32,
  int,
  mode,
  offset,
  offsetInOut,
  offsetOut,
  optional,
  pairOut,
  path,
  pathUnless,
  pointer,
  RESULT,
  signal,
  size,
  string,
  structIn,
  structInOut,
  structOut,
  timespec64In,
  timespec64Out,
  timespecs64In,
  uid,
  uid16,
  uint,
} from '../args.ts'
import { futexTimeout } from '../futex-timeout.ts'
import { counted, engine, olderForm, type Row, refused, syscall, variant } from '../row.ts'
import * as directories from './directories.ts'
import * as files from './files.ts'
import * as identity from './identity.ts'
import * as ipc from './ipc.ts'
import * as memory from './memory.ts'
import * as pipes from './pipes.ts'
import * as polling from './polling.ts'
import * as process from './process.ts'
import * as signals from './signals.ts'
import * as sockets from './sockets.ts'
import * as time from './time.ts'

const { AT_SYMLINK_NOFOLLOW } = atFlags.values
const { O_CREAT, O_WRONLY, O_TRUNC } = openFlags.values
const { CLONE_VM, CLONE_VFORK } = cloneFlags.values
const AT_REMOVEDIR = 0x200
const SIGCHLD = 17
const PAGE_SHIFT = 12
const SIGSET_SIZE = 8
const OLD_MASK = 'masks of 32 bits'
const SHORT_IDS = 'user and group numbers of 16 bits'

const here = { dirfd: AT_FDCWD }

export const open = olderForm(
  'open',
  {
    path: pathUnless('flags', openFlags, 'O_NOFOLLOW'),
    flags: flags(openFlags),
    mode: optional(mode, 'flags', openFlags, ['O_CREAT', 'O_TMPFILE']),
  },
  directories.openat,
  here,
)
export const creat = olderForm('creat', { path, mode }, directories.openat, { ...here, flags: O_CREAT | O_WRONLY | O_TRUNC })
export const link = olderForm('link', { oldpath: entry, newpath: entry }, directories.linkat, {
  olddirfd: AT_FDCWD,
  newdirfd: AT_FDCWD,
  flags: 0,
})
export const unlink = olderForm('unlink', { path: entry }, directories.unlinkat, { ...here, flags: 0 })
export const rmdir = olderForm('rmdir', { path: entry }, directories.unlinkat, { ...here, flags: AT_REMOVEDIR })
export const mknod = olderForm('mknod', { path: entry, mode, dev: device }, directories.mknodat, here)
export const mkdir = olderForm('mkdir', { path: entry, mode }, directories.mkdirat, here)
export const chmod = olderForm('chmod', { path, mode }, directories.fchmodat, here)
export const access = olderForm('access', { path, mode: flags(accessMode) }, directories.faccessat, here)
export const rename = olderForm('rename', { oldpath: entry, newpath: entry }, directories.renameat, {
  olddirfd: AT_FDCWD,
  newdirfd: AT_FDCWD,
})
export const symlink = olderForm('symlink', { target: string, path: entry }, directories.symlinkat, { newdirfd: AT_FDCWD })
export const readlink = olderForm('readlink', { path: entry, buf: bufferOut('bufsiz'), bufsiz: int }, directories.readlinkat, here)
export const chown32 = olderForm('chown32', { path, owner: uid, group: gid }, directories.fchownat, { ...here, flags: 0 })
export const lchown32 = olderForm('lchown32', { path: entry, owner: uid, group: gid }, directories.fchownat, {
  ...here,
  flags: AT_SYMLINK_NOFOLLOW,
})
export const fchown32 = olderForm('fchown32', { fd, owner: uid, group: gid }, directories.fchown)
export const utimes = syscall('utimes', { path, times: structIn(timeval, 2) })
export const futimesat = syscall('futimesat', { dirfd: fdOrCwd, path, times: structIn(timeval, 2) })
export const utimensat_time64 = variant(directories.utimensat, 'utimensat_time64', { times: timespecs64In })
export const ustat = syscall('ustat', { dev: device, ubuf: structOut(ustatShape) })
export const getdents = syscall(
  'getdents',
  { fd, dirp: pointer('out'), count: uint },
  { ...engine('records of before d_type'), ...counted },
)
export const inotify_init = olderForm('inotify_init', {}, directories.inotify_init1, { flags: 0 })

// Structures of before large files, and of after

export const stat = olderForm('stat', { path, st: structOut(statShape) }, directories.newfstatat, { ...here, flags: 0 })
export const lstat = olderForm('lstat', { path: entry, st: structOut(statShape) }, directories.newfstatat, {
  ...here,
  flags: AT_SYMLINK_NOFOLLOW,
})
export const fstatat64 = variant(directories.newfstatat, 'fstatat64', { st: structOut(stat64Shape) })
export const stat64 = olderForm('stat64', { path, st: structOut(stat64Shape) }, fstatat64, { ...here, flags: 0 })
export const lstat64 = olderForm('lstat64', { path: entry, st: structOut(stat64Shape) }, fstatat64, { ...here, flags: AT_SYMLINK_NOFOLLOW })
export const fstat64 = variant(files.fstat, 'fstat64', { st: structOut(stat64Shape) })
export const statfs64 = olderForm(
  'statfs64',
  { path, size, buf: structOut(statfs64Shape) },
  variant(directories.statfs, 'statfs64', { buf: structOut(statfs64Shape) }),
)
export const fstatfs64 = olderForm(
  'fstatfs64',
  { fd, size, buf: structOut(statfs64Shape) },
  variant(files.fstatfs, 'fstatfs64', { buf: structOut(statfs64Shape) }),
)
export const truncate64 = variant(directories.truncate, 'truncate64', { length: offset })
export const ftruncate64 = variant(files.ftruncate, 'ftruncate64', { length: offset })
export const _llseek = syscall(
  '_llseek',
  { fd, high: uint, low: uint, result: offsetOut, whence: files.lseek.args['whence']! },
  engine('lseek with its result in memory'),
)
export const sendfile64 = variant(files.sendfile, 'sendfile64', { offset: offsetInOut })
export const arm_fadvise64_64 = olderForm(
  'arm_fadvise64_64',
  { fd, advice: files.fadvise64.args['advice']!, offset, len: offset },
  files.fadvise64,
)
export const sync_file_range2 = olderForm(
  'sync_file_range2',
  { fd, flags: flags(syncRangeFlags), offset, nbytes: offset },
  files.sync_file_range,
)
const { F_GETLK, F_SETLK, F_SETLKW } = fcntlCommand.values
/** F_GETLK64, F_SETLK64, F_SETLKW64 */
const LOCKS_64 = new Map([
  [12, F_GETLK],
  [13, F_SETLK],
  [14, F_SETLKW],
])
const lock64 = structInOut(flock64)
export const fcntl64 = variant(
  files.fcntl,
  'fcntl64',
  {
    arg: withCases(files.fcntl.args['arg']!, [
      ...[...LOCKS_64.keys()].map((command) => [command, lock64] as const),
      [fcntlCommand.values.F_OFD_GETLK, lock64],
      [fcntlCommand.values.F_OFD_SETLK, lock64],
      [fcntlCommand.values.F_OFD_SETLKW, lock64],
    ]),
  },
  { renumbers: { argument: 'cmd', values: LOCKS_64 } },
)

function withCases(arg: Arg, cases: readonly (readonly [number, Arg])[]): Arg {
  return arg.kind === 'by' ? { ...arg, cases: new Map([...arg.cases, ...cases]) } : arg
}

// Descriptors

export const dup2 = syscall('dup2', { oldfd: fd, newfd: fd })
export const pipe = olderForm('pipe', { pipefd: pairOut }, pipes.pipe2, { flags: 0 })
export const poll = syscall('poll', { fds: structInOut(pollfd, 'nfds'), nfds: uint, timeout: int })
export const _newselect = {
  ...syscall('_newselect', {
    nfds: int,
    readfds: fdset('nfds'),
    writefds: fdset('nfds'),
    exceptfds: fdset('nfds'),
    timeout: structInOut(timeval),
  }),
  call: 'select',
}
export const pselect6_time64 = variant(polling.pselect6, 'pselect6_time64', { timeout: structInOut(timespec64) })
export const ppoll_time64 = variant(polling.ppoll, 'ppoll_time64', { timeout: structInOut(timespec64) })
export const epoll_create = syscall('epoll_create', { size: int })
export const epoll_wait = olderForm(
  'epoll_wait',
  { epfd: fd, events: structOut(epollEvent, RESULT), maxevents: int, timeout: int },
  polling.epoll_pwait,
  { sigmask: 0, sigsetsize: SIGSET_SIZE },
)
export const eventfd = olderForm('eventfd', { initval: uint }, polling.eventfd2, { flags: 0 })
export const signalfd = olderForm('signalfd', { fd, mask: signals.signalfd4.args['mask']!, sizemask: size }, signals.signalfd4, {
  flags: 0,
})
export const io_pgetevents_time64 = variant(polling.io_pgetevents, 'io_pgetevents_time64', { timeout: timespec64In })
export const send = olderForm('send', { sockfd: fd, buf: bufferIn('len'), len: size, flags: flags(messageFlags) }, sockets.sendto, {
  addr: 0,
  addrlen: 0,
})
export const recv = olderForm('recv', { sockfd: fd, buf: bufferOut('len'), len: size, flags: flags(messageFlags) }, sockets.recvfrom, {
  addr: 0,
  addrlen: 0,
})
export const recvmmsg_time64 = variant(sockets.recvmmsg, 'recvmmsg_time64', { timeout: structInOut(timespec64) })

// Memory

export const mmap2 = olderForm(
  'mmap2',
  { addr: address, length: size, prot: flags(protection), flags: flags(mapFlags), fd: int, pgoffset: uint },
  memory.mmap,
  { offset: { argument: 'pgoffset', shift: PAGE_SHIFT } },
)

// Times of 64 bits

export const clock_gettime64 = variant(time.clock_gettime, 'clock_gettime64', { tp: timespec64Out })
export const clock_settime64 = variant(time.clock_settime, 'clock_settime64', { tp: timespec64In })
export const clock_getres_time64 = variant(time.clock_getres, 'clock_getres_time64', { res: timespec64Out })
export const clock_adjtime64 = variant(time.clock_adjtime, 'clock_adjtime64', { tx: structInOut(timex64) })
export const clock_nanosleep_time64 = variant(time.clock_nanosleep, 'clock_nanosleep_time64', {
  request: timespec64In,
  remain: structInOut(timespec64),
})
const timerOut = structOut(itimerspec64)
const timerChange = { value: structIn(itimerspec64), old: timerOut }
export const timer_gettime64 = variant(time.timer_gettime, 'timer_gettime64', { value: timerOut })
export const timer_settime64 = variant(time.timer_settime, 'timer_settime64', timerChange)
export const timerfd_gettime64 = variant(time.timerfd_gettime, 'timerfd_gettime64', { value: timerOut })
export const timerfd_settime64 = variant(time.timerfd_settime, 'timerfd_settime64', timerChange)
const timeout = { timeout: timespec64In }
export const semtimedop_time64 = variant(ipc.semtimedop, 'semtimedop_time64', timeout)
export const mq_timedsend_time64 = variant(ipc.mq_timedsend, 'mq_timedsend_time64', timeout)
export const mq_timedreceive_time64 = variant(ipc.mq_timedreceive, 'mq_timedreceive_time64', timeout)
export const rt_sigtimedwait_time64 = variant(signals.rt_sigtimedwait, 'rt_sigtimedwait_time64', timeout)
export const futex_time64 = variant(process.futex, 'futex_time64', { timeout: futexTimeout(timespec64In) })
export const sched_rr_get_interval_time64 = variant(process.sched_rr_get_interval, 'sched_rr_get_interval_time64', { tp: timespec64Out })

// Processes

export const fork = olderForm('fork', {}, process.clone, { flags: SIGCHLD, stack: 0, parent_tid: 0, tls: 0, child_tid: 0 })
export const vfork = olderForm('vfork', {}, process.clone, {
  flags: CLONE_VM | CLONE_VFORK | SIGCHLD,
  stack: 0,
  parent_tid: 0,
  tls: 0,
  child_tid: 0,
})
export const getpgrp = olderForm('getpgrp', {}, identity.getpgid, { pid: 0 })
export const pause = syscall('pause', {})
export const nice = syscall('nice', { increment: int }, engine('setpriority of what getpriority gives'))
export const ugetrlimit = olderForm(
  'ugetrlimit',
  { resource: process.getrlimit.args['resource']!, rlim: process.getrlimit.args['rlim']! },
  process.getrlimit,
)

// Users and groups

export const getuid32 = olderForm('getuid32', {}, identity.getuid)
export const geteuid32 = olderForm('geteuid32', {}, identity.geteuid)
export const getgid32 = olderForm('getgid32', {}, identity.getgid)
export const getegid32 = olderForm('getegid32', {}, identity.getegid)
const same = (name: string, of: Row): Row => olderForm(name, of.args, of)
export const setuid32 = same('setuid32', identity.setuid)
export const setgid32 = same('setgid32', identity.setgid)
export const setreuid32 = same('setreuid32', identity.setreuid)
export const setregid32 = same('setregid32', identity.setregid)
export const setresuid32 = same('setresuid32', identity.setresuid)
export const setresgid32 = same('setresgid32', identity.setresgid)
export const getresuid32 = same('getresuid32', identity.getresuid)
export const getresgid32 = same('getresgid32', identity.getresgid)
export const getgroups32 = same('getgroups32', identity.getgroups)
export const setgroups32 = same('setgroups32', identity.setgroups)
export const setfsuid32 = same('setfsuid32', identity.setfsuid)
export const setfsgid32 = same('setfsgid32', identity.setfsgid)
export const getuid16 = syscall('getuid16', {}, engine(SHORT_IDS))
export const geteuid16 = syscall('geteuid16', {}, engine(SHORT_IDS))
export const getgid16 = syscall('getgid16', {}, engine(SHORT_IDS))
export const getegid16 = syscall('getegid16', {}, engine(SHORT_IDS))
export const setuid16 = olderForm('setuid16', { uid: uid16 }, identity.setuid)
export const setgid16 = olderForm('setgid16', { gid: gid16 }, identity.setgid)
export const setreuid16 = olderForm('setreuid16', { ruid: uid16, euid: uid16 }, identity.setreuid)
export const setregid16 = olderForm('setregid16', { rgid: gid16, egid: gid16 }, identity.setregid)
export const setresuid16 = olderForm('setresuid16', { ruid: uid16, euid: uid16, suid: uid16 }, identity.setresuid)
export const setresgid16 = olderForm('setresgid16', { rgid: gid16, egid: gid16, sgid: gid16 }, identity.setresgid)
export const getresuid16 = syscall('getresuid16', { ruid: pointer('out'), euid: pointer('out'), suid: pointer('out') }, engine(SHORT_IDS))
export const getresgid16 = syscall('getresgid16', { rgid: pointer('out'), egid: pointer('out'), sgid: pointer('out') }, engine(SHORT_IDS))
export const getgroups16 = syscall('getgroups16', { size: int, list: pointer('out') }, engine(SHORT_IDS))
export const setgroups16 = syscall('setgroups16', { size: int, list: pointer('in') }, engine(SHORT_IDS))
export const setfsuid16 = olderForm('setfsuid16', { uid: uid16 }, identity.setfsuid)
export const setfsgid16 = olderForm('setfsgid16', { gid: gid16 }, identity.setfsgid)
export const chown16 = olderForm('chown16', { path, owner: uid16, group: gid16 }, directories.fchownat, { ...here, flags: 0 })
export const lchown16 = olderForm('lchown16', { path: entry, owner: uid16, group: gid16 }, directories.fchownat, {
  ...here,
  flags: AT_SYMLINK_NOFOLLOW,
})
export const fchown16 = olderForm('fchown16', { fd, owner: uid16, group: gid16 }, directories.fchown)

// Signals

export const sigaction = syscall(
  'sigaction',
  { signum: signal, act: structIn(oldSigaction), oldact: structOut(oldSigaction) },
  engine(OLD_MASK),
)
export const sigprocmask = syscall(
  'sigprocmask',
  { how: flags(signalMaskHow), set: structIn(ulongCell), oldset: structOut(ulongCell) },
  engine(OLD_MASK),
)
export const sigpending = olderForm('sigpending', { set: pointer('out') }, signals.rt_sigpending, { sigsetsize: 4 })
export const sigsuspend = {
  ...syscall('sigsuspend', { restart: int, oldmask: hex32, mask: hex32 }, engine(OLD_MASK)),
  call: 'rt_sigsuspend',
}
export const sigreturn = syscall('sigreturn', {}, { ...engine("the frame is the engine's"), leaves: true })

// Gone, or never there

export const uselib = syscall('uselib', { path }, refused('libraries of before ELF'))
export const bdflush = syscall('bdflush', { func: int, data: pointer() }, refused('gone from Linux since 5.15'))
export const sysfs = syscall('sysfs', { option: int, arg1: address, arg2: address })
export const _sysctl = syscall('_sysctl', { args: pointer() }, refused('gone from Linux since 5.5'))
export const vserver = syscall('vserver', {}, refused('never in Linux'))
const PCI = 'no such machine'
export const pciconfig_iobase = syscall('pciconfig_iobase', { which: int, bus: uint, devfn: uint }, refused(PCI))
export const pciconfig_read = syscall('pciconfig_read', { bus: uint, devfn: uint, off: uint, len: uint, buf: pointer('out') }, refused(PCI))
export const pciconfig_write = syscall(
  'pciconfig_write',
  { bus: uint, devfn: uint, off: uint, len: uint, buf: pointer('in') },
  refused(PCI),
)

// ARM's own

export const arm_breakpoint = syscall('arm_breakpoint', {}, engine('SIGTRAP'))
export const arm_cacheflush = syscall(
  'arm_cacheflush',
  { start: address, end: address, flags: int },
  engine('translations of the range go'),
)
export const arm_usr26 = syscall('arm_usr26', {}, refused('no 26-bit mode'))
export const arm_usr32 = syscall('arm_usr32', {}, refused('no 26-bit mode'))
export const arm_set_tls = syscall('arm_set_tls', { value: address }, engine('a register of the guest'))
export const arm_get_tls = syscall('arm_get_tls', {}, { ...engine('a register of the guest'), result: address })
