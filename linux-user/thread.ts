/**
 * One guest thread: what happens at each of its runner's requests.
 *
 * The engine answers every request with exactly one of: run at a host address, return from a fault, end.
 * Faults, in order of who claims them: a write to a protected code page (its translations go, the write is repeated); a floating-point
 * exception that has to be entered into the guest's FPSR;
 * guest memory touched by a system call thunk (the thunk returns -EFAULT); a guest instruction (its signal, with the exact state);
 * anything else is a bug of ours and said so.
 */
import { EMULATE_HELPERS, type EmulatedCpu } from '../src/guest/emulate.ts'
import type { HostFault } from '../src/host/runner-api.ts'
import type { Thread } from '../src/host/thread.ts'
import { TRAP_ALIGNMENT, TRAP_BREAKPOINT, TRAP_UNDEFINED, TRAP_UNIMPLEMENTED } from '../src/ir/ops-int.ts'
import { NONE } from '../src/ir/region.ts'
import {
  EXIT_ID,
  JUMP_INDEX_MASK,
  JUMP_INDEX_SHIFT,
  JUMP_NO_PC,
  JUMPS_OFFSET,
  POLL_FLAG,
  POLL_SAMPLE,
  STATE_OFFSET,
  STATE_SIZE,
} from '../src/runtime/layout.ts'
import type { CodeSpace, TranslatedRegion } from '../src/translate/code-space.ts'
import { FloatTraps } from '../src/translate/float-traps.ts'
import { PAGE_SIZE, pageBase, rawAt } from '../src/translate/guest-code.ts'
import { EXIT_CHAIN, EXIT_EMULATE, EXIT_POLL, EXIT_TRAP } from '../src/x64/env.ts'
import type { ThreadDebugger } from './debugger.ts'
import { callPc, getPc, guestPcOf, pcBehindCall, recoverState, setPc } from './fault-state.ts'
import { setFloatMode } from './float-mode.ts'
import type { Lockstep } from './lockstep.ts'
import { PROT_EXEC } from './mman.ts'
import type { GuestProcess } from './process.ts'
import { publish } from './runner-maps.ts'
import { clearHandlers } from './signal-actions.ts'
import type { RaisedSignal } from './signals.ts'
import type { SyscallService } from './syscall-service.ts'
import type { Tree } from './tree.ts'

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
/** ESR_EL1 of what user code can do: exception class and instruction length, then the fault status (level 3). */
const ESR_DATA_ABORT = 0x9200_0000
const ESR_INSTRUCTION_ABORT = 0x8200_0000
const ESR_PC_ALIGNMENT = 0x8a00_0000
const ESR_WRITE = 0x40
const FSC_TRANSLATION = 0x07
const FSC_PERMISSION = 0x0f
const FSC_ALIGNMENT = 0x21

export class GuestThread {
  readonly runner: Thread
  /** Another one after an exec. */
  process: GuestProcess
  private readonly tree: Tree
  private readonly pcOffset: number
  private readonly emulated: EmulatedCpu & { pc: number }
  private readonly floatTraps: FloatTraps
  /** Where it made the system call that it is in, when that code has gone; else -1. */
  parkedPc = -1
  /** CLONE_CLEAR_SIGHAND asks for it to be done when it begins. */
  clearsHandlers = false
  /** How often its clone has been put off for a signal. */
  clonesPutOff = 0
  /** It was sent into a program whose load something has failed of: what then. False: it does not go on. null: it was not, or has got through. */
  private loading: (() => boolean) | null = null
  /** null: the thread is not debugged. */
  debug: ThreadDebugger | null = null
  /** Its system calls all come to the engine, which makes them. */
  callsToEngine = false
  /** Compares each region with the IR interpreter; undefined normally. */
  lockstep: Lockstep | undefined

  constructor(tree: Tree, process: GuestProcess, runner: Thread) {
    this.tree = tree
    this.process = process
    this.runner = runner
    this.pcOffset = tree.pcOffset
    this.floatTraps = new FloatTraps(tree.fpsrOffset, tree.options.nan === 'trap')
    const { u8 } = runner
    this.emulated = {
      state: new DataView(u8.buffer, u8.byteOffset + STATE_OFFSET, STATE_SIZE),
      pc: 0,
      invalidate: (address, length) => this.renew(address, length),
    }
  }

