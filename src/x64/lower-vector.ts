/** Vector rows: moves between register classes, parts of registers, logic. The other families are in the files imported here. */
import { F32, I32, I64 } from '../ir/op-row.ts'
import { OP } from '../ir/ops.ts'
import { insn, invert } from './asm/index.ts'
import { condition, JOIN_AND, JOIN_NONE } from './conditions.ts'
import type { Emitter } from './emitter.ts'
import './lower-vector-arith.ts'
import './lower-vector-crypto.ts'
import './lower-vector-multiply.ts'
import './lower-vector-shift.ts'
import './lower-vector-shuffle.ts'
import './lower-vector-sum.ts'
import './lower-vector-variable-shift.ts'
import './lower-vector-widen.ts'
import { lower } from './lowering.ts'
import { H, has512, INSERTPS, P, PI, PSHUFD, PSHUFLW, Single, ternlog, ternlogC, v2, v2i, v3, v3c, v3i } from './vector-insns.ts'
import { commutative, inPlace, reversed, sequence } from './vector-rows.ts'

// Between general and vector registers.

const MOVD = [insn('MOVD xmm1, r/m32'), insn('VMOVD xmm1, r/m32')] as const
const MOVQ = [insn('MOVQ xmm1, r/m64'), insn('VMOVQ xmm1, r/m64')] as const
const MOVD_OUT = [insn('MOVD r/m32, xmm1'), insn('VMOVD r/m32, xmm1')] as const
const MOVQ_OUT = [insn('MOVQ r/m64, xmm1'), insn('VMOVQ r/m64, xmm1')] as const

function fromGeneral(e: Emitter, d: number, a: number, is64: boolean): void {
  e.asm.rr((is64 ? MOVQ : MOVD)[e.cpu.avx ? 1 : 0], d, a)
}
function toGeneral(e: Emitter, d: number, a: number, is64: boolean): void {
  e.asm.rr((is64 ? MOVQ_OUT : MOVD_OUT)[e.cpu.avx ? 1 : 0], d, a)
}

lower('v.fromi', { flagsKept: true, emit: (e, d, a, _b, _c, row) => fromGeneral(e, d, a, e.region.type[e.region.a[row]!] === I64) })
lower('f.frombits', { flagsKept: true, emit: (e, d, a, _b, _c, row) => fromGeneral(e, d, a, e.region.type[e.region.a[row]!] === I64) })
lower('v.toi32', { flagsKept: true, emit: (e, d, a) => toGeneral(e, d, a, false) })
lower('v.toi64', { flagsKept: true, emit: (e, d, a) => toGeneral(e, d, a, true) })
lower('f.bits', { flagsKept: true, emit: (e, d, a, _b, _c, row) => toGeneral(e, d, a, e.region.type[row] !== I32) })

/** d = the low `bits` of a, zeros above. */
function low(e: Emitter, d: number, a: number, bits: number): void {
  if (bits === 64) v2(e, H.MOVQ, d, a)
  else if (bits === 32) v3i(e, INSERTPS, d, a, a, 0b1110)
  else v3c(e, P.PAND, d, a, 2 ** bits - 1, 0, 0, 0)
}
inPlace('vlow', 0, (e, d, a, _b, _c, row) => low(e, d, a, e.region.imm[row]!))
inPlace('v.fromf', 0, (e, d, a, _b, _c, row) => low(e, d, a, e.region.type[e.region.a[row]!] === F32 ? 32 : 64))

const BROADCAST = {
  8: new Single('VPBROADCASTB xmm1, r32'),
  16: new Single('VPBROADCASTW xmm1, r32'),
  32: new Single('VPBROADCASTD xmm1, r32'),
  64: new Single('VPBROADCASTQ xmm1, r64'),
}
const BROADCAST_LOW = {
  8: new Single('VPBROADCASTB xmm1, xmm2/m8'),
  16: new Single('VPBROADCASTW xmm1, xmm2/m16'),
  32: new Single('VPBROADCASTD xmm1, xmm2/m32'),
  64: new Single('VPBROADCASTQ xmm1, xmm2/m64'),
}
for (const width of [8, 16, 32, 64] as const) {
  lower(`vsplat${width}`, {
    flagsKept: true,
    emit: (e, d, a) => {
      if (has512(e)) {
        e.asm.rr(BROADCAST[width].insn, d, a)
        return
      }
      fromGeneral(e, d, a, width === 64)
      if (e.cpu.avx2) e.asm.rr(BROADCAST_LOW[width].insn, d, d)
      else if (width === 8) v3c(e, P.PSHUFB, d, d, 0)
      else if (width === 64) v3(e, P.PUNPCKLQDQ, d, d, d)
      else {
        if (width === 16) v2i(e, PSHUFLW, d, d, 0)
        v2i(e, PSHUFD, d, d, 0)
      }
    },
  })
}

