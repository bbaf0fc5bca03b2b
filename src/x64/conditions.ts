/**
 * Conditions: from lazy flags rows and comparisons to host flags and a host condition.
 *
 * `showFlags(e, f)` makes the host flags show flags row f, unless they do already (`e.flagsHeld`). Afterwards
 * SF = N, ZF = Z, OF = V and CF = C (HELD_CARRY) or NOT C (HELD_BORROW, after a subtraction).
 * `condition(e, v)` makes the host flags such that `cc` (or `cc` combined with `cc2`) is true exactly if condition value v is not 0.
 * Between these and the reader only instructions that leave the flags alone may be emitted (mov, lea, setcc, cmov).
 */
import { I64 } from '../ir/op-row.ts'
import { OP } from '../ir/ops.ts'
import {
  CMP_EQ, CMP_NE, CMP_SGE, CMP_SGT, CMP_SLE, CMP_SLT, CMP_UGE, CMP_UGT, CMP_ULE, CMP_ULT, COND_CC, COND_CS, COND_EQ, COND_GE, COND_GT, COND_HI, COND_LE, COND_LS, COND_LT,
  COND_MI, COND_NE, COND_PL, COND_VC, COND_VS, PACKED_C, PACKED_N, PACKED_V, PACKED_Z,
} from '../ir/ops-int.ts' // biome-ignore format: a list
import { NONE } from '../ir/region.ts'
import { ALU, CC, insn, RAX, RBP } from './asm/index.ts'
import { type Emitter, HELD_BORROW, HELD_CARRY } from './emitter.ts'
import { bitOf, FOLD_COND, FOLD_TEST, testImmediate } from './folds.ts'
import { showFcmp } from './lower-float-compare.ts'
import { NO_HOME } from './registers.ts'

const CMP = { 32: insn('CMP r32, r/m32'), 64: insn('CMP r64, r/m64') }
const TEST = { 32: insn('TEST r/m32, r32'), 64: insn('TEST r/m64, r64') }
const ADD = { 32: insn('ADD r32, r/m32'), 64: insn('ADD r64, r/m64') }
const ADC = { 32: insn('ADC r32, r/m32'), 64: insn('ADC r64, r/m64') }
const SBB = { 32: insn('SBB r32, r/m32'), 64: insn('SBB r64, r/m64') }
const MOV = { 32: insn('MOV r32, r/m32'), 64: insn('MOV r64, r/m64') }
const TEST_IMM = insn('TEST r/m32, imm32')
const TEST_IMM_64 = insn('TEST r/m64, imm32')
const BT_IMM = insn('BT r/m32, imm8')
const BT_IMM_64 = insn('BT r/m64, imm8')
const SAHF = insn('SAHF')
const CMC = insn('CMC')
const ADD_AL = insn('ADD r/m8, imm8')

/** How two host conditions make one: the guest condition is `cc`, `cc AND cc2`, or `cc OR cc2`. */
export const JOIN_NONE = 0
export const JOIN_AND = 1
export const JOIN_OR = 2

export interface HostCondition {
  cc: CC
  cc2: CC
  join: number
}

/** The one result record of `condition`; overwritten by every call. */
const result: HostCondition = { cc: CC.NE, cc2: CC.NE, join: JOIN_NONE }

export function operandWidth(e: Emitter, v: number): 32 | 64 {
  return e.region.type[v] === I64 ? 64 : 32
}

/** `cmp a, b` with the best operand forms. Returns nothing; flags show a - b. */
export function compare(e: Emitter, a: number, b: number): void {
  const width = operandWidth(e, a)
  if (e.isImm32(b)) {
    const imm = e.immOf(b)
    if (imm === 0) {
      const reg = e.gpr(a)
      e.asm.rr(TEST[width], reg, reg)
      return
    }
    const memory = e.memory(a)
    if (memory !== NO_HOME && !e.usedAgain(a)) e.asm.aluMI(ALU.CMP, width, RBP, memory, imm)
    else e.asm.aluRI(ALU.CMP, width, e.gpr(a), imm)
    return
  }
  const ra = e.gpr(a)
  const memory = e.memory(b)
  if (memory !== NO_HOME && !e.usedAgain(b)) e.asm.rm(CMP[width], ra, RBP, memory)
  else e.asm.rr(CMP[width], ra, e.gpr(b))
}

