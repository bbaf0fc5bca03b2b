/** Signal calls of before there were more than 31 signals: their masks are the low words of today's. */
import { errno } from '../abi/errno.ts'
import { signalMaskHow } from '../abi/flags/signals.ts'
import { fieldOf, readField, writeField } from '../abi/shape.ts'
import { oldSigaction, sigaction } from '../abi/shapes-process.ts'
import { putSet, readSet, SIGSET_SIZE } from '../abi/signals.ts'
import type { Call, Handler, Outcome } from '../call.ts'
import { threadState } from '../process-state.ts'
import { changeAction, changeMask } from './signals.ts'

const WORD = 4
const { SIG_SETMASK, SIG_BLOCK } = signalMaskHow.values
const SAME = ['sa_handler', 'sa_flags', 'sa_restorer'] as const

const word = (value: number): Uint8Array => new Uint8Array(new Int32Array([value]).buffer)

function action(call: Call): Outcome {
  const of = call.guestLayout(sigaction)
  const older = call.guestLayout(oldSigaction)
  const maskAt = fieldOf(of, 'sa_mask').offset
  const [newAt, oldAt] = [call.arg(1), call.arg(2)]
  const given = newAt === 0 ? null : call.readStruct(newAt, oldSigaction)
  if (newAt !== 0 && given === null) return -errno.EFAULT
  let wanted: Uint8Array | null = null
  if (given !== null) {
    wanted = new Uint8Array(of.size)
    for (const field of SAME) writeField(of, field, wanted, readField(older, field, given))
    putSet(wanted, maskAt, { lo: readField(older, 'sa_mask', given) | 0, hi: 0 })
  }
  return changeAction(call, wanted, (old) => {
    if (oldAt === 0) return 0
    const bytes = new Uint8Array(older.size)
    for (const field of SAME) writeField(older, field, bytes, readField(of, field, old))
    writeField(older, 'sa_mask', bytes, readSet(old, maskAt).lo >>> 0)
    return call.write(oldAt, bytes)
  })
}

/** What is set leaves the signals of which it says nothing. */
function sigprocmask(call: Call): Outcome {
  const how = call.int(0)
  const [setAt, oldAt] = [call.arg(1), call.arg(2)]
  const set = setAt === 0 ? null : call.read(setAt, WORD)
  if (setAt !== 0 && set === null) return -errno.EFAULT
  let hi = 0
  if (set !== null && how === SIG_SETMASK) {
    const now = changeMask(call, SIG_BLOCK, null)
    if (typeof now !== 'object') return now
    hi = now.hi
  }
  const wanted = set === null ? null : { lo: new DataView(set.buffer, set.byteOffset).getInt32(0, true), hi }
  const old = changeMask(call, how, wanted)
  if (typeof old !== 'object') return old
  return oldAt === 0 ? 0 : call.write(oldAt, word(old.lo))
}

/** sigsuspend(unused, unused, mask) */
function sigsuspend(call: Call): Outcome {
  const mask = { lo: call.int(2), hi: 0 }
  threadState(call.ctx.process, call.thread).suspendMask = mask
  const { address, bytes } = call.thread.scratch(SIGSET_SIZE)
  putSet(bytes, 0, mask)
  call.thread.startSyscall(call.hostNumber('rt_sigsuspend'), address, SIGSET_SIZE)
  return { finish: (result) => result, cancel: () => undefined }
}

export const oldSignalHandlers: { readonly [name: string]: Handler } = { sigaction: action, sigprocmask, sigsuspend }
