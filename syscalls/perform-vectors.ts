/**
 * Arguments with pointers and words inside, for guests whose words are shorter than the host's: vectors, messages, sets of descriptors. Each becomes one block of bytes
 * for the host, whose pointers into itself are filled in when it has a place; buffers are not copied, because the guest's addresses are the host's.
 */
import { convertStruct, fieldOf, readField, writeField } from './abi/shape.ts'
import { iovec } from './abi/shapes-files.ts'
import { cmsghdr, mmsghdr, msghdr } from './abi/shapes-sockets.ts'
import type { Call } from './call.ts'
import { fromHostControl, hostControlRoom, toHostControl } from './control-data.ts'

/** What goes back to the guest. */
export interface Output {
  readonly address: number
  readonly bytes: Uint8Array
}

/** Bytes for the host instead of the guest's memory. */
export interface Block {
  readonly bytes: Uint8Array
  /** Where in `bytes` an address belongs: that of another place in them. */
  readonly pointers: readonly { readonly at: number; readonly to: number }[]
  /** `came`: the bytes as the host has left them; `result`: what the call gave. */
  readonly back: ((came: Uint8Array, result: number) => readonly Output[]) | null
}

const IOV_MAX = 1024
const ALIGNMENT = 16
const BITS = 8
const MSG_CTRUNC = 8

/** null: the kernel will refuse what the guest has given. */
export function vectorBlock(call: Call, address: number, count: number): Block | null {
  const vector = hostVector(call, address, count)
  return vector === null ? null : { bytes: vector, pointers: [], back: null }
}

/** The array as the host has it; null: it cannot be read, or is too long. */
function hostVector(call: Call, address: number, count: number): Uint8Array | null {
  const guest = call.guestLayout(iovec)
  const host = call.hostLayout(iovec)
  if (count < 0 || count > IOV_MAX) return null
  const source = call.read(address, count * guest.size)
  if (source === null) return null
  const bytes = new Uint8Array(count * host.size)
  for (let i = 0; i < count; i++) {
    for (const field of ['iov_base', 'iov_len'])
      writeField(host, field, bytes, readField(guest, field, source, i * guest.size), i * host.size)
  }
  return bytes
}

/** A set of `count` descriptors: words of the guest's in words of the host's. */
export function setBlock(call: Call, address: number, count: number): Block | null {
  const room = (word: number): number => Math.ceil(count / (BITS * word)) * word
  const { model } = call.ctx.abi
  const length = room(model.long)
  const bytes = new Uint8Array(room(call.ctx.host.model.long))
  const source = call.read(address, length)
  if (source === null) return null
  bytes.set(source)
  return { bytes, pointers: [], back: (came) => [{ address, bytes: came.slice(0, length) }] }
}

export function messageBlock(call: Call, address: number, direction: 'in' | 'inout'): Block | null {
  const message = hostMessage(call, address, direction)
  if (message === null) return null
  const { size } = call.hostLayout(msghdr)
  return assemble(call, [message], size, (came, result) => (direction === 'in' || result < 0 ? [] : messageOutputs(call, message, came, 0)))
}

/** An array of messages; those behind one that cannot be read are not sent. */
export function messagesBlock(call: Call, address: number, count: number, direction: 'in' | 'inout'): Block | null {
  const guest = call.guestLayout(mmsghdr)
  const host = call.hostLayout(mmsghdr)
  const messages: HostMessage[] = []
  for (let i = 0; i < Math.min(count, IOV_MAX); i++) {
    const message = hostMessage(call, address + i * guest.size, direction)
    if (message === null) break
    messages.push(message)
  }
  if (messages.length === 0) return null
  return assemble(call, messages, host.size, (came, result) => {
    const outputs: Output[] = []
    for (let i = 0; i < Math.min(result, messages.length); i++) {
      if (direction !== 'in') outputs.push(...messageOutputs(call, messages[i]!, came, i * host.size))
      const length = new Uint8Array(guest.size)
      writeField(guest, 'msg_len', length, readField(host, 'msg_len', came, i * host.size))
      const { offset, size } = guest.fields.find((f) => f.name === 'msg_len')!
      outputs.push({ address: address + i * guest.size + offset, bytes: length.subarray(offset, offset + size) })
    }
    return outputs
  })
}

