/** Socket options of guests with words of 32 bits whose values have words in them. */
import { errno } from '../abi/errno.ts'
import { socketLevel, socketOption } from '../abi/flags/sockets.ts'
import { convertStruct, type Shape } from '../abi/shape.ts'
import { sockFprog, timeval } from '../abi/shapes-process.ts'
import type { Call, Handler, Outcome } from '../call.ts'
import { isHidden } from '../perform.ts'

const { SO_RCVTIMEO, SO_SNDTIMEO, SO_ATTACH_FILTER } = socketOption.values
const INT = 4

/** What the option's value is; null: it passes as it is. */
function shapeOf(call: Call): Shape | null {
  if (call.ctx.abi.model.long !== INT || call.int(1) !== socketLevel.values.SOL_SOCKET || isHidden(call, call.int(0))) return null
  switch (call.int(2)) {
    case SO_RCVTIMEO:
    case SO_SNDTIMEO:
      return timeval
    case SO_ATTACH_FILTER:
      return sockFprog
    default:
      return null
  }
}

/** setsockopt(sockfd, level, optname, optval, optlen) */
function setsockopt(call: Call): Outcome {
  const shape = shapeOf(call)
  if (shape === null) return 'pass'
  const guest = call.guestLayout(shape)
  const host = call.hostLayout(shape)
  if (call.int(4) < guest.size) return -errno.EINVAL
  const given = call.read(call.arg(3), guest.size)
  if (given === null) return -errno.EFAULT
  const { address, bytes } = call.thread.scratch(host.size)
  convertStruct(guest, given, 0, host, bytes, 0)
  return call.thread.syscall(call.hostNumber('setsockopt'), call.int(0), call.int(1), call.int(2), address, host.size)
}

/** getsockopt(sockfd, level, optname, optval, optlen) */
function getsockopt(call: Call): Outcome {
  const shape = shapeOf(call)
  if (shape !== timeval) return 'pass'
  const guest = call.guestLayout(shape)
  const host = call.hostLayout(shape)
  const room = call.read(call.arg(4), INT)
  if (room === null) return -errno.EFAULT
  const length = new DataView(room.buffer, room.byteOffset).getInt32(0, true)
  if (length < 0) return -errno.EINVAL
  const { address, bytes } = call.thread.scratch(host.size + INT)
  new DataView(bytes.buffer, bytes.byteOffset).setInt32(host.size, host.size, true)
  const result = call.thread.syscall(call.hostNumber('getsockopt'), call.int(0), call.int(1), call.int(2), address, address + host.size)
  if (result < 0) return result
  const value = new Uint8Array(guest.size)
  convertStruct(host, bytes, 0, guest, value, 0)
  const shown = value.subarray(0, Math.min(length, value.length))
  const failed = call.write(call.arg(3), shown)
  return failed < 0 ? failed : call.write(call.arg(4), new Uint8Array(new Int32Array([shown.length]).buffer))
}

export const narrowSocketHandlers: { readonly [name: string]: Handler } = { setsockopt, getsockopt }
