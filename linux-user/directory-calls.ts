/**
 * Reading directories and seeking in them, of guests whose longs have 32 bits: what does not fit is told by other numbers (directory-cookies.ts), and inode numbers are folded
 * as `stat` folds them, so that no program fails that would not on a kernel of 32 bits.
 */
import type { Thread } from '../src/host/thread.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { seekWhence } from '../syscalls/abi/flags/files.ts'
import type { Call, Handler, Outcome } from '../syscalls/call.ts'
import { FIRST_COOKIE } from '../syscalls/seek-thunks.ts'
import type { DirectoryCookies, DirectoryPositions } from './directory-cookies.ts'
import { directoryRecords } from './proc-calls.ts'

const TWO_32 = 0x1_0000_0000
const LONG_MAX = 0x7fff_ffff
/** A record of the longest name, as the host has it. */
const LONGEST_RECORD = 280
// struct linux_dirent64
const D_INO = 0
const D_OFF = 8
const D_RECLEN = 16
const D_TYPE = 18
const D_NAME = 19
/** struct linux_dirent: inode and position in words of four bytes, length, name, and the type in the last byte. */
const OLD_OFF = 4
const OLD_RECLEN = 8
const OLD_NAME = 10
const OLD_ALIGNMENT = 4

export function directoryCalls(cookies: DirectoryCookies): { readonly [name: string]: Handler } {
  const open = (call: Call): DirectoryPositions | null => cookies.open(call.thread as Thread, call.int(0))

  const list = (call: Call, convert: (records: DataView, positions: DirectoryPositions) => Uint8Array, room: number): Outcome => {
    const positions = open(call)
    if (positions === null) return 'pass'
    const records = directoryRecords(call, room)
    if (typeof records === 'number') return records
    const bytes = convert(new DataView(records.buffer, records.byteOffset, records.length), positions)
    const written = call.write(call.arg(1), bytes)
    return written < 0 ? written : bytes.length
  }

  /** The result as a number exact to 2^53, or -errno. */
  const seek = (call: Call, offset: number, whence: number): number => {
    const isCookie = whence === seekWhence.values.SEEK_SET && offset >= FIRST_COOKIE
    const positions = isCookie ? open(call) : null
    const target = positions === null ? BigInt(offset) : positions.toPosition(offset)
    const result = seekTo(call, target, whence)
    if (result < BigInt(FIRST_COOKIE)) return Number(result)
    return (positions ?? open(call))?.toCookie(result) ?? Number(result)
  }

  return {
    getdents64: (call) => list(call, narrowRecords, call.uint(2)),
    getdents: (call) => {
      // Never more than fits: each of them is shorter then.
      const room = Math.max(call.uint(2), LONGEST_RECORD)
      const outcome = list(call, oldRecords, room)
      return outcome === 'pass' ? -errno.ENOTDIR : outcome
    },
    lseek: (call) => {
      const result = seek(call, call.long(1), call.int(2))
      return result > LONG_MAX ? -errno.EOVERFLOW : result
    },
    _llseek: (call) => {
      const result = seek(call, (call.uint(1) | 0) * TWO_32 + call.uint(2), call.int(4))
      if (result < 0) return result
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setBigInt64(0, BigInt(result), call.ctx.abi.model.littleEndian)
      return call.write(call.arg(3), bytes)
    },
  }
}

/** lseek, all 64 bits of it. */
function seekTo(call: Call, offset: bigint, whence: number): bigint {
  const args = new Int32Array(12)
  const words = new BigInt64Array(args.buffer)
  words[0] = BigInt(call.int(0))
  words[1] = offset
  words[2] = BigInt(whence)
  call.thread.syscall64(call.hostNumber('lseek'), args)
  return words[0]!
}

function fold(inode: bigint): number {
  return Number((inode & 0xffff_ffffn) ^ (inode >> 32n))
}

function narrowRecords(records: DataView, positions: DirectoryPositions): Uint8Array {
  for (let at = 0; at < records.byteLength; at += records.getUint16(at + D_RECLEN, true)) {
    records.setBigUint64(at + D_INO, BigInt(fold(records.getBigUint64(at + D_INO, true))), true)
    records.setBigUint64(at + D_OFF, BigInt(positions.toCookie(records.getBigUint64(at + D_OFF, true))), true)
  }
  return new Uint8Array(records.buffer, records.byteOffset, records.byteLength)
}

function oldRecords(records: DataView, positions: DirectoryPositions): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at < records.byteLength; at += records.getUint16(at + D_RECLEN, true)) {
    const whole = new Uint8Array(records.buffer, records.byteOffset + at, records.getUint16(at + D_RECLEN, true))
    const name = whole.subarray(D_NAME, whole.indexOf(0, D_NAME))
    const length = Math.ceil((OLD_NAME + name.length + 2) / OLD_ALIGNMENT) * OLD_ALIGNMENT
    const record = new Uint8Array(length)
    const view = new DataView(record.buffer)
    view.setUint32(0, fold(records.getBigUint64(at + D_INO, true)), true)
    view.setUint32(OLD_OFF, positions.toCookie(records.getBigUint64(at + D_OFF, true)), true)
    view.setUint16(OLD_RECLEN, length, true)
    record.set(name, OLD_NAME)
    record[length - 1] = whole[D_TYPE]!
    parts.push(record)
  }
  return Buffer.concat(parts)
}