/** Does TEST take the constant of folded `and` row v? */
function testsImmediate(e: Emitter, v: number): boolean {
  return operandWidth(e, v) === 32 || testImmediate(e.region, e.region.b[v]!)
}

/** The host flags of folded `and` row v. */
function testMasked(e: Emitter, v: number): void {
  const mask = e.region.imm[e.region.b[v]!]!
  // A mask without the sign bit is shorter as one of 32 bits, and tells the same.
  const isShort = operandWidth(e, v) === 32 || mask >= 0
  e.asm.ri(isShort ? TEST_IMM : TEST_IMM_64, e.gpr(e.region.a[v]!), mask)
}

/** Makes the host flags show flags row `f` (already resolved); returns HELD_CARRY or HELD_BORROW. */
export function showFlags(e: Emitter, flags: number): number {
  const f = e.root(flags)
  if (e.flagsHeld === f) return e.flagsMode
  const { region, asm } = e
  const a = region.a[f]!
  const b = region.b[f]!
  let mode = HELD_CARRY
  switch (region.op[f]) {
    case OP['flags.sub']:
      compare(e, a, b)
      mode = HELD_BORROW
      break
    case OP['flags.logic']: {
      if (e.uses.fold[a] === FOLD_TEST) {
        testMasked(e, a)
        break
      }
      const reg = e.gpr(a)
      asm.rr(TEST[operandWidth(e, a)], reg, reg)
      break
    }
    case OP['flags.add']: {
      const width = operandWidth(e, a)
      const ra = e.gpr(a)
      const t = e.tempGpr()
      asm.rr(MOV[width], t, ra)
      if (e.isImm32(b)) asm.aluRI(ALU.ADD, width, t, e.immOf(b))
      else asm.rr(ADD[width], t, e.gpr(b))
      break
    }
    case OP['flags.adc']:
    case OP['flags.sbc']: {
      const isSum = region.op[f] === OP['flags.adc']
      const ra = e.gpr(a)
      const rb = e.isImm32(b) ? NONE : e.gpr(b)
      mode = isSum ? HELD_CARRY : HELD_BORROW
      showCarry(e, region.c[f]!, mode)
      const t = e.tempGpr()
      asm.rr(MOV[operandWidth(e, a)], t, ra)
      withCarry(e, isSum, operandWidth(e, a), t, b, rb)
      break
    }
    default:
      unpackFlags(e, f)
  }
  e.flagsHeld = f
  e.flagsMode = mode
  return mode
}

/** Makes the host's CF the low bit of `carry`, or for HELD_BORROW its inverse. What is in registers stays there. */
export function showCarry(e: Emitter, carry: number, mode: number): void {
  const { region, asm } = e
  let shown = HELD_CARRY
  if (e.uses.fold[carry] === FOLD_COND) shown = showFlags(e, region.a[carry]!)
  else {
    asm.ri(BT_IMM, e.gpr(carry), 0)
    e.clobberFlags()
  }
  if (shown === mode) return
  asm.none(CMC)
  e.flagsMode = mode
}

/** `d` plus operand and carry, or minus operand and borrow; the operand is in `rb`, or (NONE) the constant `b`. The moves before it leave CF alone. */
export function withCarry(e: Emitter, isSum: boolean, width: 32 | 64, d: number, b: number, rb: number): void {
  if (rb === NONE) e.asm.aluRI(isSum ? ALU.ADC : ALU.SBB, width, d, e.immOf(b))
  else e.asm.rr((isSum ? ADC : SBB)[width], d, rb)
}

/** Packed flags in value `packed` to the host's flags. */
function unpackFlags(e: Emitter, packed: number): void {
  const reg = e.gpr(packed)
  if (reg !== RAX) {
    e.takeFixed(RAX)
    e.asm.rr(MOV[32], RAX, reg)
    e.asm.ri(ADD_AL, RAX, 0x7f)
  } else {
    // The packed value itself lies in rax and may be wanted again: work on a copy there, the value moves.
    const t = e.tempGpr()
    e.asm.rr(MOV[32], t, RAX)
    if (e.regs.value[RAX] !== NONE) {
      const v = e.regs.value[RAX]!
      e.regs.free(RAX)
      e.regs.assign(t, v)
    }
    e.asm.ri(ADD_AL, RAX, 0x7f)
  }
  e.asm.none(SAHF)
}