  /** Code at [address, address + length) may have changed. */
  private renew(address: number, length: number): void {
    const memory = this.process.memory.serve(this.runner)
    const pc = memory.renew(address, length)
    if (pc === NONE) return
    this.tree.translator.regionAt(memory, pc)
    forgetJump(this.runner, pc)
  }

  /** Begins, or goes on, at the state's pc. */
  start(): void {
    if (this.clearsHandlers) {
      this.clearsHandlers = false
      clearHandlers(this.process.syscalls.context, this.runner)
    }
    this.goOn()
  }

  /**
   * Begins a program whose load is in the runner's batch and still to be carried out. False: it cannot begin at once. `failed`: something of the load has
   * failed; it says whether the thread goes on.
   */
  launch(failed: () => boolean): boolean {
    const { runner: thread, tree } = this
    if (this.clearsHandlers || this.lockstep !== undefined || tree.debug !== null || tree.log.exec) return false
    if (this.process.signals.isPending(thread)) return false
    const region = this.code.find(getPc(thread, this.pcOffset))
    if (region === undefined) return false
    this.loading = failed
    this.publishMaps()
    setFloatMode(thread, this.code.checksNaN, tree.fpsrOffset)
    thread.launch(region.host)
    return true
  }

  /** Before the clone that makes it: it begins at the state's pc without the engine, where that is translated and nothing is to be done before. */
  beginAlone(): void {
    const { runner: thread, tree } = this
    const { hasUserfaults } = this.process.memory
    if (this.clearsHandlers || hasUserfaults || this.lockstep !== undefined || tree.debug !== null || tree.log.exec) return
    const region = this.code.find(getPc(thread, this.pcOffset))
    if (region === undefined || (!this.code.checksNaN && this.needsChecks)) return
    this.publishMaps()
    setFloatMode(thread, this.code.checksNaN, tree.fpsrOffset)
    thread.beginAt(region.host)
  }

  /** Of what the thread was sent off with something has failed. False: it does not go on. */
  private recover(): boolean {
    if (this.runner.recoverLater()) return true
    const { loading } = this
    this.loading = null
    return loading === null ? this.process.signals.recover(this.runner) : loading()
  }

  private get code(): CodeSpace {
    return this.process.memory.space
  }

  private isTranslated(rip: number): boolean {
    return this.code.containing(rip) !== undefined
  }

  /** Traps are not enough, or too many. */
  private get needsChecks(): boolean {
    const { fpcrOffset, guest } = this.tree
    return this.floatTraps.isWeary || (fpcrOffset >= 0 && (this.runner.i32[fpcrOffset >> 2]! & guest.nanModes) !== 0)
  }

  /** Answers the request of the stopped thread. */
  serve(): void {
    const { runner: thread } = this
    if (this.isComparable()) this.lockstep?.after()
    if (!thread.launchFailed) this.loading = null
    switch (thread.request) {
      case 'exit':
        this.serveExit(thread.exitId)
        return
      case 'lookup-miss':
        this.goOn()
        return
      case 'signal-before':
      case 'signal-after':
        this.serveSignal(thread.exitId)
        return
      case 'syscall':
        this.serveSyscall(thread.exitId)
        return
      case 'done':
        if (!thread.launchFailed) this.finishCall()
        else if (this.recover()) this.goOn()
        return
      case 'fault':
        this.serveFault()
        return
      case 'hello':
        this.tree.hello(this)
    }
  }

  /**
   * The thread has stopped and the code that it stopped in is about to go: makes its state that of a thread that is to go on at the state's pc.
   * False: it has been resumed instead, for it is in the middle of something.
   */
  settle(): boolean {
    const { runner: thread, code, pcOffset } = this
    const { request, exitId } = thread
    if (request === 'fault') {
      if (this.floatTraps.serve(thread, this.isTranslated(thread.fault.rip))) {
        thread.resumeFault()
        return false
      }
      // What a thunk or the runtime was at stays as it is.
      if (code.containing(thread.fault.rip) === undefined) return true
      if (!recoverState(thread, code, this.tree.guest.state, pcOffset)) {
        this.broken(`a fault at ${thread.fault.rip.toString(16)}`)
        return true
      }
    } else if (request === 'exit' || request === 'syscall' || request === 'signal-before' || request === 'signal-after') {
      const pc = this.callPc(exitId)
      if (pc < 0) return true
      const isBehind = request === 'signal-after'
      setPc(thread, pcOffset, isBehind ? pcBehindCall(thread) : pc)
      if (isBehind) this.process.signals.interrupted(thread)
    } else if (request === 'done' && thread.launchFailed) {
      if (!this.recover() || !this.process.signals.commit(thread)) return false
      thread.launchFailed = false
    } else return true
    thread.request = 'lookup-miss'
    return true
  }

