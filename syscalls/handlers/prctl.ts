/** prctl: options about the process pass; those about the processor, or that would take hold of the translator, are answered here. */
import { errno } from '../abi/errno.ts'
import { prctlOption } from '../abi/flags/process.ts'
import type { Call, Handler, Outcome } from '../call.ts'
import { tidAddress } from './narrow-messages.ts'

const option = prctlOption.values

/** Options that mean the same whatever the processor is. */
const passing = new Set<number>([
  option.PR_SET_PDEATHSIG,
  option.PR_GET_PDEATHSIG,
  option.PR_GET_DUMPABLE,
  option.PR_SET_DUMPABLE,
  option.PR_GET_KEEPCAPS,
  option.PR_SET_KEEPCAPS,
  option.PR_GET_TIMING,
  option.PR_SET_TIMING,
  option.PR_SET_NAME,
  option.PR_GET_NAME,
  option.PR_GET_SECCOMP,
  option.PR_CAPBSET_READ,
  option.PR_CAPBSET_DROP,
  option.PR_GET_SECUREBITS,
  option.PR_SET_SECUREBITS,
  option.PR_SET_TIMERSLACK,
  option.PR_GET_TIMERSLACK,
  option.PR_TASK_PERF_EVENTS_DISABLE,
  option.PR_TASK_PERF_EVENTS_ENABLE,
  option.PR_MCE_KILL,
  option.PR_MCE_KILL_GET,
  option.PR_SET_PTRACER,
  option.PR_SET_CHILD_SUBREAPER,
  option.PR_GET_CHILD_SUBREAPER,
  option.PR_SET_NO_NEW_PRIVS,
  option.PR_GET_NO_NEW_PRIVS,
  option.PR_GET_TID_ADDRESS,
  option.PR_SET_THP_DISABLE,
  option.PR_GET_THP_DISABLE,
  option.PR_CAP_AMBIENT,
  option.PR_GET_SPECULATION_CTRL,
  option.PR_SET_SPECULATION_CTRL,
  option.PR_SET_IO_FLUSHER,
  option.PR_GET_IO_FLUSHER,
  option.PR_SCHED_CORE,
  option.PR_SET_MEMORY_MERGE,
  option.PR_GET_MEMORY_MERGE,
  option.PR_SET_VMA,
])

/** Answered 0 without doing anything: the state asked for is the one there is. */
const settled = new Set<number>([option.PR_GET_MDWE])

function prctl(call: Call): Outcome {
  const wanted = call.uint(0)
  if (wanted === option.PR_GET_TID_ADDRESS && call.ctx.abi.model.pointer === 4) return tidAddress(call)
  if (passing.has(wanted)) return 'pass'
  if (settled.has(wanted)) return 0
  // The maps of the runner are ours, not the guest's to describe.
  return wanted === option.PR_SET_MM ? -errno.EPERM : -errno.EINVAL
}

export const prctlHandlers: { readonly [name: string]: Handler } = { prctl }
