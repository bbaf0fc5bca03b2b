/**
 * execve and execveat.
 *
 * A guest's program: everything that may fail is done first, in the old program: names, arguments and environment are read, the file and its
 * interpreter are opened with the process's own rights. Then the host executes the runner anew: descriptors, signals, the release of a vfork parent
 * and the end of the other threads are the kernel's doing. The new runner finds the files open, says hello, and the program is
 * loaded. While the call is under way, other threads of the process are not served: if it succeeds they have ended.
 *
 * A host's program is executed by the host; nothing is heard of the process then until it ends.
 *
 * A failure behind the point of no return kills the process, as in the kernel.
 */
import type { Thread } from '../src/host/thread.ts'
import { HIDDEN_COUNT, HIDDEN_FDS, HIDDEN_IMAGE, MXCSR, STATE_OFFSET, STATE_SIZE, TRANSFER_SIZE } from '../src/runtime/layout.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { atFlags } from '../syscalls/abi/flags/files.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { layout, readField } from '../syscalls/abi/shape.ts'
import { sigaction } from '../syscalls/abi/shapes-process.ts'
import type { Call, Handler, Outcome } from '../syscalls/call.ts'
import { SIG_IGN } from '../syscalls/handlers/signals.ts'
import { executedProcessState, threadState } from '../syscalls/process-state.ts'
import { prepareCore } from './core-dump.ts'
import type { GuestMemory } from './guest-memory.ts'
import { isProblem } from './problem.ts'
import { closeProgram, findProgram, type GuestProgram, type HostProgram } from './program.ts'
import { argumentsFit } from './stack.ts'
import { loadInto, stackLimit } from './start.ts'
import type { GuestThread } from './thread.ts'
import type { Tree } from './tree.ts'

const AT_FDCWD = -100
const { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW } = atFlags.values
const AT_EMPTY_PATH_X64 = 0x1000
const SIGKILL = 9
const F_SETFD = 2
const CLOSE_RANGE_CLOEXEC = 4
const WORD = 8
const TWO_32 = 0x1_0000_0000
const READ_WORDS = 512
/** The kernel's MAX_ARG_STRLEN. */
const MAX_STRING = 131072
const MAX_STRINGS = 0x7fff_ffff

export function execCalls(tree: Tree): { readonly [name: string]: Handler } {
  return {
    execve: (call) => {
      const path = call.path(0)
      return typeof path === 'number' ? path : execute(tree, call, path, 1)
    },
    execveat: (call) => {
      const path = pathAt(call)
      return typeof path === 'number' ? path : execute(tree, call, path, 2)
    },
  }
}

/** What execveat names, as a path, or -errno. */
function pathAt(call: Call): Uint8Array | number {
  const flags = call.int(4)
  if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) return -errno.EINVAL
  const path = call.path(1)
  if (typeof path === 'number') return path
  const fd = call.int(0)
  if (path.length === 0) {
    if (!(flags & AT_EMPTY_PATH)) return -errno.ENOENT
    return fd === AT_FDCWD ? -errno.EACCES : Buffer.from(`/proc/self/fd/${fd}`)
  }
  if (flags & AT_SYMLINK_NOFOLLOW && isLink(call, fd)) return -errno.ELOOP
  if (path[0] === 0x2f || fd === AT_FDCWD) return path
  return Buffer.concat([Buffer.from(`/proc/self/fd/${fd}/`), path])
}

function isLink(call: Call, fd: number): boolean {
  const { address } = call.thread.scratch(1)
  return call.thread.syscall(nr.readlinkat, fd, call.arg(1), address, 1) >= 0
}

function execute(tree: Tree, call: Call, path: Uint8Array, argvAt: number): Outcome {
  const thread = tree.threadOf(call.thread as Thread)
  const argv = readStrings(call, call.arg(argvAt))
  if (typeof argv === 'number') return argv
  const env = readStrings(call, call.arg(argvAt + 1))
  if (typeof env === 'number') return env
  const map = call.ctx.mapPath
  const program = findProgram(thread.runner, tree.target, map === null ? null : { mapPath: (p) => map(p, true) }, path, argv)
  if (isProblem(program)) return -program.errno
  if (program.kind === 'host') return executeHost(thread, call, program, argv, argvAt)
  if (!argumentsFit(program.argv, env, program.execfn, stackLimit(thread.runner), WORD)) {
    closeProgram(thread.runner, program)
    return -errno.E2BIG
  }
  return executeGuest(tree, thread, program, env)
}

