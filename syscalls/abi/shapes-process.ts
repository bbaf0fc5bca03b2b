/** Structures of process, time, memory, IPC and identity calls. */
import { cloneFlags, seccompAction } from './flags/process.ts'
import { sigactionFlags, sigaltstackFlags } from './flags/signals.ts'
import { shape } from './shape.ts'
import { convertSiginfo } from './siginfo-narrow.ts'

export const timespec = shape('timespec', 'long tv_sec; long tv_nsec')
/** Of the calls that 32-bit ABIs have had since 2019; the upper half of what is not a long is not looked at there. */
export const timespec64 = shape('timespec64', '__s64 tv_sec; long tv_nsec', { flavours: { arm: '__s64 tv_sec; long tv_nsec; int __pad' } })
export const timeval = shape('timeval', 'long tv_sec; long tv_usec')
export const timezone = shape('timezone', 'int tz_minuteswest; int tz_dsttime')
export const itimerspec = shape('itimerspec', 'struct timespec it_interval; struct timespec it_value')
export const itimerspec64 = shape('itimerspec64', 'struct timespec64 it_interval; struct timespec64 it_value')
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

export const timeval64 = shape('timeval64', '__s64 tv_sec; __s64 tv_usec')
/** struct __kernel_timex */
export const timex64 = shape(
  'timex64',
  `unsigned int modes; __s64 offset; __s64 freq; __s64 maxerror; __s64 esterror; int status; __s64 constant; __s64 precision; __s64 tolerance;
   struct timeval64 time; __s64 tick; __s64 ppsfreq; __s64 jitter; int shift; __s64 stabil; __s64 jitcnt; __s64 calcnt; __s64 errcnt; __s64 stbcnt; int tai; int __pad[11]`,
  { formats: timex.formats, show: timex.show! },
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

const sysinfoFields = `long uptime; unsigned long loads[3]; unsigned long totalram; unsigned long freeram; unsigned long sharedram; unsigned long bufferram;
   unsigned long totalswap; unsigned long freeswap; unsigned short procs; unsigned short pad; unsigned long totalhigh; unsigned long freehigh; unsigned int mem_unit`
/** Filled up to 64 bytes where longs have four. */
export const sysinfo = shape('sysinfo', sysinfoFields, {
  flavours: { arm: `${sysinfoFields}; unsigned char _f[8]` },
  // What does not fit is told in other units: handlers/narrow.ts.
  exact: ['totalram', 'totalswap'],
})

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
  // The mask is of words: nothing aligns it to eight bytes where these have four.
  packed: ['arm'],
  formats: { sa_handler: 'handler', sa_flags: sigactionFlags, sa_mask: 'sigset' },
})

/** Of 32-bit ABIs: the mask is a word. */
export const oldSigaction = shape('old_sigaction', 'void *sa_handler; unsigned long sa_mask; unsigned long sa_flags; void *sa_restorer', {
  formats: { sa_handler: 'handler', sa_flags: sigactionFlags, sa_mask: 'hex' },
})

export const sigset = shape('(sigset)', '__u64 value', { formats: { value: 'sigset' } })
/** The sixth argument of pselect6: a signal set and its size. */
export const sigsetArgument = shape('(sigset argument)', 'void *ss; unsigned long ss_len')

export const stack = shape('sigaltstack', 'void *ss_sp; int ss_flags; unsigned long ss_size', { formats: { ss_flags: sigaltstackFlags } })

/** The first words; the rest depends on si_code. */
export const siginfo = shape('siginfo', 'int si_signo; int si_errno; int si_code; int __pad; long _sifields[14]', {
  flavours: { arm: 'int si_signo; int si_errno; int si_code; int _sifields[29]' },
  converts: convertSiginfo,
  formats: { si_signo: 'signal' },
  show: ['si_signo', 'si_code'],
})

export const waitStatus = shape('(wait status)', 'int value', { formats: { value: 'status' } })

