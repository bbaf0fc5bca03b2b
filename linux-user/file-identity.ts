/**
 * Which version of which file a descriptor shows: the key under which translations of its code can be found
 * again by other processes that map it.
 */

import { STAT_SIZE } from '../src/host/peek.ts'
import type { RunnerThread } from '../src/host/runner-api.ts'
import { errno } from '../syscalls/abi/errno.ts'
import type { FileIdentity } from './vma-list.ts'

/** struct stat of x86-64, offsets in 32-bit words: st_dev and st_ino, two words each; the others */
const ST_DEV = 0
const ST_MODE = 6
const ST_UID = 7
const ST_GID = 8
const ST_SIZE = 12
const ST_MTIME = 22
const ST_CTIME = 26

/** Milliseconds within which a file may change once more and keep its times: kernels and file systems count in ticks of 10 at most, and clocks differ a little. */
const FRESH_MS = 100
const FRESH = '~'

/** Does a key name a file that had been changed just before? */
export function isFresh(key: string): boolean {
  return key.includes(FRESH)
}

export interface FileStatus {
  readonly identity: FileIdentity
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
}

/** fstat in the runner: the file's mode, size and identity, or -errno. */
export function readFileStatus(thread: RunnerThread, fd: number): FileStatus | number {
  const status = thread.readStat(fd)
  return typeof status === 'number' ? status : parseFileStatus(status)
}

/** What fstat has left. */
export function parseFileStatus(bytes: Uint8Array): FileStatus {
  const view = new DataView(bytes.buffer, bytes.byteOffset, STAT_SIZE)
  const word = (index: number): number => view.getUint32(index * 4, true)
  const hex = (index: number, count: number): string => {
    let text = ''
    for (let i = 0; i < count; i++) text += `${word(index + i).toString(36)}.`
    return text
  }
  const size = word(ST_SIZE) + word(ST_SIZE + 1) * 2 ** 32
  const age = Date.now() - word(ST_CTIME) * 1e3 - word(ST_CTIME + 2) / 1e6
  const identity = { key: (age < FRESH_MS ? FRESH : '') + hex(ST_DEV, 4) + hex(ST_SIZE, 2) + hex(ST_MTIME, 4) + hex(ST_CTIME, 4) }
  return { identity, mode: word(ST_MODE), uid: word(ST_UID), gid: word(ST_GID), size }
}

/** Offset in struct statfs of x86-64, and its flag for file systems from which nothing may be executed. */
const F_FLAGS = 88
const ST_NOEXEC = 8

/** The identity of a file that is to be mapped executable; -EPERM when its file system forbids that. */
export function readFileIdentity(thread: RunnerThread, fd: number): FileIdentity | number {
  const status = readFileStatus(thread, fd)
  if (typeof status === 'number') return status
  const system = thread.readStatfs(fd)
  if (typeof system !== 'number') {
    const flags = new DataView(system.buffer, system.byteOffset, system.length).getUint32(F_FLAGS, true)
    if (flags & ST_NOEXEC) return -errno.EPERM
  }
  return status.identity
}
