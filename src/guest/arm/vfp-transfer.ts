/** VFP and Advanced SIMD: moves to and from general registers, FPSCR (manual F3.1 "64-bit and 8, 16 and 32-bit register transfer"). */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { insn } from './notation.ts'
import { SLOT_Q0 } from './state.ts'
import { moveFlags, readFpscr, writeFpscr } from './vfp-environment.ts'
import { destinationD, firstD, firstS, getBits, isOdd, secondD, secondS, setBits, setVector } from './vfp-registers.ts'

const singleRows = [
  insn('vmov.s.r', 'cond:4 1110 000 0 vn:4 rt:4 1010 n:1 00 1 0000', 'vmov{c} {sn}, {r:rt}', (t, f) => {
    if (f.rt === PC) return t.undefinedInsn()
    setBits(t, 0, firstS(f), t.r(f.rt))
    return NEXT
  }),
  insn('vmov.r.s', 'cond:4 1110 000 1 vn:4 rt:4 1010 n:1 00 1 0000', 'vmov{c} {r:rt}, {sn}', (t, f) => {
    if (f.rt === PC) return t.undefinedInsn()
    t.setR(f.rt, getBits(t, 0, firstS(f)))
    return NEXT
  }),
]

const LAST_SINGLE = 31
/** What the manual leaves open is undefined here. */
const isOpen = (f: { readonly rt: number; readonly rt2: number }): boolean => f.rt === PC || f.rt2 === PC

const pairRows = [
  insn('vmov.ss.rr', 'cond:4 1100 010 0 rt2:4 rt:4 1010 00 m:1 1 vm:4', 'vmov{c} {sm}, {sm1}, {r:rt}, {r:rt2}', (t, f) => {
    const first = secondS(f)
    if (isOpen(f) || first === LAST_SINGLE) return t.undefinedInsn()
    const [low, high] = [t.r(f.rt), t.r(f.rt2)]
    setBits(t, 0, first, low)
    setBits(t, 0, first + 1, high)
    return NEXT
  }),
  insn('vmov.rr.ss', 'cond:4 1100 010 1 rt2:4 rt:4 1010 00 m:1 1 vm:4', 'vmov{c} {r:rt}, {r:rt2}, {sm}, {sm1}', (t, f) => {
    const first = secondS(f)
    if (isOpen(f) || f.rt === f.rt2 || first === LAST_SINGLE) return t.undefinedInsn()
    t.setR(f.rt, getBits(t, 0, first))
    t.setR(f.rt2, getBits(t, 0, first + 1))
    return NEXT
  }),
  insn('vmov.d.rr', 'cond:4 1100 010 0 rt2:4 rt:4 1011 00 m:1 1 vm:4', 'vmov{c} {dm}, {r:rt}, {r:rt2}', (t, f) => {
    if (isOpen(f)) return t.undefinedInsn()
    setBits(t, 1, secondD(f), t.join(t.r(f.rt), t.r(f.rt2)))
    return NEXT
  }),
  insn('vmov.rr.d', 'cond:4 1100 010 1 rt2:4 rt:4 1011 00 m:1 1 vm:4', 'vmov{c} {r:rt}, {r:rt2}, {dm}', (t, f) => {
    if (isOpen(f) || f.rt === f.rt2) return t.undefinedInsn()
    const value = getBits(t, 1, secondD(f))
    t.setR(f.rt, t.low(value))
    t.setR(f.rt2, t.high(value))
    return NEXT
  }),
]

/** Size and index of a scalar by opc1:opc2; size -1 where that is reserved. */
export function scalarOf(opc1: number, opc2: number): readonly [size: number, index: number] {
  if (opc1 & 2) return [0, ((opc1 & 1) << 2) | opc2]
  if (opc2 & 1) return [1, ((opc1 & 1) << 1) | (opc2 >> 1)]
  return opc2 === 0 ? [2, opc1 & 1] : [-1, 0]
}
const WORDS = 2
/** D registers that consist of single ones. */
const SINGLE_PAIRS = 16
const INSERT = [OP.vins8, OP.vins16, OP.vins32]
const GET = [OP.vget8, OP.vget16, OP.vget32]
/** Lane `index` of D register n as a lane of its Q register. */
const laneIn = (n: number, size: number, index: number) => (n & 1 ? 8 >> size : 0) + index

