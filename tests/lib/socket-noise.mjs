/** Writes to the socket of this user's engine what no runner writes, and reads what comes back. Run with the compiled modules. */
const { hostSyscall } = await import('../../dist/src/host/native.js')
const { scratch } = await import('../../dist/src/host/memory.js')
const { SYS } = await import('../../dist/src/runtime/host-kernel.js')
const outside = await import('../../dist/src/runtime/outside.js')

const AF_UNIX = 1
const SOCK_SEQPACKET = 5
const id = outside.outsideId({ guest: 'aarch64', options: '' })

function connect() {
  const fd = hostSyscall(SYS.socket, AF_UNIX, SOCK_SEQPACKET, 0)
  const name = outside.engineSocket(id, process.geteuid(), 0)
  const s = scratch()
  const at = s.take(2 + name.length)
  s.u8[at] = AF_UNIX
  s.u8.set(name, at + 2)
  if (hostSyscall(SYS.connect, fd, s.address + at, 2 + name.length) !== 0) throw new Error('no engine')
  return fd
}

function send(fd, bytes) {
  const s = scratch()
  const at = s.take(bytes.length + 16)
  s.u8.set(bytes, at)
  hostSyscall(SYS.sendto, fd, s.address + at, bytes.length, 0x4000, 0, 0)
}

function answer(fd) {
  const s = scratch()
  const at = s.take(outside.REPLY_LENGTH)
  const length = hostSyscall(SYS.read, fd, s.address + at, outside.REPLY_LENGTH)
  return Buffer.from(s.u8.slice(at, at + Math.max(length, 0)))
}

function request(base, kind, name = id) {
  const bytes = Buffer.alloc(outside.REQUEST_LENGTH)
  bytes.write(name, 'latin1')
  bytes.writeUInt32LE(base >>> 0, outside.REQUEST_BASE)
  bytes.writeUInt32LE(kind, outside.REQUEST_KIND)
  return bytes
}

const NOISE = [
  Buffer.alloc(0),
  Buffer.from('GET / HTTP/1.0\r\n\r\n'),
  Buffer.alloc(20_000, 7),
  request(0, outside.REQUEST_JOIN),
  request(-1, outside.REQUEST_JOIN),
  request(1000, 77),
  request(1000, outside.REQUEST_PASS),
  request(1000, outside.REQUEST_START),
]
for (const bytes of NOISE) {
  const fd = connect()
  send(fd, bytes)
  if (bytes.length > 0 && answer(fd).length > 0) throw new Error(`an answer to ${bytes.toString('hex')}`)
}
const other = connect()
send(other, request(1000, outside.REQUEST_JOIN, '0123456789abcdef'))
if (!answer(other).toString('latin1').includes('another version')) throw new Error('a strange id is served')
// Those that say nothing, more than the engine keeps.
for (let n = 0; n < 200; n++) connect()
// A process that joins, and is no runner: it has a slot until it ends.
const joined = connect()
send(joined, request(1000, outside.REQUEST_JOIN))
if (answer(joined).readUInt32LE(0) === 0) throw new Error('nothing came')
