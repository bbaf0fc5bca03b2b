/** Handlers of the system calls that may name entries of /proc which are ours, for the dispatcher in syscalls/. */
import { errno } from '../syscalls/abi/errno.ts'
import { convertFlags, flagConversion } from '../syscalls/abi/flag-set.ts'
import { openFlags } from '../syscalls/abi/flags/files.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { Call, Handler } from '../syscalls/call.ts'
import { mapProcPath, openProc, type ProcView, readlinkProc } from './procfs.ts'

const AT_FDCWD = -100
const PATH_MAX = 4096
const SLASH = 0x2f

/** Last components for which a relative name is worth a look at its directory. */
const LAST_NAMES = ['exe', 'maps', 'smaps', 'status', 'statm', 'cmdline', 'auxv', 'cpuinfo']

export function procCalls(view: ProcView): { readonly [name: string]: Handler } {
  return {
    openat: (call) => {
      const path = absoluteName(call, 0, 1)
      if (path === null) return 'pass'
      const { abi, host } = call.ctx
      const flags = convertFlags(flagConversion(openFlags, abi.flavour, host.flavour), call.int(2))
      return openProc(call.thread, view, path, flags) ?? 'pass'
    },
    readlinkat: (call) => {
      const path = absoluteName(call, 0, 1)
      const target = path === null ? undefined : readlinkProc(view, call.thread.pid, path)
      if (target === undefined) return 'pass'
      const size = call.int(3)
      if (size <= 0) return -errno.EINVAL
      const bytes = target.subarray(0, size)
      const written = call.write(call.arg(2), bytes)
      return written < 0 ? written : bytes.length
    },
  }
}

/** What names mean for a guest with this view: /proc/self/exe, then the sysroot. For SyscallContext.mapPath. */
export function guestPaths(view: ProcView, pid: number): (path: Uint8Array, follow: boolean) => Uint8Array {
  return (path, follow) => {
    if (path[0] !== SLASH) return path
    return (follow ? mapProcPath(view, pid, path) : undefined) ?? view.sysroot?.mapPath(path, follow) ?? path
  }
}

/** The name in argument `n`, absolute; null when it cannot be one of ours. Relative names cost an order more. */
function absoluteName(call: Call, dirfd: number, n: number): Uint8Array | null {
  const path = call.path(n)
  if (typeof path === 'number' || path.length === 0) return null
  if (path[0] === SLASH) return path
  const text = Buffer.from(path).toString('latin1')
  if (!LAST_NAMES.includes(text.slice(text.lastIndexOf('/') + 1))) return null
  const fd = call.int(dirfd)
  const link = Buffer.from(fd === AT_FDCWD ? '/proc/self/cwd\0' : `/proc/self/fd/${fd}\0`)
  const { address, bytes } = call.thread.scratch(link.length + PATH_MAX)
  bytes.set(link)
  const length = call.thread.syscall(nr.readlink, address, address + link.length, PATH_MAX)
  if (length < 0) return null
  return Buffer.concat([bytes.subarray(link.length, link.length + length), Buffer.from('/'), path])
}