  /**
   * For a debugger: like `settle`, and a call that has returned is finished. held: the state is that of a thread that is to go on at the state's
   * pc. served: it has been resumed instead, or is gone. serve: its request is to be answered first.
   */
  halt(): 'held' | 'served' | 'serve' {
    const { runner: thread, pcOffset } = this
    switch (thread.request) {
      case 'hello':
        return this.process.executing === this ? 'serve' : 'held'
      case 'done': {
        if (thread.launchFailed) break
        const what = this.process.syscalls.finish(thread)
        if (what !== 'resume' && what !== 'restart') return 'served'
        if (what === 'resume' && this.process.signals.isPending(thread)) this.process.signals.interrupted(thread)
        if (what === 'restart') setPc(thread, pcOffset, callPc(thread))
        thread.request = 'lookup-miss'
        return 'held'
      }
      case 'fault':
        if (this.code.containing(thread.fault.rip) === undefined) return 'serve'
    }
    return this.settle() ? 'held' : 'served'
  }

  /** The thread is in a system call, and the code that it has made it from is about to go. */
  park(): void {
    const id = this.runner.i32[EXIT_ID >> 2]!
    if (this.parkedPc < 0 && this.isExit(id)) this.parkedPc = this.code.exits.pc[id]!
  }

  /** Guest pc of the call that the thread has stopped at or behind, exit `id`; -1: there is no such exit. */
  private callPc(id: number): number {
    const parked = this.parkedPc
    this.parkedPc = -1
    if (parked >= 0) return parked
    return this.isExit(id) ? this.code.exits.pc[id]! : -1
  }

  /** Is there an exit of this number? A guest that overwrote what is ours may name any. */
  private isExit(id: number): boolean {
    if (id >= 0 && id < this.code.exits.count) return true
    this.broken(`exit ${id} does not exist`)
    return false
  }

  /** The last region ran to an end that the interpreter has, too. */
  private isComparable(): boolean {
    const { request, exitId } = this.runner
    if (request === 'fault' || request === 'done' || this.process.signals.isPending(this.runner)) return false
    return request !== 'exit' || this.code.exits.kind[exitId] !== EXIT_POLL
  }

  // Entering translated code

  /** Delivers signals, then runs on at the state's pc; the state is canonical. */
  private goOn(): void {
    const { runner: thread } = this
    const { signals } = this.process
    if (signals.isPending(thread)) {
      // A frame shows what the call has given.
      thread.settle()
      if (!signals.deliver(thread)) return
    }
    // The interpreter wants to see the frame, and so does a debugger.
    if ((this.lockstep !== undefined || this.debug !== null) && !signals.commit(thread)) return
    this.enter(getPc(thread, this.pcOffset))
  }

  /** The same at another pc, with a signal first. True: the thread went on or is gone. */
  private interrupted(pc: number): boolean {
    if (!this.process.signals.isPending(this.runner)) return false
    this.lockstep?.cancel()
    setPc(this.runner, this.pcOffset, pc)
    this.goOn()
    return true
  }

  /** Runs on at guest address `pc`; the state is canonical. */
  private enter(pc: number, from = -1): void {
    if (this.debug?.enters(pc) === true) return
    const { memory } = this.process
    // The page may have to come from another thread, while nothing is half done.
    if (memory.hasUserfaults) this.runner.read(this.tree.guest.codeAddress(pc), this.tree.guest.shortestInsn)
    if (!this.code.checksNaN && this.needsChecks) {
      memory.serve(this.runner).checkNaN()
      this.floatTraps.rest()
    }
    const { code } = this
    const { generation } = code
    const region = this.tree.translator.regionAt(memory.serve(this.runner), pc)
    if (region === null) {
      this.fetchFault(pc)
      return
    }
    // The exit is of the code that there was before.
    const isSame = code === this.code && generation === code.generation
    if (from >= 0 && isSame && code.publish) code.chain(from, region)
    this.lockstep?.before(this.tree.translator.lift(this.process.memory.serve(this.runner), pc)!)
    this.run(region)
  }

