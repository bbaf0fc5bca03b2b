/**
 * The IR interpreter: the definition of what a region does. Short, slow, obvious; tests and `--lockstep` compare
 * machine code with it. It runs a region from its entry until it leaves it, on the bytes of the guest state and a memory.
 */
import { MEANINGS, Values } from './interpret-core.ts'
import './interpret-float.ts'
import { copy, set, unsigned } from './interpret-int.ts'
import './interpret-vector.ts'
import { EFFECT_END, OP, OP_EFFECT, OP_NAMES, type OpName } from './ops.ts'
import { RMW_NAMES } from './ops-int.ts'
import { type Region, typeSize } from './region.ts'

/** Guest memory; both throw GuestFault where the guest may not. Addresses are below 2^64, exact below 2^53. */
export interface GuestMemory {
  read(address: number, into: Uint8Array): void
  write(address: number, from: Uint8Array): void
}

export class GuestFault extends Error {
  readonly address: number
  readonly isWrite: boolean
  constructor(address: number, isWrite: boolean) {
    super(`${isWrite ? 'write' : 'read'} fault at 0x${address.toString(16)}`)
    this.address = address
    this.isWrite = isWrite
  }
}

/** A region has not left after as many rows as it may take. */
export class TooManyRows extends Error {}

/** What a region runs in; the interpreter changes it in place. */
export interface Machine {
  /** The STATE area. */
  readonly state: Uint8Array
  readonly memory: GuestMemory
  mxcsr: number
  /** Rows after which a region is taken to hang. */
  readonly rowLimit?: number
  cycles(): bigint
  /** Carries out the system call that the state holds. */
  syscall(pc: number): void
}

/** How the region was left; `pc` is where the guest goes on, or the instruction that could not be done. */
export type RegionExit =
  | { readonly kind: 'direct'; readonly pc: number }
  | { readonly kind: 'indirect'; readonly pc: number; readonly hint: number }
  | { readonly kind: 'emulate'; readonly pc: number; readonly helper: number; readonly argument: number }
  | { readonly kind: 'trap'; readonly pc: number; readonly reason: number; readonly argument: number }
  | { readonly kind: 'fault'; readonly pc: number; readonly address: number; readonly isWrite: boolean }

/** A region that has not left after this many rows is a bug of ours. */
const ROW_LIMIT = 10_000_000

export function interpretRegion(region: Region, machine: Machine): RegionExit {
  const run = new Run(region, machine)
  try {
    return run.run()
  } catch (error) {
    if (!(error instanceof GuestFault)) throw error
    run.storeNotes()
    return { kind: 'fault', pc: run.pcOf(run.row), address: error.address, isWrite: error.isWrite }
  } finally {
    run.leave()
  }
}

const isBelow = (a: bigint, b: bigint, width: number): boolean => BigInt.asUintN(width, a) < BigInt.asUintN(width, b)
const READ_MODIFY_WRITE: Record<(typeof RMW_NAMES)[number], (old: bigint, b: bigint, width: number) => bigint> = {
  and: (old, b) => old & b,
  or: (old, b) => old | b,
  xor: (old, b) => old ^ b,
  clr: (old, b) => old & ~b,
  smax: (old, b, width) => (BigInt.asIntN(width, old) > BigInt.asIntN(width, b) ? old : b),
  smin: (old, b, width) => (BigInt.asIntN(width, old) < BigInt.asIntN(width, b) ? old : b),
  umax: (old, b, width) => (isBelow(old, b, width) ? b : old),
  umin: (old, b, width) => (isBelow(old, b, width) ? old : b),
}

/** What an op does to the machine; the arguments are those of a `Meaning`. */
type RunEffect = (run: Run, a: number, b: number, c: number, imm: number, imm2: number) => void

const load =
  (size: number, isSigned = false): RunEffect =>
  (run, a, _b, _c, imm) =>
    run.load(size, isSigned, run.address(a, imm))
const store =
  (size: number): RunEffect =>
  (run, a, b, _c, imm) =>
    run.machine.memory.write(run.address(a, imm), run.v.u8.subarray(b * 16, b * 16 + size))

