/** Structures of socket calls. Addresses of ports and hosts inside sockaddr_* are in network byte order on every ABI. */
import { messageFlags } from './flags/sockets.ts'
import { shape } from './shape.ts'
import { iovec } from './shapes-files.ts'
import { timespec } from './shapes-process.ts'

export { iovec, timespec }

export const msghdr = shape(
  'msghdr',
  'void *msg_name; int msg_namelen; struct iovec *msg_iov; unsigned long msg_iovlen; void *msg_control; unsigned long msg_controllen; unsigned int msg_flags',
  { formats: { msg_flags: messageFlags } },
)
export const mmsghdr = shape('mmsghdr', 'struct msghdr msg_hdr; unsigned int msg_len')
export const cmsghdr = shape('cmsghdr', 'unsigned long cmsg_len; int cmsg_level; int cmsg_type')
export const ucred = shape('ucred', 'int pid; unsigned int uid; unsigned int gid')
export const linger = shape('linger', 'int l_onoff; int l_linger')
export const ifconf = shape('ifconf', 'int ifc_len; void *ifc_buf')
export const sockaddrUn = shape('sockaddr_un', 'unsigned short sun_family; char sun_path[108]')
export const sockaddrIn = shape(
  'sockaddr_in',
  'unsigned short sin_family; unsigned short sin_port; unsigned int sin_addr; unsigned char __pad[8]',
)
export const sockaddrIn6 = shape(
  'sockaddr_in6',
  'unsigned short sin6_family; unsigned short sin6_port; unsigned int sin6_flowinfo; unsigned char sin6_addr[16]; unsigned int sin6_scope_id',
)
export const sockaddrNl = shape(
  'sockaddr_nl',
  'unsigned short nl_family; unsigned short nl_pad; unsigned int nl_pid; unsigned int nl_groups',
)
