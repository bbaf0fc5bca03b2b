/** uname and personality. */
import { errno } from '../abi/errno.ts'
import { fieldOf, type Layout } from '../abi/shape.ts'
import { utsname } from '../abi/shapes-process.ts'
import type { Call, Handler, Outcome } from '../call.ts'

const PER_MASK = 0xff
const PER_LINUX32 = 8
const PERSONALITY_QUERY = 0xffff_ffff

/** The host's names with the guest's machine. */
function uname(call: Call): Outcome {
  const of = call.hostLayout(utsname)
  const scratch = call.thread.scratch(of.size)
  const failed = call.thread.syscall(call.hostNumber('uname'), scratch.address)
  if (failed < 0) return failed
  const bytes = scratch.bytes.slice()
  const { abi, process } = call.ctx
  putString(of, bytes, 'machine', (process.personality & PER_MASK) === PER_LINUX32 ? abi.machine32 : abi.machine)
  return call.write(call.arg(0), bytes)
}

function putString(of: Layout, bytes: Uint8Array, name: string, text: string): void {
  const field = fieldOf(of, name)
  bytes.fill(0, field.offset, field.offset + field.count)
  bytes.set(new TextEncoder().encode(text), field.offset)
}

function personality(call: Call): Outcome {
  const old = call.ctx.process.personality
  const wanted = call.uint(0)
  if (wanted !== PERSONALITY_QUERY) call.ctx.process.personality = wanted
  return old
}

/** The kernel alone makes this call, and only in a frame of ours. */
const restart = (): Outcome => -errno.EINTR

export const identityHandlers: { readonly [name: string]: Handler } = { uname, personality, restart_syscall: restart }
