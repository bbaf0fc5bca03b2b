/**
 * clone and clone3: the host's clone with the guest's flags, made by the runner (src/runtime/lives.ts). What is the engine's: a slot with the child's
 * registers, its memory as a copy or the same, its signal actions. What the guest's kernel would write to tid words, the host's writes: the addresses
 * are the same. Thread-local storage is a guest register.
 *
 * A child begins without the engine, as a rule. Not that of a vfork: whether there is one could not be told, if its parent were killed meanwhile.
 *
 * A clone is waited for, so that the list of mappings is copied at the moment at which the host copies the memory. Only a vfork is not over when its
 * child begins; until then nobody else is served.
 */
import type { Thread } from '../src/host/thread.ts'
import { MXCSR, NOT_MADE, STATE_OFFSET, STATE_SIZE } from '../src/runtime/layout.ts'
import { writeRegister } from '../syscalls/abi/abi.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { cloneFlags } from '../syscalls/abi/flags/process.ts'
import { layout, readField } from '../syscalls/abi/shape.ts'
import { cloneArgs } from '../syscalls/abi/shapes-process.ts'
import type { Call, Handler, Outcome } from '../syscalls/call.ts'
import { forkProcessState, forkThreadState, threadState } from '../syscalls/process-state.ts'
import { applySeccomp } from './seccomp.ts'
import { inheritActions } from './signal-actions.ts'
import type { GuestThread } from './thread.ts'
import type { Tree } from './tree.ts'

const {
  CLONE_VM,
  CLONE_VFORK,
  CLONE_PARENT,
  CLONE_THREAD,
  CLONE_SIGHAND,
  CLONE_NEWPID,
  CLONE_SETTLS,
  CLONE_PIDFD,
  CLONE_PARENT_SETTID,
  CLONE_DETACHED,
} = cloneFlags.values
/** Flags of clone3 alone; they do not fit 32 bits. */
const CLONE_CLEAR_SIGHAND = 0x1_0000_0000
const CLONE_INTO_CGROUP = 0x2_0000_0000
const TWO_32 = 0x1_0000_0000
const EXIT_SIGNAL = 0xff
/** A clone is put off this often because signals come first. */
const MOST_PUT_OFF = 2
const NSIG = 64
/** Sizes of struct clone_args. */
const CLONE_ARGS_MIN = 64
const PAGE = 4096

interface Wanted {
  /** The low 32 bits of the flags, without an exit signal. */
  readonly flags: number
  readonly exitSignal: number
  readonly clearsHandlers: boolean
  /** The stack pointer; 0: the parent's. */
  readonly stackPointer: number
  readonly threadPointer: number
  /** Also where the pidfd goes. */
  readonly parentTid: number
  /** Another place for the tid; 0: none. */
  readonly parentTidToo: number
  readonly childTid: number
}

export function cloneCalls(tree: Tree): { readonly [name: string]: Handler } {
  // Children made from now on have numbers of another namespace.
  const moves = (call: Call): 'pass' => {
    tree.threadOf(call.thread as Thread).process.host.hasChildrenBelow = true
    return 'pass'
  }
  return {
    clone: (call) => clone(tree, call),
    clone3: (call) => clone3(tree, call),
    unshare: (call) => (call.int(0) & CLONE_NEWPID ? moves(call) : 'pass'),
    setns: moves,
  }
}

/** clone(flags, stack, parent_tid, tls, child_tid) */
function clone(tree: Tree, call: Call): Outcome {
  const flags = call.int(0)
  return begin(tree, call, {
    flags: flags & ~EXIT_SIGNAL,
    exitSignal: flags & EXIT_SIGNAL,
    clearsHandlers: false,
    stackPointer: call.arg(1),
    parentTid: call.arg(2),
    parentTidToo: 0,
    threadPointer: call.arg(3),
    childTid: call.arg(4),
  })
}

function clone3(tree: Tree, call: Call): Outcome {
  const size = call.arg(1)
  if (size > PAGE) return -errno.E2BIG
  if (size < CLONE_ARGS_MIN) return -errno.EINVAL
  const of = layout(call.ctx.abi, cloneArgs)
  const given = call.read(call.arg(0), size)
  if (given === null) return -errno.EFAULT
  if (given.subarray(of.size).some((byte) => byte !== 0)) return -errno.E2BIG
  const bytes = new Uint8Array(of.size)
  bytes.set(given.subarray(0, of.size))
  const field = (name: string): number => readField(of, name, bytes)
  const flags = field('flags')
  const exitSignal = field('exit_signal')
  const stack = field('stack')
  const stackSize = field('stack_size')
  if ((flags % TWO_32) & (EXIT_SIGNAL | CLONE_DETACHED) || exitSignal > NSIG || flags >= 2 * CLONE_INTO_CGROUP) return -errno.EINVAL
  if ((stack === 0) !== (stackSize === 0)) return -errno.EINVAL
  const clearsHandlers = Math.floor(flags / CLONE_CLEAR_SIGHAND) % 2 === 1
  if (clearsHandlers && (flags % TWO_32) & CLONE_SIGHAND) return -errno.EINVAL
  if ((flags % TWO_32) & (CLONE_THREAD | CLONE_PARENT) && exitSignal !== 0) return -errno.EINVAL
  // A child with a chosen tid, or in another cgroup: only the host's own clone3 could, and sandboxes often have none.
  if (field('set_tid_size') !== 0) return -errno.EPERM
  if (flags >= CLONE_INTO_CGROUP) return -errno.EOPNOTSUPP
  // Where clone has one word for both, clone3 has two: the second one is ours to write.
  const both = CLONE_PIDFD | CLONE_PARENT_SETTID
  const low = (flags % TWO_32) | 0
  const isBoth = (low & both) === both
  return begin(tree, call, {
    flags: isBoth ? low & ~CLONE_PARENT_SETTID : low,
    parentTidToo: isBoth ? field('parent_tid') : 0,
    exitSignal,
    clearsHandlers,
    stackPointer: stack === 0 ? 0 : stack + stackSize,
    threadPointer: field('tls'),
    parentTid: low & CLONE_PIDFD ? field('pidfd') : field('parent_tid'),
    childTid: field('child_tid'),
  })
}

