/**
 * Finding out what a path is: a guest program with its interpreter, a host program, or neither. Runs before
 * anything is mapped, so an execve that must fail fails while the old program is still there. Opening and reading
 * is done by the runner: with the guest's rights, working directory and root.
 */
import { describeMachine, type Elf, isElfProblem, readElf } from '../src/elf/elf.ts'
import { EM_X86_64 } from '../src/elf/machines.ts'
import type { RunnerThread } from '../src/host/runner-api.ts'
import { errno, errnoMessage } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { type FileStatus, readFileStatus } from './file-identity.ts'
import { isProblem, type LoadProblem } from './problem.ts'
import { isScript, readScriptLine, SCRIPT_HEAD } from './script.ts'
import type { FileIdentity } from './vma-list.ts'

/** What a guest architecture says about the programs it can run. */
export interface ProgramTarget {
  /** e_machine */
  readonly machine: number
  readonly elfClass: 32 | 64
  readonly littleEndian: boolean
}

export interface OpenElf {
  /** Open in the runner, close-on-exec. */
  readonly fd: number
  readonly elf: Elf
  readonly size: number
  readonly identity: FileIdentity
  readonly status: FileStatus
  /** Absolute path on the host of what was opened, links followed. */
  readonly path: Uint8Array
}

/** A program that can be loaded. Its descriptors are the receiver's to close. */
export interface GuestProgram {
  readonly kind: 'guest'
  /** The file to load: behind all `#!`. */
  readonly main: OpenElf
  readonly interpreter: OpenElf | null
  /** The path that was asked for, as the guest said it (AT_EXECFN). */
  readonly execfn: Uint8Array
  /** The name of the process. */
  readonly comm: Uint8Array
  readonly argv: readonly Uint8Array[]
}

/** An x86-64 program, or one that only the kernel can execute as it should be (credentials.ts): the host's execve runs it. `path` and `argv` are behind all `#!`. */
export interface HostProgram {
  readonly kind: 'host'
  readonly path: Uint8Array
  readonly argv: readonly Uint8Array[]
}

/** Where the host has what the guest calls `path`, links followed: a sysroot, /proc/self/exe. */
export interface PathMap {
  mapPath(path: Uint8Array): Uint8Array
}

const AT_FDCWD = -100
const O_CLOEXEC = 0o2000000
/** A pipe without a writer is opened, and refused, at once. */
const O_NONBLOCK = 0o4000
const O_NOCTTY = 0o400
const X_OK = 1
const SLASH = 0x2f
const AT_EMPTY_PATH = 0x1000
/** execveat's own check, since Linux 6.14: says whether the file could be executed. */
const AT_EXECVE_CHECK = 0x10000
const AT_EACCESS = 0x200
const S_IFMT = 0o170000
const S_IFREG = 0o100000
const S_IFDIR = 0o040000
/** The kernel rewrites the program for `#!` at most this often. */
const MAX_SCRIPTS = 5
/** Bytes read by one order. */
const READ_CHUNK = 0x10000

/** What execve or execveat was asked for. */
export interface Asked {
  readonly path: Uint8Array
  /** As the new program is to see the path; absent: as it is. */
  readonly shown?: Uint8Array
  /** A descriptor was named and no path. */
  readonly isDescriptor?: boolean
  /** The path that is shown leads nowhere in the new program, so that no interpreter of a script could read it. */
  readonly isClosed?: boolean
}

export function findProgram(
  thread: RunnerThread,
  target: ProgramTarget,
  paths: PathMap | null,
  asked: Asked,
  argv: readonly Uint8Array[],
): GuestProgram | HostProgram | LoadProblem {
  const execfn = asked.shown ?? asked.path
  let file = asked.path
  let args = argv.length > 0 ? argv : [new Uint8Array(0)]
  for (let scripts = 0; ; scripts++) {
    if (scripts > MAX_SCRIPTS) return { errno: errno.ELOOP, reason: 'is a script whose interpreters are scripts, too many of them' }
    const opened = openProgram(thread, paths, file)
    if (isProblem(opened)) return scripts === 0 ? opened : inScript(opened, file)
    const { fd, size, host, identity, status } = opened
    const head = elves.has(identity.key) ? null : readAt(thread, fd, 0, SCRIPT_HEAD)
    if (head !== null && isScript(head)) {
      const line = readScriptLine(head)
      close(thread, fd)
      if (!line) return { errno: errno.ENOEXEC, reason: 'is a script without an interpreter in its first line' }
      if (asked.isClosed) return { errno: errno.ENOENT, reason: 'is a script in a descriptor that its interpreter does not get' }
      args = [line.interpreter, ...(line.argument ? [line.argument] : []), scripts === 0 ? execfn : file, ...args.slice(1)]
      file = line.interpreter
      continue
    }
    const found = openGuest(thread, target, paths, { fd, size, path: host, identity, status })
    if (isProblem(found)) return scripts === 0 ? found : inScript(found, file)
    if ('host' in found) return { kind: 'host', path: host, argv: args }
    return { kind: 'guest', ...found, execfn, argv: args, comm: lastPart(asked.isDescriptor ? withoutDeleted(host) : execfn) }
  }
}

