/**
 * Floating-point exceptions of the host.
 *
 * Invalid, while code does not test its results for NaN (lower-float.ts): the instruction runs alone with the exception masked; then lanes that are NaN
 * become what the guest's rules give for the operands that the trap has found. What is no arithmetic of the guest's (a comparison, a
 * conversion, an instruction within a routine) only runs, for code behind it looks at the result. IOC is entered into FPSR at once. After
 * MANY such traps of a thread it is weary: its code is to be translated anew with tests.
 *
 * The others, while the guest flushes denormals to zero (FPCR.FZ):
 *
 * The routine `float.modes` leaves exceptions unmasked until what they stand for is in the guest's FPSR, because MXCSR cannot say it:
 * - denormal operand: the guest's IDC. Entered, then DAZ is set and the exception masked; the instruction runs again with a zero.
 * - inexact: IXC. Entered and masked.
 * - underflow: UFC. The guest flushes the result and raises nothing else, the host (FTZ) raises inexact too. Once IXC is entered that makes
 *   no difference, and underflow is masked. Before, the instruction is looked at: if a lane of it is inexact anyhow, both are entered
 *   and masked; else it runs alone with everything masked, and its inexact is taken back. A routine may have left the sticky bit (narrowing that is flushed by
 *   FZ16), for which the host does not trap then: it is found at the next trap, of an instruction that has no underflow of its own, and entered.
 * So a program pays for at most a few traps after it has set FZ or cleared FPSR.
 */
import type { RunnerThread } from '../host/runner-api.ts'
import * as soft from '../ir/softfloat.ts'
import {
  F16,
  FLOAT32,
  FLOAT64,
  type FloatEnv,
  type Format,
  IDC,
  IOC,
  IXC,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
  ROUND_ZERO,
  UFC,
} from '../ir/softfloat.ts'
import { POLL_FLAG, POLL_INVALID } from '../runtime/layout.ts'
import { MXCSR_IE } from '../runtime/routines/float-frame.ts'
import { MXCSR_DAZ, MXCSR_DENORMAL_MASK, MXCSR_FTZ, MXCSR_INEXACT_MASK, MXCSR_INVALID_MASK, MXCSR_UNDERFLOW_MASK } from '../runtime/routines/float-modes.ts' // biome-ignore format: a list
import { disassemble } from '../x64/asm/disassembler.ts'

const SIGTRAP = 5
const SIGFPE = 8
const MXCSR_STICKY = 0x3f
const MXCSR_DE = 1 << 1
const MXCSR_UE = 1 << 4
const MXCSR_PE = 1 << 5
const MASK_SHIFT = 7
const RC_SHIFT = 13
const ROUNDING = [ROUND_NEAREST, ROUND_DOWN, ROUND_UP, ROUND_ZERO]
const MAX_INSN = 15
const EFLAGS_TF = 1 << 8
const VECTOR_BYTES = 16
/** One costs some 100 us; translating all anew, some 100 ms. */
const MANY = 32

export class FloatTraps {
  /** Slot offset of the guest's FPSR. */
  private readonly fpsr: number
  /** The thread runs one instruction with underflow and inexact masked. */
  private stepping = false
  /** The thread runs one instruction with invalid masked; what it is, if that may need the guest's NaN. */
  private invalid: { readonly operation: Operation | null } | null = null
  /** Invalid operations that trapped. */
  private count = 0
  /** So many make the thread weary. */
  private readonly most: number

  /** `fpsr`: slot offset. `isPatient`: never weary. */
  constructor(fpsr: number, isPatient = false) {
    this.fpsr = fpsr
    this.most = isPatient ? Number.POSITIVE_INFINITY : MANY
  }

  /** It would be better to test results for NaN. */
  get isWeary(): boolean {
    return this.count >= this.most
  }

  /** Its code does test. */
  rest(): void {
    this.count = 0
  }