const EFFECTS: Partial<Record<OpName, RunEffect>> = {
  load8u: load(1),
  load8s: load(1, true),
  load16u: load(2),
  load16s: load(2, true),
  load32: load(4),
  load32s: load(4, true),
  load64: load(8),
  loadf32: load(4),
  loadf64: load(8),
  loadv: load(16),
  loadva: (run, a) => run.load(16, false, run.address(a, 0)),
  store8: store(1),
  store16: store(2),
  store32: store(4),
  store64: store(8),
  storef32: store(4),
  storef64: store(8),
  storev: store(16),
  zero: (run, a, _b, _c, imm) => run.machine.memory.write(run.address(a, 0), new Uint8Array(imm)),
  prefetch: () => {},
  fence: () => {},
  xchg: (run, _a, b, _c, imm) => run.modify(imm, () => unsigned(run.v, b)),
  xadd: (run, _a, b, _c, imm) => run.modify(imm, (old) => old + unsigned(run.v, b)),
  cas: (run, _a, b, c, imm) =>
    run.modify(imm, (old) => (old === BigInt.asUintN(imm * 8, unsigned(run.v, b)) ? unsigned(run.v, c) : undefined)),
  rmw: (run, _a, b, _c, imm, imm2) => {
    const operand = BigInt.asUintN(imm * 8, unsigned(run.v, b))
    run.modify(imm, (old) => READ_MODIFY_WRITE[RMW_NAMES[imm2]!](old, operand, imm * 8))
  },
  cas128: (run, a, b, c) => run.cas128(run.address(a, 0), b, c),
  constv: (run, _a, _b, _c, imm) => run.v.i32.set(run.region.pool.subarray(imm, imm + 4), run.row * 4),
  get: (run, _a, _b, _c, imm) => run.get(imm),
  put: (run, a, _b, _c, imm) => run.put(imm, a),
  note: (run, a, _b, _c, imm) => {
    run.notes.set(imm, a)
  },
  param: () => {}, // written by the edge
  asked: (run) => {
    run.v.i32[run.row * 4] = 0
  },
  syscall: (run) => run.syscall(),
  cycles: (run) => set(run.v, run.row, run.machine.cycles()),
  'fenv.get': (run) => {
    run.v.i32[run.row * 4] = run.v.mxcsr
  },
  'fenv.set': (run, a) => {
    run.v.mxcsr = run.v.i32[a * 4]!
  },
  'fenv.enter': (run, a) => run.enterModes(run.v.i32[a * 4]!),
  'fenv.leave': (run) => run.leaveModes(),
}

const MXCSR_STICKY = 0x3f
/** FTZ and DAZ, to nearest, all masked. */
const MXCSR_FLUSHING = 0x9fc0

class Run {
  /** The row being interpreted. */
  row = 0
  readonly region: Region
  readonly machine: Machine
  readonly v: Values
  /** Slots whose value was noted but not stored: the value. */
  readonly notes = new Map<number, number>()
  private block = 0

  constructor(region: Region, machine: Machine) {
    this.region = region
    this.machine = machine
    this.v = new Values(region)
    this.v.mxcsr = machine.mxcsr
    this.readFpcr()
  }

  run(): RegionExit {
    const { region } = this
    this.row = region.blockStart[0]!
    const limit = this.machine.rowLimit ?? ROW_LIMIT
    for (let count = 0; count < limit; count++) {
      const op = region.op[this.row]!
      if (OP_EFFECT[op] === EFFECT_END) {
        const exit = this.end(op)
        if (exit !== undefined) return exit
      } else {
        this.step(op)
        this.row++
      }
    }
    throw new TooManyRows(`IR interpreter: region 0x${region.pc.toString(16)} does not end`)
  }

  leave(): void {
    this.machine.mxcsr = this.v.mxcsr
    this.storeFpsr()
  }

  pcOf(row: number): number {
    const { region } = this
    const at = region.at[row]!
    return at < 0 ? region.blockPc[this.block]! : region.insnPc[at]!
  }

  private step(op: number): void {
    const { region, v, row } = this
    const [a, b, c] = [region.a[row]!, region.b[row]!, region.c[row]!]
    const [imm, imm2] = [region.imm[row]!, region.imm2[row]!]
    const meaning = MEANINGS[op]
    const effect = EFFECTS[OP_NAMES[op]!]
    if (meaning !== undefined) meaning(v, row, a, b, c, imm, imm2)
    else if (effect !== undefined) effect(this, a, b, c, imm, imm2)
    else throw new Error(`IR interpreter: '${OP_NAMES[op]}' has no meaning`)
  }

  /** Runs the terminator; undefined when it stays in the region. */
  private end(op: number): RegionExit | undefined {
    const { region, v, row } = this
    const a = region.a[row]!
    const imm = region.imm[row]!
    const imm2 = region.imm2[row]!
    const pc = this.pcOf(row)
    switch (op) {
      case OP.jump:
        return this.follow(0)
      case OP.br:
        return this.follow(v.u32[a * 4] !== 0 ? 0 : 1)
      case OP['exit.direct']:
      case OP['exit.poll']:
        return { kind: 'direct', pc: (imm2 >>> 0) * 2 ** 32 + (imm >>> 0) }
      case OP['exit.indirect']:
        return { kind: 'indirect', pc: Number(unsigned(v, a)), hint: imm }
      case OP['exit.emulate']:
      case OP['exit.stale']:
        return { kind: 'emulate', pc, helper: imm, argument: imm2 }
      case OP['exit.trap']:
        return { kind: 'trap', pc, reason: imm, argument: imm2 }
      default:
        throw new Error(`IR interpreter: terminator '${OP_NAMES[op]}' has no meaning`)
    }
  }

