/** A64 Advanced SIMD conversions: between lanes of integers and floats, fixed point, between float widths (manual C4.1.95). */
import { F32, F64, I32, I64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { FBITS_SHIFT, HALF_CONVERSION } from '../../ir/ops-float.ts'
import { NONE } from '../../ir/region.ts'
import { ROUND_AWAY, ROUND_CURRENT, ROUND_ODD, ROUND_ZERO } from '../../ir/softfloat.ts'
import { ROUNDING_FIELD } from '../arm-common/fp-fields.ts'
import { halfFromInteger, high64 } from '../arm-common/simd-fp-operators.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { emulateFp } from './fp-emulate.ts'
import { halfBits } from './fp-values.ts'
import { builtInsn, isReserved, wideLanes, wideOf } from './simd-fp-lanes.ts'

interface Two {
  readonly q: number
  readonly sz: number
  readonly rn: number
  readonly rd: number
}

// Float to integer lanes

type Sign = 's' | 'u'
type Letter = 'n' | 'p' | 'm' | 'z' | 'a'
const [N, P, M, Z] = ROUNDING_FIELD
const MODES: readonly (readonly [letter: Letter, mode: number, a: string, opcode: string])[] = [
  ['n', N, '0', '11010'],
  ['m', M, '0', '11011'],
  ['a', ROUND_AWAY, '0', '11100'],
  ['p', P, '1', '11010'],
  ['z', Z, '1', '11011'],
]
const SIGNS: readonly (readonly [sign: Sign, u: string, vector: 'vftosi' | 'vftoui', scalar: number])[] = [
  ['s', '0', 'vftosi', OP.ftosi],
  ['u', '1', 'vftoui', OP.ftoui],
]

/** A scalar S or D register, converted lane for lane. */
function scalarToInteger(t: A64Context, f: Two, op: number, imm: number): Outcome {
  const value = t.f(f.rn, f.sz ? F64 : F32)
  t.setV(f.rd, t.ir.emit(OP['v.fromi'], t.ir.emitTyped(op, f.sz ? I64 : I32, value, NONE, NONE, imm)))
  return NEXT
}

const toIntegerRows = MODES.flatMap(([letter, mode, a, opcode]) =>
  SIGNS.flatMap(([sign, u, vector, scalar]) => {
    const name = `fcvt${letter}${sign}` as const
    return [
      builtInsn<Two>(`${name}.v`, `0 q:1 ${u} 01110 ${a} sz:1 10000 ${opcode} 10 rn:5 rd:5`, `${name} {vsz:rd}, {vsz:rn}`, (t, f) => {
        if (isReserved(f)) return t.undefinedInsn()
        return wideLanes(t, f, wideOf(f.sz), [t.v(f.rn)], (c, wide, [x]) => c.ir.emit(OP[`${vector}${wide}`], x!, NONE, NONE, mode))
      }),
      builtInsn<Two>(`${name}.vh`, `0 q:1 ${u} 01110 ${a} 111100 ${opcode} 10 rn:5 rd:5`, `${name} {vh:rd}, {vh:rn}`, (t, f) =>
        emulateFp(t, `${name}.vh`, f),
      ),
      builtInsn<Two>(`${name}.sd`, `01 ${u} 11110 ${a} sz:1 10000 ${opcode} 10 rn:5 rd:5`, `${name} {fsz:rd}, {fsz:rn}`, (t, f) =>
        scalarToInteger(t, f, scalar, mode),
      ),
      builtInsn<Two>(`${name}.h`, `01 ${u} 11110 ${a} 111100 ${opcode} 10 rn:5 rd:5`, `${name} {h:rd}, {h:rn}`, (t, f) =>
        emulateFp(t, `${name}.h`, { rd: f.rd, rn: f.rn }),
      ),
    ]
  }),
)

// Integer to float lanes

/** Lane 0 of 16 bits as f16. */
function scalarHalfFromInteger(t: A64Context, f: { readonly rn: number; readonly rd: number }, signed: boolean, fbits: number): Outcome {
  t.setV(f.rd, halfFromInteger(t, halfBits(t, f.rn), signed, fbits, 4))
  return NEXT
}
function scalarFromInteger(
  t: A64Context,
  f: { readonly sz: number; readonly rn: number; readonly rd: number },
  op: number,
  fbits: number,
): Outcome {
  const { ir } = t
  const bits = ir.emit(f.sz ? OP['v.toi64'] : OP['v.toi32'], t.v(f.rn))
  t.setF(f.rd, ir.emitTyped(op, f.sz ? F64 : F32, bits, NONE, NONE, fbits))
  return NEXT
}

const fromIntegerRows = (
  [
    ['scvtf', '0', 'vsitof', OP.sitof],
    ['ucvtf', '1', 'vuitof', OP.uitof],
  ] as const
).flatMap(([name, u, vector, scalar]) => {
  const signed = name === 'scvtf'
  return [
    builtInsn<Two>(`${name}.v`, `0 q:1 ${u} 01110 0 sz:1 10000 11101 10 rn:5 rd:5`, `${name} {vsz:rd}, {vsz:rn}`, (t, f) => {
      if (isReserved(f)) return t.undefinedInsn()
      return wideLanes(t, f, wideOf(f.sz), [t.v(f.rn)], (c, wide, [x]) => c.ir.emit(OP[`${vector}${wide}`], x!, NONE, NONE, 0))
    }),
    builtInsn<Two>(`${name}.vh`, `0 q:1 ${u} 01110 0 111100 11101 10 rn:5 rd:5`, `${name} {vh:rd}, {vh:rn}`, (t, f) => {
      t.setV(f.rd, halfFromInteger(t, t.v(f.rn), signed, 0, f.q ? 8 : 4))
      return NEXT
    }),
    builtInsn<Two>(`${name}.sd`, `01 ${u} 11110 0 sz:1 10000 11101 10 rn:5 rd:5`, `${name} {fsz:rd}, {fsz:rn}`, (t, f) =>
      scalarFromInteger(t, f, scalar, 0),
    ),
    builtInsn<Two>(`${name}.h`, `01 ${u} 11110 0 111100 11101 10 rn:5 rd:5`, `${name} {h:rd}, {h:rn}`, (t, f) =>
      scalarHalfFromInteger(t, f, signed, 0),
    ),
  ]
})

// Fixed point: immh:immb = 2 * lane width - fraction bits

interface Fixed {
  readonly q: number
  /** immh:immb below its leading one. */
  readonly imm: number
  readonly rn: number
  readonly rd: number
}
/** Bits of immh:immb below the leading one, by lane width. */
const LANE_FORMS = [
  [64, '1 imm:6'],
  [32, '01 imm:5'],
  [16, '001 imm:4'],
] as const

const fixedRows = SIGNS.flatMap(([sign, u, toVector, toScalar]) =>
  LANE_FORMS.flatMap(([width, form]) => {
    const fromName = `${sign}cvtf` as const
    const toName = `fcvtz${sign}` as const
    const fromVector = sign === 's' ? 'vsitof' : 'vuitof'
    const fromScalar = sign === 's' ? OP.sitof : OP.uitof
    const letter = width === 64 ? 'd' : width === 32 ? 's' : 'h'
    const vectorFormat = width === 64 ? 'v64' : width === 32 ? 'v32' : 'vh'
    const fbitsOf = (f: Fixed) => width - f.imm
    const sz = width === 64 ? 1 : 0
    const shown = (format: string) => `{${format}:rd}, {${format}:rn}, {fbits.${width}:imm}`
    return [
      builtInsn<Fixed>(
        `${fromName}.fixed.v${letter}`,
        `0 q:1 ${u} 011110 ${form} 11100 1 rn:5 rd:5`,
        `${fromName} ${shown(vectorFormat)}`,
        (t, f) => {
          if (width === 64 && !f.q) return t.undefinedInsn()
          if (width === 16) {
            t.setV(f.rd, halfFromInteger(t, t.v(f.rn), sign === 's', fbitsOf(f), f.q ? 8 : 4))
            return NEXT
          }
          return wideLanes(t, f, width, [t.v(f.rn)], (c, wide, [x]) => c.ir.emit(OP[`${fromVector}${wide}`], x!, NONE, NONE, fbitsOf(f)))
        },
      ),
      builtInsn<Fixed>(
        `${toName}.fixed.v${letter}`,
        `0 q:1 ${u} 011110 ${form} 11111 1 rn:5 rd:5`,
        `${toName} ${shown(vectorFormat)}`,
        (t, f) => {
          if (width === 64 && !f.q) return t.undefinedInsn()
          if (width === 16) return emulateFp(t, `${toName}.vh`, { rd: f.rd, rn: f.rn, q: f.q, ra: fbitsOf(f) })
          const imm = ROUND_ZERO | (fbitsOf(f) << FBITS_SHIFT)
          return wideLanes(t, f, width, [t.v(f.rn)], (c, wide, [x]) => c.ir.emit(OP[`${toVector}${wide}`], x!, NONE, NONE, imm))
        },
      ),
      builtInsn<Fixed>(`${fromName}.fixed.${letter}`, `01 ${u} 111110 ${form} 11100 1 rn:5 rd:5`, `${fromName} ${shown(letter)}`, (t, f) =>
        width === 16
          ? scalarHalfFromInteger(t, f, sign === 's', fbitsOf(f))
          : scalarFromInteger(t, { ...registers(f), sz }, fromScalar, fbitsOf(f)),
      ),
      builtInsn<Fixed>(`${toName}.fixed.${letter}`, `01 ${u} 111110 ${form} 11111 1 rn:5 rd:5`, `${toName} ${shown(letter)}`, (t, f) => {
        if (width === 16) return emulateFp(t, `${toName}.h`, { rd: f.rd, rn: f.rn, ra: fbitsOf(f) })
        return scalarToInteger(t, { ...registers(f), q: 0, sz }, toScalar, ROUND_ZERO | (fbitsOf(f) << FBITS_SHIFT))
      }),
    ]
  }),
)
function registers(f: Fixed): { rn: number; rd: number } {
  return { rn: f.rn, rd: f.rd }
}

// Between float widths; the second form works on the upper half

function widened(t: A64Context, value: number, sz: number): number {
  return sz ? t.ir.emit(OP.vfwiden, value) : t.ir.emit(OP['vf.fromhalf'], value, NONE, NONE, HALF_CONVERSION)
}
/** The narrowed lanes go to the lower half, or over the upper one. */
function setNarrowed(t: A64Context, f: Two, narrow: number): Outcome {
  t.setV(f.rd, f.q ? t.ir.emit(OP.vziplo64, t.v(f.rd), narrow) : narrow)
  return NEXT
}

const widthRows = [
  insn('fcvtl', '0 q:1 0 01110 0 sz:1 10000 10111 10 rn:5 rd:5', 'fcvtl{two:q} {wide:rd}, {narrow:rn}', (t, f) => {
    const value = t.v(f.rn)
    t.setV(f.rd, widened(t, f.q ? high64(t, value) : value, f.sz))
    return NEXT
  }),
  insn('fcvtn', '0 q:1 0 01110 0 sz:1 10000 10110 10 rn:5 rd:5', 'fcvtn{two:q} {narrow:rd}, {wide:rn}', (t, f) => {
    const value = t.v(f.rn)
    const op = f.sz ? OP.vfnarrow : OP['vf.tohalf']
    return setNarrowed(t, f, t.ir.emit(op, value, NONE, NONE, f.sz ? ROUND_CURRENT : HALF_CONVERSION))
  }),
  insn('fcvtxn.v', '0 q:1 1 01110 0 sz:1 10000 10110 10 rn:5 rd:5', 'fcvtxn{two:q} {narrow:rd}, {wide:rn}', (t, f) => {
    if (!f.sz) return t.undefinedInsn()
    return setNarrowed(t, f, t.ir.emit(OP.vfnarrow, t.v(f.rn), NONE, NONE, ROUND_ODD))
  }),
  insn('fcvtxn.s', '01 1 11110 0 sz:1 10000 10110 10 rn:5 rd:5', 'fcvtxn {s:rd}, {d:rn}', (t, f) => {
    if (!f.sz) return t.undefinedInsn()
    t.setF(f.rd, t.ir.emit(OP.fnarrow, t.f(f.rn, F64), NONE, NONE, ROUND_ODD))
    return NEXT
  }),
]

export const simdFpConvertRows: readonly Row<A64Context>[] = [...toIntegerRows, ...fromIntegerRows, ...fixedRows, ...widthRows]
