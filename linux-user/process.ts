/**
 * One guest process: its runner thread, address space, translations, and what happens at each of its requests.
 *
 * The engine answers every request with exactly one of: run at a host address, return from a fault, end.
 * Faults, in order of who claims them: a write to a protected code page (its translations go, the write is repeated); a floating-point
 * exception that has to be entered into the guest's FPSR;
 * guest memory touched by a system call thunk (the thunk returns -EFAULT); a guest instruction (its signal, with the exact state);
 * anything else is a bug of ours and said so.
 */

import { EMULATE_HELPERS, type EmulatedCpu } from '../src/guest/emulate.ts'
import type { Guest } from '../src/guest/targets.ts'
import type { HostFault, RunnerThread } from '../src/host/runner-api.ts'
import { TRAP_ALIGNMENT, TRAP_BREAKPOINT, TRAP_UNIMPLEMENTED } from '../src/ir/ops-int.ts'
import { JUMP_INDEX_MASK, JUMP_INDEX_SHIFT, JUMP_NO_PC, JUMPS_OFFSET, POLL_FLAG, STATE_OFFSET, STATE_SIZE } from '../src/runtime/layout.ts'
import type { CodeSpace, TranslatedRegion } from '../src/translate/code-space.ts'
import { FloatTraps } from '../src/translate/float-traps.ts'
import type { CodeSource, Translator } from '../src/translate/translator.ts'
import { EXIT_CHAIN, EXIT_EMULATE, EXIT_POLL, EXIT_TRAP } from '../src/x64/env.ts'
import type { AddressSpace } from './address-space.ts'
import { getPc, guestPcOf, recoverState, setPc } from './fault-state.ts'
import type { Lockstep } from './lockstep.ts'
import type { Log } from './log.ts'
import { PAGE_SIZE } from './mman.ts'
import { PageBytes } from './page-bytes.ts'
import type { RaisedSignal, Signals } from './signals.ts'

const SIGILL = 4
const SIGTRAP = 5
const SIGBUS = 7
const SIGSEGV = 11
const SEGV_MAPERR = 1
const SEGV_ACCERR = 2
const ILL_ILLOPC = 1
const TRAP_BRKPT = 1
const BUS_ADRALN = 1
const ERROR_WRITE = 2
const SI_KERNEL = 0x80
// Bytes of host instructions (Intel SDM volume 2).
const LOCK_PREFIX = 0xf0
const VEX2 = 0xc5
const VEX3 = 0xc4
const REX = 0x40
const OPCODE_ESCAPE = 0x0f
const OPCODE_MOVAPS = 0x28
const OPCODE_CMPXCHG16B = 0xc7
const HOST_INSN_BYTES = 16
const INSN_SIZE = 4
/** ESR_EL1 of what user code can do: exception class and instruction length, then the fault status (level 3). */
const ESR_DATA_ABORT = 0x9200_0000
const ESR_INSTRUCTION_ABORT = 0x8200_0000
const ESR_PC_ALIGNMENT = 0x8a00_0000
const ESR_WRITE = 0x40
const FSC_TRANSLATION = 0x07
const FSC_PERMISSION = 0x0f
const FSC_ALIGNMENT = 0x21
/** After so many write faults a page stays writable; the guest's own cache maintenance says when code changed. */
const MAX_PAGE_FAULTS = 8

/** The system call layer, for calls that have no thunk or were left to the engine. */
export interface SyscallService {
  /** resume: on behind the call. gone: the thread does not come back. blocked: its next request is 'done'; then `finish`. entered: it is on its way. */
  /** restart: as resume, but at the call again, behind the signal that is pending. */
  handle(thread: RunnerThread): 'resume' | 'gone' | 'blocked' | 'entered' | 'restart'
  finish(thread: RunnerThread): 'resume' | 'gone' | 'blocked' | 'restart'
  /** Where a fault of a thunk at `rip` goes on; 0: not in a thunk. */
  faultFixup(rip: number): number
  /** Is there a thunk at this host address? */
  isThunk(rip: number): boolean
}

export interface ProcessParts {
  readonly guest: Guest<never>
  readonly thread: RunnerThread
  readonly memory: AddressSpace
  readonly code: CodeSpace
  readonly translator: Translator<never>
  readonly syscalls: SyscallService
  readonly signals: Signals
  readonly log: Log
}

