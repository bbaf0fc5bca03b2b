/**
 * Kicks: how a thread that runs, or waits in a system call, is made to come to the engine. It gets SIGTRAP, which runners never block, with an si_code that
 * nobody else uses; the runner's handler takes it as it takes any signal that somebody sends: translated code is left at its next poll, a system call with a
 * restart or EINTR, which is undone. The kick is taken back when the thread comes.
 */
import { scratch } from '../src/host/memory.ts'
import { hostSyscall } from '../src/host/native.ts'
import type { Thread } from '../src/host/thread.ts'
import { FIRST_ARGUMENT, PENDING_ASYNC, PENDING_STOP, SIGNAL_CLAIMED, SIGNAL_INFO, SIGNAL_INFO_SIZE, SIGNAL_PENDING } from '../src/runtime/layout.ts' // biome-ignore format: a list
import { FAULT_SIGNALS } from '../src/runtime/signals.ts'
import type { GuestAbi } from '../syscalls/abi/abi.ts'
import { errno } from '../syscalls/abi/errno.ts'

const SYS_RT_TGSIGQUEUEINFO = 297
const SIGTRAP = 5
/** Negative: from a process, not from the kernel. */
const KICK_CODE = -0x6442
const INFO_CODE = 8
const SIGTRAP_INDEX = FAULT_SIGNALS.indexOf(SIGTRAP)
const SIGTRAP_BIT = PENDING_ASYNC << (SIGTRAP_INDEX + 1)
const SIGTRAP_INFO = SIGNAL_INFO + SIGNAL_INFO_SIZE * (SIGTRAP_INDEX + 1)

export class Kicks {
  /** Slot offset of the register that a call's result comes in, which is its first argument's. */
  private readonly abi: GuestAbi
  private readonly kicked = new WeakSet<Thread>()

  constructor(abi: GuestAbi) {
    this.abi = abi
  }

  /** A thread that is with the engine, or has not begun, is not kicked, and none is while a kick is on its way to it. */
  kick(runner: Thread): void {
    if ((runner.state !== 'running' && runner.state !== 'ordered') || runner.tid === 0 || this.kicked.has(runner)) return
    this.kicked.add(runner)
    const s = scratch()
    const info = s.take(SIGNAL_INFO_SIZE)
    s.i32[info >> 2] = SIGTRAP
    s.i32[(info + INFO_CODE) >> 2] = KICK_CODE
    hostSyscall(SYS_RT_TGSIGQUEUEINFO, runner.pid, runner.tid, SIGTRAP, s.address + info)
  }

  /** Of a thread that has come. */
  take(runner: Thread): void {
    const { i32 } = runner
    if (!this.kicked.has(runner)) return
    const pending = Atomics.load(i32, SIGNAL_PENDING >> 2)
    if ((pending & SIGTRAP_BIT) === 0 || i32[(SIGTRAP_INFO + INFO_CODE) >> 2] !== KICK_CODE) return
    this.kicked.delete(runner)
    Atomics.and(i32, SIGNAL_PENDING >> 2, ~SIGTRAP_BIT)
    Atomics.store(i32, (SIGNAL_CLAIMED >> 2) + SIGTRAP_INDEX, 0)
    if ((pending & ~(SIGTRAP_BIT | PENDING_STOP)) === 0) this.undoInterrupt(runner)
  }

  /** Is a signal that is about to be acted upon a kick that came too late to be taken back? Then it is dropped. */
  isKick(runner: Thread, info: Uint8Array): boolean {
    if (new DataView(info.buffer, info.byteOffset).getInt32(INFO_CODE, true) !== KICK_CODE) return false
    this.kicked.delete(runner)
    return true
  }

  /**
   * The kick has ended its system call, which a guest shall not notice: `EINTR` becomes a call that has not been made. Where a thread was when it was kicked
   * says nothing: the kick may reach it in a later call.
   */
  private undoInterrupt(runner: Thread): void {
    const at = this.abi.resultAt >> 2
    if (runner.request === 'signal-after' && runner.i32[at] === -errno.EINTR) {
      runner.request = 'signal-before'
      runner.i32[at] = runner.i32[FIRST_ARGUMENT >> 2]!
      if (this.abi.registerSize === 8) runner.i32[at + 1] = runner.i32[(FIRST_ARGUMENT >> 2) + 1]!
    } else if (runner.request === 'done' && runner.syscallResult === -errno.EINTR) runner.unmakeCall()
  }
}
