/** What language runtimes, build tools and servers are asked to do: scripts of tests/real/runtimes. */
import { cpSync, readdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Random } from '../diff/random.ts'
import { ROOT } from '../lib/emulator.ts'
import { clearWork, type Outcome, PROJECT, RUNTIMES_AMD64, RUNTIMES_ARM64, runRuntimeEmulated, WORK } from './sysroots.ts'

export interface Script {
  readonly command: string
  readonly env?: Record<string, string>
  readonly seconds: number
  /** How often `npm run soak` runs it. */
  readonly runs?: number
}

/**
 * Classes of stress-ng that hold: all of its classes cpu, cpu-cache, memory, vm, pipe, scheduler, filesystem, interrupt, io and os, without those
 * - that find nothing to do here, natively as well: tmpfs, mlockmany, rawdev, efivar, quota, pci, kvm, tun, gpu, apparmor, uprobe, binderfs, sysinval, ipsec-mb,
 *   x86cpuid, x86syscall, rdrand;
 * - that find nothing to do under Demotic: vdso, which programs do not get;
 * - that would change the machine or bring it down: cpu-online, reboot, watchdog, smi, softlockup, physpage, swap, memhotplug, oom-pipe, bind-mount, and
 *   resources, which fills the disk: what others write meanwhile is lost;
 * - that fail natively as well: cyclic (SCHED_DEADLINE);
 * - that take longer than their time: syscall, natively as well; far-branch, 20 s on a quiet machine, natively 1.
 */
export const STRESS_CLASSES = (
  'atomic branch context cpu crypt fp funccall funcret hash longjmp matrix mergesort opcode prefetch qsort regs rotate str tree tsc vecmath vecwide ' +
  'wcs zlib bad-altstack mcontend membarrier memfd mincore misaligned null pipe remap stack stackmmap tlb-shootdown vm vm-rw zero mmap mmapaddr ' +
  'mmapfixed mmapfork mprotect mremap msync munmap madvise mlock clone fork vfork exec daemon wait zombie kill signal sigabrt sigchld sigfd sigfpe ' +
  'signest sigpending sigpipe sigq sigrt sigsegv sigsuspend sigtrap futex pthread sem sem-sysv mutex shm shm-sysv msg mq eventfd epoll poll sockpair ' +
  'sock itimer timer timerfd nanosleep switch yield fcntl rename splice tee sendfile inotify pidfd userfaultfd icache ptrace vm-segv'
).split(' ')

/** The rest of them: `npm run soak` has the time. */
export const MORE_STRESS_CLASSES = (
  'af-alg bsearch fp-error getrandom goto heapsort hsearch jpeg judy list lsearch matrix-3d nop numa pkey plugin priv-instr radixsort rseq secretmem ' +
  'shellsort skiplist sparsematrix stream syncload tsearch vecfp vecshuf waitcpu cache cacheline dekker flushcache l1cache llc-affinity lockbus ' +
  'malloc memcpy peterson full memrate memthrash pipeherd randlist rmap vm-addr bigheap brk dev-shm env mmaphuge mmapmany msyncmany pagemove ' +
  'pageswap vm-splice fifo ring-pipe affinity close dnotify exit-group fanotify fault forkheavy hrtimers loadavg netlink-proc netlink-task nice ' +
  'race-sched resched schedpolicy session sleep spawn vforkmany access chattr chdir chmod chown copy-file dentry dir dirdeep dirmany dup fallocate ' +
  'fiemap file-ioctl filename flock fpunch fsize fstat getdent handle inode-flags io ioprio lease link locka lockf lockofd mknod open procfs symlink ' +
  'sync-file touch utime verity xattr aio aiol alarm clock sigio io-uring readahead revio seek bad-ioctl chroot dccp dev dynlib enosys get ' +
  'icmp-flood idle-page kcmp key landlock loop personality ping-sock prctl pty ramfs rawpkt rawsock rawudp rlimit seal seccomp set sockabuse ' +
  'sockdiag sockfd sockmany sysbadaddr sysinfo sysfs udp udp-flood umount unshare urandom usersyscall hdd iomix cap klog ioport rtc'
).split(' ')

