/**
 * Records the values of every flag that syscalls/abi/flags names, as gcc and the cross compilers of AArch64 and 32-bit ARM see them in the real headers:
 *
 *     node --import ./tests/lib/typescript.mjs tests/lib/record-flags.ts
 *
 * Names that the installed headers lack, or that the C library hides, are left out of the record.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { FlagSet } from '../../syscalls/abi/flag-set.ts'
import * as files from '../../syscalls/abi/flags/files.ts'
import * as ioctl from '../../syscalls/abi/flags/ioctl.ts'
import * as memory from '../../syscalls/abi/flags/memory.ts'
import * as polling from '../../syscalls/abi/flags/polling.ts'
import * as processes from '../../syscalls/abi/flags/process.ts'
import * as signals from '../../syscalls/abi/flags/signals.ts'
import * as sockets from '../../syscalls/abi/flags/sockets.ts'
import * as time from '../../syscalls/abi/flags/time.ts'

const headers = [
  'sys/types.h',
  'fcntl.h',
  'unistd.h',
  'stdio.h',
  'sys/stat.h',
  'sys/file.h',
  'sys/mman.h',
  'sys/mount.h',
  'sys/inotify.h',
  'sys/xattr.h',
  'linux/close_range.h',
  'linux/openat2.h',
  'linux/fs.h',
  'linux/falloc.h',
  'sys/uio.h',
  'linux/membarrier.h',
  'linux/mempolicy.h',
  'sys/ipc.h',
  'sys/shm.h',
  'sys/sem.h',
  'sys/msg.h',
  'time.h',
  'sys/time.h',
  'sys/timerfd.h',
  'poll.h',
  'sys/epoll.h',
  'sys/eventfd.h',
  'sys/socket.h',
  'netinet/in.h',
  'netinet/tcp.h',
  'sched.h',
  'linux/sched.h',
  'sys/wait.h',
  'linux/futex.h',
  'sys/resource.h',
  'sys/prctl.h',
  'linux/prctl.h',
  'sys/personality.h',
  'sys/random.h',
  'linux/ptrace.h',
  'linux/seccomp.h',
  'linux/kcmp.h',
  'linux/reboot.h',
  'signal.h',
  'sys/signalfd.h',
  'sys/ioctl.h',
  'linux/sockios.h',
  'linux/blkpg.h',
  'linux/rtc.h',
  'linux/loop.h',
  'linux/random.h',
  'linux/kd.h',
  'linux/vt.h',
  'linux/fiemap.h',
  'asm/ioctls.h',
]

/** glibc defines O_LARGEFILE as 0 on 64-bit hosts; the kernel's own header is asked for it instead. */
const hidden = ['O_LARGEFILE']
const preamble = ['#define _GNU_SOURCE 1', ...headers.map((h) => `#include <${h}>`), 'struct termios2 { unsigned x[11]; };']

type Values = { [name: string]: number }

/** Compiles until no name is unknown; the constants are read from the assembly output, so nothing has to run. */
function record(compiler: string, names: readonly string[], start: readonly string[]): Values {
  let left = [...names]
  for (;;) {
    const body = left.map((name) => `__asm__ volatile("@@ ${name} %c0" :: "i"((unsigned)(${name})));`)
    const run = spawnSync(compiler, ['-w', '-O1', '-S', '-x', 'c', '-o', '-', '-'], {
      input: [...start, 'void f(void) {', ...body, '}'].join('\n'),
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    })
    if (run.status === 0) {
      const values: Values = {}
      for (const [, name, value] of run.stdout.matchAll(/@@ (\w+) (-?\d+)/g)) values[name!] = Number(value) >>> 0
      return values
    }
    const unknown = new Set([...run.stderr.matchAll(/[‘']([A-Za-z_0-9]+)[’'] undeclared/g)].map((match) => match[1]!))
    if (unknown.size === 0) throw new Error(run.stderr.slice(0, 2000))
    left = left.filter((name) => !unknown.has(name))
  }
}

const sets = Object.values({
  ...files,
  ...ioctl,
  ...memory,
  ...polling,
  ...processes,
  ...signals,
  ...sockets,
  ...time,
}) as readonly FlagSet[]
const names = [...new Set(sets.flatMap((set) => Object.keys(set.values)))].filter((name) => !hidden.includes(name))
const all: { [flavour: string]: Values } = {}
for (const [flavour, compiler] of [
  ['x64', 'gcc'],
  ['aarch64', 'aarch64-linux-gnu-gcc'],
  ['arm', 'arm-linux-gnueabihf-gcc'],
] as const)
  all[flavour] = { ...record(compiler, names, preamble), ...record(compiler, hidden, ['#include <asm/fcntl.h>']) }
writeFileSync(new URL('../unit/syscalls/flags.recorded.json', import.meta.url), `${JSON.stringify(all, null, 1)}\n`)
for (const [flavour, values] of Object.entries(all))
  console.log(`${flavour}: ${Object.keys(values).length} of ${names.length + hidden.length} values`)
