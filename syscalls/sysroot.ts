/**
 * Names under a sysroot (-L DIR): an absolute name means the file under DIR when there is one, else the file itself. Names that
 * the engine or the kernel answers (/proc, /sys, /dev) are never mapped.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { x64Numbers } from './abi/numbers-x64.ts'

const SLASH = 0x2f
const AT_FDCWD = -100
const AT_SYMLINK_NOFOLLOW = 0x100
const STAT_SIZE = 144
const never = ['/proc', '/sys', '/dev'].map((text) => new TextEncoder().encode(text))

/** A `mapPath` for handlers: the runner itself looks whether the file is there, with its own rights and root. */
export function sysrootMapper(directory: string): (thread: RunnerThread, path: Uint8Array) => Uint8Array | null {
  const prefix = new TextEncoder().encode(directory.replace(/\/+$/, ''))
  return (thread, path) => {
    if (path[0] !== SLASH || never.some((name) => isUnder(path, name)) || isUnder(path, prefix)) return null
    const mapped = new Uint8Array(prefix.length + path.length)
    mapped.set(prefix)
    mapped.set(path, prefix.length)
    return exists(thread, mapped) ? mapped : null
  }
}

/** Whether `path` is `directory` or lies under it. */
function isUnder(path: Uint8Array, directory: Uint8Array): boolean {
  for (let i = 0; i < directory.length; i++) if (path[i] !== directory[i]) return false
  return path.length === directory.length || path[directory.length] === SLASH
}

function exists(thread: RunnerThread, path: Uint8Array): boolean {
  const scratch = thread.scratch(STAT_SIZE + path.length + 1)
  scratch.bytes.set(path, STAT_SIZE)
  scratch.bytes[STAT_SIZE + path.length] = 0
  return thread.syscall(x64Numbers.newfstatat, AT_FDCWD, scratch.address + STAT_SIZE, scratch.address, AT_SYMLINK_NOFOLLOW) === 0
}