  /** True when the fault of `thread` was one of ours: it has been dealt with, and the thread may return from it. `isTranslated`: it is of translated code. */
  serve(thread: RunnerThread, isTranslated: boolean): boolean {
    const { fault } = thread
    if (fault.signal === SIGTRAP && this.invalid !== null) {
      this.finishInvalid(thread, this.invalid.operation)
      this.invalid = null
      return true
    }
    if (fault.signal === SIGTRAP && this.stepping) {
      this.stepping = false
      fault.eflags &= ~EFLAGS_TF
      const masks = this.enter(thread, 0) & IXC ? MXCSR_UNDERFLOW_MASK : MXCSR_UNDERFLOW_MASK | MXCSR_INEXACT_MASK
      fault.mxcsr &= ~(MXCSR_UE | MXCSR_PE | masks)
      return true
    }
    if (fault.signal !== SIGFPE) return false
    const mxcsr = fault.mxcsr
    const pending = mxcsr & ~(mxcsr >> MASK_SHIFT) & MXCSR_STICKY
    if (pending & MXCSR_IE) {
      this.count++
      this.invalid = { operation: isTranslated ? operationAt(thread) : null }
      fault.eflags |= EFLAGS_TF
      fault.mxcsr = (mxcsr | MXCSR_INVALID_MASK) & ~MXCSR_IE
    } else if (pending & MXCSR_DE) {
      this.enter(thread, IDC)
      fault.mxcsr = (mxcsr | MXCSR_DAZ | MXCSR_DENORMAL_MASK) & ~MXCSR_DE
    } else if (pending & MXCSR_UE) this.underflow(thread)
    else if (pending & MXCSR_PE) {
      const masks = MXCSR_INEXACT_MASK | (this.enter(thread, IXC) & UFC ? MXCSR_UNDERFLOW_MASK : 0)
      fault.mxcsr = (mxcsr | masks) & ~MXCSR_PE
    } else return false
    return true
  }

  private finishInvalid(thread: RunnerThread, operation: Operation | null): void {
    const { fault } = thread
    fault.eflags &= ~EFLAGS_TF
    if (fault.mxcsr & MXCSR_IE) this.enter(thread, IOC)
    fault.mxcsr &= ~(MXCSR_INVALID_MASK | MXCSR_IE)
    if (this.isWeary) Atomics.or(thread.i32, POLL_FLAG >> 2, POLL_INVALID)
    if (operation === null) return
    const { format, destination, lanes, registers, compute } = operation
    const result = new Uint8Array(VECTOR_BYTES)
    fault.readXmm(destination, result, 0)
    for (let k = 0; k < lanes; k++) {
      if (!soft.isNanBits(format, lane(format, result, 0, k))) continue
      setLane(format, result, k, compute(format, lane(format, registers, 0, k), lane(format, registers, 1, k), lane(format, registers, 2, k), envOf(fault.mxcsr))) // biome-ignore format: one call
    }
    fault.writeXmm(destination, result)
  }

  private underflow(thread: RunnerThread): void {
    const { fault } = thread
    const cleared = fault.mxcsr & ~(MXCSR_UE | MXCSR_PE)
    const isTold = (cleared & MXCSR_INEXACT_MASK) !== 0
    const masked = cleared | MXCSR_UNDERFLOW_MASK | MXCSR_INEXACT_MASK
    const flags = guestFlags(thread)
    // What raises neither runs alone even when inexact is told: narrowing to half precision, which is not flushed.
    if (!(flags & UFC) || !(isTold || flags & IXC)) {
      this.stepping = true
      fault.eflags |= EFLAGS_TF
    }
    this.enter(thread, flags & (UFC | IXC))
    fault.mxcsr = masked
  }

  /** Ors flags into FPSR; returns it. */
  private enter(thread: RunnerThread, flags: number): number {
    return (thread.i32[this.fpsr >> 2]! |= flags)
  }
}

/** Meaning of a lane: destination, and the two sources that the mnemonic's text ends with. */
type Lane = (f: Format, d: bigint, a: bigint, b: bigint, env: FloatEnv) => bigint
const negated = (f: Format, x: bigint, negate: boolean) => (negate ? soft.neg(f, x) : x)
const fma =
  (product: boolean, addend: boolean): Lane =>
  (f, d, a, b, env) =>
    soft.fma(f, negated(f, a, product), b, negated(f, d, addend), env)

const LANES: Readonly<Record<string, Lane>> = {
  add: (f, _d, a, b, env) => soft.add(f, a, b, env),
  sub: (f, _d, a, b, env) => soft.sub(f, a, b, env),
  mul: (f, _d, a, b, env) => soft.mul(f, a, b, env),
  div: (f, _d, a, b, env) => soft.div(f, a, b, env),
  sqrt: (f, _d, _a, b, env) => soft.sqrt(f, b, env),
  fmadd231: fma(false, false),
  fnmadd231: fma(true, false),
  fmsub231: fma(false, true),
  fnmsub231: fma(true, true),
  cvtsd2: (_f, _d, _a, b, env) => soft.convert(FLOAT64, FLOAT32, b, env),
  cvtpd2: (_f, _d, _a, b, env) => soft.convert(FLOAT64, FLOAT32, b, env),
}
const MAGNITUDE_32 = 0x7fff_ffff
/** The smallest normal half, as f32. */
const SMALLEST_HALF = 0x3880_0000
const HALF = /^vcvtps2ph xmm\d+,xmm(\d+),/
const CHECKED = /^v?(?:cvt|fn?m)/
const NAMES = /^v?(add|sub|mul|div|sqrt|fn?madd231|fn?msub231|cvtsd2|cvtpd2)(ss|sd|ps|pd) (?:xmm(\d+),)?xmm(\d+),xmm(\d+)$/

