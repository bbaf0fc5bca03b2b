/** Processes, threads, scheduling, limits. What makes or replaces a process belongs to the engine. */

import { atFlags, openFlags } from '../abi/flags/files.ts'
import {
  cloneFlags,
  futexOperation,
  idType,
  kcmpType,
  personalityFlags,
  prctlOption,
  priorityWhich,
  ptraceRequest,
  rlimitResource,
  rusageWho,
  schedPolicy,
  seccompFlags,
  seccompOperation,
  waitOptions,
} from '../abi/flags/process.ts'
import { clockId } from '../abi/flags/time.ts'
import { ulongCell } from '../abi/shapes-files.ts'
import {
  cloneArgs,
  futexWaitv as futexWaitvShape,
  rlimit,
  rlimit64,
  rusage,
  schedAttr,
  schedParam,
  seccompActionCell,
  siginfo,
  sockFprog,
  sysinfo as sysinfoShape,
  utsname,
  waitStatus,
} from '../abi/shapes-process.ts'
import {
  address,
  by,
  environment,
  fd,
  fdOrCwd,
  flags,
  hex32,
  hexLong,
  int,
  path,
  pid,
  pointer,
  pointerOut,
  size,
  strings,
  structIn,
  structOut,
  timespec64In,
  timespecIn,
  timespecOut,
  uint,
  uintOut,
} from '../args.ts'
import { futexTimeout } from '../futex-timeout.ts'
import { engine, engine32, refused, syscall } from '../row.ts'

export const exit = syscall('exit', { status: int }, { ...engine('ends the thread'), leaves: true })
export const exit_group = syscall('exit_group', { status: int }, { ...engine('ends the process'), leaves: true })
export const clone = syscall(
  'clone',
  { flags: flags(cloneFlags), stack: address, parent_tid: address, tls: address, child_tid: address },
  engine('the runner clones itself'),
)
export const clone3 = syscall('clone3', { args: structIn(cloneArgs), size }, { ...engine('no chosen tids, no cgroup'), partial: true })
export const execve = syscall('execve', { path, argv: strings, envp: environment }, engine('the runner executes itself anew'))
export const execveat = syscall(
  'execveat',
  { dirfd: fdOrCwd, path, argv: strings, envp: environment, flags: flags(atFlags) },
  engine('as execve'),
)
export const wait4 = syscall('wait4', { pid, wstatus: structOut(waitStatus), options: flags(waitOptions), rusage: structOut(rusage) })
export const waitid = syscall('waitid', {
  idtype: flags(idType),
  id: pid,
  infop: structOut(siginfo),
  options: flags(waitOptions),
  rusage: structOut(rusage),
})
export const unshare = syscall('unshare', { flags: flags(cloneFlags) }, engine('children may get numbers of another namespace'))
export const setns = syscall('setns', { fd, nstype: flags(cloneFlags) }, engine('as unshare'))
export const pidfd_open = syscall('pidfd_open', { pid, flags: flags(openFlags) })
export const pidfd_getfd = syscall(
  'pidfd_getfd',
  { pidfd: fd, targetfd: int, flags: hex32 },
  engine('our own descriptors are not given away'),
)
export const kcmp = syscall('kcmp', { pid1: pid, pid2: pid, type: flags(kcmpType), idx1: size, idx2: size })
export const ptrace = syscall(
  'ptrace',
  { request: flags(ptraceRequest), pid, addr: hexLong, data: hexLong },
  { ...engine('among the processes of a tree, which the kernel is not told'), partial: true },
)
export const personality = syscall(
  'personality',
  { persona: flags(personalityFlags) },
  { ...engine('kept by the engine, the host is not told'), result: flags(personalityFlags) },
)

