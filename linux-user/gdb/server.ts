/** `-g`: waits for gdb's connections, one after the other, in the engine's own poll. */

import { removeSocket, StreamSocket } from '../../src/host/stream-socket.ts'
import type { Thread } from '../../src/host/thread.ts'
import { errnoMessage } from '../../syscalls/abi/errno.ts'
import { type GdbOptions, UsageError } from '../options.ts'
import type { GuestThread } from '../thread.ts'
import type { Tree } from '../tree.ts'
import { Control } from './control.ts'
import { Session } from './session.ts'
import type { GdbTarget } from './target.ts'

/** gdb has this long to read how its program has ended. */
const LAST_WORD_MS = 2000

export class GdbServer {
  readonly control: Control
  private readonly tree: Tree
  private readonly path: string | null
  private readonly listener: StreamSocket
  private socket: StreamSocket | null = null
  private session: Session | null = null

  /** Listens. Throws UsageError. */
  constructor(tree: Tree, target: GdbTarget, { place }: GdbOptions, pid: number) {
    this.tree = tree
    this.control = new Control(tree, target)
    const where = typeof place === 'string' ? place.replaceAll('%d', String(pid)) : place
    this.path = typeof where === 'string' ? where : null
    const listener = StreamSocket.listen(where)
    if (typeof listener === 'number') throw new UsageError(`-g cannot listen at ${where}: ${errnoMessage(-listener)}`)
    this.listener = listener
    if (where === 0) process.stderr.write(`demotic: gdb may connect to port ${listener.port}\n`)
    tree.engine.watch(listener.fd, () => this.connect())
  }

  /** The first thread of the tree is about to begin. `waits`: not before gdb says so. True: it is held. */
  begin(thread: GuestThread, waits: boolean): boolean {
    this.control.attachFirst(thread, waits)
    return waits
  }

  private connect(): void {
    const socket = this.listener.accept()
    if (socket === null) return
    // Perhaps the one before has gone at the same time.
    this.session?.readable()
    if (this.session !== null || !this.control.attachAgain()) {
      socket.close()
      return
    }
    const session = new Session(this.control, socket, () => this.disconnected())
    this.socket = socket
    this.session = session
    this.control.client = session
    this.tree.engine.watch(socket.fd, () => session.readable())
    this.control.interrupt()
  }

  private disconnected(): void {
    this.drop((socket) => socket.close())
    this.control.letGo()
  }

  private drop(close: (socket: StreamSocket) => void): void {
    if (this.socket === null) return
    this.tree.engine.unwatch(this.socket.fd)
    close(this.socket)
    this.socket = null
    this.session = null
  }

  /** The tree's first process has ended: another one that gdb debugs; null: none. */
  nextProcess(): Thread | null {
    if (this.session === null) return null
    for (const { threads } of this.control.inferiors) for (const { runner } of threads) return runner
    return null
  }

  /** Nothing is debugged any more. */
  close(): void {
    this.control.letGo()
    this.control.close()
    this.drop((socket) => socket.finish(LAST_WORD_MS))
    this.tree.engine.unwatch(this.listener.fd)
    this.listener.close()
    if (this.path !== null) removeSocket(this.path)
  }
}
