/** Memory calls that need no map of the address space: locks, barriers, protection keys. */
import { errno } from '../abi/errno.ts'
import { membarrierCommand, mlockallFlags } from '../abi/flags/memory.ts'
import type { Call, Handler, Outcome } from '../call.ts'

const { MEMBARRIER_CMD_QUERY, MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ } =
  membarrierCommand.values
const RSEQ_COMMANDS = MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ
const { MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT } = mlockallFlags.values

/** There are no restartable sequences (rseq), so nothing that waits for them. */
function membarrier(call: Call): Outcome {
  const command = call.int(0)
  if ((command & RSEQ_COMMANDS) !== 0) return -errno.EINVAL
  if (command !== MEMBARRIER_CMD_QUERY) return 'pass'
  const known = call.thread.syscall(call.hostNumber('membarrier'), MEMBARRIER_CMD_QUERY, call.int(1), call.int(2))
  return known < 0 ? known : known & ~RSEQ_COMMANDS
}

/** Accepted and not done: it would fault in the whole code area and lock it. */
function mlockall(call: Call): Outcome {
  const flags = call.int(0)
  const known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT
  return flags === 0 || flags === MCL_ONFAULT || (flags & ~known) !== 0 ? -errno.EINVAL : 0
}

const NO_KEY = -1

/** With no protection keys only the key -1 exists: plain mprotect. */
function pkeyMprotect(call: Call): Outcome {
  if (call.int(3) !== NO_KEY) return -errno.EINVAL
  return call.ctx.handlers.get('mprotect')?.(call) ?? -errno.ENOSYS
}

export const memoryHandlers: { readonly [name: string]: Handler } = {
  membarrier,
  mlockall,
  pkey_mprotect: pkeyMprotect,
  pkey_alloc: () => -errno.ENOSPC,
  pkey_free: () => -errno.EINVAL,
  map_shadow_stack: () => -errno.EOPNOTSUPP,
}
