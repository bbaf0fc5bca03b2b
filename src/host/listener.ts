/**
 * How runners that somebody else has started find the engine: an abstract socket with the user's number in its name, and the connection that a
 * runner has made for an engine that it started. src/runtime/outside.ts is the other side.
 *
 * Anybody may connect, and say anything. Who is served: a process of the engine's own user, as the kernel says (SO_PEERCRED), in the engine's PID
 * namespace or below. Its process is known by a pidfd. Root's engine starts engines for other users, which get their connections, and does nothing
 * else for them. No read or write here blocks, and there are a few connections at most.
 */
import { spawn } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { SYS } from '../runtime/host-kernel.ts'
import { HIDDEN_COUNT } from '../runtime/layout.ts'
import {
  ENGINE_FD,
  ENGINE_NAME,
  type EngineKind,
  engineArguments,
  engineSocket,
  ID_LENGTH,
  LOWEST_HIDDEN,
  outsideId,
  REQUEST_BASE,
  REQUEST_JOIN,
  REQUEST_KIND,
  REQUEST_LENGTH,
  REQUEST_PASS,
  REQUEST_RETIRE,
  REQUEST_START,
  replyOf,
  SOCKET_NAMES,
} from '../runtime/outside.ts'
import { milliseconds } from '../util/clock.ts'
import { closeFd, must, scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

const AF_UNIX = 1
const SOCK_SEQPACKET = 5
const SOCK_CLOEXEC = 0o2000000
const SOCK_NONBLOCK = 0o4000
const SOL_SOCKET = 1
const SO_PEERCRED = 17
const SO_RCVTIMEO = 20
const SO_PEERPIDFD = 77
const SCM_RIGHTS = 1
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const MSG_CMSG_CLOEXEC = 0x4000_0000
const F_SETFD = 2
const F_SETFL = 4
const FD_CLOEXEC = 1
const EAGAIN = 11
const EADDRINUSE = 98
const BACKLOG = 1024
const MAX_CONNECTIONS = 64
/** So many engines, and no more, are started for one user in so long: it takes root's engine milliseconds. */
const MAX_STARTS = 16
const STARTS_MS = 10_000
const MAX_HIDDEN_BASE = 0x10_0000
const UCRED_SIZE = 12
const MSGHDR_SIZE = 56
const IOVEC_SIZE = 16
const CMSG_HEADER = 16
const PASS_SECONDS = 5

/** A runner that wants to join: its process, and where its hidden descriptors are to be. */
export interface Joining {
  readonly pid: number
  readonly pidfd: number
  readonly hiddenBase: number
}

/** What a runner gets: its slot, and the descriptors in the order of the HIDDEN_ numbers. */
export interface Admission {
  readonly slot: number
  readonly hidden: readonly number[]
}

export interface ListenerHost {
  /** Calls `readable` when there is something to read, until `unwatch`. */
  watch(fd: number, readable: () => void): void
  unwatch(fd: number): void
  /** Null: there is no room. The pidfd is the engine's in any case. */
  admit(joining: Joining): Admission | null
}

interface Peer {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

export class Listener {
  private readonly host: ListenerHost
  private readonly kind: EngineKind
  private readonly id: string
  private readonly connections = new Set<number>()
  /** When engines were started for a user, lately. */
  private readonly starts = new Map<number, readonly number[]>()
  private fd = -1

  constructor(host: ListenerHost, kind: EngineKind) {
    this.host = host
    this.kind = kind
    this.id = outsideId(kind)
  }

  /**
   * Binds one of the user's names. 'other': another engine of this user has one already, and answers to it.
   * 'none': strangers have all of them.
   */
  listen(): 'listening' | 'other' | 'none' {
    const uid = process.geteuid!()
    const fd = must('socket', hostSyscall(SYS.socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    for (let n = 0; n < SOCKET_NAMES; n++) {
      const name = engineSocket(this.id, uid, n)
      const result = withAddress(name, (address, length) => hostSyscall(SYS.bind, fd, address, length))
      if (result === 0) {
        must('listen', hostSyscall(SYS.listen, fd, BACKLOG))
        this.fd = fd
        this.host.watch(fd, () => this.accept())
        return 'listening'
      }
      if (result !== -EADDRINUSE) break
      const other = connectTo(name)
      if (other < 0) continue
      const isOurs = peerOf(other)?.uid === uid
      closeFd(other)
      if (isOurs) {
        closeFd(fd)
        return 'other'
      }
    }
    closeFd(fd)
    return 'none'
  }

  /** The connection that was handed to this engine when it was started. */
  takeHanded(): void {
    hostSyscall(SYS.fcntl, ENGINE_FD, F_SETFD, FD_CLOEXEC)
    this.open(ENGINE_FD)
  }

  /** Can anybody find it by a name? */
  get isListening(): boolean {
    return this.fd >= 0
  }

  private retire(): void {
    if (this.fd < 0) return
    this.host.unwatch(this.fd)
    closeFd(this.fd)
    this.fd = -1
  }

  /** No more connections. */
  close(): void {
    this.retire()
    for (const fd of [...this.connections]) this.drop(fd)
  }

  get isBusy(): boolean {
    return this.connections.size > 0
  }

  private accept(): void {
    const fd = hostSyscall(SYS.accept4, this.fd, 0, 0, SOCK_CLOEXEC)
    if (fd >= 0) this.open(fd)
  }

  private open(fd: number): void {
    const peer = peerOf(fd)
    if (peer === null || peer.pid <= 0 || !(isOwn(peer) || mayStart(peer))) {
      closeFd(fd)
      return
    }
    // Whoever holds connections open and says nothing loses the oldest.
    const [oldest] = this.connections
    if (this.connections.size >= MAX_CONNECTIONS && oldest !== undefined) this.drop(oldest)
    this.connections.add(fd)
    this.host.watch(fd, () => this.read(fd))
    this.read(fd)
  }

  private drop(fd: number): void {
    this.host.unwatch(fd)
    this.connections.delete(fd)
    closeFd(fd)
  }

  private read(fd: number): void {
    const message = receive(fd)
    if (message === null) return
    if (message.bytes.length === REQUEST_LENGTH) this.serve(fd, message)
    else if (message.passed >= 0) closeFd(message.passed)
    this.drop(fd)
  }

  /** An engine of another user, with the connection that it is for; the next message on it is the request to join. */
  private startEngine(fd: number, { uid, gid }: Peer): void {
    const now = milliseconds()
    const before = (this.starts.get(uid) ?? []).filter((time) => now - time < STARTS_MS)
    if (before.length >= MAX_STARTS) return
    this.starts.set(uid, [...before, now])
    const stdio = ['ignore', 'ignore', 'ignore', fd] as const
    const command = [...process.execArgv, process.argv[1]!, ...engineArguments(this.kind), `--fd=${ENGINE_FD}`]
    const child = spawn(process.execPath, command, {
      argv0: ENGINE_NAME,
      detached: true,
      stdio: [...stdio],
      cwd: '/',
      env: this.environment(),
      uid,
      gid,
    })
    child.on('error', () => {})
    child.unref()
  }

  /** Of an engine for another user: with our options where the name stands for them. */
  private environment(): Record<string, string> {
    const ours = this.kind.options === '' ? [] : Object.entries(process.env).filter(([name]) => name.startsWith('DEMOTIC_'))
    return Object.fromEntries(ours) as Record<string, string>
  }

  private serve(fd: number, { bytes, passed }: Message): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const kind = view.getUint32(REQUEST_KIND, true)
    const peer = peerOf(fd)
    if (peer === null) return
    if (!isOwn(peer)) {
      if (passed >= 0) closeFd(passed)
      if (kind === REQUEST_START) this.startEngine(fd, peer)
      return
    }
    const isKnown = Buffer.from(bytes.buffer, bytes.byteOffset, ID_LENGTH).toString('latin1') === this.id
    if (kind === REQUEST_PASS && isKnown && passed >= 0) {
      const from = peerOf(passed)
      const takes = from !== null && from.pid > 0 && isOwn(from)
      sendMessage(fd, Uint8Array.of(takes ? 1 : 0), [])
      if (takes) this.open(passed)
      else closeFd(passed)
      return
    }
    if (passed >= 0) closeFd(passed)
    if (kind === REQUEST_RETIRE && isKnown) this.retire()
    if (kind !== REQUEST_JOIN) return
    const reply = (text: string): void => {
      sendMessage(fd, replyOf(`demotic: ${text}\n`), [])
    }
    if (!isKnown) {
      reply('binfmt_misc has the runner of another version of Demotic: demotic binfmt install registers this one')
      return
    }
    const hiddenBase = view.getUint32(REQUEST_BASE, true)
    if (hiddenBase < LOWEST_HIDDEN || hiddenBase > MAX_HIDDEN_BASE) return
    const joining = joiningOf(fd, hiddenBase)
    if (joining === null) return
    const admission = this.host.admit(joining)
    if (admission === null) {
      reply('the engine has no room for another process')
      return
    }
    const answer = new Uint8Array(8)
    new DataView(answer.buffer).setUint32(0, admission.slot, true)
    sendMessage(fd, answer, admission.hidden)
  }
}

/** A process of our user's, or one that can become so again. */
function isOwn({ pid, uid }: Peer): boolean {
  const user = process.geteuid!()
  return uid === user || (user === 0 && realUser(pid) === 0)
}

function realUser(pid: number): number {
  try {
    return Number(/^Uid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? -1)
  } catch {
    return -1
  }
}

/** Whom root's engine starts an engine for: not the root of a container, whose users have numbers of ours, too. */
function mayStart({ pid }: Peer): boolean {
  if (process.geteuid!() !== 0) return false
  try {
    return readlinkSync(`/proc/${pid}/ns/user`) === readlinkSync('/proc/self/ns/user')
  } catch {
    return false
  }
}

/** Does an engine of this user listen? */
export function engineRuns(kind: EngineKind): boolean {
  const fd = connectToOwn(kind)
  if (fd < 0) return false
  closeFd(fd)
  return true
}

/** The engine of this user that listens, if there is one, leaves its name to another. */
export function retireEngine(kind: EngineKind): void {
  const fd = connectToOwn(kind)
  if (fd < 0) return
  sendMessage(fd, requestOf(kind, REQUEST_RETIRE), [])
  // It closes the connection when it has done so.
  limitWait(fd)
  receive(fd, 0)
  closeFd(fd)
}

/** A connection to this user's engine, or -1. */
function connectToOwn(kind: EngineKind): number {
  const uid = process.geteuid!()
  const id = outsideId(kind)
  for (let n = 0; n < SOCKET_NAMES; n++) {
    const fd = connectTo(engineSocket(id, uid, n))
    if (fd < 0) continue
    if (peerOf(fd)?.uid === uid) return fd
    closeFd(fd)
  }
  return -1
}

function requestOf(kind: EngineKind, what: number): Uint8Array {
  const request = new Uint8Array(REQUEST_LENGTH)
  request.set(Buffer.from(outsideId(kind), 'latin1'))
  new DataView(request.buffer).setUint32(REQUEST_KIND, what, true)
  return request
}

/** Passes the handed connection on to the engine that listens; false when that one does not take it. */
export function passHanded(kind: EngineKind): boolean {
  const fd = connectToOwn(kind)
  if (fd < 0) return false
  const isSent = sendMessage(fd, requestOf(kind, REQUEST_PASS), [ENGINE_FD]) === REQUEST_LENGTH
  limitWait(fd)
  const answer = isSent ? receive(fd, 0) : null
  closeFd(fd)
  return answer !== null && answer.bytes[0] === 1
}

function limitWait(fd: number): void {
  const s = scratch()
  const at = s.take(16)
  s.setU64(at, PASS_SECONDS)
  hostSyscall(SYS.setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, s.address + at, 16)
}

/** The process at the other end, with a pidfd that cannot be another's. */
function joiningOf(fd: number, hiddenBase: number): Joining | null {
  const peer = peerOf(fd)
  if (peer === null) return null
  const s = scratch()
  const at = s.take(4)
  const length = s.take(4)
  s.i32[length >> 2] = 4
  const result = hostSyscall(SYS.getsockopt, fd, SOL_SOCKET, SO_PEERPIDFD, s.address + at, s.address + length)
  // Kernels before 6.5 do not have the option. The process waits for our answer, so its number is still its own.
  const pidfd = result === 0 ? s.i32[at >> 2]! : hostSyscall(SYS.pidfd_open, peer.pid, 0)
  return pidfd < 0 ? null : { pid: peer.pid, pidfd, hiddenBase }
}

function peerOf(fd: number): Peer | null {
  const s = scratch()
  const at = s.take(UCRED_SIZE)
  const length = s.take(4)
  s.i32[length >> 2] = UCRED_SIZE
  if (hostSyscall(SYS.getsockopt, fd, SOL_SOCKET, SO_PEERCRED, s.address + at, s.address + length) < 0) return null
  return { pid: s.i32[at >> 2]!, uid: s.i32[(at >> 2) + 1]! >>> 0, gid: s.i32[(at >> 2) + 2]! >>> 0 }
}

function withAddress(name: Uint8Array, use: (address: number, length: number) => number): number {
  const s = scratch()
  const at = s.take(2 + name.length)
  s.u8[at] = AF_UNIX
  s.u8.set(name, at + 2)
  return use(s.address + at, 2 + name.length)
}

/** A connection to an engine's name, or -errno. It does not wait: one with a full queue counts as none. */
function connectTo(name: Uint8Array): number {
  const fd = must('socket', hostSyscall(SYS.socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
  const result = withAddress(name, (address, length) => hostSyscall(SYS.connect, fd, address, length))
  if (result === 0) {
    hostSyscall(SYS.fcntl, fd, F_SETFL, 0)
    return fd
  }
  closeFd(fd)
  return result
}

interface Message {
  readonly bytes: Uint8Array
  /** A descriptor that came with it, or -1. */
  readonly passed: number
}

/** One message; null when there is none yet. The end of the connection is an empty one. */
function receive(fd: number, flags = MSG_DONTWAIT): Message | null {
  const s = scratch()
  const bytes = s.take(REQUEST_LENGTH + 8)
  const control = s.take(CMSG_HEADER + 8)
  const header = messageHeader(s, bytes, REQUEST_LENGTH + 8, control, CMSG_HEADER + 8)
  const result = hostSyscall(SYS.recvmsg, fd, s.address + header, flags | MSG_CMSG_CLOEXEC)
  if (result === -EAGAIN) return null
  if (result < 0) return { bytes: new Uint8Array(0), passed: -1 }
  const hasRights =
    s.i64(header + 40) >= CMSG_HEADER + 4 &&
    s.i64(control) === CMSG_HEADER + 4 &&
    s.i32[(control + 8) >> 2] === SOL_SOCKET &&
    s.i32[(control + 12) >> 2] === SCM_RIGHTS
  // The room is for two: more are not received.
  if (!hasRights && s.i64(header + 40) >= CMSG_HEADER + 8) for (const n of [0, 1]) closeFd(s.i32[((control + CMSG_HEADER) >> 2) + n]!)
  return { bytes: s.u8.slice(bytes, bytes + result), passed: hasRights ? s.i32[(control + CMSG_HEADER) >> 2]! : -1 }
}

/** Sends without waiting; the result is the kernel's. */
function sendMessage(fd: number, bytes: Uint8Array, fds: readonly number[]): number {
  const s = scratch()
  const data = s.take(bytes.length)
  s.u8.set(bytes, data)
  const length = CMSG_HEADER + 4 * fds.length
  const control = s.take(CMSG_HEADER + 4 * HIDDEN_COUNT + 8)
  s.setU64(control, length)
  s.i32[(control + 8) >> 2] = SOL_SOCKET
  s.i32[(control + 12) >> 2] = SCM_RIGHTS
  for (const [n, passed] of fds.entries()) s.i32[((control + CMSG_HEADER) >> 2) + n] = passed
  const header = messageHeader(s, data, bytes.length, control, fds.length === 0 ? 0 : length)
  return hostSyscall(SYS.sendmsg, fd, s.address + header, MSG_DONTWAIT | MSG_NOSIGNAL)
}

/** struct msghdr with one part; offsets are in the scratch memory. */
function messageHeader(s: ReturnType<typeof scratch>, bytes: number, length: number, control: number, controlLength: number): number {
  const vector = s.take(IOVEC_SIZE)
  s.setU64(vector, s.address + bytes)
  s.setU64(vector + 8, length)
  const header = s.take(MSGHDR_SIZE)
  s.setU64(header + 16, s.address + vector)
  s.setU64(header + 24, 1)
  s.setU64(header + 32, controlLength === 0 ? 0 : s.address + control)
  s.setU64(header + 40, controlLength)
  return header
}
