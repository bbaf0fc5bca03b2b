/**
 * Runs regions as machine code in a real runner, on the machine of region-machine.ts. Every run enters through a stub that fills all registers
 * with junk and leaves through one that notes MXCSR and the stack pointer.
 */
import { getPc, recoverState } from '../../linux-user/fault-state.ts'
import { A64 } from '../../src/guest/a64/index.ts'
import type { CodeArea } from '../../src/host/code-area.ts'
import { hostCpuFeatures } from '../../src/host/cpuid.ts'
import { Death, Engine, RunnerGone } from '../../src/host/engine.ts'
import type { Thread } from '../../src/host/thread.ts'
import { V128 } from '../../src/ir/op-row.ts'
import type { Region } from '../../src/ir/region.ts'
import { SYS } from '../../src/runtime/host-kernel.ts'
import { CODE_AREA_BASE, fromRbp, SPILL_OFFSET, SPILL_SIZE, STATE_OFFSET } from '../../src/runtime/layout.ts'
import { Routines } from '../../src/runtime/routines.ts'
import '../../src/runtime/routines/index.ts'
import { CodeSpace } from '../../src/translate/code-space.ts'
import { compileInto } from '../../src/translate/translator.ts'
import { Assembler, insn, listing, RAX, RBP, RCX, RDX, RSP } from '../../src/x64/asm/index.ts'
import { type HostCpu, parseHostCpu } from '../../src/x64/cpu.ts'
import { Emitter } from '../../src/x64/emitter.ts'
import { EXIT_CHAIN, EXIT_EMULATE, EXIT_POLL, EXIT_SYSCALL, EXIT_TRAP } from '../../src/x64/env.ts'
import {
  COMPARED,
  FUZZ_STATE,
  HASHED,
  HIGH,
  type Input,
  LOW,
  normalise,
  type Outcome,
  PC_OFFSET,
  READABLE,
  readableByte,
  SYSCALL_WRITES,
  WRITABLE,
} from './region-machine.ts'

/** Behind the guest's state in STATE: fields of the stubs. */
const FIELDS = 0xc00
const MXCSR_IN = FIELDS
const MXCSR_OUT = FIELDS + 4
const ENTRY = FIELDS + 8
const RSP_IN = FIELDS + 16
const RSP_OUT = FIELDS + 24
const HASH = FIELDS + 32
const JUNK = FIELDS + 48

const MOV = insn('MOV r64, r/m64')
const STORE = insn('MOV r/m64, r64')
const JMP_MEM = insn('JMP r/m64')
const LDMXCSR = insn('LDMXCSR m32')
const STMXCSR = insn('STMXCSR m32')
const MOVUPS = insn('MOVUPS xmm1, xmm2/m128')
const VMOVUPS = insn('VMOVUPS xmm1, xmm2/m128')
const IMUL_IMM = insn('IMUL r64, r/m64, imm32')
const ADD = insn('ADD r64, r/m64')
const MOV_EAX = insn('MOV r32, imm32')
const RET = insn('RET')

/** Exit id of the look-up stub: no region has it. */
const LOOKUP_EXIT = 0x7fff_0000
const ROUTINES_SIZE = 0x1_0000
/** Bytes of the code area for each CPU's space. */
const SPACE_SIZE = 0x400_0000
const REGIONS_LIMIT = 2000
const CONSTANTS_LIMIT = 0xc000
const STUBS_SIZE = 0x2000
const HIGH_FIRST = '/high'
const PROT_READ = 1
const PROT_READ_WRITE = 3
const MAP_FIXED_ANONYMOUS = 0x32
const SPILL_JUNK = 0xa5
const HANG_SECONDS = 2
const SETITIMER = 38
const TWO_32 = 0x1_0000_0000

class CountingSpace extends CodeSpace {
  /** Bytes of constants. */
  constantBytes = 0
  override constant16(w0: number, w1: number, w2: number, w3: number): number {
    const address = super.constant16(w0, w1, w2, w3)
    this.firstConstant ??= address
    this.constantBytes = Math.max(this.constantBytes, address - this.firstConstant)
    return address
  }
  private firstConstant: number | undefined
}

interface Variant {
  readonly cpu: HostCpu
  readonly highFirst: boolean
  readonly start: number
  space: CountingSpace
  emitter: Emitter
}

export class Rig {
  readonly engine: Engine
  private readonly area: CodeArea
  private thread: Thread
  private readonly variants = new Map<string, Variant>()
  private readonly stubs: { enter: number; exit: number; poll: number; lookup: number; syscall: number }
  /** What was compiled last. */
  lastCode: { readonly bytes: Uint8Array; readonly host: number } | undefined

  constructor() {
    this.engine = new Engine({
      pcOffset: STATE_OFFSET + PC_OFFSET,
      syscallNumberOffset: STATE_OFFSET,
      caller: { ignored: [0, 0], blocked: [0, 0], openFiles: null, fds: [0, 1, 2] },
    })
    this.area = this.engine.areas.take()
    this.stubs = this.writeStubs(this.engine.runtime.end)
    this.thread = this.spawn()
  }

