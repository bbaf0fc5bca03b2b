/**
 * A guest process that was begun from outside (src/runtime/outside.ts), or by a program of another guest: its runner has said hello, with the kernel's
 * initial stack still mapped.
 * Arguments, environment and the open program are taken from there; then the address space is emptied, the program loaded and begun.
 *
 * The runner belongs to the caller: it prints what is wrong itself, to its own stderr, and ends with the shell's codes.
 */
import type { Thread } from '../src/host/thread.ts'
import { TASK_SIZE } from '../src/runtime/host-kernel.ts'
import { CODE_AREA_BASE, CODE_AREA_SIZE, CONTROL_AREA_BASE, HEADER_SIZE, INITIAL_STACK, RUNNER_BASE, RUNTIME_AREA_BASE, SLOT_SIZE, TRANSFER_SIZE } from '../src/runtime/layout.ts' // biome-ignore format: a list
import { HANDED_PROGRAM } from '../src/runtime/outside.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { createProcessState } from '../syscalls/process-state.ts'
import { prepareCore } from './core-dump.ts'
import { spaceKey } from './exec.ts'
import { exitCodeOf, isProblem, type LoadProblem } from './problem.ts'
import { type GuestProgram, openedProgram } from './program.ts'
import { loadInto } from './start.ts'
import type { Tree } from './tree.ts'

const AT_NULL = 0
const AT_EXECFD = 2
const AT_EXECFN = 31
const WORD = 8
const TWO_32 = 0x1_0000_0000
const F_SETFD = 2
const FD_CLOEXEC = 1
const STDERR = 2
const PATH_MAX = 4096
const SLASH = 0x2f
/** MAX_ARG_STRINGS and the kernel's limit of their bytes are far above what fits here: all of the initial stack with arguments. */
const MAX_STACK = 8 * 1024 * 1024
/** A runner's own argv: its path, and the program's; of one that a guest process has executed also AT_EXECFN. */
const OWN_ARGUMENTS = 2
const HANDED_ARGUMENTS = 3
const PR_SET_NAME = 15

/** What the kernel has given to the runner. */
export interface InitialStack {
  readonly argv: readonly Uint8Array[]
  readonly env: readonly Uint8Array[]
  readonly auxv: ReadonlyMap<number, number>
  /** The string at an address of the stack. */
  string(address: number): Uint8Array
}