// A guest's program

/** A guest's program that is being executed. */
export class Execution {
  private readonly tree: Tree
  private readonly thread: GuestThread
  private readonly program: GuestProgram
  private readonly env: readonly Uint8Array[]
  private readonly memory: GuestMemory

  constructor(tree: Tree, thread: GuestThread, program: GuestProgram, env: readonly Uint8Array[], memory: GuestMemory) {
    this.tree = tree
    this.thread = thread
    this.program = program
    this.env = env
    this.memory = memory
  }

  /** It has not begun. */
  fail(): void {
    const { process, runner } = this.thread
    closeProgram(runner, this.program)
    this.memory.close()
    process.execution = null
    release(process.executing!)
  }

  /** The process has ended. */
  abandon(): void {
    this.memory.close()
  }

  /** The new runner has begun: from here on the old program is gone. */
  hello(thread: GuestThread): void {
    const { tree, memory } = this
    const { runner, process: old } = thread
    tree.engine.executed(runner)
    old.execution = null
    for (const other of [...old.threads]) if (other !== thread) tree.removeThread(other)
    old.threads.delete(thread)
    old.memory.threads.delete(runner)
    const blocked = threadState(old.state, runner).blockedSynchronous

    runner.u8.fill(0, STATE_OFFSET, STATE_OFFSET + STATE_SIZE)
    runner.i32[MXCSR >> 2] = tree.guest.mxcsr
    const loaded = loadInto(tree, runner, memory, this.program, this.env)
    if (isProblem(loaded)) {
      tree.closeMemory(old)
      memory.close()
      runner.die(SIGKILL)
      return
    }
    const state = executedProcessState(old.state, (action) => isIgnored(tree, action))
    tree.closeMemory(old)
    const process = tree.createProcess(runner.process, memory, state, loaded)
    tree.join(thread, process)
    threadState(state, runner).blockedSynchronous = blocked
    tree.setStart(runner, loaded)
    prepareCore(process, runner)
    if (tree.debug?.executed(thread) !== true) thread.start()
  }
}

function isIgnored(tree: Tree, action: Uint8Array): boolean {
  return readField(layout(tree.abi, sigaction), 'sa_handler', action) === SIG_IGN
}

function executeGuest(tree: Tree, thread: GuestThread, program: GuestProgram, env: readonly Uint8Array[]): Outcome {
  const { runner, process } = thread
  const hidden = runner.i32[HIDDEN_FDS >> 2]!
  // Close-on-exec until it is sure that they are needed: another thread may fork.
  for (const file of [program.main, program.interpreter]) if (file !== null) runner.syscall(nr.fcntl, file.fd, F_SETFD, 0)
  const memory = tree.createMemory(spaceKey(program))
  const name = Buffer.from(program.execfn).toString('latin1').split('/').at(-1) ?? ''
  const argument = tree.engine.prepareExec(runner, name, memory.shared.area)
  const execution = new Execution(tree, thread, program, env, memory)
  process.executing = thread
  process.execution = execution
  const { address, bytes } = runner.scratch(PAGE)
  const strings = Buffer.from(`\0demotic\0${argument}\0`, 'latin1')
  bytes.set(strings)
  const argv = address + Math.ceil(strings.length / WORD) * WORD
  const view = new DataView(bytes.buffer, bytes.byteOffset, PAGE)
  const words = [address + 1, address + 1 + 'demotic'.length + 1, 0, 0]
  for (const [n, word] of words.entries()) setWord(view, argv - address + n * WORD, word)
  runner.startSyscall(nr.execveat, hidden + HIDDEN_IMAGE, address, argv, argv + 3 * WORD, AT_EMPTY_PATH_X64)
  const fail = (): void => {
    execution.fail()
    tree.engine.setArea(runner, process.memory.shared.area)
  }
  return {
    finish: (result) => {
      fail()
      return result
    },
    cancel: fail,
  }
}

