/** Conditions as values: packed flags, conditional compares, 0 or 1, and selects. */
import { OP } from '../ir/ops.ts'
import { ALU, CC, CMOVCC_32, CMOVCC_64, insn, invert, RAX, SETCC } from './asm/index.ts'
import { condition, conditionRow, type HostCondition, JOIN_AND, JOIN_NONE, JOIN_OR, operandWidth, showFlags } from './conditions.ts'
import { type Emitter, HELD_BORROW, HELD_CARRY } from './emitter.ts'
import { packFcmp } from './lower-float-compare.ts'
import { lower } from './lowering.ts'
import { XMM } from './registers.ts'

const MOV = { 32: insn('MOV r32, r/m32'), 64: insn('MOV r64, r/m64') }
const MOV_IMM = insn('MOV r32, imm32')
const ZEXT8 = insn('MOVZX r32, r/m8')
const AND = insn('AND r32, r/m32')
const OR = insn('OR r32, r/m32')
const LAHF = insn('LAHF')
const CMC = insn('CMC')

/** Packed flags into rax. */
lower('pack', {
  custom: (e, row) => {
    const f = e.root(e.region.a[row]!)
    packInto(e, f)
    e.defineIn(RAX)
  },
})

function packInto(e: Emitter, f: number): void {
  e.takeFixed(RAX)
  if (e.region.op[f] === OP['flags.fcmp']) {
    packFcmp(e, f)
    return
  }
  if (showFlags(e, f) === HELD_BORROW) {
    e.asm.none(CMC)
    e.flagsMode = HELD_CARRY
  }
  e.asm.none(LAHF)
  e.asm.r(SETCC[CC.O]!, RAX)
}

/** Conditional compare: b != 0 ? packed flags of a : imm. */
lower('flags.or', {
  custom: (e, row) => {
    const { region, asm } = e
    const f = e.root(region.a[row]!)
    packInto(e, f)
    const packed = e.tempGpr()
    asm.rr(MOV[32], packed, RAX)
    const d = e.tempGpr()
    const cond = condition(e, region.b[row]!)
    asm.ri(MOV_IMM, d, region.imm[row]!)
    if (cond.join === JOIN_AND) {
      // Both must hold: take the packed flags, then the constant back if one fails.
      const t = e.tempGpr()
      asm.rr(MOV[32], t, d)
      asm.rr(MOV[32], d, packed)
      asm.rr(CMOVCC_32[invert(cond.cc)]!, d, t)
      asm.rr(CMOVCC_32[invert(cond.cc2)]!, d, t)
    } else {
      asm.rr(CMOVCC_32[cond.cc]!, d, packed)
      if (cond.join === JOIN_OR) asm.rr(CMOVCC_32[cond.cc2]!, d, packed)
    }
    e.defineIn(d)
  },
})

/** The row's result is 1 if the condition that the host flags show holds, else 0; returns its register. */
function setBit(e: Emitter, cond: HostCondition): number {
  const { asm } = e
  const d = e.define()
  asm.r(SETCC[cond.cc]!, d)
  if (cond.join !== JOIN_NONE) {
    const t = e.tempGpr()
    asm.r(SETCC[cond.cc2]!, t)
    asm.rr(cond.join === JOIN_AND ? AND : OR, d, t)
    e.clobberFlags()
  }
  asm.rr(ZEXT8, d, d)
  return d
}

/** 0 or 1. */
function materialiseCondition(e: Emitter, row: number): void {
  setBit(e, conditionRow(e, row))
}
lower('test', { custom: materialiseCondition })
lower('icmp', { custom: materialiseCondition })
lower('asked', { custom: materialiseCondition })

lower('select', {
  custom: (e, row) => {
    const { region, asm } = e
    const width = operandWidth(e, row)
    const b = region.b[row]!
    const c = region.c[row]!
    if (selectBit(e, row, b, c)) return
    // Operands first: loading one must not come between the flags and their reader.
    e.gpr(b)
    e.gpr(c)
    const cond = condition(e, region.a[row]!)
    // The condition may have moved them out of a fixed register.
    const rb = e.gpr(b)
    const rc = e.gpr(c)
    const cmov = width === 64 ? CMOVCC_64 : CMOVCC_32
    const d = e.define()
    if (cond.join === JOIN_AND) {
      asm.rr(MOV[width], d, rb)
      asm.rr(cmov[invert(cond.cc)]!, d, rc)
      asm.rr(cmov[invert(cond.cc2)]!, d, rc)
      return
    }
    asm.rr(MOV[width], d, rc)
    asm.rr(cmov[cond.cc]!, d, rb)
    if (cond.join === JOIN_OR) asm.rr(cmov[cond.cc2]!, d, rb)
  },
})

/** Between xmm registers there is no conditional move: a jump over one. */
function selectXmm(e: Emitter, row: number): void {
  const { region, asm } = e
  const b = e.xmm(region.b[row]!)
  const c = e.xmm(region.c[row]!)
  const { cc, cc2, join } = condition(e, region.a[row]!)
  const d = e.define() - XMM
  const useB = asm.label()
  const done = asm.label()
  e.movX(d, c)
  if (join === JOIN_AND) {
    asm.shortJcc(invert(cc), done)
    asm.shortJcc(invert(cc2), done)
  } else if (join === JOIN_OR) {
    asm.shortJcc(cc, useB)
    asm.shortJcc(invert(cc2), done)
  } else asm.shortJcc(invert(cc), done)
  asm.bind(useB)
  e.movX(d, b)
  asm.bind(done)
}
lower('select.f', { custom: selectXmm })

/** `cond ? 1 : 0` and `cond ? 0 : 1` by setcc. */
function selectBit(e: Emitter, row: number, b: number, c: number): boolean {
  const { region, asm } = e
  if (!e.isImm32(b) || !e.isImm32(c)) return false
  const x = e.immOf(b)
  const y = e.immOf(c)
  if (!((x === 1 && y === 0) || (x === 0 && y === 1))) return false
  const d = setBit(e, condition(e, region.a[row]!))
  if (x === 0) {
    asm.aluRI(ALU.XOR, 32, d, 1)
    e.clobberFlags()
  }
  return true
}
