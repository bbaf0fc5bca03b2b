/**
 * Control data of socket messages between two data models: headers whose length is a long, data aligned to longs. The data itself is the same, but for times and for descriptors
 * that there is no room for.
 */
import { convertStruct, type Layout, layout, readField, writeField } from './abi/shape.ts'
import { timespec, timeval } from './abi/shapes-process.ts'
import { cmsghdr } from './abi/shapes-sockets.ts'
import type { Call } from './call.ts'

const SOL_SOCKET = 1
const SCM_RIGHTS = 1
const INT = 4

/** Room for the host's form of what the guest has so much room for. */
export function hostControlRoom(length: number): number {
  return 2 * length + 16
}

const align = (of: Layout, length: number): number => Math.ceil(length / of.model.long) * of.model.long

/** What is malformed passes as a header that the kernel refuses. */
export function toHostControl(guest: Layout, given: Uint8Array, host: Layout): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at + guest.size <= given.length; ) {
    const length = readField(guest, 'cmsg_len', given, at)
    const isWhole = length >= guest.size && at + length <= given.length
    const data = isWhole ? given.subarray(at + guest.size, at + length) : new Uint8Array(0)
    const bytes = new Uint8Array(align(host, host.size + data.length))
    writeField(host, 'cmsg_len', bytes, isWhole ? host.size + data.length : 0)
    for (const field of ['cmsg_level', 'cmsg_type']) writeField(host, field, bytes, readField(guest, field, given, at))
    bytes.set(data, host.size)
    parts.push(bytes)
    if (!isWhole) break
    at += align(guest, length)
  }
  return Buffer.concat(parts)
}

/** What fits into `room`; descriptors that do not are closed, as the kernel does not install them. */
export function fromHostControl(call: Call, came: Uint8Array, room: number): { bytes: Uint8Array; isCut: boolean } {
  const host = layout(call.ctx.host, cmsghdr)
  const guest = layout(call.ctx.abi, cmsghdr)
  const bytes = new Uint8Array(room)
  let end = 0
  let isCut = false
  for (let at = 0; at + host.size <= came.length; ) {
    const length = readField(host, 'cmsg_len', came, at)
    if (length < host.size || at + length > came.length) break
    const level = readField(host, 'cmsg_level', came, at)
    const type = readField(host, 'cmsg_type', came, at)
    const data =
      level === SOL_SOCKET ? convertTimes(call, type, came.slice(at + host.size, at + length)) : came.slice(at + host.size, at + length)
    at += align(host, length)
    const isRights = level === SOL_SOCKET && type === SCM_RIGHTS
    let fits = Math.max(0, Math.min(data.length, room - end - guest.size))
    if (isRights) fits -= fits % INT
    if (fits < data.length) isCut = true
    if (isRights) closeAll(call, data.subarray(fits))
    if (room - end < guest.size || (isRights && fits === 0)) continue
    writeField(guest, 'cmsg_len', bytes, guest.size + fits, end)
    writeField(guest, 'cmsg_level', bytes, level, end)
    writeField(guest, 'cmsg_type', bytes, type, end)
    bytes.set(data.subarray(0, fits), end + guest.size)
    end = Math.min(room, end + align(guest, guest.size + fits))
  }
  return { bytes: bytes.subarray(0, end), isCut }
}

function closeAll(call: Call, descriptors: Uint8Array): void {
  const view = new DataView(descriptors.buffer, descriptors.byteOffset, descriptors.length)
  for (let at = 0; at + INT <= descriptors.length; at += INT) call.thread.syscall(call.hostNumber('close'), view.getInt32(at, true))
}

const SO_TIMESTAMP_OLD = 29
const SO_TIMESTAMPNS_OLD = 35
const SO_TIMESTAMPING_OLD = 37

/** Times in data of `type` that have words of the model in them. */
function convertTimes(call: Call, type: number, data: Uint8Array): Uint8Array {
  const shape = type === SO_TIMESTAMP_OLD ? timeval : type === SO_TIMESTAMPNS_OLD || type === SO_TIMESTAMPING_OLD ? timespec : null
  if (shape === null) return data
  const host = call.hostLayout(shape)
  const guest = call.guestLayout(shape)
  const count = Math.floor(data.length / host.size)
  const bytes = new Uint8Array(count * guest.size)
  for (let i = 0; i < count; i++) convertStruct(host, data, i * host.size, guest, bytes, i * guest.size)
  return bytes
}
