/** System V messages, and lists of network interfaces, of guests with words of 32 bits: what they point to has words in it, and its length is an argument. */
import { TRANSFER_SIZE } from '../../src/runtime/layout.ts'
import { errno } from '../abi/errno.ts'
import { ioctlRequest } from '../abi/flags/ioctl.ts'
import { convertStruct, readField, writeField } from '../abi/shape.ts'
import { ifreq } from '../abi/shapes-files.ts'
import { ifconf } from '../abi/shapes-sockets.ts'
import type { Call, Handler, Outcome } from '../call.ts'
import { isHidden } from '../perform.ts'

const TWO_31 = 0x8000_0000
const TWO_32 = 0x1_0000_0000
/** mtype, as the guest and as the host have it. */
const TYPE = 4
const HOST_TYPE = 8
const MOST = TRANSFER_SIZE - HOST_TYPE

const isNarrow = (call: Call): boolean => call.ctx.abi.model.long === TYPE

/** A call that may wait, with its structure in the scratch area. */
function begin(call: Call, args: readonly number[], finish: (result: number) => number): Outcome {
  const number = call.hostNumber(call.row.call)
  if (!call.ctx.startCalls) return finish(call.thread.syscall(number, ...args))
  call.thread.startSyscall(number, ...args)
  return { finish, cancel: () => undefined }
}

/** msgsnd(msqid, msgp, msgsz, flags) */
function msgsnd(call: Call): Outcome {
  if (!isNarrow(call)) return 'pass'
  const size = call.arg(2)
  if (size > MOST) return -errno.EINVAL
  const message = call.read(call.arg(1), TYPE + size)
  if (message === null) return -errno.EFAULT
  const { address, bytes } = call.thread.scratch(HOST_TYPE + size)
  const type = new DataView(message.buffer, message.byteOffset).getInt32(0, true)
  new DataView(bytes.buffer, bytes.byteOffset).setBigInt64(0, BigInt(type), true)
  bytes.set(message.subarray(TYPE), HOST_TYPE)
  return begin(call, [call.int(0), address, size, call.int(3)], (result) => result)
}

/** msgrcv(msqid, msgp, msgsz, type, flags) */
function msgrcv(call: Call): Outcome {
  if (!isNarrow(call)) return 'pass'
  // The size has a sign. A message is no longer than MOST, whatever there is room for.
  if (call.arg(2) >= TWO_31) return -errno.EINVAL
  const size = Math.min(call.arg(2), MOST)
  const { address } = call.thread.scratch(HOST_TYPE + size)
  return begin(call, [call.int(0), address, size, call.long(3), call.int(4)], (result) => {
    if (result < 0) return result
    const message = call.thread.scratch(HOST_TYPE + result).bytes.slice(HOST_TYPE - TYPE, HOST_TYPE + result)
    message.set(call.thread.scratch(HOST_TYPE).bytes.subarray(0, TYPE))
    const failed = call.write(call.arg(1), message)
    return failed < 0 ? failed : result
  })
}

/** SIOCGIFCONF: an array of interfaces, or without a place for it how long that would be. */
function ioctl(call: Call): Outcome {
  if (!isNarrow(call) || call.uint(1) !== ioctlRequest.values.SIOCGIFCONF) return 'pass'
  if (isHidden(call, call.int(0))) return -errno.EBADF
  const guest = call.guestLayout(ifconf)
  const host = call.hostLayout(ifconf)
  const from = call.hostLayout(ifreq)
  const to = call.guestLayout(ifreq)
  const given = call.read(call.arg(2), guest.size)
  if (given === null) return -errno.EFAULT
  const listAt = readField(guest, 'ifc_buf', given)
  const count = listAt === 0 ? 0 : Math.min(Math.floor(Math.max(0, readField(guest, 'ifc_len', given)) / to.size), MOST / from.size - 1)
  const { address, bytes } = call.thread.scratch(host.size + count * from.size)
  writeField(host, 'ifc_len', bytes, count * from.size)
  writeField(host, 'ifc_buf', bytes, listAt === 0 ? 0 : address + host.size)
  const result = call.thread.syscall(call.hostNumber('ioctl'), call.int(0), call.uint(1), address)
  if (result < 0) return result
  const came = call.thread.scratch(host.size + count * from.size).bytes.slice()
  const length = readField(host, 'ifc_len', came) / from.size
  const list = new Uint8Array(Math.min(length, count) * to.size)
  for (let n = 0; n < Math.min(length, count); n++) convertStruct(from, came, host.size + n * from.size, to, list, n * to.size)
  writeField(guest, 'ifc_len', given, length * to.size)
  const failed = list.length === 0 ? 0 : call.write(listAt, list)
  return failed < 0 ? failed : call.write(call.arg(2), given)
}

/** PR_GET_TID_ADDRESS gives an address. */
export function tidAddress(call: Call): Outcome {
  const { address, bytes } = call.thread.scratch(HOST_TYPE)
  const result = call.thread.syscall(call.hostNumber('prctl'), call.uint(0), address)
  if (result < 0) return result
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const value = view.getUint32(0, true) + view.getUint32(4, true) * TWO_32
  return call.write(call.arg(1), new Uint8Array(new Uint32Array([value]).buffer))
}

export const narrowMessageHandlers: { readonly [name: string]: Handler } = { msgsnd, msgrcv, ioctl }
