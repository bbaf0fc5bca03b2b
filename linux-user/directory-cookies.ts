/**
 * Positions in directories for guests whose longs have 32 bits. File systems that hash names give positions of 63 bits to everybody but a kernel's own 32-bit programs, which our
 * runner is not; the guest gets numbers that stand for them. They hold for a directory, whoever has it open, as the file system's do.
 *
 * Small positions pass as they are. Those from FIRST_COOKIE on are numbered from there.
 */
import type { Thread } from '../src/host/thread.ts'
import { S_IFMT, ST_MODE } from '../src/runtime/host-kernel.ts'
import { FIRST_COOKIE } from '../syscalls/seek-thunks.ts'

const MOST_DIRECTORIES = 1024

interface Directory {
  readonly positions: bigint[]
  readonly numbers: Map<bigint, number>
}

export class DirectoryCookies {
  private readonly directories = new Map<string, Directory>()

  /** The directory that is open under `fd`, of which numbers are given; null: it is none, or nothing. */
  open(thread: Thread, fd: number): DirectoryPositions | null {
    const status = thread.readStat(fd)
    if (typeof status === 'number') return null
    const view = new DataView(status.buffer, status.byteOffset, status.length)
    if ((view.getUint32(ST_MODE, true) & S_IFMT) !== S_IFDIR) return null
    // st_dev and st_ino
    const key = `${view.getBigUint64(0, true)}:${view.getBigUint64(8, true)}`
    const known = this.directories.get(key) ?? { positions: [], numbers: new Map() }
    // The one that was used last is the last to be forgotten.
    this.directories.delete(key)
    this.directories.set(key, known)
    if (this.directories.size > MOST_DIRECTORIES) this.directories.delete(this.directories.keys().next().value!)
    return new DirectoryPositions(known)
  }
}

const S_IFDIR = 0o040000

export class DirectoryPositions {
  private readonly directory: Directory

  constructor(directory: Directory) {
    this.directory = directory
  }

  /** The guest's number for a position. */
  toCookie(position: bigint): number {
    if (position < BigInt(FIRST_COOKIE)) return Number(position)
    const { positions, numbers } = this.directory
    let number = numbers.get(position)
    if (number === undefined) {
      number = positions.push(position) - 1
      numbers.set(position, number)
    }
    return FIRST_COOKIE + number
  }

  /** The position that a number stands for, or the number itself. */
  toPosition(cookie: number): bigint {
    return (cookie >= FIRST_COOKIE ? this.directory.positions[cookie - FIRST_COOKIE] : undefined) ?? BigInt(cookie)
  }
}
