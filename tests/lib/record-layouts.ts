/**
 * Records sizeof and offsetof of the real C headers, for every shape of syscalls/abi, as gcc and the cross compilers of AArch64 and 32-bit ARM see them:
 *
 *     node --import ./tests/lib/typescript.mjs tests/lib/record-layouts.ts
 *
 * Needs gcc, gcc-aarch64-linux-gnu, gcc-arm-linux-gnueabihf and the kernel's headers of all; the unit test reads the record only.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { aarch64, arm, x64 } from '../../syscalls/abi/abi.ts'
import { layout } from '../../syscalls/abi/shape.ts'
import * as files from '../../syscalls/abi/shapes-files.ts'
import * as processes from '../../syscalls/abi/shapes-process.ts'
import * as sockets from '../../syscalls/abi/shapes-sockets.ts'

/** Where a structure is declared, its C type, and names of ours that C spells otherwise. */
interface Source {
  readonly header: string
  readonly type?: string
  readonly rename?: { readonly [field: string]: string }
  /** The C structure ends in more than the shape describes. */
  readonly open?: boolean
  /** Only the headers of this flavour have it. */
  readonly only?: string
  /** Those of this one have another structure of that name. */
  readonly not?: string
}

const sources: { readonly [shape: string]: Source } = {
  stat: { header: 'asm/stat.h' },
  stat64: { header: 'asm/stat.h', only: 'arm' },
  statfs64: { header: 'asm/statfs.h', rename: { f_fsid: 'f_fsid.val[0]' }, only: 'arm' },
  flock64: { header: 'asm/fcntl.h', only: 'arm' },
  timespec64: { header: 'linux/time_types.h', type: 'struct __kernel_timespec' },
  itimerspec64: { header: 'linux/time_types.h', type: 'struct __kernel_itimerspec' },
  timex64: { header: 'linux/timex.h', type: 'struct __kernel_timex' },
  ifreq: { header: 'net/if.h', rename: { ifr_name: 'ifr_ifrn', ifr_ifru: 'ifr_ifru' } },
  ifconf: { header: 'net/if.h', rename: { ifc_buf: 'ifc_ifcu' } },
  shminfo64: { header: 'asm/shmbuf.h' },
  shm_info: { header: 'linux/shm.h' },
  statx_timestamp: { header: 'linux/stat.h' },
  statx: { header: 'linux/stat.h' },
  statfs: { header: 'asm/statfs.h', rename: { f_fsid: 'f_fsid.val[0]' } },
  open_how: { header: 'linux/openat2.h' },
  sock_fprog: { header: 'linux/filter.h' },
  flock: { header: 'asm/fcntl.h' },
  f_owner_ex: { header: 'asm/fcntl.h' },
  linux_dirent64: { header: 'dirent.h', type: 'struct dirent64', open: true },
  iovec: { header: 'linux/uio.h' },
  pollfd: { header: 'asm/poll.h' },
  epoll_event: { header: 'linux/eventpoll.h' },
  file_handle: { header: 'fcntl.h' },
  mount_attr: { header: 'linux/mount.h' },
  termios: { header: 'asm/termbits.h' },
  termios2: { header: 'asm/termbits.h' },
  winsize: { header: 'asm/termios.h' },
  timespec: { header: 'linux/time.h' },
  timeval: { header: 'linux/time.h' },
  timezone: { header: 'linux/time.h' },
  itimerspec: { header: 'linux/time.h' },
  itimerval: { header: 'linux/time.h' },
  tms: { header: 'linux/times.h' },
  timex: { header: 'linux/timex.h' },
  rusage: { header: 'linux/resource.h' },
  rlimit: { header: 'linux/resource.h' },
  rlimit64: { header: 'linux/resource.h' },
  sysinfo: { header: 'linux/sysinfo.h' },
  new_utsname: { header: 'linux/utsname.h' },
  sigaction: { header: 'asm/signal.h', rename: { sa_mask: 'sa_mask' }, not: 'arm' },
  sigaltstack: { header: 'asm/signal.h', type: 'stack_t' },
  siginfo: { header: 'asm/siginfo.h', type: 'siginfo_t' },
  sigevent: { header: 'asm/siginfo.h' },
  sched_param: { header: 'linux/sched/types.h' },
  sched_attr: { header: 'linux/sched/types.h', rename: { sched_util_min: 'sched_util_min' } },
  clone_args: { header: 'linux/sched.h' },
  robust_list_head: { header: 'linux/futex.h', rename: { next: 'list.next' } },
  futex_waitv: { header: 'linux/futex.h' },
  user_cap_header: { header: 'linux/capability.h', type: 'struct __user_cap_header_struct' },
  ipc64_perm: { header: 'asm/ipcbuf.h' },
  semid64_ds: { header: 'asm/sembuf.h' },
  shmid64_ds: { header: 'asm/shmbuf.h' },
  msqid64_ds: { header: 'asm/msgbuf.h' },
  sembuf: { header: 'linux/sem.h' },
  mq_attr: { header: 'linux/mqueue.h' },
  io_event: { header: 'linux/aio_abi.h' },
  msghdr: { header: 'sys/socket.h' },
  mmsghdr: { header: 'sys/socket.h' },
  cmsghdr: { header: 'sys/socket.h' },
  ucred: { header: 'sys/socket.h' },
  linger: { header: 'sys/socket.h' },
  sockaddr_un: { header: 'linux/un.h' },
  sockaddr_in: { header: 'linux/in.h' },
  sockaddr_in6: { header: 'linux/in6.h' },
  sockaddr_nl: { header: 'linux/netlink.h' },
}

