/** A32 loads and stores of one register or a pair, and prefetches (manual F4.1.2, F4.1.4, F4.1.6 and F4.1.10). */
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { loadPair, storePair } from './load-multiple.ts'
import { type Access, loadRegister, storeRegister } from './load-store.ts'
import { insn } from './notation.ts'
import { shiftImm } from './shifter.ts'

const WORD = 4

/** Which registers of an access may be r15: the base only where it does not change, what is loaded or stored only as a word. */
function isWrong(f: Access, size: number): boolean {
  const changesBase = !f.P || f.W !== 0
  return (f.rn === PC && changesBase) || (f.rt === PC && size !== WORD)
}

function load(t: ArmContext, f: Access, offset: number, size: number, isSigned = false): Outcome {
  return isWrong(f, size) ? t.undefinedInsn() : loadRegister(t, f, offset, size, isSigned)
}

function store(t: ArmContext, f: Access, offset: number, size: number): Outcome {
  return isWrong(f, size) ? t.undefinedInsn() : storeRegister(t, f, offset, size)
}

// Words and bytes

interface Shifted {
  readonly imm5: number
  readonly type: number
  readonly rm: number
}

function offsetOf(t: ArmContext, f: Shifted): number {
  return shiftImm(t, t.r(f.rm), f.type, f.imm5)
}

const BASIC = [
  ['str', '0', '0', WORD],
  ['ldr', '0', '1', WORD],
  ['strb', '1', '0', 1],
  ['ldrb', '1', '1', 1],
] as const

function basic(): Row<ArmContext>[] {
  return BASIC.flatMap(([name, B, L, size]) => {
    const access = L === '1' ? load : store
    const head = `${name}{t:W}{c:cond} {r:rt}, `
    return [
      insn(`${name}.imm`, `cond:4 010 P:1 U:1 ${B} W:1 ${L} rn:4 rt:4 imm12:12`, `${head}{addr12:imm12}`, (t, f) =>
        access(t, f, t.imm(f.imm12), size),
      ),
      insn(`${name}.reg`, `cond:4 011 P:1 U:1 ${B} W:1 ${L} rn:4 rt:4 imm5:5 type:2 0 rm:4`, `${head}{addrreg:rm}`, (t, f) =>
        f.rm === PC ? t.undefinedInsn() : access(t, f, offsetOf(t, f), size),
      ),
    ]
  })
}

// Halfwords, signed bytes, pairs

type Extra = (t: ArmContext, f: Access, offset: number) => Outcome

/** Rt is even, Rt2 the next one; there is no unprivileged form. */
function pair(access: (t: ArmContext, f: Access & { rt2: number }, offset: number) => Outcome): Extra {
  return (t, f, offset) => {
    const isOdd = (f.rt & 1) !== 0
    if (isOdd || (!f.P && f.W) || (f.rn === PC && (!f.P || f.W !== 0))) return t.undefinedInsn()
    return access(t, { ...fieldsOf(f), rt2: f.rt + 1 }, offset)
  }
}

/** The fields of a word are valid until the next is decoded, and no properties of their own. */
function fieldsOf(f: Access): Access {
  return { P: f.P, U: f.U, W: f.W, rn: f.rn, rt: f.rt }
}

const EXTRA: readonly (readonly [string, string, string, Extra])[] = [
  ['strh', '0', '1011', (t, f, offset) => store(t, f, offset, 2)],
  ['ldrd', '0', '1101', pair(loadPair)],
  ['strd', '0', '1111', pair(storePair)],
  ['ldrh', '1', '1011', (t, f, offset) => load(t, f, offset, 2)],
  ['ldrsb', '1', '1101', (t, f, offset) => load(t, f, offset, 1, true)],
  ['ldrsh', '1', '1111', (t, f, offset) => load(t, f, offset, 2, true)],
]

function extra(): Row<ArmContext>[] {
  return EXTRA.flatMap(([name, L, op, access]) => {
    const isPair = name.endsWith('d')
    const head = `${name}${isPair ? '' : '{t:W}'}{c:cond} {r:rt}, `
    const [l, o] = [L as '0', op as '0000']
    return [
      insn(`${name}.imm`, `cond:4 000 P:1 U:1 1 W:1 ${l} rn:4 rt:4 imm4h:4 ${o} imm4l:4`, `${head}{addrsplit:imm4h}`, (t, f) =>
        access(t, f, t.imm((f.imm4h << 4) | f.imm4l)),
      ),
      insn(`${name}.reg`, `cond:4 000 P:1 U:1 0 W:1 ${l} rn:4 rt:4 0000 ${o} rm:4`, `${head}{addrplain:rm}`, (t, f) =>
        f.rm === PC ? t.undefinedInsn() : access(t, f, t.r(f.rm)),
      ),
    ]
  })
}

export const a32LoadStoreRows = [
  ...basic(),
  ...extra(),

  insn('pld.imm', '1111 0101 U:1 R:1 01 rn:4 1111 imm12:12', '{pld:R} {prefetch12:imm12}', () => NEXT),
  insn('pld.reg', '1111 0111 U:1 R:1 01 rn:4 1111 imm5:5 type:2 0 rm:4', '{pld:R} {prefetchreg:rm}', () => NEXT),
  insn('pli.imm', '1111 0100 U:1 1 01 rn:4 1111 imm12:12', 'pli {prefetch12:imm12}', () => NEXT),
  insn('pli.reg', '1111 0110 U:1 1 01 rn:4 1111 imm5:5 type:2 0 rm:4', 'pli {prefetchreg:rm}', () => NEXT),
]
