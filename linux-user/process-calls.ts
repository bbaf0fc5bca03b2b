/**
 * linux-user's handlers of system calls, by name. Those that are about one process are made for it when it first makes a call of theirs, because most processes are short
 * and make few.
 */
import type { Thread } from '../src/host/thread.ts'
import type { Handler } from '../syscalls/call.ts'
import { cloneCalls } from './clone.ts'
import { directoryCalls } from './directory-calls.ts'
import { execCalls } from './exec.ts'
import { limitCalls } from './limit-calls.ts'
import { memoryCalls } from './memory-calls.ts'
import { pidfdCalls } from './pidfd-calls.ts'
import { procCalls } from './proc-calls.ts'
import { procMemCalls } from './proc-mem.ts'
import type { GuestProcess } from './process.ts'
import type { ProcView } from './procfs.ts'
import { ptraceCalls } from './ptrace/requests.ts'
import { rootCalls } from './root-calls.ts'
import { seccompCalls } from './seccomp.ts'
import type { Signals } from './signals.ts'
import type { Tree } from './tree.ts'
import { userfaultCalls } from './userfaultfd.ts'

type Handlers = { readonly [name: string]: Handler }

/** What handlers of one process know of it. */
export interface CallParts {
  readonly process: GuestProcess
  readonly proc: ProcView
  readonly signals: Signals
}

/** A call that two of them name is the last one's. */
const OF_PROCESS: readonly ((parts: CallParts) => Handlers)[] = [
  ({ process }) => memoryCalls(process),
  ({ proc }) => procCalls(proc),
  // Instead of those above.
  ({ process: { tree } }) => (tree.directories === null ? {} : directoryCalls(tree.directories)),
  ({ process }) => limitCalls(process),
  ({ process }) => rootCalls(process),
  ({ process }) => procMemCalls(process),
  ({ process }) => userfaultCalls(process.memory),
  ({ signals }) => ({
    rt_sigreturn: (call) => signals.sigreturn(call),
    sigreturn: (call) => signals.sigreturn(call),
    rt_sigpending: (call) => signals.pending(call),
    rt_sigtimedwait: (call) => signals.timedWait(call),
  }),
]

/** The handlers of a tree that are the same for all its processes, and which of OF_PROCESS the others are. */
interface TreeCalls {
  readonly handlers: ReadonlyMap<string, Handler>
  readonly partOf: ReadonlyMap<string, number>
}

const ofTrees = new WeakMap<Tree, TreeCalls>()

function treeCalls(tree: Tree, first: CallParts): TreeCalls {
  const handlers = new Map<string, Handler>()
  for (const part of [
    seccompCalls(tree),
    cloneCalls(tree),
    execCalls(tree),
    ptraceCalls(tree),
    pidfdCalls(tree),
    endings(tree),
    tree.arch.calls(tree),
  ])
    for (const name in part) handlers.set(name, part[name]!)
  const partOf = new Map(OF_PROCESS.flatMap((make, n) => Object.keys(make(first)).map((name) => [name, n] as const)))
  return { handlers, partOf }
}

/** The handlers of a process. */
export class ProcessCalls {
  private readonly parts: CallParts
  private readonly made: (Handlers | undefined)[] = []
  private readonly ofTree: TreeCalls

  constructor(parts: CallParts) {
    const { tree } = parts.process
    let ofTree = ofTrees.get(tree)
    if (ofTree === undefined) ofTrees.set(tree, (ofTree = treeCalls(tree, parts)))
    this.parts = parts
    this.ofTree = ofTree
  }

  get(name: string): Handler | undefined {
    const n = this.ofTree.partOf.get(name)
    if (n === undefined) return this.ofTree.handlers.get(name)
    return (this.made[n] ??= OF_PROCESS[n]!(this.parts))[name]
  }
}

/** The ends of threads and processes. */
function endings(tree: Tree): Handlers {
  return {
    exit: (call) => {
      const thread = tree.threadOf(call.thread as Thread)
      if (!thread.process.isThreaded) call.thread.exit(call.int(0))
      else {
        tree.removeThread(thread)
        call.thread.end(call.int(0))
      }
      return 'gone'
    },
    exit_group: (call) => {
      call.thread.exit(call.int(0))
      return 'gone'
    },
  }
}