const WITH_CARRY: CC[] = [CC.E, CC.NE, CC.B, CC.AE, CC.S, CC.NS, CC.O, CC.NO, CC.A, CC.BE, CC.GE, CC.L, CC.G, CC.LE]
const WITH_BORROW: CC[] = [CC.E, CC.NE, CC.AE, CC.B, CC.S, CC.NS, CC.O, CC.NO, CC.A, CC.BE, CC.GE, CC.L, CC.G, CC.LE]

/** Inverse of a COND_*. */
function bitOfPacked(cond: number): number {
  if (cond === COND_EQ || cond === COND_NE) return PACKED_Z
  if (cond === COND_CS || cond === COND_CC) return PACKED_C
  if (cond === COND_MI || cond === COND_PL) return PACKED_N
  if (cond === COND_VS || cond === COND_VC) return PACKED_V
  return 0
}

function testCondition(e: Emitter, flags: number, cond: number): void {
  const f = e.root(flags)
  const op = e.region.op[f]
  if (op === OP['flags.fcmp']) {
    showFcmp(e, f, cond, result)
    return
  }
  const lazy =
    op === OP['flags.sub'] || op === OP['flags.add'] || op === OP['flags.logic'] || op === OP['flags.adc'] || op === OP['flags.sbc']
  if (!lazy && e.flagsHeld !== f) {
    const bit = bitOfPacked(cond)
    if (bit !== 0) {
      e.asm.ri(TEST_IMM, e.gpr(f), bit)
      e.clobberFlags()
      result.cc = (cond & 1) === 0 ? CC.NE : CC.E
      return
    }
  }
  const mode = showFlags(e, f)
  if (mode === HELD_CARRY && (cond === COND_HI || cond === COND_LS)) {
    e.asm.none(CMC)
    e.flagsMode = HELD_BORROW
  }
  result.cc = (e.flagsMode === HELD_BORROW ? WITH_BORROW : WITH_CARRY)[cond]!
}

const CMP_CC: CC[] = []
CMP_CC[CMP_EQ] = CC.E
CMP_CC[CMP_NE] = CC.NE
CMP_CC[CMP_ULT] = CC.B
CMP_CC[CMP_ULE] = CC.BE
CMP_CC[CMP_UGT] = CC.A
CMP_CC[CMP_UGE] = CC.AE
CMP_CC[CMP_SLT] = CC.L
CMP_CC[CMP_SLE] = CC.LE
CMP_CC[CMP_SGT] = CC.G
CMP_CC[CMP_SGE] = CC.GE

/** Sets the host flags for condition value `v`; the record says which host condition(s) to read. */
export function condition(e: Emitter, v: number): HostCondition {
  result.join = JOIN_NONE
  const { region } = e
  if (e.uses.fold[v] === FOLD_COND) {
    conditionRow(e, v)
    return result
  }
  const reg = e.gpr(v)
  e.asm.rr(TEST[32], reg, reg)
  e.clobberFlags()
  result.cc = CC.NE
  void region
  return result
}

/** The same for a `test` or `icmp` row, folded or being computed. */
export function conditionRow(e: Emitter, v: number): HostCondition {
  result.join = JOIN_NONE
  const { region } = e
  const imm = region.imm[v]!
  if (region.op[v] === OP.test) {
    testCondition(e, region.a[v]!, imm)
    return result
  }
  if (region.op[v] === OP.asked) {
    e.poll()
    e.clobberFlags()
    result.cc = CC.NE
    return result
  }
  const a = region.a[v]!
  if (e.uses.fold[a] === FOLD_TEST && !testsImmediate(e, a)) {
    const mask = region.b[a]!
    e.asm.ri(BT_IMM_64, e.gpr(region.a[a]!), bitOf(region.imm[mask]!, region.imm2[mask]!))
    e.clobberFlags()
    result.cc = imm === CMP_EQ ? CC.AE : CC.B
    return result
  }
  if (e.uses.fold[a] === FOLD_TEST) testMasked(e, a)
  else compare(e, a, region.b[v]!)
  e.clobberFlags()
  // `test r, r` leaves CF = 0 like `cmp r, 0`.
  result.cc = CMP_CC[imm]!
  return result
}

void [COND_GE, COND_GT, COND_LE, COND_LT]
