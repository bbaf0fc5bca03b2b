/** A64 data processing on registers (manual C4.1.95), without CRC, flag manipulation and pointer authentication. */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type A64Context, insn, R31 } from './context.ts'
import { packNzcv } from './flags.ts'

// Logical (shifted register)

interface Shifted {
  readonly sf: number
  readonly shift: number
  readonly rm: number
  readonly imm6: number
  readonly rn: number
  readonly rd: number
}

type Operator = (t: A64Context, a: number, b: number) => number

const and: Operator = (t, a, b) => t.ir.emit(OP.and, a, b)
const bic: Operator = (t, a, b) => t.ir.emit(OP.andn, a, b)
const orr: Operator = (t, a, b) => t.ir.emit(OP.or, a, b)
const orn: Operator = (t, a, b) => t.ir.emit(OP.or, a, t.ir.emit(OP.not, b))
const eor: Operator = (t, a, b) => t.ir.emit(OP.xor, a, b)
const eon: Operator = (t, a, b) => t.ir.emit(OP.not, t.ir.emit(OP.xor, a, b))

function logical(t: A64Context, f: Shifted, operator: Operator, setsFlags = false): Outcome {
  if (!f.sf && f.imm6 >= 32) return t.undefinedInsn()
  const b = t.shifted(f.rm, f.shift, f.imm6, f.sf)
  let result: number
  if (f.rn === R31 && operator === orr) result = b
  else if (f.rn === R31 && operator === orn) result = t.ir.emit(OP.not, b)
  else result = operator(t, t.x(f.rn, f.sf), b)
  t.setX(f.rd, f.sf, result)
  if (setsFlags) t.setFlags(t.ir.emit(OP['flags.logic'], result))
  return NEXT
}

const SHIFTED = '{sf:rd}, {sf:rn}, {sf:rm}{shift:imm6}'

// Add and subtract

function addSub(t: A64Context, sf: number, rd: number, a: number, b: number, op: number, flags: number): Outcome {
  t.setX(rd, sf, t.ir.emit(op, a, b))
  if (flags !== NONE) t.setFlags(t.ir.emit(flags, a, b))
  return NEXT
}

function addSubShifted(t: A64Context, f: Shifted, op: number, flags: number): Outcome {
  if (f.shift === 3 || (!f.sf && f.imm6 >= 32)) return t.undefinedInsn()
  return addSub(t, f.sf, f.rd, t.x(f.rn, f.sf), t.shifted(f.rm, f.shift, f.imm6, f.sf), op, flags)
}

interface Extended {
  readonly sf: number
  readonly rm: number
  readonly option: number
  readonly imm3: number
  readonly rn: number
  readonly rd: number
}

function addSubExtended(t: A64Context, f: Extended, op: number, flags: number): Outcome {
  if (f.imm3 > 4) return t.undefinedInsn()
  const a = t.xsp(f.rn, f.sf)
  const b = t.extended(f.rm, f.option, f.imm3, f.sf)
  if (flags !== NONE) return addSub(t, f.sf, f.rd, a, b, op, flags)
  t.setXsp(f.rd, f.sf, t.ir.emit(op, a, b))
  return NEXT
}

interface Three {
  readonly sf: number
  readonly rm: number
  readonly rn: number
  readonly rd: number
}

function withCarry(t: A64Context, f: Three, subtracts: boolean, setsFlags: boolean): Outcome {
  const a = t.x(f.rn, f.sf)
  const operand = t.x(f.rm, f.sf)
  const b = subtracts ? t.ir.emit(OP.not, operand) : operand
  const carry = t.carry()
  t.setX(f.rd, f.sf, t.ir.emit(OP.adc, a, b, carry))
  if (setsFlags) t.setFlags(t.ir.emit(OP['flags.adc'], a, b, carry))
  return NEXT
}

// Conditional compare and select

interface ConditionalCompare {
  readonly sf: number
  readonly cond: number
  readonly rn: number
  readonly nzcv: number
}

