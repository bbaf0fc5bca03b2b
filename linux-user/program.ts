/**
 * Finding out what a path is: a guest program with its interpreter, a host program, or neither. Runs before
 * anything is mapped, so an execve that must fail fails while the old program is still there. Opening and reading
 * is done by the runner: with the guest's rights, working directory and root.
 */
import { describeMachine, type Elf, isElfProblem, readElf } from '../src/elf/elf.ts'
import { EM_X86_64 } from '../src/elf/machines.ts'
import type { RunnerThread } from '../src/host/runner-api.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { FileStatus } from './file-identity.ts'
import { guestOf } from './find-guest.ts'
import type { GuestName } from './guests.ts'
import { describeProgram, type Opened, openAlone, openProgram, type Standing } from './open-program.ts'
import { isProblem, type LoadProblem } from './problem.ts'
import { isScript, readScriptLine, SCRIPT_HEAD } from './script.ts'
import type { FileIdentity } from './vma-list.ts'

export type { Standing }

/** What a guest architecture says about the programs it can run. */
export interface ProgramTarget {
  /** e_machine */
  readonly machine: number
  readonly elfClass: 32 | 64
  readonly littleEndian: boolean
}

export interface OpenFile {
  /** Open in the runner, close-on-exec. */
  readonly fd: number
  readonly size: number
  readonly identity: FileIdentity
  readonly status: FileStatus
  /** Absolute path on the host of what was opened, links followed. */
  readonly path: Uint8Array
}

export interface OpenElf extends OpenFile {
  readonly elf: Elf
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
  readonly standing: Standing
}

/** An x86-64 program, or one that only the kernel can execute as it should be (credentials.ts): the host's execve runs it. `path` and `argv` are behind all `#!`. */
export interface HostProgram {
  readonly kind: 'host'
  readonly path: Uint8Array
  readonly argv: readonly Uint8Array[]
}

/** A program of another guest, which another engine runs (exec-other.ts). Its descriptor is the receiver's to close. */
export interface OtherProgram {
  readonly kind: 'other'
  readonly guest: GuestName
  readonly main: OpenFile
  readonly execfn: Uint8Array
  readonly argv: readonly Uint8Array[]
  readonly standing: Standing
}

/** Where the host has what the guest calls `path`, links followed: a sysroot, /proc/self/exe. */
export interface PathMap {
  mapPath(path: Uint8Array): Uint8Array
}