/** An instruction, and what it finds in its registers. */
interface Operation {
  readonly format: Format
  /** Number of the register that gets the result, and how many lanes of it. */
  readonly destination: number
  readonly lanes: number
  /** Images of the destination and of two sources. */
  readonly registers: Uint8Array
  readonly compute: Lane
}

const lane = (f: Format, registers: Uint8Array, n: number, k: number): bigint => {
  const view = new DataView(registers.buffer, n * VECTOR_BYTES)
  return f.size === 64 ? view.getBigUint64(8 * k, true) : BigInt(view.getUint32(4 * k, true))
}
const setLane = (f: Format, register: Uint8Array, k: number, bits: bigint): void => {
  const view = new DataView(register.buffer)
  if (f.size === 64) view.setBigUint64(8 * k, bits, true)
  else view.setUint32(4 * k, Number(bits), true)
}

function envOf(mxcsr: number): FloatEnv {
  return { rounding: ROUNDING[(mxcsr >> RC_SHIFT) & 3]!, fz: (mxcsr & MXCSR_FTZ) !== 0, fz16: false, dn: false, ahp: false, flags: 0 }
}

/** The instruction at the fault as text. */
function textAt(thread: RunnerThread): string {
  const { rip } = thread.fault
  const bytes = thread.read(rip, MAX_INSN)
  return bytes === null ? '' : disassemble(bytes.slice(), rip)[0]!.trim()
}

/** The same as an operation; null for other forms. */
function operationOf(thread: RunnerThread, text: string): Operation | null {
  const match = NAMES.exec(text)
  if (match === null) return null
  const { fault } = thread
  const [, name, suffix, first, second, third] = match
  const registers = new Uint8Array(3 * VECTOR_BYTES)
  // Two operands: the destination is the first source.
  const numbers = [first ?? second!, second!, third!].map(Number)
  for (const [n, register] of numbers.entries()) fault.readXmm(register, registers, n * VECTOR_BYTES)
  const format = suffix![1] === 'd' || name!.startsWith('cvt') ? FLOAT64 : FLOAT32
  const lanes = suffix![0] === 'p' ? (VECTOR_BYTES * 8) / format.size : 1
  return { format, destination: numbers[0]!, lanes, registers, compute: LANES[name!]! }
}

/** Arithmetic whose NaN is the guest's: what gives no result of its own format, and fused operations, have code behind them that looks. */
function operationAt(thread: RunnerThread): Operation | null {
  const text = textAt(thread)
  return CHECKED.test(text) ? null : operationOf(thread, text)
}

/** What the instruction at the fault, where the underflow bit is set, raises by the guest's rules; and UFC if the bit is none of its own. What cannot be told (another form) counts as inexact. */
function guestFlags(thread: RunnerThread): number {
  const { fault } = thread
  const text = textAt(thread)
  const env = { ...envOf(fault.mxcsr), fz: true }
  const half = HALF.exec(text)
  if (half !== null) {
    const source = new Uint8Array(VECTOR_BYTES)
    fault.readXmm(Number(half[1]), source, 0)
    const lanes = [...new Uint32Array(source.buffer)]
    for (const bits of lanes) soft.convert(FLOAT32, F16, BigInt(bits), env)
    // An exact one is tiny for the host.
    const isTiny = lanes.some((bits) => (bits & MAGNITUDE_32) !== 0 && (bits & MAGNITUDE_32) < SMALLEST_HALF)
    return isTiny ? env.flags : env.flags | UFC
  }
  const operation = operationOf(thread, text)
  if (operation === null) return UFC | IXC
  const { format, lanes, registers, compute } = operation
  for (let k = 0; k < lanes; k++)
    compute(format, lane(format, registers, 0, k), lane(format, registers, 1, k), lane(format, registers, 2, k), env)
  // What is tiny after rounding was so before.
  return env.flags | UFC
}
