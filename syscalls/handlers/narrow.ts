/** Calls of guests with words of 32 bits that rows do not describe. */
import type { RunnerThread } from '../../src/host/runner-api.ts'
import { errno } from '../abi/errno.ts'
import { priorityWhich } from '../abi/flags/process.ts'
import { readField, writeField } from '../abi/shape.ts'
import { robustListHead, sysinfo as sysinfoShape } from '../abi/shapes-process.ts'
import type { Call, Handler, Outcome } from '../call.ts'

const TWO_32 = 0x1_0000_0000
const LONG = 4
/** Of getpriority's result: the host adds it, so that none is negative. */
const PRIORITY_BIAS = 20
const NICE_MIN = -20
const NICE_MAX = 19
const LEAST_SHIFT = 12

const isNarrow = (call: Call): boolean => call.ctx.abi.model.long === LONG

function nice(call: Call): Outcome {
  const { PRIO_PROCESS } = priorityWhich.values
  const now = call.thread.syscall(call.hostNumber('getpriority'), PRIO_PROCESS, 0)
  if (now < 0) return now
  const increment = Math.max(NICE_MIN - NICE_MAX, Math.min(NICE_MAX - NICE_MIN, call.int(0)))
  const wanted = Math.max(NICE_MIN, Math.min(NICE_MAX, PRIORITY_BIAS - now + increment))
  const result = call.thread.syscall(call.hostNumber('setpriority'), PRIO_PROCESS, 0, wanted)
  return result === -errno.EACCES ? -errno.EPERM : result
}

const SIZES = ['totalram', 'freeram', 'sharedram', 'bufferram', 'totalswap', 'freeswap', 'totalhigh', 'freehigh'] as const

/** What does not fit is told in larger units, of all sizes. */
function sysinfo(call: Call): Outcome {
  if (!isNarrow(call)) return 'pass'
  const host = call.hostLayout(sysinfoShape)
  const guest = call.guestLayout(sysinfoShape)
  const scratch = call.thread.scratch(host.size)
  const failed = call.thread.syscall(call.hostNumber('sysinfo'), scratch.address)
  if (failed < 0) return failed
  const given = scratch.bytes.slice(0, host.size)
  const bytes = new Uint8Array(guest.size)
  for (const { name } of guest.fields)
    if (!name.startsWith('_') && name !== 'loads') writeField(guest, name, bytes, readField(host, name, given))
  for (let n = 0; n < 3; n++)
    new DataView(bytes.buffer).setUint32(LONG * (n + 1), new DataView(given.buffer).getUint32(8 * (n + 1), true), true)
  let unit = readField(host, 'mem_unit', given)
  let divisor = 1
  const most = Math.max(readField(host, 'totalram', given), readField(host, 'totalswap', given))
  if (most >= TWO_32) {
    while (unit < 2 ** LEAST_SHIFT || most / divisor >= TWO_32) {
      unit *= 2
      divisor *= 2
    }
  }
  for (const name of SIZES) writeField(guest, name, bytes, Math.floor(readField(host, name, given) / divisor))
  writeField(guest, 'mem_unit', bytes, unit)
  return call.write(call.arg(0), bytes)
}

/** Heads of lists that the kernel could not be told of. */
const heads = new WeakMap<RunnerThread, number>()

function setRobustList(call: Call): Outcome {
  if (!isNarrow(call)) return 'pass'
  if (call.arg(1) !== call.guestLayout(robustListHead).size) return -errno.EINVAL
  heads.set(call.thread, call.arg(0))
  return 0
}

function getRobustList(call: Call): Outcome {
  if (!isNarrow(call)) return 'pass'
  const pid = call.int(0)
  if (pid !== 0 && pid !== call.thread.tid) return -errno.EPERM
  const word = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer)
  const failed = call.write(call.arg(2), word(call.guestLayout(robustListHead).size))
  return failed === 0 ? call.write(call.arg(1), word(heads.get(call.thread) ?? 0)) : failed
}

export const narrowHandlers: { readonly [name: string]: Handler } = {
  nice,
  sysinfo,
  set_robust_list: setRobustList,
  get_robust_list: getRobustList,
}