function begin(tree: Tree, call: Call, wanted: Wanted): Outcome {
  const { engine } = tree
  const parent = tree.threadOf(call.thread as Thread)
  const { flags } = wanted
  const isThread = (flags & CLONE_THREAD) !== 0
  const runner = engine.addThread(parent.runner, isThread, parent.process.memory.shared.area)
  if (runner === null) return -errno.EAGAIN
  if (flags & CLONE_NEWPID) runner.process.isBelow = true
  const child = create(tree, parent, runner, wanted)
  tree.debug?.cloned(parent, child, isThread ? 'thread' : flags & CLONE_VFORK ? 'vfork' : 'fork')
  const hostFlags = (flags & ~CLONE_SETTLS) | wanted.exitSignal
  const isOverdue = parent.clonesPutOff >= MOST_PUT_OFF
  const cancel = (): void => {
    parent.clonesPutOff++
    discard(tree, child)
  }
  const finish = (result: number): number => {
    parent.clonesPutOff = 0
    if (result < 0) {
      discard(tree, child)
      return result
    }
    if (isThread) parent.process.isThreaded = true
    engine.unpin(runner, result)
    // Its parent may name it before it has said hello.
    if (!runner.process.isBelow) runner.tid ||= result
    if (wanted.parentTidToo !== 0) call.write(wanted.parentTidToo, new Uint8Array(new Int32Array([result]).buffer))
    return result
  }
  if (flags & CLONE_VFORK) {
    parent.runner.startClone(hostFlags >>> 0, runner, wanted.parentTid, wanted.childTid, isOverdue)
    engine.awaitChild(parent.runner, runner)
    return { finish, cancel }
  }
  // In a namespace below, only it can say what its number is there.
  if (!runner.process.isBelow) child.beginAlone()
  const result = parent.runner.clone(hostFlags >>> 0, runner, wanted.parentTid, wanted.childTid, isOverdue)
  if (result !== NOT_MADE) return finish(result)
  cancel()
  return 'restart'
}

/** The child as it is when it says hello: registers, memory, signal actions. */
function create(tree: Tree, parent: GuestThread, runner: Thread, wanted: Wanted): GuestThread {
  const { flags } = wanted
  const { abi } = tree
  const from = parent.runner
  runner.u8.set(from.u8.subarray(STATE_OFFSET, STATE_OFFSET + STATE_SIZE), STATE_OFFSET)
  runner.i32[MXCSR >> 2] = from.i32[MXCSR >> 2]!
  const put = (offset: number, value: number): void => writeRegister(abi, runner.i32, offset, value)
  put(abi.resultAt, 0)
  if (wanted.stackPointer !== 0) put(abi.stackPointerAt, wanted.stackPointer)
  if (flags & CLONE_SETTLS) put(STATE_OFFSET + tree.guest.state[tree.guest.threadSlot]!.offset, wanted.threadPointer)

  const { process } = parent
  const sharesMemory = (flags & CLONE_VM) !== 0
  const childProcess =
    flags & CLONE_THREAD
      ? process
      : tree.createProcess(
          runner.process,
          sharesMemory ? process.memory : process.memory.fork(),
          forkProcessState(process.state, (flags & CLONE_SIGHAND) !== 0),
          process.program,
        )
  childProcess.caught = process.caught
  childProcess.seesIgnored = process.seesIgnored
  if (flags & CLONE_SIGHAND && childProcess !== process) {
    process.sharesActions = true
    childProcess.sharesActions = true
    process.routeActions()
  }
  inheritActions(from, runner)
  const child = tree.addThread(childProcess, runner)
  const keepsStack = !sharesMemory || (flags & CLONE_VFORK) !== 0
  const state = forkThreadState(runner, threadState(process.state, from), keepsStack)
  childProcess.state.threads.set(runner, state)
  applySeccomp(runner, state)
  child.clearsHandlers = wanted.clearsHandlers
  return child
}

/** The clone has not been made. */
function discard(tree: Tree, child: GuestThread): void {
  tree.engine.discard(child.runner)
  if (child.process.threads.size === 1 && child.process.threads.has(child)) tree.removeProcess(child.process)
  else tree.removeThread(child)
}