export const sigevent = shape('sigevent', 'void *sigev_value; int sigev_signo; int sigev_notify; int _sigev_tid; int __pad[11]', {
  flavours: { arm: 'void *sigev_value; int sigev_signo; int sigev_notify; int _sigev_tid; int __pad[12]' },
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
  {
    flavours: {
      arm: `int key; unsigned int uid; unsigned int gid; unsigned int cuid; unsigned int cgid; unsigned short mode; unsigned char __pad1[2];
            unsigned short seq; unsigned short __pad2; unsigned long __unused1; unsigned long __unused2`,
    },
  },
)
/** asm-generic/sembuf.h; x86-64 keeps two words of padding from its 32-bit twin. */
export const semidDs = shape(
  'semid64_ds',
  'struct ipc64_perm sem_perm; long sem_otime; long sem_ctime; unsigned long sem_nsems; unsigned long __unused3; unsigned long __unused4',
  {
    flavours: {
      x64: `struct ipc64_perm sem_perm; long sem_otime; unsigned long __unused1; long sem_ctime; unsigned long __unused2; unsigned long sem_nsems;
            unsigned long __unused3; unsigned long __unused4`,
      arm: `struct ipc64_perm sem_perm; unsigned long sem_otime; unsigned long __otime_high; unsigned long sem_ctime; unsigned long __ctime_high;
            unsigned long sem_nsems; unsigned long __unused3; unsigned long __unused4`,
    },
    show: ['sem_perm.uid', 'sem_perm.gid', 'sem_perm.mode', 'sem_otime', 'sem_ctime', 'sem_nsems'],
  },
)
export const shmidDs = shape(
  'shmid64_ds',
  `struct ipc64_perm shm_perm; unsigned long shm_segsz; long shm_atime; long shm_dtime; long shm_ctime; int shm_cpid; int shm_lpid;
   unsigned long shm_nattch; unsigned long __unused4; unsigned long __unused5`,
  {
    flavours: {
      arm: `struct ipc64_perm shm_perm; unsigned long shm_segsz; unsigned long shm_atime; unsigned long __atime_high; unsigned long shm_dtime;
            unsigned long __dtime_high; unsigned long shm_ctime; unsigned long __ctime_high; int shm_cpid; int shm_lpid; unsigned long shm_nattch;
            unsigned long __unused4; unsigned long __unused5`,
    },
    show: ['shm_perm.uid', 'shm_perm.gid', 'shm_perm.mode', 'shm_segsz', 'shm_nattch'],
  },
)
export const shminfo64 = shape(
  'shminfo64',
  'unsigned long shmmax; unsigned long shmmin; unsigned long shmmni; unsigned long shmseg; unsigned long shmall; unsigned long __unused[4]',
  { formats: { shmmax: 'limit', shmall: 'limit' } },
)
export const shmInfo = shape(
  'shm_info',
  'int used_ids; unsigned long shm_tot; unsigned long shm_rss; unsigned long shm_swp; unsigned long swap_attempts; unsigned long swap_successes',
)
export const msqidDs = shape(
  'msqid64_ds',
  `struct ipc64_perm msg_perm; long msg_stime; long msg_rtime; long msg_ctime; unsigned long msg_cbytes; unsigned long msg_qnum; unsigned long msg_qbytes;
   int msg_lspid; int msg_lrpid; unsigned long __unused4; unsigned long __unused5`,
  {
    flavours: {
      arm: `struct ipc64_perm msg_perm; unsigned long msg_stime; unsigned long __stime_high; unsigned long msg_rtime; unsigned long __rtime_high;
            unsigned long msg_ctime; unsigned long __ctime_high; unsigned long msg_cbytes; unsigned long msg_qnum; unsigned long msg_qbytes;
            int msg_lspid; int msg_lrpid; unsigned long __unused4; unsigned long __unused5`,
    },
    show: ['msg_perm.uid', 'msg_perm.gid', 'msg_perm.mode', 'msg_qnum', 'msg_qbytes'],
  },
)
export const sembuf = shape('sembuf', 'unsigned short sem_num; short sem_op; short sem_flg')
export const mqAttr = shape('mq_attr', 'long mq_flags; long mq_maxmsg; long mq_msgsize; long mq_curmsgs; long __reserved[4]', {
  show: ['mq_flags', 'mq_maxmsg', 'mq_msgsize', 'mq_curmsgs'],
})

export const ioEvent = shape('io_event', '__u64 data; __u64 obj; __s64 res; __s64 res2', { formats: { data: 'hex', obj: 'hex' } })
