/**
 * Runs IR ops on the host CPU through the back-end, and through the IR interpreter: both get the same state bytes and must leave the same.
 * A region here is: gets, the op, puts, exit.
 */
import { functionAt, libcFunction, viewOf } from '../../../src/host/native.ts'
import { interpretRegion } from '../../../src/ir/interpret.ts'
import { MXCSR_DEFAULT } from '../../../src/ir/interpret-core.ts'
import { V128 } from '../../../src/ir/op-row.ts'
import { Region, type StateSlot } from '../../../src/ir/region.ts'
import { SLOT_SIZE, STATE_BIAS } from '../../../src/runtime/layout.ts'
import '../../../src/runtime/routines/index.ts'
import { assembleRoutines } from '../../../src/runtime/routines.ts'
import { Assembler, insn, R12, R13, R14, R15, RBP, RBX, RDI } from '../../../src/x64/asm/index.ts'
import { compile } from '../../../src/x64/compile.ts'
import type { HostCpu } from '../../../src/x64/cpu.ts'
import { Emitter } from '../../../src/x64/emitter.ts'
import type { CompileEnv } from '../../../src/x64/env.ts'
import { SideTable } from '../../../src/x64/side-table.ts'

/** Slots v0..v7, 16 bytes each. */
export const SLOTS: readonly StateSlot[] = Array.from({ length: 8 }, (_, n) => ({ name: `v${n}`, offset: 256 + 16 * n, type: V128 }))
export const STATE_BYTES = 256 + 16 * SLOTS.length

const AREA = 1 << 21
const ROUTINES_AT = 0x1000
const CONSTANTS_AT = 0x10000
const CODE_AT = 0x40000
const PROT_ALL = 7
const MAP_PRIVATE_ANONYMOUS = 0x22
const SAVED = [RBX, RBP, R12, R13, R14, R15]

const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const RET = insn('RET')
const CALL = insn('CALL r/m64')

/** Prototypes need different names. */
let runners = 0

/** One block of memory: [stubs, routines, constants, code] and a slot. */
export class HostRunner {
  readonly cpu: HostCpu
  readonly state: Uint8Array
  private readonly base: number
  private readonly bytes: Uint8Array
  private readonly emitter: Emitter
  private readonly constants = new Map<string, number>()
  private readonly enter: (code: number) => number
  readonly region = new Region(SLOTS)

  /** With `highFirst`, registers above xmm15 come first where there are any. */
  constructor(cpu: HostCpu, highFirst = false) {
    this.cpu = cpu
    const mmap = libcFunction('uintptr mmap(uintptr a, uintptr n, int p, int f, int fd, uintptr o)')
    this.base = mmap(0, AREA, PROT_ALL, MAP_PRIVATE_ANONYMOUS, -1, 0)
    const slot = mmap(0, SLOT_SIZE, 3, MAP_PRIVATE_ANONYMOUS, -1, 0)
    this.bytes = new Uint8Array(viewOf(this.base, AREA))
    this.state = new Uint8Array(viewOf(slot, STATE_BYTES))
    const exit = this.writeStubs(slot)
    const { bytes, addresses } = assembleRoutines(this.base + ROUTINES_AT, {
      cpu,
      constant16: (w0, w1, w2, w3) => this.constant16(w0, w1, w2, w3),
      stateOffset: () => -1,
      pcOffset: 0,
      lookup: exit,
      exit,
    })
    this.bytes.set(bytes, ROUTINES_AT)
    const env: CompileEnv = {
      exit,
      poll: exit,
      syscall: exit,
      lookup: exit,
      checksNaN: true,
      publish: true,
      newExit: () => 1,
      routine: (name) => addresses.get(name) ?? missing(name),
      constant16: (w0, w1, w2, w3) => this.constant16(w0, w1, w2, w3),
    }
    this.emitter = new Emitter(cpu)
    this.emitter.highFirst = highFirst
    this.emitter.use(env, new SideTable())
    this.enter = functionAt(this.base, `int enter${++runners}(uintptr code)`)
  }

  /** `enter(code)`: keeps the C registers, sets rbp, calls; the region's exit is the `ret` at the returned address. */
  private writeStubs(slot: number): number {
    const asm = new Assembler(256)
    asm.reset(this.base)
    for (const reg of SAVED) asm.r(PUSH, reg)
    asm.movAddress(RBP, slot + STATE_BIAS)
    asm.r(CALL, RDI)
    for (const reg of SAVED.toReversed()) asm.r(POP, reg)
    asm.none(RET)
    const exit = asm.address
    asm.none(RET)
    asm.finish()
    this.bytes.set(asm.code(), 0)
    return exit
  }

  private constant16(w0: number, w1: number, w2: number, w3: number): number {
    const key = `${w0 | 0},${w1 | 0},${w2 | 0},${w3 | 0}`
    let at = this.constants.get(key)
    if (at === undefined) {
      at = CONSTANTS_AT + 16 * this.constants.size
      if (at >= CODE_AT) throw new Error('too many constants')
      this.constants.set(key, at)
      const view = new DataView(this.bytes.buffer)
      ;[w0, w1, w2, w3].forEach((w, i) => {
        view.setInt32(at! + 4 * i, w, true)
      })
    }
    return this.base + at
  }

  /** Compiles the region that `build` fills; the result runs it on `state`. */
  compile(build: (region: Region) => void): () => void {
    const { region } = this
    region.reset(0x1000)
    region.startBlock(region.addBlock(0x1000))
    region.startInsn(0x1000)
    build(region)
    compile(this.emitter, region, this.base + CODE_AT)
    const { asm } = this.emitter
    this.bytes.set(asm.bytes.subarray(0, asm.pos), CODE_AT)
    return () => this.enter(this.base + CODE_AT)
  }

  code(): Uint8Array {
    return this.emitter.asm.bytes.slice(0, this.emitter.asm.pos)
  }
}

function missing(name: string): never {
  throw new Error(`no routine '${name}'`)
}

/** What the interpreter makes of the state. */
export function interpreted(region: Region, state: Uint8Array): Uint8Array {
  const copy = state.slice()
  const memory = {
    read: () => {
      throw new Error('no memory')
    },
    write: () => {
      throw new Error('no memory')
    },
  }
  interpretRegion(region, { state: copy, memory, mxcsr: MXCSR_DEFAULT, cycles: () => 0n, syscall: () => {} })
  return copy
}
