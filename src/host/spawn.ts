/**
 * Starts a runner by posix_spawn: the child has the caller's stdin, stdout, stderr, working directory, session, process group and limits, no
 * environment, and our descriptors under hidden numbers.
 */
import { accessSync, closeSync, constants, openSync, writeSync } from 'node:fs'
import { SYS } from '../runtime/host-kernel.ts'
import { bootArgument, runnerImage } from '../runtime/image.ts'
import { HIDDEN_COUNT, HIDDEN_FDS_BASE } from '../runtime/layout.ts'
import type { CallerState } from './caller.ts'
import { closeFd, executableMemory, HostError, must, scratch } from './memory.ts'
import { hostSyscall, libcFunction } from './native.ts'

const POSIX_SPAWN_SETSIGDEF = 4
const POSIX_SPAWN_SETSIGMASK = 8
const POSIX_SPAWN_SETSID = 0x80
/** Larger than any libc's posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t. */
const ATTR_SIZE = 512
const ACTIONS_SIZE = 256
const SIGSET_SIZE = 128
const POINTER = 8
const F_DUPFD_CLOEXEC = 1030
const RLIMIT_NOFILE = 7
const O_TMPFILE = 0o20200000
const EXEC_PATH = '/proc/self/fd/'
/** Descriptors that stay free for the guest below the hidden ones when the limit is tiny. */
const LOWEST_HIDDEN = 8

/** Descriptors of the engine, in the order of the HIDDEN_ numbers. */
export type HiddenFds = readonly number[]

/** The first hidden number: 1000, or below the limit of open files, or below a descriptor of the caller's that is in the way. */
export function hiddenFdsBase(openFiles: number | null, taken: readonly number[]): number {
  const limit = openFiles ?? currentOpenFiles()
  let base = Math.min(HIDDEN_FDS_BASE, limit - HIDDEN_COUNT)
  for (const fd of [...taken].sort((a, b) => b - a)) if (fd >= base && fd < base + HIDDEN_COUNT) base = fd - HIDDEN_COUNT
  if (base < LOWEST_HIDDEN) throw new HostError(`the limit of ${limit} open files is too low`)
  return base
}

/** The soft limit of the engine itself. */
export function currentOpenFiles(): number {
  const s = scratch()
  const at = s.take(16)
  must('prlimit64', hostSyscall(SYS.prlimit64, 0, RLIMIT_NOFILE, 0, s.address + at))
  return s.i64(at) < 0 ? HIDDEN_FDS_BASE * 2 : s.i64(at)
}

/** A descriptor of the runner's executable: in memory, or where the host does not execute memory, in a file that has no name. */
export function openRunnerImage(): number {
  const fd = executableMemory('demotic-runner')
  if (fd < 0) return openImageFile()
  writeImage(fd)
  return fd
}

function writeImage(fd: number): void {
  const image = runnerImage()
  if (writeSync(fd, image) !== image.length) throw new HostError('the runner could not be written')
}

/** The same as an unnamed file, in the first folder that can hold one and lets it be executed. */
export function openImageFile(): number {
  const home = process.env['HOME']
  const folders = [
    process.env['XDG_RUNTIME_DIR'],
    home === undefined ? undefined : `${home}/.cache`,
    home,
    process.env['TMPDIR'],
    '/tmp',
    '/var/tmp',
    '/dev/shm',
  ]
  for (const folder of folders) {
    if (folder === undefined) continue
    try {
      return executableFile(folder)
    } catch {
      // no such folder, no unnamed files there, read-only, full, or noexec
    }
  }
  throw new HostError('the host executes neither memory (vm.memfd_noexec) nor a file in any of the usual folders')
}

/** A file that is open for writing cannot be executed: it is opened again, read-only. */
function executableFile(folder: string): number {
  const writable = openSync(folder, constants.O_RDWR | O_TMPFILE, 0o700)
  try {
    writeImage(writable)
    accessSync(EXEC_PATH + writable, constants.X_OK)
    return openSync(EXEC_PATH + writable, constants.O_RDONLY)
  } finally {
    closeSync(writable)
  }
}

