/**
 * The Arm NaN rules, lane by lane.
 *
 *   float.nan32/64      r0, r1 the operands: FPProcessNaNs, or the default NaN if d is NaN and neither operand is
 *   float.fmanan32/64   r0 the addend, r1 and r2 the factors (bit 7 of r0's and r1's byte: negated first): FPProcessNaNs3, and invalid
 *                       for infinity times zero plus a quiet NaN, which the host does not raise
 *   float.fmin32 …      FPMin, FPMax, FPMinNum, FPMaxNum of all lanes, when some are NaN
 *   float.fmulx32/64    FPMulX
 */
import { ALU, type Assembler, CC, HOST, insn, type Label, RAX, RSP } from '../../x64/asm/index.ts'
import type { RoutineEnv } from '../routines.ts'
import {
  ADD, ANDPS, beginProbe, constant, D, defaultNaN, described, eachLane, FPCR_DN, LANE, LOAD, loadLane, MOVE, MUL, ORPS, power, quietBit, R0, R1, R2, restoreMxcsr, type Size,
  STORE, signBit, storeLane, testFpcr, testQuiet, UCOMI, XORPS,
} from './float-frame.ts' // biome-ignore format: a list

const SIZES: readonly Size[] = [32, 64]
const TEST_EAX = insn('TEST EAX, imm32')
const LEA = insn('LEA r64, m')
const MOVUPS_LOAD = insn('MOVUPS xmm1, xmm2/m128')
const MOVUPS_STORE = insn('MOVUPS xmm2/m128, xmm1')
const MOV_MEM_32 = insn('MOV r/m32, imm32')
const MAX: Record<Size, ReturnType<typeof insn>> = { 32: insn('MAXSS xmm1, xmm2/m32'), 64: insn('MAXSD xmm1, xmm2/m64') }
const MIN: Record<Size, ReturnType<typeof insn>> = { 32: insn('MINSS xmm1, xmm2/m32'), 64: insn('MINSD xmm1, xmm2/m64') }

const MXCSR_INVALID = 1
/** Masked, round to nearest. */
const MXCSR_QUIET = 0x1f80

/**
 * Puts the NaN that the operands' images give into the lane of d and goes to `next`; falls through if no operand is NaN.
 * Signalling ones first, in order, then quiet ones.
 */
export function selectNaN(asm: Assembler, env: RoutineEnv, size: Size, operands: readonly number[], next: Label): void {
  const chosen = asm.label()
  const none = asm.label()
  // Every operand is looked at, also behind a signalling one: a denormal may have to be told of.
  for (const base of operands.slice(1)) {
    loadLane(asm, size, 0, base)
    asm.rr(UCOMI[size], 0, 0)
  }
  for (const base of operands) {
    const other = asm.label()
    loadLane(asm, size, 0, base)
    asm.rr(UCOMI[size], 0, 0)
    asm.jcc(CC.NP, other)
    testQuiet(asm, size, base)
    asm.jcc(CC.E, chosen)
    asm.bind(other)
  }
  for (const base of operands) {
    loadLane(asm, size, 0, base)
    asm.rr(UCOMI[size], 0, 0)
    asm.jcc(CC.P, chosen)
  }
  asm.jmp(none)
  asm.bind(chosen)
  asm.rm(ORPS, 0, HOST, quietBit(env, size))
  const keep = asm.label()
  testFpcr(asm, env, FPCR_DN)
  asm.jcc(CC.E, keep)
  asm.rm(LOAD[size], 0, HOST, defaultNaN(env, size))
  asm.bind(keep)
  storeLane(asm, size, D, 0)
  asm.jmp(next)
  asm.bind(none)
}

/** The default NaN into the lane of d. */
export function storeDefault(asm: Assembler, env: RoutineEnv, size: Size): void {
  asm.rm(LOAD[size], 0, HOST, defaultNaN(env, size))
  storeLane(asm, size, D, 0)
}

/** If the lane of d is NaN, it becomes the default one. */
function defaultIfNaN(asm: Assembler, env: RoutineEnv, size: Size, next: Label): void {
  loadLane(asm, size, 0, D)
  asm.rr(UCOMI[size], 0, 0)
  asm.jcc(CC.NP, next)
  storeDefault(asm, env, size)
}

for (const size of SIZES)
  described(`float.nan${size}`, (asm, env) => {
    eachLane(asm, size, (next) => {
      selectNaN(asm, env, size, [R0, R1], next)
      defaultIfNaN(asm, env, size, next)
    })
  })

/** Locals: copies of addend and factor with their signs changed, and MXCSR. */
const LOCAL_ADDEND = 0
const LOCAL_FACTOR = 16
export const LOCAL_MXCSR = 32
export const DESCRIBED_NEG_ADDEND = 0x80 << 8
export const DESCRIBED_NEG_FACTOR = 0x80 << 16

/** Makes r0 and r1 the operands with the negations that the descriptor in eax asks for. */
export function applyNegations(asm: Assembler, env: RoutineEnv, size: Size): void {
  for (const [flag, base, local] of [
    [DESCRIBED_NEG_ADDEND, R0, LOCAL_ADDEND],
    [DESCRIBED_NEG_FACTOR, R1, LOCAL_FACTOR],
  ] as const) {
    const plain = asm.label()
    asm.rm(MOVUPS_LOAD, 0, base, 0)
    asm.imm(TEST_EAX, flag)
    asm.jcc(CC.E, plain)
    asm.rm(XORPS, 0, HOST, signBit(env, size))
    asm.bind(plain)
    asm.mr(MOVUPS_STORE, RSP, local, 0)
    asm.rm(LEA, base, RSP, local)
  }
}