const PAGE = 4096

/** What tells the translations of two programs apart: which files they are. */
export function spaceKey({ main, interpreter }: GuestProgram): string {
  return `${main.identity.key}|${interpreter?.identity.key ?? ''}`
}

// A host's program

function executeHost(thread: GuestThread, call: Call, program: HostProgram, argv: readonly Uint8Array[], argvAt: number): Outcome {
  const { runner, process } = thread
  const hidden = runner.i32[HIDDEN_FDS >> 2]!
  const { address, bytes } = runner.scratch(TRANSFER_SIZE)
  bytes.set(program.path)
  bytes[program.path.length] = 0
  let argvPointer = call.arg(argvAt)
  if (program.argv !== argv) {
    argvPointer = address + Math.ceil((program.path.length + 1) / WORD) * WORD
    if (!putArguments(bytes.subarray(argvPointer - address), argvPointer, program.argv)) return -errno.E2BIG
  }
  runner.syscall(nr.close_range, hidden, hidden + HIDDEN_COUNT - 1, CLOSE_RANGE_CLOEXEC)
  process.executing = thread
  runner.startSyscall(nr.execve, address, argvPointer, call.arg(argvAt + 1))
  const fail = (): void => {
    for (let n = 0; n < HIDDEN_COUNT; n++) runner.syscall(nr.fcntl, hidden + n, F_SETFD, 0)
    release(thread)
  }
  return {
    finish: (result) => {
      fail()
      return result
    },
    cancel: fail,
  }
}

/** An argv with its strings behind it; false when there is no room. */
function putArguments(bytes: Uint8Array, address: number, argv: readonly Uint8Array[]): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = (argv.length + 1) * WORD
  if (at + argv.reduce((sum, arg) => sum + arg.length + 1, 0) > bytes.length) return false
  for (const [n, arg] of argv.entries()) {
    setWord(view, n * WORD, address + at)
    bytes.set(arg, at)
    bytes[at + arg.length] = 0
    at += arg.length + 1
  }
  setWord(view, argv.length * WORD, 0)
  return true
}

/** The exec has failed: the other threads of the process are served again. */
function release(thread: GuestThread): void {
  const { process } = thread
  process.executing = null
  thread.process.tree.engine.again(process.waiting.splice(0).map((other) => other.runner))
}

// Arguments

function setWord(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % TWO_32, true)
  view.setUint32(at + 4, Math.floor(value / TWO_32), true)
}

/** The strings of a guest's argv or envp, or -errno. NULL is an empty list. */
function readStrings(call: Call, address: number): Uint8Array[] | number {
  const strings: Uint8Array[] = []
  if (address === 0) return strings
  let total = 0
  for (let at = address; strings.length < MAX_STRINGS; ) {
    // Not beyond the page: what follows may not be readable, and need not be.
    const room = Math.min(READ_WORDS, Math.max(1, Math.floor((PAGE - (at % PAGE)) / WORD)))
    const words = call.read(at, room * WORD)
    if (words === null) return -errno.EFAULT
    const view = new DataView(words.buffer, words.byteOffset, words.length)
    for (let n = 0; n < room; n++) {
      const pointer = view.getUint32(n * WORD, true) + view.getUint32(n * WORD + 4, true) * TWO_32
      if (pointer === 0) return strings
      const text = call.thread.readString(pointer, MAX_STRING)
      if (typeof text === 'number') return text === -errno.ENAMETOOLONG ? -errno.E2BIG : text
      total += text.length + 1
      if (total > MAX_TOTAL) return -errno.E2BIG
      strings.push(text.slice())
    }
    at += room * WORD
  }
  return -errno.E2BIG
}

/** More than any RLIMIT_STACK allows. */
const MAX_TOTAL = 6 * 1024 * 1024 + 1024
