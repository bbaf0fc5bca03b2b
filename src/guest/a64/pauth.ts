/**
 * A64 pointer authentication (FEAT_PAuth), in a form that costs nothing: the authentication code of every pointer is what its upper
 * bits are anyway, so signing and authenticating change nothing and authentication never fails. Not announced in HWCAP (a program
 * that asks would expect forged pointers to be caught), but code compiled for it runs. The forms in hint space are in system.ts.
 */
import { OP } from '../../ir/ops.ts'
import { CMP_NE, EXIT_CALL, EXIT_JUMP, EXIT_RETURN } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type A64Context, insn, signed } from './context.ts'

const LINK = 30
/**
 * Where the code of a pointer lies, as the high word of a mask: bits 55:48 of a user's address (48 bits, top byte ignored), bits 63:48 of
 * one in the upper half.
 */
const LOW_CODE_BITS = 0x00ff0000
const HIGH_CODE_BITS = 0xffff0000
/** Bit 55 of a pointer says what its upper bits were, in the high word. */
const SELECT_BIT = 1 << 23

/** XPACI, XPACD: the code's bits become copies of bit 55, which tells the halves apart. */
function strip(t: A64Context, rd: number): Outcome {
  const ir = t.ir
  const pointer = t.x(rd)
  const isHigh = ir.emit(OP.icmp, ir.emit(OP.and, pointer, ir.const64(0, SELECT_BIT)), t.imm(1, 0), NONE, CMP_NE)
  const high = ir.emit(OP.or, pointer, ir.const64(0, HIGH_CODE_BITS))
  const low = ir.emit(OP.andn, pointer, ir.const64(0, LOW_CODE_BITS))
  t.setX(rd, 1, ir.emit(OP.select, isHigh, high, low))
  return NEXT
}

function call(t: A64Context, rn: number): Outcome {
  const target = t.x(rn)
  t.setX(LINK, 1, t.ir.constNumber(t.pc + 4))
  return t.jumpIndirect(target, EXIT_CALL)
}

const KEYS = ['ia', 'ib', 'da', 'db'] as const
const nothing = (): Outcome => NEXT

/** Odd, with its ones spread evenly. */
const MIXER = [0x7f4a7c15, 0x9e3779b9] as const

export const pauthRows = [
  ...(['pac', 'aut'] as const).flatMap((verb, v) =>
    KEYS.flatMap((key, k) => {
      const op = ((v << 2) | k).toString(2).padStart(3, '0')
      return [
        insn(`${verb}${key}`, `1 1 0 11010110 00001 000 ${op} rn:5 rd:5`, `${verb}${key} {x:rd}, {xsp:rn}`, nothing),
        insn(`${verb}${key[0]}z${key[1]}`, `1 1 0 11010110 00001 001 ${op} 11111 rd:5`, `${verb}${key[0]}z${key[1]} {x:rd}`, nothing),
      ]
    }),
  ),
  insn('xpaci', '1 1 0 11010110 00001 010 000 11111 rd:5', 'xpaci {x:rd}', (t, f) => strip(t, f.rd)),
  insn('xpacd', '1 1 0 11010110 00001 010 001 11111 rd:5', 'xpacd {x:rd}', (t, f) => strip(t, f.rd)),
  insn('pacga', '1 0 0 11010110 rm:5 001100 rn:5 rd:5', 'pacga {x:rd}, {x:rn}, {xsp:rm}', (t, f) => {
    const ir = t.ir
    const mixed = ir.emit(OP.mul, ir.emit(OP.xor, t.x(f.rn), ir.emit(OP.bswap, t.xsp(f.rm))), ir.const64(...MIXER))
    t.setX(f.rd, 1, ir.emit(OP.and, mixed, ir.const64(0, -1)))
    return NEXT
  }),

  insn('braz', '1101011 0000 11111 00001 M:1 rn:5 11111', 'bra{ab:M}z {x:rn}', (t, f) => t.jumpIndirect(t.x(f.rn), EXIT_JUMP)),
  insn('bra', '1101011 1000 11111 00001 M:1 rn:5 rm:5', 'bra{ab:M} {x:rn}, {xsp:rm}', (t, f) => t.jumpIndirect(t.x(f.rn), EXIT_JUMP)),
  insn('blraz', '1101011 0001 11111 00001 M:1 rn:5 11111', 'blra{ab:M}z {x:rn}', (t, f) => call(t, f.rn)),
  insn('blra', '1101011 1001 11111 00001 M:1 rn:5 rm:5', 'blra{ab:M} {x:rn}, {xsp:rm}', (t, f) => call(t, f.rn)),
  insn('reta', '1101011 0010 11111 00001 M:1 11111 11111', 'reta{ab:M}', (t) => t.jumpIndirect(t.x(LINK), EXIT_RETURN)),

  insn('ldra', '11 111 0 00 M:1 S:1 1 imm9:9 W:1 1 rn:5 rt:5', 'ldra{ab:M} {x:rt}, [{xsp:rn}{ldra:imm9}', (t, f) => {
    const base = t.xsp(f.rn)
    const offset = signed((f.S << 9) | f.imm9, 10) * 8
    const value = t.ir.emit(OP.load64, base, NONE, NONE, offset)
    const next = t.ir.emit(OP.add, base, t.imm(1, offset))
    t.setX(f.rt, 1, value)
    if (f.W) t.setXsp(f.rn, 1, next)
    return NEXT
  }),
]