  /** Goes along edge `k` of the current block: all arguments are read before any parameter is written. */
  private follow(k: number): undefined {
    const { region, v } = this
    const edge = 2 * this.block + k
    const target = region.succ[edge]!
    const first = region.blockStart[target]!
    const args = Array.from({ length: region.edgeCount[edge]! }, (_, n) => {
      const x = region.edgePool[region.edgeStart[edge]! + n]!
      return v.u8.slice(x * 16, x * 16 + 16)
    })
    for (let p = first; region.op[p] === OP.param; p++) v.u8.set(args[region.imm[p]!]!, p * 16)
    this.block = target
    this.row = first
    this.notes.clear() // they hold within a block
  }

  // Memory

  address(a: number, offset: number): number {
    return Number(BigInt.asUintN(64, this.v.u64[a * 2]! + BigInt(offset)))
  }

  load(size: number, signed: boolean, address: number): void {
    const { v, row } = this
    const bytes = new Uint8Array(16)
    this.machine.memory.read(address, bytes.subarray(0, size))
    v.u8.set(bytes, row * 16)
    if (signed) set(v, row, BigInt.asIntN(size * 8, BigInt.asUintN(size * 8, v.u64[row * 2]!)))
  }

  /** The old value of `size` bytes at [a] goes to the row; `update` gives the new one, or undefined for no change. */
  modify(size: number, update: (old: bigint) => bigint | undefined): void {
    const { v, row, machine } = this
    const address = this.address(this.region.a[row]!, 0)
    const bytes = new Uint8Array(8)
    machine.memory.read(address, bytes.subarray(0, size))
    const view = new DataView(bytes.buffer)
    const old = view.getBigUint64(0, true)
    const value = update(old)
    view.setBigUint64(0, BigInt.asUintN(64, value ?? old), true)
    machine.memory.write(address, bytes.subarray(0, size))
    set(v, row, old)
  }

  cas128(address: number, expected: number, value: number): void {
    const { v, row, machine } = this
    const old = new Uint8Array(16)
    machine.memory.read(address, old)
    const wanted = v.u8.subarray(expected * 16, expected * 16 + 16)
    const isEqual = old.every((byte, n) => byte === wanted[n])
    machine.memory.write(address, isEqual ? v.u8.subarray(value * 16, value * 16 + 16) : old)
    v.u8.set(old, row * 16)
  }

  // State

  get(slot: number): void {
    const { v, row } = this
    const noted = this.notes.get(slot)
    this.storeFpsr()
    const { offset, type } = this.region.state[slot]!
    if (noted !== undefined) copy(v, row, noted)
    else v.u8.set(this.machine.state.subarray(offset, offset + typeSize(type)), row * 16)
  }

  put(slot: number, value: number): void {
    const { offset, type, name } = this.region.state[slot]!
    if (name === 'fpsr') this.v.fpsr = 0
    this.notes.delete(slot)
    this.machine.state.set(this.v.u8.subarray(value * 16, value * 16 + typeSize(type)), offset)
    if (name === 'fpcr') this.readFpcr()
  }

  /** What was noted becomes what is stored: for a state that someone looks at in the middle of the region. */
  storeNotes(): void {
    for (const [slot, value] of [...this.notes]) this.put(slot, value)
  }

  syscall(): void {
    const { v, machine } = this
    this.leave()
    machine.syscall(this.pcOf(this.row))
    v.mxcsr = machine.mxcsr
    this.readFpcr()
  }

  /** FP modes and flags beside MXCSR, for guests whose state has them. */
  private readFpcr(): void {
    const at = this.word('fpcr')
    if (at !== undefined) this.v.fpcr = at.getInt32(0, true)
  }

  /** MXCSR in the standard slot says what is unmasked; here it is the modes themselves. */
  enterModes(fpcr: number): void {
    const { v } = this
    this.word('mxcsr_kept')!.setInt32(0, v.mxcsr, true)
    this.word('fpcr_kept')!.setInt32(0, v.fpcr, true)
    this.word('fpcr')!.setInt32(0, fpcr, true)
    v.mxcsr = MXCSR_FLUSHING
    v.fpcr = fpcr
  }

  leaveModes(): void {
    const { v } = this
    const standard = this.word('mxcsr_standard')!
    standard.setInt32(0, standard.getInt32(0, true) | (v.mxcsr & MXCSR_STICKY), true)
    const kept = this.word('mxcsr_kept')!
    v.mxcsr = kept.getInt32(0, true)
    kept.setInt32(0, 0, true)
    this.word('fpcr')!.setInt32(0, this.word('fpcr_kept')!.getInt32(0, true), true)
    this.readFpcr()
  }

  private storeFpsr(): void {
    const at = this.word('fpsr')
    if (at !== undefined) at.setInt32(0, at.getInt32(0, true) | this.v.fpsr, true)
    this.v.fpsr = 0
  }

  private word(name: string): DataView | undefined {
    const slot = this.region.state.find((s) => s.name === name)
    if (slot === undefined) return undefined
    const { state } = this.machine
    return new DataView(state.buffer, state.byteOffset + slot.offset, 4)
  }
}
