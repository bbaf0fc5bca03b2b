/** A32 loads and stores of several registers (manual F4.1.9), exclusives and ordered accesses (F4.1.2), SWP. */
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { exchange, loadAcquire, loadExclusive, loadExclusivePair, storeExclusive, storeExclusivePair, storeRelease } from './exclusives.ts'
import { loadMultiple, storeMultiple } from './load-multiple.ts'
import { insn } from './notation.ts'

interface Several {
  readonly P: number
  readonly U: number
  readonly W: number
  readonly rn: number
  readonly list: number
}

const several = (f: Several) => ({ rn: f.rn, list: f.list, isUp: f.U, isBefore: f.P, W: f.W })

const WORD = 4
const ADDRESS = '[{r:rn}]'

/** Bits 22:21 of the exclusives: how wide. */
const SIZES = [
  ['', '00', WORD],
  ['b', '10', 1],
  ['h', '11', 2],
] as const
/** Bits 9:8: whether it is ordered. */
const EXCLUSIVES = [
  ['strex', 'ldrex', '11'],
  ['stlex', 'ldaex', '10'],
] as const

/** The doubleword forms: Rt is even, Rt2 the next one. */
function pairLoad(t: ArmContext, f: { rn: number; rt: number }): Outcome {
  if (f.rt & 1) return t.undefinedInsn()
  return loadExclusivePair(t, { rn: f.rn, rt: f.rt, rt2: f.rt + 1 })
}

function pairStore(t: ArmContext, f: { rn: number; rt: number; rd: number }): Outcome {
  if (f.rt & 1) return t.undefinedInsn()
  return storeExclusivePair(t, { rn: f.rn, rt: f.rt, rd: f.rd, rt2: f.rt + 1 })
}

function exclusives(): Row<ArmContext>[] {
  return EXCLUSIVES.flatMap(([stores, loads, order]) => [
    // As objdump prints them: the older ones without their second register, and LDREX with the number of its.
    ...SIZES.flatMap(([suffix, size, bytes]) => [
      insn(
        `${stores}${suffix}`,
        `cond:4 00011 ${size} 0 rn:4 rd:4 11 ${order} 1001 rt:4`,
        `${stores}${suffix}{c:cond} {r:rd}, {r:rt}, ${ADDRESS}`,
        (t, f) => storeExclusive(t, f, bytes),
      ),
      insn(
        `${loads}${suffix}`,
        `cond:4 00011 ${size} 1 rn:4 rt:4 11 ${order} 1001 1111`,
        `${loads}${suffix}{c:cond} {${suffix === '' && loads === 'ldrex' ? 'number' : 'r'}:rt}, ${ADDRESS}`,
        (t, f) => loadExclusive(t, f, bytes),
      ),
    ]),
    insn(
      `${stores}d`,
      `cond:4 00011 01 0 rn:4 rd:4 11 ${order} 1001 rt:4`,
      `${stores}d{c:cond} {r:rd}, {r:rt}${order === '10' ? ', {next:rt}' : ''}, ${ADDRESS}`,
      pairStore,
    ),
    insn(
      `${loads}d`,
      `cond:4 00011 01 1 rn:4 rt:4 11 ${order} 1001 1111`,
      `${loads}d{c:cond} {r:rt}${order === '10' ? ', {next:rt}' : ''}, ${ADDRESS}`,
      pairLoad,
    ),
  ])
}

function ordered(): Row<ArmContext>[] {
  return SIZES.flatMap(([suffix, size, bytes]) => [
    insn(`stl${suffix}`, `cond:4 00011 ${size} 0 rn:4 1111 11 00 1001 rt:4`, `stl${suffix}{c:cond} {r:rt}, ${ADDRESS}`, (t, f) =>
      storeRelease(t, f, bytes),
    ),
    insn(`lda${suffix}`, `cond:4 00011 ${size} 1 rn:4 rt:4 11 00 1001 1111`, `lda${suffix}{c:cond} {r:rt}, ${ADDRESS}`, (t, f) =>
      loadAcquire(t, f, bytes),
    ),
  ])
}

/** SWP, SWPB: in one step, which ARMv6 and later do not even promise. */
function swap(t: ArmContext, f: { rn: number; rt: number; rm: number }, size: number): Outcome {
  if (f.rn === PC || f.rt === PC || f.rm === PC) return t.undefinedInsn()
  t.effects()
  t.setR(f.rt, exchange(t, t.r(f.rn), t.r(f.rm), size))
  return NEXT
}

export const a32LoadMultipleRows = [
  insn('ldm', 'cond:4 100 P:1 U:1 0 W:1 1 rn:4 list:16', '{multiple.ldm:list}', (t, f) => loadMultiple(t, several(f))),
  insn('stm', 'cond:4 100 P:1 U:1 0 W:1 0 rn:4 list:16', '{multiple.stm:list}', (t, f) => storeMultiple(t, several(f))),
  ...exclusives(),
  ...ordered(),
  insn('swp', 'cond:4 00010 000 rn:4 rt:4 0000 1001 rm:4', `swp{c:cond} {r:rt}, {r:rm}, ${ADDRESS}`, (t, f) => swap(t, f, WORD)),
  insn('swpb', 'cond:4 00010 100 rn:4 rt:4 0000 1001 rm:4', `swpb{c:cond} {r:rt}, {r:rm}, ${ADDRESS}`, (t, f) => swap(t, f, 1)),
]
