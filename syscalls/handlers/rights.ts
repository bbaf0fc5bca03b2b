/**
 * Descriptors that a process gives away: sendmsg and sendmmsg with SCM_RIGHTS. Ours do not exist for the guest: EBADF, as for a number that is not open.
 * Messages without control data are sent by thunks. Who changes the list from another thread between our look and the kernel's is not stopped.
 */
import { errno } from '../abi/errno.ts'
import { layout, readField } from '../abi/shape.ts'
import { cmsghdr, mmsghdr, msghdr } from '../abi/shapes-sockets.ts'
import type { Call, Handler, Outcome } from '../call.ts'
import { isHidden } from '../perform.ts'

const SOL_SOCKET = 1
const SCM_RIGHTS = 1
const INT = 4
/** Control data of more than this the kernel refuses (net.core.optmem_max); so much is looked at. */
const MAX_CONTROL = 32768
/** UIO_MAXIOV */
const MAX_MESSAGES = 1024

/** Has the message at `address` one of our descriptors in its control data? */
function givesHidden(call: Call, address: number): boolean {
  const header = call.readStruct(address, msghdr)
  if (header === null) return false
  const of = layout(call.ctx.abi, msghdr)
  const length = Math.min(readField(of, 'msg_controllen', header), MAX_CONTROL)
  const control = length === 0 ? null : call.read(readField(of, 'msg_control', header), length)
  return control !== null && descriptorsOf(call, control).some((fd) => isHidden(call, fd))
}

function descriptorsOf(call: Call, control: Uint8Array): number[] {
  const of = layout(call.ctx.abi, cmsghdr)
  const view = new DataView(control.buffer, control.byteOffset, control.length)
  const found: number[] = []
  for (let at = 0; at + of.size <= control.length; ) {
    const header = control.subarray(at, at + of.size)
    const length = readField(of, 'cmsg_len', header)
    // The kernel takes none of a list that has such a header.
    if (length < of.size || at + length > control.length) return []
    const isRights = readField(of, 'cmsg_level', header) === SOL_SOCKET && readField(of, 'cmsg_type', header) === SCM_RIGHTS
    for (let n = at + of.size; isRights && n + INT <= at + length; n += INT) found.push(view.getInt32(n, true))
    at += Math.ceil(length / of.align) * of.align
  }
  return found
}

function sendmsg(call: Call): Outcome {
  return !isHidden(call, call.int(0)) && givesHidden(call, call.arg(1)) ? -errno.EBADF : 'pass'
}

/** Messages before the first that gives such a descriptor are sent. */
function sendmmsg(call: Call): Outcome {
  if (isHidden(call, call.int(0))) return 'pass'
  const { size } = layout(call.ctx.abi, mmsghdr)
  const count = Math.min(call.uint(2), MAX_MESSAGES)
  for (let n = 0; n < count; n++) {
    if (!givesHidden(call, call.arg(1) + n * size)) continue
    if (n === 0) return -errno.EBADF
    call.setArg(2, n)
    return 'pass'
  }
  return 'pass'
}

export const rightsHandlers: { readonly [name: string]: Handler } = { sendmsg, sendmmsg }
