/** Calls on open files and on their contents. */
import {
  closeRangeFlags,
  fadvice,
  fallocateMode,
  fcntlCommand,
  fdFlags,
  flockOperation,
  openFlags,
  rwfFlags,
  sealFlags,
  seekWhence,
  syncRangeFlags,
} from '../abi/flags/files.ts'
import {
  cachestatRange,
  cachestat as cachestatShape,
  flock as flockShape,
  fOwnerEx,
  stat,
  statfs as statfsShape,
} from '../abi/shapes-files.ts'
import {
  bufferIn,
  bufferOut,
  by,
  fd,
  flags,
  hex32,
  hexLong,
  high,
  int,
  iovecIn,
  iovecOut,
  leastFd,
  long,
  longInOut,
  offset,
  offsetInOut,
  pid,
  pointer,
  signal,
  size,
  structIn,
  structInOut,
  structOut,
  uint,
  unused,
} from '../args.ts'
import { counted, engine, engine32, not32, syscall } from '../row.ts'

export const read = syscall('read', { fd, buf: bufferOut('count'), count: size }, counted)
export const write = syscall('write', { fd, buf: bufferIn('count'), count: size }, counted)
export const readv = syscall('readv', { fd, iov: iovecOut('iovcnt'), iovcnt: int }, counted)
export const writev = syscall('writev', { fd, iov: iovecIn('iovcnt'), iovcnt: int }, counted)
export const pread64 = syscall('pread64', { fd, buf: bufferOut('count'), count: size, offset }, counted)
export const pwrite64 = syscall('pwrite64', { fd, buf: bufferIn('count'), count: size, offset }, counted)
export const preadv = syscall('preadv', { fd, iov: iovecOut('iovcnt'), iovcnt: int, offset, high }, counted)
export const pwritev = syscall('pwritev', { fd, iov: iovecIn('iovcnt'), iovcnt: int, offset, high }, counted)
export const preadv2 = syscall('preadv2', { fd, iov: iovecOut('iovcnt'), iovcnt: int, offset, high, flags: flags(rwfFlags) }, counted)
export const pwritev2 = syscall('pwritev2', { fd, iov: iovecIn('iovcnt'), iovcnt: int, offset, high, flags: flags(rwfFlags) }, counted)
export const sendfile = syscall('sendfile', { out_fd: fd, in_fd: fd, offset: longInOut, count: size }, counted)
export const copy_file_range = syscall(
  'copy_file_range',
  { fd_in: fd, off_in: offsetInOut, fd_out: fd, off_out: offsetInOut, len: size, flags: hex32 },
  counted,
)
export const lseek = syscall(
  'lseek',
  { fd, offset: long, whence: flags(seekWhence) },
  { ...counted, ...engine32('positions in directories may not fit 32 bits') },
)
export const readahead = syscall('readahead', { fd, offset, count: size }, counted)

export const close = syscall('close', { fd })
export const close_range = syscall(
  'close_range',
  { first: uint, last: uint, flags: flags(closeRangeFlags) },
  engine('the last number is clamped below our own descriptors'),
)
export const dup = syscall('dup', { oldfd: fd })
export const dup3 = syscall('dup3', { oldfd: fd, newfd: fd, flags: flags(openFlags) })
export const fcntl = syscall(
  'fcntl',
  {
    fd,
    cmd: flags(fcntlCommand),
    arg: by(
      'cmd',
      fcntlCommand,
      {
        F_DUPFD: leastFd,
        F_DUPFD_CLOEXEC: leastFd,
        F_SETFD: flags(fdFlags),
        F_SETFL: flags(openFlags),
        F_GETLK: structInOut(flockShape),
        F_SETLK: structIn(flockShape),
        F_SETLKW: structIn(flockShape),
        F_OFD_GETLK: structInOut(flockShape),
        F_OFD_SETLK: structIn(flockShape),
        F_OFD_SETLKW: structIn(flockShape),
        F_SETOWN: pid,
        F_SETSIG: signal,
        F_SETOWN_EX: structIn(fOwnerEx),
        F_GETOWN_EX: structOut(fOwnerEx),
        F_SETPIPE_SZ: int,
        F_ADD_SEALS: flags(sealFlags),
        F_GETFD: unused,
        F_GETFL: unused,
        F_GETOWN: unused,
        F_GETSIG: unused,
        F_GETPIPE_SZ: unused,
        F_GET_SEALS: unused,
        F_GETLEASE: unused,
      },
      hexLong,
    ),
  },
  { result: by('cmd', fcntlCommand, { F_GETFL: flags(openFlags), F_GETFD: flags(fdFlags), F_GET_SEALS: flags(sealFlags) }, int) },
)
export const flock = syscall('flock', { fd, operation: flags(flockOperation) })
export const fsync = syscall('fsync', { fd })
export const fdatasync = syscall('fdatasync', { fd })
export const sync = syscall('sync', {})
export const syncfs = syscall('syncfs', { fd })
export const sync_file_range = syscall('sync_file_range', { fd, offset, nbytes: offset, flags: flags(syncRangeFlags) })
export const ftruncate = syscall('ftruncate', { fd, length: long })
export const fallocate = syscall('fallocate', { fd, mode: flags(fallocateMode), offset, len: offset })
export const fadvise64 = syscall('fadvise64', { fd, offset, len: offset, advice: flags(fadvice) })
export const fstat = syscall('fstat', { fd, st: structOut(stat) })
export const fstatfs = syscall('fstatfs', { fd, buf: structOut(statfsShape) })
export const cachestat = syscall('cachestat', { fd, range: structIn(cachestatRange), cstat: structOut(cachestatShape), flags: hex32 })

const AIO = not32('its context is an address')
export const io_setup = syscall('io_setup', { nr_events: uint, ctx: pointer('inout') }, AIO)
export const io_destroy = syscall('io_destroy', { ctx: hexLong }, AIO)
export const io_submit = syscall('io_submit', { ctx: hexLong, nr: long, iocbpp: pointer('in') }, AIO)
export const io_cancel = syscall('io_cancel', { ctx: hexLong, iocb: pointer('in'), result: pointer('out') }, AIO)
