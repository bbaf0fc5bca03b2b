/** Structures of process, time, memory, IPC and identity calls. */
import { cloneFlags, seccompAction } from './flags/process.ts'
import { sigactionFlags, sigaltstackFlags } from './flags/signals.ts'
import { shape } from './shape.ts'

export const timespec = shape('timespec', 'long tv_sec; long tv_nsec')
export const timeval = shape('timeval', 'long tv_sec; long tv_usec')
export const timezone = shape('timezone', 'int tz_minuteswest; int tz_dsttime')
export const itimerspec = shape('itimerspec', 'struct timespec it_interval; struct timespec it_value')
export const itimerval = shape('itimerval', 'struct timeval it_interval; struct timeval it_value')
export const tms = shape('tms', 'long tms_utime; long tms_stime; long tms_cutime; long tms_cstime')

export const timex = shape(
  'timex',
  `unsigned int modes; long offset; long freq; long maxerror; long esterror; int status; long constant; long precision; long tolerance;
   struct timeval time; long tick; long ppsfreq; long jitter; int shift; long stabil; long jitcnt; long calcnt; long errcnt; long stbcnt; int tai; int __pad[11]`,
  {
    formats: { modes: 'hex', status: 'hex' },
    show: ['modes', 'offset', 'freq', 'maxerror', 'esterror', 'status', 'constant', 'precision', 'tolerance', 'tick', 'tai'],
  },
)

export const rusage = shape(
  'rusage',
  `struct timeval ru_utime; struct timeval ru_stime; long ru_maxrss; long ru_ixrss; long ru_idrss; long ru_isrss; long ru_minflt; long ru_majflt;
   long ru_nswap; long ru_inblock; long ru_oublock; long ru_msgsnd; long ru_msgrcv; long ru_nsignals; long ru_nvcsw; long ru_nivcsw`,
  { show: ['ru_utime.tv_sec', 'ru_utime.tv_usec', 'ru_stime.tv_sec', 'ru_stime.tv_usec'] },
)

const limits = { rlim_cur: 'limit', rlim_max: 'limit' } as const
export const rlimit = shape('rlimit', 'unsigned long rlim_cur; unsigned long rlim_max', { formats: limits })
export const rlimit64 = shape('rlimit64', '__u64 rlim_cur; __u64 rlim_max', { formats: limits })

export const sysinfo = shape(
  'sysinfo',
  `long uptime; unsigned long loads[3]; unsigned long totalram; unsigned long freeram; unsigned long sharedram; unsigned long bufferram;
   unsigned long totalswap; unsigned long freeswap; unsigned short procs; unsigned short pad; unsigned long totalhigh; unsigned long freehigh; unsigned int mem_unit`,
)

export const utsname = shape(
  'new_utsname',
  'char sysname[65]; char nodename[65]; char release[65]; char version[65]; char machine[65]; char domainname[65]',
  {
    formats: { sysname: 'string', nodename: 'string', release: 'string', version: 'string', machine: 'string', domainname: 'string' },
    show: ['sysname', 'nodename', 'release', 'version', 'machine', 'domainname'],
  },
)

/** The kernel's struct sigaction, not libc's. */
export const sigaction = shape('sigaction', 'void *sa_handler; unsigned long sa_flags; void *sa_restorer; __u64 sa_mask', {
  formats: { sa_handler: 'handler', sa_flags: sigactionFlags, sa_mask: 'sigset' },
})

export const sigset = shape('(sigset)', '__u64 value', { formats: { value: 'sigset' } })
/** The sixth argument of pselect6: a signal set and its size. */
export const sigsetArgument = shape('(sigset argument)', 'void *ss; unsigned long ss_len')

export const stack = shape('sigaltstack', 'void *ss_sp; int ss_flags; unsigned long ss_size', { formats: { ss_flags: sigaltstackFlags } })

/** The first words; the rest depends on si_code. */
export const siginfo = shape('siginfo', 'int si_signo; int si_errno; int si_code; int __pad; long _sifields[14]', {
  formats: { si_signo: 'signal' },
  show: ['si_signo', 'si_code'],
})

export const waitStatus = shape('(wait status)', 'int value', { formats: { value: 'status' } })

export const sigevent = shape('sigevent', 'void *sigev_value; int sigev_signo; int sigev_notify; int _sigev_tid; int __pad[11]', {
  formats: { sigev_signo: 'signal' },
  show: ['sigev_value', 'sigev_signo', 'sigev_notify'],
})

