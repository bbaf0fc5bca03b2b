/**
 * FMULX, FRECPS, FRSQRTS: a product whose infinity times zero is a number. Lanes that are zero or NaN go out of line, where nothing stray is
 * raised; the others cannot give a NaN. The steps need FMA3.
 */
import { HOST, insn } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { widthOf } from './lower-float.ts'
import { callDescribed, callScalar, slowIfBelow, slowIfZeroOrNaN, type Width } from './lower-float-slow.ts'
import { lower } from './lowering.ts'

const MUL = {
  32: { scalar: insn('VMULSS xmm1, xmm2, xmm3/m32'), vector: insn('VMULPS xmm1, xmm2, xmm3/m128') },
  64: { scalar: insn('VMULSD xmm1, xmm2, xmm3/m64'), vector: insn('VMULPD xmm1, xmm2, xmm3/m128') },
} as const
const FNMADD = {
  32: { scalar: insn('VFNMADD231SS xmm1, xmm2, xmm3/m32'), vector: insn('VFNMADD231PS xmm1, xmm2, xmm3/m128') },
  64: { scalar: insn('VFNMADD231SD xmm1, xmm2, xmm3/m64'), vector: insn('VFNMADD231PD xmm1, xmm2, xmm3/m128') },
} as const
const ANDPS = insn('ANDPS xmm1, xmm2/m128')
const VANDPS = insn('VANDPS xmm1, xmm2, xmm3/m128')
const ABS = 0x7fff_ffff
/** Exponent from which on a factor can be halved exactly, with room to spare. */
const SAFE_TO_HALVE = -100

type Name = 'fmulx' | 'frecps' | 'frsqrts'

/** 2^n or 1.5 * 2^n: f32 bits, or the high word of f64. */
function bitsOf(width: Width, n: number, half: boolean): number {
  return width === 32 ? ((n + 127) << 23) | (half ? 0x40_0000 : 0) : ((n + 1023) << 20) | (half ? 0x8_0000 : 0)
}
/** Address of 2^n in every lane. */
function constant(e: Emitter, width: Width, n: number): number {
  const bits = bitsOf(width, n, false)
  const low = width === 32 ? bits : 0
  return e.env.constant16(low, bits, low, bits)
}
function load(e: Emitter, width: Width, d: number, n: number, half: boolean): void {
  const bits = bitsOf(width, n, half)
  const low = width === 32 ? bits : 0
  e.loadConst(d, low, bits, low, bits)
}

function emitStep(e: Emitter, name: Name, width: Width, d: number, a: number, b: number, isScalar: boolean): void {
  const kind = isScalar ? 'scalar' : 'vector'
  const { asm, x1 } = e
  if (!e.cpu.fma) {
    call(e, name, width, d, a, b, isScalar)
    return
  }
  slowIfZeroOrNaN(e, width, a, b, isScalar)
  if (name === 'fmulx') asm.rrr(MUL[width][kind], d, a, b)
  else if (name === 'frecps') {
    load(e, width, d, 1, false)
    asm.rrr(FNMADD[width][kind], d, a, b)
  } else {
    // 1.5 - (a / 2) * b
    const low = width === 32 ? ABS : -1
    e.vex3c(ANDPS, VANDPS, x1, a, low, ABS, low, ABS)
    slowIfBelow(e, width, x1, constant(e, width, SAFE_TO_HALVE), isScalar)
    asm.rrm(MUL[width][kind], x1, a, HOST, constant(e, width, -1))
    load(e, width, d, 0, true)
    asm.rrr(FNMADD[width][kind], d, x1, b)
  }
}

function call(e: Emitter, name: Name, width: Width, d: number, a: number, b: number, isScalar: boolean): void {
  if (isScalar) callScalar(e, `float.${name}${width}`, d, a, b)
  else callDescribed(e, `float.${name}${width}`, d, a, b)
}

for (const name of ['fmulx', 'frecps', 'frsqrts'] as const) {
  lower(name, {
    keep: true,
    xmmTemps: 2,
    emit: (e, d, a, b, _c, row) => emitStep(e, name, widthOf(e, row), d, a, b, true),
    slow: (e, d, a, b, _c, row) => {
      call(e, name, widthOf(e, row), d, a, b, true)
      e.slowReturn()
    },
  })
  for (const width of [32, 64] as const)
    lower(`v${name}${width}`, {
      keep: true,
      xmmTemps: 2,
      // The limit of what can be halved is a comparison into a vector.
      low: () => name === 'frsqrts',
      emit: (e, d, a, b) => emitStep(e, name, width, d, a, b, false),
      slow: (e, d, a, b) => {
        call(e, name, width, d, a, b, false)
        e.slowReturn()
      },
    })
}
