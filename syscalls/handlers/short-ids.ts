/** Calls that give user and group numbers of 16 bits: one that does not fit is told as that of nobody. */
import { errno } from '../abi/errno.ts'
import type { Call, Handler, Outcome } from '../call.ts'

const NO_IDENTITY = 0xffff
/** /proc/sys/kernel/overflowuid */
const NOBODY = 65534
const SHORT = 2
const LONG = 4
const MOST_GROUPS = 65536

const shortened = (id: number): number => (id > NO_IDENTITY ? NOBODY : id)

const one =
  (name: string): Handler =>
  (call) => {
    const result = call.thread.syscall(call.hostNumber(name))
    return result < 0 ? result : shortened(result)
  }

const three =
  (name: string): Handler =>
  (call) => {
    const { address, bytes } = call.thread.scratch(3 * LONG)
    const result = call.thread.syscall(call.hostNumber(name), address, address + LONG, address + 2 * LONG)
    if (result < 0) return result
    const ids = new Uint32Array(bytes.slice(0, 3 * LONG).buffer)
    for (const [n, id] of ids.entries()) {
      const failed = call.write(call.arg(n), new Uint8Array(new Uint16Array([shortened(id)]).buffer))
      if (failed < 0) return failed
    }
    return 0
  }

function getgroups16(call: Call): Outcome {
  const room = call.int(0)
  if (room < 0) return -errno.EINVAL
  const size = Math.min(room, MOST_GROUPS / LONG)
  const { address, bytes } = call.thread.scratch(Math.max(1, size) * LONG)
  const count = call.thread.syscall(call.hostNumber('getgroups'), size, address)
  if (count <= 0 || room === 0) return count
  const ids = new Uint32Array(bytes.slice(0, count * LONG).buffer)
  const failed = call.write(call.arg(1), new Uint8Array(Uint16Array.from(ids, shortened).buffer))
  return failed < 0 ? failed : count
}

function setgroups16(call: Call): Outcome {
  const count = call.int(0)
  if (count < 0 || count > MOST_GROUPS / LONG) return -errno.EINVAL
  const given = count === 0 ? new Uint8Array(0) : call.read(call.arg(1), count * SHORT)
  if (given === null) return -errno.EFAULT
  const { address, bytes } = call.thread.scratch(Math.max(1, count) * LONG)
  bytes.set(new Uint8Array(Uint32Array.from(new Uint16Array(given.slice().buffer)).buffer))
  return call.thread.syscall(call.hostNumber('setgroups'), count, address)
}

export const shortIdHandlers: { readonly [name: string]: Handler } = {
  getuid16: one('getuid'),
  geteuid16: one('geteuid'),
  getgid16: one('getgid'),
  getegid16: one('getegid'),
  getresuid16: three('getresuid'),
  getresgid16: three('getresgid'),
  getgroups16,
  setgroups16,
}