const INSERT = {
  8: [insn('PINSRB xmm1, r32/m8, imm8'), insn('VPINSRB xmm1, xmm2, r32/m8, imm8')],
  16: [insn('PINSRW xmm1, r32/m16, imm8'), insn('VPINSRW xmm1, xmm2, r32/m16, imm8')],
  32: [insn('PINSRD xmm1, r/m32, imm8'), insn('VPINSRD xmm1, xmm2, r/m32, imm8')],
  64: [insn('PINSRQ xmm1, r/m64, imm8'), insn('VPINSRQ xmm1, xmm2, r/m64, imm8')],
} as const
const EXTRACT = {
  8: [insn('PEXTRB r32/m8, xmm2, imm8'), insn('VPEXTRB r32/m8, xmm2, imm8')],
  16: [insn('PEXTRW r32, xmm1, imm8'), insn('VPEXTRW r32, xmm1, imm8')],
  32: [insn('PEXTRD r/m32, xmm2, imm8'), insn('VPEXTRD r/m32, xmm2, imm8')],
  64: [insn('PEXTRQ r/m64, xmm2, imm8'), insn('VPEXTRQ r/m64, xmm2, imm8')],
} as const
for (const width of [8, 16, 32, 64] as const) {
  lower(`vins${width}`, {
    flagsKept: true,
    emit: (e, d, a, b, _c, row) => {
      const imm = e.region.imm[row]!
      if (e.cpu.avx) {
        e.asm.rrri(INSERT[width][1], d, a, b, imm)
        return
      }
      e.movX(d, a)
      e.asm.rri(INSERT[width][0], d, b, imm)
    },
  })
  lower(`vget${width}`, {
    flagsKept: true,
    emit: (e, d, a, _b, _c, row) => {
      const imm = e.region.imm[row]!
      if (imm === 0 && width >= 32) toGeneral(e, d, a, width === 64)
      else e.asm.rri(EXTRACT[width][e.cpu.avx ? 1 : 0], d, a, imm)
    },
  })
}

// Logic.

commutative('vand', P.PAND)
commutative('vor', P.POR)
commutative('vxor', P.PXOR)
reversed('vandn', P.PANDN)
/** Truth tables of ternlog, first input the destination. */
const NOT_THIRD = 0x55
const FIRST_OR_NOT_THIRD = 0xf5
const SELECT = 0xca
const SELECT_BY_THIRD = 0xe4
const XOR3 = 0x96
const XOR_ANDN = 0xb4

inPlace('vnot', 0, (e, d, a) => {
  if (has512(e)) ternlog(e, d, a, a, NOT_THIRD)
  else v3c(e, P.PXOR, d, a, -1)
})
sequence('vorn', 0, (e, d, a, b) => {
  if (has512(e)) {
    e.movX(d, a)
    ternlog(e, d, b, b, FIRST_OR_NOT_THIRD)
    return
  }
  v3c(e, P.PXOR, d, b, -1)
  v3(e, P.POR, d, d, a)
})
sequence('vxor3', 0, (e, d, a, b, c) => {
  if (has512(e)) {
    e.movX(d, a)
    ternlog(e, d, b, c, XOR3)
    return
  }
  v3(e, P.PXOR, d, a, b)
  v3(e, P.PXOR, d, d, c)
})
sequence('vxorandn', 0, (e, d, a, b, c) => {
  if (has512(e)) {
    e.movX(d, a)
    ternlog(e, d, b, c, XOR_ANDN)
    return
  }
  v3(e, P.PANDN, d, c, b)
  v3(e, P.PXOR, d, d, a)
})

/** The mask of a PBLENDW that does what the constant `v` as a vbsel mask does; -1 if v is no constant or there is none. */
function blendMask(e: Emitter, v: number): number {
  const r = e.root(v)
  if (e.region.op[r] !== OP.constv) return -1
  let mask = 0
  for (let i = 0; i < 8; i++) {
    const half = (e.region.pool[e.region.imm[r]! + (i >> 1)]! >>> (16 * (i & 1))) & 0xffff
    if (half === 0xffff) mask |= 1 << i
    else if (half !== 0) return -1
  }
  return mask
}

lower('vbsel', {
  custom: (e, row) => {
    const { region } = e
    const mask = region.a[row]!
    const blend = blendMask(e, mask)
    if (blend >= 0) e.lowOnly = true
    const b = e.xmm(region.b[row]!)
    const c = e.xmm(region.c[row]!)
    if (blend >= 0) {
      const d = e.define() - 16
      v3i(e, PI.PBLENDW, d, c, b, blend)
      return
    }
    const r = e.root(mask)
    if (has512(e) && region.op[r] === OP.constv && e.where(mask) < 0) {
      const d = e.define() - 16
      e.movX(d, b)
      const at = region.imm[r]!
      ternlogC(e, d, c, SELECT_BY_THIRD, region.pool[at]!, region.pool[at + 1]!, region.pool[at + 2]!, region.pool[at + 3]!)
      return
    }
    const a = e.xmm(mask)
    const d = e.define() - 16
    if (has512(e)) {
      e.movX(d, a)
      ternlog(e, d, b, c, SELECT)
      return
    }
    v3(e, P.PXOR, d, b, c)
    v3(e, P.PAND, d, d, a)
    v3(e, P.PXOR, d, d, c)
  },
})

/** result = condition ? b : c, by a jump over a move. */
function selectVector(e: Emitter, row: number): void {
  const { region, asm } = e
  const b = e.xmm(region.b[row]!)
  const c = e.xmm(region.c[row]!)
  const d = e.define() - 16
  const { cc, cc2, join } = condition(e, region.a[row]!)
  const done = asm.label()
  const take = asm.label()
  e.movX(d, c)
  if (join === JOIN_NONE) asm.shortJcc(invert(cc), done)
  else if (join === JOIN_AND) {
    asm.shortJcc(invert(cc), done)
    asm.shortJcc(invert(cc2), done)
  } else {
    asm.shortJcc(cc, take)
    asm.shortJcc(invert(cc2), done)
  }
  asm.bind(take)
  e.movX(d, b)
  asm.bind(done)
}

lower('select.v', { custom: selectVector })
