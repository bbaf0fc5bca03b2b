/**
 * Prints a system call from its row, in the form strace users know:
 *
 *     openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3
 *     access("/nowhere", R_OK) = -1 ENOENT (No such file or directory)
 *
 * A text is made in two halves because a call changes memory: what goes in is read before it, what comes out after it.
 * Unreadable memory prints as its address. Guest values are 64-bit halves; text is the one place that uses BigInt.
 */
import { AT_FDCWD } from '../src/runtime/host-kernel.ts'
import type { Abi } from './abi/abi.ts'
import { errnoMessage, errnoName, MAX_ERRNO } from './abi/errno.ts'
import { flagText, flagValue } from './abi/flag-set.ts'
import { fieldOf, layout, readBig } from './abi/shape.ts'
import { dirent64, iovec } from './abi/shapes-files.ts'
import { siginfo } from './abi/shapes-process.ts'
import { mmsghdr, msghdr } from './abi/shapes-sockets.ts'
import { signalName } from './abi/signals.ts'
import { type Arg, RESULT } from './args.ts'
import type { Row } from './row.ts'
import { hostInfo } from './siginfo-form.ts'
import { siginfoText } from './strace/siginfo.ts'
import { sockaddrText } from './strace/sockaddr.ts'
import { ARRAY_LIMIT, deviceText, hexText, modeText, octalText, pointerText, quoted, scalar, structText } from './strace/text.ts'

/** Guest memory as text needs it; a RunnerThread is one. */
export interface GuestMemory {
  read(address: number, length: number): Uint8Array | null
  readString(address: number, limit?: number): Uint8Array | number
}

const PATH_MAX = 4096
const FD_SETSIZE = 1024
/** Bytes of a message or address worth reading for text. */
const READ_LIMIT = 4096
/** Bytes of directory entries that are counted. */
const DIRENTS_LIMIT = 0x10000

export class CallText {
  readonly row: Row
  private readonly abi: Abi
  private readonly memory: GuestMemory
  /** Arguments as lo/hi pairs. */
  private readonly args: Int32Array
  private readonly parts: (string | null)[]
  private result = 0n

  /** Reads what goes in. `args` are the guest's argument registers as lo/hi pairs; they are copied. */
  constructor(row: Row, abi: Abi, args: Int32Array, memory: GuestMemory) {
    this.row = row
    this.abi = abi
    this.args = args.slice()
    this.memory = memory
    this.parts = row.argKinds.map((arg, i) => (comesOut(this.resolve(arg)) ? null : this.text(arg, i)))
  }

