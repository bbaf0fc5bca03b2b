/**
 * System registers that EL0 can reach: those of the architecture, and the identification registers that Linux emulates for
 * programs (HWCAP_CPUID). Their values agree with the HWCAP bits (features.ts).
 */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import type { A64Context } from './context.ts'
import { type Feature, ID_REGISTERS, idValue } from './features.ts'
import { readNzcv, writeNzcv } from './flags.ts'
import { readFpcr, readFpsr, writeFpcr, writeFpsr } from './fp-environment.ts'
import { SLOT_TPIDR, SLOT_TPIDRRO } from './state.ts'

export interface SystemRegister {
  readonly name: string
  /** The value as i64. */
  readonly read: ((t: A64Context) => number) | undefined
  /** Writes i64 `value`. */
  readonly write: ((t: A64Context, value: number) => Outcome) | undefined
}

/** op0:op1:CRn:CRm:op2. */
export function systemRegisterKey(op0: number, op1: number, crn: number, crm: number, op2: number): number {
  return (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2
}

/** CTR_EL0: IminLine and DminLine 64 bytes, PIPT, CWG and ERG 64 bytes; IDC and not DIC: programs need not clean, but invalidate. */
const CTR = 0x9444c004
/** DCZID_EL0: DC ZVA clears 2^4 words. */
const DCZID = 4
export const DC_ZVA_BYTES = 64
/** CNTFRQ_EL0 in Hz: what `cycles` counts at. */
export const COUNTER_FREQUENCY = 1_000_000_000

const constant = (value: number) => (t: A64Context) => t.ir.constNumber(value)

function slot(index: number, writable: boolean): Pick<SystemRegister, 'read' | 'write'> {
  return {
    read: (t) => t.ir.get(index),
    write: writable
      ? (t, value) => {
          t.ir.put(index, value)
          return NEXT
        }
      : undefined,
  }
}

function cycles(t: A64Context): number {
  return t.ir.emit(OP.cycles, NONE)
}

/** By key. */
export const SYSTEM_REGISTERS = new Map<number, SystemRegister>()

function register(
  op0: number,
  op1: number,
  crn: number,
  crm: number,
  op2: number,
  name: string,
  how: Pick<SystemRegister, 'read' | 'write'>,
): void {
  SYSTEM_REGISTERS.set(systemRegisterKey(op0, op1, crn, crm, op2), { name, ...how })
}

register(3, 3, 4, 2, 0, 'nzcv', { read: readNzcv, write: writeNzcv })
register(3, 3, 4, 4, 0, 'fpcr', { read: readFpcr, write: writeFpcr })
register(3, 3, 4, 4, 1, 'fpsr', { read: readFpsr, write: writeFpsr })
register(3, 3, 13, 0, 2, 'tpidr_el0', slot(SLOT_TPIDR, true))
register(3, 3, 13, 0, 3, 'tpidrro_el0', slot(SLOT_TPIDRRO, false))
register(3, 3, 0, 0, 1, 'ctr_el0', { read: constant(CTR), write: undefined })
register(3, 3, 0, 0, 7, 'dczid_el0', { read: constant(DCZID), write: undefined })
register(3, 3, 14, 0, 0, 'cntfrq_el0', { read: constant(COUNTER_FREQUENCY), write: undefined })
register(3, 3, 14, 0, 2, 'cntvct_el0', { read: cycles, write: undefined })

/**
 * Makes the identification registers say what is announced; once, when the table of rows is complete. Linux emulates op0 3, op1 0,
 * CRn 0, CRm 0 (what is known of it) and CRm 2 to 7, whose reserved registers read as zero.
 */
export function identify(announced: readonly Feature[]): void {
  for (const crm of [0, 2, 3, 4, 5, 6, 7]) {
    for (let op2 = 0; op2 < 8; op2++) {
      const known = ID_REGISTERS.find((r) => r.crm === crm && r.op2 === op2)
      if (crm === 0 && known === undefined) continue
      const [lo, hi] = known === undefined ? [0, 0] : idValue(known, announced)
      register(3, 0, 0, crm, op2, known?.name ?? `s3_0_c0_c${crm}_${op2}`, { read: (t) => t.ir.const64(lo, hi), write: undefined })
    }
  }
}
