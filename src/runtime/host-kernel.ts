/** The host kernel's numbers (x86-64 Linux) that the engine and the runtime use by name. */
export const SYS = {
  read: 0,
  write: 1,
  close: 3,
  stat: 4,
  fstat: 5,
  lstat: 6,
  poll: 7,
  mmap: 9,
  mprotect: 10,
  munmap: 11,
  rt_sigaction: 13,
  rt_sigprocmask: 14,
  rt_sigreturn: 15,
  getpid: 39,
  socket: 41,
  connect: 42,
  sendto: 44,
  sendmsg: 46,
  recvmsg: 47,
  bind: 49,
  listen: 50,
  socketpair: 53,
  setsockopt: 54,
  getsockopt: 55,
  clone: 56,
  execve: 59,
  exit: 60,
  wait4: 61,
  kill: 62,
  fcntl: 72,
  chdir: 80,
  readlink: 89,
  umask: 95,
  getuid: 102,
  geteuid: 107,
  getegid: 108,
  setsid: 112,
  setresuid: 117,
  setresgid: 119,
  sigaltstack: 131,
  prctl: 157,
  statfs: 137,
  fstatfs: 138,
  arch_prctl: 158,
  mount: 165,
  gettid: 186,
  futex: 202,
  sched_getaffinity: 204,
  clock_gettime: 228,
  exit_group: 231,
  tgkill: 234,
  openat: 257,
  linkat: 265,
  ppoll: 271,
  fallocate: 285,
  accept4: 288,
  eventfd2: 290,
  pipe2: 293,
  dup3: 292,
  prlimit64: 302,
  process_vm_readv: 310,
  process_vm_writev: 311,
  getrandom: 318,
  memfd_create: 319,
  execveat: 322,
  membarrier: 324,
  pidfd_open: 434,
  close_range: 436,
} as const

export const ERRNO = { EINTR: 4, EFAULT: 14, EINVAL: 22, ENAMETOOLONG: 36, ECONNRESET: 104, ETIMEDOUT: 110 } as const

export const SIGNAL = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGXFSZ: 25,
  SIGWINCH: 28,
} as const

export const PROT_READ = 1
export const PROT_WRITE = 2
export const PROT_EXEC = 4
export const MAP_SHARED = 1
export const MAP_PRIVATE = 2
export const MAP_FIXED = 0x10
export const MAP_ANONYMOUS = 0x20
export const MAP_NORESERVE = 0x4000
export const POLLIN = 1
export const AT_FDCWD = -100
/** Offset of st_mode in struct stat, the bits of it that name a file's type, and that of a symbolic link. */
export const ST_MODE = 24
export const S_IFMT = 0o170000
export const S_IFLNK = 0o120000

/** First address above every mapping of a 47-bit address space. */
export const TASK_SIZE = 0x7fff_ffff_f000

/** ucontext_t of x86-64: byte offsets. The gregs start at 40, in the order R8..R15 RDI RSI RBP RBX RDX RAX RCX RSP RIP EFLAGS CSGSFS ERR TRAPNO OLDMASK CR2. */
export const UCONTEXT = { rsp: 160, rip: 168, eflags: 176, err: 192, cr2: 216, fpstate: 224, sigmask: 296, size: 304 } as const
/** Byte offset in ucontext_t of each general register, by encoding number RAX..R15. */
export const UCONTEXT_GPR = [144, 152, 136, 128, 160, 120, 112, 104, 40, 48, 56, 64, 72, 80, 88, 96] as const
/** siginfo_t of a fault. */
export const SIGINFO = { signo: 0, code: 8, addr: 16 } as const

export const FUTEX_WAKE = 1
export const MEMBARRIER_CMD_GLOBAL = 1
