/**
 * What the guest sees under /proc where the host would show the runner or the host's processor. Most of a process's
 * entries are right by themselves: the kernel has been told where the guest's arguments, environment and auxiliary
 * vector are (prctl-mm.ts), and comm, fd, task, cwd, root are real. Left are:
 *
 *   exe             a link to the guest's program
 *   maps, smaps     the guest's mappings
 *   statm, status   sizes without the runner
 *   stat, status    the signals that the guest has blocked, ignored and caught
 *   mem             written past no translations (proc-mem.ts)
 *   numa_maps       without the runner's mappings
 *   fd, fdinfo      without our descriptors (proc-calls.ts)
 *   cmdline, auxv   only where the kernel refused to be told
 *   /proc/cpuinfo   the guest's processor
 *
 * A text is made when it is opened: a memfd with the content takes the file's place.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { HIDDEN_COUNT } from '../src/runtime/layout.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { AddressSpace } from './address-space.ts'
import { GUEST_LIMIT } from './layout.ts'
import type { LoadedProgram } from './loader.ts'
import { PAGE_SIZE } from './mman.ts'
import { putPath } from './open-program.ts'
import { guestMaps } from './proc-maps.ts'
import { type ProcSignals, statText, statusText } from './proc-status.ts'
import { readAt } from './program.ts'
import type { Sysroot } from './sysroot.ts'

/** What /proc shows of one guest process. */
export interface ProcView {
  readonly pid: number
  /** The same of another guest process. */
  other(pid: number): ProcView | undefined
  readonly space: AddressSpace
  readonly program: LoadedProgram
  readonly sysroot: Sysroot | null
  /** What the guest knows of its signals, for one of its threads. */
  readonly signals?: (tid: number) => ProcSignals
  /** The seccomp mode of a thread, and how many filters it has. */
  readonly seccomp?: (tid: number) => { readonly mode: number; readonly filters: number }
  /** Who traces a thread, pid; 0: nobody. */
  readonly tracer?: (tid: number) => number
  /** Lists of directories are the engine's from now on: they may be of descriptors. */
  readonly listsToEngine?: () => void
  /** It has opened the memory of a process for writing (proc-mem.ts). */
  readonly writesMemory?: () => void
  /** The first of our descriptors, of which there are HIDDEN_COUNT. */
  readonly hiddenFds?: number
  /** Text of /proc/cpuinfo for so many processors. */
  readonly cpuInfo: (processors: number) => string
}

const AT_FDCWD = -100
const O_ACCMODE = 3
const O_CLOEXEC = 0o2000000
const O_PATH = 0o10000000
const O_DIRECTORY_X64 = 0o200000
const O_NOFOLLOW_X64 = 0o400000
const MFD_CLOEXEC = 1
const CHUNK = 0x10000
const MAX_TEXT = 64 * 1024 * 1024

const GENERATED = ['maps', 'smaps', 'numa_maps', 'status', 'stat', 'statm', 'cmdline', 'auxv'] as const
type Entry = 'exe' | 'cpuinfo' | (typeof GENERATED)[number]

export interface Found {
  readonly entry: Entry
  readonly of: ProcView
  /** The process's, or thread's, folder below /proc, as the reader names it. */
  readonly folder: string
  /** The thread it is about; 0: the reader. */
  readonly tid: number
}

