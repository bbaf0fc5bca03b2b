/**
 * Opening files that are to be executed, by the runner: with the guest's rights, working directory and root.
 *
 * All that is asked of a program, and of the interpreter that it had the last time, goes in one batch, together with the process's standing: ids and
 * limits. A batch ends with the first order that fails; then the orders are given one by one (`openAlone`), which says exactly what is wrong.
 *
 * The descriptor that a file will get is not known beforehand, but its link in /proc has to be named: the number is guessed from the last time, and a
 * wrong guess costs one order more.
 */
import { STAT_SIZE } from '../src/host/peek.ts'
import type { RunnerThread } from '../src/host/runner-api.ts'
import { S_IFMT } from '../src/runtime/host-kernel.ts'
import { errno, errnoClause } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { type FileStatus, parseFileStatus, readFileStatus } from './file-identity.ts'
import type { LoadProblem } from './problem.ts'
import { RLIMIT_CORE, RLIMIT_SIZE, RLIMIT_STACK, softLimit } from './rlimit.ts'
import { SCRIPT_HEAD } from './script.ts'

/** A file that may be executed. */
export interface Opened {
  /** Open in the runner, close-on-exec. */
  readonly fd: number
  readonly status: FileStatus
  /** Absolute path on the host of what was opened, links followed. */
  readonly path: Uint8Array
  /** Its first bytes; null: they have not been read. */
  readonly head: Uint8Array | null
}

/** Who executes, and within which limits. */
export interface Standing {
  readonly uid: number
  readonly euid: number
  readonly gid: number
  readonly egid: number
  /** Soft RLIMIT_STACK and RLIMIT_CORE in bytes, Infinity for none. */
  readonly stackLimit: number
  readonly coreLimit: number
}

type Batch = RunnerThread['batch']
type Outcome = ReturnType<Batch['run']>
type Space = ReturnType<Batch['space']>

const AT_FDCWD = -100
const O_CLOEXEC = 0o2000000
/** A pipe without a writer is opened, and refused, at once. */
const O_NONBLOCK = 0o4000
const O_NOCTTY = 0o400
const OPEN_FLAGS = O_CLOEXEC | O_NONBLOCK | O_NOCTTY
const X_OK = 1
const AT_EMPTY_PATH = 0x1000
/** execveat's own check, since Linux 6.14: says whether the file could be executed. */
const AT_EXECVE_CHECK = 0x10000
const AT_EACCESS = 0x200
const S_IFREG = 0o100000
const S_IFDIR = 0o040000
const PATH_MAX = 4096
/** Orders for two files and the standing. */
const MOST_ORDERS = 26

/** False: the kernel does not know AT_EXECVE_CHECK. */
let knowsCheck = true
/** Descriptors of the last program and of its interpreter. */
const guesses = [3, 4]

// All at once

/** The orders for one file, by their numbers. */
interface FileOrders {
  readonly host: Uint8Array
  readonly guess: number
  readonly open: number
  /** -1: not asked. */
  readonly check: number
  readonly stat: number
  readonly statBytes: Uint8Array
  readonly read: number
  readonly head: Uint8Array
  readonly link: number
  readonly linkBytes: Uint8Array
}

interface StandingOrders {
  readonly first: number
  readonly stack: Uint8Array
  readonly core: Uint8Array
}

/**
 * Opens a program by its path on the host, with the standing; and `expected`, its interpreter's path on the host, if that can be done at once.
 */
export function openProgram(
  thread: RunnerThread,
  host: Uint8Array,
  expected: Uint8Array | null,
): { readonly program: Opened | LoadProblem; readonly interpreter: Opened | null; readonly standing: Standing } {
  const { batch } = thread
  batch.together(MOST_ORDERS)
  const standing = askStanding(batch)
  const first = host.length < PATH_MAX ? askFile(batch, host, guesses[0]!) : null
  const second = first !== null && expected !== null && expected.length < PATH_MAX ? askFile(batch, expected, guesses[1]!) : null
  const outcome = batch.run()
  const who = heardStanding(standing, outcome)
  if (first === null) return { program: { errno: errno.ENAMETOOLONG, reason: 'has too long a name' }, interpreter: null, standing: who }
  // What stands in the batch's space is looked at before anything else is ordered.
  const main = heardFile(first, outcome)
  const other = second === null ? null : heardFile(second, outcome)
  const program = main === null ? openAlone(thread, host) : finishFile(thread, main, 0)
  const interpreter = other === null ? null : finishFile(thread, other, 1)
  return { program, interpreter: interpreter !== null && 'fd' in interpreter ? interpreter : null, standing: who }
}

