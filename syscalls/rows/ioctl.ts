/**
 * ioctl. Request numbers are those of asm-generic/ioctls.h on both sides, and the structures of terminals, sockets, block
 * and file system requests have one layout on every 64-bit ABI, so a request passes through whether text knows its name or not.
 * Guests with words of 32 bits have the few conversions that are listed here; what is not listed passes there, too.
 */

import { flagValue } from '../abi/flag-set.ts'
import { ioctlRequest } from '../abi/flags/ioctl.ts'
import { ifreq, intCell, termios, termios2, ulongCell, winsize } from '../abi/shapes-files.ts'
import { by, fd, flags, int, pointer, structIn, structInOut, structOut, unused } from '../args.ts'
import { syscall } from '../row.ts'

const { values } = ioctlRequest
/** Of guests with words of 32 bits, and what the host calls them. The inode flags are ints in spite of their number. */
const NARROW = new Map<number, number>(
  (['FS_IOC_GETFLAGS', 'FS_IOC_SETFLAGS', 'FS_IOC_GETVERSION', 'BLKBSZGET', 'BLKGETSIZE64', 'FIOQSIZE'] as const).map((name) => [
    flagValue(ioctlRequest, 'arm', name),
    values[name],
  ]),
)
const interface_ = structInOut(ifreq)

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
        SIOCGIFNAME: interface_,
        SIOCGIFFLAGS: interface_,
        SIOCSIFFLAGS: interface_,
        SIOCGIFADDR: interface_,
        SIOCSIFADDR: interface_,
        SIOCGIFNETMASK: interface_,
        SIOCGIFMTU: interface_,
        SIOCGIFHWADDR: interface_,
        SIOCGIFINDEX: interface_,
        BLKGETSIZE: structOut(ulongCell),
      },
      pointer(),
    ),
  },
  {
    note: 'requests pass through unconverted',
    renumbers: { argument: 'request', values: NARROW },
    engineFor: { argument: 'request', values: [values.USERFAULTFD_IOC_NEW, values.UFFDIO_API, values.UFFDIO_MOVE, values.SIOCGIFCONF] },
  },
)