  /** The whole line for a call that returned. */
  finish(lo: number, hi: number): string {
    this.result = BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo >>> 0))
    const failed = this.result < 0n && this.result >= -MAX_ERRNO
    const texts = this.parts.map((part, i) => {
      if (part !== null) return part
      const arg = this.row.argKinds[i]!
      return failed && outOnly(this.resolve(arg)) ? pointerText(this.unsigned(i)) : this.text(arg, i)
    })
    return `${this.row.name}(${present(texts)}) = ${this.resultText(failed)}`
  }

  /** The line for a call that does not return: `exit_group(0) = ?`. */
  unfinished(): string {
    return `${this.row.name}(${present(this.parts.map((part, i) => part ?? pointerText(this.unsigned(i))))}) = ?`
  }

  private resultText(failed: boolean): string {
    if (failed) {
      const error = Number(-this.result)
      return `-1 ${errnoName(error)} (${errnoMessage(error)})`
    }
    const kind = this.resolve(this.row.result)
    const lo = Number(BigInt.asUintN(32, this.result))
    switch (kind.kind) {
      case 'address':
        return hexText(this.result)
      case 'mode':
        return octalText(lo)
      case 'flags':
        return lo === 0 && kind.set.choices.size === 0 ? '0' : `${hexText(BigInt(lo))} (flags ${flagText(kind.set, this.abi.flavour, lo)})`
      default:
        return String(this.result)
    }
  }

  private unsigned(i: number): bigint {
    return (BigInt(this.args[2 * i + 1]! >>> 0) << 32n) | BigInt(this.args[2 * i]! >>> 0)
  }

  /** The value of the argument of that name, as a C int or as a size. */
  private named(name: string): number {
    if (name === RESULT) return Number(this.result)
    return Number(this.unsigned(this.row.argNames.indexOf(name)))
  }

  private resolve(arg: Arg): Arg {
    if (arg.kind === 'by') return arg.cases.get(this.selector(arg.selector)) ?? arg.otherwise
    if (arg.kind !== 'optional') return arg
    const value = this.selector(arg.flags)
    const given = arg.names.some((name) => {
      const bits = flagValue(arg.set, this.abi.flavour, name)
      return (value & bits) === bits
    })
    return given ? arg.arg : { kind: 'unused' }
  }

  private selector(name: string): number {
    return this.args[2 * this.row.argNames.indexOf(name)]! >>> 0
  }

  /** Empty text: the argument is not shown. */
  private text(declared: Arg, i: number): string {
    const arg = this.resolve(declared)
    const lo = this.args[2 * i]!
    const value = this.unsigned(i)
    const address = Number(value)
    switch (arg.kind) {
      case 'int': {
        const sized = arg.bits === 32 ? BigInt(arg.signed ? lo : lo >>> 0) : BigInt.asIntN(64, value)
        const shown = arg.signed ? sized : BigInt.asUintN(64, sized)
        return arg.radix === 16 ? hexText(shown) : arg.radix === 8 ? `0${shown.toString(8)}` : String(shown)
      }
      case 'fd':
        return arg.cwd && lo === AT_FDCWD ? 'AT_FDCWD' : String(lo)
      case 'flags':
        return flagText(arg.set, this.abi.flavour, lo)
      case 'mode':
        return modeText(lo >>> 0)
      case 'signal':
        return signalName(lo)
      case 'device':
        return deviceText(value)
      case 'unused':
      case 'high':
        return ''
      case 'address':
      case 'pointer':
        return pointerText(value)
      case 'path':
      case 'string':
        return this.stringText(address)
      case 'buffer':
        return address === 0
          ? 'NULL'
          : this.bufferText(
              address,
              arg.direction === 'in' ? this.named(arg.length) : Math.min(this.named(arg.length), Number(this.result)),
              arg.hex,
            )
      case 'struct':
        return this.structsText(arg, address)
      case 'iovec':
        return this.vectorText(address, this.named(arg.count), this.transferred(arg.direction))
      case 'message':
        return this.messageText(address, this.transferred(arg.direction))
      case 'messages':
        return this.messagesText(address, arg.direction === 'in' ? this.named(arg.count) : Number(this.result))
      case 'sockaddr':
        return this.sockaddrText(arg, address)
      case 'dirents':
        return this.direntsText(address, Math.min(this.named(arg.length), Number(this.result)))
      case 'fdset':
        return this.fdsetText(address, this.named(arg.count))
      case 'strings':
        return this.stringsText(address, arg.counted)
      default:
        return pointerText(value)
    }
  }

  /** How many bytes a vector really carries: all on the way in, the result on the way out. */
  private transferred(direction: 'in' | 'out' | 'inout'): number {
    return direction === 'in' ? Number.POSITIVE_INFINITY : Math.max(0, Number(this.result))
  }

  private stringText(address: number): string {
    if (address === 0) return 'NULL'
    const bytes = this.memory.readString(address, PATH_MAX)
    return typeof bytes === 'number' ? pointerText(BigInt(address)) : quoted(bytes, PATH_MAX)
  }

  private bufferText(address: number, length: number, hex = false): string {
    if (length <= 0) return '""'
    const bytes = this.memory.read(address, Math.min(length, READ_LIMIT))
    return bytes === null ? pointerText(BigInt(address)) : quoted(bytes, undefined, hex)
  }

  private structsText(arg: Extract<Arg, { kind: 'struct' }>, address: number): string {
    if (address === 0) return 'NULL'
    const of = layout(this.abi, arg.shape)
    if (arg.count === 1) {
      const bytes = this.memory.read(address, of.size)
      if (bytes === null) return pointerText(BigInt(address))
      return arg.shape === siginfo ? siginfoText(hostInfo(this.abi, bytes), this.abi) : structText(of, bytes, 0, this.abi.flavour)
    }
    const count = typeof arg.count === 'number' ? arg.count : Math.max(0, this.named(arg.count) | 0)
    const shown = Math.min(count, ARRAY_LIMIT)
    const bytes = shown === 0 ? new Uint8Array(0) : this.memory.read(address, shown * of.size)
    if (bytes === null) return pointerText(BigInt(address))
    const items: string[] = []
    for (let i = 0; i < shown; i++) items.push(structText(of, bytes, i * of.size, this.abi.flavour))
    return `[${items.join(', ')}${count > shown ? ', ...' : ''}]`
  }

  private vectorText(address: number, count: number, transferred: number): string {
    if (address === 0) return 'NULL'
    const of = layout(this.abi, iovec)
    const shown = Math.min(count, ARRAY_LIMIT)
    const bytes = shown <= 0 ? new Uint8Array(0) : this.memory.read(address, shown * of.size)?.slice()
    if (bytes === undefined) return pointerText(BigInt(address))
    const items: string[] = []
    let left = transferred
    for (let i = 0; i < shown; i++) {
      const base = Number(readBig(fieldOf(of, 'iov_base'), of.model, bytes, i * of.size))
      const length = Number(readBig(fieldOf(of, 'iov_len'), of.model, bytes, i * of.size))
      items.push(`{iov_base=${base === 0 ? 'NULL' : this.bufferText(base, Math.min(length, left))}, iov_len=${length}}`)
      left -= Math.min(length, left)
    }
    return `[${items.join(', ')}${count > shown ? ', ...' : ''}]`
  }

  private messageText(address: number, transferred: number): string {
    if (address === 0) return 'NULL'
    const of = layout(this.abi, msghdr)
    const bytes = this.memory.read(address, of.size)?.slice()
    if (bytes === undefined) return pointerText(BigInt(address))
    const get = (name: string): number => Number(readBig(fieldOf(of, name), of.model, bytes, 0))
    const name = get('msg_name')
    const length = get('msg_namelen')
    const who = name === 0 || length <= 0 ? null : this.memory.read(name, Math.min(length, READ_LIMIT))
    const parts = [
      `msg_name=${who === null ? pointerText(BigInt(name)) : sockaddrText(who, of.model)}`,
      `msg_namelen=${length}`,
      `msg_iov=${this.vectorText(get('msg_iov'), get('msg_iovlen'), transferred)}`,
      `msg_iovlen=${get('msg_iovlen')}`,
    ]
    const control = get('msg_controllen')
    if (control !== 0) parts.push(`msg_control=${pointerText(BigInt(get('msg_control')))}`)
    parts.push(
      `msg_controllen=${control}`,
      `msg_flags=${flagText(of.shape.formats['msg_flags'] as never, this.abi.flavour, get('msg_flags'))}`,
    )
    return `{${parts.join(', ')}}`
  }

  private messagesText(address: number, count: number): string {
    if (address === 0) return 'NULL'
    const of = layout(this.abi, mmsghdr)
    const items: string[] = []
    for (let i = 0; i < Math.min(count, ARRAY_LIMIT); i++) {
      const at = address + i * of.size
      const bytes = this.memory.read(at + fieldOf(of, 'msg_len').offset, 4)
      const length = bytes === null ? 0 : Number(scalar(bytes, 0, 4, of.model))
      items.push(`{msg_hdr=${this.messageText(at, Number.POSITIVE_INFINITY)}, msg_len=${length}}`)
    }
    return `[${items.join(', ')}]`
  }

  private sockaddrText(arg: Extract<Arg, { kind: 'sockaddr' }>, address: number): string {
    if (address === 0) return 'NULL'
    let length = this.named(arg.length) | 0
    if (arg.direction !== 'in') {
      const cell = this.memory.read(this.named(arg.length), 4)
      if (cell === null) return pointerText(BigInt(address))
      length = Number(scalar(cell, 0, 4, this.abi.model, true))
    }
    const bytes = length <= 0 ? null : this.memory.read(address, Math.min(length, READ_LIMIT))
    return bytes === null ? pointerText(BigInt(address)) : sockaddrText(bytes, this.abi.model)
  }

  /** `0x5000`, then how many entries there are: names would bury the rest. */
  private direntsText(address: number, length: number): string {
    const of = layout(this.abi, dirent64)
    const bytes = length <= 0 ? new Uint8Array(0) : this.memory.read(address, Math.min(length, DIRENTS_LIMIT))
    if (bytes === null) return pointerText(BigInt(address))
    let count = 0
    for (let at = 0; at + of.size <= bytes.length; count++)
      at += Math.max(of.size, Number(readBig(fieldOf(of, 'd_reclen'), of.model, bytes, at)))
    return `${pointerText(BigInt(address))} /* ${count} entries */`
  }

  private fdsetText(address: number, bits: number): string {
    if (address === 0) return 'NULL'
    const count = Math.max(0, Math.min(bits | 0, FD_SETSIZE))
    const word = this.abi.model.long
    const bytes = this.memory.read(address, Math.max(1, Math.ceil(count / (8 * word))) * word)
    if (bytes === null) return pointerText(BigInt(address))
    const members: number[] = []
    for (let fd = 0; fd < count; fd++) {
      const inWord = Math.floor((fd % (8 * word)) / 8)
      const byte = Math.floor(fd / (8 * word)) * word + (this.abi.model.littleEndian ? inWord : word - 1 - inWord)
      if ((bytes[byte]! >>> (fd % 8)) & 1) members.push(fd)
    }
    return `[${members.join(' ')}]`
  }

  private stringsText(address: number, counted: boolean): string {
    if (address === 0) return 'NULL'
    const items: string[] = []
    const pointer = this.abi.model.pointer
    for (let i = 0; counted || i <= ARRAY_LIMIT; i++) {
      const cell = this.memory.read(address + i * pointer, pointer)
      if (cell === null) return pointerText(BigInt(address))
      const at = Number(scalar(cell, 0, pointer, this.abi.model))
      if (at === 0) return counted ? `${pointerText(BigInt(address))} /* ${i} vars */` : `[${items.join(', ')}]`
      items.push(counted ? '' : i === ARRAY_LIMIT ? '...' : this.stringText(at))
    }
    return `[${items.join(', ')}]`
  }
}

/** Arguments that text leaves out stand only at the end. */
function present(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(', ')
}

function direction(arg: Arg): 'in' | 'out' | 'inout' {
  return 'direction' in arg && arg.kind !== 'pointer' ? arg.direction : arg.kind === 'fdset' ? 'inout' : 'in'
}

function comesOut(arg: Arg): boolean {
  return direction(arg) !== 'in'
}

function outOnly(arg: Arg): boolean {
  return direction(arg) === 'out'
}

/** For a number that no row has: `syscall_0x1ff(0x1, 0x2, ...) = -1 ENOSYS (...)`. */
export function unknownCallText(number: number, args: Int32Array, error: number): string {
  const shown: string[] = []
  for (let i = 0; i + 1 < args.length; i += 2) shown.push(hexText((BigInt(args[i + 1]! >>> 0) << 32n) | BigInt(args[i]! >>> 0)))
  return `syscall_0x${number.toString(16)}(${shown.join(', ')}) = -1 ${errnoName(error)} (${errnoMessage(error)})`
}
