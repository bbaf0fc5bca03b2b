/**
 * ioctl. Request numbers are those of asm-generic/ioctls.h on both sides, and the structures of terminals, sockets, block
 * and file system requests have one layout on every 64-bit ABI, so a request passes through whether text knows its name or not.
 */
import { ioctlRequest } from '../abi/flags/ioctl.ts'
import { intCell, termios, termios2, winsize } from '../abi/shapes-files.ts'
import { by, fd, flags, int, pointer, structIn, structOut, unused } from '../args.ts'
import { syscall } from '../row.ts'

const { USERFAULTFD_IOC_NEW, UFFDIO_API, UFFDIO_MOVE } = ioctlRequest.values

export const ioctl = syscall(
  'ioctl',
  {
    fd,
    request: flags(ioctlRequest),
    arg: by(
      'request',
      ioctlRequest,
      {
        TCGETS: structOut(termios),
        TCSETS: structIn(termios),
        TCSETSW: structIn(termios),
        TCSETSF: structIn(termios),
        TCGETS2: structOut(termios2),
        TCSETS2: structIn(termios2),
        TCSETSW2: structIn(termios2),
        TCSETSF2: structIn(termios2),
        TIOCGWINSZ: structOut(winsize),
        TIOCSWINSZ: structIn(winsize),
        TIOCGPGRP: structOut(intCell),
        TIOCSPGRP: structIn(intCell),
        TIOCGSID: structOut(intCell),
        TIOCINQ: structOut(intCell),
        TIOCOUTQ: structOut(intCell),
        TIOCGPTN: structOut(intCell),
        TIOCSPTLCK: structIn(intCell),
        TIOCGETD: structOut(intCell),
        TIOCMGET: structOut(intCell),
        FIONBIO: structIn(intCell),
        FIOASYNC: structIn(intCell),
        FS_IOC_GETFLAGS: structOut(intCell),
        FS_IOC_SETFLAGS: structIn(intCell),
        TCSBRK: int,
        TCSBRKP: int,
        TCXONC: int,
        TCFLSH: int,
        TIOCSCTTY: int,
        TIOCEXCL: unused,
        TIOCNXCL: unused,
        TIOCNOTTY: unused,
        FIOCLEX: unused,
        FIONCLEX: unused,
        FICLONE: fd,
        SIOCATMARK: structOut(intCell),
      },
      pointer(),
    ),
  },
  {
    note: 'requests pass through unconverted',
    engineFor: { argument: 'request', values: [USERFAULTFD_IOC_NEW, UFFDIO_API, UFFDIO_MOVE] },
  },
)
