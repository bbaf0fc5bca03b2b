/** T32 data processing on registers (manual F3.3.11 to F3.3.14): shifts, extensions, parallel operations, multiplications, divisions. */
import type { Outcome, Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { dataProcessing, MOV } from './data-processing.ts'
import { t32 } from './notation.ts'
import { checksum, type Extension, extendAndAdd, type Reversal, reverse, saturatingAdd } from './operations-media.ts'
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
import { type ParallelKind, type ParallelOperation, parallel, selectBytes } from './operations-parallel.ts'
import { shiftReg } from './shifter.ts'

// Shifts by a register

const SHIFTS = [
  ['lsl', '00'],
  ['lsr', '01'],
  ['asr', '10'],
  ['ror', '11'],
] as const

function shifts(): Row<ArmContext>[] {
  return SHIFTS.map(([name, type], number) =>
    t32(`${name}.reg`, `11111 010 0 ${type} S:1 rn:4 1111 rd:4 0000 rm:4`, `${name}{s:S}{c}.w {r:rd}, {r:rn}, {r:rm}`, (t, f) =>
      f.rd === PC ? t.undefinedInsn() : dataProcessing(t, MOV, f.S, f.rd, PC, shiftReg(t, t.r(f.rn), number, t.r(f.rm), f.S !== 0)),
    ),
  )
}

// Extensions

const EXTENSIONS: readonly (readonly [Extension, string, string])[] = [
  ['sxth', '000', '.w'],
  ['uxth', '001', '.w'],
  ['sxtb16', '010', ''],
  ['uxtb16', '011', ''],
  ['sxtb', '100', '.w'],
  ['uxtb', '101', '.w'],
]

function extensions(): Row<ArmContext>[] {
  return EXTENSIONS.flatMap(([kind, op, width]) => [
    t32(kind, `11111 010 0 ${op as '000'} 1111 1111 rd:4 10 rotate:2 rm:4`, `${kind}{c}${width} {r:rd}, {r:rm}{rotate:rotate}`, (t, f) =>
      extendAndAdd(t, { rd: f.rd, rn: PC, rm: f.rm, rotate: f.rotate }, kind),
    ),
    t32(
      kind.replace('xt', 'xta'),
      `11111 010 0 ${op as '000'} rn:4 1111 rd:4 10 rotate:2 rm:4`,
      `${kind.replace('xt', 'xta')}{c} {r:rd}, {r:rn}, {r:rm}{rotate:rotate}`,
      (t, f) => extendAndAdd(t, f, kind),
    ),
  ])
}

// Parallel operations

const PARALLEL_KINDS: readonly (readonly [ParallelKind, string])[] = [
  ['s', '0 00'],
  ['q', '0 01'],
  ['sh', '0 10'],
  ['u', '1 00'],
  ['uq', '1 01'],
  ['uh', '1 10'],
]
const PARALLEL_OPERATIONS: readonly (readonly [ParallelOperation, string])[] = [
  ['add16', '001'],
  ['asx', '010'],
  ['sax', '110'],
  ['sub16', '101'],
  ['add8', '000'],
  ['sub8', '100'],
]

function parallels(): Row<ArmContext>[] {
  return PARALLEL_KINDS.flatMap(([kind, bits]) =>
    PARALLEL_OPERATIONS.map(([operation, op]) =>
      t32(
        `${kind}${operation}`,
        `11111 010 1 ${op as '000'} rn:4 1111 rd:4 0 ${bits as '000'} rm:4`,
        `${kind}${operation}{c} {r:rd}, {r:rn}, {r:rm}`,
        (t, f) => parallel(t, f, kind, operation),
      ),
    ),
  )
}

// Saturating additions, reversals

const SATURATING = [
  ['qadd', '00'],
  ['qdadd', '01'],
  ['qsub', '10'],
  ['qdsub', '11'],
] as const

const REVERSALS: readonly (readonly [Reversal, string, string, string])[] = [
  ['rev', '01', '00', '.w'],
  ['rev16', '01', '01', '.w'],
  ['rbit', '01', '10', ''],
  ['revsh', '01', '11', '.w'],
  ['clz', '11', '00', ''],
]

/** What two encodings of Rm say that are not the same: processors take the second one. */
function reversals(): Row<ArmContext>[] {
  return REVERSALS.map(([kind, op, op2, width]) =>
    t32(kind, `11111 010 10 ${op as '00'} rn:4 1111 rd:4 10 ${op2 as '00'} rm:4`, `${kind}{c}${width} {r:rd}, {r:rm}`, (t, f) =>
      reverse(t, f, kind),
    ),
  )
}

const CRC_SIZES = ['b', 'h', 'w'] as const

function checksums(): Row<ArmContext>[] {
  return CRC_SIZES.flatMap((letter, sz) =>
    [false, true].map((isCastagnoli) =>
      t32(
        `crc32${isCastagnoli ? 'c' : ''}${letter}`,
        `11111 010 110 ${isCastagnoli ? '1' : '0'} rn:4 1111 rd:4 10 ${sz.toString(2).padStart(2, '0') as '00'} rm:4`,
        `crc32${isCastagnoli ? 'c' : ''}${letter}{c} {r:rd}, {r:rn}, {r:rm}`,
        (t, f) => (f.rd === PC ? t.undefinedInsn() : checksum(t, f, sz, isCastagnoli)),
      ),
    ),
  )
}

// Multiplications: an Ra of 15 is the form without addition

const THREE = '{r:rd}, {r:rn}, {r:rm}'
const FOUR = `${THREE}, {r:ra}`
const LONG = '{r:rdlo}, {r:rdhi}, {r:rn}, {r:rm}'

type Meaning<F> = (t: ArmContext, f: F) => Outcome
interface Dual {
  readonly rn: number
  readonly ra: number
  readonly rd: number
  readonly M: number
  readonly rm: number
}

/** A multiplication with one bit M, with addition and without. */
function dualRows(plain: string, added: string, suffix: string, op: string, op2: string, meaning: Meaning<Dual>): Row<ArmContext>[] {
  const bits = `11111 0110 ${op as '000'}` as const
  return [
    t32(added, `${bits} rn:4 ra:4 rd:4 ${op2 as '000'} M:1 rm:4`, `${added}{${suffix}:M}{c} ${FOUR}`, meaning),
    t32(plain, `${bits} rn:4 1111 rd:4 ${op2 as '000'} M:1 rm:4`, `${plain}{${suffix}:M}{c} ${THREE}`, (t, f) =>
      meaning(t, { rn: f.rn, ra: PC, rd: f.rd, M: f.M, rm: f.rm }),
    ),
  ]
}

function longRow(
  name: string,
  op: string,
  op2: string,
  meaning: Meaning<{ rn: number; rdlo: number; rdhi: number; rm: number }>,
): Row<ArmContext> {
  return t32(name, `11111 0111 ${op as '000'} rn:4 rdlo:4 rdhi:4 ${op2 as '0000'} rm:4`, `${name}{c} ${LONG}`, meaning)
}

export const t32RegisterRows = [
  ...shifts(),
  ...extensions(),
  ...parallels(),
  ...SATURATING.map(([name, op2], number) =>
    t32(name, `11111 010 1000 rn:4 1111 rd:4 10 ${op2} rm:4`, `${name}{c} {r:rd}, {r:rm}, {r:rn}`, (t, f) =>
      saturatingAdd(t, f, number & 1, number & 2),
    ),
  ),
  ...reversals(),
  t32('sel', '11111 010 1010 rn:4 1111 rd:4 10 00 rm:4', `sel{c} ${THREE}`, selectBytes),
  ...checksums(),

  t32('mla', '11111 0110 000 rn:4 ra:4 rd:4 0000 rm:4', `mla{c} ${FOUR}`, (t, f) => multiplyAdd(t, f, false)),
  t32('mul', '11111 0110 000 rn:4 1111 rd:4 0000 rm:4', `mul{c}.w ${THREE}`, (t, f) => multiply(t, f, false)),
  t32('mls', '11111 0110 000 rn:4 ra:4 rd:4 0001 rm:4', `mls{c} ${FOUR}`, multiplySubtract),
  t32('smla', '11111 0110 001 rn:4 ra:4 rd:4 00 N:1 M:1 rm:4', `smla{bt:N}{bt:M}{c} ${FOUR}`, (t, f) => multiplyAddHalves(t, f, f.N, f.M)),
  t32('smul', '11111 0110 001 rn:4 1111 rd:4 00 N:1 M:1 rm:4', `smul{bt:N}{bt:M}{c} ${THREE}`, (t, f) => multiplyHalves(t, f, f.N, f.M)),
  ...dualRows('smuad', 'smlad', 'x', '010', '000', (t, f) => multiplyDual(t, f, f.M, false)),
  ...dualRows('smulw', 'smlaw', 'bt', '011', '000', (t, f) => (f.ra === PC ? multiplyWordHalf(t, f, f.M) : multiplyAddWordHalf(t, f, f.M))),
  ...dualRows('smusd', 'smlsd', 'x', '100', '000', (t, f) => multiplyDual(t, f, f.M, true)),
  ...dualRows('smmul', 'smmla', 'rounds', '101', '000', (t, f) => multiplyMostSignificant(t, f, f.M, false)),
  t32('smmls', '11111 0110 110 rn:4 ra:4 rd:4 000 M:1 rm:4', `smmls{rounds:M}{c} ${FOUR}`, (t, f) =>
    multiplyMostSignificant(t, f, f.M, true),
  ),
  t32('usada8', '11111 0110 111 rn:4 ra:4 rd:4 0000 rm:4', `usada8{c} ${FOUR}`, sumOfDifferences),
  t32('usad8', '11111 0110 111 rn:4 1111 rd:4 0000 rm:4', `usad8{c} ${THREE}`, (t, f) =>
    sumOfDifferences(t, { rn: f.rn, ra: PC, rd: f.rd, rm: f.rm }),
  ),

  longRow('smull', '000', '0000', (t, f) => multiplyLong(t, f, true, false)),
  longRow('umull', '010', '0000', (t, f) => multiplyLong(t, f, false, false)),
  longRow('smlal', '100', '0000', (t, f) => multiplyAddLong(t, f, true, false)),
  longRow('umlal', '110', '0000', (t, f) => multiplyAddLong(t, f, false, false)),
  longRow('umaal', '110', '0110', multiplyAddTwice),
  t32('smlal.half', '11111 0111 100 rn:4 rdlo:4 rdhi:4 10 N:1 M:1 rm:4', `smlal{bt:N}{bt:M}{c} ${LONG}`, (t, f) =>
    multiplyAddLongHalves(t, f, f.N, f.M),
  ),
  t32('smlald', '11111 0111 100 rn:4 rdlo:4 rdhi:4 110 M:1 rm:4', `smlald{x:M}{c} ${LONG}`, (t, f) => multiplyDualLong(t, f, f.M, false)),
  t32('smlsld', '11111 0111 101 rn:4 rdlo:4 rdhi:4 110 M:1 rm:4', `smlsld{x:M}{c} ${LONG}`, (t, f) => multiplyDualLong(t, f, f.M, true)),
  t32('sdiv', '11111 0111 001 rn:4 1111 rd:4 1111 rm:4', `sdiv{c} ${THREE}`, (t, f) => divide(t, f, true)),
  t32('udiv', '11111 0111 011 rn:4 1111 rd:4 1111 rm:4', `udiv{c} ${THREE}`, (t, f) => divide(t, f, false)),
]
