/**
 * System calls that came to the engine: those of handlers, those that a thunk left, and with -strace all of them.
 *
 *   switch (handleSyscall(ctx, thread)) {
 *     case 'resume':  thread.resume(behind the call)
 *     case 'gone':    the thread does not come back
 *     case 'blocked': only with ctx.startCalls: the thread's next request is 'done'; then call finishSyscall
 *     case 'restart': a signal is pending; behind its handler the call is made (again): thread.resume(at the call)
 *   }
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { NOT_MADE } from '../src/runtime/layout.ts'
import { errno } from './abi/errno.ts'
import { Call, type Outcome, readArguments, readResult, type SyscallContext, shownArguments, type Underway, writeResult, writeResultPair } from './call.ts' // biome-ignore format: a list
import { builtinHandlers } from './handlers/index.ts'
import { complete, make, openPages, type Prepared, prepare } from './perform.ts'
import { type Row, stateFor } from './row.ts'
import { CallText, unknownCallText } from './strace.ts'
import { rowOf } from './table.ts'

export type Disposition = 'resume' | 'gone' | 'blocked' | 'restart'

interface Begun {
  readonly call: Call
  readonly prepared: Prepared | Underway
  readonly text: CallText | null
}

export interface BegunEstate {
  readonly number: number
  readonly args: Int32Array
  readonly hostNumber: number
  readonly hostArgs: Int32Array
}

const begun = new WeakMap<RunnerThread, Begun>()
const TWO_32 = 0x1_0000_0000

/** Carries out the call that the thread stopped for. The guest's state is canonical before and after. */
export function handleSyscall(ctx: SyscallContext, thread: RunnerThread): Disposition {
  const number = thread.i32[ctx.abi.numberAt >> 2]!
  const row = rowOf(ctx.abi, number)
  const judged = ctx.judge?.(thread, number) ?? 'pass'
  if (judged !== 'pass' && typeof judged !== 'object') return refuse(ctx, thread, row, judged)
  if (row === undefined) {
    ctx.unimplemented?.(`${ctx.abi.machine}: there is no system call ${number}`)
    ctx.trace?.(unknownCallText(number, readArguments(ctx.abi, thread), errno.ENOSYS))
    const answer = ctx.unknownCall?.(thread, number) ?? 'pass'
    if (answer === 'pass' || typeof answer === 'object') writeResult(ctx.abi, thread, -errno.ENOSYS)
    return answer === 'gone' ? answer : 'resume'
  }

  const call = new Call(ctx, thread, number, row)
  const text = ctx.trace === null ? null : new CallText(row, ctx.abi, shownArguments(ctx.abi, thread, row), thread)
  if (row.leaves && text !== null) ctx.trace?.(text.unfinished())
  const outcome = decide(call)
  if (outcome === 'pass') return passOn(call, text)
  if (typeof outcome !== 'object') return conclude(call, text, outcome)
  begun.set(thread, { call, prepared: outcome, text })
  return 'blocked'
}

/** A call that is not made, and what the thread gets instead. */
function refuse(
  ctx: SyscallContext,
  thread: RunnerThread,
  row: Row | undefined,
  outcome: Exclude<Outcome, Underway | 'pass'>,
): Disposition {
  if (outcome === 'restart') return outcome
  if (ctx.trace !== null && row !== undefined) {
    const text = new CallText(row, ctx.abi, shownArguments(ctx.abi, thread, row), thread)
    ctx.trace(typeof outcome === 'number' ? text.finish(outcome, outcome >> 31) : text.unfinished())
  }
  if (typeof outcome === 'number') writeResult(ctx.abi, thread, outcome)
  return outcome === 'gone' ? 'gone' : 'resume'
}

/**
 * A call that a thunk has made and that gave EFAULT: it is made again when pages that the engine protects were in its way, and only then. What a call
 * does before it fails (wait4 reaps its child) it has done.
 */
export function handleFaulted(ctx: SyscallContext, thread: RunnerThread): Disposition {
  const number = thread.i32[ctx.abi.numberAt >> 2]!
  const row = rowOf(ctx.abi, number)
  if (row === undefined || openPages(new Call(ctx, thread, number, row))) return handleSyscall(ctx, thread)
  writeResult(ctx.abi, thread, -errno.EFAULT)
  return 'resume'
}

