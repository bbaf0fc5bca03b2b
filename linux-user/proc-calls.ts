/** Handlers of the system calls that may name entries of /proc which are ours, for the dispatcher in syscalls/. */
import { AT_FDCWD } from '../src/runtime/host-kernel.ts'
import { HIDDEN_COUNT, HIDDEN_FDS } from '../src/runtime/layout.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { convertFlags, flagConversion } from '../syscalls/abi/flag-set.ts'
import { openFlags } from '../syscalls/abi/flags/files.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { Call, Handler } from '../syscalls/call.ts'
import { mapProcPath, openProc, type ProcView, readlinkProc } from './procfs.ts'

const PATH_MAX = 4096
const SLASH = 0x2f

/** Last components for which a relative name is worth a look at its directory. */
const LAST_NAMES = ['exe', 'maps', 'smaps', 'numa_maps', 'status', 'stat', 'statm', 'cmdline', 'auxv', 'cpuinfo', 'fd', 'fdinfo', 'mem']

/** struct open_how: flags and resolve, 64 bits each. */
const OPEN_HOW_SIZE = 24
const O_CREAT = 0o100
const O_ACCMODE = 3

/** Directories whose entries are descriptors; ours are left out of their lists. */
const DESCRIPTORS = /^\/proc\/(?:self|thread-self|\d+)(?:\/task\/\d+)?\/(?:fd|fdinfo)$/
/** struct linux_dirent64: offset of the record's length and of its name. */
const D_RECLEN = 16
const D_NAME = 19
const LIST_CHUNK = 0x8000

export function procCalls(view: ProcView): { readonly [name: string]: Handler } {
  return {
    openat: (call) => {
      const path = absoluteName(call, 0, 1)
      if (path === null) return 'pass'
      noteList(view, path)
      noteMemory(view, path, call.int(2))
      const { abi, host } = call.ctx
      const flags = convertFlags(flagConversion(openFlags, abi.flavour, host.flavour), call.int(2))
      return openProc(call.thread, view, path, flags) ?? 'pass'
    },
    openat2: (call) => {
      const how = call.read(call.arg(2), OPEN_HOW_SIZE)
      const path = how === null ? null : absoluteName(call, 0, 1)
      if (how === null || path === null || call.arg(3) < OPEN_HOW_SIZE) return 'pass'
      noteList(view, path)
      const words = new DataView(how.buffer, how.byteOffset)
      const resolve = words.getUint32(16, true)
      const flags = words.getUint32(0, true)
      // Whoever restricts how a name is resolved gets what the kernel says.
      if (resolve !== 0 || flags & O_CREAT) return 'pass'
      const { abi, host } = call.ctx
      return openProc(call.thread, view, path, convertFlags(flagConversion(openFlags, abi.flavour, host.flavour), flags)) ?? 'pass'
    },
    getdents64: listDescriptors,
    chdir: (call) => {
      const path = call.path(0)
      if (typeof path !== 'number' && PROC.every((byte, n) => path[n] === byte)) view.listsToEngine?.()
      return 'pass'
    },
    readlinkat: (call) => {
      const path = absoluteName(call, 0, 1) ?? descriptorName(call)
      const target = path === null ? undefined : readlinkProc(view, path)
      if (target === undefined) return 'pass'
      const size = call.int(3)
      if (size <= 0) return -errno.EINVAL
      const bytes = target.subarray(0, size)
      const written = call.write(call.arg(2), bytes)
      return written < 0 ? written : bytes.length
    },
  }
}

/** A directory of descriptors is opened: from now on lists of directories go by the engine. */
function noteList(view: ProcView, path: Uint8Array): void {
  if (path.length < LONGEST_LIST && LISTS.test(Buffer.from(path).toString('latin1'))) view.listsToEngine?.()
}