/** The parts of an absolute path, without `.` and `..`. */
function partsOf(path: Uint8Array): string[] {
  const parts: string[] = []
  for (const part of Buffer.from(path.buffer, path.byteOffset, path.length).toString('latin1').split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts
}

const LONGEST = 64

/** Which of our entries an absolute path names, as a process sees it, and of which process; undefined: none. */
export function procEntry(path: Uint8Array, view: ProcView): Found | undefined {
  if (path[0] !== 0x2f || path.length > LONGEST || path[1] === undefined) return undefined
  const parts = partsOf(path)
  if (parts.shift() !== 'proc') return undefined
  const who = parts.shift()
  if (who === 'cpuinfo' && parts.length === 0) return { entry: 'cpuinfo', of: view, folder: '', tid: 0 }
  const isOwn = who === 'self' || who === 'thread-self'
  if (who === undefined || !(isOwn || /^[1-9]\d*$/.test(who))) return undefined
  let folder = who
  let tid = who === 'thread-self' ? 0 : who === 'self' ? view.pid : Number(who)
  if (parts[0] === 'task' && parts.length === 3) {
    folder += `/task/${parts[1]}`
    tid = Number(parts[1])
    parts.splice(0, 2)
  }
  const [name] = parts
  if (parts.length !== 1 || name === undefined) return undefined
  if (name !== 'exe' && !(GENERATED as readonly string[]).includes(name)) return undefined
  const of = isOwn || Number(who) === view.pid ? view : view.other(Number(who))
  return of === undefined ? undefined : { entry: name as Entry, of, folder, tid }
}

/** A name of one of our descriptors: there is none. */
const NOWHERE = Buffer.from('/proc/self/fd/-1')

/** Does an absolute path name one of our descriptors? */
function isHiddenName(path: Uint8Array, view: ProcView): boolean {
  if (view.hiddenFds === undefined || path.length > LONGEST) return false
  const text = Buffer.from(path.buffer, path.byteOffset, path.length).toString('latin1')
  if (!/\/\d+\/?$/.test(text)) return false
  const match = /^(?:dev\/fd|proc\/(self|thread-self|\d+)(?:\/task\/\d+)?\/(?:fd|fdinfo))\/(\d+)$/.exec(partsOf(path).join('/'))
  if (match === null) return false
  const [, who] = match
  const fd = Number(match[2])
  const isGuest = who === undefined || !/^\d/.test(who) || Number(who) === view.pid || view.other(Number(who)) !== undefined
  return isGuest && fd >= view.hiddenFds && fd < view.hiddenFds + HIDDEN_COUNT
}

/** The file behind a name that is ours: a link (exe) when it is followed, or a descriptor of ours; else undefined. For every call with names. */
export function mapProcPath(view: ProcView, path: Uint8Array, follow: boolean): Uint8Array | undefined {
  if (isHiddenName(path, view)) return NOWHERE
  if (!follow) return undefined
  const found = procEntry(path, view)
  return found?.entry === 'exe' ? found.of.program.path : undefined
}

/** open of a path: a descriptor, -errno, or undefined when it is not ours. `flags`: the host's. */
export function openProc(thread: RunnerThread, view: ProcView, path: Uint8Array, flags: number): number | undefined {
  const found = procEntry(path, view)
  if (found === undefined) return undefined
  const { entry, of } = found
  if (entry === 'exe') {
    if (flags & O_NOFOLLOW_X64) return undefined
    const name = putPath(thread, of.program.path)
    return name === 0 ? -errno.ENAMETOOLONG : thread.syscall(nr.openat, AT_FDCWD, name, flags, 0)
  }
  if ((flags & O_ACCMODE) !== 0 || flags & (O_PATH | O_DIRECTORY_X64)) return undefined
  const text = content(thread, found, of === view)
  return text === undefined ? undefined : openText(thread, entry, text, flags)
}

/** readlink of a path: the target without NUL, or undefined when it is not ours. */
export function readlinkProc(view: ProcView, path: Uint8Array): Uint8Array | undefined {
  const found = procEntry(path, view)
  if (found?.entry !== 'exe') return undefined
  const { program } = found.of
  return view.sysroot ? view.sysroot.guestPath(program.path) : program.path
}

function content(thread: RunnerThread, { of: view, entry, folder, tid }: Found, isOwn: boolean): Uint8Array | undefined {
  const { program, space } = view
  const host = (name: string): string | undefined => readHostFile(thread, name === 'cpuinfo' ? '/proc/cpuinfo' : `/proc/${folder}/${name}`)
  const latin1 = (text: string | undefined): Uint8Array | undefined => (text === undefined ? undefined : Buffer.from(text, 'latin1'))
  const bytes = (): number => space.totalBytes(() => true)
  const reader = (): number => (tid === 0 ? thread.tid : tid)
  const signals = (): ProcSignals | null => view.signals?.(reader()) ?? null
  switch (entry) {
    case 'cmdline':
      return program.kernelKnows ? undefined : Buffer.concat(program.argv.flatMap((arg) => [arg, new Uint8Array(1)]))
    case 'auxv':
      return program.kernelKnows ? undefined : program.auxv
    case 'cpuinfo': {
      const text = host('cpuinfo')
      return text === undefined ? undefined : latin1(view.cpuInfo(text.match(/^processor\s*:/gm)?.length ?? 1))
    }
    case 'maps':
    case 'smaps': {
      if (isOwn) space.syncGrowth(thread, space.layout.mmapEnd, space.layout.limit)
      const text = host(entry)
      // Nothing of a process that has ended and was not waited for.
      return text === undefined || text === '' ? latin1(text) : latin1(guestMaps(text, space.vmas.all(), (name) => guestName(view, name)))
    }
    case 'numa_maps':
      return latin1(host(entry)?.replace(/^.*\n/gm, (line) => (Number.parseInt(line, 16) < GUEST_LIMIT ? line : '')))
    case 'statm':
      return latin1(host('statm')?.replace(/^[1-9]\d*/, String(bytes() / PAGE_SIZE)))
    case 'status': {
      const text = host('status')
      return text === undefined
        ? undefined
        : latin1(statusText(text, bytes(), signals(), view.seccomp?.(reader()) ?? { mode: 0, filters: 0 }, view.tracer?.(reader()) ?? 0))
    }
    case 'stat': {
      const text = host('stat')
      return text === undefined ? undefined : latin1(statText(text, bytes(), signals()))
    }
    default:
      return undefined
  }
}

function guestName(view: ProcView, hostName: string): string {
  return view.sysroot ? Buffer.from(view.sysroot.guestPath(Buffer.from(hostName, 'latin1'))).toString('latin1') : hostName
}

/** A whole file as the runner reads it, bytes as characters; undefined when it cannot be read. */
export function readHostFile(thread: RunnerThread, path: string): string | undefined {
  const name = putPath(thread, Buffer.from(path))
  const fd = thread.syscall(nr.openat, AT_FDCWD, name, O_CLOEXEC, 0)
  if (fd < 0) return undefined
  let text = ''
  while (text.length < MAX_TEXT) {
    const part = readAt(thread, fd, text.length, CHUNK)
    if (part.length === 0) break
    text += Buffer.from(part).toString('latin1')
  }
  thread.syscall(nr.close, fd)
  return text
}

/** A descriptor that reads `text` from its beginning, or -errno. */
function openText(thread: RunnerThread, name: string, text: Uint8Array, flags: number): number {
  const fd = thread.syscall(nr.memfd_create, putPath(thread, Buffer.from(name)), flags & O_CLOEXEC ? MFD_CLOEXEC : 0)
  for (let done = 0; fd >= 0 && done < text.length; ) {
    const { address, bytes } = thread.scratch(CHUNK)
    const part = text.subarray(done, done + CHUNK)
    bytes.set(part)
    const written = thread.syscall(nr.pwrite64, fd, address, part.length, done)
    if (written <= 0) {
      thread.syscall(nr.close, fd)
      return written < 0 ? written : -errno.EIO
    }
    done += written
  }
  return fd
}
