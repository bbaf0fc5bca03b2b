/**
 * Packets of gdb's remote serial protocol (GDB manual, appendix E.1): `$data#checksum`, with `}` escapes, and the single bytes
 * `+`, `-` and 0x03 between them. Data are strings with one character a byte.
 */

const INTERRUPT = 0x03
const ESCAPE = 0x7d
const ESCAPE_XOR = 0x20
const START = 0x24
const END = 0x23
const ACK = 0x2b
const NAK = 0x2d
/** A packet that does not end within this many bytes is none of gdb's. */
const LONGEST = 0x100000

export type Incoming =
  | { readonly kind: 'packet'; readonly data: string; readonly isValid: boolean }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'nak' }

/** Cuts a stream of bytes into packets. */
export class PacketReader {
  private pending: number[] = []

  feed(bytes: Uint8Array): Incoming[] {
    const found: Incoming[] = []
    for (const byte of bytes) {
      if (this.pending.length > 0) this.inside(byte, found)
      else if (byte === START) this.pending.push(byte)
      else if (byte === INTERRUPT) found.push({ kind: 'interrupt' })
      else if (byte === NAK) found.push({ kind: 'nak' })
    }
    return found
  }

  private inside(byte: number, found: Incoming[]): void {
    const { pending } = this
    pending.push(byte)
    const end = pending.length - 3
    if (pending.length > LONGEST) this.pending = []
    if (end < 1 || pending[end] !== END) return
    const body = pending.slice(1, end)
    const sum = Number.parseInt(String.fromCharCode(pending[end + 1]!, byte), 16)
    this.pending = []
    found.push({ kind: 'packet', data: unescaped(body), isValid: sum === checksum(body) })
  }
}

export const ACKNOWLEDGED = Uint8Array.of(ACK)
export const REFUSED = Uint8Array.of(NAK)

/** The bytes of a packet. */
export function framed(data: string): Uint8Array {
  const body: number[] = []
  for (let n = 0; n < data.length; n++) {
    const byte = data.charCodeAt(n) & 0xff
    // `*` would be taken for a run length.
    if (byte === START || byte === END || byte === ESCAPE || byte === 0x2a) body.push(ESCAPE, byte ^ ESCAPE_XOR)
    else body.push(byte)
  }
  return Buffer.concat([Buffer.from('$'), Buffer.from(body), Buffer.from(`#${hexByte(checksum(body))}`)])
}

function checksum(body: readonly number[]): number {
  return body.reduce((sum, byte) => (sum + byte) & 0xff, 0)
}

function unescaped(body: readonly number[]): string {
  let text = ''
  for (let n = 0; n < body.length; n++) {
    const byte = body[n]!
    text += String.fromCharCode(byte === ESCAPE ? (body[++n] ?? 0) ^ ESCAPE_XOR : byte)
  }
  return text
}

export function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

export function textToHex(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex')
}

export function fromHex(text: string): Uint8Array {
  return Buffer.from(text, 'hex')
}

export function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** The part of a qXfer object that `OFFSET,LENGTH` asks for: `m` or, at its end, `l` in front. */
export function part(object: string, range: string): string {
  const [offset, length] = range.split(',').map((text) => Number.parseInt(text, 16))
  const piece = object.slice(offset, offset! + length!)
  return `${offset! + piece.length < object.length ? 'm' : 'l'}${piece}`
}

/** A thread as packets name it; 0: any, -1: all. */
export interface ThreadName {
  readonly pid: number
  readonly tid: number
}

/** `p1a.2b`, `p1a` (all of its threads), `2b` (with multiprocess extensions off). */
export function parseThread(text: string): ThreadName {
  const match = /^p(-?[0-9a-f]+)(?:\.(-?[0-9a-f]+))?$/.exec(text)
  const number = (digits: string): number => Number.parseInt(digits, 16)
  if (match === null) return { pid: 0, tid: number(text) }
  return { pid: number(match[1]!), tid: match[2] === undefined ? -1 : number(match[2]) }
}