  /** Says whether the runner may change mappings by itself: nobody else can see or change the memory before the engine is asked. */
  private publishMaps(): void {
    const { memory } = this.process
    publish(memory.addresses, this.runner, memory.hasOneThread && this.tree.debug === null)
  }

  run(region: TranslatedRegion): void {
    const { signals } = this.process
    this.publishMaps()
    setFloatMode(this.runner, this.code.checksNaN, this.tree.fpsrOffset)
    if (this.tree.log.exec) this.tree.log.region(region.pc, this.runner)
    if (signals.isOpen(this.runner)) signals.launch(this.runner, region.host)
    else this.runner.resume(region.host)
  }

  private fetchFault(pc: number): void {
    setPc(this.runner, this.pcOffset, pc)
    const { guest } = this.tree
    const address = guest.codeAddress(pc)
    if (!guest.isAligned(pc)) {
      this.signal({ signal: SIGBUS, code: BUS_ADRALN, address, faultAddress: address, syndrome: ESR_PC_ALIGNMENT })
      return
    }
    const { vmas } = this.process.memory.addresses
    const behind = pageBase(address) + PAGE_SIZE
    // What begins in a page that may be executed lacks what it has in the next one.
    const isCut = address + guest.longestInsn > behind && ((vmas.at(address)?.prot ?? 0) & PROT_EXEC) !== 0
    const faultAddress = isCut ? behind : address
    const isMapped = vmas.at(faultAddress) !== undefined
    const syndrome = ESR_INSTRUCTION_ABORT | (isMapped ? FSC_PERMISSION : FSC_TRANSLATION)
    this.signal({
      signal: SIGSEGV,
      code: isMapped ? SEGV_ACCERR : SEGV_MAPERR,
      address: faultAddress,
      faultAddress,
      syndrome: syndrome >>> 0,
    })
  }

  // Exits