const PYTHON_TESTS = 'test_thread test_threadsignals test_fork1 test_wait4 test_select test_mmap test_ctypes test_os test_pty'

export const SCRIPTS: readonly Script[] = [
  { command: 'bash bash.sh', seconds: 200 },
  { command: 'bash busybox.sh', seconds: 200 },
  { command: 'python3.11 transfer.py', seconds: 120 },
  { command: 'bash esbuild.sh', seconds: 120, runs: 34 },
  { command: 'bash go.sh', seconds: 300 },
  { command: 'bash node.sh', seconds: 200, runs: 50 },
  { command: 'bash java.sh', seconds: 400, runs: 20 },
  { command: 'luajit mixed-jit.lua', seconds: 60 },
  { command: 'php mixed.php', seconds: 60 },
  { command: 'ruby mixed.rb', seconds: 60 },
  { command: 'perl threads.pl', seconds: 60 },
  { command: 'python3.11 pty-bash.py', seconds: 120 },
  { command: 'bash git.sh', seconds: 120 },
  { command: 'bash make.sh', seconds: 300 },
  { command: 'bash redis.sh', seconds: 120 },
  { command: 'bash postgres.sh', seconds: 200 },
  { command: 'bash nginx.sh', seconds: 120 },
  { command: 'bash python-tests.sh', env: { TESTS: PYTHON_TESTS }, seconds: 600 },
]

/**
 * Those for 32-bit ARM. Without php, which prints the size of its integers and has no compiler of its own there, and transfer.py, which prints a place in
 * rsync's sources: versions differ from architecture to architecture.
 */
export const ARM_SCRIPTS: readonly Script[] = SCRIPTS.filter(({ command }) => !/^php|transfer/.test(command)).map((script) =>
  script.command === 'bash java.sh' ? { ...script, env: { COLLECTORS: 'Serial G1' } } : script,
)

/** What tells words of 32 bits, and versions. */
const WIDTH = /compile flags = 0x[0-9a-f]+|openjdk version.*|64-Bit /g
export const withoutWidth = (text: string): string => text.replace(WIDTH, '')

/** The working folders get the scripts. */
export function prepareRuntimes(trees: readonly string[] = [RUNTIMES_ARM64, RUNTIMES_AMD64]): void {
  clearWork(trees)
  const random = new Random('noise', 1)
  const noise = Uint8Array.from({ length: 300_000 }, () => random.below(256))
  for (const tree of trees) {
    cpSync(`${ROOT}tests/real/runtimes`, `${tree}${WORK}`, { recursive: true })
    writeFileSync(`${tree}${WORK}/noise.bin`, noise)
    // Below -L it would be the host's.
    writeFileSync(`${tree}/etc/hosts`, '127.0.0.1 localhost\n::1 localhost\n')
    const sources = readdirSync(PROJECT).find((name) => name.includes('.orig.tar.'))
    cpSync(`${PROJECT}/${sources}`, `${tree}${WORK}/project.tar.bz2`)
  }
}

/** What a run has shown: its status, then what it printed. */
export function shown({ status, stdout }: Outcome, tree = RUNTIMES_ARM64): string {
  return `${status}\n${stdout.toString('latin1').replaceAll(tree, '')}`
}

export const textOf = ({ command, env }: Script): string => [command, ...Object.values(env ?? {})].join(' ')

/** A test for each of these classes of stress-ng that `only` matches: a second of it, which finds nothing wrong and ends within `ms`. */
export function testStress(classes: readonly string[], only: RegExp, ms: number, tree = RUNTIMES_ARM64): void {
  for (const name of classes.filter((candidate) => only.test(`stress-ng ${candidate}`))) {
    test(
      `stress-ng ${name}`,
      async () => {
        const emulated = await runRuntimeEmulated(['bash', 'stress.sh'], { CLASSES: name, SECONDS_EACH: '1' }, ms, tree)
        expect(shown(emulated), emulated.stderr.slice(-2000)).toBe(`exit 0\n${name} 0 \n`)
      },
      2 * ms,
    )
  }
}
