/** Who a process is: identifiers, credentials, names. */
import { randomFlags } from '../abi/flags/process.ts'
import { capData, capHeader } from '../abi/shapes-process.ts'
import { bufferIn, flags, gid, int, pid, pointer, randomOut, size, structIn, structInOut, structOut, uid, uintOut } from '../args.ts'
import { counted, syscall } from '../row.ts'

export const getpid = syscall('getpid', {})
export const getppid = syscall('getppid', {})
export const gettid = syscall('gettid', {})
export const getuid = syscall('getuid', {})
export const geteuid = syscall('geteuid', {})
export const getgid = syscall('getgid', {})
export const getegid = syscall('getegid', {})
export const setuid = syscall('setuid', { uid })
export const setgid = syscall('setgid', { gid })
export const setreuid = syscall('setreuid', { ruid: uid, euid: uid })
export const setregid = syscall('setregid', { rgid: gid, egid: gid })
export const setresuid = syscall('setresuid', { ruid: uid, euid: uid, suid: uid })
export const getresuid = syscall('getresuid', { ruid: uintOut, euid: uintOut, suid: uintOut })
export const setresgid = syscall('setresgid', { rgid: gid, egid: gid, sgid: gid })
export const getresgid = syscall('getresgid', { rgid: uintOut, egid: uintOut, sgid: uintOut })
export const setfsuid = syscall('setfsuid', { uid })
export const setfsgid = syscall('setfsgid', { gid })
export const getgroups = syscall('getgroups', { size: int, list: pointer('out') })
export const setgroups = syscall('setgroups', { size, list: pointer('in') })
export const getpgid = syscall('getpgid', { pid })
export const setpgid = syscall('setpgid', { pid, pgid: pid })
export const getsid = syscall('getsid', { pid })
export const setsid = syscall('setsid', {})
export const capget = syscall('capget', { hdrp: structInOut(capHeader), datap: structOut(capData) })
export const capset = syscall('capset', { hdrp: structInOut(capHeader), datap: structIn(capData) })
export const sethostname = syscall('sethostname', { name: bufferIn('len'), len: size })
export const setdomainname = syscall('setdomainname', { name: bufferIn('len'), len: size })
export const getrandom = syscall('getrandom', { buf: randomOut('buflen'), buflen: size, flags: flags(randomFlags) }, counted)
