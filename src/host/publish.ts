/** Files that appear whole or not at all, and leave nothing behind when we are killed meanwhile. */
import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { AT_FDCWD, SYS } from '../runtime/host-kernel.ts'
import { must, scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

const O_TMPFILE = 0o20200000
const AT_SYMLINK_FOLLOW = 0x400
const EEXIST = 17
const PRIVATE = 0o600

/**
 * Makes `folder`/`name` with these contents, readable by its owner alone. When there is one already it is replaced, or with `replace` false left.
 * Throws when the folder cannot be written.
 */
export function publishFile(folder: string, name: string, contents: readonly Uint8Array[], replace: boolean): void {
  const path = join(folder, name)
  const fd = openSync(folder, constants.O_WRONLY | O_TMPFILE, PRIVATE)
  try {
    for (const part of contents) writeAll(fd, part)
    let result = link(fd, path)
    if (result === -EEXIST && replace) {
      unlinkSync(path)
      result = link(fd, path)
    }
    if (result !== -EEXIST) must('linkat', result)
  } finally {
    closeSync(fd)
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
}

/** Gives an unnamed file its name; -EEXIST when that is taken. */
function link(fd: number, path: string): number {
  const s = scratch()
  return hostSyscall(SYS.linkat, AT_FDCWD, s.string(`/proc/self/fd/${fd}`), AT_FDCWD, s.string(path), AT_SYMLINK_FOLLOW)
}