/** The memory of a process is opened for writing. */
function noteMemory(view: ProcView, path: Uint8Array, flags: number): void {
  if ((flags & O_ACCMODE) === 0 || path.length >= LONGEST_LIST) return
  if (MEMORY.test(Buffer.from(path).toString('latin1'))) view.writesMemory?.()
}

const MEMORY = /(?:^|\/)mem$/

/** What a directory of descriptors may be called, by one way or another. */
const LISTS = /(?:^|\/)(?:fd|fdinfo)(?:\/|\/\.)*$/
const LONGEST_LIST = 256
const PROC = Buffer.from('/proc')

/** getdents64 of a directory of descriptors, without ours; every other directory passes. */
function listDescriptors(call: Call): number | 'pass' {
  if (!isOfDescriptors(call)) return 'pass'
  const records = directoryRecords(call, call.arg(2))
  if (typeof records === 'number') return records
  const written = call.write(call.arg(1), records)
  return written < 0 ? written : records.length
}

function isOfDescriptors(call: Call): boolean {
  const link = linkTarget(call, `/proc/self/fd/${call.int(0)}`)
  return link !== null && DESCRIPTORS.test(link)
}

/** What getdents64 gives of the directory in argument 0, `room` bytes at most and none of ours; or -errno. */
export function directoryRecords(call: Call, room: number): Uint8Array | number {
  const { thread } = call
  const isFiltered = isOfDescriptors(call)
  for (;;) {
    const { address, bytes } = thread.scratch(LIST_CHUNK)
    const length = thread.syscall(nr.getdents64, call.int(0), address, Math.min(room, LIST_CHUNK))
    if (length < 0) return length
    const records = bytes.slice(0, length)
    if (!isFiltered || length === 0) return records
    const kept = withoutOurs(records, thread.i32[HIDDEN_FDS >> 2]!)
    // All of them were ours: what follows?
    if (kept.length > 0) return kept
  }
}

function withoutOurs(records: Uint8Array, firstHidden: number): Uint8Array {
  const view = new DataView(records.buffer, records.byteOffset, records.length)
  let end = 0
  for (let at = 0; at < records.length; ) {
    const length = view.getUint16(at + D_RECLEN, true)
    const name = records.subarray(at + D_NAME, at + length)
    const fd = Number(Buffer.from(name.subarray(0, name.indexOf(0))).toString('latin1'))
    if (!(fd >= firstHidden && fd < firstHidden + HIDDEN_COUNT)) {
      records.copyWithin(end, at, at + length)
      end += length
    }
    at += length
  }
  return records.subarray(0, end)
}

/** What names mean for a guest with this view: /proc/self/exe, then the sysroot. For SyscallContext.mapPath. */
export function guestPaths(view: ProcView): (path: Uint8Array, follow: boolean) => Uint8Array {
  return (path, follow) => {
    if (path[0] !== SLASH) return path
    return mapProcPath(view, path, follow) ?? view.sysroot?.mapPath(path, follow) ?? path
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
  const directory = linkTarget(call, fd === AT_FDCWD ? '/proc/self/cwd' : `/proc/self/fd/${fd}`)
  return directory === null ? null : Buffer.from(`${directory}/${text}`, 'latin1')
}

/** What the descriptor in argument 0 is of, when argument 1 is an empty name. */
function descriptorName(call: Call): Uint8Array | null {
  const path = call.path(1)
  if (typeof path === 'number' || path.length !== 0) return null
  const target = linkTarget(call, `/proc/self/fd/${call.int(0)}`)
  return target === null ? null : Buffer.from(target, 'latin1')
}

/** Where a link of the runner's /proc leads, bytes as characters; null: nowhere. */
export function linkTarget(call: Call, path: string): string | null {
  const link = Buffer.from(`${path}\0`)
  const { address, bytes } = call.thread.scratch(link.length + PATH_MAX)
  bytes.set(link)
  const length = call.thread.syscall(nr.readlink, address, address + link.length, PATH_MAX)
  return length < 0 ? null : Buffer.from(bytes.subarray(link.length, link.length + length)).toString('latin1')
}
