/**
 * Resource limits. All pass to the kernel but RLIMIT_AS: the runner's own mappings count there, so a limit that is right for the
 * guest would take the translator's memory away. It is kept here, and whoever maps guest memory may ask for it.
 */
import { errno } from '../abi/errno.ts'
import { rlimitResource } from '../abi/flags/process.ts'
import { readField, type Shape, writeField } from '../abi/shape.ts'
import { rlimit, rlimit64 } from '../abi/shapes-process.ts'
import type { Call, Handler, Outcome } from '../call.ts'
import type { Limit, ProcessState } from '../process-state.ts'

const { RLIMIT_AS } = rlimitResource.values
const INFINITY = 0xffff_ffff_ffff_ffffn

/** Whose limits a call is about: the kernel knows the process by `pid`, 0 for the caller. */
interface Owner {
  readonly pid: number
  readonly state: Pick<ProcessState, 'limits'>
}

/** A limit as the guest sees it. */
function current(call: Call, resource: number, { pid, state } = caller(call)): Limit | number {
  const kept = state.limits.get(resource)
  if (kept !== undefined && pid === 0) return kept
  const of = call.hostLayout(rlimit64)
  const scratch = call.thread.scratch(of.size)
  const failed = call.thread.syscall(call.hostNumber('prlimit64'), pid, resource, 0, scratch.address)
  // Of another process the kernel says whether it is there, and its limits the caller's to look at and to change.
  if (failed < 0) return failed
  return (
    kept ?? { current: limitOf(scratch.bytes, 'rlim_cur', call, rlimit64), maximum: limitOf(scratch.bytes, 'rlim_max', call, rlimit64) }
  )
}

function caller(call: Call): Owner {
  return { pid: 0, state: call.ctx.process }
}

function limitOf(bytes: Uint8Array, name: string, call: Call, shape: Shape): number {
  const value = readField(call.guestLayout(shape), name, bytes)
  return value >= Number(INFINITY) ? Number.POSITIVE_INFINITY : value
}

function change(call: Call, resource: number, address: number, shape: Shape, owner = caller(call)): number {
  const bytes = call.readStruct(address, shape)
  if (bytes === null) return -errno.EFAULT
  const wanted: Limit = { current: limitOf(bytes, 'rlim_cur', call, shape), maximum: limitOf(bytes, 'rlim_max', call, shape) }
  const old = current(call, resource, owner)
  if (typeof old === 'number') return old
  if (wanted.current > wanted.maximum) return -errno.EINVAL
  if (wanted.maximum > old.maximum) return -errno.EPERM
  owner.state.limits.set(resource, wanted)
  return 0
}

function report(call: Call, limit: Limit, address: number, shape: Shape): number {
  const of = call.guestLayout(shape)
  const bytes = new Uint8Array(of.size)
  writeField(of, 'rlim_cur', bytes, Number.isFinite(limit.current) ? limit.current : INFINITY)
  writeField(of, 'rlim_max', bytes, Number.isFinite(limit.maximum) ? limit.maximum : INFINITY)
  return call.write(address, bytes)
}

function getrlimit(call: Call): Outcome {
  if (call.int(0) !== RLIMIT_AS) return 'pass'
  const limit = current(call, RLIMIT_AS)
  return typeof limit === 'number' ? limit : report(call, limit, call.arg(1), rlimit)
}

function setrlimit(call: Call): Outcome {
  return call.int(0) === RLIMIT_AS ? change(call, RLIMIT_AS, call.arg(1), rlimit) : 'pass'
}

function prlimit64(call: Call): Outcome {
  const pid = call.int(0)
  if (call.int(1) !== RLIMIT_AS || (pid !== 0 && pid !== call.thread.pid && pid !== call.thread.tid)) return 'pass'
  return prlimitOf(call, caller(call))
}

/** prlimit64 for RLIMIT_AS. */
export function prlimitOf(call: Call, owner: Owner): number {
  const old = current(call, RLIMIT_AS, owner)
  if (typeof old === 'number') return old
  const before = { ...old }
  const changed = call.arg(2) === 0 ? 0 : change(call, RLIMIT_AS, call.arg(2), rlimit64, owner)
  if (changed !== 0 || call.arg(3) === 0) return changed
  return report(call, before, call.arg(3), rlimit64)
}

export const limitHandlers: { readonly [name: string]: Handler } = { getrlimit, setrlimit, prlimit64 }
