/**
 * A system call made by the engine from its row alone: what a thunk does natively, for the calls that came to the engine.
 *
 *   prepare   guest arguments -> host arguments; names mapped and structures converted into the thread's scratch area
 *   (the call, made by the runner)
 *   complete  results back; structures that came out are converted and copied to the guest
 *
 * Guest pointers are host pointers, so all else passes through and the kernel checks it. The scratch area belongs to the call from
 * `prepare` to `complete`: no order that uses it may come between.
 */
import { HIDDEN_COUNT, HIDDEN_FDS, TRANSFER_SIZE } from '../src/runtime/layout.ts'
import { requireSameOrder } from './abi/abi.ts'
import { errno } from './abi/errno.ts'
import { convertFlags, flagConversion, flagValue } from './abi/flag-set.ts'
import { convertStruct, fieldOf, layoutsAgree, misfit, readBig } from './abi/shape.ts'
import { iovec } from './abi/shapes-files.ts'
import { type Arg, type Follow, isPointer, mayWrite, RESULT } from './args.ts'
import type { Call } from './call.ts'
import { type Block, messageBlock, messagesBlock, type Output, setBlock, vectorBlock } from './perform-vectors.ts'

const TWO_32 = 0x1_0000_0000
const ALIGNMENT = 16
const PAGE = 4096
const IOV_MAX = 1024
const NOTHING: Block['pointers'] = []

/** Bytes that an argument points to instead of the guest's memory. */
interface Item {
  readonly argument: number
  readonly bytes: Uint8Array
  /** Where in `bytes` the address of another place in them belongs. */
  readonly pointers: Block['pointers']
  /** The host's answer, converted; -errno: it cannot be. null: nothing comes back. */
  readonly back: ((came: Uint8Array, result: number) => readonly Output[] | number) | null
  /** It is the guest's also when the call was interrupted: what is left of a time. */
  readonly isKept?: boolean
  at: number
}

export interface Prepared {
  readonly number: number
  /** Host arguments as lo/hi pairs. */
  readonly args: Int32Array
  readonly items: readonly Item[]
}

/** Host arguments of a call, or -errno. `substitutes`: bytes to be passed for a pointer argument, by argument number. */
export function prepare(call: Call, substitutes?: ReadonlyMap<number, Uint8Array>): Prepared | number {
  requireSameOrder(call.ctx.abi, call.ctx.host)
  const args = call.args.slice()
  const items: Item[] = []
  for (const [n, declared] of call.row.argKinds.entries()) {
    const given = substitutes?.get(n)
    if (given !== undefined) {
      items.push({ argument: n, bytes: given, pointers: NOTHING, back: null, at: 0 })
      continue
    }
    const failed = prepareArgument(call, resolveArg(call, declared), n, args, items)
    if (failed !== 0) return failed
  }
  const { renumbers } = call.row
  if (renumbers !== null && call.ctx.abi.model.long === 4) {
    const n = call.row.argNames.indexOf(renumbers.argument)
    args[2 * n] = renumbers.values.get(call.uint(n)) ?? args[2 * n]!
  }
  return placeItems(call, args, items)
}

/** The meaning of an argument under the value of its selector. */
export function resolveArg(call: Call, arg: Arg): Arg {
  if (arg.kind === 'by') return arg.cases.get(call.uint(call.row.argNames.indexOf(arg.selector))) ?? arg.otherwise
  return arg.kind === 'optional' ? arg.arg : arg
}

function prepareArgument(call: Call, arg: Arg, n: number, args: Int32Array, items: Item[]): number {
  const { abi, host, mapPath } = call.ctx
  switch (arg.kind) {
    case 'fd':
      return !call.isImplied(n) && isHidden(call, call.int(n)) ? -errno[arg.beyond] : 0
    case 'flags':
      if (call.isImplied(n)) return 0
      args[2 * n] = convertFlags(flagConversion(arg.set, abi.flavour, host.flavour), call.int(n)) | 0
      return 0
    case 'path': {
      if (mapPath === null || call.arg(n) === 0) return 0
      const path = call.path(n)
      // An unreadable name is the kernel's to refuse, after what it checks before.
      if (typeof path === 'number') return 0
      const mapped = mapPath(path, follows(call, arg.follow))
      if (mapped !== path) items.push({ argument: n, bytes: terminated(mapped), pointers: NOTHING, back: null, at: 0 })
      return 0
    }
    case 'struct':
      return prepareStruct(call, arg, n, items)
    default: {
      const block = call.arg(n) === 0 || abi.model.pointer === host.model.pointer ? null : blockOf(call, arg, call.arg(n))
      if (block !== null) items.push({ argument: n, ...block, at: 0 })
      return 0
    }
  }
}

