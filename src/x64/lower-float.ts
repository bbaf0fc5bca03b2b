/**
 * Scalar floating-point arithmetic. NaNs are the rare case in which the guest's rules (which operand's payload, sign of the default NaN) differ from the
 * host's. Exceptions are right as the host raised them.
 *
 * With two operands or one the rules differ only where the host raises invalid: it makes the other default NaN, and prefers a first operand that is
 * quiet to a second that signals. So, unless the space `checksNaN`, nothing is tested: the host traps there, and src/translate/float-traps.ts makes the
 * guest's NaN. The operands must stand in the guest's order then.
 *
 * Else there is one predicted check that the result is no NaN: the routine `float.nanN` then makes the result from the operands, which is why `d`
 * differs from all of them (`keepChecked`). Fused operations are always checked: their rules differ for quiet NaNs, too.
 */
import { F64 } from '../ir/op-row.ts'
import type { OpName } from '../ir/ops.ts'
import { type Insn, insn, RBP } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { fromRbp, SCRATCH_OFFSET, STATE_OFFSET } from './layout.ts'
import { callFma, callScalar, mayBeDenormal, slowIfUnordered, UCOMI, type Width } from './lower-float-slow.ts'
import { lower } from './lowering.ts'
import './lower-float-convert.ts'
import './lower-float-half.ts'
import './lower-float-step.ts'
import './lower-float-vector.ts'

interface Pair {
  readonly sse: Insn
  readonly vex: Insn
}
/** Legacy and VEX encoding of a scalar instruction with two sources, by width. */
function scalar(mnemonic: 'ADD' | 'SUB' | 'MUL' | 'DIV' | 'MIN' | 'MAX' | 'SQRT'): Record<Width, Pair> {
  return {
    32: { sse: insn(`${mnemonic}SS xmm1, xmm2/m32`), vex: insn(`V${mnemonic}SS xmm1, xmm2, xmm3/m32`) },
    64: { sse: insn(`${mnemonic}SD xmm1, xmm2/m64`), vex: insn(`V${mnemonic}SD xmm1, xmm2, xmm3/m64`) },
  }
}

const SIGN_32 = 0x8000_0000 | 0
const ABS_32 = 0x7fff_ffff
const XORPS = insn('XORPS xmm1, xmm2/m128')
const VXORPS = insn('VXORPS xmm1, xmm2, xmm3/m128')
const ANDPS = insn('ANDPS xmm1, xmm2/m128')
const VANDPS = insn('VANDPS xmm1, xmm2, xmm3/m128')
const ORPS = insn('ORPS xmm1, xmm2/m128')
const VORPS = insn('VORPS xmm1, xmm2, xmm3/m128')

export function widthOf(e: Emitter, v: number): Width {
  return e.region.type[v] === F64 ? 64 : 32
}

/** Makes `d` the NaN that the guest's rules give for operands r0, r1 (a result that is none stays). */
export function fixNaN(e: Emitter, width: Width, d: number, r0: number, r1: number = r0): void {
  callScalar(e, `float.nan${width}`, d, r0, r1)
}

function arithmetic(name: OpName, rows: Record<Width, Pair>): void {
  lower(name, {
    keepChecked: true,
    emit: (e, d, a, b, _c, row) => {
      const width = widthOf(e, row)
      if (!e.env.checksNaN) {
        e.vex3(rows[width].sse, rows[width].vex, d, a, b)
        return
      }
      // A denormal that is flushed makes 0 / 0, which the host takes for a division by zero unless it is told before (float-traps.ts).
      if (name === 'fdiv' && mayBeDenormal(e, e.region.a[row]!)) e.vex2(UCOMI[width].sse, UCOMI[width].vex, a, a)
      // What lies above the lane comes from the host's first operand.
      const isSwapped = (name === 'fadd' || name === 'fmul') && e.isScalarClear(e.region.b[row]!) && !e.isScalarClear(e.region.a[row]!)
      e.vex3(rows[width].sse, rows[width].vex, d, isSwapped ? b : a, isSwapped ? a : b)
      slowIfUnordered(e, width, d, d)
    },
    slow: (e, d, a, b, _c, row) => {
      fixNaN(e, widthOf(e, row), d, a, b)
      e.slowReturn()
    },
  })
}
arithmetic('fadd', scalar('ADD'))
arithmetic('fsub', scalar('SUB'))
arithmetic('fmul', scalar('MUL'))
arithmetic('fdiv', scalar('DIV'))

const SQRT = scalar('SQRT')
lower('fsqrt', {
  keepChecked: true,
  emit: (e, d, a, _b, _c, row) => {
    const width = widthOf(e, row)
    // A negative denormal has to be told of before it makes the root invalid (float-traps.ts).
    if (e.env.checksNaN) e.vex2(UCOMI[width].sse, UCOMI[width].vex, a, a)
    if (e.cpu.avx) e.asm.rrr(SQRT[width].vex, d, a, a)
    else e.asm.rr(SQRT[width].sse, d, a)
    if (e.env.checksNaN) slowIfUnordered(e, width, d, d)
  },
  slow: (e, d, a, _b, _c, row) => {
    fixNaN(e, widthOf(e, row), d, a)
    e.slowReturn()
  },
})