  close(): void {
    this.engine.close()
  }

  /** Compiles `region` for the CPU that `--host-cpu` would call `cpu` and runs it. With `/high` behind it, registers above xmm15 come first. Throws what the compiler throws. */
  run(region: Region, cpu: string, input: Input): Outcome {
    const variant = this.variant(cpu)
    const { space, emitter } = variant
    const { host, size } = compileInto(space, emitter, region, 'usual')
    this.lastCode = { bytes: emitter.asm.bytes.slice(0, size), host }
    try {
      return this.execute(space, host, input)
    } catch (error) {
      if (!(error instanceof RunnerGone)) throw error
      this.thread = this.spawn()
      return this.execute(space, host, input)
    }
  }

  /** The machine code compiled last, as text. */
  listing(): string {
    if (this.lastCode === undefined) return ''
    const { bytes, host } = this.lastCode
    return listing(bytes, host).join('\n')
  }

  private execute(space: CodeSpace, host: number, input: Input): Outcome {
    const { thread } = this
    this.prepare(thread, host, input)
    thread.resume(this.stubs.enter)
    for (;;) {
      const event = this.engine.wait()
      if (event === null) continue
      if (event instanceof Death) {
        this.thread = this.spawn()
        return {
          exit: event.signal === 14 ? 'hangs' : `the runner died of signal ${event.signal}`,
          state: new Uint8Array(COMPARED),
          memory: input.memory,
          mxcsr: 0,
          hash: 0n,
        }
      }
      return this.outcome(thread, space)
    }
  }

  private prepare(thread: Thread, host: number, input: Input): void {
    const { address, bytes } = thread.scratch(32)
    bytes.fill(0)
    bytes[16] = HANG_SECONDS
    thread.syscall(SETITIMER, 0, address, 0)
    thread.write(LOW, input.memory.subarray(0, WRITABLE))
    thread.write(HIGH, input.memory.subarray(WRITABLE))
    thread.u8.set(input.state, STATE_OFFSET)
    const word = (at: number) => (STATE_OFFSET + at) >> 2
    thread.i32[word(MXCSR_IN)] = input.mxcsr
    thread.i32[word(ENTRY)] = host | 0
    thread.i32[word(ENTRY) + 1] = Math.floor(host / TWO_32)
    thread.i32[word(HASH)] = thread.i32[word(HASH) + 1] = 0
    for (let n = 0; n < 4; n++) thread.i32[word(JUNK) + n] = 0x5a5a_1234 + n * 0x1111_1111
  }

  private outcome(thread: Thread, space: CodeSpace): Outcome {
    const { u8 } = thread
    const view = new DataView(u8.buffer, u8.byteOffset + STATE_OFFSET)
    const hash = view.getBigUint64(HASH, true)
    let exit: string
    let mxcsr = view.getInt32(MXCSR_OUT, true)
    if (thread.request === 'fault') {
      mxcsr = thread.fault.mxcsr
      const isExact = recoverState(thread, space, FUZZ_STATE, STATE_OFFSET + PC_OFFSET)
      const where = `0x${getPc(thread, STATE_OFFSET + PC_OFFSET).toString(16)}`
      const at = `signal ${thread.fault.signal} at ${thread.fault.rip.toString(16)}, address ${thread.fault.address.toString(16)}`
      exit = isExact ? `fault ${where}` : `a fault that is no guest access: ${at}`
    } else {
      exit = this.exitText(thread, space)
      const moved = view.getBigUint64(RSP_OUT, true) - view.getBigUint64(RSP_IN, true)
      if (moved !== 0n) exit += `, stack pointer moved by ${moved}`
    }
    const state = u8.slice(STATE_OFFSET, STATE_OFFSET + COMPARED)
    const memory = new Uint8Array(2 * WRITABLE)
    memory.set(thread.read(LOW, WRITABLE)!)
    memory.set(thread.read(HIGH, WRITABLE)!, WRITABLE)
    return normalise({ exit, state, memory, mxcsr, hash })
  }

  private exitText(thread: Thread, space: CodeSpace): string {
    if (thread.request !== 'exit') return `request ${thread.request}`
    const id = thread.exitId
    if (id === LOOKUP_EXIT) {
      // As the interpreter has it: the nearest double.
      const view = new DataView(thread.u8.buffer, thread.u8.byteOffset + STATE_OFFSET)
      return `indirect 0x${Number(view.getBigUint64(PC_OFFSET, true)).toString(16)}`
    }
    const { exits } = space
    const pc = `0x${exits.pc[id]!.toString(16)}`
    switch (exits.kind[id]) {
      case EXIT_CHAIN:
        return `direct ${pc}`
      case EXIT_TRAP:
        return `trap ${pc} ${exits.arg[id]} ${exits.arg2[id]}`
      case EXIT_EMULATE:
        return `emulate ${pc} ${exits.arg[id]} ${exits.arg2[id]}`
      case EXIT_SYSCALL:
        return `syscall ${pc}`
      case EXIT_POLL:
        return `poll ${pc}`
      default:
        return `exit ${id}`
    }
  }