/** What has pointers or words in it; null: it passes as it is, or is refused as it is. */
function blockOf(call: Call, arg: Arg, address: number): Block | null {
  const named = (name: string): number => call.int(call.row.argNames.indexOf(name))
  switch (arg.kind) {
    case 'iovec':
      return vectorBlock(call, address, named(arg.count))
    case 'fdset':
      return named(arg.count) > 0 ? setBlock(call, address, named(arg.count)) : null
    case 'message':
      return messageBlock(call, address, arg.direction === 'in' ? 'in' : 'inout')
    case 'messages':
      return messagesBlock(call, address, named(arg.count), arg.direction === 'in' ? 'in' : 'inout')
    default:
      return null
  }
}

/** Whether a symbolic link in a name's last place is followed by this call. */
function follows(call: Call, follow: Follow): boolean {
  if (typeof follow === 'boolean') return follow
  const bit = flagValue(follow.set, call.ctx.abi.flavour, follow.name)
  const given = (call.int(call.row.argNames.indexOf(follow.flags)) & bit) !== 0
  return given === follow.when
}

function prepareStruct(call: Call, arg: Extract<Arg, { kind: 'struct' }>, n: number, items: Item[]): number {
  const address = call.arg(n)
  const guest = call.guestLayout(arg.shape)
  const host = call.hostLayout(arg.shape)
  // Arrays of which the result is the length are converted where they lie.
  if (address === 0 || arg.count === RESULT || layoutsAgree(guest, host)) return 0
  const count = typeof arg.count === 'number' ? arg.count : call.uint(call.row.argNames.indexOf(arg.count))
  if (count * Math.max(guest.size, host.size) > TRANSFER_SIZE / 2) return -errno.EINVAL
  const bytes = new Uint8Array(count * host.size)
  if (arg.direction !== 'out') {
    const source = call.read(address, count * guest.size)
    // The kernel may not look at it (EPOLL_CTL_DEL): the guest's address passes, and fails if it does.
    if (source === null) return 0
    for (let i = 0; i < count; i++) convertStruct(guest, source, i * guest.size, host, bytes, i * host.size)
  }
  const back =
    arg.direction === 'in'
      ? null
      : (came: Uint8Array): readonly Output[] | number => {
          const converted = new Uint8Array(count * guest.size)
          for (let i = 0; i < count; i++) {
            if (misfit(host, came, i * host.size, guest) !== undefined) return -errno.EOVERFLOW
            convertStruct(host, came, i * host.size, guest, converted, i * guest.size)
          }
          return [{ address, bytes: converted }]
        }
  items.push({ argument: n, bytes, pointers: NOTHING, back, isKept: arg.direction === 'inout', at: 0 })
  return 0
}

function placeItems(call: Call, args: Int32Array, items: readonly Item[]): Prepared | number {
  let length = 0
  for (const item of items) {
    item.at = length
    length += Math.ceil(item.bytes.length / ALIGNMENT) * ALIGNMENT
  }
  if (length > TRANSFER_SIZE) return -errno.ENOMEM
  if (length > 0) {
    const scratch = call.thread.scratch(length)
    for (const item of items) {
      scratch.bytes.set(item.bytes, item.at)
      const address = scratch.address + item.at
      for (const { at, to } of item.pointers) putWord(scratch.bytes, item.at + at, address + to)
      args[2 * item.argument] = address | 0
      args[2 * item.argument + 1] = Math.floor(address / TWO_32)
    }
  }
  return { number: call.hostNumber(call.row.call), args, items }
}

function putWord(bytes: Uint8Array, at: number, address: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8)
  view.setUint32(0, address % TWO_32, true)
  view.setUint32(4, Math.floor(address / TWO_32), true)
}

/** Makes the call; its result's halves are in prepared.args[0], [1]. */
export function make(call: Call, prepared: Prepared): void {
  call.thread.syscall64(prepared.number, prepared.args)
}

/** After the call: results to the guest. Returns the result, exact to 2^53; `lo` and `hi` hold all of it. */
export function complete(call: Call, prepared: Prepared, lo: number, hi: number): { lo: number; hi: number } {
  const negative = hi < 0
  if (negative && lo === -errno.EFAULT && hi === -1 && openPages(call)) return again(call)
  if (negative) {
    if (lo === -errno.EINTR && hi === -1) writeKept(call, prepared)
    return { lo, hi }
  }

  const outputs = copyOutputs(call, prepared, lo)
  if (typeof outputs === 'number') return { lo: outputs, hi: -1 }
  for (const { address, bytes } of outputs) if (call.write(address, bytes) !== 0) return { lo: -errno.EFAULT, hi: -1 }
  for (const [n, arg] of call.row.argKinds.entries()) {
    if (arg.kind === 'struct' && arg.count === RESULT && !widenInPlace(call, arg, n, lo)) return { lo: -errno.EFAULT, hi: -1 }
  }
  const result = resolveArg(call, call.row.result)
  if (result.kind !== 'flags') return { lo, hi }
  return { lo: convertFlags(flagConversion(result.set, call.ctx.host.flavour, call.ctx.abi.flavour), lo) | 0, hi }
}