/** FMA3's name for c + a * b, by imm: bit 0 negates a, bit 1 negates c. */
const FMA_NAMES = ['VFMADD231', 'VFNMADD231', 'VFMSUB231', 'VFNMSUB231'] as const
export const FMA_SCALAR: Record<Width, readonly Insn[]> = {
  32: FMA_NAMES.map((name) => insn(`${name}SS xmm1, xmm2, xmm3/m32`)),
  64: FMA_NAMES.map((name) => insn(`${name}SD xmm1, xmm2, xmm3/m64`)),
}
lower('fma', {
  keep: true,
  emit: (e, d, a, b, c, row) => {
    const width = widthOf(e, row)
    const imm = e.region.imm[row]!
    if (!e.cpu.fma) {
      callFma(e, `float.fma${width}`, d, a, b, c, imm, true)
      return
    }
    e.movX(d, c)
    e.asm.rrr(FMA_SCALAR[width][imm]!, d, a, b)
    slowIfUnordered(e, width, d, d)
  },
  slow: (e, d, a, b, c, row) => {
    callFma(e, `float.fmanan${widthOf(e, row)}`, d, a, b, c, e.region.imm[row]!, true)
    e.slowReturn()
  },
})

lower('fneg', {
  flagsKept: true,
  emit: (e, d, a, _b, _c, row) => {
    if (widthOf(e, row) === 32) e.vex3c(XORPS, VXORPS, d, a, SIGN_32, 0, 0, 0)
    else e.vex3c(XORPS, VXORPS, d, a, 0, SIGN_32, 0, 0)
  },
})
lower('fabs', {
  flagsKept: true,
  emit: (e, d, a, _b, _c, row) => {
    if (widthOf(e, row) === 32) e.vex3c(ANDPS, VANDPS, d, a, ABS_32, ABS_32, ABS_32, ABS_32)
    else e.vex3c(ANDPS, VANDPS, d, a, -1, ABS_32, -1, ABS_32)
  },
})

/**
 * The host's MAX gives its second operand for two zeros: MAX(a, b) AND MAX(b, a) is +0 if either is, and the maximum otherwise; OR for MIN.
 * It raises invalid for quiet NaNs, which the guest does not: hence the comparison first.
 */
function extreme(name: 'fmin' | 'fmax', rows: Record<Width, Pair>, join: Pair): void {
  for (const [op, routine] of [
    [name, name],
    [`${name}num`, `${name}num`],
  ] as const)
    lower(op, {
      keep: true,
      xmmTemps: 1,
      emit: (e, d, a, b, _c, row) => {
        const width = widthOf(e, row)
        slowIfUnordered(e, width, a, b)
        e.vex3(rows[width].sse, rows[width].vex, d, a, b)
        e.vex3(rows[width].sse, rows[width].vex, e.x0, b, a)
        e.vex3(join.sse, join.vex, d, d, e.x0)
      },
      slow: (e, d, a, b, _c, row) => {
        callScalar(e, `float.${routine}${widthOf(e, row)}`, d, a, b)
        e.slowReturn()
      },
    })
}
extreme('fmax', scalar('MAX'), { sse: ANDPS, vex: VANDPS })
extreme('fmin', scalar('MIN'), { sse: ORPS, vex: VORPS })

/** Estimates are a routine on every host. */
for (const name of ['frecpe', 'frsqrte'] as const)
  lower(name, { keep: true, emit: (e, d, a, _b, _c, row) => callScalar(e, `float.${name}${widthOf(e, row)}`, d, a) })

const MOV_STORE_32 = insn('MOV r/m32, r32')
lower('fenv.modes', {
  emit: (e, _d, a, b) => {
    const scratch = fromRbp(SCRATCH_OFFSET)
    e.asm.mr(MOV_STORE_32, RBP, scratch, a)
    e.asm.mr(MOV_STORE_32, RBP, scratch + 4, b)
    e.callRoutine('float.modes')
  },
})

// Modes for a while: see ops-float.ts.
const MOV_32 = insn('MOV r32, r/m32')
const MOV_MEM_32 = insn('MOV r/m32, imm32')
const STMXCSR = insn('STMXCSR m32')
const LDMXCSR = insn('LDMXCSR m32')
function slotDisplacement(e: Emitter, name: string): number {
  return fromRbp(STATE_OFFSET + e.region.state.find((s) => s.name === name)!.offset)
}
lower('fenv.enter', {
  flagsKept: true,
  gprTemps: 1,
  emit: (e, _d, a) => {
    const { asm } = e
    const fpcr = slotDisplacement(e, 'fpcr')
    asm.m(STMXCSR, RBP, slotDisplacement(e, 'mxcsr_kept'))
    asm.m(LDMXCSR, RBP, slotDisplacement(e, 'mxcsr_standard'))
    asm.rm(MOV_32, e.g0, RBP, fpcr)
    asm.mr(MOV_STORE_32, RBP, slotDisplacement(e, 'fpcr_kept'), e.g0)
    asm.mr(MOV_STORE_32, RBP, fpcr, a)
  },
})
lower('fenv.leave', {
  flagsKept: true,
  gprTemps: 1,
  emit: (e) => {
    const { asm } = e
    const kept = slotDisplacement(e, 'mxcsr_kept')
    asm.m(STMXCSR, RBP, slotDisplacement(e, 'mxcsr_standard'))
    asm.m(LDMXCSR, RBP, kept)
    // 0 says that the thread is in no other modes.
    asm.mi(MOV_MEM_32, RBP, kept, 0)
    asm.rm(MOV_32, e.g0, RBP, slotDisplacement(e, 'fpcr_kept'))
    asm.mr(MOV_STORE_32, RBP, slotDisplacement(e, 'fpcr'), e.g0)
  },
})
