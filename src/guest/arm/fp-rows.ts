/**
 * How rows of VFP and Advanced SIMD are written: once, as A32 has them; `thumbTwin` makes the T32 row of the same instruction. The two differ in
 * their first bits alone:
 *
 *             A32          T32
 *   VFP       cond         1110, or 1111 for those without a condition
 *   SIMD      1111 001 U   111 U 1111
 *   VLDn      1111 0100    1111 1001
 */
import { type Outcome, Row, type Template } from '../insn.ts'
import type { AnyFields } from '../pattern.ts'
import type { ArmContext } from './context.ts'
import { insn } from './notation.ts'

/**
 * A row whose pattern is put together from parts, so that its fields are not known to the compiler: `F` says what they are. The decoder's tests
 * check that every field named exists.
 */
export function builtRow<F>(
  name: string,
  pattern: string,
  template: Template,
  translate: (t: ArmContext, f: F) => Outcome,
): Row<ArmContext> {
  return insn(name, pattern, template, (t, f: AnyFields) => translate(t, f as unknown as F)) as Row<ArmContext>
}

/** Such a row whose operations may raise floating-point exceptions. */
export function floatRow<F>(
  name: string,
  pattern: string,
  template: Template,
  translate: (t: ArmContext, f: F) => Outcome,
): Row<ArmContext> {
  return builtRow<F>(name, pattern, template, (t, f) => {
    t.effects()
    return translate(t, f)
  })
}

const BEGINNINGS: readonly (readonly [a32: RegExp, t32: string])[] = [
  [/^cond:4 /, '1110 '],
  [/^1111 001 (\S+) /, '111 $1 1111 '],
  [/^1111 0100 /, '1111 1001 '],
  [/^1111 /, '1111 '],
]

export function thumbTwin(row: Row<ArmContext>): Row<ArmContext> {
  const beginning = BEGINNINGS.find(([a32]) => a32.test(row.text))
  if (beginning === undefined) throw new Error(`row '${row.name}': '${row.text}' has no form in T32`)
  return new Row<ArmContext>(`t32.${row.name}`, row.text.replace(...beginning), row.template, row.missing, row.translate)
}