/** The stack's bytes from the stack pointer on, which is at `address`; null when they are nonsense. */
export function parseInitialStack(bytes: Uint8Array, address: number): InitialStack | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  const word = (): number => {
    if (at + WORD > bytes.length) throw new RangeError('the stack ends')
    const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_32
    at += WORD
    return value
  }
  const string = (pointer: number): Uint8Array => {
    const from = pointer - address
    const end = from >= 0 && from < bytes.length ? bytes.indexOf(0, from) : -1
    if (end < 0) throw new RangeError('a string is outside of the stack')
    return bytes.slice(from, end)
  }
  const strings = (): Uint8Array[] => {
    const found: Uint8Array[] = []
    for (let pointer = word(); pointer !== 0; pointer = word()) found.push(string(pointer))
    return found
  }
  try {
    word()
    const argv = strings()
    const env = strings()
    const auxv = new Map<number, number>()
    for (let tag = word(); tag !== AT_NULL; tag = word()) auxv.set(tag, word())
    return { argv, env, auxv, string }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Answers the hello. */
export function welcome(tree: Tree, runner: Thread): void {
  runner.process.isBelow = runner.tid !== runner.pid
  const stack = readStack(runner)
  const path = stack?.argv[1]
  if (stack === null || path === undefined) {
    runner.process.kill('it does not begin as a runner')
    return
  }
  const refuse = (problem: LoadProblem): void => {
    const line = Buffer.from(`demotic: ${Buffer.from(path).toString('utf8')}: ${problem.reason}\n`)
    const { address, bytes } = runner.scratch(TRANSFER_SIZE)
    bytes.set(line.subarray(0, TRANSFER_SIZE))
    runner.syscall(nr.write, STDERR, address, Math.min(line.length, TRANSFER_SIZE))
    runner.exit(exitCodeOf(problem))
  }
  const program = openProgram(tree, runner, stack, path)
  emptyAddressSpace(runner)
  if (isProblem(program)) {
    refuse(program)
    return
  }
  const memory = tree.createMemory(spaceKey(program))
  memory.mapCode(runner)
  const loaded = loadInto(tree, runner, memory, program, stack.env)
  if (isProblem(loaded)) {
    memory.close()
    refuse(loaded)
    return
  }
  const process = tree.createProcess(runner.process, memory, createProcessState(), loaded)
  const thread = tree.addThread(process, runner)
  tree.setStart(runner, loaded)
  prepareCore(process, runner, program.standing.coreLimit)
  thread.start()
}

function readStack(runner: Thread): InitialStack | null {
  const address = (runner.i32[(INITIAL_STACK >> 2) + 1]! >>> 0) * TWO_32 + (runner.i32[INITIAL_STACK >> 2]! >>> 0)
  const first = runner.readPartial(address, TRANSFER_SIZE)
  if (first.length < TRANSFER_SIZE) return parseInitialStack(first.slice(), address)
  const parts = [first.slice()]
  for (let length = TRANSFER_SIZE; length < MAX_STACK; length += TRANSFER_SIZE) {
    const part = runner.readPartial(address + length, TRANSFER_SIZE).slice()
    parts.push(part)
    if (part.length < TRANSFER_SIZE) break
  }
  return parseInitialStack(Buffer.concat(parts), address)
}

function openProgram(tree: Tree, runner: Thread, stack: InitialStack, path: Uint8Array): GuestProgram | LoadProblem {
  const handed = handedDescriptor(stack.argv[0]!)
  if (handed !== null) return openHanded(tree, runner, stack, handed)
  const fd = stack.auxv.get(AT_EXECFD)
  if (fd === undefined)
    return { errno: errno.ENOEXEC, reason: 'was not opened by binfmt_misc: register Demotic anew, demotic binfmt install' }
  runner.syscall(nr.fcntl, fd, F_SETFD, FD_CLOEXEC)
  const execfn = stack.auxv.get(AT_EXECFN)
  return openedProgram(runner, tree.target, tree.sysroot, fd, {
    path: absolute(runner, path),
    execfn: execfn === undefined ? path : stack.string(execfn),
    argv: stack.argv.slice(OWN_ARGUMENTS),
  })
}

/** The process is its user's own, and so are its descriptors: what it says of them need not be believed. */
function handedDescriptor(name: Uint8Array): number | null {
  const text = Buffer.from(name).toString('latin1')
  return text.startsWith(HANDED_PROGRAM) && /^\d+$/.test(text.slice(HANDED_PROGRAM.length))
    ? Number(text.slice(HANDED_PROGRAM.length))
    : null
}

function openHanded(tree: Tree, runner: Thread, { argv }: InitialStack, fd: number): GuestProgram | LoadProblem {
  const execfn = argv[HANDED_ARGUMENTS - 1] ?? argv[1]!
  runner.syscall(nr.fcntl, fd, F_SETFD, FD_CLOEXEC)
  const program = openedProgram(runner, tree.target, tree.sysroot, fd, { path: argv[1]!, execfn, argv: argv.slice(HANDED_ARGUMENTS) })
  if (!isProblem(program)) {
    const { address, bytes } = runner.scratch(program.comm.length + 1)
    bytes.set(program.comm)
    bytes[program.comm.length] = 0
    runner.syscall(nr.prctl, PR_SET_NAME, address)
  }
  return program
}

function absolute(runner: Thread, path: Uint8Array): Uint8Array {
  if (path[0] === SLASH) return path
  const { address, bytes } = runner.scratch(PATH_MAX)
  const length = runner.syscall(nr.getcwd, address, PATH_MAX)
  return length <= 1 ? path : Buffer.concat([bytes.slice(0, length - 1), Buffer.from('/'), path])
}

/** What src/runtime/boot.ts does for other runners: only what is ours stays mapped. */
function emptyAddressSpace(runner: Thread): void {
  const { address: slot } = runner.slot
  for (const [start, end] of [
    [0, RUNNER_BASE],
    [RUNNER_BASE + PAGE, CONTROL_AREA_BASE],
    [CONTROL_AREA_BASE + HEADER_SIZE, slot],
    [slot + SLOT_SIZE, RUNTIME_AREA_BASE],
    [CODE_AREA_BASE + CODE_AREA_SIZE, TASK_SIZE],
  ] as const)
    if (end > start) runner.syscall(nr.munmap, start, end - start)
  runner.i32[INITIAL_STACK >> 2] = 0
  runner.i32[(INITIAL_STACK >> 2) + 1] = 0
}

const PAGE = 4096