export interface SpawnRequest {
  readonly slot: number
  readonly image: number
  readonly hidden: HiddenFds
  readonly hiddenBase: number
  readonly caller: CallerState
  /** In a session of its own and with every signal blocked. */
  readonly isAlone?: boolean
}

const int = (name: string, parameters: string) => libcFunction(`int ${name}(${parameters})`)

/** The new process's pid; -errno when the host has no room for one. */
export function spawnRunner(request: SpawnRequest): number {
  const s = scratch()
  const { address } = s
  const attr = address + s.take(ATTR_SIZE)
  const actions = address + s.take(ACTIONS_SIZE)
  const defaults = s.take(SIGSET_SIZE)
  const blocked = s.take(SIGSET_SIZE)
  const pid = s.take(POINTER)
  const argv = s.take(3 * POINTER)
  const envp = s.take(POINTER)
  s.setU64(argv, s.string('demotic'))
  s.setU64(argv + POINTER, s.string(bootArgument(request.slot, request.hiddenBase)))
  const path = s.string(EXEC_PATH + request.image)
  const { isAlone = false } = request
  for (const half of [0, 1] as const) {
    s.i32[(defaults >> 2) + half] = ~request.caller.ignored[half]
    s.i32[(blocked >> 2) + half] = isAlone ? -1 : request.caller.blocked[half]
  }

  int('posix_spawnattr_init', 'uintptr attr')(attr)
  int('posix_spawnattr_setflags', 'uintptr attr, short flags')(
    attr,
    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (isAlone ? POSIX_SPAWN_SETSID : 0),
  )
  int('posix_spawnattr_setsigdefault', 'uintptr attr, uintptr set')(attr, address + defaults)
  int('posix_spawnattr_setsigmask', 'uintptr attr, uintptr set')(attr, address + blocked)
  int('posix_spawn_file_actions_init', 'uintptr actions')(actions)
  const moved: number[] = []
  // dup2 onto itself takes away close-on-exec.
  for (const fd of isAlone ? [] : request.caller.fds)
    int('posix_spawn_file_actions_adddup2', 'uintptr actions, int fd, int to')(actions, fd, fd)
  for (const [n, fd] of request.hidden.entries()) {
    int('posix_spawn_file_actions_adddup2', 'uintptr actions, int fd, int to')(
      actions,
      clearOf(fd, request.hiddenBase, moved),
      request.hiddenBase + n,
    )
  }
  const spawn = int('posix_spawn', 'uintptr pid, uintptr path, uintptr actions, uintptr attr, uintptr argv, uintptr envp')
  const error = spawn(address + pid, path, actions, attr, address + argv, address + envp)
  int('posix_spawn_file_actions_destroy', 'uintptr actions')(actions)
  int('posix_spawnattr_destroy', 'uintptr attr')(attr)
  moved.forEach(closeFd)
  return error === 0 ? s.i32[pid >> 2]! : -error
}

/** dup2 works in order: a source that lies among the targets would be overwritten, so it is moved. */
function clearOf(fd: number, base: number, moved: number[]): number {
  if (fd < base || fd >= base + HIDDEN_COUNT) return fd
  const other = must('fcntl', hostSyscall(SYS.fcntl, fd, F_DUPFD_CLOEXEC, base + HIDDEN_COUNT))
  moved.push(other)
  return other
}

/** Sets the soft limit of open files of a process; its descriptors above the limit stay open. */
export function setOpenFiles(pid: number, soft: number): void {
  const s = scratch()
  const at = s.take(16)
  if (hostSyscall(SYS.prlimit64, pid, RLIMIT_NOFILE, 0, s.address + at) < 0) return
  s.setU64(at, soft)
  hostSyscall(SYS.prlimit64, pid, RLIMIT_NOFILE, s.address + at, 0)
}
