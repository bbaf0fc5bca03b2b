/**
 * Floating-point comparisons as flags: `flags.fcmp a, b` (imm: 0 quiet, 1 signalling) compares; readers that do not find the host's
 * flags as it left them compare again.
 *
 * UCOMISD (COMISD for the signalling form) sets ZF, PF, CF = 1 1 1 unordered, 0 0 0 greater, 0 0 1 less, 1 0 0 equal. The guest has
 * N for less, Z and C for equal, C for greater, C and V for unordered. With the operands in the order shown each condition is:
 *
 *   EQ  a,b  E and NP     CS  b,a  BE     MI  b,a  A      VS  a,b  P      HI  b,a  B      GE  a,b  AE     GT  a,b  A
 *   NE  a,b  NE or P      CC  b,a  A      PL  b,a  BE     VC  a,b  NP     LS  b,a  AE     LT  a,b  B      LE  a,b  BE
 */
import { F32 } from '../ir/op-row.ts'
import { OP } from '../ir/ops.ts'
import {
  COND_CC, COND_CS, COND_EQ, COND_GE, COND_GT, COND_HI, COND_LE, COND_LS, COND_LT, COND_MI, COND_NE, COND_PL, COND_VC, COND_VS, PACKED_C, PACKED_N, PACKED_V, PACKED_Z,
} from '../ir/ops-int.ts' // biome-ignore format: a list
import { CC, CMOVCC_32, HOST, insn, RAX, RBP } from './asm/index.ts'
import { type HostCondition, JOIN_AND, JOIN_NONE, JOIN_OR } from './conditions.ts'
import type { Emitter } from './emitter.ts'
import { mayBeDenormal } from './lower-float-slow.ts'
import { lower } from './lowering.ts'
import { NO_HOME } from './registers.ts'

const MOV_IMM = insn('MOV r32, imm32')
/** [avx][signalling][f64] */
const COMPARE = [
  [
    [insn('UCOMISS xmm1, xmm2/m32'), insn('UCOMISD xmm1, xmm2/m64')],
    [insn('COMISS xmm1, xmm2/m32'), insn('COMISD xmm1, xmm2/m64')],
  ],
  [
    [insn('VUCOMISS xmm1, xmm2/m32'), insn('VUCOMISD xmm1, xmm2/m64')],
    [insn('VCOMISS xmm1, xmm2/m32'), insn('VCOMISD xmm1, xmm2/m64')],
  ],
] as const

/** Host condition by COND_*, and whether the operands are exchanged. */
const CONDITION: CC[] = []
const EXCHANGED: boolean[] = []
function row(cond: number, exchanged: boolean, cc: CC): void {
  CONDITION[cond] = cc
  EXCHANGED[cond] = exchanged
}
row(COND_EQ, false, CC.E)
row(COND_NE, false, CC.NE)
row(COND_CS, true, CC.BE)
row(COND_CC, true, CC.A)
row(COND_MI, true, CC.A)
row(COND_PL, true, CC.BE)
row(COND_VS, false, CC.P)
row(COND_VC, false, CC.NP)
row(COND_HI, true, CC.B)
row(COND_LS, true, CC.AE)
row(COND_GE, false, CC.AE)
row(COND_LT, false, CC.B)
row(COND_GT, false, CC.A)
row(COND_LE, false, CC.BE)

/** How the host flags show an fcmp row (`e.flagsMode`). */
const IN_ORDER = 0
const IN_REVERSE = 1

function compare(e: Emitter, f: number, exchanged: boolean): void {
  const { region, asm } = e
  const mode = exchanged ? IN_REVERSE : IN_ORDER
  if (e.flagsHeld === f && e.flagsMode === mode) return
  const a = region.a[f]!
  const b = region.b[f]!
  const first = exchanged ? b : a
  const second = exchanged ? a : b
  const i = COMPARE[e.cpu.avx ? 1 : 0]![region.imm[f] === 0 ? 0 : 1]![region.type[a] === F32 ? 0 : 1]!
  const reg = e.xmm(first)
  const quiet = COMPARE[e.cpu.avx ? 1 : 0]![0]![region.type[a] === F32 ? 0 : 1]!
  // Beside a NaN the comparison does not tell of a denormal; beside itself it does (float-traps.ts). Where FPCR.FZ is set, the space checks.
  if (e.env.checksNaN && mayBeDenormal(e, first)) asm.rr(quiet, reg, reg)
  if (e.env.checksNaN && mayBeDenormal(e, second)) asm.rr(quiet, e.xmm(second), e.xmm(second))
  const memory = e.memory(second)
  if (memory !== NO_HOME && !e.usedAgain(second)) asm.rm(i, reg, RBP, memory)
  else asm.rr(i, reg, e.xmm(second))
  e.flagsHeld = f
  e.flagsMode = mode
}

/** Rows behind a comparison among which its first reader is looked for. */
const READER_DISTANCE = 4

/**
 * The comparison is made where it stands, because it may raise an exception, in the order that its first reader wants; that one and those
 * behind it find the flags held.
 */
lower('flags.fcmp', {
  custom: (e, row) => {
    const { region } = e
    let exchanged = false
    for (let next = row + 1; next <= row + READER_DISTANCE && next < region.rowCount; next++) {
      if (region.a[next] !== row) continue
      exchanged = region.op[next] === OP.test && EXCHANGED[region.imm[next]!]!
      break
    }
    compare(e, row, exchanged)
  },
})

/** Makes the host flags show whether condition `cond` (COND_*) of the fcmp row `f` holds; `result` says how to read it. */
export function showFcmp(e: Emitter, f: number, cond: number, result: HostCondition): void {
  compare(e, f, EXCHANGED[cond]!)
  result.cc = CONDITION[cond]!
  result.join = JOIN_NONE
  if (cond === COND_EQ) {
    result.cc2 = CC.NP
    result.join = JOIN_AND
  } else if (cond === COND_NE) {
    result.cc2 = CC.P
    result.join = JOIN_OR
  }
}

/** The packed flags of fcmp row `f` into rax, which the caller has taken. */
export function packFcmp(e: Emitter, f: number): void {
  const { asm } = e
  const choices = e.env.constant16(PACKED_Z | PACKED_C, PACKED_N, PACKED_C | PACKED_V, 0)
  compare(e, f, false)
  asm.ri(MOV_IMM, RAX, PACKED_C)
  asm.rm(CMOVCC_32[CC.E]!, RAX, HOST, choices)
  asm.rm(CMOVCC_32[CC.B]!, RAX, HOST, choices + 4)
  asm.rm(CMOVCC_32[CC.P]!, RAX, HOST, choices + 8)
}
