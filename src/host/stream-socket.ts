/** A listening socket of the engine on the loopback interface or at a path, and its connections: raw and non-blocking, for the engine's own poll. */
import { existsSync, renameSync, unlinkSync } from 'node:fs'
import { POLLIN } from '../runtime/host-kernel.ts'
import { milliseconds } from '../util/clock.ts'
import { pollOne, Scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

const SYS_SENDTO = 44
const SYS_RECVFROM = 45
const SYS_SOCKET = 41
const SYS_BIND = 49
const SYS_LISTEN = 50
const SYS_GETSOCKNAME = 51
const SYS_SETSOCKOPT = 54
const SYS_ACCEPT4 = 288
const SYS_SHUTDOWN = 48
const SYS_CLOSE = 3
const AF_UNIX = 1
const AF_INET = 2
const SOCK_STREAM = 1
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const IPPROTO_TCP = 6
const TCP_NODELAY = 1
const MSG_NOSIGNAL = 0x4000
const EAGAIN = 11
const EINTR = 4
const EADDRINUSE = 98
const POLLOUT = 4
const SHUT_WR = 1
/** sockaddr_in, sockaddr_un */
const INET_ADDRESS_SIZE = 16
const UNIX_ADDRESS_SIZE = 110
const UNIX_PATH = 2
const LOOPBACK = [127, 0, 0, 1]
const BUFFER_SIZE = 0x10000

export class StreamSocket {
  readonly fd: number
  private readonly memory = new Scratch(BUFFER_SIZE)

  private constructor(fd: number) {
    this.fd = fd
  }

  /** `place`: a TCP port of the loopback interface, or a path. A number is -errno. */
  static listen(place: number | string): StreamSocket | number {
    const isPort = typeof place === 'number'
    const fd = hostSyscall(SYS_SOCKET, isPort ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    if (fd < 0) return fd
    const socket = new StreamSocket(fd)
    const result = isPort ? socket.bind(place) || hostSyscall(SYS_LISTEN, fd, 1) : socket.listenAt(place)
    if (result >= 0) return socket
    socket.close()
    return result
  }

  /** The name is there only when somebody listens: whoever has waited for it may connect. */
  private listenAt(path: string): number {
    if (existsSync(path)) return -EADDRINUSE
    const hidden = `${path}~`
    const result = this.bind(hidden) || hostSyscall(SYS_LISTEN, this.fd, 1)
    if (result >= 0) renameSync(hidden, path)
    return result
  }

  private bind(place: number | string): number {
    const { u8, i32, address } = this.memory
    if (typeof place === 'number') {
      i32[0] = 1
      hostSyscall(SYS_SETSOCKOPT, this.fd, SOL_SOCKET, SO_REUSEADDR, address, 4)
      u8.fill(0, 0, INET_ADDRESS_SIZE)
      u8.set([AF_INET, 0, place >> 8, place & 0xff, ...LOOPBACK])
      return hostSyscall(SYS_BIND, this.fd, address, INET_ADDRESS_SIZE)
    }
    const path = new TextEncoder().encode(place)
    const ENAMETOOLONG = 36
    if (path.length >= UNIX_ADDRESS_SIZE - UNIX_PATH) return -ENAMETOOLONG
    u8.fill(0, 0, UNIX_ADDRESS_SIZE)
    u8[0] = AF_UNIX
    u8.set(path, UNIX_PATH)
    return hostSyscall(SYS_BIND, this.fd, address, UNIX_ADDRESS_SIZE)
  }

  /** The port that it listens on. */
  get port(): number {
    const { u8, i32, address } = this.memory
    i32[0] = INET_ADDRESS_SIZE
    hostSyscall(SYS_GETSOCKNAME, this.fd, address + INET_ADDRESS_SIZE, address)
    return (u8[INET_ADDRESS_SIZE + 2]! << 8) | u8[INET_ADDRESS_SIZE + 3]!
  }

  /** A connection that waits, or null. */
  accept(): StreamSocket | null {
    const fd = hostSyscall(SYS_ACCEPT4, this.fd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC)
    if (fd < 0) return null
    const socket = new StreamSocket(fd)
    socket.memory.i32[0] = 1
    hostSyscall(SYS_SETSOCKOPT, fd, IPPROTO_TCP, TCP_NODELAY, socket.memory.address, 4)
    return socket
  }

  /** What has come, valid until the next call; null: the other side has closed. */
  receive(): Uint8Array | null {
    const result = hostSyscall(SYS_RECVFROM, this.fd, this.memory.address, BUFFER_SIZE, 0, 0, 0)
    if (result > 0) return this.memory.u8.subarray(0, result)
    return result === -EAGAIN || result === -EINTR ? new Uint8Array(0) : null
  }

  /** Sends all, and waits for room. False: the other side has closed. */
  send(bytes: Uint8Array): boolean {
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + BUFFER_SIZE)
      this.memory.u8.set(part)
      const sent = hostSyscall(SYS_SENDTO, this.fd, this.memory.address, part.length, MSG_NOSIGNAL, 0, 0)
      if (sent > 0) done += sent
      else if (sent === -EAGAIN) pollOne(this.fd, POLLOUT, -1)
      else if (sent !== -EINTR) return false
    }
    return true
  }

  /**
   * Closes when the other side has read all: it closes then, or `ms` have passed. What it sends meanwhile is dropped; a socket that is closed with
   * bytes unread, or written to when it is closed, would lose the other side what it has not read.
   */
  finish(ms: number): void {
    hostSyscall(SYS_SHUTDOWN, this.fd, SHUT_WR)
    const end = milliseconds() + ms
    for (let left = ms; left > 0; left = end - milliseconds()) {
      pollOne(this.fd, POLLIN, Math.ceil(left))
      if (this.receive() === null) break
    }
    this.close()
  }

  close(): void {
    hostSyscall(SYS_CLOSE, this.fd)
    this.memory.close()
  }
}

/** Removes the file of a socket that was listened on. */
export function removeSocket(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // somebody else did
  }
}