/** Raises invalid and gives the default NaN if the addend is quiet and the product of the factors is infinity times zero. */
export function invalidProduct(asm: Assembler, env: RoutineEnv, size: Size, next: Label): void {
  const plain = asm.label()
  loadLane(asm, size, 1, R1)
  loadLane(asm, size, 2, R2)
  asm.rr(UCOMI[size], 1, 2)
  asm.jcc(CC.P, plain)
  loadLane(asm, size, 0, R0)
  asm.rr(UCOMI[size], 0, 0)
  asm.jcc(CC.NP, plain)
  testQuiet(asm, size, R0)
  asm.jcc(CC.E, plain)
  // The product in an environment of its own (denormals still as MXCSR says).
  beginProbe(asm, LOCAL_MXCSR)
  asm.rr(MUL[size], 1, 2)
  asm.rr(UCOMI[size], 1, 1)
  restoreMxcsr(asm, LOCAL_MXCSR)
  asm.jcc(CC.NP, plain)
  raiseInvalid(asm, env)
  storeDefault(asm, env, size)
  asm.jmp(next)
  asm.bind(plain)
}

/** Raises invalid by comparing a signalling NaN. */
export function raiseInvalid(asm: Assembler, env: RoutineEnv): void {
  asm.rm(UCOMI[32], 0, HOST, constant(env, 32, 0x7fa0_0000))
}

for (const size of SIZES)
  described(`float.fmanan${size}`, (asm, env) => {
    applyNegations(asm, env, size)
    eachLane(asm, size, (next) => {
      invalidProduct(asm, env, size, next)
      selectNaN(asm, env, size, [R0, R1, R2], next)
      defaultIfNaN(asm, env, size, next)
    })
  })

for (const size of SIZES)
  for (const [name, i, greatest] of [
    ['fmax', MAX[size], true],
    ['fmin', MIN[size], false],
  ] as const) {
    const compute = (asm: Assembler) => {
      loadLane(asm, size, 0, R0)
      loadLane(asm, size, 1, R1)
      asm.rr(MOVE[size], 2, 1)
      asm.rr(i, 2, 0)
      asm.rr(i, 0, 1)
      asm.rr(greatest ? ANDPS : ORPS, 0, 2)
      storeLane(asm, size, D, 0)
    }
    described(`float.${name}${size}`, (asm, env) => {
      eachLane(asm, size, (next) => {
        selectNaN(asm, env, size, [R0, R1], next)
        compute(asm)
      })
    })
    // A quiet NaN against a number counts as the infinity that loses.
    described(`float.${name}num${size}`, (asm, env) => {
      const loser =
        size === 32
          ? constant(env, 32, greatest ? 0xff80_0000 | 0 : 0x7f80_0000)
          : constant(env, 64, 0, greatest ? 0xfff0_0000 | 0 : 0x7ff0_0000)
      for (const [base, local] of [
        [R0, LOCAL_ADDEND],
        [R1, LOCAL_FACTOR],
      ] as const) {
        asm.rm(MOVUPS_LOAD, 0, base, 0)
        asm.mr(MOVUPS_STORE, RSP, local, 0)
        asm.rm(LEA, base, RSP, local)
      }
      eachLane(asm, size, (next) => {
        const go = asm.label()
        const second = asm.label()
        loadLane(asm, size, 0, R0)
        loadLane(asm, size, 1, R1)
        asm.rr(UCOMI[size], 0, 0)
        asm.jcc(CC.NP, second)
        testQuiet(asm, size, R0)
        asm.jcc(CC.E, go)
        // r0 is quiet: it counts if r1 is a quiet NaN too.
        const replace = asm.label()
        asm.rr(UCOMI[size], 1, 1)
        asm.jcc(CC.NP, replace)
        testQuiet(asm, size, R1)
        asm.jcc(CC.NE, go)
        asm.bind(replace)
        asm.rm(LOAD[size], 0, HOST, loser)
        storeLane(asm, size, R0, 0)
        asm.jmp(go)
        asm.bind(second)
        asm.rr(UCOMI[size], 1, 1)
        asm.jcc(CC.NP, go)
        testQuiet(asm, size, R1)
        asm.jcc(CC.E, go)
        asm.rm(LOAD[size], 1, HOST, loser)
        storeLane(asm, size, R1, 1)
        asm.bind(go)
        selectNaN(asm, env, size, [R0, R1], next)
        compute(asm)
      })
    })
  }

for (const size of SIZES)
  described(`float.fmulx${size}`, (asm, env) => {
    eachLane(asm, size, (next) => {
      selectNaN(asm, env, size, [R0, R1], next)
      const plain = asm.label()
      loadLane(asm, size, 0, R0)
      loadLane(asm, size, 1, R1)
      // Without exceptions: is the product NaN?
      const done = asm.label()
      beginProbe(asm, LOCAL_MXCSR)
      asm.rr(MUL[size], 0, 1)
      asm.rr(UCOMI[size], 0, 0)
      restoreMxcsr(asm, LOCAL_MXCSR)
      loadLane(asm, size, 0, R0)
      asm.jcc(CC.NP, plain)
      asm.rr(XORPS, 0, 1)
      asm.rm(ANDPS, 0, HOST, signBit(env, size))
      asm.rm(ORPS, 0, HOST, power(env, size, 1))
      asm.jmp(done)
      asm.bind(plain)
      asm.rr(MUL[size], 0, 1)
      asm.bind(done)
      storeLane(asm, size, D, 0)
    })
  })
void [ADD, STORE, LANE, RAX, ALU, MOV_MEM_32, MXCSR_INVALID, MXCSR_QUIET]
