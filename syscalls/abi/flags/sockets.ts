/** Flags and selectors of sockets, as the kernel headers name them; a flavour lists only what differs from asm-generic. */
import { enumSet, flagSet } from '../flag-set.ts'

export const addressFamily = enumSet('addressFamily', {
  AF_UNSPEC: 0,
  AF_UNIX: 1,
  AF_INET: 2,
  AF_AX25: 3,
  AF_IPX: 4,
  AF_APPLETALK: 5,
  AF_NETROM: 6,
  AF_BRIDGE: 7,
  AF_ATMPVC: 8,
  AF_X25: 9,
  AF_INET6: 10,
  AF_KEY: 15,
  AF_NETLINK: 16,
  AF_PACKET: 17,
  AF_RDS: 21,
  AF_PPPOX: 24,
  AF_LLC: 26,
  AF_CAN: 29,
  AF_TIPC: 30,
  AF_BLUETOOTH: 31,
  AF_ALG: 38,
  AF_NFC: 39,
  AF_VSOCK: 40,
  AF_KCM: 41,
  AF_QIPCRTR: 42,
  AF_SMC: 43,
  AF_XDP: 44,
})

export const socketType = flagSet('socketType', {
  choice: {
    mask: 0xf,
    values: { SOCK_STREAM: 1, SOCK_DGRAM: 2, SOCK_RAW: 3, SOCK_RDM: 4, SOCK_SEQPACKET: 5, SOCK_DCCP: 6, SOCK_PACKET: 10 },
  },
  bits: {
    SOCK_CLOEXEC: 0x80000,
    SOCK_NONBLOCK: 0x800,
  },
})

export const socketFlags = flagSet('socketFlags', {
  bits: {
    SOCK_CLOEXEC: 0x80000,
    SOCK_NONBLOCK: 0x800,
  },
})

export const messageFlags = flagSet('messageFlags', {
  bits: {
    MSG_OOB: 1,
    MSG_PEEK: 2,
    MSG_DONTROUTE: 4,
    MSG_CTRUNC: 8,
    MSG_PROXY: 0x10,
    MSG_TRUNC: 0x20,
    MSG_DONTWAIT: 0x40,
    MSG_EOR: 0x80,
    MSG_WAITALL: 0x100,
    MSG_FIN: 0x200,
    MSG_SYN: 0x400,
    MSG_CONFIRM: 0x800,
    MSG_RST: 0x1000,
    MSG_ERRQUEUE: 0x2000,
    MSG_NOSIGNAL: 0x4000,
    MSG_MORE: 0x8000,
    MSG_WAITFORONE: 0x10000,
    MSG_BATCH: 0x40000,
    MSG_ZEROCOPY: 0x4000000,
    MSG_FASTOPEN: 0x20000000,
    MSG_CMSG_CLOEXEC: 0x40000000,
  },
})

export const shutdownHow = enumSet('shutdownHow', {
  SHUT_RD: 0,
  SHUT_WR: 1,
  SHUT_RDWR: 2,
})

export const socketLevel = enumSet('socketLevel', {
  SOL_IP: 0,
  SOL_SOCKET: 1,
  SOL_TCP: 6,
  SOL_UDP: 17,
  SOL_IPV6: 41,
  SOL_RAW: 255,
  SOL_PACKET: 263,
  SOL_NETLINK: 270,
  SOL_ALG: 279,
})

export const socketOption = enumSet('socketOption', {
  SO_DEBUG: 1,
  SO_REUSEADDR: 2,
  SO_TYPE: 3,
  SO_ERROR: 4,
  SO_DONTROUTE: 5,
  SO_BROADCAST: 6,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_KEEPALIVE: 9,
  SO_OOBINLINE: 10,
  SO_NO_CHECK: 11,
  SO_PRIORITY: 12,
  SO_LINGER: 13,
  SO_BSDCOMPAT: 14,
  SO_REUSEPORT: 15,
  SO_PASSCRED: 16,
  SO_PEERCRED: 17,
  SO_RCVLOWAT: 18,
  SO_SNDLOWAT: 19,
  SO_RCVTIMEO: 20,
  SO_SNDTIMEO: 21,
  SO_BINDTODEVICE: 25,
  SO_ATTACH_FILTER: 26,
  SO_DETACH_FILTER: 27,
  SO_PEERNAME: 28,
  SO_TIMESTAMP: 29,
  SO_ACCEPTCONN: 30,
  SO_PEERSEC: 31,
  SO_SNDBUFFORCE: 32,
  SO_RCVBUFFORCE: 33,
  SO_PASSSEC: 34,
  SO_TIMESTAMPNS: 35,
  SO_MARK: 36,
  SO_TIMESTAMPING: 37,
  SO_PROTOCOL: 38,
  SO_DOMAIN: 39,
  SO_RXQ_OVFL: 40,
  SO_PEEK_OFF: 42,
  SO_BUSY_POLL: 46,
  SO_INCOMING_CPU: 49,
  SO_PEERGROUPS: 59,
  SO_ZEROCOPY: 60,
})

export const ipProtocol = enumSet('ipProtocol', {
  IPPROTO_IP: 0,
  IPPROTO_ICMP: 1,
  IPPROTO_IGMP: 2,
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  IPPROTO_IPV6: 41,
  IPPROTO_ICMPV6: 58,
  IPPROTO_SCTP: 132,
  IPPROTO_RAW: 255,
})

export const tcpOption = enumSet('tcpOption', {
  TCP_NODELAY: 1,
  TCP_MAXSEG: 2,
  TCP_CORK: 3,
  TCP_KEEPIDLE: 4,
  TCP_KEEPINTVL: 5,
  TCP_KEEPCNT: 6,
  TCP_SYNCNT: 7,
  TCP_LINGER2: 8,
  TCP_DEFER_ACCEPT: 9,
  TCP_WINDOW_CLAMP: 10,
  TCP_INFO: 11,
  TCP_QUICKACK: 12,
  TCP_CONGESTION: 13,
  TCP_USER_TIMEOUT: 18,
  TCP_FASTOPEN: 23,
})
