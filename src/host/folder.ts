/** The user's own folders and files. */
import { closeSync, constants, existsSync, fstatSync, mkdirSync, openSync, readSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

const PRIVATE_FOLDER = 0o700
const OTHERS_MAY_WRITE = 0o022

/** Makes the folder and those above that are missing; not Node's recursive way, which never ends where mkdir says ENOENT, as in /proc. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  const above = dirname(folder)
  if (above !== folder) makeFolder(above)
  mkdirSync(folder, PRIVATE_FOLDER)
}

/**
 * What a file holds; null when there is none. `bytes` is null when it is not to be believed: not a plain file of this user's, or others may write it.
 * `seen` may change the open file.
 */
export function readOwnFile(path: string, seen: (fd: number, stat: Stats) => void = () => {}): { readonly bytes: Buffer | null } | null {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return null
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile() || stat.uid !== process.geteuid?.() || (stat.mode & OTHERS_MAY_WRITE) !== 0) return { bytes: null }
    const bytes = Buffer.allocUnsafeSlow(stat.size)
    if (readSync(fd, bytes, 0, stat.size, 0) !== stat.size) return { bytes: null }
    seen(fd, stat)
    return { bytes }
  } catch {
    return { bytes: null }
  } finally {
    closeSync(fd)
  }
}
