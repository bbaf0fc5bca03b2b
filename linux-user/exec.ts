/**
 * execve and execveat.
 *
 * A guest's program: everything that may fail is done first, in the old program: names, arguments and environment are read, the file and its
 * interpreter are opened with the process's own rights. Then the host executes the runner anew: descriptors, signals, the release of a vfork parent
 * and the end of the other threads are the kernel's doing. The new runner finds the files open, says hello, and the program is
 * loaded. While the call is under way, other threads of the process are not served: if it succeeds they have ended.
 *
 * A host's program is executed by the host; nothing is heard of the process then until it ends. So is a runner for a program of another guest (exec-other.ts).
 *
 * A failure behind the point of no return kills the process, as in the kernel.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { forgetJumps } from '../src/host/slot-setup.ts'
import type { Thread } from '../src/host/thread.ts'
import { HIDDEN_COUNT, HIDDEN_FDS, HIDDEN_IMAGE, STATE_OFFSET, STATE_SIZE } from '../src/runtime/layout.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { atFlags } from '../syscalls/abi/flags/files.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { layout, readField, writeField } from '../syscalls/abi/shape.ts'
import { sigaction } from '../syscalls/abi/shapes-process.ts'
import type { Call, Handler, Outcome } from '../syscalls/call.ts'
import { SIG_IGN } from '../syscalls/handlers/signals.ts'
import { isHidden } from '../syscalls/perform.ts'
import { executedProcessState, threadState } from '../syscalls/process-state.ts'

import { ignoreForExec } from './caught-signals.ts'
import { prepareCore } from './core-dump.ts'
import { canExecute, changesCredentials } from './credentials.ts'
import { type HandedProgram, handProgram } from './exec-other.ts'
import { startState } from './float-mode.ts'
import type { GuestMemory } from './guest-memory.ts'
import { placeArguments, setWord } from './host-arguments.ts'
import { finishLoad, type Load, writeLoad } from './loader.ts'
import { isProblem } from './problem.ts'
import { type Asked, closeProgram, findProgram, type GuestProgram, type HostProgram } from './program.ts'
import { applySeccomp } from './seccomp.ts'
import { forgetAction } from './signal-actions.ts'
import { argumentsFit } from './stack.ts'
import { loadRequest } from './start.ts'
import type { GuestThread } from './thread.ts'
import type { Tree } from './tree.ts'

const AT_FDCWD = -100
const { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW } = atFlags.values
const AT_EMPTY_PATH_X64 = 0x1000
const SIGKILL = 9
const F_GETFD = 1
const F_SETFD = 2
const FD_CLOEXEC = 1
const SLASH = 0x2f
const CLOSE_RANGE_CLOEXEC = 4
const WORD = 8
const TWO_32 = 0x1_0000_0000
/** The kernel's MAX_ARG_STRLEN. */
const MAX_STRING = 131072

export function execCalls(tree: Tree): { readonly [name: string]: Handler } {
  return {
    execve: (call) => {
      const path = call.path(0)
      return typeof path === 'number' ? path : execute(tree, call, { path }, 1)
    },
    execveat: (call) => {
      const asked = askedAt(call)
      return typeof asked === 'number' ? asked : execute(tree, call, asked, 2)
    },
  }
}

/** What execveat names, or -errno. */
function askedAt(call: Call): Asked | number {
  const flags = call.int(4)
  if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) return -errno.EINVAL
  const path = call.path(1)
  if (typeof path === 'number') return path
  const fd = call.int(0)
  const isDescriptor = path.length === 0
  if (isDescriptor && !(flags & AT_EMPTY_PATH)) return -errno.ENOENT
  if (fd === AT_FDCWD) return isDescriptor ? -errno.EACCES : checkLink(call, { path })
  if (path[0] === SLASH) return checkLink(call, { path })
  const descriptorFlags = isHidden(call, fd) ? -errno.EBADF : call.thread.syscall(nr.fcntl, fd, F_GETFD)
  if (descriptorFlags < 0) return descriptorFlags
  const isClosed = (descriptorFlags & FD_CLOEXEC) !== 0
  const under = (folder: string): Uint8Array =>
    Buffer.concat([Buffer.from(folder), isDescriptor ? path : Buffer.concat([Buffer.from('/'), path])])
  return checkLink(call, { path: under(`/proc/self/fd/${fd}`), shown: under(`/dev/fd/${fd}`), isDescriptor, isClosed })
}

