/** System instructions as both instruction sets have them: CPSR, barriers, the coprocessor registers that user mode may use. */
import { I64 } from '../../ir/op-row.ts'
import { OP } from '../../ir/ops.ts'
import { FENCE_FULL, FENCE_LOAD, FENCE_STORE, PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { SLOT_Q_FLAG, SLOT_TPIDRURO, SLOT_TPIDRURW } from './state.ts'

// CPSR

const MODE_USER = 0x10
const Q_BIT = 27
const GE_BIT = 16
const GE_MASK = 15
/** Bits of the mask of MSR: which bytes of CPSR are written. */
const MASK_FLAGS = 8
const MASK_STATUS = 4
const MASK_EXTENSION = 2
const E_BIT = 9
/** In the high word of a pc. */
const HIGH_E_BIT = 8
const HIGH_E = 1 << HIGH_E_BIT

/** The parts of packed flags and how far left they lie in CPSR: N 31, Z 30, C 29, V 28. */
const PARTS = [
  [PACKED_N | PACKED_Z, 16],
  [PACKED_C, 21],
  [PACKED_V, 28],
] as const

/** NZCV as CPSR and FPSCR have it (bits 31:28), from packed flags. */
export function unpackedNzcv(t: ArmContext, packed: number): number {
  let value: number = NONE
  for (const [mask, shift] of PARTS) {
    const part = t.shlImm(t.andImm(packed, mask), shift)
    value = value === NONE ? part : t.ir.emit(OP.or, value, part)
  }
  return value
}

/** Packed flags from bits 31:28 of i32 `value`. */
export function packedNzcv(t: ArmContext, value: number): number {
  let packed: number = NONE
  for (const [mask, shift] of PARTS) {
    const part = t.andImm(t.shrImm(value, shift), mask)
    packed = packed === NONE ? part : t.ir.emit(OP.or, packed, part)
  }
  return packed
}

/** MRS Rd, CPSR. */
export function readCpsr(t: ArmContext, rd: number): Outcome {
  if (rd === PC) return t.undefinedInsn()
  const { ir } = t
  const flags = ir.emit(OP.or, unpackedNzcv(t, t.packed()), t.shlImm(ir.get(SLOT_Q_FLAG), Q_BIT))
  t.setR(rd, t.orImm(ir.emit(OP.or, flags, t.shlImm(t.ge(), GE_BIT)), MODE_USER | (t.isBigEndian ? 1 << E_BIT : 0)))
  return NEXT
}

/** MSR CPSR_<mask>, i32 `value`: user mode can change flags, GE and E, the rest is ignored. */
export function writeCpsr(t: ArmContext, mask: number, value: number): Outcome {
  if (mask & MASK_EXTENSION) t.effects()
  if (mask & MASK_FLAGS) {
    t.setPacked(packedNzcv(t, value))
    t.put(SLOT_Q_FLAG, t.andImm(t.shrImm(value, Q_BIT), 1))
  }
  if (mask & MASK_STATUS) t.setGe(t.andImm(t.shrImm(value, GE_BIT), GE_MASK))
  return mask & MASK_EXTENSION ? t.continueAt(t.nextPc, t.andImm(t.shrImm(value, E_BIT - HIGH_E_BIT), HIGH_E), HIGH_E) : NEXT
}

// Barriers

function fence(t: ArmContext, kind: number): Outcome {
  t.effects()
  t.ir.emitTyped(OP.fence, 0, NONE, NONE, NONE, kind)
  return NEXT
}

/** DMB and DSB: the low bits of the option are the accesses that wait. */
export function barrier(t: ArmContext, f: { option: number }): Outcome {
  const accesses = f.option & 3
  return fence(t, accesses === 1 ? FENCE_LOAD : accesses === 2 ? FENCE_STORE : FENCE_FULL)
}

/** ISB: what follows may have been written a moment ago. */
export function instructionBarrier(t: ArmContext): Outcome {
  return t.leave()
}

/** Names of the options of DMB and DSB. */
export const BARRIER_OPTIONS: readonly (string | undefined)[] = [
  undefined,
  'oshld',
  'oshst',
  'osh',
  undefined,
  'nshld',
  'unst',
  'un',
  undefined,
  'ishld',
  'ishst',
  'ish',
  undefined,
  'ld',
  'st',
  'sy',
]

// Coprocessor registers

/** Fields of MCR and MRC. */
export interface CoprocessorAccess {
  readonly opc1: number
  readonly CRn: number
  readonly rt: number
  readonly coproc: number
  readonly opc2: number
  readonly CRm: number
}

interface Register {
  readonly read?: (t: ArmContext) => number
  readonly write?: (t: ArmContext, value: number) => Outcome
}

const SYSTEM = 15
/** Of the generic timer, which counts nanoseconds. */
const FREQUENCY = 1_000_000_000
const COUNTER_VIRTUAL = 1

function key(CRn: number, opc1: number, CRm: number, opc2: number): number {
  return (CRn << 12) | (opc1 << 8) | (CRm << 4) | opc2
}

function put(slot: number) {
  return (t: ArmContext, value: number): Outcome => {
    t.put(slot, value)
    return NEXT
  }
}

/** Registers of coprocessor 15 that user mode may access. */
const REGISTERS: ReadonlyMap<number, Register> = new Map<number, Register>([
  [key(13, 0, 0, 2), { read: (t) => t.ir.get(SLOT_TPIDRURW), write: put(SLOT_TPIDRURW) }],
  [key(13, 0, 0, 3), { read: (t) => t.ir.get(SLOT_TPIDRURO) }],
  // ARMv6's barriers: CP15ISB, CP15DSB, CP15DMB
  [key(7, 0, 5, 4), { write: instructionBarrier }],
  [key(7, 0, 10, 4), { write: (t) => fence(t, FENCE_FULL) }],
  [key(7, 0, 10, 5), { write: (t) => fence(t, FENCE_FULL) }],
  [key(14, 0, 0, 0), { read: (t) => t.imm(FREQUENCY) }],
])

function registerOf(f: CoprocessorAccess): Register | undefined {
  return f.coproc === SYSTEM ? REGISTERS.get(key(f.CRn, f.opc1, f.CRm, f.opc2)) : undefined
}

/** MRC; an Rt of 15 is the flags. */
export function readCoprocessor(t: ArmContext, f: CoprocessorAccess): Outcome {
  const register = registerOf(f)
  if (register?.read === undefined) return t.undefinedInsn()
  const value = register.read(t)
  if (f.rt === PC) t.setPacked(packedNzcv(t, value))
  else t.setR(f.rt, value)
  return NEXT
}

/** MCR. */
export function writeCoprocessor(t: ArmContext, f: CoprocessorAccess): Outcome {
  const register = registerOf(f)
  if (register?.write === undefined || f.rt === PC) return t.undefinedInsn()
  return register.write(t, t.r(f.rt))
}

/** MRRC: the counter CNTVCT is the only one that user mode may read. */
export function readCoprocessorPair(t: ArmContext, f: { rt: number; rt2: number; coproc: number; opc1: number; CRm: number }): Outcome {
  if (f.coproc !== SYSTEM || f.opc1 !== COUNTER_VIRTUAL || f.CRm !== 14) return t.undefinedInsn()
  if (f.rt === PC || f.rt2 === PC || f.rt === f.rt2) return t.undefinedInsn()
  t.effects()
  const count = t.ir.emitTyped(OP.cycles, I64)
  t.setR(f.rt, t.low(count))
  t.setR(f.rt2, t.high(count))
  return NEXT
}