function conditionalCompare(t: A64Context, f: ConditionalCompare, b: number, flags: number): Outcome {
  const compared = t.ir.emit(flags, t.x(f.rn, f.sf), b)
  t.setFlags(t.ir.emit(OP['flags.or'], compared, t.cond(f.cond), NONE, packNzcv(f.nzcv)))
  return NEXT
}

interface Select extends Three {
  readonly cond: number
}

function select(t: A64Context, f: Select, otherwise: (value: number) => number): Outcome {
  const taken = t.x(f.rn, f.sf)
  const other = otherwise(t.x(f.rm, f.sf))
  t.setX(f.rd, f.sf, t.ir.emit(OP.select, t.cond(f.cond), taken, other))
  return NEXT
}

// Two, one and three sources

function two(t: A64Context, f: Three, op: number): Outcome {
  t.setX(f.rd, f.sf, t.ir.emit(op, t.x(f.rn, f.sf), t.x(f.rm, f.sf)))
  return NEXT
}

const TWO = '{sf:rd}, {sf:rn}, {sf:rm}'

interface MultiplyAdd extends Three {
  readonly ra: number
}

function accumulate(t: A64Context, sf: number, rd: number, ra: number, product: number, subtracts: boolean): Outcome {
  let result = product
  if (ra !== R31) result = t.ir.emit(subtracts ? OP.sub : OP.add, t.x(ra, sf), product)
  else if (subtracts) result = t.ir.emit(OP.neg, product)
  t.setX(rd, sf, result)
  return NEXT
}

function multiplyAdd(t: A64Context, f: MultiplyAdd, subtracts: boolean): Outcome {
  return accumulate(t, f.sf, f.rd, f.ra, t.ir.emit(OP.mul, t.x(f.rn, f.sf), t.x(f.rm, f.sf)), subtracts)
}

interface LongMultiply {
  readonly rm: number
  readonly ra: number
  readonly rn: number
  readonly rd: number
}

function multiplyAddLong(t: A64Context, f: LongMultiply, extend: number, subtracts: boolean): Outcome {
  const a = t.ir.emit(extend, t.x(f.rn, 0))
  const b = t.ir.emit(extend, t.x(f.rm, 0))
  return accumulate(t, 1, f.rd, f.ra, t.ir.emit(OP.mul, a, b), subtracts)
}

const LONG = '{x:rd}, {w:rn}, {w:rm}, {x:ra}'

/** Every other byte, of a word. */
const EVEN_BYTES = 0x00ff00ff

function swapBytesInHalves(t: A64Context, value: number, sf: number): number {
  const ir = t.ir
  const mask = sf ? ir.const64(EVEN_BYTES, EVEN_BYTES) : ir.const32(EVEN_BYTES)
  const eight = t.imm(sf, 8)
  const down = ir.emit(OP.and, ir.emit(OP.shr, value, eight), mask)
  return ir.emit(OP.or, down, ir.emit(OP.shl, ir.emit(OP.and, value, mask), eight))
}

