/**
 * The functions that write AArch32 rows. `insn` and `todo` write A32 ones: `cond:4` first, or `1111` for those that are always executed.
 * `t32` writes a Thumb row of 32 bits, the first halfword in front; `t16` one of 16 bits, of which the word that is decoded has the
 * upper half (instruction-set.ts). Names of Thumb rows begin with `t32.` or `t16.`.
 */
import { notation, type Outcome, type Row, type Template } from '../insn.ts'
import type { Fields } from '../pattern.ts'
import type { ArmContext } from './context.ts'

export const { insn, todo } = notation<ArmContext>()

/** The half of the word that an instruction of 16 bits does not have. */
const NO_SECOND_HALF = '0000000000000000'

export function t32<const P extends string>(
  name: string,
  pattern: P,
  template: Template,
  translate: (t: ArmContext, f: Fields<P>) => Outcome,
): Row<ArmContext> {
  return insn(`t32.${name}`, pattern, template, translate)
}

export function t16<const P extends string>(
  name: string,
  pattern: P,
  template: Template,
  translate: (t: ArmContext, f: Fields<P>) => Outcome,
): Row<ArmContext> {
  return insn(`t16.${name}`, `${pattern} ${NO_SECOND_HALF}` as P, template, translate)
}
