/**
 * What the guest sees under /proc where the host would show the runner or the host's processor. Most of a process's
 * entries are right by themselves: the kernel has been told where the guest's arguments, environment and auxiliary
 * vector are (prctl-mm.ts), and comm, fd, task, cwd, root are real. Left are:
 *
 *   exe             a link to the guest's program
 *   maps, smaps     the guest's mappings
 *   statm, status   sizes without the runner
 *   cmdline, auxv   only where the kernel refused to be told
 *   /proc/cpuinfo   the guest's processor
 *
 * A text is made when it is opened: a memfd with the content takes the file's place.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { AddressSpace } from './address-space.ts'
import { GUEST_LIMIT, MMAP_END } from './layout.ts'
import type { LoadedProgram } from './loader.ts'
import { PAGE_SIZE } from './mman.ts'
import { guestMaps } from './proc-maps.ts'
import { putPath, readAt } from './program.ts'
import type { Sysroot } from './sysroot.ts'

/** What /proc shows of one guest process. */
export interface ProcView {
  readonly pid: number
  /** The same of another guest process. */
  other(pid: number): ProcView | undefined
  readonly space: AddressSpace
  readonly program: LoadedProgram
  readonly sysroot: Sysroot | null
  /** Text of /proc/cpuinfo for so many processors. */
  readonly cpuInfo: (processors: number) => string
}

const AT_FDCWD = -100
const O_ACCMODE = 3
const O_CLOEXEC = 0o2000000
const O_PATH = 0o10000000
const O_DIRECTORY_X64 = 0o200000
const MFD_CLOEXEC = 1
const CHUNK = 0x10000
const MAX_TEXT = 64 * 1024 * 1024

const GENERATED = ['maps', 'smaps', 'status', 'statm', 'cmdline', 'auxv'] as const
type Entry = 'exe' | 'cpuinfo' | (typeof GENERATED)[number]

/** Which of our entries an absolute path names, as a process sees it, and of which process; undefined: none. */
export function procEntry(path: Uint8Array, view: ProcView): { readonly entry: Entry; readonly of: ProcView } | undefined {
  if (path[0] !== 0x2f || path.length > 64 || path[1] === undefined) return undefined
  const parts: string[] = []
  for (const part of Buffer.from(path.buffer, path.byteOffset, path.length).toString('latin1').split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  if (parts.shift() !== 'proc') return undefined
  const who = parts.shift()
  if (who === 'cpuinfo' && parts.length === 0) return { entry: 'cpuinfo', of: view }
  const isOwn = who === 'self' || who === 'thread-self'
  if (who === undefined || !(isOwn || /^[1-9]\d*$/.test(who))) return undefined
  if (parts[0] === 'task' && parts.length === 3) parts.splice(0, 2)
  const [name] = parts
  if (parts.length !== 1 || name === undefined) return undefined
  if (name !== 'exe' && !(GENERATED as readonly string[]).includes(name)) return undefined
  const of = isOwn || Number(who) === view.pid ? view : view.other(Number(who))
  return of === undefined ? undefined : { entry: name as Entry, of }
}

/** The file behind a name that is ours and is a link (exe); else undefined. For every call that follows links. */
export function mapProcPath(view: ProcView, path: Uint8Array): Uint8Array | undefined {
  const found = procEntry(path, view)
  return found?.entry === 'exe' ? found.of.program.path : undefined
}

/** open of a path: a descriptor, -errno, or undefined when it is not ours. `flags`: the host's. */
export function openProc(thread: RunnerThread, view: ProcView, path: Uint8Array, flags: number): number | undefined {
  const found = procEntry(path, view)
  if (found === undefined) return undefined
  const { entry, of } = found
  if (entry === 'exe') {
    const name = putPath(thread, of.program.path)
    return name === 0 ? -errno.ENAMETOOLONG : thread.syscall(nr.openat, AT_FDCWD, name, flags, 0)
  }
  if ((flags & O_ACCMODE) !== 0 || flags & (O_PATH | O_DIRECTORY_X64)) return undefined
  const text = content(thread, of, of === view ? 'self' : String(of.pid), entry)
  return text === undefined ? undefined : openText(thread, entry, text, flags)
}

/** readlink of a path: the target without NUL, or undefined when it is not ours. */
export function readlinkProc(view: ProcView, path: Uint8Array): Uint8Array | undefined {
  const found = procEntry(path, view)
  if (found?.entry !== 'exe') return undefined
  const { program } = found.of
  return view.sysroot ? view.sysroot.guestPath(program.path) : program.path
}

/** `who`: the process's folder below /proc as the runner `thread` sees it. */
function content(thread: RunnerThread, view: ProcView, who: string, entry: Entry): Uint8Array | undefined {
  const { program, space } = view
  const host = (name: string): string | undefined => readHostFile(thread, `/proc/${name}`)
  const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')
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
      if (who === 'self') space.syncGrowth(thread, MMAP_END, GUEST_LIMIT)
      const text = host(`${who}/${entry}`)
      return text === undefined ? undefined : latin1(guestMaps(text, space.vmas.all(), (name) => guestName(view, name)))
    }
    case 'statm': {
      const text = host(`${who}/statm`)
      return text === undefined ? undefined : latin1(text.replace(/^\d+/, String(space.totalBytes(() => true) / PAGE_SIZE)))
    }
    case 'status': {
      const text = host(`${who}/status`)
      const size = `${space.totalBytes(() => true) / 1024} kB`
      return text === undefined
        ? undefined
        : latin1(text.replace(/^(VmPeak|VmSize):\t *\d+ kB$/gm, (_, name) => `${name}:\t${size.padStart(11)}`))
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
