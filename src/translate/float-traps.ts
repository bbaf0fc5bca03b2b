/**
 * Floating-point exceptions of the host while the guest flushes denormals to zero (FPCR.FZ).
 *
 * The routine `float.modes` leaves exceptions unmasked until what they stand for is in the guest's FPSR, because MXCSR cannot say it:
 * - denormal operand: the guest's IDC. Entered, then DAZ is set and the exception masked; the instruction runs again with a zero.
 * - inexact: IXC. Entered and masked.
 * - underflow: UFC. The guest flushes the result and raises nothing else, the host (FTZ) raises inexact too. Once IXC is entered that makes
 *   no difference, and underflow is masked. Before, the instruction is looked at: if a lane of it is inexact anyhow, both are entered
 *   and masked; else it runs alone with everything masked, and its inexact is taken back.
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
  IXC,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
  ROUND_ZERO,
  UFC,
} from '../ir/softfloat.ts'
import { MXCSR_DAZ, MXCSR_DENORMAL_MASK, MXCSR_INEXACT_MASK, MXCSR_UNDERFLOW_MASK } from '../runtime/routines/float-modes.ts'
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

export class FloatTraps {
  /** Slot offset of the guest's FPSR. */
  private readonly fpsr: number
  /** The thread runs one instruction with underflow and inexact masked. */
  private stepping = false

  constructor(fpsr: number) {
    this.fpsr = fpsr
  }

  /** True when the fault of `thread` was one of ours: it has been dealt with, and the thread may return from it. */
  serve(thread: RunnerThread): boolean {
    const { fault } = thread
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
    if (pending & MXCSR_DE) {
      this.enter(thread, IDC)
      fault.mxcsr = (mxcsr | MXCSR_DAZ | MXCSR_DENORMAL_MASK) & ~MXCSR_DE
    } else if (pending & MXCSR_UE) this.underflow(thread)
    else if (pending & MXCSR_PE) {
      const masks = MXCSR_INEXACT_MASK | (this.enter(thread, IXC) & UFC ? MXCSR_UNDERFLOW_MASK : 0)
      fault.mxcsr = (mxcsr | masks) & ~MXCSR_PE
    } else return false
    return true
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
  fmadd231: fma(false, false),
  fnmadd231: fma(true, false),
  fmsub231: fma(false, true),
  fnmsub231: fma(true, true),
  cvtsd2: (_f, _d, _a, b, env) => soft.convert(FLOAT64, FLOAT32, b, env),
  cvtpd2: (_f, _d, _a, b, env) => soft.convert(FLOAT64, FLOAT32, b, env),
}
const HALF = /^vcvtps2ph xmm\d+,xmm(\d+),/
const NAMES = /^v?(add|sub|mul|div|fn?madd231|fn?msub231|cvtsd2|cvtpd2)(ss|sd|ps|pd) (?:xmm(\d+),)?xmm(\d+),xmm(\d+)$/

/** What the instruction at the fault raises by the guest's rules. What cannot be told (another form) counts as inexact. */
function guestFlags(thread: RunnerThread): number {
  const { fault } = thread
  const bytes = thread.read(fault.rip, MAX_INSN)
  const text = bytes === null ? '' : disassemble(bytes.slice(), fault.rip)[0]!.trim()
  const env: FloatEnv = { rounding: ROUNDING[(fault.mxcsr >> RC_SHIFT) & 3]!, fz: true, fz16: false, dn: false, ahp: false, flags: 0 }
  const half = HALF.exec(text)
  if (half !== null) {
    const source = new Uint8Array(VECTOR_BYTES)
    fault.readXmm(Number(half[1]), source, 0)
    for (const lane of new Uint32Array(source.buffer)) soft.convert(FLOAT32, F16, BigInt(lane), env)
    return env.flags
  }
  const match = NAMES.exec(text)
  if (match === null) return UFC | IXC
  const [, name, suffix, first, second, third] = match
  const registers = new Uint8Array(3 * VECTOR_BYTES)
  // Two operands: the destination is the first source.
  for (const [n, register] of [first ?? second!, second!, third!].entries()) fault.readXmm(Number(register), registers, n * VECTOR_BYTES)
  const view = new DataView(registers.buffer)
  const isDouble = suffix![1] === 'd' || name!.startsWith('cvt')
  const format = isDouble ? FLOAT64 : FLOAT32
  const size = format.size / 8
  const isVector = suffix![0] === 'p'
  const count = isVector ? VECTOR_BYTES / size : 1
  const lane = (n: number, k: number) =>
    isDouble ? view.getBigUint64(n * VECTOR_BYTES + k * size, true) : BigInt(view.getUint32(n * VECTOR_BYTES + k * size, true))
  for (let k = 0; k < count; k++) LANES[name!]!(format, lane(0, k), lane(1, k), lane(2, k), env)
  return env.flags
}