/** Fields that fill space; headers name them in their own ways. */
const FILLER = /(^|\.)_|pad|unused|spare|reserved/

const compilers = [
  { abi: x64, command: 'gcc' },
  { abi: aarch64, command: 'aarch64-linux-gnu-gcc' },
  { abi: arm, command: 'arm-linux-gnueabihf-gcc' },
]

type Recorded = { [shape: string]: { size?: number; fields: { [name: string]: number } } }

/** The compiler evaluates the constants; its assembly output carries them, so that nothing has to run. */
function record(command: string, flavour: number): Recorded {
  const { abi } = compilers[flavour]!
  const result: Recorded = {}
  for (const shape of Object.values({ ...files, ...processes, ...sockets })) {
    if (typeof shape !== 'object' || !('declaration' in shape)) continue
    const source = sources[shape.name]
    if (source === undefined || (source.only ?? abi.flavour) !== abi.flavour || source.not === abi.flavour) continue
    const type = source.type ?? `struct ${shape.name}`
    const fields = layout(abi, shape)
      .fields.map((f) => f.name)
      .filter((name) => !FILLER.test(name))
    const lines = fields.map((name) => `M("${name}", __builtin_offsetof(${type}, ${source.rename?.[name] ?? name}))`)
    const program = [
      '#define _GNU_SOURCE 1',
      '#include <stddef.h>',
      '#include <linux/types.h>',
      '#include <sys/types.h>'.repeat(Number(source.header.startsWith('sys/'))),
      `#include <${source.header}>`,
      '#define M(name, value) __asm__ volatile("@@ " name " %c0" :: "i"(value));',
      'void f(void) {',
      `M("sizeof", sizeof(${type}))`,
      ...lines,
      '}',
    ].join('\n')
    const text = execFileSync(command, ['-w', '-O1', '-S', '-x', 'c', '-o', '-', '-'], { input: program, encoding: 'utf8' })
    const entry: Recorded[string] = { fields: {} }
    for (const match of text.matchAll(/@@ (\S+) (\d+)/g)) {
      if (match[1] !== 'sizeof') entry.fields[match[1]!] = Number(match[2])
      else if (!source.open) entry.size = Number(match[2])
    }
    result[shape.name] = entry
  }
  return result
}

const all = Object.fromEntries(compilers.map(({ abi, command }, n) => [abi.flavour, record(command, n)]))
writeFileSync(new URL('../unit/syscalls/layouts.recorded.json', import.meta.url), `${JSON.stringify(all, null, 1)}\n`)
console.log(
  Object.entries(all)
    .map(([flavour, shapes]) => `${flavour}: ${Object.keys(shapes).length} structures`)
    .join('\n'),
)
