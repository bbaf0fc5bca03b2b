/** System V IPC and POSIX message queues. */
import { openFlags } from '../abi/flags/files.ts'
import { ipcGetFlags, ipcOperationFlags, msgCommand, semCommand, shmCommand, shmGetFlags } from '../abi/flags/memory.ts'
import { mqAttr, msqidDs, sembuf, semidDs, shmInfo, shmidDs, shminfo64, sigevent } from '../abi/shapes-process.ts'
import {
  bufferIn,
  bufferOut,
  by,
  fd,
  flags,
  int,
  key,
  long,
  mode,
  optional,
  pointer,
  size,
  string,
  structIn,
  structOut,
  timespecIn,
  uint,
  uintOut,
  unused,
} from '../args.ts'
import { counted, engine32, syscall } from '../row.ts'

export const semget = syscall('semget', { key, nsems: int, flags: flags(ipcGetFlags) })
export const semop = syscall('semop', { semid: int, sops: structIn(sembuf, 'nsops'), nsops: size })
export const semtimedop = syscall('semtimedop', { semid: int, sops: structIn(sembuf, 'nsops'), nsops: size, timeout: timespecIn })
/** IPC_64, which says that structures are those of today. Structures of before are missing. */
const TODAY = { drops32: { argument: 'cmd', bits: 0x100 } }
const WORDS = engine32('a message begins with a long')

export const semctl = syscall(
  'semctl',
  {
    semid: int,
    semnum: int,
    cmd: flags(semCommand),
    arg: by(
      'cmd',
      semCommand,
      {
        IPC_STAT: structOut(semidDs),
        SEM_STAT: structOut(semidDs),
        SEM_STAT_ANY: structOut(semidDs),
        IPC_SET: structIn(semidDs),
        SETVAL: int,
        GETALL: pointer('out'),
        SETALL: pointer('in'),
        IPC_RMID: unused,
        GETVAL: unused,
        GETPID: unused,
        GETNCNT: unused,
        GETZCNT: unused,
      },
      pointer(),
    ),
  },
  TODAY,
)
export const shmget = syscall('shmget', { key, size, flags: flags(shmGetFlags) })
export const shmctl = syscall(
  'shmctl',
  {
    shmid: int,
    cmd: flags(shmCommand),
    buf: by(
      'cmd',
      shmCommand,
      {
        IPC_STAT: structOut(shmidDs),
        SHM_STAT: structOut(shmidDs),
        SHM_STAT_ANY: structOut(shmidDs),
        IPC_SET: structIn(shmidDs),
        IPC_RMID: unused,
        IPC_INFO: structOut(shminfo64),
        SHM_INFO: structOut(shmInfo),
      },
      pointer(),
    ),
  },
  TODAY,
)
export const msgget = syscall('msgget', { key, flags: flags(ipcGetFlags) })
export const msgsnd = syscall('msgsnd', { msqid: int, msgp: pointer('in'), msgsz: size, flags: flags(ipcOperationFlags) }, WORDS)
export const msgrcv = syscall(
  'msgrcv',
  { msqid: int, msgp: pointer('out'), msgsz: size, type: long, flags: flags(ipcOperationFlags) },
  { ...counted, ...WORDS },
)
export const msgctl = syscall(
  'msgctl',
  {
    msqid: int,
    cmd: flags(msgCommand),
    buf: by(
      'cmd',
      msgCommand,
      {
        IPC_STAT: structOut(msqidDs),
        MSG_STAT: structOut(msqidDs),
        MSG_STAT_ANY: structOut(msqidDs),
        IPC_SET: structIn(msqidDs),
        IPC_RMID: unused,
      },
      pointer(),
    ),
  },
  TODAY,
)

export const mq_open = syscall('mq_open', {
  name: string,
  flags: flags(openFlags),
  mode: optional(mode, 'flags', openFlags, ['O_CREAT']),
  attr: optional(structIn(mqAttr), 'flags', openFlags, ['O_CREAT']),
})
export const mq_unlink = syscall('mq_unlink', { name: string })
export const mq_timedsend = syscall('mq_timedsend', { mqdes: fd, msg: bufferIn('len'), len: size, prio: uint, timeout: timespecIn })
export const mq_timedreceive = syscall(
  'mq_timedreceive',
  { mqdes: fd, msg: bufferOut('len'), len: size, prio: uintOut, timeout: timespecIn },
  counted,
)
export const mq_notify = syscall('mq_notify', { mqdes: fd, sevp: structIn(sigevent) })
export const mq_getsetattr = syscall('mq_getsetattr', { mqdes: fd, newattr: structIn(mqAttr), oldattr: structOut(mqAttr) })
