/** A64 Advanced SIMD: copies, permutations, table look-up, modified immediates (manual C4.1.95). */
import { OP } from '../../ir/ops.ts'
import { expandImm16, expandImm32, expandImm64High } from '../arm-common/fp-fields.ts'
import { bytesOfBits, type Expand, ones32, shifted16, shifted32, twice } from '../arm-common/modified-immediate.ts'
import { bitsOf, FULL, family, isReserved, type Operation, SIZES_ALL, type Simd, simd, widthOf } from '../arm-common/simd-lanes.ts'
import { joined } from '../arm-common/simd-operations.ts'
import { NEXT, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { laneOfImm5 } from './simd-format.ts'
import { builtInsn } from './simd-fp-lanes.ts'

const DUP = family('vdup')
const SPLAT = family('vsplat')
const INSERT = family('vins')
const GET = family('vget')
const MOVE = family('vmove')

// Copies: size and index are in imm5.

const NO_LANE = 4
const copyRows = [
  insn('dup.e', '0 q:1 0 01110000 imm5:5 0 0000 1 rn:5 rd:5', 'dup {dup5:rd}, {lane5:rn}', (t, f) => {
    const [size, index] = laneOfImm5(f.imm5)
    if (size >= NO_LANE || size < 0 || (size === 3 && !f.q)) return t.undefinedInsn()
    const s = simd(t, bitsOf(f.q))
    return s.finish(f.rd, s.imm(DUP[size]!, t.v(f.rn), index))
  }),
  insn('dup.es', '01 0 11110000 imm5:5 0 0000 1 rn:5 rd:5', 'dup {scalar5:rd}, {lane5:rn}', (t, f) => {
    const [size, index] = laneOfImm5(f.imm5)
    if (size >= NO_LANE || size < 0) return t.undefinedInsn()
    const s = simd(t, widthOf(size))
    const n = t.v(f.rn)
    return s.finish(f.rd, index === 0 ? n : s.imm(DUP[size]!, n, index))
  }),
  insn('dup.g', '0 q:1 0 01110000 imm5:5 0 0001 1 rn:5 rd:5', 'dup {dup5:rd}, {general5:rn}', (t, f) => {
    const [size] = laneOfImm5(f.imm5)
    if (size >= NO_LANE || size < 0 || (size === 3 && !f.q)) return t.undefinedInsn()
    const s = simd(t, bitsOf(f.q))
    if (f.rn === ZERO_REGISTER) {
      t.setV(f.rd, s.zero())
      return NEXT
    }
    return s.finish(f.rd, s.op(SPLAT[size]!, t.x(f.rn, size === 3 ? 1 : 0)))
  }),
  insn('smov', '0 q:1 0 01110000 imm5:5 0 0101 1 rn:5 rd:5', 'smov {xq:rd}, {lane5:rn}', (t, f) => {
    const [size, index] = laneOfImm5(f.imm5)
    if (size < 0 || size > (f.q ? 2 : 1)) return t.undefinedInsn()
    const { ir } = t
    let value = ir.emit(GET[size]!, t.v(f.rn), -1, -1, index)
    if (size < 2) value = ir.emit(size === 0 ? OP.sext8 : OP.sext16, value)
    t.setX(f.rd, f.q, f.q ? ir.emit(OP.sext32, value) : value)
    return NEXT
  }),
  insn('umov', '0 q:1 0 01110000 imm5:5 0 0111 1 rn:5 rd:5', 'umov {general5:rd}, {lane5:rn}', (t, f) => {
    const [size, index] = laneOfImm5(f.imm5)
    if (size < 0 || (f.q ? size !== 3 : size > 2)) return t.undefinedInsn()
    t.setX(f.rd, f.q, t.ir.emit(GET[size]!, t.v(f.rn), -1, -1, index))
    return NEXT
  }),
  insn('ins.g', '0 1 0 01110000 imm5:5 0 0011 1 rn:5 rd:5', 'ins {lane5:rd}, {general5:rn}', (t, f) => {
    const [size, index] = laneOfImm5(f.imm5)
    if (size >= NO_LANE || size < 0) return t.undefinedInsn()
    t.setV(f.rd, t.ir.emit(INSERT[size]!, t.v(f.rd), t.x(f.rn, size === 3 ? 1 : 0), -1, index))
    return NEXT
  }),
  insn('ins.e', '0 1 1 01110000 imm5:5 0 imm4:4 1 rn:5 rd:5', 'ins {lane5:rd}, {lane4:rn}', (t, f) => {
    const [size, index] = laneOfImm5(f.imm5)
    if (size >= NO_LANE || size < 0) return t.undefinedInsn()
    t.setV(f.rd, t.ir.emit(MOVE[size]!, t.v(f.rd), t.v(f.rn), -1, index, f.imm4 >> size))
    return NEXT
  }),
]
const ZERO_REGISTER = 31

// Permutations: of half registers, both lie side by side first.

const ZIPLO = family('vziplo')
const ZIPHI = family('vziphi')
const UZPLO = family('vuzplo')
const UZPHI = family('vuzphi')
const TRNLO = family('vtrnlo')
const TRNHI = family('vtrnhi')

/** For lanes of 64 bits all permutations are one of two. */
function permute(ops: readonly number[], of64: number, halves: (s: Simd, size: number, n: number, m: number) => number): Operation {
  return (s, size, n, m) => {
    if (size === 3) return s.op(of64, n, m)
    return s.bits === FULL ? s.op(ops[size]!, n, m) : halves(s, size, n, m)
  }
}
const ofJoined =
  (ops: readonly number[]) =>
  (s: Simd, size: number, n: number, m: number): number => {
    const both = joined(s, n, m)
    return s.op(ops[size]!, both, both)
  }
const direct =
  (ops: readonly number[]) =>
  (s: Simd, size: number, n: number, m: number): number =>
    s.op(ops[size]!, n, m)
/** The upper halves of half registers are what their zip has in its high half. */
const zipHigh = (s: Simd, size: number, n: number, m: number): number => s.op(OP.vziphi64, s.op(ZIPLO[size]!, n, m), s.zero())

const PERMUTATIONS: readonly (readonly [name: string, opcode: string, operation: Operation])[] = [
  ['uzp1', '001', permute(UZPLO, OP.vziplo64, ofJoined(UZPLO))],
  ['trn1', '010', permute(TRNLO, OP.vziplo64, direct(TRNLO))],
  ['zip1', '011', permute(ZIPLO, OP.vziplo64, direct(ZIPLO))],
  ['uzp2', '101', permute(UZPHI, OP.vziphi64, ofJoined(UZPHI))],
  ['trn2', '110', permute(TRNHI, OP.vziphi64, direct(TRNHI))],
  ['zip2', '111', permute(ZIPHI, OP.vziphi64, zipHigh)],
]
interface Three {
  readonly q: number
  readonly size: number
  readonly rm: number
  readonly rn: number
  readonly rd: number
}
function permutation([name, opcode, operation]: (typeof PERMUTATIONS)[number]): Row<A64Context> {
  return builtInsn<Three>(name, `0 q:1 0 01110 size:2 0 rm:5 0 ${opcode} 10 rn:5 rd:5`, `${name} {vt:rd}, {vt:rn}, {vt:rm}`, (t, f) => {
    if (isReserved(SIZES_ALL, f.size, f.q)) return t.undefinedInsn()
    const s = simd(t, bitsOf(f.q))
    return s.finish(f.rd, operation(s, f.size, t.v(f.rn), t.v(f.rm), 0))
  })
}

const ext = insn('ext', '0 q:1 1 01110000 rm:5 0 imm4:4 0 rn:5 rd:5', 'ext {vt.0:rd}, {vt.0:rn}, {vt.0:rm}, {dec:imm4}', (t, f) => {
  if (!f.q && f.imm4 >= 8) return t.undefinedInsn()
  const s = simd(t, bitsOf(f.q))
  let [n, m] = [t.v(f.rn), t.v(f.rm)]
  if (!f.q) n = m = joined(s, n, m)
  return s.finish(f.rd, t.ir.emit(OP.vext, n, m, -1, f.imm4))
})

// Table look-up: 16 bytes a register.

const TABLE_BYTES = 16
const BYTES_16 = 0x1010_1010
/** Bytes of len + 1 registers from rn on, 0 where the index is out of range. */
function lookUp(s: Simd, rn: number, len: number, indices: number): number {
  let result = -1
  for (let k = 0; k <= len; k += 2) {
    const isPair = k < len
    const first = s.t.v((rn + k) & 31)
    const base = k * BYTES_16
    const relative = k === 0 ? indices : s.op(OP.vsub8, indices, s.ir.constV(base, base, base, base))
    const part = isPair ? s.op(OP.vtbl2, first, s.t.v((rn + k + 1) & 31), relative) : s.op(OP.vtbl1, first, relative)
    result = result < 0 ? part : s.op(OP.vor, result, part)
  }
  return result
}
const tableRows = [
  insn('tbl', '0 q:1 0 01110000 rm:5 0 len:2 0 00 rn:5 rd:5', 'tbl {vt.0:rd}, {table:rn}, {vt.0:rm}', (t, f) => {
    const s = simd(t, bitsOf(f.q))
    return s.finish(f.rd, lookUp(s, f.rn, f.len, t.v(f.rm)))
  }),
  insn('tbx', '0 q:1 0 01110000 rm:5 0 len:2 1 00 rn:5 rd:5', 'tbx {vt.0:rd}, {table:rn}, {vt.0:rm}', (t, f) => {
    const s = simd(t, bitsOf(f.q))
    const indices = t.v(f.rm)
    const found = lookUp(s, f.rn, f.len, indices)
    // An index of the table's size or more leaves the byte.
    const inRange = s.op(OP.vcmpgtu8, s.splat(0, TABLE_BYTES * (f.len + 1)), indices)
    return s.finish(f.rd, s.op(OP.vbsel, inRange, found, t.v(f.rd)))
  }),
]

// Modified immediates. Every row fixes cmode, so that it is more specific than the shifts, whose immh is 0 here.

interface Immediate {
  readonly q: number
  readonly abc: number
  readonly defgh: number
  readonly rd: number
}
const imm8Of = (f: Immediate) => (f.abc << 5) | f.defgh

type Combine = (s: Simd, d: number, constant: number) => number
const orr: Combine = (s, d, constant) => s.op(OP.vor, d, constant)
const bic: Combine = (s, d, constant) => s.op(OP.vandn, d, constant)

function immediate(
  name: string,
  op: string,
  cmode: string,
  o2: string,
  template: string,
  expand: Expand,
  combine?: Combine,
  invert = false,
): Row<A64Context> {
  return builtInsn<Immediate>(name, `0 q:1 ${op} 0111100000 abc:3 ${cmode} ${o2} 1 defgh:5 rd:5`, template, (t, f) => {
    const s = simd(t, bitsOf(f.q))
    let [lo, hi] = expand(imm8Of(f))
    if (invert) {
      lo = ~lo
      hi = ~hi
    }
    if (combine !== undefined) return s.finish(f.rd, combine(s, t.v(f.rd), s.ir.constV(lo, hi, lo, hi)))
    // A constant is put together with zeros above a half register.
    const whole = f.q === 1
    t.setV(f.rd, (lo | hi) === 0 ? s.zero() : s.ir.constV(lo, hi, whole ? lo : 0, whole ? hi : 0))
    return NEXT
  })
}

function wordImmediates(): Row<A64Context>[] {
  const rows: Row<A64Context>[] = []
  for (const shift of [0, 8, 16, 24]) {
    const bits = `0${(shift / 8).toString(2).padStart(2, '0')}`
    const tail = `{imm8:defgh}${shift === 0 ? '' : `, lsl #${shift}`}`
    const name = `32.${shift}`
    rows.push(
      immediate(`movi.${name}`, '0', `${bits}0`, '0', `movi {vt.2:rd}, ${tail}`, shifted32(shift)),
      immediate(`orr.imm.${name}`, '0', `${bits}1`, '0', `orr {vt.2:rd}, ${tail}`, shifted32(shift), orr),
      immediate(`mvni.${name}`, '1', `${bits}0`, '0', `mvni {vt.2:rd}, ${tail}`, shifted32(shift), undefined, true),
      immediate(`bic.imm.${name}`, '1', `${bits}1`, '0', `bic {vt.2:rd}, ${tail}`, shifted32(shift), bic),
    )
  }
  for (const shift of [0, 8]) {
    const bits = `10${shift / 8}`
    const tail = `{imm8:defgh}${shift === 0 ? '' : `, lsl #${shift}`}`
    const name = `16.${shift}`
    rows.push(
      immediate(`movi.${name}`, '0', `${bits}0`, '0', `movi {vt.1:rd}, ${tail}`, shifted16(shift)),
      immediate(`orr.imm.${name}`, '0', `${bits}1`, '0', `orr {vt.1:rd}, ${tail}`, shifted16(shift), orr),
      immediate(`mvni.${name}`, '1', `${bits}0`, '0', `mvni {vt.1:rd}, ${tail}`, shifted16(shift), undefined, true),
      immediate(`bic.imm.${name}`, '1', `${bits}1`, '0', `bic {vt.1:rd}, ${tail}`, shifted16(shift), bic),
    )
  }
  for (const shift of [8, 16]) {
    const cmode = `110${shift / 8 - 1}`
    const tail = `{imm8:defgh}, msl #${shift}`
    rows.push(
      immediate(`movi.msl.${shift}`, '0', cmode, '0', `movi {vt.2:rd}, ${tail}`, ones32(shift)),
      immediate(`mvni.msl.${shift}`, '1', cmode, '0', `mvni {vt.2:rd}, ${tail}`, ones32(shift), undefined, true),
    )
  }
  return rows
}

const immediateRows = [
  ...wordImmediates(),
  immediate('movi.8', '0', '1110', '0', 'movi {vt.0:rd}, {imm8:defgh}', (imm8) => twice(Math.imul(imm8, 0x0101_0101))),
  insn('movi.d', '0 0 1 0111100000 abc:3 1110 0 1 defgh:5 rd:5', 'movi {d:rd}, {immbytes:defgh}', (t, f) => {
    const [lo, hi] = bytesOfBits((f.abc << 5) | f.defgh)
    t.setV(f.rd, (lo | hi) === 0 ? t.ir.emit(OP.vzero) : t.ir.constV(lo, hi, 0, 0))
    return NEXT
  }),
  insn('movi.2d', '0 1 1 0111100000 abc:3 1110 0 1 defgh:5 rd:5', 'movi {v.2d:rd}, {immbytes:defgh}', (t, f) => {
    const [lo, hi] = bytesOfBits((f.abc << 5) | f.defgh)
    t.setV(f.rd, (lo | hi) === 0 ? t.ir.emit(OP.vzero) : t.ir.constV(lo, hi, lo, hi))
    return NEXT
  }),
  immediate('fmov.v.imm', '0', '1111', '0', 'fmov {vt.2:rd}, {fimm8:defgh}', (imm8) => twice(expandImm32(imm8))),
  immediate('fmov.vh.imm', '0', '1111', '1', 'fmov {vt.1:rd}, {fimm8:defgh}', (imm8) => twice(Math.imul(expandImm16(imm8), 0x1_0001))),
  insn('fmov.v2d.imm', '0 1 1 0111100000 abc:3 1111 0 1 defgh:5 rd:5', 'fmov {v.2d:rd}, {fimm8:defgh}', (t, f) => {
    const hi = expandImm64High((f.abc << 5) | f.defgh)
    t.setV(f.rd, t.ir.constV(0, hi, 0, hi))
    return NEXT
  }),
]

export const simdCopyRows: readonly Row<A64Context>[] = [...copyRows, ...PERMUTATIONS.map(permutation), ext, ...tableRows, ...immediateRows]
