/** What language runtimes, build tools and servers are asked to do: scripts of tests/real/runtimes. */
import { cpSync, writeFileSync } from 'node:fs'
import { Random } from '../diff/random.ts'
import { ROOT } from '../lib/emulator.ts'
import { clearWork, type Outcome, RUNTIMES_AMD64, RUNTIMES_ARM64, WORK } from './sysroots.ts'

export interface Script {
  readonly command: string
  readonly env?: Record<string, string>
  readonly seconds: number
}

/**
 * Classes of stress-ng that hold. Not here: memthrash reads beyond its buffer's end, where a real kernel happens to have put
 * something readable; tmpfs, mlockmany and others refuse to run as root or in a container.
 */
export const STRESS_CLASSES = (
  'atomic branch context cpu crypt fp funccall funcret hash longjmp matrix mergesort opcode prefetch qsort regs rotate str tree tsc vecmath vecwide wcs zlib ' +
  'bad-altstack mcontend membarrier memfd mincore misaligned null pipe remap stack stackmmap tlb-shootdown vm vm-rw zero mmap mmapaddr mmapfixed mmapfork ' +
  'mprotect mremap msync munmap madvise mlock clone fork vfork exec daemon wait zombie kill signal sigabrt sigchld sigfd sigfpe signest sigpending ' +
  'sigpipe sigq sigrt sigsegv sigsuspend sigtrap futex pthread sem sem-sysv mutex shm shm-sysv msg mq eventfd epoll poll sockpair sock itimer timer ' +
  'timerfd nanosleep switch yield fcntl rename splice tee sendfile inotify pidfd userfaultfd icache ptrace vm-segv'
).split(' ')

const PYTHON_TESTS = 'test_thread test_threadsignals test_fork1 test_wait4 test_select test_mmap test_ctypes test_os test_pty'

export const SCRIPTS: readonly Script[] = [
  { command: 'bash esbuild.sh', seconds: 120 },
  { command: 'bash go.sh', seconds: 300 },
  { command: 'bash node.sh', seconds: 200 },
  { command: 'bash java.sh', seconds: 400 },
  { command: 'luajit mixed-jit.lua', seconds: 60 },
  { command: 'php mixed.php', seconds: 60 },
  { command: 'ruby mixed.rb', seconds: 60 },
  { command: 'perl threads.pl', seconds: 60 },
  { command: 'python3.11 pty-bash.py', seconds: 120 },
  { command: 'bash git.sh', seconds: 120 },
  { command: 'bash make.sh', seconds: 200 },
  { command: 'bash redis.sh', seconds: 120 },
  { command: 'bash postgres.sh', seconds: 200 },
  { command: 'bash nginx.sh', seconds: 120 },
  { command: 'bash python-tests.sh', env: { TESTS: PYTHON_TESTS }, seconds: 600 },
]

/** Both working folders get the scripts. */
export function prepareRuntimes(): void {
  const trees = [RUNTIMES_ARM64, RUNTIMES_AMD64]
  clearWork(trees)
  const random = new Random('noise', 1)
  const noise = Uint8Array.from({ length: 300_000 }, () => random.below(256))
  for (const tree of trees) {
    cpSync(`${ROOT}tests/real/runtimes`, `${tree}${WORK}`, { recursive: true })
    writeFileSync(`${tree}${WORK}/noise.bin`, noise)
  }
}

/** What a run has shown: its status, then what it printed. */
export function shown({ status, stdout }: Outcome): string {
  return `${status}\n${stdout.toString('latin1').replaceAll(RUNTIMES_ARM64, '')}`
}

export const textOf = ({ command, env }: Script): string => [command, ...Object.values(env ?? {})].join(' ')