/** The same of a program that is open already; `path`: how it was found. */
export function describeProgram(
  thread: RunnerThread,
  fd: number,
  path: Uint8Array,
): { readonly program: Opened | LoadProblem; readonly standing: Standing } {
  const { batch } = thread
  const orders = askStanding(batch)
  const standing = heardStanding(orders, batch.run())
  const status = readFileStatus(thread, fd)
  if (typeof status === 'number') return { program: openProblem(-status), standing }
  return { program: { fd, status, path: openedPath(thread, fd) ?? path, head: null }, standing }
}

function askStanding(batch: Batch): StandingOrders {
  const stack = batch.space(RLIMIT_SIZE)
  const core = batch.space(RLIMIT_SIZE)
  const first = batch.syscall(nr.getuid)
  for (const call of [nr.geteuid, nr.getgid, nr.getegid]) batch.syscall(call)
  batch.syscall(nr.prlimit64, 0, RLIMIT_STACK, 0, stack.address)
  batch.syscall(nr.prlimit64, 0, RLIMIT_CORE, 0, core.address)
  return { first, stack: stack.bytes, core: core.bytes }
}

function heardStanding({ first, stack, core }: StandingOrders, { results }: Outcome): Standing {
  const [uid, euid, gid, egid] = results.slice(first, first + 4)
  return { uid: uid!, euid: euid!, gid: gid!, egid: egid!, stackLimit: softLimit(stack), coreLimit: softLimit(core) }
}

function askFile(batch: Batch, host: Uint8Array, guess: number): FileOrders {
  const name = batch.data(cString(host))
  const statSpace = batch.space(STAT_SIZE)
  const headSpace = batch.space(SCRIPT_HEAD)
  const linkSpace = batch.space(PATH_MAX)
  batch.syscall(nr.faccessat2, AT_FDCWD, name, X_OK, AT_EACCESS)
  const open = batch.syscall(nr.openat, AT_FDCWD, name, OPEN_FLAGS, 0)
  const withFile = (number: number, { address }: Pick<Space, 'address'>, ...rest: readonly number[]): number => {
    batch.pass(open, 0)
    return batch.syscall(number, 0, address, ...rest)
  }
  const stat = withFile(nr.fstat, statSpace)
  const check = knowsCheck ? withFile(nr.execveat, { address: batch.data(new Uint8Array(1)) }, 0, 0, AT_EMPTY_PATH | AT_EXECVE_CHECK) : -1
  const read = withFile(nr.pread64, headSpace, SCRIPT_HEAD, 0)
  const link = batch.syscall(nr.readlink, batch.data(linkOf(guess)), linkSpace.address, PATH_MAX)
  return {
    host,
    guess,
    open,
    check,
    stat,
    statBytes: statSpace.bytes,
    read,
    head: headSpace.bytes,
    link,
    linkBytes: linkSpace.bytes,
  }
}

/** A file that is open, and what may still have to be asked. */
interface Heard {
  readonly fd: number
  readonly host: Uint8Array
  readonly status: FileStatus
  /** 0 or -errno. */
  readonly allowed: number
  readonly head: Uint8Array | null
  readonly path: Uint8Array | null
}

/** What of a file the batch has told; null when that is too little. A problem: it cannot be opened. */
function heardFile(orders: FileOrders, { results, result }: Outcome): Heard | LoadProblem | null {
  const { open, stat, check, read, link, guess } = orders
  // The one that failed, if one did, has the number of those that did not.
  const hasFailed = (order: number): boolean => order === results.length
  if (hasFailed(open)) return openProblem(-result)
  const fd = results[open]
  if (fd === undefined || stat >= results.length) return null
  let allowed = 0
  if (check >= 0 && hasFailed(check)) {
    if (result === -errno.EINVAL) knowsCheck = false
    if (result === -errno.ETXTBSY) allowed = result
  }
  const readLength = results[read]
  const linkLength = fd === guess ? results[link] : undefined
  return {
    fd,
    host: orders.host,
    status: parseFileStatus(orders.statBytes),
    allowed,
    head: readLength === undefined ? null : orders.head.slice(0, readLength),
    path: linkLength === undefined ? null : orders.linkBytes.slice(0, linkLength),
  }
}