/** The same for a program that is open already, under a descriptor that is closed when it cannot be run. `path`: how it was found. */
export function openedProgram(
  thread: RunnerThread,
  target: ProgramTarget,
  paths: PathMap | null,
  fd: number,
  { path, execfn, argv }: { path: Uint8Array; execfn: Uint8Array; argv: readonly Uint8Array[] },
): GuestProgram | LoadProblem {
  const status = readFileStatus(thread, fd)
  if (typeof status === 'number') return openProblem(-status)
  const host = openedPath(thread, fd) ?? path
  const found = openGuest(thread, target, paths, { fd, size: status.size, path: host, identity: status.identity, status })
  if (isProblem(found)) return found
  if ('host' in found) return { errno: errno.ENOEXEC, reason: 'is an x86-64 program' }
  return { kind: 'guest', ...found, execfn, argv, comm: lastPart(execfn) }
}

function lastPart(path: Uint8Array): Uint8Array {
  return path.subarray(path.lastIndexOf(SLASH) + 1)
}

/** What /proc says behind the path of a file that has no name any more. */
const DELETED = ' (deleted)'

function withoutDeleted(path: Uint8Array): Uint8Array {
  const name = Buffer.from(path).toString('latin1')
  return name.endsWith(DELETED) ? path.subarray(0, path.length - DELETED.length) : path
}

export function closeProgram(thread: RunnerThread, program: GuestProgram): void {
  close(thread, program.main.fd)
  if (program.interpreter) close(thread, program.interpreter.fd)
}

/** Headers of files that were read before, by the file's identity. */
const elves = new Map<string, Elf>()
const MOST_ELVES = 256

function elfOf(thread: RunnerThread, { fd, size, identity }: Pick<OpenElf, 'fd' | 'size' | 'identity'>): ReturnType<typeof readElf> {
  const known = elves.get(identity.key)
  if (known !== undefined) return known
  const elf = readElf((offset, length) => readAt(thread, fd, offset, length), size)
  if (!isElfProblem(elf)) {
    if (elves.size >= MOST_ELVES) elves.clear()
    elves.set(identity.key, elf)
  }
  return elf
}

/** Reads the headers of an open file, and opens its interpreter. Closes `file` when it is not taken. */
function openGuest(
  thread: RunnerThread,
  target: ProgramTarget,
  paths: PathMap | null,
  file: Omit<OpenElf, 'elf'>,
): { main: OpenElf; interpreter: OpenElf | null } | { host: true } | LoadProblem {
  const elf = elfOf(thread, file)
  const refused = isElfProblem(elf) ? { errno: errno.ENOEXEC, reason: elf.reason } : null
  if (refused || isElfProblem(elf)) {
    close(thread, file.fd)
    return refused!
  }
  if (!isFor(target, elf)) {
    close(thread, file.fd)
    if (elf.machine === EM_X86_64 && elf.elfClass === 64) return { host: true }
    return { errno: errno.ENOEXEC, reason: `is a ${describeMachine(elf)} program, which is not supported` }
  }
  const main = { ...file, elf }
  if (!elf.interpreter) return { main, interpreter: null }
  const interpreter = openInterpreter(thread, target, paths, elf.interpreter)
  if (isProblem(interpreter)) {
    close(thread, file.fd)
    return interpreter
  }
  return { main, interpreter }
}

function openInterpreter(thread: RunnerThread, target: ProgramTarget, paths: PathMap | null, path: Uint8Array): OpenElf | LoadProblem {
  const what = `needs the program interpreter ${text(path)}, which`
  const opened = openProgram(thread, paths, path)
  if (isProblem(opened)) {
    const advice = opened.errno === errno.ENOENT ? '; name the folder that has it with -L' : ''
    return { errno: opened.errno, reason: `${what} ${opened.reason}${advice}` }
  }
  const { fd, size, host, identity, status } = opened
  const elf = elfOf(thread, { fd, size, identity })
  if (!isElfProblem(elf) && isFor(target, elf)) return { fd, size, path: host, identity, status, elf }
  close(thread, fd)
  if (isElfProblem(elf)) return { errno: errno.ELIBBAD, reason: `${what} ${elf.reason}` }
  return { errno: errno.ELIBBAD, reason: `${what} is a ${describeMachine(elf)} program` }
}