export const dpRegisterRows = [
  insn('and.shift', 'sf:1 00 01010 shift:2 0 rm:5 imm6:6 rn:5 rd:5', `and ${SHIFTED}`, (t, f) => logical(t, f, and)),
  insn('bic.shift', 'sf:1 00 01010 shift:2 1 rm:5 imm6:6 rn:5 rd:5', `bic ${SHIFTED}`, (t, f) => logical(t, f, bic)),
  insn('orr.shift', 'sf:1 01 01010 shift:2 0 rm:5 imm6:6 rn:5 rd:5', `orr ${SHIFTED}`, (t, f) => logical(t, f, orr)),
  insn('orn.shift', 'sf:1 01 01010 shift:2 1 rm:5 imm6:6 rn:5 rd:5', `orn ${SHIFTED}`, (t, f) => logical(t, f, orn)),
  insn('eor.shift', 'sf:1 10 01010 shift:2 0 rm:5 imm6:6 rn:5 rd:5', `eor ${SHIFTED}`, (t, f) => logical(t, f, eor)),
  insn('eon.shift', 'sf:1 10 01010 shift:2 1 rm:5 imm6:6 rn:5 rd:5', `eon ${SHIFTED}`, (t, f) => logical(t, f, eon)),
  insn('ands.shift', 'sf:1 11 01010 shift:2 0 rm:5 imm6:6 rn:5 rd:5', `ands ${SHIFTED}`, (t, f) => logical(t, f, and, true)),
  insn('bics.shift', 'sf:1 11 01010 shift:2 1 rm:5 imm6:6 rn:5 rd:5', `bics ${SHIFTED}`, (t, f) => logical(t, f, bic, true)),

  insn('add.shift', 'sf:1 0 0 01011 shift:2 0 rm:5 imm6:6 rn:5 rd:5', `add ${SHIFTED}`, (t, f) => addSubShifted(t, f, OP.add, NONE)),
  insn('adds.shift', 'sf:1 0 1 01011 shift:2 0 rm:5 imm6:6 rn:5 rd:5', `adds ${SHIFTED}`, (t, f) =>
    addSubShifted(t, f, OP.add, OP['flags.add']),
  ),
  insn('sub.shift', 'sf:1 1 0 01011 shift:2 0 rm:5 imm6:6 rn:5 rd:5', `sub ${SHIFTED}`, (t, f) => addSubShifted(t, f, OP.sub, NONE)),
  insn('subs.shift', 'sf:1 1 1 01011 shift:2 0 rm:5 imm6:6 rn:5 rd:5', `subs ${SHIFTED}`, (t, f) =>
    addSubShifted(t, f, OP.sub, OP['flags.sub']),
  ),

  insn('add.ext', 'sf:1 0 0 01011 00 1 rm:5 option:3 imm3:3 rn:5 rd:5', 'add {sfsp:rd}, {sfsp:rn}, {extended.sp:rm}', (t, f) =>
    addSubExtended(t, f, OP.add, NONE),
  ),
  insn('adds.ext', 'sf:1 0 1 01011 00 1 rm:5 option:3 imm3:3 rn:5 rd:5', 'adds {sf:rd}, {sfsp:rn}, {extended:rm}', (t, f) =>
    addSubExtended(t, f, OP.add, OP['flags.add']),
  ),
  insn('sub.ext', 'sf:1 1 0 01011 00 1 rm:5 option:3 imm3:3 rn:5 rd:5', 'sub {sfsp:rd}, {sfsp:rn}, {extended.sp:rm}', (t, f) =>
    addSubExtended(t, f, OP.sub, NONE),
  ),
  insn('subs.ext', 'sf:1 1 1 01011 00 1 rm:5 option:3 imm3:3 rn:5 rd:5', 'subs {sf:rd}, {sfsp:rn}, {extended:rm}', (t, f) =>
    addSubExtended(t, f, OP.sub, OP['flags.sub']),
  ),

  insn('adc', 'sf:1 0 0 11010000 rm:5 000000 rn:5 rd:5', `adc ${TWO}`, (t, f) => withCarry(t, f, false, false)),
  insn('adcs', 'sf:1 0 1 11010000 rm:5 000000 rn:5 rd:5', `adcs ${TWO}`, (t, f) => withCarry(t, f, false, true)),
  insn('sbc', 'sf:1 1 0 11010000 rm:5 000000 rn:5 rd:5', `sbc ${TWO}`, (t, f) => withCarry(t, f, true, false)),
  insn('sbcs', 'sf:1 1 1 11010000 rm:5 000000 rn:5 rd:5', `sbcs ${TWO}`, (t, f) => withCarry(t, f, true, true)),

  insn('ccmn.reg', 'sf:1 0 1 11010010 rm:5 cond:4 0 0 rn:5 0 nzcv:4', 'ccmn {sf:rn}, {sf:rm}, {imm:nzcv}, {cc:cond}', (t, f) =>
    conditionalCompare(t, f, t.x(f.rm, f.sf), OP['flags.add']),
  ),
  insn('ccmp.reg', 'sf:1 1 1 11010010 rm:5 cond:4 0 0 rn:5 0 nzcv:4', 'ccmp {sf:rn}, {sf:rm}, {imm:nzcv}, {cc:cond}', (t, f) =>
    conditionalCompare(t, f, t.x(f.rm, f.sf), OP['flags.sub']),
  ),
  insn('ccmn.imm', 'sf:1 0 1 11010010 imm5:5 cond:4 1 0 rn:5 0 nzcv:4', 'ccmn {sf:rn}, {imm:imm5}, {imm:nzcv}, {cc:cond}', (t, f) =>
    conditionalCompare(t, f, t.imm(f.sf, f.imm5), OP['flags.add']),
  ),
  insn('ccmp.imm', 'sf:1 1 1 11010010 imm5:5 cond:4 1 0 rn:5 0 nzcv:4', 'ccmp {sf:rn}, {imm:imm5}, {imm:nzcv}, {cc:cond}', (t, f) =>
    conditionalCompare(t, f, t.imm(f.sf, f.imm5), OP['flags.sub']),
  ),

  insn('csel', 'sf:1 0 0 11010100 rm:5 cond:4 0 0 rn:5 rd:5', `csel ${TWO}, {cc:cond}`, (t, f) => select(t, f, (b) => b)),
  insn('csinc', 'sf:1 0 0 11010100 rm:5 cond:4 0 1 rn:5 rd:5', `csinc ${TWO}, {cc:cond}`, (t, f) =>
    select(t, f, (b) => t.ir.emit(OP.add, b, t.imm(f.sf, 1))),
  ),
  insn('csinv', 'sf:1 1 0 11010100 rm:5 cond:4 0 0 rn:5 rd:5', `csinv ${TWO}, {cc:cond}`, (t, f) =>
    select(t, f, (b) => t.ir.emit(OP.not, b)),
  ),
  insn('csneg', 'sf:1 1 0 11010100 rm:5 cond:4 0 1 rn:5 rd:5', `csneg ${TWO}, {cc:cond}`, (t, f) =>
    select(t, f, (b) => t.ir.emit(OP.neg, b)),
  ),

  insn('udiv', 'sf:1 0 0 11010110 rm:5 000010 rn:5 rd:5', `udiv ${TWO}`, (t, f) => two(t, f, OP.udiv)),
  insn('sdiv', 'sf:1 0 0 11010110 rm:5 000011 rn:5 rd:5', `sdiv ${TWO}`, (t, f) => two(t, f, OP.sdiv)),
  insn('lslv', 'sf:1 0 0 11010110 rm:5 001000 rn:5 rd:5', `lslv ${TWO}`, (t, f) => two(t, f, OP.shl)),
  insn('lsrv', 'sf:1 0 0 11010110 rm:5 001001 rn:5 rd:5', `lsrv ${TWO}`, (t, f) => two(t, f, OP.shr)),
  insn('asrv', 'sf:1 0 0 11010110 rm:5 001010 rn:5 rd:5', `asrv ${TWO}`, (t, f) => two(t, f, OP.sar)),
  insn('rorv', 'sf:1 0 0 11010110 rm:5 001011 rn:5 rd:5', `rorv ${TWO}`, (t, f) => two(t, f, OP.ror)),

  insn('rbit', 'sf:1 1 0 11010110 00000 000000 rn:5 rd:5', 'rbit {sf:rd}, {sf:rn}', (t, f) => {
    t.setX(f.rd, f.sf, t.ir.emit(OP.rbit, t.x(f.rn, f.sf)))
    return NEXT
  }),
  insn('rev16', 'sf:1 1 0 11010110 00000 000001 rn:5 rd:5', 'rev16 {sf:rd}, {sf:rn}', (t, f) => {
    t.setX(f.rd, f.sf, swapBytesInHalves(t, t.x(f.rn, f.sf), f.sf))
    return NEXT
  }),
  insn('rev.w', '0 1 0 11010110 00000 000010 rn:5 rd:5', 'rev {w:rd}, {w:rn}', (t, f) => {
    t.setX(f.rd, 0, t.ir.emit(OP.bswap, t.x(f.rn, 0)))
    return NEXT
  }),
  insn('rev32', '1 1 0 11010110 00000 000010 rn:5 rd:5', 'rev32 {x:rd}, {x:rn}', (t, f) => {
    t.setX(f.rd, 1, t.ir.emit(OP.ror, t.ir.emit(OP.bswap, t.x(f.rn)), t.imm(1, 32)))
    return NEXT
  }),
  insn('rev.x', '1 1 0 11010110 00000 000011 rn:5 rd:5', 'rev {x:rd}, {x:rn}', (t, f) => {
    t.setX(f.rd, 1, t.ir.emit(OP.bswap, t.x(f.rn)))
    return NEXT
  }),
  insn('clz', 'sf:1 1 0 11010110 00000 000100 rn:5 rd:5', 'clz {sf:rd}, {sf:rn}', (t, f) => {
    t.setX(f.rd, f.sf, t.ir.emit(OP.clz, t.x(f.rn, f.sf)))
    return NEXT
  }),
  insn('cls', 'sf:1 1 0 11010110 00000 000101 rn:5 rd:5', 'cls {sf:rd}, {sf:rn}', (t, f) => {
    // A bit differs from its left neighbour where the exclusive or with the value shifted has a one.
    const one = t.imm(f.sf, 1)
    const value = t.x(f.rn, f.sf)
    const changes = t.ir.emit(OP.xor, value, t.ir.emit(OP.sar, value, one))
    t.setX(f.rd, f.sf, t.ir.emit(OP.sub, t.ir.emit(OP.clz, changes), one))
    return NEXT
  }),

  insn('madd', 'sf:1 00 11011 000 rm:5 0 ra:5 rn:5 rd:5', `madd ${TWO}, {sf:ra}`, (t, f) => multiplyAdd(t, f, false)),
  insn('msub', 'sf:1 00 11011 000 rm:5 1 ra:5 rn:5 rd:5', `msub ${TWO}, {sf:ra}`, (t, f) => multiplyAdd(t, f, true)),
  insn('smaddl', '1 00 11011 001 rm:5 0 ra:5 rn:5 rd:5', `smaddl ${LONG}`, (t, f) => multiplyAddLong(t, f, OP.sext32, false)),
  insn('smsubl', '1 00 11011 001 rm:5 1 ra:5 rn:5 rd:5', `smsubl ${LONG}`, (t, f) => multiplyAddLong(t, f, OP.sext32, true)),
  insn('umaddl', '1 00 11011 101 rm:5 0 ra:5 rn:5 rd:5', `umaddl ${LONG}`, (t, f) => multiplyAddLong(t, f, OP.zext32, false)),
  insn('umsubl', '1 00 11011 101 rm:5 1 ra:5 rn:5 rd:5', `umsubl ${LONG}`, (t, f) => multiplyAddLong(t, f, OP.zext32, true)),
  insn('smulh', '1 00 11011 010 rm:5 0 xxxxx rn:5 rd:5', 'smulh {x:rd}, {x:rn}, {x:rm}', (t, f) => {
    t.setX(f.rd, 1, t.ir.emit(OP.mulhs, t.x(f.rn), t.x(f.rm)))
    return NEXT
  }),
  insn('umulh', '1 00 11011 110 rm:5 0 xxxxx rn:5 rd:5', 'umulh {x:rd}, {x:rn}, {x:rm}', (t, f) => {
    t.setX(f.rd, 1, t.ir.emit(OP.mulhu, t.x(f.rn), t.x(f.rm)))
    return NEXT
  }),
]
