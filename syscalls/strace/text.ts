/** How strace writes strings, numbers and structures. Nothing here knows a system call. */
import { type FlagSet, type Flavour, flagText } from '../abi/flag-set.ts'
import { type DataModel, type Field, type FieldFormat, type Layout, readBig } from '../abi/shape.ts'
import { fileType, S_IFMT } from '../abi/shapes-files.ts'
import { signalName, signalSetText } from '../abi/signals.ts'
import { waitStatusText } from './siginfo.ts'

/** Bytes of a buffer that text shows. */
export const STRING_LIMIT = 32
/** Elements of an array that text shows. */
export const ARRAY_LIMIT = 32

const NEWLINE = 10
const escapes = new Map([
  [9, '\\t'],
  [NEWLINE, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [34, '\\"'],
  [92, '\\\\'],
])

/** `"text\n\0"`: octal escapes, as short as the next character allows. */
export function quoted(bytes: Uint8Array, limit = STRING_LIMIT, hex = false): string {
  const shown = Math.min(bytes.length, limit)
  let text = ''
  for (let i = 0; i < shown; i++) {
    const byte = bytes[i]!
    if (hex) {
      text += `\\x${byte.toString(16).padStart(2, '0')}`
      continue
    }
    const short = escapes.get(byte)
    if (short !== undefined) text += short
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte)
    else text += `\\${byte.toString(8).padStart(isDigit(bytes[i + 1]) ? 3 : 1, '0')}`
  }
  return `"${text}"${bytes.length > shown ? '...' : ''}`
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

/** The bytes before the first NUL. */
export function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

export function hexText(value: bigint): string {
  return value === 0n ? '0' : `0x${BigInt.asUintN(64, value).toString(16)}`
}

export function pointerText(value: bigint): string {
  return value === 0n ? 'NULL' : `0x${BigInt.asUintN(64, value).toString(16)}`
}

const PERMISSIONS = 0o7777

/** `S_IFREG|0644` */
export function modeText(value: number): string {
  const type = fileType.choices.get((value & S_IFMT) >>> 0)
  return type === undefined ? octalText(value) : `${type}|${octalText(value & PERMISSIONS)}`
}

/** `0644`, `022`, `000`: at least three digits. */
export function octalText(value: number): string {
  return `0${value.toString(8)}`.padStart(3, '0')
}

/** The kernel's new_encode_dev packing: minor in bits 0..7 and 20..31 (and up), major in bits 8..19. */
export function deviceText(value: bigint): string {
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xffff_f000n)
  const minor = (value & 0xffn) | ((value >> 12n) & 0xffff_ff00n)
  return `makedev(0x${major.toString(16)}, 0x${minor.toString(16)})`
}

const INFINITY = 0xffff_ffff_ffff_ffffn
const KIBI = 1024n

function limitText(value: bigint, size: number): string {
  if (size === 4 && value === 0xffff_ffffn) return 'RLIM_INFINITY'
  if (BigInt.asUintN(64, value) === INFINITY) return 'RLIM64_INFINITY'
  return value > KIBI && value % KIBI === 0n ? `${value / KIBI}*1024` : String(value)
}

export function valueText(
  value: bigint,
  format: FieldFormat | undefined,
  field: { readonly pointer: boolean; readonly size: number },
  flavour: Flavour,
): string {
  const lo = Number(BigInt.asUintN(32, value))
  const hi = Number(BigInt.asUintN(32, value >> 32n))
  if (format === undefined) return field.pointer ? pointerText(value) : String(value)
  if (typeof format === 'object') return flagText(format as FlagSet, flavour, lo, value < 0n ? 0 : hi)
  switch (format) {
    case 'hex':
      return hexText(value)
    case 'octal':
      return `0${value.toString(8)}`
    case 'mode':
      return modeText(lo)
    case 'signal':
      return signalName(lo)
    case 'sigset':
      return signalSetText(lo, hi)
    case 'handler':
      return value === 0n ? 'SIG_DFL' : value === 1n ? 'SIG_IGN' : pointerText(value)
    case 'pointer':
      return pointerText(value)
    case 'device':
      return deviceText(value)
    case 'limit':
      return limitText(value, field.size)
    case 'status':
      return waitStatusText(lo)
    default:
      return String(value)
  }
}

function fieldText(of: Layout, field: Field, bytes: Uint8Array, at: number, flavour: Flavour): string {
  const format = of.shape.formats[field.name]
  if (field.count === 1) return valueText(readBig(field, of.model, bytes, at), format, field, flavour)
  const start = at + field.offset
  if (format === 'string') return quoted(untilNul(bytes.subarray(start, start + field.count * field.size)), STRING_LIMIT * 2)
  const items: string[] = []
  for (let i = 0; i < field.count; i++) items.push(valueText(readBig(field, of.model, bytes, at, i), format, field, flavour))
  return `[${items.join(', ')}]`
}

/** `{tv_sec=1, tv_nsec=0}`; shapes named `(like this)` are cells: `[1]`. */
export function structText(of: Layout, bytes: Uint8Array, at: number, flavour: Flavour): string {
  if (of.shape.name.startsWith('(')) {
    const text = of.fields.map((f) => fieldText(of, f, bytes, at, flavour)).join(', ')
    return /^~?\[/.test(text) ? text : `[${text}]`
  }
  const show = of.shape.show
  const shown =
    show === null ? of.fields.filter((f) => !f.name.includes('__')) : show.map((name) => of.fields.find((f) => f.name === name)!)
  const text = group(
    shown.map((f) => ({ path: f.name.split('.'), text: fieldText(of, f, bytes, at, flavour) })),
    0,
  )
  return show !== null && show.length < of.fields.length ? `{${text}, ...}` : `{${text}}`
}

interface Leaf {
  readonly path: readonly string[]
  readonly text: string
}

/** Leaves that share a prefix become one nested structure. */
function group(leaves: readonly Leaf[], depth: number): string {
  const parts: string[] = []
  for (let i = 0; i < leaves.length; ) {
    const leaf = leaves[i]!
    const name = leaf.path[depth]!
    if (depth === leaf.path.length - 1) {
      parts.push(`${name}=${leaf.text}`)
      i++
      continue
    }
    let end = i
    while (end < leaves.length && leaves[end]!.path[depth] === name) end++
    parts.push(`${name}={${group(leaves.slice(i, end), depth + 1)}}`)
    i = end
  }
  return parts.join(', ')
}

/** A scalar at an offset, exact. */
export function scalar(bytes: Uint8Array, at: number, size: 1 | 2 | 4 | 8, model: DataModel, signed = false): bigint {
  return readBig({ name: '', offset: 0, size, signed, pointer: false, count: 1, char: false }, model, bytes, at)
}