function checkLink(call: Call, asked: Asked): Asked | number {
  return call.int(4) & AT_SYMLINK_NOFOLLOW && asked.isDescriptor !== true && isLink(call, call.int(0)) ? -errno.ELOOP : asked
}

function isLink(call: Call, fd: number): boolean {
  const { address } = call.thread.scratch(1)
  return call.thread.syscall(nr.readlinkat, fd, call.arg(1), address, 1) >= 0
}

function execute(tree: Tree, call: Call, asked: Asked, argvAt: number): Outcome {
  const thread = tree.threadOf(call.thread as Thread)
  const memory = new GuestPages(call.thread)
  const { pointer } = tree.abi.model
  const argv = readStrings(memory, call.arg(argvAt), pointer)
  const env = readStrings(memory, call.arg(argvAt + 1), pointer)
  memory.close()
  const map = call.ctx.mapPath
  const mapped = (name: Uint8Array): Uint8Array => (map === null ? name : map(name, true))
  const paths = map === null ? null : { mapPath: mapped }
  const program = findProgram(thread.runner, tree.target, paths, asked, typeof argv === 'number' ? [] : argv)
  // The kernel opens the file before it looks at the arguments, and reads it behind them.
  const unread = typeof argv === 'number' ? argv : typeof env === 'number' ? env : 0
  if (isProblem(program)) {
    if (unread !== 0 && program.errno === errno.ENOEXEC) return unread
    // A program that may be executed but not read.
    if (program.errno !== errno.EACCES || !canExecute(thread.runner, tree.options.guest) || typeof argv === 'number') return -program.errno
    return executeHost(thread, call, { kind: 'host', path: mapped(asked.path), argv }, argv, env, argvAt)
  }
  if (typeof argv === 'number' || typeof env === 'number') {
    if (program.kind === 'guest') closeProgram(thread.runner, program)
    else if (program.kind === 'other') thread.runner.syscall(nr.close, program.main.fd)
    return unread
  }
  if (program.kind === 'host') return executeHost(thread, call, program, argv, env, argvAt)
  const { main, standing } = program
  const guest = program.kind === 'other' ? program.guest : tree.options.guest
  if (changesCredentials(thread.runner, main, standing) && canExecute(thread.runner, guest)) {
    if (program.kind === 'guest') closeProgram(thread.runner, program)
    else thread.runner.syscall(nr.close, main.fd)
    return executeHost(
      thread,
      call,
      { kind: 'host', path: program.argv === argv ? mapped(asked.path) : program.main.path, argv: program.argv },
      argv,
      env,
      argvAt,
    )
  }
  if (program.kind === 'other') {
    const runner = handProgram(tree, thread.runner, program)
    return typeof runner === 'number' ? runner : executeHost(thread, call, runner, argv, env, argvAt)
  }
  if (!argumentsFit(program.argv, env, program.execfn, program.standing.stackLimit, pointer)) {
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
  private readonly former: GuestMemory

  constructor(tree: Tree, thread: GuestThread, program: GuestProgram, env: readonly Uint8Array[], memory: GuestMemory) {
    this.tree = tree
    this.thread = thread
    this.program = program
    this.env = env
    this.memory = memory
    this.former = thread.process.memory
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
    this.former.departing.delete(this.thread.runner)
    this.memory.close()
  }

  /** The new runner has begun: from here on the old program is gone. */
  hello(thread: GuestThread): void {
    const { tree, memory } = this
    const { runner, process: old } = thread
    tree.engine.executed(runner)
    old.memory.departing.delete(runner)
    old.execution = null
    for (const other of [...old.threads]) if (other !== thread) tree.removeThread(other)
    old.threads.delete(thread)
    const { blockedSynchronous: blocked, seccomp, sent } = threadState(old.state, runner)

    runner.u8.fill(0, STATE_OFFSET, STATE_OFFSET + STATE_SIZE)
    forgetAction(runner)
    startState(runner, tree.guest)
    const load = writeLoad(runner, memory.addresses, loadRequest(tree, this.program, this.env))
    if (isProblem(load)) {
      tree.closeMemory(old)
      memory.close()
      runner.die(SIGKILL)
      return
    }
    const { loaded } = load
    const state = executedProcessState(old.state, (action) => keptAction(tree, action))
    tree.closeMemory(old)
    const process = tree.createProcess(runner.process, memory, state, loaded)
    tree.join(thread, process)
    const begun = threadState(state, runner)
    begun.blockedSynchronous = blocked
    begun.seccomp = seccomp
    applySeccomp(runner, begun)
    for (const [signal, info] of sent) begun.setSent(signal, info)
    tree.setStart(runner, loaded)
    this.begin(thread, load)
  }

  /** The load is carried out, if possible by the order that the program begins with. */
  private begin(thread: GuestThread, load: Load): void {
    const { runner, process } = thread
    const { coreLimit } = this.program.standing
    const isLoaded = (outcome: ReturnType<typeof runner.batch.run>): boolean => {
      if (finishLoad(load, outcome) === null) return true
      runner.die(SIGKILL)
      return false
    }
    if (coreLimit === 0 && thread.launch(() => isLoaded(runner.batch.outcome()))) return
    if (!isLoaded(runner.batch.run())) return
    prepareCore(process, runner, coreLimit)
    if (this.tree.debug?.executed(thread) !== true) thread.start()
  }
}

/** That a signal is ignored stays; no flags, no mask. */
function keptAction(tree: Tree, action: Uint8Array): Uint8Array | null {
  const of = layout(tree.abi, sigaction)
  if (readField(of, 'sa_handler', action) !== SIG_IGN) return null
  const kept = new Uint8Array(of.size)
  writeField(of, 'sa_handler', kept, SIG_IGN)
  return kept
}

function executeGuest(tree: Tree, thread: GuestThread, program: GuestProgram, env: readonly Uint8Array[]): Outcome {
  const { runner, process } = thread
  const { batch } = runner
  const hidden = runner.i32[HIDDEN_FDS >> 2]!
  const undo = ignoreForExec(process, runner)
  // Close-on-exec until it is sure that they are needed: another thread may fork.
  for (const file of [program.main, program.interpreter]) if (file !== null) batch.syscall(nr.fcntl, file.fd, F_SETFD, 0)
  const memory = tree.createMemory(spaceKey(program))
  // Out of the old memory at once: a thread that shares it, for this may be a vfork's child, may go to another code space meanwhile, and would say so in the slot
  // from which the new runner takes its code area.
  process.memory.depart(runner)
  const argument = tree.engine.prepareExec(runner, Buffer.from(program.comm).toString('latin1'), memory.shared.area)
  const execution = new Execution(tree, thread, program, env, memory)
  process.executing = thread
  process.execution = execution
  const strings = batch.data(Buffer.from(`\0demotic\0${argument}\0`, 'latin1'))
  const words = [strings + 1, strings + 1 + 'demotic'.length + 1, 0, 0]
  const view = new DataView(new ArrayBuffer(words.length * WORD))
  for (const [n, word] of words.entries()) setWord(view, n * WORD, word)
  const argv = batch.data(new Uint8Array(view.buffer))
  batch.call(nr.execveat, hidden + HIDDEN_IMAGE, strings, argv, argv + 3 * WORD, AT_EMPTY_PATH_X64)
  runner.startBatch()
  const fail = (): void => {
    undo()
    execution.fail()
    tree.engine.setArea(runner, process.memory.shared.area)
    // It may have another code space by now.
    forgetJumps(runner)
    process.memory.add(runner)
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

function executeHost(
  thread: GuestThread,
  call: Call,
  program: HostProgram | HandedProgram,
  argv: readonly Uint8Array[],
  env: readonly Uint8Array[] | number,
  argvAt: number,
): Outcome {
  const { runner, process } = thread
  const abandon = (): void => {
    if (program.kind === 'handed') program.close()
  }
  // Nobody would ask its filters there.
  if (threadState(process.state, runner).seccomp.mode !== 0) {
    abandon()
    return -errno.EACCES
  }
  const hidden = runner.i32[HIDDEN_FDS >> 2]!
  const undo = ignoreForExec(process, runner)
  // The host cannot read the guest's list where its pointers are shorter.
  const isNarrow = call.ctx.abi.model.pointer !== WORD
  const ownArgv = isNarrow || program.argv !== argv ? [program.argv] : []
  const ownEnv = isNarrow && typeof env !== 'number' ? [env] : []
  const placed = placeArguments(runner, program.path, [...ownArgv, ...ownEnv])
  if (typeof placed === 'number') {
    undo()
    abandon()
    return placed
  }
  const { path } = placed
  const argvPointer = ownArgv.length === 0 ? call.arg(argvAt) : placed.lists[0]!
  const envPointer = ownEnv.length === 0 ? call.arg(argvAt + 1) : placed.lists.at(-1)!
  runner.syscall(nr.close_range, hidden, hidden + HIDDEN_COUNT - 1, CLOSE_RANGE_CLOEXEC)
  process.executing = thread
  if (program.kind === 'host') runner.startSyscall(nr.execve, path, argvPointer, envPointer)
  else runner.startSyscall(nr.execveat, program.image, path, argvPointer, envPointer, AT_EMPTY_PATH_X64)
  const fail = (): void => {
    placed.release()
    undo()
    for (let n = 0; n < HIDDEN_COUNT; n++) runner.syscall(nr.fcntl, hidden + n, F_SETFD, 0)
    abandon()
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

/** The exec has failed: the other threads of the process are served again. */
function release(thread: GuestThread): void {
  const { process } = thread
  process.executing = null
  thread.process.tree.engine.again(process.waiting.splice(0).map((other) => other.runner))
}

// Arguments

/** The strings of a guest's argv or envp, or -errno. NULL is an empty list. */
function readStrings(memory: GuestPages, address: number, size: 4 | 8): Uint8Array[] | number {
  const strings: Uint8Array[] = []
  if (address === 0) return strings
  let total = 0
  for (let at = address; ; at += size) {
    const word = memory.read(at, size)
    if (word === null) return -errno.EFAULT
    const view = new DataView(word.buffer, word.byteOffset, size)
    const pointer = view.getUint32(0, true) + (size === 8 ? view.getUint32(4, true) * TWO_32 : 0)
    if (pointer === 0) return strings
    const text = memory.string(pointer)
    if (typeof text === 'number') return text
    total += text.length + 1 + size
    if (total > MAX_TOTAL) return -errno.E2BIG
    strings.push(text)
  }
}

/** Pages that nobody uses: memory of this size is dear to the garbage collector. */
const FREE_PAGES: Uint8Array[] = []
const MOST_FREE_PAGES = 32

/** Guest memory, read page by page: the words and strings that execve wants lie close together. What it gives is valid until `close`. */
class GuestPages {
  private readonly thread: RunnerThread
  private readonly pages = new Map<number, Uint8Array>()

  constructor(thread: RunnerThread) {
    this.thread = thread
  }

  close(): void {
    for (const page of this.pages.values()) if (FREE_PAGES.length < MOST_FREE_PAGES) FREE_PAGES.push(new Uint8Array(page.buffer, 0, PAGE))
    this.pages.clear()
  }

  /** What of the page at `address` is readable from its beginning. */
  private page(address: number): Uint8Array {
    let page = this.pages.get(address)
    if (page === undefined) {
      const read = this.thread.readPage(address)
      const copy = FREE_PAGES.pop() ?? new Uint8Array(PAGE)
      copy.set(read)
      page = copy.subarray(0, read.length)
      this.pages.set(address, page)
    }
    return page
  }

  /** A copy of guest memory, or null: EFAULT. */
  read(address: number, length: number): Uint8Array | null {
    const start = address - (address % PAGE)
    const page = this.page(start)
    const from = address - start
    if (from + length <= page.length) return page.subarray(from, from + length)
    return this.thread.read(address, length)?.slice() ?? null
  }

  /** The string without its NUL, -EFAULT or -E2BIG. */
  string(address: number): Uint8Array | number {
    const start = address - (address % PAGE)
    const page = this.page(start)
    const end = page.indexOf(0, address - start)
    if (end >= 0) return Buffer.from(page.subarray(address - start, end))
    const text = this.thread.readString(address, MAX_STRING)
    if (typeof text === 'number') return text === -errno.ENAMETOOLONG ? -errno.E2BIG : text
    return text.slice()
  }
}

/** More than any RLIMIT_STACK allows. */
const MAX_TOTAL = 6 * 1024 * 1024 + 1024
