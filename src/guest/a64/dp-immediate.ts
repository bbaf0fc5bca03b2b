/** A64 data processing with an immediate (manual C4.1.93). */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { decodeBitMask, maskHi, maskLo, onesMask } from './bitmask.ts'
import { type A64Context, insn, signed } from './context.ts'

// PC-relative addresses

function adrOffset(f: { immhi: number; immlo: number }): number {
  return signed((f.immhi << 2) | f.immlo, 21)
}

/** ADRP's base and its step. */
const PAGE = 4096

// Add and subtract

interface AddSub {
  readonly sf: number
  readonly sh: number
  readonly imm12: number
  readonly rn: number
  readonly rd: number
}

function addSub(t: A64Context, f: AddSub, op: number, flags: number): Outcome {
  const a = t.xsp(f.rn, f.sf)
  const b = t.imm(f.sf, f.sh ? f.imm12 << 12 : f.imm12)
  const result = t.ir.emit(op, a, b)
  if (flags === NONE) {
    t.setXsp(f.rd, f.sf, result)
  } else {
    t.setX(f.rd, f.sf, result)
    t.setFlags(t.ir.emit(flags, a, b))
  }
  return NEXT
}

// Logical

interface LogicalImmediate {
  readonly sf: number
  readonly N: number
  readonly immr: number
  readonly imms: number
  readonly rn: number
  readonly rd: number
}

function logical(t: A64Context, f: LogicalImmediate, op: number, setsFlags: boolean): Outcome {
  if (!decodeBitMask(f.sf, f.N, f.imms, f.immr)) return t.undefinedInsn()
  const mask = f.sf ? t.ir.const64(maskLo, maskHi) : t.ir.const32(maskLo)
  if (op === OP.or && f.rn === 31) {
    t.setXsp(f.rd, f.sf, mask)
    return NEXT
  }
  const result = t.ir.emit(op, t.x(f.rn, f.sf), mask)
  if (setsFlags) {
    t.setX(f.rd, f.sf, result)
    t.setFlags(t.ir.emit(OP['flags.logic'], result))
  } else {
    t.setXsp(f.rd, f.sf, result)
  }
  return NEXT
}

function logicalText(mnemonic: string, rd: 'sf' | 'sfsp'): string {
  return `${mnemonic} {${rd}:rd}, {sf:rn}, {bitmask:imms}`
}

// Move wide

interface MoveWide {
  readonly sf: number
  readonly hw: number
  readonly imm16: number
  readonly rd: number
}

/** imm16 at its place, inverted by `invert` (0 or -1). */
function wideConstant(t: A64Context, f: MoveWide, invert: number): number {
  const half = f.imm16 << (16 * (f.hw & 1))
  const lo = (f.hw < 2 ? half : 0) ^ invert
  const hi = (f.hw < 2 ? 0 : half) ^ invert
  return f.sf ? t.ir.const64(lo, hi) : t.ir.const32(lo)
}

function moveWide(t: A64Context, f: MoveWide, invert: number): Outcome {
  if (!f.sf && f.hw >= 2) return t.undefinedInsn()
  t.setX(f.rd, f.sf, wideConstant(t, f, invert))
  return NEXT
}

// Bitfield

interface Bitfield {
  readonly sf: number
  readonly N: number
  readonly immr: number
  readonly imms: number
  readonly rn: number
  readonly rd: number
}

function bitfieldReserved(f: Bitfield): boolean {
  return f.N !== f.sf || (!f.sf && (f.immr >= 32 || f.imms >= 32))
}

function maskConstant(t: A64Context, sf: number, lsb: number, width: number): number {
  onesMask(lsb, width)
  return sf ? t.ir.const64(maskLo, maskHi) : t.ir.const32(maskLo)
}

