/**
 * T32 loads and stores of one register, and prefetches (manual F3.3.9). A narrow load of r15 is a hint: to fetch data or instructions ahead,
 * which does nothing here. Loads with an Rn of 15 (literals) are rows of their own set: what tells the other forms apart is constant there.
 */
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { loadRegister, storeRegister } from './load-store.ts'
import { t32 } from './notation.ts'
import { LSL, shiftImm } from './shifter.ts'

/** A form of access: its bits S, size, L. */
interface Transfer {
  readonly name: string
  readonly signed: '0' | '1'
  readonly size: '00' | '01' | '10'
  readonly bytes: number
  readonly loads: boolean
  /** What a load of r15 is called. */
  readonly hint?: string
}

const TRANSFERS: readonly Transfer[] = [
  { name: 'strb', signed: '0', size: '00', bytes: 1, loads: false },
  { name: 'strh', signed: '0', size: '01', bytes: 2, loads: false },
  { name: 'str', signed: '0', size: '10', bytes: 4, loads: false },
  { name: 'ldrb', signed: '0', size: '00', bytes: 1, loads: true, hint: 'pld' },
  { name: 'ldrh', signed: '0', size: '01', bytes: 2, loads: true, hint: 'pldw' },
  { name: 'ldr', signed: '0', size: '10', bytes: 4, loads: true },
  { name: 'ldrsb', signed: '1', size: '00', bytes: 1, loads: true, hint: 'pli' },
  { name: 'ldrsh', signed: '1', size: '01', bytes: 2, loads: true },
]

interface Place {
  readonly rn: number
  readonly rt: number
}

const OFFSET = { P: 1, U: 1, W: 0 } as const

function transfer(t: ArmContext, m: Transfer, f: Place & { P: number; U: number; W: number }, offset: number): Outcome {
  const changesBase = !f.P || f.W
  if (!m.loads) {
    if (f.rn === PC || f.rt === PC || (changesBase && f.rn === f.rt)) return t.undefinedInsn()
    return storeRegister(t, f, offset, m.bytes)
  }
  if (changesBase && f.rn === f.rt) return t.undefinedInsn()
  if (f.rt === PC && m.bytes !== 4) return changesBase ? t.undefinedInsn() : NEXT
  return loadRegister(t, f, offset, m.bytes, m.signed === '1')
}

/** By eight bits: P, U, W as in A32, but 1 1 0 is the unprivileged access, and 0 . 0 is none. */
function byByte(t: ArmContext, m: Transfer, f: Place & { P: number; U: number; W: number; imm8: number }): Outcome {
  if (!f.P && !f.W) return t.undefinedInsn()
  return transfer(t, m, f, t.imm(f.imm8))
}

function byRegister(t: ArmContext, m: Transfer, f: Place & { imm2: number; rm: number }): Outcome {
  return transfer(t, m, { ...OFFSET, rn: f.rn, rt: f.rt }, shiftImm(t, t.r(f.rm), LSL, f.imm2))
}

function forms(m: Transfer): Row<ArmContext>[] {
  const begin = `11111 00 ${m.signed}` as const
  const end = `${m.size} ${m.loads ? '1' : '0'}` as const
  return [
    t32(`${m.name}.imm12`, `${begin} 1 ${end} rn:4 rt:4 imm12:12`, `${m.name}{c}.w {r:rt}, [{r:rn}{offset:imm12}]`, (t, f) =>
      transfer(t, m, { ...OFFSET, rn: f.rn, rt: f.rt }, t.imm(f.imm12)),
    ),
    t32(`${m.name}.imm8`, `${begin} 0 ${end} rn:4 rt:4 1 P:1 U:1 W:1 imm8:8`, `${m.name}{byteform:P} {r:rt}, {addr8:imm8}`, (t, f) =>
      byByte(t, m, f),
    ),
    t32(`${m.name}.reg`, `${begin} 0 ${end} rn:4 rt:4 000000 imm2:2 rm:4`, `${m.name}{c}.w {r:rt}, [{r:rn}, {r:rm}{lsl:imm2}]`, (t, f) =>
      byRegister(t, m, f),
    ),
  ]
}

function literal(m: Transfer): Row<ArmContext>[] {
  const pattern = `11111 00 ${m.signed} U:1 ${m.size} 1 1111 rt:4 imm12:12` as const
  const meaning = (t: ArmContext, f: { U: number; rt: number; imm12: number }): Outcome =>
    transfer(t, m, { P: 1, U: f.U, W: 0, rn: PC, rt: f.rt }, t.imm(f.imm12))
  const rows = [t32(`${m.name}.lit`, pattern, `${m.name}{c}.w {r:rt}, [pc, {literal:imm12}]`, meaning)]
  if (m.hint !== undefined && m.hint !== 'pldw')
    rows.push(
      t32(`${m.hint}.lit`, `11111 00 ${m.signed} U:1 ${m.size} 1 1111 1111 imm12:12`, `${m.hint}{c} [pc, {literal:imm12}]`, () => NEXT),
    )
  return rows
}

function hints(m: Transfer): Row<ArmContext>[] {
  const { hint } = m
  if (hint === undefined) return []
  const begin = `11111 00 ${m.signed}` as const
  const end = `${m.size} 1 rn:4 1111` as const
  return [
    t32(`${hint}.imm12`, `${begin} 1 ${end} imm12:12`, `${hint}{c} [{r:rn}{offset:imm12}]`, () => NEXT),
    t32(`${hint}.imm8`, `${begin} 0 ${end} 1 100 imm8:8`, `${hint}{c} [{r:rn}{below:imm8}]`, () => NEXT),
    t32(`${hint}.reg`, `${begin} 0 ${end} 000000 imm2:2 rm:4`, `${hint}{c} [{r:rn}, {r:rm}{lsl:imm2}]`, () => NEXT),
  ]
}

const loads = TRANSFERS.filter((m) => m.loads)

export const t32LoadStoreRows = [...TRANSFERS.flatMap(forms), ...loads.flatMap(hints)]
/** With an Rn of 15. */
export const t32LiteralRows = loads.flatMap(literal)