export class GuestProcess implements CodeSource {
  readonly guest: Guest<never>
  readonly thread: RunnerThread
  readonly memory: AddressSpace
  readonly code: CodeSpace
  readonly log: Log
  readonly pcOffset: number
  translator!: Translator<never>
  /** Compares each region with the IR interpreter; undefined normally. */
  lockstep: Lockstep | undefined
  private readonly syscalls: SyscallService
  private readonly signals: Signals
  private readonly pageBytes = new PageBytes()
  private readonly emulated: EmulatedCpu & { pc: number }
  private readonly floatTraps: FloatTraps

  constructor(parts: Omit<ProcessParts, 'translator'>) {
    this.guest = parts.guest
    this.thread = parts.thread
    this.memory = parts.memory
    this.code = parts.code
    this.syscalls = parts.syscalls
    this.signals = parts.signals
    this.log = parts.log
    this.pcOffset = STATE_OFFSET + this.guest.state[this.guest.pcSlot]!.offset
    const fpsr = this.guest.state.find((slot) => slot.name === 'fpsr')
    this.floatTraps = new FloatTraps(fpsr === undefined ? -1 : STATE_OFFSET + fpsr.offset)
    this.memory.onCodeChange = (start, end) => {
      this.pageBytes.drop(start, end)
      this.code.invalidate(start, end)
    }
    this.code.onForget = (pc) => forgetJump(this.thread, pc)
    const { u8 } = this.thread
    this.emulated = {
      state: new DataView(u8.buffer, u8.byteOffset + STATE_OFFSET, STATE_SIZE),
      pc: 0,
      invalidate: (address, length) => this.invalidate(address, length),
    }
  }

  /** Begins at guest address `pc`. */
  start(pc: number): void {
    this.enter(pc)
  }

  /** Answers the request of the stopped thread. */
  serve(): void {
    const { thread } = this
    if (this.isComparable()) this.lockstep?.after()
    switch (thread.request) {
      case 'exit':
        this.serveExit(thread.exitId)
        return
      case 'lookup-miss':
        this.goOn()
        return
      case 'signal-before':
      case 'signal-after':
        this.serveSignal(thread.exitId, thread.request === 'signal-before' ? 0 : INSN_SIZE)
        return
      case 'syscall':
        this.serveSyscall(thread.exitId)
        return
      case 'done':
        this.finishCall()
        return
      case 'fault':
        this.serveFault()
        return
      case 'hello':
        throw new Error('a runner said hello twice')
    }
  }

  /** The last region ran to an end that the interpreter has, too. */
  private isComparable(): boolean {
    const { request, exitId } = this.thread
    if (request === 'fault' || request === 'done' || this.signals.isPending(this.thread)) return false
    return request !== 'exit' || this.code.exits.kind[exitId] !== EXIT_POLL
  }

  // CodeSource

  codePage(address: number): Uint8Array | null {
    const { memory, thread } = this
    const known = this.pageBytes.get(address)
    if (known !== undefined) return known
    if (memory.executableEnd(address) === 0) return null
    if (memory.writeCount(address) >= MAX_PAGE_FAULTS) {
      memory.trackUnprotectedCode(thread, address, address + PAGE_SIZE)
      return thread.read(address, PAGE_SIZE)
    }
    const isProtected = memory.protectCode(thread, address, address + PAGE_SIZE)
    const bytes = thread.read(address, PAGE_SIZE)
    return bytes === null || !isProtected ? bytes : this.pageBytes.keep(address, bytes)
  }

  // Entering translated code

  /** Delivers signals, then runs on at the state's pc; the state is canonical. */
  private goOn(): void {
    const { thread, signals } = this
    if (signals.isPending(thread) && !signals.deliver(thread)) return
    this.enter(getPc(thread, this.pcOffset))
  }

  /** The same at another pc, with a signal first. True: the thread went on or is gone. */
  private interrupted(pc: number): boolean {
    if (!this.signals.isPending(this.thread)) return false
    this.lockstep?.cancel()
    setPc(this.thread, this.pcOffset, pc)
    this.goOn()
    return true
  }