export const schedParam = shape('sched_param', 'int sched_priority')
export const schedAttr = shape(
  'sched_attr',
  `__u32 size; __u32 sched_policy; __u64 sched_flags; __s32 sched_nice; __u32 sched_priority; __u64 sched_runtime; __u64 sched_deadline; __u64 sched_period;
   __u32 sched_util_min; __u32 sched_util_max`,
)

export const cloneArgs = shape(
  'clone_args',
  `__u64 flags; __u64 pidfd; __u64 child_tid; __u64 parent_tid; __u64 exit_signal; __u64 stack; __u64 stack_size; __u64 tls; __u64 set_tid; __u64 set_tid_size; __u64 cgroup`,
  {
    formats: {
      flags: cloneFlags,
      pidfd: 'hex',
      child_tid: 'hex',
      parent_tid: 'hex',
      exit_signal: 'signal',
      stack: 'hex',
      stack_size: 'hex',
      tls: 'hex',
    },
    show: ['flags', 'child_tid', 'parent_tid', 'exit_signal', 'stack', 'stack_size', 'tls'],
  },
)

export const sockFprog = shape('sock_fprog', 'unsigned short len; void *filter', { formats: { filter: 'hex' } })
export const seccompActionCell = shape('(seccomp action)', 'unsigned int value', { formats: { value: seccompAction } })
export const robustListHead = shape('robust_list_head', 'void *next; long futex_offset; void *list_op_pending')
export const futexWaitv = shape('futex_waitv', '__u64 val; __u64 uaddr; __u32 flags; __u32 __reserved', {
  formats: { uaddr: 'hex', flags: 'hex' },
})

export const capHeader = shape('user_cap_header', '__u32 version; int pid', { formats: { version: 'hex' } })
export const capData = shape('(user_cap_data[2])', '__u32 data[6]', { formats: { data: 'hex' } })

export const ipcPerm = shape(
  'ipc64_perm',
  `int key; unsigned int uid; unsigned int gid; unsigned int cuid; unsigned int cgid; unsigned int mode; unsigned short seq; unsigned short __pad2;
   unsigned long __unused1; unsigned long __unused2`,
)
/** asm-generic/sembuf.h; x86-64 keeps two words of padding from its 32-bit twin. */
export const semidDs = shape(
  'semid64_ds',
  'struct ipc64_perm sem_perm; long sem_otime; long sem_ctime; unsigned long sem_nsems; unsigned long __unused3; unsigned long __unused4',
  {
    flavours: {
      x64: `struct ipc64_perm sem_perm; long sem_otime; unsigned long __unused1; long sem_ctime; unsigned long __unused2; unsigned long sem_nsems;
            unsigned long __unused3; unsigned long __unused4`,
    },
    show: ['sem_perm.uid', 'sem_perm.gid', 'sem_perm.mode', 'sem_otime', 'sem_ctime', 'sem_nsems'],
  },
)
export const shmidDs = shape(
  'shmid64_ds',
  `struct ipc64_perm shm_perm; unsigned long shm_segsz; long shm_atime; long shm_dtime; long shm_ctime; int shm_cpid; int shm_lpid;
   unsigned long shm_nattch; unsigned long __unused4; unsigned long __unused5`,
  { show: ['shm_perm.uid', 'shm_perm.gid', 'shm_perm.mode', 'shm_segsz', 'shm_nattch'] },
)
export const msqidDs = shape(
  'msqid64_ds',
  `struct ipc64_perm msg_perm; long msg_stime; long msg_rtime; long msg_ctime; unsigned long msg_cbytes; unsigned long msg_qnum; unsigned long msg_qbytes;
   int msg_lspid; int msg_lrpid; unsigned long __unused4; unsigned long __unused5`,
  { show: ['msg_perm.uid', 'msg_perm.gid', 'msg_perm.mode', 'msg_qnum', 'msg_qbytes'] },
)
export const sembuf = shape('sembuf', 'unsigned short sem_num; short sem_op; short sem_flg')
export const mqAttr = shape('mq_attr', 'long mq_flags; long mq_maxmsg; long mq_msgsize; long mq_curmsgs; long __reserved[4]', {
  show: ['mq_flags', 'mq_maxmsg', 'mq_msgsize', 'mq_curmsgs'],
})

export const ioEvent = shape('io_event', '__u64 data; __u64 obj; __s64 res; __s64 res2', { formats: { data: 'hex', obj: 'hex' } })