  private serveExit(id: number): void {
    const { exits } = this.code
    if (!this.isExit(id)) return
    const pc = exits.pc[id]!
    // Before the look: a signal that comes behind it asks anew.
    const asked = exits.kind[id] === EXIT_POLL ? Atomics.exchange(this.runner.i32, POLL_FLAG >> 2, 0) : 0
    if (this.interrupted(pc)) return
    switch (exits.kind[id]) {
      case EXIT_CHAIN:
        this.enter(pc, id)
        return
      case EXIT_POLL:
        // A region that has been removed is left here, and whoever led to it may do so again.
        forgetJump(this.runner, pc)
        if ((asked & POLL_SAMPLE) !== 0) this.tree.heat?.sampled(this, pc)
        this.enter(pc)
        return
      case EXIT_EMULATE: {
        this.emulated.pc = pc
        EMULATE_HELPERS[exits.arg[id]!]!.fn(this.emulated, exits.arg2[id]!)
        const { guest } = this.tree
        this.enter(guest.pcBehind(pc, guest.shortestInsn === guest.longestInsn ? 0 : this.wordAt(pc)))
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
    setPc(this.runner, this.pcOffset, pc)
    if (reason === TRAP_BREAKPOINT && this.debug?.breakpoint(pc) === true) return
    if (reason === TRAP_UNIMPLEMENTED && this.tree.log.unimp) this.tree.log.unimplemented(pc, this.wordAt(pc))
    const address = this.tree.guest.codeAddress(pc)
    const isBreakpoint = reason === TRAP_BREAKPOINT || (reason === TRAP_UNDEFINED && this.tree.arch.isBreakpoint(pc, this.wordAt(pc)))
    if (isBreakpoint) this.signal({ signal: SIGTRAP, code: TRAP_BRKPT, address })
    else if (reason === TRAP_ALIGNMENT) this.signal({ signal: SIGBUS, code: BUS_ADRALN, address, faultAddress: address })
    else this.signal({ signal: SIGILL, code: ILL_ILLOPC, address, faultAddress: 0, syndrome: 0 })
  }

  /** The instruction word at `pc`, 0 when it cannot be read. */
  wordAt(pc: number): number {
    const { guest } = this.tree
    const address = guest.codeAddress(pc)
    // The last instruction that can be read may be a short one.
    const bytes = this.runner.read(address, guest.longestInsn) ?? this.runner.read(address, guest.shortestInsn)
    return bytes === null ? 0 : guest.insnWord(pc, rawAt(bytes, 0)) >>> 0
  }

  /** Is a system call at `pc`? */
  isSystemCall(pc: number): boolean {
    return this.tree.guest.isSystemCall(pc, this.wordAt(pc))
  }

  private serveSyscall(id: number): void {
    const pc = this.callPc(id)
    if (pc < 0) return
    // As in the kernel, signals are delivered behind a call; one that may wait finds them itself. An exec is too much work to be put off in the middle.
    const { execve, execveat } = this.tree.abi.numbers
    const number = this.runner.i32[this.tree.abi.numberAt >> 2]!
    if ((number === execve || number === execveat) && this.interrupted(pc)) return
    if (this.process.signals.isPending(this.runner)) this.lockstep?.cancel()
    const behind = pcBehindCall(this.runner)
    setPc(this.runner, this.pcOffset, behind)
    if (this.debug?.calls(behind) === true) return
    this.afterCall(this.process.syscalls.handle(this.runner))
  }

  /** The state's pc is behind the call. */
  private afterCall(what: ReturnType<SyscallService['handle']>): void {
    const { runner: thread, pcOffset } = this
    if (what === 'restart') setPc(thread, pcOffset, callPc(thread))
    if (what !== 'resume' && what !== 'restart') return
    if (this.debug?.called(what) !== true) this.goOn()
  }

  private finishCall(): void {
    const what = this.process.syscalls.finish(this.runner)
    if (what === 'resume' && this.process.signals.isPending(this.runner)) this.process.signals.interrupted(this.runner)
    this.afterCall(what)
  }

  /** A thunk has stopped at its call or behind it. */
  private serveSignal(id: number): void {
    const { runner: thread } = this
    const pc = this.callPc(id)
    if (pc < 0) return
    const isBehind = thread.request === 'signal-after'
    setPc(thread, this.pcOffset, isBehind ? pcBehindCall(thread) : pc)
    if (isBehind) this.process.signals.interrupted(thread)
    this.goOn()
  }

  // Faults

  private serveFault(): void {
    const { runner: thread } = this
    const { fault } = thread
    if (
      fault.signal === SIGSEGV &&
      (fault.error & ERROR_WRITE) !== 0 &&
      this.process.memory.addresses.handleWriteFault(thread, fault.address) === 'retry'
    ) {
      if (this.tree.log.int) this.tree.log.codeWrite(fault.address, guestPcOf(this.code, fault.rip))
      thread.resumeFault()
      return
    }
    if (this.floatTraps.serve(thread, this.isTranslated(fault.rip))) {
      thread.resumeFault()
      return
    }
    const fixup = this.process.syscalls.faultFixup(fault.rip)
    if (fixup !== 0) {
      fault.setRip(fixup)
      thread.resumeFault()
      return
    }
    const { signal, code, address: found } = guestFault(fault, this.code.readCode(fault.rip, HOST_INSN_BYTES))
    // An offset may have led beyond either end of a guest's 4 GiB, where nothing is mapped.
    const address = this.tree.arch.elfClass === 32 && found !== 0 ? fault.addressLow : found
    if (!recoverState(thread, this.code, this.tree.guest.state, this.pcOffset)) {
      if (this.isSent(fault)) {
        this.process.signals.takeFault(thread)
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
    if (this.tree.log.int) this.tree.log.fault(this.runner, this.tree.guest, raised.signal, raised.code, raised.address)
    if (this.process.signals.raise(this.runner, raised)) this.goOn()
  }

  /** Not a fault of ours: the process has sent itself a signal with a code that only the kernel uses, and the host stands behind a kernel entry. */
  private isSent(fault: HostFault): boolean {
    return this.process.syscalls.isThunk(fault.rip)
  }

  /** Something that correct code of ours cannot do, or a guest that overwrote what is ours. */
  private broken(what: string): void {
    this.tree.log.line(`demotic: internal error: ${what}`)
    this.runner.die(SIGILL)
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
function forgetJump(thread: Thread, pc: number): void {
  const at = (JUMPS_OFFSET + (((pc | 0) << JUMP_INDEX_SHIFT) & JUMP_INDEX_MASK)) >> 2
  thread.i32[at] = JUMP_NO_PC
  thread.i32[at + 1] = JUMP_NO_PC
}