/** Bits [lsb, lsb + width) of Rn at the bottom, zero- or sign-extended. */
function extract(t: A64Context, f: Bitfield, lsb: number, width: number, isSigned: boolean): number {
  const ir = t.ir
  const size = f.sf ? 64 : 32
  const value = t.x(f.rn, f.sf)
  if (lsb + width === size) return lsb === 0 ? value : ir.emit(isSigned ? OP.sar : OP.shr, value, t.imm(f.sf, lsb))
  if (lsb === 0) {
    if (width === 8) return ir.emit(isSigned ? OP.sext8 : OP.zext8, value)
    if (width === 16) return ir.emit(isSigned ? OP.sext16 : OP.zext16, value)
    if (width === 32) return ir.emit(isSigned ? OP.sext32 : OP.zext32, ir.emit(OP.trunc, value))
  }
  if (!isSigned && width < 32) {
    const moved = lsb === 0 ? value : ir.emit(OP.shr, value, t.imm(f.sf, lsb))
    return ir.emit(OP.and, moved, maskConstant(t, f.sf, 0, width))
  }
  const top = ir.emit(OP.shl, value, t.imm(f.sf, size - lsb - width))
  return ir.emit(isSigned ? OP.sar : OP.shr, top, t.imm(f.sf, size - width))
}

/** The low `width` bits of Rn at [lsb, lsb + width), zero- or sign-extended. */
function insertInZero(t: A64Context, f: Bitfield, lsb: number, width: number, isSigned: boolean): number {
  const size = f.sf ? 64 : 32
  const value = t.x(f.rn, f.sf)
  if (lsb + width === size) return t.ir.emit(OP.shl, value, t.imm(f.sf, lsb))
  if (!isSigned && width < 32) {
    return t.ir.emit(OP.shl, t.ir.emit(OP.and, value, maskConstant(t, f.sf, 0, width)), t.imm(f.sf, lsb))
  }
  const top = t.ir.emit(OP.shl, value, t.imm(f.sf, size - width))
  return t.ir.emit(isSigned ? OP.sar : OP.shr, top, t.imm(f.sf, size - width - lsb))
}

function bitfield(t: A64Context, f: Bitfield, isSigned: boolean): Outcome {
  if (bitfieldReserved(f)) return t.undefinedInsn()
  const size = f.sf ? 64 : 32
  const value =
    f.imms >= f.immr ? extract(t, f, f.immr, f.imms - f.immr + 1, isSigned) : insertInZero(t, f, size - f.immr, f.imms + 1, isSigned)
  t.setX(f.rd, f.sf, value)
  return NEXT
}

function bitfieldMove(t: A64Context, f: Bitfield): Outcome {
  if (bitfieldReserved(f)) return t.undefinedInsn()
  const ir = t.ir
  const size = f.sf ? 64 : 32
  const extracts = f.imms >= f.immr
  const lsb = extracts ? 0 : size - f.immr
  const width = extracts ? f.imms - f.immr + 1 : f.imms + 1
  const source = t.x(f.rn, f.sf)
  if (width === size) {
    t.setX(f.rd, f.sf, source)
    return NEXT
  }
  let moved = source
  if (extracts && f.immr !== 0) moved = ir.emit(OP.shr, source, t.imm(f.sf, f.immr))
  if (!extracts) moved = ir.emit(OP.shl, source, t.imm(f.sf, lsb))
  const mask = maskConstant(t, f.sf, lsb, width)
  t.setX(f.rd, f.sf, ir.emit(OP.or, ir.emit(OP.andn, t.x(f.rd, f.sf), mask), ir.emit(OP.and, moved, mask)))
  return NEXT
}

