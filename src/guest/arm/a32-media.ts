/** A32 media instructions (manual F4.1.8): parallel additions, packing, saturation, extension, bit fields, reversals. */
import type { Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { insn } from './notation.ts'
import {
  type Extension,
  extendAndAdd,
  extractField,
  insertField,
  packHalves,
  type Reversal,
  reverse,
  saturate,
  saturateHalves,
} from './operations-media.ts'
import { type ParallelKind, type ParallelOperation, parallel, selectBytes } from './operations-parallel.ts'
import { ASR, LSL, shiftImm } from './shifter.ts'

const PARALLEL_KINDS: readonly (readonly [ParallelKind, string])[] = [
  ['s', '001'],
  ['q', '010'],
  ['sh', '011'],
  ['u', '101'],
  ['uq', '110'],
  ['uh', '111'],
]
const PARALLEL_OPERATIONS: readonly (readonly [ParallelOperation, string])[] = [
  ['add16', '000'],
  ['asx', '001'],
  ['sax', '010'],
  ['sub16', '011'],
  ['add8', '100'],
  ['sub8', '111'],
]

function parallels(): Row<ArmContext>[] {
  return PARALLEL_KINDS.flatMap(([kind, op1]) =>
    PARALLEL_OPERATIONS.map(([operation, op2]) =>
      insn(
        `${kind}${operation}`,
        `cond:4 01100 ${op1 as '000'} rn:4 rd:4 1111 ${op2 as '000'} 1 rm:4`,
        `${kind}${operation}{c:cond} {r:rd}, {r:rn}, {r:rm}`,
        (t, f) => parallel(t, f, kind, operation),
      ),
    ),
  )
}

const EXTENSIONS: readonly (readonly [Extension, string])[] = [
  ['sxtb16', '000'],
  ['sxtb', '010'],
  ['sxth', '011'],
  ['uxtb16', '100'],
  ['uxtb', '110'],
  ['uxth', '111'],
]

function extensions(): Row<ArmContext>[] {
  return EXTENSIONS.flatMap(([kind, op]) => {
    const added = kind.replace('xt', 'xta')
    const bits = `cond:4 01101 ${op as '000'}` as const
    return [
      insn(kind, `${bits} 1111 rd:4 rotate:2 00 0111 rm:4`, `${kind}{c:cond} {r:rd}, {r:rm}{rotate:rotate}`, (t, f) =>
        extendAndAdd(t, { rd: f.rd, rn: PC, rm: f.rm, rotate: f.rotate }, kind),
      ),
      insn(added, `${bits} rn:4 rd:4 rotate:2 00 0111 rm:4`, `${added}{c:cond} {r:rd}, {r:rn}, {r:rm}{rotate:rotate}`, (t, f) =>
        extendAndAdd(t, f, kind),
      ),
    ]
  })
}

const REVERSALS: readonly (readonly [Reversal, string])[] = [
  ['rev', '01101 011 1111 rd:4 1111 0011 rm:4'],
  ['rev16', '01101 011 1111 rd:4 1111 1011 rm:4'],
  ['rbit', '01101 111 1111 rd:4 1111 0011 rm:4'],
  ['revsh', '01101 111 1111 rd:4 1111 1011 rm:4'],
  ['clz', '00010 110 1111 rd:4 1111 0001 rm:4'],
]

/** The shift of the packing and saturating instructions: right for one bit, else left. */
const shiftOf = (isRight: number): number => (isRight ? ASR : LSL)

export const a32MediaRows = [
  ...parallels(),
  insn('sel', 'cond:4 01101 000 rn:4 rd:4 1111 1011 rm:4', 'sel{c:cond} {r:rd}, {r:rn}, {r:rm}', selectBytes),
  insn('pkh', 'cond:4 01101 000 rn:4 rd:4 imm5:5 tb:1 01 rm:4', '{pkh:tb}', (t, f) =>
    packHalves(t, f, shiftImm(t, t.r(f.rm), shiftOf(f.tb), f.imm5), f.tb),
  ),
  insn('ssat', 'cond:4 01101 01 sat:5 rd:4 imm5:5 sh:1 01 rn:4', 'ssat{c:cond} {r:rd}, {plus1:sat}, {r:rn}{satshift5:imm5}', (t, f) =>
    saturate(t, f.rd, shiftImm(t, t.r(f.rn), shiftOf(f.sh), f.imm5), f.sat + 1, true),
  ),
  insn('usat', 'cond:4 01101 11 sat:5 rd:4 imm5:5 sh:1 01 rn:4', 'usat{c:cond} {r:rd}, {imm:sat}, {r:rn}{satshift5:imm5}', (t, f) =>
    saturate(t, f.rd, shiftImm(t, t.r(f.rn), shiftOf(f.sh), f.imm5), f.sat, false),
  ),
  insn('ssat16', 'cond:4 01101 010 sat:4 rd:4 1111 0011 rn:4', 'ssat16{c:cond} {r:rd}, {plus1:sat}, {r:rn}', (t, f) =>
    saturateHalves(t, f, f.sat + 1, true),
  ),
  insn('usat16', 'cond:4 01101 110 sat:4 rd:4 1111 0011 rn:4', 'usat16{c:cond} {r:rd}, {imm:sat}, {r:rn}', (t, f) =>
    saturateHalves(t, f, f.sat, false),
  ),
  ...extensions(),
  ...REVERSALS.map(([kind, bits]) =>
    insn(kind, `cond:4 ${bits as '0 rd:4 0 rm:4'}`, `${kind}{c:cond} {r:rd}, {r:rm}`, (t, f) => reverse(t, f, kind)),
  ),

  insn('bfi', 'cond:4 0111110 msb:5 rd:4 lsb:5 001 rn:4', '{bfi5:rn}', insertField),
  insn('sbfx', 'cond:4 0111101 widthm1:5 rd:4 lsb:5 101 rn:4', 'sbfx{c:cond} {r:rd}, {r:rn}, {imm:lsb}, {plus1:widthm1}', (t, f) =>
    extractField(t, f, true),
  ),
  insn('ubfx', 'cond:4 0111111 widthm1:5 rd:4 lsb:5 101 rn:4', 'ubfx{c:cond} {r:rd}, {r:rn}, {imm:lsb}, {plus1:widthm1}', (t, f) =>
    extractField(t, f, false),
  ),
]
