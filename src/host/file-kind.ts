/** What is under a name in the engine's own file system, by system calls: Node's ways take ten times as long, and this is asked for each name that a sysroot maps. */
import { S_IFLNK, S_IFMT, ST_MODE, SYS } from '../runtime/host-kernel.ts'
import { Scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

const PATH_MAX = 4096

let place: Scratch | undefined

/** The name behind room for an answer of PATH_MAX bytes; null: it is too long. */
function put(path: Uint8Array): Scratch | null {
  if (path.length >= PATH_MAX) return null
  place ??= new Scratch(2 * PATH_MAX)
  place.u8.set(path, PATH_MAX)
  place.u8[PATH_MAX + path.length] = 0
  return place
}

/** null: nothing that can be looked at. */
export function fileKind(path: Uint8Array): 'link' | 'other' | null {
  const at = put(path)
  if (at === null || hostSyscall(SYS.lstat, at.address + PATH_MAX, at.address) < 0) return null
  return (at.i32[ST_MODE >> 2]! & S_IFMT) === S_IFLNK ? 'link' : 'other'
}

/** What a symbolic link says, valid until the next call; null: it cannot be read. */
export function readLink(path: Uint8Array): Uint8Array | null {
  const at = put(path)
  const length = at === null ? -1 : hostSyscall(SYS.readlink, at.address + PATH_MAX, at.address, PATH_MAX)
  return at === null || length < 0 ? null : at.u8.subarray(0, length)
}
