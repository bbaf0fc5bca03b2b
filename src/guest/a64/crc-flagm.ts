/** A64 CRC32 (FEAT_CRC32) and flag manipulation (FEAT_FlagM, FEAT_FlagM2): manual C4.1.95 and C4.1.94. */
import { OP } from '../../ir/ops.ts'
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type A64Context, insn } from './context.ts'
import { packNzcv } from './flags.ts'
import { SLOT_NZCV } from './state.ts'

function crc(name: string, C: string, op: number): Row<A64Context>[] {
  return (['b', 'h', 'w', 'x'] as const).map((letter, sz) =>
    insn(
      `${name}${letter}`,
      `${sz === 3 ? '1' : '0'} 0 0 11010110 rm:5 010 ${C} ${sz.toString(2).padStart(2, '0')} rn:5 rd:5`,
      `${name}${letter} {w:rd}, {w:rn}, {${sz === 3 ? 'x' : 'w'}:rm}`,
      (t, f) => {
        t.setX(f.rd, 0, t.ir.emit(op, t.x(f.rn, 0), t.x(f.rm), NONE, 8 << sz))
        return NEXT
      },
    ),
  )
}

/** SETF8, SETF16: N and Z of the low `bits`, V where the bit above differs, C kept. */
function setFlagsFrom(t: A64Context, rn: number, bits: number): Outcome {
  const ir = t.ir
  const top = t.shlImm(t.x(rn, 0), 32 - bits)
  const zero = ir.emit(OP.pack, ir.emit(OP['flags.logic'], top))
  const nz = t.andImm(zero, PACKED_N | PACKED_Z)
  // bit `bits` against bit `bits - 1`
  const value = t.x(rn, 0)
  const v = t.andImm(t.shrImm(ir.emit(OP.xor, value, t.shlImm(value, 1)), bits), PACKED_V)
  const c = t.andImm(ir.get(SLOT_NZCV), PACKED_C)
  ir.put(SLOT_NZCV, ir.emit(OP.or, ir.emit(OP.or, nz, v), c))
  return NEXT
}

/** One packed flag of the state, 0 or 1. */
function flag(t: A64Context, packed: number, mask: number): number {
  const shift = 31 - Math.clz32(mask)
  return t.andImm(shift === 0 ? packed : t.shrImm(packed, shift), 1)
}

function putFlags(t: A64Context, n: number, z: number, c: number, v: number): Outcome {
  const ir = t.ir
  const place = (bit: number, mask: number) => t.shlImm(bit, 31 - Math.clz32(mask))
  const nz = ir.emit(OP.or, place(n, PACKED_N), place(z, PACKED_Z))
  ir.put(SLOT_NZCV, ir.emit(OP.or, nz, ir.emit(OP.or, place(c, PACKED_C), v)))
  return NEXT
}

export const crcFlagRows = [
  ...crc('crc32', '0', OP.crc32),
  ...crc('crc32c', '1', OP.crc32c),

  insn('rmif', '1 0 1 11010000 imm6:6 00001 rn:5 0 mask:4', 'rmif {x:rn}, {dec:imm6}, {imm:mask}', (t, f) => {
    const ir = t.ir
    const rotated = ir.emit(OP.trunc, f.imm6 === 0 ? t.x(f.rn) : ir.emit(OP.ror, t.x(f.rn), t.imm(1, f.imm6)))
    const bits = [PACKED_V, PACKED_C, PACKED_Z, PACKED_N]
    let result = t.andImm(ir.get(SLOT_NZCV), ~packNzcv(f.mask))
    bits.forEach((mask, i) => {
      if (((f.mask >>> i) & 1) === 0) return
      const to = 31 - Math.clz32(mask)
      const moved = to >= i ? t.shlImm(rotated, to - i) : t.shrImm(rotated, i - to)
      result = ir.emit(OP.or, result, t.andImm(moved, mask))
    })
    ir.put(SLOT_NZCV, result)
    return NEXT
  }),
  insn('setf8', '0 0 1 11010000 000000 0 0010 rn:5 0 1101', 'setf8 {w:rn}', (t, f) => setFlagsFrom(t, f.rn, 8)),
  insn('setf16', '0 0 1 11010000 000000 1 0010 rn:5 0 1101', 'setf16 {w:rn}', (t, f) => setFlagsFrom(t, f.rn, 16)),

  insn('cfinv', '1101010100 0 00 000 0100 xxxx 000 11111', 'cfinv', (t) => {
    t.ir.put(SLOT_NZCV, t.ir.emit(OP.xor, t.ir.get(SLOT_NZCV), t.ir.const32(PACKED_C)))
    return NEXT
  }),
  insn('xaflag', '1101010100 0 00 000 0100 xxxx 001 11111', 'xaflag', (t) => {
    const packed = t.ir.get(SLOT_NZCV)
    const z = flag(t, packed, PACKED_Z)
    const c = flag(t, packed, PACKED_C)
    const notC = t.xorImm(c, 1)
    const notZ = t.xorImm(z, 1)
    const and = (a: number, b: number) => t.ir.emit(OP.and, a, b)
    return putFlags(t, and(notC, notZ), and(z, c), t.ir.emit(OP.or, c, z), and(notC, z))
  }),
  insn('axflag', '1101010100 0 00 000 0100 xxxx 010 11111', 'axflag', (t) => {
    const packed = t.ir.get(SLOT_NZCV)
    const z = flag(t, packed, PACKED_Z)
    const c = flag(t, packed, PACKED_C)
    const v = flag(t, packed, PACKED_V)
    const zero = t.ir.const32(0)
    return putFlags(t, zero, t.ir.emit(OP.or, z, v), t.ir.emit(OP.and, c, t.xorImm(v, 1)), zero)
  }),
]