  /** Runs on at guest address `pc`; the state is canonical. */
  private enter(pc: number, from = -1): void {
    const region = this.translator.regionAt(pc)
    if (region === null) {
      this.fetchFault(pc)
      return
    }
    if (from >= 0 && this.code.publish) this.code.chain(from, region)
    this.lockstep?.before(this.translator.lift(pc)!)
    this.run(region)
  }

  private run(region: TranslatedRegion): void {
    if (this.log.exec) this.log.region(region.pc, this.thread)
    this.thread.resume(region.host)
  }

  private fetchFault(pc: number): void {
    setPc(this.thread, this.pcOffset, pc)
    if (pc % INSN_SIZE !== 0) {
      this.signal({ signal: SIGBUS, code: BUS_ADRALN, address: pc, faultAddress: pc, syndrome: ESR_PC_ALIGNMENT })
      return
    }
    const isMapped = this.memory.vmas.at(pc) !== undefined
    const syndrome = ESR_INSTRUCTION_ABORT | (isMapped ? FSC_PERMISSION : FSC_TRANSLATION)
    this.signal({ signal: SIGSEGV, code: isMapped ? SEGV_ACCERR : SEGV_MAPERR, address: pc, faultAddress: pc, syndrome: syndrome >>> 0 })
  }

  // Exits

  private serveExit(id: number): void {
    const { exits } = this.code
    if (!(id >= 0 && id < exits.count)) {
      this.broken(`exit ${id} does not exist`)
      return
    }
    const pc = exits.pc[id]!
    if (this.interrupted(pc)) return
    switch (exits.kind[id]) {
      case EXIT_CHAIN:
        this.enter(pc, id)
        return
      case EXIT_POLL:
        this.thread.i32[POLL_FLAG >> 2] = 0
        this.enter(pc)
        return
      case EXIT_EMULATE: {
        this.emulated.pc = pc
        EMULATE_HELPERS[exits.arg[id]!]!.fn(this.emulated, exits.arg2[id]!)
        this.enter(pc + INSN_SIZE)
        return
      }
      case EXIT_TRAP:
        this.trap(pc, exits.arg[id]!, exits.arg2[id]!)
        return
      default:
        this.broken(`exit ${id} is a system call`)
    }
  }

  private trap(pc: number, reason: number, _argument: number): void {
    setPc(this.thread, this.pcOffset, pc)
    if (reason === TRAP_UNIMPLEMENTED && this.log.unimp) this.log.unimplemented(pc, this.wordAt(pc))
    if (reason === TRAP_BREAKPOINT) this.signal({ signal: SIGTRAP, code: TRAP_BRKPT, address: pc })
    else if (reason === TRAP_ALIGNMENT) this.signal({ signal: SIGBUS, code: BUS_ADRALN, address: pc, faultAddress: pc })
    else this.signal({ signal: SIGILL, code: ILL_ILLOPC, address: pc, faultAddress: 0, syndrome: 0 })
  }