/** Opens what may be executed: a regular file with the x bit. */
function openProgram(
  thread: RunnerThread,
  paths: PathMap | null,
  path: Uint8Array,
): { fd: number; size: number; host: Uint8Array; identity: FileIdentity; status: FileStatus } | LoadProblem {
  if (path.length === 0) return { errno: errno.ENOENT, reason: 'is not found' }
  const host = (paths ? paths.mapPath(path) : path).slice()
  const name = putPath(thread, host)
  if (name === 0) return { errno: errno.ENAMETOOLONG, reason: 'has too long a name' }
  let allowed = thread.syscall(nr.faccessat2, AT_FDCWD, name, X_OK, AT_EACCESS)
  if (allowed === -errno.ENOSYS || allowed === -errno.EPERM) allowed = thread.syscall(nr.access, name, X_OK)
  const fd = thread.syscall(nr.openat, AT_FDCWD, name, O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0)
  if (fd < 0) return openProblem(-fd)
  const status = readFileStatus(thread, fd)
  // It may be open for writing.
  if (allowed === 0 && thread.syscall(nr.execveat, fd, emptyString(thread), 0, 0, AT_EMPTY_PATH | AT_EXECVE_CHECK) === -errno.ETXTBSY) {
    allowed = -errno.ETXTBSY
  }
  const refused = typeof status === 'number' ? openProblem(-status) : fileProblem(status.mode, allowed)
  if (refused || typeof status === 'number') {
    close(thread, fd)
    return refused!
  }
  return { fd, size: status.size, identity: status.identity, status, host: openedPath(thread, fd) ?? host }
}

function emptyString(thread: RunnerThread): number {
  const { address, bytes } = thread.scratch(1)
  bytes[0] = 0
  return address
}

/** The absolute path of an open file as the kernel names it; null without /proc. */
function openedPath(thread: RunnerThread, fd: number): Uint8Array | null {
  const link = Buffer.from(`/proc/self/fd/${fd}\0`)
  const { address, bytes } = thread.scratch(link.length + PATH_MAX)
  bytes.set(link)
  const length = thread.syscall(nr.readlink, address, address + link.length, PATH_MAX)
  return length > 0 ? bytes.slice(link.length, link.length + length) : null
}

function fileProblem(mode: number, allowed: number): LoadProblem | null {
  if ((mode & S_IFMT) === S_IFDIR) return { errno: errno.EACCES, reason: 'is a directory' }
  if ((mode & S_IFMT) !== S_IFREG) return { errno: errno.EACCES, reason: 'is not a regular file' }
  if (allowed < 0) return { errno: -allowed, reason: allowed === -errno.EACCES ? 'is not executable' : sentence(-allowed) }
  return null
}

function openProblem(code: number): LoadProblem {
  if (code === errno.ENOENT) return { errno: code, reason: 'is not found' }
  if (code === errno.EACCES) return { errno: code, reason: 'cannot be read: permission denied' }
  return { errno: code, reason: `cannot be opened: ${sentence(code)}` }
}

/** A problem of an interpreter that a `#!` line names. */
function inScript(problem: LoadProblem, interpreter: Uint8Array): LoadProblem {
  return { errno: problem.errno, reason: `needs the interpreter ${text(interpreter)}, which ${problem.reason}` }
}

function isFor(target: ProgramTarget, elf: Elf): boolean {
  return elf.machine === target.machine && elf.elfClass === target.elfClass && elf.littleEndian === target.littleEndian
}

/** Up to `length` bytes of an open file, valid until the next order unless they span several chunks. */
export function readAt(thread: RunnerThread, fd: number, offset: number, length: number): Uint8Array {
  if (length <= READ_CHUNK) return readChunk(thread, fd, offset, length)
  const all = new Uint8Array(length)
  let done = 0
  while (done < length) {
    const part = readChunk(thread, fd, offset + done, Math.min(length - done, READ_CHUNK))
    if (part.length === 0) break
    all.set(part, done)
    done += part.length
  }
  return all.subarray(0, done)
}

function readChunk(thread: RunnerThread, fd: number, offset: number, length: number): Uint8Array {
  const { address, bytes } = thread.scratch(length)
  const result = thread.syscall(nr.pread64, fd, address, length, offset)
  return bytes.subarray(0, Math.max(result, 0))
}

const PATH_MAX = 4096

/** A path in the runner's scratch memory; 0 when it is too long. */
export function putPath(thread: RunnerThread, path: Uint8Array): number {
  if (path.length >= PATH_MAX) return 0
  const { address, bytes } = thread.scratch(PATH_MAX)
  bytes.set(path)
  bytes[path.length] = 0
  return address
}

function close(thread: RunnerThread, fd: number): void {
  thread.syscall(nr.close, fd)
}

function sentence(code: number): string {
  const message = errnoMessage(code)
  return message.charAt(0).toLowerCase() + message.slice(1)
}

function text(path: Uint8Array): string {
  return Buffer.from(path).toString('utf8')
}