const SLASH = 0x2f
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
): GuestProgram | HostProgram | OtherProgram | LoadProblem {
  const execfn = asked.shown ?? asked.path
  let file = asked.path
  let args = argv.length > 0 ? argv : [new Uint8Array(0)]
  for (let scripts = 0; ; scripts++) {
    if (scripts > MAX_SCRIPTS) return { errno: errno.ELOOP, reason: 'is a script whose interpreters are scripts, too many of them' }
    if (file.length === 0) {
      const nothing = { errno: errno.ENOENT, reason: 'is not found' }
      return scripts === 0 ? nothing : inScript(nothing, file)
    }
    const path = hostPath(paths, file)
    const expected = interpreters.get(latin1(path)) ?? null
    const opened = openProgram(thread, path, expected === null ? null : hostPath(paths, expected))
    const { program, standing } = opened
    if (isProblem(program)) return scripts === 0 ? program : inScript(program, file)
    const { fd, status } = program
    const head = program.head ?? (elves.has(status.identity.key) ? null : readAt(thread, fd, 0, SCRIPT_HEAD))
    if (head !== null && isScript(head)) {
      if (opened.interpreter !== null) close(thread, opened.interpreter.fd)
      const line = readScriptLine(head)
      close(thread, fd)
      if (!line) return { errno: errno.ENOEXEC, reason: 'is a script without an interpreter in its first line' }
      if (asked.isClosed) return { errno: errno.ENOENT, reason: 'is a script in a descriptor that its interpreter does not get' }
      args = [line.interpreter, ...(line.argument ? [line.argument] : []), scripts === 0 ? execfn : file, ...args.slice(1)]
      file = line.interpreter
      continue
    }
    const ready = opened.interpreter === null ? null : { asked: expected!, opened: opened.interpreter }
    const binary = openElf(program)
    const found = openGuest(thread, target, paths, binary, ready)
    if (isProblem(found)) return scripts === 0 ? found : inScript(found, file)
    if ('host' in found) return { kind: 'host', path: program.path, argv: args }
    if ('other' in found) return { kind: 'other', guest: found.other, main: binary, execfn, argv: args, standing }
    expect(path, found.main.elf.interpreter)
    const comm = lastPart(asked.isDescriptor ? withoutDeleted(program.path) : execfn)
    return { kind: 'guest', ...found, execfn, argv: args, comm, standing }
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
  const { program, standing } = describeProgram(thread, fd, path)
  if (isProblem(program)) return program
  const found = openGuest(thread, target, paths, openElf(program), null)
  if (isProblem(found)) return found
  if ('host' in found) return { errno: errno.ENOEXEC, reason: 'is an x86-64 program' }
  if ('other' in found) {
    close(thread, fd)
    return { errno: errno.ENOEXEC, reason: `is a program of ${found.other}, which this engine does not run` }
  }
  return { kind: 'guest', ...found, execfn, argv, comm: lastPart(execfn), standing }
}

function hostPath(paths: PathMap | null, path: Uint8Array): Uint8Array {
  return (paths ? paths.mapPath(path) : path).slice()
}

function openElf({ fd, status, path }: Opened): OpenFile {
  return { fd, size: status.size, path, identity: status.identity, status }
}

/** Interpreters that programs had the last time, by the program's path on the host: they are opened together. */
const interpreters = new Map<string, Uint8Array>()

function expect(program: Uint8Array, interpreter: Uint8Array | null): void {
  const key = latin1(program)
  if (interpreter === null) interpreters.delete(key)
  else {
    if (interpreters.size >= MOST_ELVES) interpreters.clear()
    interpreters.set(key, interpreter)
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
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

/** An interpreter that is open already, by the name that its program is expected to give. */
interface Ready {
  readonly asked: Uint8Array
  readonly opened: Opened
}

/** Reads the headers of an open file, and opens its interpreter unless it is `ready`. Closes what is not taken; a program of another guest stays open. */
function openGuest(
  thread: RunnerThread,
  target: ProgramTarget,
  paths: PathMap | null,
  file: OpenFile,
  ready: Ready | null,
): { main: OpenElf; interpreter: OpenElf | null } | { host: true } | { other: GuestName } | LoadProblem {
  const elf = elfOf(thread, file)
  const wanted = isElfProblem(elf) || !isFor(target, elf) ? null : elf.interpreter
  const isReady = ready !== null && wanted !== null && Buffer.from(wanted).equals(ready.asked)
  if (ready !== null && !isReady) close(thread, ready.opened.fd)
  if (isElfProblem(elf)) {
    close(thread, file.fd)
    return { errno: errno.ENOEXEC, reason: elf.reason }
  }
  if (!isFor(target, elf)) {
    const other = guestOf(elf)
    if (other !== null) return { other }
    close(thread, file.fd)
    if (elf.machine === EM_X86_64 && elf.elfClass === 64) return { host: true }
    return { errno: errno.ENOEXEC, reason: `is a ${describeMachine(elf)} program, which is not supported` }
  }
  const main = { ...file, elf }
  if (!wanted) return { main, interpreter: null }
  const interpreter = openInterpreter(thread, target, paths, wanted, isReady ? ready.opened : null)
  if (isProblem(interpreter)) {
    close(thread, file.fd)
    return interpreter
  }
  return { main, interpreter }
}

function openInterpreter(
  thread: RunnerThread,
  target: ProgramTarget,
  paths: PathMap | null,
  path: Uint8Array,
  ready: Opened | null,
): OpenElf | LoadProblem {
  const what = `needs the program interpreter ${text(path)}, which`
  const opened = ready ?? openAlone(thread, hostPath(paths, path))
  if (isProblem(opened)) {
    const advice = opened.errno === errno.ENOENT ? '; name the folder that has it with -L' : ''
    return { errno: opened.errno, reason: `${what} ${opened.reason}${advice}` }
  }
  const file = openElf(opened)
  const elf = elfOf(thread, file)
  if (!isElfProblem(elf) && isFor(target, elf)) return { ...file, elf }
  close(thread, file.fd)
  if (isElfProblem(elf)) return { errno: errno.ELIBBAD, reason: `${what} ${elf.reason}` }
  return { errno: errno.ELIBBAD, reason: `${what} is a ${describeMachine(elf)} program` }
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

function close(thread: RunnerThread, fd: number): void {
  thread.syscall(nr.close, fd)
}

function text(path: Uint8Array): string {
  return Buffer.from(path).toString('utf8')
}