interface HostMessage {
  readonly address: number
  /** The guest's header. */
  readonly header: Uint8Array
  /** For the host; null: it cannot be read, or is too long: the guest's address passes, and is refused. */
  readonly vector: Uint8Array | null
  /** Likewise; null, too: there is none. */
  readonly control: Uint8Array | null
  /** Where it is in the whole. */
  controlAt: number
}

function hostMessage(call: Call, address: number, direction: 'in' | 'inout'): HostMessage | null {
  const of = call.guestLayout(msghdr)
  const header = call.read(address, of.size)
  if (header === null) return null
  const field = (name: string): number => readField(of, name, header)
  const vector = hostVector(call, field('msg_iov'), field('msg_iovlen'))
  const length = field('msg_controllen')
  if (length === 0 || field('msg_control') === 0) return { address, header, vector, control: null, controlAt: 0 }
  const host = call.hostLayout(cmsghdr)
  if (direction === 'inout') return { address, header, vector, control: new Uint8Array(hostControlRoom(length)), controlAt: 0 }
  const given = call.read(field('msg_control'), length)
  if (given === null) return { address, header, vector, control: null, controlAt: 0 }
  return { address, header, vector, control: toHostControl(call.guestLayout(cmsghdr), given, host), controlAt: 0 }
}

/** Headers, each in `size` bytes, and behind them what they point to. */
function assemble(call: Call, messages: readonly HostMessage[], size: number, back: NonNullable<Block['back']>): Block {
  const of = call.hostLayout(msghdr)
  const pointers: { at: number; to: number }[] = []
  const parts: { at: number; bytes: Uint8Array }[] = []
  let end = messages.length * size
  const add = (bytes: Uint8Array): number => {
    const at = Math.ceil(end / ALIGNMENT) * ALIGNMENT
    parts.push({ at, bytes })
    end = at + bytes.length
    return at
  }
  for (const [i, message] of messages.entries()) {
    parts.push({ at: i * size, bytes: hostHeader(call, message) })
    if (message.vector !== null && message.vector.length > 0)
      pointers.push({ at: i * size + fieldOf(of, 'msg_iov').offset, to: add(message.vector) })
    if (message.control !== null) {
      message.controlAt = add(message.control)
      pointers.push({ at: i * size + fieldOf(of, 'msg_control').offset, to: message.controlAt })
    }
  }
  const bytes = new Uint8Array(end)
  for (const part of parts) bytes.set(part.bytes, part.at)
  return { bytes, pointers, back }
}

/** Without the pointers into the block, which are not known yet. */
function hostHeader(call: Call, { header, control }: HostMessage): Uint8Array {
  const to = call.hostLayout(msghdr)
  const bytes = new Uint8Array(to.size)
  convertStruct(call.guestLayout(msghdr), header, 0, to, bytes, 0)
  if (control !== null) writeField(to, 'msg_controllen', bytes, control.length)
  return bytes
}

/** What a received message changes in the guest's header and in its control data. */
function messageOutputs(call: Call, message: HostMessage, came: Uint8Array, at: number): Output[] {
  const host = call.hostLayout(msghdr)
  const guest = call.guestLayout(msghdr)
  const header = message.header.slice()
  let flags = readField(host, 'msg_flags', came, at)
  let length = readField(host, 'msg_controllen', came, at)
  const outputs: Output[] = []
  if (message.control !== null) {
    const control = came.subarray(message.controlAt, message.controlAt + length)
    const room = readField(guest, 'msg_controllen', header)
    const { bytes, isCut } = fromHostControl(call, control, room)
    outputs.push({ address: readField(guest, 'msg_control', header), bytes })
    length = bytes.length
    if (isCut) flags |= MSG_CTRUNC
  }
  writeField(guest, 'msg_namelen', header, readField(host, 'msg_namelen', came, at))
  writeField(guest, 'msg_controllen', header, length)
  writeField(guest, 'msg_flags', header, flags)
  outputs.push({ address: message.address, bytes: header })
  return outputs
}