/** What an interrupted call has left in what it was given; nothing is said when it cannot be written. */
function writeKept(call: Call, prepared: Prepared): void {
  const items = prepared.items.filter(({ isKept }) => isKept)
  const outputs = copyOutputs(call, { ...prepared, items }, -errno.EINTR)
  if (typeof outputs !== 'number') for (const { address, bytes } of outputs) call.write(address, bytes)
}

/** The whole of it, synchronously. */
export function perform(call: Call, substitutes?: ReadonlyMap<number, Uint8Array>): { lo: number; hi: number } {
  const prepared = prepare(call, substitutes)
  if (typeof prepared === 'number') return { lo: prepared, hi: -1 }
  make(call, prepared)
  return complete(call, prepared, prepared.args[0]!, prepared.args[1]!)
}

function again(call: Call): { lo: number; hi: number } {
  const prepared = prepare(call)
  if (typeof prepared === 'number') return { lo: prepared, hi: -1 }
  make(call, prepared)
  const { 0: lo, 1: hi } = prepared.args
  return hi! < 0 ? { lo: lo!, hi: hi! } : complete(call, prepared, lo!, hi!)
}

/** Converted copies of what came out, made before any order overwrites the scratch area. */
function copyOutputs(call: Call, { items }: Prepared, result: number): Output[] | number {
  const outputs: Output[] = []
  if (items.every((item) => item.back === null)) return outputs
  const last = items[items.length - 1]!
  const came = call.thread.scratch(last.at + last.bytes.length).bytes.slice()
  for (const { bytes, back, at } of items) {
    const made = back?.(came.subarray(at, at + bytes.length), result) ?? []
    if (typeof made === 'number') return made
    outputs.push(...made)
  }
  return outputs
}

/** `count` elements that the host wrote into guest memory in its own layout become the guest's. */
function widenInPlace(call: Call, arg: Extract<Arg, { kind: 'struct' }>, n: number, count: number): boolean {
  const guest = call.guestLayout(arg.shape)
  const host = call.hostLayout(arg.shape)
  if (count <= 0 || layoutsAgree(guest, host)) return true
  const step = Math.floor(TRANSFER_SIZE / guest.size)
  for (let end = count; end > 0; ) {
    const start = Math.max(0, end - step)
    const source = call.read(call.arg(n) + start * host.size, (end - start) * host.size)
    if (source === null) return false
    const bytes = new Uint8Array((end - start) * guest.size)
    for (let i = 0; i < end - start; i++) convertStruct(host, source, i * host.size, guest, bytes, i * guest.size)
    if (call.write(call.arg(n) + start * guest.size, bytes) !== 0) return false
    end = start
  }
  return true
}

/** Our own descriptors do not exist for the guest. */
export function isHidden(call: Call, fd: number): boolean {
  const base = call.thread.i32[HIDDEN_FDS >> 2]!
  return fd >= base && fd < base + HIDDEN_COUNT
}

/** Opens every write-protected page that the call may have wanted to write to; true when there was one. */
export function openPages(call: Call): boolean {
  const open = call.ctx.openPages
  if (open === null) return false
  let opened = false
  const range = (address: number, length: number): void => {
    if (address !== 0 && length > 0 && open(call.thread, address, length)) opened = true
  }
  for (const [n, declared] of call.row.argKinds.entries()) {
    const arg = resolveArg(call, declared)
    if (!mayWrite(arg) || !isPointer(arg)) continue
    if (arg.kind === 'buffer' || arg.kind === 'dirents') range(call.arg(n), call.arg(call.row.argNames.indexOf(arg.length)))
    else if (arg.kind === 'iovec')
      for (const part of readVector(call, call.arg(n), call.uint(call.row.argNames.indexOf(arg.count)))) range(part.base, part.length)
    else range(call.arg(n), PAGE)
  }
  return opened
}

/** The parts of an iovec array in guest memory; none when it cannot be read. */
export function readVector(call: Call, address: number, count: number): { base: number; length: number }[] {
  const of = call.guestLayout(iovec)
  const shown = Math.min(count, IOV_MAX)
  const bytes = call.read(address, shown * of.size)
  if (bytes === null) return []
  const parts: { base: number; length: number }[] = []
  for (let i = 0; i < shown; i++) {
    const base = Number(readBig(fieldOf(of, 'iov_base'), of.model, bytes, i * of.size))
    const length = Number(readBig(fieldOf(of, 'iov_len'), of.model, bytes, i * of.size))
    parts.push({ base, length })
  }
  return parts
}

function terminated(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length + 1)
  whole.set(bytes)
  return whole
}