export const dpImmediateRows = [
  insn('adr', '0 immlo:2 10000 immhi:19 rd:5', 'adr {x:rd}, {adr:immhi}', (t, f) => {
    t.setX(f.rd, 1, t.ir.constNumber(t.pc + adrOffset(f)))
    return NEXT
  }),
  insn('adrp', '1 immlo:2 10000 immhi:19 rd:5', 'adrp {x:rd}, {adrp:immhi}', (t, f) => {
    t.setX(f.rd, 1, t.ir.constNumber(t.pc - (t.pc % PAGE) + PAGE * adrOffset(f)))
    return NEXT
  }),

  insn('add.imm', 'sf:1 0 0 100010 sh:1 imm12:12 rn:5 rd:5', 'add {sfsp:rd}, {sfsp:rn}, {imm:imm12}{lsl12:sh}', (t, f) =>
    addSub(t, f, OP.add, NONE),
  ),
  insn('adds.imm', 'sf:1 0 1 100010 sh:1 imm12:12 rn:5 rd:5', 'adds {sf:rd}, {sfsp:rn}, {imm:imm12}{lsl12:sh}', (t, f) =>
    addSub(t, f, OP.add, OP['flags.add']),
  ),
  insn('sub.imm', 'sf:1 1 0 100010 sh:1 imm12:12 rn:5 rd:5', 'sub {sfsp:rd}, {sfsp:rn}, {imm:imm12}{lsl12:sh}', (t, f) =>
    addSub(t, f, OP.sub, NONE),
  ),
  insn('subs.imm', 'sf:1 1 1 100010 sh:1 imm12:12 rn:5 rd:5', 'subs {sf:rd}, {sfsp:rn}, {imm:imm12}{lsl12:sh}', (t, f) =>
    addSub(t, f, OP.sub, OP['flags.sub']),
  ),

  insn('and.imm', 'sf:1 00 100100 N:1 immr:6 imms:6 rn:5 rd:5', logicalText('and', 'sfsp'), (t, f) => logical(t, f, OP.and, false)),
  insn('orr.imm', 'sf:1 01 100100 N:1 immr:6 imms:6 rn:5 rd:5', logicalText('orr', 'sfsp'), (t, f) => logical(t, f, OP.or, false)),
  insn('eor.imm', 'sf:1 10 100100 N:1 immr:6 imms:6 rn:5 rd:5', logicalText('eor', 'sfsp'), (t, f) => logical(t, f, OP.xor, false)),
  insn('ands.imm', 'sf:1 11 100100 N:1 immr:6 imms:6 rn:5 rd:5', logicalText('ands', 'sf'), (t, f) => logical(t, f, OP.and, true)),

  insn('movn', 'sf:1 00 100101 hw:2 imm16:16 rd:5', 'movn {sf:rd}, {imm:imm16}{lslhw:hw}', (t, f) => moveWide(t, f, -1)),
  insn('movz', 'sf:1 10 100101 hw:2 imm16:16 rd:5', 'movz {sf:rd}, {imm:imm16}{lslhw:hw}', (t, f) => moveWide(t, f, 0)),
  insn('movk', 'sf:1 11 100101 hw:2 imm16:16 rd:5', 'movk {sf:rd}, {imm:imm16}{lslhw:hw}', (t, f) => {
    if (!f.sf && f.hw >= 2) return t.undefinedInsn()
    const kept = t.ir.emit(OP.andn, t.x(f.rd, f.sf), maskConstant(t, f.sf, 16 * f.hw, 16))
    t.setX(f.rd, f.sf, t.ir.emit(OP.or, kept, wideConstant(t, f, 0)))
    return NEXT
  }),

  insn('sbfm', 'sf:1 00 100110 N:1 immr:6 imms:6 rn:5 rd:5', 'sbfm {sf:rd}, {sf:rn}, {dec:immr}, {dec:imms}', (t, f) =>
    bitfield(t, f, true),
  ),
  insn('bfm', 'sf:1 01 100110 N:1 immr:6 imms:6 rn:5 rd:5', 'bfm {sf:rd}, {sf:rn}, {dec:immr}, {dec:imms}', bitfieldMove),
  insn('ubfm', 'sf:1 10 100110 N:1 immr:6 imms:6 rn:5 rd:5', 'ubfm {sf:rd}, {sf:rn}, {dec:immr}, {dec:imms}', (t, f) =>
    bitfield(t, f, false),
  ),

  insn('extr', 'sf:1 00 100111 N:1 0 rm:5 imms:6 rn:5 rd:5', 'extr {sf:rd}, {sf:rn}, {sf:rm}, {dec:imms}', (t, f) => {
    if (f.N !== f.sf || (!f.sf && f.imms >= 32)) return t.undefinedInsn()
    const low = t.x(f.rm, f.sf)
    if (f.imms === 0) t.setX(f.rd, f.sf, low)
    else if (f.rn === f.rm) t.setX(f.rd, f.sf, t.ir.emit(OP.ror, low, t.imm(f.sf, f.imms)))
    else t.setX(f.rd, f.sf, t.ir.emit(OP.funnel, t.x(f.rn, f.sf), low, NONE, f.imms))
    return NEXT
  }),
]