  /** The instruction word at `pc`, 0 when it cannot be read. */
  wordAt(pc: number): number {
    const bytes = this.thread.read(pc, INSN_SIZE)
    return bytes === null ? 0 : (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0
  }

  private serveSyscall(id: number): void {
    const { exits } = this.code
    if (!(id >= 0 && id < exits.count)) {
      this.broken(`exit ${id} does not exist`)
      return
    }
    const pc = exits.pc[id]!
    if (this.interrupted(pc)) return
    setPc(this.thread, this.pcOffset, pc + INSN_SIZE)
    this.afterCall(this.syscalls.handle(this.thread))
  }

  /** The state's pc is behind the call. */
  private afterCall(what: ReturnType<SyscallService['handle']>): void {
    const { thread, pcOffset } = this
    if (what === 'restart') setPc(thread, pcOffset, getPc(thread, pcOffset) - INSN_SIZE)
    if (what === 'resume' || what === 'restart') this.goOn()
  }

  private finishCall(): void {
    const what = this.syscalls.finish(this.thread)
    if (what === 'resume' && this.signals.isPending(this.thread)) this.signals.interrupted(this.thread)
    this.afterCall(what)
  }

  /** A thunk has stopped at its call or behind it. */
  private serveSignal(id: number, offset: number): void {
    const { exits } = this.code
    if (!(id >= 0 && id < exits.count)) {
      this.broken(`exit ${id} does not exist`)
      return
    }
    setPc(this.thread, this.pcOffset, exits.pc[id]! + offset)
    if (offset !== 0) this.signals.interrupted(this.thread)
    this.goOn()
  }

  // Faults

  private serveFault(): void {
    const { thread } = this
    const { fault } = thread
    if (fault.signal === SIGSEGV && (fault.error & ERROR_WRITE) !== 0 && this.memory.handleWriteFault(thread, fault.address) === 'retry') {
      if (this.log.int) this.log.codeWrite(fault.address, guestPcOf(this.code, fault.rip))
      thread.resumeFault()
      return
    }
    if (this.floatTraps.serve(thread)) {
      thread.resumeFault()
      return
    }
    const fixup = this.syscalls.faultFixup(fault.rip)
    if (fixup !== 0) {
      fault.setRip(fixup)
      thread.resumeFault()
      return
    }
    const { signal, code, address } = guestFault(fault, this.code.readCode(fault.rip, HOST_INSN_BYTES))
    if (!recoverState(thread, this.code, this.guest.state, this.pcOffset)) {
      if (this.isSent(fault)) {
        this.signals.takeFault(thread)
        thread.resumeFault()
        return
      }
      this.broken(`host signal ${signal} at ${fault.rip.toString(16)}, address ${address.toString(16)}`)
      return
    }
    const write = (fault.error & ERROR_WRITE) !== 0 ? ESR_WRITE : 0
    const reason = signal === SIGBUS ? FSC_ALIGNMENT : code === SEGV_ACCERR ? FSC_PERMISSION : FSC_TRANSLATION
    this.signal({ signal, code, address, faultAddress: address, syndrome: (ESR_DATA_ABORT | write | reason) >>> 0 })
  }

  /** The guest gets a synchronous signal; `pc` in the state is the instruction's. */
  private signal(raised: RaisedSignal): void {
    if (this.log.int) this.log.fault(this, raised.signal, raised.code, raised.address)
    if (this.signals.raise(this.thread, raised)) this.goOn()
  }

  /** Not a fault of ours: the process has sent itself a signal with a code that only the kernel uses, and the host stands behind a kernel entry. */
  private isSent(fault: HostFault): boolean {
    return this.syscalls.isThunk(fault.rip)
  }

  /** Something that correct code of ours cannot do, or a guest that overwrote what is ours. */
  private broken(what: string): void {
    this.log.line(`demotic: internal error: ${what}`)
    this.thread.die(SIGILL)
  }

  /** Guest cache maintenance: code at [address, address + length) may have changed. */
  private invalidate(address: number, length: number): void {
    this.memory.releaseCode(this.thread, address - (address % PAGE_SIZE), address + length, 'written')
    this.code.invalidate(address, address + length)
  }
}

/**
 * What the guest is told. A general protection fault has no address: it is an access to a non-canonical address, or an unaligned one by
 * an instruction that needs alignment (16-byte atomics).
 */
function guestFault(fault: HostFault, code: Uint8Array): { signal: number; code: number; address: number } {
  if (fault.signal === SIGSEGV && fault.code === SI_KERNEL) {
    if (needsAlignment(code)) return { signal: SIGBUS, code: BUS_ADRALN, address: 0 }
    return { signal: SIGSEGV, code: SEGV_MAPERR, address: 0 }
  }
  return { signal: fault.signal, code: fault.code, address: fault.address }
}

/** Is this host instruction CMPXCHG16B or (V)MOVAPS? */
function needsAlignment(code: Uint8Array): boolean {
  let at = code[0] === LOCK_PREFIX ? 1 : 0
  if (code[at] === VEX2) return code[at + 2] === OPCODE_MOVAPS
  if (code[at] === VEX3) return code[at + 3] === OPCODE_MOVAPS
  if ((code[at]! & 0xf0) === REX) at++
  return code[at] === OPCODE_ESCAPE && (code[at + 1] === OPCODE_CMPXCHG16B || code[at + 1] === OPCODE_MOVAPS)
}

/** Empties the jump cache entry of a guest pc. */
function forgetJump(thread: RunnerThread, pc: number): void {
  const at = (JUMPS_OFFSET + (((pc | 0) << JUMP_INDEX_SHIFT) & JUMP_INDEX_MASK)) >> 2
  thread.i32[at] = JUMP_NO_PC
  thread.i32[at + 1] = JUMP_NO_PC
}
