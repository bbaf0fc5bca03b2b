/** A32 multiplications, divisions and saturating additions (manual F4.1.2 and F4.1.8). An Ra of 15 is the form without addition. */
import type { Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { insn } from './notation.ts'
import { saturatingAdd } from './operations-media.ts'
import {
  divide,
  multiply,
  multiplyAdd,
  multiplyAddHalves,
  multiplyAddLong,
  multiplyAddLongHalves,
  multiplyAddTwice,
  multiplyAddWordHalf,
  multiplyDual,
  multiplyDualLong,
  multiplyHalves,
  multiplyLong,
  multiplyMostSignificant,
  multiplySubtract,
  multiplyWordHalf,
  sumOfDifferences,
} from './operations-multiply.ts'

const THREE = '{r:rd}, {r:rn}, {r:rm}'
const FOUR = `${THREE}, {r:ra}`
const LONG = '{r:rdlo}, {r:rdhi}, {r:rn}, {r:rm}'

const LONGS = [
  ['umull', '100', false, false],
  ['umlal', '101', false, true],
  ['smull', '110', true, false],
  ['smlal', '111', true, true],
] as const

function longs(): Row<ArmContext>[] {
  return LONGS.map(([name, op, isSigned, adds]) =>
    insn(name, `cond:4 0000 ${op} S:1 rdhi:4 rdlo:4 rm:4 1001 rn:4`, `${name}{s:S}{c:cond} ${LONG}`, (t, f) =>
      (adds ? multiplyAddLong : multiplyLong)(t, f, isSigned, f.S !== 0),
    ),
  )
}

const SATURATING = [
  ['qadd', '00'],
  ['qsub', '01'],
  ['qdadd', '10'],
  ['qdsub', '11'],
] as const

/** Names with and without addition, the bit that both have, opcode and what follows Rm. */
const DUALS = [
  ['smuad', 'smlad', 'x', '000', '00', (t, f) => multiplyDual(t, f, f.M, false)],
  ['smusd', 'smlsd', 'x', '000', '01', (t, f) => multiplyDual(t, f, f.M, true)],
  ['smmul', 'smmla', 'rounds', '101', '00', (t, f) => multiplyMostSignificant(t, f, f.M, false)],
] as const satisfies readonly (readonly [string, string, string, string, string, (t: ArmContext, f: Dual) => 0 | 1])[]

interface Dual {
  readonly rd: number
  readonly ra: number
  readonly rm: number
  readonly M: number
  readonly rn: number
}

function duals(): Row<ArmContext>[] {
  return DUALS.flatMap(([plain, added, suffix, op, op2, meaning]) => [
    insn(added, `cond:4 01110 ${op} rd:4 ra:4 rm:4 ${op2} M:1 1 rn:4`, `${added}{${suffix}:M}{c:cond} ${FOUR}`, meaning),
    insn(plain, `cond:4 01110 ${op} rd:4 1111 rm:4 ${op2} M:1 1 rn:4`, `${plain}{${suffix}:M}{c:cond} ${THREE}`, (t, f) =>
      meaning(t, { rd: f.rd, ra: PC, rm: f.rm, M: f.M, rn: f.rn }),
    ),
  ])
}

export const a32MultiplyRows = [
  insn('mul', 'cond:4 0000 000 S:1 rd:4 0000 rm:4 1001 rn:4', `mul{s:S}{c:cond} ${THREE}`, (t, f) => multiply(t, f, f.S !== 0)),
  insn('mla', 'cond:4 0000 001 S:1 rd:4 ra:4 rm:4 1001 rn:4', `mla{s:S}{c:cond} ${FOUR}`, (t, f) => multiplyAdd(t, f, f.S !== 0)),
  insn('umaal', 'cond:4 0000 010 0 rdhi:4 rdlo:4 rm:4 1001 rn:4', `umaal{c:cond} ${LONG}`, multiplyAddTwice),
  insn('mls', 'cond:4 0000 011 0 rd:4 ra:4 rm:4 1001 rn:4', `mls{c:cond} ${FOUR}`, multiplySubtract),
  ...longs(),

  insn('smla.half', 'cond:4 00010 00 0 rd:4 ra:4 rm:4 1 M:1 N:1 0 rn:4', `smla{bt:N}{bt:M}{c:cond} ${FOUR}`, (t, f) =>
    multiplyAddHalves(t, f, f.N, f.M),
  ),
  insn('smlaw', 'cond:4 00010 01 0 rd:4 ra:4 rm:4 1 M:1 0 0 rn:4', `smlaw{bt:M}{c:cond} ${FOUR}`, (t, f) => multiplyAddWordHalf(t, f, f.M)),
  insn('smulw', 'cond:4 00010 01 0 rd:4 0000 rm:4 1 M:1 1 0 rn:4', `smulw{bt:M}{c:cond} ${THREE}`, (t, f) => multiplyWordHalf(t, f, f.M)),
  insn('smlal.half', 'cond:4 00010 10 0 rdhi:4 rdlo:4 rm:4 1 M:1 N:1 0 rn:4', `smlal{bt:N}{bt:M}{c:cond} ${LONG}`, (t, f) =>
    multiplyAddLongHalves(t, f, f.N, f.M),
  ),
  insn('smul.half', 'cond:4 00010 11 0 rd:4 0000 rm:4 1 M:1 N:1 0 rn:4', `smul{bt:N}{bt:M}{c:cond} ${THREE}`, (t, f) =>
    multiplyHalves(t, f, f.N, f.M),
  ),
  ...SATURATING.map(([name, op], number) =>
    insn(name, `cond:4 00010 ${op} 0 rn:4 rd:4 0000 0101 rm:4`, `${name}{c:cond} {r:rd}, {r:rm}, {r:rn}`, (t, f) =>
      saturatingAdd(t, f, number & 2, number & 1),
    ),
  ),

  ...duals(),
  insn('smmls', 'cond:4 01110 101 rd:4 ra:4 rm:4 11 R:1 1 rn:4', `smmls{rounds:R}{c:cond} ${FOUR}`, (t, f) =>
    multiplyMostSignificant(t, f, f.R, true),
  ),
  insn('smlald', 'cond:4 01110 100 rdhi:4 rdlo:4 rm:4 00 M:1 1 rn:4', `smlald{x:M}{c:cond} ${LONG}`, (t, f) =>
    multiplyDualLong(t, f, f.M, false),
  ),
  insn('smlsld', 'cond:4 01110 100 rdhi:4 rdlo:4 rm:4 01 M:1 1 rn:4', `smlsld{x:M}{c:cond} ${LONG}`, (t, f) =>
    multiplyDualLong(t, f, f.M, true),
  ),
  insn('sdiv', 'cond:4 01110 001 rd:4 1111 rm:4 0001 rn:4', `sdiv{c:cond} ${THREE}`, (t, f) => divide(t, f, true)),
  insn('udiv', 'cond:4 01110 011 rd:4 1111 rm:4 0001 rn:4', `udiv{c:cond} ${THREE}`, (t, f) => divide(t, f, false)),
  insn('usada8', 'cond:4 01111 000 rd:4 ra:4 rm:4 0001 rn:4', `usada8{c:cond} ${FOUR}`, sumOfDifferences),
  insn('usad8', 'cond:4 01111 000 rd:4 1111 rm:4 0001 rn:4', `usad8{c:cond} ${THREE}`, (t, f) =>
    sumOfDifferences(t, { rd: f.rd, ra: PC, rm: f.rm, rn: f.rn }),
  ),
]