export const set_tid_address = syscall('set_tid_address', { tidptr: address })
const LISTS = engine32("the kernel's entry of 32-bit programs takes them; where the host has none, a thread's end is not told")
export const set_robust_list = syscall('set_robust_list', { head: address, len: size }, LISTS)
export const get_robust_list = syscall('get_robust_list', { pid, head: pointerOut, len: structOut(ulongCell) }, LISTS)
export const futex = syscall('futex', {
  uaddr: address,
  op: flags(futexOperation),
  val: uint,
  timeout: futexTimeout(timespecIn),
  uaddr2: address,
  val3: hex32,
})
export const futex_wait = syscall('futex_wait', {
  uaddr: address,
  val: size,
  mask: hexLong,
  flags: hex32,
  timeout: timespec64In,
  clockid: flags(clockId),
})
export const futex_wake = syscall('futex_wake', { uaddr: address, mask: hexLong, nr: int, flags: hex32 })
export const futex_requeue = syscall('futex_requeue', {
  waiters: structIn(futexWaitvShape, 2),
  flags: hex32,
  nr_wake: int,
  nr_requeue: int,
})
export const futex_waitv = syscall('futex_waitv', {
  waiters: structIn(futexWaitvShape, 'nr'),
  nr: uint,
  flags: hex32,
  timeout: timespec64In,
  clockid: flags(clockId),
})
export const rseq = syscall(
  'rseq',
  { rseq: address, len: hex32, flags: hex32, sig: hex32 },
  refused('a critical section of guest code has no host address'),
)
export const getcpu = syscall('getcpu', { cpu: uintOut, node: uintOut, cache: address })

export const sched_yield = syscall('sched_yield', {})
export const sched_setparam = syscall('sched_setparam', { pid, param: structIn(schedParam) })
export const sched_getparam = syscall('sched_getparam', { pid, param: structOut(schedParam) })
export const sched_setscheduler = syscall('sched_setscheduler', { pid, policy: flags(schedPolicy), param: structIn(schedParam) })
export const sched_getscheduler = syscall('sched_getscheduler', { pid }, { result: flags(schedPolicy) })
export const sched_get_priority_max = syscall('sched_get_priority_max', { policy: flags(schedPolicy) })
export const sched_get_priority_min = syscall('sched_get_priority_min', { policy: flags(schedPolicy) })
export const sched_rr_get_interval = syscall('sched_rr_get_interval', { pid, tp: timespecOut })
export const sched_setaffinity = syscall('sched_setaffinity', { pid, cpusetsize: size, mask: pointer('in') })
export const sched_getaffinity = syscall('sched_getaffinity', { pid, cpusetsize: size, mask: pointer('out') })
export const sched_setattr = syscall('sched_setattr', { pid, attr: structIn(schedAttr), flags: hex32 })
export const sched_getattr = syscall('sched_getattr', { pid, attr: structOut(schedAttr), size: uint, flags: hex32 })
export const setpriority = syscall('setpriority', { which: flags(priorityWhich), who: int, prio: int })
export const getpriority = syscall('getpriority', { which: flags(priorityWhich), who: int })
export const ioprio_set = syscall('ioprio_set', { which: int, who: int, ioprio: hex32 })
export const ioprio_get = syscall('ioprio_get', { which: int, who: int })

/** The limit that would hit the translator is kept by the engine. */
const keptLimit = { engineFor: { argument: 'resource', values: [rlimitResource.values.RLIMIT_AS] } }

export const getrlimit = syscall('getrlimit', { resource: flags(rlimitResource), rlim: structOut(rlimit) }, keptLimit)
export const setrlimit = syscall('setrlimit', { resource: flags(rlimitResource), rlim: structIn(rlimit) }, keptLimit)
export const prlimit64 = syscall(
  'prlimit64',
  { pid, resource: flags(rlimitResource), new_limit: structIn(rlimit64), old_limit: structOut(rlimit64) },
  keptLimit,
)
export const getrusage = syscall('getrusage', { who: flags(rusageWho), usage: structOut(rusage) })
export const prctl = syscall(
  'prctl',
  { option: flags(prctlOption), arg2: hexLong, arg3: hexLong, arg4: hexLong, arg5: hexLong },
  engine('options that name the processor'),
)
export const seccomp = syscall(
  'seccomp',
  {
    operation: flags(seccompOperation),
    flags: flags(seccompFlags),
    args: by(
      'operation',
      seccompOperation,
      { SECCOMP_SET_MODE_FILTER: structIn(sockFprog), SECCOMP_GET_ACTION_AVAIL: structIn(seccompActionCell) },
      pointer('in'),
    ),
  },
  { ...engine("the engine asks the guest's filters; no notification descriptors"), partial: true },
)
export const sysinfo = syscall('sysinfo', { info: structOut(sysinfoShape) })
export const uname = syscall('uname', { buf: structOut(utsname) }, engine("the machine is the guest's"))
