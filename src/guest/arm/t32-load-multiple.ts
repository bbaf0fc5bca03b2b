/** T32 loads and stores of several registers, exclusives, ordered accesses, table branches (manual F3.3.4 and F3.3.5). */
import { EXIT_JUMP } from '../../ir/ops-int.ts'
import type { Outcome, Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { loadAcquire, loadExclusive, loadExclusivePair, storeExclusive, storeExclusivePair, storeRelease } from './exclusives.ts'
import { loadMultiple, loadPair, storeMultiple, storePair } from './load-multiple.ts'
import { t32 } from './notation.ts'

const WORD = 4

interface Pair {
  readonly U: number
  readonly rn: number
  readonly rt: number
  readonly rt2: number
  readonly imm8: number
}

/** The three forms of LDRD and STRD by P and W. */
const PAIR_FORMS = [
  ['', 1, 0, '{pairaddr.10:imm8}'],
  ['.pre', 1, 1, '{pairaddr.11:imm8}'],
  ['.post', 0, 1, '{pairaddr.01:imm8}'],
] as const

function pairs(): Row<ArmContext>[] {
  return PAIR_FORMS.flatMap(([suffix, P, W, address]) =>
    [true, false].map((loads) => {
      const name = loads ? 'ldrd' : 'strd'
      const pattern = `11101 00 ${P === 1 ? '1' : '0'} U:1 1 ${W === 1 ? '1' : '0'} ${loads ? '1' : '0'} rn:4 rt:4 rt2:4 imm8:8` as const
      return t32(`${name}${suffix}`, pattern, `${name}{c} {r:rt}, {r:rt2}, ${address}`, (t, f) =>
        pair(t, { ...f4(f), P, W }, f.imm8, loads),
      )
    }),
  )
}

const f4 = (f: Pair) => ({ U: f.U, rn: f.rn, rt: f.rt, rt2: f.rt2 })

function pair(t: ArmContext, f: Omit<Pair, 'imm8'> & { P: number; W: number }, imm8: number, loads: boolean): Outcome {
  // Only a load may be relative to PC, and only where that is not written.
  if (f.rn === PC && (!loads || f.W)) return t.undefinedInsn()
  if (loads && f.rt === f.rt2) return t.undefinedInsn()
  return (loads ? loadPair : storePair)(t, f, t.imm(WORD * imm8))
}

function tableBranch(t: ArmContext, f: { rn: number; rm: number }, size: number): Outcome {
  const index = size === 1 ? t.r(f.rm) : t.shlImm(t.r(f.rm), 1)
  const distance = t.load(t.add(t.r(f.rn), index), size)
  return t.branchWritePc(t.add(t.imm(t.pcValue), t.shlImm(distance, 1)), EXIT_JUMP)
}

/** Sizes of exclusives and ordered accesses by the last two bits of their operation; of words and less. */
const SIZES = [
  ['b', '00', 1],
  ['h', '01', 2],
  ['', '10', 4],
] as const

function ordered(): Row<ArmContext>[] {
  return SIZES.flatMap(([suffix, op, size]) => [
    t32(`stl${suffix}`, `11101 00 0110 0 rn:4 rt:4 1111 10 ${op} 1111`, `stl${suffix}{c} {r:rt}, [{r:rn}]`, (t, f) =>
      storeRelease(t, f, size),
    ),
    t32(`lda${suffix}`, `11101 00 0110 1 rn:4 rt:4 1111 10 ${op} 1111`, `lda${suffix}{c} {r:rt}, [{r:rn}]`, (t, f) =>
      loadAcquire(t, f, size),
    ),
    t32(`stlex${suffix}`, `11101 00 0110 0 rn:4 rt:4 1111 11 ${op} rd:4`, `stlex${suffix}{c} {r:rd}, {r:rt}, [{r:rn}]`, (t, f) =>
      storeExclusive(t, f, size),
    ),
    t32(`ldaex${suffix}`, `11101 00 0110 1 rn:4 rt:4 1111 11 ${op} 1111`, `ldaex${suffix}{c} {r:rt}, [{r:rn}]`, (t, f) =>
      loadExclusive(t, f, size),
    ),
  ])
}

export const t32LoadMultipleRows = [
  t32('stm', '11101 00 01 0 W:1 0 rn:4 list:16', 'stmia{c}.w {r:rn}{bang:W}, {list:list}', (t, f) =>
    storeMultiple(t, { rn: f.rn, list: f.list, isUp: true, isBefore: false, W: f.W }),
  ),
  t32('ldm', '11101 00 01 0 W:1 1 rn:4 list:16', 'ldmia{c}.w {r:rn}{bang:W}, {list:list}', (t, f) =>
    loadMultiple(t, { rn: f.rn, list: f.list, isUp: true, isBefore: false, W: f.W }),
  ),
  t32('stmdb', '11101 00 10 0 W:1 0 rn:4 list:16', 'stmdb{c} {r:rn}{bang:W}, {list:list}', (t, f) =>
    storeMultiple(t, { rn: f.rn, list: f.list, isUp: false, isBefore: true, W: f.W }),
  ),
  t32('ldmdb', '11101 00 10 0 W:1 1 rn:4 list:16', 'ldmdb{c} {r:rn}{bang:W}, {list:list}', (t, f) =>
    loadMultiple(t, { rn: f.rn, list: f.list, isUp: false, isBefore: true, W: f.W }),
  ),
  ...pairs(),
  t32('tbb', '11101 00 0110 1 rn:4 1111 0000 0000 rm:4', 'tbb{c} [{r:rn}, {r:rm}]', (t, f) => tableBranch(t, f, 1)),
  t32('tbh', '11101 00 0110 1 rn:4 1111 0000 0001 rm:4', 'tbh{c} [{r:rn}, {r:rm}, lsl #1]', (t, f) => tableBranch(t, f, 2)),

  t32('strex', '11101 00 0010 0 rn:4 rt:4 rd:4 imm8:8', 'strex{c} {r:rd}, {r:rt}, [{r:rn}{offset4:imm8}]', (t, f) =>
    storeExclusive(t, f, WORD, WORD * f.imm8),
  ),
  t32('ldrex', '11101 00 0010 1 rn:4 rt:4 1111 imm8:8', 'ldrex{c} {r:rt}, [{r:rn}{offset4:imm8}]', (t, f) =>
    loadExclusive(t, f, WORD, WORD * f.imm8),
  ),
  t32('strexb', '11101 00 0110 0 rn:4 rt:4 1111 0100 rd:4', 'strexb{c} {r:rd}, {r:rt}, [{r:rn}]', (t, f) => storeExclusive(t, f, 1)),
  t32('strexh', '11101 00 0110 0 rn:4 rt:4 1111 0101 rd:4', 'strexh{c} {r:rd}, {r:rt}, [{r:rn}]', (t, f) => storeExclusive(t, f, 2)),
  t32('strexd', '11101 00 0110 0 rn:4 rt:4 rt2:4 0111 rd:4', 'strexd{c} {r:rd}, {r:rt}, {r:rt2}, [{r:rn}]', storeExclusivePair),
  t32('ldrexb', '11101 00 0110 1 rn:4 rt:4 1111 0100 1111', 'ldrexb{c} {r:rt}, [{r:rn}]', (t, f) => loadExclusive(t, f, 1)),
  t32('ldrexh', '11101 00 0110 1 rn:4 rt:4 1111 0101 1111', 'ldrexh{c} {r:rt}, [{r:rn}]', (t, f) => loadExclusive(t, f, 2)),
  t32('ldrexd', '11101 00 0110 1 rn:4 rt:4 rt2:4 0111 1111', 'ldrexd{c} {r:rt}, {r:rt2}, [{r:rn}]', loadExclusivePair),
  ...ordered(),
  t32('stlexd', '11101 00 0110 0 rn:4 rt:4 rt2:4 1111 rd:4', 'stlexd{c} {r:rd}, {r:rt}, {r:rt2}, [{r:rn}]', storeExclusivePair),
  t32('ldaexd', '11101 00 0110 1 rn:4 rt:4 rt2:4 1111 1111', 'ldaexd{c} {r:rt}, {r:rt2}, [{r:rn}]', loadExclusivePair),
]