const laneRows = [
  insn('vmov.lane.r', 'cond:4 1110 0 opc1:2 0 vd:4 rt:4 1011 d:1 opc2:2 1 0000', 'vmov{c}.{lanebits} {lane:vd}, {r:rt}', (t, f) => {
    const [size, index] = scalarOf(f.opc1, f.opc2)
    if (size < 0 || f.rt === PC) return t.undefinedInsn()
    const n = destinationD(f)
    if (size === WORDS && n < SINGLE_PAIRS) {
      setBits(t, 0, 2 * n + index, t.r(f.rt))
      return NEXT
    }
    const slot = SLOT_Q0 + (n >> 1)
    t.put(slot, t.ir.emit(INSERT[size]!, t.ir.get(slot), t.r(f.rt), NONE, laneIn(n, size, index)))
    return NEXT
  }),
  insn('vmov.r.lane', 'cond:4 1110 u:1 opc1:2 1 vn:4 rt:4 1011 n:1 opc2:2 1 0000', 'vmov{c}.{lanetype} {r:rt}, {lane:vn}', (t, f) => {
    const [size, index] = scalarOf(f.opc1, f.opc2)
    if (size < 0 || (size === WORDS && f.u) || f.rt === PC) return t.undefinedInsn()
    const { ir } = t
    const n = firstD(f)
    if (size === WORDS && n < SINGLE_PAIRS) {
      t.setR(f.rt, getBits(t, 0, 2 * n + index))
      return NEXT
    }
    let value = ir.emit(GET[size]!, ir.get(SLOT_Q0 + (n >> 1)), NONE, NONE, laneIn(n, size, index))
    if (size < 2 && !f.u) value = ir.emit(size === 0 ? OP.sext8 : OP.sext16, value)
    t.setR(f.rt, value)
    return NEXT
  }),
]

const SPLAT = [OP.vsplat32, OP.vsplat16, OP.vsplat8]
const dupRow = insn('vdup.r', 'cond:4 1110 1 b:1 q:1 0 vd:4 rt:4 1011 d:1 0 e:1 1 0000', 'vdup{c}.{dupbits} {vd}, {r:rt}', (t, f) => {
  const kind = 2 * f.b + f.e
  const n = destinationD(f)
  if (kind > 2 || isOdd(f.q, n) || f.rt === PC) return t.undefinedInsn()
  setVector(t, f.q, n, t.ir.emit(SPLAT[kind]!, t.r(f.rt)))
  return NEXT
})

const FPSCR = 1
/** The identification registers and FPEXC are privileged. */
const systemRows = [
  insn('vmrs', 'cond:4 1110 1111 reg:4 rt:4 1010 000 1 0000', 'vmrs{c} {flagsr:rt}, {fpreg:reg}', (t, f) => {
    if (f.reg !== FPSCR) return t.undefinedInsn()
    if (f.rt === PC) return moveFlags(t)
    t.effects()
    t.setR(f.rt, readFpscr(t))
    return NEXT
  }),
  insn('vmsr', 'cond:4 1110 1110 reg:4 rt:4 1010 000 1 0000', 'vmsr{c} {fpreg:reg}, {r:rt}', (t, f) =>
    f.reg === FPSCR && f.rt !== PC ? writeFpscr(t, t.r(f.rt)) : t.undefinedInsn(),
  ),
]

export const vfpTransferRows: readonly Row<ArmContext>[] = [...singleRows, ...pairRows, ...laneRows, dupRow, ...systemRows]