function finishFile(thread: RunnerThread, heard: Heard | LoadProblem, n: number): Opened | LoadProblem {
  if (!('fd' in heard)) return heard
  const { fd, status, allowed, head } = heard
  guesses[n] = fd
  const refused = fileProblem(status.mode, allowed)
  if (refused) {
    thread.syscall(nr.close, fd)
    return refused
  }
  return { fd, status, head, path: heard.path ?? openedPath(thread, fd) ?? heard.host }
}

// One by one

/** Opens what may be executed: a regular file with the x bit. */
export function openAlone(thread: RunnerThread, host: Uint8Array): Opened | LoadProblem {
  const name = putPath(thread, host)
  if (name === 0) return { errno: errno.ENAMETOOLONG, reason: 'has too long a name' }
  let allowed = thread.syscall(nr.faccessat2, AT_FDCWD, name, X_OK, AT_EACCESS)
  if (allowed === -errno.ENOSYS || allowed === -errno.EPERM) allowed = thread.syscall(nr.access, name, X_OK)
  const fd = thread.syscall(nr.openat, AT_FDCWD, name, OPEN_FLAGS, 0)
  if (fd < 0) return openProblem(-fd)
  const status = readFileStatus(thread, fd)
  // It may be open for writing.
  if (allowed === 0 && thread.syscall(nr.execveat, fd, emptyString(thread), 0, 0, AT_EMPTY_PATH | AT_EXECVE_CHECK) === -errno.ETXTBSY) {
    allowed = -errno.ETXTBSY
  }
  const refused = typeof status === 'number' ? openProblem(-status) : fileProblem(status.mode, allowed)
  if (refused || typeof status === 'number') {
    thread.syscall(nr.close, fd)
    return refused!
  }
  return { fd, status, path: openedPath(thread, fd) ?? host, head: null }
}

function emptyString(thread: RunnerThread): number {
  const { address, bytes } = thread.scratch(1)
  bytes[0] = 0
  return address
}

/** The absolute path of an open file as the kernel names it; null without /proc. */
function openedPath(thread: RunnerThread, fd: number): Uint8Array | null {
  const link = linkOf(fd)
  const { address, bytes } = thread.scratch(link.length + PATH_MAX)
  bytes.set(link)
  const length = thread.syscall(nr.readlink, address, address + link.length, PATH_MAX)
  return length > 0 ? bytes.slice(link.length, link.length + length) : null
}

function linkOf(fd: number): Uint8Array {
  return Buffer.from(`/proc/self/fd/${fd}\0`)
}

function cString(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(text.length + 1)
  bytes.set(text)
  return bytes
}

/** A path in the runner's scratch memory; 0 when it is too long. */
export function putPath(thread: RunnerThread, path: Uint8Array): number {
  if (path.length >= PATH_MAX) return 0
  const { address, bytes } = thread.scratch(PATH_MAX)
  bytes.set(path)
  bytes[path.length] = 0
  return address
}

// Problems

function fileProblem(mode: number, allowed: number): LoadProblem | null {
  if ((mode & S_IFMT) === S_IFDIR) return { errno: errno.EACCES, reason: 'is a directory' }
  if ((mode & S_IFMT) !== S_IFREG) return { errno: errno.EACCES, reason: 'is not a regular file' }
  if (allowed < 0) return { errno: -allowed, reason: allowed === -errno.EACCES ? 'is not executable' : errnoClause(-allowed) }
  return null
}

function openProblem(code: number): LoadProblem {
  if (code === errno.ENOENT) return { errno: code, reason: 'is not found' }
  if (code === errno.EACCES) return { errno: code, reason: 'cannot be read: permission denied' }
  return { errno: code, reason: `cannot be opened: ${errnoClause(code)}` }
}
