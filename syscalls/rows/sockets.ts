/** Sockets. Options and addresses have one layout on every 64-bit ABI. */
import {
  addressFamily,
  messageFlags,
  shutdownHow,
  socketFlags,
  socketLevel,
  socketOption,
  socketType,
  tcpOption,
} from '../abi/flags/sockets.ts'
import { timespec } from '../abi/shapes-process.ts'
import {
  bufferIn,
  bufferOut,
  by,
  fd,
  flags,
  int,
  intInOut,
  messageIn,
  messageOut,
  messagesIn,
  messagesOut,
  pairOut,
  pointer,
  size,
  sockaddrIn,
  sockaddrOut,
  structInOut,
  uint,
} from '../args.ts'
import { counted, syscall } from '../row.ts'

/** Their values have words in them. */
const { SO_RCVTIMEO, SO_SNDTIMEO, SO_ATTACH_FILTER } = socketOption.values
const WORDS = { engineFor: { argument: 'optname', values: [SO_RCVTIMEO, SO_SNDTIMEO, SO_ATTACH_FILTER], only32: true } }

const option = by('level', socketLevel, { SOL_SOCKET: flags(socketOption), SOL_TCP: flags(tcpOption) }, int)

export const socket = syscall('socket', { domain: flags(addressFamily), type: flags(socketType), protocol: int })
export const socketpair = syscall('socketpair', { domain: flags(addressFamily), type: flags(socketType), protocol: int, sv: pairOut })
export const bind = syscall('bind', { sockfd: fd, addr: sockaddrIn('addrlen'), addrlen: int })
export const connect = syscall('connect', { sockfd: fd, addr: sockaddrIn('addrlen'), addrlen: int })
export const listen = syscall('listen', { sockfd: fd, backlog: int })
export const accept = syscall('accept', { sockfd: fd, addr: sockaddrOut('addrlen'), addrlen: intInOut })
export const accept4 = syscall('accept4', { sockfd: fd, addr: sockaddrOut('addrlen'), addrlen: intInOut, flags: flags(socketFlags) })
export const getsockname = syscall('getsockname', { sockfd: fd, addr: sockaddrOut('addrlen'), addrlen: intInOut })
export const getpeername = syscall('getpeername', { sockfd: fd, addr: sockaddrOut('addrlen'), addrlen: intInOut })
export const shutdown = syscall('shutdown', { sockfd: fd, how: flags(shutdownHow) })
export const getsockopt = syscall(
  'getsockopt',
  {
    sockfd: fd,
    level: flags(socketLevel),
    optname: option,
    optval: pointer('out'),
    optlen: intInOut,
  },
  WORDS,
)
export const setsockopt = syscall(
  'setsockopt',
  {
    sockfd: fd,
    level: flags(socketLevel),
    optname: option,
    optval: bufferIn('optlen'),
    optlen: int,
  },
  WORDS,
)
export const sendto = syscall(
  'sendto',
  { sockfd: fd, buf: bufferIn('len'), len: size, flags: flags(messageFlags), addr: sockaddrIn('addrlen'), addrlen: int },
  counted,
)
export const recvfrom = syscall(
  'recvfrom',
  { sockfd: fd, buf: bufferOut('len'), len: size, flags: flags(messageFlags), addr: sockaddrOut('addrlen'), addrlen: intInOut },
  counted,
)
export const sendmsg = syscall('sendmsg', { sockfd: fd, msg: messageIn, flags: flags(messageFlags) }, counted)
export const recvmsg = syscall('recvmsg', { sockfd: fd, msg: messageOut, flags: flags(messageFlags) }, counted)
export const sendmmsg = syscall('sendmmsg', { sockfd: fd, msgvec: messagesIn('vlen'), vlen: uint, flags: flags(messageFlags) })
export const recvmmsg = syscall('recvmmsg', {
  sockfd: fd,
  msgvec: messagesOut('vlen'),
  vlen: uint,
  flags: flags(messageFlags),
  timeout: structInOut(timespec),
})
