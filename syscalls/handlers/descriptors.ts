/** close_range and openat2. */
import { HIDDEN_COUNT, HIDDEN_FDS } from '../../src/runtime/layout.ts'
import { errno } from '../abi/errno.ts'
import { convertFlags, flagConversion } from '../abi/flag-set.ts'
import { openFlags } from '../abi/flags/files.ts'
import { fieldOf, readField, writeField } from '../abi/shape.ts'
import { openHow } from '../abi/shapes-files.ts'
import type { Call, Handler, Outcome } from '../call.ts'
import { perform } from '../perform.ts'

const TWO_32 = 0x1_0000_0000
const PAGE = 4096
const HOW = 2
const HOW_SIZE = 3

/** Closes what lies below our descriptors, then what lies above them. */
function closeRange(call: Call): Outcome {
  const first = call.uint(0)
  const last = call.uint(1)
  const flags = call.int(2)
  const base = call.thread.i32[HIDDEN_FDS >> 2]!
  const end = base + HIDDEN_COUNT
  if (first > last || last < base || first >= end) return 'pass'
  const number = call.hostNumber('close_range')
  let result = 0
  if (first < base) result = call.thread.syscall(number, first, base - 1, flags)
  if (result === 0 && last >= end) result = call.thread.syscall(number, end, last, flags)
  return result
}

/** The flags inside the structure are renumbered; a longer structure passes whole, so that the kernel judges its tail. */
function openAt2(call: Call): Outcome {
  const of = call.guestLayout(openHow)
  const size = call.arg(HOW_SIZE)
  if (size < of.size) return -errno.EINVAL
  if (size > PAGE) return -errno.E2BIG
  const how = call.read(call.arg(HOW), size)
  if (how === null) return -errno.EFAULT
  const { offset } = fieldOf(of, 'flags')
  const flags = readField(of, 'flags', how)
  const conversion = flagConversion(openFlags, call.ctx.abi.flavour, call.ctx.host.flavour)
  const high = Math.floor(flags / TWO_32)
  writeField(of, 'flags', how, high * TWO_32 + convertFlags(conversion, flags % TWO_32))
  if (offset !== fieldOf(call.hostLayout(openHow), 'flags').offset) throw new Error('open_how differs between guest and host')
  return perform(call, new Map([[HOW, how]])).lo
}

export const descriptorHandlers: { readonly [name: string]: Handler } = {
  close_range: closeRange,
  openat2: openAt2,
}
