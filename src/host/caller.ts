/**
 * What whoever started the engine wants the guest to inherit, and Node has changed by the time JavaScript runs: Node sets every signal to
 * its default (SIGPIPE and SIGXFSZ to ignored), clears the signal mask, raises the soft limit of open files to the hard one, and marks
 * inherited descriptors close-on-exec, as its own are.
 *
 * A launcher that saw the original says so in DEMOTIC_CALLER = "SigIgn SigBlk nofile fds" (two hexadecimal masks as in /proc/self/status, the soft
 * limit, and numbers with commas; "-" where it does not know). Without it:
 * - signals and limit are the parent's: right unless the parent changed them just for us, as nohup does; but what shells ignore for themselves is not
 *   meant for their children;
 * - descriptors are those that do not look like Node's own. Node's first own one is an epoll at the lowest free number, so what lies below is
 *   inherited for certain; above it, an inherited epoll, eventfd or /dev/null is taken for Node's. This must be asked before the program opens files.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { SIGNAL } from '../runtime/host-kernel.ts'

export const CALLER_VARIABLE = 'DEMOTIC_CALLER'

export interface CallerState {
  /** Signals 1..32 and 33..64 as bit masks, low half first. */
  readonly ignored: readonly [lo: number, hi: number]
  readonly blocked: readonly [lo: number, hi: number]
  /** Soft RLIMIT_NOFILE, null: leave it. */
  readonly openFiles: number | null
  /** Descriptors that the guest shall have, under the same numbers. */
  readonly fds: readonly number[]
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function mask(text: string | undefined): [number, number] | null {
  if (text === undefined || !/^[0-9a-f]{1,16}$/.test(text)) return null
  const digits = text.padStart(16, '0')
  return [Number.parseInt(digits.slice(8), 16) | 0, Number.parseInt(digits.slice(0, 8), 16) | 0]
}

function openFilesOf(pid: string): { soft: number; hard: number } | null {
  const found = /^Max open files\s+(\d+)\s+(\d+)/m.exec(readText(`/proc/${pid}/limits`))
  return found === null ? null : { soft: Number(found[1]), hard: Number(found[2]) }
}

function parentsOpenFiles(): number | null {
  const own = openFilesOf('self')
  const parents = openFilesOf(String(process.ppid))
  return own !== null && parents !== null && own.hard === parents.hard && parents.soft < own.soft ? parents.soft : null
}

const bits = (...signals: readonly number[]): number => signals.reduce((set, signal) => set | (1 << (signal - 1)), 0)
/** Ignored by Python and Node, by timeout and every shell with job control, for themselves: it is not a wish for their children. */
const FOR_THEMSELVES = bits(SIGNAL.SIGPIPE, SIGNAL.SIGXFSZ, SIGNAL.SIGTSTP, SIGNAL.SIGTTIN, SIGNAL.SIGTTOU)
/** Ignored by interactive shells, for themselves as well. */
const BY_SHELLS = bits(SIGNAL.SIGINT, SIGNAL.SIGQUIT, SIGNAL.SIGTERM)

/** What a child inherits of what its parent ignores, the first half. */
export function inheritedIgnored(parents: number): number {
  const isShell = (parents & bits(SIGNAL.SIGTSTP)) !== 0
  return parents & ~FOR_THEMSELVES & (isShell ? ~BY_SHELLS : -1)
}

const O_ACCMODE = 3
const O_NONBLOCK = 0o4000

function openFds(): Map<number, string> {
  const found: [number, string][] = []
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      found.push([Number(name), readlinkSync(`/proc/self/fd/${name}`)])
    } catch {
      // the descriptor that read the directory
    }
  }
  return new Map(found.sort(([a], [b]) => a - b))
}

function flagsOf(fd: number): number {
  return Number.parseInt(/^flags:\s*([0-7]+)/m.exec(readText(`/proc/self/fdinfo/${fd}`))?.[1] ?? '0', 8)
}

function inheritedFds(): number[] {
  const open = openFds()
  const first = [...open].find(([, link]) => link === 'anon_inode:[eventpoll]')?.[0] ?? Number.POSITIVE_INFINITY
  const ends = (link: string) => [...open.values()].filter((other) => other === link).length
  let lockPipe: string | undefined
  const nodes = (fd: number, link: string) => {
    if (fd < first) return false
    if (/^anon_inode:\[(eventpoll|eventfd|io_uring)\]$/.test(link)) return true
    if (link === '/dev/null') return (flagsOf(fd) & O_ACCMODE) === 0
    if (!link.startsWith('pipe:') || ends(link) < 2) return false
    if ((flagsOf(fd) & O_NONBLOCK) !== 0) return true
    // libuv has one blocking pipe to itself, made right after the first epoll.
    lockPipe ??= link
    return link === lockPipe
  }
  return [...open].filter(([fd, link]) => !nodes(fd, link)).map(([fd]) => fd)
}

export function callerState(environment: NodeJS.ProcessEnv = process.env): CallerState {
  const [ignored, blocked, files, fds] = (environment[CALLER_VARIABLE] ?? '').split(' ')
  const status = readText(`/proc/${process.ppid}/status`)
  const parents = mask(/^SigIgn:\s*([0-9a-f]+)/m.exec(status)?.[1]) ?? [0, 0]
  return {
    ignored: mask(ignored) ?? [inheritedIgnored(parents[0]), parents[1]],
    blocked: mask(blocked) ?? [0, 0],
    openFiles: files !== undefined && /^\d+$/.test(files) ? Number(files) : parentsOpenFiles(),
    fds: fds !== undefined && /^\d+(,\d+)*$/.test(fds) ? fds.split(',').map(Number) : inheritedFds(),
  }
}
