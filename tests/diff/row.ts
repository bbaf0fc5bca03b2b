/**
 * Rows of the front-end's table as the generator sees them: a name and a pattern such as
 * `sf:1 0 0 01011 shift:2 0 rm:5 imm6:6 rn:5 rd:5` (from bit 31 down; 0 and 1 fixed, x any, name:width a field).
 */
import { type FieldPlace, parsePattern } from '../../src/guest/pattern.ts'

export interface Row {
  readonly name: string
  readonly pattern: string
}

/** A row of a front-end's table. */
export interface TestedRow extends Row {
  /** Known, but without a meaning: recorded, but not run. */
  readonly missing: boolean
}

export interface Encoding {
  readonly mask: number
  readonly value: number
  readonly fields: readonly FieldPlace[]
}

/** The row's parsed pattern; bits that do not matter become fields of one bit. */
export function encoding(row: Row): Encoding {
  const { mask, value, fields } = parsePattern(row.pattern)
  const named = fields.reduce((bits, f) => bits | (((2 ** f.width - 1) << f.shift) >>> 0), 0)
  const free = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (((mask | named) >>> bit) & 1) === 0)
  return { mask: mask >>> 0, value: value >>> 0, fields: [...fields, ...free.map((bit) => ({ name: `x${bit}`, shift: bit, width: 1 }))] }
}

/** The chapter of the manual's index (C4.1) that a row falls into; also the name of its recorded file. */
export function chapter(e: Encoding): string {
  const op0 = (e.value >>> 25) & 15
  if ((op0 & 0b1110) === 0b1000) return 'dp-immediate'
  if ((op0 & 0b1110) === 0b1010) return 'branch-system'
  if ((op0 & 0b0101) === 0b0100) return (e.value >>> 26) & 1 ? 'load-store-simd' : 'load-store'
  if ((op0 & 0b0111) === 0b0101) return 'dp-register'
  if ((op0 & 0b0111) === 0b0111) {
    if ((e.value >>> 28) & 1) return (e.value >>> 30) & 1 ? 'simd-scalar' : 'floating-point'
    return 'simd-vector'
  }
  return 'reserved'
}