  private spawn(): Thread {
    const thread = this.engine.spawn({ name: 'fuzz', area: this.area })
    thread.u8.fill(SPILL_JUNK, SPILL_OFFSET, SPILL_OFFSET + SPILL_SIZE)
    const readable = Uint8Array.from({ length: READABLE }, (_, n) => readableByte(n))
    for (const start of [LOW, HIGH]) {
      thread.syscall(SYS.mmap, start, WRITABLE + READABLE, PROT_READ_WRITE, MAP_FIXED_ANONYMOUS, -1, 0)
      thread.write(start + WRITABLE, readable)
      thread.syscall(SYS.mprotect, start + WRITABLE, READABLE, PROT_READ)
    }
    return thread
  }

  private variant(text: string): Variant {
    let variant = this.variants.get(text)
    if (variant === undefined) {
      const cpu = parseHostCpu(text.replace(HIGH_FIRST, ''), hostCpuFeatures())
      const start = CODE_AREA_BASE + this.variants.size * SPACE_SIZE
      const highFirst = text.endsWith(HIGH_FIRST)
      variant = { cpu, highFirst, start, ...this.space(cpu, highFirst, start) }
      this.variants.set(text, variant)
    } else if (variant.space.constantBytes > CONSTANTS_LIMIT || variant.space.regions.length > REGIONS_LIMIT) {
      Object.assign(variant, this.space(variant.cpu, variant.highFirst, variant.start))
    }
    return variant
  }

  private space(cpu: HostCpu, highFirst: boolean, start: number): { space: CountingSpace; emitter: Emitter } {
    const { area } = this
    const { exit, poll, lookup, syscall } = this.stubs
    const entries = { exit, poll, syscall, lookup }
    const space: CountingSpace = new CountingSpace(area, entries, start + ROUTINES_SIZE, (name) => routines.address(name), A64)
    const routines = new Routines(
      start,
      start + ROUTINES_SIZE,
      {
        cpu,
        constant16: (w0, w1, w2, w3) => space.constant16(w0, w1, w2, w3),
        stateOffset: (name) => FUZZ_STATE.find((slot) => slot.name === name)?.offset ?? -1,
        pcOffset: STATE_OFFSET + PC_OFFSET,
        lookup,
        exit,
      },
      (address, bytes) => area.write(address, bytes),
    )
    space.publish = false
    const emitter = new Emitter(cpu)
    emitter.highFirst = highFirst
    emitter.use(space, space.sides)
    return { space, emitter }
  }

  private writeStubs(origin: number): { enter: number; exit: number; poll: number; lookup: number; syscall: number } {
    const { entryPoints } = this.engine.runtime
    const asm = new Assembler(STUBS_SIZE)
    const field = (at: number) => fromRbp(STATE_OFFSET + at)
    const hasHighRegisters = this.engine.hostCpu.avx512vl
    const junk = () => {
      for (let reg = 0; reg < 16; reg++)
        if (reg !== RSP && reg !== RBP) asm.imm64(reg, 0x1357_0000 + 0x1001 * reg, 0x8642_1000 + 0x101 * reg, true)
      for (let reg = 0; reg < (hasHighRegisters ? 32 : 16); reg++) asm.rm(reg < 16 ? MOVUPS : VMOVUPS, reg, RBP, field(JUNK))
    }
    asm.reset(origin)
    const enter = asm.address
    asm.m(LDMXCSR, RBP, field(MXCSR_IN))
    asm.mr(STORE, RBP, field(RSP_IN), RSP)
    junk()
    asm.m(JMP_MEM, RBP, field(ENTRY))
    asm.align(16)
    const lookup = asm.address
    asm.mr(STORE, RBP, field(PC_OFFSET), RCX)
    asm.ri(MOV_EAX, RAX, LOOKUP_EXIT)
    asm.align(16)
    const exit = asm.address
    asm.m(STMXCSR, RBP, field(MXCSR_OUT))
    asm.mr(STORE, RBP, field(RSP_OUT), RSP)
    asm.jmpTo(entryPoints.exit)
    asm.align(16)
    const syscall = asm.address
    asm.rm(MOV, RDX, RBP, field(HASH))
    for (let at = 0; at < HASHED; at += 8) {
      asm.rri(IMUL_IMM, RDX, RDX, 31)
      asm.rm(ADD, RDX, RBP, field(at))
    }
    asm.mr(STORE, RBP, field(HASH), RDX)
    for (const slot of SYSCALL_WRITES) {
      asm.mr(STORE, RBP, field(slot.offset), RDX)
      if (slot.type === V128) asm.mr(STORE, RBP, field(slot.offset + 8), RDX)
    }
    junk()
    asm.none(RET)
    asm.finish()
    if (asm.pos > STUBS_SIZE) throw new Error(`the stubs have ${asm.pos} bytes`)
    this.engine.code.write(origin, asm.code())
    return { enter, exit, poll: exit, lookup, syscall }
  }
}