function conclude(call: Call, text: CallText | null, outcome: Exclude<Outcome, Underway | 'pass'>): Disposition {
  if (outcome === 'gone' || outcome === 'restart') return outcome
  if (outcome !== 'done') writeResult(call.ctx.abi, call.thread, outcome)
  if (!call.row.leaves) finishText(call, text)
  return 'resume'
}

/** A call that was begun, as data; undefined: none. null: one that only this engine can finish. */
export function begunEstate(thread: RunnerThread): BegunEstate | null | undefined {
  const one = begun.get(thread)
  if (one === undefined) return undefined
  const { call, prepared } = one
  if ('finish' in prepared || prepared.items.some((item) => item.back !== null)) return null
  return { number: call.number, args: call.args, hostNumber: prepared.number, hostArgs: prepared.args }
}

/** The call is this engine's to finish. */
export function restoreBegun(ctx: SyscallContext, thread: RunnerThread, { number, args, hostNumber, hostArgs }: BegunEstate): void {
  const row = rowOf(ctx.abi, number)
  if (row === undefined) return
  const call = new Call(ctx, thread, number, row)
  call.args.set(args)
  begun.set(thread, { call, prepared: { number: hostNumber, args: hostArgs, items: [] }, text: null })
}

/** The thread's begun call will not return: it executes another program. */
export function forgetSyscall(thread: RunnerThread): void {
  begun.delete(thread)
}

/** The thread's begun call has returned (request 'done'). */
export function finishSyscall(thread: RunnerThread): Disposition {
  const one = begun.get(thread)
  if (one === undefined) throw new Error('finishSyscall: no call was begun')
  begun.delete(thread)
  const result = thread.syscallResult
  const { prepared } = one
  if ('finish' in prepared) {
    if (result !== NOT_MADE) return conclude(one.call, one.text, prepared.finish(result))
    prepared.cancel()
    return 'restart'
  }
  if (result === NOT_MADE) return 'restart'
  settle(one.call, prepared, one.text, result | 0, Math.floor(result / TWO_32))
  return 'resume'
}

/** Asks the handlers in turn; 'pass': the row itself shall answer. */
function decide(call: Call): Outcome {
  const { row, ctx } = call
  const state = stateFor(row, ctx.abi)
  let asked = false
  for (const name of row.call === row.name ? [row.name] : [row.name, row.call]) {
    for (const handler of [ctx.handlers.get(name), builtinHandlers.get(name)]) {
      if (handler === undefined || state === 'missing') continue
      asked = true
      const outcome = handler(call)
      if (outcome !== 'pass') return outcome
    }
  }
  if (state !== 'missing' && (row.state === 'plain' || (state === 'engine' && asked))) return 'pass'
  if (state !== 'refused') ctx.unimplemented?.(`${ctx.abi.machine}: ${row.name} is not implemented (${row.not32 ?? row.note})`)
  return -errno.ENOSYS
}

function passOn(call: Call, text: CallText | null): Disposition {
  const { ctx, thread } = call
  const prepared = prepare(call)
  if (typeof prepared === 'number') {
    writeResult(ctx.abi, thread, prepared)
    finishText(call, text)
    return 'resume'
  }
  if (ctx.startCalls) {
    begun.set(thread, { call, prepared, text })
    thread.startSyscall64(prepared.number, prepared.args)
    return 'blocked'
  }
  make(call, prepared)
  settle(call, prepared, text, prepared.args[0]!, prepared.args[1]!)
  return 'resume'
}

function settle(call: Call, prepared: Prepared, text: CallText | null, lo: number, hi: number): void {
  const { abi } = call.ctx
  const result = complete(call, prepared, lo, hi)
  writeResultPair(abi, call.thread, result.lo, result.hi)
  finishText(call, text)
}

function finishText(call: Call, text: CallText | null): void {
  if (text === null) return
  call.ctx.trace?.(text.finish(...readResult(call.ctx.abi, call.thread)))
}
