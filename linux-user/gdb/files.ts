/**
 * gdb's file access on the target (vFile packets, GDB manual, appendix E.7), reading only: programs and libraries as the guest sees them, below the
 * sysroot first, and /proc/PID/maps with the guest's mappings. Errors are numbers of the protocol's own.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync, readSync, type Stats } from 'node:fs'
import { guestMaps } from '../proc-maps.ts'
import type { GuestProcess } from '../process.ts'
import { fromHex, toText } from './packets.ts'

const ERRORS: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EBADF: 9,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENAMETOOLONG: 91, // biome-ignore format: a list
}
const UNKNOWN_ERROR = 9999
const { EBADF, EACCES, EINVAL } = { EBADF: 9, EACCES: 13, EINVAL: 22 }
const O_ACCMODE = 3
const LONGEST_READ = 0x8000
const STAT_SIZE = 64

export class RemoteFiles {
  private readonly open = new Map<number, number | Uint8Array>()
  private next = 3

  /** Answers `vFile:OPERATION:ARGUMENTS`; null: not supported. */
  handle(process: GuestProcess | undefined, text: string): string | null {
    const [operation, rest] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)]
    const args = rest.split(',')
    const number = (n: number): number => Number.parseInt(args[n] ?? '', 16)
    switch (operation) {
      case 'setfs':
        return 'F0'
      case 'open':
        return attempt(() => this.openFile(process, fromHex(args[0]!), number(1)))
      case 'pread':
        return this.read(number(0), number(1), number(2))
      case 'fstat':
        return this.stat(number(0))
      case 'close':
        return this.close(number(0))
      case 'readlink':
        return attempt(() => withData(readlinkSync(Buffer.from(place(process, fromHex(args[0]!))), { encoding: 'latin1' })))
      default:
        return null
    }
  }

  private openFile(process: GuestProcess | undefined, path: Uint8Array, flags: number): string {
    if ((flags & O_ACCMODE) !== 0) return failed(EACCES)
    const file = generated(process, path) ?? openSync(Buffer.from(place(process, path)), constants.O_RDONLY)
    this.open.set(this.next, file)
    return `F${(this.next++).toString(16)}`
  }

  private read(fd: number, count: number, offset: number): string {
    const file = this.open.get(fd)
    if (file === undefined) return failed(EBADF)
    if (!(count >= 0 && offset >= 0)) return failed(EINVAL)
    if (typeof file !== 'number') return withData(toText(file.subarray(offset, offset + count)))
    const bytes = new Uint8Array(Math.min(count, LONGEST_READ))
    return attempt(() => withData(toText(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset)))))
  }

  private stat(fd: number): string {
    const file = this.open.get(fd)
    if (file === undefined) return failed(EBADF)
    return attempt(() =>
      withData(toText(typeof file === 'number' ? statBytes(fstatSync(file)) : statBytes({ size: file.length, mode: 0o100444 }))),
    )
  }

  private close(fd: number): string {
    const file = this.open.get(fd)
    if (file === undefined) return failed(EBADF)
    this.open.delete(fd)
    if (typeof file === 'number') closeSync(file)
    return 'F0'
  }

  closeAll(): void {
    for (const fd of [...this.open.keys()]) this.close(fd)
  }
}

function attempt(make: () => string): string {
  try {
    return make()
  } catch (error) {
    return failed(ERRORS[(error as NodeJS.ErrnoException).code ?? ''] ?? UNKNOWN_ERROR)
  }
}

function failed(error: number): string {
  return `F-1,${error.toString(16)}`
}

function withData(data: string): string {
  return `F${data.length.toString(16)};${data}`
}

/** Where the host has it. */
function place(process: GuestProcess | undefined, path: Uint8Array): Uint8Array {
  const sysroot = process?.tree.sysroot
  return sysroot ? sysroot.mapPath(path, true) : path
}

/** The text of /proc/PID/maps; null: another file. */
function generated(process: GuestProcess | undefined, path: Uint8Array): Uint8Array | null {
  const match = /^\/proc\/(\d+)\/(?:task\/\d+\/)?maps$/.exec(toText(path))
  const other = match === null ? undefined : process?.tree.byPid(Number(match[1]))
  if (other === undefined) return null
  const text = readFileSync(`/proc/${other.pid}/maps`, 'latin1')
  return Buffer.from(
    guestMaps(text, other.memory.addresses.vmas.all(), (name) => name),
    'latin1',
  )
}

/** struct stat of the protocol: dev, ino, mode, nlink, uid, gid, rdev as 32 bits, size, blksize, blocks as 64, three times; big endian. */
function statBytes(stat: Partial<Stats> & { readonly size: number; readonly mode: number }): Uint8Array {
  const bytes = new Uint8Array(STAT_SIZE)
  const view = new DataView(bytes.buffer)
  const words = [stat.dev ?? 0, stat.ino ?? 0, stat.mode, stat.nlink ?? 1, stat.uid ?? 0, stat.gid ?? 0, stat.rdev ?? 0]
  for (const [n, word] of words.entries()) view.setUint32(4 * n, word % 2 ** 32)
  const longs = [stat.size, stat.blksize ?? 4096, stat.blocks ?? 0]
  for (const [n, long] of longs.entries()) view.setBigUint64(28 + 8 * n, BigInt(long))
  const times = [stat.atimeMs ?? 0, stat.mtimeMs ?? 0, stat.ctimeMs ?? 0]
  for (const [n, time] of times.entries()) view.setUint32(52 + 4 * n, Math.floor(time / 1000) % 2 ** 32)
  return bytes
}
